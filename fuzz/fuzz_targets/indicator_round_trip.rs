//! Whatever an indicator holds, our own CSV and JSON lines give it back, and no other format and no check stumbles over it.
#![no_main]

use arbitrary::{Arbitrary, Result, Unstructured};
use certsift::{
    Cause, Condition, ExportFormat, HashOf, HashValue, Indicator, Metadata, NameField, NameTest, Note, OidBuf, Role, Roles, SerialBuf,
    Severity, Text, TextMode, Time, TimeOrder, TimeTest, UsageTest, export_indicators, import_indicators, lint,
};
use libfuzzer_sys::fuzz_target;

#[derive(Debug)]
struct MadeUp(Indicator);

impl<'a> Arbitrary<'a> for MadeUp {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let mut roles = Roles::NONE;
        for _ in 0..u.int_in_range(0..=3)? {
            roles = roles.with(*u.choose(&Role::ALL)?);
        }
        let scope = *u.choose(&[Roles::SIGNERS, Roles::ANY, roles])?;
        let mut alternatives = Vec::new();
        for _ in 0..u.int_in_range(1..=3)? {
            let conditions = (0..u.int_in_range(1..=3)?).map(|_| condition(u)).collect::<Result<_>>()?;
            alternatives.push(conditions);
        }
        Ok(Self(Indicator { metadata: metadata(u)?, scope, alternatives }))
    }
}

/// A text that is not empty: an empty one is the same as none.
fn text(u: &mut Unstructured<'_>) -> Result<Text> {
    let text = String::arbitrary(u)?;
    Ok(if text.is_empty() { "x".into() } else { text.into() })
}

fn optional_text(u: &mut Unstructured<'_>) -> Result<Option<Text>> {
    if bool::arbitrary(u)? { text(u).map(Some) } else { Ok(None) }
}

fn optional_time(u: &mut Unstructured<'_>) -> Result<Option<Time>> {
    Ok(Option::<i64>::arbitrary(u)?.map(Time::from_unix))
}

fn metadata(u: &mut Unstructured<'_>) -> Result<Metadata> {
    let mut notes = Vec::new();
    for _ in 0..u.int_in_range(0..=2)? {
        notes.push(Note::new(*u.choose(Cause::ALL)?, String::arbitrary(u)?));
    }
    let attack: Vec<Text> = (0..u.int_in_range(0..=2)?).map(|_| String::arbitrary(u).map(Text::from)).collect::<Result<_>>()?;
    Ok(Metadata {
        id: text(u)?,
        name: optional_text(u)?,
        source: optional_text(u)?,
        reference: optional_text(u)?,
        severity: if bool::arbitrary(u)? { Some(*u.choose(&Severity::ALL)?) } else { None },
        category: optional_text(u)?,
        family: optional_text(u)?,
        date: optional_text(u)?,
        attack: attack.into(),
        not_after_at_least: Option::arbitrary(u)?,
        author: optional_text(u)?,
        license: optional_text(u)?,
        description: optional_text(u)?,
        abused_from: optional_time(u)?,
        revoked_at: optional_time(u)?,
        valid_from: optional_time(u)?,
        valid_to: optional_time(u)?,
        notes,
    })
}

fn name(u: &mut Unstructured<'_>) -> Result<NameTest> {
    let (field, mode) = (*u.choose(&NameField::ALL)?, *u.choose(&TextMode::ALL)?);
    Ok(NameTest { field, mode, ignore_case: bool::arbitrary(u)?, value: text(u)? })
}

fn time(u: &mut Unstructured<'_>) -> Result<TimeTest> {
    Ok(TimeTest { order: *u.choose(&TimeOrder::ALL)?, time: Time::from_unix(i64::arbitrary(u)?) })
}

fn octets(u: &mut Unstructured<'_>, least: usize, most: usize) -> Result<Vec<u8>> {
    let length = u.int_in_range(least..=most)?;
    u.bytes(length).map(<[u8]>::to_vec)
}

fn condition(u: &mut Unstructured<'_>) -> Result<Condition> {
    Ok(match u.int_in_range(0..=10)? {
        0 => Condition::Serial(SerialBuf::from_bytes(&octets(u, 1, 24)?)),
        1 => {
            let text = format!("{}{:x}", if bool::arbitrary(u)? { "-" } else { "" }, u64::arbitrary(u)?);
            Condition::Serial(SerialBuf::parse_hex(&text).expect("digits"))
        }
        2 => Condition::Subject(name(u)?),
        3 => Condition::Issuer(name(u)?),
        4 => {
            let length = *u.choose(&[16, 20, 32, 48, 64])?;
            let value = HashValue::new(&octets(u, length, length)?).expect("a length that an algorithm has");
            Condition::Hash(*u.choose(&HashOf::ALL)?, value)
        }
        5 => Condition::ExtendedKeyUsage(UsageTest { usage: OidBuf::from_content(&octets(u, 0, 12)?), and_below: bool::arbitrary(u)? }),
        6 => Condition::ProgramName(name(u)?),
        7 => Condition::SignatureAlgorithm(OidBuf::from_content(&octets(u, 0, 12)?)),
        8 => Condition::NotBefore(time(u)?),
        9 => Condition::NotAfter(time(u)?),
        _ => Condition::RsaModulus([vec![1], octets(u, 0, 8)?].concat().into()),
    })
}

fuzz_target!(|made_up: Vec<MadeUp>| {
    let indicators: Vec<Indicator> = made_up.into_iter().map(|MadeUp(indicator)| indicator).collect();
    for format in ExportFormat::ALL {
        let export = export_indicators(*format, &indicators);
        if matches!(format, ExportFormat::Csv | ExportFormat::Json) && !indicators.is_empty() {
            let import = import_indicators("written", export.text.as_bytes());
            assert_eq!(import.errors, [], "{}", export.text);
            assert_eq!(import.indicators, indicators, "{}", export.text);
        }
    }
    let findings = lint(&indicators);
    assert!(findings.iter().all(|finding| finding.indicator < indicators.len()));
});
