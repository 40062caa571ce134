//! Tests one condition against one candidate, and says what was compared with what.

use std::borrow::Cow;
use std::fmt;

use crate::asn1::oid::{self, Oid};
use crate::indicators::candidate::Candidate;
#[cfg(feature = "fold")]
use crate::indicators::fold::{fold, fold_organization};
use crate::indicators::indicator::{Condition, NameField, NameTest, TextMode};
use crate::x509::name::Name;

/// One condition and what it was compared with.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Evidence {
    /// The stable name of what was compared: `serial`, `organization`, `issuer`, `sha256`, …
    pub field: &'static str,
    /// What the indicator says.
    pub expected: String,
    /// What the certificate says; `None` when it says nothing there. Where a name holds several values and none passes, the first.
    pub actual: Option<String>,
    /// How they were compared.
    pub compare: Compare,
}

/// How two values were compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compare {
    /// Equal, letter for letter.
    Exact,
    /// Contained, letter for letter.
    Contains,
    /// At the start, letter for letter.
    Prefix,
    /// Equal when letter case, compatibility forms and runs of blanks are set aside.
    ExactFolded,
    /// Contained in the same sense.
    ContainsFolded,
    /// At the start in the same sense.
    PrefixFolded,
    /// Equal when punctuation and legal forms (`LLC`, `Ltd`, `GmbH`) are set aside too.
    OrganizationFolded,
    /// Equal in canonical form: serials without leading zeros, hashes as octets.
    Canonical,
}

impl Compare {
    /// The stable name, as records carry it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Contains => "contains",
            Self::Prefix => "prefix",
            Self::ExactFolded => "exact_folded",
            Self::ContainsFolded => "contains_folded",
            Self::PrefixFolded => "prefix_folded",
            Self::OrganizationFolded => "organization_folded",
            Self::Canonical => "canonical",
        }
    }
}

impl Compare {
    /// Whether something was set aside for the texts to be equal.
    #[must_use]
    pub const fn is_folded(self) -> bool {
        matches!(self, Self::ExactFolded | Self::ContainsFolded | Self::PrefixFolded | Self::OrganizationFolded)
    }
}

impl fmt::Display for Compare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl NameField {
    /// The stable name of this field of a subject, as records carry it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Any | Self::Whole | Self::OneLine => "subject",
            Self::CommonName => "common_name",
            Self::Organization => "organization",
            Self::OrganizationalUnit => "organizational_unit",
            Self::EmailAddress => "email_address",
            Self::SerialNumber => "subject_serial_number",
        }
    }

    /// The attribute this field is; `None` for the fields that are more than one.
    const fn attribute(self) -> Option<Oid<'static>> {
        match self {
            Self::Any | Self::Whole | Self::OneLine => None,
            Self::CommonName => Some(oid::COMMON_NAME),
            Self::Organization => Some(oid::ORGANIZATION),
            Self::OrganizationalUnit => Some(oid::ORGANIZATIONAL_UNIT),
            Self::EmailAddress => Some(oid::EMAIL_ADDRESS),
            Self::SerialNumber => Some(oid::SERIAL_NUMBER),
        }
    }
}

/// The verdict on one condition.
pub(crate) struct Verdict {
    pub(crate) holds: bool,
    pub(crate) evidence: Evidence,
}

/// Tests one condition. With `folded`, texts that differ in case, blanks or legal form pass too.
pub(crate) fn test(condition: &Condition, candidate: &Candidate<'_>, folded: bool) -> Verdict {
    let hashes = &candidate.fingerprints;
    match condition {
        Condition::Serial(expected) => {
            let actual = candidate.serial;
            Verdict {
                holds: actual == Some(expected.as_serial()),
                evidence: canonical("serial", expected.to_string(), actual.map(|serial| serial.to_string())),
            }
        }
        Condition::Sha1(expected) => test_hash("sha1", expected, hashes.sha1.as_ref().map(|hash| &hash[..])),
        Condition::Sha256(expected) => test_hash("sha256", expected, hashes.sha256.as_ref().map(|hash| &hash[..])),
        Condition::TbsSha256(expected) => {
            test_hash("tbs_sha256", expected, hashes.tbs_sha256.as_ref().map(|hash| &hash[..]))
        }
        Condition::Subject(name_test) => {
            let texts = texts(candidate.subject, &candidate.subject_texts, name_test.field);
            test_name(name_test.field.as_str(), name_test, texts, folded)
        }
        Condition::Issuer(name_test) => {
            let texts = texts(candidate.issuer, &candidate.issuer_texts, name_test.field);
            test_name("issuer", name_test, texts, folded)
        }
    }
}

