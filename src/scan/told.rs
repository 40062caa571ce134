//! What a scan tells of one path: a report, and where it is an archive and they are asked for, those of its members.

use std::io::Read;
use std::ops::ControlFlow;
use std::path::Path;

use super::{ScanOptions, read_stream, report_bytes};
#[cfg(not(feature = "archives"))]
use crate::container::source::ReadAt;
use crate::indicators::table::IndicatorTable;
use crate::report::{Input, Report};

#[cfg(feature = "archives")]
pub(super) use super::archives::told;

/// What is made of the reports.
pub(super) struct Told<T> {
    pub(super) own: T,
    pub(super) members: Vec<T>,
}

impl<T> Told<T> {
    pub(super) const fn alone(own: T) -> Self {
        Self { own, members: Vec::new() }
    }

    pub(super) fn give(self, sink: &mut impl FnMut(T) -> ControlFlow<()>) -> ControlFlow<()> {
        sink(self.own)?;
        self.members.into_iter().try_for_each(sink)
    }
}

/// The report alone; this build does not look into archives.
#[cfg(not(feature = "archives"))]
pub(super) fn told<T>(
    own: Report,
    _: &(impl ReadAt + ?Sized),
    _: &ScanOptions,
    _: &IndicatorTable,
    render: &impl Fn(Report) -> T,
) -> Told<T> {
    Told::alone(render(own))
}

/// What is told of a file that must be held in memory.
pub(super) fn told_of_stream<T>(
    path: &Path,
    stream: impl Read,
    options: &ScanOptions,
    table: &IndicatorTable,
    render: &impl Fn(Report) -> T,
) -> Told<T> {
    let input = Input::from_path(path);
    match read_stream(stream, options) {
        Ok(bytes) => told(report_bytes(input, &bytes, options, table), bytes.as_slice(), options, table, render),
        Err(error) => Told::alone(render(Report::from_error(input, &error.into()))),
    }
}

/// Scans what is read from a stream to its end, as [`scan`](super::scan) does a file: with the reports of its members where it is an archive
/// and they are asked for. `path` is what the reports call it.
pub fn scan_stream(
    path: &Path,
    stream: impl Read,
    options: &ScanOptions,
    table: &IndicatorTable,
    mut sink: impl FnMut(Report) -> ControlFlow<()>,
) {
    // A sink that breaks wants no more; there is no more.
    let _ = told_of_stream(path, stream, options, table, &|report| report).give(&mut sink);
}
