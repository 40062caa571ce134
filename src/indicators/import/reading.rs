//! [`Reading`]: an import in the making, and [`Place`]: where in its file something is.

use super::{Format, Import, ImportError};
use crate::indicators::indicator::Indicator;

/// A place in a file of text, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) line: u64,
    /// The character, or in delimited text the field; `None` when the line as a whole is meant.
    pub(crate) column: Option<u64>,
}

impl Place {
    pub(crate) const fn line(line: u64) -> Self {
        Self { line, column: None }
    }

    pub(crate) const fn at(line: u64, column: u64) -> Self {
        Self { line, column: Some(column) }
    }
}

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) place: Place,
    pub(crate) problem: String,
}

impl Fault {
    pub(crate) fn new(place: Place, problem: impl Into<String>) -> Self {
        Self { place, problem: problem.into() }
    }

    pub(crate) fn in_file(self, file: &str) -> ImportError {
        let Self { place: Place { line, column }, problem } = self;
        ImportError { file: file.to_owned(), line, column, problem }
    }
}

/// An import in the making: every reader of a format puts what it finds here.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    file: &'a str,
    import: Import,
}

impl<'a> Reading<'a> {
    pub(super) fn new(file: &'a str, format: Format) -> Self {
        Self { file, import: Import::of(format) }
    }

    pub(super) fn take(&mut self, line: u64, indicator: Indicator) {
        self.import.push(line, indicator);
    }

    /// Something malformed.
    pub(super) fn fail(&mut self, place: Place, problem: impl Into<String>) {
        self.import.errors.push(Fault::new(place, problem).in_file(self.file));
    }

    /// Something in order that is no indicator here.
    pub(super) fn refuse(&mut self, place: Place, reason: impl Into<String>) {
        self.import.refused.push(Fault::new(place, reason).in_file(self.file));
    }

    /// What could be read; what is wrong with the rest is kept.
    pub(super) fn survive<T>(&mut self, read: Result<T, Fault>) -> Option<T> {
        read.map_err(|fault| self.fail_all(vec![fault])).ok()
    }

    pub(super) fn fail_all(&mut self, faults: Vec<Fault>) {
        self.import.errors.extend(faults.into_iter().map(|fault| fault.in_file(self.file)));
    }

    /// The indicator taken last under this position, to be added to.
    pub(super) fn taken(&mut self, position: usize) -> Option<&mut Indicator> {
        self.import.indicators.get_mut(position)
    }

    /// How many indicators were taken.
    pub(super) fn count(&self) -> usize {
        self.import.indicators.len()
    }

    /// The import, its errors and refusals in the file's order.
    pub(super) fn done(self) -> Import {
        let mut import = self.import;
        import.errors.sort_by_key(|error| (error.line, error.column));
        import.refused.sort_by_key(|refused| (refused.line, refused.column));
        import
    }
}
