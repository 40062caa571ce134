//! A MISP event: an `x509` object an alternative.

use serde_json::{Value, json};

use super::alternative::{ANY_ROLE, Alternative, WEAK};
use super::losses::{Losses, Outcome};
use super::uuid::Uuid;
use crate::indicators::hash_value::HashOf;
use crate::indicators::indicator::{Indicator, NameField, Severity, TextMode};
use crate::indicators::role::Roles;

/// The template `x509` of misp-objects, and the version of it that has the attributes used here.
const TEMPLATE: &str = "d1ab756a-26b5-4349-9f43-765630f0911c";
const TEMPLATE_VERSION: &str = "14";

pub(super) fn write(indicators: &[&Indicator], losses: &mut Losses) -> String {
    let mut objects = Vec::new();
    for indicator in indicators {
        let mut outcome = Outcome::default();
        for conditions in &indicator.alternatives {
            match attributes(indicator, &Alternative::of(conditions)) {
                Ok((attributes, weakened)) => {
                    outcome.write();
                    outcome.weaken_all(weakened);
                    objects.push(object(indicator, objects.len(), attributes));
                }
                Err(reason) => outcome.skip(reason),
            }
        }
        if indicator.scope != Roles::SIGNERS {
            outcome.weaken(ANY_ROLE);
        }
        losses.settle(indicator, outcome);
    }
    let ids: Vec<String> = objects.iter().map(|object| object["uuid"].to_string()).collect();
    let worst = indicators.iter().filter_map(|indicator| indicator.metadata.severity).max();
    let threat_level = match worst {
        Some(Severity::Critical | Severity::High) => "1",
        Some(Severity::Medium) => "2",
        Some(Severity::Low) => "3",
        None | Some(Severity::Informational) => "4",
    };
    let dates =
        indicators.iter().filter_map(|indicator| indicator.metadata.date.as_deref()).filter(|date| is_date(date));
    let event = json!({ "Event": {
        "uuid": Uuid::of("event", &ids.join(" ")).to_string(), "info": "Abused code-signing certificates",
        "date": dates.max().unwrap_or("1970-01-01"), "threat_level_id": threat_level, "analysis": "2", "distribution": "0",
        "published": false, "Object": objects,
    }});
    format!("{event:#}\n")
}

fn is_date(text: &str) -> bool {
    text.len() == 10
        && text
            .bytes()
            .enumerate()
            .all(|(index, byte)| if matches!(index, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() })
}

fn object(indicator: &Indicator, number: usize, attributes: Vec<Attribute>) -> Value {
    let metadata = &indicator.metadata;
    let uuid = Uuid::of(&format!("object {number}"), &metadata.id);
    let words = [
        Some(&metadata.id),
        metadata.name.as_ref().filter(|name| **name != metadata.id),
        metadata.description.as_ref(),
        metadata.reference.as_ref(),
    ];
    let words: Vec<&str> = words.into_iter().flatten().map(AsRef::as_ref).collect();
    let attributes: Vec<Value> = attributes.into_iter().map(|attribute| attribute.into_json(uuid)).collect();
    json!({
        "name": "x509", "meta-category": "network", "template_uuid": TEMPLATE, "template_version": TEMPLATE_VERSION,
        "uuid": uuid.to_string(), "distribution": "5", "comment": words.join("; "), "Attribute": attributes,
    })
}

/// An attribute of an object.
struct Attribute {
    relation: &'static str,
    kind: &'static str,
    category: &'static str,
    value: String,
    to_ids: bool,
}

impl Attribute {
    fn text(relation: &'static str, value: impl Into<String>, to_ids: bool) -> Self {
        Self { relation, kind: "text", category: "Other", value: value.into(), to_ids }
    }

    fn into_json(self, object: Uuid) -> Value {
        let Self { relation, kind, category, value, to_ids } = self;
        json!({
            "uuid": Uuid::of(relation, &format!("{object} {value}")).to_string(), "object_relation": relation, "type": kind,
            "category": category, "value": value, "to_ids": to_ids, "distribution": "5",
        })
    }
}

fn attributes(
    indicator: &Indicator,
    alternative: &Alternative<'_>,
) -> Result<(Vec<Attribute>, Vec<&'static str>), &'static str> {
    if alternative.is_weak {
        return Err(WEAK);
    }
    let (mut attributes, mut weakened) = (Vec::new(), Vec::new());
    let mut is_named = false;
    for (of, value) in &alternative.hashes {
        let (relation, kind) = match (of, value.algorithm()) {
            (HashOf::Certificate, "md5") => ("x509-fingerprint-md5", "x509-fingerprint-md5"),
            (HashOf::Certificate, "sha1") => ("x509-fingerprint-sha1", "x509-fingerprint-sha1"),
            (HashOf::Certificate, "sha256") => ("x509-fingerprint-sha256", "x509-fingerprint-sha256"),
            _ => {
                weakened
                    .push("hashes but MD5, SHA-1 and SHA-256 of the certificate are left out, as the object has none");
                continue;
            }
        };
        is_named = true;
        attributes.push(Attribute {
            relation,
            kind,
            category: "Payload delivery",
            value: value.to_string(),
            to_ids: true,
        });
    }
    for serial in &alternative.serials {
        is_named = true;
        weakened.push("the serial is text without a normal form, and correlates with the same spelling only");
        attributes.push(Attribute::text("serial-number", serial.to_string(), true));
    }
    for (is_subject, tests) in [(true, &alternative.subjects), (false, &alternative.issuers)] {
        for test in tests {
            let relation = relation(is_subject, test.field);
            if test.mode != TextMode::Exact || test.ignore_case || matches!(relation, "subject" | "issuer") {
                weakened.push("what part of a name is compared, and how, is not told: MISP correlates whole values");
            }
            is_named |= !is_subject;
            attributes.push(Attribute::text(relation, &*test.value, false));
        }
    }
    for modulus in &alternative.moduli {
        attributes.push(Attribute::text("pubkey-info-modulus", hex::encode(modulus), true));
    }
    if !is_named {
        return Err("an x509 object needs a fingerprint, a serial or an issuer");
    }
    let has_more =
        !alternative.programs.is_empty() || !alternative.usages.is_empty() || !alternative.algorithms.is_empty();
    if has_more || alternative.has_times() {
        weakened.push(
            "program names, usages, signature algorithms and comparisons of times are left out, as the object has none",
        );
    }
    let validity =
        [("validity-not-before", indicator.metadata.valid_from), ("validity-not-after", indicator.metadata.valid_to)];
    for (relation, time) in validity {
        let attribute = |value| Attribute { relation, kind: "datetime", category: "Other", value, to_ids: false };
        attributes.extend(time.map(|time| attribute(time.to_string())));
    }
    Ok((attributes, weakened))
}

/// The attribute of the object for a part of a name: that of the whole name where there is none for the part.
const fn relation(is_subject: bool, field: NameField) -> &'static str {
    match (is_subject, field) {
        (true, NameField::CommonName) => "subject-common-name",
        (true, NameField::Organization) => "subject-organization",
        (true, NameField::SerialNumber) => "subject-serial-number",
        (true, _) => "subject",
        (false, NameField::CommonName) => "issuer-common-name",
        (false, NameField::Organization) => "issuer-organization",
        (false, _) => "issuer",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_dates() {
        let cases = [
            ("2014-11-03", true),
            ("2014-11-3", false),
            ("03.11.2014", false),
            ("2014-11-03T", false),
            ("2014/11/03", false),
        ];
        for (text, expected) in cases {
            assert_eq!(is_date(text), expected, "{text}");
        }
    }
}
