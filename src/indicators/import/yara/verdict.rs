//! What becomes of a rule: the alternatives of an indicator and what was lost on the way, or the reason why there is none.

use std::collections::HashMap;
use std::collections::HashSet;
use std::collections::hash_map::Entry;
use std::ops::Range;

use super::condition::Meaning;
use super::dnf::FactId;
use super::fact::{Fact, Test};
use super::raw_rule::Clues;
use super::spelling::{canonical, join_notes, prefer};
use super::syntax::Rule;
use crate::indicators::cause::Cause;
use crate::indicators::indicator::{Condition, Note, TimeOrder};
use crate::indicators::role::Roles;

/// What an indicator has of a rule's condition.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) alternatives: Vec<Vec<Condition>>,
    pub(super) scope: Roles,
    pub(super) notes: Vec<Note>,
    pub(super) not_after_at_least: Option<i64>,
}

/// One alternative of the condition.
#[derive(Debug)]
struct Alternative {
    conditions: Vec<Condition>,
    scope: Roles,
    /// About the values; they stay whichever alternative goes.
    notes: Vec<Note>,
    /// About what was left out.
    losses: Vec<Note>,
    not_after_at_least: Option<i64>,
}

/// Why an alternative is none.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Lost {
    Denied(Range<usize>),
    Malformed,
    /// Two serials or fingerprints, of which a certificate has one.
    Contradiction,
    /// Dates and algorithms only.
    StateOnly,
    NoCertificate(Vec<Range<usize>>),
}

/// How a certificate is looked for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Way<'r> {
    /// By the fields of signatures.
    Fields,
    /// By its octets, anywhere in the file.
    Octets(&'r Clues),
}

/// What a condition says about certificates, or in a sentence why it says nothing; `None` when an error says it already.
pub(super) fn judge(rule: &Rule<'_>, source: &[u8], meaning: Meaning, way: Way<'_>) -> Result<Found, Option<String>> {
    let facts = &meaning.facts;
    let mut found: Vec<Alternative> = Vec::new();
    let mut known: HashMap<Vec<Condition>, usize> = HashMap::new();
    let mut lost: Vec<Lost> = Vec::new();
    for alternative in meaning.dnf.alternatives() {
        let read = match way {
            Way::Fields => by_fields(facts, alternative, source).map(|one| vec![one]),
            Way::Octets(clues) => by_octets(facts, alternative, source, rule, clues),
        };
        match read {
            Ok(list) => list.into_iter().for_each(|one| add(&mut found, &mut known, one)),
            Err(reason) => lost.push(reason),
        }
    }
    if found.is_empty() {
        return Err(refusal(&lost, source));
    }
    let mut result =
        Found { alternatives: Vec::new(), scope: Roles::NONE, notes: Vec::new(), not_after_at_least: None };
    let mut seen = HashSet::new();
    let branches = lost.iter().map(|lost| Note::new(Cause::BranchLost, lost.told(source)));
    for alternative in found {
        result.alternatives.push(alternative.conditions);
        result.scope = result.scope.union(alternative.scope);
        let least = [result.not_after_at_least, alternative.not_after_at_least];
        result.not_after_at_least = least.into_iter().flatten().min();
        let notes = alternative.notes.into_iter().chain(alternative.losses);
        result.notes.extend(notes.filter(|note| seen.insert(note.clone())));
    }
    result.notes.extend(branches.filter(|note| seen.insert(note.clone())));
    Ok(result)
}

