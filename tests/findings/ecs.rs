//! Documents of the Elastic Common Schema: that every field is one of the schema, of its type and shape, and that what they say of the
//! certificate can be read back and matched.

use std::collections::BTreeSet;

use certsift::{IndicatorTable, Report, Verifier, read_observations};
use serde_json::{Value, json};

use super::ecs_fields::complaints;
use super::{AT, MATCHED, report_of, report_of_named_only};

#[test]
fn every_field_is_one_of_the_schema() {
    let table = IndicatorTable::builtin();
    let mut seen = 0;
    for name in MATCHED {
        let report = report_of(name, &table);
        let documents = report.to_ecs(AT);
        assert!(!documents.is_empty(), "{name}");
        for document in &documents {
            assert_eq!(complaints(document), Vec::<String>::new(), "{name}: {document:#}");
            seen += 1;
        }
        assert_eq!(report.to_ecs(AT), documents, "{name}: the same finding has the same id");
    }
    assert!(seen >= MATCHED.len());
}

#[test]
fn of_a_certificate_that_is_only_named_the_serial_is_told() {
    let report = report_of_named_only();
    let document = report.to_ecs(AT).remove(0);
    assert_eq!(complaints(&document), Vec::<String>::new(), "{document:#}");
    assert_eq!(document.pointer("/file/x509"), Some(&json!({"serial_number": "4A11223344556677"})));
    assert_eq!(document.pointer("/event/severity"), None, "the indicator has none");
    let finding = report.to_ocsf(AT).remove(0);
    assert_eq!(super::ocsf::complaints(&finding), Vec::<String>::new(), "{finding:#}");
    assert_eq!(finding["severity_id"], 0);
    assert_eq!(
        finding.pointer("/evidences/0/file/signature/certificate"),
        Some(&json!({"issuer": "CN=Somebody's CA", "serial_number": "4A11223344556677"}))
    );
    assert!(report.to_csv().contains(",4a11223344556677,,"), "{}", report.to_csv());
}

/// The test above can fail.
#[test]
fn wrong_documents_are_told() {
    let good = report_of("seed_pe32.exe", &IndicatorTable::builtin()).to_ecs(AT).remove(0);
    let rows: &[super::Spoilt] = &[
        ("event.category has the wrong shape", |one| one["event"]["category"] = json!("malware")),
        ("file.x509.subject.organization has the wrong shape", |one| {
            one["file"]["x509"]["subject"]["organization"] = json!("x")
        }),
        ("rule.name has the wrong type", |one| one["rule"]["name"] = json!(["x"])),
        ("file.sha256 is no field", |one| one["file"]["sha256"] = json!("x")),
        ("@timestamp has the wrong type", |one| one["@timestamp"] = json!("today")),
        ("threat.enrichments has the wrong shape", |one| one["threat"]["enrichments"] = json!({"indicator": {}})),
        ("threat.enrichments.matched.x is no field", |one| one["threat"]["enrichments"][0]["matched"]["x"] = json!(1)),
        ("labels.a is no field", |one| one["labels"]["a"] = json!(1)),
        ("no message", |one| _ = one.as_object_mut().unwrap().remove("message")),
    ];
    for (complaint, spoil) in rows {
        let mut document = good.clone();
        spoil(&mut document);
        let told = complaints(&document);
        assert!(told.iter().any(|told| told.starts_with(complaint)), "{complaint}: {told:?}");
    }
}

