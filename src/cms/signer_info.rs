//! SignerInfo as raw spans (RFC 5652, 5.3).

use std::borrow::Cow;

use super::attribute::{Attribute, note_repeated, read_attributes};
use crate::asn1::der::{Cursor, Element, octet_string};
use crate::asn1::oid::{self, Oid};
use crate::asn1::tag;
use crate::bytes::Span;
use crate::error::{Error, ErrorKind, Structure};
use crate::limits::Budget;
#[cfg(feature = "verify")]
use crate::x509::algorithm::AlgorithmIdentifier;
use crate::x509::certificate::Certificate;
use crate::x509::name::Name;
use crate::x509::serial::{Serial, note_serial};

/// One SignerInfo.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SignerInfo<'a> {
    /// The whole SignerInfo, tag and length included.
    pub(crate) der: Span<'a>,
    /// The version, when it is a small number.
    pub(crate) version: Option<u32>,
    pub(crate) signer_id: SignerId<'a>,
    pub(crate) digest_algorithm: Oid<'a>,
    /// The authenticated attributes' `[0]`.
    signed_attributes: Option<Element<'a>>,
    /// No octets when it is damaged.
    pub(crate) signature_algorithm: Oid<'a>,
    /// Where the signature's algorithm has parameters, what they are.
    #[cfg(feature = "verify")]
    signature_parameters: Option<Element<'a>>,
    /// The signature's octets; none when it is damaged.
    pub(crate) signature: Span<'a>,
    /// The content of the unauthenticated attributes' `[1]`.
    unsigned_attributes: Option<Span<'a>>,
    /// What lies behind the last known part.
    unknown_parts: Span<'a>,
    /// Whether an algorithm has parameters that no reader looks at.
    has_unused_parameters: bool,
}

/// How a SignerInfo names its signer's certificate (RFC 5652, 5.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignerId<'a> {
    /// By the certificate's issuer and serial number.
    IssuerAndSerial {
        /// The issuer's name.
        issuer: Name<'a>,
        /// The serial number.
        serial: Serial<'a>,
    },
    /// By the certificate's subject key identifier.
    SubjectKeyId(KeyId<'a>),
}

/// The key identifier in a SignerInfo.
#[derive(Debug, Clone, Copy)]
pub struct KeyId<'a>(Element<'a>);

impl<'a> KeyId<'a> {
    /// The octets; put together where BER cuts them into segments.
    #[must_use]
    pub fn octets(self) -> Cow<'a, [u8]> {
        octet_string(self.0, Structure::SignerInfo, &mut Budget::default()).unwrap_or_default()
    }
}

impl PartialEq for KeyId<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.octets() == other.octets()
    }
}

impl Eq for KeyId<'_> {}

/// The octets of a [`SignerId`]: the issuer as stored and the serial without octets too many, or nothing and a key id as stored.
pub(crate) type SignerKey<'a> = (&'a [u8], &'a [u8]);

impl<'a> SignerInfo<'a> {
    pub(crate) fn parse(element: Element<'a>, budget: &mut Budget) -> Result<Self, Error> {
        let structure = Structure::SignerInfo;
        let mut parts = element.expect(tag::SEQUENCE, structure)?.members(structure);
        let version = parts.lenient_skip(tag::INTEGER, is_signer_id, budget)?;
        let signer_id = SignerId::parse(&mut parts, budget)?;
        let mut signer_info = Self {
            der: element.raw,
            version: version.and_then(Element::small_number),
            signer_id,
            digest_algorithm: Oid::from_content(&[]),
            signed_attributes: None,
            signature_algorithm: Oid::from_content(&[]),
            #[cfg(feature = "verify")]
            signature_parameters: None,
            signature: element.raw.truncate(0),
            unsigned_attributes: None,
            unknown_parts: element.raw.truncate(0),
            has_unused_parameters: false,
        };
        // The signer is known by now; what is damaged behind it takes nothing away from that.
        let rest = signer_info.read_rest(parts, budget);
        budget.survive(rest);
        Ok(signer_info)
    }

