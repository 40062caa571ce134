//! Findings as documents of the Elastic Common Schema, version 9.
//!
//! Source: the schema's reference, <https://www.elastic.co/docs/reference/ecs>. Which of its fields are lists is part of it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::attack::{Technique, Techniques};
use super::certificate_record::{CertificateFacts, NameRecord};
use super::document::Document;
use super::matched::{MatchedCertificate, matched_certificates, severity, sureness};
use super::{FieldRecord, IndicatorRecord, MatchRecord, Report, SignatureRecord, VerificationRecord};
use crate::asn1::time::Time;
use crate::indicators::evidence::Compare;
use crate::indicators::indicator::Severity;

/// The version of the schema.
pub(super) const VERSION: &str = "9.4.0";

impl Report {
    /// One document of the Elastic Common Schema (version 9) for each certificate of the file that an indicator matches; none where nothing
    /// matches. `at` is the time of the finding.
    ///
    /// A document says which file, which certificate (`file.x509`), which indicator (`rule`, `threat.enrichments`) and how bad it is
    /// (`event.risk_score`). The same finding has the same `event.id` in every run. Serials are in upper case, as the schema asks for; what
    /// is unknown is absent, and `valid` and `trusted` are there only when signatures were verified.
    ///
    /// ```
    /// use certsift::{IndicatorTable, Input, Report, SignedFile, Time};
    ///
    /// let bytes = include_bytes!("../../tests/fixtures/seed_pe32.exe");
    /// let input = Input::from_path("drop/seed_pe32.exe".as_ref());
    /// let report = Report::new(input, &SignedFile::parse(bytes)?, &IndicatorTable::builtin());
    /// let documents = report.to_ecs(Time::from_unix(1_415_000_000));
    /// assert_eq!(documents[0]["rule"]["id"], "callTogether_certificate");
    /// assert_eq!(documents[0]["file"]["x509"]["subject"]["organization"][0], "CallTogether, Inc.");
    /// # Ok::<(), certsift::Error>(())
    /// ```
    #[must_use]
    pub fn to_ecs(&self, at: Time) -> Vec<Value> {
        matched_certificates(self).iter().map(|matched| document(matched, at).into_value()).collect()
    }
}

fn document(matched: &MatchedCertificate<'_>, at: Time) -> Document {
    let mut document = Document::default();
    let event = Event {
        id: matched.id(),
        action: "certificate-indicator-match",
        dataset: "certsift.match",
        categories: &["malware", "file"],
        types: &["info"],
        severity: severity(matched.first),
        reason: matched.reason(),
        message: matched.message(),
    };
    event.fill(&mut document, at);
    if matched.is_suppressed() {
        document.set("event.kind", "event");
    }
    file(&mut document, matched);
    if let Some(certificate) = matched.certificate {
        x509(&mut document, "file.x509", certificate);
    } else if let Some(serial) = matched.serial() {
        document.set("file.x509.serial_number", serial.to_uppercase());
    }
    rule(&mut document, &matched.first.indicator);
    threat(&mut document, matched.technique_ids());
    enrichments(&mut document, &matched.matches);
    let hashes = [
        matched.report.input.sha256.as_deref(),
        matched.certificate.and_then(|one| one.sha256.as_deref()),
        matched.certificate.and_then(|one| one.sha1.as_deref()),
    ];
    related_hashes(&mut document, hashes.into_iter().flatten());
    labels(&mut document, matched.first);
    document
}

/// What every document says of the finding itself.
pub(crate) struct Event<'e> {
    pub(crate) id: String,
    pub(crate) action: &'e str,
    pub(crate) dataset: &'e str,
    /// `event.category` and `event.type` have lists of allowed values, and of allowed pairs.
    pub(crate) categories: &'e [&'e str],
    pub(crate) types: &'e [&'e str],
    pub(crate) severity: Option<Severity>,
    pub(crate) reason: String,
    pub(crate) message: String,
}

impl Event<'_> {
    pub(crate) fn fill(self, document: &mut Document, at: Time) {
        document.set("@timestamp", at.to_string());
        document.set("ecs.version", VERSION);
        document.set("message", self.message);
        document.set("event.kind", "alert");
        document.set("event.category", self.categories);
        document.set("event.type", self.types);
        document.set("event.action", self.action);
        document.set("event.module", "certsift");
        document.set("event.dataset", self.dataset);
        document.set("event.severity", self.severity.map(risk_score));
        document.set("event.risk_score", self.severity.map(risk_score));
        document.set("event.outcome", "success");
        document.set("event.id", self.id);
        document.set("event.reason", self.reason);
    }
}

/// The score of a severity, as Elastic's detection rules have it.
pub(crate) const fn risk_score(severity: Severity) -> u8 {
    match severity {
        Severity::Informational => 1,
        Severity::Low => 21,
        Severity::Medium => 47,
        Severity::High => 73,
        Severity::Critical => 99,
    }
}

