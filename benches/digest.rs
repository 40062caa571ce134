//! What computing an image's digest costs beside the hash crates themselves, over the same bytes in the same run.
//!
//!     cargo bench --bench digest
//!
//! Runs of both alternate, and each ratio is of two neighbouring runs, so that a machine whose speed drifts does not matter.

#![expect(clippy::expect_used, reason = "a bench that cannot run has nothing to say")]

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use certsift::{HashAlgorithm, image_digests};
use divan::black_box;
use md5::Digest;

/// Bytes of the image.
const SIZE: usize = 64 << 20;
const PAIRS: usize = 15;
/// Bytes that the bare loop reads at once from a file: what `std::io::copy` and most hashing programs have is less.
const PIECE: usize = 128 << 10;

fn main() {
    let image = image();
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("bench_digest.exe");
    std::fs::write(&path, &image).expect("the folder for temporary files can be written to");
    let file = File::open(&path).expect("the image opens");
    println!(
        "an image of {} MiB, {PAIRS} pairs of runs, both sides in MiB a second (median), time against the bare crate",
        SIZE >> 20
    );
    println!(
        "| algorithm | bytes from | bare crate | image_digests | median ratio | lowest | highest |\n|---|---|---|---|---|---|---|"
    );
    for algorithm in HashAlgorithm::ALL.iter().copied() {
        compare(
            algorithm,
            "memory",
            || hash_slice(algorithm, &image),
            || image_digests(image.as_slice(), &[algorithm]).expect("an image").digests().len(),
        );
        compare(
            algorithm,
            "a file",
            || hash_file(algorithm, &file),
            || image_digests(&file, &[algorithm]).expect("an image").digests().len(),
        );
    }
    std::fs::remove_file(&path).expect("the image is there");
}

/// A PE32+ image of one section, of bytes that differ.
fn image() -> Vec<u8> {
    let mut image: Vec<u8> = (0_u8..=250).cycle().take(SIZE).collect();
    let head = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/unsigned.exe"))
        .expect("the fixture is there");
    let length = head.len().min(512);
    image.splice(..length, head.into_iter().take(length));
    image
}

/// One line of the table.
fn compare<T, U>(algorithm: HashAlgorithm, from: &str, bare: impl Fn() -> T, ours: impl Fn() -> U) {
    let mut pairs: Vec<(Duration, Duration)> = (0..=PAIRS).map(|_| (time(&bare), time(&ours))).skip(1).collect();
    let speed = |times: Vec<Duration>| 64.0 / middle(times.iter().map(Duration::as_secs_f64).collect());
    let (bare, ours) = (pairs.iter().map(|pair| pair.0).collect(), pairs.iter().map(|pair| pair.1).collect());
    let mut ratios: Vec<f64> = pairs.drain(..).map(|(bare, ours)| ours.as_secs_f64() / bare.as_secs_f64()).collect();
    ratios.sort_by(f64::total_cmp);
    let at = |index: usize| ratios.get(index).copied().unwrap_or(f64::NAN);
    let (median, lowest, highest) = (at(PAIRS / 2), at(0), at(PAIRS.saturating_sub(1)));
    println!(
        "| {algorithm} | {from} | {:.0} | {:.0} | {median:.3} | {lowest:.3} | {highest:.3} |",
        speed(bare),
        speed(ours)
    );
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn time<T>(run: impl Fn() -> T) -> Duration {
    let start = Instant::now();
    black_box(run());
    start.elapsed()
}

/// The crate alone, on all of it at once.
fn hash_slice(algorithm: HashAlgorithm, bytes: &[u8]) -> Vec<u8> {
    let bytes = black_box(bytes);
    match algorithm {
        HashAlgorithm::Md5 => md5::Md5::digest(bytes).to_vec(),
        HashAlgorithm::Sha1 => sha1::Sha1::digest(bytes).to_vec(),
        HashAlgorithm::Sha256 => sha2::Sha256::digest(bytes).to_vec(),
        HashAlgorithm::Sha384 => sha2::Sha384::digest(bytes).to_vec(),
        _ => sha2::Sha512::digest(bytes).to_vec(),
    }
}

/// The crate in the loop that everybody writes.
fn hash_file(algorithm: HashAlgorithm, file: &File) -> Vec<u8> {
    match algorithm {
        HashAlgorithm::Md5 => hash_pieces::<md5::Md5>(file),
        HashAlgorithm::Sha1 => hash_pieces::<sha1::Sha1>(file),
        HashAlgorithm::Sha256 => hash_pieces::<sha2::Sha256>(file),
        HashAlgorithm::Sha384 => hash_pieces::<sha2::Sha384>(file),
        _ => hash_pieces::<sha2::Sha512>(file),
    }
}

fn hash_pieces<D: Digest>(mut file: &File) -> Vec<u8> {
    let mut hash = D::new();
    let mut buffer = vec![0; PIECE];
    file.seek(SeekFrom::Start(0)).expect("a file has a start");
    loop {
        let count = file.read(&mut buffer).expect("the image can be read");
        match buffer.get(..count) {
            Some([]) | None => return hash.finalize().to_vec(),
            Some(piece) => hash.update(piece),
        }
    }
}
