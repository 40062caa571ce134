//! The embedded default table. `tools/make_builtin.py` writes the data and describes its format; `NOTICE` names its sources.

use std::borrow::Cow;

use crate::indicators::indicator::{Condition, Indicator, Metadata, NameField, NameTest, Severity, Text, TextMode};
use crate::indicators::role::Roles;
use crate::x509::serial::SerialBuf;

/// One record a line, fields separated by tabs.
const DATA: &str = include_str!("builtin.tsv");

/// MITRE ATT&CK, Subvert Trust Controls: Code Signing. Every match of a signer is one.
const CODE_SIGNING: &[Text] = &[Cow::Borrowed("T1553.002")];

/// A publisher of indicators.
struct Source {
    key: &'static str,
    name: &'static str,
    reference: &'static str,
    severity: Option<Severity>,
    category: &'static str,
}

/// Every built-in indicator. Texts are borrowed from the program's own data.
pub(crate) fn indicators() -> Vec<Indicator> {
    /// Octets of a line, at the least: growing the list costs as much as reading it.
    const SHORTEST_LINE: usize = 64;
    let mut sources: Vec<Source> = Vec::new();
    let mut indicators = Vec::with_capacity(DATA.len() / SHORTEST_LINE);
    for line in DATA.lines() {
        if let Some(source) = line.strip_prefix("S\t") {
            sources.extend(read_source(source));
        } else if let Some(indicator) = line.strip_prefix("I\t") {
            indicators.extend(read_indicator(indicator, &sources));
        }
    }
    indicators
}

fn read_source(line: &'static str) -> Option<Source> {
    let mut fields = line.split('\t');
    let (key, name, reference) = (fields.next()?, fields.next()?, fields.next()?);
    let severity = fields.next()?;
    let severity = Severity::ALL.into_iter().find(|known| known.as_str() == severity);
    Some(Source { key, name, reference, severity, category: fields.next()? })
}

fn read_indicator(line: &'static str, sources: &[Source]) -> Option<Indicator> {
    let mut fields = line.split('\t');
    let key = fields.next()?;
    let source = sources.iter().find(|source| source.key == key)?;
    let id = fields.next()?;
    let (family, date, not_after_at_least) = (fields.next()?, fields.next()?, fields.next()?);
    let metadata = Metadata {
        id: id.into(),
        name: Some(id.into()),
        source: Some(source.name.into()),
        reference: Some(source.reference.into()),
        severity: source.severity,
        category: Some(source.category.into()),
        family: non_empty(family),
        date: non_empty(date),
        attack: Cow::Borrowed(CODE_SIGNING),
        not_after_at_least: not_after_at_least.parse().ok(),
    };
    let mut alternatives = vec![Vec::with_capacity(2)];
    for field in fields {
        if field == "or" {
            alternatives.push(Vec::with_capacity(2));
        } else {
            alternatives.last_mut()?.push(read_condition(field)?);
        }
    }
    Some(Indicator { metadata, scope: Roles::SIGNERS, alternatives })
}

fn non_empty(text: &'static str) -> Option<Text> {
    (!text.is_empty()).then_some(Cow::Borrowed(text))
}

fn read_condition(field: &'static str) -> Option<Condition> {
    let (kind, value) = field.split_once(':')?;
    let name = |field, mode| NameTest { field, mode, value: value.into() };
    Some(match kind {
        "s" => Condition::Serial(SerialBuf::parse_hex(value).ok()?),
        "o" => Condition::Subject(name(NameField::Organization, TextMode::Exact)),
        "n" => Condition::Subject(name(NameField::CommonName, TextMode::Exact)),
        "a" => Condition::Subject(name(NameField::Any, TextMode::Contains)),
        "i" => Condition::Issuer(name(NameField::Any, TextMode::Contains)),
        "h" => {
            let mut hash = [0; 32];
            hex::decode_to_slice(value, &mut hash).ok()?;
            Condition::Sha256(hash)
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicators::table::IndicatorTable;

    #[test]
    fn every_line_is_an_indicator_and_the_table_builds() {
        let lines = DATA.lines().filter(|line| line.starts_with("I\t")).count();
        assert_eq!(indicators().len(), lines);
        let table = IndicatorTable::new(indicators()).unwrap();
        assert_eq!(table.len(), lines);
        assert_eq!(table.weak(), [], "an entry that can never match");
    }
}
