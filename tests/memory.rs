//! How much memory it takes to hash a large file: no more than for a small one.
//!
//! The figures are those of the process, as Linux counts them; elsewhere only the digests are checked. Without optimisation the file
//! has 64 MiB; `cargo test --release --test memory -- --nocapture` takes one of 1 GiB and prints what it took.
#![cfg(feature = "digest")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]
#![expect(clippy::arithmetic_side_effects, reason = "a test may panic")]

mod support;

use std::env;
use std::fs;
use std::io;
use std::process::{self, Command};

use certsift::{HashAlgorithm, Limits, ReadAt, SignatureData, check_image};
use sha2::{Digest, Sha256};
use support::cms;

/// Bytes of the file.
const SIZE: u64 = if cfg!(debug_assertions) { 64 << 20 } else { 1 << 30 };
/// Bytes of memory that the whole process may have used.
const MOST: u64 = 16 << 20;
/// Bytes of a page.
const PAGE: usize = 4096;
/// Where the optional header of the fixture lies, and in it SizeOfHeaders, CheckSum, and the security directory of PE32.
const OPTIONAL: usize = 64 + 24;
const HEADERS: usize = 512;
const CHECK_SUM: usize = OPTIONAL + 64;
const DIRECTORY: usize = OPTIONAL + 128;
/// Where its only section header tells SizeOfRawData.
const RAW_SIZE: usize = OPTIONAL + 224 + 16;
/// What a page of the section is filled with.
const FILLING: u8 = 0xa5;

/// An image of [`SIZE`] bytes of which only the headers and the certificate table are in memory.
struct Large {
    headers: Vec<u8>,
    table: Vec<u8>,
}

impl Large {
    /// The fixture's headers over one section of all there is, with this certificate table behind it.
    fn new(table: Vec<u8>) -> Self {
        let mut headers = include_bytes!("fixtures/seed_pe32.exe")[..HEADERS].to_vec();
        let offset = SIZE - u64::try_from(table.len()).unwrap();
        let length = u32::try_from(offset).unwrap() - u32::try_from(HEADERS).unwrap();
        headers[RAW_SIZE..RAW_SIZE + 4].copy_from_slice(&length.to_le_bytes());
        headers[DIRECTORY..DIRECTORY + 4].copy_from_slice(&u32::try_from(offset).unwrap().to_le_bytes());
        let length = u32::try_from(table.len()).unwrap();
        headers[DIRECTORY + 4..DIRECTORY + 8].copy_from_slice(&length.to_le_bytes());
        Self { headers, table }
    }

    fn table_offset(&self) -> u64 {
        SIZE - u64::try_from(self.table.len()).unwrap()
    }

    /// What is hashed of the headers.
    fn hashed_headers(&self) -> Vec<u8> {
        [&self.headers[..CHECK_SUM], &self.headers[CHECK_SUM + 4..DIRECTORY], &self.headers[DIRECTORY + 8..]].concat()
    }

    /// The digest of the image, by the shortest way.
    fn sha256(&self) -> Vec<u8> {
        let mut hash = Sha256::new();
        hash.update(self.hashed_headers());
        let mut left = usize::try_from(self.table_offset()).unwrap() - HEADERS;
        let some = [FILLING; PAGE];
        while left > 0 {
            hash.update(&some[..left.min(PAGE)]);
            left = left.saturating_sub(PAGE);
        }
        hash.finalize().to_vec()
    }
}

impl ReadAt for Large {
    fn size(&self) -> io::Result<u64> {
        Ok(SIZE)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let part = |bytes: &[u8], start: u64, buffer: &mut [u8]| {
            let rest = &bytes[usize::try_from(offset - start).unwrap()..];
            let count = rest.len().min(buffer.len());
            buffer[..count].copy_from_slice(&rest[..count]);
            Ok(count)
        };
        if offset < u64::try_from(HEADERS).unwrap() {
            return part(&self.headers, 0, buffer);
        }
        if offset >= self.table_offset() {
            return part(&self.table, self.table_offset(), buffer);
        }
        let count = buffer.len().min(usize::try_from(self.table_offset() - offset).unwrap());
        buffer[..count].fill(FILLING);
        Ok(count)
    }
}

