//! What a report and the truth say about one file, as flat lists that can be compared value by value.

use std::collections::{BTreeMap, BTreeSet};

use certsift::{CertificateRecord, Detail, Report, SignatureRecord, TimestampDetail, TimestampRecord};
use serde_json::{Value, json};

use crate::truth;

/// Values by `signature|field`; the signature is its index, or `-` for the file as a whole.
#[derive(Default)]
pub(crate) struct Facts {
    signature: usize,
    values: BTreeMap<String, Value>,
}

/// A value on which two lists do not agree. A side that does not state it has `None`.
pub(crate) struct Disagreement {
    /// `signature|field`.
    pub(crate) fact: String,
    pub(crate) ours: Option<Value>,
    pub(crate) truth: Option<Value>,
}

impl Facts {
    /// The facts that `report` states, as far as `row` goes: truncated lists are compared up to their end.
    pub(crate) fn of_report(report: &Report, row: &truth::Row) -> Self {
        let mut facts = Self::default();
        let listed = if row.capped { row.signatures.len() } else { usize::MAX };
        facts.put_file("signatures", report.signatures.len().min(listed));
        for (index, signature) in report.signatures.iter().take(listed).enumerate() {
            facts.begin_signature(index);
            let listed = row.signatures.get(index).and_then(truth::Signature::listed_certificates);
            ReportView { report, facts: &mut facts }.state(signature, listed.unwrap_or(usize::MAX));
        }
        facts
    }

    pub(crate) fn put_file(&mut self, field: &str, value: impl Into<Value>) {
        self.values.insert(format!("-|{field}"), value.into());
    }

    /// The values that follow are those of the signature with this index.
    pub(crate) fn begin_signature(&mut self, index: usize) {
        self.signature = index;
    }

    pub(crate) fn put(&mut self, field: &str, value: impl Into<Value>) {
        let known = self.values.insert(format!("{}|{field}", self.signature), value.into());
        assert!(known.is_none(), "{field} is stated twice");
    }

    /// How many facts either side states, and those on which they differ.
    pub(crate) fn compare(&self, truth: &Self) -> (usize, Vec<Disagreement>) {
        let all: BTreeSet<&String> = self.values.keys().chain(truth.values.keys()).collect();
        let differing = all.iter().filter(|fact| self.values.get(**fact) != truth.values.get(**fact));
        let disagreements = differing
            .map(|fact| Disagreement {
                fact: (*fact).clone(),
                ours: self.values.get(*fact).cloned(),
                truth: truth.values.get(*fact).cloned(),
            })
            .collect();
        (all.len(), disagreements)
    }
}

/// States the facts of a report.
struct ReportView<'r> {
    report: &'r Report,
    facts: &'r mut Facts,
}

impl<'r> ReportView<'r> {
    fn state(&mut self, signature: &'r SignatureRecord, listed_certificates: usize) {
        let texts = [
            ("claimed_digest", &signature.claimed_digest),
            ("digest_algorithm", &signature.digest_algorithm),
            ("program_name", &signature.program_name),
            ("more_info_url", &signature.more_info_url),
            ("signing_time", &signature.signing_time),
        ];
        for (field, text) in texts {
            self.facts.put(field, text.as_deref());
        }
        self.facts.put("entry", signature.entry);
        self.facts.put("level", signature.level);
        self.facts.put("parent", signature.parent);
        self.facts.put("certificate_count", signature.certificates.len());
        let listed = listed_certificates.min(signature.certificates.len());
        self.state_certificates("", &signature.certificates[..listed]);
        self.state_signers(signature);
        self.state_detail(signature);
        self.facts.put("timestamps", signature.timestamps.len());
        let details = self.detail().signatures[signature.index].signers.iter().flat_map(|signer| &signer.timestamps);
        for (index, (timestamp, detail)) in signature.timestamps.iter().zip(details).enumerate() {
            self.state_timestamp(&format!("timestamps[{index}]."), timestamp, detail);
        }
    }

    fn state_detail(&mut self, signature: &'r SignatureRecord) {
        let detail = &self.detail().signatures[signature.index];
        self.facts.put("crls", detail.crls.len());
        self.facts.put("content_type", detail.content_type.as_str());
        let hashed = detail.indirect_data.iter().flat_map(|data| &data.page_hashes);
        let algorithms = hashed.map(|hashes| match hashes.kind.as_str() {
            "1.3.6.1.4.1.311.2.3.1" => "sha1",
            "1.3.6.1.4.1.311.2.3.2" => "sha256",
            other => other,
        });
        self.facts.put("page_hashes", json!(algorithms.collect::<Vec<_>>()));
        for (index, signer) in detail.signers.iter().enumerate() {
            let fields = [
                ("digest_algorithm", &signer.digest_algorithm),
                ("signature_algorithm", &signer.signature_algorithm),
                ("message_digest", &signer.message_digest),
                ("program_name", &signer.program_name),
                ("more_info_url", &signer.more_info_url),
                ("signing_time", &signer.signing_time),
            ];
            for (field, text) in fields {
                self.facts.put(&format!("signers[{index}].{field}"), text.as_deref());
            }
        }
    }

