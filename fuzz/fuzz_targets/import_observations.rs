//! Any bytes as a document that describes signed files: what can be read can be matched, what cannot has its place.
#![no_main]

use std::sync::LazyLock;

use certsift::{IndicatorTable, read_observations};
use libfuzzer_sys::fuzz_target;

static TABLE: LazyLock<IndicatorTable> = LazyLock::new(IndicatorTable::builtin);

fuzz_target!(|bytes: &[u8]| {
    let observations = read_observations("input", bytes);
    for error in &observations.errors {
        assert!(error.line() > 0 && error.column() != Some(0), "{error}");
    }
    for observation in &observations.list {
        assert!(observation.line > 0);
        for certificate in &observation.certificates {
            let candidate = certificate.candidate();
            assert_eq!(candidate.role(), certificate.role());
            let _ = (TABLE.all_matches(&candidate), certificate.facts());
        }
    }
});
