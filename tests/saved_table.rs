//! Tables that are saved and loaded: the same table, or a clear error.

#![expect(clippy::unwrap_used, reason = "a test that cannot build its table must stop")]

use certsift::{
    Candidate, Cause, Condition, HashOf, HashValue, Indicator, IndicatorTable, LoadError, Metadata, NameField,
    NameTest, Note, OidBuf, Role, Roles, SerialBuf, Severity, TextMode, Time, TimeOrder, TimeTest, UsageTest,
};

/// An indicator with everything that one can have.
fn full() -> Indicator {
    let name = |field, mode| NameTest::new(field, mode, "Ex\u{e4}mple, Inc.");
    let time = Time::from_unix(-1);
    let text = |text: &'static str| Some(text.into());
    let alternative = vec![
        Condition::Serial(SerialBuf::parse_hex("00b5f30102030405060708").unwrap()),
        Condition::Serial(SerialBuf::parse_hex("f69").unwrap()),
        Condition::Subject(name(NameField::Organization, TextMode::Suffix).ignoring_case()),
        Condition::Issuer(name(NameField::OneLine, TextMode::Contains)),
        Condition::ProgramName(name(NameField::Any, TextMode::Prefix)),
        Condition::Hash(HashOf::ChainTbs, HashValue::new(&[7; 48]).unwrap()),
        Condition::ExtendedKeyUsage(UsageTest { usage: OidBuf::parse("1.3.6.1.4.1.311.97").unwrap(), and_below: true }),
        Condition::SignatureAlgorithm(OidBuf::parse("1.2.840.113549.1.1.5").unwrap()),
        Condition::NotBefore(TimeTest { order: TimeOrder::AtLeast, time }),
        Condition::NotAfter(TimeTest { order: TimeOrder::Before, time }),
        Condition::RsaModulus([9; 256].into()),
    ];
    Indicator {
        scope: Roles::ANY,
        alternatives: vec![alternative, vec![Condition::Hash(HashOf::Certificate, HashValue::new(&[1; 20]).unwrap())]],
        metadata: Metadata {
            id: "an id".into(),
            name: text("an id"),
            source: text("a source that comes again"),
            reference: text("https://example.org/a-reference-that-comes-again"),
            severity: Some(Severity::Critical),
            category: text("abused_certificate"),
            family: text("F"),
            date: text("2030-01-02"),
            attack: vec!["T1553.002".into(), "T1588.003".into()].into(),
            not_after_at_least: Some(i64::MIN),
            author: text("A"),
            license: text("MIT"),
            description: text(""),
            abused_from: Some(time),
            revoked_at: Some(Time::from_unix(0)),
            valid_from: Some(Time::from_unix(i64::MAX)),
            valid_to: None,
            notes: vec![Note::new(Cause::EscapedText, "\\xD0"), Note::new(Cause::NameOnly, "")],
        },
    }
}

fn small() -> IndicatorTable {
    let serial = Condition::Serial(SerialBuf::parse_hex("0102030405060708").unwrap());
    let plain = Indicator { alternatives: vec![vec![serial]], ..Indicator::default() };
    IndicatorTable::new([full(), plain, full()]).unwrap()
}

#[test]
fn everything_comes_back() {
    let table = small();
    let loaded = IndicatorTable::load(table.as_bytes().to_vec()).unwrap();
    let indicators: Vec<Indicator> = loaded.indicators().collect();
    assert_eq!(indicators, table.indicators().collect::<Vec<_>>());
    assert_eq!(indicators.first(), Some(&full()));
    assert_eq!(loaded.needs(), table.needs());
    let serial = SerialBuf::parse_hex("0102030405060708").unwrap();
    let candidate = Candidate::new(Role::Signer).serial(serial.as_serial());
    assert_eq!(loaded.matches(&candidate).len(), 1);
    assert!(IndicatorTable::load(IndicatorTable::empty().as_bytes().to_vec()).unwrap().is_empty());
}

#[test]
fn the_same_indicators_make_the_same_octets() {
    assert_eq!(small().as_bytes(), small().as_bytes());
    let again = IndicatorTable::new(small().indicators()).unwrap();
    assert_eq!(again.as_bytes(), small().as_bytes());
}

#[test]
fn damage_is_told() {
    let saved = small().as_bytes().to_vec();
    let load = |octets: &[u8]| IndicatorTable::load(octets.to_vec()).map(|table| table.len());
    for at in 0..saved.len() {
        let mut damaged = saved.clone();
        *damaged.get_mut(at).unwrap() ^= 0x10;
        assert!(load(&damaged).is_err(), "octet {at}");
        let expected = Err(if at < 16 { LoadError::NotATable } else { LoadError::Checksum });
        let other = matches!(load(&damaged), Err(LoadError::Version { .. } | LoadError::Length { .. }));
        let header =
            at < 72 && (other || matches!(load(&damaged), Err(LoadError::Inconsistent | LoadError::WithoutFold)));
        assert!(load(&damaged) == expected || header, "octet {at}: {:?}", load(&damaged));
        let cut = saved.get(..at).unwrap();
        assert!(matches!(load(cut), Err(LoadError::NotATable | LoadError::Length { .. })), "cut at {at}");
    }
    let longer = [saved.as_slice(), &[0]].concat();
    assert!(matches!(load(&longer), Err(LoadError::Length { .. })));
    let mut newer = saved.clone();
    *newer.get_mut(16).unwrap() = 99;
    assert_eq!(load(&newer), Err(LoadError::Version { found: 99 }));
    // What a transfer as text makes of it.
    let text = String::from_utf8_lossy(&saved).replace("\r\n", "\n").into_bytes();
    assert_eq!(load(&text), Err(LoadError::NotATable));
}
