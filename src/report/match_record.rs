//! What a record says of the indicators that match.

use serde::{Deserialize, Serialize};

use crate::indicators::matches::Strength;

/// One match.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MatchRecord {
    /// What matched.
    pub indicator: IndicatorRecord,
    /// The certificate; `null` when a SignerInfo names one that is not in the file.
    pub certificate: Option<usize>,
    /// The part it plays there.
    pub role: String,
    /// The signature.
    pub signature: Option<usize>,
    /// Whether the signature is the certificate's and about this file: `valid`, `invalid` or `not_checked`. It depends on no anchor and
    /// no time.
    pub signature_status: String,
    /// What that means: `signed_by`, the certificate signed this file; `copied_signature`, it signed another one; `altered_signature`,
    /// it did not make the signature; `null` when it was not checked, and for parts that do not sign the file.
    pub finding: Option<String>,
    /// The finding's technique in MITRE ATT&CK: `T1553.002` for `signed_by`, `T1036.001` for the others.
    pub technique: Option<String>,
    /// The place, such as `sig[0].nested[1].signer`: `sig` counts the signatures that are not nested.
    pub position: String,
    /// The conditions that hold.
    pub fields: Vec<FieldRecord>,
    /// Conditions of the indicator's other alternatives that do not.
    pub unmatched: Vec<FieldRecord>,
    /// How much the match says.
    pub strength: String,
    /// `exact` or `sign_folded`; `null` when no serial was compared.
    pub serial_match: Option<String>,
    /// How many other indicators name the same serial and issuer.
    pub shared: Shared,
    /// `historical` when a timestamp says that the file was signed before the abuse began, `abused` when it says since; `null` where
    /// either time is not known. With verification only a verified timestamp says anything.
    pub timing: Option<String>,
    /// How bad this match is: the indicator's severity, `low` at the most when it is historical or rests on similar names alone, and a step
    /// less where the context lowers it.
    pub severity: Option<String>,
    /// What the context filters say; `null` where no event tells about the file.
    pub context: Option<ContextRecord>,
}

impl MatchRecord {
    /// Whether it is more than a similar name, and not suppressed.
    #[must_use]
    pub fn is_strong(&self) -> bool {
        self.strength != Strength::Name.as_str() && !self.is_suppressed()
    }

    /// Whether its context suppresses it.
    #[must_use]
    pub fn is_suppressed(&self) -> bool {
        self.context.as_ref().is_some_and(|context| context.action == "suppress")
    }
}

/// What the context filters say of a match.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ContextRecord {
    /// What was done: `none`, `annotate`, `lower` or `suppress`. It may be less than the filters ask for.
    pub action: String,
    /// The events that tell about the file.
    pub events: usize,
    /// The filters that hold of any of them.
    pub filters: Vec<FilterRecord>,
}

/// A context filter that holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FilterRecord {
    /// Its id.
    pub id: String,
    /// `annotate`, `lower` or `suppress`.
    pub action: String,
    /// The field that it holds by.
    pub field: Option<String>,
    /// Its value.
    pub value: Option<String>,
}

/// An indicator that matched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IndicatorRecord {
    /// Its name in its source.
    pub id: String,
    /// A name for people.
    pub name: Option<String>,
    /// Who published it.
    pub source: Option<String>,
    /// How bad a match is.
    pub severity: Option<String>,
    /// What kind of abuse.
    pub category: Option<String>,
    /// Malware family or campaign.
    pub family: Option<String>,
    /// Where to read more.
    pub reference: Option<String>,
    /// When it was published.
    pub date: Option<String>,
    /// MITRE ATT&CK technique ids.
    pub attack: Vec<String>,
}

/// One condition and what it was compared with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FieldRecord {
    /// What was compared.
    pub field: String,
    /// What the indicator says.
    pub expected: String,
    /// What the certificate says.
    pub actual: Option<String>,
    /// How they were compared.
    pub compare: String,
}

/// How many other indicators of the table name the same serial and the same issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Shared {
    /// The same serial.
    pub serial: usize,
    /// The same issuer.
    pub issuer: usize,
}
