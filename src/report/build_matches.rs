//! From the certificates of a file and a table to the matches of its record.

use std::collections::HashMap;
use std::fmt::Write as _;

use foldhash::fast::RandomState;

use super::certificates::CertificateList;
use super::judged::{Abused, Judged, Verdict};
use super::room::Texts;
use super::{FieldRecord, IndicatorRecord, MatchRecord, Shared};
use crate::asn1::time::Time;
use crate::file::candidate::Questions;
use crate::file::{CertificateUse, Place, SignedFile};
use crate::indicators::candidate::Candidate;
use crate::indicators::evidence::Evidence;
use crate::indicators::hash_value::{HashOf, HashValue};
use crate::indicators::indicator::Text;
use crate::indicators::matches::Match;
use crate::indicators::role::Role;
use crate::indicators::table::IndicatorTable;
use crate::signature::{Signature, Source};

/// Matches that one record holds. A file made to match often would otherwise give a record many times its own size.
pub(super) const MOST_MATCHES: usize = 1_024;

/// The matches of a record, and the certificates that they say are abused, which is told of verified signatures.
#[derive(Default)]
pub(super) struct Matches {
    pub(super) records: Vec<MatchRecord>,
    pub(super) abused: Vec<Abused>,
}

pub(super) fn matches<'a>(
    file: &SignedFile<'a>,
    uses: &[CertificateUse<'a>],
    table: &IndicatorTable,
    judged: Judged<'_, 'a>,
    certificates: &mut CertificateList<'_, 'a>,
) -> Matches {
    /// Uses that cost less to look up than to remember.
    const FEW: usize = 64;
    let mut questions = Questions::new(file, table.needs()).with_signing_times(judged.signing_times());
    // Thousands of SignerInfos and timestamps may name the same certificate, which is looked up once for each part it plays.
    let mut known: HashMap<(u64, Role, Context), Vec<Match>, RandomState> = HashMap::default();
    let mut all = Matches::default();
    for used in uses {
        let of_one;
        let Some(candidate) = certificates.cache.question(used, &mut questions, table) else { continue };
        let found = match used.certificate() {
            Some(certificate) if uses.len() > FEW => known
                .entry((certificate.offset(), used.role(), Context::of(&candidate)))
                .or_insert_with(|| table.all_matches(&candidate)),
            _ => {
                of_one = table.all_matches(&candidate);
                &of_one
            }
        };
        let room = MOST_MATCHES.saturating_sub(all.records.len());
        for found in found.iter().take(room) {
            let record = placed_record(file, used, found, judged, certificates);
            all.abused.extend(judged.abused(used, found, record.certificate));
            all.records.push(record);
        }
        if all.records.len() >= MOST_MATCHES {
            break;
        }
    }
    all
}

/// What a candidate is beside its certificate: the same certificate in another signature may have another.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Context {
    program_names: Vec<String>,
    signed_at: Option<Time>,
    hashes: Vec<(HashOf, HashValue)>,
}

impl Context {
    fn of(candidate: &Candidate<'_>) -> Self {
        let chain = candidate.hashes.iter().filter(|(of, _)| *of == HashOf::ChainTbs);
        Self {
            program_names: candidate.program_names.iter().map(ToString::to_string).collect(),
            signed_at: candidate.signed_at,
            hashes: chain.copied().collect(),
        }
    }
}

fn placed_record<'a>(
    file: &SignedFile<'a>,
    used: &CertificateUse<'a>,
    found: &Match,
    judged: Judged<'_, 'a>,
    certificates: &mut CertificateList<'_, 'a>,
) -> MatchRecord {
    let Verdict { status, finding, technique } = judged.verdict(used, file);
    MatchRecord {
        // What matches is in the record, whether or not there was room.
        certificate: used.certificate().map(|certificate| certificates.index_of(certificate)),
        role: used.role().as_str().to_owned(),
        signature: used.signature(),
        signature_status: status.to_owned(),
        finding: finding.map(str::to_owned),
        technique: technique.map(str::to_owned),
        position: position(file, used),
        ..match_record(found, &certificates.room.texts)
    }
}

/// A match on a certificate of which nobody knows where it is.
pub(super) fn match_record(found: &Match, texts: &Texts) -> MatchRecord {
    MatchRecord {
        indicator: indicator_record(found),
        certificate: None,
        role: String::new(),
        signature: None,
        signature_status: Verdict::NOT_CHECKED.status.to_owned(),
        finding: None,
        technique: None,
        position: String::new(),
        fields: found.fields.iter().map(|field| field_record(field, texts)).collect(),
        unmatched: found.unmatched.iter().map(|field| field_record(field, texts)).collect(),
        strength: found.strength.as_str().to_owned(),
        serial_match: found.serial_match.map(|how| how.as_str().to_owned()),
        shared: Shared { serial: found.shared_serial, issuer: found.shared_issuer },
        timing: found.timing.map(|timing| timing.as_str().to_owned()),
        severity: found.severity().map(|severity| severity.as_str().to_owned()),
        context: None,
    }
}

fn indicator_record(found: &Match) -> IndicatorRecord {
    let metadata = &found.indicator.metadata;
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
