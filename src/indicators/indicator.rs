//! [`Indicator`]: plain data, no behaviour.

use std::borrow::Cow;
use std::fmt;

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
    /// SHA-1 of the whole certificate.
    Sha1([u8; 20]),
    /// SHA-256 of the whole certificate.
    Sha256([u8; 32]),
    /// SHA-256 of the TBSCertificate.
    TbsSha256([u8; 32]),
}

/// A test of one text of a name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NameTest {
    /// Which texts of the name are looked at; one that passes is enough.
    pub field: NameField,
    /// How they are compared.
    pub mode: TextMode,
    /// What they are compared with. Not empty.
    pub value: Text,
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

/// How a [`NameTest`] compares. Letter case counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TextMode {
    /// The whole text is equal.
    Exact,
    /// The text contains the value.
    Contains,
    /// The text starts with the value.
    Prefix,
}
