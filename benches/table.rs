//! The table at ten to a million indicators, beside what one would write without it: a hash map of serial texts, and one automaton
//! over the raw bytes of the file. `cargo bench --bench table`.

#![expect(clippy::expect_used, reason = "the indicators made here build")]
#![expect(clippy::as_conversions, clippy::arithmetic_side_effects, reason = "small numbers, for people")]

use std::collections::HashMap;
use std::fmt::Write as _;

use aho_corasick::AhoCorasick;
use certsift::{
    Candidate, Condition, Indicator, IndicatorTable, Metadata, NameField, NameTest, Role, Roles, Serial, SerialBuf,
    TextMode,
};
use divan::Bencher;

fn main() {
    println!("bytes of a table for each indicator, its id left out");
    for (name, kind) in [("serial", serial_only as Kind), ("serial and organization", with_organization as Kind)] {
        for count in SIZES {
            let table = table(kind, count);
            let ids: usize = (0..count).map(|number| number.to_string().len()).sum();
            // Beside its octets an id takes one for its length, one for what else there is, and two for empty lists.
            let metadata = ids + 4 * usize::try_from(count).unwrap_or(0);
            let bytes = table.as_bytes().len().saturating_sub(metadata);
            println!("  {name}, {count}: {:.1}", bytes as f64 / count as f64);
        }
    }
    divan::main();
}

const SIZES: [u64; 4] = [10, 1_000, 100_000, 1_000_000];
const PARTS: [u64; 3] = [10, 1_000, 100_000];

type Kind = fn(u64) -> Vec<Condition>;

/// 16 octets, as most published serials have.
fn octets(number: u64) -> Vec<u8> {
    [number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes(), number.to_le_bytes()].concat()
}

fn serial_only(number: u64) -> Vec<Condition> {
    vec![Condition::Serial(SerialBuf::from_bytes(&octets(number)))]
}

fn with_organization(number: u64) -> Vec<Condition> {
    let name = NameTest::new(NameField::Organization, TextMode::Exact, company(number));
    vec![Condition::Serial(SerialBuf::from_bytes(&octets(number))), Condition::Subject(name)]
}

fn part_of_name(number: u64) -> Vec<Condition> {
    vec![Condition::Subject(NameTest::new(NameField::Any, TextMode::Contains, company(number)))]
}

/// A made-up name, such as those in lists.
fn company(number: u64) -> String {
    const SYLLABLES: [&str; 16] =
        ["ka", "ren", "tor", "mi", "lus", "ven", "do", "sha", "pri", "gel", "um", "bri", "tan", "ze", "fol", "ny"];
    let mut name = String::new();
    let mut rest = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for _ in 0..5 {
        name.push_str(SYLLABLES.get(usize::try_from(rest % 16).unwrap_or(0)).copied().unwrap_or_default());
        rest /= 16;
    }
    let _ = write!(name, "{} Software Ltd", number % 100);
    name
}

fn indicators(kind: Kind, count: u64) -> impl Iterator<Item = Indicator> {
    (0..count).map(move |number| Indicator {
        metadata: Metadata { id: number.to_string().into(), ..Metadata::default() },
        scope: Roles::SIGNERS,
        alternatives: vec![kind(number)],
    })
}

fn table(kind: Kind, count: u64) -> IndicatorTable {
    IndicatorTable::new(indicators(kind, count)).expect("it builds")
}

const ABSENT: [u8; 16] =
    [0x45, 0x21, 0x56, 0xc3, 0xb3, 0xfb, 0x01, 0x76, 0x36, 0x5b, 0xdb, 0x5b, 0x77, 0x15, 0xbc, 0x4c];

#[divan::bench(args = SIZES, sample_count = 5)]
fn build(bencher: Bencher<'_, '_>, count: u64) {
    bencher
        .with_inputs(|| indicators(serial_only, count).collect::<Vec<_>>())
        .bench_values(|list| IndicatorTable::new(list).expect("it builds"));
}

#[divan::bench(args = SIZES, sample_count = 5)]
fn build_hash_map_of_texts(bencher: Bencher<'_, '_>, count: u64) {
    bencher.with_inputs(|| texts(count)).bench_values(|list| list.into_iter().collect::<HashMap<String, u64>>());
}

#[divan::bench(args = SIZES, sample_count = 5)]
fn load(bencher: Bencher<'_, '_>, count: u64) {
    let saved = table(serial_only, count).as_bytes().to_vec();
    bencher.with_inputs(|| saved.clone()).bench_values(|saved| IndicatorTable::load(saved).expect("it loads"));
}

#[divan::bench]
fn builtin() -> usize {
    IndicatorTable::builtin().len()
}

#[divan::bench(args = SIZES)]
fn miss(bencher: Bencher<'_, '_>, count: u64) {
    ask(bencher, &table(serial_only, count), &ABSENT);
}

#[divan::bench(args = SIZES)]
fn hit(bencher: Bencher<'_, '_>, count: u64) {
    ask(bencher, &table(serial_only, count), &octets(count / 2));
}

#[divan::bench(args = PARTS)]
fn miss_among_parts_of_names(bencher: Bencher<'_, '_>, count: u64) {
    ask(bencher, &table(part_of_name, count), &ABSENT);
}

#[divan::bench(args = PARTS, sample_count = 5)]
fn build_parts_of_names(bencher: Bencher<'_, '_>, count: u64) {
    bencher
        .with_inputs(|| indicators(part_of_name, count).collect::<Vec<_>>())
        .bench_values(|list| IndicatorTable::new(list).expect("it builds"));
}

fn ask(bencher: Bencher<'_, '_>, table: &IndicatorTable, serial: &[u8]) {
    let candidate = Candidate::new(Role::Signer).serial(Serial::from_bytes(serial)).organization("CallTogether, Inc.");
    let mut hits = Vec::new();
    bencher.bench_local(|| {
        hits.clear();
        table.matches_into(divan::black_box(&candidate), &mut hits);
        hits.len()
    });
}

/// Serials as texts, each with its number.
fn texts(count: u64) -> Vec<(String, u64)> {
    (0..count).map(|number| (SerialBuf::from_bytes(&octets(number)).to_string(), number)).collect()
}

/// What a program without the table does: the serial as text, looked up.
#[divan::bench(args = SIZES)]
fn miss_in_hash_map_of_texts(bencher: Bencher<'_, '_>, count: u64) {
    let map: HashMap<String, u64> = texts(count).into_iter().collect();
    bencher.bench_local(|| map.get(&Serial::from_bytes(divan::black_box(&ABSENT)).to_string()).copied());
}

/// What a scanner of raw bytes does: one automaton of every serial, over a signature of 7 KB, the median of real files.
#[divan::bench(args = [10, 1_000, 100_000], sample_count = 20)]
fn miss_in_raw_bytes(bencher: Bencher<'_, '_>, count: u64) {
    let automaton = AhoCorasick::new((0..count).map(octets)).expect("it builds");
    let signature: Vec<u8> =
        (0..7_168 / 8_u64).flat_map(|at| at.wrapping_mul(0xd6e8_feb8_6659_fd93).to_le_bytes()).collect();
    bencher.bench_local(|| automaton.find(divan::black_box(&signature)).is_some());
}
