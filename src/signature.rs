//! [`Signature`]: one SignedData, its SignerInfos resolved to certificates, chains and timestamps.

mod resolver;

use std::borrow::Cow;

use crate::asn1::oid::Oid;
use crate::asn1::time::Time;
use crate::bytes::Span;
use crate::cms::signed_data::{SignedData, SignerId};
use crate::cms::spc::{self, ImageDigest, SignedFacts};
use crate::cms::timestamp::{self, RawTimestamp, TimestampKind};
use crate::error::{Error, ErrorKind, Structure};
use crate::limits::Budget;
use crate::x509::certificate::Certificate;

use resolver::Resolver;
pub(crate) use resolver::SignerIdentity;

/// Where a signature lies in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// It is the message of a WIN_CERTIFICATE record (counted from 0), or of a file that is one bare message (then 0).
    Entry(usize),
    /// It is an unauthenticated attribute of another signature.
    Nested {
        /// Index of that signature in [`SignedFile::signatures`](crate::SignedFile::signatures).
        parent: usize,
        /// Which of the parent's nested signatures this is, counted from 0. Windows looks at the first only.
        position: usize,
    },
}

/// One SignedData of a file.
#[derive(Debug, Clone)]
pub struct Signature<'a> {
    source: Source,
    entry: usize,
    level: usize,
    signed_data: SignedData<'a>,
    image_digest: Option<ImageDigest<'a>>,
    signers: Vec<Signer<'a>>,
}

/// Who made a signature: one SignerInfo.
#[derive(Debug, Clone)]
pub struct Signer<'a> {
    identity: SignerIdentity<'a>,
    digest_algorithm: Oid<'a>,
    facts: SignedFacts<'a>,
    timestamps: Vec<Timestamp<'a>>,
}

/// One countersignature or time-stamp token.
#[derive(Debug, Clone)]
pub struct Timestamp<'a> {
    kind: TimestampKind,
    time: Option<Time>,
    signers: Vec<SignerIdentity<'a>>,
    certificates: Vec<Certificate<'a>>,
}

impl<'a> Signature<'a> {
    /// Reads the message at the start of `span`. Also answers the messages nested in it.
    pub(crate) fn parse(
        span: Span<'a>,
        source: Source,
        entry: usize,
        level: usize,
        budget: &mut Budget,
    ) -> Result<(Self, Vec<Span<'a>>), Error> {
        let signed_data = SignedData::parse(span, budget)?;
        let image_digest = spc::image_digest(&signed_data, budget);
        if signed_data.is_complete && signed_data.signer_infos.is_empty() && signed_data.content.is_some() {
            budget.fault(Error::new(ErrorKind::NoSignerInfo, Structure::SignedData, signed_data.der.offset()));
        }
        let mut nested = Vec::new();
        let mut resolver = Resolver::new(&signed_data.certificates);
        let mut signers = Vec::with_capacity(signed_data.signer_infos.len());
        for signer_info in &signed_data.signer_infos {
            let unsigned = signer_info.unsigned_attributes(budget);
            nested.extend(spc::nested_messages(&unsigned, budget));
            let facts = SignedFacts::read(&signer_info.signed_attributes(budget), budget);
            let identity = resolver.resolve(signer_info, budget);
            let raw_timestamps = timestamp::timestamps(&unsigned, budget);
            let timestamps =
                raw_timestamps.into_iter().map(|raw| Timestamp::resolve(raw, &mut resolver, budget)).collect();
            signers.push(Signer { identity, digest_algorithm: signer_info.digest_algorithm, facts, timestamps });
        }
        Ok((Self { source, entry, level, signed_data, image_digest, signers }, nested))
    }

    /// Where the signature lies.
    #[must_use]
    pub const fn source(&self) -> Source {
        self.source
    }

    /// Number of the WIN_CERTIFICATE record that holds this signature or the one it is nested in, counted from 0.
    #[must_use]
    pub const fn entry(&self) -> usize {
        self.entry
    }

    /// 0 for the signature of an entry, 1 for one nested in it, and so on.
    #[must_use]
    pub const fn level(&self) -> usize {
        self.level
    }

