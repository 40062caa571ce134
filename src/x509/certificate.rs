//! [`Certificate`]: the parts of one X.509 certificate, found by a tag walk; decoded in full on demand.

use std::fmt;

use super::name::Name;
use super::serial::{Serial, note_serial};
use crate::asn1::der::{Cursor, Element};
use crate::asn1::oid::Oid;
use crate::asn1::tag;
use crate::asn1::time::Time;
use crate::bytes::Span;
#[cfg(feature = "digest")]
use crate::digest::HashAlgorithm;
use crate::error::{Error, ErrorKind, Structure};
use crate::limits::Budget;

/// One X.509 certificate (RFC 5280, 4.1), borrowed from the file.
///
/// Only the tags are walked on the way in, so a certificate that a strict decoder refuses (a date that does not exist, a
/// malformed extension, parts behind the last one) still tells its serial, issuer and subject. Everything else is decoded when it
/// is asked for. What is absent or damaged answers `None` or is empty.
#[derive(Clone, Copy)]
pub struct Certificate<'a> {
    der: Span<'a>,
    tbs: Span<'a>,
    version: Option<u32>,
    serial: Serial<'a>,
    signature_algorithm: Oid<'a>,
    issuer: Name<'a>,
    validity: Span<'a>,
    subject: Name<'a>,
    spki: Span<'a>,
    extensions: Span<'a>,
}

/// When a certificate is valid. A bound is `None` when its octets are no date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Validity {
    /// The first instant.
    pub not_before: Option<Time>,
    /// The last instant.
    pub not_after: Option<Time>,
}

impl<'a> Certificate<'a> {
    /// Reads a certificate from its DER (or BER), tag and length included. What follows it is ignored.
    ///
    /// # Errors
    /// When the octets hold no serial and issuer in the places of RFC 5280, 4.1.
    pub fn from_der(der: &'a [u8]) -> Result<Self, Error> {
        let mut budget = Budget::default();
        let mut cursor = Cursor::new(Span::new(der, 0), Structure::Certificate);
        let element = cursor.expect(tag::SEQUENCE, &mut budget)?;
        Self::from_element(element, &mut budget)
    }

    /// Walks the element of a certificate. What is cut or damaged behind the issuer becomes a fault: serial and issuer say which
    /// certificate it is.
    pub(crate) fn from_element(element: Element<'a>, budget: &mut Budget) -> Result<Self, Error> {
        let structure = Structure::Certificate;
        let outer = element.expect(tag::SEQUENCE, structure)?;
        let tbs = outer.members(structure).lenient_expect(tag::SEQUENCE, budget)?;
        let mut parts = tbs.members(structure);
        let version = parts.optional(tag::CONSTRUCTED_0, budget)?;
        let serial = parts.expect(tag::INTEGER, budget)?;
        let algorithm = parts.expect(tag::SEQUENCE, budget)?;
        let issuer = parts.expect(tag::SEQUENCE, budget)?;
        note_serial(serial, structure, budget);
        let signature_algorithm = algorithm.members(structure).expect(tag::OID, budget);
        let signature_algorithm = budget.survive(signature_algorithm);
        let nothing = outer.raw.truncate(0);
        let mut certificate = Self {
            der: outer.raw,
            tbs: tbs.raw,
            version: version.map_or(Some(1), |version| read_version(version, budget)),
            serial: Serial::from_bytes(serial.content.as_bytes()),
            signature_algorithm: Oid::from_content(signature_algorithm.map_or(&[], |oid| oid.content.as_bytes())),
            issuer: Name::new(issuer.raw),
            validity: nothing,
            subject: Name::new(nothing),
            spki: nothing,
            extensions: nothing,
        };
        let rest = certificate.walk_rest(parts, budget);
        budget.survive(rest);
        Ok(certificate)
    }

    /// Octets of which nothing could be read.
    #[cfg(feature = "carve")]
    pub(crate) fn unread(der: Span<'a>) -> Self {
        let nothing = der.truncate(0);
        Self {
            der,
            tbs: nothing,
            version: None,
            serial: Serial::from_bytes(&[]),
            signature_algorithm: Oid::from_content(&[]),
            issuer: Name::new(nothing),
            validity: nothing,
            subject: Name::new(nothing),
            spki: nothing,
            extensions: nothing,
        }
    }

