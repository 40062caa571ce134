//! The zip format, as far as signatures need it: the central directory, and members one at a time.
//!
//! Source: PKWARE, APPNOTE.TXT 6.3.10. Offsets and lengths are what the file says; nothing here trusts them.

mod entry;
mod member;
mod salvage;

use std::io;

use memchr::memmem;

use super::source::{ReadAt, read_full};
use crate::bytes::{Span, to_u64, to_usize};

#[cfg(feature = "archives")]
pub(crate) use entry::Seal;
pub(crate) use entry::{Entries, Entry};
pub(crate) use member::Member;
#[cfg(feature = "archives")]
pub(crate) use member::{Contents, unpack};
pub(crate) use salvage::local_entries;

/// What every local header begins with (APPNOTE 4.3.7).
pub(crate) const LOCAL_HEADER: &[u8] = b"PK\x03\x04";
/// The same of a record of the central directory (4.3.12).
const DIRECTORY_RECORD: &[u8] = b"PK\x01\x02";
/// The end of central directory record (4.3.16): what an archive without members begins with.
const END_RECORD: &[u8] = b"PK\x05\x06";
/// The zip64 end of central directory record (4.3.14) and its locator (4.3.15).
const ZIP64_END_RECORD: &[u8] = b"PK\x06\x06";
const ZIP64_LOCATOR: &[u8] = b"PK\x06\x07";

/// Bytes of these records without what varies in them.
const END_BYTES: usize = 22;
const ZIP64_END_BYTES: usize = 56;
pub(crate) const ZIP64_LOCATOR_BYTES: usize = 20;

/// Bytes at the end of a file among which the end record is looked for: first few, then as many as its comment can have.
const TAILS: [usize; 2] = [NEAR_END, END_BYTES + 0xffff];

/// Whether a file that starts with `head` is a zip archive.
pub(crate) fn is_zip(head: &[u8]) -> bool {
    head.len() >= END_BYTES && starts_like_zip(head)
}

/// Bytes at the end of a file in which the end of an archive is looked for first.
pub(crate) const NEAR_END: usize = 1 << 10;

/// Whether an archive may end among these bytes of a file.
pub(crate) fn may_end_in(bytes: &[u8]) -> bool {
    // Few bytes: this takes less than to make ready for a longer search.
    let mut starts = memchr::memchr_iter(b'P', bytes);
    starts.any(|at| bytes.get(at..).is_some_and(|rest| rest.starts_with(END_RECORD)))
}

/// Whether it starts like one.
pub(crate) fn starts_like_zip(head: &[u8]) -> bool {
    head.starts_with(LOCAL_HEADER) || head.starts_with(END_RECORD)
}

/// The central directory of an archive.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Directory {
    /// File offset of its first record.
    pub(crate) start: u64,
    /// Bytes of its records, as the end record says.
    pub(crate) length: u64,
    /// Members, as the end record says.
    pub(crate) count: u64,
    /// File offset of the first of the records behind it: the zip64 ones, or the end record.
    pub(crate) end: u64,
    /// File offset of the end record.
    #[cfg(feature = "digest")]
    pub(crate) end_record: u64,
    /// File offset of the zip64 end record, where there is one.
    pub(crate) zip64_record: Option<u64>,
    /// What the offsets in it fall short of file offsets, where something stands before the archive.
    pub(crate) shift: u64,
}

impl Directory {
    /// The last directory in the first `size` bytes of `source`; `None` where there is none.
    pub(crate) fn find(source: &(impl ReadAt + ?Sized), size: u64) -> io::Result<Option<Self>> {
        Self::find_in_tails(source, size, &TAILS)
    }

    /// The same, where no more than a few bytes follow the end record.
    pub(crate) fn find_near_end(source: &(impl ReadAt + ?Sized), size: u64) -> io::Result<Option<Self>> {
        Self::find_in_tails(source, size, TAILS.get(..1).unwrap_or_default())
    }

    fn find_in_tails(source: &(impl ReadAt + ?Sized), size: u64, tails: &[usize]) -> io::Result<Option<Self>> {
        for &length in tails {
            let start = size.saturating_sub(to_u64(length));
            let mut buffer = vec![0; to_usize(size.saturating_sub(start))];
            let tail = Span::new(read_full(source, start, &mut buffer)?, start);
            let mut before = tail.as_bytes();
            while let Some(position) = memmem::rfind(before, END_RECORD) {
                if let Some(directory) = Self::at(source, tail.skip(position), tail)? {
                    return Ok(Some(directory));
                }
                before = before.get(..position).unwrap_or_default();
            }
        }
        Ok(None)
    }

    /// The directory that an end record is about, if it is there.
    fn at(source: &(impl ReadAt + ?Sized), record: Span<'_>, tail: Span<'_>) -> io::Result<Option<Self>> {
        let fields = || Some((record.u16_le(10)?, record.u32_le(12)?, record.u32_le(16)?, record.get(0, END_BYTES)?));
        let Some((count, length, start, _)) = fields() else { return Ok(None) };
        let mut directory = Self {
            start: start.into(),
            length: length.into(),
            count: count.into(),
            end: record.offset(),
            #[cfg(feature = "digest")]
            end_record: record.offset(),
            zip64_record: None,
            shift: 0,
        };
        directory.read_zip64(source, record, tail)?;
        Ok(directory.settle(source)?.then_some(directory))
    }

    /// Takes what the zip64 records say, where there are any.
    fn read_zip64(&mut self, source: &(impl ReadAt + ?Sized), record: Span<'_>, tail: Span<'_>) -> io::Result<()> {
        let Some(at) = to_usize(record.offset().saturating_sub(tail.offset())).checked_sub(ZIP64_LOCATOR_BYTES) else {
            return Ok(());
        };
        let locator = tail.skip(at);
        let Some(offset) = locator.u64_le(8).filter(|_| locator.as_bytes().starts_with(ZIP64_LOCATOR)) else {
            return Ok(());
        };
        // Where it says, or right before where something stands before the archive.
        let before = locator.offset().saturating_sub(to_u64(ZIP64_END_BYTES));
        for offset in [offset, before] {
            let mut buffer = [0; ZIP64_END_BYTES];
            let record = Span::new(read_full(source, offset, &mut buffer)?, offset);
            let fields = || Some((record.u64_le(32)?, record.u64_le(40)?, record.u64_le(48)?));
            if record.as_bytes().starts_with(ZIP64_END_RECORD)
                && offset < self.end
                && let Some((count, length, start)) = fields()
            {
                (self.count, self.length, self.start) = (count, length, start);
                (self.end, self.zip64_record) = (offset, Some(offset));
                return Ok(());
            }
        }
        Ok(())
    }

    /// Looks whether the records are where they are said to be, or right before what ends them; false where they are not.
    fn settle(&mut self, source: &(impl ReadAt + ?Sized)) -> io::Result<bool> {
        if self.count == 0 && self.length == 0 {
            return Ok(true);
        }
        let said = self.start;
        for start in [said, self.end.saturating_sub(self.length)] {
            let mut magic = [0; DIRECTORY_RECORD.len()];
            if start >= said && start < self.end && read_full(source, start, &mut magic)? == DIRECTORY_RECORD {
                self.start = start;
                self.shift = start.saturating_sub(said);
                return Ok(true);
            }
        }
        Ok(false)
    }
}
