//! `rematch`: certificates that were kept, matched without their files as with them.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a test stops where something is missing"
)]

use std::fs;

use certsift::{CertificateUse, Indicator, IndicatorTable, Match, Place, Role, SignedFile, Signer, import_indicators};
use serde_json::{Value, json};

use crate::program::{Row, Scratch, check, fixtures, run};

/// Of every kind: found by serial, hash, name, part, program, authority; as written, with another sign octet, folded, and looking alike.
const LIST: &str = r#"
{"id": "serial", "serial": "00452156c3b3fb0176365bdb5b7715bc4c", "role": "any"}
{"id": "serial-and-name", "serial": "452156c3b3fb0176365bdb5b7715bc4c", "organization": "CALLTOGETHER inc"}
{"id": "high-bit", "serial": "b1a2c3d4e5f60718293a4b5c6d7e8f90", "abused_from": "2001-01-01"}
{"id": "name", "organization": "CallTogether, Inc."}
{"id": "look-alike", "organization": "CaIlTogether, Inc."}
{"id": "part", "issuer_contains": "Fixture Root", "role": "any"}
{"id": "usage", "conditions": [[{"field": "extended_key_usage", "value": "1.3.6.1.5.5.7.3.3"}]]}
{"id": "validity", "conditions": [[{"field": "not_before", "compare": ">=", "value": "2000-01-01"}]]}
{"id": "key", "conditions": [[{"field": "rsa_modulus", "value": "MODULUS"}, {"field": "signature_algorithm", "value": "1.2.840.113549.1.1.11"}]]}
{"id": "program", "program_name": "Fixture Program"}
{"id": "hashes", "conditions": [[{"field": "md5", "value": "HASH-md5"}, {"field": "tbs_sha384", "value": "HASH-tbs"}]], "role": "any"}
{"id": "parts", "conditions": [[{"field": "subject_sha1", "value": "HASH-subject"}, {"field": "serial_sha512", "value": "HASH-serial"}]]}
{"id": "authority", "conditions": [[{"field": "chain_tbs_sha256", "value": "HASH-root"}]], "role": "signer chain"}
"#;

#[test]
fn kept_certificates_match_as_those_in_files() {
    let seed = fs::read(fixtures().join("seed_root_first.exe")).unwrap();
    let list = filled_list(&SignedFile::parse(&seed).unwrap());
    let scratch = Scratch::new();
    scratch.write("list.jsonl", &list);
    let indicators: Vec<Indicator> = import_indicators("list.jsonl", list.as_bytes()).indicators;
    assert_eq!(indicators.len(), LIST.trim().lines().count());
    let table = IndicatorTable::new(indicators.iter().cloned()).unwrap();
    let (mut lines, mut expected) = (String::new(), Vec::new());
    for entry in fs::read_dir(fixtures()).unwrap() {
        let Ok(bytes) = fs::read(entry.unwrap().path()) else { continue };
        let Ok(file) = SignedFile::parse(&bytes) else { continue };
        for (used, candidate) in file.candidates(table.needs()) {
            lines.push_str(&format!("{}\n", kept(&file, &used, expected.len())));
            expected.push(told(&table.all_matches(&candidate)));
        }
    }
    scratch.write("kept.ndjson", lines);
    let ran = run("rematch", scratch.path(), "--quiet --no-builtin --indicators list.jsonl <kept.ndjson");
    assert_eq!((ran.status, &*ran.stderr), (0, ""));
    let answers: Vec<Value> = ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), expected.len());
    for (number, (answer, expected)) in answers.iter().zip(&expected).enumerate() {
        assert_eq!(answer["key"], number);
        let matches = answer["matches"].as_array().unwrap();
        let found: Vec<Value> = matches.iter().map(told_of).collect();
        assert_eq!(&found, expected, "line {number}");
    }
    let found: Vec<&str> = expected.iter().flatten().filter_map(|one| one["id"].as_str()).collect();
    let silent: Vec<_> = indicators.iter().filter(|one| !found.contains(&&*one.metadata.id)).collect();
    assert!(silent.is_empty(), "matched nothing: {silent:#?}");
}

/// The list, with the hashes and the key of the signer of a file.
fn filled_list(file: &SignedFile<'_>) -> String {
    let signer = &file.signatures()[0].signers()[0];
    let certificate = signer.certificate().unwrap();
    use certsift::HashAlgorithm::{Md5, Sha384};
    use sha1::Digest;
    let root = signer.chain().last().unwrap().tbs_sha256();
    let values = [
        ("HASH-md5", certificate.fingerprint(Md5)),
        ("HASH-tbs", certificate.tbs_fingerprint(Sha384)),
        ("HASH-subject", sha1::Sha1::digest(certificate.subject().content_bytes()).to_vec()),
        ("HASH-serial", sha2::Sha512::digest(certificate.serial().as_bytes()).to_vec()),
        ("HASH-root", root.to_vec()),
        ("MODULUS", certificate.rsa_modulus().unwrap().to_vec()),
    ];
    values.iter().fold(LIST.trim().to_owned(), |list, (name, value)| list.replace(name, &hex::encode(value)))
}

