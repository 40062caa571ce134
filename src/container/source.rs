//! [`ReadAt`]: a file of which only the asked-for bytes are read.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
#[cfg(feature = "digest")]
use std::ops::Range;

use crate::bytes::{to_u64, to_usize};

/// A source of bytes that can be read at any position, without a cursor that moves.
pub trait ReadAt {
    /// Length of the source, bytes.
    ///
    /// # Errors
    /// What the source answers.
    fn size(&self) -> io::Result<u64>;

    /// Reads at most `buffer.len()` bytes that start `offset` bytes into the source. Answers how many were read; 0 at or behind
    /// the end.
    ///
    /// # Errors
    /// What the source answers.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;

    /// All bytes of the source, where they are in memory: what is hashed need not be copied then. `None` unless implemented.
    fn in_memory(&self) -> Option<&[u8]> {
        None
    }
}

impl ReadAt for File {
    fn size(&self) -> io::Result<u64> {
        self.metadata().map(|metadata| metadata.len())
    }

    #[cfg(unix)]
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(self, buffer, offset)
    }

    #[cfg(windows)]
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(self, buffer, offset)
    }

    #[cfg(not(any(unix, windows)))]
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut file = self;
        file.seek(SeekFrom::Start(offset))?;
        file.read(buffer)
    }
}

impl ReadAt for [u8] {
    fn size(&self) -> io::Result<u64> {
        Ok(to_u64(self.len()))
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = self.get(to_usize(offset)..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), rest.get(..count)) {
            to.copy_from_slice(from);
        }
        Ok(count)
    }

    fn in_memory(&self) -> Option<&[u8]> {
        Some(self)
    }
}

/// Makes a [`ReadAt`] of anything that reads and seeks.
#[derive(Debug)]
pub struct Seekable<R>(RefCell<R>);

impl<R: Read + Seek> Seekable<R> {
    /// Wraps a reader. Its position is moved at every read.
    pub const fn new(reader: R) -> Self {
        Self(RefCell::new(reader))
    }

    /// The reader back.
    pub fn into_inner(self) -> R {
        self.0.into_inner()
    }
}

impl<R: Read + Seek> ReadAt for Seekable<R> {
    fn size(&self) -> io::Result<u64> {
        self.0.borrow_mut().seek(SeekFrom::End(0))
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut reader = self.0.borrow_mut();
        reader.seek(SeekFrom::Start(offset))?;
        reader.read(buffer)
    }
}

/// Reads `ranges` one after the other in pieces of at most `buffer.len()` bytes. `take` is told the file offset of each piece. Where
/// the source ends within a range, so does the range.
#[cfg(feature = "digest")]
pub(crate) fn read_pieces<S: ReadAt + ?Sized>(
    source: &S,
    ranges: &[Range<u64>],
    buffer: &mut [u8],
    mut take: impl FnMut(u64, &[u8]),
) -> io::Result<()> {
    let in_memory = source.in_memory();
    for range in ranges {
        let mut offset = range.start;
        while offset < range.end {
            let wanted = to_usize(range.end.saturating_sub(offset)).min(buffer.len());
            let piece = match in_memory {
                Some(bytes) => {
                    let rest = bytes.get(to_usize(offset)..).unwrap_or_default();
                    rest.get(..wanted).unwrap_or(rest)
                }
                None => read_full(source, offset, buffer.get_mut(..wanted).unwrap_or_default())?,
            };
            if piece.is_empty() {
                break;
            }
            take(offset, piece);
            offset = offset.saturating_add(to_u64(piece.len()));
        }
    }
    Ok(())
}

/// Reads everything in pieces.
#[cfg(all(feature = "digest", feature = "scan"))]
pub(crate) fn read_whole<S: ReadAt + ?Sized>(source: &S, mut take: impl FnMut(&[u8])) -> io::Result<()> {
    /// Bytes read at once.
    const PIECE: usize = 128 << 10;
    let mut buffer = vec![0; PIECE];
    // To the end, wherever it is: some files do not tell their size.
    let everything = [0..u64::MAX; 1];
    read_pieces(source, &everything, &mut buffer, |_, piece| take(piece))
}

/// Reads the first `length` bytes, or all there are.
pub(crate) fn read_first<S: ReadAt + ?Sized>(source: &S, length: u64) -> io::Result<Cow<'_, [u8]>> {
    let length = to_usize(length);
    if let Some(bytes) = source.in_memory() {
        return Ok(Cow::Borrowed(bytes.get(..length).unwrap_or(bytes)));
    }
    let mut bytes = vec![0; length];
    let count = read_full(source, 0, &mut bytes)?.len();
    bytes.truncate(count);
    Ok(Cow::Owned(bytes))
}

/// Reads until `buffer` is full or the source ends; answers what was read.
pub(crate) fn read_full<'b, S: ReadAt + ?Sized>(source: &S, offset: u64, buffer: &'b mut [u8]) -> io::Result<&'b [u8]> {
    let mut filled = 0_usize;
    while let Some(rest) = buffer.get_mut(filled..)
        && !rest.is_empty()
    {
        match source.read_at(offset.saturating_add(to_u64(filled)), rest) {
            Ok(0) => break,
            Ok(count) => filled = filled.saturating_add(count),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(buffer.get(..filled).unwrap_or_default())
}
