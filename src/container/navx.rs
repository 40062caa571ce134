//! Extension packages of Dynamics 365 (.app, .navx): a header, an archive, and behind it a signature between two marks.
//!
//! Nothing about the signature is written down; the layout is as jsign (NAVXFile, NAVXHeader, NAVXSignatureBlock) has it.

#[cfg(feature = "digest")]
use std::ops::Range;

#[cfg(feature = "digest")]
use super::source::read_pieces;
use super::source::{ReadAt, read_full};
use super::{Container, LocateError, Located};
#[cfg(feature = "digest")]
use crate::bytes::to_usize;
use crate::bytes::{Span, to_u64};
use crate::error::{Error, ErrorKind, Structure};
use crate::limits::Budget;

/// What a header begins and ends with.
const HEADER_MARK: &[u8] = b"NAVX";
const HEADER_BYTES: usize = 40;
/// Where a header says how many bytes of content follow it.
const CONTENT_BYTES: usize = 28;
/// What a signature block begins and ends with.
const BLOCK_MARK: &[u8] = b"NXSB";
/// What stands behind the message: where the block begins, and the mark.
const TRAILER_BYTES: u64 = 8;

/// Whether a file that starts with `head` is such a package.
pub(super) fn is_package(head: &[u8]) -> bool {
    head.starts_with(HEADER_MARK) && head.get(..HEADER_BYTES).is_some_and(|header| header.ends_with(HEADER_MARK))
}

/// Finds the signature of a package: where the header says that the content ends or, where nothing is there, where the trailer says.
///
/// # Errors
/// When the source cannot be read.
pub(super) fn find_signature(
    source: &(impl ReadAt + ?Sized),
    size: u64,
    budget: &mut Budget,
) -> Result<Located, LocateError> {
    let none = Located { container: Container::Navx, offset: 0, length: 0, declared: 0, end: size, behind: 0 };
    let Ends { content, trailer } = Ends::read(source, size)?;
    let Some(start) = block(source, [Some(content), trailer])? else {
        if content > size {
            let missing = content.saturating_sub(size);
            budget.fault(Error::new(ErrorKind::TableTruncated { missing }, Structure::File, size));
            return Ok(Located { declared: missing, ..none });
        }
        return Ok(none);
    };
    if start != content {
        budget.fault(Error::new(ErrorKind::BadHeader, Structure::File, to_u64(CONTENT_BYTES)));
    }
    let offset = start.saturating_add(to_u64(BLOCK_MARK.len()));
    let end = trailer.map_or(size, |_| size.saturating_sub(TRAILER_BYTES)).max(offset);
    let length = end.saturating_sub(offset);
    Ok(Located { offset, length, declared: length.max(1), ..none })
}

/// What a package says of where its content ends.
struct Ends {
    content: u64,
    /// By what stands at its end, where that is there.
    trailer: Option<u64>,
}

impl Ends {
    fn read(source: &(impl ReadAt + ?Sized), size: u64) -> Result<Self, LocateError> {
        let mut buffer = [0; HEADER_BYTES];
        let header = Span::new(read_full(source, 0, &mut buffer)?, 0);
        let bad = Error::new(ErrorKind::BadHeader, Structure::File, 0);
        let content = u64::from(header.u32_le(CONTENT_BYTES).ok_or(bad)?).saturating_add(to_u64(HEADER_BYTES));
        let mut buffer = [0; 8];
        let at = size.saturating_sub(TRAILER_BYTES);
        let trailer = Span::new(read_full(source, at, &mut buffer)?, at);
        let start = trailer.u32_le(0).filter(|_| trailer.as_bytes().ends_with(BLOCK_MARK));
        Ok(Self { content, trailer: start.map(u64::from).filter(|start| *start < at) })
    }
}

/// The first of these places at which a signature block begins.
fn block(source: &(impl ReadAt + ?Sized), places: [Option<u64>; 2]) -> Result<Option<u64>, LocateError> {
    for place in places.into_iter().flatten() {
        let mut mark = [0; 4];
        if read_full(source, place, &mut mark)? == BLOCK_MARK {
            return Ok(Some(place));
        }
    }
    Ok(None)
}

/// Feeds what the digest of a package is over: all that lies before its signature.
///
/// # Errors
/// When the source cannot be read.
#[cfg(feature = "digest")]
pub(crate) fn hashed(
    source: &(impl ReadAt + ?Sized),
    size: u64,
    take: &mut dyn FnMut(&[u8]),
) -> Result<(), LocateError> {
    /// Bytes read at once.
    const PIECE: u64 = 128 << 10;
    let Ends { content, trailer } = Ends::read(source, size)?;
    let end = block(source, [Some(content), trailer])?.unwrap_or(size);
    let everything: Range<u64> = 0..end;
    let mut buffer = vec![0; to_usize(PIECE.min(end))];
    Ok(read_pieces(source, &[everything], &mut buffer, |_, piece| take(piece))?)
}
