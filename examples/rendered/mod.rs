//! The forms in which `scan` writes what it found.

use std::time::{SystemTime, UNIX_EPOCH};

use certsift::{Report, Status, TextStyle, Time};
use clap::ValueEnum;

use crate::context::Context;

/// How records are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For a person
    Text,
    /// One JSON object a file
    Ndjson,
    /// One row a match, one a file without a match
    Csv,
    /// One document of the Elastic Common Schema a matched certificate
    Ecs,
    /// One Detection Finding of the Open Cybersecurity Schema Framework a matched certificate
    Ocsf,
}

impl Format {
    /// Whether nothing is written about files without a match.
    pub(crate) const fn tells_matches_alone(self) -> bool {
        matches!(self, Self::Ecs | Self::Ocsf)
    }

    /// What is written before any record.
    pub(crate) fn header(self) -> Option<String> {
        (self == Self::Csv).then(Report::csv_header)
    }
}

/// Which records are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Only {
    Signed,
    Matched,
}

/// One file's record, ready to be written.
pub(crate) struct Rendered {
    pub(crate) status: Status,
    pub(crate) strong: bool,
    pub(crate) matched: bool,
    /// The filters that suppress a match, one text a match.
    pub(crate) suppressed: Vec<String>,
    /// `None` when the record is not wanted.
    pub(crate) record: Option<Vec<u8>>,
}

pub(crate) fn render(
    report: &Report,
    context: Option<&Context>,
    format: Format,
    style: TextStyle,
    only: Option<Only>,
) -> Rendered {
    let judged = context.and_then(|context| context.judge(report));
    let (report, suppressed) = judged.as_ref().map_or((report, &[][..]), |(report, suppressed)| (report, suppressed));
    let matched = !report.matches.is_empty();
    let counts = report.matches.iter().any(|found| !found.is_suppressed());
    let wanted = match only {
        _ if format.tells_matches_alone() && !matched => false,
        None => true,
        Some(Only::Signed) => matches!(report.status, Status::Signed | Status::CatalogSigned),
        Some(Only::Matched) => matched,
    };
    let record = wanted.then(|| match format {
        Format::Text => report.to_text(style).into_bytes(),
        Format::Ndjson => {
            let mut line = Vec::new();
            report.add_json_line(&mut line);
            line.push(b'\n');
            line
        }
        Format::Csv => report.to_csv().into_bytes(),
        Format::Ecs => lines(&report.to_ecs(now())),
        Format::Ocsf => lines(&report.to_ocsf(now())),
    });
    Rendered {
        status: report.status,
        strong: report.has_strong_match(),
        matched: counts,
        suppressed: suppressed.to_vec(),
        record,
    }
}

fn lines(documents: &[serde_json::Value]) -> Vec<u8> {
    documents.iter().flat_map(|document| format!("{document}\n").into_bytes()).collect()
}

/// When the finding is made. A clock that was never set is at 1970.
pub(crate) fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time::from_unix(i64::try_from(since.as_secs()).unwrap_or_default())
}
