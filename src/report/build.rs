//! From a [`SignedFile`] and a table to a [`Report`].

use std::fmt::Write as _;
use std::path::Path;

use super::certificates::{CertificateCache, CertificateList, algorithm_name, dn_text, time_text};
use super::{
    Failure, FaultRecord, FieldRecord, IndicatorRecord, Input, MatchRecord, Report, SCHEMA, Shared, SignatureRecord,
    SignerIdRecord, SignerRecord, Status, TimestampRecord, UnsignedBytesRecord,
};
use crate::asn1::oid::{self, Oid};
use crate::bytes::to_u64;
use crate::cms::signer_info::SignerId;
use crate::container::Container;
use crate::error::{Error, ErrorKind, Structure};
use crate::file::{CertificateUse, Place, ReadError, SignedFile, UnsignedBytes};
use crate::indicators::evidence::Evidence;
use crate::indicators::indicator::{Metadata, Text};
use crate::indicators::matches::Match;
use crate::indicators::table::IndicatorTable;
use crate::signature::{Signature, Signer, Source, Timestamp};

impl Input {
    /// A file at a path, about which nothing else is known yet.
    #[must_use]
    pub fn from_path(path: &Path) -> Self {
        let octets = path.as_os_str().as_encoded_bytes();
        Self {
            path: path.to_string_lossy().into_owned(),
            path_hex: std::str::from_utf8(octets).is_err().then(|| hex::encode(octets)),
            ..Self::default()
        }
    }
}

impl Report {
    /// What was read of a file, and which indicators of `table` match.
    #[must_use]
    pub fn new(input: Input, file: &SignedFile<'_>, table: &IndicatorTable) -> Self {
        Self::with_cache(input, file, table, false, &mut CertificateCache::default())
    }

    /// [`new`](Self::new) with [`detail`](Self::detail): everything else that the signatures and certificates tell.
    #[must_use]
    pub fn detailed(input: Input, file: &SignedFile<'_>, table: &IndicatorTable) -> Self {
        Self::with_cache(input, file, table, true, &mut CertificateCache::default())
    }

    /// [`new`](Self::new) or [`detailed`](Self::detailed), and what is worked out about certificates is kept for the next file.
    pub(crate) fn with_cache(
        input: Input,
        file: &SignedFile<'_>,
        table: &IndicatorTable,
        detailed: bool,
        cache: &mut CertificateCache,
    ) -> Self {
        let mut report = Self::outline(input, file);
        let uses = file.certificate_uses();
        let mut certificates = CertificateList::new(cache);
        for signature in file.signatures() {
            let record = signature_record(report.signatures.len(), signature, &mut certificates);
            report.signatures.push(record);
        }
        for certificate in uses.iter().filter(|used| used.signature().is_none()).filter_map(CertificateUse::certificate)
        {
            certificates.index_of(certificate);
        }
        certificates.note_roles(&uses);
        report.matches = matches(file, &uses, table, &certificates);
        report.faults = faults(file, &certificates);
        if detailed {
            report.detail = Some(Box::new(super::build_detail::detail(file, &certificates)));
        }
        report.certificates = certificates.records;
        if report.matches.len() >= MOST_MATCHES {
            report.faults.push(left_out("matches", MOST_MATCHES));
        }
        let unsigned = file.unsigned_bytes_of(&uses);
        report.unsigned_bytes = unsigned.iter().take(MOST_UNSIGNED).map(unsigned_bytes_record).collect();
        if unsigned.len() > MOST_UNSIGNED {
            report.faults.push(left_out("unsigned bytes", MOST_UNSIGNED));
        }
        report
    }

    /// The input and the status alone.
    pub(crate) fn outline(input: Input, file: &SignedFile<'_>) -> Self {
        let mut report = Self::blank(input, status_of(file));
        report.input.size = Some(file.size());
        report.input.container = Some(file.container().to_string());
        report
    }

    /// A file about which nothing can be said.
    #[must_use]
    pub fn from_error(input: Input, error: &ReadError) -> Self {
        let (status, code, detail) = match error {
            ReadError::Io(error) => (Status::Error, "io", error.to_string()),
            ReadError::File(error) if error.kind() == ErrorKind::UnrecognizedFormat => {
                return Self::blank(input, Status::Unrecognized);
            }
            ReadError::File(error) => (Status::Malformed, error.kind().code(), error.to_string()),
        };
        let mut report = Self::blank(input, status);
        let is_image = matches!(error, ReadError::File(error) if error.structure() == Structure::PeHeader);
        report.input.container = is_image.then(|| Container::Pe.to_string());
        report.error = Some(Failure { code: code.to_owned(), detail });
        report
    }

