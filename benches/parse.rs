//! Reading signatures: from memory, through a reader, and into a report. `cargo bench --bench parse`.

#![expect(clippy::expect_used, reason = "a fixture that is not there is the bench's defect")]

use std::fs::File;
use std::path::PathBuf;

use certsift::{IndicatorTable, Input, Limits, Report, SignatureData, SignedFile};
use divan::Bencher;

fn main() {
    divan::main();
}

/// A plain signature, one with a timestamp, and one nested in another.
const FIXTURES: [&str; 3] = ["seed_pe32.exe", "seed_pe64.exe", "seed_nested.exe"];

fn path(fixture: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "fixtures", fixture].iter().collect()
}

fn bytes(fixture: &str) -> Vec<u8> {
    std::fs::read(path(fixture)).expect("the fixture is there")
}

#[divan::bench(args = FIXTURES)]
fn slice(bencher: Bencher<'_, '_>, fixture: &str) {
    let bytes = bytes(fixture);
    bencher.bench_local(|| SignedFile::parse(divan::black_box(&bytes)).map(|file| file.signatures().len()));
}

#[divan::bench(args = FIXTURES)]
fn open_and_read(bencher: Bencher<'_, '_>, fixture: &str) {
    let path = path(fixture);
    let mut data = SignatureData::new();
    bencher.bench_local(|| {
        let file = File::open(&path).expect("the fixture opens");
        data.read(&file, Limits::default()).map(|file| file.signatures().len()).expect("the fixture is read")
    });
}

#[divan::bench(args = FIXTURES)]
fn report(bencher: Bencher<'_, '_>, fixture: &str) {
    let bytes = bytes(fixture);
    let table = IndicatorTable::builtin();
    let file = SignedFile::parse(&bytes).expect("the fixture is read");
    let input = Input::from_path(fixture.as_ref());
    bencher.bench_local(|| Report::new(input.clone(), &file, &table).to_json_line());
}
