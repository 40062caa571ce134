//! Documents of other tools, matched without the files they are about.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use certsift::{IndicatorTable, MatchRecord, ObservationReport, escape, read_observations};

use crate::cli::{complain, read_file};

/// How the documents are matched and told.
pub(crate) struct Telling {
    pub(crate) is_text: bool,
    pub(crate) only_matched: bool,
}

/// What came of the documents.
#[derive(Default)]
pub(crate) struct Outcome {
    /// Whether an indicator matched, on more than names.
    pub(crate) has_match: bool,
    /// Whether something could not be read.
    pub(crate) failed: bool,
}

/// Writes a record for each file that the documents describe.
pub(crate) fn tell(paths: &[impl AsRef<Path>], table: &IndicatorTable, telling: &Telling) -> io::Result<Outcome> {
    let mut outcome = Outcome::default();
    let mut out = BufWriter::new(io::stdout().lock());
    for path in paths {
        let path = path.as_ref();
        let name = path.to_string_lossy();
        let bytes = match read_file(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                complain(&format!("{name}: {error}"));
                outcome.failed = true;
                continue;
            }
        };
        let observations = read_observations(&name, &bytes);
        for error in &observations.errors {
            complain(&error.to_string());
            outcome.failed = true;
        }
        for observation in &observations.list {
            let report = ObservationReport::new(&name, observation, table);
            outcome.has_match |= report.matches.iter().any(|found| found.strength != "name");
            if telling.only_matched && report.matches.is_empty() {
                continue;
            }
            if telling.is_text {
                out.write_all(text(&report).as_bytes())?;
            } else {
                writeln!(out, "{}", report.to_json_line())?;
            }
        }
    }
    out.flush()?;
    Ok(outcome)
}

fn text(report: &ObservationReport) -> String {
    let input = &report.input;
    let subject = report.subject.as_deref().unwrap_or("a file without a name");
    let verdict = if report.matches.is_empty() { "no match" } else { "MATCH" };
    let mut text = format!("{}:{}: {}: {verdict}\n", escape(&input.path), input.line, escape(subject));
    for found in &report.matches {
        text.push_str(&match_text(found));
    }
    text
}

fn match_text(found: &MatchRecord) -> String {
    let mut text =
        format!("  {}, {} by {}\n", escape(&found.indicator.id), found.role, found.strength.replace('_', " "));
    for field in &found.fields {
        let actual = field.actual.as_deref().unwrap_or_default();
        text.push_str(&format!("    {:<12} {}\n", field.field, escape(actual)));
    }
    text
}