    /// Issuer and serial of a certificate of which nothing else is wanted.
    pub(crate) fn identity(element: Element<'a>, budget: &mut Budget) -> Option<(Name<'a>, Serial<'a>)> {
        let structure = Structure::Certificate;
        let outer = element.expect(tag::SEQUENCE, structure).ok()?;
        let tbs = outer.members(structure).expect(tag::SEQUENCE, budget).ok()?;
        let mut parts = tbs.members(structure);
        parts.optional(tag::CONSTRUCTED_0, budget).ok()?;
        let serial = parts.expect(tag::INTEGER, budget).ok()?;
        parts.expect(tag::SEQUENCE, budget).ok()?;
        let issuer = parts.expect(tag::SEQUENCE, budget).ok()?;
        Some((Name::new(issuer.raw), Serial::from_bytes(serial.content.as_bytes())))
    }

    fn walk_rest(&mut self, mut parts: Cursor<'a>, budget: &mut Budget) -> Result<(), Error> {
        let missing = parts.error(ErrorKind::Missing);
        let validity = parts.next(budget)?.ok_or(missing)?;
        self.validity = validity.content;
        budget.survive(validity.expect(tag::SEQUENCE, Structure::Certificate));
        let has_dates = || self.validity().not_before.is_some() && self.validity().not_after.is_some();
        if !has_plain_dates(self.validity.as_bytes()) && !has_dates() {
            budget.fault(Error::new(ErrorKind::BadTime, Structure::Validity, validity.raw.offset()));
        }
        let subject = parts.expect(tag::SEQUENCE, budget)?;
        self.subject = Name::new(subject.raw);
        self.walk_key_and_extensions(parts, budget)
    }

    fn walk_key_and_extensions(&mut self, mut parts: Cursor<'a>, budget: &mut Budget) -> Result<(), Error> {
        self.spki = parts.expect(tag::SEQUENCE, budget)?.raw;
        // issuerUniqueID and subjectUniqueID, each once: a certificate is not to use up what reading the others takes.
        for (primitive, constructed) in [(tag::CONTEXT_1, tag::CONSTRUCTED_1), (tag::CONTEXT_2, tag::CONSTRUCTED_2)] {
            if parts.optional(primitive, budget)?.is_none() {
                parts.optional(constructed, budget)?;
            }
        }
        if let Some(extensions) = parts.optional(tag::CONSTRUCTED_3, budget)? {
            self.extensions = extensions.members(Structure::Extension).expect(tag::SEQUENCE, budget)?.content;
        }
        if parts.is_at_end() { Ok(()) } else { Err(parts.error(ErrorKind::UnknownParts)) }
    }

