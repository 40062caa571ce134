//! A STIX 2.1 bundle: who wrote it, and an indicator object each. A pattern says what it can; `x_certsift_indicator` has the whole
//! indicator as our own JSON lines have it, so that reading the bundle gives the same table again.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::alternative::{ANY_ROLE, Alternative, WEAK_FIRES, digits, positive};
use super::losses::{Losses, Outcome};
use super::quoting::{regex, stix};
use super::record::{json_object, oid_text, time_text};
use super::uuid::Uuid;
use crate::asn1::time::Time;
use crate::indicators::hash_value::HashOf;
use crate::indicators::indicator::{Indicator, Metadata, NameField, NameTest, TextMode, TimeTest};
use crate::indicators::role::Roles;
use crate::x509::serial::SerialBuf;

/// The property of an indicator object that holds our own record.
const RECORD: &str = "x_certsift_indicator";

pub(super) fn write(indicators: &[&Indicator], losses: &mut Losses) -> String {
    let author = format!("identity--{}", Uuid::of("identity", "certsift"));
    let epoch = stamp(Time::from_unix(0));
    let mut objects = vec![json!({
        "type": "identity", "spec_version": "2.1", "id": author, "created": epoch, "modified": epoch,
        "name": "certsift", "identity_class": "system",
    })];
    let mut repeated: HashMap<String, u64> = HashMap::new();
    for indicator in indicators {
        let record = json_object(indicator, losses);
        let count = repeated.entry(record.clone()).and_modify(|count| *count = count.saturating_add(1)).or_insert(0);
        let id = Uuid::of(&format!("indicator {count}"), &record);
        objects.push(object(indicator, &record, id, &author, losses));
    }
    let ids: Vec<String> = objects.iter().map(|object| object["id"].to_string()).collect();
    let bundle = json!({
        "type": "bundle", "id": format!("bundle--{}", Uuid::of("bundle", &ids.join(" "))), "objects": objects,
    });
    format!("{bundle:#}\n")
}

fn object(indicator: &Indicator, record: &str, id: Uuid, author: &str, losses: &mut Losses) -> Value {
    let metadata = &indicator.metadata;
    let mut outcome = Outcome::default();
    let expressions: Vec<String> = indicator
        .alternatives
        .iter()
        .map(|conditions| expression(&Alternative::of(conditions), &mut outcome))
        .collect();
    outcome.write();
    if indicator.scope != Roles::SIGNERS {
        outcome.weaken(ANY_ROLE);
    }
    losses.settle(indicator, outcome);
    let since = stamp(published(metadata).unwrap_or(Time::from_unix(0)));
    let mut object = json!({
        "type": "indicator", "spec_version": "2.1", "id": format!("indicator--{id}"), "created": since, "modified": since,
        "created_by_ref": author, "name": metadata.name.as_ref().unwrap_or(&metadata.id), "indicator_types": ["malicious-activity"],
        "pattern": expressions.join(" OR "), "pattern_type": "stix", "pattern_version": "2.1", "valid_from": since,
        // Our own writer wrote it.
        RECORD: serde_json::from_str::<Value>(record).unwrap_or_default(),
    });
    let Value::Object(members) = &mut object else { return object };
    if let Some(description) = &metadata.description {
        members.insert("description".to_owned(), json!(description));
    }
    let labels: Vec<_> = [&metadata.category, &metadata.family].into_iter().flatten().collect();
    if !labels.is_empty() {
        members.insert("labels".to_owned(), json!(labels));
    }
    let references = references(metadata);
    if !references.is_empty() {
        members.insert("external_references".to_owned(), Value::Array(references));
    }
    object
}

fn references(metadata: &Metadata) -> Vec<Value> {
    let source = metadata.source.as_deref().filter(|source| !source.is_empty());
    let mut references = Vec::new();
    if let Some(reference) = metadata.reference.as_deref().filter(|reference| !reference.is_empty()) {
        let is_address = reference.starts_with("https://") || reference.starts_with("http://");
        let key = if is_address { "url" } else { "description" };
        references.push(json!({ "source_name": source.unwrap_or("reference"), key: reference }));
    } else if let Some(source) = source {
        references.push(json!({ "source_name": source, "description": "the indicator's source" }));
    }
    references.extend(metadata.attack.iter().map(|id| json!({ "source_name": "mitre-attack", "external_id": id })));
    references
}