    /// The message, the ContentInfo's tag and length included.
    #[must_use]
    pub const fn der(&self) -> &'a [u8] {
        self.signed_data.der.as_bytes()
    }

    /// File offset of [`der`](Self::der).
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.signed_data.der.offset()
    }

    pub(crate) const fn span(&self) -> Span<'a> {
        self.signed_data.der
    }

    /// Whether the message could be read up to its SignerInfos. A message that is cut before them has certificates, but nobody
    /// can say which of them signed.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.signed_data.is_complete
    }

    /// The type of what was signed, such as 1.3.6.1.4.1.311.2.1.4 (SpcIndirectDataContent).
    #[must_use]
    pub const fn content_type(&self) -> Oid<'a> {
        self.signed_data.content_type
    }

    /// The digest that the signature claims for the file; not compared with the file.
    #[must_use]
    pub const fn image_digest(&self) -> Option<ImageDigest<'a>> {
        self.image_digest
    }

    /// The certificates of the message in stored order, those of RFC 3161 timestamps not among them.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate<'a>] {
        &self.signed_data.certificates
    }

    /// The signers, one a SignerInfo, in stored order. Authenticode allows exactly one; none and several are met.
    #[must_use]
    pub fn signers(&self) -> &[Signer<'a>] {
        &self.signers
    }

    /// The certificate of the first signer, when it is in the message.
    #[must_use]
    pub fn signer(&self) -> Option<Certificate<'a>> {
        self.signers.first().and_then(Signer::certificate)
    }

    /// How the first SignerInfo names its signer. There without the certificate, too.
    #[must_use]
    pub fn signer_id(&self) -> Option<SignerId<'a>> {
        self.signers.first().map(Signer::id)
    }
}

impl<'a> Signer<'a> {
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

    /// The hash algorithm of this signature.
    #[must_use]
    pub const fn digest_algorithm(&self) -> Oid<'a> {
        self.digest_algorithm
    }

    /// The program name of SpcSpOpusInfo. Signed, and chosen freely by the signer.
    #[must_use]
    pub fn program_name(&self) -> Option<Cow<'a, str>> {
        self.facts.opus_info.program_name()
    }

    /// The URL of SpcSpOpusInfo. Signed, and chosen freely by the signer.
    #[must_use]
    pub fn more_info_url(&self) -> Option<Cow<'a, str>> {
        self.facts.opus_info.more_info()
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

impl<'a> Timestamp<'a> {
    /// Countersigners are among the certificates of the stamped message, the signers of a token among its own.
    fn resolve(raw: RawTimestamp<'a>, outer: &mut Resolver<'_, 'a>, budget: &mut Budget) -> Self {
        let signers = match raw.kind {
            TimestampKind::Pkcs9 => outer.resolve_all(&raw.signer_infos, budget),
            TimestampKind::Rfc3161 => Resolver::new(&raw.certificates).resolve_all(&raw.signer_infos, budget),
        };
        Self { kind: raw.kind, time: raw.time, signers, certificates: raw.certificates }
    }

    /// Countersignature or token.
    #[must_use]
    pub const fn kind(&self) -> TimestampKind {
        self.kind
    }

    /// genTime of an RFC 3161 token, signingTime of a PKCS#9 countersignature; `None` when it is absent or no date.
    #[must_use]
    pub const fn time(&self) -> Option<Time> {
        self.time
    }

    /// The certificate of the timestamp's signer, when it is there.
    #[must_use]
    pub fn signer(&self) -> Option<Certificate<'a>> {
        self.signers.first().and_then(|signer| signer.certificates.first()).copied()
    }

    /// How the timestamp names its signer.
    #[must_use]
    pub fn signer_id(&self) -> Option<SignerId<'a>> {
        self.signers.first().map(|signer| signer.id)
    }

    /// The certificates inside an RFC 3161 token; empty for PKCS#9, whose certificates are in the stamped message.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate<'a>] {
        &self.certificates
    }

    /// Everybody who signed the token; exactly one, normally.
    pub(crate) fn signers(&self) -> &[SignerIdentity<'a>] {
        &self.signers
    }
}
