//! The published data, all of it: `CERTSIFT_INDICATORS` names its folder; without one these are skipped, unless
//! `CERTSIFT_REQUIRE_CORPUS` is set.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use certsift::{
    Candidate, Cause, Condition, Format, HashOf, HashValue, Import, Indicator, IndicatorTable, NameField, Role,
    SerialBuf, Severity, TextMode, import_indicators,
};
use serde_json::Value;

use super::{shared_data, text};

const BLOCKLIST: &str = "cscb_2022-06-17.csv";
const RULES: &str = "published_rules.jsonl";
const DRIVERS: &str = "loldrivers.jsonl";
/// Rows of the blocklist.
const ROWS: usize = 304;
/// Certificates of drivers, and those that neither serial nor hash names.
const CERTIFICATES: usize = 698;
const NAMELESS: usize = 15;
/// Pairs of a row of the blocklist and a published rule that name one serial: of them 410 write it alike.
const JOINED_PAIRS: usize = 477;

fn folder() -> Option<PathBuf> {
    shared_data::folder("CERTSIFT_INDICATORS", "indicators")
}

fn read(folder: &Path, name: &str) -> Import {
    import_indicators(name, &fs::read(folder.join(name)).unwrap())
}

fn json_lines(folder: &Path, name: &str) -> Vec<Value> {
    let text = fs::read_to_string(folder.join(name)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_blocklist_is_what_is_built_in() {
    let Some(folder) = folder() else { return };
    let import = read(&folder, BLOCKLIST);
    assert_eq!(import.format, Some(Format::Cscb));
    assert_eq!(import.indicators.len(), ROWS);
    assert!(import.errors.is_empty() && import.refused.is_empty(), "{:?} {:?}", import.errors, import.refused);
    // The rows follow ten lines of comments and end before the last.
    assert_eq!(import.lines, (10..).take(ROWS).collect::<Vec<u64>>());
    let table = IndicatorTable::builtin();
    let built_in: HashMap<String, Indicator> = table
        .indicators()
        .filter(|one| one.metadata.id.starts_with("cscb:"))
        .map(|one| (one.metadata.id.to_string(), one))
        .collect();
    assert_eq!(built_in.len(), ROWS);
    for indicator in &import.indicators {
        let (mine, theirs) = (&indicator.metadata, &built_in[indicator.metadata.id.as_ref()]);
        assert_eq!(sides(indicator), sides(theirs), "{}", mine.id);
        let theirs = &theirs.metadata;
        assert_eq!((&mine.family, &mine.date, &mine.source), (&theirs.family, &theirs.date, &theirs.source));
        assert_eq!((&mine.reference, mine.severity), (&theirs.reference, theirs.severity), "{}", mine.id);
        assert_eq!((&mine.category, &mine.attack), (&theirs.category, &theirs.attack), "{}", mine.id);
        assert!(mine.valid_from < mine.valid_to && mine.valid_from.is_some(), "{}", mine.id);
    }
    let notes = import.indicators.iter().flat_map(|one| &one.metadata.notes);
    let damaged: Vec<&str> =
        notes.filter(|note| note.cause == Cause::DamagedName).map(|note| note.detail.as_ref()).collect();
    // Cut at a quotation mark and at brackets (the issuer's name goes on with `(SHA2)`); one of which only the marks are damaged.
    let named = |name: &str| damaged.iter().filter(|one| **one == name).count();
    assert_eq!([named("LLC "), named("DigiCert EV Code Signing CA "), named("SIA \"MWorx\"")], [1, 8, 1]);
    assert_eq!(damaged.len(), 10);
}

/// The alternatives as text.
fn sides(indicator: &Indicator) -> Vec<Vec<String>> {
    indicator.alternatives.iter().map(|one| one.iter().map(text::condition).collect()).collect()
}

#[test]
fn every_row_of_the_blocklist_matches_and_no_neighbour_of_it() {
    let Some(folder) = folder() else { return };
    let import = read(&folder, BLOCKLIST);
    let table = IndicatorTable::new(import.indicators.clone()).unwrap();
    for indicator in &import.indicators {
        for conditions in &indicator.alternatives {
            let id = indicator.metadata.id.as_ref();
            assert!(is_matched(&table, conditions, 0, id), "{conditions:?}");
            assert!(!is_matched(&table, conditions, 1, id), "one bit changed: {conditions:?}");
        }
    }
}

/// Whether a signer with what the conditions ask for is matched by `id`; `flip` is put over the last octet of a serial or hash.
fn is_matched(table: &IndicatorTable, conditions: &[Condition], flip: u8, id: &str) -> bool {
    let flipped = |octets: &[u8]| {
        let mut octets = octets.to_vec();
        *octets.last_mut().unwrap() ^= flip;
        octets
    };
    let serial = conditions.iter().find_map(|condition| match condition {
        Condition::Serial(serial) => Some(SerialBuf::from_bytes(&flipped(serial.as_serial().as_bytes()))),
        _ => None,
    });
    [Role::Signer, Role::Chain, Role::TimestampSigner].into_iter().any(|role| {
        let mut candidate = Candidate::new(role);
        if let Some(serial) = &serial {
            candidate = candidate.serial(serial.as_serial());
        }
        for condition in conditions {
            candidate = match condition {
                Condition::Hash(of, value) => candidate.hash(*of, HashValue::new(&flipped(value.as_bytes())).unwrap()),
                Condition::Subject(test) => candidate.subject_text(test.field, test.value.as_ref()),
                Condition::Issuer(test) => candidate.issuer_text(test.field, test.value.as_ref()),
                Condition::Serial(_) => candidate,
                other => panic!("not in this feed: {other:?}"),
            };
        }
        table.matches(&candidate).iter().any(|found| found.indicator.metadata.id == id)
    })
}

#[test]
fn the_blocklist_and_the_rules_meet_at_every_serial_they_share() {
    let Some(folder) = folder() else { return };
    // The obvious way, over the texts as they were published.
    let plain = |serial: &str| serial.to_lowercase().replace(':', "").trim_start_matches('0').to_owned();
    let blocklist = fs::read_to_string(folder.join(BLOCKLIST)).unwrap();
    let rows: Vec<String> = blocklist.lines().filter_map(|line| line.split("\", \"").nth(1)).map(plain).collect();
    let rules: Vec<Vec<String>> =
        json_lines(&folder, RULES).iter().map(|rule| serials(rule).map(plain).collect()).collect();
    let obvious = rows.iter().map(|row| rules.iter().filter(|rule| rule.contains(row)).count()).sum::<usize>();
    assert_eq!((rows.len(), obvious), (ROWS, JOINED_PAIRS));

    let import = read(&folder, BLOCKLIST);
    let rules: Vec<Vec<SerialBuf>> = json_lines(&folder, RULES)
        .iter()
        .map(|rule| serials(rule).map(|serial| SerialBuf::parse_hex(serial).unwrap()).collect())
        .collect();
    let listed = import.indicators.iter().flat_map(|one| one.alternatives.iter().flatten()).filter_map(|condition| {
        match condition {
            Condition::Serial(serial) => Some(serial),
            _ => None,
        }
    });
    let names = |rule: &[SerialBuf], serial: &SerialBuf| rule.iter().any(|one| one.as_serial() == serial.as_serial());
    let joined = listed.map(|serial| rules.iter().filter(|rule| names(rule, serial)).count()).sum::<usize>();
    assert_eq!(joined, JOINED_PAIRS);
}

fn serials(rule: &Value) -> impl Iterator<Item = &str> {
    let alternatives = rule["alternatives"].as_array().into_iter().flatten();
    alternatives.flat_map(|one| one["serial_raw"].as_array().into_iter().flatten()).filter_map(Value::as_str)
}

#[test]
fn every_certificate_of_a_driver_matches_by_each_of_its_hashes_and_its_serial() {
    let Some(folder) = folder() else { return };
    let import = read(&folder, DRIVERS);
    assert_eq!(import.format, Some(Format::LolDrivers));
    assert!(import.errors.is_empty(), "{:?}", import.errors);
    assert_eq!((import.indicators.len(), import.refused.len()), (CERTIFICATES - NAMELESS, NAMELESS));
    let rows = json_lines(&folder, DRIVERS);
    assert_eq!(rows.len(), CERTIFICATES);
    let table = IndicatorTable::new(import.indicators.clone()).unwrap();
    let mut tried = [0; 2];
    for (indicator, line) in import.indicators.iter().zip(&import.lines) {
        let row = &rows[usize::try_from(*line).unwrap() - 1];
        let role = match row["role"].as_str().unwrap() {
            "ca" => Role::Chain,
            "timestamp" => Role::TimestampChain,
            _ => Role::Signer,
        };
        let id = indicator.metadata.id.as_ref();
        let is_found =
            |candidate: &Candidate<'_>| table.matches(candidate).iter().any(|found| found.indicator.metadata.id == id);
        for key in ["tbs_md5", "tbs_sha1", "tbs_sha256", "tbs_sha384"] {
            let value = HashValue::parse_hex(row[key].as_str().unwrap()).unwrap();
            assert!(is_found(&Candidate::new(role).hash(HashOf::Tbs, value)), "{row}");
            let elsewhere = if role == Role::Signer { Role::Chain } else { Role::Signer };
            assert!(!is_found(&Candidate::new(elsewhere).hash(HashOf::Tbs, value)), "{row}");
            tried[0] += 1;
        }
        let serial = SerialBuf::parse_hex(row["serial"].as_str().unwrap()).unwrap();
        if let Some(issuer) = row["issuer"].as_str() {
            // What the certificate really says: a dash wherever the source may have lost one.
            let common_name = issuer.rsplit("CN=").next().unwrap();
            for name in [common_name.to_owned(), common_name.replace(" ,", " -").replace(',', "-")] {
                let candidate = Candidate::new(role).serial(serial.as_serial()).issuer_common_name(name);
                assert!(is_found(&candidate), "{row}");
                tried[1] += 1;
            }
            let other = Candidate::new(role).serial(serial.as_serial()).issuer_common_name("Somebody Else CA");
            assert!(!is_found(&other), "{row}");
        }
    }
    assert_eq!(tried, [4 * (CERTIFICATES - NAMELESS), 2 * 517]);
}

#[test]
fn certificates_of_drivers_carry_their_cautions_and_are_no_accusation() {
    const CAUTIONS: [(&str, Cause); 6] = [
        ("ca", Cause::CertificateAuthority),
        ("timestamp", Cause::TimestampAuthority),
        ("shared-microsoft-publisher", Cause::SharedPublisher),
        ("legitimate-vendor-vulnerable-driver", Cause::LegitimateVendor),
        ("subject-text-lossy(dash->comma)", Cause::DamagedName),
        ("negative-serial(no 00 pad)", Cause::MissingSignOctet),
    ];
    let Some(folder) = folder() else { return };
    let import = read(&folder, DRIVERS);
    let rows = json_lines(&folder, DRIVERS);
    for (indicator, line) in import.indicators.iter().zip(&import.lines) {
        let row = &rows[usize::try_from(*line).unwrap() - 1];
        let told: Vec<&str> = row["caution"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let has = |cause: Cause| indicator.metadata.notes.iter().any(|note| note.cause == cause);
        for (name, cause) in CAUTIONS {
            assert_eq!(told.contains(&name), has(cause), "{row}");
        }
        let is_dangerous = CAUTIONS.iter().take(4).any(|(_, cause)| has(*cause));
        assert_eq!(indicator.metadata.severity == Some(Severity::Informational), is_dangerous, "{row}");
        for condition in indicator.alternatives.iter().flatten() {
            match condition {
                Condition::Issuer(test) => {
                    assert_eq!((test.field, test.mode), (NameField::CommonName, TextMode::Contains), "{row}");
                    assert!(!test.value.contains(','), "{row}");
                }
                Condition::Hash(HashOf::Tbs, _) | Condition::Serial(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn the_sample_bundle_is_one_indicator() {
    let Some(folder) = shared_data::folder("CERTSIFT_SAMPLES", "samples") else { return };
    let import = read(&folder, "stix_bundle.json");
    assert_eq!((import.indicators.len(), import.errors.len(), import.refused.len()), (1, 0, 1));
    assert_eq!(import.lines, [14]);
    let table = IndicatorTable::new(import.indicators).unwrap();
    let serial = SerialBuf::parse_hex("452156c3b3fb0176365bdb5b7715bc4c").unwrap();
    let signer = Candidate::new(Role::Signer).serial(serial.as_serial());
    assert_eq!(table.matches(&signer.clone().organization("CallTogether, Inc.")).len(), 1);
    assert_eq!(table.matches(&signer.organization("CallTogether Inc.")).len(), 0);
}