/// Adds an alternative, or makes one of it and an equal one.
fn add(found: &mut Vec<Alternative>, known: &mut HashMap<Vec<Condition>, usize>, one: Alternative) {
    let mut key: Vec<Condition> = one.conditions.iter().map(canonical).collect();
    key.sort_by_cached_key(|condition| format!("{condition:?}"));
    match known.entry(key) {
        Entry::Vacant(vacant) => {
            vacant.insert(found.len());
            found.push(one);
        }
        Entry::Occupied(at) => {
            let Some(kept) = found.get_mut(*at.get()) else { return };
            let is_serial = |condition: &&Condition| matches!(condition, Condition::Serial(_));
            let mine = kept.conditions.iter_mut().find(|condition| is_serial(&&**condition));
            if let (Some(mine), Some(theirs)) = (mine, one.conditions.iter().find(is_serial)) {
                prefer(mine, theirs);
            }
            join_notes(&mut kept.notes, one.notes);
            // What either alternative asks beyond this is asked no more.
            if one.losses.is_empty() {
                kept.losses.clear();
            }
            kept.scope = kept.scope.union(one.scope);
            kept.not_after_at_least = kept.not_after_at_least.min(one.not_after_at_least);
        }
    }
}

fn by_fields(facts: &[Fact], alternative: &[FactId], source: &[u8]) -> Result<Alternative, Lost> {
    let mut tests: Vec<&Test> = Vec::new();
    let mut contexts = Vec::new();
    for fact in alternative.iter().filter_map(|&id| facts.get(id)) {
        match fact {
            Fact::Test(test) => tests.push(test),
            Fact::Context(span) => contexts.push(span.clone()),
            Fact::Denied(span) => return Err(Lost::Denied(span.clone())),
            Fact::Malformed => return Err(Lost::Malformed),
            Fact::String(_) => {}
        }
    }
    if tests.is_empty() {
        return Err(Lost::NoCertificate(contexts));
    }
    let mut one = Alternative {
        conditions: Vec::new(),
        scope: tests.iter().fold(Roles::NONE, |scope, test| scope.union(test.roles)),
        notes: Vec::new(),
        losses: Vec::new(),
        not_after_at_least: None,
    };
    for test in &tests {
        one.conditions.push(test.condition.clone());
        one.notes.extend(test.notes.iter().cloned());
    }
    if tests.iter().any(|test| tests.first().is_some_and(|first| first.holder != test.holder)) {
        let told = "tests of several certificates, or of signer and chain, now asked of one certificate";
        one.losses.push(Note::new(Cause::CertificatesMixed, told));
    }
    one.losses.extend(contexts.iter().map(|span| Note::new(Cause::ContextLost, snippet(source, span))));
    one.settled()
}

fn by_octets(
    facts: &[Fact],
    alternative: &[FactId],
    source: &[u8],
    rule: &Rule<'_>,
    clues: &Clues,
) -> Result<Vec<Alternative>, Lost> {
    let mut strings = Vec::new();
    let mut contexts = Vec::new();
    for fact in alternative.iter().filter_map(|&id| facts.get(id)) {
        match fact {
            Fact::String(index) => strings.push(*index),
            Fact::Context(span) => contexts.push(span.clone()),
            Fact::Denied(span) => return Err(Lost::Denied(span.clone())),
            Fact::Malformed => return Err(Lost::Malformed),
            Fact::Test(_) => {}
        }
    }
    strings.sort_unstable();
    strings.dedup();
    let found = clues.found(&strings);
    if found.alternatives.is_empty() {
        return Err(Lost::NoCertificate(contexts));
    }
    let mut losses =
        vec![Note::new(Cause::CertificatesMixed, "octets anywhere in the file, now asked of one certificate")];
    let rest = found.rest.iter().filter_map(|&index| rule.strings.get(index));
    losses.extend(rest.map(|string| Note::new(Cause::ContextLost, format!("the string {}", string.name))));
    losses.extend(contexts.iter().map(|span| Note::new(Cause::ContextLost, snippet(source, span))));
    let settle = |conditions| {
        let one = Alternative {
            conditions,
            scope: Roles::ANY,
            notes: found.notes.clone(),
            losses: losses.clone(),
            not_after_at_least: None,
        };
        one.settled()
    };
    found.alternatives.into_iter().map(settle).collect()
}

