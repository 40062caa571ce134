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
/// Where in the window Machine lies.
pub(crate) const MACHINE: usize = 4;
/// Where in the window SizeOfOptionalHeader lies.
pub(crate) const SIZE_OF_OPTIONAL_HEADER: usize = 20;
/// Bytes of one data directory.
pub(crate) const DIRECTORY_BYTES: usize = 8;
/// Index of the security directory.
const SECURITY_DIRECTORY: usize = 4;
/// The most directories that the format has, and that goblin reads.
const MAX_DIRECTORIES: u32 = 16;

/// The machines of 64 bits (Microsoft PE Format, "Machine Types"), whose images are PE32+: IA64, LoongArch 64, RISC-V 64, x64, and ARM64 with
/// its two mixed forms.
const MACHINES_64: [u16; 7] = [0x0200, 0x6264, 0x5064, 0x8664, 0xaa64, 0xa641, 0xa64e];

/// The certificate table as far as it lies in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) offset: u64,
    pub(crate) length: u64,
    /// Its length as the headers say; 0 when there is none.
    pub(crate) declared: u64,
}

impl Table {
    const NONE: Self = Self { offset: 0, length: 0, declared: 0 };
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
    let Some((offset, length, at)) = security_directory(window, budget)? else { return Ok(Table::NONE) };
    if offset == 0 || length == 0 {
        if offset != length {
            budget.fault(Error::new(ErrorKind::DirectoryIncomplete, Structure::PeHeader, at));
        }
        return Ok(Table::NONE);
    }
    let fault = |kind| Error::new(kind, Structure::CertificateTable, offset);
    if offset >= size {
        budget.fault(fault(ErrorKind::TableOutsideFile));
        return Ok(Table { offset, length: 0, declared: length });
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
    Ok(Table { offset, length: length.saturating_sub(missing), declared: length })
}

/// File offset and size that data directory 4 tells, and where in the file it stands; `None` when there is none.
fn security_directory(window: Span<'_>, budget: &mut Budget) -> Result<Option<(u64, u64, u64)>, Error> {
    let bad_header = Error::new(ErrorKind::BadHeader, Structure::PeHeader, window.offset());
    let optional_header = OptionalHeader::read(window).ok_or(bad_header)?;
    if !optional_header.is_there() {
        return Ok(None);
    }
    let header = optional_header.mended(budget).ok_or(bad_header)?;
    // goblin's error says which field it could not read. Only a cut makes it fail here, and where that is the offset says.
    let parsed = Header::parse_without_dos(&header).map_err(|_| bad_header)?;
    let directories = parsed.optional_header.ok_or(bad_header)?.data_directories;
    let Some(directory) = directories.get_certificate_table() else { return Ok(None) };
    // goblin read zeros where the file had ended; only what the file says counts.
    if window.len() < optional_header.security_end() {
        return Err(bad_header);
    }
    let at = window.skip(optional_header.security_start()).offset();
    Ok(Some((directory.virtual_address.into(), directory.size.into(), at)))
}

/// Where in the window the security directory starts, if there is one: counted, or set although it is not counted.
#[cfg(feature = "digest")]
pub(crate) fn security_directory_start(window: Span<'_>) -> Option<usize> {
    let optional_header = OptionalHeader::read(window).filter(OptionalHeader::is_there)?;
    let is_there = counts_security_directory(optional_header.directory_count()?) || optional_header.is_hidden();
    is_there.then(|| optional_header.security_start())
}

/// Whether this NumberOfRvaAndSizes reaches as far as the security directory.
fn counts_security_directory(count: u32) -> bool {
    to_usize(u64::from(count)) > SECURITY_DIRECTORY
}

/// The optional header, by its layout.
#[derive(Debug, Clone, Copy)]
struct OptionalHeader<'h> {
    /// From the PE signature on.
    window: Span<'h>,
    /// SizeOfOptionalHeader.
    size: usize,
    /// As it stands there.
    magic: u16,
    /// Whether the layout is that of PE32+.
    is_wide: bool,
}

