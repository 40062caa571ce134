//! The built-in table holds the published facts it was made of, all of them and nothing else, and each of them matches.
//!
//! `CERTSIFT_INDICATORS` names the folder of facts; without one those tests are skipped, unless `CERTSIFT_REQUIRE_CORPUS` is set.
#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::indexing_slicing, reason = "a test may panic")]

#[path = "corpus/shared_data.rs"]
mod shared_data;

use certsift::{
    Candidate, Condition, HashOf, HashValue, Indicator, IndicatorTable, NameField, NameTest, Role, SerialBuf, Severity,
    TextMode,
};

const SEED_ID: &str = "callTogether_certificate";
const SEED_SERIAL: &str = "452156c3b3fb0176365bdb5b7715bc4c";
const SEED_ORGANIZATION: &str = "CallTogether, Inc.";
const SEED_REFERENCE: &str = "https://www.fireeye.com/blog/threat-research/2014/11/\
     operation-poisoned-handover-unveiling-ties-between-apt-activity-in-hong-kongs-pro-democracy-movement.html";

#[test]
fn the_seed_indicator_is_the_published_rule() {
    let table = IndicatorTable::builtin();
    let seed = table.indicators().find(|one| one.metadata.id == SEED_ID).expect("the seed indicator");
    let metadata = &seed.metadata;
    assert_eq!(metadata.source.as_deref(), Some("FireEye Labs"));
    assert_eq!(metadata.date.as_deref(), Some("2014-11-03"));
    assert_eq!(metadata.reference.as_deref(), Some(SEED_REFERENCE));
    assert_eq!(metadata.severity, Some(Severity::High));
    assert_eq!(alternatives(&seed), [[format!("serial {SEED_SERIAL}"), organization(SEED_ORGANIZATION)]]);
}

#[test]
fn the_seed_indicator_needs_serial_and_organization() {
    let other_serial = "452156c3b3fb0176365bdb5b7715bc4d";
    let cases: &[(&str, Option<&str>, Option<&str>, bool)] = &[
        ("both", Some(SEED_SERIAL), Some(SEED_ORGANIZATION), true),
        ("serial alone", Some(SEED_SERIAL), None, false),
        ("organization alone", None, Some(SEED_ORGANIZATION), false),
        ("another serial", Some(other_serial), Some(SEED_ORGANIZATION), false),
        ("another organization", Some(SEED_SERIAL), Some("Example, Inc."), false),
        ("a longer organization", Some(SEED_SERIAL), Some("Not CallTogether, Inc."), false),
        ("another letter case", Some(SEED_SERIAL), Some("CALLTOGETHER, INC."), false),
    ];
    let table = IndicatorTable::builtin();
    for (name, serial, organization, expected) in cases {
        let serial = serial.map(|serial| SerialBuf::parse_hex(serial).unwrap());
        let mut candidate = Candidate::new(Role::Signer);
        if let Some(serial) = &serial {
            candidate = candidate.serial(serial.as_serial());
        }
        if let Some(organization) = organization {
            candidate = candidate.organization(*organization);
        }
        assert_eq!(matches(&table, &candidate, SEED_ID), *expected, "{name}");
    }
}

/// Whether an indicator of this name matches.
fn matches(table: &IndicatorTable, candidate: &Candidate<'_>, id: &str) -> bool {
    table.matches(candidate).iter().any(|found| found.indicator.metadata.id == id)
}

/// The conditions of an indicator as text, sorted within each alternative.
fn alternatives(indicator: &Indicator) -> Vec<Vec<String>> {
    let alternatives = indicator.alternatives.iter();
    alternatives.map(|conditions| sorted(conditions.iter().map(condition).collect())).collect()
}

fn condition(condition: &Condition) -> String {
    match condition {
        Condition::Serial(serial) => format!("serial {}", serial.as_serial()),
        Condition::Hash(HashOf::Certificate, hash) => format!("{} {hash}", hash.algorithm()),
        Condition::Subject(test) => format!("subject {}", name_test(test)),
        Condition::Issuer(test) => format!("issuer {}", name_test(test)),
        other => panic!("a condition that the facts do not have: {other:?}"),
    }
}

fn name_test(test: &NameTest) -> String {
    let text = &test.value;
    match (test.field, test.mode) {
        (NameField::Any, TextMode::Contains) => format!("contains {text}"),
        (NameField::CommonName, TextMode::Exact) => format!("CN is {text}"),
        (NameField::Organization, TextMode::Exact) => format!("O is {text}"),
        other => panic!("a test that the facts do not have: {other:?}"),
    }
}

fn organization(text: &str) -> String {
    format!("subject O is {text}")
}

fn sorted<T: Ord>(mut list: Vec<T>) -> Vec<T> {
    list.sort();
    list
}

