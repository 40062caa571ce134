//! [`Timestamp`]: one countersignature or time-stamp token of a signature, resolved.

use super::resolver::{Resolver, SignerIdentity};
use crate::asn1::oid::Oid;
use crate::asn1::time::Time;
use crate::bytes::Span;
use crate::cms::attribute::Attribute;
use crate::cms::certificate_set::OtherCertificate;
use crate::cms::signed_data::SignedData;
use crate::cms::signed_facts::SignedFacts;
use crate::cms::signer_info::{SignerId, SignerInfo};
use crate::cms::spc::ImageDigest;
use crate::cms::timestamp::{RawTimestamp, TimestampBody, TimestampKind, TstInfo};
use crate::limits::Budget;
use crate::x509::certificate::Certificate;
use crate::x509::serial::Serial;

/// One countersignature or time-stamp token.
#[derive(Debug, Clone)]
pub struct Timestamp<'a> {
    der: Span<'a>,
    is_response: bool,
    time: Option<Time>,
    facts: SignedFacts<'a>,
    body: TimestampBody<'a>,
    signers: Vec<SignerIdentity<'a>>,
}

impl<'a> Timestamp<'a> {
    /// Countersigners are among the certificates of the stamped message, the signers of a token among its own; where a token carries
    /// none, they may be beside it.
    pub(super) fn resolve(raw: RawTimestamp<'a>, outer: &mut Resolver<'_, 'a>, budget: &mut Budget) -> Self {
        let RawTimestamp { der, is_response, time, facts, body } = raw;
        let signers = match &body {
            TimestampBody::Pkcs9(info) => vec![outer.resolve(info, budget)],
            TimestampBody::Rfc3161(token) => {
                let mut own = Resolver::new(&token.set.certificates);
                let resolve = |info: &SignerInfo<'a>| {
                    let beside = outer.find(info.signer_id, budget);
                    if beside.certificates.is_empty() {
                        return own.resolve(info, budget);
                    }
                    // Whoever puts a certificate into the token, which does not sign its set, must not hide the one beside it.
                    let mut both = own.find_with(info.signer_id, &beside.certificates, budget);
                    both.chain = both.chain.iter().chain(beside.chain.iter()).copied().collect();
                    both
                };
                token.signer_infos.iter().map(resolve).collect()
            }
        };
        Self { der, is_response, time, facts, body, signers }
    }

    /// Countersignature or token.
    #[must_use]
    pub const fn kind(&self) -> TimestampKind {
        self.body.kind()
    }

    /// The countersignature's SignerInfo, or the token's CMS message, tag and length included.
    #[must_use]
    pub const fn der(&self) -> &'a [u8] {
        self.der.as_bytes()
    }

    /// File offset of [`der`](Self::der).
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.der.offset()
    }

    /// Whether the token is stored inside the TimeStampResp that its authority answered (RFC 3161, 2.4.2).
    #[must_use]
    pub const fn is_response(&self) -> bool {
        self.is_response
    }

    /// genTime of an RFC 3161 token, signingTime of a PKCS#9 countersignature; `None` when it is absent or no date.
    #[must_use]
    pub const fn time(&self) -> Option<Time> {
        self.time
    }

    /// The signingTime attribute of the timestamp's signer, which some tokens have beside their genTime, and which says less.
    #[must_use]
    pub const fn signing_time(&self) -> Option<Time> {
        self.facts.signing_time
    }

    /// The hash that the timestamp's signer used.
    #[must_use]
    pub fn digest_algorithm(&self) -> Option<Oid<'a>> {
        self.signer_info().map(|info| info.digest_algorithm)
    }

    /// The algorithm of the timestamp's signature.
    #[must_use]
    pub fn signature_algorithm(&self) -> Option<Oid<'a>> {
        self.signer_info().map(|info| info.signature_algorithm)
    }

    /// The digest of what was stamped: the messageImprint of a token, the messageDigest of a countersignature, which is over the
    /// stamped signature's octets. Claimed, not compared.
    #[must_use]
    pub fn imprint(&self) -> Option<ImageDigest<'_>> {
        match &self.body {
            TimestampBody::Pkcs9(info) => {
                let digest = self.facts.message_digest?;
                Some(ImageDigest { algorithm: info.digest_algorithm, digest })
            }
            TimestampBody::Rfc3161(_) => self.tst_info()?.imprint,
        }
    }

    /// The messageDigest attribute: of a token over its TSTInfo, of a countersignature over the stamped signature's octets.
    #[must_use]
    pub const fn message_digest(&self) -> Option<&'a [u8]> {
        self.facts.message_digest
    }

    /// The policy under which a token was made (RFC 3161, 2.4.2).
    #[must_use]
    pub fn policy(&self) -> Option<Oid<'_>> {
        self.tst_info().map(|info| info.policy)
    }

    /// The number that its authority gave a token.
    #[must_use]
    pub fn serial(&self) -> Option<Serial<'_>> {
        self.tst_info().map(|info| Serial::from_bytes(info.serial))
    }

    /// The certificate of the timestamp's signer, when it is there.
    #[must_use]
    pub fn signer(&self) -> Option<Certificate<'a>> {
        self.signers.first().and_then(|signer| signer.certificates.first()).copied()
    }

    /// Every certificate that fits what the timestamp says of its signer: one, normally.
    #[must_use]
    pub fn candidates(&self) -> &[Certificate<'a>] {
        self.signers.first().map_or(&[], |signer| &signer.certificates)
    }

    /// How each SignerInfo of the timestamp names its signer; exactly one, normally.
    pub fn signer_ids(&self) -> impl ExactSizeIterator<Item = SignerId<'a>> {
        self.signers.iter().map(|signer| signer.id)
    }

    /// How the timestamp names its signer.
    #[must_use]
    pub fn signer_id(&self) -> Option<SignerId<'a>> {
        self.signers.first().map(|signer| signer.id)
    }

    /// The certificates between the timestamp's signer and the farthest issuer found beside it, nearest first.
    #[must_use]
    pub fn chain(&self) -> &[Certificate<'a>] {
        self.signers.first().map_or(&[], |signer| &signer.chain)
    }

    /// The certificates inside an RFC 3161 token; empty for PKCS#9, whose certificates are in the stamped message.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate<'a>] {
        self.body.token().map_or(&[], |token| &token.set.certificates)
    }

    /// The authenticated attributes of the timestamp's first signer, in stored order.
    #[must_use]
    pub fn signed_attributes(&self) -> Vec<Attribute<'a>> {
        self.signer_info().map(|info| info.signed_attributes(&mut Budget::default())).unwrap_or_default()
    }

    /// The unauthenticated attributes of all who signed the timestamp, in stored order.
    #[must_use]
    pub fn unsigned_attributes(&self) -> Vec<Attribute<'a>> {
        let budget = &mut Budget::default();
        self.body.signer_infos().iter().flat_map(|info| info.unsigned_attributes(budget)).collect()
    }

    /// The revocation lists inside a token, each with its tag and length.
    pub fn crls(&self) -> impl Iterator<Item = &'a [u8]> {
        self.token().into_iter().flat_map(|token| &token.crls).map(|crl| crl.as_bytes())
    }

    /// Members of a token's certificate set that are no X.509 certificates or cannot be read as such.
    #[must_use]
    pub fn other_certificates(&self) -> &[OtherCertificate<'a>] {
        self.token().map_or(&[], |token| &token.set.others)
    }

    /// Everybody who signed the token; exactly one, normally.
    pub(crate) fn signers(&self) -> &[SignerIdentity<'a>] {
        &self.signers
    }

    /// Parts of a countersignature that are not signed and that no reader looks at.
    pub(crate) fn unsigned_parts(&self) -> Vec<Span<'a>> {
        self.body.signer_infos().iter().flat_map(SignerInfo::unsigned_parts).collect()
    }

    #[cfg(feature = "verify")]
    pub(crate) const fn body(&self) -> &TimestampBody<'a> {
        &self.body
    }

    pub(crate) const fn token(&self) -> Option<&SignedData<'a>> {
        self.body.token()
    }

    fn signer_info(&self) -> Option<&SignerInfo<'a>> {
        self.body.signer_infos().first()
    }

    fn tst_info(&self) -> Option<TstInfo<'_>> {
        self.token()?.content.as_ref().and_then(TstInfo::reread)
    }
}
