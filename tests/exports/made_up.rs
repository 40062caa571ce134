//! Indicators at random, for property tests.

use certsift::{
    Cause, Condition, HashOf, HashValue, Indicator, Metadata, NameField, NameTest, Note, OidBuf, Role, Roles,
    SerialBuf, Severity, Text, TextMode, Time, TimeOrder, TimeTest, UsageTest,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// A text that is not empty, often one that somebody's reader stumbles over.
fn text() -> impl Strategy<Value = String> {
    const NASTY: &[&str] = &[
        " ",
        "'",
        "\"",
        ",",
        "=1",
        "'=1",
        "''@x",
        "#",
        "# a comment",
        "a\nb",
        "a\r\nb",
        "\t",
        "\u{feff}",
        "\u{202e}",
        "[",
        "[]",
        "{}",
        "null",
        "-4a0c",
        "00:c0",
        "a,b\"c\"",
        " lead",
        "trail ",
        "\\x41",
        "ООО \"СМ\"",
        "日照",
        "\0",
        "line at line 3 column 4",
    ];
    prop_oneof![
        select(NASTY).prop_map(str::to_owned),
        "[ -~]{1,12}",
        any::<String>().prop_filter("empty", |text| !text.is_empty())
    ]
}

fn optional_text() -> impl Strategy<Value = Option<Text>> {
    option::of(text().prop_map(Text::from))
}

fn time() -> impl Strategy<Value = Time> {
    prop_oneof![0..4_000_000_000_i64, any::<i64>()].prop_map(Time::from_unix)
}

fn serial() -> impl Strategy<Value = SerialBuf> {
    prop_oneof![
        vec(any::<u8>(), 1..24).prop_map(|octets| SerialBuf::from_bytes(&octets)),
        "-?[0-9a-f]{1,9}".prop_map(|text| SerialBuf::parse_hex(&text).unwrap()),
    ]
}

fn hash() -> impl Strategy<Value = HashValue> {
    (select([16, 20, 32, 48, 64].as_slice()), any::<[u8; 32]>())
        .prop_map(|(length, octets)| HashValue::new(&octets.repeat(2)[..length]).unwrap())
}

fn oid() -> impl Strategy<Value = OidBuf> {
    const KNOWN: &[&str] = &["1.3.6.1.5.5.7.3.3", "1.3.6.1.4.1.311.97", "1.2.840.113549.1.1.11"];
    prop_oneof![
        select(KNOWN).prop_map(|text| OidBuf::parse(text).unwrap()),
        vec(any::<u8>(), 0..12).prop_map(|octets| OidBuf::from_content(&octets)),
    ]
}

fn name() -> impl Strategy<Value = NameTest> {
    (select(NameField::ALL.as_slice()), select(TextMode::ALL.as_slice()), prop::bool::weighted(0.2), text())
        .prop_map(|(field, mode, ignore_case, value)| NameTest { field, mode, ignore_case, value: value.into() })
}

fn condition() -> impl Strategy<Value = Condition> {
    let time_test = || (select(TimeOrder::ALL.as_slice()), time()).prop_map(|(order, time)| TimeTest { order, time });
    let exact = |field| text().prop_map(move |value| NameTest::new(field, TextMode::Exact, value));
    prop_oneof![
        serial().prop_map(Condition::Serial),
        name().prop_map(Condition::Subject),
        exact(NameField::Organization).prop_map(Condition::Subject),
        exact(NameField::Whole).prop_map(Condition::Issuer),
        name().prop_map(Condition::Issuer),
        (select(HashOf::ALL.as_slice()), hash()).prop_map(|(of, value)| Condition::Hash(of, value)),
        (oid(), any::<bool>())
            .prop_map(|(usage, and_below)| Condition::ExtendedKeyUsage(UsageTest { usage, and_below })),
        name().prop_map(Condition::ProgramName),
        oid().prop_map(Condition::SignatureAlgorithm),
        time_test().prop_map(Condition::NotBefore),
        time_test().prop_map(Condition::NotAfter),
        vec(any::<u8>(), 0..8).prop_map(|rest| Condition::RsaModulus([&[1], rest.as_slice()].concat().into())),
    ]
}

fn roles() -> impl Strategy<Value = Roles> {
    prop_oneof![
        Just(Roles::SIGNERS),
        Just(Roles::ANY),
        vec(select(Role::ALL.as_slice()), 0..4).prop_map(|roles| roles.into_iter().fold(Roles::NONE, Roles::with)),
    ]
}

fn metadata() -> impl Strategy<Value = Metadata> {
    let texts = (
        (text(), optional_text(), optional_text(), optional_text(), optional_text()),
        (optional_text(), optional_text(), optional_text(), optional_text(), optional_text()),
    );
    let times =
        (option::of(time()), option::of(time()), option::of(time()), option::of(time()), option::of(any::<i64>()));
    let note = (select(Cause::ALL), prop_oneof![Just(String::new()), text()])
        .prop_map(|(cause, detail)| Note::new(cause, detail));
    let lists = (option::of(select(Severity::ALL.as_slice())), vec(text(), 0..3), vec(note, 0..3));
    (texts, times, lists).prop_map(|((first, second), times, (severity, attack, notes))| Metadata {
        id: first.0.into(),
        name: first.1,
        source: first.2,
        reference: first.3,
        severity,
        category: first.4,
        family: second.0,
        date: second.1,
        attack: attack.into_iter().map(Text::from).collect::<Vec<_>>().into(),
        not_after_at_least: times.4,
        author: second.2,
        license: second.3,
        description: second.4,
        abused_from: times.0,
        revoked_at: times.1,
        valid_from: times.2,
        valid_to: times.3,
        notes,
    })
}

pub(crate) fn indicator() -> impl Strategy<Value = Indicator> {
    let alternatives = prop_oneof![vec(vec(condition(), 1..3), 1..2), vec(vec(condition(), 1..4), 1..4)];
    (metadata(), roles(), alternatives).prop_map(|(metadata, scope, alternatives)| Indicator {
        metadata,
        scope,
        alternatives,
    })
}
