//! Cabinets ([MS-CAB], 2.1, CFHEADER): a signature lies behind the cabinet, and what the header reserves says where.
//!
//! Of the reserved block [MS-CAB] tells nothing. It begins with two counts of 16 bits: how many bytes at its start are somebody else's, and
//! how many behind those (16) are about the signature: its file offset and length, 32 bits each, and eight zeros. The digest is over the
//! fields that jsign (CFHeader, from Windows' own order) has; osslsigncode (cab.c) has the same for a cabinet that is not one of a set.

#[cfg(feature = "digest")]
use std::ops::Range;

#[cfg(feature = "digest")]
use super::source::read_pieces;
use super::source::{ReadAt, read_full};
use super::{Container, LocateError, Located, text};
use crate::bytes::Span;
#[cfg(feature = "digest")]
use crate::bytes::to_usize;
use crate::error::{Error, ErrorKind, Structure};
use crate::limits::Budget;

/// Bytes of a header without reserved block and names, and where its flags lie.
const FIXED_BYTES: usize = 36;
const FLAGS: usize = 30;
/// The flag that says that there is a reserved block.
const RESERVE_PRESENT: u16 = 4;
/// Where the block begins, behind its own length and those of two others.
const RESERVE: u64 = 40;
/// Bytes of the two counts.
const COUNTS: u64 = 4;
/// Bytes of the offset and the length.
const PLACE: u64 = 8;

/// Whether a file that starts with `head` is a cabinet. A text may begin with the same four letters.
pub(super) fn is_cabinet(head: &[u8]) -> bool {
    head.starts_with(b"MSCF") && !text::is_text(head)
}

/// Finds the signature of a cabinet from its header.
///
/// # Errors
/// When the source cannot be read; `BadHeader` when the header is cut.
pub(super) fn find_signature(
    source: &(impl ReadAt + ?Sized),
    size: u64,
    budget: &mut Budget,
) -> Result<Located, LocateError> {
    let none = Located { container: Container::Cab, offset: 0, length: 0, declared: 0, end: 0, behind: 0 };
    let Some(place) = Reserve::read(source)?.and_then(|reserve| reserve.place) else { return Ok(none) };
    let Place { at, offset, length: declared } = place;
    let mut fault = |kind, offset| budget.fault(Error::new(kind, Structure::CabinetHeader, offset));
    if offset == 0 || declared == 0 {
        if offset != declared {
            fault(ErrorKind::DirectoryIncomplete, at);
        }
        return Ok(none);
    }
    let located = Located { offset, declared, end: offset, ..none };
    if offset >= size {
        fault(ErrorKind::TableOutsideFile, offset);
        return Ok(located);
    }
    // Both come from 32-bit fields, so the sum does not wrap.
    let end = offset.saturating_add(declared);
    let missing = end.saturating_sub(size);
    let behind = size.saturating_sub(end);
    if missing > 0 {
        fault(ErrorKind::TableTruncated { missing }, offset);
    } else if behind > 0 {
        fault(ErrorKind::DataAfterTable { length: behind }, end);
    }
    Ok(Located { length: declared.saturating_sub(missing), end, behind, ..located })
}

/// The reserved block of a header.
struct Reserve {
    /// Bytes at its start that are not about a signature.
    #[cfg_attr(not(feature = "digest"), expect(dead_code, reason = "the digest is over them"))]
    others: u64,
    /// Where it ends.
    #[cfg_attr(not(feature = "digest"), expect(dead_code, reason = "the digest goes on there"))]
    end: u64,
    place: Option<Place>,
}

/// Where the block says that a signature lies; zeros where it has room for one and there is none.
#[derive(Clone, Copy)]
struct Place {
    /// File offset of the place itself.
    at: u64,
    offset: u64,
    length: u64,
}

impl Reserve {
    /// `None` where there is no such block, or no room in it for the counts.
    fn read(source: &(impl ReadAt + ?Sized)) -> Result<Option<Self>, LocateError> {
        let mut buffer = [0; 44];
        let head = Span::new(read_full(source, 0, &mut buffer)?, 0);
        let cut = Error::new(ErrorKind::BadHeader, Structure::CabinetHeader, 0);
        if head.len() < FIXED_BYTES {
            return Err(cut.into());
        }
        if head.u16_le(FLAGS).is_none_or(|flags| flags & RESERVE_PRESENT == 0) {
            return Ok(None);
        }
        let length = u64::from(head.u16_le(36).ok_or(cut)?);
        if length < COUNTS {
            return Ok(None);
        }
        let others = u64::from(head.u16_le(40).ok_or(cut)?);
        let own = u64::from(head.u16_le(42).ok_or(cut)?);
        let mut reserve = Self { others, end: RESERVE.saturating_add(length), place: None };
        if own >= PLACE && COUNTS.saturating_add(others).saturating_add(own) <= length {
            let at = RESERVE.saturating_add(COUNTS).saturating_add(others);
            let mut buffer = [0; 8];
            let octets = Span::new(read_full(source, at, &mut buffer)?, at);
            let offset = octets.u32_le(0).ok_or(cut)?.into();
            reserve.place = Some(Place { at, offset, length: octets.u32_le(4).ok_or(cut)?.into() });
        }
        Ok(Some(reserve))
    }

    /// The parts of a cabinet that its digest is over, the fixed ones of the header first.
    #[cfg(feature = "digest")]
    fn hashed_ranges(&self, size: u64) -> [Range<u64>; 5] {
        let others = RESERVE.saturating_add(COUNTS);
        let signed = self.place.filter(|place| place.offset > 0 && place.length > 0);
        let end = signed.map_or(size, |place| place.offset.min(size));
        [0..4, 8..36, RESERVE..42, others..others.saturating_add(self.others), self.end..end]
    }
}

/// Feeds what the digest of a cabinet is over, as far as it is there: what its signature covers or, where it has no room for one, what a
/// catalog names it by. Left out is what Windows does not compute (4 to 8), and what signing changes.
///
/// # Errors
/// When the source cannot be read, or the header is cut.
#[cfg(feature = "digest")]
pub(crate) fn hashed(
    source: &(impl ReadAt + ?Sized),
    size: u64,
    take: &mut dyn FnMut(&[u8]),
) -> Result<(), LocateError> {
    /// Bytes read at once.
    const PIECE: usize = 128 << 10;
    let ranges = match Reserve::read(source)? {
        Some(reserve) => reserve.hashed_ranges(size).to_vec(),
        None => vec![0..4, 8..size],
    };
    let mut buffer = vec![0; PIECE.min(to_usize(size))];
    read_pieces(source, &ranges, &mut buffer, |_, piece| take(piece))?;
    Ok(())
}