fn file(document: &mut Document, matched: &MatchedCertificate<'_>) {
    let input = &matched.report.input;
    file_path(document, &input.path);
    document.set("file.size", input.size);
    document.set("file.hash.sha256", input.sha256.as_deref());
    // Certificates may travel in a message that nobody signed.
    let Some(signature) = matched.signature().filter(|signature| signature.signer_id.is_some()) else { return };
    document.set("file.code_signature.exists", true);
    document.set("file.code_signature.digest_algorithm", signature.digest_algorithm.as_deref());
    document.set("file.code_signature.timestamp", signed_at(signature));
    if let Some(signer) = matched.signer() {
        document.set("file.code_signature.subject_name", short_name(&signer.subject));
        document.set("file.code_signature.thumbprint_sha256", signer.sha256.as_deref());
    }
    if let Some(facts) = &signature.verification {
        document.set("file.code_signature.valid", is_valid(facts));
        document.set("file.code_signature.trusted", is_trusted(facts));
    }
}

/// The fields of a path, of this system or of Windows.
pub(crate) fn file_path(document: &mut Document, path: &str) {
    let separator = if path.contains('/') { '/' } else { '\\' };
    let (folder, name) = path.rsplit_once(separator).unwrap_or(("", path));
    document.set("file.path", path);
    document.set("file.directory", folder);
    document.set("file.name", name);
    document.set("file.extension", name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map(|(_, end)| end));
    document.set("file.type", "file");
}

/// When a signature was made: what a verified timestamp states, else what the first one does, else what the signer says.
pub(super) fn signed_at(signature: &SignatureRecord) -> Option<&str> {
    let verified = signature.verification.as_ref().and_then(|facts| facts.time.time.as_deref());
    let stamped = || signature.timestamps.iter().find_map(|timestamp| timestamp.time.as_deref());
    verified.or_else(stamped).or(signature.signing_time.as_deref())
}

/// Whether the signature is the certificate's and about this file.
fn is_valid(facts: &VerificationRecord) -> Option<bool> {
    let needed = [facts.signature_valid, facts.digest_matches];
    let where_known = [facts.content_matches, facts.content_type_matches, facts.digest_covers_image];
    if needed.iter().chain(&where_known).any(|fact| *fact == Some(false)) {
        return Some(false);
    }
    needed.iter().all(|fact| *fact == Some(true)).then_some(true)
}

/// Whether the chain ends at a given anchor, was valid in time, and nothing of it is revoked.
fn is_trusted(facts: &VerificationRecord) -> bool {
    let in_time = facts.time.path_validity.as_deref() == Some("valid");
    facts.anchor.is_some() && in_time && facts.revoked.status != "revoked"
}

/// What tools display for a certificate.
pub(crate) fn short_name(name: &NameRecord) -> &str {
    name.common_name.first().or_else(|| name.organization.first()).unwrap_or(&name.dn)
}

/// The fields of a certificate under a path.
pub(crate) fn x509(document: &mut Document, path: &str, facts: &CertificateFacts) {
    let mut set = |field: &str, value: Value| document.set(&format!("{path}.{field}"), value);
    set("serial_number", facts.serial.to_uppercase().into());
    set("not_before", facts.not_before.clone().into());
    set("not_after", facts.not_after.clone().into());
    set("signature_algorithm", facts.signature_algorithm.as_deref().map(signature_algorithm).into());
    let key = facts.public_key.as_ref();
    set("public_key_algorithm", key.map(|key| key_algorithm(&key.algorithm)).into());
    set("public_key_size", key.and_then(|key| key.bits).into());
    for (whose, name) in [("subject", &facts.subject), ("issuer", &facts.issuer)] {
        let mut set = |field: &str, value: Value| set(&format!("{whose}.{field}"), value);
        set("distinguished_name", name.dn.as_str().into());
        let lists = [
            ("common_name", &name.common_name),
            ("organization", &name.organization),
            ("organizational_unit", &name.organizational_unit),
            ("country", &name.country),
            ("locality", &name.locality),
            ("state_or_province", &name.state),
        ];
        for (field, list) in lists {
            set(field, list.clone().into());
        }
    }
}

/// An algorithm as Go's library names it, which the schema recommends.
fn signature_algorithm(name: &str) -> String {
    let known = [("WithRSAEncryption", "RSA"), ("WithRSASignature", "RSA")];
    for (suffix, key) in known {
        if let Some(hash) = name.strip_suffix(suffix) {
            return format!("{}-{key}", hash.to_uppercase());
        }
    }
    for (prefix, key) in [("ecdsaWithSha", "ECDSA"), ("dsaWithSha", "DSA")] {
        if let Some(hash) = name.strip_prefix(prefix) {
            return format!("{key}-SHA{hash}");
        }
    }
    name.to_owned()
}

fn key_algorithm(name: &str) -> String {
    match name {
        "rsaEncryption" | "rsassaPss" => "RSA",
        "ecPublicKey" => "ECDSA",
        "dsa" => "DSA",
        "ed25519" => "Ed25519",
        other => other,
    }
    .to_owned()
}

