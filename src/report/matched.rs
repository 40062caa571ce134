//! [`MatchedCertificate`]: everything that matches on one certificate of a file, which is one document in the schemas of others.

use sha2::{Digest, Sha256};

use super::certificate_record::CertificateRecord;
use super::{MatchRecord, Report, SignatureRecord};
use crate::indicators::indicator::Severity;
use crate::indicators::matches::Strength;

/// A certificate of a file, or one that a SignerInfo names, with the matches on it: one at least.
#[derive(Debug)]
pub(super) struct MatchedCertificate<'r> {
    pub(super) report: &'r Report,
    pub(super) certificate: Option<&'r CertificateRecord>,
    /// The one that says most, which the document is about.
    pub(super) first: &'r MatchRecord,
    /// All, the first too, in the order of the report.
    pub(super) matches: Vec<&'r MatchRecord>,
}

/// The matches of a report by certificate, in the order in which they are told; of certificates that are only named by place.
pub(super) fn matched_certificates(report: &Report) -> Vec<MatchedCertificate<'_>> {
    let mut all: Vec<MatchedCertificate<'_>> = Vec::new();
    for found in &report.matches {
        let is_same = |one: &MatchedCertificate<'_>| match found.certificate {
            Some(index) => one.first.certificate == Some(index),
            None => one.first.certificate.is_none() && one.first.position == found.position,
        };
        // A record has a thousand matches at most, and their certificates follow each other.
        match all.iter_mut().rev().find(|one| is_same(one)) {
            Some(known) => {
                known.matches.push(found);
                if rank(found) > rank(known.first) {
                    known.first = found;
                }
            }
            None => all.push(MatchedCertificate {
                report,
                certificate: found.certificate.and_then(|index| report.certificates.get(index)),
                first: found,
                matches: vec![found],
            }),
        }
    }
    all
}

/// How much a match says: whether it counts, how bad it is, then how sure.
fn rank(found: &MatchRecord) -> (bool, Option<Severity>, u8) {
    (!found.is_suppressed(), severity(found), sureness(found))
}

pub(super) fn severity(found: &MatchRecord) -> Option<Severity> {
    found.severity.as_deref().and_then(severity_of)
}

/// The severity of a stable name.
pub(crate) fn severity_of(name: &str) -> Option<Severity> {
    Severity::ALL.into_iter().find(|severity| severity.as_str() == name)
}

/// 1, 2 or 3 for low, medium and high: names may be shared, and serials too; the rest is one certificate.
pub(super) fn sureness(found: &MatchRecord) -> u8 {
    match found.strength.as_str() {
        strength if strength == Strength::Name.as_str() || strength == Strength::Identity.as_str() => 1,
        strength if strength == Strength::Serial.as_str() => 2,
        _ => 3,
    }
}

impl<'r> MatchedCertificate<'r> {
    /// Whether its context suppresses all of them: the first is one that it does not, where there is one.
    pub(super) fn is_suppressed(&self) -> bool {
        self.first.is_suppressed()
    }

    /// The signature in which it matches.
    pub(super) fn signature(&self) -> Option<&'r SignatureRecord> {
        self.first.signature.and_then(|index| self.report.signatures.get(index))
    }

    /// The certificate that made the signature, as the SignerInfo has it.
    pub(super) fn signer(&self) -> Option<&'r CertificateRecord> {
        self.signature()?.signer.and_then(|index| self.report.certificates.get(index))
    }

    /// Ids of techniques: those of the findings, and of the indicators.
    pub(super) fn technique_ids(&self) -> impl Iterator<Item = &'r str> {
        let found = self.matches.clone().into_iter();
        found.flat_map(|found| found.technique.iter().chain(&found.indicator.attack)).map(String::as_str)
    }

    /// Ids of the indicators, each once.
    pub(super) fn indicator_ids(&self) -> Vec<&'r str> {
        let mut ids: Vec<&str> = self.matches.iter().map(|found| found.indicator.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// The serial: the certificate's, or the one by which it is named.
    pub(super) fn serial(&self) -> Option<&'r str> {
        match self.certificate {
            Some(certificate) => Some(&certificate.serial),
            None => self.signature()?.signer_id.as_ref()?.serial.as_deref(),
        }
    }

    /// One sentence: who matched what.
    pub(super) fn message(&self) -> String {
        format!("certificate indicator {} matched {}", self.indicator_ids().join(", "), self.report.input.path)
    }

    /// Why, in one sentence.
    pub(super) fn reason(&self) -> String {
        let fields: Vec<&str> = self.first.fields.iter().map(|field| field.field.as_str()).collect();
        let fields = if fields.is_empty() { "facts".to_owned() } else { fields.join(" and ") };
        let role = self.first.role.replace('_', " ");
        format!("{fields} of the {role} certificate fit the indicator ({})", self.first.strength.replace('_', " "))
    }

    /// The id of this finding, a UUID (RFC 9562, version 8): the same file, certificate and indicators have the same one in every run,
    /// so that a finding that is sent twice is one.
    pub(super) fn id(&self) -> String {
        let input = &self.report.input;
        let size = input.size.map(|size| size.to_string());
        let certificate = self.certificate.and_then(|one| one.sha256.as_deref().or(Some(&one.serial_raw)));
        let parts = [
            Some(input.path_hex.as_deref().unwrap_or(&input.path)),
            size.as_deref(),
            input.sha256.as_deref(),
            certificate.or(Some(&self.first.position)),
        ];
        let ids = self.indicator_ids();
        finding_id(parts.into_iter().map(Option::unwrap_or_default).chain(ids))
    }
}

/// A UUID of texts, version 8.
pub(crate) fn finding_id<'t>(parts: impl Iterator<Item = &'t str>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        // With its length, so that no two lists of texts are one text.
        hash.update(part.len().to_string());
        hash.update([b':']);
        hash.update(part);
    }
    let hex = hex::encode(hash.finalize());
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    // Version 8, and the variant whose first two bits are 10.
    [part(0, 8), part(8, 12), &format!("8{}", part(13, 16)), &format!("a{}", part(17, 20)), part(20, 32)].join("-")
}
