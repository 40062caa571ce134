//! [`SignedFile`]: the whole pipeline on one screen, from bytes to signatures and to what the matcher is asked about.

pub(crate) mod candidate;
mod certificate_list;
mod certificate_use;
#[cfg(feature = "digest")]
mod content_digest;
#[cfg(feature = "scan")]
mod glance;
#[cfg(feature = "digest")]
pub(crate) mod image_check;
#[cfg(feature = "digest")]
pub(crate) mod image_digest;
mod learn;
#[cfg(feature = "digest")]
mod page_walk;
mod signature_data;
mod unsigned_bytes;

use crate::asn1::der::{Cursor, open};
use crate::asn1::tag;
use crate::bytes::{Span, to_u64, to_usize};
use crate::container::part::{PartKind, Parts};
use crate::container::win_certificate::{Records, WinCertificate};
use crate::container::{self, Container, LocateError, Located, SignatureBytes, Stored};
use crate::error::{Error, ErrorKind, Limit, Structure};
use crate::limits::{Budget, Limits};
use crate::signature::{Signature, Source};
use crate::x509::certificate::Certificate;

#[cfg(feature = "report")]
pub(crate) use certificate_list::MOST_CERTIFICATE_FAULTS;
pub use certificate_use::{CertificateUse, Place};
#[cfg(feature = "scan")]
pub(crate) use glance::nobody_is_known;
#[cfg(feature = "scan")]
pub(crate) use signature_data::Known;
pub use signature_data::{ReadError, SignatureData};
pub use unsigned_bytes::{UnsignedBytes, UnsignedKind};

/// What a file has that nothing was unpacked of.
static NO_PARTS: &Parts = &Parts::new();

/// The signatures of one file.
///
/// ```
/// use certsift::SignedFile;
///
/// let bytes = include_bytes!("../tests/fixtures/seed_pe32.exe");
/// let file = SignedFile::parse(bytes)?;
/// let signer = file.signatures()[0].signer().unwrap();
/// assert_eq!(signer.serial().to_string(), "452156c3b3fb0176365bdb5b7715bc4c");
/// assert_eq!(signer.subject().organizations().next().unwrap(), "CallTogether, Inc.");
/// # Ok::<(), certsift::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct SignedFile<'a> {
    container: Container,
    size: u64,
    /// Whether it was unpacked.
    is_stored_apart: bool,
    /// Bytes of signature data that the file says it has.
    declared_length: u64,
    entries: Vec<WinCertificate<'a>>,
    signatures: Vec<Signature<'a>>,
    /// How many of the signatures name a signer.
    signer_count: usize,
    entry_certificates: Vec<EntryCertificate<'a>>,
    /// What lies around the messages: of the table, of its entries, and behind it.
    surroundings: Vec<UnsignedBytes<'a>>,
    faults: Vec<Error>,
}

/// A certificate that lies in no message: the whole body of a WIN_CERTIFICATE, one of a certificate file, or one that a signature in XML has.
#[derive(Debug, Clone, Copy)]
struct EntryCertificate<'a> {
    entry: usize,
    certificate: Certificate<'a>,
    /// For one that a signature in XML has: whether it is the first there.
    key_info: Option<bool>,
}

