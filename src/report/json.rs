//! A report as one line of JSON, in which what is true of a certificate wherever it lies is written once for all files.

use serde::Serialize;

use super::Report;
use super::certificate_record::CertificateRecord;

impl Report {
    /// The record as one line of JSON, without a line end.
    #[must_use]
    pub fn to_json_line(&self) -> String {
        let mut json = Vec::new();
        self.add_json_line(&mut json);
        String::from_utf8(json).unwrap_or_default()
    }

    /// Adds the record as one line of JSON, without a line end, to `json`: the octets of [`to_json_line`](Self::to_json_line).
    pub fn add_json_line(&self, json: &mut Vec<u8>) {
        /// Bytes of a record without certificates, and of each certificate in it, generously.
        const SMALL_RECORD: usize = 2_048;
        const CERTIFICATE: usize = 2_048;
        json.reserve(self.certificates.len().saturating_mul(CERTIFICATE).saturating_add(SMALL_RECORD));
        // As it is derived, key by key: a test compares both.
        let Self {
            schema,
            kind,
            input,
            status,
            error,
            signatures,
            certificates,
            matches,
            faults,
            unsigned_bytes,
            catalog,
            image_digests,
            carved,
            detail,
        } = self;
        add(json, "{\"schema\":", schema);
        add(json, ",\"kind\":", kind);
        add(json, ",\"input\":", input);
        add(json, ",\"status\":", status);
        add(json, ",\"error\":", error);
        add(json, ",\"signatures\":", signatures);
        json.extend_from_slice(b",\"certificates\":[");
        for (at, certificate) in certificates.iter().enumerate() {
            if at > 0 {
                json.push(b',');
            }
            add_certificate(json, certificate);
        }
        add(json, "],\"matches\":", matches);
        add(json, ",\"faults\":", faults);
        add(json, ",\"unsigned_bytes\":", unsigned_bytes);
        add(json, ",\"catalog\":", catalog);
        add(json, ",\"image_digests\":", image_digests);
        add(json, ",\"carved\":", carved);
        add(json, ",\"detail\":", detail);
        json.push(b'}');
    }
}

fn add_certificate(json: &mut Vec<u8>, certificate: &CertificateRecord) {
    let CertificateRecord { index, roles, offset, facts } = certificate;
    add(json, "{\"index\":", index);
    add(json, ",\"roles\":", roles);
    add(json, ",\"offset\":", offset);
    json.push(b',');
    json.extend_from_slice(facts.json_members());
}

fn add(json: &mut Vec<u8>, before: &str, value: &impl Serialize) {
    json.extend_from_slice(before.as_bytes());
    // Every value is text, number, list or struct of such: there is nothing that JSON cannot say, and memory takes every octet.
    let _ = serde_json::to_writer(json, value);
}

#[cfg(test)]
mod tests {
    use super::super::Input;
    use super::*;
    use crate::file::SignedFile;
    use crate::indicators::table::IndicatorTable;

    #[test]
    fn the_line_is_the_derived_json() {
        let table = IndicatorTable::builtin();
        let mut seen = 0;
        for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures")).unwrap() {
            let path = entry.unwrap().path();
            let Ok(bytes) = std::fs::read(&path) else { continue };
            let Ok(file) = SignedFile::parse(&bytes) else { continue };
            for report in [
                Report::new(Input::from_path(&path), &file, &table),
                Report::detailed(Input::from_path(&path), &file, &table),
            ] {
                let line = report.to_json_line();
                assert_eq!(line, serde_json::to_string(&report).unwrap(), "{}", path.display());
                assert_eq!(serde_json::from_str::<Report>(&line).unwrap(), report, "{}", path.display());
                seen += report.certificates.len();
            }
        }
        assert!(seen > 20, "{seen} certificates");
    }
}
