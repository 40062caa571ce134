//! [`Baseline`]: the authorities that somebody has looked at, in a file, and what has changed since.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::TrustStore;
use super::record::{PlaceRecord, StoreCertificate};
use crate::indicators::indicator::Severity;
use crate::report::SCHEMA;

/// The version of the file's shape.
const VERSION: u32 = 1;
const KIND: &str = "store_baseline";

/// The authorities of a trust store at some time, by their SHA-256.
///
/// As a file it is JSON lines: the first says what it is, each other one names a certificate. The same store gives the same lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline {
    certificates: BTreeMap<String, KnownCertificate>,
}

/// A certificate of a [`Baseline`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct KnownCertificate {
    /// SHA-256 of it, lower-case hex.
    pub sha256: String,
    /// Its subject, RFC 4514; for whoever reads the file.
    pub subject: String,
    /// Its serial, canonical; likewise.
    pub serial: String,
    /// The files it lay in, and the anchor folder or bundle of each.
    pub paths: Vec<KnownPath>,
    /// The indicators that matched then.
    pub indicators: Vec<String>,
}

/// Where a certificate lay.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct KnownPath {
    /// The file, inside of the root.
    pub path: String,
    /// The anchor folder or bundle.
    pub place: String,
}

/// The first line of a file.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    schema: String,
    kind: String,
    version: u32,
    certificates: usize,
}

/// Why a text is no baseline.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BaselineError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub problem: String,
}

impl fmt::Display for BaselineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.problem)
    }
}

impl std::error::Error for BaselineError {}

/// Something that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StoreChange {
    /// [`SCHEMA`].
    pub schema: String,
    /// Always `store_change`.
    pub kind: String,
    /// The folder that was taken for the root of the system, as given.
    pub root: String,
    /// `added`, `removed`; `new_place` where a known one is trusted in another place too; `new_match` where an indicator matches that did not.
    pub change: String,
    /// SHA-256 of the certificate.
    pub sha256: String,
    /// Its subject, RFC 4514.
    pub subject: String,
    /// Where it lies; where it lay, when it was removed.
    pub paths: Vec<String>,
    /// How bad that is: as the certificate is when it was added, `low` otherwise.
    pub severity: String,
    /// The certificate; `null` when it was removed.
    pub certificate: Option<StoreCertificate>,
}

impl Baseline {
    /// Whether it has a certificate with this SHA-256, lower-case hex.
    #[must_use]
    pub fn knows(&self, sha256: &str) -> bool {
        self.certificates.contains_key(sha256)
    }

    /// Its certificates, by their SHA-256.
    pub fn certificates(&self) -> impl Iterator<Item = &KnownCertificate> {
        self.certificates.values()
    }

    /// The lines of its file.
    #[must_use]
    pub fn to_text(&self) -> String {
        let header = Header {
            schema: SCHEMA.to_owned(),
            kind: KIND.to_owned(),
            version: VERSION,
            certificates: self.certificates.len(),
        };
        // Every part is a text, a number, or a list of those: nothing that JSON cannot say.
        let mut text = serde_json::to_string(&header).unwrap_or_default();
        for certificate in self.certificates.values() {
            text.push('\n');
            text += &serde_json::to_string(certificate).unwrap_or_default();
        }
        text.push('\n');
        text
    }