impl<'a> SignedFile<'a> {
    /// Reads the signatures of a file that is wholly in memory and stores them as they are: a PE image, a bare CMS message. Any other one
    /// is read by [`SignatureData::parse`], which has a place for what it unpacks, also of a package that lies behind an image.
    ///
    /// # Errors
    /// When nothing can be said about signatures: the format is not recognised, or its headers are cut; of kind
    /// [`StoredApart`](ErrorKind::StoredApart) where the file stores its signatures in another form. Everything less is a
    /// [fault](Self::faults).
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        Self::parse_with_limits(bytes, Limits::default())
    }

    /// Like [`parse`](Self::parse), with the caller's limits.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_with_limits(bytes: &'a [u8], limits: Limits) -> Result<Self, Error> {
        let mut budget = Budget::new(limits);
        match container::locate(bytes, to_u64(bytes.len()), &mut budget).map_err(LocateError::in_memory)? {
            Stored::InPlace(located) => Ok(Self::in_place(bytes, located, NO_PARTS, budget)),
            Stored::Apart(_) => Err(Error::new(ErrorKind::StoredApart, Structure::File, 0)),
        }
    }

    /// The signatures of a file that is wholly in memory and has them where `located` says.
    fn in_place(bytes: &'a [u8], located: Located, parts: &'a Parts, budget: Budget) -> Self {
        let part = |offset: u64, length: usize| {
            Span::new(bytes, 0).get(to_usize(offset), length).unwrap_or(Span::new(&[], offset))
        };
        let data = part(located.offset, to_usize(located.length));
        let behind = part(located.end, located.behind_read());
        Self::from_bytes(located, to_u64(bytes.len()), SignatureBytes { data, behind }, parts, budget)
    }

    const fn new(container: Container, size: u64, declared_length: u64) -> Self {
        Self {
            container,
            size,
            is_stored_apart: false,
            declared_length,
            entries: Vec::new(),
            signatures: Vec::new(),
            signer_count: 0,
            entry_certificates: Vec::new(),
            surroundings: Vec::new(),
            faults: Vec::new(),
        }
    }

    /// Everything behind the containers: the same for a slice and for a reader. `parts` are those of a package behind the file.
    fn from_bytes(
        located: Located,
        size: u64,
        bytes: SignatureBytes<'a>,
        parts: &'a Parts,
        mut budget: Budget,
    ) -> Self {
        let mut file = Self::new(located.container, size, located.declared);
        if located.container == Container::Pe {
            file.read_table(bytes.data, &mut budget);
        } else if located.length > 0 || located.container == Container::Pkcs7 {
            file.read_message(0, bytes.data, &mut budget);
        }
        if parts.len() > 0 {
            let message = usize::from(located.container != Container::Pe && located.length > 0);
            file.is_stored_apart = true;
            file.declared_length = file.declared_length.saturating_add(parts.length());
            file.read_parts(file.entries.len().saturating_add(message), parts, &mut budget);
        }
        if located.behind > 0 {
            let behind = UnsignedBytes::new(UnsignedKind::AfterTable, bytes.behind);
            file.surroundings.push(UnsignedBytes { length: located.behind, ..behind });
        }
        file.faults = budget.into_faults();
        file
    }

    /// The same for what was unpacked.
    fn from_parts(container: Container, size: u64, parts: &'a Parts, mut budget: Budget) -> Self {
        let mut file = Self { is_stored_apart: true, ..Self::new(container, size, parts.length()) };
        file.read_parts(0, parts, &mut budget);
        file.faults = budget.into_faults();
        file
    }

    /// Reads parts, which are numbered from `first` on.
    fn read_parts(&mut self, first: usize, parts: &'a Parts, budget: &mut Budget) {
        for (entry, (kind, span)) in (first..).zip(parts.iter()) {
            budget.refill();
            let (signatures, certificates) = (self.signatures.len(), self.entry_certificates.len());
            match kind {
                PartKind::Message => self.read_message(entry, span, budget),
                PartKind::Certificate => self.read_entry_certificate(entry, span, None, budget),
                PartKind::KeyInfo { is_first } => {
                    self.read_entry_certificate(entry, span, Some(is_first), budget);
                }
            }
            if signatures == self.signatures.len() && certificates == self.entry_certificates.len() {
                self.surroundings.push(UnsignedBytes::new(UnsignedKind::OpaqueEntry, span));
            }
        }
    }

    /// Reads every entry of the table. Those that nobody signed are kept up to a limit of their own, so that they can neither hide what
    /// comes behind them nor fill the memory: what is not kept is bytes that belong to no entry.
    fn read_table(&mut self, table: Span<'a>, budget: &mut Budget) {
        let max = budget.limits().max_entries;
        let (mut signed, mut others) = (0_usize, 0_usize);
        let mut is_told = false;
        let mut records = Records::new(table);
        while let Some(mut entry) = records.next(budget) {
            if signed >= max {
                budget.fault_limit(Limit::Entries, Structure::CertificateTable, entry.offset());
                break;
            }
            let before = (self.signatures.len(), self.entry_certificates.len(), self.surroundings.len());
            let signers = self.signer_count;
            records.end_behind_message(&mut entry, budget);
            if !self.read_entry(&entry, budget) {
                records.end_at_next(&mut entry, 0);
                self.surroundings.push(UnsignedBytes::new(UnsignedKind::OpaqueEntry, entry.body_span()));
            }
            let count = if self.signer_count > signers { &mut signed } else { &mut others };
            if *count >= max {
                // Once: a table of the largest size has room for eight million.
                if !std::mem::replace(&mut is_told, true) {
                    budget.fault_limit(Limit::Entries, Structure::CertificateTable, entry.offset());
                }
                self.signatures.truncate(before.0);
                self.entry_certificates.truncate(before.1);
                self.surroundings.truncate(before.2);
                continue;
            }
            *count = count.saturating_add(1);
            self.note_gap(records.take(&entry));
            self.entries.push(entry);
        }
        self.note_gap(records.untaken());
    }

    fn note_gap(&mut self, gap: Span<'a>) {
        if !gap.is_empty() {
            self.surroundings.push(UnsignedBytes::of_gap(gap));
        }
    }

    /// Whether a signature or a certificate could be read in the entry.
    fn read_entry(&mut self, entry: &WinCertificate<'a>, budget: &mut Budget) -> bool {
        budget.refill();
        let index = self.entries.len();
        let (signatures, certificates) = (self.signatures.len(), self.entry_certificates.len());
        match entry.message() {
            Some(body) if is_certificate(body) => self.read_entry_certificate(index, body, None, budget),
            Some(message) => self.read_message(index, message, budget),
            None => {
                let kind = ErrorKind::EntryNotCms { found: entry.kind() };
                budget.fault(Error::new(kind, Structure::WinCertificate, entry.offset()));
            }
        }
        signatures < self.signatures.len() || certificates < self.entry_certificates.len()
    }

    /// `key_info` is what a signature in XML has it for: whether it is the first there.
    fn read_entry_certificate(&mut self, entry: usize, body: Span<'a>, key_info: Option<bool>, budget: &mut Budget) {
        let read = Cursor::new(body, Structure::Certificate).lenient_expect(tag::SEQUENCE, budget);
        let read = read.and_then(|element| Certificate::from_element(element, budget));
        if let Some(certificate) = budget.survive(read) {
            self.entry_certificates.push(EntryCertificate { entry, certificate, key_info });
            if self.container == Container::Pe {
                self.note_trailer(body, certificate.der().len(), budget);
            }
        }
    }

    /// Reads the message at the start of `span` and every message nested in it, depth first, by a work list.
    fn read_message(&mut self, entry: usize, span: Span<'a>, budget: &mut Budget) {
        let outer = self.signatures.len();
        let mut work = vec![(span, Source::Entry(entry), 0_usize)];
        while let Some((span, source, level)) = work.pop() {
            if self.signer_count >= budget.limits().max_signatures {
                budget.fault_limit(Limit::Signatures, Structure::File, span.offset());
                break;
            }
            let parsed = Signature::parse(span, source, entry, level, budget);
            let Some((signature, nested)) = budget.survive(parsed) else { continue };
            let parent = self.signatures.len();
            // Signatures that name nobody are counted apart: they must not hide those that do.
            if !signature.signers().is_empty() {
                self.signer_count = self.signer_count.saturating_add(1);
            } else if parent.saturating_sub(self.signer_count) >= budget.limits().max_signatures {
                budget.fault_limit(Limit::Signatures, Structure::File, span.offset());
                continue;
            }
            self.signatures.push(signature);
            let inner_level = level.saturating_add(1);
            match nested.first() {
                Some(first) if inner_level > budget.limits().max_nesting => {
                    budget.fault_limit(Limit::Nesting, Structure::SignerInfo, first.offset());
                }
                _ => {
                    let nested = nested.into_iter().enumerate().rev();
                    work.extend(
                        nested.map(|(position, span)| (span, Source::Nested { parent, position }, inner_level)),
                    );
                }
            }
        }
        if let Some(signature) = self.signatures.get(outer) {
            self.note_trailer(span, signature.der().len(), budget);
        }
    }

    /// What follows a message of this length in its entry. Up to seven zero bytes pad it; more, or anything else, is hidden data.
    fn note_trailer(&mut self, entry: Span<'a>, message_length: usize, budget: &mut Budget) {
        const MAX_PADDING: usize = 7;
        let trailer = entry.skip(message_length);
        if trailer.is_empty() {
            return;
        }
        let is_padding = trailer.len() <= MAX_PADDING && trailer.as_bytes().iter().all(|&byte| byte == 0);
        let kind = if is_padding { UnsignedKind::Padding } else { UnsignedKind::EntryTrailer };
        self.surroundings.push(UnsignedBytes::new(kind, trailer));
        if !is_padding {
            let kind = ErrorKind::TrailingData { length: to_u64(trailer.len()) };
            budget.fault(Error::new(kind, Structure::WinCertificate, trailer.offset()));
        }
    }

    /// The format of the file.
    #[must_use]
    pub const fn container(&self) -> Container {
        self.container
    }

    /// Size of the whole file, bytes.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Whether the file stores its signatures in another form than their own, as text, compressed or in pieces: then their octets do not lie
    /// in it at their offsets, which count from where the stored form begins.
    #[must_use]
    pub const fn is_stored_apart(&self) -> bool {
        self.is_stored_apart
    }

    /// The WIN_CERTIFICATE records of a PE image, in stored order.
    #[must_use]
    pub fn entries(&self) -> &[WinCertificate<'a>] {
        &self.entries
    }

    /// Whether the file claims to carry a signature, readable or not.
    #[must_use]
    pub const fn has_signature_data(&self) -> bool {
        self.declared_length > 0
    }

    /// Every signature: entry by entry, each nested one right after its parent.
    #[must_use]
    pub fn signatures(&self) -> &[Signature<'a>] {
        &self.signatures
    }

    /// The errors that were survived while the file was read, in the order they were met. See also
    /// [`certificate_faults`](Self::certificate_faults).
    #[must_use]
    pub fn faults(&self) -> &[Error] {
        &self.faults
    }

    /// Bytes that no signature covers, where malware and installers hide data in a signed file: by file offset, those inside
    /// others behind them.
    #[must_use]
    pub fn unsigned_bytes(&self) -> Vec<UnsignedBytes<'a>> {
        self.unsigned_bytes_of(&self.certificate_uses())
    }

    /// [`unsigned_bytes`](Self::unsigned_bytes), for a caller that has the uses already.
    pub(crate) fn unsigned_bytes_of(&self, uses: &[CertificateUse<'a>]) -> Vec<UnsignedBytes<'a>> {
        unsigned_bytes::collect(&self.surroundings, &self.signatures, uses)
    }
}

/// Whether `body` starts like a certificate: a SEQUENCE in a SEQUENCE, where a message has its type or version.
fn is_certificate(body: Span<'_>) -> bool {
    let members = open(body).map(|(_, members)| members);
    members.and_then(Span::first).map(u32::from) == Some(tag::SEQUENCE)
}
