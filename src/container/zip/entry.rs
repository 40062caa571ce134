//! The records of a central directory (APPNOTE 4.3.12), read in windows of bounded size.

use std::io;
use std::ops::Range;

use super::{DIRECTORY_RECORD, Directory};
use crate::bytes::{Span, to_u64, to_usize};
use crate::container::source::{ReadAt, read_full};

/// What a directory, or a local header, says of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its path, with `/`.
    pub(crate) name: Vec<u8>,
    /// General purpose bits (4.4.4).
    pub(crate) flags: u16,
    /// Compression method (4.4.5).
    pub(crate) method: u16,
    /// Bytes of its stored form; `u64::MAX` where nothing says how many.
    pub(crate) compressed: u64,
    /// File offset of its local header.
    pub(crate) offset: u64,
    /// Where its record of the directory lies; empty for one that no directory has.
    pub(crate) record: Range<u64>,
    /// What is needed to open it.
    #[cfg(feature = "archives")]
    pub(crate) seal: Seal,
}

/// What is told of a member that decrypting it and testing the result needs.
#[cfg(feature = "archives")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seal {
    /// CRC-32 of what it holds (4.4.7).
    pub(crate) crc: u32,
    /// Its time of day (4.4.6).
    pub(crate) time: u16,
    /// How AES is used, where it is.
    pub(crate) aes: Option<Aes>,
}

/// The extra field of members that AES encrypts (WinZip, "AES Encryption Information").
#[cfg(feature = "archives")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Aes {
    /// 1 for 128 bits, 2 for 192, 3 for 256.
    pub(crate) strength: u8,
    /// How the member is compressed.
    pub(crate) method: u16,
}

#[cfg(feature = "archives")]
impl Seal {
    /// What the fields of a header say that start with the time, and its extra fields.
    pub(super) fn read(fields: Span<'_>, mut extra: Span<'_>) -> Option<Self> {
        let mut aes = None;
        while let (Some(kind), Some(length)) = (extra.u16_le(0), extra.u16_le(2)) {
            let field = extra.skip(4).truncate(length.into());
            extra = extra.skip(4).skip(length.into());
            if kind == AES_FIELD
                && let (Some(&strength), Some(method)) = (field.as_bytes().get(4), field.u16_le(5))
            {
                aes = Some(Aes { strength, method });
            }
        }
        Some(Self { time: fields.u16_le(0)?, crc: fields.u32_le(4)?, aes })
    }
}

impl Entry {
    /// General purpose bit 0: the member is encrypted.
    pub(crate) const ENCRYPTED: u16 = 1;
    /// General purpose bit 6: encrypted by one of PKWARE's later ciphers (7.2).
    #[cfg(feature = "archives")]
    pub(crate) const STRONG_ENCRYPTION: u16 = 1 << 6;
    /// General purpose bit 3: lengths follow the data.
    pub(crate) const DESCRIPTOR: u16 = 1 << 3;

    pub(crate) const fn has(&self, flag: u16) -> bool {
        self.flags & flag != 0
    }
}

/// Bytes of a record without its name, extra fields and comment.
const RECORD_BYTES: usize = 46;
/// Bytes of a directory in memory at a time: more than one record can have.
const WINDOW: usize = 256 << 10;
/// The extra field of members that AES encrypts.
#[cfg(feature = "archives")]
const AES_FIELD: u16 = 0x9901;
/// The extra field of lengths and offsets that 32 bits cannot hold (4.5.3).
const ZIP64_FIELD: u16 = 1;

/// The records of a directory. They end where no record follows, whatever the end record says of their number.
pub(crate) struct Entries<'s, S: ?Sized> {
    source: &'s S,
    directory: Directory,
    next: u64,
    window: Vec<u8>,
    window_offset: u64,
}

impl<'s, S: ReadAt + ?Sized> Entries<'s, S> {
    pub(crate) const fn new(source: &'s S, directory: Directory) -> Self {
        Self { source, directory, next: directory.start, window: Vec::new(), window_offset: 0 }
    }

    /// Where the next record would lie.
    pub(crate) const fn position(&self) -> u64 {
        self.next
    }

    /// The next record.
    pub(crate) fn next(&mut self) -> io::Result<Option<Entry>> {
        let (at, shift) = (self.next, self.directory.shift);
        let header = self.bytes(at, RECORD_BYTES)?;
        let lengths = || Some((header.u16_le(28)?, header.u16_le(30)?, header.u16_le(32)?));
        let Some((name, extra, comment)) = lengths().filter(|_| header.as_bytes().starts_with(DIRECTORY_RECORD)) else {
            return Ok(None);
        };
        let [name, extra, comment] = [name, extra, comment].map(usize::from);
        let length = RECORD_BYTES.saturating_add(name).saturating_add(extra).saturating_add(comment);
        let record = self.bytes(at, length)?;
        if record.len() < length {
            return Ok(None);
        }
        let entry = read_record(record, name, extra, shift);
        self.next = record.end();
        Ok(entry)
    }

    /// So many bytes of the directory, or as many as there are.
    fn bytes(&mut self, offset: u64, length: usize) -> io::Result<Span<'_>> {
        let end = self.window_offset.saturating_add(to_u64(self.window.len()));
        if offset < self.window_offset || offset.saturating_add(to_u64(length)) > end {
            let left = to_usize(self.directory.end.saturating_sub(offset));
            self.window.resize(WINDOW.min(left), 0);
            let count = read_full(self.source, offset, &mut self.window)?.len();
            self.window.truncate(count);
            self.window_offset = offset;
        }
        let window = Span::new(&self.window, self.window_offset);
        Ok(window.skip(to_usize(offset.saturating_sub(self.window_offset))).truncate(length))
    }
}

fn read_record(record: Span<'_>, name: usize, extra: usize, shift: u64) -> Option<Entry> {
    let (behind_name, name) = (record.skip(RECORD_BYTES).skip(name), record.get(RECORD_BYTES, name)?);
    let extra = behind_name.truncate(extra);
    let [compressed, _, offset] = wide(
        [record.u32_le(20)?, record.u32_le(24)?, record.u32_le(42)?],
        // The order in which the field has them.
        [1, 0, 2],
        extra,
    );
    Some(Entry {
        name: name.as_bytes().to_vec(),
        flags: record.u16_le(8)?,
        method: record.u16_le(10)?,
        compressed,
        offset: offset.saturating_add(shift),
        record: record.offset()..record.end(),
        #[cfg(feature = "archives")]
        seal: Seal::read(record.skip(12), extra)?,
    })
}

/// Numbers of 32 bits, each of them that is all ones taken from the zip64 field among the extra fields, which has them in another order.
pub(super) fn wide<const N: usize>(narrow: [u32; N], order: [usize; N], mut extra: Span<'_>) -> [u64; N] {
    let mut wide = narrow.map(u64::from);
    while let (Some(kind), Some(length)) = (extra.u16_le(0), extra.u16_le(2)) {
        let mut field = extra.skip(4).truncate(length.into());
        extra = extra.skip(4).skip(length.into());
        if kind != ZIP64_FIELD {
            continue;
        }
        for place in order {
            if narrow.get(place) == Some(&u32::MAX)
                && let (Some(number), Some(wide)) = (field.u64_le(0), wide.get_mut(place))
            {
                *wide = number;
                field = field.skip(8);
            }
        }
    }
    wide
}
