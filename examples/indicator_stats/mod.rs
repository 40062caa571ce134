//! Counts of indicators.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use certsift::{Condition, Indicator};
use serde_json::{Value, json};

/// The counts as an object: everything by number of indicators, but `alternatives` and `table_bytes`.
pub(crate) fn count(indicators: &[Indicator], table_bytes: usize) -> Value {
    let by = |key: fn(&Indicator) -> Option<String>| {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for indicator in indicators {
            *counts.entry(key(indicator).unwrap_or_else(|| "none".to_owned())).or_default() += 1;
        }
        counts
    };
    let mut conditions: BTreeMap<&str, usize> = BTreeMap::new();
    let mut notes: BTreeMap<&str, usize> = BTreeMap::new();
    let mut serials: BTreeMap<String, usize> = BTreeMap::new();
    for indicator in indicators {
        let mut kinds: Vec<&str> = indicator.alternatives.iter().flatten().map(kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds.into_iter().for_each(|kind| *conditions.entry(kind).or_default() += 1);
        for note in &indicator.metadata.notes {
            *notes.entry(note.cause.as_str()).or_default() += 1;
        }
        let mut named: Vec<String> = indicator.alternatives.iter().flatten().filter_map(serial).collect();
        named.sort_unstable();
        named.dedup();
        named.into_iter().for_each(|serial| *serials.entry(serial).or_default() += 1);
    }
    json!({
        "indicators": indicators.len(),
        "alternatives": indicators.iter().map(|indicator| indicator.alternatives.len()).sum::<usize>(),
        "table_bytes": table_bytes,
        "distinct_serials": serials.len(),
        "serials_of_several_indicators": serials.values().filter(|count| **count > 1).count(),
        "by_source": by(|indicator| indicator.metadata.source.as_deref().map(str::to_owned)),
        "by_category": by(|indicator| indicator.metadata.category.as_deref().map(str::to_owned)),
        "by_severity": by(|indicator| indicator.metadata.severity.map(|severity| severity.to_string())),
        "by_condition": conditions,
        "by_note": notes,
    })
}

fn kind(condition: &Condition) -> &'static str {
    match condition {
        Condition::Serial(_) => "serial",
        Condition::Subject(_) => "subject",
        Condition::Issuer(_) => "issuer",
        Condition::Hash(of, value) => of.field(value),
        Condition::ExtendedKeyUsage(_) => "extended_key_usage",
        Condition::ProgramName(_) => "program_name",
        Condition::SignatureAlgorithm(_) => "signature_algorithm",
        Condition::NotBefore(_) => "not_before",
        Condition::NotAfter(_) => "not_after",
        Condition::RsaModulus(_) => "rsa_modulus",
        _ => "other",
    }
}

fn serial(condition: &Condition) -> Option<String> {
    match condition {
        Condition::Serial(serial) => Some(serial.to_string()),
        _ => None,
    }
}

/// The counts as lines for a person, the totals first.
pub(crate) fn text(counts: &Value) -> String {
    let mut text = String::new();
    let counts: Vec<(&String, &Value)> = counts.as_object().into_iter().flatten().collect();
    let label = |key: &str| key.replace('_', " ");
    for (key, total) in counts.iter().filter(|(_, value)| value.is_number()) {
        let _ = writeln!(text, "{:>10}  {}", total.to_string(), label(key));
    }
    for (key, rows) in counts.iter().filter_map(|(key, value)| Some((key, value.as_object()?))) {
        if !rows.is_empty() {
            let _ = writeln!(text, "{}", label(key));
        }
        for (name, count) in rows {
            let _ = writeln!(text, "{:>12}  {}", count.to_string(), certsift::escape(name));
        }
    }
    text
}
