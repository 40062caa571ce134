//! Silverlight packages: behind the archive lie descriptors with a message each, and behind those a trailer that says where they begin.

use std::io;

use super::certificates::push;
use super::part::{PartKind, Parts};
use super::source::{ReadAt, read_full};
use crate::bytes::{Span, to_u64, to_usize};
use crate::error::{Error, ErrorKind, Limit, Structure};
use crate::limits::Budget;

/// What the trailer begins with; behind it the number of descriptors and their length together.
const MAGIC: &[u8] = b"XapS";
const TRAILER_BYTES: u64 = 10;
/// Bytes of a descriptor before its data: type, version, length.
const DESCRIPTOR_BYTES: usize = 8;

/// Where the descriptors lie.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Descriptors {
    /// File offset of the first; the archive, which the signatures are over, ends there.
    pub(crate) start: u64,
    length: u64,
    count: u16,
}

/// The descriptors at the end of a package; `None` for one that is not signed.
pub(crate) fn find(source: &(impl ReadAt + ?Sized), size: u64) -> io::Result<Option<Descriptors>> {
    let Some(at) = size.checked_sub(TRAILER_BYTES) else { return Ok(None) };
    let mut buffer = [0; 10];
    let trailer = Span::new(read_full(source, at, &mut buffer)?, at);
    let read = || {
        let (count, length) = (trailer.u16_le(4)?, u64::from(trailer.u32_le(6)?));
        Some(Descriptors { start: at.checked_sub(length)?, length, count })
    };
    Ok(trailer.as_bytes().starts_with(MAGIC).then(read).flatten())
}

/// Takes the messages of the descriptors.
pub(super) fn unpack(
    source: &(impl ReadAt + ?Sized),
    descriptors: Descriptors,
    parts: &mut Parts,
    budget: &mut Budget,
) -> io::Result<()> {
    let most = budget.limits().max_table_bytes;
    if descriptors.length > most {
        budget.fault_limit(Limit::TableBytes, Structure::File, descriptors.start.saturating_add(most));
    }
    let mut buffer = vec![0; to_usize(descriptors.length.min(most))];
    let mut rest = Span::new(read_full(source, descriptors.start, &mut buffer)?, descriptors.start);
    for _ in 0..descriptors.count {
        let Some(length) = rest.u32_le(4) else { break };
        let data = rest.skip(DESCRIPTOR_BYTES);
        if u64::from(length) > to_u64(data.len()) {
            let kind = ErrorKind::LengthPastEnd { length: length.into(), available: to_u64(data.len()) };
            budget.fault(Error::new(kind, Structure::File, rest.offset()));
        }
        let data = data.truncate(to_usize(length.into()));
        if !data.is_empty() && !push(PartKind::Message, data, parts, budget) {
            return Ok(());
        }
        rest = rest.skip(DESCRIPTOR_BYTES).skip(data.len());
    }
    Ok(())
}
