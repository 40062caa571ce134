//! Any bytes as a file of indicators, of whatever format: what can be read makes a table, what cannot has its place.
#![no_main]

use certsift::{IndicatorTable, import_indicators};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let import = import_indicators("input", bytes);
    for error in import.errors.iter().chain(&import.refused) {
        assert!(error.line() > 0 && error.column() != Some(0), "{error}");
    }
    assert_eq!(import.lines.len(), import.indicators.len());
    assert!(import.lines.iter().all(|&line| line > 0));
    let count = import.indicators.len();
    let table = IndicatorTable::new(import.indicators).expect("an imported indicator has conditions");
    assert_eq!(table.len(), count);
});
