//! What was seen, for the exit status and the summary.

use std::time::Duration;

use certsift::Status;

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
