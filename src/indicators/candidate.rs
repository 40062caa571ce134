//! [`Candidate`]: what an indicator can be tested against.

use std::borrow::Cow;

use crate::asn1::oid::Oid;
use crate::asn1::time::Time;
use crate::indicators::hash_value::{HashOf, HashValue};
use crate::indicators::indicator::{Condition, NameField};
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
    pub(crate) hashes: Vec<(HashOf, HashValue)>,
    pub(crate) usages: Vec<Oid<'a>>,
    pub(crate) program_names: Vec<Cow<'a, str>>,
    pub(crate) signature_algorithm: Option<Oid<'a>>,
    pub(crate) not_before: Option<Time>,
    pub(crate) not_after: Option<Time>,
    pub(crate) rsa_modulus: Option<Cow<'a, [u8]>>,
    pub(crate) signed_at: Option<Time>,
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
            hashes: Vec::new(),
            usages: Vec::new(),
            program_names: Vec::new(),
            signature_algorithm: None,
            not_before: None,
            not_after: None,
            rsa_modulus: None,
            signed_at: None,
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

    /// With this text of the subject, where its DER is not known. [`NameField::OneLine`] and [`NameField::Whole`] are whole names,
    /// [`NameField::Any`] is a value of which nobody knows the attribute.
    #[must_use]
    pub fn subject_text(mut self, field: NameField, text: impl Into<Cow<'a, str>>) -> Self {
        self.subject_texts.push((field, text.into()));
        self
    }

    /// With this text of the issuer, where its DER is not known.
    #[must_use]
    pub fn issuer_text(mut self, field: NameField, text: impl Into<Cow<'a, str>>) -> Self {
        self.issuer_texts.push((field, text.into()));
        self
    }

    /// With this organization of the subject, where only the text is known.
    #[must_use]
    pub fn organization(self, text: impl Into<Cow<'a, str>>) -> Self {
        self.subject_text(NameField::Organization, text)
    }

    /// With this common name of the subject, where only the text is known.
    #[must_use]
    pub fn common_name(self, text: impl Into<Cow<'a, str>>) -> Self {
        self.subject_text(NameField::CommonName, text)
    }

    /// With this common name of the issuer, where only the text is known.
    #[must_use]
    pub fn issuer_common_name(self, text: impl Into<Cow<'a, str>>) -> Self {
        self.issuer_text(NameField::CommonName, text)
    }

    /// With this hash of the certificate or of a part of it. A hash that is not given is not compared.
    #[must_use]
    pub fn hash(mut self, of: HashOf, value: HashValue) -> Self {
        self.hashes.push((of, value));
        self
    }

    /// With this extended key usage, one of several perhaps.
    #[must_use]
    pub fn extended_key_usage(mut self, usage: Oid<'a>) -> Self {
        self.usages.push(usage);
        self
    }

    /// With this name that the signer gives the program.
    #[must_use]
    pub fn program_name(mut self, text: impl Into<Cow<'a, str>>) -> Self {
        self.program_names.push(text.into());
        self
    }

    /// With this signature algorithm of the issuer.
    #[must_use]
    pub const fn signature_algorithm(mut self, algorithm: Oid<'a>) -> Self {
        self.signature_algorithm = Some(algorithm);
        self
    }

    /// With this validity, first and last instant.
    #[must_use]
    pub const fn validity(mut self, not_before: Option<Time>, not_after: Option<Time>) -> Self {
        self.not_before = not_before;
        self.not_after = not_after;
        self
    }

    /// With this modulus of an RSA key, big-endian without leading zeros.
    #[must_use]
    pub fn rsa_modulus(mut self, modulus: impl Into<Cow<'a, [u8]>>) -> Self {
        self.rsa_modulus = Some(modulus.into());
        self
    }

    /// With the time at which the file was signed, as a timestamp says.
    #[must_use]
    pub const fn signed_at(mut self, time: Time) -> Self {
        self.signed_at = Some(time);
        self
    }

    /// The part it plays.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }
}

