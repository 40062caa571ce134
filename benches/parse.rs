//! Reading signatures: from memory, through a reader, up to the answer and into a report.
//!
//!     cargo bench --bench parse
//!
//! The fixtures tell the containers apart. The ratios above the table are over the signed PE files of the folders in
//! `$CERTSIFT_BENCH_FOLDERS`, else of the corpus where it is there (`$CERTSIFT_CORPUS`, else `../shared/corpus`): opening and reading
//! each against the floor of `examples/floor.rs`, in one process.

#![expect(clippy::expect_used, reason = "a file that is not there is the bench's defect")]
#![expect(clippy::as_conversions, reason = "small numbers, for people")]

#[path = "../examples/certificate_table/mod.rs"]
mod certificate_table;
mod corpus;
mod figures;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Instant;

use certificate_table::read_certificate_table;
use certsift::{Hit, IndicatorTable, Input, Limits, Report, SignatureData, SignedFile};
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use figures::Spread;

/// Samples of a file for each way, in turn.
const SAMPLES: usize = 15;

fn main() {
    // Divan only lists with this one.
    if !std::env::args().any(|argument| argument == "--list") {
        against_floor();
    }
    divan::main();
}

/// The ways from a path to an answer, each against the floor. File by file, and the median of each file's times: so short a time is
/// seldom interrupted, whatever else the machine does.
fn against_floor() {
    let images = corpus::signed_images(&corpus::own_folders());
    let table = IndicatorTable::builtin();
    let (mut buffer, mut hits) = (Vec::new(), Vec::new());
    let (mut signatures, mut known, mut record) = (SignatureData::new(), SignatureData::new(), SignatureData::new());
    let mut ways: [(&str, Way<'_>); 4] = [
        ("the floor", Box::new(|path| read_certificate_table(path, &mut buffer).expect("it is read") > 0)),
        ("signatures", Box::new(|path| read(path, &mut signatures, |file| !file.signatures().is_empty()))),
        ("is it known?", Box::new(|path| read(path, &mut known, |file| is_known(file, &table, &mut hits)))),
        (
            "record as JSON",
            Box::new(|path| {
                let line = |file: &SignedFile<'_>| Report::new(Input::from_path(path), file, &table).to_json_line();
                read(path, &mut record, |file| line(file).ends_with('}'))
            }),
        ),
    ];
    // Microseconds: a list of files for each way.
    let mut times = vec![Vec::new(); ways.len()];
    for image in &images {
        let mut samples = vec![Vec::new(); ways.len()];
        // The first round warms the caches.
        for round in 0..=SAMPLES {
            for (samples, (_, way)) in samples.iter_mut().zip(&mut ways) {
                let start = Instant::now();
                black_box(way(image));
                samples.extend((round > 0).then(|| start.elapsed().as_secs_f64() * 1e6));
            }
        }
        times.iter_mut().zip(samples).for_each(|(times, samples)| times.push(Spread::of(samples).median()));
    }
    let floor = times.first().cloned().unwrap_or_default();
    println!("{} signed PE files, opened one after the other in this process, warm", images.len());
    println!("| from a path to | µs a file, mean | to the floor, all files | median file | lowest | highest |");
    println!("|---|---|---|---|---|---|");
    for ((name, _), times) in ways.iter().zip(&times) {
        let (sum, floor_sum) = (times.iter().sum::<f64>(), floor.iter().sum::<f64>());
        let ratios = Spread::of(times.iter().zip(&floor).map(|(time, floor)| time / floor));
        let (mean, all) = (sum / images.len() as f64, sum / floor_sum);
        let (median, lowest, highest) = (ratios.median(), ratios.lowest(), ratios.highest());
        println!("| {name} | {mean:.1} | {all:.2} | {median:.2} | {lowest:.2} | {highest:.2} |");
        figures::tell(&format!("in process to floor, {name}"), all);
    }
    println!();
}

/// From a path to a yes or no.
type Way<'a> = Box<dyn FnMut(&Path) -> bool + 'a>;

fn read(path: &Path, data: &mut SignatureData, answer: impl FnOnce(&SignedFile<'_>) -> bool) -> bool {
    let file = File::open(path).expect("the file opens");
    answer(&data.read(&file, Limits::default()).expect("the file is read"))
}

/// Whether the table knows a certificate of the file.
fn is_known(file: &SignedFile<'_>, table: &IndicatorTable, hits: &mut Vec<Hit>) -> bool {
    file.candidates(table.needs()).any(|(_, candidate)| {
        hits.clear();
        table.matches_into(&candidate, hits);
        !hits.is_empty()
    })
}

/// PE32 without a time stamp; PE32+ with one; one signature nested in another; a message without a container.
const FIXTURES: [&str; 4] = ["seed_pe32.exe", "seed_pe64.exe", "seed_nested.exe", "seed_signature.p7s"];

fn path(fixture: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "fixtures", fixture].iter().collect()
}

fn bytes(fixture: &str) -> Vec<u8> {
    std::fs::read(path(fixture)).expect("the fixture is there")
}

#[divan::bench(args = FIXTURES)]
fn parse(bencher: Bencher<'_, '_>, fixture: &str) {
    let bytes = bytes(fixture);
    bencher.bench_local(|| SignedFile::parse(black_box(&bytes)).map(|file| file.signatures().len()));
}

/// [`parse`], and the question to the built-in table.
#[divan::bench(args = FIXTURES)]
fn parse_and_look_up(bencher: Bencher<'_, '_>, fixture: &str) {
    let bytes = bytes(fixture);
    let (table, mut hits) = (IndicatorTable::builtin(), Vec::new());
    bencher.bench_local(|| SignedFile::parse(black_box(&bytes)).map(|file| is_known(&file, &table, &mut hits)));
}

#[divan::bench(args = FIXTURES)]
fn open_and_read(bencher: Bencher<'_, '_>, fixture: &str) {
    let path = path(fixture);
    let mut data = SignatureData::new();
    bencher.bench_local(|| read(&path, &mut data, |file| !file.signatures().is_empty()));
}

#[divan::bench(args = FIXTURES)]
fn report(bencher: Bencher<'_, '_>, fixture: &str) {
    let bytes = bytes(fixture);
    let table = IndicatorTable::builtin();
    let file = SignedFile::parse(&bytes).expect("the fixture is read");
    let input = Input::from_path(fixture.as_ref());
    bencher.bench_local(|| Report::new(input.clone(), &file, &table).to_json_line());
}

/// The signed PE files of the corpus, all of them in one go.
#[divan::bench(args = ["parse", "parse and look up", "report"], sample_count = 20)]
fn real_images(bencher: Bencher<'_, '_>, what: &str) {
    let images = corpus::signed_images(&corpus::own_folders());
    let images: Vec<Vec<u8>> = images.into_iter().map(|path| std::fs::read(path).expect("it is read")).collect();
    let (table, mut hits) = (IndicatorTable::builtin(), Vec::new());
    let input = Input::from_path("image.exe".as_ref());
    let mut answer = |file: &SignedFile<'_>| match what {
        "parse" => file.signatures().len(),
        "parse and look up" => usize::from(is_known(file, &table, &mut hits)),
        _ => Report::new(input.clone(), file, &table).to_json_line().len(),
    };
    let each = |image: &Vec<u8>| SignedFile::parse(black_box(image)).map_or(0, |file| answer(&file));
    let mut each = each;
    bencher.counter(ItemsCount::new(images.len())).bench_local(|| images.iter().map(&mut each).sum::<usize>());
}
