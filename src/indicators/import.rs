//! Text to indicators. The format is recognised by its content; a row that is wrong is reported with its place and never spoils the
//! others.

mod csv;
mod json_lines;
mod row;

use std::fmt;

use crate::bytes::to_u64;
use crate::indicators::indicator::Indicator;

/// What a file of indicators held.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Import {
    /// The indicators that could be read, in the file's order.
    pub indicators: Vec<Indicator>,
    /// What could not.
    pub errors: Vec<ImportError>,
}

/// What is wrong in a file of indicators, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportError {
    file: String,
    line: u64,
    column: Option<u64>,
    problem: String,
}

impl ImportError {
    /// The file's name, as it was given.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The line, counted from 1.
    #[must_use]
    pub const fn line(&self) -> u64 {
        self.line
    }

    /// For CSV the field, for JSON the character, counted from 1; `None` when the line as a whole is meant.
    #[must_use]
    pub const fn column(&self) -> Option<u64> {
        self.column
    }
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:", self.file, self.line)?;
        if let Some(column) = self.column {
            write!(f, "{column}:")?;
        }
        write!(f, " {}", self.problem)
    }
}

impl std::error::Error for ImportError {}

/// Something wrong in one row.
#[derive(Debug, Clone, PartialEq, Eq)]
struct RowError {
    /// Column name of our own formats; `None` when the row as a whole is meant.
    key: Option<&'static str>,
    problem: String,
}

/// Reads indicators from text: our own CSV with a header row, or JSON lines.
///
/// The CSV columns and JSON keys are `id name serial organization common_name subject issuer sha1 sha256 tbs_sha256 role source
/// reference severity category family date attack`, in any order, each optional. Every condition of a row must hold on one
/// certificate: serials canonically, hashes as hex, names exactly. `subject` and `issuer` are compared with each attribute's value
/// and with the whole name in its RFC 4514 and one-line forms. `role` is a [`Role`](crate::Role)'s name, several separated by
/// blanks, or `any`; the default is whoever signed. `attack` holds technique ids separated by blanks in CSV, an array in JSON.
/// A row without a condition is an error.
///
/// `file` is only used to name the file in errors.
///
/// ```
/// use certsift::import_indicators;
///
/// let text = "id,serial,organization\nexample,00:C0:FF:EE:01:02:03:04:05,Example Trading LLC\nbad,xyz,\n";
/// let import = import_indicators("list.csv", text.as_bytes());
/// assert_eq!(import.indicators.len(), 1);
/// assert_eq!(import.errors[0].to_string(), "list.csv:3:2: serial: 'x' is no hex digit");
/// ```
#[must_use]
pub fn import_indicators(file: &str, bytes: &[u8]) -> Import {
    const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    let fail = |line, problem: &str| {
        let error = ImportError { file: file.to_owned(), line, column: None, problem: problem.to_owned() };
        Import { indicators: Vec::new(), errors: vec![error] }
    };
    if let Err(error) = std::str::from_utf8(bytes) {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = before.split(|&byte| byte == b'\n').count();
        return fail(to_u64(line), "not UTF-8 text");
    }
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    match first {
        None => fail(1, "the file is empty"),
        Some(b'[') => fail(1, "a JSON array; JSON lines have one object a line, without brackets around all"),
        Some(b'{') => json_lines::read(file, bytes),
        Some(_) => csv::read(file, bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_row_is_told_by_its_place_and_spoils_no_other() {
        let cases: &[(&str, usize, &[&str])] = &[
            ("\u{feff}serial\r\n00:B5:F3:00:00:00:00:00:01\r\n", 1, &[]),
            ("# a comment\nid,serial\n\"a, \"\"b\"\"\",01\n", 1, &[]),
            ("id,serial\na,01\nb\nc,02\n", 2, &["f:3: 1 fields where the header has 2"]),
            ("id,serial\na,\n", 0, &["f:2: a row without a condition would match everything"]),
            ("sha1\n00:11\n", 0, &["f:2:1: sha1: 4 hex digits where 40 belong"]),
            ("serial,role\n01,boss\n", 0, &["f:2:2: role: there is no role \"boss\""]),
            ("serial,colour\n01,red\n", 0, &["f:1:2: there is no column \"colour\"; the columns are id name serial"]),
            (
                "{\"serial\":\"01\"}\n\n{\"serial\":\"zz\"}\n{\"serial\":\"02\"}",
                2,
                &["f:3: serial: 'z' is no hex digit"],
            ),
            ("{\"serial\":1}", 0, &["f:1: serial: 1 is no text"]),
            ("{\"colour\":\"red\"}", 0, &["f:1: there is no key \"colour\"; the keys are id name serial"]),
            ("{\"serial\":\"01\"}\n{\"serial\"", 1, &["f:2:9: EOF while parsing an object"]),
            ("id,serial,serial\na,01,02\n", 0, &["f:1:3: the column \"serial\" is there twice"]),
            ("[{\"serial\":\"01\"}]", 0, &["f:1: a JSON array"]),
            ("", 0, &["f:1: the file is empty"]),
        ];
        for (text, indicators, errors) in cases {
            let import = import_indicators("f", text.as_bytes());
            assert_eq!(import.indicators.len(), *indicators, "{text}");
            let told: Vec<String> = import.errors.iter().map(ToString::to_string).collect();
            let as_expected =
                told.len() == errors.len() && told.iter().zip(*errors).all(|(told, error)| told.starts_with(error));
            assert!(as_expected, "{text}: {told:?}");
        }
    }

    #[test]
    fn places_count_from_one() {
        for text in ["{", "{\n", "{\"\n{", "{\n\n\r{"] {
            let import = import_indicators("f", text.as_bytes());
            assert!(!import.errors.is_empty(), "{text:?}");
            assert!(import.errors.iter().all(|error| error.line() > 0 && error.column() != Some(0)), "{text:?}");
        }
    }
}