/// When the indicator was published: the date it has, as far as it is one.
fn published(metadata: &Metadata) -> Option<Time> {
    let date = metadata.date.as_deref()?;
    let mut numbers = date.get(..10)?.split('-').map(|number| number.parse::<i64>().ok().filter(|number| *number > 0));
    let date = [numbers.next()??, numbers.next()??, numbers.next()??];
    Time::from_calendar(date, [0, 0, 0])
}

/// A timestamp, which has three digits of a second at least.
fn stamp(time: Time) -> String {
    time.to_string().replace('Z', ".000Z")
}

/// An observation expression: one certificate of which everything holds.
fn expression(alternative: &Alternative<'_>, outcome: &mut Outcome) -> String {
    let mut parts: Vec<String> = alternative.serials.iter().map(|serial| serial_expression(serial)).collect();
    if !alternative.serials.is_empty() {
        outcome.weaken("serials have no one spelling in STIX: those in use are listed");
    }
    if alternative.is_weak {
        outcome.weaken(WEAK_FIRES);
    }
    for (of, value) in &alternative.hashes {
        parts.push(match (of, value.algorithm()) {
            (HashOf::Certificate, "md5") => format!("x509-certificate:hashes.MD5 = '{value}'"),
            (HashOf::Certificate, "sha1") => format!("x509-certificate:hashes.'SHA-1' = '{value}'"),
            (HashOf::Certificate, "sha256") => format!("x509-certificate:hashes.'SHA-256' = '{value}'"),
            (HashOf::Certificate, "sha512") => format!("x509-certificate:hashes.'SHA-512' = '{value}'"),
            _ => own_property(of.field(value), &value.to_string(), outcome),
        });
    }
    parts.extend(alternative.subjects.iter().map(|test| name_expression("subject", test, outcome)));
    parts.extend(alternative.issuers.iter().map(|test| name_expression("issuer", test, outcome)));
    for test in &alternative.programs {
        outcome.weaken(OWN_PROPERTY);
        parts.push(text_expression("x_certsift_program_name", test));
    }
    for test in &alternative.usages {
        let usage = oid_text(&test.usage);
        parts.push(own_property(
            "extended_key_usage",
            &if test.and_below { format!("{usage}.*") } else { usage },
            outcome,
        ));
    }
    for oid in &alternative.algorithms {
        let name = oid.as_oid().name().map(stix);
        let spellings: Vec<String> = std::iter::once(stix(&oid_text(oid))).chain(name).collect();
        parts.push(format!("x509-certificate:signature_algorithm IN ({})", spellings.join(", ")));
    }
    let times = [("validity_not_before", &alternative.not_before), ("validity_not_after", &alternative.not_after)];
    for (property, tests) in times {
        parts.extend(tests.iter().map(|test| time_expression(property, test, outcome)));
    }
    for modulus in &alternative.moduli {
        parts.push(format!("x509-certificate:subject_public_key_modulus = '{}'", hex::encode(modulus)));
    }
    format!("[{}]", parts.join(" AND "))
}

const OWN_PROPERTY: &str =
    "STIX has no property for some of its conditions: the pattern asks for properties of our own (x_certsift_…)";

fn own_property(name: &str, value: &str, outcome: &mut Outcome) -> String {
    outcome.weaken(OWN_PROPERTY);
    format!("x509-certificate:x_certsift_{name} = {}", stix(value))
}

/// The spellings in use: as in DER with colons and without, without the sign octet, without leading zeros, in either case.
fn serial_expression(serial: &SerialBuf) -> String {
    let positive = hex::encode(positive(serial));
    let pairs: Vec<&str> = positive.as_bytes().chunks(2).filter_map(|pair| std::str::from_utf8(pair).ok()).collect();
    let plain = [positive.clone(), serial.to_string(), digits(serial)];
    let mut spellings = vec![pairs.join(":")];
    spellings.extend(plain.iter().cloned());
    spellings.extend(plain.iter().map(|spelling| spelling.to_uppercase()));
    let mut seen = std::collections::HashSet::new();
    spellings.retain(|spelling| seen.insert(spelling.clone()));
    let spellings: Vec<String> = spellings.iter().map(|spelling| stix(spelling)).collect();
    format!("x509-certificate:serial_number IN ({})", spellings.join(", "))
}

