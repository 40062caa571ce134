//! Into which pages a PE image is cut where a signature claims a digest of each (wintrust.h, SpcPeImagePageHashes).
//!
//! No specification tells the rule. It is read off tables that Microsoft signed: the first page is the headers; behind it comes each
//! section for itself, in the order of the section table; zeros fill what is short of a page. A page is as long as a page of memory
//! is on the image's machine. Some signers take SectionAlignment for that, which is another length in few images.

use std::iter;
use std::ops::Range;

/// The pages of one image, by one rule. All lie within the file, and outside its certificate table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PageLayout {
    /// Bytes of a page.
    page_size: u64,
    /// What is hashed of the headers.
    headers: Vec<Range<u64>>,
    size_of_headers: u64,
    /// The sections with bytes in the file, in the order of their headers.
    sections: Vec<Range<u64>>,
}

/// What the digest of one page is over: bytes of the file, and zeros behind them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page {
    /// The bytes, CheckSum and the security directory included.
    pub(crate) bytes: Range<u64>,
    /// How many zeros.
    pub(crate) zeros: u64,
}

/// IMAGE_FILE_MACHINE_ALPHA, _IA64 and _ALPHA64: the machines of Windows whose pages had 8 KiB (Raymond Chen, "What are the page sizes
/// used by Windows on various processors?", 2021).
const MACHINES_OF_LARGE_PAGES: [u16; 3] = [0x0184, 0x0200, 0x0284];
const LARGE_PAGE: u64 = 8 << 10;
/// Bytes of a page of all other machines.
const PAGE: u64 = 4 << 10;
/// The least SectionAlignment that is a length of pages: osslsigncode makes none that are shorter than a sector of 512 bytes.
const LEAST_PAGE: u64 = 512;
/// How many times its own length is hashed of a file at most, by any rule. Sections may overlap, and thousands of them may each claim all
/// of the file; the only real file with such a claim in the corpus hashes 4 KiB of 64 KiB twice.
pub(super) const MOST_TIMES: u64 = 2;
/// Bytes that are hashed beyond [`MOST_TIMES`] the file at most: a thousand sections may have one short page of 8 KiB each.
const MOST_BEYOND: u64 = 8 << 20;

/// The layouts of an image by the page size of its machine, and by its SectionAlignment where that is another one. `headers` is what is
/// hashed of the first `size_of_headers` bytes, `end` where the file's hashed part ends. None where there is no rule to follow.
pub(crate) fn page_layouts(
    machine: u16,
    section_alignment: u64,
    headers: &[Range<u64>],
    size_of_headers: u64,
    sections: &[Range<u64>],
    end: u64,
) -> Vec<PageLayout> {
    let sections: Vec<Range<u64>> = sections.iter().filter(|section| !section.is_empty()).cloned().collect();
    if size_of_headers > end || sections.iter().any(|section| section.end > end) {
        return Vec::new();
    }
    let page_size = if MACHINES_OF_LARGE_PAGES.contains(&machine) { LARGE_PAGE } else { PAGE };
    let other = Some(section_alignment).filter(|&other| other >= LEAST_PAGE && other != page_size);
    let layout =
        |page_size| PageLayout { page_size, headers: headers.to_vec(), size_of_headers, sections: sections.clone() };
    iter::once(page_size).chain(other).map(layout).filter(|layout| layout.is_followed(end)).collect()
}

impl PageLayout {
    /// Whether a signer has followed it (none is known to cut headers into pages), and it hashes a bounded number of bytes.
    fn is_followed(&self, size: u64) -> bool {
        let most = size.saturating_mul(MOST_TIMES).saturating_add(MOST_BEYOND);
        let hashed = |section: &Range<u64>| {
            let length = section.end.saturating_sub(section.start);
            length.checked_next_multiple_of(self.page_size).unwrap_or(u64::MAX)
        };
        let sum = self.sections.iter().map(hashed).fold(self.page_size, u64::saturating_add);
        self.size_of_headers <= self.page_size && sum <= most
    }

    /// Bytes of a page.
    pub(crate) const fn page_size(&self) -> u64 {
        self.page_size
    }

    /// What is hashed of the first page, which is the headers; of all others it is every byte.
    pub(crate) fn headers(&self) -> &[Range<u64>] {
        &self.headers
    }

    /// The pages in the order of tables.
    pub(crate) fn pages(&self) -> Pages<'_> {
        Pages { page_size: self.page_size, next: Some(0..self.size_of_headers), sections: self.sections.iter() }
    }

    /// Where the last page ends, as the last entry of a table has it.
    pub(crate) fn end(&self) -> u64 {
        self.sections.last().map_or(self.size_of_headers, |section| section.end)
    }

    /// Whether the pages follow each other in the file without overlap, so that one reading of the file meets them in order.
    pub(crate) fn is_ascending(&self) -> bool {
        let starts = self.sections.iter().map(|section| section.start);
        let ends = iter::once(self.size_of_headers).chain(self.sections.iter().map(|section| section.end));
        starts.zip(ends).all(|(start, end_before)| start >= end_before)
    }
}

