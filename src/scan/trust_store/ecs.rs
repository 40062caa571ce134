//! Certificates of trust stores as documents of the Elastic Common Schema.

use serde_json::Value;

use super::baseline::StoreChange;
use super::record::StoreCertificate;
use crate::asn1::time::Time;
use crate::indicators::indicator::Severity;
use crate::report::document::Document;
use crate::report::ecs::{Event, enrichments, file_path, labels, related_hashes, rule, short_name, threat, x509};
use crate::report::matched::finding_id;
use crate::report::matched::severity_of;

/// Installation of a root certificate, and what it is a part of.
const TECHNIQUE: &str = "T1553.004";

impl StoreCertificate {
    /// The certificate as a document of the Elastic Common Schema (version 9); `None` where there is nothing to say about it. `at` is the
    /// time of the finding.
    #[must_use]
    pub fn to_ecs(&self, at: Time) -> Option<Value> {
        let severity = self.worst()?;
        Some(self.document(at, "trust-store-certificate", severity).into_value())
    }

    /// The document of a finding about this certificate.
    fn document(&self, at: Time, action: &str, severity: Severity) -> Document {
        let mut document = Document::default();
        let path = self.places.first().map(|place| place.path.as_str()).unwrap_or_default();
        let name = short_name(&self.certificate.subject);
        let ids: Vec<&str> = self.matches.iter().map(|found| found.indicator.id.as_str()).collect();
        let codes = self.findings.iter().map(|finding| finding.code.as_str());
        let reasons: Vec<&str> = self.findings.iter().map(|finding| finding.detail.as_str()).collect();
        let reason = if ids.is_empty() {
            reasons.join("; ")
        } else {
            format!("certificate indicator {} matched", ids.join(", "))
        };
        let what = [self.root.as_str(), path, self.sha256(), action];
        let event = Event {
            id: finding_id(what.into_iter().chain(ids).chain(codes)),
            action,
            dataset: "certsift.store",
            categories: &["configuration", "file"],
            types: &["info"],
            severity: Some(severity),
            reason,
            message: format!("trusted authority {name} in {path}"),
        };
        event.fill(&mut document, at);
        file_path(&mut document, path);
        document.set("file.mtime", self.places.first().and_then(|place| place.modified.as_deref()));
        x509(&mut document, "file.x509", &self.certificate);
        if let Some(found) = self.matches.first() {
            rule(&mut document, &found.indicator);
            labels(&mut document, found);
        }
        enrichments(&mut document, &self.matches.iter().collect::<Vec<_>>());
        let attack = self.matches.iter().flat_map(|found| &found.indicator.attack).map(String::as_str);
        threat(&mut document, attack.chain([TECHNIQUE]));
        let hashes = [self.certificate.sha256.as_deref(), self.certificate.sha1.as_deref()];
        related_hashes(&mut document, hashes.into_iter().flatten());
        let codes: Vec<&str> = self.findings.iter().map(|finding| finding.code.as_str()).collect();
        document.set("labels.store_findings", codes.join(" "));
        let known = self.known.map(|known| if known { "true" } else { "false" });
        document.set("labels.store_known", known);
        document.set("labels.store_place", self.places.first().map(|place| place.place_kind.as_str()));
        document
    }
}

impl StoreChange {
    /// The change as a document of the Elastic Common Schema (version 9).
    #[must_use]
    pub fn to_ecs(&self, at: Time) -> Value {
        let action = format!("trust-store-{}", self.change.replace('_', "-"));
        let severity = severity_of(&self.severity).unwrap_or(Severity::Low);
        if let Some(one) = &self.certificate {
            return one.document(at, &action, severity).into_value();
        }
        let mut document = Document::default();
        let path = self.paths.first().map(String::as_str).unwrap_or_default();
        let event = Event {
            id: finding_id([self.root.as_str(), path, &self.sha256, &action].into_iter()),
            action: &action,
            dataset: "certsift.store",
            categories: &["configuration", "file"],
            types: &["info"],
            severity: Some(severity),
            reason: "it was in the baseline, and is trusted no more".to_owned(),
            message: format!("authority {} left {path}", self.subject),
        };
        event.fill(&mut document, at);
        file_path(&mut document, path);
        document.set("file.x509.subject.distinguished_name", self.subject.as_str());
        related_hashes(&mut document, [self.sha256.as_str()].into_iter());
        document.into_value()
    }
}