    /// A file at which the program panicked: a defect of ours, reported so that one file never ends a run.
    #[must_use]
    pub fn from_panic(input: Input, message: &str) -> Self {
        let mut report = Self::blank(input, Status::Error);
        report.error = Some(Failure { code: "panic".to_owned(), detail: message.to_owned() });
        report
    }

    fn blank(input: Input, status: Status) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            kind: "file".to_owned(),
            input,
            status,
            error: None,
            signatures: Vec::new(),
            certificates: Vec::new(),
            matches: Vec::new(),
            faults: Vec::new(),
            unsigned_bytes: Vec::new(),
            detail: None,
        }
    }
}

pub(crate) fn status_of(file: &SignedFile<'_>) -> Status {
    let signatures = file.signatures();
    if file.is_certificates_alone() {
        let has_any = signatures.iter().any(|signature| !signature.certificates().is_empty());
        if has_any { Status::Certificates } else { Status::NoSignature }
    } else if signatures.iter().any(Signature::is_complete) {
        Status::Signed
    } else if file.has_signature_data() && !file.has_only_entry_certificates() {
        Status::Malformed
    } else {
        Status::NoSignature
    }
}

fn signature_record<'a>(
    index: usize,
    signature: &Signature<'a>,
    certificates: &mut CertificateList<'_, 'a>,
) -> SignatureRecord {
    let indices = signature.certificates().iter().map(|certificate| certificates.index_of(*certificate)).collect();
    let mut signers = signature.signers().iter();
    let first = signers.next();
    let image_digest = signature.image_digest();
    let digest_algorithm = image_digest.map(|claimed| claimed.algorithm);
    let signer_algorithm = || first.map(Signer::digest_algorithm);
    let SignerRecord { signer, candidates, signer_id } =
        first.map_or_else(SignerRecord::default, |signer| signer_record(signer, certificates));
    SignatureRecord {
        index,
        parent: match signature.source() {
            Source::Nested { parent, .. } => Some(parent),
            Source::Entry(_) => None,
        },
        level: signature.level(),
        entry: signature.entry(),
        offset: signature.offset(),
        length: to_u64(signature.der().len()),
        digest_algorithm: digest_algorithm.or_else(signer_algorithm).and_then(hash_name),
        claimed_digest: image_digest.map(|claimed| hex::encode(claimed.digest)),
        computed_digest: None,
        digest_match: None,
        program_name: first.and_then(|signer| signer.program_name()).map(Into::into),
        more_info_url: first.and_then(|signer| signer.more_info_url()).map(Into::into),
        signing_time: first.and_then(|signer| signer.signing_time()).map(time_text),
        timestamps: signature
            .signers()
            .iter()
            .flat_map(|signer| signer.timestamps())
            .map(|timestamp| timestamp_record(timestamp, certificates))
            .collect(),
        signer,
        candidates,
        signer_id,
        additional_signers: signers.map(|signer| signer_record(signer, certificates)).collect(),
        certificates: indices,
        verification: None,
    }
}

fn signer_record<'a>(signer: &Signer<'a>, certificates: &mut CertificateList<'_, 'a>) -> SignerRecord {
    let candidates: Vec<usize> = signer.candidates().iter().map(|one| certificates.index_of(*one)).collect();
    SignerRecord {
        signer: candidates.first().copied(),
        candidates,
        signer_id: Some(signer_id_record(signer, certificates)),
    }
}

fn timestamp_record<'a>(timestamp: &Timestamp<'a>, certificates: &mut CertificateList<'_, 'a>) -> TimestampRecord {
    TimestampRecord {
        kind: timestamp.kind().as_str().to_owned(),
        time: timestamp.time().map(time_text),
        certificates: timestamp.certificates().iter().map(|one| certificates.index_of(*one)).collect(),
        signer: timestamp.signer().map(|signer| certificates.index_of(signer)),
    }
}

