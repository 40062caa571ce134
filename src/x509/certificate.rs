//! [`Certificate`]: the parts of one X.509 certificate, found by a tag walk; decoded in full on demand.

use std::fmt;

use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey as DecodedKey;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::name::Name;
use super::serial::{Serial, note_serial};
use crate::asn1::der::{Cursor, Element, strip_leading_zeros};
use crate::asn1::oid::{self, Oid};
use crate::asn1::tag;
use crate::asn1::time::Time;
use crate::bytes::{Span, to_u64};
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

/// The kind and size of a certificate's public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PublicKey<'a> {
    /// The key's algorithm, such as 1.2.840.113549.1.1.1 (RSA).
    pub algorithm: Oid<'a>,
    /// Bits of the modulus, field or prime; `None` for an algorithm we do not measure.
    pub bits: Option<u32>,
    /// The named curve of an elliptic-curve key, such as 1.2.840.10045.3.1.7 (P-256); `None` for other keys and for curves that
    /// are written out in full.
    pub curve: Option<Oid<'a>>,
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
        let Validity { not_before, not_after } = self.validity();
        if not_before.is_none() || not_after.is_none() {
            budget.fault(Error::new(ErrorKind::BadTime, Structure::Validity, validity.raw.offset()));
        }
        let subject = parts.expect(tag::SEQUENCE, budget)?;
        self.subject = Name::new(subject.raw);
        self.walk_key_and_extensions(parts, budget)
    }

    fn walk_key_and_extensions(&mut self, mut parts: Cursor<'a>, budget: &mut Budget) -> Result<(), Error> {
        self.spki = parts.expect(tag::SEQUENCE, budget)?.raw;
        while let Some(part) = parts.next(budget)? {
            match part.tag {
                tag::CONSTRUCTED_3 => {
                    self.extensions = part.members(Structure::Extension).expect(tag::SEQUENCE, budget)?.content;
                }
                // issuerUniqueID and subjectUniqueID.
                tag::CONTEXT_1 | tag::CONTEXT_2 | tag::CONSTRUCTED_1 | tag::CONSTRUCTED_2 => {}
                _ => return Err(Error::new(ErrorKind::UnknownParts, Structure::Certificate, part.raw.offset())),
            }
        }
        Ok(())
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

    /// The kind and size of the public key; `None` when it cannot be decoded.
    #[must_use]
    pub fn public_key(self) -> Option<PublicKey<'a>> {
        let mut budget = Budget::default();
        let mut outer = Cursor::new(self.spki, Structure::SubjectPublicKeyInfo);
        let mut parts = outer.expect(tag::SEQUENCE, &mut budget).ok()?.members(Structure::SubjectPublicKeyInfo);
        let algorithm = parts.expect(tag::SEQUENCE, &mut budget).ok()?;
        let mut algorithm = algorithm.members(Structure::SubjectPublicKeyInfo);
        let kind = Oid::from_content(algorithm.expect(tag::OID, &mut budget).ok()?.content.as_bytes());
        let parameters = algorithm.next(&mut budget).ok().flatten();
        let curve = parameters.filter(|parameters| kind == oid::EC && parameters.tag == tag::OID);
        let curve = curve.map(|curve| Oid::from_content(curve.content.as_bytes()));
        let bits = match kind {
            oid::DSA => parameters.and_then(|parameters| dsa_bits(parameters, &mut budget)),
            // RFC 8032, 5.1.
            oid::ED25519 => Some(256),
            _ => {
                let decoded = SubjectPublicKeyInfo::from_der(self.spki()).ok();
                decoded.and_then(|(_, info)| info.parsed().ok().and_then(|key| key_bits(&key)))
            }
        };
        Some(PublicKey { algorithm: kind, bits, curve })
    }

    /// The octets of the key itself, out of its BIT STRING; empty when it is damaged.
    #[cfg(feature = "digest")]
    pub(crate) fn key_octets(self) -> &'a [u8] {
        let mut budget = Budget::default();
        let mut outer = Cursor::new(self.spki, Structure::SubjectPublicKeyInfo);
        let parts = outer.expect(tag::SEQUENCE, &mut budget).map(|info| info.members(Structure::SubjectPublicKeyInfo));
        let key = parts.and_then(|mut parts| {
            parts.expect(tag::SEQUENCE, &mut budget)?;
            parts.expect(tag::BIT_STRING, &mut budget)
        });
        // The first octet counts the unused bits of the last one.
        key.map_or(&[], |key| key.content.skip(1).as_bytes())
    }

    /// The certificate as the `x509-parser` crate decodes it: the escape hatch for what is not exposed here. Its types may change
    /// with that crate's version.
    ///
    /// # Errors
    /// When that decoder refuses the certificate.
    pub fn to_x509(self) -> Result<X509Certificate<'a>, Error> {
        match X509Certificate::from_der(self.der()) {
            Ok((_, certificate)) => Ok(certificate),
            Err(_) => Err(Error::new(ErrorKind::DecoderRefused, Structure::Certificate, self.offset())),
        }
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

/// `[0] { INTEGER }`, which counts from 0.
fn read_version(explicit: Element<'_>, budget: &mut Budget) -> Option<u32> {
    let number = explicit.members(Structure::Certificate).expect(tag::INTEGER, budget);
    budget.survive(number)?.small_number()?.checked_add(1)
}

/// Bits of the prime of DSA's parameters: `SEQUENCE { p, q, g }` (RFC 3279, 2.3.2).
fn dsa_bits(parameters: Element<'_>, budget: &mut Budget) -> Option<u32> {
    let prime = parameters.members(Structure::SubjectPublicKeyInfo).expect(tag::INTEGER, budget).ok()?;
    u32::try_from(significant_bits(prime.content.as_bytes())).ok()
}

fn key_bits(key: &DecodedKey<'_>) -> Option<u32> {
    let bits = match key {
        DecodedKey::RSA(rsa) => significant_bits(rsa.modulus),
        DecodedKey::EC(point) => {
            // RFC 5480, 2.2: one octet of form, then two coordinates (04) or one (02, 03).
            let coordinates = if point.data().first() == Some(&4) { 2 } else { 1 };
            let octets = to_u64(point.data().len()).saturating_sub(1).checked_div(coordinates)?;
            // SEC 1, 2.3.5: a coordinate fills whole octets, and of the prime curves in use P-521 alone leaves some bits of them.
            if octets == 66 { 521 } else { octets.saturating_mul(8) }
        }
        _ => return None,
    };
    u32::try_from(bits).ok()
}

/// Bits of an unsigned number without its leading zero bits.
fn significant_bits(octets: &[u8]) -> u64 {
    let significant = strip_leading_zeros(octets);
    let zero_bits = significant.first().map_or(0, |first| first.leading_zeros());
    to_u64(significant.len()).saturating_mul(8).saturating_sub(u64::from(zero_bits))
}
