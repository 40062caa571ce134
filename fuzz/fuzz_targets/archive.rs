//! Archives: every member within the limits has one report, its path told from the outside in, and unpacking ends.
#![no_main]

use std::ops::ControlFlow;

use certsift::{ArchiveLimits, IndicatorTable, ScanOptions, Status, scan_stream};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut limits = ArchiveLimits::default();
    (limits.max_members, limits.max_member_bytes, limits.max_total_bytes) = (64, 1 << 20, 4 << 20);
    let mut options = ScanOptions::default();
    options.archives = Some(limits);
    let (mut members, mut octets) = (0, 0);
    scan_stream("".as_ref(), bytes, &options, &IndicatorTable::empty(), |report| {
        if let Some(path) = &report.input.member {
            assert!(!path.is_empty() && path.len() <= limits.max_depth);
            members += 1;
            octets += report.input.size.unwrap_or_default();
        }
        assert!(report.error.as_ref().is_none_or(|error| error.code != "panic") || report.status == Status::Error);
        ControlFlow::Continue(())
    });
    assert!(members <= limits.max_members && octets <= limits.max_total_bytes);
});
