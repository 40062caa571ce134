//! Validates records against `schema/certsift-1.json`: every golden record, the details of every fixture, and the lines of the file that `CERTSIFT_RECORDS` names,
//! where it is set. Validates indicators against `schema/indicator-1.json`.
//!
//!     CERTSIFT_RECORDS=records.ndjson cargo test --manifest-path tests/schema/Cargo.toml

#![cfg(test)]

mod indicators;
mod observations;
mod stores;

use std::path::{Path, PathBuf};
use std::{env, fs};

use jsonschema::{Registry, Validator};
use serde_json::{Value, json};

/// How many broken rules of one record are printed.
const MAX_LISTED: usize = 5;

#[test]
fn golden_records_are_valid() {
    // An archive and its members are a list.
    let records = golden_files().into_iter().flat_map(|path| {
        let records = match read_json(&path) {
            Value::Array(records) => records,
            record => vec![record],
        };
        records.into_iter().map(move |record| (path.display().to_string(), record))
    });
    assert_all_valid(&records.collect::<Vec<_>>());
}

#[test]
fn given_records_are_valid() {
    let Some(path) = env::var_os("CERTSIFT_RECORDS").map(PathBuf::from) else { return };
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let parse = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"));
    let records: Vec<_> = (1..).zip(text.lines()).map(|(line, text)| (format!("line {line}"), parse(text))).collect();
    assert_all_valid(&records);
}

/// The shape of the detail, which no record has that was not asked for it.
#[test]
fn details_are_valid() {
    let table = certsift::IndicatorTable::empty();
    let record = |path: &Path| {
        let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let file = certsift::SignedFile::parse(&bytes).ok()?;
        let report = certsift::Report::detailed(certsift::Input::from_path(path), &file, &table);
        Some((path.display().to_string(), serde_json::to_value(report).expect("a record")))
    };
    let records: Vec<_> = files_in("tests/fixtures").iter().filter_map(|path| record(path)).collect();
    assert!(records.iter().all(|(_, record)| record["detail"].is_object()));
    assert_all_valid(&records);
}

/// The shape of what is verified, to anchors or to none.
#[test]
fn verifications_are_valid() {
    let records = verified_records();
    let with_facts = |(_, record): &&(String, Value)| record["signatures"][0]["verification"].is_object();
    assert!(records.iter().filter(with_facts).count() > 10);
    assert_all_valid(&records);
}

/// The record of every fixture that carries a signature, with what was verified.
fn verified_records() -> Vec<(String, Value)> {
    let verifier = certsift::Verifier::new(certsift::Time::from_unix(1_415_000_000));
    let table = certsift::IndicatorTable::builtin();
    let record = |path: &PathBuf| {
        let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let file = certsift::SignedFile::parse(&bytes).ok()?;
        let image = certsift::check_image(bytes.as_slice(), &file).ok()?;
        let facts = verifier.verify(&file, Some(&image));
        let report = certsift::Report::verified(certsift::Input::from_path(path), &file, &table, &facts);
        Some((path.display().to_string(), serde_json::to_value(report).expect("a record")))
    };
    files_in("tests/fixtures").iter().filter_map(record).collect()
}

const SPOILT_FACTS: &[Row] = &[
    ("no summary", |record| remove(record, "/signatures/0/verification", "summary")),
    ("another fact", |record| record["signatures"][0]["verification"]["is_trusted"] = json!(true)),
    ("a word for a fact", |record| record["signatures"][0]["verification"]["signature_valid"] = json!("yes")),
    ("another rule", |record| record["signatures"][0]["verification"]["digest_rule"] = json!("guess")),
    ("another reason", |record| record["signatures"][0]["verification"]["path_break"]["reason"] = json!("bad_luck")),
    ("no origin", |record| remove(record, "/signatures/0/verification/certificate_path/0", "origin")),
    ("another status of revocation", |record| {
        record["signatures"][0]["verification"]["revoked"]["status"] = json!("perhaps")
    }),
    ("another finding", |record| record["matches"][0]["finding"] = json!("trusted")),
    ("another technique", |record| record["matches"][0]["technique"] = json!("T1000")),
    ("no status", |record| record["matches"][0]["signature_status"] = json!(null)),
];

/// The shape of what context filters say of a match.
#[test]
fn contexts_are_valid_and_spoilt_ones_are_not() {
    let validator = validator();
    let bytes = fs::read(root().join("tests/fixtures/seed_pe32.exe")).expect("a fixture");
    let file = certsift::SignedFile::parse(&bytes).expect("a signed file");
    let mut report = certsift::Report::new(certsift::Input::default(), &file, &certsift::IndicatorTable::builtin());
    let event = json!({"process": {"name": "apt", "executable": "/usr/bin/apt"}});
    let mut filters = certsift::Filters::builtin("seed");
    filters.extend(certsift::Filters::builtin("hardened"));
    report.add_context(&[filters.hits(&event)], true);
    let good = serde_json::to_value(report).expect("a record");
    assert_eq!(good["matches"][0]["context"]["filters"].as_array().map(Vec::len), Some(2));
    assert_all_valid(&[("context".to_owned(), good.clone())]);
    for (name, spoil) in SPOILT_CONTEXTS {
        let mut record = good.clone();
        spoil(&mut record["matches"][0]["context"]);
        assert!(!validator.is_valid(&record), "{name}: passes");
    }
}

