//! Time of one file against its size, and against its signatures.

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::measure::{count_of, fastest, folder, grouped, header, line, row, seconds};
use crate::support::{cms, pe};

/// How often a file is scanned in one run.
const TIMES: usize = 2_000;

/// A list that names a file so often.
fn list(path: &Path, times: usize) -> String {
    let list = path.with_extension(format!("{times}.list"));
    fs::write(&list, format!("{}\n", path.display()).repeat(times)).unwrap();
    list.display().to_string()
}

/// Seconds of a scan of each file: a run over it many times, less a run over nothing.
fn per_scan(paths: &[impl AsRef<Path>], times: usize, options: &str) -> Vec<f64> {
    let list_of = |path: &Path, times| line(&format!("--jobs 1 {options} --files-from {}", list(path, times)));
    let mut lines = vec![list_of(paths[0].as_ref(), 0)];
    lines.extend(paths.iter().map(|path| list_of(path.as_ref(), times)));
    let took = fastest(&lines);
    took[1..].iter().map(|one| (one - took[0]) / count_of(times)).collect()
}

/// A signed file of so many bytes: the fixture with a hole before its certificate table.
fn sparse(size: u64) -> PathBuf {
    const ORIGINAL: &[u8] = include_bytes!("../../tests/fixtures/seed_pe64.exe");
    /// Where the security directory of PE32+ lies.
    const DIRECTORY: usize = pe::OPTIONAL + 144;
    let path = folder("size").join(format!("{size}.exe"));
    let offset = u32::from_le_bytes(ORIGINAL[DIRECTORY..DIRECTORY + 4].try_into().unwrap());
    let (image, table) = ORIGINAL.split_at(usize::try_from(offset).unwrap());
    let length = u64::try_from(table.len()).unwrap();
    let moved = size.saturating_sub(length).max(offset.into()).next_multiple_of(8);
    let mut image = image.to_vec();
    image.splice(DIRECTORY..DIRECTORY + 4, u32::try_from(moved).unwrap().to_le_bytes());
    let mut file = File::create(&path).unwrap();
    file.write_all(&image).unwrap();
    file.seek(SeekFrom::Start(moved)).unwrap();
    file.write_all(table).unwrap();
    path
}

const SIZES: [(&str, u64); 6] = [
    ("2.7 KiB", 0),
    ("64 KiB", 64 << 10),
    ("1 MiB", 1 << 20),
    ("64 MiB", 64 << 20),
    ("512 MiB", 512 << 20),
    ("1 GiB", 1 << 30),
];

/// The first of the sizes that takes long enough to be hashed once.
const LARGE: usize = 3;

pub(crate) fn sizes() {
    println!(
        "One signed file, its bytes a hole before the certificate table, scanned {} times a run; once with `--hash`:\n",
        grouped(TIMES)
    );
    header(["size", "a scan", "ratio", "with `--hash`", "MiB a second"]);
    let paths = SIZES.map(|(_, size)| sparse(size));
    let plain = per_scan(&paths, TIMES, "");
    // One run over a small file takes as long as one over none.
    let hashed = per_scan(&paths[LARGE..], 1, "--hash");
    let mebibytes = |size: u64| u32::try_from(size >> 20).map_or(0.0, f64::from);
    for (at, ((name, size), took)) in SIZES.iter().zip(&plain).enumerate() {
        let hashed = at.checked_sub(LARGE).map(|at| hashed[at]);
        let speed = hashed.map(|took| format!("{:.0}", mebibytes(*size) / took)).unwrap_or_default();
        let ratio = format!("{:.2}", took / plain[0]);
        row([(*name).to_owned(), seconds(*took), ratio, hashed.map(seconds).unwrap_or_default(), speed]);
    }
}

/// A name, and what makes a certificate table with so many signatures.
type Shape = (&'static str, fn(usize) -> Vec<u8>);

const SIGNATURES: [usize; 7] = [1, 2, 5, 20, 100, 250, 500];

fn message(number: usize) -> cms::SignedData {
    cms::signed_by(&signer(number))
}

fn signer(number: usize) -> cms::Certificate {
    cms::certificate(&format!("5a{number:030x}"), &format!("Signer {number}"))
}

/// A certificate table with so many entries.
fn entries(count: usize) -> Vec<u8> {
    (0..count).flat_map(|number| pe::entry(message(number).der())).collect()
}

/// A signature with all others nested in it, side by side.
fn side_by_side(count: usize) -> Vec<u8> {
    let others: Vec<Vec<u8>> = (1..count).map(|number| message(number).der()).collect();
    let info = cms::signer_info(&signer(0)).unsigned(cms::nested(&others));
    pe::entry(cms::message([signer(0).der()], [info.der()]).der())
}

/// Signatures nested in one another, as deep as is read.
fn inside_one_another(count: usize) -> Vec<u8> {
    let outer = |inner: Vec<u8>, number: usize| {
        let info = cms::signer_info(&signer(number)).unsigned(cms::nested(&[inner]));
        cms::message([signer(number).der()], [info.der()]).der()
    };
    pe::entry((1..count).fold(message(0).der(), outer))
}

pub(crate) fn signatures() {
    const TIMES: usize = 100;
    println!(
        "One file with so many signatures, each by another certificate, scanned {TIMES} times a run. Per signature:\n"
    );
    header(["signatures", "entries of the table", "nested side by side", "nested in one another"]);
    let shapes: [Shape; 3] = [("entries", entries), ("siblings", side_by_side), ("nested", inside_one_another)];
    let mut columns = Vec::new();
    for (name, table) in shapes {
        let paths = SIGNATURES.map(|count| {
            let path = folder("signatures").join(format!("{name}-{count}.exe"));
            fs::write(&path, pe::image(table(count)).bytes()).unwrap();
            path
        });
        columns.push(per_scan(&paths, TIMES, "--no-builtin"));
    }
    for (at, count) in SIGNATURES.iter().enumerate() {
        let each = columns.iter().map(|column| seconds(column[at] / count_of(*count)));
        row([grouped(*count)].into_iter().chain(each));
    }
}
