//! Detection Findings of the Open Cybersecurity Schema Framework: what is required is there, numbers and their names agree, and what they
//! say of the certificate can be read back and matched.

use certsift::{IndicatorTable, read_observations};
use serde_json::{Value, json};

use super::{AT, MATCHED, report_of};

/// Required and recommended attributes, by object. Source: the schema's class `detection_finding` and the objects it holds, 1.7.
const REQUIRED: &[(&str, &[&str])] = &[
    ("", &["activity_id", "category_uid", "class_uid", "finding_info", "metadata", "severity_id", "time", "type_uid"]),
    ("/metadata", &["product", "version"]),
    ("/metadata/product", &["vendor_name", "name"]),
    ("/finding_info", &["uid", "title", "analytic"]),
    ("/finding_info/analytic", &["type_id", "name"]),
    ("/evidences/0/file", &["name", "type_id", "path"]),
    ("/evidences/0/file/signature", &["algorithm_id", "certificate"]),
    ("/evidences/0/file/signature/certificate", &["issuer", "serial_number"]),
];

/// Every attribute that may be there, with the ids of objects that repeat left out.
const KNOWN: &[&str] = &[
    "activity_id",
    "activity_name",
    "algorithm",
    "algorithm_id",
    "analytic",
    "attacks",
    "category",
    "category_name",
    "category_uid",
    "certificate",
    "class_name",
    "class_uid",
    "confidence",
    "confidence_id",
    "created_time",
    "desc",
    "digest",
    "evidences",
    "expiration_time",
    "file",
    "finding_info",
    "fingerprints",
    "hashes",
    "is_alert",
    "is_self_signed",
    "issuer",
    "message",
    "metadata",
    "name",
    "path",
    "product",
    "serial_number",
    "severity",
    "severity_id",
    "signature",
    "size",
    "src_url",
    "state",
    "state_id",
    "status",
    "status_id",
    "sub_technique",
    "subject",
    "technique",
    "time",
    "title",
    "type",
    "type_id",
    "type_name",
    "type_uid",
    "uid",
    "value",
    "vendor_name",
    "version",
];

pub(crate) fn complaints(finding: &Value) -> Vec<String> {
    let mut complaints = Vec::new();
    for (object, keys) in REQUIRED {
        for key in *keys {
            if finding.pointer(object).and_then(|object| object.get(key)).is_none() {
                complaints.push(format!("no {object}/{key}"));
            }
        }
    }
    let number = |key: &str| finding[key].as_u64().unwrap_or_default();
    if number("type_uid") != number("class_uid").saturating_mul(100).saturating_add(number("activity_id")) {
        complaints.push("type_uid".to_owned());
    }
    if number("category_uid") != number("class_uid") / 1000 {
        complaints.push("category_uid".to_owned());
    }
    let mut open = vec![finding];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(members) => {
                for (key, value) in members {
                    if !KNOWN.contains(&key.as_str()) {
                        complaints.push(format!("{key} is no attribute"));
                    }
                    let is_number = key.ends_with("_id") || key.ends_with("_uid") || key.ends_with("time");
                    if is_number && !value.is_i64() && !value.is_u64() {
                        complaints.push(format!("{key} is {value}"));
                    }
                    let is_list = ["attacks", "evidences", "fingerprints", "hashes"].contains(&key.as_str());
                    if is_list != value.is_array() {
                        complaints.push(format!("{key} has the wrong shape"));
                    }
                    open.push(value);
                }
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    complaints
}

#[test]
fn what_is_required_is_there() {
    let table = IndicatorTable::builtin();
    for name in MATCHED {
        let findings = report_of(name, &table).to_ocsf(AT);
        assert!(!findings.is_empty(), "{name}");
        for finding in findings {
            assert_eq!(complaints(&finding), Vec::<String>::new(), "{name}: {finding:#}");
        }
    }
}

#[test]
fn wrong_findings_are_told() {
    let good = report_of("seed_pe32.exe", &IndicatorTable::builtin()).to_ocsf(AT).remove(0);
    let rows: &[super::Spoilt] = &[
        ("no /severity_id", |one| _ = one.as_object_mut().unwrap().remove("severity_id")),
        ("type_uid", |one| one["type_uid"] = json!(200_402)),
        ("time is", |one| one["time"] = json!("2026-11-22T02:05:00Z")),
        ("evidences has the wrong shape", |one| one["evidences"] = json!({})),
        ("fingerprint is no attribute", |one| one["evidences"][0]["fingerprint"] = json!({})),
        ("no /evidences/0/file/signature/certificate/issuer", |one| {
            let certificate = &mut one["evidences"][0]["file"]["signature"]["certificate"];
            certificate.as_object_mut().unwrap().remove("issuer");
        }),
    ];
    for (complaint, spoil) in rows {
        let mut finding = good.clone();
        spoil(&mut finding);
        let told = complaints(&finding);
        assert!(told.iter().any(|told| told.starts_with(complaint)), "{complaint}: {told:?}");
    }
}

#[test]
fn a_finding_says_who_and_what() {
    let finding = report_of("seed_pe32.exe", &IndicatorTable::builtin()).to_ocsf(AT).remove(0);
    let rows = [
        ("/time", json!(1_795_313_100_000_u64)),
        ("/severity_id", json!(4)),
        ("/severity", json!("High")),
        ("/confidence_id", json!(3)),
        ("/finding_info/title", json!("callTogether_certificate")),
        ("/finding_info/attacks/0/technique/uid", json!("T1553")),
        ("/finding_info/attacks/0/sub_technique/name", json!("Code Signing")),
        ("/evidences/0/file/name", json!("seed_pe32.exe")),
        ("/evidences/0/file/signature/algorithm", json!("Authenticode")),
        ("/evidences/0/file/signature/digest/algorithm_id", json!(3)),
        ("/evidences/0/file/signature/certificate/serial_number", json!("452156C3B3FB0176365BDB5B7715BC4C")),
        ("/evidences/0/file/signature/certificate/is_self_signed", json!(false)),
        ("/evidences/0/file/signature/certificate/fingerprints/0/algorithm", json!("SHA-256")),
    ];
    for (pointer, expected) in rows {
        assert_eq!(finding.pointer(pointer), Some(&expected), "{pointer} of {finding:#}");
    }
}

#[test]
fn findings_are_read_back() {
    let table = IndicatorTable::builtin();
    for name in MATCHED {
        for finding in report_of(name, &table).to_ocsf(AT) {
            let read = read_observations("x", finding.to_string().as_bytes());
            let certificates = read.list.iter().flat_map(|one| &one.certificates);
            let found: Vec<String> = certificates
                .flat_map(|one| table.all_matches(&one.candidate()))
                .map(|found| found.indicator.metadata.id.to_string())
                .collect();
            let id = finding.pointer("/finding_info/analytic/uid").unwrap().as_str().unwrap();
            assert!(found.iter().any(|found| found == id), "{name}: {id} of {found:?}");
        }
    }
}
