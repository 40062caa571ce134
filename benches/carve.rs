//! Carving: bytes without a beginning, bytes with many, bytes made to cost, each beside `memchr` in the same run.
//!
//!     cargo bench --bench carve
//!
//! The table tells the fastest of several runs: GB/s, and how often the same bytes could be searched for one octet (0x30, the tag of a
//! SEQUENCE) by the crate memchr, which stops at each one. `CERTSIFT_HAYSTACK_MB=100` searches so many megabytes of each kind, and fails where
//! anything is found.

#![expect(clippy::expect_used, clippy::arithmetic_side_effects, reason = "a bench may panic")]
#![expect(clippy::as_conversions, clippy::indexing_slicing, reason = "small numbers, for people")]

mod figures;

use std::hint::black_box;
use std::time::Instant;

use certsift::{CarveLimits, SignedFile, carve, carve_reader};

const RUNS: usize = 9;
const MEGABYTES: &str = "CERTSIFT_HAYSTACK_MB";

fn main() {
    if std::env::args().any(|argument| argument == "--list" || argument == "--test") {
        return;
    }
    let megabytes: usize = std::env::var(MEGABYTES).map_or(32, |text| text.parse().expect("a number"));
    let size = megabytes << 20;
    let kinds: [(&str, Vec<u8>); 7] = [
        ("zeros", vec![0; size]),
        ("random", random(size)),
        ("code-like", code(size)),
        ("digits, all of them 0x30", vec![b'0'; size]),
        ("text of hex digits", random(size / 2).iter().flat_map(|octet| format!("{octet:02X}").into_bytes()).collect()),
        ("this program", this_program(size)),
        ("crumbs of certificates", crumbs(size)),
    ];
    println!("| {megabytes} MiB of | carve, GB/s | of a reader | memchr, GB/s | carve to memchr |");
    println!("|---|---|---|---|---|");
    for (name, bytes) in &kinds {
        let limits = CarveLimits::default();
        assert!(*name == "this program" || carve(bytes, limits).next().is_none(), "{name}: something was found");
        let carved = fastest(bytes.len(), || carve(black_box(bytes), limits).count());
        let read = fastest(bytes.len(), || carve_reader(black_box(bytes.as_slice()), limits).count());
        let searched = fastest(bytes.len(), || memchr::memchr_iter(0x30, black_box(bytes)).fold(0, |sum, at| sum ^ at));
        println!("| {name} | {carved:.2} | {read:.2} | {searched:.2} | {:.2} |", carved / searched);
        figures::tell(&format!("carve, GB/s, {name}"), carved);
        figures::tell(&format!("carve to memchr, {name}"), carved / searched);
    }
    println!("\n| 1 MiB made to cost | ns an octet |\n|---|---|");
    for (name, bytes) in made_to_cost(1 << 20) {
        let each = 1.0 / fastest(bytes.len(), || carve(black_box(&bytes), CarveLimits::default()).count());
        println!("| {name} | {each:.1} |");
    }
}

/// GB/s of the fastest run.
fn fastest<T>(size: usize, mut run: impl FnMut() -> T) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..RUNS {
        let start = Instant::now();
        black_box(run());
        best = best.min(start.elapsed().as_secs_f64());
    }
    size as f64 / best / 1e9
}

/// Splitmix64.
fn numbers(mut state: u64) -> impl FnMut() -> u64 {
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

fn random(size: usize) -> Vec<u8> {
    std::iter::repeat_with(numbers(1)).flat_map(u64::to_le_bytes).take(size).collect()
}

/// Starts of instructions, and of what carving looks for, with octets of any kind between them.
fn code(size: usize) -> Vec<u8> {
    const STARTS: [&[u8]; 12] = [
        &[0x48, 0x83, 0xec],
        &[0x48, 0x81, 0xec],
        &[0x0f, 0x82],
        &[0x48, 0x8b, 0x05],
        &[0xe8],
        &[0xc3, 0xcc, 0xcc],
        &[0x80, 0x30],
        &[0x30, 0x83],
        &[0x83, 0xf8, 0xff],
        &[0, 0, 0, 0],
        &[0x8d, 0x4c, 0x24],
        b"GI",
    ];
    let mut next = numbers(2);
    let mut bytes = Vec::with_capacity(size);
    while bytes.len() < size {
        let number = next();
        bytes.extend_from_slice(STARTS[(number % 12) as usize]);
        bytes.extend_from_slice(&number.to_be_bytes()[..(number >> 60) as usize / 2]);
    }
    bytes.truncate(size);
    bytes
}

/// This program's own octets, again and again.
fn this_program(size: usize) -> Vec<u8> {
    let path = std::env::current_exe().expect("it has a path");
    let program = std::fs::read(path).expect("it is a file");
    program.iter().copied().cycle().take(size).collect()
}

/// Parts of a real certificate without its signature.
fn crumbs(size: usize) -> Vec<u8> {
    let file = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/seed_pe32.exe")).expect("a fixture");
    let file = SignedFile::parse(&file).expect("it is read");
    let certificate = file.signatures()[0].certificates()[0].der();
    let unsigned = certificate.len() - 300;
    let mut next = numbers(3);
    let mut bytes = Vec::with_capacity(size);
    while bytes.len() < size {
        let start = next() as usize % unsigned;
        bytes.extend_from_slice(&certificate[start..start + next() as usize % (unsigned - start)]);
        bytes.extend_from_slice(&next().to_le_bytes());
    }
    bytes.truncate(size);
    bytes
}

/// Bytes in which each beginning costs as much as it can; `tests/carve/hostile.rs` has more of them.
fn made_to_cost(size: usize) -> Vec<(&'static str, Vec<u8>)> {
    let repeated = |unit: &[u8]| unit.iter().copied().cycle().take(size).collect::<Vec<u8>>();
    let closed = [[0x30, 0x80, 0x30, 0x80, 2, 1, 1].repeat(6_000), vec![0; 24_000]].concat();
    vec![
        ("30 82 30 82", repeated(&[0x30, 0x82])),
        ("beginnings of certificates", repeated(&[0x30, 0x82, 0xff, 0, 0x30, 0x82, 0xfe, 0, 2, 1, 1])),
        ("the same of indefinite length", repeated(&[0x30, 0x80, 0x30, 0x80, 2, 1, 1])),
        ("the same, closed", repeated(&closed)),
        ("PEM boundaries", repeated(b"-----BEGIN CERTIFICATE-----")),
    ]
}
