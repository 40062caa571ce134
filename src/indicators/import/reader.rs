//! [`IndicatorReader`]: a file of indicators, one after the other.

use std::fmt;
use std::vec::IntoIter;

use super::decoding::decode;
use super::{Format, Import, ImportError, csv, read_text, yara};
use crate::indicators::indicator::Indicator;

/// The indicators of a file, as [`import_indicators`](crate::import_indicators) reads them, one after the other.
///
/// Of our own CSV each row is read when it is asked for, so that a table of a million rows is built without ever holding them all as
/// [`Indicator`]s; other formats are read whole at the start.
///
/// ```
/// use certsift::{IndicatorReader, IndicatorTable};
///
/// let text = "id,serial,organization\nexample,00:C0:FF:EE:01:02:03:04:05,Example Trading LLC\nbad,xyz,\n";
/// let mut reader = IndicatorReader::new("list.csv", text.as_bytes());
/// let table = IndicatorTable::new(&mut reader)?;
/// assert_eq!(table.len(), 1);
/// assert_eq!(reader.finish().errors[0].to_string(), "list.csv:3:2: serial: 'x' is no hex digit");
/// # Ok::<(), certsift::TableError>(())
/// ```
pub struct IndicatorReader<'a> {
    rows: Rows<'a>,
    /// What is wrong with the text that the rows are read from.
    faults: Vec<ImportError>,
}

/// What of a file has not been given away yet.
pub(super) enum Rows<'a> {
    Csv(Box<csv::Rows<'a>>),
    /// Read at once; the import holds what is told of it.
    Read(IntoIter<(u64, Indicator)>, Import),
}

impl Rows<'_> {
    pub(super) fn of(mut import: Import) -> Self {
        let lines = std::mem::take(&mut import.lines);
        let indicators = std::mem::take(&mut import.indicators);
        Self::Read(lines.into_iter().zip(indicators).collect::<Vec<_>>().into_iter(), import)
    }

    fn next(&mut self) -> Option<(u64, Indicator)> {
        match self {
            Self::Csv(rows) => rows.next(),
            Self::Read(rows, _) => rows.next(),
        }
    }
}

impl<'a> IndicatorReader<'a> {
    /// Begins to read. `file` is only used to name the file in errors.
    #[must_use]
    pub fn new(file: &'a str, bytes: &'a [u8]) -> Self {
        // Rules may hold any octets in their texts.
        let bare = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        if yara::recognises(bare) {
            return Self { rows: Rows::of(yara::read(file, bare)), faults: Vec::new() };
        }
        match decode(bytes) {
            Ok((text, faults)) => {
                let faults = faults.into_iter().map(|fault| fault.in_file(file)).collect();
                Self { rows: read_text(file, text), faults }
            }
            Err(fault) => Self { rows: Rows::of(Import::default()), faults: vec![fault.in_file(file)] },
        }
    }

    /// What is told of the file, and the indicators that were not taken.
    #[must_use]
    pub fn finish(mut self) -> Import {
        let mut left = Import::default();
        while let Some((line, indicator)) = self.rows.next() {
            left.push(line, indicator);
        }
        let mut import = match self.rows {
            Rows::Csv(rows) => Import { errors: rows.errors, ..Import::of(Format::Csv) },
            Rows::Read(_, import) => import,
        };
        (import.lines, import.indicators) = (left.lines, left.indicators);
        if !self.faults.is_empty() {
            import.errors.append(&mut self.faults);
            import.errors.sort_by_key(|error| (error.line, error.column));
        }
        import
    }
}

impl Iterator for IndicatorReader<'_> {
    type Item = Indicator;

    fn next(&mut self) -> Option<Indicator> {
        self.rows.next().map(|(_, indicator)| indicator)
    }
}

impl fmt::Debug for IndicatorReader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IndicatorReader").finish_non_exhaustive()
    }
}
