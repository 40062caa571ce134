//! Our own JSON lines: one object a line, its keys the columns of our CSV.

use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, Visitor};

use super::json_value::{Json, Keys};
use super::row::{Row, Value};
use super::{Format, Import, ImportError, RowError};
use crate::bytes::to_u64;
use crate::indicators::column::Column;
use crate::indicators::indicator::Indicator;

pub(super) fn read(file: &str, bytes: &[u8]) -> Import {
    let mut import = Import::of(Format::JsonLines);
    for (index, line) in bytes.split(|&byte| byte == b'\n').enumerate() {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let number = to_u64(index).saturating_add(1);
        match read_object(line, || format!("{file}:{number}")) {
            Ok(indicator) => import.push(number, indicator),
            Err((column, problem)) => {
                import.errors.push(ImportError { file: file.to_owned(), line: number, column, problem });
            }
        }
    }
    import
}

/// The indicator of an object; in an error the character at which reading ended, where there is one.
fn read_object(line: &[u8], fallback_id: impl FnOnce() -> String) -> Result<Indicator, (Option<u64>, String)> {
    let mut deserializer = serde_json::Deserializer::from_slice(line);
    let row = RowSeed.deserialize(&mut deserializer).and_then(|row| deserializer.end().map(|()| row));
    let row = row.map_err(|error| (character(line, error.column()), without_place(&error)))?;
    row.finish(fallback_id).map_err(|RowError { problem, .. }| (None, problem))
}

/// The place is told by the import's own error, in the file's lines and not this line's.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.as_str(), |(problem, _)| problem).to_owned()
}

/// The number of the character that ends at this octet, both counted from 1.
fn character(line: &[u8], octets: usize) -> Option<u64> {
    let before = line.get(..octets)?;
    let characters = String::from_utf8_lossy(before).chars().count();
    u64::try_from(characters).ok().filter(|&number| number > 0)
}

struct RowSeed;

impl<'de> DeserializeSeed<'de> for RowSeed {
    type Value = Row;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Row, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for RowSeed {
    type Value = Row;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Row, A::Error> {
        let mut row = Row::default();
        let mut keys = Keys::default();
        while let Some(key) = members.next_key::<String>()? {
            let column = Column::named(&key).ok_or_else(|| {
                let names: Vec<&str> = Column::ALL.iter().map(|column| column.name()).collect();
                de::Error::custom(format!("there is no key {key:?}; the keys are {}", names.join(" ")))
            })?;
            keys.note(&key).map_err(de::Error::custom)?;
            let value: Json = members.next_value()?;
            row.set(column, Value::Json(&value)).map_err(|problem| de::Error::custom(format!("{key}: {problem}")))?;
        }
        Ok(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let cases = [
            (r#"{"serial":"01","serial":"02"}"#, Some(23), "the key \"serial\" is there twice"),
            (
                r#"{"conditions":[[{"field":"serial","value":"01","value":"02"}]]}"#,
                Some(54),
                "the key \"value\" is there twice",
            ),
            (r#"{"serial":"01","notes":[{"cause":"odd"}]}"#, None, "notes: there is no cause \"odd\", but no-00-pad"),
            (r#"{"serial":"01","notes":[{"detail":"x"}]}"#, None, "notes: a note without a cause"),
            (
                r#"{"serial":"01","conditions":[[{"field":"serial","value":"02"}]]}"#,
                None,
                "a row has either conditions or columns such as serial",
            ),
            (r#"{"conditions":[]}"#, None, "conditions: no alternative"),
            (r#"{"conditions":[[]]}"#, None, "conditions: 1: an alternative without a condition"),
            (
                r#"{"conditions":[[{"field":"serial","value":"01"},{"field":"colour","value":"red"}]]}"#,
                None,
                "conditions: 1.2: there is no field \"colour\"",
            ),
            (
                r#"{"conditions":[[{"field":"subject","value":""}]]}"#,
                None,
                "conditions: 1.1: subject: a condition without a value",
            ),
            (
                r#"{"conditions":[[{"field":"subject","compare":"regex","value":"x"}]]}"#,
                None,
                "conditions: 1.1: subject: there is no comparison \"regex\", but exact contains prefix suffix",
            ),
            (
                r#"{"conditions":[[{"field":"subject","attribute":"dc","value":"x"}]]}"#,
                None,
                "conditions: 1.1: subject: there is no attribute \"dc\", but any whole",
            ),
            (
                r#"{"conditions":[[{"field":"serial","ignore_case":true,"value":"01"}]]}"#,
                None,
                "conditions: 1.1: serial: only names have",
            ),
            (
                r#"{"conditions":[[{"field":"not_after","value":"2020-01-01"}]]}"#,
                None,
                "conditions: 1.1: not_after: a time without a comparison",
            ),
            (
                r#"{"conditions":[[{"field":"sha1","value":"00"}]]}"#,
                None,
                "conditions: 1.1: sha1: 2 hex digits where 40 belong",
            ),
            (
                r#"{"conditions":[[{"field":"rsa_modulus","value":"00"}]]}"#,
                None,
                "conditions: 1.1: rsa_modulus: a modulus of zero",
            ),
            (r#"{"serial":"01","attack":"T1553.002"}"#, None, "attack: \"T1553.002\" is no array"),
            (r#"{"serial":"01","valid_to":"soon"}"#, None, "valid_to: \"soon\" is no time"),
            ("{\"name\":\"é\",\"serial\":\"é\"}", Some(25), "serial: 'é' is no hex digit"),
            ("5", Some(1), "invalid type: integer `5`, expected an object"),
            (r#"{"serial":"01"} x"#, Some(17), "trailing characters"),
        ];
        for (text, column, problem) in cases {
            let (found, told) = read_object(text.as_bytes(), String::new).unwrap_err();
            assert!(told.starts_with(problem), "{text}: {told}");
            assert!(column.is_none() || found == column, "{text}: {found:?}");
        }
    }
}
