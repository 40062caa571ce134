//! The Code Signing Certificate Blocklist of abuse.ch MalwareBazaar: its CSV, its API's JSON, and the `serial;reason` list that a fork
//! of LOKI keeps.

use super::delimited::{Records, first_rows};
use super::document::Node;
use super::fact::{
    ABUSED, CODE_SIGNING, exact, hash, looks_cut, note, owned, read_hash, read_serial, serial_alternative,
};
use super::moment::read_time;
use super::reading::{Fault, Place, Reading};
use super::{Format, Import};
use crate::bytes::to_u64;
use crate::indicators::cause::Cause;
use crate::indicators::hash_value::HashOf;
use crate::indicators::indicator::{Condition, Indicator, Metadata, NameField, Severity};
use crate::indicators::role::Roles;

/// The columns of the feed.
const COLUMNS: [&str; 9] = [
    "time_stamp_utc",
    "serial_number",
    "thumbprint",
    "thumbprint_algorithm",
    "subject_cn",
    "issuer_cn",
    "valid_from",
    "valid_to",
    "Reason",
];
const SOURCE: &str = "abuse.ch CSCB";
const REFERENCE: &str = "https://bazaar.abuse.ch/";

/// The header may be a comment, as the feed has it.
pub(super) fn recognises(text: &str) -> bool {
    header(text).is_some()
}

/// The columns, and the line they are on.
fn header(text: &str) -> Option<(usize, Vec<String>)> {
    /// Eight lines of comments precede it.
    const FIRST_LINES: usize = 64;
    text.lines().take(FIRST_LINES).enumerate().find_map(|(index, line)| {
        let line = line.trim_start_matches(['#', ' ']);
        let columns = Records::of_lines(line, ',').next()?.ok()?.fields;
        let has = |name: &str| columns.iter().any(|column| column.trim() == name);
        (has("serial_number") && has("thumbprint") && has("subject_cn")).then_some((index, columns))
    })
}

pub(super) fn read(file: &str, text: &str) -> Import {
    let mut reading = Reading::new(file, Format::Cscb);
    let Some((header_index, columns)) = header(text) else { return reading.done() };
    let columns: Vec<Option<usize>> = COLUMNS
        .iter()
        .map(|name| columns.iter().position(|column| column.trim() == *name))
        .chain([Some(columns.len())])
        .collect();
    let count = columns.last().copied().flatten().unwrap_or_default();
    let source = updated(text).map_or_else(|| SOURCE.to_owned(), |day| format!("{SOURCE} {day}"));
    let mut rows = 0_u64;
    for record in Records::of_lines(text, ',') {
        rows = rows.saturating_add(1);
        let record = match record {
            Ok(record) if record.line == to_u64(header_index).saturating_add(1) => {
                rows = rows.saturating_sub(1);
                continue;
            }
            Ok(record) => record,
            Err(fault) => {
                reading.fail_all(vec![fault]);
                continue;
            }
        };
        if record.fields.len() != count {
            let problem = format!("{} fields where the header has {count}", record.fields.len());
            reading.fail(Place::line(record.line), problem);
            continue;
        }
        let value = |index: usize| {
            let column = columns.get(index).copied().flatten()?;
            Some(Value {
                text: record.fields.get(column)?,
                place: Place::at(record.line, to_u64(column).saturating_add(1)),
            })
        };
        let entry = Entry {
            line: record.line,
            time: value(0),
            serial: value(1),
            thumbprint: value(2),
            algorithm: value(3),
            subject: value(4),
            issuer: value(5),
            valid_from: value(6),
            valid_to: value(7),
            reason: value(8),
        };
        entry.take_into(&mut reading, &source);
    }
    if let Some((line, stated)) = stated_count(text).filter(|(_, stated)| *stated != rows) {
        reading.fail(Place::line(line), format!("the feed states {stated} entries, and {rows} are here"));
    }
    reading.done()
}

/// The line of `# Number of entries: 304`, and the number.
fn stated_count(text: &str) -> Option<(u64, u64)> {
    let comments = (1..).zip(text.lines()).filter(|(_, line)| line.starts_with('#'));
    comments
        .filter_map(|(number, line)| Some((number, line.split_once("Number of entries:")?.1.trim().parse().ok()?)))
        .last()
}

