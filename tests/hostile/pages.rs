//! Tables of page hashes, right ones and wrong ones, against images cut into pages in every way.

#![expect(clippy::panic, reason = "a test may panic")]
#![expect(clippy::single_range_in_vec_init, reason = "sections and pages are lists of ranges, of one sometimes")]

use std::cell::Cell;
use std::io;
use std::ops::Range;

use certsift::{PageHashCheck, ReadAt, SignedFile, check_image};
use sha1::{Digest, Sha1};
use sha2::Sha256;

use crate::signer;
use crate::support::cms::{
    PAGE_HASHES_V1, PAGE_HASHES_V2, SignedData, indirect_data_of_pages, nested, signed_by, signer_info,
};
use crate::support::pe::{OPTIONAL, Pe, entry, image};

/// Where CheckSum lies, and the security directory of PE32+.
const CHECK_SUM: Range<usize> = OPTIONAL + 64..OPTIONAL + 68;
const DIRECTORY: Range<usize> = OPTIONAL + 144..OPTIONAL + 152;
/// Where Machine and SectionAlignment lie.
const MACHINE: usize = 0x44;
const SECTION_ALIGNMENT: usize = OPTIONAL + 32;
/// Where the section table lies in PE32+.
const SECTION_TABLE: usize = OPTIONAL + 240;
/// File offset of the certificate table.
const END: u32 = 0x3000;
const IA64: u16 = 0x0200;

/// Offset and digest of each page, the last one being the end.
type Table = Vec<(u32, Vec<u8>)>;

/// An image as far as its certificate table, and how a signer cut it.
#[derive(Clone)]
struct Cut {
    file: Pe,
    alignment: u32,
    machine: u16,
    page_size: u32,
    /// Where the pages behind the headers lie.
    pages: Vec<Range<u32>>,
    end: u32,
}

/// Two sections that follow the headers, the second in pages of 4 KiB and of less.
fn plain() -> Cut {
    Cut {
        file: Pe { table_offset: END.into(), sections: vec![(0x200, 0x1800), (0x1a00, 0x1600)], ..image([]) },
        alignment: 0x1000,
        machine: 0x8664,
        page_size: 0x1000,
        pages: vec![0x200..0x1200, 0x1200..0x1a00, 0x1a00..0x2a00, 0x2a00..END],
        end: END,
    }
}

fn cut(sections: &[(u32, u32)], pages: &[Range<u32>]) -> Cut {
    let end = pages.last().map_or(0x200, |page| page.end);
    let file = Pe { sections: sections.to_vec(), ..plain().file };
    Cut { file, pages: pages.to_vec(), end, ..plain() }
}

fn u(number: u32) -> usize {
    usize::try_from(number).unwrap()
}

impl Cut {
    /// The file with this certificate table, of bytes that differ.
    fn bytes(&self, table: &[u8]) -> Vec<u8> {
        let mut file = Pe { table: table.to_vec(), ..self.file.clone() }.bytes();
        let start = SECTION_TABLE + 40 * self.file.sections.len();
        let end = usize::try_from(self.file.table_offset).unwrap();
        for (at, byte) in file.iter_mut().enumerate().take(end).skip(start.max(0x200)) {
            *byte = u8::try_from(at % 251).unwrap();
        }
        file.splice(SECTION_ALIGNMENT..SECTION_ALIGNMENT + 4, self.alignment.to_le_bytes());
        file.splice(MACHINE..MACHINE + 2, self.machine.to_le_bytes());
        file
    }

    /// The table that a signer makes of it.
    fn table<H: Digest>(&self) -> Table {
        let file = self.bytes(&[]);
        let headers = [0..CHECK_SUM.start, CHECK_SUM.end..DIRECTORY.start, DIRECTORY.end..u(self.file.size_of_headers)];
        let mut octets: Vec<u8> = headers.into_iter().flat_map(|range| file.get(range).unwrap()).copied().collect();
        // Zeros as if nothing had been left out of the headers.
        octets.resize(u(self.page_size) - CHECK_SUM.len() - DIRECTORY.len(), 0);
        let mut table = vec![(0, H::digest(octets).to_vec())];
        for page in &self.pages {
            let mut octets = file.get(u(page.start)..u(page.end)).unwrap().to_vec();
            octets.resize(u(self.page_size), 0);
            table.push((page.start, H::digest(octets).to_vec()));
        }
        table.push((self.end, vec![0; <H as Digest>::output_size()]));
        table
    }

