//! Under which keys an alternative is filed in a table, so that every candidate that it matches leads to one of them.

#[cfg(feature = "fold")]
use std::collections::BTreeSet;
use std::collections::HashMap;

use foldhash::fast::RandomState;

#[cfg(feature = "fold")]
use crate::indicators::attested::organizations;
use crate::indicators::fold::lower_case;
#[cfg(feature = "fold")]
use crate::indicators::fold::{fold, fold_organization, skeleton};
use crate::indicators::hash_value::{HashOf, HashValue};
use crate::indicators::indicator::{Condition, NameTest, TextMode};
use crate::indicators::key::{Key, Space};
use crate::x509::serial::Serial;

/// Octets of a part by which it is found, at the most.
pub(super) const PART: usize = 4;

/// Where in a table what is filed.
#[derive(Debug, Default)]
pub(super) struct Filing {
    /// A key and the row that is found there.
    pub(super) keys: Vec<(Key, u32)>,
    /// A bit for each space there are keys of.
    pub(super) spaces: u32,
    /// A bit for each length of the parts.
    pub(super) part_lengths: u32,
    /// Parts of texts, filed when all are known: each under those of its octets that the fewest others have.
    parts: Vec<(Space, Box<str>, u32)>,
}

impl Filing {
    /// Files an alternative of the indicator `row` under its most selective condition.
    pub(super) fn alternative(&mut self, conditions: &[Condition], row: u32) {
        let Some(filed) = conditions.iter().min_by_key(|condition| rank(condition)) else { return };
        match filed {
            Condition::Hash(of, value) => self.add(Space::Hash, &hash_octets(*of, value), row),
            Condition::Serial(serial) => self.add(Space::Serial, serial.as_serial().canonical(), row),
            Condition::RsaModulus(modulus) => self.add(Space::Modulus, modulus, row),
            Condition::ExtendedKeyUsage(test) => {
                let space = if test.and_below { Space::UsageAbove } else { Space::Usage };
                self.add(space, test.usage.as_oid().as_bytes(), row);
            }
            Condition::Subject(test) | Condition::Issuer(test) | Condition::ProgramName(test) => self.name(test, row),
            Condition::SignatureAlgorithm(_) | Condition::NotBefore(_) | Condition::NotAfter(_) => {
                self.add(Space::Everything, &[], row);
            }
        }
        for condition in conditions {
            match condition {
                Condition::Serial(serial) if condition != filed => {
                    self.add(Space::SharedSerial, serial.as_serial().canonical(), row);
                }
                Condition::Issuer(test) => self.add(Space::SharedIssuer, &issuer_octets(test), row),
                _ => {}
            }
        }
    }

    /// Files the organizations that an indicator names, under which drivers are found that Microsoft signed for them.
    #[cfg(feature = "fold")]
    pub(super) fn attested(&mut self, alternatives: &[Vec<Condition>], row: u32) {
        let mut names = organizations(alternatives);
        let (Some(first), second) = (names.next(), names.next()) else { return };
        if second.is_none() {
            self.add(Space::Attested, fold_organization(first).as_bytes(), row);
            return;
        }
        // Alternatives often name the same one.
        let folded: BTreeSet<String> = organizations(alternatives).map(fold_organization).collect();
        for organization in &folded {
            self.add(Space::Attested, organization.as_bytes(), row);
        }
    }

    fn add(&mut self, space: Space, octets: &[u8], row: u32) {
        self.spaces |= space.bit();
        self.keys.push((Key::new(space, octets), row));
    }

    fn name(&mut self, test: &NameTest, row: u32) {
        let value = &*test.value;
        let lower;
        let (value, whole, part) = if test.ignore_case {
            lower = lower_case(value);
            (&*lower, Space::LowerText, Space::LowerPart)
        } else {
            (value, Space::Text, Space::Part)
        };
        if test.mode == TextMode::Exact {
            self.add(whole, value.as_bytes(), row);
        } else {
            self.parts.push((part, value.into(), row));
        }
        #[cfg(feature = "fold")]
        self.similar_name(test, row);
    }

    /// What differs in case, blanks, legal form or look only is found under these.
    #[cfg(feature = "fold")]
    fn similar_name(&mut self, test: &NameTest, row: u32) {
        self.add(Space::FoldedText, fold_organization(&test.value).as_bytes(), row);
        self.add(Space::Skeleton, skeleton(&test.value).as_bytes(), row);
        if test.mode != TextMode::Exact {
            let similar = [(Space::FoldedPart, fold(&test.value)), (Space::SkeletonPart, skeleton(&test.value))];
            let similar = similar.into_iter().filter(|(_, text)| !text.is_empty());
            self.parts.extend(similar.map(|(space, text)| (space, text.into(), row)));
        }
    }

