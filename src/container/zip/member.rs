//! Members: where their data lie, and what it is when it is inflated.

use std::io;

use super::{Entry, LOCAL_HEADER};
use crate::bytes::{Span, to_u64, to_usize};
use crate::container::inflate::{Ending, Inflated, inflate};
use crate::container::source::{ReadAt, read_full};

/// A member of an archive whose data was found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Member<'e> {
    pub(crate) entry: &'e Entry,
    /// File offset of its data.
    pub(crate) data: u64,
    /// File offset of the byte behind its data, as far as the file goes.
    pub(crate) end: u64,
    /// Whether its local header has its name, and the file all of its data.
    pub(crate) is_sound: bool,
}

/// What a member holds.
#[derive(Debug)]
pub(crate) struct Contents {
    pub(crate) octets: Vec<u8>,
    pub(crate) ending: Ending,
}

/// Bytes of a local header (APPNOTE 4.3.7) without its name and extra fields.
pub(super) const LOCAL_BYTES: usize = 30;
/// Compression methods (4.4.5).
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
/// Bytes of data descriptors (4.3.9) with their signature, for 32 and for 64 bits.
#[cfg(feature = "digest")]
const DESCRIPTORS: [u64; 2] = [16, 24];

impl<'e> Member<'e> {
    /// The member of an entry in the first `size` bytes of `source`; `None` where it has no local header.
    pub(crate) fn find(source: &(impl ReadAt + ?Sized), size: u64, entry: &'e Entry) -> io::Result<Option<Self>> {
        let mut buffer = vec![0; LOCAL_BYTES.saturating_add(entry.name.len())];
        let header = Span::new(read_full(source, entry.offset, &mut buffer)?, entry.offset);
        let lengths = || Some((header.u16_le(26)?, header.u16_le(28)?));
        let Some((name, extra)) = lengths().filter(|_| header.as_bytes().starts_with(LOCAL_HEADER)) else {
            return Ok(None);
        };
        let has_name = usize::from(name) == entry.name.len() && header.as_bytes().ends_with(&entry.name);
        let before = to_u64(LOCAL_BYTES).saturating_add(name.into()).saturating_add(extra.into());
        let data = entry.offset.saturating_add(before);
        let end = data.saturating_add(entry.compressed);
        let is_sound = has_name && (end <= size || entry.compressed == u64::MAX);
        Ok(Some(Self { entry, data, end: end.min(size), is_sound }))
    }

    /// What it holds, up to `most` bytes.
    pub(crate) fn read(&self, source: &(impl ReadAt + ?Sized), most: u64) -> io::Result<Contents> {
        if self.entry.has(Entry::ENCRYPTED) {
            return Ok(Contents { octets: Vec::new(), ending: Ending::Damage });
        }
        let stored = self.read_stored(source, most)?;
        let is_cut = self.end.saturating_sub(self.data) > most;
        Ok(unpack(stored, self.entry.method, is_cut, most))
    }

    /// Its stored form, up to `most` bytes.
    pub(crate) fn read_stored(&self, source: &(impl ReadAt + ?Sized), most: u64) -> io::Result<Vec<u8>> {
        let mut stored = vec![0; to_usize(self.end.saturating_sub(self.data).min(most))];
        let count = read_full(source, self.data, &mut stored)?.len();
        stored.truncate(count);
        Ok(stored)
    }

    /// File offset of the byte behind all that belongs to it: behind the descriptor that may follow its data.
    #[cfg(feature = "digest")]
    pub(crate) fn record_end(&self, next: u64) -> u64 {
        if !self.entry.has(Entry::DESCRIPTOR) {
            return self.end;
        }
        let ends = DESCRIPTORS.map(|length| self.end.saturating_add(length));
        ends.into_iter().find(|end| *end == next).unwrap_or(self.end)
    }
}

/// What a member holds that is stored by this method, up to `most` bytes; the end of its stored form may be missing.
pub(crate) fn unpack(stored: Vec<u8>, method: u16, is_cut: bool, most: u64) -> Contents {
    match method {
        STORED => Contents { octets: stored, ending: if is_cut { Ending::Limit } else { Ending::Whole } },
        DEFLATED => {
            let Inflated { octets, ending, .. } = inflate(&stored, to_usize(most));
            let ending = if is_cut && ending == Ending::Damage { Ending::Limit } else { ending };
            Contents { octets, ending }
        }
        _ => Contents { octets: Vec::new(), ending: Ending::Damage },
    }
}
