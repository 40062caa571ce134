//! [`Image`]: a whole table as octets, the same in memory and in a file.
//!
//! A header, then one list after the other, all numbers little-endian: where each indicator begins (u32), the weak ones (u32), where
//! each bucket begins (u32), the rows of all buckets (lower half of the key u32, indicator u32), and the indicators themselves. A
//! row's bucket is the upper half of its key, scaled to the number of buckets.

use std::borrow::Cow;

use crate::bytes::{to_u64, to_usize};
use crate::indicators::candidate::Needs;
use crate::indicators::key::{Key, hash};

/// First octets of a saved table. Those after the name show when a transfer mangled line ends.
const MAGIC: [u8; 16] = *b"certsift table\r\n";
/// Raised whenever a table of the version before would be read wrongly.
const VERSION: u32 = 2;
/// Octets of the header.
const HEADER: usize = 72;
/// What the hash of everything behind it starts from.
const CHECK_SEED: u8 = 0x63;
/// Octets before those that the check covers: name, version, and the check itself.
const UNCHECKED: usize = 28;

/// Why octets are no saved table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// Other octets at the start than a table has.
    #[error("not a saved table of certsift")]
    NotATable,
    /// Written by another version of this crate.
    #[error("a saved table of version {found}; this program reads version {VERSION}: make it anew from its sources")]
    Version {
        /// The version found.
        found: u32,
    },
    /// Another length than the header says.
    #[error("a saved table of {found} bytes where its header says {expected}: cut, or longer")]
    Length {
        /// Bytes that the header promises.
        expected: u64,
        /// Bytes that are there.
        found: u64,
    },
    /// The octets are not those that were written.
    #[error("a damaged saved table: its checksum is another one")]
    Checksum,
    /// Written by a program without the feature `fold`, read by one that has it.
    #[error("a saved table made without the feature \"fold\": make it anew from its sources")]
    WithoutFold,
    /// What the lists refer to is not there.
    #[error("a saved table whose parts do not fit each other")]
    Inconsistent,
}

/// A table's octets, and where its lists lie.
#[derive(Debug)]
pub(super) struct Image {
    octets: Cow<'static, [u8]>,
    pub(super) header: Header,
    weak: usize,
    buckets: usize,
    rows: usize,
    arena: usize,
}

/// What a table says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) indicators: u32,
    pub(super) weak: u32,
    pub(super) buckets: u32,
    pub(super) rows: u32,
    pub(super) arena: u32,
    pub(super) needs: Needs,
    pub(super) spaces: u32,
    pub(super) part_lengths: u32,
    pub(super) has_folded: bool,
}

/// The lists of a table that is being made.
pub(super) struct Parts {
    pub(super) offsets: Vec<u32>,
    pub(super) weak: Vec<u32>,
    pub(super) keys: Vec<(Key, u32)>,
    pub(super) arena: Vec<u8>,
    pub(super) needs: Needs,
    pub(super) spaces: u32,
    pub(super) part_lengths: u32,
}

/// A list has more elements than its numbers can count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Full;

impl Image {
    pub(super) fn new(parts: Parts) -> Result<Self, Full> {
        let count = |length: usize| u32::try_from(length).map_err(|_| Full);
        let header = Header {
            indicators: count(parts.offsets.len())?,
            weak: count(parts.weak.len())?,
            buckets: count(parts.keys.len().max(1))?,
            rows: count(parts.keys.len())?,
            arena: count(parts.arena.len())?,
            needs: parts.needs,
            spaces: parts.spaces,
            part_lengths: parts.part_lengths,
            has_folded: cfg!(feature = "fold"),
        };
        let (starts, rows) = sort_into_buckets(&parts.keys, header.buckets);
        drop(parts.keys);
        let mut octets = Vec::with_capacity(to_usize(header.length()));
        octets.extend(MAGIC);
        octets.extend(VERSION.to_le_bytes());
        octets.extend([0; 8]);
        header.write(&mut octets);
        for number in parts.offsets.iter().chain(&parts.weak).chain(&starts) {
            octets.extend(number.to_le_bytes());
        }
        for (lower, indicator) in &rows {
            octets.extend(lower.to_le_bytes());
            octets.extend(indicator.to_le_bytes());
        }
        octets.extend(&parts.arena);
        let check = hash(CHECK_SEED, octets.get(UNCHECKED..).unwrap_or_default());
        if let Some(place) = octets.get_mut(UNCHECKED.saturating_sub(8)..UNCHECKED) {
            place.copy_from_slice(&check.to_le_bytes());
        }
        Ok(Self::with_lists(Cow::Owned(octets), header))
    }

