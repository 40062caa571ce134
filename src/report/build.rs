//! From a [`SignedFile`] and a table to a [`Report`].

use std::cell::RefCell;

use super::build_detail::Details;
use super::build_matches::{MOST_MATCHES, matches};
use super::certificate_cache::CertificateCache;
use super::certificate_record::time_text;
use super::certificates::CertificateList;
use super::judged::{Judged, revoke};
use super::room::{self, Room};
use super::signers::{signer_record, told_signers};
use super::{
    Failure, FaultRecord, Input, Report, SCHEMA, SignatureRecord, SignerRecord, Status, TimestampRecord,
    UnsignedBytesRecord,
};
use crate::asn1::oid::{self, Oid};
use crate::bytes::to_u64;
use crate::container::Container;
use crate::error::{Error, ErrorKind, Structure};
use crate::file::{CertificateUse, MOST_CERTIFICATE_FAULTS, ReadError, SignedFile, UnsignedBytes};
use crate::indicators::table::IndicatorTable;
use crate::signature::{Signature, Signer, Source, Timestamp};
#[cfg(feature = "verify")]
use crate::verify::Verification;

/// What a report is made of beside the file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Making<'m, 'a> {
    pub(crate) table: &'m IndicatorTable,
    /// Whether it has its [`detail`](Report::detail).
    pub(crate) detailed: bool,
    pub(crate) judged: Judged<'m, 'a>,
}

impl<'m> Making<'m, '_> {
    fn new(table: &'m IndicatorTable) -> Self {
        Self { table, detailed: false, judged: Judged::default() }
    }
}

impl Report {
    /// What was read of a file, and which indicators of `table` match.
    #[must_use]
    pub fn new(input: Input, file: &SignedFile<'_>, table: &IndicatorTable) -> Self {
        Self::with_cache(input, file, &Making::new(table), &mut CertificateCache::default())
    }

    /// [`new`](Self::new) with [`detail`](Self::detail): everything else that the signatures and certificates tell.
    #[must_use]
    pub fn detailed(input: Input, file: &SignedFile<'_>, table: &IndicatorTable) -> Self {
        let making = Making { detailed: true, ..Making::new(table) };
        Self::with_cache(input, file, &making, &mut CertificateCache::default())
    }

    /// [`new`](Self::new) with what a [`Verifier`](crate::Verifier) says of the signatures of `file`: their
    /// [`verification`](SignatureRecord::verification), and the status of those in which an indicator matches. The digests of the file
    /// are told apart, by [`set_image_digests`](Self::set_image_digests).
    ///
    /// ```
    /// use certsift::{IndicatorTable, Input, Report, SignedFile, Time, Verifier, check_image};
    ///
    /// let bytes = include_bytes!("../../tests/fixtures/seed_pe32.exe");
    /// let file = SignedFile::parse(bytes)?;
    /// let verifier = Verifier::new(Time::from_unix(1_415_000_000));
    /// let image = check_image(bytes.as_slice(), &file)?;
    /// let verifications = verifier.verify(&file, Some(&image));
    /// let report = Report::verified(Input::default(), &file, &IndicatorTable::builtin(), &verifications);
    /// assert!(report.signatures[0].verification.is_some());
    /// # Ok::<(), certsift::ReadError>(())
    /// ```
    #[cfg(feature = "verify")]
    #[must_use]
    pub fn verified<'a>(
        input: Input,
        file: &SignedFile<'a>,
        table: &IndicatorTable,
        verifications: &[Verification<'a>],
    ) -> Self {
        let making = Making { judged: Judged::by(verifications), ..Making::new(table) };
        Self::with_cache(input, file, &making, &mut CertificateCache::default())
    }

    /// [`verified`](Self::verified) with [`detail`](Self::detail).
    #[cfg(feature = "verify")]
    #[must_use]
    pub fn verified_in_detail<'a>(
        input: Input,
        file: &SignedFile<'a>,
        table: &IndicatorTable,
        verifications: &[Verification<'a>],
    ) -> Self {
        let making = Making { table, detailed: true, judged: Judged::by(verifications) };
        Self::with_cache(input, file, &making, &mut CertificateCache::default())
    }