/// The pages of an image in the order of tables.
#[derive(Debug, Clone)]
pub(crate) struct Pages<'l> {
    page_size: u64,
    /// What is left of the headers or of a section.
    next: Option<Range<u64>>,
    sections: std::slice::Iter<'l, Range<u64>>,
}

impl Iterator for Pages<'_> {
    type Item = Page;

    fn next(&mut self) -> Option<Page> {
        let part = self.next.take()?;
        let end = part.start.saturating_add(self.page_size).min(part.end);
        let rest = end..part.end;
        self.next = if rest.is_empty() { self.sections.next().cloned() } else { Some(rest) };
        let zeros = self.page_size.saturating_sub(end.saturating_sub(part.start));
        Some(Page { bytes: part.start..end, zeros })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AMD64: u16 = 0x8664;

    fn layouts(machine: u16, alignment: u64, headers: u64, sections: &[Range<u64>], end: u64) -> Vec<PageLayout> {
        page_layouts(machine, alignment, &[], headers, sections, end)
    }

    #[test]
    fn pages_in_the_order_of_the_section_table() {
        let sections = [0x3000..0x5001, 0..0, 0x400..0x600];
        let layout = layouts(AMD64, 0x1000, 0x400, &sections, 0x8000).remove(0);
        let pages: Vec<(Range<u64>, u64)> = layout.pages().map(|page| (page.bytes, page.zeros)).collect();
        let expected = [
            (0..0x400, 0xc00),
            (0x3000..0x4000, 0),
            (0x4000..0x5000, 0),
            (0x5000..0x5001, 0xfff),
            (0x400..0x600, 0xe00),
        ];
        assert_eq!(pages, expected);
        assert_eq!(layout.end(), 0x600);
        assert!(!layout.is_ascending());
    }

    #[test]
    fn page_sizes() {
        let some = [0x400..0x800, 0x800..0x900];
        let over_each_other = [0x400..0x800, 0x7ff..0x900];
        let nine_times = vec![0x400..0x10_0000; 9];
        /// What is said of an image: machine, SectionAlignment, SizeOfHeaders, sections, end; and what sizes its pages may have.
        type Row<'r> = (&'static str, u16, u64, u64, &'r [Range<u64>], u64, &'r [u64]);
        let cases: [Row<'_>; 14] = [
            ("x64", AMD64, 0x1000, 0x400, &some, 0x1000, &[0x1000]),
            ("Itanium", 0x0200, 0x2000, 0x400, &some, 0x1000, &[0x2000]),
            ("Alpha", 0x0184, 0x2000, 0x400, &some, 0x1000, &[0x2000]),
            ("sections 64 KiB apart", AMD64, 0x1_0000, 0x400, &some, 0x1000, &[0x1000, 0x1_0000]),
            ("sections 1 byte apart", AMD64, 1, 0x400, &some, 0x1000, &[0x1000]),
            ("no alignment", AMD64, 0, 0x400, &some, 0x1000, &[0x1000]),
            ("sections 1 GiB apart", AMD64, 1 << 30, 0x400, &some, 0x1000, &[0x1000]),
            ("no sections", AMD64, 0x1000, 0x400, &[], 0x1000, &[0x1000]),
            ("headers of more than a page", AMD64, 0x1000, 0x1001, &some, 0x2000, &[]),
            (
                "headers of one larger page",
                AMD64,
                0x2000,
                0x1001,
                std::slice::from_ref(&(0x2000..0x2200)),
                0x3000,
                &[0x2000],
            ),
            ("headers past the file", AMD64, 0x1000, 0x400, &[], 0x3ff, &[]),
            ("a section past the file", AMD64, 0x1000, 0x400, &some, 0x8ff, &[]),
            ("sections that overlap a little", AMD64, 0x1000, 0x400, &over_each_other, 0x1000, &[0x1000]),
            ("the file nine times", AMD64, 0x1000, 0x400, &nine_times, 0x10_0000, &[0x1000]),
        ];
        for (name, machine, alignment, headers, sections, end, sizes) in cases {
            let found: Vec<u64> =
                layouts(machine, alignment, headers, sections, end).iter().map(|l| l.page_size).collect();
            assert_eq!(found, sizes, "{name}");
        }
        // Ten times a file of 8 MiB is more than twice and 8 MiB.
        assert_eq!(layouts(AMD64, 0x1000, 0x400, &vec![0x400..8 << 20; 10], 8 << 20), []);
    }

    #[test]
    fn pages_that_one_reading_meets_in_order() {
        let cases: [(&[Range<u64>], bool); 5] = [
            (&[], true),
            (&[0x400..0x800, 0x800..0x900], true),
            (&[0x400..0x800, 0x7ff..0x900], false),
            (&[0x800..0x900, 0x400..0x800], false),
            (std::slice::from_ref(&(0x3ff..0x900)), false),
        ];
        for (sections, ascending) in cases {
            let layout = layouts(AMD64, 0x1000, 0x400, sections, 0x1000).remove(0);
            assert_eq!(layout.is_ascending(), ascending, "{sections:?}");
        }
    }
}
