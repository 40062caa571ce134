//! What other tools say about files, against `schema/observation-1.json`.

use certsift::{IndicatorTable, ObservationReport, read_observations};
use serde_json::{Value, json};

use super::validator_of;

const DOCUMENTS: &str = r#"{"path": "C:\\drop\\a.exe", "serial_number": "452156c3b3fb0176365bdb5b7715bc4c",
    "issuer_name": "Example CA", "subject_name": "CallTogether, Inc.", "result": "trusted"}
{"Filename": "b.exe", "SerialNumber": "f69", "IssuerName": "C=XX, O=Lab, CN=Lab CA", "SubjectName": "CN=b",
    "Timestamp": "2026-11-22T02:00:00Z", "Trusted": "untrusted"}
{"path": "c.exe", "serial_number": "", "issuer_name": "", "subject_name": "", "result": "missing"}
"#;

fn records() -> Vec<Value> {
    let table = IndicatorTable::builtin();
    let observations = read_observations("documents.json", DOCUMENTS.as_bytes());
    assert!(observations.errors.is_empty(), "{:?}", observations.errors);
    let reports = observations.list.iter().map(|one| ObservationReport::new("documents.json", one, &table));
    reports.map(|report| serde_json::from_str(&report.to_json_line()).expect("a record")).collect()
}

#[test]
fn records_of_observations_are_valid() {
    let (validator, records) = (validator_of("schema/observation-1.json"), records());
    assert_eq!(records.len(), 3);
    assert_eq!(records[0]["matches"].as_array().map(Vec::len), Some(1));
    for record in &records {
        let errors: Vec<String> = validator.iter_errors(record).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}: {record}");
    }
}

#[test]
fn spoilt_records_of_observations_are_not_valid() {
    let spoilt: [(&str, fn(&mut Value)); 6] = [
        ("another kind", |record| record["kind"] = json!("file")),
        ("no line", |record| record["input"]["line"] = json!(0)),
        ("another attribute", |record| record["certificates"][0]["subject"]["dc"] = json!(["x"])),
        ("an upper-case serial", |record| record["certificates"][0]["serial"] = json!("AB")),
        ("a match without a strength", |record| {
            record["matches"][0].as_object_mut().expect("a match").remove("strength");
        }),
        ("another key", |record| record["extra"] = json!(1)),
    ];
    let validator = validator_of("schema/observation-1.json");
    for (row, spoil) in spoilt {
        let mut record = records().swap_remove(0);
        spoil(&mut record);
        assert!(!validator.is_valid(&record), "{row}");
    }
}
