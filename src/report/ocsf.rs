//! Findings as events of the Open Cybersecurity Schema Framework: class Detection Finding (2004), version 1.7.
//!
//! Source: <https://schema.ocsf.io/1.7.0/classes/detection_finding>.

use serde_json::Value;

use super::attack::{self, Technique, Techniques};
use super::certificate_record::CertificateFacts;
use super::document::Document;
use super::ecs::signed_at;
use super::matched::{MatchedCertificate, matched_certificates, severity, sureness};
use super::{Report, SignatureRecord};
use crate::asn1::time::Time;
use crate::indicators::indicator::Severity;

/// The version of the schema.
const VERSION: &str = "1.7.0";

impl Report {
    /// One Detection Finding of the Open Cybersecurity Schema Framework (version 1.7) for each certificate of the file that an indicator
    /// matches; none where nothing matches. `at` is the time of the finding.
    ///
    /// The same finding has the same `finding_info.uid` in every run. Times are milliseconds since 1970 UTC, as the schema asks for.
    ///
    /// ```
    /// use certsift::{IndicatorTable, Input, Report, SignedFile, Time};
    ///
    /// let bytes = include_bytes!("../../tests/fixtures/seed_pe32.exe");
    /// let report = Report::new(Input::from_path("a.exe".as_ref()), &SignedFile::parse(bytes)?, &IndicatorTable::builtin());
    /// let findings = report.to_ocsf(Time::from_unix(1_415_000_000));
    /// assert_eq!(findings[0]["class_uid"], 2004);
    /// assert_eq!(findings[0]["time"], 1_415_000_000_000_u64);
    /// # Ok::<(), certsift::Error>(())
    /// ```
    #[must_use]
    pub fn to_ocsf(&self, at: Time) -> Vec<Value> {
        matched_certificates(self).iter().map(|matched| finding(matched, at).into_value()).collect()
    }
}

fn finding(matched: &MatchedCertificate<'_>, at: Time) -> Document {
    let mut finding = Document::default();
    finding.set("class_uid", 2004);
    finding.set("class_name", "Detection Finding");
    finding.set("category_uid", 2);
    finding.set("category_name", "Findings");
    finding.set("activity_id", 1);
    finding.set("activity_name", "Create");
    finding.set("type_uid", 200_401);
    finding.set("type_name", "Detection Finding: Create");
    let (severity_id, severity) = severity_of(severity(matched.first));
    finding.set("severity_id", severity_id);
    finding.set("severity", severity);
    let is_suppressed = matched.is_suppressed();
    let (status_id, status) = if is_suppressed { (3, "Suppressed") } else { (1, "New") };
    finding.set("status_id", status_id);
    finding.set("status", status);
    finding.set("time", milliseconds(at));
    finding.set("is_alert", !is_suppressed);
    let sureness = sureness(matched.first);
    finding.set("confidence_id", sureness);
    finding.set("confidence", ["Low", "Medium", "High"].get(usize::from(sureness.saturating_sub(1))).copied());
    finding.set("message", matched.message());
    finding.set("metadata.version", VERSION);
    finding.set("metadata.product.name", "certsift");
    finding.set("metadata.product.vendor_name", "certsift");
    finding.set("metadata.product.version", env!("CARGO_PKG_VERSION"));
    finding.set("finding_info", info(matched));
    let mut evidence = Document::default();
    evidence.set("file", file(matched));
    finding.set("evidences", vec![evidence.into_value()]);
    finding
}

const fn severity_of(severity: Option<Severity>) -> (u8, &'static str) {
    match severity {
        None => (0, "Unknown"),
        Some(Severity::Informational) => (1, "Informational"),
        Some(Severity::Low) => (2, "Low"),
        Some(Severity::Medium) => (3, "Medium"),
        Some(Severity::High) => (4, "High"),
        Some(Severity::Critical) => (5, "Critical"),
    }
}

const fn milliseconds(time: Time) -> i64 {
    time.unix().saturating_mul(1_000)
}

/// The time of a text of a record, in the schema's unit.
fn milliseconds_of(text: Option<&str>) -> Option<i64> {
    text.and_then(Time::from_rfc3339).map(milliseconds)
}

fn info(matched: &MatchedCertificate<'_>) -> Document {
    let indicator = &matched.first.indicator;
    let mut info = Document::default();
    info.set("uid", matched.id());
    info.set("title", indicator.name.as_deref().unwrap_or(&indicator.id));
    info.set("desc", matched.reason());
    info.set("src_url", indicator.reference.as_deref().filter(|text| text.starts_with("http")));
    info.set("analytic.type_id", 1);
    info.set("analytic.type", "Rule");
    info.set("analytic.uid", indicator.id.as_str());
    info.set("analytic.name", indicator.name.as_deref().unwrap_or(&indicator.id));
    info.set("analytic.category", indicator.category.as_deref());
    info.set("attacks", attacks(&Techniques::of(matched.technique_ids())));
    info
}

