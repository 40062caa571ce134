//! What an earlier run wrote, for `--resume`: which files it told of, and where its last whole record ends.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use certsift::{Input, Skip, Status};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::totals::Totals;

/// How every record of this program begins.
const START: &[u8] = b"{\"schema\":\"certsift/1\",\"kind\":\"file\",\"input\":{\"path\":\"";
const SCHEMA: &str = "certsift/1";
const KIND: &str = "file";

/// How often each path was told of. Of a path the SHA-256 of its octets is kept, whole: whoever finds two names with one hash could have
/// a file left out.
type Known = HashMap<[u8; 32], u32>;

/// The part of a record that matters here.
#[derive(Debug, Deserialize)]
struct Record {
    schema: String,
    kind: String,
    input: Input,
    status: Status,
    matches: Vec<Matched>,
}

#[derive(Debug, Deserialize)]
struct Matched {
    strength: String,
    context: Option<MatchContext>,
}

#[derive(Debug, Deserialize)]
struct MatchContext {
    action: String,
}

impl Matched {
    fn is_strong(&self) -> bool {
        self.strength != "name" && !self.is_suppressed()
    }

    fn is_suppressed(&self) -> bool {
        self.context.as_ref().is_some_and(|context| context.action == "suppress")
    }
}

/// An earlier output, read to its end.
pub(crate) struct Earlier {
    /// The output, cut behind its last whole record, ready for more.
    file: File,
    totals: Totals,
    known: Known,
}

impl Earlier {
    /// Opens the output of an earlier run, or a new one where there is none. It is changed only when all of it is understood, and then
    /// loses no more than a record that was not written to its end.
    ///
    /// Where archives are looked into, the records of the last path are cut off too: of its members some may be missing.
    pub(crate) fn open(path: &Path, has_members: bool) -> Result<Self, String> {
        let in_path = |problem: &dyn std::fmt::Display| format!("{}: {problem}", path.display());
        let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let mut file = opened.map_err(|error| in_path(&error))?;
        if !file.metadata().is_ok_and(|metadata| metadata.is_file()) {
            return Err(in_path(&"no regular file, so that nothing can be resumed"));
        }
        let mut reading = Reading::default();
        reading.read(&mut BufReader::with_capacity(1 << 16, &file)).map_err(|problem| in_path(&problem))?;
        if has_members {
            reading.forget_last();
        }
        let Reading { whole, totals, known, .. } = reading;
        file.set_len(whole).and_then(|()| file.seek(SeekFrom::Start(whole))).map_err(|error| in_path(&error))?;
        Ok(Self { file, totals, known })
    }

    /// The output, the counts, and what leaves out each file as often as it was told of: a path that is given twice has two records.
    pub(crate) fn into_parts(self) -> (File, Totals, Skip) {
        let Self { file, totals, known } = self;
        let known = Mutex::new(known);
        let skip = Skip::new(move |path| {
            let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
            let left = known.get_mut(&key(&Input::from_path(path))).filter(|left| **left > 0);
            left.map(|left| *left -= 1).is_some()
        });
        (file, totals, skip)
    }
}

#[derive(Default)]
struct Reading {
    /// Bytes of the whole records so far.
    whole: u64,
    line: u64,
    totals: Totals,
    known: Known,
    /// The last path, and what was read before its first record.
    last: Option<Last>,
}

struct Last {
    key: [u8; 32],
    whole: u64,
    totals: Totals,
}

impl Reading {
    /// Reads record by record, so that no more than one is in memory.
    fn read(&mut self, from: &mut impl BufRead) -> Result<(), String> {
        let mut line = Vec::new();
        loop {
            line.clear();
            self.line += 1;
            let told = |error: io::Error| error.to_string();
            from.by_ref().take(octets(START)).read_until(b'\n', &mut line).map_err(told)?;
            if line.is_empty() {
                return Ok(());
            }
            let begins = line.starts_with(START) || START.starts_with(&line);
            if !begins {
                // What a power cut leaves of data that never reached the disk.
                let is_hole = self.totals.files > 0 && is_zero(&line) && rest_is_zero(from).map_err(told)?;
                return if is_hole { Ok(()) } else { Err(self.no_record("something else")) };
            }
            if line.len() == START.len() {
                from.read_until(b'\n', &mut line).map_err(told)?;
            }
            if line.last() != Some(&b'\n') {
                // Not written to its end.
                return Ok(());
            }
            self.take(&line)?;
            self.whole += octets(&line);
        }
    }

    fn take(&mut self, line: &[u8]) -> Result<(), String> {
        let record: Record = serde_json::from_slice(line).map_err(|error| self.no_record(&error.to_string()))?;
        if record.schema != SCHEMA || record.kind != KIND {
            return Err(self.no_record("another kind of record"));
        }
        let strong = record.matches.iter().any(Matched::is_strong);
        // Members lie behind the record of their archive, or where that is not wanted behind that of another path.
        let key = key(&record.input);
        if record.input.member.is_none() || self.last.as_ref().is_none_or(|last| last.key != key) {
            self.last = Some(Last { key, whole: self.whole, totals: self.totals.clone() });
            // What was on standard input then is not a file of that name.
            if record.input.path != "-" {
                *self.known.entry(key).or_default() += 1;
            }
        }
        let matched = record.matches.iter().any(|matched| !matched.is_suppressed());
        self.totals.count(record.status, strong, matched);
        self.totals.earlier += 1;
        Ok(())
    }

    /// Takes the records of the last path back.
    fn forget_last(&mut self) {
        let Some(Last { key, whole, totals }) = self.last.take() else { return };
        (self.whole, self.totals) = (whole, totals);
        if let Some(count) = self.known.get_mut(&key) {
            *count = count.saturating_sub(1);
        }
    }

    fn no_record(&self, found: &str) -> String {
        format!("line {}: not a record of an earlier scan, so that nothing can be resumed: {found}", self.line)
    }
}

fn octets(of: &[u8]) -> u64 {
    u64::try_from(of.len()).unwrap_or(u64::MAX)
}

fn is_zero(octets: &[u8]) -> bool {
    octets.iter().all(|&octet| octet == 0)
}

fn rest_is_zero(from: &mut impl BufRead) -> io::Result<bool> {
    loop {
        let rest = from.fill_buf()?;
        if rest.is_empty() || !is_zero(rest) {
            return Ok(rest.is_empty());
        }
        let length = rest.len();
        from.consume(length);
    }
}

/// The hash of a path's octets, which are its text or, where that cannot be, its hex.
fn key(input: &Input) -> [u8; 32] {
    let octets = input.path_hex.as_ref().and_then(|hex| hex::decode(hex).ok());
    Sha256::digest(octets.as_deref().unwrap_or(input.path.as_bytes())).into()
}
