//! Members of an archive without a central directory, such as a download that broke off: found by their local headers.

use std::io;

use memchr::memmem;

use super::LOCAL_HEADER;
#[cfg(feature = "archives")]
use super::entry::Seal;
use super::entry::{Entry, wide};
use super::member::LOCAL_BYTES;
use crate::bytes::{Span, to_usize};
use crate::container::source::{ReadAt, read_full};

/// What the local headers (APPNOTE 4.3.7) in the first `size` bytes of `source` say: those in the first and the last `half` of them.
pub(crate) fn local_entries(
    source: &(impl ReadAt + ?Sized),
    size: u64,
    half: u64,
    mut take: impl FnMut(Entry),
) -> io::Result<()> {
    let head_end = size.min(half);
    let tail_start = size.saturating_sub(half).max(head_end);
    for (start, end) in [(0, head_end), (tail_start, size)] {
        let mut buffer = vec![0; to_usize(end.saturating_sub(start))];
        let piece = Span::new(read_full(source, start, &mut buffer)?, start);
        let mut last: Option<Entry> = None;
        for position in memmem::find_iter(piece.as_bytes(), LOCAL_HEADER) {
            let header = piece.skip(position);
            let Some(entry) = local_entry(header) else { continue };
            if let Some(mut last) = last.replace(entry) {
                if last.compressed == u64::MAX {
                    last.compressed = header.offset().saturating_sub(last.offset);
                }
                take(last);
            }
        }
        if let Some(last) = last {
            take(last);
        }
    }
    Ok(())
}

fn local_entry(header: Span<'_>) -> Option<Entry> {
    let (name, extra) = (header.u16_le(26)?.into(), header.u16_le(28)?.into());
    let flags = header.u16_le(6)?;
    let extra = header.skip(LOCAL_BYTES).skip(name).truncate(extra);
    let [compressed, _] = wide([header.u32_le(18)?, header.u32_le(22)?], [1, 0], extra);
    Some(Entry {
        name: header.get(LOCAL_BYTES, name)?.as_bytes().to_vec(),
        flags,
        method: header.u16_le(8)?,
        // The lengths that follow the data are for those who read the data in order.
        compressed: if flags & Entry::DESCRIPTOR == 0 { compressed } else { u64::MAX },
        offset: header.offset(),
        record: 0..0,
        #[cfg(feature = "archives")]
        seal: Seal::read(header.skip(10), extra)?,
    })
}