/// A name is one text in STIX, in no one form: a test of a part of it is asked of the whole.
fn name_expression(property: &str, test: &NameTest, outcome: &mut Outcome) -> String {
    if test.field == NameField::Whole && test.mode == TextMode::Exact {
        outcome.weaken("STIX has names as one text in no one form: a whole name is compared with that text");
        return text_expression(property, test);
    }
    outcome.weaken("STIX has names as one text in no one form: tests of parts are asked of the whole");
    let contains = NameTest { mode: TextMode::Contains, ..test.clone() };
    text_expression(property, &contains)
}

fn text_expression(property: &str, test: &NameTest) -> String {
    let value = &*test.value;
    // LIKE has no way to say a percent sign or underscore; nor have its users one opinion of backslashes.
    let is_plain = !test.ignore_case && !value.contains(['%', '_', '\\']);
    let anchored = |before: &str, after: &str| {
        let fold = if test.ignore_case { "(?i)" } else { "" };
        format!("x509-certificate:{property} MATCHES {}", stix(&format!("{fold}{before}{}{after}", regex(value))))
    };
    let like = |pattern: String| format!("x509-certificate:{property} LIKE {}", stix(&pattern));
    match test.mode {
        TextMode::Exact if !test.ignore_case => format!("x509-certificate:{property} = {}", stix(value)),
        TextMode::Exact => anchored("^", "$"),
        TextMode::Contains if is_plain => like(format!("%{value}%")),
        TextMode::Contains => anchored("", ""),
        TextMode::Prefix if is_plain => like(format!("{value}%")),
        TextMode::Prefix => anchored("^", ""),
        TextMode::Suffix if is_plain => like(format!("%{value}")),
        TextMode::Suffix => anchored("", "$"),
    }
}

fn time_expression(property: &str, test: &TimeTest, outcome: &mut Outcome) -> String {
    let time = time_text(test.time);
    let order = match test.order.as_str() {
        "==" => "=",
        other => other,
    };
    if time.starts_with('@') || time.starts_with("0000") {
        return own_property(property, &format!("{order} {time}"), outcome);
    }
    format!("x509-certificate:{property} {order} t'{time}'")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicators::indicator::Condition;

    fn pattern(conditions: &[Condition]) -> String {
        expression(&Alternative::of(conditions), &mut Outcome::default())
    }

    #[test]
    fn patterns() {
        let name =
            |mode, value: &str| Condition::Subject(NameTest::new(NameField::Organization, mode, value.to_owned()));
        let cases: [(Condition, &str); 6] = [
            (
                Condition::Serial(SerialBuf::parse_hex("b5f3").unwrap()),
                "[x509-certificate:serial_number IN ('00:b5:f3', '00b5f3', 'b5f3', '00B5F3', 'B5F3')]",
            ),
            (name(TextMode::Exact, "O'Neil"), r"[x509-certificate:subject LIKE '%O\'Neil%']"),
            (name(TextMode::Contains, "100%_"), r"[x509-certificate:subject MATCHES '100\\%\\_']"),
            (
                Condition::ProgramName(NameTest::new(NameField::Any, TextMode::Exact, "x").ignoring_case()),
                "[x509-certificate:x_certsift_program_name MATCHES '(?i)^x$']",
            ),
            (Condition::RsaModulus([0xc0, 0x01].into()), "[x509-certificate:subject_public_key_modulus = 'c001']"),
            (
                Condition::SignatureAlgorithm(crate::asn1::oid::OidBuf::parse("1.2.840.113549.1.1.11").unwrap()),
                "[x509-certificate:signature_algorithm IN ('1.2.840.113549.1.1.11', 'sha256WithRSAEncryption')]",
            ),
        ];
        for (condition, expected) in cases {
            assert_eq!(pattern(&[condition]), expected);
        }
    }
}