#[test]
fn a_document_says_who_and_what_and_why() {
    let document = report_of("seed_pe32.exe", &IndicatorTable::builtin()).to_ecs(AT).remove(0);
    let rows = [
        ("/@timestamp", json!("2026-11-22T02:05:00Z")),
        ("/event/severity", json!(73)),
        ("/event/dataset", json!("certsift.match")),
        (
            "/event/reason",
            json!("serial and organization of the signer certificate fit the indicator (serial and name)"),
        ),
        ("/file/name", json!("seed_pe32.exe")),
        ("/file/directory", json!("/srv/drop")),
        ("/file/extension", json!("exe")),
        ("/file/code_signature/subject_name", json!("CallTogether, Inc.")),
        ("/file/x509/serial_number", json!("452156C3B3FB0176365BDB5B7715BC4C")),
        ("/file/x509/signature_algorithm", json!("SHA256-RSA")),
        ("/file/x509/public_key_algorithm", json!("RSA")),
        ("/rule/id", json!("callTogether_certificate")),
        ("/threat/technique/id", json!(["T1553"])),
        ("/threat/technique/subtechnique/name", json!(["Code Signing"])),
        ("/threat/enrichments/0/matched/field", json!("file.x509.serial_number")),
        ("/threat/enrichments/0/indicator/x509/subject/organization", json!(["CallTogether, Inc."])),
        ("/labels/strength", json!("serial_and_name")),
        ("/labels/position", json!("sig[0].signer")),
        ("/labels/context_action", json!("none")),
    ];
    for (pointer, expected) in rows {
        assert_eq!(document.pointer(pointer), Some(&expected), "{pointer} of {document:#}");
    }
    assert_eq!(document.pointer("/file/code_signature/valid"), None, "it was not verified");
}

#[test]
fn what_was_verified_is_told() {
    let bytes = std::fs::read(super::fixtures().join("seed_pe32.exe")).unwrap();
    let file = certsift::SignedFile::parse(&bytes).unwrap();
    let table = IndicatorTable::builtin();
    let verified = |spoil: bool| {
        let mut spoilt = bytes.clone();
        // Of the code, which the digest covers.
        let at = spoilt.iter().position(|octet| *octet == 0xc3).unwrap_or(0x400);
        spoilt[at] ^= u8::from(spoil);
        let image = certsift::check_image(spoilt.as_slice(), &file).unwrap();
        let verifier = Verifier::new(AT);
        let facts = verifier.verify(&file, Some(&image));
        let mut input = certsift::Input::default();
        input.path = "C:\\drop\\a.b.exe".to_owned();
        Report::verified(input, &file, &table, &facts).to_ecs(AT).remove(0)
    };
    for (spoil, valid) in [(false, true), (true, false)] {
        let document = verified(spoil);
        assert_eq!(complaints(&document), Vec::<String>::new());
        assert_eq!(document.pointer("/file/code_signature/valid"), Some(&json!(valid)), "{document:#}");
        assert_eq!(document.pointer("/file/code_signature/trusted"), Some(&json!(false)), "no anchor was given");
        assert_eq!(document.pointer("/file/name"), Some(&json!("a.b.exe")));
        assert_eq!(document.pointer("/file/directory"), Some(&json!("C:\\drop")));
        let technique = if valid { "T1553.002" } else { "T1036.001" };
        let told = document.pointer("/threat/technique/subtechnique/id").unwrap().as_array().unwrap();
        assert!(told.contains(&json!(technique)), "{told:?}");
    }
}

/// What a shipper reads back matches the same indicators.
#[test]
fn documents_are_read_back() {
    let table = IndicatorTable::builtin();
    for name in MATCHED {
        let report = report_of(name, &table);
        let documents: Vec<String> = report.to_ecs(AT).iter().map(Value::to_string).collect();
        let read = read_observations("x", documents.join("\n").as_bytes());
        let told: BTreeSet<String> = report.matches.iter().map(|found| found.indicator.id.clone()).collect();
        let found: BTreeSet<String> = read
            .list
            .iter()
            .flat_map(|one| &one.certificates)
            .flat_map(|one| table.all_matches(&one.candidate()))
            .map(|found| found.indicator.metadata.id.to_string())
            .collect();
        assert!(told.is_subset(&found), "{name}: {told:?} of {found:?}");
    }
}

#[test]
fn nothing_is_told_where_nothing_matches() {
    let report = report_of("clean_signed.exe", &IndicatorTable::builtin());
    assert_eq!((report.to_ecs(AT).len(), report.to_ocsf(AT).len()), (0, 0));
}
