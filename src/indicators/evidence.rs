//! Tests one condition against one candidate, and says what was compared with what.

use std::fmt;

use crate::asn1::oid::{self, Oid};
use crate::asn1::time::Time;
use crate::bytes::hex_text;
use crate::indicators::candidate::Candidate;
use crate::indicators::hash_value::{HashOf, HashValue};
use crate::indicators::indicator::{Condition, NameField, NameTest, TextMode, TimeOrder, TimeTest, UsageTest};
use crate::indicators::texts::{CandidateTexts, Spelling};

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
    /// At the end, letter for letter.
    Suffix,
    /// Equal when letter case, compatibility forms and runs of blanks are set aside.
    ExactFolded,
    /// Contained in the same sense.
    ContainsFolded,
    /// At the start in the same sense.
    PrefixFolded,
    /// At the end in the same sense.
    SuffixFolded,
    /// Equal when punctuation and legal forms (`LLC`, `Ltd`, `GmbH`) are set aside too.
    OrganizationFolded,
    /// What a reader takes for the same: letters of other scripts, or digits, in place of those they look like.
    Skeleton,
    /// Equal in canonical form: serials without leading zeros, hashes as octets.
    Canonical,
    /// A time before the other.
    Before,
    /// A time at or before the other.
    AtMost,
    /// A time after the other.
    After,
    /// A time at or after the other.
    AtLeast,
}

impl Compare {
    /// The stable name, as records carry it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Contains => "contains",
            Self::Prefix => "prefix",
            Self::Suffix => "suffix",
            Self::ExactFolded => "exact_folded",
            Self::ContainsFolded => "contains_folded",
            Self::PrefixFolded => "prefix_folded",
            Self::SuffixFolded => "suffix_folded",
            Self::OrganizationFolded => "organization_folded",
            Self::Skeleton => "skeleton",
            Self::Canonical => "canonical",
            Self::Before => "before",
            Self::AtMost => "at_most",
            Self::After => "after",
            Self::AtLeast => "at_least",
        }
    }

    /// Whether something of the texts was set aside.
    pub(super) const fn is_similar(self) -> bool {
        matches!(
            self,
            Self::ExactFolded
                | Self::ContainsFolded
                | Self::PrefixFolded
                | Self::SuffixFolded
                | Self::OrganizationFolded
                | Self::Skeleton
        )
    }

    const fn of(mode: TextMode, folded: bool) -> Self {
        match (mode, folded) {
            (TextMode::Exact, false) => Self::Exact,
            (TextMode::Contains, false) => Self::Contains,
            (TextMode::Prefix, false) => Self::Prefix,
            (TextMode::Suffix, false) => Self::Suffix,
            (TextMode::Exact, true) => Self::ExactFolded,
            (TextMode::Contains, true) => Self::ContainsFolded,
            (TextMode::Prefix, true) => Self::PrefixFolded,
            (TextMode::Suffix, true) => Self::SuffixFolded,
        }
    }
}

impl From<TimeOrder> for Compare {
    fn from(order: TimeOrder) -> Self {
        match order {
            TimeOrder::Equal => Self::Exact,
            TimeOrder::Before => Self::Before,
            TimeOrder::AtMost => Self::AtMost,
            TimeOrder::After => Self::After,
            TimeOrder::AtLeast => Self::AtLeast,
        }
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
    pub(super) const fn attribute(self) -> Option<Oid<'static>> {
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

/// How much may be set aside when texts are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Level {
    /// Nothing that the indicator does not say.
    AsWritten,
    /// Letter case, compatibility forms, blanks, punctuation and legal forms.
    Folded,
    /// All that, and which of several letters that look alike it is.
    Skeleton,
}

/// The verdict on one condition.
pub(crate) struct Verdict {
    pub(crate) holds: bool,
    pub(crate) evidence: Evidence,
}

/// Whether a condition holds. Writes no evidence.
pub(crate) fn holds(condition: &Condition, texts: &CandidateTexts<'_>, level: Level) -> bool {
    match condition {
        Condition::Subject(test) => passed(test, texts.subject(test.field), level).is_some(),
        Condition::Issuer(test) => passed(test, texts.issuer(test.field), level).is_some(),
        Condition::ProgramName(test) => passed(test, texts.program_names(), level).is_some(),
        _ => holds_for(condition, texts.candidate()),
    }
}

/// Whether a condition holds that is not about names.
fn holds_for(condition: &Condition, candidate: &Candidate<'_>) -> bool {
    let holds_at = |test: &TimeTest, time: Option<Time>| time.is_some_and(|time| test.order.holds(time, test.time));
    match condition {
        Condition::Serial(expected) => candidate.serial == Some(expected.as_serial()),
        Condition::Hash(of, expected) => candidate.hashes.contains(&(*of, *expected)),
        Condition::Subject(_) | Condition::Issuer(_) | Condition::ProgramName(_) => false,
        Condition::ExtendedKeyUsage(test) => passed_usage(test, &candidate.usages).is_some(),
        Condition::SignatureAlgorithm(expected) => candidate.signature_algorithm == Some(expected.as_oid()),
        Condition::NotBefore(test) => holds_at(test, candidate.not_before),
        Condition::NotAfter(test) => holds_at(test, candidate.not_after),
        Condition::RsaModulus(expected) => candidate.rsa_modulus.as_deref() == Some(&**expected),
    }
}

/// Tests one condition.
pub(crate) fn test(condition: &Condition, texts: &CandidateTexts<'_>, level: Level) -> Verdict {
    let candidate = texts.candidate();
    let evidence = match condition {
        Condition::Subject(test) => return test_name(test.field.as_str(), test, texts.subject(test.field), level),
        Condition::Issuer(test) => return test_name("issuer", test, texts.issuer(test.field), level),
        Condition::ProgramName(test) => return test_name("program_name", test, texts.program_names(), level),
        Condition::Serial(expected) => {
            canonical("serial", expected.to_string(), candidate.serial.map(|serial| serial.to_string()))
        }
        Condition::Hash(of, expected) => of_hash(*of, expected, &candidate.hashes),
        Condition::ExtendedKeyUsage(test) => of_usage(test, &candidate.usages),
        Condition::SignatureAlgorithm(expected) => Evidence {
            field: "signature_algorithm",
            expected: expected.to_string(),
            actual: candidate.signature_algorithm.map(|algorithm| algorithm.to_string()),
            compare: Compare::Exact,
        },
        Condition::NotBefore(test) => of_time("not_before", *test, candidate.not_before),
        Condition::NotAfter(test) => of_time("not_after", *test, candidate.not_after),
        Condition::RsaModulus(expected) => {
            canonical("rsa_modulus", hex_text(expected), candidate.rsa_modulus.as_deref().map(hex_text))
        }
    };
    Verdict { holds: holds_for(condition, candidate), evidence }
}

fn canonical(field: &'static str, expected: String, actual: Option<String>) -> Evidence {
    Evidence { field, expected, actual, compare: Compare::Canonical }
}

/// A candidate has several hashes of its chain, one for each certificate of it.
fn of_hash(of: HashOf, expected: &HashValue, hashes: &[(HashOf, HashValue)]) -> Evidence {
    let same_kind = |hash: &&(HashOf, HashValue)| hash.0 == of && hash.1.algorithm() == expected.algorithm();
    let same = hashes.iter().find(|hash| **hash == (of, *expected));
    let actual = same.or_else(|| hashes.iter().find(same_kind)).map(|(_, value)| value.to_string());
    canonical(of.field(expected), expected.to_string(), actual)
}

/// The usage that passes.
fn passed_usage<'u, 'a>(test: &UsageTest, usages: &'u [Oid<'a>]) -> Option<&'u Oid<'a>> {
    let expected = test.usage.as_oid();
    let is_below = |usage: &Oid<'_>| test.and_below && usage.as_bytes().starts_with(expected.as_bytes());
    usages.iter().find(|usage| **usage == expected || is_below(usage))
}

