//! The certificates of trust stores: files in every form that administrators and attackers put into them.

use std::fs;

use certsift::{IndicatorTable, Input, Limits, ReadError, Report, SignatureData};
use serde::Deserialize;

use super::shared_data;

#[derive(Deserialize)]
struct Expected {
    file: String,
    /// Certificates in the file, as often as they are there.
    certificates: usize,
}

#[test]
fn every_form_of_certificate_is_read() {
    let Some(folder) = shared_data::folder("CERTSIFT_TRUST_STORE", "trust_store") else { return };
    let text = fs::read_to_string(folder.join("expected.json")).expect("the folder says what it holds");
    let rows: Vec<Expected> = serde_json::from_str(&text).expect("a list of files");
    assert!(rows.len() > 15, "{}", rows.len());
    for Expected { file: name, certificates } in rows {
        let bytes = fs::read(folder.join(&name)).expect("the file is there");
        let mut data = SignatureData::new();
        let file = data.parse(&bytes, Limits::default());
        let count = file.as_ref().map_or(0, |file| file.certificate_uses().len());
        assert_eq!(count, certificates, "{name}");
        let report = match &file {
            Ok(file) => Report::new(Input::default(), file, &IndicatorTable::empty()),
            Err(error) => Report::from_error(Input::default(), &ReadError::File(*error)),
        };
        // The same certificate twice is one.
        let distinct = if name == "duplicate.pem" { 1 } else { certificates };
        assert_eq!(report.certificates.len(), distinct, "{name}");
        assert!(report.certificates.iter().all(|one| one.roles == ["store"]), "{name}");
        assert_eq!(
            report.faults.iter().any(|fault| fault.code == "mixed-encoding"),
            name.contains("der_then_pem"),
            "{name}"
        );
    }
}
