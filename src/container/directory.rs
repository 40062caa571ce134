//! The directory of a compound file ([MS-CFB], 2.6): storages, and streams in them, each storage's members in a tree by their names.

use std::cmp::Ordering;

use super::compound::Compound;
use super::source::ReadAt;
use crate::bytes::{Span, to_usize};

/// One entry of the directory, 128 octets.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'d>(Span<'d>);

impl<'d> Entry<'d> {
    pub(super) const BYTES: usize = 128;
    /// The number of the root's entry.
    pub(super) const ROOT: u32 = 0;

    const STORAGE: u8 = 1;
    const STREAM: u8 = 2;
    /// The longest name, the zero that ends it included, in octets.
    const NAME_BYTES: u16 = 64;

    pub(super) const fn new(octets: Span<'d>) -> Self {
        Self(octets)
    }

    fn part(self, start: usize, length: usize) -> &'d [u8] {
        self.0.get(start, length).map(Span::as_bytes).unwrap_or_default()
    }

    fn number(self, start: usize) -> u32 {
        self.0.u32_le(start).unwrap_or_default()
    }

    /// The name in UTF-16, little-endian, with the zero that ends it.
    fn ended_name(self) -> &'d [u8] {
        let length = self.0.u16_le(64).unwrap_or_default().min(Self::NAME_BYTES);
        self.part(0, to_usize(length.into()))
    }

    /// The name in UTF-16, little-endian.
    pub(super) fn name(self) -> &'d [u8] {
        let name = self.ended_name();
        name.strip_suffix(&[0, 0]).unwrap_or(name)
    }

    /// Whether it has this name of ASCII. Names that differ in letter case only are the same.
    pub(super) fn is_named(self, name: &str) -> bool {
        let (units, rest) = self.name().as_chunks::<2>();
        let equals = |(unit, own): (&[u8; 2], u8)| match unit {
            [low, 0] => low.eq_ignore_ascii_case(&own),
            _ => false,
        };
        rest.is_empty() && units.len() == name.len() && units.iter().zip(name.bytes()).all(equals)
    }

    fn kind(self) -> u8 {
        self.part(66, 1).first().copied().unwrap_or_default()
    }

    pub(super) fn is_stream(self) -> bool {
        self.kind() == Self::STREAM
    }

    fn is_storage(self) -> bool {
        self.kind() == Self::STORAGE
    }

    /// The numbers of the two entries beside it in the tree of its storage.
    fn siblings(self) -> [u32; 2] {
        [self.number(68), self.number(72)]
    }

    /// The number of the entry at the top of a storage's tree.
    fn child(self) -> u32 {
        self.number(76)
    }

    /// The class of a storage.
    pub(super) fn class(self) -> &'d [u8] {
        self.part(80, 16)
    }

    /// The first sector of a stream.
    pub(super) fn start(self) -> u32 {
        self.number(116)
    }

    /// The length of a stream, all 64 bits.
    pub(super) fn size(self) -> u64 {
        u64::from(self.number(120)) | u64::from(self.number(124)) << 32
    }

    /// State bits; when it was created, and changed.
    #[cfg(feature = "digest")]
    pub(super) fn state_and_times(self) -> (&'d [u8], &'d [u8]) {
        (self.part(96, 4), self.part(100, 16))
    }

    /// The lower half of the length of a stream, as stored.
    #[cfg(feature = "digest")]
    pub(super) fn size_octets(self) -> &'d [u8] {
        self.part(120, 4)
    }
}

/// The member of a storage that a search for this name of ASCII ends at, as Windows searches: shorter names lie on the left, and of names of one
/// length those that come before in capital letters.
pub(super) fn look_up<S: ReadAt + ?Sized>(file: &Compound<'_, S>, storage: u32, name: &str) -> Option<u32> {
    let wanted = || name.bytes().map(|octet| u16::from(octet.to_ascii_uppercase()));
    let mut number = file.entry(storage)?.child();
    // A path that is longer leads in a circle.
    for _ in 0..file.entry_count() {
        let entry = file.entry(number)?;
        let (units, _) = entry.name().as_chunks::<2>();
        let capital = |unit: u16| u8::try_from(unit).map_or(unit, |octet| octet.to_ascii_uppercase().into());
        let own = units.iter().map(|unit| capital(u16::from_le_bytes(*unit)));
        let [left, right] = entry.siblings();
        number = match name.len().cmp(&units.len()).then_with(|| wanted().cmp(own)) {
            Ordering::Less => left,
            Ordering::Equal => return Some(number),
            Ordering::Greater => right,
        };
    }
    None
}

/// A step of a walk through all that a directory's trees lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Stream(u32),
    /// A storage, whose members follow.
    Storage(u32),
    /// Its end.
    End(u32),
}

/// Walks the trees of a directory.
#[derive(Debug)]
pub(super) struct Walk {
    /// The entries that were met, by their numbers: where one is met again, the trees are none.
    met: Vec<bool>,
    /// Whether a tree leads to an entry again, or to one that is not there.
    pub(super) is_damaged: bool,
}

impl Walk {
    pub(super) fn new<S: ReadAt + ?Sized>(file: &Compound<'_, S>) -> Self {
        Self { met: vec![false; to_usize(file.entry_count().into())], is_damaged: false }
    }

    /// The members of a storage, those that lead to others first.
    pub(super) fn members<S: ReadAt + ?Sized>(&mut self, file: &Compound<'_, S>, storage: u32) -> Vec<u32> {
        /// The number of an entry that is none.
        const NONE: u32 = u32::MAX;
        let mut members = Vec::new();
        let mut open = vec![file.entry(storage).map_or(NONE, Entry::child)];
        while let Some(number) = open.pop() {
            if number == NONE {
                continue;
            }
            let met = self.met.get_mut(to_usize(number.into())).filter(|met| number != Entry::ROOT && !**met);
            let (Some(met), Some(entry)) = (met, file.entry(number)) else {
                self.is_damaged = true;
                continue;
            };
            *met = true;
            open.extend(entry.siblings());
            if entry.is_stream() || entry.is_storage() {
                members.push(number);
            } else {
                self.is_damaged = true;
            }
        }
        members
    }

    /// Every storage and stream from the root on, the members of each storage in the order of their names: as Windows signs them.
    pub(super) fn all<S: ReadAt + ?Sized>(&mut self, file: &Compound<'_, S>) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut open = vec![Step::Storage(Entry::ROOT)];
        while let Some(step) = open.pop() {
            steps.push(step);
            let Step::Storage(storage) = step else { continue };
            open.push(Step::End(storage));
            let mut members = self.members(file, storage);
            // Octet by octet; the zero at the end puts the shorter one first.
            members.sort_by_key(|number| file.entry(*number).map(Entry::ended_name));
            open.extend(members.iter().rev().map(|&number| match file.entry(number) {
                Some(entry) if entry.is_storage() => Step::Storage(number),
                _ => Step::Stream(number),
            }));
        }
        steps
    }

    /// Whether a tree led to this entry.
    pub(super) fn has_met(&self, number: u32) -> bool {
        self.met.get(to_usize(number.into())).copied().unwrap_or_default()
    }
}