fn of_usage(test: &UsageTest, usages: &[Oid<'_>]) -> Evidence {
    Evidence {
        field: "extended_key_usage",
        expected: test.usage.to_string(),
        actual: passed_usage(test, usages).or(usages.first()).map(ToString::to_string),
        compare: if test.and_below { Compare::Prefix } else { Compare::Exact },
    }
}

fn of_time(field: &'static str, test: TimeTest, actual: Option<Time>) -> Evidence {
    Evidence {
        field,
        expected: test.time.to_string(),
        actual: actual.map(|actual| actual.to_string()),
        compare: test.order.into(),
    }
}

fn test_name(field: &'static str, test: &NameTest, texts: &[Spelling<'_>], level: Level) -> Verdict {
    let (holds, compare, actual) = match passed(test, texts, level) {
        Some((compare, text)) => (true, compare, Some(text)),
        None => (false, Compare::of(test.mode, test.ignore_case), texts.first()),
    };
    let actual = actual.map(|text| text.as_str().to_owned());
    Verdict { holds, evidence: Evidence { field, expected: test.value.to_string(), actual, compare } }
}

/// The text that passes with the least set aside, and how.
fn passed<'t, 'c>(test: &NameTest, texts: &'t [Spelling<'c>], level: Level) -> Option<(Compare, &'t Spelling<'c>)> {
    let value = Spelling::new(&*test.value);
    let mut levels = [Level::AsWritten, Level::Folded, Level::Skeleton].into_iter().filter(|less| *less <= level);
    levels.find_map(|level| {
        texts.iter().find_map(|text| compare_text(test, text, &value, level).map(|compare| (compare, text)))
    })
}

fn passes(mode: TextMode, text: &str, value: &str) -> bool {
    match mode {
        TextMode::Exact => text == value,
        TextMode::Contains => text.contains(value),
        TextMode::Prefix => text.starts_with(value),
        TextMode::Suffix => text.ends_with(value),
    }
}

/// How `text` passes with just so much set aside, if it does.
fn compare_text(test: &NameTest, text: &Spelling<'_>, value: &Spelling<'_>, level: Level) -> Option<Compare> {
    if level > Level::AsWritten {
        return compare_similar(test.mode, text, value, level);
    }
    if passes(test.mode, text.as_str(), value.as_str()) {
        return Some(Compare::of(test.mode, false));
    }
    (test.ignore_case && passes(test.mode, text.lower(), value.lower())).then_some(Compare::of(test.mode, true))
}

#[cfg(feature = "fold")]
fn compare_similar(mode: TextMode, text: &Spelling<'_>, value: &Spelling<'_>, level: Level) -> Option<Compare> {
    // Every text contains nothing.
    let passes = |text: &str, value: &str| !value.is_empty() && passes(mode, text, value);
    if level == Level::Skeleton {
        return passes(text.skeleton(), value.skeleton()).then_some(Compare::Skeleton);
    }
    if passes(text.folded(), value.folded()) {
        return Some(Compare::of(mode, true));
    }
    let is_same = !value.organization().is_empty() && text.organization() == value.organization();
    is_same.then_some(Compare::OrganizationFolded)
}

#[cfg(not(feature = "fold"))]
fn compare_similar(_: TextMode, _: &Spelling<'_>, _: &Spelling<'_>, _: Level) -> Option<Compare> {
    None
}
