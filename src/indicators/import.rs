//! Text to indicators. The format is recognised by its content; a row that is wrong is reported with its place and never spoils the
//! others.

mod cert_graveyard;
mod clamav;
mod condition_text;
mod conditions;
mod cscb;
mod csv;
pub(super) mod decoding;
mod defender;
mod delimited;
pub(super) mod dn_text;
pub(super) mod document;
mod fact;
mod foreign_json;
pub(super) mod json;
mod json_lines;
mod json_value;
mod loldrivers;
mod misp;
pub(super) mod moment;
mod names;
mod reader;
pub(super) mod reading;
mod row;
mod sipolicy;
mod stix;
mod time_text;
#[cfg(feature = "yaml")]
mod yaml;
pub(super) mod yara;

use std::borrow::Cow;
use std::fmt;

use crate::indicators::indicator::Indicator;
pub use reader::IndicatorReader;
use reader::Rows;
use reading::{Fault, Place};

/// What a file of indicators held.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Import {
    /// The format that was recognised.
    pub format: Option<Format>,
    /// The indicators that could be read, in the file's order.
    pub indicators: Vec<Indicator>,
    /// The line on which each of [`indicators`](Self::indicators) begins, counted from 1.
    pub lines: Vec<u64>,
    /// What is wrong.
    pub errors: Vec<ImportError>,
    /// What is in order and is no indicator that can be matched here, with the reason: rules that deny an identity, allow lists.
    pub refused: Vec<ImportError>,
}

impl Import {
    fn of(format: Format) -> Self {
        Self { format: Some(format), ..Self::default() }
    }

    fn push(&mut self, line: u64, indicator: Indicator) {
        self.lines.push(line);
        self.indicators.push(indicator);
    }
}

/// A format of indicator files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// Our own CSV.
    Csv,
    /// Our own JSON lines.
    JsonLines,
    /// The Code Signing Certificate Blocklist of abuse.ch: its CSV, or its API's JSON.
    Cscb,
    /// `serial;reason`, one a line, as a fork of LOKI has it.
    SerialList,
    /// The CSV of CertGraveyard.
    CertGraveyard,
    /// LOLDrivers: YAML, JSON, or facts about its certificates.
    LolDrivers,
    /// An App Control (WDAC) policy, SiPolicy XML.
    SiPolicy,
    /// ClamAV's .crb.
    ClamAvCrb,
    /// MISP events, objects or attributes.
    Misp,
    /// A STIX 2.1 bundle.
    Stix,
    /// The indicator CSV of Microsoft Defender for Endpoint.
    DefenderCsv,
    /// YARA rules.
    Yara,
}

/// How a format that others publish is told by its content, and what reads it.
struct Reader {
    recognises: fn(&str) -> bool,
    read: fn(&str, &str) -> Import,
}

/// Tried in this order; a text that none knows is our own CSV or JSON lines.
const READERS: &[Reader] = &[
    Reader { recognises: foreign_json::recognises, read: foreign_json::read },
    Reader { recognises: sipolicy::recognises, read: sipolicy::read },
    Reader { recognises: cscb::recognises, read: cscb::read },
    Reader { recognises: cert_graveyard::recognises, read: cert_graveyard::read },
    Reader { recognises: defender::recognises, read: defender::read },
    Reader { recognises: clamav::recognises, read: clamav::read },
    Reader { recognises: cscb::recognises_list, read: cscb::read_list },
    Reader { recognises: loldrivers::recognises_yaml, read: loldrivers::read_yaml },
];

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

    /// For CSV the field, for JSON and YARA the character, counted from 1; `None` when the line as a whole is meant.
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

