//! One comparison of a STIX pattern to conditions on a certificate.

use super::super::dn_text::read_dn;
use super::super::fact::{hash, read_hash, read_modulus, read_serial};
use super::super::moment::read_time;
use super::super::names::tests_of_name;
use crate::asn1::oid::OidBuf;
use crate::indicators::cause::Cause;
use crate::indicators::hash_value::HashOf;
use crate::indicators::indicator::{Condition, NameField, NameTest, Note, TextMode, TimeOrder, TimeTest};
use crate::x509::serial::SerialBuf;

/// `path [NOT] operator value`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Test<'a> {
    pub(super) object: &'a str,
    pub(super) steps: &'a [String],
    pub(super) is_negated: bool,
    pub(super) operator: &'a str,
    pub(super) values: &'a [String],
}

/// What a comparison asks.
#[derive(Debug)]
pub(super) enum Meaning {
    /// This, in one of several ways, each with what is to be said of how it is written.
    Conditions(Vec<(Vec<Condition>, Vec<Note>)>),
    /// Something that cannot be asked of a certificate here.
    Lost(String),
    /// That an identity is another one, which no match can stand for.
    Refused(String),
}

/// What a comparison asks.
///
/// # Errors
/// The problem with a value that is malformed.
pub(super) fn meaning(test: &Test<'_>) -> Result<Meaning, String> {
    let path = || format!("{}:{}", test.object, test.steps.join("."));
    if test.object != "x509-certificate" {
        return Ok(Meaning::Lost(path()));
    }
    let is_negative = test.is_negated != (test.operator == "!=");
    if is_negative {
        return Ok(Meaning::Refused(format!("a negated comparison of {}", path())));
    }
    let operator = if test.operator == "!=" { "=" } else { test.operator };
    let is_equality = matches!(operator, "=" | "IN");
    let steps: Vec<&str> = test.steps.iter().map(String::as_str).collect();
    let mut alternatives = Vec::new();
    for value in test.values {
        let mut notes = Vec::new();
        let conditions = match steps.as_slice() {
            ["serial_number"] if is_equality => Some(vec![Condition::Serial(read_serial(value)?)]),
            ["serial_number"] if operator == "MATCHES" => {
                serial_of_regex(value).map(|serial| vec![Condition::Serial(serial)])
            }
            ["hashes", algorithm] if is_equality => {
                let read = read_hash(value)?;
                if algorithm.to_ascii_lowercase().replace('-', "") != read.algorithm() {
                    notes.push(Note::new(Cause::MisplacedHash, value.clone()));
                }
                Some(vec![hash(HashOf::Certificate, read)])
            }
            ["subject"] => names(operator, value).map(|tests| tests.into_iter().map(Condition::Subject).collect()),
            ["issuer"] => names(operator, value).map(|tests| tests.into_iter().map(Condition::Issuer).collect()),
            ["validity_not_before"] => time(operator, value)?.map(|test| vec![Condition::NotBefore(test)]),
            ["validity_not_after"] => time(operator, value)?.map(|test| vec![Condition::NotAfter(test)]),
            ["signature_algorithm"] if is_equality => {
                algorithm(value).map(|algorithm| vec![Condition::SignatureAlgorithm(algorithm)])
            }
            ["subject_public_key_modulus"] if is_equality => Some(vec![Condition::RsaModulus(read_modulus(value)?)]),
            _ => None,
        };
        match conditions {
            Some(conditions) => alternatives.push((conditions, notes)),
            None => return Ok(Meaning::Lost(format!("{} {operator} {value}", path()))),
        }
    }
    Ok(Meaning::Conditions(alternatives))
}

/// The tests of a name; `None` for a comparison that is none of equal, contains, begins and ends.
fn names(operator: &str, value: &str) -> Option<Vec<NameTest>> {
    let (mode, text) = match operator {
        "=" | "IN" => return Some(tests_of_name(value)),
        "LIKE" => like(value)?,
        "MATCHES" => simple_regex(value)?,
        _ => return None,
    };
    if text.trim().is_empty() {
        return None;
    }
    // `%CN=Example%` is a common name that begins so, and `%, O=Example, CN=Ex%` an organization beside it. What no printed name of
    // ours has, which separators are written how and in what order, is not asked.
    let attributes = read_dn(text.trim_start_matches([',', ';', '+', ' ']));
    let is_one_of_many = matches!(attributes.as_slice(), [only] if only.field() == NameField::Any);
    if attributes.is_empty() || is_one_of_many {
        return Some(vec![NameTest::new(NameField::Whole, mode, text)]);
    }
    let last = attributes.len().saturating_sub(1);
    let is_open = matches!(mode, TextMode::Contains | TextMode::Prefix);
    let mode_of = |index| if index == last && is_open { TextMode::Prefix } else { TextMode::Exact };
    let tests = (0_usize..).zip(attributes);
    Some(tests.map(|(index, one)| NameTest::new(one.field(), mode_of(index), one.value)).collect())
}