/// What is kept of a use.
fn kept(file: &SignedFile<'_>, used: &CertificateUse<'_>, key: usize) -> Value {
    let signature = used.signature().and_then(|at| file.signatures().get(at));
    let (signer, depth) = match used.place() {
        Place::Signer(at) => (signature.and_then(|signature| signature.signers().get(at)), 0),
        Place::Chain { signer, depth } => (signature.and_then(|signature| signature.signers().get(signer)), depth + 1),
        _ => (None, 0),
    };
    let is_signer = matches!(used.role(), Role::Signer | Role::NamedOnly);
    let stamps = signer.map(Signer::timestamps).unwrap_or_default();
    let chain = signer.map(|signer| &signer.chain()[depth..]).unwrap_or_default();
    json!({
        "key": key,
        "role": used.role().as_str(),
        "certificate": used.certificate().map(|certificate| hex::encode(certificate.der())),
        "program_name": signer.filter(|_| is_signer).and_then(Signer::program_name),
        "signed_at": stamps.iter().filter_map(|stamp| stamp.time()).max().map(|time| time.unix()),
        "chain": chain.iter().map(|one| hex::encode(one.der())).collect::<Vec<_>>(),
    })
}

fn told(matches: &[Match]) -> Vec<Value> {
    let field = |one: &certsift::Evidence| json!([one.field, one.expected, one.actual, one.compare.as_str()]);
    let one = |found: &Match| {
        json!({
            "id": found.indicator.metadata.id,
            "strength": found.strength.as_str(),
            "serial_match": found.serial_match.map(|how| how.as_str()),
            "fields": found.fields.iter().map(field).collect::<Vec<_>>(),
            "unmatched": found.unmatched.iter().map(field).collect::<Vec<_>>(),
            "shared": [found.shared_serial, found.shared_issuer],
            "timing": found.timing.map(|timing| timing.as_str()),
            "severity": found.severity().map(|severity| severity.as_str()),
        })
    };
    matches.iter().map(one).collect()
}

/// The same of a line's match.
fn told_of(found: &Value) -> Value {
    let fields = |name: &str| {
        let list = found[name].as_array().unwrap();
        list.iter().map(|one| json!([one["field"], one["expected"], one["actual"], one["compare"]])).collect::<Vec<_>>()
    };
    json!({
        "id": found["indicator"]["id"],
        "strength": found["strength"],
        "serial_match": found["serial_match"],
        "fields": fields("fields"),
        "unmatched": fields("unmatched"),
        "shared": [found["shared"]["serial"], found["shared"]["issuer"]],
        "timing": found["timing"],
        "severity": found["severity"],
    })
}

#[test]
fn lines_that_say_little_or_nothing() {
    let scratch = Scratch::new();
    scratch
        .write("list.csv", "id,serial,issuer,role\none,c0ffee0102030405,Issuer,named_only\nbare,c0ffee0102030405,,\n");
    scratch.write("none", "");
    // The name CN=Issuer.
    let named = r#"{"key": "a", "role": "named_only", "issuer": "3011310f300d06035504030c06497373756572", "serial": "00c0ffee0102030405"}"#;
    scratch.write("named", named);
    scratch.write("role", "{\"role\": \"nobody\"}");
    scratch.write("cut", &named[..40]);
    scratch.write("der", "{\"role\": \"signer\", \"certificate\": \"3003020101\"}");
    scratch.write("hex", "{\"role\": \"signer\", \"certificate\": \"3x\"}");
    let rows: &[Row] = &[
        ("--no-builtin --indicators list.csv <none", 0, &[], &[]),
        (
            "--no-builtin --indicators list.csv <named",
            0,
            &["\"key\":\"a\"", "\"issuer_and_serial\"", "\"serial_match\":\"sign_folded\"", "\"id\":\"bare\""],
            &[],
        ),
        ("--no-builtin --indicators list.csv <role", 2, &[], &["line 1: no role: \"nobody\""]),
        ("--no-builtin --indicators list.csv <cut", 2, &[], &["line 1: "]),
        ("--no-builtin --indicators list.csv <der", 2, &[], &["line 1: "]),
        ("--no-builtin --indicators list.csv <hex", 2, &[], &["line 1: certificate: "]),
        ("--no-builtin --indicators missing.csv <none", 2, &[], &["missing.csv"]),
    ];
    check("rematch", scratch.path(), rows);
}
