//! The fields of the Elastic Common Schema 9 that documents may have: name, type, and whether it is a list. Source: the schema's reference
//! (<https://www.elastic.co/docs/reference/ecs/ecs-field-reference>), "Note: this field should contain an array of values".

use certsift::Time;
use serde_json::Value;

/// The type of a field, as far as JSON shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// `keyword`, `wildcard`, `match_only_text`.
    Text,
    /// `date`.
    Date,
    /// `long`.
    Whole,
    /// `float`.
    Number,
    /// `boolean`.
    Truth,
    /// `nested`: a list of objects with fields of their own.
    Nested,
}

/// A field.
#[derive(Debug)]
struct Field {
    name: &'static str,
    kind: Kind,
    is_list: bool,
}

const fn one(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, is_list: false }
}

const fn list(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, is_list: true }
}

use Kind::{Date, Nested, Number, Text, Truth, Whole};

const FIELDS: &[Field] = &[
    one("@timestamp", Date),
    one("message", Text),
    one("ecs.version", Text),
    one("event.kind", Text),
    list("event.category", Text),
    list("event.type", Text),
    one("event.action", Text),
    one("event.module", Text),
    one("event.dataset", Text),
    one("event.severity", Whole),
    one("event.risk_score", Number),
    one("event.outcome", Text),
    one("event.id", Text),
    one("event.reason", Text),
    one("file.path", Text),
    one("file.directory", Text),
    one("file.name", Text),
    one("file.extension", Text),
    one("file.type", Text),
    one("file.size", Whole),
    one("file.mtime", Date),
    one("file.hash.sha256", Text),
    one("file.code_signature.exists", Truth),
    one("file.code_signature.digest_algorithm", Text),
    one("file.code_signature.subject_name", Text),
    one("file.code_signature.thumbprint_sha256", Text),
    one("file.code_signature.timestamp", Date),
    one("file.code_signature.valid", Truth),
    one("file.code_signature.trusted", Truth),
    one("file.x509.serial_number", Text),
    one("file.x509.not_before", Date),
    one("file.x509.not_after", Date),
    one("file.x509.signature_algorithm", Text),
    one("file.x509.public_key_algorithm", Text),
    one("file.x509.public_key_size", Whole),
    one("file.x509.subject.distinguished_name", Text),
    list("file.x509.subject.common_name", Text),
    list("file.x509.subject.organization", Text),
    list("file.x509.subject.organizational_unit", Text),
    list("file.x509.subject.country", Text),
    list("file.x509.subject.locality", Text),
    list("file.x509.subject.state_or_province", Text),
    one("file.x509.issuer.distinguished_name", Text),
    list("file.x509.issuer.common_name", Text),
    list("file.x509.issuer.organization", Text),
    list("file.x509.issuer.organizational_unit", Text),
    list("file.x509.issuer.country", Text),
    list("file.x509.issuer.locality", Text),
    list("file.x509.issuer.state_or_province", Text),
    one("host.name", Text),
    one("process.name", Text),
    one("process.executable", Text),
    one("process.entity_id", Text),
    one("process.pid", Whole),
    list("process.args", Text),
    one("process.parent.name", Text),
    one("process.parent.executable", Text),
    one("user.name", Text),
    one("rule.id", Text),
    one("rule.name", Text),
    list("rule.author", Text),
    one("rule.category", Text),
    one("rule.description", Text),
    one("rule.reference", Text),
    one("rule.ruleset", Text),
    one("threat.framework", Text),
    list("threat.tactic.id", Text),
    list("threat.tactic.name", Text),
    list("threat.tactic.reference", Text),
    list("threat.technique.id", Text),
    list("threat.technique.name", Text),
    list("threat.technique.reference", Text),
    list("threat.technique.subtechnique.id", Text),
    list("threat.technique.subtechnique.name", Text),
    list("threat.technique.subtechnique.reference", Text),
    list("threat.enrichments", Nested),
    one("threat.enrichments.indicator.type", Text),
    one("threat.enrichments.indicator.name", Text),
    one("threat.enrichments.indicator.provider", Text),
    one("threat.enrichments.indicator.reference", Text),
    one("threat.enrichments.indicator.confidence", Text),
    one("threat.enrichments.indicator.x509.serial_number", Text),
    list("threat.enrichments.indicator.x509.subject.common_name", Text),
    list("threat.enrichments.indicator.x509.subject.organization", Text),
    one("threat.enrichments.matched.atomic", Text),
    one("threat.enrichments.matched.field", Text),
    one("threat.enrichments.matched.type", Text),
    list("related.hash", Text),
];

