//! Lint finds what is known to be wrong with published rules, and finds it nowhere else.

use std::collections::BTreeSet;

use certsift::{Cause, Condition, HashOf, Indicator, NameField, Note, Role, Roles, TextMode, Time, lint};
use serde_json::Value;

use crate::sample::{common_name, contains, hash, indicator, name, serial, usage};
use crate::shared_data;

/// The causes that the facts tell of.
const TOLD: [Cause; 4] = [Cause::MissingSignOctet, Cause::EscapedText, Cause::NameOnly, Cause::RawUtf8Text];

/// An indicator of a rule's facts, a serial that is written in two ways as two alternatives.
fn of_facts(rule: &Value) -> Indicator {
    let texts = |value: &Value| -> Vec<String> {
        value.as_array().into_iter().flatten().map(|text| text.as_str().expect("a text").to_owned()).collect()
    };
    let mut made = indicator(rule["rule"].as_str().expect("a name"), Vec::new());
    for alternative in rule["alternatives"].as_array().expect("alternatives") {
        let subjects = texts(&alternative["subject_contains"]);
        let issuers = texts(&alternative["issuer_contains"]);
        let escaped = texts(&alternative["raw_escaped"]);
        made.metadata.notes.extend(escaped.iter().map(|text| Note::new(Cause::EscapedText, text.clone())));
        if escaped.is_empty() {
            let beyond_ascii = subjects.iter().chain(&issuers).filter(|text| !text.is_ascii());
            made.metadata.notes.extend(beyond_ascii.map(|text| Note::new(Cause::RawUtf8Text, text.clone())));
        }
        let issuer = |text: &String| Condition::Issuer(name(NameField::Any, TextMode::Contains, text));
        let names: Vec<Condition> =
            subjects.iter().map(|text| contains(text)).chain(issuers.iter().map(issuer)).collect();
        let serials = texts(&alternative["serial_raw"]);
        if serials.is_empty() {
            made.alternatives.push(names);
        } else {
            made.alternatives.extend(serials.iter().map(|text| [vec![serial(text)], names.clone()].concat()));
        }
    }
    made
}

#[test]
fn published_rules() {
    let Some(folder) = shared_data::folder("CERTSIFT_INDICATORS", "indicators") else { return };
    let text = std::fs::read_to_string(folder.join("published_rules.jsonl")).expect("the facts");
    let rules: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("a fact")).collect();
    let indicators: Vec<Indicator> = rules.iter().map(of_facts).collect();
    let findings = lint(&indicators);
    let mut damaged = 0;
    for (position, rule) in rules.iter().enumerate() {
        let expected: BTreeSet<&str> = rule["quality"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|text| text.as_str().expect("a text").split('(').next().unwrap_or_default())
            .collect();
        damaged += usize::from(!expected.is_empty());
        let of_rule = findings.iter().filter(|finding| finding.indicator == position && TOLD.contains(&finding.cause));
        let found: BTreeSet<&str> = of_rule.clone().map(|finding| finding.cause.as_str()).collect();
        assert_eq!(found, expected, "{}", rule["rule"]);
        for finding in of_rule {
            assert!(finding.repair.is_some(), "{finding:?}");
        }
    }
    // Rules of the facts with something in `quality`.
    assert_eq!(damaged, 153);
    let decoded = findings.iter().filter(|finding| finding.cause == Cause::EscapedText);
    let escapes =
        decoded.clone().filter(|finding| finding.repair.as_deref().is_some_and(|text| text.contains("\\x"))).count();
    assert!(decoded.count() >= 62 && escapes == 0, "a repair is the text itself");
}

