//! Each format as its readers expect it.

use std::collections::BTreeSet;

use certsift::{
    Cause, Condition, ExportFormat, HashOf, Indicator, IndicatorTable, NameField, Note, TextMode, export_indicators,
};
use roxmltree::Document;
use serde_json::Value;

use crate::sample::{self, common_name, contains, hash, indicator, modulus, name, serial, usage};

fn export(format: ExportFormat, indicators: &[Indicator]) -> String {
    export_indicators(format, indicators).text
}

#[test]
fn a_policy_has_its_elements_in_order_and_every_id_once() {
    let text = export(ExportFormat::Wdac, &sample::indicators());
    let document = Document::parse(&text).expect("XML");
    let root = document.root_element();
    assert_eq!(root.tag_name().namespace(), Some("urn:schemas-microsoft-com:sipolicy"));
    let elements: Vec<&str> =
        root.children().filter(roxmltree::Node::is_element).map(|node| node.tag_name().name()).collect();
    let order = [
        "VersionEx",
        "PlatformID",
        "Rules",
        "EKUs",
        "FileRules",
        "Signers",
        "SigningScenarios",
        "UpdatePolicySigners",
        "CiSigners",
        "HvciOptions",
        "BasePolicyID",
        "PolicyID",
    ];
    assert_eq!(elements, order);
    let order = ["CertRoot", "CertEKU", "CertIssuer", "CertPublisher", "CertOemID"];
    let mut ids = BTreeSet::new();
    let mut references = BTreeSet::new();
    for node in document.descendants().filter(roxmltree::Node::is_element) {
        match node.tag_name().name() {
            "Signer" => {
                let children = node.children().filter(roxmltree::Node::is_element).map(|child| child.tag_name().name());
                let places: Vec<usize> =
                    children.map(|name| order.iter().position(|known| *known == name).expect(name)).collect();
                assert!(places.is_sorted() && places[0] == 0, "{places:?}");
            }
            "CertEKU" => _ = references.insert(node.attribute("ID").expect("an id")),
            _ => {}
        }
        if let Some(id) = node.attribute("ID").filter(|_| node.tag_name().name() != "CertEKU") {
            assert!(ids.insert(id), "{id} twice");
            assert!(id.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_'), "{id}");
        }
        references.extend(["SignerId", "RuleID"].iter().filter_map(|reference| node.attribute(*reference)));
    }
    assert!(references.is_subset(&ids), "{references:?}");
    let signers: BTreeSet<&str> = ids.iter().copied().filter(|id| id.starts_with("ID_SIGNER_")).collect();
    assert!(signers.is_subset(&references), "a signer that denies nothing");
    for (value, rule) in [("131", "ID_ALLOW_A_1"), ("12", "ID_ALLOW_A_2")] {
        let scenario = document.descendants().find(|node| node.attribute("Value") == Some(value)).expect("a scenario");
        let rules: Vec<_> = scenario.descendants().filter_map(|node| node.attribute("RuleID")).collect();
        assert_eq!(rules, [rule]);
    }
}

#[test]
fn a_policy_without_signers_still_allows() {
    let text = export(ExportFormat::Wdac, &[]);
    let document = Document::parse(&text).expect("XML");
    assert!(!document.descendants().any(|node| node.tag_name().name() == "DeniedSigners"));
    assert_eq!(document.descendants().filter(|node| node.tag_name().name() == "FileRuleRef").count(), 2);
}

/// Rows of one format: the conditions of an indicator, and what its text has of them.
type Row = (&'static str, ExportFormat, fn() -> Vec<Condition>, &'static [&'static str]);

const ROWS: &[Row] = &[
    (
        "leaf and usage",
        ExportFormat::Wdac,
        || vec![hash(HashOf::Tbs, 20, 0xab), usage("1.3.6.1.4.1.311.10.3.6", false)],
        &[
            "<EKU ID=\"ID_EKU_E_1\" Value=\"010A2B0601040182370A0306\" />",
            "<CertRoot Type=\"TBS\" Value=\"ABABABABABABABABABABABABABABABABABABABAB\" />\n      <CertEKU ID=\"ID_EKU_E_1\" />\n    </Signer>",
        ],
    ),
    (
        "publisher, issuer and maker of a driver",
        ExportFormat::Wdac,
        || {
            let exact = |field, text| name(field, TextMode::Exact, text);
            vec![
                hash(HashOf::ChainTbs, 16, 1),
                common_name("Example Trading LLC"),
                Condition::Issuer(exact(NameField::CommonName, "Example CA")),
                Condition::ProgramName(exact(NameField::Any, "Example")),
            ]
        },
        &[
            "<CertIssuer Value=\"Example CA\" />\n      <CertPublisher Value=\"Example Trading LLC\" />\n      <CertOemID Value=\"Example\" />",
        ],
    ),
    (
        "key and serial",
        ExportFormat::Clamav,
        || vec![hash(HashOf::Subject, 20, 1), hash(HashOf::Serial, 20, 2), modulus(3)],
        &["Certsift.one;0;0101010101010101010101010101010101010101;0202020202020202020202020202020202020202;03030303"],
    ),
    (
        // SHA-1 of the one octet 00, as the certificate has it.
        "serial of an octet",
        ExportFormat::Clamav,
        || vec![hash(HashOf::Subject, 20, 1), serial("00"), modulus(3)],
        &[";5ba93c9db0cff93f52b521d7420e43f6eda2784f;0303", ";010001;1;0;0;0;\n"],
    ),
    (
        // Those of 00 b5 and of b5, as one of both was meant.
        "serial without its sign",
        ExportFormat::Clamav,
        || vec![hash(HashOf::Subject, 20, 1), serial("b5"), modulus(3)],
        &["Certsift.one;0;", "Certsift.one.2;0;"],
    ),
    (
        "serial and name",
        ExportFormat::Kql,
        || vec![serial("00:0C:FF:EE:01:02:03:04:05"), contains("Example")],
        &["    \"one\", \"\", \"cffee0102030405\", \"\", \"contains\", \"Example\", \"\", \"\", false\n];"],
    ),
    (
        "thumbprint",
        ExportFormat::Kql,
        || vec![hash(HashOf::Certificate, 20, 0xab)],
        &["\"\", \"abababababababababababababababababababab\", \"\", \"\", \"\", \"\", false"],
    ),
    (
        "name alone",
        ExportFormat::Kql,
        || vec![Condition::Subject(name(NameField::CommonName, TextMode::Exact, "Example").ignoring_case())],
        &["\"exact_any_case\", \"Example\", \"\", \"\", true"],
    ),
    (
        "zero",
        ExportFormat::Kql,
        || vec![serial("00"), common_name("Example")],
        &["\"one\", \"\", \"0\", \"\", \"exact\", \"Example\", \"\", \"\", true"],
    ),
    (
        "serial in every spelling",
        ExportFormat::Eql,
        || vec![serial("b5f3000000000001")],
        &["// one\nany where file.x509.serial_number : (\"B5F3000000000001\", \"00B5F3000000000001\")\n"],
    ),
    (
        "thumbprint",
        ExportFormat::Eql,
        || vec![hash(HashOf::Certificate, 32, 0xab), common_name("Example")],
        &[
            "(file.code_signature.thumbprint_sha256 == \"abab",
            " or process.code_signature.thumbprint_sha256 == \"abab",
            " or dll.code_signature.thumbprint_sha256 == \"abab",
            " and (file.x509.subject.common_name == \"Example\" or (file.code_signature.subject_name == \"Example\" or process.code_signature.subject_name == \"Example\"",
        ],
    ),
    (
        "part of a name",
        ExportFormat::Eql,
        || vec![Condition::Subject(name(NameField::CommonName, TextMode::Contains, "*.google.com").ignoring_case())],
        &["stringContains~(dll.code_signature.subject_name, \"*.google.com\")"],
    ),
    (
        "part of a name",
        ExportFormat::Sigma,
        || vec![serial("0102030405060708"), contains("*.google.com")],
        &[
            "    product: windows\n    category: driver_load\ndetection:\n    name_1_1:\n        Signature|contains: \"\\\\*.google.com\"\n    condition: name_1_1\n",
            "---\ntitle: \"one\"\n",
            "category: image_load",
            "level: low\n",
        ],
    ),
    (
        "two names",
        ExportFormat::Sigma,
        || vec![contains("Example"), Condition::Subject(name(NameField::Organization, TextMode::Suffix, "Trading"))],
        &[
            "name_1_2:\n        Signature|endswith: \"Trading\"\n    condition: name_1_1 and name_1_2\n",
            "level: medium\n",
        ],
    ),
    (
        "thumbprint",
        ExportFormat::Mde,
        || vec![hash(HashOf::Certificate, 20, 0xab)],
        &[
            "\nCertificateThumbprint,abababababababababababababababababababab,,Block,Medium,one,abused certificate,,,Malware,,TRUE\n",
        ],
    ),
    (
        "serial and name",
        ExportFormat::Stix,
        || vec![serial("b5f3000000000001"), common_name("Example, Inc.")],
        &[
            "[x509-certificate:serial_number IN ('00:b5:f3:00:00:00:00:00:01', '00b5f3000000000001', 'b5f3000000000001', '00B5F3000000000001', 'B5F3000000000001') AND x509-certificate:subject LIKE '%Example, Inc.%']",
        ],
    ),
];

#[test]
fn texts() {
    for (row, format, conditions, expected) in ROWS {
        let export = export_indicators(*format, &[indicator("one", vec![conditions()])]);
        for part in *expected {
            assert!(
                export.text.contains(part),
                "{format}, {row}: {part} is not in\n{}\n{:?}",
                export.text,
                export.losses
            );
        }
    }
}

#[test]
fn every_object_of_a_bundle_has_what_stix_asks_for() {
    let mut indicators = sample::indicators();
    indicators.push(indicators[0].clone());
    indicators[1].metadata.date = Some("2014-11-03".into());
    indicators[1].metadata.reference = Some("https://example.com/".into());
    indicators[1].metadata.attack = vec!["T1553.002".into()].into();
    let bundle: Value = serde_json::from_str(&export(ExportFormat::Stix, &indicators)).expect("JSON");
    assert_eq!(bundle["type"], "bundle");
    let objects = bundle["objects"].as_array().expect("objects");
    let ids: BTreeSet<&str> = objects.iter().map(|object| object["id"].as_str().expect("an id")).collect();
    assert_eq!(ids.len(), objects.len(), "two objects share an id");
    for object in objects {
        let (kind, id) = (object["type"].as_str().expect("a type"), object["id"].as_str().expect("an id"));
        let uuid = id.strip_prefix(kind).and_then(|rest| rest.strip_prefix("--")).expect("a UUID");
        assert!(uuid.len() == 36 && uuid.as_bytes()[14] == b'5', "{id}");
        assert!(object["created"].as_str().is_some_and(|time| time.ends_with(".000Z")), "{id}");
        if kind == "indicator" {
            for key in ["modified", "spec_version", "pattern", "pattern_type", "valid_from", "created_by_ref", "name"] {
                assert!(object[key].is_string(), "{id}: {key}");
            }
            assert!(object["x_certsift_indicator"].is_object(), "{id}");
        }
    }
    assert_eq!(objects[2]["valid_from"], "2014-11-03T00:00:00.000Z");
    assert_eq!(objects[2]["external_references"][0]["url"], "https://example.com/");
    assert_eq!(objects[2]["external_references"][1]["external_id"], "T1553.002");
}

#[test]
fn every_object_of_an_event_is_named_by_what_its_template_asks_for() {
    const NAMING: [&str; 5] =
        ["x509-fingerprint-md5", "x509-fingerprint-sha1", "x509-fingerprint-sha256", "serial-number", "issuer"];
    let event: Value = serde_json::from_str(&export(ExportFormat::Misp, &sample::indicators())).expect("JSON");
    let objects = event["Event"]["Object"].as_array().expect("objects");
    assert!(objects.len() > 10);
    let ids: BTreeSet<&str> = objects.iter().map(|object| object["uuid"].as_str().expect("an id")).collect();
    assert_eq!(ids.len(), objects.len());
    for object in objects {
        assert_eq!(object["name"], "x509");
        let attributes = object["Attribute"].as_array().expect("attributes");
        let named = |attribute: &Value| {
            NAMING.iter().any(|name| attribute["object_relation"].as_str().expect("a name").starts_with(name))
        };
        assert!(attributes.iter().any(named), "{object}");
        for attribute in attributes {
            for key in ["uuid", "type", "category", "value"] {
                assert!(attribute[key].is_string(), "{attribute}");
            }
        }
    }
}

/// The whole built-in table in every format, at a size that a person can load.
#[test]
fn the_builtin_table_in_every_format() {
    let indicators: Vec<Indicator> = IndicatorTable::builtin().indicators().collect();
    for format in ExportFormat::ALL {
        let export = export_indicators(*format, &indicators);
        let skipped = export.losses.iter().filter(|loss| loss.kind == certsift::LossKind::Skipped).count();
        let expected = match format {
            // Facts of serials and names: no hash of a TBSCertificate, no key, no SHA-1.
            ExportFormat::Wdac | ExportFormat::Clamav | ExportFormat::Mde => indicators.len(),
            _ => 0,
        };
        eprintln!(
            "{format}: {} octets, {} losses, {skipped} of {} skipped",
            export.text.len(),
            export.losses.len(),
            indicators.len()
        );
        assert!(
            if expected == 0 { skipped < indicators.len() / 2 } else { skipped == expected },
            "{format}: {skipped}"
        );
    }
}

#[test]
fn notes_travel() {
    let mut noted = indicator("one", vec![vec![serial("01"), contains("x, \"y\"")]]);
    noted.metadata.notes = vec![Note::new(Cause::ContextLost, "pe.timestamp > 0"), Note::new(Cause::Incomplete, "")];
    let text = export(ExportFormat::Csv, &[noted]);
    let expected = "id,serial,subject_contains,notes\none,01,\"x, \"\"y\"\"\",\"[{\"\"cause\"\":\"\"context-lost\"\",\"\"detail\"\":\"\"pe.timestamp > 0\"\"},{\"\"cause\"\":\"\"incomplete\"\"}]\"\n";
    assert_eq!(text, expected);
}