    /// As `making` says, and what is worked out about certificates is kept for the next file.
    pub(crate) fn with_cache<'a>(
        input: Input,
        file: &SignedFile<'a>,
        making: &Making<'_, 'a>,
        cache: &mut CertificateCache,
    ) -> Self {
        let Making { table, detailed, judged } = *making;
        let mut report = Self::outline(input, file);
        let may_match = cache.may_match(file, table);
        let uses = file.certificate_uses();
        let room = Room::new();
        let mut left_out = Vec::new();
        let mut certificates = CertificateList::new(cache, file.faults(), &room);
        for signature in file.signatures() {
            let mut record = signature_record(report.signatures.len(), signature, &mut certificates);
            judged.fill(&mut record, &mut certificates);
            report.signatures.push(record);
        }
        for certificate in uses.iter().filter(|used| used.signature().is_none()).filter_map(CertificateUse::certificate)
        {
            certificates.index_if_room(certificate);
        }
        if may_match {
            let found = matches(file, &uses, table, judged, &mut certificates);
            report.matches = found.records;
            revoke(&mut report.signatures, &found.abused);
        }
        certificates.note_roles(&uses);
        report.faults = faults(file, &certificates);
        if detailed {
            // As much as above, so that the same are told here and there.
            let room = Room::new();
            let budget = RefCell::default();
            let details = Details { certificates: &certificates, room: &room, budget };
            report.detail = Some(Box::new(details.of(file, &uses)));
            left_out.extend(room.left_out());
        }
        report.certificates = certificates.records;
        if report.matches.len() >= MOST_MATCHES {
            report.faults.push(room::left_out("matches", MOST_MATCHES));
        }
        let unsigned = file.unsigned_bytes_of(&uses);
        report.unsigned_bytes = unsigned.iter().take(MOST_UNSIGNED).map(unsigned_bytes_record).collect();
        if unsigned.len() > MOST_UNSIGNED {
            report.faults.push(room::left_out("unsigned bytes", MOST_UNSIGNED));
        }
        let further: Vec<FaultRecord> = room.left_out().into_iter().filter(|fault| !left_out.contains(fault)).collect();
        report.faults.extend(further.into_iter().chain(left_out));
        report
    }

    /// The input and the status alone.
    pub(crate) fn outline(input: Input, file: &SignedFile<'_>) -> Self {
        Self::outline_of(input, status_of(file), file.container(), file.size())
    }

    /// The same, of a file that was not read further.
    pub(crate) fn outline_of(input: Input, status: Status, container: Container, size: u64) -> Self {
        let mut report = Self::blank(input, status);
        report.input.size = Some(size);
        report.input.container = Some(container.to_string());
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
        let container = match error {
            ReadError::File(error) if error.structure() == Structure::PeHeader => Some(Container::Pe),
            ReadError::File(error) if error.structure() == Structure::CabinetHeader => Some(Container::Cab),
            _ => None,
        };
        report.input.container = container.map(|container| container.to_string());
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
            catalog: None,
            image_digests: Vec::new(),
            carved: None,
            detail: None,
        }
    }
}

pub(crate) fn status_of(file: &SignedFile<'_>) -> Status {
    let signatures = file.signatures();
    if file.is_certificates_alone() {
        let in_messages = signatures.iter().any(|signature| !signature.certificates().is_empty());
        if in_messages || file.has_entry_certificates() {
            return Status::Certificates;
        }
        // Blocks that say they hold certificates, and cannot be read.
        let is_damage = |fault: &Error| fault.kind() != ErrorKind::Encrypted;
        if file.container() != Container::Pkcs7 && file.faults().iter().any(is_damage) {
            return Status::Malformed;
        }
        Status::NoSignature
    } else if signatures.iter().any(Signature::is_complete) {
        Status::Signed
    } else if file.has_key_infos() {
        Status::Certificates
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
    let room = certificates.room;
    let indices = signature.certificates().iter().filter_map(|certificate| certificates.index_if_room(*certificate));
    let indices = indices.collect();
    let mut signers = told_signers(signature, room);
    let timestamps = signers.iter().flat_map(|signer| signer.timestamps());
    let timestamps = room.timestamps.some_of(timestamps).map(|timestamp| timestamp_record(timestamp, certificates));
    let timestamps = timestamps.collect();
    let first = signature.signers().first();
    let image_digest = signature.image_digest();
    let digest_algorithm = image_digest.map(|claimed| claimed.algorithm);
    let signer_algorithm = || first.map(Signer::digest_algorithm);
    let mut signers = signers.drain(..).map(|signer| signer_record(signer, certificates));
    let SignerRecord { signer, candidates, signer_id, .. } = signers.next().unwrap_or_default();
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
        digest_algorithm: digest_algorithm.or_else(signer_algorithm).and_then(|algorithm| hash_name(algorithm, room)),
        claimed_digest: image_digest.map(|claimed| room.texts.hex(claimed.digest)),
        computed_digest: None,
        digest_match: None,
        program_name: first.and_then(Signer::program_name).map(|name| room.texts.text(name)),
        more_info_url: first.and_then(Signer::more_info_url).map(|url| room.texts.text(url)),
        signing_time: first.and_then(Signer::signing_time).map(time_text),
        timestamps,
        signer,
        candidates,
        signer_id,
        additional_signers: signers.collect(),
        certificates: indices,
        verification: None,
    }
}

fn timestamp_record<'a>(timestamp: &Timestamp<'a>, certificates: &mut CertificateList<'_, 'a>) -> TimestampRecord {
    TimestampRecord {
        kind: timestamp.kind().as_str().to_owned(),
        time: timestamp.time().map(time_text),
        certificates: timestamp.certificates().iter().filter_map(|one| certificates.index_if_room(*one)).collect(),
        signer: timestamp.signer().map(|signer| certificates.index_of(signer)),
    }
}

/// The hash of an algorithm field. Some signers write a signature algorithm there, which names its hash just as well.
fn hash_name(algorithm: Oid<'_>, room: &Room) -> Option<String> {
    room.texts.name(oid::hash_of(algorithm))
}

/// Pieces of unsigned bytes that one record holds: far more than any real file has.
const MOST_UNSIGNED: usize = 1_024;

/// What was met on the way, and what is wrong inside the certificates.
fn faults(file: &SignedFile<'_>, certificates: &CertificateList<'_, '_>) -> Vec<FaultRecord> {
    let mut records: Vec<FaultRecord> = file.faults().iter().map(fault_record).collect();
    records.extend(certificates.faults.iter().take(MOST_CERTIFICATE_FAULTS).map(fault_record));
    if certificates.faults.len() > MOST_CERTIFICATE_FAULTS {
        records.push(room::left_out("faults inside certificates", MOST_CERTIFICATE_FAULTS));
    }
    records
}

pub(crate) fn fault_record(fault: &Error) -> FaultRecord {
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
