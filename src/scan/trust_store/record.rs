//! What is told of the certificates of trust stores.

use serde::{Deserialize, Serialize};

use crate::indicators::indicator::Severity;
use crate::report::matched::severity_of;
use crate::report::{CertificateFacts, FaultRecord, MatchRecord, Status};

/// A certificate of a trust store, once, wherever it lies: what it says, what matches, and what is odd about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StoreCertificate {
    /// [`SCHEMA`](crate::SCHEMA).
    pub schema: String,
    /// Always `store_certificate`.
    pub kind: String,
    /// The folder that was taken for the root of the system, as given.
    pub root: String,
    /// Where it lies.
    pub places: Vec<PlaceRecord>,
    /// The certificate.
    pub certificate: CertificateFacts,
    /// Whether it is in the baseline; without one, whether the distribution brings it along; `null` where neither is known.
    pub known: Option<bool>,
    /// What makes it known: `baseline` or `distribution`.
    pub known_by: Option<String>,
    /// The indicators that match.
    pub matches: Vec<MatchRecord>,
    /// What is odd about it.
    pub findings: Vec<StoreFinding>,
    /// How bad it is: `high` or `critical` where an indicator matches, `medium` where nobody knows it, `low` at the most where it is known;
    /// `null` where there is nothing to say.
    pub severity: Option<String>,
}

/// A place where a certificate lies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PlaceRecord {
    /// The file, as a path inside of the root, links resolved; invalid text replaced.
    pub path: String,
    /// The path's octets, where they are no UTF-8.
    pub path_hex: Option<String>,
    /// File offset of the certificate, or of the PEM block that holds it.
    pub offset: u64,
    /// The anchor folder or bundle through which it is trusted.
    pub place: String,
    /// What that is: `anchors`, added by whoever owns the system; `bundle`, made of all the others; `distribution`, brought along.
    pub place_kind: String,
    /// When the file was last written.
    pub modified: Option<String>,
}

/// Something that is odd about a certificate of a trust store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StoreFinding {
    /// A stable name: `not_in_baseline`, `ca_flag_missing`, `not_self_issued`, `young`, `not_yet_valid`, `expired`, `long_lived`, `weak_key`,
    /// `borrowed_name`, `similar_name`.
    pub code: String,
    /// How bad it is.
    pub severity: String,
    /// A sentence. Names in it are unescaped.
    pub detail: String,
}

/// A file of a trust store about which there is something to say beside its certificates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StoreFile {
    /// [`SCHEMA`](crate::SCHEMA).
    pub schema: String,
    /// Always `store_file`.
    pub kind: String,
    /// The folder that was taken for the root of the system, as given.
    pub root: String,
    /// The file, as a path inside of the root; invalid text replaced.
    pub path: String,
    /// The path's octets, where they are no UTF-8.
    pub path_hex: Option<String>,
    /// What became of it.
    pub status: Status,
    /// Certificates read, as often as they are told apart.
    pub certificates: usize,
    /// Why nothing can be said.
    pub error: Option<crate::report::Failure>,
    /// What is wrong with it; `mixed-encoding` where DER and PEM lie in one file, of which some programs read one half alone.
    pub faults: Vec<FaultRecord>,
}

impl StoreCertificate {
    pub(super) fn worst(&self) -> Option<Severity> {
        self.severity.as_deref().and_then(severity_of)
    }

    /// Whether an indicator matches by more than a similar name.
    #[must_use]
    pub fn has_strong_match(&self) -> bool {
        self.matches.iter().any(MatchRecord::is_strong)
    }

    /// The record as one line of JSON, without a line end.
    #[must_use]
    pub fn to_json_line(&self) -> String {
        // Every part is a text, a number, or a list of those: nothing that JSON cannot say.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl StoreFile {
    /// The record as one line of JSON, without a line end.
    #[must_use]
    pub fn to_json_line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}
