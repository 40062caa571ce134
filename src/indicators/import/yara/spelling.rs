//! What rules write twice because tools print it in two ways: serials with and without the sign octet, names with and without
//! escapes, an attribute at the end of a name and before another one.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::dnf::{Dnf, FactId};
use super::fact::{Fact, Test};
use super::place::Holder;
use crate::indicators::cause::Cause;
use crate::indicators::indicator::{Condition, NameField, NameTest, Note, TextMode};
use crate::x509::serial::SerialBuf;

/// The condition with the serial in canonical form: what is equal here is the same test.
pub(super) fn canonical(condition: &Condition) -> Condition {
    match condition {
        Condition::Serial(serial) => Condition::Serial(SerialBuf::from_bytes(serial.as_serial().canonical())),
        other => other.clone(),
    }
}

/// The better of two spellings of one test: the serial with its sign octet, the digits complete.
pub(super) fn prefer(kept: &mut Condition, other: &Condition) {
    if let (Condition::Serial(mine), Condition::Serial(theirs)) = (&*kept, other) {
        let rank = |serial: &SerialBuf| (!serial.is_odd_hex(), serial.as_serial().as_bytes().len());
        if rank(theirs) > rank(mine) {
            *kept = other.clone();
        }
    }
}

/// The notes on a test that is written in two ways. Text for either engine is no fault when the text for the other is there too.
pub(super) fn join_notes(kept: &mut Vec<Note>, other: Vec<Note>) {
    let has = |notes: &[Note], cause| notes.iter().any(|note| note.cause == cause);
    let escaped = has(kept, Cause::EscapedText) || has(&other, Cause::EscapedText);
    let plain = has(kept, Cause::RawUtf8Text) || has(&other, Cause::RawUtf8Text);
    let spelled = has(kept, Cause::ThumbprintSpelling) && has(&other, Cause::ThumbprintSpelling);
    for note in other {
        if !kept.contains(&note) {
            kept.push(note);
        }
    }
    kept.retain(|note| match note.cause {
        Cause::EscapedText | Cause::RawUtf8Text => !(escaped && plain),
        Cause::ThumbprintSpelling => spelled,
        _ => true,
    });
    kept.sort_by(|a, b| (a.cause, &a.detail).cmp(&(b.cause, &b.detail)));
}

/// Makes one test of those alternatives of an `or` that are one test each and say the same.
pub(super) fn merge(any: Dnf, facts: &mut Vec<Fact>) -> Dnf {
    let alternatives = any.alternatives();
    let singles: Vec<FactId> = alternatives.iter().filter_map(|alternative| single(alternative, facts)).collect();
    if singles.len() < 2 {
        return any;
    }
    let mut merged: HashMap<(Holder, Condition), Test> = HashMap::new();
    let mut replaced: HashMap<FactId, (Holder, Condition)> = HashMap::new();
    for id in singles {
        let Some(Fact::Test(test)) = facts.get(id) else { continue };
        let key = (test.holder, canonical(&test.condition));
        match merged.entry(key.clone()) {
            Entry::Vacant(vacant) => {
                vacant.insert(test.clone());
            }
            Entry::Occupied(mut known) => {
                let known = known.get_mut();
                prefer(&mut known.condition, &test.condition);
                join_notes(&mut known.notes, test.notes.clone());
            }
        }
        replaced.insert(id, key);
    }
    join_attributes(&mut merged, &mut replaced);
    let mut added: HashMap<(Holder, Condition), FactId> = HashMap::new();
    let mut result = Vec::new();
    for alternative in alternatives {
        let key = single(alternative, facts).and_then(|id| replaced.get(&id));
        let Some(key) = key else {
            result.push(alternative.clone());
            continue;
        };
        if let (Some(test), Entry::Vacant(vacant)) = (merged.get(key), added.entry(key.clone())) {
            let id = facts.len();
            facts.push(Fact::Test(test.clone()));
            vacant.insert(id);
            result.push(vec![id]);
        }
    }
    Dnf::from_alternatives(result)
}

