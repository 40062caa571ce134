//! What indicators say about a whole file: each row a signed image, an indicator, and the verdicts of its record.

#![cfg(all(feature = "digest", feature = "fold", feature = "report"))]
#![expect(clippy::unwrap_used, reason = "a test that cannot build its file must stop")]

mod conditions;
#[path = "../support/mod.rs"]
mod support;

use certsift::{
    Candidate, Condition, HashAlgorithm, HashOf, HashValue, Indicator, IndicatorTable, Input, MatchRecord, Metadata,
    NameField, NameTest, OidBuf, Report, Role, Roles, SerialBuf, Severity, SignedFile, TextMode, TextStyle, Time,
    TimeOrder, TimeTest, UsageTest,
};
use support::cms::{Certificate, certificate, common_name, message, name, opus_info, signed_by, signer_info, token};
use support::der::{UTF8, hex, oid, sequence};
use support::pe::{entry, image};

const SERIAL: &str = "00b5f30102030405060708090a0b0c0d0e";
const WHCP: &str = "Microsoft Windows Hardware Compatibility Publisher";
const IDENTITY: &str = "1.3.6.1.4.1.311.97.1234.5678.9012.3456";
const EXTENDED_KEY_USAGE: &str = "2.5.29.37";

fn leaf() -> Certificate {
    let organization = (10, UTF8, "Exämple Trading, LLC".as_bytes());
    let subject = name(&[(6, 0x13, b"US"), organization, (3, UTF8, b"Example Trading")]);
    let usages = sequence([oid("1.3.6.1.5.5.7.3.3"), oid(IDENTITY)]);
    certificate(SERIAL, "").subject(subject).issuer(common_name("Middle")).extension(EXTENDED_KEY_USAGE, usages)
}

fn middle() -> Certificate {
    certificate("0102", "Middle").issuer(common_name("Root"))
}

fn whcp() -> Certificate {
    certificate("3300000001", WHCP)
}

/// The leaf signs, its issuers are there, a token says when.
fn signed_at(time: &str) -> Vec<u8> {
    let stamp = token(&certificate("7e", "Stamp"), time);
    let root = certificate("01", "Root").issuer(common_name("Root"));
    let info = signer_info(&leaf()).signed(opus_info("Setup")).unsigned(stamp);
    image(entry(message([leaf().der(), middle().der(), root.der()], [info.der()]).der())).bytes()
}

/// Microsoft signs a driver that somebody else calls this.
fn attested(program: &str) -> Vec<u8> {
    image(entry(message([whcp().der()], [signer_info(&whcp()).signed(opus_info(program)).der()]).der())).bytes()
}

fn plain() -> Vec<u8> {
    signed_at("20200101000000Z")
}

fn serial() -> Condition {
    Condition::Serial(SerialBuf::parse_hex(SERIAL).unwrap())
}

fn name_test(field: NameField, mode: TextMode, value: &'static str) -> NameTest {
    NameTest::new(field, mode, value)
}

fn organization(value: &'static str) -> Condition {
    Condition::Subject(name_test(NameField::Organization, TextMode::Exact, value))
}

fn issuer(value: &'static str) -> Condition {
    Condition::Issuer(name_test(NameField::CommonName, TextMode::Exact, value))
}

fn usage(dotted: &str, and_below: bool) -> Condition {
    Condition::ExtendedKeyUsage(UsageTest { usage: OidBuf::parse(dotted).unwrap(), and_below })
}

fn tbs(of: HashOf, certificate: &Certificate, algorithm: HashAlgorithm) -> Condition {
    let der = certificate.der();
    let digest = certsift::Certificate::from_der(&der).unwrap().tbs_fingerprint(algorithm);
    Condition::Hash(of, HashValue::new(&digest).unwrap())
}

fn hash(of: HashOf, octets: &[u8]) -> Condition {
    use sha1::Digest as _;
    Condition::Hash(of, HashValue::new(&sha1::Sha1::digest(octets)).unwrap())
}

fn indicator(conditions: Vec<Condition>) -> Indicator {
    let metadata = Metadata { severity: Some(Severity::High), ..Metadata::default() };
    Indicator { metadata, scope: Roles::SIGNERS, alternatives: vec![conditions] }
}

