//! Which bytes the digest of an image covers, whatever its headers say.

#![expect(clippy::indexing_slicing, reason = "a test may panic")]

use std::cell::Cell;
use std::io;
use std::ops::Range;

use certsift::{
    ComputedDigest, DigestRule, ErrorKind, HashAlgorithm, ImageDigests, ReadAt, ReadError, SectionRule, SignedFile,
    image_digests,
};
use sha2::{Digest, Sha256};

use crate::support::cms::{SignedData, image_digest, signed_by};
use crate::support::pe::{OPTIONAL, Pe, TABLE, entry, image};
use crate::{length_of, signer};

/// Where CheckSum lies.
pub(crate) const CHECK_SUM: Range<usize> = OPTIONAL + 64..OPTIONAL + 68;
/// Where the security directory lies in PE32+, and in PE32.
pub(crate) const DIRECTORY_64: Range<usize> = OPTIONAL + 144..OPTIONAL + 152;
const DIRECTORY_32: Range<usize> = OPTIONAL + 128..OPTIONAL + 136;
/// Where the section table lies in PE32+.
const SECTIONS_64: usize = OPTIONAL + 240;
/// File offset of the table in images with sections.
const END: u32 = 0x600;
/// A certificate table, which here need not be readable.
const A_TABLE: [u8; 24] = [24, 0, 0, 0, 0, 2, 2, 0, 0x30, 6, 6, 1, 1, 0xa0, 1, 5, 0, 0, 0, 0, 0, 0, 0, 0];

/// What an image's section-wise digest must be.
enum Sections {
    Same,
    Differ(Vec<Range<usize>>),
    Undefined,
}
use Sections::{Differ, Same, Undefined};

/// One image, and the bytes that must be hashed of it.
struct Row {
    name: &'static str,
    file: Vec<u8>,
    flat: Vec<Range<usize>>,
    sections: Sections,
    padding: usize,
    /// Whether the table lies behind all that is loaded, so that the digests can be compared.
    covers: bool,
}

impl Row {
    /// The same for a table that lies over what is loaded.
    fn over_image(self) -> Self {
        Self { covers: false, ..self }
    }
}

/// An image whose table starts at [`END`], with these sections.
fn with_sections(sections: &[(u32, u32)]) -> Pe {
    Pe { sections: sections.to_vec(), table_offset: END.into(), ..image(A_TABLE) }
}

/// An image without a table, `END` bytes and `more` long.
fn unsigned(more: usize) -> Pe {
    Pe { table: Vec::new(), directory: Some((0, 0)), behind: vec![0; more], ..with_sections(&[(0x200, 0x400)]) }
}

/// Fills what lies between the headers and the table with bytes that differ, so that no part is taken for another one.
fn filled(pe: &Pe) -> Vec<u8> {
    let mut file = pe.bytes();
    let end = file.len().min(usize::try_from(pe.table_offset).unwrap());
    for (at, byte) in file.iter_mut().enumerate().take(end).skip(0x200) {
        *byte = u8::try_from(at % 251).unwrap();
    }
    file
}

/// The headers of PE32+ without their two fields, as far as `end`.
fn from_start(end: usize) -> Vec<Range<usize>> {
    vec![0..CHECK_SUM.start, CHECK_SUM.end..DIRECTORY_64.start, DIRECTORY_64.end..end]
}

/// `ranges`, and one more behind them.
fn and(mut ranges: Vec<Range<usize>>, range: Range<usize>) -> Vec<Range<usize>> {
    ranges.push(range);
    ranges
}

fn row(name: &'static str, pe: &Pe, flat: Vec<Range<usize>>, sections: Sections) -> Row {
    Row { name, file: filled(pe), flat, sections, padding: 0, covers: true }
}

