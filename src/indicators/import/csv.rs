//! Our own CSV: a header row names the columns.

use std::borrow::Cow;

use ::csv::{Position, ReaderBuilder, StringRecord};

use super::row::{KEYS, Row};
use super::{Import, ImportError, RowError};
use crate::bytes::to_u64;
use crate::indicators::indicator::Indicator;

pub(super) fn read(file: &str, bytes: &[u8]) -> Import {
    let mut reader = ReaderBuilder::new().comment(Some(b'#')).flexible(true).from_reader(bytes);
    let mut import = Import::default();
    let fail = |line, column, problem| ImportError { file: file.to_owned(), line, column, problem };
    let header = match reader.headers() {
        Ok(header) => header.clone(),
        Err(error) => {
            import.errors.push(fail(line_of(error.position()), None, error.to_string()));
            return import;
        }
    };
    let header_line = line_of(header.position());
    for (index, column) in header.iter().enumerate() {
        if !KEYS.contains(&column.trim()) {
            let problem = format!("there is no column {:?}; the columns are {}", column.trim(), KEYS.join(" "));
            import.errors.push(fail(header_line, Some(to_u64(index).saturating_add(1)), problem));
        }
    }
    for (index, column) in header.iter().enumerate() {
        if header.iter().take(index).any(|earlier| earlier.trim() == column.trim()) {
            let problem = format!("the column {:?} is there twice", column.trim());
            import.errors.push(fail(header_line, Some(to_u64(index).saturating_add(1)), problem));
        }
    }
    if !import.errors.is_empty() {
        return import;
    }
    for record in reader.records() {
        match record {
            Ok(record) => {
                let line = line_of(record.position());
                match read_record(&header, &record, || format!("{file}:{line}")) {
                    Ok(indicator) => import.indicators.push(indicator),
                    Err(error) => {
                        let column = error.key.and_then(|key| header.iter().position(|column| column.trim() == key));
                        let column = column.map(|index| to_u64(index).saturating_add(1));
                        import.errors.push(fail(line, column, error.problem));
                    }
                }
            }
            Err(error) => import.errors.push(fail(line_of(error.position()), None, error.to_string())),
        }
    }
    import
}

fn line_of(position: Option<&Position>) -> u64 {
    position.map_or(1, Position::line)
}

fn read_record(
    header: &StringRecord,
    record: &StringRecord,
    fallback_id: impl FnOnce() -> String,
) -> Result<Indicator, RowError> {
    if record.len() != header.len() {
        let problem = format!("{} fields where the header has {}", record.len(), header.len());
        return Err(RowError { key: None, problem });
    }
    let mut row = Row::default();
    for (column, value) in header.iter().zip(record) {
        if column.trim() == "attack" {
            row.attack = value.split_whitespace().map(|id| Cow::Owned(id.to_owned())).collect();
        } else {
            row.set(column.trim(), value);
        }
    }
    row.into_indicator(fallback_id)
}
