//! The table finds what trying every condition of every indicator finds.
#![no_main]

use arbitrary::Arbitrary;
use certsift::{
    Candidate, Condition, HashOf, HashValue, Indicator, IndicatorTable, NameField, NameTest, Role, Roles, Serial,
    SerialBuf, TextMode,
};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
enum Test {
    Serial(Vec<u8>),
    Sha256(u8),
    /// A text of the organization (true) or of any attribute, and how it is compared.
    Text(bool, u8, String),
}

#[derive(Debug, Arbitrary)]
struct Question {
    role: u8,
    serial: Vec<u8>,
    organization: String,
    common_name: String,
    sha256: Option<u8>,
    indicators: Vec<(u8, Vec<Vec<Test>>)>,
}

const MODES: [TextMode; 3] = [TextMode::Exact, TextMode::Contains, TextMode::Prefix];

fn role(number: u8) -> Role {
    Role::ALL[usize::from(number) % Role::ALL.len()]
}

fn condition(test: &Test) -> Condition {
    match test {
        Test::Serial(octets) => Condition::Serial(SerialBuf::from_bytes(octets)),
        Test::Sha256(byte) => Condition::Hash(HashOf::Certificate, HashValue::new(&[*byte; 32]).unwrap()),
        Test::Text(organization, mode, value) => Condition::Subject(NameTest::new(
            if *organization { NameField::Organization } else { NameField::Any },
            MODES[usize::from(*mode) % MODES.len()],
            value.clone(),
        )),
    }
}

fn holds(test: &Test, question: &Question) -> bool {
    let passes = |mode: u8, text: &str, value: &str| match MODES[usize::from(mode) % MODES.len()] {
        TextMode::Exact => text == value,
        TextMode::Contains => text.contains(value),
        _ => text.starts_with(value),
    };
    match test {
        Test::Serial(octets) => Serial::from_bytes(octets) == Serial::from_bytes(&question.serial),
        Test::Sha256(byte) => question.sha256 == Some(*byte),
        Test::Text(organization, mode, value) => {
            passes(*mode, &question.organization, value)
                || (!organization && passes(*mode, &question.common_name, value))
        }
    }
}

/// A weak serial alone matches nothing.
fn is_weak(tests: &[Test]) -> bool {
    tests.iter().all(|test| matches!(test, Test::Serial(octets) if Serial::from_bytes(octets).is_weak()))
}

fuzz_target!(|question: Question| {
    let indicators = question.indicators.iter().map(|(scope, alternatives)| Indicator {
        scope: Roles::SIGNERS.with(role(*scope)),
        alternatives: alternatives.iter().map(|tests| tests.iter().map(condition).collect()).collect(),
        ..Indicator::default()
    });
    let Ok(table) = IndicatorTable::new(indicators) else { return };
    let expected = question.indicators.iter().filter(|(scope, alternatives)| {
        let mut strong = alternatives.iter().filter(|tests| !is_weak(tests));
        Roles::SIGNERS.with(role(*scope)).contains(role(question.role))
            && strong.any(|tests| tests.iter().all(|test| holds(test, &question)))
    });
    let mut candidate = Candidate::new(role(question.role))
        .serial(Serial::from_bytes(&question.serial))
        .organization(question.organization.as_str())
        .common_name(question.common_name.as_str());
    if let Some(byte) = question.sha256 {
        candidate = candidate.hash(HashOf::Certificate, HashValue::new(&[byte; 32]).unwrap());
    }
    assert_eq!(table.matches(&candidate).len(), expected.count());
});
