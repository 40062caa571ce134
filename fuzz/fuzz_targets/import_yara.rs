//! Any text as YARA rules: what can be read makes a table and comes back from its own export, what cannot has its place.
#![no_main]

use certsift::{ExportFormat, IndicatorTable, export_indicators, import_indicators};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // So that it is taken for YARA, whatever it is.
    let source = [b"import \"pe\"\n", bytes].concat();
    let import = import_indicators("input", &source);
    for error in import.errors.iter().chain(&import.refused) {
        assert!(error.line() > 0 && error.column() != Some(0), "{error}");
    }
    assert_eq!(import.lines.len(), import.indicators.len());
    let export = export_indicators(ExportFormat::Yara, &import.indicators);
    let skipped = export.losses.iter().filter(|loss| loss.kind == certsift::LossKind::Skipped).count();
    let again = import_indicators("export", export.text.as_bytes());
    assert!(again.errors.is_empty() && again.refused.is_empty(), "{:?} {:?}", again.errors, again.refused);
    assert_eq!(again.indicators.len() + skipped, import.indicators.len());
    let count = import.indicators.len();
    let table = IndicatorTable::new(import.indicators).expect("an imported indicator has conditions");
    assert_eq!(table.len(), count);
});
