//! The page hashes of every image of the corpus that has them.

use certsift::{PageHashCheck, SignedFile, check_image};
use sha1::{Digest, Sha1};
use sha2::Sha256;

use crate::files::{Corpus, Entry};
use crate::shared_data;

/// Bytes of a page on every machine in the corpus, whatever SectionAlignment says: the 32-bit kernel32.dll of Windows 10 and 11 has one of
/// 64 KiB.
const PAGE: usize = 4096;
/// A byte of the MS-DOS header that tells nothing.
const IN_HEADERS: usize = 0x20;

/// A page as the table of a file claims it: where it lies, and where in the file the claimed digest stands.
struct Page {
    bytes: std::ops::Range<usize>,
    digest_at: usize,
    digest_length: usize,
}

#[test]
fn every_page_of_every_image() {
    let Some(folder) = shared_data::folder("CERTSIFT_CORPUS", "corpus") else { return };
    let corpus = Corpus::open(folder);
    let (mut whole, mut skeletons, mut pages) = (0, 0, 0);
    for entry in corpus.entries.iter().filter(|entry| entry.flags.iter().any(|flag| flag.starts_with("page-hash-"))) {
        let bytes = corpus.bytes(entry);
        pages += if entry.is_raw() {
            whole += 1;
            every_changed_page_is_named(entry, bytes)
        } else {
            skeletons += 1;
            a_skeleton_is_cut_as_its_table_says(entry, bytes)
        };
    }
    eprintln!("{whole} whole images and {skeletons} skeletons with page hashes, {pages} pages");
    assert!(whole > 0 && skeletons > 0 && pages > 0, "nothing was checked");
}

/// How the only table of an image compares.
fn check(entry: &Entry, bytes: &[u8]) -> PageHashCheck {
    let file = SignedFile::parse(bytes).expect("an image");
    let mut checks = check_image(bytes, &file).expect("an image").page_hashes.concat();
    assert_eq!(checks.len(), 1, "{}", entry.path);
    checks.remove(0)
}

fn assert_holds(entry: &Entry, bytes: &[u8], pages: usize) {
    let found = check(entry, bytes);
    assert_eq!((found.matches, found.first_wrong), (Some(true), None), "{}", entry.path);
    let size = u64::try_from(PAGE).ok();
    assert_eq!((usize::try_from(found.pages), found.page_size), (Ok(pages), size), "{}", entry.path);
}

/// The pages of the only table, the entry that ends it left out. Each ends where the next one starts at the latest.
fn pages_of(bytes: &[u8]) -> Vec<Page> {
    let file = SignedFile::parse(bytes).expect("an image");
    let tables = file.signatures().iter().filter_map(|signature| signature.indirect_data());
    let table = tables.flat_map(|data| data.page_hashes()).next().expect("a table of page hashes");
    let length = table.digest_length().expect("a known kind");
    let table_at = bytes.windows(table.as_bytes().len()).position(|window| window == table.as_bytes());
    let starts: Vec<usize> = table.pages().map(|page| usize::try_from(page.offset).expect("an offset")).collect();
    let neighbours = starts.iter().zip(&starts[1..]).enumerate();
    let page = |(index, (&start, &next)): (usize, (&usize, &usize))| Page {
        bytes: start..next.min(start + PAGE),
        digest_at: table_at.expect("the table is in the file") + index * (4 + length) + 4,
        digest_length: length,
    };
    neighbours.map(page).collect()
}

fn every_changed_page_is_named(entry: &Entry, bytes: Vec<u8>) -> usize {
    let pages = pages_of(&bytes);
    assert_holds(entry, &bytes, pages.len());
    for page in &pages {
        for at in [page.bytes.start.max(IN_HEADERS), page.bytes.end - 1] {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let found = check(entry, &changed);
            let start = u64::try_from(page.bytes.start).ok();
            assert_eq!((found.matches, found.first_wrong), (Some(false), start), "{}: byte {at:#x}", entry.path);
        }
    }
    pages.len()
}

/// Of a skeleton the headers are whole, and the rest is zeros: its first page holds, the next does not. With digests of the zeros put
/// into the table, all of it does, so the file is cut where Microsoft's table says.
fn a_skeleton_is_cut_as_its_table_says(entry: &Entry, mut bytes: Vec<u8>) -> usize {
    let pages = pages_of(&bytes);
    let found = check(entry, &bytes);
    let second = u64::try_from(pages[1].bytes.start).ok();
    assert_eq!((found.matches, found.first_wrong), (Some(false), second), "{}", entry.path);
    for page in &pages[1..] {
        let mut octets = bytes[page.bytes.clone()].to_vec();
        octets.resize(PAGE, 0);
        let digest =
            if page.digest_length == 20 { Sha1::digest(&octets).to_vec() } else { Sha256::digest(&octets).to_vec() };
        bytes[page.digest_at..page.digest_at + page.digest_length].copy_from_slice(&digest);
    }
    assert_holds(entry, &bytes, pages.len());
    pages.len()
}
