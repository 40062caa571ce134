//! Indicators to rules, and the rules back to indicators.

use std::collections::HashSet;

use certsift::{
    Condition, Export, ExportFormat, HashOf, HashValue, Indicator, IndicatorTable, LossKind, Metadata, NameField,
    NameTest, Note, OidBuf, Role, Roles, SerialBuf, Severity, TextMode, Time, TimeOrder, TimeTest, UsageTest,
    export_indicators,
};
use proptest::prelude::*;
use yara_x_parser::ast::AST;

use crate::told::{alternatives, condition, import};

fn export(indicators: &[Indicator]) -> Export {
    let export = export_indicators(ExportFormat::Yara, indicators);
    assert_eq!(export, export_indicators(ExportFormat::YaraX, indicators), "one text for both");
    export
}

fn indicator(id: &str, conditions: Vec<Condition>) -> Indicator {
    let metadata = Metadata { id: id.to_owned().into(), ..Metadata::default() };
    Indicator { metadata, scope: Roles::SIGNERS, alternatives: vec![conditions] }
}

fn serial(text: &str) -> Condition {
    Condition::Serial(SerialBuf::parse_hex(text).unwrap())
}

fn subject(field: NameField, mode: TextMode, value: &str) -> Condition {
    Condition::Subject(NameTest::new(field, mode, value.to_owned()))
}

fn sha1() -> Condition {
    Condition::Hash(HashOf::Certificate, HashValue::new(&[0x1a; 20]).unwrap())
}

fn sha256() -> Condition {
    Condition::Hash(HashOf::Certificate, HashValue::new(&[0x2b; 32]).unwrap())
}