fn rows() -> Vec<Row> {
    let plain = || with_sections(&[(0x200, 0x200), (0x400, 0x200)]);
    let table_end = 0x600 + A_TABLE.len();
    let narrow = vec![0..CHECK_SUM.start, CHECK_SUM.end..DIRECTORY_32.start, DIRECTORY_32.end..0x600];
    let in_middle = Pe { behind: vec![7; 0x100], sections: vec![(0x200, 0x518)], ..plain() };
    vec![
        row("PE32+", &plain(), from_start(0x600), Same),
        row("PE32", &Pe { wide: false, ..plain() }, narrow.clone(), Same),
        row("an unknown magic", &Pe { wide: false, magic: Some(0), ..plain() }, narrow, Same),
        row("sections out of order", &with_sections(&[(0x400, 0x200), (0x200, 0x200)]), from_start(0x600), Same),
        row("data behind the sections", &with_sections(&[(0x200, 0x200)]), from_start(0x600), Same),
        row("no sections", &with_sections(&[]), from_start(0x600), Same),
        row("an empty section", &with_sections(&[(0x77, 0), (0x200, 0x400)]), from_start(0x600), Same),
        row(
            "a gap between sections: what lies behind the sum of their lengths is hashed again",
            &with_sections(&[(0x200, 0x100), (0x400, 0x200)]),
            from_start(0x600),
            Differ(and(and(from_start(0x300), 0x400..0x600), 0x500..0x600)),
        ),
        row(
            "headers that reach into the first section",
            &Pe { size_of_headers: 0x400, ..with_sections(&[(0x200, 0x400)]) },
            from_start(0x600),
            Differ(and(from_start(0x400), 0x200..0x600)),
        ),
        row("headers of no length", &Pe { size_of_headers: 0, ..plain() }, from_start(0x600), Undefined),
        // Two section headers of 40 bytes.
        row(
            "headers up to the end of the section table",
            &Pe { size_of_headers: 0x198, ..plain() },
            from_start(0x600),
            Differ(and(and(from_start(0x198), 0x200..0x600), 0x598..0x600)),
        ),
        row(
            "headers up to the last byte of the section table",
            &Pe { size_of_headers: 0x197, ..plain() },
            from_start(0x600),
            Undefined,
        ),
        row(
            "a section that is there twice",
            &with_sections(&[(0x200, 0x400), (0x200, 0x400)]),
            from_start(0x600),
            Differ(and(from_start(0x600), 0x200..0x600)),
        ),
        row(
            "a section that covers the headers",
            &with_sections(&[(0, 0x600)]),
            from_start(0x600),
            Differ([from_start(0x200), from_start(0x600)].concat()),
        ),
        row("a section past the end of the file", &with_sections(&[(0x200, u32::MAX)]), from_start(0x600), Same)
            .over_image(),
        row("a section up to the table", &with_sections(&[(0x200, 0x400)]), from_start(0x600), Same),
        row("a section one byte into the table", &with_sections(&[(0x200, 0x401)]), from_start(0x600), Same)
            .over_image(),
        row("headers up to the table", &Pe { size_of_headers: 0x600, ..with_sections(&[]) }, from_start(0x600), Same),
        row("headers into the table", &Pe { size_of_headers: 0x601, ..with_sections(&[]) }, from_start(0x600), Same)
            .over_image(),
        // Its bytes are those of another place in the file that was signed.
        row(
            "a section behind the table",
            &Pe { behind: vec![7; 0x100], sections: vec![(0x200, 0x400), (length_of(&[0; 0x618]), 0x100)], ..plain() },
            and(from_start(0x600), table_end..table_end + 0x100),
            Differ(and(and(from_start(0x600), table_end..table_end + 0x100), 0x700..table_end + 0x100)),
        )
        .over_image(),
        row(
            "an empty section behind the table",
            &with_sections(&[(0x200, 0x400), (0x610, 0)]),
            from_start(0x600),
            Same,
        ),
        row("a section outside the file", &with_sections(&[(0x200, 0x400), (u32::MAX, 9)]), from_start(0x600), Same),
        row("sections that each claim 4 GiB", &with_sections(&[(0x100, u32::MAX); 4]), from_start(0x600), Undefined)
            .over_image(),
        row(
            "data behind the table",
            &Pe { behind: vec![7; 0x100], ..plain() },
            and(from_start(0x600), table_end..table_end + 0x100),
            Same,
        ),
        row("a table inside a section", &in_middle, and(from_start(0x600), table_end..table_end + 0x100), Same)
            .over_image(),
        row(
            "a table that reaches past the file",
            &Pe { directory: Some((END, u32::MAX)), behind: vec![7; 9], ..plain() },
            from_start(0x600),
            Same,
        ),
        row(
            "a table over the headers",
            &Pe { directory: Some((0x40, 0x100)), ..plain() },
            vec![0..0x40, 0x140..table_end],
            Same,
        )
        .over_image(),
        // Whoever signed it padded it then; the zeros, if any, are in the file.
        row(
            "a table that was cut off",
            &Pe { table: Vec::new(), directory: Some((END + 1, 24)), behind: vec![9], ..plain() },
            from_start(0x601),
            Same,
        ),
        row("a hidden directory", &Pe { directory_count: 4, ..plain() }, from_start(0x600), Same),
        row(
            "no security directory",
            &Pe { directory_count: 4, ..unsigned(0) },
            vec![0..CHECK_SUM.start, CHECK_SUM.end..0x600],
            Same,
        ),
        row("no table", &unsigned(0), from_start(0x600), Same),
        Row { padding: 5, ..row("no table, 3 bytes too many", &unsigned(3), from_start(0x603), Same) },
        Row { padding: 1, ..row("no table, 7 bytes too many", &unsigned(7), from_start(0x607), Same) },
        Row {
            padding: 1,
            ..row(
                "no table, a gap and 7 bytes too many",
                &Pe { sections: vec![(0x300, 0x300)], ..unsigned(7) },
                from_start(0x607),
                Differ(and(and(from_start(0x200), 0x300..0x600), 0x500..0x607)),
            )
        },
        without_optional_header(),
        cut_in_the_section_table(),
        many_sections(),
    ]
}

