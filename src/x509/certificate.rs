//! [`Certificate`]: the parts of one X.509 certificate, found by a tag walk; decoded in full on demand.

use std::fmt;

use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::{FromDer, X509Certificate, X509Extension};
use x509_parser::public_key::PublicKey as DecodedKey;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::name::Name;
use super::serial::Serial;
use crate::asn1::der::{Cursor, Element, strip_leading_zeros};
use crate::asn1::oid::{self, Oid};
use crate::asn1::tag;
use crate::asn1::time::Time;
use crate::bytes::{Span, to_u64};
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
}

/// One extension of a certificate.
#[derive(Debug, Clone, Copy)]
pub struct Extension<'a> {
    kind: Oid<'a>,
    der: Span<'a>,
    value: Span<'a>,
}

impl<'a> Extension<'a> {
    /// The extension's type, such as 2.5.29.37.
    #[must_use]
    pub const fn kind(self) -> Oid<'a> {
        self.kind
    }

    /// The octets inside the extnValue OCTET STRING.
    #[must_use]
    pub const fn value(self) -> &'a [u8] {
        self.value.as_bytes()
    }
}

impl<'a> Certificate<'a> {
    /// Reads a certificate from its DER (or BER), tag and length included. What follows it is ignored.
    ///
    /// # Errors
    /// When the octets hold no serial, issuer and subject in the places of RFC 5280, 4.1.
    pub fn from_der(der: &'a [u8]) -> Result<Self, Error> {
        let mut budget = Budget::default();
        let mut cursor = Cursor::new(Span::new(der, 0), Structure::Certificate);
        let element = cursor.expect(tag::SEQUENCE, &mut budget)?;
        Self::from_element(element, &mut budget)
    }

    /// Walks the element of a certificate. Parts behind the subject that are damaged become faults.
    pub(crate) fn from_element(element: Element<'a>, budget: &mut Budget) -> Result<Self, Error> {
        let structure = Structure::Certificate;
        let outer = element.expect(tag::SEQUENCE, structure)?;
        let tbs = outer.members(structure).expect(tag::SEQUENCE, budget)?;
        let mut parts = tbs.members(structure);
        parts.optional(tag::CONSTRUCTED_0, budget)?;
        let serial = parts.expect(tag::INTEGER, budget)?;
        let algorithm = parts.expect(tag::SEQUENCE, budget)?;
        let issuer = parts.expect(tag::SEQUENCE, budget)?;
        let missing = parts.error(ErrorKind::Missing);
        let validity = parts.next(budget)?.ok_or(missing)?;
        let subject = parts.expect(tag::SEQUENCE, budget)?;
        let signature_algorithm = algorithm.members(structure).expect(tag::OID, budget);
        let signature_algorithm = budget.survive(signature_algorithm);
        budget.survive(validity.expect(tag::SEQUENCE, structure));
        let nothing = outer.raw.truncate(0);
        let mut certificate = Self {
            der: outer.raw,
            tbs: tbs.raw,
            serial: Serial::from_bytes(serial.content.as_bytes()),
            signature_algorithm: Oid::from_content(signature_algorithm.map_or(&[], |oid| oid.content.as_bytes())),
            issuer: Name::new(issuer.raw),
            validity: validity.content,
            subject: Name::new(subject.raw),
            spki: nothing,
            extensions: nothing,
        };
        let Validity { not_before, not_after } = certificate.validity();
        if not_before.is_none() || not_after.is_none() {
            budget.fault(Error::new(ErrorKind::BadTime, Structure::Validity, validity.raw.offset()));
        }
        let rest = certificate.walk_key_and_extensions(parts, budget);
        budget.survive(rest);
        Ok(certificate)
    }

