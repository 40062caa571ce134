//! Indicators as octets, the form in which a table keeps and saves them: conditions first, so that they can be tested without reading the
//! rest.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::BuildHasher;

use foldhash::fast::RandomState;

use crate::asn1::oid::OidBuf;
use crate::asn1::time::Time;
use crate::indicators::cause::Cause;
use crate::indicators::hash_value::{HashOf, HashValue};
use crate::indicators::indicator::{
    Condition, Indicator, Metadata, NameField, NameTest, Note, Severity, Text, TextMode, TimeOrder, TimeTest, UsageTest,
};
use crate::indicators::role::Roles;
use crate::x509::serial::SerialBuf;

/// The kinds of conditions, as their first octet.
mod tag {
    pub(super) const SERIAL: u8 = 0;
    pub(super) const ODD_SERIAL: u8 = 1;
    pub(super) const SUBJECT: u8 = 2;
    pub(super) const ISSUER: u8 = 3;
    pub(super) const PROGRAM_NAME: u8 = 4;
    pub(super) const HASH: u8 = 5;
    pub(super) const USAGE: u8 = 6;
    pub(super) const ALGORITHM: u8 = 7;
    pub(super) const NOT_BEFORE: u8 = 8;
    pub(super) const NOT_AFTER: u8 = 9;
    pub(super) const MODULUS: u8 = 10;
}

/// Set in the octet of a text's mode when letter case is set aside.
const IGNORE_CASE: u8 = 0x80;

/// Writes indicators one after the other.
#[derive(Debug, Default)]
pub(super) struct Encoder {
    arena: Vec<u8>,
    /// Where texts were written that may come again, by their hash: the texts themselves are in the arena. Of two texts with one hash,
    /// which is as good as never, the second is written whole each time.
    known: HashMap<u64, usize, RandomState>,
}

impl Encoder {
    pub(super) const fn len(&self) -> usize {
        self.arena.len()
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.arena
    }

    pub(super) fn indicator(&mut self, indicator: &Indicator) {
        self.arena.push(indicator.scope.bits());
        self.count(indicator.alternatives.len());
        for conditions in &indicator.alternatives {
            self.count(conditions.len());
            for condition in conditions {
                self.condition(condition);
            }
        }
        self.metadata(&indicator.metadata);
    }

    fn condition(&mut self, condition: &Condition) {
        match condition {
            Condition::Serial(serial) => {
                self.arena.push(if serial.is_odd_hex() { tag::ODD_SERIAL } else { tag::SERIAL });
                self.octets(serial.as_serial().as_bytes());
            }
            Condition::Subject(test) => self.name_test(tag::SUBJECT, test),
            Condition::Issuer(test) => self.name_test(tag::ISSUER, test),
            Condition::ProgramName(test) => self.name_test(tag::PROGRAM_NAME, test),
            Condition::Hash(of, value) => {
                self.arena.extend([tag::HASH, position(&HashOf::ALL, of)]);
                self.octets(value.as_bytes());
            }
            Condition::ExtendedKeyUsage(test) => {
                self.arena.extend([tag::USAGE, u8::from(test.and_below)]);
                self.octets(test.usage.as_oid().as_bytes());
            }
            Condition::SignatureAlgorithm(algorithm) => {
                self.arena.push(tag::ALGORITHM);
                self.octets(algorithm.as_oid().as_bytes());
            }
            Condition::NotBefore(test) => self.time_test(tag::NOT_BEFORE, *test),
            Condition::NotAfter(test) => self.time_test(tag::NOT_AFTER, *test),
            Condition::RsaModulus(modulus) => {
                self.arena.push(tag::MODULUS);
                self.octets(modulus);
            }
        }
    }

    fn name_test(&mut self, tag: u8, test: &NameTest) {
        let case = if test.ignore_case { IGNORE_CASE } else { 0 };
        self.arena.extend([tag, position(&NameField::ALL, &test.field), position(&TextMode::ALL, &test.mode) | case]);
        self.octets(test.value.as_bytes());
    }

    fn time_test(&mut self, tag: u8, test: TimeTest) {
        self.arena.extend([tag, position(&TimeOrder::ALL, &test.order)]);
        self.number(test.time.unix());
    }