impl Alternative {
    /// The alternative without what says nothing, if it says anything.
    fn settled(mut self) -> Result<Self, Lost> {
        let mut seen = HashMap::new();
        let mut conditions: Vec<Condition> = Vec::with_capacity(self.conditions.len());
        for condition in std::mem::take(&mut self.conditions) {
            match seen.entry(canonical(&condition)) {
                Entry::Vacant(vacant) => {
                    vacant.insert(conditions.len());
                    conditions.push(condition);
                }
                Entry::Occupied(at) => {
                    if let Some(kept) = conditions.get_mut(*at.get()) {
                        prefer(kept, &condition);
                    }
                }
            }
        }
        let count = |is_such: fn(&Condition) -> bool| conditions.iter().filter(|condition| is_such(condition)).count();
        let hashes: HashSet<_> = conditions.iter().filter_map(hash_kind).collect();
        let is_single = count(|condition| matches!(condition, Condition::Serial(_))) <= 1
            && count(|condition| hash_kind(condition).is_some()) == hashes.len();
        if !is_single {
            return Err(Lost::Contradiction);
        }
        if !conditions.iter().any(is_identity) {
            return Err(Lost::StateOnly);
        }
        if conditions.iter().any(is_key) {
            // Beside these it says nothing: publishers take the date from the certificate itself.
            conditions.retain(|condition| {
                let seconds = match condition {
                    Condition::NotAfter(test) if test.order == TimeOrder::AtLeast => test.time.unix(),
                    Condition::NotAfter(test) if test.order == TimeOrder::After => test.time.unix().saturating_add(1),
                    _ => return true,
                };
                self.not_after_at_least = self.not_after_at_least.max(Some(seconds));
                false
            });
        }
        self.conditions = conditions;
        Ok(self)
    }
}

fn hash_kind(condition: &Condition) -> Option<&'static str> {
    match condition {
        Condition::Hash(of, value) => Some(of.field(value)),
        _ => None,
    }
}

const fn is_identity(condition: &Condition) -> bool {
    matches!(
        condition,
        Condition::Serial(_)
            | Condition::Subject(_)
            | Condition::Issuer(_)
            | Condition::Hash(..)
            | Condition::ProgramName(_)
    )
}

/// Whether a condition alone tells a certificate from all others.
fn is_key(condition: &Condition) -> bool {
    match condition {
        Condition::Serial(serial) => !serial.as_serial().is_weak(),
        Condition::Hash(..) => true,
        _ => false,
    }
}

impl Lost {
    fn told(&self, source: &[u8]) -> String {
        match self {
            Self::Denied(span) => format!("it denies an identity: {}", snippet(source, span)),
            Self::Malformed => "it compares with a value that is none".to_owned(),
            Self::Contradiction => "it asks one certificate for two serial numbers or fingerprints".to_owned(),
            Self::StateOnly => "it tests the state of a certificate, not which one it is".to_owned(),
            Self::NoCertificate(spans) => match spans.as_slice() {
                [] => "it has no test of a certificate".to_owned(),
                [first, ..] => format!("it has no test of a certificate: {}", snippet(source, first)),
            },
        }
    }
}

/// Why nothing is left, by what weighs most; `None` when errors were told.
fn refusal(lost: &[Lost], source: &[u8]) -> Option<String> {
    let weight = |lost: &&Lost| match lost {
        Lost::Malformed => 0,
        Lost::Denied(_) => 1,
        Lost::Contradiction => 2,
        Lost::StateOnly => 3,
        Lost::NoCertificate(_) => 4,
    };
    match lost.iter().min_by_key(weight) {
        Some(Lost::Malformed) => None,
        Some(Lost::NoCertificate(_)) | None => Some("it has no test of a certificate".to_owned()),
        Some(reason) => Some(reason.told(source)),
    }
}

/// A piece of the source on one line.
fn snippet(source: &[u8], span: &Range<usize>) -> String {
    /// Characters that are enough to find the place again.
    const LONGEST: usize = 120;
    let piece = source.get(span.clone()).unwrap_or_default();
    let head = String::from_utf8_lossy(piece.get(..piece.len().min(LONGEST.saturating_mul(4))).unwrap_or_default());
    let mut text = String::new();
    for word in head.split_whitespace() {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(word);
    }
    let short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() || piece.len() > head.len() { format!("{short} …") } else { short }
}