const SPOILT_CONTEXTS: &[Row] = &[
    ("a text", |context| *context = json!("benign")),
    ("another action", |context| context["action"] = json!("hide")),
    ("another key", |context| context["profile"] = json!("seed")),
    ("no event", |context| context["events"] = json!(0)),
    ("no filters", |context| remove(context, "", "filters")),
    ("a filter that asks for nothing", |context| context["filters"][0]["action"] = json!("none")),
    ("a filter without a key", |context| remove(context, "/filters/0", "value")),
];

#[test]
fn spoilt_verifications_are_not() {
    let validator = validator();
    let records = verified_records();
    let (_, good) = records.into_iter().find(|(path, _)| path.ends_with("seed_pe64.exe")).expect("a fixture");
    assert!(validator.is_valid(&good));
    for (name, spoil) in SPOILT_FACTS {
        let mut record = good.clone();
        spoil(&mut record);
        assert_ne!(record, good, "{name}: nothing was changed");
        assert!(!validator.is_valid(&record), "{name}: passes");
    }
}

/// A way to spoil the record of a file with a signature, a timestamp and a match.
type Row = (&'static str, fn(&mut Value));

const SPOILT: &[Row] = &[
    ("without a key", |record| remove(record, "", "faults")),
    ("without a key of a signature", |record| remove(record, "/signatures/0", "parent")),
    ("without a key of a match", |record| remove(record, "/matches/0", "context")),
    ("with another key", |record| record["extra"] = json!(null)),
    ("with another key of the input", |record| record["input"]["extra"] = json!(1)),
    ("with another key of a name", |record| record["certificates"][0]["subject"]["dc"] = json!([])),
    ("upper-case hash", |record| record["certificates"][0]["sha256"] = json!("A".repeat(64))),
    ("short hash", |record| record["certificates"][0]["sha1"] = json!("ab")),
    ("upper-case serial", |record| record["signatures"][0]["signer_id"]["serial"] = json!("4521AB")),
    ("half an octet", |record| record["certificates"][0]["serial_raw"] = json!("452")),
    ("local time", |record| record["signatures"][0]["timestamps"][0]["time"] = json!("2014-11-03T01:00:00+01:00")),
    ("fraction of a second", |record| record["certificates"][0]["not_after"] = json!("2014-11-03T01:00:00.5Z")),
    ("unknown status", |record| record["status"] = json!("trusted")),
    ("unknown role", |record| record["matches"][0]["role"] = json!("root")),
    ("unknown strength", |record| record["matches"][0]["strength"] = json!("sure")),
    ("unknown comparison", |record| record["matches"][0]["fields"][0]["compare"] = json!("regex")),
    ("unknown kind of timestamp", |record| record["signatures"][0]["timestamps"][0]["kind"] = json!("rfc5544")),
    ("another version", |record| record["schema"] = json!("certsift/2")),
    ("null in place of a list", |record| record["matches"] = json!(null)),
    ("negative offset", |record| record["signatures"][0]["offset"] = json!(-1)),
    ("error without a reason", |record| record["status"] = json!("error")),
];

#[test]
fn spoilt_records_are_not() {
    let validator = validator();
    let good = read_json(&root().join("tests/golden/seed_pe64.exe.json"));
    assert!(validator.is_valid(&good));
    for (name, spoil) in SPOILT {
        let mut record = good.clone();
        spoil(&mut record);
        assert_ne!(record, good, "{name}: nothing was changed");
        assert!(!validator.is_valid(&record), "{name}: passes");
    }
}

fn assert_all_valid(records: &[(String, Value)]) {
    assert_all_valid_by(&validator(), records);
}

fn assert_all_valid_by(validator: &Validator, records: &[(String, Value)]) {
    assert!(!records.is_empty(), "there are no records");
    let wrong: Vec<_> = records.iter().filter_map(|(name, record)| complaint(validator, name, record)).collect();
    assert!(wrong.is_empty(), "{} of {} records are not valid:\n{}", wrong.len(), records.len(), wrong.join("\n"));
}

fn complaint(validator: &Validator, name: &str, record: &Value) -> Option<String> {
    let errors = validator.iter_errors(record).take(MAX_LISTED);
    let lines: Vec<_> = errors.map(|error| format!("  {}: {error}", error.instance_path())).collect();
    (!lines.is_empty()).then(|| format!("{name}\n{}", lines.join("\n")))
}

fn validator() -> Validator {
    validator_of("schema/certsift-1.json")
}

fn validator_of(file: &str) -> Validator {
    let schema = read_json(&root().join(file));
    jsonschema::meta::validate(&schema).unwrap_or_else(|error| panic!("the schema is none: {error}"));
    // Other schemas refer to parts of this one.
    let record = read_json(&root().join("schema/certsift-1.json"));
    let registry = Registry::new().add("json-schema:///certsift-1.json", record).expect("a schema");
    let registry = registry.prepare().expect("its references lead somewhere");
    jsonschema::options().with_registry(&registry).build(&schema).expect("the schema can be compiled")
}

fn golden_files() -> Vec<PathBuf> {
    let paths = files_in("tests/golden").into_iter();
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "json")).collect()
}

/// The files of a folder; there may be folders in it.
fn files_in(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join(folder)).expect("the folder");
    entries.map(|entry| entry.expect("an entry of the folder").path()).filter(|path| path.is_file()).collect()
}

fn remove(record: &mut Value, object: &str, key: &str) {
    record.pointer_mut(object).and_then(Value::as_object_mut).expect("an object").remove(key);
}

fn read_json(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