    fn detail(&self) -> &'r Detail {
        self.report.detail.as_deref().expect("a report in detail")
    }

    fn state_signers(&mut self, signature: &'r SignatureRecord) {
        let first = signature.signer_id.as_ref().map(|id| (signature.signer, Some(id)));
        let further = signature.additional_signers.iter().map(|signer| (signer.signer, signer.signer_id.as_ref()));
        let mut count = 0;
        for (index, (signer, id)) in first.into_iter().chain(further).enumerate() {
            let sha256 = self.certificate(signer).and_then(|signer| signer.sha256.as_deref());
            self.facts.put(&format!("signers[{index}].sha256"), sha256);
            let serial = id.and_then(|id| id.serial.as_deref());
            self.facts.put(&format!("signers[{index}].serial"), serial);
            count += 1;
        }
        self.facts.put("signers", count);
    }

    fn state_timestamp(&mut self, at: &str, timestamp: &'r TimestampRecord, detail: &'r TimestampDetail) {
        let fields = [
            ("digest_algorithm", &detail.digest_algorithm),
            ("imprint_algorithm", &detail.imprint_algorithm),
            ("imprint", &detail.imprint),
            ("policy", &detail.policy),
        ];
        for (field, text) in fields {
            self.facts.put(&format!("{at}{field}"), text.as_deref());
        }
        if timestamp.kind == "rfc3161" {
            self.facts.put(&format!("{at}signing_time"), detail.signing_time.as_deref());
        }
        self.facts.put(&format!("{at}kind"), timestamp.kind.as_str());
        self.facts.put(&format!("{at}time"), timestamp.time.as_deref());
        let sha1 = self.certificate(timestamp.signer).and_then(|signer| signer.sha1.as_deref());
        self.facts.put(&format!("{at}signer_sha1"), sha1);
        self.state_certificates(at, &timestamp.certificates);
    }

    fn state_certificates(&mut self, at: &str, indices: &[usize]) {
        let report = self.report;
        let list: Vec<_> = indices.iter().map(|&index| report.certificates[index].sha256.as_deref()).collect();
        self.facts.put(&format!("{at}certificates"), list);
        for (position, &index) in indices.iter().enumerate() {
            self.state_certificate(&format!("{at}certificates[{position}]."), &report.certificates[index]);
        }
    }

    fn state_certificate(&mut self, at: &str, certificate: &CertificateRecord) {
        let subject = &certificate.subject;
        let detail = &self.detail().certificates[certificate.index];
        let fields = [
            ("md5", json!(detail.md5)),
            ("tbs_md5", json!(detail.tbs_md5)),
            ("tbs_sha1", json!(detail.tbs_sha1)),
            ("version", json!(detail.version)),
            ("serial", json!(certificate.serial)),
            ("serial_raw", json!(certificate.serial_raw)),
            ("subject.common_name", json!(subject.common_name)),
            ("subject.organization", json!(subject.organization)),
            ("subject.organizational_unit", json!(subject.organizational_unit)),
            ("subject.country", json!(subject.country)),
            ("subject.locality", json!(subject.locality)),
            ("subject.state", json!(subject.state)),
            ("subject.street", json!(subject.street)),
            ("subject.email_address", json!(subject.email_address)),
            ("subject.serial_number", json!(subject.serial_number)),
            ("issuer.organization", json!(certificate.issuer.organization)),
            ("issuer.common_name", json!(certificate.issuer.common_name)),
            ("not_before", json!(certificate.not_before)),
            ("not_after", json!(certificate.not_after)),
            ("sha1", json!(certificate.sha1)),
            ("sha256", json!(certificate.sha256)),
            ("tbs_sha256", json!(certificate.tbs_sha256)),
            ("eku", json!(certificate.eku)),
            ("public_key", json!(certificate.public_key.as_ref().map(|key| &key.algorithm))),
            ("signature_algorithm", json!(certificate.signature_algorithm)),
            ("self_issued", json!(certificate.self_issued)),
        ];
        for (field, value) in fields {
            self.facts.put(&format!("{at}{field}"), value);
        }
    }

    fn certificate(&self, index: Option<usize>) -> Option<&'r CertificateRecord> {
        index.map(|index| &self.report.certificates[index])
    }
}
