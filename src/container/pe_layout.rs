//! Which bytes of a PE image the digest in its signatures covers, by the two rules that signers and verifiers follow.
//!
//! Microsoft's paper ("Windows Authenticode Portable Executable Signature Format", 2008, "Calculating the PE Image Hash") walks the
//! headers and the sections; UEFI firmware does so to the letter (EDK2, DxeImageVerificationLib, HashPeImage). Most tools hash the
//! file as it lies there, less the three parts that signing itself writes. Where sections follow each other without a gap and
//! without overlap, both are the same bytes.
//!
//! Nothing that is hashed says where the certificate table lies. A file may therefore hold headers and code of its own in a table that
//! lies over the image, and around it every byte that somebody signed: by any rule it has the digest of the signed file, and a loader
//! runs another program. So a digest says something only of an image whose table lies behind all that is loaded
//! ([`HashedRanges::table_over_image`]).

use std::io;
use std::ops::Range;

use super::pe_pages::{MOST_TIMES, PageLayout, page_layouts};
use super::source::{ReadAt, read_full};
use super::{LocateError, pe};
use crate::bytes::{Span, to_u64, to_usize};
use crate::error::{Error, ErrorKind, Structure};
use crate::limits::Budget;

/// What is hashed of an image. Ranges are file offsets, lie within the file, and are hashed in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct HashedRanges {
    /// The file less CheckSum, the security directory and the certificate table; ascending.
    pub(crate) flat: Vec<Range<u64>>,
    pub(crate) sections: SectionRanges,
    /// Zero bytes by which some tools lengthen a file without a certificate table, up to a multiple of 8 as the table wants it.
    pub(crate) padding: usize,
    /// The pages that are hashed each for itself, by each rule that some signer follows, the system's first.
    pub(crate) pages: Vec<PageLayout>,
    /// Where the certificate table starts, if that is before the end of the headers and of what the sections have in the file: no digest
    /// by any rule then covers what is loaded.
    pub(crate) table_over_image: Option<u64>,
}

/// What is hashed by the section-wise rule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum SectionRanges {
    /// The same bytes as by the flat rule.
    #[default]
    Same,
    Differ(Vec<Range<u64>>),
    /// The headers say nothing that a bounded amount of hashing could follow.
    Undefined,
}

/// Bytes of the MS-DOS header, at the end of which e_lfanew lies.
const DOS_HEADER: usize = 64;
/// Where in the optional header SectionAlignment lies, in PE32 and PE32+.
const SECTION_ALIGNMENT: usize = 32;
/// Where in the optional header SizeOfHeaders lies, in PE32 and PE32+.
const SIZE_OF_HEADERS: usize = 60;
/// Where in the optional header CheckSum lies, in PE32 and PE32+.
const CHECK_SUM: usize = 64;
/// Bytes of CheckSum.
const CHECK_SUM_BYTES: u64 = 4;
/// Where behind the PE signature NumberOfSections lies.
const NUMBER_OF_SECTIONS: usize = 6;
/// Bytes of one section header.
const SECTION_HEADER: usize = 40;
/// Where in a section header SizeOfRawData and PointerToRawData lie.
const SIZE_OF_RAW_DATA: usize = 16;
const POINTER_TO_RAW_DATA: usize = 20;
/// A certificate table starts on a multiple of this (Microsoft PE Format, "The Attribute Certificate Table").
const TABLE_ALIGNMENT: u64 = 8;