    /// The file, signed over these tables.
    fn signed(&self, tables: &[(&str, Vec<u8>)]) -> Vec<u8> {
        self.bytes(&entry(message(tables).der()))
    }
}

fn message(tables: &[(&str, Vec<u8>)]) -> SignedData {
    SignedData { content: Some(indirect_data_of_pages(tables)), ..signed_by(&signer()) }
}

fn octets(table: &Table) -> Vec<u8> {
    table.iter().flat_map(|(offset, digest)| [&offset.to_le_bytes(), digest.as_slice()].concat()).collect()
}

fn check(file: &[u8]) -> Vec<Vec<PageHashCheck>> {
    check_image(file, &SignedFile::parse(file).unwrap()).unwrap().page_hashes
}

/// How the only table of a file compares, and by which page size.
fn only(file: &[u8]) -> (Option<bool>, Option<u64>, Option<u64>) {
    match check(file).concat().as_slice() {
        [one] => (one.matches, one.first_wrong, one.page_size),
        other => panic!("{other:?}"),
    }
}

#[test]
fn tables() {
    /// What is done to a right table, and the page that is wrong then.
    type Row = (&'static str, fn(&mut Table), Option<u32>);
    let rows: [Row; 20] = [
        ("a right table", |_| {}, None),
        ("another digest of the headers", |table| table[0].1[0] ^= 1, Some(0)),
        ("another digest", |table| table[2].1[31] ^= 1, Some(0x1200)),
        ("two other digests", |table| (table[2].1[31], table[4].1[0]) = (1, 1), Some(0x1200)),
        ("another digest of the last page", |table| table[4].1[0] ^= 1, Some(0x2a00)),
        ("another offset", |table| table[1].0 = 0x201, Some(0x200)),
        ("an offset of the headers", |table| table[0].0 = 1, Some(0)),
        ("a page left out", |table| drop(table.remove(2)), Some(0x1200)),
        ("no headers", |table| drop(table.remove(0)), Some(0)),
        ("a page twice", |table| table.insert(2, table[2].clone()), Some(0x1a00)),
        ("two pages in each other's place", |table| table.swap(1, 2), Some(0x200)),
        ("a page behind the last", |table| table.insert(5, (0x3000, vec![7; 32])), Some(END)),
        ("no end", |table| drop(table.pop()), Some(END)),
        ("an end elsewhere", |table| table[5].0 = END - 1, Some(END)),
        ("an end with a digest", |table| table[5].1[9] = 1, Some(END)),
        ("two ends", |table| table.push(table[5].clone()), Some(END)),
        ("a page behind the end", |table| table.push((0x77, vec![1; 32])), Some(0x77)),
        ("an incomplete page behind the end", |table| table.push((0x77, vec![1; 27])), Some(END)),
        ("no page", Vec::clear, Some(0)),
        ("an end alone", |table| drop(table.drain(..5)), Some(0)),
    ];
    for (name, change, wrong) in rows {
        let mut table = plain().table::<Sha256>();
        change(&mut table);
        let found = check(&plain().signed(&[(PAGE_HASHES_V2, octets(&table))])).concat().remove(0);
        let expected = (Some(wrong.is_none()), wrong.map(u64::from), Some(0x1000));
        assert_eq!((found.matches, found.first_wrong, found.page_size), expected, "{name}");
        assert_eq!(found.kind.to_string(), PAGE_HASHES_V2, "{name}");
    }
}

#[test]
fn kinds_of_tables() {
    let (first, second) = (octets(&plain().table::<Sha1>()), octets(&plain().table::<Sha256>()));
    let right = (Some(true), None, 5);
    let (unknown, wrong) = ((None, None, 0), |pages| (Some(false), Some(0), pages));
    /// A list of tables, and for each whether it holds, where it is wrong, and how many pages it has.
    type Row<'r> = (&'r str, Vec<(&'r str, Vec<u8>)>, Vec<(Option<bool>, Option<u64>, u64)>);
    let cases: [Row<'_>; 6] = [
        ("SHA-1", vec![(PAGE_HASHES_V1, first.clone())], vec![right]),
        ("SHA-256", vec![(PAGE_HASHES_V2, second.clone())], vec![right]),
        ("both", vec![(PAGE_HASHES_V2, second.clone()), (PAGE_HASHES_V1, first.clone())], vec![right, right]),
        // 6 times 36 bytes are 9 times 24, the last of them zeros; 6 times 24 are 4 times 36.
        ("the other's", vec![(PAGE_HASHES_V1, second.clone())], vec![wrong(8)]),
        ("the other's", vec![(PAGE_HASHES_V2, first)], vec![wrong(4)]),
        ("an unknown kind", vec![("1.2.3", second.clone()), (PAGE_HASHES_V2, second)], vec![unknown, right]),
    ];
    for (name, tables, expected) in cases {
        let found = check(&plain().signed(&tables)).concat();
        let found: Vec<_> = found.iter().map(|one| (one.matches, one.first_wrong, one.pages)).collect();
        assert_eq!(found, expected, "{name}");
    }
    assert_eq!(check(&plain().signed(&[])), [[]], "no table");
    let many = vec![(PAGE_HASHES_V2, octets(&plain().table::<Sha256>())); 40];
    assert_eq!(check(&plain().signed(&many)).concat().len(), 16, "of many the first");
}

#[test]
fn cuts() {
    let with = |change: fn(&mut Cut)| {
        let mut cut = plain();
        change(&mut cut);
        cut
    };
    let sectors: Vec<_> = (0x200..END).step_by(0x200).map(|start| start..start + 0x200).collect();
    let large = Cut { pages: vec![0x200..0x1a00, 0x1a00..END], page_size: 0x2000, ..plain() };
    let odd = cut(&[(0x200, 0x700)], &[0x200..0x800, 0x800..0x900]);
    let rows = [
        ("as it is", plain()),
        ("headers only", cut(&[], &[])),
        ("an empty section", cut(&[(0x200, 0x400), (0x600, 0), (0x600, 0x600)], &[0x200..0x600, 0x600..0xc00])),
        ("an empty section at the end", cut(&[(0x200, 0x400), (0x900, 0)], &[0x200..0x600])),
        ("a gap", cut(&[(0x200, 0x200), (0x900, 0x100)], &[0x200..0x400, 0x900..0xa00])),
        ("a section off its sector", cut(&[(0x203, 9)], &[0x203..0x20c])),
        ("sections out of order", cut(&[(0x900, 0x100), (0x200, 0x200)], &[0x900..0xa00, 0x200..0x400])),
        ("sections that overlap", cut(&[(0x200, 0x200), (0x300, 0x200)], &[0x200..0x400, 0x300..0x500])),
        ("a section that is there twice", cut(&[(0x200, 0x200); 2], &[0x200..0x400, 0x200..0x400])),
        ("a section over the headers", cut(&[(0, 0x10)], &[0..0x10])),
        ("Itanium", Cut { machine: IA64, ..large.clone() }),
        ("sections 8 KiB apart", with(|cut| cut.alignment = 0x2000)),
        ("pages of SectionAlignment", Cut { alignment: 0x2000, ..large }),
        ("pages of a sector", Cut { pages: sectors, page_size: 0x200, alignment: 0x200, ..plain() }),
        ("pages of three sectors", Cut { page_size: 0x600, alignment: 0x600, ..odd }),
        ("sections 1 byte apart", with(|cut| cut.alignment = 1)),
        ("sections 0 bytes apart", with(|cut| cut.alignment = 0)),
        ("sections 4 GiB apart", with(|cut| cut.alignment = u32::MAX)),
    ];
    for (name, cut) in rows {
        let mut table = cut.table::<Sha256>();
        let claim = |table: &Table| cut.signed(&[(PAGE_HASHES_V2, octets(table))]);
        assert_eq!(only(&claim(&table)), (Some(true), None, Some(cut.page_size.into())), "{name}");
        for (index, page) in (0..).zip(std::iter::once(0..0x200).chain(cut.pages.clone())) {
            table[index].1[1] ^= 1;
            assert_eq!(only(&claim(&table)).1, Some(page.start.into()), "{name}: page {index}");
            table[index].1[1] ^= 1;
        }
    }
    let small = with(|cut| cut.machine = IA64);
    let file = small.signed(&[(PAGE_HASHES_V2, octets(&small.table::<Sha256>()))]);
    assert_eq!(only(&file), (Some(true), None, Some(0x1000)), "Itanium, and SectionAlignment is 4 KiB");
    let small = Cut { alignment: 0x2000, ..small };
    let file = small.signed(&[(PAGE_HASHES_V2, octets(&small.table::<Sha256>()))]);
    assert_eq!(only(&file), (Some(false), Some(0), Some(0x2000)), "Itanium, and pages of 4 KiB");
}

/// Many sections that are each the same bytes, behind their headers.
fn crowd(section: Range<u32>, count: usize) -> Cut {
    let behind = u32::try_from(SECTION_TABLE + 40 * count).unwrap().next_multiple_of(0x1000);
    let sections = vec![(behind + section.start, section.end - section.start); count];
    Cut { file: Pe { table_offset: (behind + section.end).into(), sections, ..plain().file }, ..plain() }
}

#[test]
fn images_that_no_rule_cuts() {
    type Row = (&'static str, fn(&mut Cut));
    let rows: [Row; 8] = [
        ("headers of more than a page", |cut| (cut.file.size_of_headers, cut.file.sections) = (0x1001, Vec::new())),
        ("headers of no length", |cut| cut.file.size_of_headers = 0),
        ("headers that end in the security directory", |cut| cut.file.size_of_headers = 0xed),
        ("headers that end in the section table", |cut| cut.file.size_of_headers = 0x197),
        ("headers past the file", |cut| (cut.file.size_of_headers, cut.alignment) = (0x10_0000, 0x10_0000)),
        ("a section past the file", |cut| cut.file.sections.push((0x200, u32::MAX))),
        ("a section in the certificate table", |cut| cut.file.sections.push((END - 1, 2))),
        ("ten thousand sections on each other", |cut| *cut = crowd(0..0x1000, 10_000)),
    ];
    for (name, change) in rows {
        let table = octets(&plain().table::<Sha256>());
        let mut cut = plain();
        change(&mut cut);
        assert_eq!(only(&cut.signed(&[(PAGE_HASHES_V2, table)])), (None, None, None), "{name}");
    }
}

#[test]
fn a_byte_that_changed_is_in_its_page() {
    let right = plain().signed(&[(PAGE_HASHES_V2, octets(&plain().table::<Sha256>()))]);
    let pages = plain().pages;
    for at in (0x20..0x3c).chain(0x200..u(END)).step_by(61) {
        let mut changed = right.clone();
        changed[at] ^= 0x40;
        let start = pages.iter().find(|page| (u(page.start)..u(page.end)).contains(&at)).map_or(0, |page| page.start);
        assert_eq!(only(&changed), (Some(false), Some(start.into()), Some(0x1000)), "byte {at:#x}");
    }
    for at in CHECK_SUM {
        let mut changed = right.clone();
        changed[at] ^= 0x40;
        assert_eq!(only(&changed).0, Some(true), "byte {at:#x}");
    }
}

#[test]
fn data_behind_the_sections_is_in_no_page() {
    let mut cut = cut(&[(0x200, 0x200)], &[0x200..0x400]);
    cut.file.behind = vec![9; 100];
    let mut file = cut.signed(&[(PAGE_HASHES_V2, octets(&cut.table::<Sha256>()))]);
    assert_eq!(only(&file).0, Some(true));
    file[0x400] ^= 1;
    assert_eq!(only(&file).0, Some(true));
}

/// Counts the bytes that are read of it.
struct Counting<'f> {
    file: &'f [u8],
    read: Cell<u64>,
}

impl ReadAt for Counting<'_> {
    fn size(&self) -> io::Result<u64> {
        self.file.size()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read_at(offset, buffer)?;
        self.read.set(self.read.get() + u64::try_from(count).unwrap());
        Ok(count)
    }
}

/// How often the file is read, and how all tables compare.
fn cost(file: &[u8]) -> (f64, Vec<Vec<PageHashCheck>>) {
    let parsed = SignedFile::parse(file).unwrap();
    let counting = Counting { file, read: Cell::new(0) };
    let checks = check_image(&counting, &parsed).unwrap();
    assert_eq!(checks, check_image(file, &parsed).unwrap());
    let (read, size) = (u32::try_from(counting.read.get()).unwrap(), u32::try_from(file.len()).unwrap());
    (f64::from(read) / f64::from(size), checks.page_hashes)
}

/// A message with `count` others nested in it side by side, all over the same tables.
fn many_signatures(tables: &[(&str, Vec<u8>)], count: usize) -> Vec<u8> {
    let inner = message(tables).der();
    let info = signer_info(&signer()).unsigned(nested(&vec![inner; count]));
    SignedData { signer_infos: vec![info.der()], ..message(tables) }.der()
}

#[test]
fn pages_are_read_once_whoever_claims_them() {
    // The sections overlap, so that the pages are read for themselves: what is read of them is what is hashed of them.
    let cut = Cut { alignment: 0x2000, ..cut(&[(0x200, 0x1000), (0x300, 0x1000)], &[0x200..0x1200, 0x300..0x1300]) };
    let (first, second) = (octets(&cut.table::<Sha1>()), octets(&cut.table::<Sha256>()));
    let mut wrong = second.clone();
    wrong[40] ^= 1;
    let tables = [(PAGE_HASHES_V1, first), (PAGE_HASHES_V2, second), (PAGE_HASHES_V2, wrong)];
    let file = |count| cut.bytes(&entry(many_signatures(&tables, count)));
    let read = |file: &[u8]| cost(file).0 * f64::from(u32::try_from(file.len()).unwrap());
    let (few, many) = (file(1), file(300));
    let checks = cost(&many).1;
    assert_eq!(checks.len(), 301);
    for check in &checks {
        let matches: Vec<_> = check.iter().map(|one| one.matches).collect();
        assert_eq!(matches, [Some(true), Some(true), Some(false)]);
    }
    assert!((read(&few) - read(&many)).abs() < 1.0, "{} for a few, {} for many", read(&few), read(&many));
}

#[test]
fn what_a_hostile_file_costs() {
    /// How often a file may be read: for its digest by two rules, and for two page sizes.
    const MOST: f64 = 8.0;
    let right = plain().table::<Sha256>();
    // Without optimisation, building a file takes longer than checking it.
    let repetitions = if cfg!(debug_assertions) { 10_000 } else { 170_000 };
    let long = [(PAGE_HASHES_V2, octets(&right).repeat(repetitions))];
    let empty = vec![(PAGE_HASHES_V2, Vec::new()); 20_000];
    let thousand = vec![(PAGE_HASHES_V2, octets(&right)); 1_000];
    type Row<'r> = (&'r str, Cut, &'r [(&'r str, Vec<u8>)]);
    let cases: [Row<'_>; 6] = [
        ("a table of up to a million pages", plain(), &long),
        ("twenty thousand tables", plain(), &empty),
        ("2,000 sections of a byte", crowd(0..1, 2_000), &long),
        ("65,535 sections of a byte", crowd(0..1, 65_535), &long),
        ("500 sections on each other", Cut { alignment: 0x200, ..crowd(0..0x3000, 500) }, &long),
        ("pages of a byte", Cut { alignment: 1, ..plain() }, &thousand),
    ];
    for (name, cut, tables) in cases {
        let (times, checks) = cost(&cut.signed(tables));
        assert!(times < MOST, "{name}: read {times} times");
        assert!(checks.concat().len() <= 16, "{name}");
    }
}