    /// A part of another type than belongs there is passed over, so that it does not hide the attributes behind it.
    fn read_rest(&mut self, mut parts: Cursor<'a>, budget: &mut Budget) -> Result<(), Error> {
        let is_context = |element: Element<'_>| element.tag == tag::CONSTRUCTED_0 || element.tag == tag::CONSTRUCTED_1;
        let algorithm = parts.lenient_skip(tag::SEQUENCE, is_context, budget)?;
        self.digest_algorithm = self.algorithm_of(algorithm, budget);
        self.signed_attributes = parts.optional(tag::CONSTRUCTED_0, budget)?;
        let is_signature = |element: Element<'_>| element.tag == tag::OCTET_STRING || is_context(element);
        let algorithm = parts.lenient_skip(tag::SEQUENCE, is_signature, budget)?;
        #[cfg(feature = "verify")]
        {
            self.signature_parameters = algorithm.and_then(|algorithm| parameters_of(algorithm, budget));
        }
        self.signature_algorithm = self.algorithm_of(algorithm, budget);
        if let Some(signature) = parts.lenient_skip(tag::OCTET_STRING, is_context, budget)? {
            self.signature = signature.content;
        }
        self.unsigned_attributes = lenient_unsigned_attributes(&mut parts, budget)?;
        if !parts.is_at_end() {
            self.unknown_parts = parts.left_over();
            return Err(parts.error(ErrorKind::UnknownParts));
        }
        Ok(())
    }

    /// The identifier of an AlgorithmIdentifier; no octets when there is none.
    fn algorithm_of(&mut self, algorithm: Option<Element<'a>>, budget: &mut Budget) -> Oid<'a> {
        let Some(algorithm) = algorithm else { return Oid::from_content(&[]) };
        let mut parts = algorithm.members(Structure::SignerInfo);
        let kind = parts.expect(tag::OID, budget);
        let Some(kind) = budget.survive(kind) else { return Oid::from_content(&[]) };
        let kind = Oid::from_content(kind.content.as_bytes());
        self.has_unused_parameters |= is_unused(kind, parts.left_over());
        kind
    }

    /// Parameters of its algorithms that no reader looks at, and what lies behind its parts: none of it is signed.
    pub(crate) fn unsigned_parts(&self) -> Vec<Span<'a>> {
        let mut found = Vec::new();
        if self.has_unused_parameters {
            let budget = &mut Budget::default();
            let whole = Cursor::new(self.der, Structure::SignerInfo).peek(budget);
            let mut parts = whole.map_or(Cursor::new(self.unknown_parts, Structure::SignerInfo), |whole| {
                whole.members(Structure::SignerInfo)
            });
            // The version, then who signed, which is a SEQUENCE too; the algorithms are the ones behind it.
            let mut is_behind_id = false;
            while let Ok(Some(part)) = parts.next(budget) {
                if is_behind_id && part.tag == tag::SEQUENCE {
                    found.extend(unused_parameters(part));
                }
                is_behind_id |= is_signer_id(part);
            }
        }
        if !self.unknown_parts.is_empty() {
            found.push(self.unknown_parts);
        }
        found
    }

    /// Every authenticated attribute, in stored order.
    pub(crate) fn signed_attributes(&self, budget: &mut Budget) -> Vec<Attribute<'a>> {
        let attributes = read_attributes(self.signed_attributes.map(|set| set.content), budget);
        note_repeated(&attributes, budget);
        attributes
    }

    /// The authenticated attributes as they are stored: one element tagged `[0]`.
    #[cfg(feature = "verify")]
    pub(crate) const fn signed_attribute_set(&self) -> Option<Element<'a>> {
        self.signed_attributes
    }

    /// The algorithm of the signature with its parameters.
    #[cfg(feature = "verify")]
    pub(crate) const fn signature_claim(&self) -> AlgorithmIdentifier<'a> {
        AlgorithmIdentifier { kind: self.signature_algorithm, parameters: self.signature_parameters }
    }

    /// Every unauthenticated attribute, in stored order.
    pub(crate) fn unsigned_attributes(&self, budget: &mut Budget) -> Vec<Attribute<'a>> {
        read_attributes(self.unsigned_attributes, budget)
    }
}

