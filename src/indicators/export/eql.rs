//! Hunting queries for Elastic, over the fields of the Elastic Common Schema: one query an indicator, a blank line between them.

use super::alternative::{Alternative, SHORT, TWOFOLD, WEAK, positive};
use super::losses::{Losses, Outcome};
use super::quoting::{comment, eql};
use crate::indicators::doubtful_name::is_short_part;
use crate::indicators::hash_value::HashOf;
use crate::indicators::indicator::{Indicator, NameField, NameTest, TextMode};
use crate::x509::serial::SerialBuf;

/// Alternatives in one query: Elasticsearch bounds how deep an expression is.
const MAX_ALTERNATIVES: usize = 50;

pub(super) fn write(indicators: &[&Indicator], losses: &mut Losses) -> String {
    let mut queries = Vec::new();
    for indicator in indicators {
        let Some(mut outcome) = Outcome::of_signers(indicator, losses) else { continue };
        let mut alternatives = Vec::new();
        for conditions in &indicator.alternatives {
            match expression(&Alternative::of(conditions), &mut outcome) {
                Ok(expression) => {
                    outcome.write();
                    alternatives.push(expression);
                }
                Err(reason) => outcome.skip(reason),
            }
        }
        for some in alternatives.chunks(MAX_ALTERNATIVES) {
            queries.push(format!("// {}\nany where {}\n", comment(&indicator.metadata.id), some.join("\n    or ")));
        }
        losses.settle(indicator, outcome);
    }
    queries.join("\n")
}

/// The alternative as an expression; which fields it may ask depends on what it asks: a serial is only in `file.x509`, a thumbprint
/// only in `code_signature`.
fn expression(alternative: &Alternative<'_>, outcome: &mut Outcome) -> Result<String, &'static str> {
    if alternative.is_weak {
        return Err(WEAK);
    }
    if alternative.is_twofold() {
        return Err(TWOFOLD);
    }
    let thumbprint = alternative.hash(HashOf::Certificate, "sha256");
    let serial = alternative.serials.first();
    let subjects: Vec<&NameTest> = alternative.subjects.iter().copied().filter(|test| is_said(test)).collect();
    let issuers: Vec<&NameTest> = alternative.issuers.iter().copied().filter(|test| is_said(test)).collect();
    let has_more = alternative.hashes.len() > usize::from(thumbprint.is_some())
        || !alternative.programs.is_empty()
        || !alternative.usages.is_empty()
        || !alternative.moduli.is_empty();
    match (thumbprint, serial) {
        (None, None) if subjects.is_empty() => {
            return Err("the schema has no hash of certificates but SHA-256, and it has no name or serial");
        }
        (None, None) if has_more && subjects.iter().all(|test| is_short_part(test)) => return Err(SHORT),
        (None, Some(serial)) if serial.as_serial().is_weak() && subjects.is_empty() && issuers.is_empty() => {
            return Err(WEAK);
        }
        _ => {}
    }
    note_left_out(alternative, has_more, outcome);
    let mut parts = Vec::new();
    if let Some(hash) = thumbprint {
        parts.push(of_signature("thumbprint_sha256", |field| format!("{field} == \"{hash}\"")));
    }
    if let Some(serial) = serial {
        parts.push(format!("file.x509.serial_number : ({})", spellings(serial)));
    }
    parts.extend(subjects.iter().map(|test| name_expression("subject", test, serial.is_some())));
    if thumbprint.is_none() || serial.is_some() {
        parts.extend(
            issuers.iter().map(|test| any_of(x509_fields("issuer", test.field), |field| comparison(&field, test))),
        );
    } else if !issuers.is_empty() {
        outcome.weaken("the issuer is left out beside a thumbprint, which says enough");
    }
    Ok(if parts.len() > 1 { format!("({})", parts.join(" and ")) } else { parts.concat() })
}

fn note_left_out(alternative: &Alternative<'_>, has_more: bool, outcome: &mut Outcome) {
    if has_more {
        outcome.weaken("hashes other than SHA-256, program names, usages and keys are left out, as the schema has no field for them");
    }
    if alternative.subjects.iter().chain(&alternative.issuers).any(|test| !is_said(test)) {
        outcome.weaken("tests of e-mail addresses, registration numbers and the one-line name are left out");
    }
    if alternative.has_times() || !alternative.algorithms.is_empty() {
        outcome.weaken("validity and signature algorithm are left out");
    }
    if !alternative.serials.is_empty() {
        outcome.weaken("serials are compared where file.x509 is filled, which not every agent does");
    }
}

/// Both spellings in use: with and without the sign octet, and without leading zeros; the operator sets letter case aside.
fn spellings(serial: &SerialBuf) -> String {
    let positive = hex::encode_upper(positive(serial));
    let canonical = serial.to_string().to_uppercase();
    let mut spellings = vec![canonical.trim_start_matches('0').to_owned(), canonical, positive];
    spellings.retain(|spelling| !spelling.is_empty());
    spellings.dedup();
    spellings.iter().map(|spelling| format!("\"{spelling}\"")).collect::<Vec<_>>().join(", ")
}

/// An expression that may hold of a program, a running one, or a library or driver.
fn of_signature(field: &str, test: impl Fn(&str) -> String) -> String {
    let fields = ["file", "process", "dll"].map(|object| test(&format!("{object}.code_signature.{field}")));
    format!("({})", fields.join(" or "))
}

fn name_expression(name: &str, test: &NameTest, beside_serial: bool) -> String {
    let x509 = any_of(x509_fields(name, test.field), |field| comparison(&field, test));
    let has_display_name = test.field != NameField::OrganizationalUnit;
    if !has_display_name {
        return x509;
    }
    // A serial is of a file: the name of a process beside it would be another's.
    let display = if beside_serial {
        comparison("file.code_signature.subject_name", test)
    } else {
        of_signature("subject_name", |field| comparison(field, test))
    };
    format!("({x509} or {display})")
}

fn is_said(test: &NameTest) -> bool {
    !matches!(test.field, NameField::EmailAddress | NameField::SerialNumber | NameField::OneLine)
}

fn x509_fields(name: &str, field: NameField) -> Vec<String> {
    let fields: &[&str] = match field {
        NameField::CommonName => &["common_name"],
        NameField::Organization => &["organization"],
        NameField::OrganizationalUnit => &["organizational_unit"],
        _ => &["common_name", "organization", "distinguished_name"],
    };
    fields.iter().map(|field| format!("file.x509.{name}.{field}")).collect()
}

fn any_of(fields: Vec<String>, test: impl Fn(String) -> String) -> String {
    let tests: Vec<String> = fields.into_iter().map(test).collect();
    if tests.len() > 1 { format!("({})", tests.join(" or ")) } else { tests.concat() }
}

/// Functions, and not patterns: a pattern has no way to say an asterisk or question mark, and names have both.
fn comparison(field: &str, test: &NameTest) -> String {
    let value = eql(&test.value);
    let fold = if test.ignore_case { "~" } else { "" };
    match test.mode {
        TextMode::Exact if test.ignore_case => format!("{field} in~ ({value})"),
        TextMode::Exact => format!("{field} == {value}"),
        TextMode::Contains => format!("stringContains{fold}({field}, {value})"),
        TextMode::Prefix => format!("startsWith{fold}({field}, {value})"),
        TextMode::Suffix => format!("endsWith{fold}({field}, {value})"),
    }
}