/// What a table compares, so that nobody computes or decodes what nothing asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needs {
    pub(crate) roles: Roles,
    /// A bit for each thing that a hash is of and each length.
    hashes: u32,
    parts: u8,
}

/// Parts of a certificate that only some tables compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    ExtendedKeyUsage = 1,
    ProgramName = 2,
    SignatureAlgorithm = 4,
    Validity = 8,
    RsaModulus = 16,
}

impl Needs {
    /// Nothing at all.
    pub const NONE: Self = Self { roles: Roles::NONE, hashes: 0, parts: 0 };
    /// Everything there is.
    pub const ALL: Self = Self { roles: Roles::ANY, hashes: u32::MAX, parts: u8::MAX };

    /// The roles that some indicator has in its scope.
    #[must_use]
    pub const fn roles(self) -> Roles {
        self.roles
    }

    /// Whether some indicator has a hash of this, by this algorithm (`sha256`).
    #[must_use]
    pub fn hash(self, of: HashOf, algorithm: &str) -> bool {
        self.hashes & hash_bit(of, algorithm) != 0
    }

    /// Whether some indicator has any hash at all.
    #[must_use]
    pub const fn any_hash(self) -> bool {
        self.hashes != 0
    }

    /// Whether some indicator has a hash of this by any algorithm.
    #[cfg(feature = "report")]
    pub(crate) fn any_hash_of(self, of: HashOf) -> bool {
        ["md5", "sha1", "sha256", "sha384", "sha512"].iter().any(|algorithm| self.hash(of, algorithm))
    }

    pub(crate) const fn part(self, part: Part) -> bool {
        self.parts & part_bit(part) != 0
    }

    /// With what these conditions compare.
    pub(super) fn add(&mut self, conditions: &[Condition]) {
        for condition in conditions {
            match condition {
                Condition::Hash(of, value) => self.add_hash(*of, value),
                Condition::ProgramName(_) => self.add_part(Part::ProgramName),
                Condition::ExtendedKeyUsage(_) => self.add_part(Part::ExtendedKeyUsage),
                Condition::SignatureAlgorithm(_) => self.add_part(Part::SignatureAlgorithm),
                Condition::NotBefore(_) | Condition::NotAfter(_) => self.add_part(Part::Validity),
                Condition::RsaModulus(_) => self.add_part(Part::RsaModulus),
                Condition::Serial(_) | Condition::Subject(_) | Condition::Issuer(_) => {}
            }
        }
    }

    pub(crate) fn add_hash(&mut self, of: HashOf, value: &HashValue) {
        self.hashes |= hash_bit(of, value.algorithm());
    }

    pub(crate) const fn add_part(&mut self, part: Part) {
        self.parts |= part_bit(part);
    }

    /// As numbers, for a saved table.
    pub(crate) const fn to_bits(self) -> [u32; 3] {
        [u32_of(self.roles.bits()), self.hashes, u32_of(self.parts)]
    }

    /// From the numbers of a saved table.
    pub(crate) fn from_bits([roles, hashes, parts]: [u32; 3]) -> Option<Self> {
        Some(Self { roles: Roles::from_bits(u8::try_from(roles).ok()?), hashes, parts: u8::try_from(parts).ok()? })
    }
}

/// Five bits for each thing that a hash is of, one for each algorithm.
fn hash_bit(of: HashOf, algorithm: &str) -> u32 {
    let shift = match of {
        HashOf::Certificate => 0,
        HashOf::Tbs => 5,
        HashOf::ChainTbs => 10,
        HashOf::Subject => 15,
        HashOf::Serial => 20,
    };
    let bit = match algorithm {
        "md5" => 1_u32,
        "sha1" => 2,
        "sha256" => 4,
        "sha384" => 8,
        "sha512" => 16,
        _ => 0,
    };
    bit << shift
}

#[expect(clippy::as_conversions, reason = "the discriminants are bits of an octet")]
const fn part_bit(part: Part) -> u8 {
    part as u8
}

#[expect(clippy::as_conversions, reason = "widens; no From in const code")]
const fn u32_of(bits: u8) -> u32 {
    bits as u32
}