impl<'a> SignerId<'a> {
    pub(crate) fn key(self) -> SignerKey<'a> {
        match self {
            Self::IssuerAndSerial { issuer, serial } => (issuer.as_bytes(), serial.minimal()),
            Self::SubjectKeyId(key_id) => (&[], key_id.0.raw.as_bytes()),
        }
    }

    /// Whether this certificate is the one, names compared octet for octet.
    pub(crate) fn names(self, certificate: Certificate<'_>) -> bool {
        match self {
            Self::IssuerAndSerial { issuer, serial } => {
                serial == certificate.serial() && issuer == certificate.issuer()
            }
            Self::SubjectKeyId(key_id) => certificate.subject_key_id() == Some(key_id.octets()),
        }
    }

    /// Who a SignerInfo names, of which nothing else is wanted.
    pub(super) fn of_member(member: Element<'a>, budget: &mut Budget) -> Option<Self> {
        let mut parts = member.expect(tag::SEQUENCE, Structure::SignerInfo).ok()?.members(Structure::SignerInfo);
        let version = parts.peek(budget)?;
        if !is_signer_id(version) {
            parts.step(budget).ok()?;
        }
        Self::parse(&mut parts, budget).ok()
    }

    fn parse(parts: &mut Cursor<'a>, budget: &mut Budget) -> Result<Self, Error> {
        let missing = parts.error(ErrorKind::Missing);
        let element = parts.next(budget)?.ok_or(missing)?;
        match element.tag {
            // Implicit, or an OCTET STRING inside, or several segments of one.
            tag::CONTEXT_0 | tag::CONSTRUCTED_0 => Ok(Self::SubjectKeyId(KeyId(element))),
            _ => {
                let mut both = element.expect(tag::SEQUENCE, Structure::SignerInfo)?.members(Structure::SignerInfo);
                let issuer = both.expect(tag::SEQUENCE, budget)?;
                let serial = both.expect(tag::INTEGER, budget)?;
                note_serial(serial, Structure::SignerInfo, budget);
                if !both.left_over().is_empty() {
                    budget.fault(both.error(ErrorKind::UnknownParts));
                }
                Ok(Self::IssuerAndSerial {
                    issuer: Name::new(issuer.raw),
                    serial: Serial::from_bytes(serial.content.as_bytes()),
                })
            }
        }
    }
}

/// Whether an element names a signer, in one of the forms that RFC 5652, 5.3 has.
fn is_signer_id(element: Element<'_>) -> bool {
    matches!(element.tag, tag::SEQUENCE | tag::CONTEXT_0 | tag::CONSTRUCTED_0)
}

/// The unauthenticated attributes. A list of another type in their place is taken for them, with a fault.
fn lenient_unsigned_attributes<'a>(parts: &mut Cursor<'a>, budget: &mut Budget) -> Result<Option<Span<'a>>, Error> {
    let here = *parts;
    let Some(found) = parts.peek_octet().map(u32::from) else { return Ok(None) };
    if found != tag::CONSTRUCTED_1 && found != tag::SEQUENCE && found != tag::SET {
        return Ok(None);
    }
    if found != tag::CONSTRUCTED_1 {
        budget.fault(here.error(ErrorKind::UnexpectedTag { expected: tag::CONSTRUCTED_1, found }));
    }
    Ok(parts.next(budget)?.map(|set| set.content))
}

#[cfg(feature = "verify")]
fn parameters_of<'a>(algorithm: Element<'a>, budget: &mut Budget) -> Option<Element<'a>> {
    let mut parts = algorithm.members(Structure::SignerInfo);
    parts.next(budget).ok()?;
    parts.next(budget).ok()?
}

/// The parameters of an AlgorithmIdentifier, where no reader looks at them.
pub(super) fn unused_parameters(algorithm: Element<'_>) -> Option<Span<'_>> {
    let mut parts = algorithm.members(Structure::SignerInfo);
    let kind = parts.expect(tag::OID, &mut Budget::default()).ok()?;
    let left = parts.left_over();
    is_unused(Oid::from_content(kind.content.as_bytes()), left).then_some(left)
}

/// Whether these are parameters that the algorithm has none of: hashes and most signatures have NULL, or nothing.
fn is_unused(algorithm: Oid<'_>, parameters: Span<'_>) -> bool {
    const NULL: [u8; 2] = [5, 0];
    !parameters.is_empty() && parameters.as_bytes() != NULL && algorithm != oid::RSA_PSS
}