    /// Files the parts. Call once, last.
    pub(super) fn finish(&mut self) {
        let mut counts: HashMap<(Space, &[u8]), u32, RandomState> = HashMap::default();
        for (space, text, _) in &self.parts {
            for octets in parts_of(text) {
                let count = counts.entry((*space, octets)).or_default();
                *count = count.saturating_add(1);
            }
        }
        for (space, text, row) in &self.parts {
            let count = |octets: &[u8]| counts.get(&(*space, octets)).copied().unwrap_or(0);
            let rarest = parts_of(text).min_by_key(|octets| count(octets)).unwrap_or_default();
            self.spaces |= space.bit();
            self.part_lengths |= length_bit(rarest.len());
            self.keys.push((Key::new(*space, rarest), *row));
        }
        self.parts = Vec::new();
    }
}

/// The first condition to look at: the one that the fewest certificates meet. Thousands of indicators name the same few authorities,
/// and every certificate has most runs of a few letters.
fn rank(condition: &Condition) -> (u8, usize) {
    // The longest text is the rarest.
    let text = |test: &NameTest| usize::MAX.saturating_sub(test.value.len());
    match condition {
        Condition::Hash(HashOf::Certificate | HashOf::Tbs, _) => (0, 0),
        Condition::Serial(_) | Condition::Hash(HashOf::Serial, _) => (1, 0),
        Condition::RsaModulus(_) => (2, 0),
        Condition::Hash(HashOf::Subject, _) => (3, 0),
        Condition::Subject(test) | Condition::ProgramName(test) if test.mode == TextMode::Exact => (4, text(test)),
        Condition::Subject(test) | Condition::ProgramName(test) if test.value.len() >= PART => (5, text(test)),
        Condition::Hash(HashOf::ChainTbs, _) => (6, 0),
        Condition::Issuer(test) if test.mode == TextMode::Exact => (7, text(test)),
        Condition::Subject(test) | Condition::Issuer(test) | Condition::ProgramName(test) => (8, text(test)),
        Condition::ExtendedKeyUsage(_) => (9, 0),
        Condition::SignatureAlgorithm(_) | Condition::NotBefore(_) | Condition::NotAfter(_) => (10, 0),
    }
}

/// Every run of octets by which a part of a text can be found; the text itself when it is shorter.
fn parts_of(text: &str) -> impl Iterator<Item = &[u8]> {
    text.as_bytes().windows(text.len().clamp(1, PART))
}

/// The bit of a length among the lengths of parts.
pub(super) const fn length_bit(length: usize) -> u32 {
    match length {
        0 => 1,
        1 => 2,
        2 => 4,
        3 => 8,
        _ => 16,
    }
}

/// The octets that a hash is filed under.
pub(super) fn hash_octets(of: HashOf, value: &HashValue) -> Vec<u8> {
    [of.prefix().as_bytes(), value.as_bytes()].concat()
}

/// The octets that an issuer is counted under.
pub(super) fn issuer_octets(test: &NameTest) -> Vec<u8> {
    [test.field.name(), test.mode.as_str(), &test.value].join("\0").into_bytes()
}

/// Whether a text to be compared with is empty.
pub(super) fn has_empty_text(conditions: &[Condition]) -> bool {
    conditions.iter().any(|condition| match condition {
        Condition::Subject(test) | Condition::Issuer(test) | Condition::ProgramName(test) => test.value.is_empty(),
        _ => false,
    })
}

/// A weak serial with nothing beside it that tells its certificate from another's.
pub(super) fn is_weak(conditions: &[Condition]) -> bool {
    let has_weak = conditions.iter().any(is_weak_serial);
    has_weak && conditions.iter().all(|condition| is_weak_serial(condition) || tells_nothing(condition))
}

/// The hash of a serial with nothing beside it, where the certificate's serial, which nobody can read out of the hash, is weak.
pub(super) fn is_weak_for(conditions: &[Condition], serial: Option<Serial<'_>>) -> bool {
    let is_hash = |condition: &Condition| matches!(condition, Condition::Hash(HashOf::Serial, _));
    let is_weak_one = |condition: &Condition| is_hash(condition) || is_weak_serial(condition);
    serial.is_some_and(Serial::is_weak)
        && conditions.iter().any(is_hash)
        && conditions.iter().all(|condition| is_weak_one(condition) || tells_nothing(condition))
}

fn is_weak_serial(condition: &Condition) -> bool {
    matches!(condition, Condition::Serial(serial) if serial.as_serial().is_weak())
}

/// Conditions that thousands of certificates meet.
const fn tells_nothing(condition: &Condition) -> bool {
    matches!(
        condition,
        Condition::ExtendedKeyUsage(_)
            | Condition::SignatureAlgorithm(_)
            | Condition::NotBefore(_)
            | Condition::NotAfter(_)
    )
}