    /// The image of a table without indicators, which is nobody's.
    pub(super) fn nothing() -> Self {
        let header = Header {
            indicators: 0,
            weak: 0,
            buckets: 1,
            rows: 0,
            arena: 0,
            needs: Needs::NONE,
            spaces: 0,
            part_lengths: 0,
            has_folded: false,
        };
        Self::with_lists(Cow::Borrowed(&[]), header)
    }

    /// The image in octets that a file held.
    pub(super) fn load(octets: Vec<u8>) -> Result<Self, LoadError> {
        let image = Self::open(Cow::Owned(octets))?;
        let check = image.octets.get(UNCHECKED.saturating_sub(8)..UNCHECKED).unwrap_or_default();
        // A fuzzer cannot guess the check, and would see nothing of what is behind it.
        if !cfg!(fuzzing) && check != hash(CHECK_SEED, image.octets.get(UNCHECKED..).unwrap_or_default()).to_le_bytes()
        {
            return Err(LoadError::Checksum);
        }
        Ok(image)
    }

    /// The image in octets that are known to be as they were written.
    pub(super) fn open(octets: Cow<'static, [u8]>) -> Result<Self, LoadError> {
        let name: Option<&[u8]> = octets.get(..MAGIC.len());
        if name != Some(&MAGIC[..]) {
            return Err(LoadError::NotATable);
        }
        let found = to_u64(octets.len());
        let cut = LoadError::Length { expected: to_u64(HEADER), found };
        let version = u32_at(&octets, MAGIC.len()).ok_or(cut)?;
        if version != VERSION {
            return Err(LoadError::Version { found: version });
        }
        let header = Header::read(&octets).ok_or(cut)?;
        if header.length() != found {
            return Err(LoadError::Length { expected: header.length(), found });
        }
        if header.buckets == 0 {
            return Err(LoadError::Inconsistent);
        }
        if cfg!(feature = "fold") && !header.has_folded {
            return Err(LoadError::WithoutFold);
        }
        Ok(Self::with_lists(octets, header))
    }

    fn with_lists(octets: Cow<'static, [u8]>, header: Header) -> Self {
        let after =
            |start: usize, count: u32, size: u64| start.saturating_add(to_usize(u64::from(count).saturating_mul(size)));
        let weak = after(HEADER, header.indicators, 4);
        let buckets = after(weak, header.weak, 4);
        let rows = after(buckets, header.buckets.saturating_add(1), 4);
        let arena = after(rows, header.rows, 8);
        Self { octets, header, weak, buckets, rows, arena }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.octets
    }

    /// The octets of the indicators.
    pub(super) fn arena(&self) -> &[u8] {
        self.octets.get(self.arena..).unwrap_or_default()
    }

    /// Where an indicator begins in the [`arena`](Self::arena).
    pub(super) fn offset(&self, indicator: u32) -> Option<usize> {
        if indicator >= self.header.indicators {
            return None;
        }
        self.number(HEADER, indicator).map(|offset| to_usize(u64::from(offset)))
    }

    /// The indicators that hold an alternative that can never match.
    pub(super) fn weak(&self) -> impl Iterator<Item = u32> {
        (0..self.header.weak).filter_map(|at| self.number(self.weak, at))
    }

