//! What indicators show beside each other: the same conditions again, and identities that exclude each other.

use std::collections::HashMap;
use std::collections::hash_map::{Entry, RandomState};
use std::hash::BuildHasher;
use std::rc::Rc;

use super::{Cause, Finding, advice};
use crate::indicators::hash_value::{HashOf, HashValue};
use crate::indicators::indicator::{Condition, Indicator};
use crate::x509::serial::{Serial, SerialBuf};

pub(super) fn check(indicators: &[Indicator], findings: &mut Vec<Finding>) {
    check_duplicates(indicators, findings);
    check_identities(indicators, findings);
}

fn check_duplicates(indicators: &[Indicator], findings: &mut Vec<Finding>) {
    // Two keys that nobody can foresee, as nobody is to make two lists look the same.
    let hashers = [RandomState::new(), RandomState::new()];
    let mut seen: HashMap<[u64; 2], &str> = HashMap::with_capacity(indicators.len());
    for (position, indicator) in indicators.iter().enumerate() {
        match seen.entry(hashers.each_ref().map(|hasher| digest(indicator, hasher))) {
            Entry::Occupied(earlier) => findings.push(Finding {
                indicator: position,
                cause: Cause::Duplicate,
                detail: (*earlier.get()).to_owned(),
                repair: advice(Cause::Duplicate).map(str::to_owned),
            }),
            Entry::Vacant(place) => _ = place.insert(&indicator.metadata.id),
        }
    }
}

/// A number that is the same for the same conditions, in whatever order they are.
fn digest(indicator: &Indicator, hasher: &RandomState) -> u64 {
    let condition = |condition: &Condition| match condition {
        // However it is written.
        Condition::Serial(serial) => {
            hasher.hash_one(Condition::Serial(SerialBuf::from_bytes(serial.as_serial().canonical())))
        }
        other => hasher.hash_one(other),
    };
    let alternative = |conditions: &Vec<Condition>| hasher.hash_one(sorted(conditions.iter().map(condition)));
    hasher.hash_one((indicator.scope, sorted(indicator.alternatives.iter().map(alternative))))
}

fn sorted(numbers: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut numbers: Vec<u64> = numbers.collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// What was met first under a key, and by which indicator.
struct First<V> {
    value: V,
    position: usize,
    is_told: bool,
}

/// The certificate is one, so its serial is one and its hash by one algorithm is one.
fn check_identities(indicators: &[Indicator], findings: &mut Vec<Finding>) {
    let hasher = RandomState::new();
    let mut serials: HashMap<HashValue, First<(u64, Rc<str>)>> = HashMap::new();
    let mut hashes: HashMap<(u64, u64, &str), First<HashValue>> = HashMap::new();
    for (position, indicator) in indicators.iter().enumerate() {
        for Pair { serial, text, tbs, issuer } in pairs(indicator, &hasher) {
            let value = (serial, Rc::clone(&text));
            let first = serials.entry(*tbs).or_insert(First { value, position, is_told: false });
            if first.value.0 != serial {
                let detail = format!("{tbs} under the serials {} and {text}", first.value.1);
                tell(Cause::OneTbsTwoSerials, first, position, &detail, findings);
            }
            let Some(issuer) = issuer else { continue };
            let first = hashes.entry((serial, issuer, tbs.algorithm())).or_insert(First {
                value: *tbs,
                position,
                is_told: false,
            });
            if first.value != *tbs {
                let detail = format!("{text} under the hashes {} and {tbs}", first.value);
                tell(Cause::OneSerialTwoTbs, first, position, &detail, findings);
            }
        }
    }
}

/// Tells of the indicator at `position`, and once of the one that it excludes: which of them is wrong is not known.
fn tell<V>(cause: Cause, first: &mut First<V>, position: usize, detail: &str, findings: &mut Vec<Finding>) {
    let finding = |indicator| Finding { indicator, cause, detail: detail.to_owned(), repair: None };
    if !first.is_told {
        findings.push(finding(first.position));
        first.is_told = true;
    }
    if position != first.position {
        findings.push(finding(position));
    }
}

/// A serial and a hash of the TBSCertificate of one certificate. Serials and issuers stand as numbers made of them: lists may hold long
/// ones beside many hashes.
struct Pair<'a> {
    serial: u64,
    text: Rc<str>,
    tbs: &'a HashValue,
    /// The issuer as far as it is known; `None` when the serial may be another issuer's too.
    issuer: Option<u64>,
}

/// The pairs that an indicator gives: of each alternative, and of all alternatives together when they have one serial.
fn pairs<'a>(indicator: &'a Indicator, hasher: &RandomState) -> Vec<Pair<'a>> {
    let mut serials = indicator.alternatives.iter().flatten().filter_map(serial);
    let Some(first) = serials.next() else { return Vec::new() };
    if serials.all(|serial| serial.canonical() == first.canonical()) {
        let all: Vec<&Condition> = indicator.alternatives.iter().flatten().collect();
        return pairs_of(&all, hasher);
    }
    let of = |conditions: &'a Vec<Condition>| pairs_of(&conditions.iter().collect::<Vec<_>>(), hasher);
    indicator.alternatives.iter().flat_map(of).collect()
}

fn pairs_of<'a>(conditions: &[&'a Condition], hasher: &RandomState) -> Vec<Pair<'a>> {
    /// Octets of a serial that are told.
    const MAX_TOLD: usize = 32;
    let Some(serial) = conditions.iter().find_map(|condition| serial(condition)) else { return Vec::new() };
    let canonical = serial.canonical();
    let text: Rc<str> = hex::encode(canonical.get(..MAX_TOLD).unwrap_or(canonical)).into();
    let issuer = conditions.iter().find_map(|condition| match condition {
        Condition::Issuer(test) => Some(test.value.trim().to_lowercase()),
        _ => None,
    });
    // A serial that is long enough is nobody else's.
    let issuer = issuer.or_else(|| (!serial.is_weak()).then(String::new)).map(|issuer| hasher.hash_one(issuer));
    let number = hasher.hash_one(canonical);
    let pair = |tbs| Pair { serial: number, text: Rc::clone(&text), tbs, issuer };
    conditions.iter().filter_map(|condition| tbs(condition)).map(pair).collect()
}

fn serial(condition: &Condition) -> Option<Serial<'_>> {
    match condition {
        Condition::Serial(serial) => Some(serial.as_serial()),
        _ => None,
    }
}

const fn tbs(condition: &Condition) -> Option<&HashValue> {
    match condition {
        Condition::Hash(HashOf::Tbs, value) => Some(value),
        _ => None,
    }
}