fn report(file: &[u8], indicators: impl IntoIterator<Item = Indicator>) -> Report {
    let table = IndicatorTable::new(indicators).unwrap();
    Report::new(Input::from_path("x".as_ref()), &SignedFile::parse(file).unwrap(), &table)
}

/// Where, how strong, and how each field was compared.
fn verdict(found: &MatchRecord) -> String {
    let fields: Vec<String> = found.fields.iter().map(|field| format!("{} {}", field.field, field.compare)).collect();
    format!("{}: {}: {}", found.position, found.strength, fields.join(", "))
}

#[test]
fn an_attested_driver_that_matches_already_is_told_once() {
    let by_serial = Condition::Serial(SerialBuf::parse_hex("3300000001").unwrap());
    let of_microsoft = Condition::Subject(name_test(NameField::CommonName, TextMode::Exact, WHCP));
    let alternatives = vec![vec![by_serial, of_microsoft], vec![serial(), organization("Example Trading")]];
    let report = report(&attested("Example Trading"), [Indicator { alternatives, ..indicator(vec![]) }]);
    let expected = ["sig[0].signer: serial_and_name: serial canonical, common_name exact"];
    assert_eq!(report.matches.iter().map(verdict).collect::<Vec<_>>(), expected);
}

#[test]
fn when_the_abuse_began() {
    let at = |text: i64| Some(Time::from_unix(text));
    // 2020-01-01 and a second.
    let (then, later) = (1_577_836_800, 1_577_836_801);
    let rows = [
        ("signed since", at(then), None, Some("abused"), "high"),
        ("signed before", at(later), None, Some("historical"), "low"),
        ("signed before the revocation", None, at(later), Some("historical"), "low"),
        ("abused before it was revoked", at(then), at(later), Some("abused"), "high"),
        ("no date", None, None, None, "high"),
    ];
    for (row, abused_from, revoked_at, timing, severity) in rows {
        let mut indicator = indicator(vec![serial()]);
        indicator.metadata.abused_from = abused_from;
        indicator.metadata.revoked_at = revoked_at;
        let report = report(&plain(), [indicator.clone()]);
        let found = report.matches.first().unwrap();
        assert_eq!((found.timing.as_deref(), found.severity.as_deref()), (timing, Some(severity)), "{row}");
        assert_eq!(found.indicator.severity.as_deref(), Some("high"), "{row}: what the indicator says stays");
        let text = report.to_text(TextStyle::default());
        assert_eq!(text.contains("signed       before the"), timing == Some("historical"), "{row}: {text}");
        let unstamped = image(entry(signed_by(&leaf()).der())).bytes();
        let report = self::report(&unstamped, [indicator]);
        assert_eq!(report.matches.first().unwrap().timing, None, "{row}, without a timestamp");
    }
}

/// An old stamp is easily added to a new one.
#[test]
fn the_latest_stamp_counts() {
    let stamp = |time: &str| token(&certificate("7e", "Stamp"), time);
    let info = signer_info(&leaf()).unsigned(stamp("20010101000000Z")).unsigned(stamp("20200101000000Z"));
    let file = image(entry(message([leaf().der()], [info.der()]).der())).bytes();
    let mut indicator = indicator(vec![serial()]);
    indicator.metadata.abused_from = Some(Time::from_unix(1_500_000_000));
    let report = report(&file, [indicator]);
    assert_eq!(report.matches.first().unwrap().timing.as_deref(), Some("abused"));
}

#[test]
fn similar_names_alone_are_a_hint() {
    let rows: [(&str, Vec<u8>, Vec<Condition>, &str); 5] = [
        ("the name", plain(), vec![organization("Exämple Trading, LLC")], "high"),
        ("a similar name", plain(), vec![organization("EXÄMPLE TRADING")], "low"),
        ("a name that looks alike", plain(), vec![organization("Exämple Tradіng, LLC")], "low"),
        ("a similar name and the serial", plain(), vec![serial(), organization("EXÄMPLE TRADING")], "high"),
        ("an attested program", attested("Exämple Trading, LLC"), vec![organization("Exämple Trading, LLC")], "low"),
    ];
    for (row, file, conditions, severity) in rows {
        let report = report(&file, [indicator(conditions)]);
        let told: Vec<_> = report.matches.iter().map(|found| found.severity.as_deref()).collect();
        assert_eq!(told, [Some(severity)], "{row}");
    }
}

