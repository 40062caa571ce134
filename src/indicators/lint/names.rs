//! What the names of an indicator show.

use super::{Cause, Found, advice, is_durable};
use crate::indicators::doubtful_name::{is_shared_publisher, is_short_part};
use crate::indicators::import::yara::{from_openssl, shown_length};
use crate::indicators::indicator::{Condition, Indicator, NameTest, TextMode};

pub(super) fn check(indicator: &Indicator, found: &mut Found<'_>) {
    let is_durable = is_durable(&indicator.alternatives);
    for conditions in &indicator.alternatives {
        check_alternative(conditions, found);
        for condition in conditions {
            match condition {
                Condition::Subject(test) => {
                    check_subject(test, found);
                    check_text(test, found);
                }
                Condition::Issuer(test) => {
                    check_text(test, found);
                    if !is_durable {
                        check_issuer(test, found);
                    }
                }
                Condition::ProgramName(test) => check_text(test, found),
                _ => {}
            }
        }
    }
}

fn add(found: &mut Found<'_>, cause: Cause, detail: &str) {
    found.add(cause, detail, advice(cause).map(str::to_owned));
}

/// An alternative of nothing but names.
fn check_alternative(conditions: &[Condition], found: &mut Found<'_>) {
    let names: Vec<&NameTest> = conditions.iter().filter_map(name_of).collect();
    let has_identity = conditions.iter().any(|condition| {
        matches!(
            condition,
            Condition::Serial(_) | Condition::Hash(..) | Condition::ExtendedKeyUsage(_) | Condition::RsaModulus(_)
        )
    });
    let Some(longest) = names.iter().max_by_key(|test| test.value.len()) else { return };
    if has_identity {
        return;
    }
    add(found, Cause::NameOnly, &longest.value);
    if names.iter().all(|test| is_short_part(test)) {
        add(found, Cause::ShortText, &longest.value);
    }
}

const fn name_of(condition: &Condition) -> Option<&NameTest> {
    match condition {
        Condition::Subject(test) | Condition::Issuer(test) | Condition::ProgramName(test) => Some(test),
        _ => None,
    }
}

fn check_subject(test: &NameTest, found: &mut Found<'_>) {
    let value = &*test.value;
    if is_shared_publisher(value) {
        add(found, Cause::SharedPublisher, value);
    }
    let lower = value.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    if is_authority(&lower, &words) {
        add(found, Cause::CertificateAuthority, value);
    } else if is_timestamp_service(&words) {
        add(found, Cause::TimestampAuthority, value);
    }
}

/// Whether a name is one that authorities have: `Example Code Signing RSA4096 2021 CA1`, and not `Root Capital` or `CA, Inc.`.
fn is_authority(lower: &str, words: &[&str]) -> bool {
    const ISSUES: [&str; 4] = ["root", "issuing", "intermediate", "signing"];
    let is_short_form = |word: &&str| {
        let number = word.strip_prefix("pca").or_else(|| word.strip_prefix("ca"));
        number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let is_written_out = ["certification authority", "certificate authority"].iter().any(|name| lower.contains(name));
    is_written_out || (words.iter().any(is_short_form) && words.iter().any(|word| ISSUES.contains(word)))
}

/// Whether a name is one that timestamping services have: `Example Timestamp 2023`, and not `Timestamp Software`.
fn is_timestamp_service(words: &[&str]) -> bool {
    const ROLES: [&str; 8] = ["authority", "ca", "pca", "responder", "server", "service", "services", "signer"];
    let is_role = |word: &&str| ROLES.contains(word) || word.bytes().all(|byte| byte.is_ascii_digit());
    (0..words.len()).any(|index| match words.get(index..).unwrap_or_default() {
        ["timestamping", ..] | ["time", "stamping", ..] => true,
        ["timestamp", rest @ ..] | ["time", "stamp", rest @ ..] => rest.first().is_none_or(is_role),
        _ => false,
    })
}

fn check_issuer(test: &NameTest, found: &mut Found<'_>) {
    /// Part of the names of the authorities whose certificates are valid for three days.
    const SHORT_LIVED: &str = "microsoft id verified";
    if test.value.to_lowercase().contains(SHORT_LIVED) {
        add(found, Cause::ShortLived, &test.value);
    }
}

fn check_text(test: &NameTest, found: &mut Found<'_>) {
    /// Characters of a name that YARA 4.5 shows (X509_NAME_oneline into 256 octets).
    const MAX_SHOWN: usize = 255;
    let value = &*test.value;
    if let Some(text) = from_openssl(value.as_bytes()) {
        found.add(Cause::EscapedText, value, Some(text));
    }
    if shown_length(value.as_bytes()) > MAX_SHOWN {
        add(found, Cause::OverlongText, value);
    }
    if let Some(repair) = damage(test) {
        found.add(Cause::DamagedName, value, repair.or_else(|| advice(Cause::DamagedName).map(str::to_owned)));
    }
}

/// Whether a whole name shows that it was cut or altered, and what would mend it where that is known.
fn damage(test: &NameTest) -> Option<Option<String>> {
    let value = &*test.value;
    if value.contains(char::REPLACEMENT_CHARACTER) {
        return Some(None);
    }
    if test.mode != TextMode::Exact {
        return None;
    }
    let trimmed = value.trim();
    if trimmed.len() < value.len() {
        return Some(Some(trimmed.to_owned()));
    }
    let quotes = value.matches('"').count();
    let is_cut = quotes & 1 == 1 || value.ends_with("\"\"") || value.ends_with([',', '\\', '/']);
    is_cut.then_some(None)
}