    fn walk_key_and_extensions(&mut self, mut parts: Cursor<'a>, budget: &mut Budget) -> Result<(), Error> {
        self.spki = parts.expect(tag::SEQUENCE, budget)?.raw;
        while let Some(part) = parts.next(budget)? {
            match part.tag {
                tag::CONSTRUCTED_3 => {
                    self.extensions = part.members(Structure::Extension).expect(tag::SEQUENCE, budget)?.content;
                }
                // issuerUniqueID and subjectUniqueID.
                tag::CONTEXT_1 | tag::CONSTRUCTED_1 | tag::CONSTRUCTED_2 => {}
                0x82 => {}
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

    /// Every extension in stored order; a damaged one ends the list.
    pub fn extensions(self) -> impl Iterator<Item = Extension<'a>> {
        let mut budget = Budget::default();
        let mut cursor = Cursor::new(self.extensions, Structure::Extension);
        std::iter::from_fn(move || {
            loop {
                let element = cursor.next(&mut budget).ok().flatten()?;
                if let Ok(extension) = read_extension(element, &mut budget) {
                    return Some(extension);
                }
            }
        })
    }

    fn extension(self, kind: Oid<'static>) -> Option<Extension<'a>> {
        self.extensions().find(|extension| extension.kind == kind)
    }

    /// The purposes of the extended key usage extension, in stored order; empty without one.
    #[must_use]
    pub fn extended_key_usage(self) -> Vec<Oid<'a>> {
        let Some(extension) = self.extension(oid::EXTENDED_KEY_USAGE) else { return Vec::new() };
        let mut budget = Budget::default();
        let mut outer = Cursor::new(extension.value, Structure::Extension);
        let Ok(list) = outer.expect(tag::SEQUENCE, &mut budget) else { return Vec::new() };
        let mut purposes = list.members(Structure::Extension);
        std::iter::from_fn(|| purposes.next(&mut budget).ok().flatten())
            .filter(|purpose| purpose.tag == tag::OID)
            .map(|purpose| Oid::from_content(purpose.content.as_bytes()))
            .collect()
    }

    /// The CA flag of the basic constraints extension; `None` without one that can be decoded.
    #[must_use]
    pub fn is_ca(self) -> Option<bool> {
        let extension = self.extension(oid::BASIC_CONSTRAINTS)?;
        decoded(extension, |parsed| match parsed {
            ParsedExtension::BasicConstraints(constraints) => Some(constraints.ca),
            _ => None,
        })
    }

    /// The subject key identifier's octets.
    #[must_use]
    pub fn subject_key_id(self) -> Option<&'a [u8]> {
        let value = self.extension(oid::SUBJECT_KEY_ID)?.value;
        let mut budget = Budget::default();
        let mut cursor = Cursor::new(value, Structure::Extension);
        cursor.expect(tag::OCTET_STRING, &mut budget).ok().map(|id| id.content.as_bytes())
    }

    /// The key identifier of the authority key identifier extension.
    #[must_use]
    pub fn authority_key_id(self) -> Option<&'a [u8]> {
        let value = self.extension(oid::AUTHORITY_KEY_ID)?.value;
        let mut budget = Budget::default();
        let mut cursor = Cursor::new(value, Structure::Extension);
        let mut parts = cursor.expect(tag::SEQUENCE, &mut budget).ok()?.members(Structure::Extension);
        parts.expect(tag::CONTEXT_0, &mut budget).ok().map(|id| id.content.as_bytes())
    }

    /// The kind and size of the public key; `None` when it cannot be decoded.
    #[must_use]
    pub fn public_key(self) -> Option<PublicKey<'a>> {
        let mut budget = Budget::default();
        let mut outer = Cursor::new(self.spki, Structure::SubjectPublicKeyInfo);
        let mut parts = outer.expect(tag::SEQUENCE, &mut budget).ok()?.members(Structure::SubjectPublicKeyInfo);
        let algorithm = parts.expect(tag::SEQUENCE, &mut budget).ok()?;
        let kind = algorithm.members(Structure::SubjectPublicKeyInfo).expect(tag::OID, &mut budget).ok()?;
        let bits = SubjectPublicKeyInfo::from_der(self.spki())
            .ok()
            .and_then(|(_, info)| info.parsed().ok().and_then(|key| key_bits(&key)));
        Some(PublicKey { algorithm: Oid::from_content(kind.content.as_bytes()), bits })
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

fn read_extension<'a>(element: Element<'a>, budget: &mut Budget) -> Result<Extension<'a>, Error> {
    let mut parts = element.members(Structure::Extension);
    let kind = parts.expect(tag::OID, budget)?;
    parts.optional(tag::BOOLEAN, budget)?;
    let value = parts.expect(tag::OCTET_STRING, budget)?;
    Ok(Extension { kind: Oid::from_content(kind.content.as_bytes()), der: element.raw, value: value.content })
}

/// What `pick` finds in the decoded form of one extension.
fn decoded<T>(extension: Extension<'_>, pick: impl FnOnce(&ParsedExtension<'_>) -> Option<T>) -> Option<T> {
    let (_, decoded) = X509Extension::from_der(extension.der.as_bytes()).ok()?;
    pick(decoded.parsed_extension())
}

fn key_bits(key: &DecodedKey<'_>) -> Option<u32> {
    let bits = match key {
        DecodedKey::RSA(rsa) => significant_bits(rsa.modulus),
        DecodedKey::DSA(_) => return None,
        DecodedKey::EC(point) => {
            // RFC 5480, 2.2: one octet of form, then two coordinates (04) or one (02, 03).
            let coordinates = if point.data().first() == Some(&4) { 2 } else { 1 };
            let octets = to_u64(point.data().len()).saturating_sub(1);
            octets.saturating_mul(8).checked_div(coordinates)?
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
