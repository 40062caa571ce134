//! What was seen, for the exit status and the summary.

use std::collections::BTreeMap;
use std::time::Duration;

use certsift::Status;

use crate::cli::complain;

/// How many files there were of each kind.
#[derive(Debug, Clone, Default)]
pub(crate) struct Totals {
    pub(crate) files: u64,
    /// Those of them that an earlier run told of.
    pub(crate) earlier: u64,
    signed: u64,
    no_signature: u64,
    certificates: u64,
    unrecognized: u64,
    pub(crate) malformed: u64,
    pub(crate) errors: u64,
    pub(crate) matched: u64,
    pub(crate) similar_names: u64,
    /// Matches that their context suppresses, by the filters that do it.
    suppressed: BTreeMap<String, u64>,
    /// Lines that are no events.
    pub(crate) malformed_events: u64,
}

impl Totals {
    /// Counts a file. `strong`: something matched that is more than a name.
    pub(crate) fn count(&mut self, status: Status, strong: bool, matched: bool) {
        self.files += 1;
        match status {
            Status::Signed | Status::CatalogSigned => self.signed += 1,
            Status::NoSignature => self.no_signature += 1,
            Status::Certificates => self.certificates += 1,
            Status::Malformed => self.malformed += 1,
            Status::Error => self.errors += 1,
            _ => self.unrecognized += 1,
        }
        self.matched += u64::from(strong);
        self.similar_names += u64::from(matched && !strong);
    }

    /// Counts the matches of a file that are suppressed, by the filters that do it.
    pub(crate) fn suppress(&mut self, by: &[String]) {
        for filters in by {
            *self.suppressed.entry(filters.clone()).or_default() += 1;
        }
    }

    /// Tells how many matches were suppressed.
    pub(crate) fn complain_of_suppressed(&self) {
        for (filters, count) in &self.suppressed {
            complain(&format!("{count} matches suppressed by {filters}"));
        }
    }

    pub(crate) fn summary(&self, took: Duration) -> String {
        let earlier = if self.earlier > 0 { format!(" ({} of them earlier)", self.earlier) } else { String::new() };
        format!(
            "{} files{earlier} in {:.2} s: {} matched, {} with a similar name only; {} signed, {} without signature, {} certificate \
             files, {} not recognised, {} malformed, {} errors",
            self.files,
            took.as_secs_f64(),
            self.matched,
            self.similar_names,
            self.signed,
            self.no_signature,
            self.certificates,
            self.unrecognized,
            self.malformed,
            self.errors
        )
    }
}