    fn metadata(&mut self, metadata: &Metadata) {
        self.text(&metadata.id);
        let texts = [
            &metadata.name,
            &metadata.source,
            &metadata.reference,
            &metadata.category,
            &metadata.family,
            &metadata.date,
            &metadata.author,
            &metadata.license,
            &metadata.description,
        ];
        let severity = metadata.severity.map(|severity| severity.as_str().into());
        let texts = texts.into_iter().chain([&severity]);
        let numbers = [
            metadata.not_after_at_least,
            metadata.abused_from.map(Time::unix),
            metadata.revoked_at.map(Time::unix),
            metadata.valid_from.map(Time::unix),
            metadata.valid_to.map(Time::unix),
        ];
        let present = texts.clone().map(Option::is_some).chain(numbers.iter().map(Option::is_some));
        let present = present.enumerate().filter(|(_, is_there)| *is_there);
        self.count(
            present.fold(0, |bits, (at, _)| bits | 1_usize.checked_shl(u32::try_from(at).unwrap_or(0)).unwrap_or(0)),
        );
        for text in texts.flatten() {
            self.text(text);
        }
        for number in numbers.into_iter().flatten() {
            self.number(number);
        }
        self.count(metadata.attack.len());
        for id in metadata.attack.iter() {
            self.text(id);
        }
        self.count(metadata.notes.len());
        for note in &metadata.notes {
            self.text(note.cause.as_str());
            self.text(&note.detail);
        }
    }

    /// A text, or where it was written before: sources and references repeat in thousands of indicators.
    fn text(&mut self, text: &str) {
        /// Octets that a reference can take.
        const SHORT: usize = 5;
        if text.len() > SHORT {
            let at = *self.known.entry(self.known.hasher().hash_one(text)).or_insert(self.arena.len());
            if Decoder::new(&self.arena, at).whole_text() == Some(text.as_bytes()) {
                return self.count(at.saturating_mul(2).saturating_add(1));
            }
        }
        self.count(text.len().saturating_mul(2));
        self.arena.extend(text.as_bytes());
    }

    fn octets(&mut self, octets: &[u8]) {
        self.count(octets.len());
        self.arena.extend(octets);
    }

    fn number(&mut self, number: i64) {
        self.arena.extend(number.to_le_bytes());
    }

    /// A number in octets of seven bits, least significant first.
    fn count(&mut self, count: usize) {
        let mut rest = count;
        while rest > 0x7f {
            self.arena.push(u8::try_from(rest & 0x7f).unwrap_or(0) | 0x80);
            rest >>= 7;
        }
        self.arena.push(u8::try_from(rest).unwrap_or(0));
    }
}

/// The place of a value in the list of all.
fn position<T: PartialEq>(all: &[T], value: &T) -> u8 {
    all.iter().position(|known| known == value).and_then(|at| u8::try_from(at).ok()).unwrap_or(u8::MAX)
}

/// Reads what an [`Encoder`] wrote. `None` where the octets are nothing of the kind.
#[derive(Debug, Clone, Copy)]
pub(super) struct Decoder<'t> {
    arena: &'t [u8],
    at: usize,
}

/// What is tested of an indicator.
pub(super) struct Tests {
    pub(super) scope: Roles,
    pub(super) alternatives: Vec<Vec<Condition>>,
}

impl<'t> Decoder<'t> {
    pub(super) const fn new(arena: &'t [u8], at: usize) -> Self {
        Self { arena, at }
    }

    pub(super) fn indicator(mut self) -> Option<Indicator> {
        let Tests { scope, alternatives } = self.tests()?;
        Some(Indicator { metadata: self.metadata()?, scope, alternatives })
    }

    pub(super) fn tests(&mut self) -> Option<Tests> {
        let scope = Roles::from_bits(self.octet()?);
        let alternatives = self.list(|decoder| decoder.list(Self::condition))?;
        Some(Tests { scope, alternatives })
    }

    fn condition(&mut self) -> Option<Condition> {
        Some(match self.octet()? {
            tag::SERIAL => Condition::Serial(SerialBuf::from_bytes(self.octets()?)),
            tag::ODD_SERIAL => Condition::Serial(SerialBuf::from_odd_hex(self.octets()?)),
            tag::SUBJECT => Condition::Subject(self.name_test()?),
            tag::ISSUER => Condition::Issuer(self.name_test()?),
            tag::PROGRAM_NAME => Condition::ProgramName(self.name_test()?),
            tag::HASH => {
                let of = self.one_of(&HashOf::ALL)?;
                Condition::Hash(of, HashValue::new(self.octets()?)?)
            }
            tag::USAGE => {
                let and_below = self.octet()? != 0;
                Condition::ExtendedKeyUsage(UsageTest { usage: OidBuf::from_content(self.octets()?), and_below })
            }
            tag::ALGORITHM => Condition::SignatureAlgorithm(OidBuf::from_content(self.octets()?)),
            tag::NOT_BEFORE => Condition::NotBefore(self.time_test()?),
            tag::NOT_AFTER => Condition::NotAfter(self.time_test()?),
            tag::MODULUS => Condition::RsaModulus(self.octets()?.into()),
            _ => return None,
        })
    }