    /// The indicators filed under a key, and perhaps others.
    pub(super) fn rows(&self, key: Key) -> impl Iterator<Item = u32> {
        let bucket = bucket_of(key, self.header.buckets);
        let start = self.number(self.buckets, bucket).unwrap_or(0);
        let end = self.number(self.buckets, bucket.saturating_add(1)).unwrap_or(0).min(self.header.rows);
        let wanted = key.lower();
        (start..end).filter_map(move |row| {
            let at = self.rows.saturating_add(to_usize(u64::from(row).saturating_mul(8)));
            let row: [u8; 8] = self.octets.get(at..at.saturating_add(8))?.try_into().ok()?;
            let [a, b, c, d, indicator @ ..] = row;
            (u32::from_le_bytes([a, b, c, d]) == wanted).then(|| u32::from_le_bytes(indicator))
        })
    }

    fn number(&self, list: usize, at: u32) -> Option<u32> {
        u32_at(&self.octets, list.saturating_add(to_usize(u64::from(at).saturating_mul(4))))
    }
}

impl Header {
    fn length(&self) -> u64 {
        let fours = [self.indicators, self.weak, self.buckets, 1].into_iter().map(u64::from);
        let fours = fours.fold(0_u64, u64::saturating_add).saturating_mul(4);
        let rows = u64::from(self.rows).saturating_mul(8);
        to_u64(HEADER).saturating_add(fours).saturating_add(rows).saturating_add(u64::from(self.arena))
    }

    fn write(&self, octets: &mut Vec<u8>) {
        let [roles, hashes, parts] = self.needs.to_bits();
        let numbers = [
            self.indicators,
            self.weak,
            self.buckets,
            self.rows,
            self.arena,
            roles,
            hashes,
            parts,
            self.spaces,
            self.part_lengths,
            u32::from(self.has_folded),
        ];
        for number in numbers {
            octets.extend(number.to_le_bytes());
        }
    }

    fn read(octets: &[u8]) -> Option<Self> {
        let mut at = UNCHECKED;
        let mut next = || {
            let number = u32_at(octets, at);
            at = at.saturating_add(4);
            number
        };
        Some(Self {
            indicators: next()?,
            weak: next()?,
            buckets: next()?,
            rows: next()?,
            arena: next()?,
            needs: Needs::from_bits([next()?, next()?, next()?])?,
            spaces: next()?,
            part_lengths: next()?,
            has_folded: next()? != 0,
        })
    }
}

/// Where each bucket begins, and the rows in the order of their buckets; those of one bucket in the order in which they came.
fn sort_into_buckets(keys: &[(Key, u32)], buckets: u32) -> (Vec<u32>, Vec<(u32, u32)>) {
    let count = to_usize(u64::from(buckets));
    let mut starts = vec![0_u32; count.saturating_add(1)];
    for (key, _) in keys {
        let bucket = to_usize(u64::from(bucket_of(*key, buckets)));
        if let Some(start) = starts.get_mut(bucket.saturating_add(1)) {
            *start = start.saturating_add(1);
        }
    }
    let mut sum = 0_u32;
    for start in &mut starts {
        sum = sum.saturating_add(*start);
        *start = sum;
    }
    let mut next = starts.clone();
    let mut rows = vec![(0, 0); keys.len()];
    for (key, row) in keys {
        let bucket = to_usize(u64::from(bucket_of(*key, buckets)));
        let Some(place) = next.get_mut(bucket) else { continue };
        if let Some(slot) = rows.get_mut(to_usize(u64::from(*place))) {
            *slot = (key.lower(), *row);
        }
        *place = place.saturating_add(1);
    }
    (starts, rows)
}

/// The upper half of the key, scaled.
fn bucket_of(key: Key, buckets: u32) -> u32 {
    u32::try_from(key.upper().saturating_mul(u64::from(buckets)) >> 32).unwrap_or(u32::MAX)
}

fn u32_at(octets: &[u8], at: usize) -> Option<u32> {
    octets.get(at..at.checked_add(4)?)?.try_into().ok().map(u32::from_le_bytes)
}
