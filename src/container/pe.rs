//! PE images: from e_lfanew over goblin's header to the security directory (Microsoft PE Format, "Optional Header Data
//! Directories"). The directory's "virtual address" is a file offset.

use goblin::pe::header::Header;
use goblin::pe::optional_header::{MAGIC_32, MAGIC_64};

use crate::bytes::{Span, to_usize};
use crate::error::{Error, ErrorKind, Structure};
use crate::limits::Budget;

/// Bytes of headers that are looked at, from the PE signature on: signature 4, COFF header 20, optional header of PE32+ without
/// directories 112, sixteen directories of 8.
pub(crate) const HEADER_WINDOW: usize = 264;

/// `PE\0\0`, read as a little-endian number.
const PE_SIGNATURE: u32 = 0x0000_4550;
/// Where in the window the optional header begins.
pub(crate) const OPTIONAL_HEADER: usize = 24;
/// Where in the window SizeOfOptionalHeader lies.
pub(crate) const SIZE_OF_OPTIONAL_HEADER: usize = 20;
/// Bytes of one data directory.
pub(crate) const DIRECTORY_BYTES: usize = 8;
/// Index of the security directory.
const SECURITY_DIRECTORY: usize = 4;
/// The most directories that the format has, and that goblin reads.
const MAX_DIRECTORIES: u32 = 16;

/// The certificate table as far as it lies in the file; of length 0 when there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) offset: u64,
    pub(crate) length: u64,
}

/// Where the PE signature must be, if the file starts like a PE image.
pub(crate) fn header_position(head: &[u8]) -> Option<u64> {
    let head = Span::new(head, 0);
    let is_mz = head.u16_le(0) == Some(u16::from_le_bytes(*b"MZ"));
    if is_mz { head.u32_le(0x3c).map(u64::from) } else { None }
}

/// Finds the certificate table from the headers at `position`. `window` is up to [`HEADER_WINDOW`] bytes from there on.
///
/// # Errors
/// `UnrecognizedFormat` when there is no PE signature (an MS-DOS program, say), `BadHeader` when the headers are cut.
pub(crate) fn find_table(window: &[u8], position: u64, size: u64, budget: &mut Budget) -> Result<Table, Error> {
    let window = Span::new(window, position);
    if window.u32_le(0) != Some(PE_SIGNATURE) {
        return Err(Error::new(ErrorKind::UnrecognizedFormat, Structure::File, position));
    }
    let (offset, length) = security_directory(window, budget)?;
    if offset == 0 || length == 0 {
        return Ok(Table { offset, length: 0 });
    }
    let fault = |kind| Error::new(kind, Structure::CertificateTable, offset);
    if offset >= size {
        return Err(fault(ErrorKind::TableOutsideFile));
    }
    if offset.checked_rem(8) != Some(0) {
        budget.fault(fault(ErrorKind::TableUnaligned));
    }
    // Both come from 32-bit fields, so the sum does not wrap.
    let end = offset.saturating_add(length);
    let missing = end.saturating_sub(size);
    if missing > 0 {
        budget.fault(fault(ErrorKind::TableTruncated { missing }));
    } else if end < size {
        let kind = ErrorKind::DataAfterTable { length: size.saturating_sub(end) };
        budget.fault(Error::new(kind, Structure::CertificateTable, end));
    }
    Ok(Table { offset, length: length.saturating_sub(missing) })
}

/// File offset and size that data directory 4 tells; zeros without one.
fn security_directory(window: Span<'_>, budget: &mut Budget) -> Result<(u64, u64), Error> {
    let bad_header = Error::new(ErrorKind::BadHeader, Structure::PeHeader, window.offset());
    let size_of_optional_header = window.u16_le(SIZE_OF_OPTIONAL_HEADER).ok_or(bad_header)?;
    if size_of_optional_header == 0 {
        return Ok((0, 0));
    }
    let magic = window.u16_le(OPTIONAL_HEADER).ok_or(bad_header)?;
    let header = mended_header(window, magic, usize::from(size_of_optional_header), budget).ok_or(bad_header)?;
    let parsed = Header::parse_without_dos(&header).map_err(|_| bad_header)?;
    let directories = parsed.optional_header.ok_or(bad_header)?.data_directories;
    let Some(directory) = directories.get_certificate_table() else { return Ok((0, 0)) };
    // goblin read zeros where the file had ended; only what the file says counts.
    let count_offset = directory_count_offset(magic);
    let security_end = security_directory_end(count_offset);
    if window.len() < security_end {
        return Err(bad_header);
    }
    Ok((u64::from(directory.virtual_address), u64::from(directory.size)))
}