/// Everything that is wrong with a document.
pub(crate) fn complaints(document: &Value) -> Vec<String> {
    let mut complaints = Vec::new();
    walk("", document, &mut complaints);
    for needed in ["@timestamp", "message", "ecs", "event"] {
        if document.get(needed).is_none() {
            complaints.push(format!("no {needed}"));
        }
    }
    // What nobody is to look at is no alert.
    let is_suppressed = document.pointer("/labels/context_action").is_some_and(|action| action == "suppress");
    let enumerated = [
        ("/event/kind", if is_suppressed { &["event"][..] } else { &["alert"] }),
        ("/event/outcome", &["success", "failure", "unknown"]),
        ("/file/type", &["file", "dir", "symlink"]),
    ];
    for (pointer, values) in enumerated {
        if let Some(value) = document.pointer(pointer).and_then(Value::as_str)
            && !values.contains(&value)
        {
            complaints.push(format!("{pointer} is {value}"));
        }
    }
    // Each category has its own allowed types; of ours all have `info`, and only one that is not in this list would need more.
    let texts = |pointer: &str| -> Vec<String> {
        let list = document.pointer(pointer).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let categories = ["configuration", "file", "malware", "process"];
    complaints.extend(texts("/event/category").into_iter().filter(|one| !categories.contains(&one.as_str())));
    complaints.extend(texts("/event/type").into_iter().filter(|one| one != "info"));
    complaints
}

fn walk(path: &str, value: &Value, complaints: &mut Vec<String>) {
    let field = FIELDS.iter().find(|field| field.name == path);
    match (field, value) {
        // Names of our own, which the schema keeps room for: keywords alone.
        (None, Value::String(_)) if path.strip_prefix("labels.").is_some_and(|label| !label.contains('.')) => {}
        (None, Value::Object(members)) => {
            for (key, value) in members {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                walk(&path, value, complaints);
            }
        }
        (Some(field), Value::Array(items)) if field.is_list => {
            if items.is_empty() {
                complaints.push(format!("{path} is empty"));
            }
            items.iter().for_each(|item| check_one(field, item, complaints));
        }
        (Some(field), value) if !field.is_list => check_one(field, value, complaints),
        (Some(_), _) => complaints.push(format!("{path} has the wrong shape: {value}")),
        (None, _) => complaints.push(format!("{path} is no field of the schema: {value}")),
    }
}

fn check_one(field: &Field, value: &Value, complaints: &mut Vec<String>) {
    let fits = match field.kind {
        Kind::Text => value.as_str().is_some_and(|text| !text.is_empty()),
        Kind::Date => value.as_str().is_some_and(|text| Time::from_rfc3339(text).is_some() && text.ends_with('Z')),
        Kind::Whole => value.is_u64() || value.is_i64(),
        Kind::Number => value.is_number(),
        Kind::Truth => value.is_boolean(),
        Kind::Nested => {
            for (key, value) in value.as_object().into_iter().flatten() {
                walk(&format!("{}.{key}", field.name), value, complaints);
            }
            value.is_object()
        }
    };
    if !fits {
        complaints.push(format!("{} has the wrong type: {value}", field.name));
    }
}
