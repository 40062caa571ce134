//! Rules that look for the octets of a certificate anywhere in a file.

use super::raw_name::Name;
use super::raw_string::{Clue, recognise};
use super::syntax::Rule;
use crate::indicators::indicator::{Condition, Note, TimeOrder, TimeTest};

/// What the strings of a rule are.
#[derive(Debug)]
pub(super) struct Clues {
    clues: Vec<Clue>,
    /// Whether the rule says that it is about certificates.
    names_certificates: bool,
}

/// What the strings of one alternative come to.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Alternatives, when strings can be read in more than one way.
    pub(super) alternatives: Vec<Vec<Condition>>,
    pub(super) notes: Vec<Note>,
    /// Positions of the strings that are nothing of a certificate.
    pub(super) rest: Vec<usize>,
}

impl Clues {
    pub(super) fn of(rule: &Rule<'_>) -> Self {
        let says = |text: &str| {
            let text = text.to_ascii_lowercase();
            WORDS.iter().any(|word| text.contains(word))
        };
        let mut meta = rule.meta.iter();
        let described = meta.any(|meta| meta.key.eq_ignore_ascii_case("description") && says(&meta.value));
        let names_certificates = says(rule.name) || described || rule.strings.iter().any(|string| says(string.name));
        Self { clues: rule.strings.iter().map(recognise).collect(), names_certificates }
    }

    /// Whether any string can be of a certificate.
    pub(super) fn any(&self) -> bool {
        let all: Vec<usize> = (0..self.clues.len()).collect();
        !self.found(&all).alternatives.is_empty() || all.iter().any(|&one| !self.found(&[one]).alternatives.is_empty())
    }

    /// What the strings at these positions are together: octets are a serial, and text a name, only where something else says so.
    pub(super) fn found(&self, strings: &[usize]) -> Found {
        let clues = || strings.iter().filter_map(|&index| Some((index, self.clues.get(index)?)));
        let any = |is_such: &dyn Fn(&Clue) -> bool| clues().any(|(_, clue)| is_such(clue));
        let has_attributes = any(&|clue| matches!(clue, Clue::Attributes(_)));
        let has_validity = any(&|clue| matches!(clue, Clue::Validity(_)));
        let has_proven = any(&|clue| matches!(clue, Clue::Serial { is_proven: true, .. }));
        let has_telling = any(&|clue| matches!(clue, Clue::Name(name) if name.is_telling));
        // Where one serial is known as such, other octets are something else.
        let takes_unproven = !has_proven && (has_attributes || has_validity || has_telling || self.names_certificates);
        let takes_serial = |is_proven: bool| is_proven || takes_unproven;
        let has_serial = any(&|clue| matches!(clue, Clue::Serial { is_proven, .. } if takes_serial(*is_proven)));
        // A rule that has the attributes of a name writes all of it so.
        let takes_name = |name: &Name| {
            (name.is_telling && (has_attributes || self.names_certificates))
                || (name.is_likely && !has_attributes && (has_serial || has_validity))
        };
        let mut found = Found::default();
        let mut conditions = Vec::new();
        let mut instants = Vec::new();
        for (index, clue) in clues() {
            match clue {
                Clue::Attributes(list) => conditions.extend(list.iter().cloned()),
                Clue::Validity([from, to]) => {
                    conditions.push(Condition::NotBefore(TimeTest { order: TimeOrder::Equal, time: *from }));
                    conditions.push(Condition::NotAfter(TimeTest { order: TimeOrder::Equal, time: *to }));
                }
                Clue::Serial { serial, is_proven } if takes_serial(*is_proven) => {
                    conditions.push(Condition::Serial(serial.clone()));
                }
                Clue::Name(name) if takes_name(name) => {
                    conditions.push(name.condition.clone());
                    found.notes.extend(name.notes.iter().cloned());
                }
                Clue::Instant(time) => instants.push((index, *time)),
                Clue::Name(_) | Clue::Serial { .. } | Clue::Nothing => found.rest.push(index),
            }
        }
        if conditions.is_empty() {
            found.rest.extend(instants.iter().map(|(index, _)| *index));
            return found;
        }
        let equal = |time| TimeTest { order: TimeOrder::Equal, time };
        instants.sort_by_key(|(_, time)| *time);
        match instants.as_slice() {
            [] => found.alternatives.push(conditions),
            [(_, time)] => {
                for condition in [Condition::NotBefore(equal(*time)), Condition::NotAfter(equal(*time))] {
                    found.alternatives.push(conditions.iter().cloned().chain([condition]).collect());
                }
            }
            [(_, from), (_, to)] => {
                conditions.extend([Condition::NotBefore(equal(*from)), Condition::NotAfter(equal(*to))]);
                found.alternatives.push(conditions);
            }
            more => {
                found.rest.extend(more.iter().map(|(index, _)| *index));
                found.alternatives.push(conditions);
            }
        }
        found
    }
}

/// Words by which a rule says what it looks for.
const WORDS: [&str; 9] =
    ["cert", "signed", "signer", "signing", "signature", "serial", "authenticode", "codesign", "thumbprint"];