/// The compiled-in table is what the crate's own importers read from the lists in `data/`.
#[cfg(feature = "import")]
#[test]
fn the_table_is_made_of_its_sources() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut indicators = Vec::new();
    for list in ["published_rules.jsonl", "cscb_2022-06-17.csv"] {
        let import = certsift::import_indicators(list, &std::fs::read(root.join("data").join(list)).unwrap());
        assert!(import.errors.is_empty() && import.refused.is_empty(), "{:?} {:?}", import.errors, import.refused);
        indicators.extend(import.indicators);
    }
    let table = IndicatorTable::new(indicators).unwrap();
    assert_eq!(table.weak().count(), 0, "an entry that can never match");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(root.join("src/indicators/builtin.table"), table.as_bytes()).unwrap();
    } else {
        let message = "data/ has changed: UPDATE=1 cargo test --test builtin, then build again";
        assert!(table.as_bytes() == IndicatorTable::builtin().as_bytes(), "{message}");
    }
}

/// The facts as they were published, read here without the script that made the table.
mod published {
    use std::fs;
    use std::path::{Path, PathBuf};

    use serde_json::Value;

    use super::*;

    const RULES: &str = "published_rules.jsonl";
    const BLOCKLIST: &str = "cscb_2022-06-17.csv";
    /// How many differences are printed.
    const MAX_LISTED: usize = 40;

    /// One indicator, as the table should have it.
    #[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
    struct Expected {
        id: String,
        source: String,
        family: Option<String>,
        date: Option<String>,
        not_after_at_least: Option<i64>,
        alternatives: Vec<Vec<String>>,
    }

    #[test]
    fn the_table_is_the_facts_and_the_seed() {
        let Some(folder) = folder() else { return };
        let facts =
            rules(&folder).iter().filter(|rule| names_a_certificate(rule)).map(expected_rule).collect::<Vec<_>>();
        let facts = sorted(facts.into_iter().chain(blocklist(&folder).iter().map(Row::expected)).collect());
        let table = IndicatorTable::builtin();
        let built_in = table.indicators().filter(|one| one.metadata.id != SEED_ID).map(|one| as_built(&one)).collect();
        let built_in: Vec<Expected> = sorted(built_in);
        let missing = facts.iter().filter(|one| built_in.binary_search(one).is_err()).map(|one| ("missing", one));
        let extra = built_in.iter().filter(|one| facts.binary_search(one).is_err()).map(|one| ("not a fact", one));
        let differences: Vec<_> = missing.chain(extra).collect();
        let listed: Vec<_> =
            differences.iter().take(MAX_LISTED).map(|(what, one)| format!("{what}: {one:?}")).collect();
        assert!(listed.is_empty(), "{} differences, the first:\n{}", differences.len(), listed.join("\n"));
        assert_eq!(built_in.len(), facts.len(), "an indicator is there twice");
        assert_eq!(table.len(), facts.len() + 1, "the seed, once");
    }

    #[test]
    fn every_alternative_of_every_rule_matches() {
        let Some(folder) = folder() else { return };
        let table = IndicatorTable::builtin();
        let mut tried = 0;
        for rule in rules(&folder).iter().filter(|rule| names_a_certificate(rule)) {
            let id = text(&rule["rule"]);
            for alternative in list(&rule["alternatives"]) {
                for serial in list(&alternative["serial"]).iter().chain(list(&alternative["serial_raw"])) {
                    let serial = SerialBuf::parse_hex(text(serial)).unwrap();
                    let mut candidate = Candidate::new(Role::Signer).serial(serial.as_serial());
                    for value in list(&alternative["subject_contains"]) {
                        candidate = candidate.organization(text(value));
                    }
                    for value in list(&alternative["issuer_contains"]) {
                        candidate = candidate.issuer_common_name(text(value));
                    }
                    assert!(matches(&table, &candidate, id), "{id} does not match {alternative}");
                    tried += 1;
                }
            }
        }
        assert!(tried > 0, "no rule has a serial");
    }

    #[test]
    fn every_row_of_the_blocklist_matches_by_hash_and_by_serial() {
        let Some(folder) = folder() else { return };
        let table = IndicatorTable::builtin();
        for row in blocklist(&folder) {
            let Expected { id, .. } = row.expected();
            let serial = SerialBuf::parse_hex(&row.serial).unwrap();
            let by_serial = Candidate::new(Role::Signer).serial(serial.as_serial()).common_name(row.subject.as_str());
            assert!(matches(&table, &by_serial, &id), "{id} by its serial");
            let hash = HashValue::parse_hex(&row.sha256).unwrap();
            let by_hash = Candidate::new(Role::Signer).hash(HashOf::Certificate, hash);
            assert!(matches(&table, &by_hash, &id), "{id} by its hash");
        }
    }

    fn folder() -> Option<PathBuf> {
        shared_data::folder("CERTSIFT_INDICATORS", "indicators")
    }