fn without_optional_header() -> Row {
    let mut row = row("no optional header", &unsigned(0), and(Vec::new(), 0..0x600), Undefined);
    row.file[0x40 + 20..0x40 + 22].fill(0);
    row
}

fn cut_in_the_section_table() -> Row {
    let mut row = row("a file that ends in its section table", &unsigned(0), from_start(SECTIONS_64 + 39), Same);
    row.file.truncate(SECTIONS_64 + 39);
    row.padding = 1;
    row
}

/// As many sections as the field can say, each of one byte, the last one of the file.
fn many_sections() -> Row {
    const COUNT: usize = 65_535;
    let end = (SECTIONS_64 + COUNT * 40).next_multiple_of(8);
    let last = u32::try_from(end - 1).unwrap();
    let size_of_headers = last + 1;
    let pe = Pe { size_of_headers, table_offset: size_of_headers.into(), ..with_sections(&[(last, 1); COUNT]) };
    let sections = [from_start(end), vec![end - 1..end; COUNT]].concat();
    let mut row = row("65,535 sections", &pe, from_start(end), Differ(sections));
    // The section table lies where others have their sections.
    row.file = pe.bytes();
    row
}

fn hash(file: &[u8], ranges: &[Range<usize>], padding: usize) -> Vec<u8> {
    let mut hash = Sha256::new();
    ranges.iter().for_each(|range| hash.update(&file[range.clone()]));
    hash.update(vec![0; padding]);
    hash.finalize().to_vec()
}

fn sha256(file: &[u8]) -> (ComputedDigest, SectionRule) {
    let digests = image_digests(file, &[HashAlgorithm::Sha256]).unwrap();
    (digests.get(HashAlgorithm::Sha256).unwrap().clone(), digests.section_rule())
}

