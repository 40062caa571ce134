//! [`ObservationReport`]: what another tool says about one signed file, matched; in the shape of the JSON record that `indicators match`
//! writes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::build_matches::match_record;
use super::certificate_record::time_text;
use super::room::Texts;
use super::{MatchRecord, SCHEMA};
use crate::indicators::candidate::Candidate;
use crate::indicators::indicator::NameField;
use crate::indicators::observation::Observation;
use crate::indicators::table::IndicatorTable;

/// What another tool says about one signed file, and which indicators match it. Nothing in it was seen by this crate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ObservationReport {
    /// [`SCHEMA`].
    pub schema: String,
    /// Always `observation`.
    pub kind: String,
    /// The document.
    pub input: ObservationInput,
    /// The file that it describes: its path, else a hash of it.
    pub subject: Option<String>,
    /// The certificates that it tells of.
    pub certificates: Vec<ObservedRecord>,
    /// The indicators that match.
    pub matches: Vec<MatchRecord>,
}

/// Where an observation was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ObservationInput {
    /// The document's path, as it was given.
    pub path: String,
    /// The line on which the observation begins, counted from 1.
    pub line: u64,
    /// Whose document it is, such as `osquery`.
    pub format: String,
}

/// A certificate that a document tells of. What it does not tell is `null` or not in the lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ObservedRecord {
    /// Position in the list.
    pub index: usize,
    /// The part it plays.
    pub role: String,
    /// The serial, canonical.
    pub serial: Option<String>,
    /// Texts of the subject, by attribute; `any` where the document does not say which.
    pub subject: BTreeMap<String, Vec<String>>,
    /// Texts of the issuer, likewise.
    pub issuer: BTreeMap<String, Vec<String>>,
    /// Hashes by name, such as `sha1`.
    pub hashes: BTreeMap<String, String>,
    /// First instant of validity.
    pub not_before: Option<String>,
    /// Last instant of validity.
    pub not_after: Option<String>,
    /// When the file was signed, as the document has it.
    pub signed_at: Option<String>,
}

impl ObservationReport {
    /// Which indicators of `table` match what was observed. `path` names the document.
    #[must_use]
    pub fn new(path: &str, observation: &Observation, table: &IndicatorTable) -> Self {
        let texts = Texts::new();
        let mut report = Self {
            schema: SCHEMA.to_owned(),
            kind: "observation".to_owned(),
            input: ObservationInput {
                path: path.to_owned(),
                line: observation.line,
                format: observation.format.as_str().to_owned(),
            },
            subject: observation.subject.clone(),
            certificates: Vec::new(),
            matches: Vec::new(),
        };
        for (index, certificate) in observation.certificates.iter().enumerate() {
            let candidate = certificate.candidate();
            report.certificates.push(observed_record(index, &candidate, &texts));
            let found = table.all_matches(&candidate).into_iter().map(|found| MatchRecord {
                certificate: Some(index),
                role: candidate.role().as_str().to_owned(),
                position: format!("certificates[{index}]"),
                ..match_record(&found, &texts)
            });
            report.matches.extend(found);
        }
        report
    }

    /// The report as one line of JSON, without a line end.
    #[must_use]
    pub fn to_json_line(&self) -> String {
        // Every part is a text, a number, or a list of those: nothing that JSON cannot say.
        serde_json::to_string(self).unwrap_or_default()
    }
}

fn observed_record(index: usize, candidate: &Candidate<'_>, texts: &Texts) -> ObservedRecord {
    let by_attribute = |list: &[(NameField, std::borrow::Cow<'_, str>)]| {
        let mut map: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (field, text) in list {
            map.entry(field.name().to_owned()).or_default().push(texts.text(text));
        }
        map
    };
    ObservedRecord {
        index,
        role: candidate.role().as_str().to_owned(),
        serial: candidate.serial.map(|serial| texts.text(serial)),
        subject: by_attribute(&candidate.subject_texts),
        issuer: by_attribute(&candidate.issuer_texts),
        hashes: candidate.hashes.iter().map(|(of, value)| (of.field(value).to_owned(), value.to_string())).collect(),
        not_before: candidate.not_before.map(time_text),
        not_after: candidate.not_after.map(time_text),
        signed_at: candidate.signed_at.map(time_text),
    }
}