    fn read(folder: &Path, name: &str) -> String {
        let path = folder.join(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    fn rules(folder: &Path) -> Vec<Value> {
        let rules: Vec<Value> = read(folder, RULES).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(!rules.is_empty(), "{RULES} is empty");
        rules
    }

    /// Whether a rule says more than names: what the table is made of.
    fn names_a_certificate(rule: &Value) -> bool {
        !list(&rule["serials"]).is_empty() || !list(&rule["thumbprints"]).is_empty()
    }

    fn expected_rule(rule: &Value) -> Expected {
        let source = match text(&rule["source"]).split_once('/').expect("a repository").0 {
            "reversinglabs" => "ReversingLabs YARA rules",
            "ditekshen" => "ditekshen detection rules",
            other => panic!("a publisher that is not known here: {other}"),
        };
        let alternatives = list(&rule["alternatives"]);
        Expected {
            id: text(&rule["rule"]).to_owned(),
            source: source.to_owned(),
            family: None,
            date: rule["date"].as_str().map(str::to_owned),
            not_after_at_least: alternatives
                .iter()
                .flat_map(|alternative| list(&alternative["not_after >="]))
                .filter_map(Value::as_i64)
                .min(),
            alternatives: alternatives.iter().map(expected_alternative).collect(),
        }
    }

    fn expected_alternative(alternative: &Value) -> Vec<String> {
        const KEYS: [(&str, &str); 3] =
            [("serial", "serial"), ("subject_contains", "subject contains"), ("issuer_contains", "issuer contains")];
        let conditions = KEYS.iter().flat_map(|(key, condition)| {
            list(&alternative[key]).iter().map(move |value| format!("{condition} {}", text(value)))
        });
        sorted(conditions.collect())
    }

    fn as_built(indicator: &Indicator) -> Expected {
        let metadata = &indicator.metadata;
        Expected {
            id: metadata.id.to_string(),
            source: metadata.source.as_deref().unwrap_or_default().to_owned(),
            family: metadata.family.as_deref().map(str::to_owned),
            date: metadata.date.as_deref().map(str::to_owned),
            not_after_at_least: metadata.not_after_at_least,
            alternatives: alternatives(indicator),
        }
    }

    /// The elements of an array; none where there is no array.
    fn list(value: &Value) -> &[Value] {
        value.as_array().map_or(&[], Vec::as_slice)
    }

    fn text(value: &Value) -> &str {
        value.as_str().unwrap_or_else(|| panic!("not a text: {value}"))
    }

    /// One row of the blocklist.
    struct Row {
        time: String,
        serial: String,
        sha256: String,
        subject: String,
        reason: String,
    }

    impl Row {
        /// The hash, or the serial; a serial that thousands of certificates have, together with the name it was published with.
        fn expected(&self) -> Expected {
            let serial = SerialBuf::parse_hex(&self.serial).unwrap();
            let mut by_serial = vec![format!("serial {}", serial.as_serial())];
            if serial.as_serial().is_weak() {
                by_serial.push(format!("subject CN is {}", self.subject));
            }
            Expected {
                id: format!("cscb:{}", self.serial.to_lowercase()),
                source: "abuse.ch CSCB 2022-06-17".to_owned(),
                family: Some(self.reason.clone()),
                date: self.time.split_once(' ').map(|(day, _)| day.to_owned()),
                not_after_at_least: None,
                alternatives: vec![vec![format!("sha256 {}", self.sha256.to_lowercase())], by_serial],
            }
        }
    }

    fn blocklist(folder: &Path) -> Vec<Row> {
        const HEADER: &str = "# \"time_stamp_utc\"";
        const ENTRIES: &str = "# Number of entries: ";
        let text = read(folder, BLOCKLIST);
        let header = text.lines().find(|line| line.starts_with(HEADER)).expect("a header");
        let columns = csv_fields(header.trim_start_matches("# "));
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let rows: Vec<Row> = lines
            .map(|line| {
                let fields = csv_fields(line);
                assert_eq!(fields.len(), columns.len(), "{line}");
                let cell = |name: &str| fields[columns.iter().position(|column| column == name).unwrap()].clone();
                assert_eq!(cell("thumbprint_algorithm"), "SHA256", "{line}");
                Row {
                    time: cell("time_stamp_utc"),
                    serial: cell("serial_number"),
                    sha256: cell("thumbprint"),
                    subject: cell("subject_cn"),
                    reason: cell("Reason"),
                }
            })
            .collect();
        let stated = text.lines().find_map(|line| line.strip_prefix(ENTRIES)).expect("the number of entries");
        assert_eq!(stated.parse(), Ok(rows.len()), "the number of entries that the feed states");
        assert!(!rows.is_empty(), "{BLOCKLIST} is empty");
        rows
    }

    /// The fields of a line: quoted, separated by commas and blanks. A quote in a field is doubled, or, as the feed has it, not.
    fn csv_fields(line: &str) -> Vec<String> {
        let quoted = line.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let inside = quoted.unwrap_or_else(|| panic!("not in quotes: {line}"));
        let inside = inside.replace("\", \"", "\",\"");
        inside.split("\",\"").map(|field| field.replace("\"\"", "\"")).collect()
    }

    #[test]
    fn csv_fields_as_the_feed_writes_them() {
        let cases: &[(&str, &[&str])] = &[
            (r#""a", "b""#, &["a", "b"]),
            (r#""a","b, c""#, &["a", "b, c"]),
            (r#""say ""hi""", """#, &[r#"say "hi""#, ""]),
            (r#""SIA "MWorx"", "x""#, &[r#"SIA "MWorx""#, "x"]),
        ];
        for (line, expected) in cases {
            assert_eq!(csv_fields(line), *expected, "{line}");
        }
    }
}