#[test]
fn the_bytes_that_are_hashed() {
    let mut complaints = Vec::new();
    for row in rows() {
        let (found, rule) = sha256(&row.file);
        let flat = hash(&row.file, &row.flat, 0);
        let (sections, expected_rule) = match &row.sections {
            Same => (None, SectionRule::Same),
            Differ(ranges) => (Some(hash(&row.file, ranges, 0)), SectionRule::Differs),
            Undefined => (None, SectionRule::Undefined),
        };
        let padded = (row.padding > 0).then(|| hash(&row.file, &row.flat, row.padding));
        let facts = [
            ("flat", found.flat == flat),
            ("sections", found.sections == sections),
            ("the rule", rule == expected_rule),
            ("padded", found.padded == padded),
        ];
        let wrong: Vec<&str> = facts.into_iter().filter(|(_, right)| !right).map(|(fact, _)| fact).collect();
        if !wrong.is_empty() {
            complaints.push(format!("{}: {wrong:?}", row.name));
        }
        let by_rule = [(DigestRule::Flat, Some(flat)), (DigestRule::Sections, sections), (DigestRule::Padded, padded)];
        for (rule, digest) in by_rule {
            assert_eq!(found.by(rule), digest.as_deref(), "{}: {rule:?}", row.name);
            if let Some(digest) = digest {
                assert_eq!(found.rule_of(&digest), Some(rule), "{}", row.name);
                assert_eq!(found.rule_of(&digest[1..]), None, "{}: a shorter digest", row.name);
            }
        }
        assert_eq!(found.rule_of(&[]), None, "{}: no digest", row.name);
        let covers = image_digests(row.file.as_slice(), &[]).unwrap().covers_image();
        assert_eq!(covers, row.covers, "{}: what is loaded", row.name);
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn what_signing_writes_does_not_count() {
    let file = filled(&with_sections(&[(0x200, 0x200), (0x400, 0x200)]));
    let before = sha256(&file);
    for at in 0..file.len() {
        // The table's place and size, and what tells where anything lies, move the ranges.
        if DIRECTORY_64.contains(&at) || (at < CHECK_SUM.start && at != 1) || (CHECK_SUM.end..0x200).contains(&at) {
            continue;
        }
        let mut changed = file.clone();
        changed[at] ^= 1;
        let counts = at != 1 && !CHECK_SUM.contains(&at) && at < 0x600;
        match image_digests(changed.as_slice(), &[HashAlgorithm::Sha256]) {
            Ok(_) => assert_eq!(sha256(&changed) != before, counts, "byte {at:#x}"),
            Err(ReadError::File(error)) => assert_eq!((at, error.kind()), (1, ErrorKind::UnrecognizedFormat)),
            Err(error) => panic!("{error}"),
        }
    }
    // A table of another size in its place, as when a timestamp is added.
    let longer = [A_TABLE; 2].concat();
    let longer = filled(&Pe { table: longer, ..with_sections(&[(0x200, 0x200), (0x400, 0x200)]) });
    assert_eq!(sha256(&longer), before);
}

#[test]
fn what_is_no_image() {
    let mut cut = filled(&with_sections(&[]));
    cut.truncate(DIRECTORY_64.end - 1);
    let cases: [(&[u8], ErrorKind); 5] = [
        (b"", ErrorKind::UnrecognizedFormat),
        (b"MZ", ErrorKind::UnrecognizedFormat),
        (&[0x30; 0x800], ErrorKind::UnrecognizedFormat),
        (&signed_by(&signer()).der(), ErrorKind::UnrecognizedFormat),
        (&cut, ErrorKind::BadHeader),
    ];
    for (bytes, kind) in cases {
        match image_digests(bytes, HashAlgorithm::ALL) {
            Err(ReadError::File(error)) => assert_eq!(error.kind(), kind),
            other => panic!("{other:?}"),
        }
    }
}

/// Counts the bytes that are read of it; reads as it pleases.
struct Counting<'f> {
    file: &'f [u8],
    read: Cell<u64>,
}

impl ReadAt for Counting<'_> {
    fn size(&self) -> io::Result<u64> {
        self.file.size()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = buffer.len().min(1000);
        let count = self.file.read_at(offset, &mut buffer[..wanted])?;
        self.read.set(self.read.get() + u64::try_from(count).unwrap());
        Ok(count)
    }
}

#[test]
fn a_file_is_read_once_whatever_is_asked_for() {
    /// The headers are read before the rest: MS-DOS header, PE headers, four section headers.
    const HEADERS: u64 = 64 + 264 + 4 * 40;
    let body = vec![0x5a; 300_000];
    let every = [HashAlgorithm::ALL, HashAlgorithm::ALL].concat();
    // Sections, and how many times the file is read.
    let cases: [(&[(u32, u32)], u64); 3] =
        [(&[(0x200, 0x400)], 1), (&[(0x200, 0x100), (0x400, 0x200)], 2), (&[(0x100, u32::MAX); 4], 1)];
    for (sections, times) in cases {
        let file = filled(&Pe { behind: body.clone(), ..with_sections(sections) });
        let counting = Counting { file: &file, read: Cell::new(0) };
        let digests = image_digests(&counting, &every).unwrap();
        assert_eq!(digests.digests().len(), HashAlgorithm::ALL.len());
        assert_eq!(digests, image_digests(file.as_slice(), &every).unwrap());
        let length = u64::try_from(file.len()).unwrap();
        let most = length * times + HEADERS;
        assert!((length * times - 1000..=most).contains(&counting.read.get()), "{} of {most}", counting.read.get());
    }
}

