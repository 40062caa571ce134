//! What is carved out of a file, where that is asked for.

use super::ScanOptions;
use crate::container::source::ReadAt;
use crate::file::SignedFile;
use crate::indicators::table::IndicatorTable;
use crate::report::Report;
#[cfg(feature = "carve")]
use crate::report::Status;

/// The report with what is carved out of the file, where that is asked for; an error where the file cannot be read to its end.
#[cfg(feature = "carve")]
pub(super) fn add_carved(
    mut report: Report,
    file: Option<&SignedFile<'_>>,
    source: &(impl ReadAt + ?Sized),
    options: &ScanOptions,
    table: &IndicatorTable,
) -> Report {
    // What cannot be read holds nothing.
    let limits = options.carve.filter(|_| report.status != Status::Error);
    let added = limits.map(|limits| report.add_carved(file, source, limits, table));
    match added.transpose() {
        Ok(_) => report,
        Err(error) => Report::from_error(report.input, &error.into()),
    }
}

/// The report; this build does not carve.
#[cfg(not(feature = "carve"))]
pub(super) fn add_carved(
    report: Report,
    _: Option<&SignedFile<'_>>,
    _: &(impl ReadAt + ?Sized),
    _: &ScanOptions,
    _: &IndicatorTable,
) -> Report {
    report
}