/// The day of `# Last updated: 2022-06-17 10:40:02 UTC`.
fn updated(text: &str) -> Option<&str> {
    let comments = text.lines().take_while(|line| line.starts_with('#'));
    let stated = comments.filter_map(|line| line.split_once("Last updated:")).map(|(_, day)| day.trim()).next()?;
    stated.split_whitespace().next().filter(|day| read_time(day).is_some())
}

/// Whether a document is an answer of the API: `get_cscb`, or samples with their certificates.
pub(super) fn recognises_node(node: &Node) -> bool {
    /// Of its entries, a few may be damaged.
    const FIRST_ENTRIES: usize = 8;
    let mut entries = node.get("data").unwrap_or(node).items().iter().take(FIRST_ENTRIES);
    entries.any(|entry| {
        let is_entry = entry.has("serial_number") && (entry.has("subject_cn") || entry.has("issuer_cn"));
        is_entry || entry.get("code_sign").is_some_and(|list| list.items().iter().any(|one| one.has("serial_number")))
    })
}

pub(super) fn read_nodes(file: &str, nodes: &[Node], faults: Vec<Fault>) -> Import {
    let mut reading = Reading::new(file, Format::Cscb);
    reading.fail_all(faults);
    for node in nodes.iter().flat_map(|node| node.get("data").unwrap_or(node).items()) {
        let listed = match node.get("code_sign") {
            Some(list) => list.items(),
            None => std::slice::from_ref(node),
        };
        for entry in listed.iter().filter(|entry| !entry.is_cut) {
            if node.has("code_sign") && !entry.is_true("cscb_listed") {
                let line = entry.place;
                reading.refuse(line, "a certificate of a sample that the blocklist does not list");
                continue;
            }
            read_object(entry, &mut reading);
        }
    }
    reading.done()
}

fn read_object(node: &Node, reading: &mut Reading<'_>) {
    let text = |names: &[&str]| names.iter().find_map(|name| Some((node.text_of(name)?, node.get(name)?.place)));
    let texts = [
        text(&["time_stamp_utc", "time_stamp", "first_seen"]),
        text(&["serial_number"]),
        text(&["thumbprint"]),
        text(&["thumbprint_algorithm"]),
        text(&["subject_cn"]),
        text(&["issuer_cn"]),
        text(&["valid_from"]),
        text(&["valid_to"]),
        text(&["cscb_reason", "reason", "Reason"]),
    ];
    let [time, serial, thumbprint, algorithm, subject, issuer, valid_from, valid_to, reason] =
        texts.each_ref().map(|value| value.as_ref().map(|(text, place)| Value { text, place: *place }));
    let line = node.place.line;
    let entry = Entry { line, time, serial, thumbprint, algorithm, subject, issuer, valid_from, valid_to, reason };
    entry.take_into(reading, SOURCE);
}

/// A text and its place.
#[derive(Clone, Copy)]
struct Value<'a> {
    text: &'a str,
    place: Place,
}

/// One entry of the blocklist.
struct Entry<'a> {
    line: u64,
    time: Option<Value<'a>>,
    serial: Option<Value<'a>>,
    thumbprint: Option<Value<'a>>,
    algorithm: Option<Value<'a>>,
    subject: Option<Value<'a>>,
    issuer: Option<Value<'a>>,
    valid_from: Option<Value<'a>>,
    valid_to: Option<Value<'a>>,
    reason: Option<Value<'a>>,
}

