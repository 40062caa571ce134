//! How a match is decided: one row a rule, an indicator against a certificate identity that comes from no file.

#![cfg(all(feature = "import", feature = "fold"))]
#![expect(clippy::unwrap_used, reason = "a test that cannot build its table must stop")]

use certsift::{
    Candidate, Condition, HashOf, HashValue, Indicator, IndicatorTable, Match, NameField, NameTest, OidBuf, Role,
    Roles, SerialBuf, TextMode, UsageTest, import_indicators,
};

/// A certificate identity: role, serial as hex, organization, common name.
type Identity = (Role, &'static str, &'static str, &'static str);

fn matches(table: &IndicatorTable, (role, serial, organization, common_name): Identity) -> Vec<Match> {
    let serial = SerialBuf::parse_hex(serial).unwrap();
    let candidate = Candidate::new(role).serial(serial.as_serial()).organization(organization).common_name(common_name);
    table.all_matches(&candidate)
}

/// What a match says in short: strength, how the serial was written, and how each field was compared.
fn verdict(found: &Match) -> String {
    let compares: Vec<&str> = found.fields.iter().map(|field| field.compare.as_str()).collect();
    let serial = found.serial_match.map_or("no serial", certsift::SerialMatch::as_str);
    format!("{}, {serial}, {}", found.strength.as_str(), compares.join("+"))
}

const SIGNER: Role = Role::Signer;
const SERIAL: &str = "00b5f30102030405060708090a0b0c0d0e";

#[test]
fn rows_of_csv_against_one_certificate() {
    let name = ("Example Trading LLC", "Example Trading LLC");
    let as_signer = |serial: &'static str| (SIGNER, serial, name.0, name.1);
    let cases: &[(&str, &str, Identity, &[&str])] = &[
        (
            "the same octets",
            "serial\n00b5f30102030405060708090a0b0c0d0e",
            as_signer(SERIAL),
            &["serial, exact, canonical"],
        ),
        (
            "a lost sign octet",
            "serial\nB5:F3:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E",
            as_signer(SERIAL),
            &["serial, sign_folded, canonical"],
        ),
        (
            "an odd number of digits",
            "serial\nf3010203040506070",
            as_signer("0f3010203040506070"),
            &["serial, exact, canonical"],
        ),
        (
            "a printed sign",
            "serial\n-4a0cfefdfcfbfaf9f8f7f6f5f4f3f2f2",
            as_signer(SERIAL),
            &["serial, sign_folded, canonical"],
        ),
        ("another serial", "serial\nb5f30102030405060708090a0b0c0d0f", as_signer(SERIAL), &[]),
        ("a longer serial", "serial\nb5f30102030405060708090a0b0c0d0e0f", as_signer(SERIAL), &[]),
        ("a weak serial alone", "serial\n01", as_signer("01"), &[]),
        (
            "a weak serial of repeated octets",
            "serial\n11111111111111111111111111111111",
            as_signer("11111111111111111111111111111111"),
            &[],
        ),
        (
            "a weak serial with a name",
            "serial,organization\n01,Example Trading LLC",
            as_signer("01"),
            &["serial_and_name, exact, canonical+exact"],
        ),
        (
            "a weak serial with a similar name",
            "serial,organization\n01,EXAMPLE TRADING",
            as_signer("01"),
            &["name, exact, canonical+organization_folded"],
        ),
        (
            "serial and organization",
            "serial,organization\nb5f30102030405060708090a0b0c0d0e,Example Trading LLC",
            as_signer(SERIAL),
            &["serial_and_name, sign_folded, canonical+exact"],
        ),
        (
            "serial and another organization",
            "serial,organization\nb5f30102030405060708090a0b0c0d0e,Other",
            as_signer(SERIAL),
            &[],
        ),
        (
            "serial and a name in other letters",
            "serial,organization\nb5f30102030405060708090a0b0c0d0e,example  TRADING llc",
            as_signer(SERIAL),
            &["serial, sign_folded, canonical+exact_folded"],
        ),
        ("a name alone", "organization\nExample Trading LLC", as_signer(SERIAL), &["name, no serial, exact"]),
        (
            "a name alone without its legal form",
            "organization\n\"Example Trading, Ltd.\"",
            as_signer(SERIAL),
            &["name, no serial, organization_folded"],
        ),
        (
            "any attribute of the subject",
            "subject\nExample Trading LLC",
            as_signer(SERIAL),
            &["name, no serial, exact"],
        ),
        ("a part of a name is no name", "organization\nExample", as_signer(SERIAL), &[]),
        ("a text cut at a NUL", "organization\nGood Corp", (SIGNER, SERIAL, "Good Corp\0.evil", "x"), &[]),
        ("an authority", "serial\nb5f30102030405060708090a0b0c0d0e", (Role::Chain, SERIAL, name.0, name.1), &[]),
        (
            "a timestamp's signer",
            "serial\nb5f30102030405060708090a0b0c0d0e",
            (Role::TimestampSigner, SERIAL, name.0, name.1),
            &[],
        ),
        (
            "a certificate nobody uses",
            "serial\nb5f30102030405060708090a0b0c0d0e",
            (Role::Unused, SERIAL, name.0, name.1),
            &[],
        ),
        (
            "a signer that is only named",
            "serial\nb5f30102030405060708090a0b0c0d0e",
            (Role::NamedOnly, SERIAL, "", ""),
            &["serial, sign_folded, canonical"],
        ),
        (
            "any role when it is asked for",
            "serial,role\nb5f30102030405060708090a0b0c0d0e,any",
            (Role::Unused, SERIAL, name.0, name.1),
            &["serial, sign_folded, canonical"],
        ),
        ("two roles", "serial,role\nb5f30102030405060708090a0b0c0d0e,chain unused", as_signer(SERIAL), &[]),
    ];
    for (rule, csv, identity, expected) in cases {
        let import = import_indicators("list", csv.as_bytes());
        assert_eq!(import.errors, [], "{rule}");
        let table = IndicatorTable::new(import.indicators).unwrap();
        let verdicts: Vec<String> = matches(&table, *identity).iter().map(verdict).collect();
        assert_eq!(verdicts, *expected, "{rule}");
    }
}

/// An indicator with alternatives of subject tests and serials.
fn indicator(alternatives: Vec<Vec<Condition>>) -> Indicator {
    Indicator { scope: Roles::SIGNERS, alternatives, ..Indicator::default() }
}

fn subject(mode: TextMode, value: &'static str) -> Condition {
    Condition::Subject(NameTest::new(NameField::Any, mode, value))
}

fn serial(text: &str) -> Condition {
    Condition::Serial(SerialBuf::parse_hex(text).unwrap())
}

#[test]
fn parts_of_names_and_alternatives() {
    let certificate = (SIGNER, SERIAL, "Example Trading LLC", "www.example.com");
    let cases = [
        ("contained", vec![vec![subject(TextMode::Contains, "ple Tra")]], "name, no serial, contains"),
        (
            "contained in another attribute",
            vec![vec![subject(TextMode::Contains, "www.")]],
            "name, no serial, contains",
        ),
        (
            "contained in other letters",
            vec![vec![subject(TextMode::Contains, "PLE TRA")]],
            "name, no serial, contains_folded",
        ),
        ("at the start", vec![vec![subject(TextMode::Prefix, "Example T")]], "name, no serial, prefix"),
        ("not at the start", vec![vec![subject(TextMode::Prefix, "Trading")]], ""),
        (
            "both on one certificate",
            vec![vec![subject(TextMode::Contains, "Trading"), serial(SERIAL)]],
            "serial_and_name, exact, contains+canonical",
        ),
        (
            "the stronger alternative",
            vec![vec![serial(SERIAL)], vec![subject(TextMode::Exact, "Example Trading LLC"), serial(SERIAL)]],
            "serial_and_name, exact, exact+canonical",
        ),
        (
            "one alternative of two",
            vec![vec![serial("0102030405060708")], vec![serial(SERIAL)]],
            "serial, exact, canonical",
        ),
        ("nothing but a blank that no name has", vec![vec![subject(TextMode::Contains, "\u{3000}")]], ""),
        ("nothing but a letter that is not seen", vec![vec![subject(TextMode::Contains, "\u{200b}")]], ""),
        ("no alternative", vec![vec![serial("0102030405060708")], vec![subject(TextMode::Exact, "Other")]], ""),
    ];
    for (rule, alternatives, expected) in cases {
        let table = IndicatorTable::new([indicator(alternatives)]).unwrap();
        let found = matches(&table, certificate);
        assert_eq!(found.iter().map(verdict).collect::<Vec<_>>().join("; "), expected, "{rule}");
    }
}

#[test]
fn each_verdict_has_a_list_of_its_own() {
    let named = |value| indicator(vec![vec![subject(TextMode::Exact, value)]]);
    let names = ["Example Trading LLC", "EXAMPLE TRADING", "Exampl\u{435} Trading LLC", "Other"];
    let table = IndicatorTable::new(names.map(named)).unwrap();
    let candidate = Candidate::new(SIGNER).organization("Example Trading LLC");
    let ids = |found: Vec<Match>| found.iter().map(|one| one.indicator.alternatives.clone()).collect::<Vec<_>>();
    let of = |value| vec![named(value).alternatives];
    assert_eq!(ids(table.matches(&candidate)), of(names[0]));
    assert_eq!(ids(table.folded_matches(&candidate)), of(names[1]));
    assert_eq!(ids(table.look_alike_matches(&candidate)), of(names[2]));
    assert_eq!(ids(table.all_matches(&candidate)), [of(names[0]), of(names[1]), of(names[2])].concat());
}

#[test]
fn what_differs_and_what_is_shared_is_told() {
    let with_hash = indicator(vec![
        vec![Condition::Hash(HashOf::Certificate, HashValue::new(&[7; 32]).unwrap())],
        vec![serial(SERIAL)],
    ]);
    let table = IndicatorTable::new([with_hash, indicator(vec![vec![serial(SERIAL)]])]).unwrap();
    let found = matches(&table, (SIGNER, SERIAL, "", ""));
    assert_eq!(found.len(), 2);
    let first = found.first().unwrap();
    assert_eq!(first.unmatched.iter().map(|field| field.field).collect::<Vec<_>>(), ["sha256"]);
    assert_eq!((first.shared_serial, first.shared_issuer), (1, 0));
}

#[test]
fn an_indicator_that_would_match_everything_is_refused() {
    let empty_text = vec![vec![subject(TextMode::Contains, "")]];
    for alternatives in [vec![], vec![vec![]], vec![vec![serial(SERIAL)], vec![]], empty_text] {
        assert!(IndicatorTable::new([indicator(alternatives)]).is_err());
    }
}

#[test]
fn a_sigma_that_ends_a_word_is_a_sigma() {
    let candidate = Candidate::new(SIGNER).organization("ΑΘΗΝΑΣΟΦΙΑ");
    for value in ["ΑΘΗΝΑΣ", "αθηνασ", "αθηναΣ"] {
        let test = NameTest::new(NameField::Organization, TextMode::Prefix, value).ignoring_case();
        let table = IndicatorTable::new([indicator(vec![vec![Condition::Subject(test)]])]).unwrap();
        assert_eq!(table.matches(&candidate).len(), 1, "{value}");
    }
}

/// What one certificate may cost, made by somebody who knows the table, in seconds of a slow machine without optimisation.
const LONG: std::time::Duration = std::time::Duration::from_secs(10);

#[test]
fn no_certificate_takes_long() {
    let part = |value: String| Condition::Subject(NameTest::new(NameField::Any, TextMode::Contains, value));
    let long_serial = SerialBuf::parse_hex(SERIAL).unwrap();
    let signer = || Candidate::new(SIGNER);
    let of = |number: usize| format!("Company {number:08x}");
    let issuer = || Condition::Issuer(NameTest::new(NameField::CommonName, TextMode::Exact, "Example CA 1"));
    let authority = HashValue::new(&[7; 32]).unwrap();
    let name = |number| Condition::Subject(NameTest::new(NameField::Any, TextMode::Exact, of(number)));
    let below = UsageTest { usage: OidBuf::parse("1.3.6.1.4.1.311.97").unwrap(), and_below: true };
    let usage = OidBuf::from_content(&vec![1; 1_000_000]);
    let repeated = (0..2_000).fold(signer(), |candidate, _| candidate.organization("abcd"));
    // Sixteen letters, no pattern in them: nearly every run of four of them.
    let letters = |seed: u64, count: usize| -> String {
        let next = |state: &u64| Some(state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
        let states = std::iter::successors(Some(seed), next).skip(1).take(count);
        states.map(|state| char::from(b'a' + u8::try_from(state >> 60).unwrap())).collect()
    };
    let driver = "Microsoft Windows Hardware Compatibility Publisher";
    type Row<'a> = (&'a str, usize, Box<dyn Fn(usize) -> Vec<Condition> + 'a>, Candidate<'a>, usize);
    let rows: Vec<Row<'_>> = vec![
        (
            "a long name that begins as a part does, again and again",
            20,
            Box::new(|_| vec![part("aaabX".into())]),
            signer().organization("aaab".repeat(16_000)),
            1,
        ),
        ("the same name thousands of times", 2, Box::new(|_| vec![part("abcdX".into())]), repeated, 1),
        (
            "a long name that has something of every part",
            1_000,
            Box::new(|number| vec![part(letters(u64::try_from(number).unwrap() << 40, 12))]),
            signer().organization(letters(1, 64_000)),
            1,
        ),
        (
            "a serial that every indicator names",
            30_000,
            Box::new(|_| vec![serial(SERIAL)]),
            signer().serial(long_serial.as_serial()),
            1,
        ),
        (
            "a usage of a million octets",
            1,
            Box::new(|_| vec![Condition::ExtendedKeyUsage(below.clone())]),
            signer().extended_key_usage(usage.as_oid()),
            1,
        ),
        (
            "a driver's program that every indicator names",
            80_000,
            Box::new(|_| vec![serial(SERIAL), subject(TextMode::Exact, "Foo")]),
            signer().common_name(driver).program_name("Foo"),
            1,
        ),
        (
            "an issuer that every indicator names beside a part of a name",
            10_000,
            Box::new(|number| vec![issuer(), part(of(number))]),
            signer().issuer_common_name("Example CA 1").organization(of(7)),
            100,
        ),
        (
            "an authority that every indicator names beside a name",
            10_000,
            Box::new(|number| vec![Condition::Hash(HashOf::ChainTbs, authority), name(number)]),
            signer().hash(HashOf::ChainTbs, authority).organization(of(7)),
            100,
        ),
    ];
    for (row, count, conditions, candidate, times) in rows {
        let table = IndicatorTable::new((0..count).map(|number| indicator(vec![conditions(number)]))).unwrap();
        let start = std::time::Instant::now();
        for _ in 0..times {
            let found = table.all_matches(&candidate);
            drop(found);
        }
        assert!(start.elapsed() < LONG, "{row}: {:?}", start.elapsed());
    }
}