/// Finds what is hashed of the image `source`, `size` bytes long.
///
/// # Errors
/// `UnrecognizedFormat` when it is no PE image, `BadHeader` when its headers are cut, and what the source answers.
pub(crate) fn hashed_ranges(source: &(impl ReadAt + ?Sized), size: u64) -> Result<HashedRanges, LocateError> {
    let mut buffer = [0_u8; DOS_HEADER];
    let head = read_full(source, 0, &mut buffer)?;
    let unrecognized = || Error::new(ErrorKind::UnrecognizedFormat, Structure::File, 0);
    let position = pe::header_position(head).ok_or_else(unrecognized)?;
    let mut buffer = [0_u8; pe::HEADER_WINDOW];
    let window = read_full(source, position, &mut buffer)?;
    // Its faults are told where the signatures are read.
    let table = pe::find_table(window, position, size, &mut Budget::default())?;
    // Of a table that lies outside the file, nothing that is there is part; somebody signed this all the same.
    let start = table.offset.min(size);
    let table = (table.declared > 0).then(|| start..start.saturating_add(table.length));
    let headers = Headers { window: Span::new(window, position), size };
    let holes = headers.holes(table.as_ref());
    let mut flat = RangeList::default();
    flat.push_without(0..size, &holes);
    let section_table = headers.sections(source)?;
    let image_end = headers.image_end(&section_table);
    // What lies in front of the table stays at its place in the file, whatever the table's size. What lies behind it may be anything
    // that was signed elsewhere.
    let table_over_image = table.as_ref().filter(|table| table.start < image_end).map(|table| table.start);
    let pages =
        if table_over_image.is_some() { Vec::new() } else { headers.pages(&section_table, &holes, table.as_ref()) };
    let sections = match headers.section_wise(section_table, &holes) {
        None => SectionRanges::Undefined,
        Some(ranges) if ranges == flat.0 => SectionRanges::Same,
        Some(ranges) => SectionRanges::Differ(ranges),
    };
    let past_aligned = size.checked_rem(TABLE_ALIGNMENT).unwrap_or_default();
    let is_padded = table.is_none() && past_aligned != 0;
    let padding = if is_padded { to_usize(TABLE_ALIGNMENT.saturating_sub(past_aligned)) } else { 0 };
    Ok(HashedRanges { flat: flat.0, sections, padding, pages, table_over_image })
}

/// The headers of an image, from the PE signature on.
struct Headers<'h> {
    window: Span<'h>,
    /// Size of the file.
    size: u64,
}