/// The condition of the only rule, on one line.
fn written(export: &Export) -> String {
    let (_, condition) = export.text.split_once("condition:\n").expect("a condition");
    condition.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Asserts that the parser of YARA-X takes the text, and answers the names of the rules.
fn rules(text: &str) -> Vec<String> {
    let ast = AST::from(text);
    assert!(ast.errors().is_empty(), "{:?}\n{text}", ast.errors());
    ast.rules().map(|rule| rule.identifier.name.to_owned()).collect()
}

fn losses(export: &Export) -> Vec<String> {
    let told = export.losses.iter().map(|loss| match loss.kind {
        LossKind::Weakened => format!("weakened: {}", loss.reason),
        LossKind::Skipped => format!("skipped: {}", loss.reason),
    });
    told.collect()
}

/// With serials as they are compared: the rule has the sign octet that a list may lack.
fn canonical(indicator: &Indicator) -> Vec<Vec<String>> {
    let canonical = |one: &Condition| match one {
        Condition::Serial(serial) => format!("serial {serial}"),
        other => condition(other),
    };
    indicator.alternatives.iter().map(|conditions| conditions.iter().map(canonical).collect()).collect()
}

#[test]
fn conditions_that_yara_can_say_come_back_the_same() {
    const ANY: NameField = NameField::Any;
    let date = |order| TimeTest { order, time: Time::from_unix(1_600_000_000) };
    let cases: Vec<(Vec<Condition>, &str)> = vec![
        (
            vec![serial("00b501020304050607")],
            r#"(s.serial == "00:b5:01:02:03:04:05:06:07" or s.serial == "b5:01:02:03:04:05:06:07")"#,
        ),
        (
            vec![serial("b501020304050607")],
            r#"(s.serial == "00:b5:01:02:03:04:05:06:07" or s.serial == "b5:01:02:03:04:05:06:07")"#,
        ),
        (vec![serial("001a02030405060708")], r#"s.serial == "1a:02:03:04:05:06:07:08""#),
        (vec![serial("0")], r#"s.serial == "00""#),
        (vec![sha1()], r#"s.thumbprint == "1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a""#),
        (
            vec![serial("1a02030405060708"), subject(ANY, TextMode::Contains, "A \"quoted\" name")],
            r#"s.serial == "1a:02:03:04:05:06:07:08" and s.subject contains "A \"quoted\" name""#,
        ),
        (
            vec![subject(ANY, TextMode::Contains, "ООО")],
            r#"(s.subject contains "ООО" or s.subject contains "\\xD0\\x9E\\xD0\\x9E\\xD0\\x9E")"#,
        ),
        (
            vec![subject(NameField::Organization, TextMode::Exact, "A/S")],
            r#"(s.subject contains "/O=A/S/" or s.subject endswith "/O=A/S")"#,
        ),
        (
            vec![subject(NameField::CommonName, TextMode::Exact, "Ä")],
            r#"(s.subject contains "/CN=Ä/" or s.subject contains "/CN=\\xC3\\x84/" or s.subject endswith "/CN=Ä" or s.subject endswith "/CN=\\xC3\\x84")"#,
        ),
        (
            vec![subject(NameField::OrganizationalUnit, TextMode::Exact, "B")],
            r#"(s.subject contains "/OU=B/" or s.subject endswith "/OU=B")"#,
        ),
        (
            vec![subject(NameField::EmailAddress, TextMode::Exact, "a@b.c")],
            r#"(s.subject contains "/emailAddress=a@b.c/" or s.subject endswith "/emailAddress=a@b.c")"#,
        ),
        (
            vec![subject(NameField::SerialNumber, TextMode::Exact, "12")],
            r#"(s.subject contains "/serialNumber=12/" or s.subject endswith "/serialNumber=12")"#,
        ),
        (vec![subject(ANY, TextMode::Exact, "A")], r#"(s.subject contains "=A/" or s.subject endswith "=A")"#),
        (vec![subject(ANY, TextMode::Prefix, "A")], r#"(s.subject contains "=A" or s.subject startswith "=A")"#),
        (vec![subject(ANY, TextMode::Suffix, "A")], r#"(s.subject contains "A/" or s.subject endswith "A")"#),
        (
            vec![subject(NameField::CommonName, TextMode::Prefix, "FEI")],
            r#"(s.subject contains "/CN=FEI" or s.subject startswith "/CN=FEI")"#,
        ),
        (vec![subject(NameField::OneLine, TextMode::Exact, "/C=US/O=A")], r#"s.subject == "/C=US/O=A""#),
        (vec![subject(NameField::OneLine, TextMode::Prefix, "/C=US")], r#"s.subject startswith "/C=US""#),
        (vec![subject(NameField::OneLine, TextMode::Suffix, "/O=A")], r#"s.subject endswith "/O=A""#),
        (vec![subject(NameField::OneLine, TextMode::Contains, "/O=A")], r#"s.subject contains "/O=A""#),
        (
            vec![Condition::Subject(NameTest::new(NameField::Organization, TextMode::Exact, "A").ignoring_case())],
            r#"(s.subject icontains "/O=A/" or s.subject iendswith "/O=A")"#,
        ),
        (
            vec![Condition::Subject(NameTest::new(NameField::OneLine, TextMode::Exact, "/O=A").ignoring_case())],
            r#"s.subject iequals "/O=A""#,
        ),
        (
            vec![Condition::Issuer(NameTest::new(ANY, TextMode::Contains, "CA 1")), serial("1a02030405060708")],
            r#"s.issuer contains "CA 1" and s.serial == "1a:02:03:04:05:06:07:08""#,
        ),
        (
            vec![Condition::ProgramName(NameTest::new(ANY, TextMode::Exact, "Установка"))],
            r#"s.signer_info.program_name == "Установка""#,
        ),
        (
            vec![
                serial("1a02030405060708"),
                Condition::SignatureAlgorithm(OidBuf::parse("1.2.840.113549.1.1.5").unwrap()),
            ],
            r#"s.serial == "1a:02:03:04:05:06:07:08" and s.algorithm_oid == "1.2.840.113549.1.1.5""#,
        ),
        (
            vec![
                serial("1a02030405060708"),
                Condition::NotBefore(date(TimeOrder::Equal)),
                Condition::NotAfter(date(TimeOrder::Before)),
            ],
            r#"s.serial == "1a:02:03:04:05:06:07:08" and s.not_before == 1600000000 and s.not_after < 1600000000"#,
        ),
        (
            vec![
                serial("1a"),
                Condition::NotAfter(date(TimeOrder::AtLeast)),
                Condition::NotBefore(date(TimeOrder::AtMost)),
                Condition::NotBefore(date(TimeOrder::After)),
            ],
            r#"s.serial == "1a" and s.not_after >= 1600000000 and s.not_before <= 1600000000 and s.not_before > 1600000000"#,
        ),
    ];
    for (conditions, expected) in cases {
        let before = indicator("x", conditions);
        let export = export(std::slice::from_ref(&before));
        // Serials that thousands have, alone or with nothing but times beside them.
        let is_weak = expected == r#"s.serial == "00""# || expected.starts_with(r#"s.serial == "1a" and s.not_after"#);
        assert_eq!(losses(&export).len(), usize::from(is_weak), "{expected}: {:?}", losses(&export));
        assert_eq!(written(&export), format!("for any s in pe.signatures : ( {expected} ) }}"));
        assert_eq!(rules(&export.text), ["x"]);
        let after = import(&export.text);
        assert!(after.errors.is_empty() && after.refused.is_empty(), "{after:?}");
        assert_eq!(canonical(&after.indicators[0]), canonical(&before), "{expected}");
        assert_eq!(after.indicators[0].scope, before.scope);
        let notes: Vec<Note> = after.indicators[0].metadata.notes.clone();
        assert!(notes.is_empty() || expected.contains("program_name"), "{expected}: {notes:?}");
    }
}

#[test]
fn what_yara_cannot_say_is_told() {
    let usage = || {
        Condition::ExtendedKeyUsage(UsageTest {
            usage: OidBuf::parse("1.3.6.1.4.1.311.97.1").unwrap(),
            and_below: true,
        })
    };
    let cn = || subject(NameField::CommonName, TextMode::Exact, "A");
    let alternatives = |list: Vec<Vec<Condition>>| Indicator { alternatives: list, ..indicator("x", Vec::new()) };
    let program = || Condition::ProgramName(NameTest::new(NameField::Any, TextMode::Exact, "P"));
    let scoped = |scope, conditions| Indicator { scope, ..indicator("x", conditions) };
    let cn_yara = r#"(s.subject contains "/CN=A/" or s.subject endswith "/CN=A")"#;
    let any_attribute =
        "weakened: YARA shows the name on one line: any attribute's value may be the one that is compared";
    let cases: Vec<(Indicator, Option<String>, Vec<&str>)> = vec![
        (indicator("x", vec![sha256()]), None, vec!["skipped: YARA does not show sha256 of a certificate"]),
        (indicator("x", vec![cn(), usage()]), None, vec!["skipped: YARA does not show the extended key usage"]),
        (
            indicator("x", vec![Condition::RsaModulus(vec![1].into())]),
            None,
            vec!["skipped: YARA does not show the public key"],
        ),
        (
            indicator("x", vec![serial("0102030405060708"), usage()]),
            Some(r#"s.serial == "01:02:03:04:05:06:07:08""#.to_owned()),
            vec!["weakened: YARA does not show the extended key usage"],
        ),
        (indicator("x", vec![serial("01"), usage()]), None, vec!["skipped: YARA does not show the extended key usage"]),
        (
            alternatives(vec![vec![sha256()], vec![serial("1a"), cn()]]),
            Some(format!(r#"s.serial == "1a" and {cn_yara}"#)),
            vec!["weakened: an alternative is left out: YARA does not show sha256 of a certificate"],
        ),
        (
            alternatives(vec![vec![sha256()], vec![usage()]]),
            None,
            vec!["skipped: YARA does not show sha256 of a certificate; YARA does not show the extended key usage"],
        ),
        (
            indicator("x", vec![subject(NameField::EmailAddress, TextMode::Contains, "a@b.c")]),
            Some(r#"s.subject contains "a@b.c""#.to_owned()),
            vec![any_attribute],
        ),
        (
            indicator("x", vec![subject(NameField::CommonName, TextMode::Suffix, "A")]),
            Some(r#"(s.subject contains "A/" or s.subject endswith "A")"#.to_owned()),
            vec![any_attribute],
        ),
        (
            indicator("x", vec![subject(NameField::Any, TextMode::Contains, "A/")]),
            Some(r#"s.subject contains "A/""#.to_owned()),
            vec!["weakened: YARA compares with the whole name, whose signs `/` and `=` this text has"],
        ),
        (
            indicator("x", vec![subject(NameField::Whole, TextMode::Exact, "A")]),
            Some(r#"(s.subject contains "=A/" or s.subject endswith "=A" or s.subject == "A")"#.to_owned()),
            vec!["weakened: YARA does not show a name as RFC 4514 writes it"],
        ),
        (
            indicator(
                "x",
                vec![Condition::Subject(NameTest::new(NameField::Any, TextMode::Contains, "Ä").ignoring_case())],
            ),
            Some(r#"(s.subject icontains "Ä" or s.subject icontains "\\xC3\\x84")"#.to_owned()),
            vec!["weakened: YARA sets aside the case of ASCII letters only"],
        ),
        (
            indicator("x", vec![subject(NameField::Any, TextMode::Contains, &"A".repeat(256))]),
            Some(format!("s.subject contains \"{}\"", "A".repeat(256))),
            vec!["weakened: YARA 4 shows 255 characters of a name"],
        ),
        (
            indicator("x", vec![subject(NameField::Any, TextMode::Contains, &"A".repeat(5000))]),
            None,
            vec!["skipped: YARA takes no text as long as this name"],
        ),
        (
            indicator("x", vec![serial(&"1a".repeat(21)), sha1()]),
            Some(format!("s.serial == \"{}\" and s.thumbprint == \"{}\"", vec!["1a"; 21].join(":"), "1a".repeat(20))),
            vec!["weakened: YARA 4.5 shows no serial of more than 20 octets"],
        ),
        (
            scoped(Roles::NONE, vec![sha1()]),
            None,
            vec!["skipped: YARA looks at programs and what signed them, not at the roles it is about"],
        ),
        (
            scoped(Roles::NONE.with(Role::Store), vec![sha1()]),
            None,
            vec!["skipped: YARA looks at programs and what signed them, not at the roles it is about"],
        ),
        (
            scoped(Roles::ANY, vec![program(), serial("0102030405060708")]),
            Some(r#"for any c in s.certificates : ( c.serial == "01:02:03:04:05:06:07:08" )"#.to_owned()),
            vec![
                "weakened: YARA does not show the program's name beside a certificate that is not the signer's",
                "weakened: certificates of RFC 3161 time stamps, which are not in the message itself, are not looked at",
            ],
        ),
        (
            scoped(Roles::NONE.with(Role::Chain), vec![sha1()]),
            Some(format!("for any c in s.certificates : ( c.thumbprint == \"{}\" )", "1a".repeat(20))),
            vec!["weakened: YARA does not tell the roles of the certificates in a message apart"],
        ),
        (
            scoped(Roles::NONE.with(Role::TimestampSigner), vec![sha1()]),
            Some(format!(
                "for any t in s.countersignatures : ( for any c in t.chain : ( c.thumbprint == \"{}\" ) )",
                "1a".repeat(20)
            )),
            vec![],
        ),
    ];
    for (indicator, expected, lost) in cases {
        let export = export(&[indicator]);
        assert_eq!(losses(&export), lost);
        match expected {
            Some(expected) => {
                assert_eq!(written(&export), format!("for any s in pe.signatures : ( {expected} ) }}"));
                assert_eq!(rules(&export.text).len(), 1);
            }
            None => assert_eq!(export.text, "import \"pe\"\n"),
        }
    }
}

#[test]
fn scopes_come_back() {
    let scopes = [Roles::SIGNERS, Roles::ANY, Roles::NONE.with(Role::TimestampSigner).with(Role::TimestampChain)];
    for scope in scopes {
        let before = Indicator { scope, ..indicator("x", vec![sha1()]) };
        let after = import(&export(&[before]).text);
        assert_eq!(after.indicators[0].scope, scope, "{scope:?}");
    }
}

#[test]
fn metadata_comes_back_and_cannot_break_out() {
    const EVIL: &str = "\" } condition: true } rule evil { // */ \\ \n\r\0 \u{202e} Ж \u{85}";
    let text = || Some(EVIL.trim().to_owned().into());
    let metadata = Metadata {
        id: EVIL.trim().to_owned().into(),
        source: text(),
        reference: text(),
        severity: Some(Severity::High),
        category: text(),
        family: text(),
        date: text(),
        attack: vec!["T1553.002".into(), "T1588.003".into()].into(),
        not_after_at_least: Some(-5),
        author: text(),
        license: text(),
        description: text(),
        abused_from: Some(Time::from_unix(0)),
        revoked_at: Some(Time::from_unix(1)),
        valid_from: Some(Time::from_unix(-1)),
        valid_to: Some(Time::from_unix(1_700_000_000)),
        ..Metadata::default()
    };
    let before = Indicator {
        metadata,
        ..indicator("", vec![serial("0102030405060708"), subject(NameField::Organization, TextMode::Exact, EVIL)])
    };
    let export = export(std::slice::from_ref(&before));
    assert_eq!(rules(&export.text).len(), 1);
    assert!(export.text.contains("abused_from = \"1970-01-01T00:00:00Z\""));
    assert!(
        export.text.chars().all(|c| c == '\n' || c == ' ' || c.is_ascii_graphic() || c.is_alphanumeric()),
        "{}",
        export.text
    );
    let after = import(&export.text);
    assert_eq!((after.errors.len(), after.indicators.len()), (0, 1));
    assert_eq!(alternatives(&after.indicators[0]), alternatives(&before));
    let read = &after.indicators[0].metadata;
    let expected = Metadata { name: read.name.clone(), ..before.metadata };
    assert_eq!(*read, expected);
}

#[test]
fn identifiers_are_valid_and_each_is_there_once() {
    let ids = [
        "a",
        "a",
        "a",
        "a_2",
        "a b",
        "a-b",
        "1a",
        "rule",
        "with",
        "",
        "é",
        "_",
        &"x".repeat(200),
        &"x".repeat(300),
        "cert_1a",
    ];
    let indicators: Vec<Indicator> = ids.iter().map(|id| indicator(id, vec![sha1()])).collect();
    let export = export(&indicators);
    let names = rules(&export.text);
    assert_eq!(names.len(), ids.len());
    assert_eq!(names.iter().collect::<HashSet<_>>().len(), ids.len(), "{names:?}");
    assert!(names.iter().all(|name| name.len() <= 128));
    assert_eq!(names[..5], ["a", "a_2", "a_3", "a_2_2", "a_b"]);
    let after = import(&export.text);
    let back: Vec<_> = after.indicators.iter().map(|one| one.metadata.id.as_ref()).collect();
    let expected: Vec<&str> =
        ids.iter().zip(&names).map(|(id, name)| if id.is_empty() { name.as_str() } else { id }).collect();
    assert_eq!(back, expected);
}

#[test]
fn the_built_in_table_comes_back() {
    let before: Vec<Indicator> = IndicatorTable::builtin().indicators().collect();
    assert!(before.len() > 1000, "{}", before.len());
    let export = export(&before);
    assert_eq!(rules(&export.text).len(), before.len());
    let after = import(&export.text);
    assert!(after.errors.is_empty() && after.refused.is_empty(), "{:?} {:?}", after.errors, after.refused);
    assert_eq!(after.indicators.len(), before.len());
    for (before, after) in before.iter().zip(&after.indicators) {
        assert_eq!(after.metadata.id, before.metadata.id);
        assert_eq!(after.metadata.source, before.metadata.source);
        assert_eq!(after.metadata.not_after_at_least, before.metadata.not_after_at_least);
        // Of hashes YARA shows SHA-1 only.
        let mut expected = canonical(before);
        let all = expected.len();
        expected.retain(|conditions| !conditions.iter().any(|one| one.starts_with("sha256")));
        assert_eq!(canonical(after), expected, "{}", before.metadata.id);
        assert_eq!(after.scope, before.scope);
        let is_told = export.losses.iter().any(|loss| loss.id == before.metadata.id && loss.kind == LossKind::Weakened);
        assert!(expected.len() == all || is_told, "{}", before.metadata.id);
    }
    assert!(export.losses.iter().all(|loss| loss.kind == LossKind::Weakened));
}

proptest! {
    /// Whatever a name or a serial is, the rule has it, and YARA-X takes the rule.
    #[test]
    fn any_name_and_serial_comes_back(
        value in "[^\0]{1,40}|[/=OCN]{1,3}[a-c/=]{1,5}",
        octets in prop::collection::vec(any::<u8>(), 1..24),
        field in prop::sample::select(NameField::ALL.as_slice()),
        mode in prop::sample::select(TextMode::ALL.as_slice()),
        ignore_case in any::<bool>(),
        id in any::<String>(),
    ) {
        // Texts in which octets are written as escapes are read as what they mean.
        prop_assume!(!value.contains("\\x"));
        // A part of the whole name that has none of its signs is read as part of a value.
        prop_assume!((field, mode) != (NameField::OneLine, TextMode::Contains) || value.contains('='));
        let test = NameTest { field, mode, ignore_case, value: value.into() };
        let before = indicator(&id, vec![Condition::Serial(SerialBuf::from_bytes(&octets)), Condition::Issuer(test)]);
        let export = export(std::slice::from_ref(&before));
        prop_assert_eq!(rules(&export.text).len(), 1);
        let after = import(&export.text);
        prop_assert!(after.errors.is_empty(), "{:?}\n{}", after.errors, export.text);
        prop_assert_eq!(after.indicators.len(), 1, "{}", export.text);
        if export.losses.is_empty() {
            prop_assert_eq!(canonical(&after.indicators[0]), canonical(&before), "{}", export.text);
        }
    }
}
