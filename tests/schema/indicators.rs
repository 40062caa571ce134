//! Lines of indicator lists against their schema: those that are written are valid, and what an import refuses is not.

use certsift::{ExportFormat, Indicator, IndicatorTable, export_indicators, import_indicators};
use serde_json::{Value, json};

use super::{assert_all_valid_by, validator_of};

const SCHEMA: &str = "schema/indicator-1.json";

#[test]
fn the_builtin_table_is_valid() {
    let indicators: Vec<Indicator> = IndicatorTable::builtin().indicators().collect();
    let text = export_indicators(ExportFormat::Json, &indicators).text;
    let parse = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"));
    let records: Vec<_> = (1..).zip(text.lines()).map(|(line, text)| (format!("line {line}"), parse(text))).collect();
    assert_eq!(records.len(), indicators.len());
    assert_all_valid_by(&validator_of(SCHEMA), &records);
}

/// A line with every key.
fn full() -> Value {
    let name = |field, attribute, compare| json!({"field": field, "attribute": attribute, "compare": compare, "value": "x", "ignore_case": true});
    json!({
        "id": "one", "name": "One", "source": "a", "reference": "b", "severity": "high", "category": "c", "family": "d",
        "date": "2014-11-03", "attack": ["T1553.002"], "author": "e", "license": "MIT", "description": "f", "role": "signer chain",
        "abused_from": "2014-11-03", "revoked_at": "2014-11-03T00:00:00Z", "valid_from": "@-62167219201",
        "valid_to": "2014-11-03 00:00:00.5+01:00", "not_after_at_least": "2014-11-03",
        "notes": [{"cause": "no-00-pad", "detail": "b5"}, {"cause": "incomplete"}],
        "conditions": [
            [{"field": "serial", "value": "00:B5"}, {"field": "tbs_sha1", "value": "0".repeat(40)}, {"field": "chain_tbs_md5", "value": "0".repeat(32)}],
            [name("subject", "organization", "suffix"), name("issuer", "one_line", "contains"), {"field": "program_name", "value": "x"}],
            [{"field": "extended_key_usage", "value": "1.3.6.1.4.1.311.97", "compare": "below"}, {"field": "extended_key_usage", "value": "1.3.6.1.4.1.311.97.*"}],
            [{"field": "signature_algorithm", "value": "#80"}, {"field": "rsa_modulus", "value": "c0ff"}],
            [{"field": "not_before", "compare": ">=", "value": "2014-11-03"}],
        ],
    })
}

fn simple() -> Value {
    json!({
        "serial": "-0x4A 0c", "md5": "0".repeat(32), "sha1": "00:".repeat(19) + "00", "sha256": "A".repeat(64), "sha384": "0".repeat(96),
        "sha512": "0".repeat(128), "tbs_md5": "0".repeat(32), "tbs_sha1": "0".repeat(40), "tbs_sha256": "0".repeat(64),
        "tbs_sha384": "0".repeat(96), "tbs_sha512": "0".repeat(128), "organization": "a", "common_name": "b", "subject": "c",
        "subject_contains": "d", "issuer": "e", "issuer_contains": "f", "program_name": "g", "extended_key_usage": "1.3.6.1.5.5.7.3.3",
        "conditions": null, "role": "any",
    })
}

fn is_read(line: &Value) -> bool {
    import_indicators("line", line.to_string().as_bytes()).indicators.len() == 1
}

#[test]
fn every_key_is_known() {
    let validator = validator_of(SCHEMA);
    for line in [full(), simple()] {
        assert_all_valid_by(&validator, &[("line".to_owned(), line.clone())]);
        assert!(is_read(&line), "{:?}", import_indicators("line", line.to_string().as_bytes()).errors);
    }
}

/// A way to spoil a line.
type Row = (&'static str, fn() -> Value, &'static str, fn() -> Value);

const SPOILT: &[Row] = &[
    ("without a condition", || json!({"id": "one"}), "/id", || json!("two")),
    ("both ways to say it", full, "/serial", || json!("01")),
    ("another key", full, "/colour", || json!("red")),
    ("short hash", simple, "/sha1", || json!("00")),
    ("a serial that is none", simple, "/serial", || json!("xyz")),
    ("no digits", simple, "/serial", || json!(":")),
    ("unknown role", simple, "/role", || json!("boss")),
    ("unknown severity", simple, "/severity", || json!("bad")),
    ("a number", simple, "/organization", || json!(1)),
    ("no array", full, "/attack", || json!("T1553.002")),
    ("unknown cause", full, "/notes/0/cause", || json!("odd")),
    ("no time", full, "/abused_from", || json!("soon")),
    ("no alternative", full, "/conditions", || json!([])),
    ("no condition in one", full, "/conditions/0", || json!([])),
    ("unknown field", full, "/conditions/0/0/field", || json!("colour")),
    ("letter case of a serial", full, "/conditions/0/0/ignore_case", || json!(true)),
    ("unknown comparison", full, "/conditions/1/0/compare", || json!("regex")),
    ("unknown attribute", full, "/conditions/1/0/attribute", || json!("dc")),
    ("empty text", full, "/conditions/1/0/value", || json!("")),
    ("another key of a condition", full, "/conditions/1/0/extra", || json!(1)),
    ("a time without a comparison", full, "/conditions/4/0", || json!({"field": "not_after", "value": "2014-11-03"})),
    ("no identifier", full, "/conditions/3/0/value", || json!("rsa")),
];

#[test]
fn spoilt_lines_are_neither_valid_nor_read() {
    let validator = validator_of(SCHEMA);
    for (name, good, place, value) in SPOILT {
        let mut line = good();
        let (parent, key) = place.rsplit_once('/').expect("a place");
        match line.pointer_mut(parent).expect("a parent") {
            Value::Array(list) => list[key.parse::<usize>().expect("a position")] = value(),
            parent => parent[key] = value(),
        }
        assert_ne!(line, good(), "{name}");
        assert!(!validator.is_valid(&line), "{name}: passes");
        assert!(!is_read(&line), "{name}: is read");
    }
}