    /// The whole certificate, tag and length included.
    #[must_use]
    pub const fn der(self) -> &'a [u8] {
        self.der.as_bytes()
    }

    /// File offset of the certificate's first byte.
    #[must_use]
    pub const fn offset(self) -> u64 {
        self.der.offset()
    }

    pub(crate) const fn span(self) -> Span<'a> {
        self.der
    }

    /// What lies in the certificate where its structure has nothing: in place of its signature, or behind it. Its issuer did not sign
    /// that.
    pub(crate) fn unknown_parts(self) -> Option<Span<'a>> {
        let budget = &mut Budget::default();
        let mut outer = Cursor::new(self.der, Structure::Certificate);
        let mut parts = outer.next(budget).ok().flatten()?.members(Structure::Certificate);
        parts.next(budget).ok()?;
        let behind_tbs = parts.left_over();
        for expected in [tag::SEQUENCE, tag::BIT_STRING] {
            let here = parts.left_over();
            match parts.next(budget) {
                Ok(Some(part)) if part.tag == expected => {}
                Ok(None) => return None,
                Ok(Some(_)) => return Some(here),
                Err(_) => return Some(behind_tbs),
            }
        }
        Some(parts.left_over()).filter(|left| !left.is_empty())
    }

    /// The TBSCertificate, tag and length included: the octets the issuer signed.
    #[must_use]
    pub const fn tbs(self) -> &'a [u8] {
        self.tbs.as_bytes()
    }

    /// The SubjectPublicKeyInfo, tag and length included; empty when it is damaged.
    #[must_use]
    pub const fn spki(self) -> &'a [u8] {
        self.spki.as_bytes()
    }

    /// The version: 1 to 3 in real certificates, counted from 1; `None` when it is damaged or no small number.
    #[must_use]
    pub const fn version(self) -> Option<u32> {
        self.version
    }

    /// The serial number.
    #[must_use]
    pub const fn serial(self) -> Serial<'a> {
        self.serial
    }

    /// The issuer's name.
    #[must_use]
    pub const fn issuer(self) -> Name<'a> {
        self.issuer
    }

    /// The subject's name.
    #[must_use]
    pub const fn subject(self) -> Name<'a> {
        self.subject
    }

    /// The algorithm the issuer signed with, as the TBSCertificate names it; no octets when it is damaged.
    #[must_use]
    pub const fn signature_algorithm(self) -> Oid<'a> {
        self.signature_algorithm
    }

    pub(super) const fn spki_span(self) -> Span<'a> {
        self.spki
    }

    /// When the certificate is valid.
    #[must_use]
    pub fn validity(self) -> Validity {
        let mut budget = Budget::default();
        let mut parts = Cursor::new(self.validity, Structure::Validity);
        let mut time = || parts.next(&mut budget).ok().flatten().and_then(Time::lenient_from_element);
        Validity { not_before: time(), not_after: time() }
    }

    /// Whether subject and issuer are the same name, which says nothing about who signed.
    #[must_use]
    pub fn is_self_issued(self) -> bool {
        self.subject.matches(self.issuer)
    }

    /// The members of the extensions' SEQUENCE.
    pub(super) const fn extension_list(self) -> Cursor<'a> {
        Cursor::new(self.extensions, Structure::Extension)
    }

    /// SHA-1 of the whole certificate, which Windows calls the thumbprint.
    #[cfg(feature = "digest")]
    #[must_use]
    pub fn sha1(self) -> [u8; 20] {
        crate::digest::sha1(self.der())
    }

    /// SHA-256 of the whole certificate.
    #[cfg(feature = "digest")]
    #[must_use]
    pub fn sha256(self) -> [u8; 32] {
        crate::digest::sha256(self.der())
    }

    /// SHA-256 of the TBSCertificate, the hash that application control policies name.
    #[cfg(feature = "digest")]
    #[must_use]
    pub fn tbs_sha256(self) -> [u8; 32] {
        crate::digest::sha256(self.tbs())
    }

    /// The certificate's digest in any algorithm.
    ///
    /// ```
    /// use certsift::{HashAlgorithm, SignedFile};
    ///
    /// let bytes = include_bytes!("../../tests/fixtures/seed_pe32.exe");
    /// let file = SignedFile::parse(bytes)?;
    /// let signer = file.signatures()[0].signer().unwrap();
    /// assert_eq!(signer.fingerprint(HashAlgorithm::Sha1), signer.sha1());
    /// # Ok::<(), certsift::Error>(())
    /// ```
    #[cfg(feature = "digest")]
    #[must_use]
    pub fn fingerprint(self, algorithm: HashAlgorithm) -> Vec<u8> {
        algorithm.digest(self.der())
    }

    /// The digest of the TBSCertificate in any algorithm; application control policies name it in that of the certificate's own
    /// signature.
    #[cfg(feature = "digest")]
    #[must_use]
    pub fn tbs_fingerprint(self, algorithm: HashAlgorithm) -> Vec<u8> {
        algorithm.digest(self.tbs())
    }

    /// SHA-256 of the SubjectPublicKeyInfo.
    #[cfg(feature = "digest")]
    #[must_use]
    pub fn spki_sha256(self) -> [u8; 32] {
        crate::digest::sha256(self.spki())
    }
}

impl PartialEq for Certificate<'_> {
    /// Octet for octet.
    fn eq(&self, other: &Self) -> bool {
        self.der() == other.der()
    }
}

impl Eq for Certificate<'_> {}

impl fmt::Debug for Certificate<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("offset", &self.offset())
            .field("serial", &self.serial)
            .field("subject", &self.subject)
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}

/// Whether the content of a Validity is two dates for certain, which is told without reading them.
fn has_plain_dates(validity: &[u8]) -> bool {
    let [0x17, 13, after @ ..] = validity else { return false };
    match after.split_at_checked(13) {
        Some((not_before, [0x17, 13, not_after @ ..])) => {
            Time::is_plain_utc(not_before) && Time::is_plain_utc(not_after)
        }
        _ => false,
    }
}

/// `[0] { INTEGER }`, which counts from 0.
fn read_version(explicit: Element<'_>, budget: &mut Budget) -> Option<u32> {
    let number = explicit.members(Structure::Certificate).expect(tag::INTEGER, budget);
    budget.survive(number)?.small_number()?.checked_add(1)
}