/// The indicator is the rule.
pub(crate) fn rule(document: &mut Document, indicator: &IndicatorRecord) {
    document.set("rule.id", indicator.id.as_str());
    document.set("rule.name", indicator.name.as_deref().unwrap_or(&indicator.id));
    document.set("rule.author", indicator.source.as_slice());
    document.set("rule.category", indicator.category.as_deref());
    document.set("rule.reference", indicator.reference.as_deref());
    document.set("rule.ruleset", "indicators");
}

/// The techniques that ids name.
pub(crate) fn threat<'t>(document: &mut Document, ids: impl Iterator<Item = &'t str>) {
    let found = Techniques::of(ids);
    if found.techniques.is_empty() {
        return;
    }
    document.set("threat.framework", "MITRE ATT&CK");
    let mut set = |path: &str, techniques: &BTreeSet<Technique<'_>>| {
        let ids: Vec<&str> = techniques.iter().map(|one| one.id).collect();
        document.set(&format!("{path}.id"), ids);
        // The lists run in parallel, so a name is told when all are known.
        let names: Option<Vec<&str>> = techniques.iter().map(|one| one.name()).collect();
        document.set(&format!("{path}.name"), names.unwrap_or_default());
        let references: Vec<String> = techniques.iter().map(|one| one.reference()).collect();
        document.set(&format!("{path}.reference"), references);
    };
    set("threat.technique", &found.techniques);
    set("threat.technique.subtechnique", &found.subtechniques);
}

/// What each indicator says of a certificate, and which field of the document it fits.
pub(crate) fn enrichments(document: &mut Document, matches: &[&MatchRecord]) {
    let mut told: Vec<Value> = Vec::new();
    for found in matches {
        let told_now = enrichment(found).into_value();
        // The same certificate in several places.
        if !told.contains(&told_now) {
            told.push(told_now);
        }
    }
    document.set("threat.enrichments", told);
}

fn enrichment(found: &MatchRecord) -> Document {
    let mut enrichment = Document::default();
    let indicator = &found.indicator;
    enrichment.set("indicator.type", "x509-certificate");
    enrichment.set("indicator.name", indicator.id.as_str());
    enrichment.set("indicator.provider", indicator.source.as_deref());
    enrichment.set("indicator.reference", indicator.reference.as_deref());
    let confidence = match sureness(found) {
        1 => "Low",
        2 => "Medium",
        _ => "High",
    };
    enrichment.set("indicator.confidence", confidence);
    for field in &found.fields {
        match field.field.as_str() {
            "serial" => enrichment.set("indicator.x509.serial_number", field.expected.to_uppercase()),
            // Of a part of a name the schema cannot say that it is one.
            _ if is_part(field) => {}
            "organization" => enrichment.set("indicator.x509.subject.organization", vec![field.expected.as_str()]),
            "common_name" => enrichment.set("indicator.x509.subject.common_name", vec![field.expected.as_str()]),
            _ => {}
        }
    }
    if let Some((field, name)) = found.fields.iter().find_map(|field| Some((field, matched_field(field)?))) {
        let is_serial = field.field == "serial";
        let atomic = field.actual.as_ref().unwrap_or(&field.expected);
        enrichment.set("matched.atomic", if is_serial { atomic.to_uppercase() } else { atomic.clone() });
        enrichment.set("matched.field", name);
    }
    enrichment.set("matched.type", "indicator_match_rule");
    enrichment
}

fn is_part(field: &FieldRecord) -> bool {
    let whole = [Compare::Exact, Compare::ExactFolded, Compare::OrganizationFolded, Compare::Skeleton];
    whole.iter().all(|compare| compare.as_str() != field.compare)
}

/// The field of the document that holds what a condition was compared with.
fn matched_field(field: &FieldRecord) -> Option<&'static str> {
    Some(match field.field.as_str() {
        "serial" => "file.x509.serial_number",
        "organization" => "file.x509.subject.organization",
        "organizational_unit" => "file.x509.subject.organizational_unit",
        "common_name" => "file.x509.subject.common_name",
        "subject" => "file.x509.subject.distinguished_name",
        "issuer" => "file.x509.issuer.distinguished_name",
        "sha1" | "sha256" => "related.hash",
        _ => return None,
    })
}

/// Every hash of the document, each once.
pub(crate) fn related_hashes<'h>(document: &mut Document, hashes: impl Iterator<Item = &'h str>) {
    let mut list: Vec<&str> = Vec::new();
    for hash in hashes {
        if !list.contains(&hash) {
            list.push(hash);
        }
    }
    document.set("related.hash", list);
}

/// What the schema has no field for.
pub(crate) fn labels(document: &mut Document, found: &MatchRecord) {
    document.set("labels.role", found.role.as_str());
    document.set("labels.position", found.position.as_str());
    document.set("labels.strength", found.strength.as_str());
    document.set("labels.signature_status", found.signature_status.as_str());
    document.set("labels.finding", found.finding.as_deref());
    document.set("labels.timing", found.timing.as_deref());
    document.set("labels.family", found.indicator.family.as_deref());
    let context = found.context.as_ref();
    document.set("labels.context_action", context.map_or("none", |context| &context.action));
    let filters: Vec<&str> = context.iter().flat_map(|one| &one.filters).map(|filter| filter.id.as_str()).collect();
    document.set("labels.context", filters.join(","));
}
