//! [`Match`]: a match, explained, and how much it says.

use std::collections::HashMap;
use std::hash::BuildHasher;

use foldhash::fast::FixedState;

use crate::indicators::evidence::Evidence;
use crate::indicators::indicator::{Condition, Indicator};

/// Position of an indicator in its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IndicatorId(pub(super) u32);

/// A match, explained.
#[derive(Debug, Clone)]
pub struct Match<'t> {
    /// Position of the indicator in its table.
    pub id: IndicatorId,
    /// The indicator.
    pub indicator: &'t Indicator,
    /// How much the conditions that hold say.
    pub strength: Strength,
    /// Whether the serial was written with the same sign octet; `None` when no serial was compared.
    pub serial_match: Option<SerialMatch>,
    /// The conditions that hold.
    pub fields: Vec<Evidence>,
    /// The conditions of the indicator's other alternatives that do not hold.
    pub unmatched: Vec<Evidence>,
    /// How many other indicators of the table name the same serial.
    pub shared_serial: usize,
    /// How many other indicators of the table name the same issuer.
    pub shared_issuer: usize,
}

/// How much a match says, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Strength {
    /// Only names were compared.
    Name,
    /// A durable identity that the issuer vouches for.
    Identity,
    /// The serial alone. Serials are unique per issuer only.
    Serial,
    /// The serial and a name of the subject.
    SerialAndName,
    /// The serial and the issuer, which together name one certificate.
    IssuerAndSerial,
    /// A hash of the certificate.
    Exact,
}

impl Strength {
    /// The stable name, as records carry it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Identity => "identity",
            Self::Serial => "serial",
            Self::SerialAndName => "serial_and_name",
            Self::IssuerAndSerial => "issuer_and_serial",
            Self::Exact => "exact",
        }
    }
}

/// Whether two equal serials were written with the same octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SerialMatch {
    /// The same octets.
    Exact,
    /// They differ in leading zero octets only: the source dropped or added the sign octet.
    SignFolded,
}

impl SerialMatch {
    /// The stable name, as records carry it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::SignFolded => "sign_folded",
        }
    }
}

/// How much the conditions of an alternative that holds say.
pub(super) fn strength(conditions: &[Condition], fields: &[Evidence]) -> Strength {
    let has = |wanted: fn(&Condition) -> bool| conditions.iter().any(wanted);
    if has(|condition| matches!(condition, Condition::Sha1(_) | Condition::Sha256(_) | Condition::TbsSha256(_))) {
        return Strength::Exact;
    }
    let Some(serial) = conditions.iter().find_map(|condition| match condition {
        Condition::Serial(serial) => Some(serial),
        _ => None,
    }) else {
        return Strength::Name;
    };
    let plain = fields.iter().all(|field| !field.compare.is_folded());
    if !plain {
        // A name that is only similar adds nothing to the serial, and cannot make up for a weak one.
        return if serial.as_serial().is_weak() { Strength::Name } else { Strength::Serial };
    }
    if has(|condition| matches!(condition, Condition::Issuer(_))) {
        Strength::IssuerAndSerial
    } else if has(|condition| matches!(condition, Condition::Subject(_))) {
        Strength::SerialAndName
    } else {
        Strength::Serial
    }
}

/// How many indicators have each serial and each issuer condition. Keys are hashes: a count is a hint for a person, and memory for
/// it stays small beside a large table.
#[derive(Debug, Default)]
pub(super) struct SharedCounts {
    counts: HashMap<u64, usize, FixedState>,
}

impl SharedCounts {
    pub(super) fn of(indicators: &[Indicator]) -> Self {
        let mut counts = Self::default();
        let mut keys: Vec<u64> = Vec::new();
        for indicator in indicators {
            keys.clear();
            keys.extend(indicator.alternatives.iter().flatten().filter_map(Self::key));
            // An indicator counts once, however many of its alternatives name the same.
            keys.sort_unstable();
            keys.dedup();
            for key in &keys {
                let count = counts.counts.entry(*key).or_default();
                *count = count.saturating_add(1);
            }
        }
        counts
    }

    pub(super) fn indicators_with(&self, condition: &Condition) -> usize {
        Self::key(condition).and_then(|key| self.counts.get(&key)).copied().unwrap_or(0)
    }

    fn key(condition: &Condition) -> Option<u64> {
        let hasher = FixedState::default();
        match condition {
            Condition::Serial(serial) => Some(hasher.hash_one(serial.as_serial())),
            Condition::Issuer(name_test) => Some(hasher.hash_one(name_test)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::x509::serial::SerialBuf;

    #[test]
    fn indicators_are_counted_once_for_each_serial() {
        let serial = |text| Condition::Serial(SerialBuf::parse_hex(text).unwrap());
        let indicator = |alternatives| Indicator { alternatives, ..Indicator::default() };
        let counts = SharedCounts::of(&[
            indicator(vec![vec![serial("00b5")], vec![serial("b5")]]),
            indicator(vec![vec![serial("B5"), Condition::Sha1([0; 20])]]),
            indicator(vec![vec![serial("01")]]),
        ]);
        assert_eq!(counts.indicators_with(&serial("0xb5")), 2);
        assert_eq!(counts.indicators_with(&serial("01")), 1);
        assert_eq!(counts.indicators_with(&serial("02")), 0);
    }
}