/// `%` at the ends of a text; `None` when there is one within, or `_`.
fn like(pattern: &str) -> Option<(TextMode, String)> {
    let (open_start, text) = pattern.strip_prefix('%').map_or((false, pattern), |rest| (true, rest));
    let (open_end, text) = text.strip_suffix('%').map_or((false, text), |rest| (true, rest));
    (!text.contains(['%', '_'])).then(|| (mode(open_start, open_end), text.to_owned()))
}

fn mode(open_start: bool, open_end: bool) -> TextMode {
    match (open_start, open_end) {
        (true, true) => TextMode::Contains,
        (false, true) => TextMode::Prefix,
        (true, false) => TextMode::Suffix,
        (false, false) => TextMode::Exact,
    }
}

/// A regular expression that is a text, perhaps anchored; `None` for any other.
fn simple_regex(pattern: &str) -> Option<(TextMode, String)> {
    let (start, rest) = pattern.strip_prefix('^').map_or((false, pattern), |rest| (true, rest));
    let (end, rest) = match rest.strip_suffix('$').filter(|rest| !rest.ends_with('\\')) {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let (open_start, rest) = rest.strip_prefix(".*").map_or((!start, rest), |rest| (true, rest));
    let ending = rest.strip_suffix(".*").filter(|rest| !rest.ends_with('\\'));
    let (open_end, rest) = ending.map_or((!end, rest), |rest| (true, rest));
    let mut text = String::new();
    let mut chars = rest.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => text.push(chars.next().filter(|c| !c.is_ascii_alphanumeric())?),
            '.' | '*' | '+' | '?' | '[' | ']' | '(' | ')' | '{' | '}' | '|' | '^' | '$' => return None,
            c => text.push(c),
        }
    }
    Some((mode(open_start, open_end), text))
}

/// `^0*c0ffee$`: a serial whatever zeros precede it.
fn serial_of_regex(pattern: &str) -> Option<SerialBuf> {
    let pattern = pattern.strip_prefix("(?i)").unwrap_or(pattern);
    let digits = pattern.strip_prefix('^')?.strip_suffix('$')?;
    let digits = digits.strip_prefix("0*").unwrap_or(digits);
    let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hex { SerialBuf::parse_hex(digits).ok() } else { None }
}

fn time(operator: &str, value: &str) -> Result<Option<TimeTest>, String> {
    let order = match operator {
        "=" | "IN" => TimeOrder::Equal,
        "<" => TimeOrder::Before,
        "<=" => TimeOrder::AtMost,
        ">" => TimeOrder::After,
        ">=" => TimeOrder::AtLeast,
        _ => return Ok(None),
    };
    let time = read_time(value).ok_or_else(|| format!("{value:?} is no time"))?;
    Ok(Some(TimeTest { order, time }))
}

/// The algorithm of a name or of dotted numbers.
fn algorithm(value: &str) -> Option<OidBuf> {
    /// RFC 8017, Appendix C; RFC 5758, 3.2.
    const NAMES: [(&str, &str); 8] = [
        ("md5withrsaencryption", "1.2.840.113549.1.1.4"),
        ("sha1withrsaencryption", "1.2.840.113549.1.1.5"),
        ("sha256withrsaencryption", "1.2.840.113549.1.1.11"),
        ("sha384withrsaencryption", "1.2.840.113549.1.1.12"),
        ("sha512withrsaencryption", "1.2.840.113549.1.1.13"),
        ("ecdsa-with-sha256", "1.2.840.10045.4.3.2"),
        ("ecdsa-with-sha384", "1.2.840.10045.4.3.3"),
        ("ecdsa-with-sha512", "1.2.840.10045.4.3.4"),
    ];
    let lower = value.trim().to_ascii_lowercase();
    let dotted = NAMES.iter().find(|(name, _)| *name == lower).map_or(lower.as_str(), |(_, dotted)| dotted);
    OidBuf::parse(dotted).ok()
}
