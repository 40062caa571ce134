//! Our own CSV: a header row names the columns.

use std::borrow::Cow;
use std::io::Cursor;

use ::csv::{Position, Reader, ReaderBuilder, StringRecord};

use super::row::{Row, Value};
use super::{ImportError, RowError};
use crate::bytes::to_u64;
use crate::indicators::column::Column;
use crate::indicators::formula::is_formula;
use crate::indicators::indicator::Indicator;

/// The rows of a file, each read when it is asked for.
pub(super) struct Rows<'a> {
    file: &'a str,
    reader: Reader<Cursor<Cow<'a, [u8]>>>,
    columns: Vec<Column>,
    record: StringRecord,
    pub(super) errors: Vec<ImportError>,
}

impl<'a> Rows<'a> {
    pub(super) fn new(file: &'a str, text: Cow<'a, str>) -> Self {
        let octets = match text {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        };
        let mut reader = ReaderBuilder::new().comment(Some(b'#')).flexible(true).from_reader(Cursor::new(octets));
        let columns = match reader.headers() {
            Ok(header) => columns(header).map_err(|(column, problem)| (line_of(header.position()), column, problem)),
            Err(error) => Err((line_of(error.position()), None, error.to_string())),
        };
        let mut rows = Self { file, reader, columns: Vec::new(), record: StringRecord::new(), errors: Vec::new() };
        match columns {
            Ok(columns) => rows.columns = columns,
            Err((line, column, problem)) => rows.fail(line, column, problem),
        }
        rows
    }

    fn fail(&mut self, line: u64, column: Option<u64>, problem: String) {
        self.errors.push(ImportError { file: self.file.to_owned(), line, column, problem });
    }

    /// The next row that is in order, and its line; what is wrong with those before it is kept.
    pub(super) fn next(&mut self) -> Option<(u64, Indicator)> {
        // Without a header nobody knows what the cells are.
        while !self.columns.is_empty() {
            match self.reader.read_record(&mut self.record) {
                Ok(false) => return None,
                Ok(true) => {}
                Err(error) => {
                    self.fail(line_of(error.position()), None, error.to_string());
                    continue;
                }
            }
            let line = line_of(self.record.position());
            match read_record(&self.columns, &self.record, || format!("{}:{line}", self.file)) {
                Ok(indicator) => return Some((line, indicator)),
                Err(error) => {
                    let column = self.columns.iter().position(|column| Some(column.name()) == error.key);
                    let column = column.map(|index| to_u64(index).saturating_add(1));
                    self.fail(line, column, error.problem);
                }
            }
        }
        None
    }
}

fn line_of(position: Option<&Position>) -> u64 {
    position.map_or(1, Position::line)
}

fn columns(header: &StringRecord) -> Result<Vec<Column>, (Option<u64>, String)> {
    let mut columns = Vec::new();
    for (number, name) in (1..).zip(header) {
        let name = name.trim();
        let column = Column::named(name).ok_or_else(|| {
            let names: Vec<&str> = Column::ALL.iter().map(|column| column.name()).collect();
            (Some(number), format!("there is no column {name:?}; the columns are {}", names.join(" ")))
        })?;
        if columns.contains(&column) {
            return Err((Some(number), format!("the column {name:?} is there twice")));
        }
        columns.push(column);
    }
    Ok(columns)
}

fn read_record(
    columns: &[Column],
    record: &StringRecord,
    fallback_id: impl FnOnce() -> String,
) -> Result<Indicator, RowError> {
    if record.len() != columns.len() {
        let problem = format!("{} fields where the header has {}", record.len(), columns.len());
        return Err(RowError { key: None, problem });
    }
    let mut row = Row::default();
    for (column, cell) in columns.iter().zip(record) {
        row.set(*column, Value::Cell(without_guard(cell))).map_err(|problem| {
            let key = column.name();
            RowError { key: Some(key), problem: format!("{key}: {problem}") }
        })?;
    }
    row.finish(fallback_id)
}

/// A cell without the apostrophe that keeps spreadsheets from taking it for a formula.
fn without_guard(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(guarded) if is_formula(guarded) => guarded,
        _ => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicators::indicator::Condition;
    use crate::indicators::role::Roles;

    fn read(text: &str) -> (Vec<Indicator>, Vec<ImportError>) {
        let mut rows = Rows::new("f", text.into());
        let indicators = std::iter::from_fn(|| rows.next()).map(|(_, indicator)| indicator).collect();
        (indicators, rows.errors)
    }

    fn told(text: &str) -> Vec<String> {
        read(text).1.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_wrong_is_told_with_its_field() {
        let cases = [
            (
                "id,conditions\na,\"[[{\"\"field\"\":\"\"serial\"\"}]]\"\n",
                "f:2:2: conditions: 1.1: serial: a condition without a value",
            ),
            ("id,conditions\na,\"[[\"\n", "f:2:2: conditions: no JSON: EOF while parsing a list at line 1 column 2"),
            (
                "conditions,serial\n\"[[{\"\"field\"\":\"\"serial\"\",\"\"value\"\":\"\"01\"\"}]]\",01\n",
                "f:2:1: a row has either",
            ),
            ("serial,notes\n01,\"{}\"\n", "f:2:2: notes: an object is no array"),
            ("serial,attack\n01,\"[1]\"\n", "f:2:2: attack: 1 is no text"),
            ("serial,valid_to\n01,soon\n", "f:2:2: valid_to: \"soon\" is no time"),
            ("extended_key_usage\n1.2.x\n", "f:2:1: extended_key_usage: no object identifier"),
            ("tbs_sha1\n00\n", "f:2:1: tbs_sha1: 2 hex digits where 40 belong"),
        ];
        for (text, expected) in cases {
            let told = told(text);
            assert!(told.len() == 1 && told[0].starts_with(expected), "{text}: {told:?}");
        }
    }

    #[test]
    fn cells_are_what_they_were_before_they_were_guarded() {
        let text =
            "id,serial,role,attack,organization\n'=a,'-4a0c,none,T1 T2,'quoted'\n''=b,01,any,\"[\"\"T 1\"\"]\",'\n";
        let (indicators, errors) = read(text);
        assert_eq!(errors, []);
        let [a, b] = indicators.as_slice() else { panic!("{indicators:?}") };
        assert_eq!((&*a.metadata.id, a.scope, a.metadata.attack.len()), ("=a", Roles::NONE, 2));
        assert_eq!((&*b.metadata.id, b.scope, &*b.metadata.attack), ("'=b", Roles::ANY, &["T 1".into()][..]));
        let names = [a, b].map(|indicator| match indicator.alternatives[0].as_slice() {
            [Condition::Serial(serial), Condition::Subject(test)] => (serial.to_string(), test.value.to_string()),
            other => panic!("{other:?}"),
        });
        let expected = [("b5f4", "'quoted'"), ("01", "'")].map(|(serial, name)| (serial.to_owned(), name.to_owned()));
        assert_eq!(names, expected);
    }
}
