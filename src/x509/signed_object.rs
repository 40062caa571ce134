//! [`SignedObject`]: what certificates and revocation lists have in common (RFC 5280, 4.1.1 and 5.1.1).

use super::algorithm::AlgorithmIdentifier;
use crate::asn1::der::{Cursor, Element};
use crate::asn1::tag;
use crate::bytes::Span;
use crate::error::Structure;
use crate::limits::Budget;

/// `SEQUENCE { toBeSigned, signatureAlgorithm, signatureValue BIT STRING }`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SignedObject<'a> {
    /// What the issuer signed, tag and length included.
    pub(crate) to_be_signed: Element<'a>,
    pub(crate) algorithm: AlgorithmIdentifier<'a>,
    /// The octets of the signature.
    pub(crate) signature: &'a [u8],
}

impl<'a> SignedObject<'a> {
    /// Reads the object at the start of `span`; `None` where a part is missing or of another type.
    pub(crate) fn read(span: Span<'a>, structure: Structure) -> Option<Self> {
        let budget = &mut Budget::default();
        let mut parts = Cursor::new(span, structure).expect(tag::SEQUENCE, budget).ok()?.members(structure);
        let to_be_signed = parts.expect(tag::SEQUENCE, budget).ok()?;
        let algorithm = AlgorithmIdentifier::read(parts.expect(tag::SEQUENCE, budget).ok()?, structure)?;
        let signature = parts.expect(tag::BIT_STRING, budget).ok()?.content;
        // The first octet counts unused bits, of which a signature has none.
        let signature = (signature.first() == Some(0)).then(|| signature.skip(1).as_bytes())?;
        Some(Self { to_be_signed, algorithm, signature })
    }
}
