//! Our own JSON lines: one object a line, its keys the columns of our CSV.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::row::{KEYS, Row};
use super::{Import, ImportError, RowError};
use crate::bytes::to_u64;
use crate::indicators::indicator::Indicator;

pub(super) fn read(file: &str, bytes: &[u8]) -> Import {
    let mut import = Import::default();
    for (index, line) in bytes.split(|&byte| byte == b'\n').enumerate() {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let number = to_u64(index).saturating_add(1);
        let fail = |column, problem| ImportError { file: file.to_owned(), line: number, column, problem };
        match serde_json::from_slice::<Map<String, Value>>(line) {
            Ok(object) => match read_object(&object, || format!("{file}:{number}")) {
                Ok(indicator) => import.indicators.push(indicator),
                Err(error) => import.errors.push(fail(None, error.problem)),
            },
            Err(error) => {
                let column = u64::try_from(error.column()).ok().filter(|&column| column > 0);
                let text = error.to_string();
                // The place is told by the error itself, in the file's lines and not this line's.
                let problem = text.split(" at line ").next().unwrap_or_default().to_owned();
                import.errors.push(fail(column, problem));
            }
        }
    }
    import
}

fn read_object(object: &Map<String, Value>, fallback_id: impl FnOnce() -> String) -> Result<Indicator, RowError> {
    let fail = |problem: String| RowError { key: None, problem };
    let mut row = Row::default();
    for (key, value) in object {
        match (key.as_str(), value) {
            (_, Value::Null) if KEYS.contains(&key.as_str()) => {}
            ("attack", Value::Array(ids)) => {
                for id in ids {
                    let id = id.as_str().ok_or_else(|| fail(format!("attack: {id} is no text")))?;
                    row.attack.push(Cow::Owned(id.to_owned()));
                }
            }
            ("attack", other) => return Err(fail(format!("attack: {other} is no array"))),
            (name, Value::String(text)) => {
                row.set(name, text)
                    .ok_or_else(|| fail(format!("there is no key {name:?}; the keys are {}", KEYS.join(" "))))?;
            }
            (name, other) if KEYS.contains(&name) => return Err(fail(format!("{name}: {other} is no text"))),
            (name, _) => return Err(fail(format!("there is no key {name:?}; the keys are {}", KEYS.join(" ")))),
        }
    }
    row.into_indicator(fallback_id)
}
