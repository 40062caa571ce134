//! The floor that scanning is measured against: opens every file, reads its headers and its certificate table, and does nothing
//! with them. It knows only well-formed PE files.
//!
//!     cargo run --release --example floor -- PATH…

#![expect(clippy::arithmetic_side_effects, reason = "counts of files do not overflow")]

use std::fs::File;
use std::io;
use std::path::Path;

use certsift::ReadAt;

fn main() {
    let (mut files, mut tables, mut bytes) = (0_u64, 0_u64, 0_u64);
    let mut buffer = Vec::new();
    for target in std::env::args_os().skip(1) {
        for entry in walkdir::WalkDir::new(target).into_iter().flatten().filter(|entry| entry.file_type().is_file()) {
            files += 1;
            if let Ok(length) = read_table(entry.path(), &mut buffer) {
                tables += u64::from(length > 0);
                bytes += length;
            }
        }
    }
    println!("{files} files, {tables} certificate tables, {bytes} bytes");
}

/// Reads 1 KiB and the certificate table; answers the table's length.
fn read_table(path: &Path, buffer: &mut Vec<u8>) -> io::Result<u64> {
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