/// Reads indicators from text, in our own form or in one of those that others publish. What the file is called does not matter: the
/// content tells.
///
/// | format | what of it is read |
/// |---|---|
/// | our own CSV with a header row, JSON lines | all |
/// | YARA rules | which certificate signed, see below |
/// | abuse.ch CSCB: CSV, or the JSON of its API; `serial;reason` lists | hash or serial; its names are told, as they are damaged |
/// | CertGraveyard CSV | a certificate once, however many samples it signed: fingerprint, TBS hashes, serial with issuer |
/// | LOLDrivers: YAML (feature `yaml`), JSON, facts as JSON lines | TBS hashes, serial with a piece of the issuer's name, cautions |
/// | App Control (WDAC) policy, XML (feature `xml`) | denied signers; not files, allowed signers and well-known roots |
/// | ClamAV `.crb` | blocked certificates |
/// | MISP JSON | x509 and authenticode-signerinfo objects, x509-fingerprint attributes |
/// | STIX 2.1 JSON | indicators whose patterns are about certificates |
/// | Microsoft Defender indicator CSV | certificate thumbprints |
///
/// The columns are the keys, each optional: `id name serial sha1 sha256 tbs_sha256 organization common_name subject
/// subject_contains issuer role source reference severity family` and more; `docs/indicators.md` describes them all, and
/// `schema/indicator-1.json` a line of JSON. Every condition of a row must hold on one certificate: serials canonically, hashes as
/// hex, names exactly. `subject` and `issuer` are compared with each attribute's value and with the whole name in its RFC 4514 and
/// one-line forms. `conditions` holds, as JSON, what the other columns cannot say. `role` is a [`Role`](crate::Role)'s name,
/// several separated by blanks, or `any`; the default is whoever signed. A row without a condition is an error.
///
/// YARA rules are read when they test which certificate signed: by the fields of `pe.signatures`, or by octets of the certificate
/// anywhere in the file, which are then asked of one certificate in any role. What a rule asks beyond that is left out and told in
/// [`Metadata::notes`](crate::Metadata::notes); rules that name no certificate are in [`Import::refused`].
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
    IndicatorReader::new(file, bytes).finish()
}

/// What reads a text, and what it gives at once or row by row.
fn read_text<'a>(file: &'a str, text: Cow<'a, str>) -> Rows<'a> {
    if let Some(reader) = READERS.iter().find(|reader| (reader.recognises)(&text)) {
        return Rows::of((reader.read)(file, &text));
    }
    let fail = |problem| {
        let errors = vec![Fault::new(Place::line(1), problem).in_file(file)];
        Rows::of(Import { errors, ..Import::default() })
    };
    match text.bytes().find(|byte| !byte.is_ascii_whitespace()) {
        None => fail("the file is empty"),
        Some(b'[') => fail("a JSON array; JSON lines have one object a line, without brackets around all"),
        Some(b'{') if is_one_document(&text) => fail(
            "one JSON document over several lines, of no kind that is known here; JSON lines have one object a line",
        ),
        Some(b'{') => Rows::of(json_lines::read(file, text.as_bytes())),
        Some(_) => Rows::Csv(Box::new(csv::Rows::new(file, text))),
    }
}

/// Whether a text is one JSON value and begins with a line that is none.
fn is_one_document(text: &str) -> bool {
    let is_value = |text| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    text.trim().lines().next().is_some_and(|first| !is_value(first)) && is_value(text)
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
                &["f:3:15: serial: 'z' is no hex digit"],
            ),
            ("{\"serial\":1}", 0, &["f:1:12: serial: 1 is no text"]),
            ("{\"colour\":\"red\"}", 0, &["f:1:9: there is no key \"colour\"; the keys are id name serial"]),
            ("{\"serial\":\"01\"}\n{\"serial\"", 1, &["f:2:9: EOF while parsing an object"]),
            ("id,serial,serial\na,01,02\n", 0, &["f:1:3: the column \"serial\" is there twice"]),
            ("[{\"serial\":\"01\"}]", 0, &["f:1: a JSON array"]),
            ("{\n\"serial\": \"01\"\n}\n", 0, &["f:1: one JSON document over several lines"]),
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
