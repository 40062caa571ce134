//! Building a table and asking it, at ten to a million indicators. `cargo bench --bench table`.

#![expect(clippy::expect_used, reason = "the indicators made here build")]

use certsift::{Candidate, Condition, Indicator, IndicatorTable, Metadata, Role, Roles, Serial, SerialBuf};
use divan::Bencher;

fn main() {
    divan::main();
}

const SIZES: [u64; 4] = [10, 1_000, 100_000, 1_000_000];

/// Indicators with a serial of 16 bytes each.
fn indicators(count: u64) -> Vec<Indicator> {
    (0..count)
        .map(|number| {
            let octets = [number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes(), number.to_le_bytes()].concat();
            Indicator {
                metadata: Metadata { id: number.to_string().into(), ..Metadata::default() },
                scope: Roles::SIGNERS,
                alternatives: vec![vec![Condition::Serial(SerialBuf::from_bytes(&octets))]],
            }
        })
        .collect()
}

#[divan::bench(args = SIZES, sample_count = 5)]
fn build(bencher: Bencher<'_, '_>, count: u64) {
    bencher.with_inputs(|| indicators(count)).bench_values(|list| IndicatorTable::new(list).expect("it builds").len());
}

#[divan::bench]
fn builtin() -> usize {
    IndicatorTable::builtin().len()
}

#[divan::bench(args = SIZES)]
fn miss(bencher: Bencher<'_, '_>, count: u64) {
    let table = IndicatorTable::new(indicators(count)).expect("it builds");
    let serial = [0x45, 0x21, 0x56, 0xc3, 0xb3, 0xfb, 0x01, 0x76, 0x36, 0x5b, 0xdb, 0x5b, 0x77, 0x15, 0xbc, 0x4c];
    let candidate = Candidate::new(Role::Signer).serial(Serial::from_bytes(&serial)).organization("CallTogether, Inc.");
    let mut hits = Vec::new();
    bencher.bench_local(move || {
        table.matches_into(divan::black_box(&candidate), &mut hits);
        hits.len()
    });
}