/// The name that a SignerInfo writes is, as a rule, the one in its signer's certificate, whose text is known already.
fn signer_id_record(signer: &Signer<'_>, certificates: &CertificateList<'_, '_>) -> SignerIdRecord {
    match signer.id() {
        SignerId::IssuerAndSerial { issuer, serial } => {
            let same = signer.certificate().filter(|certificate| certificate.issuer() == issuer);
            let known = same.and_then(|certificate| certificates.issuer_text(certificate));
            SignerIdRecord {
                issuer: Some(known.map_or_else(|| dn_text(issuer), str::to_owned)),
                serial: Some(serial.to_string()),
                key_id: None,
            }
        }
        SignerId::SubjectKeyId(key_id) => {
            SignerIdRecord { issuer: None, serial: None, key_id: Some(hex::encode(key_id.octets())) }
        }
    }
}

/// The hash of an algorithm field. Some signers write a signature algorithm there, which names its hash just as well.
fn hash_name(algorithm: Oid<'_>) -> Option<String> {
    algorithm_name(oid::hash_of(algorithm))
}

/// Matches that one record holds. A file made to match often would otherwise give a record many times its own size.
const MOST_MATCHES: usize = 1_024;

/// Pieces of unsigned bytes that one record holds, for the same reason.
const MOST_UNSIGNED: usize = 1_024;

/// Faults inside certificates that one record holds, beside those of reading the file, of which `Limits` keeps so many.
const MOST_CERTIFICATE_FAULTS: usize = 256;

/// What was met on the way, and what is wrong inside the certificates.
fn faults(file: &SignedFile<'_>, certificates: &CertificateList<'_, '_>) -> Vec<FaultRecord> {
    let mut records: Vec<FaultRecord> = file.faults().iter().map(fault_record).collect();
    let mut inside = certificates.faults.iter().filter(|fault| !fault.is_told(file.faults())).map(fault_record);
    records.extend(inside.by_ref().take(MOST_CERTIFICATE_FAULTS));
    if inside.next().is_some() {
        records.push(left_out("faults inside certificates", MOST_CERTIFICATE_FAULTS));
    }
    records
}

/// What a record says when it does not hold all there is.
fn left_out(what: &str, most: usize) -> FaultRecord {
    FaultRecord {
        code: "limit-reached".to_owned(),
        structure: "file".to_owned(),
        offset: 0,
        detail: format!("the limit on {what} was reached: {most} are told, there may be more"),
    }
}

fn matches<'a>(
    file: &SignedFile<'a>,
    uses: &[CertificateUse<'a>],
    table: &IndicatorTable,
    certificates: &CertificateList<'_, 'a>,
) -> Vec<MatchRecord> {
    let mut records = Vec::new();
    for used in uses {
        let candidate = certificates.candidate(used);
        let found = table.matches(&candidate);
        #[cfg(feature = "fold")]
        let found = found.into_iter().chain(table.folded_matches(&candidate));
        let room = MOST_MATCHES.saturating_sub(records.len());
        records.extend(found.into_iter().take(room).map(|found| match_record(file, used, &found, certificates)));
        if records.len() >= MOST_MATCHES {
            break;
        }
    }
    records
}

fn match_record<'a>(
    file: &SignedFile<'a>,
    used: &CertificateUse<'a>,
    found: &Match<'_>,
    certificates: &CertificateList<'_, '_>,
) -> MatchRecord {
    MatchRecord {
        indicator: indicator_record(&found.indicator.metadata),
        certificate: used.certificate().and_then(|certificate| certificates.find(certificate)),
        role: used.role().as_str().to_owned(),
        signature: used.signature(),
        signature_status: "not_checked".to_owned(),
        position: position(file, used),
        fields: found.fields.iter().map(field_record).collect(),
        unmatched: found.unmatched.iter().map(field_record).collect(),
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

fn field_record(evidence: &Evidence) -> FieldRecord {
    FieldRecord {
        field: evidence.field.to_owned(),
        expected: evidence.expected.clone(),
        actual: evidence.actual.clone(),
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

pub(super) fn fault_record(fault: &Error) -> FaultRecord {
    FaultRecord {
        code: fault.kind().code().to_owned(),
        structure: fault.structure().to_string(),
        offset: fault.offset(),
        detail: fault.to_string(),
    }
}

fn unsigned_bytes_record(unsigned: &UnsignedBytes<'_>) -> UnsignedBytesRecord {
    UnsignedBytesRecord {
        kind: unsigned.kind.as_str().to_owned(),
        offset: unsigned.offset,
        length: unsigned.length,
        // To thousandths: more is noise.
        entropy: Some((unsigned.entropy() * 1000.0).round() / 1000.0),
    }
}