/// A certificate table of one message.
fn table(content: Vec<u8>) -> Vec<u8> {
    let signer = cms::certificate("01", "Signer");
    let message = cms::SignedData { content: Some(content), ..cms::signed_by(&signer) }.der();
    let mut table = u32::try_from(message.len() + 8).unwrap().to_le_bytes().to_vec();
    table.extend([0, 2, 2, 0]);
    table.extend(message);
    table
}

/// What the kernel says of this process, bytes.
fn memory(field: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kib| kib << 10)
}

/// Names the file that holds the certificate table, in the process that checks it.
const TABLE: &str = "CERTSIFT_TEST_TABLE";

#[test]
fn a_large_file_takes_no_more_memory_than_a_small_one() {
    if let Some(path) = env::var_os(TABLE) {
        return check_large(&Large::new(fs::read(path).unwrap()));
    }
    for table in [table(cms::indirect_data()), table_of_page_hashes()] {
        let path = env::temp_dir().join(format!("certsift-{}.table", process::id()));
        fs::write(&path, table).unwrap();
        // In a process of its own, which has never held what it took to make the table.
        let program = env::current_exe().unwrap();
        let arguments = ["--exact", "a_large_file_takes_no_more_memory_than_a_small_one", "--nocapture"];
        let status = Command::new(program).args(arguments).env(TABLE, &path).status();
        fs::remove_file(&path).unwrap();
        assert!(status.unwrap().success());
    }
}

fn check_large(image: &Large) {
    let mut data = SignatureData::new();
    let file = data.read(image, Limits::default()).unwrap();
    let checks = check_image(image, &file).unwrap();
    let hashes = checks.page_hashes.concat();
    assert!(hashes.iter().all(|one| one.matches == Some(true)), "{hashes:?}");
    let computed = checks.digests.as_ref().and_then(|digests| digests.get(HashAlgorithm::Sha256)).unwrap();
    // The source holds the table, and whoever reads it does: that of a file with page hashes is large itself.
    let length = u64::try_from(image.table.len()).unwrap();
    let pages: u64 = hashes.iter().map(|one| one.pages).sum();
    assert_peak(&format!("{pages} page hashes, twice a table of {} KiB", length >> 10), MOST + 2 * length);
    assert_eq!(computed.flat, image.sha256());
}

fn assert_peak(what: &str, most: u64) {
    if let Some(peak) = memory("VmHWM") {
        eprintln!("{} MiB hashed, {what}: {} KiB of memory at most", SIZE >> 20, peak >> 10);
        assert!(peak < most, "{peak} bytes");
    }
}

/// A certificate table with the hashes of all pages of the image that it ends.
fn table_of_page_hashes() -> Vec<u8> {
    let with = |hashes| table(cms::indirect_data_of_pages(&[(cms::PAGE_HASHES_V2, hashes)]));
    // The section ends where the table starts, and so its pages are as many as the table has room for.
    let mut entries = usize::try_from(SIZE).unwrap() / PAGE;
    loop {
        let image = Large::new(with(vec![0; 36 * entries]));
        let needed = 2 + (usize::try_from(image.table_offset()).unwrap() - HEADERS).div_ceil(PAGE);
        if needed == entries {
            return with(page_table(&image));
        }
        entries = needed;
    }
}

/// The table of page hashes of the image.
fn page_table(image: &Large) -> Vec<u8> {
    let digest = |octets: &[u8], length: usize| {
        let mut page = octets.to_vec();
        page.resize(length, 0);
        Sha256::digest(page).to_vec()
    };
    let end = usize::try_from(image.table_offset()).unwrap();
    let full = digest(&[FILLING; PAGE], PAGE);
    let mut table = [vec![0; 4], digest(&image.hashed_headers(), PAGE - 12)].concat();
    let mut start = HEADERS;
    while start < end {
        table.extend(u32::try_from(start).unwrap().to_le_bytes());
        let length = PAGE.min(end - start);
        table.extend(if length == PAGE { full.clone() } else { digest(&vec![FILLING; length], PAGE) });
        start += length;
    }
    table.extend(u32::try_from(end).unwrap().to_le_bytes());
    table.extend([0; 32]);
    table
}
