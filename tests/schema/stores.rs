//! What is told of trust stores, against `schema/store-1.json`; and the lines of the file that
//! `CERTSIFT_STORE_RECORDS` names, where it is set.

use std::{env, fs};

use certsift::{Baseline, IndicatorTable, TrustStore, TrustStoreOptions};
use serde_json::{Value, json};

use super::{root, validator_of};

/// The records of the root that is kept, and the changes in it since there was nothing.
fn records() -> Vec<Value> {
    let folder = root().join("tests/fixtures/trust_root");
    let store = TrustStore::read(&folder, &TrustStoreOptions::default(), &IndicatorTable::builtin());
    let certificates = store.certificates.iter().map(|one| one.to_json_line());
    let files = store.files.iter().map(|file| file.to_json_line());
    let added = store.changes_since(&Baseline::default());
    let mut less = store.clone();
    let removed = std::mem::take(&mut less.certificates);
    assert!(!removed.is_empty());
    let removed = less.changes_since(&store.baseline());
    let changes = added.iter().chain(&removed).map(|change| change.to_json_line()).collect::<Vec<_>>();
    certificates.chain(files).chain(changes).map(|line| serde_json::from_str(&line).expect("a record")).collect()
}

#[test]
fn records_of_stores_are_valid() {
    let (validator, records) = (validator_of("schema/store-1.json"), records());
    let kinds = ["store_certificate", "store_file", "store_change"];
    let counts = kinds.map(|kind| records.iter().filter(|record| record["kind"] == kind).count());
    assert_eq!(counts, [6, 1, 12]);
    for record in &records {
        let errors: Vec<String> = validator.iter_errors(record).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}: {record}");
    }
}

/// What `hunt` wrote.
#[test]
fn given_records_of_stores_are_valid() {
    let Some(path) = env::var_os("CERTSIFT_STORE_RECORDS") else { return };
    let text = fs::read_to_string(&path).expect("the records");
    let validator = validator_of("schema/store-1.json");
    assert!(text.contains("\"kind\":\"installation\""), "an installation is among them");
    for line in text.lines() {
        let record: Value = serde_json::from_str(line).expect("a record");
        let errors: Vec<String> = validator.iter_errors(&record).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}: {line}");
    }
}

#[test]
fn spoilt_records_of_stores_are_not_valid() {
    let spoilt: [(&str, fn(&mut Value)); 6] = [
        ("another kind", |record| record["kind"] = json!("file")),
        ("no place", |record| record["places"] = json!([])),
        ("another finding", |record| record["findings"][0]["code"] = json!("odd")),
        ("another severity", |record| record["severity"] = json!("bad")),
        ("no serial", |record| _ = record["certificate"].as_object_mut().expect("facts").remove("serial")),
        ("another key", |record| record["extra"] = json!(1)),
    ];
    let validator = validator_of("schema/store-1.json");
    let good = records().into_iter().find(|record| record["known"] == false).expect("one that nobody knows");
    assert!(validator.is_valid(&good));
    for (row, spoil) in spoilt {
        let mut record = good.clone();
        spoil(&mut record);
        assert_ne!(record, good, "{row}: nothing was changed");
        assert!(!validator.is_valid(&record), "{row}");
    }
}
