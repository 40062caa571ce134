//! [`Candidate`]: what an indicator can be tested against.

use std::borrow::Cow;

use crate::indicators::indicator::NameField;
use crate::indicators::role::{Role, Roles};
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