impl Headers<'_> {
    fn size_of_optional_header(&self) -> Option<u16> {
        self.window.u16_le(pe::SIZE_OF_OPTIONAL_HEADER).filter(|&size| size != 0)
    }

    fn section_count(&self) -> u16 {
        self.window.u16_le(NUMBER_OF_SECTIONS).unwrap_or_default()
    }

    /// Where in the file the section table starts.
    fn section_table_start(&self) -> u64 {
        let optional_header = self.size_of_optional_header().unwrap_or_default();
        let start = to_u64(pe::OPTIONAL_HEADER).saturating_add(u64::from(optional_header));
        self.window.offset().saturating_add(start)
    }

    /// Where all that says how the image is loaded ends: the optional header, however short SizeOfOptionalHeader says it is, and the
    /// section table.
    fn end(&self) -> u64 {
        let sections = u64::from(self.section_count()).saturating_mul(to_u64(SECTION_HEADER));
        let section_table = self.section_table_start().saturating_add(sections);
        section_table.max(self.window.offset().saturating_add(to_u64(pe::HEADER_WINDOW)))
    }

    /// Where all that a loader takes from the file ends: the headers, and the bytes of the sections. A loader may begin a section up to 511 bytes
    /// earlier than its header says, and never ends it later.
    fn image_end(&self, sections: &[Range<u64>]) -> u64 {
        let size_of_headers = self.optional_header_field(SIZE_OF_HEADERS).unwrap_or_default();
        let headers = self.end().max(size_of_headers);
        let in_file = sections.iter().filter(|section| !section.is_empty() && section.start < self.size);
        in_file.map(|section| section.end).fold(headers, u64::max).min(self.size)
    }

    /// What signing itself writes, in the order of the file.
    fn holes(&self, table: Option<&Range<u64>>) -> Vec<Range<u64>> {
        let field = |start: usize, length: u64| {
            let start = self.window.offset().saturating_add(to_u64(start));
            start..start.saturating_add(length)
        };
        let check_sum = pe::OPTIONAL_HEADER.saturating_add(CHECK_SUM);
        let check_sum = self.size_of_optional_header().map(|_| field(check_sum, CHECK_SUM_BYTES));
        let directory = pe::security_directory_start(self.window);
        let directory = directory.map(|start| field(start, to_u64(pe::DIRECTORY_BYTES)));
        let mut holes: Vec<Range<u64>> = check_sum.into_iter().chain(directory).chain(table.cloned()).collect();
        holes.sort_by_key(|hole| hole.start);
        holes
    }

    /// The ranges by the paper's rule: the headers, the sections in the order of the file, and what lies behind the sum of their
    /// lengths. `None` where there is no rule to follow, or where it would hash more than [`MOST_TIMES`] the file.
    ///
    /// Headers behind SizeOfHeaders would be hashed by chance only, and could say anything: there is no such digest of them.
    ///
    /// The paper's last step assumes that the table ends the file. Where it does not, it is left out where it lies, and so are the
    /// other two holes: no signer can have hashed what signing writes.
    fn section_wise(&self, mut sections: Vec<Range<u64>>, holes: &[Range<u64>]) -> Option<Vec<Range<u64>>> {
        let size_of_headers = self.optional_header_field(SIZE_OF_HEADERS).filter(|&size| size >= self.end())?;
        sections.sort_by_key(|section| section.start);
        // At most 65,536 lengths of 32 bits: no overflow.
        let length = |range: &Range<u64>| range.end.saturating_sub(range.start);
        let sum = sections.iter().fold(size_of_headers, |sum, section| sum.saturating_add(length(section)));
        let headers = std::iter::once(0..size_of_headers);
        let behind = std::iter::once(sum..self.size);
        let most = self.size.saturating_mul(MOST_TIMES);
        let mut list = RangeList::default();
        let mut total = 0_u64;
        for range in headers.chain(sections).chain(behind) {
            let range = range.start..range.end.min(self.size);
            total = total.saturating_add(length(&range));
            if total > most {
                return None;
            }
            list.push_without(range, holes);
        }
        Some(list.0)
    }

    /// The pages, where the headers are such as signers cut into pages.
    fn pages(&self, sections: &[Range<u64>], holes: &[Range<u64>], table: Option<&Range<u64>>) -> Vec<PageLayout> {
        let headers = self.optional_header_field(SIZE_OF_HEADERS).zip(self.optional_header_field(SECTION_ALIGNMENT));
        let Some((size_of_headers, section_alignment)) = headers else { return Vec::new() };
        let mut list = RangeList::default();
        list.push_without(0..size_of_headers, holes);
        let end = table.map_or(self.size, |table| table.start);
        // Of a section every byte is hashed, CheckSum and the security directory too; and headers in no page could say anything.
        if size_of_headers < self.end() {
            return Vec::new();
        }
        let machine = self.window.u16_le(pe::MACHINE).unwrap_or_default();
        page_layouts(machine, section_alignment, &list.0, size_of_headers, sections, end)
    }

    /// A field of 32 bits of the optional header, if there is one.
    fn optional_header_field(&self, start: usize) -> Option<u64> {
        self.size_of_optional_header()?;
        self.window.u32_le(pe::OPTIONAL_HEADER.saturating_add(start)).map(u64::from)
    }

    /// The bytes of the sections in the file, as their headers say, in the order of these.
    fn sections(&self, source: &(impl ReadAt + ?Sized)) -> io::Result<Vec<Range<u64>>> {
        let start = self.section_table_start();
        let in_file = to_usize(self.size.saturating_sub(start));
        let length = usize::from(self.section_count()).saturating_mul(SECTION_HEADER).min(in_file);
        let mut buffer = vec![0; length];
        let headers = read_full(source, start, &mut buffer)?;
        Ok(headers.chunks_exact(SECTION_HEADER).filter_map(section_data).collect())
    }
}

/// The bytes of a section in the file, as its header says.
fn section_data(header: &[u8]) -> Option<Range<u64>> {
    let header = Span::new(header, 0);
    let length = header.u32_le(SIZE_OF_RAW_DATA)?;
    let start = u64::from(header.u32_le(POINTER_TO_RAW_DATA)?);
    Some(start..start.saturating_add(length.into()))
}

/// Ranges in the order of hashing. Neighbours are one range, so that equal bytes are equal lists.
#[derive(Debug, Default)]
struct RangeList(Vec<Range<u64>>);

impl RangeList {
    /// Adds `range` less `holes`, which are sorted by their starts.
    fn push_without(&mut self, range: Range<u64>, holes: &[Range<u64>]) {
        let mut start = range.start;
        for hole in holes {
            self.push(start..hole.start.min(range.end));
            start = start.max(hole.end);
        }
        self.push(start..range.end);
    }

    fn push(&mut self, range: Range<u64>) {
        if range.is_empty() {
            return;
        }
        match self.0.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            _ => self.0.push(range),
        }
    }
}