fn single(alternative: &[FactId], facts: &[Fact]) -> Option<FactId> {
    match alternative {
        [id] if matches!(facts.get(*id), Some(Fact::Test(_))) => Some(*id),
        _ => None,
    }
}

/// Pairs of comparisons with the whole name that are one comparison with a value in it.
fn join_attributes(
    merged: &mut HashMap<(Holder, Condition), Test>,
    replaced: &mut HashMap<FactId, (Holder, Condition)>,
) {
    let mut exact = HashMap::new();
    for (holder, condition) in merged.keys() {
        let Some((of, test)) = name_test(condition).filter(|(_, test)| test.field == NameField::OneLine) else {
            continue;
        };
        let Some((partner, meant)) = pair(test) else { continue };
        let partner = (*holder, of(partner));
        if merged.contains_key(&partner) {
            let meant = (*holder, of(meant));
            exact.insert((*holder, condition.clone()), meant.clone());
            exact.insert(partner, meant);
        }
    }
    for (old, new) in &exact {
        let Some(mut test) = merged.remove(old) else { continue };
        test.condition = new.1.clone();
        match merged.entry(new.clone()) {
            Entry::Vacant(vacant) => {
                vacant.insert(test);
            }
            Entry::Occupied(mut known) => join_notes(&mut known.get_mut().notes, test.notes),
        }
    }
    for key in replaced.values_mut() {
        if let Some(new) = exact.get(key) {
            *key = new.clone();
        }
    }
}

/// The other half of a pair, and what both mean together:
/// `endswith "/O=X"` and `contains "/O=X/"`: the organization is X, last in the name or before another attribute;
/// `endswith "X"` and `contains "X/"`: some value ends so;
/// `startswith "/O=X"` and `contains "/O=X"`: the organization begins so.
fn pair(test: &NameTest) -> Option<(NameTest, NameTest)> {
    let value = test.value.as_ref();
    let attribute = ATTRIBUTES.iter().find_map(|(key, field)| Some((*field, value.strip_prefix(key)?)));
    let attribute = attribute.filter(|(_, rest)| !rest.is_empty());
    let (inside, (field, rest), mode) = match (test.mode, attribute) {
        (TextMode::Suffix, Some(attribute)) => (format!("{value}/"), attribute, TextMode::Exact),
        (TextMode::Suffix, None) => (format!("{value}/"), (NameField::Any, value), TextMode::Suffix),
        (TextMode::Prefix, Some(attribute)) => (value.to_owned(), attribute, TextMode::Prefix),
        _ => return None,
    };
    let meant = NameTest { field, mode, ignore_case: test.ignore_case, value: rest.to_owned().into() };
    // As the text alone would be read.
    let is_whole = inside.contains('=') || inside.starts_with('/') || inside.ends_with('/');
    let field = if is_whole { NameField::OneLine } else { NameField::Any };
    Some((NameTest { field, mode: TextMode::Contains, value: inside.into(), ..test.clone() }, meant))
}

type MakeCondition = fn(NameTest) -> Condition;

fn name_test(condition: &Condition) -> Option<(MakeCondition, &NameTest)> {
    match condition {
        Condition::Subject(test) => Some((Condition::Subject, test)),
        Condition::Issuer(test) => Some((Condition::Issuer, test)),
        _ => None,
    }
}

/// What precedes the value of an attribute in the one-line text of a name; the last stands for any attribute.
const ATTRIBUTES: [(&str, NameField); 6] = [
    ("/CN=", NameField::CommonName),
    ("/O=", NameField::Organization),
    ("/OU=", NameField::OrganizationalUnit),
    ("/emailAddress=", NameField::EmailAddress),
    ("/serialNumber=", NameField::SerialNumber),
    ("=", NameField::Any),
];
