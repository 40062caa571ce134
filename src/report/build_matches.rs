//! From the certificates of a file and a table to the matches of its record.

use std::collections::HashMap;
use std::fmt::Write as _;

use foldhash::fast::RandomState;

use super::certificates::CertificateList;
use super::room::Texts;
use super::{FieldRecord, IndicatorRecord, MatchRecord, Shared};
use crate::file::{CertificateUse, Place, SignedFile};
use crate::indicators::candidate::Candidate;
use crate::indicators::evidence::Evidence;
use crate::indicators::indicator::{Metadata, Text};
use crate::indicators::matches::Match;
use crate::indicators::role::Role;
use crate::indicators::table::IndicatorTable;
use crate::signature::{Signature, Source};

/// Matches that one record holds. A file made to match often would otherwise give a record many times its own size.
pub(super) const MOST_MATCHES: usize = 1_024;

pub(super) fn matches<'a>(
    file: &SignedFile<'a>,
    uses: &[CertificateUse<'a>],
    table: &IndicatorTable,
    certificates: &mut CertificateList<'_, 'a>,
) -> Vec<MatchRecord> {
    /// Uses that cost less to look up than to remember.
    const FEW: usize = 64;
    // Thousands of SignerInfos and timestamps may name the same certificate, which is looked up once for each part it plays.
    let mut known: HashMap<(u64, Role), Vec<Match<'_>>, RandomState> = HashMap::default();
    let mut records = Vec::new();
    for used in uses {
        let of_one;
        let found = match used.certificate() {
            Some(certificate) if uses.len() > FEW => known
                .entry((certificate.offset(), used.role()))
                .or_insert_with(|| all_matches(&certificates.candidate(used, table.needs()), table)),
            _ => {
                of_one = all_matches(&certificates.candidate(used, table.needs()), table);
                &of_one
            }
        };
        let room = MOST_MATCHES.saturating_sub(records.len());
        records.extend(found.iter().take(room).map(|found| match_record(file, used, found, certificates)));
        if records.len() >= MOST_MATCHES {
            break;
        }
    }
    records
}

/// What matches as written, and what matches folded.
fn all_matches<'t>(candidate: &Candidate<'_>, table: &'t IndicatorTable) -> Vec<Match<'t>> {
    #[cfg_attr(not(feature = "fold"), expect(unused_mut, reason = "nothing is added without folding"))]
    let mut found = table.matches(candidate);
    #[cfg(feature = "fold")]
    found.extend(table.folded_matches(candidate));
    found
}

fn match_record<'a>(
    file: &SignedFile<'a>,
    used: &CertificateUse<'a>,
    found: &Match<'_>,
    certificates: &mut CertificateList<'_, 'a>,
) -> MatchRecord {
    let texts = &certificates.room.texts;
    MatchRecord {
        indicator: indicator_record(&found.indicator.metadata),
        // What matches is in the record, whether or not there was room.
        certificate: used.certificate().map(|certificate| certificates.index_of(certificate)),
        role: used.role().as_str().to_owned(),
        signature: used.signature(),
        signature_status: "not_checked".to_owned(),
        position: position(file, used),
        fields: found.fields.iter().map(|field| field_record(field, texts)).collect(),
        unmatched: found.unmatched.iter().map(|field| field_record(field, texts)).collect(),
        strength: found.strength.as_str().to_owned(),
        serial_match: found.serial_match.map(|how| how.as_str().to_owned()),
        shared: Shared { serial: found.shared_serial, issuer: found.shared_issuer },
        context: None,
    }
}

fn indicator_record(metadata: &Metadata) -> IndicatorRecord {
    let owned = |text: &Option<Text>| text.as_deref().map(str::to_owned);
    IndicatorRecord {
        id: metadata.id.to_string(),
        name: owned(&metadata.name),
        source: owned(&metadata.source),
        severity: metadata.severity.map(|severity| severity.as_str().to_owned()),
        category: owned(&metadata.category),
        family: owned(&metadata.family),
        reference: owned(&metadata.reference),
        date: owned(&metadata.date),
        attack: metadata.attack.iter().map(ToString::to_string).collect(),
    }
}

fn field_record(evidence: &Evidence, texts: &Texts) -> FieldRecord {
    FieldRecord {
        field: evidence.field.to_owned(),
        expected: evidence.expected.clone(),
        actual: evidence.actual.as_ref().map(|actual| texts.text(actual)),
        compare: evidence.compare.as_str().to_owned(),
    }
}

/// Such as `sig[0].nested[1].signer`.
fn position(file: &SignedFile<'_>, used: &CertificateUse<'_>) -> String {
    let signatures = file.signatures();
    let Some(mut at) = used.signature() else {
        return match used.place() {
            Place::Entry(entry) => format!("entry[{entry}].certificate"),
            _ => String::new(),
        };
    };
    let mut path = Vec::new();
    while let Some(Source::Nested { parent, position }) = signatures.get(at).map(Signature::source) {
        path.push(position);
        at = parent;
    }
    let outer = signatures.iter().take(at).filter(|signature| signature.level() == 0).count();
    let mut text = format!("sig[{outer}]");
    for position in path.iter().rev() {
        // Writing to a String does not fail.
        let _ = write!(text, ".nested[{position}]");
    }
    let _ = match used.place() {
        Place::Signer(0) => write!(text, ".signer"),
        Place::Signer(signer) => write!(text, ".signer[{signer}]"),
        Place::Chain { signer: 0, depth } => write!(text, ".chain[{depth}]"),
        Place::Chain { signer, depth } => write!(text, ".signer[{signer}].chain[{depth}]"),
        Place::TimestampSigner(timestamp) => write!(text, ".timestamp[{timestamp}].signer"),
        Place::TimestampChain { timestamp, depth } => write!(text, ".timestamp[{timestamp}].chain[{depth}]"),
        Place::Set(index) => write!(text, ".certificates[{index}]"),
        Place::TimestampSet { timestamp, index } => write!(text, ".timestamp[{timestamp}].certificates[{index}]"),
        Place::Entry(entry) => write!(text, ".entry[{entry}]"),
    };
    text
}