/// Indicators, and what is found: the cause, the value and the repair.
type Row = (&'static str, fn() -> Vec<Indicator>, &'static [(usize, &'static str, &'static str, &'static str)]);

fn one(conditions: Vec<Condition>) -> Vec<Indicator> {
    vec![indicator("one", vec![conditions])]
}

fn with_issuer(text: &str) -> Condition {
    Condition::Issuer(name(NameField::CommonName, TextMode::Exact, text))
}

const GOOD: &str = "0102030405060708090a";

const ROWS: &[Row] = &[
    ("nothing", || one(vec![serial(GOOD), contains("Example Trading")]), &[]),
    ("a hash alone", || one(vec![hash(HashOf::Certificate, 20, 1)]), &[]),
    (
        "no sign",
        || one(vec![serial("c0ffee0102030405")]),
        &[(0, "no-00-pad", "c0ffee0102030405", "00c0ffee0102030405")],
    ),
    ("odd digits", || one(vec![serial("102030405060708")]), &[(0, "odd-hex", "102030405060708", "0102030405060708")]),
    ("weak alone", || one(vec![serial("0102")]), &[(0, "weak-serial", "0102", "add the issuer")]),
    ("weak and named", || one(vec![serial("0102"), common_name("Example")]), &[]),
    (
        "overlong",
        || one(vec![serial("8102030405060708090a0b0c0d0e0f1011121314")]),
        &[
            (0, "no-00-pad", "8102030405060708090a0b0c0d0e0f1011121314", "008102030405060708090a0b0c0d0e0f1011121314"),
            (0, "overlong-serial", "8102030405060708090a0b0c0d0e0f1011121314", "add a hash"),
        ],
    ),
    ("name alone", || one(vec![contains("Example Trading")]), &[(0, "name-only", "Example Trading", "add the serial")]),
    (
        "short name",
        || one(vec![contains("IBM")]),
        &[(0, "name-only", "IBM", "add the serial"), (0, "short-text", "IBM", "add the serial, or")],
    ),
    ("identity", || one(vec![usage("1.3.6.1.4.1.311.97.1.2", false), contains("Example Trading")]), &[]),
    (
        "an authority by its number",
        || one(vec![serial(GOOD), common_name("Example Trusted G4 Code Signing RSA4096 SHA384 2021 CA1")]),
        &[(0, "ca-certificate", "Example Trusted G4 Code Signing RSA4096 SHA384 2021 CA1", "name a certificate")],
    ),
    ("no authority", || one(vec![serial(GOOD), common_name("Root Capital LLC")]), &[]),
    ("no authority by its letters", || one(vec![serial(GOOD), common_name("CA, Inc.")]), &[]),
    (
        "a timestamping service by its year",
        || one(vec![serial(GOOD), common_name("Example Timestamp 2023")]),
        &[(0, "timestamp-certificate", "Example Timestamp 2023", "remove it")],
    ),
    ("no timestamping service", || one(vec![serial(GOOD), common_name("Timestamp Software Ltd")]), &[]),
    (
        "escaped Latin-1",
        || one(vec![serial(GOOD), contains(r"Caf\xE9 Foo")]),
        &[(0, "openssl-escaped-text", r"Caf\xE9 Foo", "Café Foo")],
    ),
    (
        "escaped BMPString",
        || one(vec![serial(GOOD), contains(r"\x04\x1E\x04\x1E\x04\x1E")]),
        &[(0, "openssl-escaped-text", r"\x04\x1E\x04\x1E\x04\x1E", "ООО")],
    ),
    (
        "escaped",
        || one(vec![serial(GOOD), contains(r"\xD0\x9E\xD0\x9E\xD0\x9E")]),
        &[(0, "openssl-escaped-text", r"\xD0\x9E\xD0\x9E\xD0\x9E", "ООО")],
    ),
    ("cut at a quotation mark", || one(vec![serial(GOOD), common_name("LLC ")]), &[(0, "damaged-name", "LLC ", "LLC")]),
    (
        "one mark",
        || one(vec![serial(GOOD), common_name("LLC \"MILKY")]),
        &[(0, "damaged-name", "LLC \"MILKY", "keep it as a hint")],
    ),
    (
        "authority",
        || one(vec![serial(GOOD), common_name("Example Root CA")]),
        &[(0, "ca-certificate", "Example Root CA", "name a certificate")],
    ),
    (
        "stamper",
        || one(vec![serial(GOOD), contains("Example Time Stamping Signer")]),
        &[(0, "timestamp-certificate", "Example Time Stamping Signer", "remove it")],
    ),
    (
        "shared publisher",
        || one(vec![serial(GOOD), common_name("SignPath Foundation")]),
        &[(0, "shared-publisher", "SignPath Foundation", "add a condition on the file")],
    ),
    (
        "three days by issuer",
        || one(vec![serial(GOOD), with_issuer("Microsoft ID Verified CS EOC CA 01")]),
        &[(0, "short-lived", "Microsoft ID Verified CS EOC CA 01", "match the durable identity")],
    ),
    (
        "three days and durable",
        || {
            one(vec![
                serial(GOOD),
                with_issuer("Microsoft ID Verified CS EOC CA 01"),
                usage("1.3.6.1.4.1.311.97.1.2", false),
            ])
        },
        &[],
    ),
    (
        "three days by validity",
        || {
            let mut indicators = one(vec![serial(GOOD)]);
            indicators[0].metadata.valid_from = Some(Time::from_unix(0));
            indicators[0].metadata.valid_to = Some(Time::from_unix(3 * 86_400));
            indicators
        },
        &[(0, "short-lived", "1970-01-01T00:00:00Z to 1970-01-04T00:00:00Z", "match the durable identity")],
    ),
    (
        "two serials of one certificate",
        || one(vec![serial(GOOD), serial("0102030405060708090b")]),
        &[(0, "contradiction", "serials 0102030405060708090a and 0102030405060708090b", "make alternatives")],
    ),
    (
        "no role",
        || vec![Indicator { scope: Roles::NONE, ..one(vec![serial(GOOD)])[0].clone() }],
        &[(0, "contradiction", "no role", "make alternatives")],
    ),
    (
        "for authorities",
        || vec![Indicator { scope: Roles::NONE.with(Role::Chain), ..one(vec![serial(GOOD)])[0].clone() }],
        &[(0, "ca-certificate", "role chain", "name a certificate")],
    ),
    (
        "twice, written differently",
        || {
            vec![
                indicator("first", vec![vec![serial("c0ffee010203040a"), contains("Example")]]),
                indicator("second", vec![vec![contains("Example"), serial("00C0:FFEE:0102:0304:0a")]]),
                indicator("third", vec![vec![contains("Other"), serial("00C0:FFEE:0102:0304:0a")]]),
            ]
        },
        &[(0, "no-00-pad", "c0ffee010203040a", "00c0ffee010203040a"), (1, "duplicate", "first", "remove it")],
    ),
    (
        "one certificate under two serials",
        || {
            let of = |id: &str, text: &str| indicator(id, vec![vec![serial(text)], vec![hash(HashOf::Tbs, 32, 1)]]);
            vec![of("first", GOOD), of("second", "0102030405060708090b"), of("third", GOOD)]
        },
        &[
            (
                0,
                "one-tbs-two-serials",
                "0101010101010101010101010101010101010101010101010101010101010101 under the serials 0102030405060708090a and 0102030405060708090b",
                "",
            ),
            (
                1,
                "one-tbs-two-serials",
                "0101010101010101010101010101010101010101010101010101010101010101 under the serials 0102030405060708090a and 0102030405060708090b",
                "",
            ),
            (2, "duplicate", "first", "remove it"),
        ],
    ),
    (
        "one serial under two certificates",
        || {
            let of = |id: &str, octet, issuer: &str| {
                indicator(id, vec![vec![serial(GOOD), with_issuer(issuer), hash(HashOf::Tbs, 16, octet)]])
            };
            vec![of("first", 1, "A"), of("second", 2, " a "), of("third", 3, "B")]
        },
        &[
            (
                0,
                "one-serial-two-tbs",
                "0102030405060708090a under the hashes 01010101010101010101010101010101 and 02020202020202020202020202020202",
                "",
            ),
            (1, "damaged-name", " a ", "a"),
            (
                1,
                "one-serial-two-tbs",
                "0102030405060708090a under the hashes 01010101010101010101010101010101 and 02020202020202020202020202020202",
                "",
            ),
        ],
    ),
    (
        "what importers note",
        || {
            let mut indicators = one(vec![serial(GOOD)]);
            let note = |cause, detail: &'static str| Note::new(cause, detail);
            indicators[0].metadata.notes = vec![
                note(Cause::ThumbprintSpelling, "D4:1D:8C:D9:8F:00:B2:04:E9:80:09:98:EC:F8:42:7E"),
                note(Cause::MisplacedHash, "d41d8cd98f00b204e9800998ecf8427e"),
                note(Cause::RawUtf8Text, "ООО"),
                note(Cause::ContextLost, "pe.timestamp"),
                note(Cause::NotAuthenticode, "Apple"),
            ];
            indicators
        },
        &[
            (
                0,
                "thumbprint-spelling",
                "D4:1D:8C:D9:8F:00:B2:04:E9:80:09:98:EC:F8:42:7E",
                "d41d8cd98f00b204e9800998ecf8427e",
            ),
            (0, "misplaced-hash", "d41d8cd98f00b204e9800998ecf8427e", "md5 d41d8cd98f00b204e9800998ecf8427e"),
            (0, "raw-utf8-text", "ООО", r"\xD0\x9E\xD0\x9E\xD0\x9E"),
            (0, "context-lost", "pe.timestamp", ""),
            (0, "not-authenticode", "Apple", "remove it"),
        ],
    ),
];

#[test]
fn findings() {
    for (row, indicators, expected) in ROWS {
        let findings = lint(&indicators());
        let told: Vec<_> =
            findings.iter().map(|finding| (finding.indicator, finding.cause.as_str(), &*finding.detail)).collect();
        let wanted: Vec<_> = expected.iter().map(|(position, cause, detail, _)| (*position, *cause, *detail)).collect();
        assert_eq!(told, wanted, "{row}");
        for (finding, (.., repair)) in findings.iter().zip(*expected) {
            assert!(finding.repair.as_deref().unwrap_or_default().starts_with(repair), "{row}: {finding:?}");
            assert_eq!(finding.repair.is_none(), repair.is_empty(), "{row}: {finding:?}");
        }
    }
}

/// A name is told as too long by what YARA 4 shows of it, where a letter beyond ASCII takes eight characters or more.
#[test]
fn overlong_names() {
    for (text, expected) in
        [("a".repeat(255), false), ("a".repeat(256), true), ("é".repeat(31), false), ("é".repeat(32), true)]
    {
        let findings = lint(&one(vec![serial(GOOD), contains(&text)]));
        assert_eq!(findings.iter().any(|finding| finding.cause == Cause::OverlongText), expected, "{text}");
    }
}

/// Ten times the indicators take about ten times as long, and not a hundred times: a million would take an hour.
#[test]
fn many_that_look_alike() {
    let many: Vec<Indicator> = (0..100_000_u32)
        .map(|number| {
            let tbs = hash(HashOf::Tbs, 32, number.to_be_bytes()[3]);
            indicator("same", vec![vec![serial(GOOD), contains("Example Trading"), tbs]])
        })
        .collect();
    let started = std::time::Instant::now();
    let findings = lint(&many);
    assert!(findings.len() > 100_000);
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}
