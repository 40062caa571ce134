//! SignerInfo as raw spans (RFC 5652, 5.3).

use super::attribute::{Attribute, note_repeated, read_attributes};
use crate::asn1::der::{Cursor, Element};
use crate::asn1::oid::Oid;
use crate::asn1::tag;
use crate::bytes::Span;
use crate::error::{Error, ErrorKind, Structure};
use crate::limits::Budget;
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
    /// The content of the authenticated attributes' `[0]`.
    signed_attributes: Option<Span<'a>>,
    /// No octets when it is damaged.
    pub(crate) signature_algorithm: Oid<'a>,
    /// The signature's octets; none when it is damaged.
    pub(crate) signature: Span<'a>,
    /// The content of the unauthenticated attributes' `[1]`.
    unsigned_attributes: Option<Span<'a>>,
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
    /// By the octets of the certificate's subject key identifier.
    SubjectKeyId(&'a [u8]),
}

/// The octets of a [`SignerId`]: issuer and serial, or nothing and a key id.
pub(crate) type SignerKey<'a> = (&'a [u8], &'a [u8]);

impl<'a> SignerInfo<'a> {
    pub(crate) fn parse(element: Element<'a>, budget: &mut Budget) -> Result<Self, Error> {
        let structure = Structure::SignerInfo;
        let mut parts = element.expect(tag::SEQUENCE, structure)?.members(structure);
        let is_signer_id = |element: Element<'_>| element.tag == tag::SEQUENCE;
        let version = parts.lenient_skip(tag::INTEGER, is_signer_id, budget)?;
        let signer_id = SignerId::parse(&mut parts, budget)?;
        let mut signer_info = Self {
            der: element.raw,
            version: version.and_then(Element::small_number),
            signer_id,
            digest_algorithm: Oid::from_content(&[]),
            signed_attributes: None,
            signature_algorithm: Oid::from_content(&[]),
            signature: element.raw.truncate(0),
            unsigned_attributes: None,
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
        self.digest_algorithm = algorithm_of(algorithm, budget);
        self.signed_attributes = parts.optional(tag::CONSTRUCTED_0, budget)?.map(|set| set.content);
        let is_signature = |element: Element<'_>| element.tag == tag::OCTET_STRING || is_context(element);
        let algorithm = parts.lenient_skip(tag::SEQUENCE, is_signature, budget)?;
        self.signature_algorithm = algorithm_of(algorithm, budget);
        if let Some(signature) = parts.lenient_skip(tag::OCTET_STRING, is_context, budget)? {
            self.signature = signature.content;
        }
        self.unsigned_attributes = parts.optional(tag::CONSTRUCTED_1, budget)?.map(|set| set.content);
        if !parts.is_at_end() {
            return Err(parts.error(ErrorKind::UnknownParts));
        }
        Ok(())
    }

    /// Every authenticated attribute, in stored order.
    pub(crate) fn signed_attributes(&self, budget: &mut Budget) -> Vec<Attribute<'a>> {
        let attributes = read_attributes(self.signed_attributes, budget);
        note_repeated(&attributes, budget);
        attributes
    }

    /// Every unauthenticated attribute, in stored order.
    pub(crate) fn unsigned_attributes(&self, budget: &mut Budget) -> Vec<Attribute<'a>> {
        read_attributes(self.unsigned_attributes, budget)
    }
}

impl<'a> SignerId<'a> {
    pub(crate) const fn key(self) -> SignerKey<'a> {
        match self {
            Self::IssuerAndSerial { issuer, serial } => (issuer.as_bytes(), serial.as_bytes()),
            Self::SubjectKeyId(key_id) => (&[], key_id),
        }
    }

    /// Whether this certificate is the one, names compared octet for octet.
    pub(crate) fn names(self, certificate: Certificate<'_>) -> bool {
        match self {
            Self::IssuerAndSerial { issuer, serial } => {
                serial == certificate.serial() && issuer == certificate.issuer()
            }
            Self::SubjectKeyId(key_id) => certificate.subject_key_id() == Some(key_id),
        }
    }

    fn parse(parts: &mut Cursor<'a>, budget: &mut Budget) -> Result<Self, Error> {
        let missing = parts.error(ErrorKind::Missing);
        let element = parts.next(budget)?.ok_or(missing)?;
        match element.tag {
            tag::CONTEXT_0 => Ok(Self::SubjectKeyId(element.content.as_bytes())),
            tag::CONSTRUCTED_0 => {
                let id = element.members(Structure::SignerInfo).expect(tag::OCTET_STRING, budget)?;
                Ok(Self::SubjectKeyId(id.content.as_bytes()))
            }
            _ => {
                let mut both = element.expect(tag::SEQUENCE, Structure::SignerInfo)?.members(Structure::SignerInfo);
                let issuer = both.expect(tag::SEQUENCE, budget)?;
                let serial = both.expect(tag::INTEGER, budget)?;
                note_serial(serial, Structure::SignerInfo, budget);
                Ok(Self::IssuerAndSerial {
                    issuer: Name::new(issuer.raw),
                    serial: Serial::from_bytes(serial.content.as_bytes()),
                })
            }
        }
    }
}

/// The identifier of an AlgorithmIdentifier; no octets when there is none.
fn algorithm_of<'a>(algorithm: Option<Element<'a>>, budget: &mut Budget) -> Oid<'a> {
    let kind = algorithm.map(|algorithm| algorithm.members(Structure::SignerInfo).expect(tag::OID, budget));
    let kind = kind.and_then(|kind| budget.survive(kind));
    Oid::from_content(kind.map_or(&[], |kind| kind.content.as_bytes()))
}
