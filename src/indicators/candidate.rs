//! [`Candidate`]: what an indicator can be tested against.

use std::borrow::Cow;
use std::fmt;

use crate::indicators::indicator::NameField;
use crate::x509::name::Name;
use crate::x509::serial::Serial;

/// One certificate identity and the part it plays: the question put to an [`IndicatorTable`](crate::IndicatorTable).
///
/// A candidate needs no file. Whatever is known about a certificate can be asked about: its DER names and serial, or the few texts
/// of a log record.
///
/// ```
/// use certsift::{Candidate, IndicatorTable, Role, SerialBuf};
///
/// let serial = SerialBuf::parse_hex("45:21:56:c3:b3:fb:01:76:36:5b:db:5b:77:15:bc:4c")?;
/// let candidate = Candidate::new(Role::Signer).serial(serial.as_serial()).organization("CallTogether, Inc.");
/// let table = IndicatorTable::builtin();
/// let matches = table.matches(&candidate);
/// assert_eq!(matches[0].indicator.metadata.id, "callTogether_certificate");
/// # Ok::<(), certsift::SerialError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Candidate<'a> {
    pub(crate) role: Role,
    pub(crate) serial: Option<Serial<'a>>,
    pub(crate) subject: Option<Name<'a>>,
    pub(crate) issuer: Option<Name<'a>>,
    pub(crate) subject_texts: Vec<(NameField, Cow<'a, str>)>,
    pub(crate) issuer_texts: Vec<(NameField, Cow<'a, str>)>,
    /// Hashes of the certificate, those that are known.
    pub fingerprints: Fingerprints,
}

/// Hashes of one certificate. What is `None` is not compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Fingerprints {
    /// SHA-1 of the whole certificate.
    pub sha1: Option<[u8; 20]>,
    /// SHA-256 of the whole certificate.
    pub sha256: Option<[u8; 32]>,
    /// SHA-256 of the TBSCertificate.
    pub tbs_sha256: Option<[u8; 32]>,
}

impl<'a> Candidate<'a> {
    /// A candidate in a role, about which nothing else is known yet.
    #[must_use]
    pub const fn new(role: Role) -> Self {
        Self {
            role,
            serial: None,
            subject: None,
            issuer: None,
            subject_texts: Vec::new(),
            issuer_texts: Vec::new(),
            fingerprints: Fingerprints { sha1: None, sha256: None, tbs_sha256: None },
        }
    }

    /// With this serial number.
    #[must_use]
    pub const fn serial(mut self, serial: Serial<'a>) -> Self {
        self.serial = Some(serial);
        self
    }

    /// With this subject.
    #[must_use]
    pub const fn subject(mut self, subject: Name<'a>) -> Self {
        self.subject = Some(subject);
        self
    }

    /// With this issuer.
    #[must_use]
    pub const fn issuer(mut self, issuer: Name<'a>) -> Self {
        self.issuer = Some(issuer);
        self
    }

    /// With this organization of the subject, where only the text is known.
    #[must_use]
    pub fn organization(mut self, text: impl Into<Cow<'a, str>>) -> Self {
        self.subject_texts.push((NameField::Organization, text.into()));
        self
    }

    /// With this common name of the subject, where only the text is known.
    #[must_use]
    pub fn common_name(mut self, text: impl Into<Cow<'a, str>>) -> Self {
        self.subject_texts.push((NameField::CommonName, text.into()));
        self
    }

    /// With this common name of the issuer, where only the text is known.
    #[must_use]
    pub fn issuer_common_name(mut self, text: impl Into<Cow<'a, str>>) -> Self {
        self.issuer_texts.push((NameField::CommonName, text.into()));
        self
    }

    /// The part it plays.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }
}

/// The part a certificate plays where it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Role {
    /// It made a signature, so the SignerInfo says.
    Signer,
    /// It lies between a signer and the farthest issuer in the message.
    Chain,
    /// It signed a countersignature or time-stamp token.
    TimestampSigner,
    /// It lies in the chain of a timestamp's signer.
    TimestampChain,
    /// It is in the message, and in nobody's chain. Anybody could have put it there.
    Unused,
    /// A SignerInfo names it, and it is not in the message: only its issuer and serial are known.
    NamedOnly,
    /// It is a certificate on its own: of a certificate file or a trust store.
    Store,
    /// It was found among arbitrary bytes.
    Carved,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 8] = [
        Self::Signer,
        Self::Chain,
        Self::TimestampSigner,
        Self::TimestampChain,
        Self::Unused,
        Self::NamedOnly,
        Self::Store,
        Self::Carved,
    ];

    /// The stable name, as records and indicator files carry it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signer => "signer",
            Self::Chain => "chain",
            Self::TimestampSigner => "timestamp_signer",
            Self::TimestampChain => "timestamp_chain",
            Self::Unused => "unused",
            Self::NamedOnly => "named_only",
            Self::Store => "store",
            Self::Carved => "carved",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of [`Role`]s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Roles(u8);

impl Roles {
    /// No role.
    pub const NONE: Self = Self(0);
    /// Every role.
    pub const ANY: Self = Self(u8::MAX);
    /// Whoever signed, present or only named, and certificates that stand for themselves: the scope of an indicator that says
    /// nothing else. Certificate authorities, timestamps and unused certificates are not in it.
    pub const SIGNERS: Self = Self::NONE.with(Role::Signer).with(Role::NamedOnly).with(Role::Store).with(Role::Carved);

    /// This set and one more role.
    #[must_use]
    pub const fn with(self, role: Role) -> Self {
        Self(self.0 | Self::bit(role))
    }

    /// Everything that is in either set.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the role is in the set.
    #[must_use]
    pub const fn contains(self, role: Role) -> bool {
        self.0 & Self::bit(role) != 0
    }

    const fn bit(role: Role) -> u8 {
        match role {
            Role::Signer => 1,
            Role::Chain => 1 << 1,
            Role::TimestampSigner => 1 << 2,
            Role::TimestampChain => 1 << 3,
            Role::Unused => 1 << 4,
            Role::NamedOnly => 1 << 5,
            Role::Store => 1 << 6,
            Role::Carved => 1 << 7,
        }
    }
}

impl Default for Roles {
    /// [`Roles::SIGNERS`].
    fn default() -> Self {
        Self::SIGNERS
    }
}

/// What a table compares, so that nobody computes hashes that nothing asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needs {
    /// The roles that some indicator has in its scope.
    pub roles: Roles,
    /// Whether some indicator has a SHA-1 fingerprint.
    pub sha1: bool,
    /// Whether some indicator has a SHA-256 fingerprint.
    pub sha256: bool,
    /// Whether some indicator has a SHA-256 of the TBSCertificate.
    pub tbs_sha256: bool,
}

impl Needs {
    /// Nothing at all.
    pub(crate) const NONE: Self = Self { roles: Roles::NONE, sha1: false, sha256: false, tbs_sha256: false };
}
