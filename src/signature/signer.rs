//! [`Signer`]: one SignerInfo of a signature, resolved.

use std::borrow::Cow;

use super::Timestamp;
use super::resolver::{Resolver, SignerIdentity};
use crate::asn1::oid::Oid;
use crate::asn1::time::Time;
use crate::cms::attribute::Attribute;
use crate::cms::signed_facts::SignedFacts;
use crate::cms::signer_info::{SignerId, SignerInfo};
use crate::cms::timestamp;
use crate::limits::Budget;
use crate::x509::certificate::Certificate;

/// Who made a signature: one SignerInfo.
#[derive(Debug, Clone)]
pub struct Signer<'a> {
    identity: SignerIdentity<'a>,
    info: SignerInfo<'a>,
    signed_attributes: Vec<Attribute<'a>>,
    unsigned_attributes: Vec<Attribute<'a>>,
    facts: SignedFacts<'a>,
    timestamps: Vec<Timestamp<'a>>,
}

impl<'a> Signer<'a> {
    pub(super) fn resolve(
        info: SignerInfo<'a>,
        unsigned_attributes: Vec<Attribute<'a>>,
        resolver: &mut Resolver<'_, 'a>,
        budget: &mut Budget,
    ) -> Self {
        let signed_attributes = info.signed_attributes(budget);
        let facts = SignedFacts::read(&signed_attributes, budget);
        let identity = resolver.resolve(&info, budget);
        let timestamps = timestamp::timestamps(&unsigned_attributes, budget);
        let timestamps = timestamps.into_iter().map(|raw| Timestamp::resolve(raw, resolver, budget)).collect();
        Self { identity, info, signed_attributes, unsigned_attributes, facts, timestamps }
    }

    /// How the SignerInfo names the signer's certificate.
    #[must_use]
    pub const fn id(&self) -> SignerId<'a> {
        self.identity.id
    }

    /// The signer's certificate, when it is in the message; the first of [`candidates`](Self::candidates).
    #[must_use]
    pub fn certificate(&self) -> Option<Certificate<'a>> {
        self.identity.certificates.first().copied()
    }

    /// Every certificate of the message that fits [`id`](Self::id): one, normally. When several different ones do, nobody can
    /// tell without verifying which of them signed, so all of them are here.
    #[must_use]
    pub fn candidates(&self) -> &[Certificate<'a>] {
        &self.identity.certificates
    }

    /// The certificates between the signer and the farthest issuer found in the message, nearest first, the signer not included.
    /// Linked by names and key identifiers; no signature is checked.
    #[must_use]
    pub fn chain(&self) -> &[Certificate<'a>] {
        &self.identity.chain
    }

    pub(crate) const fn identity(&self) -> &SignerIdentity<'a> {
        &self.identity
    }

    #[cfg(feature = "verify")]
    pub(crate) const fn info(&self) -> &SignerInfo<'a> {
        &self.info
    }

    /// The SignerInfo, tag and length included.
    #[must_use]
    pub const fn der(&self) -> &'a [u8] {
        self.info.der.as_bytes()
    }

    /// File offset of [`der`](Self::der).
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.info.der.offset()
    }

    /// The version of the SignerInfo: 1 with issuer and serial, 3 with a key id; `None` when it is damaged or no small number.
    #[must_use]
    pub const fn version(&self) -> Option<u32> {
        self.info.version
    }

    /// The hash algorithm of this signature; no octets when it is damaged.
    #[must_use]
    pub const fn digest_algorithm(&self) -> Oid<'a> {
        self.info.digest_algorithm
    }

    /// The algorithm of the signature itself, in most files 1.2.840.113549.1.1.1 (RSA) without a hash; no octets when it is
    /// damaged.
    #[must_use]
    pub const fn signature_algorithm(&self) -> Oid<'a> {
        self.info.signature_algorithm
    }

    /// The signature's octets, not verified; none when they are damaged.
    #[must_use]
    pub const fn signature(&self) -> &'a [u8] {
        self.info.signature.as_bytes()
    }

    /// The digest of the content that the messageDigest attribute claims; not compared with the content.
    #[must_use]
    pub const fn message_digest(&self) -> Option<&'a [u8]> {
        self.facts.message_digest
    }

    /// Every authenticated attribute, in stored order.
    #[must_use]
    pub fn signed_attributes(&self) -> &[Attribute<'a>] {
        &self.signed_attributes
    }

    /// Every unauthenticated attribute, in stored order: timestamps and nested signatures are among them, and anything that anybody
    /// put there.
    #[must_use]
    pub fn unsigned_attributes(&self) -> &[Attribute<'a>] {
        &self.unsigned_attributes
    }

    /// The purposes that SpcStatementType states: 1.3.6.1.4.1.311.2.1.21 (individual) or 2.1.22 (commercial code signing).
    #[must_use]
    pub fn statement_types(&self) -> Vec<Oid<'a>> {
        self.facts.statement_types()
    }

    /// The program name of SpcSpOpusInfo. Signed, and chosen freely by the signer.
    #[must_use]
    pub fn program_name(&self) -> Option<Cow<'a, str>> {
        self.facts.program_name()
    }

    /// The URL of SpcSpOpusInfo. Signed, and chosen freely by the signer.
    #[must_use]
    pub fn more_info_url(&self) -> Option<Cow<'a, str>> {
        self.facts.more_info()
    }

    /// The publisher's URL or file name in SpcSpOpusInfo. Signed, and chosen freely by the signer.
    #[must_use]
    pub fn publisher(&self) -> Option<Cow<'a, str>> {
        self.facts.publisher()
    }

    /// The signingTime attribute: the signer's own word. See [`timestamps`](Self::timestamps) for somebody else's.
    #[must_use]
    pub const fn signing_time(&self) -> Option<Time> {
        self.facts.signing_time
    }

    /// The countersignatures and time-stamp tokens over this signature, in stored order; none is verified.
    #[must_use]
    pub fn timestamps(&self) -> &[Timestamp<'a>] {
        &self.timestamps
    }
}
