//! Documents in which others describe signed files: read as expected, and matched without the file.

use std::fs;

use certsift::{IndicatorTable, ObservationFormat, Role, read_observations};

use super::{bytes, difference, shared_data, text};

const SEED: &str = "callTogether_certificate";

/// Each document of `tests/indicators/observations`, and how many files, errors and matches of the seed's indicator it holds.
pub(crate) const FILES: [(&str, usize, usize, usize); 8] = [
    ("defender_hunting.json", 2, 0, 1),
    ("ecs.jsonl", 4, 0, 1),
    ("ocsf.json", 1, 0, 1),
    ("osquery.jsonl", 4, 2, 2),
    ("velociraptor.json", 2, 0, 1),
    ("virustotal_bare.json", 1, 0, 1),
    ("virustotal_search.json", 3, 0, 1),
    ("virustotal_v3.json", 1, 0, 1),
];

#[test]
fn documents_read_as_expected() {
    let mut stale = Vec::new();
    for (name, files, errors, _) in FILES {
        let read = read_observations(name, &bytes(&format!("observations/{name}")));
        stale.extend(difference(&format!("{name}.txt"), &text::observations(&read)));
        assert_eq!((read.list.len(), read.errors.len()), (files, errors), "{name}: {:?}", read.errors);
    }
    assert!(stale.is_empty(), "{}", stale.join("\n"));
    let mut names: Vec<String> = fs::read_dir(super::path("observations"))
        .unwrap()
        .map(|one| one.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, FILES.map(|(name, ..)| name));
}

#[test]
fn signers_match_without_their_files() {
    let table = IndicatorTable::builtin();
    for (name, _, _, expected) in FILES {
        let read = read_observations(name, &bytes(&format!("observations/{name}")));
        assert_eq!(seeds(&table, &read.list), expected, "{name}");
    }
}

/// How many certificates the seed's indicator matches; only ever in the role of a signer.
fn seeds(table: &IndicatorTable, list: &[certsift::Observation]) -> usize {
    let mut found = 0;
    for certificate in list.iter().flat_map(|observation| &observation.certificates) {
        for hit in table.matches(&certificate.candidate()) {
            if hit.indicator.metadata.id == SEED {
                assert_eq!(certificate.role(), Role::Signer);
                found += 1;
            }
        }
    }
    found
}

/// One sample of each tool, its format, alone, in an array, and twice as JSON lines.
#[test]
fn the_samples_match_the_seed_indicator() {
    const SAMPLES: [(&str, ObservationFormat); 6] = [
        ("import_defender.json", ObservationFormat::DeviceFileCertificateInfo),
        ("import_osquery.json", ObservationFormat::Osquery),
        ("import_velociraptor.json", ObservationFormat::Velociraptor),
        ("import_virustotal.json", ObservationFormat::VirusTotal),
        ("ecs_certificate_match.json", ObservationFormat::Ecs),
        ("ocsf_detection_finding.json", ObservationFormat::Ocsf),
    ];
    let Some(folder) = shared_data::folder("CERTSIFT_SAMPLES", "samples") else { return };
    let table = IndicatorTable::builtin();
    for (name, format) in SAMPLES {
        let text = fs::read_to_string(folder.join(name)).unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        for (what, document, count) in [
            ("alone", text.clone(), 1),
            ("array", format!("[{text},\n{text}]"), 2),
            ("lines", format!("{value}\n{value}\n"), 2),
        ] {
            let read = read_observations(name, document.as_bytes());
            assert!(read.errors.is_empty(), "{name} {what}: {:?}", read.errors);
            assert_eq!(read.list.len(), count, "{name} {what}");
            assert!(read.list.iter().all(|one| one.format == format && one.line > 0), "{name} {what}");
            assert_eq!(seeds(&table, &read.list), count, "{name} {what}");
        }
    }
}

#[test]
fn what_is_no_document_is_told() {
    let cases: &[(&str, &str)] = &[
        ("", "f:1: the file is empty"),
        ("{\"pid\": 1}", "f:1:1: no document that describes a signed file"),
        ("\n [1]", "f:2:3: no document that describes a signed file"),
        ("{\"path\": ", "f:1:10: the text ends before the value does"),
        ("hello", "f:1:1: expected value"),
    ];
    for (text, expected) in cases {
        let read = read_observations("f", text.as_bytes());
        assert_eq!(read.errors[0].to_string(), *expected, "{text}");
    }
    let read = read_observations("f", b"{\"a\": 1}\n\xff");
    assert!(read.errors.iter().any(|error| error.to_string() == "f:2: not UTF-8 text"), "{:?}", read.errors);
}

/// What would take for ever if every value were compared with every other.
#[test]
fn hostile_documents_end_soon() {
    const MANY: usize = 60_000;
    let list = |one: &dyn Fn(usize) -> String| (0..MANY).map(one).collect::<Vec<_>>().join(",");
    let cases = [
        (
            "names",
            format!(
                "{{\"file\":{{\"x509\":{{\"serial_number\":\"01\",\"subject\":{{\"common_name\":[{}]}}}}}}}}",
                list(&|number| format!("\"a{number}\""))
            ),
            1,
        ),
        (
            "certificates",
            format!(
                "{{\"signature_info\":{{\"signers details\":[],\"x509\":[{}]}}}}",
                list(&|number| format!("{{\"name\":\"a{number}\",\"serial number\":\"{number:08x}\"}}"))
            ),
            1,
        ),
        ("values that break off", "{\"a\":\n".repeat(MANY), 0),
    ];
    for (name, text, expected) in cases {
        let started = std::time::Instant::now();
        let read = certsift::read_observations("f", text.as_bytes());
        assert_eq!(read.list.len(), expected, "{name}");
        let spent = started.elapsed();
        assert!(spent.as_secs() < 10, "{name}: {spent:?}");
    }
}