/// A certificate with which somebody signs more than once is asked about each time, however many others there are.
#[test]
fn each_signer_info_of_one_certificate_is_a_question() {
    let info = |time: &str, program: &str| {
        let stamp = token(&certificate("7e", "Stamp"), time);
        signer_info(&leaf()).signed(opus_info(program)).unsigned(stamp).der()
    };
    let infos = (0..60).map(|number| {
        let time = if number % 2 == 0 { "20200101000000Z" } else { "20300101000000Z" };
        info(time, if number % 3 == 0 { "Second" } else { "First" })
    });
    let file = image(entry(message([leaf().der()], infos).der())).bytes();
    let mut by_serial = indicator(vec![serial()]);
    by_serial.metadata.abused_from = Some(Time::from_unix(1_700_000_000));
    let by_program = Condition::ProgramName(name_test(NameField::Any, TextMode::Exact, "Second"));
    let report = report(&file, [by_serial, indicator(vec![serial(), by_program])]);
    let of = |timing: &str| report.matches.iter().filter(|found| found.timing.as_deref() == Some(timing)).count();
    assert_eq!((of("historical"), of("abused")), (30, 30));
    assert_eq!(report.matches.len(), 60 + 20);
}

#[test]
fn how_many_others_name_the_same() {
    let with_hash = vec![serial(), tbs(HashOf::Tbs, &whcp(), HashAlgorithm::Sha256)];
    let twice =
        Indicator { alternatives: vec![vec![serial()], vec![serial(), organization("x")]], ..indicator(vec![]) };
    let table = [
        indicator(vec![serial(), issuer("Middle")]),
        indicator(vec![serial()]),
        indicator(with_hash),
        twice,
        indicator(vec![issuer("Middle"), organization("x")]),
        indicator(vec![issuer("Other"), organization("x")]),
    ];
    let report = report(&plain(), table);
    let shared: Vec<_> = report.matches.iter().map(|found| (found.shared.serial, found.shared.issuer)).collect();
    assert_eq!(shared, [(3, 1), (3, 0), (3, 0)]);
}

#[test]
fn loose_matches_mix_certificates() {
    let issuer_serial = SerialBuf::parse_hex("0102030405060708").unwrap();
    let mixed = vec![Condition::Serial(issuer_serial.clone()), organization("Example, Inc.")];
    let indicator = |scope| Indicator { scope, ..indicator(mixed.clone()) };
    let weak = Indicator {
        alternatives: vec![vec![Condition::Serial(SerialBuf::parse_hex("01").unwrap())]],
        ..indicator(Roles::ANY)
    };
    let table = IndicatorTable::new([indicator(Roles::ANY), indicator(Roles::SIGNERS), weak]).unwrap();
    let one = SerialBuf::parse_hex("01").unwrap();
    let authority = Candidate::new(Role::Chain).serial(issuer_serial.as_serial());
    let signer = Candidate::new(Role::Signer).organization("Example, Inc.").serial(one.as_serial());
    for candidate in [&authority, &signer] {
        assert!(table.matches(candidate).is_empty(), "{candidate:?}");
    }
    let found = table.loose_matches(&[authority, signer.clone()]);
    assert_eq!(found.iter().filter_map(|id| table.get(*id)).map(|one| one.scope).collect::<Vec<_>>(), [Roles::ANY]);
    assert!(table.loose_matches(&[signer]).is_empty());
}

#[test]
fn what_does_not_match_is_told() {
    let weak = Condition::Serial(SerialBuf::parse_hex("01").unwrap());
    let until = Condition::NotAfter(TimeTest { order: TimeOrder::Before, time: Time::from_unix(0) });
    let alternatives = vec![vec![serial()], vec![serial(), issuer("Other CA")], vec![weak, until]];
    let report = report(&plain(), [Indicator { alternatives, ..indicator(vec![]) }]);
    let unmatched: Vec<_> = report.matches.iter().flat_map(|found| &found.unmatched).collect();
    assert_eq!(
        unmatched.iter().map(|one| (one.field.as_str(), one.actual.as_deref())).collect::<Vec<_>>(),
        [
            ("issuer", Some("Middle")),
            ("serial", Some("b5f30102030405060708090a0b0c0d0e")),
            ("not_after", Some("2043-01-01T00:00:00Z")),
        ]
    );
}