    /// Reads the lines of a file.
    ///
    /// # Errors
    /// Where a line is not what [`to_text`](Self::to_text) writes, and where lines are missing: half a baseline would make findings of what
    /// is known.
    pub fn parse(text: &str) -> Result<Self, BaselineError> {
        let lines = (1_usize..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
        let mut lines = lines.map(|(number, line)| (number, line.trim_start_matches('\u{feff}')));
        let wrong = |line: usize, problem: String| BaselineError { line, problem };
        let (_, first) = lines.next().ok_or_else(|| wrong(1, "no baseline: empty".to_owned()))?;
        let header: Header = serde_json::from_str(first)
            .map_err(|error| wrong(1, format!("not the first line of a baseline: {error}")))?;
        if header.schema != SCHEMA || header.kind != KIND || header.version != VERSION {
            let found = format!("{} {} {}", header.schema, header.kind, header.version);
            return Err(wrong(1, format!("a baseline of {SCHEMA} {KIND} {VERSION} belongs here, not of {found}")));
        }
        let mut baseline = Self::default();
        let mut last = 1;
        for (number, line) in lines {
            let one: KnownCertificate = serde_json::from_str(line).map_err(|error| wrong(number, error.to_string()))?;
            let is_hash =
                one.sha256.len() == 64 && one.sha256.bytes().all(|octet| matches!(octet, b'0'..=b'9' | b'a'..=b'f'));
            if !is_hash {
                return Err(wrong(number, "sha256 is not 64 lower-case hex digits".to_owned()));
            }
            last = number;
            baseline.certificates.insert(one.sha256.clone(), one);
        }
        if baseline.certificates.len() == header.certificates {
            Ok(baseline)
        } else {
            let found = baseline.certificates.len();
            Err(wrong(last, format!("{found} certificates where the first line promises {}", header.certificates)))
        }
    }
}

impl TrustStore {
    /// The authorities of this store, for the next time.
    #[must_use]
    pub fn baseline(&self) -> Baseline {
        let known = self.certificates.iter().map(|one| {
            let paths: BTreeSet<KnownPath> = one.places.iter().map(known_path).collect();
            let mut indicators: Vec<String> = one.matches.iter().map(|found| found.indicator.id.clone()).collect();
            indicators.sort();
            let known = KnownCertificate {
                sha256: one.sha256().to_owned(),
                subject: one.certificate.subject.dn.clone(),
                serial: one.certificate.serial.clone(),
                paths: paths.into_iter().collect(),
                indicators,
            };
            (known.sha256.clone(), known)
        });
        Baseline { certificates: known.collect() }
    }

    /// What is not as `before` has it: nothing, where nothing has changed.
    ///
    /// A certificate that was added is as bad as [`TrustStore::read`] found it, so it should have been given the same baseline.
    #[must_use]
    pub fn changes_since(&self, before: &Baseline) -> Vec<StoreChange> {
        let mut changes = Vec::new();
        let mut left: BTreeSet<&str> = before.certificates.keys().map(String::as_str).collect();
        for one in &self.certificates {
            left.remove(one.sha256());
            match before.certificates.get(one.sha256()) {
                None => {
                    let severity = one.worst().unwrap_or(Severity::Low);
                    changes.push(self.change("added", one, severity));
                }
                Some(known) => changes.extend(self.change_of(one, known)),
            }
        }
        for known in left.into_iter().filter_map(|sha256| before.certificates.get(sha256)) {
            changes.push(StoreChange {
                schema: SCHEMA.to_owned(),
                kind: "store_change".to_owned(),
                root: self.root.clone(),
                change: "removed".to_owned(),
                sha256: known.sha256.clone(),
                subject: known.subject.clone(),
                paths: known.paths.iter().map(|known| known.path.clone()).collect(),
                severity: Severity::Low.as_str().to_owned(),
                certificate: None,
            });
        }
        changes
    }

    fn change_of(&self, one: &StoreCertificate, known: &KnownCertificate) -> Option<StoreChange> {
        if one.matches.iter().any(|found| !known.indicators.contains(&found.indicator.id)) {
            return Some(self.change("new_match", one, one.worst().unwrap_or(Severity::Low)));
        }
        let is_new = |place: &PlaceRecord| !known.paths.contains(&known_path(place));
        one.places.iter().any(is_new).then(|| self.change("new_place", one, Severity::Low))
    }

    fn change(&self, change: &str, one: &StoreCertificate, severity: Severity) -> StoreChange {
        let mut paths: Vec<String> = one.places.iter().map(|place| place.path.clone()).collect();
        paths.dedup();
        StoreChange {
            schema: SCHEMA.to_owned(),
            kind: "store_change".to_owned(),
            root: self.root.clone(),
            change: change.to_owned(),
            sha256: one.sha256().to_owned(),
            subject: one.certificate.subject.dn.clone(),
            paths,
            severity: severity.as_str().to_owned(),
            certificate: Some(one.clone()),
        }
    }
}

impl StoreChange {
    /// The record as one line of JSON, without a line end.
    #[must_use]
    pub fn to_json_line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

fn known_path(place: &PlaceRecord) -> KnownPath {
    KnownPath { path: place.path.clone(), place: place.place.clone() }
}
