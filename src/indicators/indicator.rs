//! [`Indicator`]: plain data, no behaviour.

use std::borrow::Cow;
use std::fmt;

use crate::asn1::oid::OidBuf;
use crate::asn1::time::Time;
use crate::indicators::cause::Cause;
use crate::indicators::hash_value::{HashOf, HashValue};
use crate::indicators::role::Roles;
use crate::x509::serial::SerialBuf;

/// Text that is compiled in, or owned.
pub type Text = Cow<'static, str>;

/// One published fact about abused certificates: conditions on one certificate, and where they come from.
///
/// The conditions are given as alternatives: an indicator matches a certificate when **all** conditions of **at least one**
/// alternative hold for that one certificate.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Indicator {
    /// Who published it, and what it says beyond the conditions.
    pub metadata: Metadata,
    /// The roles in which a certificate can match.
    pub scope: Roles,
    /// The alternatives, each a list of conditions that must all hold for one certificate.
    pub alternatives: Vec<Vec<Condition>>,
}

/// What an indicator says beyond its conditions. None of it is compared.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Metadata {
    /// Name of the indicator, unique in its source: a rule's identifier, a feed's key.
    pub id: Text,
    /// A name for people.
    pub name: Option<Text>,
    /// Who published it.
    pub source: Option<Text>,
    /// Where to read more, normally a URL.
    pub reference: Option<Text>,
    /// How bad a match is.
    pub severity: Option<Severity>,
    /// What kind of abuse (`abused_certificate`, `vulnerable_driver`, …); free text.
    pub category: Option<Text>,
    /// Malware family or campaign.
    pub family: Option<Text>,
    /// When it was published, as the source writes it, normally `YYYY-MM-DD`.
    pub date: Option<Text>,
    /// MITRE ATT&CK technique ids, such as `T1553.002`.
    pub attack: Cow<'static, [Text]>,
    /// The rule also asked that the certificate is valid until this time or later (seconds since 1970 UTC). Kept, not compared: beside
    /// a serial it says nothing.
    pub not_after_at_least: Option<i64>,
    /// Who wrote it, where that is told apart from the source.
    pub author: Option<Text>,
    /// The terms it was published under.
    pub license: Option<Text>,
    /// What its source says about it.
    pub description: Option<Text>,
    /// When the certificate began to be abused. A file that was signed before is reported as historical.
    pub abused_from: Option<Time>,
    /// When the certificate was revoked.
    pub revoked_at: Option<Time>,
    /// First instant of the certificate's validity, as the source has it.
    pub valid_from: Option<Time>,
    /// Last instant of the certificate's validity, as the source has it.
    pub valid_to: Option<Time>,
    /// What an importer saw that a reader should know: lost conditions, damaged values, cautions.
    pub notes: Vec<Note>,
}

/// Something about an indicator that a reader should know.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Note {
    /// What kind of thing.
    pub cause: Cause,
    /// The value it is about, in the source's spelling, or a sentence; may be empty.
    pub detail: Text,
}

impl Note {
    /// A note.
    pub fn new(cause: Cause, detail: impl Into<Text>) -> Self {
        Self { cause, detail: detail.into() }
    }
}

/// How bad a match is, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Severity {
    /// Worth knowing.
    Informational,
    /// Low.
    Low,
    /// Medium.
    Medium,
    /// High.
    High,
    /// Critical.
    Critical,
}

impl Severity {
    /// Every severity, least first.
    pub const ALL: [Self; 5] = [Self::Informational, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The stable name, as records and indicator files carry it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Informational => "informational",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One test of one certificate.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Condition {
    /// The serial number, by canonical form.
    Serial(SerialBuf),
    /// A text of the subject.
    Subject(NameTest),
    /// A text of the issuer.
    Issuer(NameTest),
    /// A hash of the certificate or of a part of it.
    Hash(HashOf, HashValue),
    /// An extended key usage.
    ExtendedKeyUsage(UsageTest),
    /// The name that the signer gives the program (SpcSpOpusInfo.programName). The field of the test is
    /// [`NameField::Any`].
    ProgramName(NameTest),
    /// The issuer's signature algorithm.
    SignatureAlgorithm(OidBuf),
    /// First instant of validity.
    NotBefore(TimeTest),
    /// Last instant of validity.
    NotAfter(TimeTest),
    /// The modulus of an RSA key, big-endian without leading zeros.
    RsaModulus(Box<[u8]>),
}

/// A test of the extended key usages of a certificate; one that passes is enough.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UsageTest {
    /// The usage.
    pub usage: OidBuf,
    /// Whether usages below this one pass too: `1.3.6.1.4.1.311.97` then stands for every durable identity that Microsoft vouches
    /// for.
    pub and_below: bool,
}

/// A test of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TimeTest {
    /// How it is compared.
    pub order: TimeOrder,
    /// What it is compared with.
    pub time: Time,
}