    fn name_test(&mut self) -> Option<NameTest> {
        let field = self.one_of(&NameField::ALL)?;
        let mode = self.octet()?;
        let ignore_case = mode & IGNORE_CASE != 0;
        let mode = *TextMode::ALL.get(usize::from(mode & !IGNORE_CASE))?;
        let value = std::str::from_utf8(self.octets()?).ok()?;
        Some(NameTest { field, mode, ignore_case, value: Cow::Owned(value.to_owned()) })
    }

    fn time_test(&mut self) -> Option<TimeTest> {
        Some(TimeTest { order: self.one_of(&TimeOrder::ALL)?, time: Time::from_unix(self.number()?) })
    }

    fn metadata(&mut self) -> Option<Metadata> {
        let id = self.text()?;
        let present = self.count()?;
        let mut bits = std::iter::successors(Some(1_usize), |bit| bit.checked_shl(1)).map(|bit| present & bit != 0);
        let mut text = |decoder: &mut Self| -> Option<Option<Text>> {
            if bits.next()? { decoder.text().map(Some) } else { Some(None) }
        };
        let mut metadata = Metadata {
            id,
            name: text(self)?,
            source: text(self)?,
            reference: text(self)?,
            category: text(self)?,
            family: text(self)?,
            date: text(self)?,
            author: text(self)?,
            license: text(self)?,
            description: text(self)?,
            ..Metadata::default()
        };
        let severity = text(self)?;
        metadata.severity = severity.and_then(|name| Severity::ALL.into_iter().find(|known| known.as_str() == name));
        let mut number = |decoder: &mut Self| -> Option<Option<i64>> {
            if bits.next()? { decoder.number().map(Some) } else { Some(None) }
        };
        metadata.not_after_at_least = number(self)?;
        metadata.abused_from = number(self)?.map(Time::from_unix);
        metadata.revoked_at = number(self)?.map(Time::from_unix);
        metadata.valid_from = number(self)?.map(Time::from_unix);
        metadata.valid_to = number(self)?.map(Time::from_unix);
        metadata.attack = Cow::Owned(self.list(Self::text)?);
        metadata.notes = self.list(|decoder| {
            let cause = decoder.text()?;
            let cause = Cause::ALL.iter().find(|known| known.as_str() == cause)?;
            Some(Note { cause: *cause, detail: decoder.text()? })
        })?;
        Some(metadata)
    }

    fn text(&mut self) -> Option<Text> {
        let head = self.count()?;
        let octets = if head & 1 == 0 {
            self.take(head / 2)?
        } else {
            // What is referred to is never a reference itself.
            Self { arena: self.arena, at: head / 2 }.whole_text()?
        };
        Some(Cow::Owned(std::str::from_utf8(octets).ok()?.to_owned()))
    }

    /// The octets of a text that is written whole.
    fn whole_text(mut self) -> Option<&'t [u8]> {
        let length = self.count().filter(|head| head & 1 == 0)? / 2;
        self.take(length)
    }

    fn list<T>(&mut self, mut read: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count = self.count()?;
        // Every element takes an octet at the least: a count that lies costs nothing.
        let left = self.arena.len().saturating_sub(self.at);
        if count > left {
            return None;
        }
        (0..count).map(|_| read(self)).collect()
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> Option<T> {
        all.get(usize::from(self.octet()?)).copied()
    }

    fn octets(&mut self) -> Option<&'t [u8]> {
        let length = self.count()?;
        self.take(length)
    }

    fn number(&mut self) -> Option<i64> {
        self.take(8)?.try_into().ok().map(i64::from_le_bytes)
    }

    fn count(&mut self) -> Option<usize> {
        let mut count = 0_u64;
        for shift in (0..u64::BITS).step_by(7) {
            let octet = self.octet()?;
            count |= u64::from(octet & 0x7f).checked_shl(shift)?;
            if octet & 0x80 == 0 {
                return usize::try_from(count).ok();
            }
        }
        None
    }

    fn octet(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn take(&mut self, length: usize) -> Option<&'t [u8]> {
        let end = self.at.checked_add(length)?;
        let taken = self.arena.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }
}