impl Entry<'_> {
    /// The hash, or the serial. Both names are what is left of them after the feed cut them, so they are told and not compared; only a
    /// serial that thousands of certificates have is joined with the subject's.
    fn take_into(&self, reading: &mut Reading<'_>, source: &str) {
        let text = |value: Option<Value<'_>>| value.and_then(|value| owned(value.text));
        let instant = |value: Option<Value<'_>>| value.and_then(|value| read_time(value.text));
        let mut metadata = Metadata {
            source: Some(source.to_owned().into()),
            reference: Some(REFERENCE.into()),
            severity: Some(Severity::High),
            category: Some(ABUSED),
            family: text(self.reason),
            date: self.time.and_then(|time| owned(time.text.split(['T', ' ']).next()?)),
            attack: vec![CODE_SIGNING].into(),
            description: self.names_as_published(),
            valid_from: instant(self.valid_from),
            valid_to: instant(self.valid_to),
            ..Metadata::default()
        };
        let mut alternatives: Vec<Vec<Condition>> = Vec::new();
        if let Some(thumbprint) = self.thumbprint.filter(|thumbprint| !thumbprint.text.trim().is_empty()) {
            match read_hash(thumbprint.text) {
                Ok(value) => {
                    let stated = self.algorithm.map(|stated| stated.text.to_ascii_lowercase().replace('-', ""));
                    if stated.is_some_and(|stated| !stated.is_empty() && stated != value.algorithm()) {
                        note(&mut metadata, Cause::MisplacedHash, thumbprint.text.to_owned());
                    }
                    metadata.id = format!("cscb:{value}").into();
                    alternatives.push(vec![hash(HashOf::Certificate, value)]);
                }
                Err(problem) => reading.fail(thumbprint.place, format!("thumbprint: {problem}")),
            }
        }
        let subject = self.subject.filter(|subject| !subject.text.trim().is_empty());
        if let Some(serial) = self.serial.filter(|serial| !serial.text.trim().is_empty()) {
            match read_serial(serial.text) {
                Ok(value) => {
                    metadata.id = format!("cscb:{}", serial.text.trim().to_lowercase()).into();
                    let name = subject.map(|subject| exact(NameField::CommonName, subject.text.to_owned()));
                    alternatives.push(serial_alternative(value, name.map(Condition::Subject)));
                }
                Err(problem) => reading.fail(serial.place, format!("serial_number: {problem}")),
            }
        }
        if alternatives.is_empty() {
            // What is there and cannot be read is told already.
            let is_told =
                [self.serial, self.thumbprint].into_iter().flatten().any(|value| !value.text.trim().is_empty());
            if !is_told {
                reading.fail(Place::line(self.line), "neither a serial nor a thumbprint");
            }
            return;
        }
        for name in [subject, self.issuer].into_iter().flatten().filter(|name| looks_cut(name.text)) {
            note(&mut metadata, Cause::DamagedName, name.text.to_owned());
        }
        reading.take(self.line, Indicator { metadata, scope: Roles::SIGNERS, alternatives });
    }

    fn names_as_published(&self) -> Option<crate::indicators::indicator::Text> {
        let named = [("subject CN", self.subject), ("issuer CN", self.issuer)];
        let named: Vec<String> =
            named.into_iter().filter_map(|(what, name)| Some(format!("{what} as published: {}", name?.text))).collect();
        (!named.is_empty()).then(|| named.join("; ").into())
    }
}

/// Whether the text is the list of a LOKI fork: `serial;reason`, one a line.
pub(super) fn recognises_list(text: &str) -> bool {
    /// Digits of the shortest serial that matches alone, and so can be on a list of serials.
    const MIN_DIGITS: usize = 16;
    first_rows(text).any(|line| {
        let Some((serial, _)) = line.split_once(';') else { return false };
        let digits = serial.bytes().filter(u8::is_ascii_hexdigit).count();
        digits >= MIN_DIGITS && read_serial(serial).is_ok()
    })
}

pub(super) fn read_list(file: &str, text: &str) -> Import {
    let mut reading = Reading::new(file, Format::SerialList);
    for record in Records::of_lines(text, ';') {
        let Some(record) = reading.survive(record) else { continue };
        let serial = record.fields.first().map(|serial| serial.trim()).unwrap_or_default();
        if serial.eq_ignore_ascii_case("serial") {
            continue;
        }
        match read_serial(serial) {
            Ok(value) => {
                let reason = record.fields.get(1..).unwrap_or_default().join(";");
                let metadata = Metadata {
                    id: format!("serial:{}", value.as_serial()).into(),
                    source: Some("LOKI codesign-iocs".into()),
                    severity: Some(Severity::High),
                    category: Some(ABUSED),
                    family: owned(&reason),
                    attack: vec![CODE_SIGNING].into(),
                    ..Metadata::default()
                };
                let alternatives = vec![serial_alternative(value, None)];
                reading.take(record.line, Indicator { metadata, scope: Roles::SIGNERS, alternatives });
            }
            Err(problem) => reading.fail(Place::at(record.line, 1), problem),
        }
    }
    reading.done()
}
