//! Reports as rows of CSV (RFC 4180), which no spreadsheet takes for formulas.

use super::{MatchRecord, Report};
use crate::indicators::formula;

/// The columns, in order.
const COLUMNS: &[&str] = &[
    "path",
    "size",
    "sha256",
    "container",
    "status",
    "error",
    "indicator",
    "source",
    "family",
    "severity",
    "strength",
    "role",
    "position",
    "signature_status",
    "serial",
    "subject",
    "issuer",
    "not_before",
    "not_after",
    "certificate_sha256",
    "matched",
    "reference",
    "context",
];

impl Report {
    /// The names of the columns of [`to_csv`](Self::to_csv), as a row with a line end.
    #[must_use]
    pub fn csv_header() -> String {
        row(COLUMNS.iter().copied())
    }

    /// One row a match, and one without an indicator for a file without a match; each with a line end. A cell that a spreadsheet would
    /// take for a formula has an apostrophe in front.
    #[must_use]
    pub fn to_csv(&self) -> String {
        if self.matches.is_empty() {
            return self.csv_row(None);
        }
        self.matches.iter().map(|found| self.csv_row(Some(found))).collect()
    }

    fn csv_row(&self, found: Option<&MatchRecord>) -> String {
        let input = &self.input;
        let size = input.size.map(|size| size.to_string()).unwrap_or_default();
        let indicator = found.map(|found| &found.indicator);
        let certificate = found.and_then(|found| self.certificates.get(found.certificate?));
        let named = || self.signatures.get(found?.signature?)?.signer_id.as_ref();
        let matched = found.map(matched).unwrap_or_default();
        let cells = [
            Some(input.path.as_str()),
            Some(&size),
            input.sha256.as_deref(),
            input.container.as_deref(),
            Some(self.status.as_str()),
            self.error.as_ref().map(|error| error.code.as_str()),
            indicator.map(|one| one.id.as_str()),
            indicator.and_then(|one| one.source.as_deref()),
            indicator.and_then(|one| one.family.as_deref()),
            found.and_then(|found| found.severity.as_deref()),
            found.map(|found| found.strength.as_str()),
            found.map(|found| found.role.as_str()),
            found.map(|found| found.position.as_str()),
            found.map(|found| found.signature_status.as_str()),
            certificate.map(|one| one.serial.as_str()).or_else(|| named()?.serial.as_deref()),
            certificate.map(|one| one.subject.dn.as_str()),
            certificate.map(|one| one.issuer.dn.as_str()).or_else(|| named()?.issuer.as_deref()),
            certificate.and_then(|one| one.not_before.as_deref()),
            certificate.and_then(|one| one.not_after.as_deref()),
            certificate.and_then(|one| one.sha256.as_deref()),
            Some(&matched),
            indicator.and_then(|one| one.reference.as_deref()),
            found.and_then(|found| found.context.as_ref()).map(|context| context.action.as_str()),
        ];
        row(cells.into_iter().map(Option::unwrap_or_default))
    }
}

/// Which conditions hold, such as `serial organization`.
fn matched(found: &MatchRecord) -> String {
    let fields: Vec<&str> = found.fields.iter().map(|field| field.field.as_str()).collect();
    fields.join(" ")
}

fn row<'c>(cells: impl Iterator<Item = &'c str>) -> String {
    let cells: Vec<String> = cells.map(cell).collect();
    cells.join(",") + "\r\n"
}

/// A cell. Names are untrusted: one that begins like a formula would run in whoever opens the table.
fn cell(text: &str) -> String {
    let text = formula::cell(text);
    if text.contains(['"', ',', '\n', '\r', ' ', '\'']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}
