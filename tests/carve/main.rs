//! Carving: what is found among any bytes, what is not, and what it costs.

#![cfg(feature = "carve")]
#![expect(clippy::arithmetic_side_effects, clippy::indexing_slicing, reason = "a test may panic")]
#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may panic")]

mod corpus;
#[path = "../corpus/files.rs"]
#[expect(dead_code, reason = "the other test of the corpus uses more of it")]
mod files;
mod haystack;
mod hostile;
mod places;
#[cfg(feature = "report")]
mod record;
#[path = "../corpus/shared_data.rs"]
mod shared_data;
#[path = "../support/mod.rs"]
mod support;

use std::io::{self, Read};

use certsift::{CarveLimits, CarvedCertificate, SignedFile, carve, carve_reader};

/// All that is found, which a reader finds as well.
fn carved(bytes: &[u8]) -> Vec<CarvedCertificate<'_>> {
    carved_with(bytes, CarveLimits::default())
}

fn carved_with(bytes: &[u8], limits: CarveLimits) -> Vec<CarvedCertificate<'_>> {
    let found: Vec<_> = carve(bytes, limits).collect();
    let read: io::Result<Vec<_>> = carve_reader(Trickle(bytes), limits).collect();
    assert_eq!(read.expect("memory can be read"), found, "a reader finds something else");
    found
}

/// Offsets of all that is found.
fn offsets(bytes: &[u8]) -> Vec<usize> {
    carved(bytes).iter().map(|one| usize::try_from(one.offset()).unwrap()).collect()
}

/// Limits that real certificates, and blocks with one, hardly keep: the window of a reader moves often and has no more than it needs.
fn small_limits() -> CarveLimits {
    let mut limits = CarveLimits::default();
    (limits.max_certificate_bytes, limits.max_block_bytes) = (1_000, 1_300);
    limits
}

/// Gives a few bytes at a time.
struct Trickle<'b>(&'b [u8]);

impl Read for Trickle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        const AT_A_TIME: usize = 4_099;
        let most = buffer.len().min(AT_A_TIME);
        self.0.read(&mut buffer[..most])
    }
}

/// A fixture.
fn fixture(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(path).expect("the fixture is there")
}

/// The certificates in the seed's file, which OpenSSL made.
fn real_certificates() -> Vec<Vec<u8>> {
    let bytes = fixture("seed_root_first.exe");
    let file = SignedFile::parse(&bytes).expect("it is read");
    let certificates: Vec<_> = file.signatures()[0].certificates().iter().map(|one| one.der().to_vec()).collect();
    assert_eq!(certificates.len(), 2);
    certificates
}

/// Octets without an order: splitmix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }

    fn octets(&mut self, count: usize) -> Vec<u8> {
        std::iter::repeat_with(|| self.next().to_le_bytes()).flatten().take(count).collect()
    }
}