/// One element a sub-technique, and one a technique without one.
fn attacks(found: &Techniques<'_>) -> Vec<Value> {
    let is_parent = |id: &str| {
        found.subtechniques.iter().any(|sub| sub.id.strip_prefix(id).is_some_and(|end| end.starts_with('.')))
    };
    let alone = found.techniques.iter().filter(|one| !is_parent(one.id)).map(|one| (*one, None));
    let subs = found.subtechniques.iter().map(|sub| {
        let technique = Technique { id: sub.id.split('.').next().unwrap_or(sub.id) };
        (technique, Some(*sub))
    });
    let attacks = alone.chain(subs).map(|(technique, sub)| {
        let mut attack = Document::default();
        attack.set("version", attack::VERSION);
        for (key, one) in [("technique", Some(technique)), ("sub_technique", sub)] {
            let Some(one) = one else { continue };
            attack.set(&format!("{key}.uid"), one.id);
            attack.set(&format!("{key}.name"), one.name());
            attack.set(&format!("{key}.src_url"), one.reference());
        }
        attack.into_value()
    });
    attacks.collect()
}

fn file(matched: &MatchedCertificate<'_>) -> Document {
    let input = &matched.report.input;
    let separator = if input.path.contains('/') { '/' } else { '\\' };
    let mut file = Document::default();
    file.set("path", input.path.as_str());
    file.set("name", input.path.rsplit(separator).next());
    file.set("type_id", 1);
    file.set("type", "Regular File");
    file.set("size", input.size);
    file.set("hashes", input.sha256.as_deref().map(|hash| vec![fingerprint("sha256", hash)]).unwrap_or_default());
    let signed = matched.signature().filter(|signature| signature.signer_id.is_some());
    match (signed, matched.certificate) {
        (Some(signature), _) => file.set("signature", digital_signature(matched, signature)),
        // The schema has no other place for a certificate of a file.
        (None, Some(facts)) => {
            file.set("signature.algorithm_id", 0);
            file.set("signature.certificate", certificate(facts));
        }
        (None, None) => {}
    }
    file
}

fn digital_signature(matched: &MatchedCertificate<'_>, of: &SignatureRecord) -> Document {
    let mut signature = Document::default();
    signature.set("algorithm_id", 4);
    signature.set("algorithm", "Authenticode");
    signature.set("created_time", milliseconds_of(signed_at(of)));
    if let (Some(algorithm), Some(digest)) = (&of.digest_algorithm, &of.claimed_digest) {
        signature.set("digest", fingerprint(algorithm, digest));
    }
    let state = match matched.first.signature_status.as_str() {
        "valid" => Some((1, "Valid")),
        "invalid" => Some((9, "Bad")),
        _ => None,
    };
    signature.set("state_id", state.map(|(id, _)| id));
    signature.set("state", state.map(|(_, name)| name));
    match matched.certificate {
        Some(facts) => signature.set("certificate", certificate(facts)),
        // It is only named.
        None => {
            if let Some(named) = &of.signer_id {
                signature.set("certificate.issuer", named.issuer.as_deref());
                signature.set("certificate.serial_number", named.serial.as_deref().map(str::to_uppercase));
            }
        }
    }
    signature
}

fn certificate(facts: &CertificateFacts) -> Document {
    let mut certificate = Document::default();
    // Both are required; a certificate may have an empty issuer, which is its name then.
    let issuer = if facts.issuer.dn.is_empty() { "(none)" } else { &facts.issuer.dn };
    certificate.set("issuer", issuer);
    certificate.set("subject", facts.subject.dn.as_str());
    certificate.set("serial_number", facts.serial.to_uppercase());
    certificate.set("created_time", milliseconds_of(facts.not_before.as_deref()));
    certificate.set("expiration_time", milliseconds_of(facts.not_after.as_deref()));
    certificate.set("is_self_signed", facts.self_issued);
    let hashes = [("sha256", &facts.sha256), ("sha1", &facts.sha1)];
    let fingerprints =
        hashes.into_iter().filter_map(|(algorithm, hash)| Some(fingerprint(algorithm, hash.as_deref()?)));
    certificate.set("fingerprints", fingerprints.collect::<Vec<_>>());
    certificate
}

fn fingerprint(algorithm: &str, value: &str) -> Value {
    let (id, name) = match algorithm {
        "md5" => (1, "MD5"),
        "sha1" => (2, "SHA-1"),
        "sha256" => (3, "SHA-256"),
        "sha512" => (4, "SHA-512"),
        other => (99, other),
    };
    let mut fingerprint = Document::default();
    fingerprint.set("algorithm_id", id);
    fingerprint.set("algorithm", name);
    fingerprint.set("value", value);
    fingerprint.into_value()
}
