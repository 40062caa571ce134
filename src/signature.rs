//! [`Signature`]: one SignedData, its SignerInfos resolved to certificates, chains and timestamps.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use foldhash::fast::RandomState;

use crate::asn1::oid::Oid;
use crate::asn1::time::Time;
use crate::bytes::{Span, to_u64};
use crate::cms::signed_data::{SignedData, SignerId, SignerInfo, SignerKey};
use crate::cms::spc::{self, ImageDigest, SignedFacts};
use crate::cms::timestamp::{self, RawTimestamp, TimestampKind};
use crate::error::{Error, ErrorKind, Limit, Structure};
use crate::limits::Budget;
use crate::x509::certificate::Certificate;
use crate::x509::name::Name;

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

/// A SignerInfo's claim about its signer, and the certificates that fit it.
#[derive(Debug, Clone)]
pub(crate) struct SignerIdentity<'a> {
    pub(crate) id: SignerId<'a>,
    /// Shared by all SignerInfos of a message that name the same signer.
    pub(crate) certificates: Arc<[Certificate<'a>]>,
    pub(crate) chain: Arc<[Certificate<'a>]>,
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

/// Finds the certificates of one message that SignerInfos name. Each distinct signer is looked for once.
struct Resolver<'p, 'a> {
    pool: &'p [Certificate<'a>],
    found: HashMap<SignerKey<'a>, SignerIdentity<'a>, RandomState>,
}

impl<'p, 'a> Resolver<'p, 'a> {
    fn new(pool: &'p [Certificate<'a>]) -> Self {
        Self { pool, found: HashMap::default() }
    }

    fn resolve_all(&mut self, infos: &[SignerInfo<'a>], budget: &mut Budget) -> Vec<SignerIdentity<'a>> {
        infos.iter().map(|info| self.resolve(info, budget)).collect()
    }

    /// Finds the certificates that fit a SignerInfo: by issuer **and** serial, or by key id; never by half of it.
    fn resolve(&mut self, info: &SignerInfo<'a>, budget: &mut Budget) -> SignerIdentity<'a> {
        let id = info.signer_id;
        let key = id.key();
        if let Some(known) = self.found.get(&key) {
            return known.clone();
        }
        let certificates = distinct(self.pool.iter().copied().filter(|one| fits(id, *one, budget)).collect());
        note_doubts(info, &certificates, budget);
        let mut chain = Vec::new();
        for certificate in &certificates {
            extend_chain(&mut chain, *certificate, self.pool, budget);
        }
        let identity = SignerIdentity { id, certificates: certificates.into(), chain: chain.into() };
        self.found.insert(key, identity.clone());
        identity
    }
}

/// The certificates without those whose octets came before.
fn distinct(mut certificates: Vec<Certificate<'_>>) -> Vec<Certificate<'_>> {
    if certificates.len() > 1 {
        let mut seen: HashSet<&[u8], RandomState> = HashSet::default();
        certificates.retain(|certificate| seen.insert(certificate.der()));
    }
    certificates
}

/// What there is to say when a SignerInfo does not name exactly one certificate of the message, octet for octet.
fn note_doubts(info: &SignerInfo<'_>, certificates: &[Certificate<'_>], budget: &mut Budget) {
    let kind = match (certificates, info.signer_id) {
        ([], _) => ErrorKind::SignerAbsent,
        ([one], SignerId::IssuerAndSerial { issuer, .. }) if issuer != one.issuer() => ErrorKind::SignerByValue,
        ([_], _) => return,
        (several, _) => ErrorKind::AmbiguousSigner { count: u32::try_from(several.len()).unwrap_or(u32::MAX) },
    };
    budget.fault(Error::new(kind, Structure::SignerInfo, info.offset));
}

fn fits(id: SignerId<'_>, certificate: Certificate<'_>, budget: &mut Budget) -> bool {
    match id {
        // The serial first: it is the cheaper and the more selective half.
        SignerId::IssuerAndSerial { issuer, serial } => {
            serial == certificate.serial() && same_name(issuer, certificate.issuer(), budget)
        }
        SignerId::SubjectKeyId(key_id) => key_id_of(certificate, budget) == Some(key_id),
    }
}

/// Whether two names are the same. Comparing by value what differs in its octets is paid for, so that many SignerInfos times many
/// certificates stays within the file's budget; equal octets cost nothing, so that nobody can use the budget up to hide a signer.
fn same_name(a: Name<'_>, b: Name<'_>, budget: &mut Budget) -> bool {
    if a == b {
        return a.matches(b);
    }
    let octets = to_u64(a.as_bytes().len()).saturating_add(to_u64(b.as_bytes().len()));
    if !budget.spend_comparison(octets) {
        budget.fault_limit(Limit::Elements, Structure::CertificateSet, 0);
        return false;
    }
    a.matches(b)
}

/// The subject key identifier, paid for, because all extensions before it are walked.
fn key_id_of<'a>(certificate: Certificate<'a>, budget: &mut Budget) -> Option<&'a [u8]> {
    if !budget.spend_comparison(to_u64(certificate.der().len())) {
        budget.fault_limit(Limit::Elements, Structure::Extension, certificate.offset());
        return None;
    }
    certificate.subject_key_id()
}

/// Adds the issuers of `leaf`, nearest first, until none is found, one is its own issuer, or one is there already.
fn extend_chain<'a>(
    chain: &mut Vec<Certificate<'a>>,
    leaf: Certificate<'a>,
    pool: &[Certificate<'a>],
    budget: &mut Budget,
) {
    let mut current = leaf;
    while let Some(issuer) = issuer_of(current, pool, budget) {
        if issuer == leaf || chain.contains(&issuer) {
            return;
        }
        if chain.len() >= budget.limits().max_chain {
            budget.fault_limit(Limit::Chain, Structure::CertificateSet, issuer.offset());
            return;
        }
        chain.push(issuer);
        current = issuer;
    }
}

/// The certificate that names `child`'s issuer as its subject; where several do, the one with the key id that `child` asks for.
fn issuer_of<'a>(child: Certificate<'a>, pool: &[Certificate<'a>], budget: &mut Budget) -> Option<Certificate<'a>> {
    if same_name(child.issuer(), child.subject(), budget) {
        return None;
    }
    let wanted = child.authority_key_id();
    let mut first = None;
    for candidate in pool {
        if same_name(child.issuer(), candidate.subject(), budget) {
            if wanted.is_some() && key_id_of(*candidate, budget) == wanted {
                return Some(*candidate);
            }
            first = first.or(Some(*candidate));
        }
    }
    first
}