fn canonical(field: &'static str, expected: String, actual: Option<String>) -> Evidence {
    Evidence { field, expected, actual, compare: Compare::Canonical }
}

fn test_hash(field: &'static str, expected: &[u8], actual: Option<&[u8]>) -> Verdict {
    Verdict {
        holds: actual == Some(expected),
        evidence: canonical(field, hex::encode(expected), actual.map(hex::encode)),
    }
}

/// The texts of a name that a field means.
pub(crate) fn texts<'a>(
    name: Option<Name<'a>>,
    extra: &[(NameField, Cow<'a, str>)],
    field: NameField,
) -> Vec<Cow<'a, str>> {
    let mut texts: Vec<Cow<'a, str>> = Vec::new();
    if let Some(name) = name {
        if field == NameField::OneLine {
            texts.push(name.to_oneline().into());
        } else {
            let wanted = field.attribute();
            let attributes = name.attributes().filter(|attribute| wanted.is_none_or(|kind| kind == attribute.kind()));
            texts.extend(attributes.map(|attribute| attribute.text()));
        }
        if field == NameField::Whole {
            texts.push(name.to_string().into());
            texts.push(name.to_oneline().into());
        }
    }
    let any = matches!(field, NameField::Any | NameField::Whole);
    texts.extend(extra.iter().filter(|(kind, _)| any || *kind == field).map(|(_, text)| text.clone()));
    texts
}

fn test_name(field: &'static str, name_test: &NameTest, texts: Vec<Cow<'_, str>>, folded: bool) -> Verdict {
    let passed = texts.iter().find_map(|text| compare_text(name_test, text, folded).map(|compare| (compare, text)));
    let (holds, compare, actual) = match passed {
        Some((compare, text)) => (true, compare, Some(text.to_string())),
        None => (false, plain_compare(name_test.mode), texts.first().map(ToString::to_string)),
    };
    Verdict { holds, evidence: Evidence { field, expected: name_test.value.to_string(), actual, compare } }
}

const fn plain_compare(mode: TextMode) -> Compare {
    match mode {
        TextMode::Exact => Compare::Exact,
        TextMode::Contains => Compare::Contains,
        TextMode::Prefix => Compare::Prefix,
    }
}

fn passes(mode: TextMode, text: &str, value: &str) -> bool {
    match mode {
        TextMode::Exact => text == value,
        TextMode::Contains => text.contains(value),
        TextMode::Prefix => text.starts_with(value),
    }
}

/// How `text` passes, if it does.
fn compare_text(name_test: &NameTest, text: &str, folded: bool) -> Option<Compare> {
    if passes(name_test.mode, text, &name_test.value) {
        return Some(plain_compare(name_test.mode));
    }
    if folded { compare_folded(name_test, text) } else { None }
}

#[cfg(feature = "fold")]
fn compare_folded(name_test: &NameTest, text: &str) -> Option<Compare> {
    if passes(name_test.mode, &fold(text), &fold(&name_test.value)) {
        return Some(match name_test.mode {
            TextMode::Exact => Compare::ExactFolded,
            TextMode::Contains => Compare::ContainsFolded,
            TextMode::Prefix => Compare::PrefixFolded,
        });
    }
    let same_organization = fold_organization(text) == fold_organization(&name_test.value);
    same_organization.then_some(Compare::OrganizationFolded)
}

#[cfg(not(feature = "fold"))]
fn compare_folded(_: &NameTest, _: &str) -> Option<Compare> {
    None
}