/// Where in the window NumberOfRvaAndSizes lies.
const fn directory_count_offset(magic: u16) -> usize {
    if magic == MAGIC_64 { 132 } else { 116 }
}

/// Where in the window the security directory ends.
const fn security_directory_end(count_offset: usize) -> usize {
    count_offset.saturating_add(4).saturating_add(SECURITY_DIRECTORY.saturating_add(1).saturating_mul(DIRECTORY_BYTES))
}

/// Where in the window the security directory starts, if there is one: counted, or set although it is not counted.
#[cfg(feature = "digest")]
pub(crate) fn security_directory_start(window: Span<'_>) -> Option<usize> {
    let size_of_optional_header = window.u16_le(SIZE_OF_OPTIONAL_HEADER).filter(|&size| size != 0)?;
    let magic = window.u16_le(OPTIONAL_HEADER)?;
    let count_offset = directory_count_offset(magic);
    let is_there = counts_security_directory(window.u32_le(count_offset)?)
        || has_security_directory(window, magic, usize::from(size_of_optional_header));
    is_there.then(|| security_directory_end(count_offset).saturating_sub(DIRECTORY_BYTES))
}

/// Whether this NumberOfRvaAndSizes reaches as far as the security directory.
fn counts_security_directory(count: u32) -> bool {
    to_usize(u64::from(count)) > SECURITY_DIRECTORY
}

/// Whether the optional header has room for the security directory, and something stands there.
fn has_security_directory(window: Span<'_>, magic: u16, size_of_optional_header: usize) -> bool {
    let security_end = security_directory_end(directory_count_offset(magic));
    security_end <= OPTIONAL_HEADER.saturating_add(size_of_optional_header)
        && window
            .get(security_end.saturating_sub(DIRECTORY_BYTES), DIRECTORY_BYTES)
            .is_some_and(|directory| directory.as_bytes().iter().any(|&byte| byte != 0))
}

/// A copy of the headers that goblin takes: a known magic, and a directory count that is true.
fn mended_header(
    window: Span<'_>,
    magic: u16,
    size_of_optional_header: usize,
    budget: &mut Budget,
) -> Option<[u8; HEADER_WINDOW]> {
    let mut header = [0_u8; HEADER_WINDOW];
    header.get_mut(..window.len())?.copy_from_slice(window.as_bytes());
    if magic != MAGIC_32 && magic != MAGIC_64 {
        // The loader refuses such a file; a scanner wants to see who signed it all the same.
        let kind = ErrorKind::UnknownOptionalMagic { found: magic };
        budget.fault(Error::new(kind, Structure::PeHeader, window.skip(OPTIONAL_HEADER).offset()));
        header.get_mut(OPTIONAL_HEADER..)?.get_mut(..2)?.copy_from_slice(&MAGIC_32.to_le_bytes());
    }
    let count_offset = directory_count_offset(magic);
    let found = window.u32_le(count_offset)?;
    let is_counted = counts_security_directory(found);
    let is_hidden = !is_counted && has_security_directory(window, magic, size_of_optional_header);
    if found > MAX_DIRECTORIES || is_hidden {
        let kind = ErrorKind::DirectoryCount { found };
        budget.fault(Error::new(kind, Structure::PeHeader, window.skip(count_offset).offset()));
        header.get_mut(count_offset..)?.get_mut(..4)?.copy_from_slice(&MAX_DIRECTORIES.to_le_bytes());
    }
    Some(header)
}