/// A signed image that claims `digest` for itself.
fn claiming(pe: &Pe, algorithm: &str, digest: &[u8]) -> Vec<u8> {
    let content = Some(image_digest(algorithm, digest));
    let message = SignedData { content, ..signed_by(&signer()) };
    filled(&Pe { table: entry(message.der()), ..pe.clone() })
}

/// How the claim of a file's only signature compares.
fn comparison(file: &[u8]) -> Option<Option<DigestRule>> {
    let parsed = SignedFile::parse(file).unwrap();
    let digests: ImageDigests = image_digests(file, &parsed.claimed_hash_algorithms()).unwrap();
    let claimed = parsed.signatures()[0].image_digest().unwrap();
    digests.for_claim(claimed).map(|computed| computed.rule_of(claimed.digest))
}

#[test]
fn claimed_digests() {
    const SHA1_WITH_RSA: &str = "1.2.840.113549.1.1.5";
    const SHA256_WITH_RSA: &str = "1.2.840.113549.1.1.11";
    const ECDSA_WITH_SHA256: &str = "1.2.840.10045.4.3.2";
    const SHA256: &str = "2.16.840.1.101.3.4.2.1";
    const SHA3_256: &str = "2.16.840.1.101.3.4.2.8";
    let plain = with_sections(&[(0x200, 0x200), (0x400, 0x200)]);
    let gap = with_sections(&[(0x200, 0x100), (0x400, 0x200)]);
    let tail = Pe { size_of_headers: 0x400, ..with_sections(&[(0x200, 0x400)]) };
    let middle = Pe { behind: vec![7; 0x100], ..with_sections(&[(0x200, 0x2000)]) };
    let flat = |pe: &Pe| sha256(&filled(pe)).0.flat;
    let sections = |pe: &Pe| sha256(&filled(pe)).0.sections.unwrap();
    let sha1 = image_digests(filled(&plain).as_slice(), &[HashAlgorithm::Sha1]).unwrap().digests()[0].flat.clone();
    let cases = [
        ("SHA-256", &plain, SHA256, flat(&plain), Some(Some(DigestRule::Flat))),
        ("sha1WithRSA", &plain, SHA1_WITH_RSA, sha1, Some(Some(DigestRule::Flat))),
        ("sha256WithRSA", &plain, SHA256_WITH_RSA, flat(&plain), Some(Some(DigestRule::Flat))),
        ("ecdsaWithSha256", &plain, ECDSA_WITH_SHA256, flat(&plain), Some(Some(DigestRule::Flat))),
        ("an algorithm that is unknown", &plain, SHA3_256, vec![1; 32], None),
        ("another file's digest", &plain, SHA256, flat(&gap), Some(None)),
        ("a cut digest", &plain, SHA256, flat(&plain)[..16].to_vec(), Some(None)),
        ("no octets", &plain, SHA256, Vec::new(), Some(None)),
        (
            "a gap, signed by sections, as fwupd's boot loaders are",
            &gap,
            SHA256,
            sections(&gap),
            Some(Some(DigestRule::Sections)),
        ),
        ("headers over the first section, signed as a file", &tail, SHA256, flat(&tail), Some(Some(DigestRule::Flat))),
        ("a table inside a section, signed as a file", &middle, SHA256, flat(&middle), Some(Some(DigestRule::Flat))),
    ];
    for (name, pe, algorithm, digest, expected) in cases {
        let file = claiming(pe, algorithm, &digest);
        assert_eq!(SignedFile::parse(&file).unwrap().signatures().len(), 1, "{name}");
        assert_eq!(comparison(&file), expected, "{name}");
    }
    assert_eq!(u64::from(length_of(&[0; 0x200])), TABLE);
}
