//! Compares everything that is read of a corpus of real and damaged files with its ground truth, value by value.
//!
//! `CERTSIFT_CORPUS` names the corpus; without one the test is skipped, unless `CERTSIFT_REQUIRE_CORPUS` is set.
#![cfg(all(feature = "report", feature = "digest"))]
#![expect(clippy::arithmetic_side_effects, clippy::indexing_slicing, reason = "a test may panic")]
#![expect(clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod content_digest;
mod disagreements;
mod exceptions;
mod facts;
mod files;
mod image_digest;
mod page_hashes;
mod shared_data;
mod trust_store;
mod truth;
#[cfg(feature = "verify")]
mod verification;

use std::collections::HashMap;
use std::io::Cursor;
use std::panic;

use certsift::{
    Container, IndicatorTable, Input, Limits, ReadError, Report, Seekable, SignatureData, SignedFile, Status,
};

use exceptions::Exceptions;
use facts::Facts;
use files::{Corpus, Entry};

/// Of a thousand facts, how many must agree, exceptions not counted as agreement.
const MIN_AGREEMENT_PER_MILLE: usize = 999;
/// How many complaints are printed.
const MAX_LISTED: usize = 40;

#[test]
fn every_file_reads_as_the_truth_says() {
    let Some(folder) = shared_data::folder("CERTSIFT_CORPUS", "corpus") else { return };
    let rows = files::json_lines::<truth::Row>(&folder.join("truth/reference.jsonl"));
    let rows: HashMap<String, truth::Row> = rows.into_iter().map(|row| (row.path.clone(), row)).collect();
    let corpus = Corpus::open(folder);
    let mut tally = Tally::new();
    for entry in &corpus.entries {
        let bytes = corpus.bytes(entry);
        match panic::catch_unwind(|| (read_slice(entry, &bytes), read_source(entry, &bytes))) {
            Ok((report, again)) if report == again => tally.judge(entry, &report, rows.get(&entry.path)),
            Ok((report, again)) => tally.complain(entry, &two_ways(&report, &again)),
            Err(_) => tally.complain(entry, "reading it panicked"),
        }
    }
    tally.finish();
}

fn read_slice(entry: &Entry, bytes: &[u8]) -> Report {
    let mut data = SignatureData::new();
    report(entry, data.parse(bytes, Limits::default()).map_err(ReadError::File))
}

fn read_source(entry: &Entry, bytes: &[u8]) -> Report {
    let mut data = SignatureData::new();
    report(entry, data.read(&Seekable::new(Cursor::new(bytes)), Limits::default()))
}

fn report(entry: &Entry, file: Result<SignedFile<'_>, ReadError>) -> Report {
    let mut input = Input::default();
    input.path.clone_from(&entry.path);
    match file {
        Ok(file) => Report::detailed(input, &file, &IndicatorTable::empty()),
        Err(error) => Report::from_error(input, &error),
    }
}

fn two_ways(slice: &Report, source: &Report) -> String {
    format!("a slice and a source read differently:\n  {}\n  {}", slice.to_json_line(), source.to_json_line())
}

/// What came of all comparisons.
struct Tally {
    exceptions: Exceptions,
    facts: usize,
    disagreements: usize,
    excepted: usize,
    compared_files: usize,
    complaints: Vec<String>,
}

impl Tally {
    fn new() -> Self {
        let exceptions = Exceptions::read();
        Self { exceptions, facts: 0, disagreements: 0, excepted: 0, compared_files: 0, complaints: Vec::new() }
    }

    fn complain(&mut self, entry: &Entry, what: &str) {
        self.complaints.push(format!("{} ({}): {what}", entry.path, entry.kind));
    }

    /// Judges the report of one file by the truth's row, or as a negative where there is none.
    fn judge(&mut self, entry: &Entry, report: &Report, row: Option<&truth::Row>) {
        self.judge_container(entry, report);
        match row {
            None => self.judge_negative(entry, report),
            // The truth's own reader gave up on it: that there is a record is all that can be asked for.
            Some(row) if row.status == "error" => {}
            // Signed, in a format that is not read.
            Some(_) if report.input.container.is_none() && entry.container().is_none() => {}
            Some(row) => self.judge_facts(entry, report, row),
        }
    }

    fn judge_container(&mut self, entry: &Entry, report: &Report) {
        let Some(expected) = entry.container().filter(|_| report.error.is_none()) else { return };
        // A script without a signature is a text like any other.
        if expected == Container::Script && report.status == Status::Unrecognized && !entry.is_signed {
            return;
        }
        if report.input.container != Some(expected.to_string()) {
            self.complain(entry, &format!("its container is {expected}, not {:?}", report.input.container));
        }
    }

    fn judge_negative(&mut self, entry: &Entry, report: &Report) {
        if (report.status == Status::Signed || !report.signatures.is_empty())
            && !self.exceptions.cover(&entry.path, "signed")
        {
            let count = report.signatures.len();
            self.complain(entry, &format!("it holds nothing signed, and reads as {:?} with {count}", report.status));
        }
    }

    fn judge_facts(&mut self, entry: &Entry, report: &Report, row: &truth::Row) {
        if row.has_signer() && report.status != Status::Signed {
            self.complain(entry, &format!("somebody signed it, and it reads as {:?}", report.status));
        }
        let (count, disagreements) = Facts::of_report(report, row).compare(&row.facts());
        self.compared_files += 1;
        self.facts += count;
        self.disagreements += disagreements.len();
        for one in disagreements {
            if self.exceptions.cover(&entry.path, &one.fact) {
                self.excepted += 1;
            } else {
                self.complaints.push(format!(
                    "{}|{}: ours {}, truth {}",
                    entry.path,
                    one.fact,
                    text(one.ours.as_ref()),
                    text(one.truth.as_ref())
                ));
            }
        }
    }

    fn finish(mut self) {
        let agree = self.facts - self.disagreements;
        eprintln!(
            "{} files compared: {} facts, {agree} agree, {} excepted",
            self.compared_files, self.facts, self.excepted
        );
        let unused = self.exceptions.unused().map(|line| format!("an exception that is not needed: {line}"));
        self.complaints.extend(unused);
        let listed: Vec<_> = self.complaints.iter().take(MAX_LISTED).map(String::as_str).collect();
        assert!(listed.is_empty(), "{} complaints, the first:\n{}", self.complaints.len(), listed.join("\n"));
        assert!(self.facts > 0, "nothing was compared");
        assert!(agree * 1_000 >= self.facts * MIN_AGREEMENT_PER_MILLE, "{agree} of {} facts agree", self.facts);
    }
}

fn text(value: Option<&serde_json::Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), ToString::to_string)
}