impl<'h> OptionalHeader<'h> {
    /// `None` when the headers are cut.
    fn read(window: Span<'h>) -> Option<Self> {
        let size = usize::from(window.u16_le(SIZE_OF_OPTIONAL_HEADER)?);
        let magic = match window.u16_le(OPTIONAL_HEADER) {
            Some(magic) => magic,
            None if size == 0 => 0,
            None => return None,
        };
        let machine = window.u16_le(MACHINE)?;
        let is_wide = match magic {
            MAGIC_32 => false,
            MAGIC_64 => true,
            _ => MACHINES_64.contains(&machine),
        };
        Some(Self { window, size, magic, is_wide })
    }

    const fn has_known_magic(&self) -> bool {
        self.magic == MAGIC_32 || self.magic == MAGIC_64
    }

    /// An object file has none, and its size is 0. In an image so is that of a header which is there and counts its directories.
    fn is_there(&self) -> bool {
        self.size > 0 || (self.has_known_magic() && self.is_beyond())
    }

    /// Where in the window NumberOfRvaAndSizes lies.
    const fn count_start(&self) -> usize {
        if self.is_wide { 132 } else { 116 }
    }

    fn directory_count(&self) -> Option<u32> {
        self.window.u32_le(self.count_start())
    }

    /// Where in the window the security directory starts.
    const fn security_start(&self) -> usize {
        self.count_start().saturating_add(4).saturating_add(SECURITY_DIRECTORY.saturating_mul(DIRECTORY_BYTES))
    }

    /// Where in the window the security directory ends.
    const fn security_end(&self) -> usize {
        self.security_start().saturating_add(DIRECTORY_BYTES)
    }

    /// Whether the security directory lies within SizeOfOptionalHeader.
    const fn is_security_directory_inside(&self) -> bool {
        self.security_end() <= OPTIONAL_HEADER.saturating_add(self.size)
    }

    fn is_security_directory_set(&self) -> bool {
        let directory = self.window.get(self.security_start(), DIRECTORY_BYTES);
        directory.is_some_and(|directory| directory.as_bytes().iter().any(|&byte| byte != 0))
    }

    /// Whether something stands in a security directory that is not counted, and is no section header.
    fn is_hidden(&self) -> bool {
        self.is_security_directory_inside() && self.is_security_directory_set()
    }

    /// Whether something stands in a security directory that is counted, and lies behind SizeOfOptionalHeader.
    fn is_beyond(&self) -> bool {
        self.directory_count().is_some_and(counts_security_directory)
            && !self.is_security_directory_inside()
            && self.is_security_directory_set()
    }

    /// A copy of the headers that goblin takes: a size that is not 0, a known magic, and a directory count that is true.
    fn mended(&self, budget: &mut Budget) -> Option<[u8; HEADER_WINDOW]> {
        let mut header = [0_u8; HEADER_WINDOW];
        header.get_mut(..self.window.len())?.copy_from_slice(self.window.as_bytes());
        if !self.has_known_magic() {
            // The loader refuses such a file; a scanner wants to see who signed it all the same.
            let kind = ErrorKind::UnknownOptionalMagic { found: self.magic };
            budget.fault(Error::new(kind, Structure::PeHeader, self.window.skip(OPTIONAL_HEADER).offset()));
            let magic = if self.is_wide { MAGIC_64 } else { MAGIC_32 };
            header.get_mut(OPTIONAL_HEADER..)?.get_mut(..2)?.copy_from_slice(&magic.to_le_bytes());
        }
        if self.size == 0 {
            // goblin asks no more of it than that.
            header.get_mut(SIZE_OF_OPTIONAL_HEADER..)?.get_mut(..2)?.copy_from_slice(&u16::MAX.to_le_bytes());
        }
        let found = self.directory_count()?;
        let is_hidden = !counts_security_directory(found) && self.is_hidden();
        if found > MAX_DIRECTORIES || is_hidden || self.is_beyond() {
            let kind = ErrorKind::DirectoryCount { found };
            budget.fault(Error::new(kind, Structure::PeHeader, self.window.skip(self.count_start()).offset()));
            header.get_mut(self.count_start()..)?.get_mut(..4)?.copy_from_slice(&MAX_DIRECTORIES.to_le_bytes());
        }
        Some(header)
    }
}
