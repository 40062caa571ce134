//! Where Linux systems keep the authorities that they trust.

use std::path::Path;

/// What lies at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum PlaceKind {
    /// What the owner of the system adds.
    Anchors,
    /// What programs read: made of all others.
    Bundle,
    /// What the distribution brings along.
    Distribution,
}

impl PlaceKind {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Anchors => "anchors",
            Self::Bundle => "bundle",
            Self::Distribution => "distribution",
        }
    }
}

/// A folder with everything below it, or a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct StorePlace<'p> {
    pub(super) path: &'p str,
    pub(super) kind: PlaceKind,
}

const fn place(path: &'static str, kind: PlaceKind) -> StorePlace<'static> {
    StorePlace { path, kind }
}

use PlaceKind::{Anchors, Bundle, Distribution};

/// The places of Debian and its kin, Alpine, Red Hat's kin, SUSE and Arch. Sources: update-ca-certificates(8) of Debian and of SUSE,
/// update-ca-trust(8), Arch's trust(1).
pub(super) const PLACES: &[StorePlace<'static>] = &[
    place("/usr/local/share/ca-certificates", Anchors),
    place("/etc/pki/ca-trust/source", Anchors),
    place("/etc/pki/ca-trust/source/anchors", Anchors),
    place("/usr/share/pki/ca-trust-source/anchors", Anchors),
    place("/etc/pki/trust/anchors", Anchors),
    place("/usr/share/pki/trust/anchors", Anchors),
    place("/etc/ca-certificates/trust-source/anchors", Anchors),
    place("/usr/share/ca-certificates/trust-source/anchors", Anchors),
    place("/etc/ssl/certs", Bundle),
    place("/etc/ssl/cert.pem", Bundle),
    place("/etc/pki/tls/certs/ca-bundle.crt", Bundle),
    place("/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", Bundle),
    place("/var/lib/ca-certificates/ca-bundle.pem", Bundle),
    place("/etc/ca-certificates/extracted/tls-ca-bundle.pem", Bundle),
    place("/usr/share/ca-certificates", Distribution),
    place("/usr/share/pki/ca-trust-source", Distribution),
    place("/usr/share/pki/trust", Distribution),
];

/// Folders below these places that hold what is *not* to be trusted.
const DISTRUSTED: &[&str] = &["blocklist", "blacklist"];

impl StorePlace<'_> {
    /// Whether a path below this place is not part of it: a place of its own, or of what is not trusted.
    pub(super) fn leaves_out(&self, path: &Path) -> bool {
        let is_other = PLACES.iter().any(|other| other.path != self.path && path == Path::new(other.path));
        let is_below = path != Path::new(self.path);
        let is_distrusted = path.file_name().is_some_and(|name| DISTRUSTED.iter().any(|one| name == *one));
        is_below && (is_other || is_distrusted)
    }
}