/// How a [`TimeTest`] compares the certificate's time with its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimeOrder {
    /// The same second.
    Equal,
    /// Earlier.
    Before,
    /// The same or earlier.
    AtMost,
    /// Later.
    After,
    /// The same or later.
    AtLeast,
}

impl TimeOrder {
    /// Every order.
    pub const ALL: [Self; 5] = [Self::Equal, Self::Before, Self::AtMost, Self::After, Self::AtLeast];

    /// The operator, as indicator files and rules write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::Before => "<",
            Self::AtMost => "<=",
            Self::After => ">",
            Self::AtLeast => ">=",
        }
    }

    /// Whether `actual` stands in this order to `expected`.
    #[must_use]
    pub fn holds(self, actual: Time, expected: Time) -> bool {
        match self {
            Self::Equal => actual == expected,
            Self::Before => actual < expected,
            Self::AtMost => actual <= expected,
            Self::After => actual > expected,
            Self::AtLeast => actual >= expected,
        }
    }
}

/// A test of one text of a name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NameTest {
    /// Which texts of the name are looked at; one that passes is enough.
    pub field: NameField,
    /// How they are compared.
    pub mode: TextMode,
    /// Whether upper and lower case are the same.
    pub ignore_case: bool,
    /// What they are compared with. Not empty.
    pub value: Text,
}

impl NameTest {
    /// A test in which letter case counts.
    pub fn new(field: NameField, mode: TextMode, value: impl Into<Text>) -> Self {
        Self { field, mode, ignore_case: false, value: value.into() }
    }

    /// The same test with letter case set aside.
    #[must_use]
    pub fn ignoring_case(mut self) -> Self {
        self.ignore_case = true;
        self
    }
}

/// Which texts of a name a [`NameTest`] looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NameField {
    /// The value of any attribute.
    Any,
    /// Any attribute's value, the RFC 4514 text of the whole name, or its one-line text (`/C=US/O=…`).
    Whole,
    /// The one-line text of the whole name, `/C=US/O=Example/CN=Example` in stored order.
    OneLine,
    /// CN, 2.5.4.3.
    CommonName,
    /// O, 2.5.4.10.
    Organization,
    /// OU, 2.5.4.11.
    OrganizationalUnit,
    /// emailAddress, 1.2.840.113549.1.9.1.
    EmailAddress,
    /// serialNumber, 2.5.4.5: the subject's registration number, not the certificate's serial.
    SerialNumber,
}

impl NameField {
    /// Every field.
    pub const ALL: [Self; 8] = [
        Self::Any,
        Self::Whole,
        Self::OneLine,
        Self::CommonName,
        Self::Organization,
        Self::OrganizationalUnit,
        Self::EmailAddress,
        Self::SerialNumber,
    ];

    /// The stable name, one for each field, as indicator files carry it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Whole => "whole",
            Self::OneLine => "one_line",
            Self::CommonName => "common_name",
            Self::Organization => "organization",
            Self::OrganizationalUnit => "organizational_unit",
            Self::EmailAddress => "email_address",
            Self::SerialNumber => "serial_number",
        }
    }
}

/// How a [`NameTest`] compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TextMode {
    /// The whole text is equal.
    Exact,
    /// The text contains the value.
    Contains,
    /// The text starts with the value.
    Prefix,
    /// The text ends with the value.
    Suffix,
}

impl TextMode {
    /// Every mode.
    pub const ALL: [Self; 4] = [Self::Exact, Self::Contains, Self::Prefix, Self::Suffix];

    /// The stable name, as records and indicator files carry it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Contains => "contains",
            Self::Prefix => "prefix",
            Self::Suffix => "suffix",
        }
    }
}
