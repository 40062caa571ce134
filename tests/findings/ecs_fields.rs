//! The fields of the Elastic Common Schema 9 that documents may have: name, type, and whether it is a list. Source: the schema's reference
//! (<https://www.elastic.co/docs/reference/ecs/ecs-field-reference>), "Note: this field should contain an array of values".

/// The type of a field, as far as JSON shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
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
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) is_list: bool,
}

const fn one(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, is_list: false }
}

const fn list(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, is_list: true }
}

use Kind::{Date, Nested, Number, Text, Truth, Whole};

pub(crate) const FIELDS: &[Field] = &[
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
