//! The least that reading a signature can cost: the first KiB and the certificate table of a well-formed PE file.

use std::fs::File;
use std::io;
use std::path::Path;

use certsift::ReadAt;

/// Reads 1 KiB and the certificate table into `buffer`; answers the table's length, 0 where there is none.
pub(crate) fn read_certificate_table(path: &Path, buffer: &mut Vec<u8>) -> io::Result<u64> {
    let mut head = [0; 1024];
    let file = File::open(path)?;
    let size = file.size()?;
    let count = file.read_at(0, &mut head)?;
    let Some((offset, length)) = directory(head.get(..count).unwrap_or_default()) else { return Ok(0) };
    let length = length.min(size.saturating_sub(offset));
    buffer.resize(usize::try_from(length).unwrap_or(0), 0);
    file.read_at(offset, buffer).and_then(|count| u64::try_from(count).map_err(io::Error::other))
}

/// Offset and size of data directory 4.
fn directory(head: &[u8]) -> Option<(u64, u64)> {
    let number = |at: usize| head.get(at..at.checked_add(4)?)?.try_into().ok().map(u32::from_le_bytes);
    let header = usize::try_from(number(0x3c)?).ok()?;
    let magic = number(header.checked_add(24)?)? & 0xffff;
    let at = header.checked_add(if magic == 0x20b { 168 } else { 152 })?;
    Some((u64::from(number(at)?), u64::from(number(at.checked_add(4)?)?)))
}
