//! [`Signature`]: one SignedData, its SignerInfos resolved to certificates, chains and timestamps.

mod resolver;
mod signer;
mod timestamp;

use crate::asn1::oid::{self, Oid};
use crate::bytes::Span;
use crate::cms::certificate_set::OtherCertificate;
use crate::cms::content::Content;
use crate::cms::signed_data::SignedData;
use crate::cms::signer_info::SignerId;
use crate::cms::spc::{self, ImageDigest, IndirectData};
use crate::cms::trust_list::{self, TrustList};
use crate::error::{Error, ErrorKind, Structure};
use crate::limits::Budget;
use crate::x509::certificate::Certificate;

use resolver::Resolver;
pub(crate) use resolver::SignerIdentity;
pub use signer::Signer;
pub use timestamp::Timestamp;

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
    signers: Vec<Signer<'a>>,
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
        note_content(&signed_data, budget);
        let mut nested = Vec::new();
        let mut resolver = Resolver::new(&signed_data.set.certificates);
        let mut signers = Vec::with_capacity(signed_data.signer_infos.len());
        for signer_info in &signed_data.signer_infos {
            let unsigned = signer_info.unsigned_attributes(budget);
            nested.extend(spc::nested_messages(&unsigned, budget));
            signers.push(Signer::resolve(*signer_info, unsigned, &mut resolver, budget));
        }
        Ok((Self { source, entry, level, signed_data, signers }, nested))
    }

    pub(crate) const fn signed_data(&self) -> &SignedData<'a> {
        &self.signed_data
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

    /// What was signed, its own tag and length included, out of the OCTET STRING that may wrap it; `None` when it is absent.
    #[must_use]
    pub fn content(&self) -> Option<&[u8]> {
        self.signed_data.content.as_ref().map(Content::octets)
    }

    /// Whether the content is wrapped in an OCTET STRING, as CMS has it and PKCS #7 has not.
    #[must_use]
    pub fn is_content_wrapped(&self) -> bool {
        self.signed_data.content.as_ref().is_some_and(|content| content.is_wrapped)
    }

    /// What the signature says about the file; `None` when the content is something else, or damaged.
    #[must_use]
    pub fn indirect_data(&self) -> Option<IndirectData<'_>> {
        if self.signed_data.content_type != oid::SPC_INDIRECT_DATA {
            return None;
        }
        self.signed_data.content.as_ref().and_then(IndirectData::reread)
    }

    /// The files that a catalog signs; `None` when the content is something else, or damaged.
    #[must_use]
    pub fn trust_list(&self) -> Option<TrustList<'_>> {
        if self.signed_data.content_type != oid::CTL {
            return None;
        }
        self.signed_data.content.as_ref().and_then(TrustList::reread)
    }

    /// The digest that the signature claims for the file; not compared with the file.
    #[must_use]
    pub fn image_digest(&self) -> Option<ImageDigest<'_>> {
        self.indirect_data().map(|indirect_data| indirect_data.digest())
    }

    /// The version of the SignedData: 1 as a rule, 1 to 5 by RFC 5652; `None` when it is damaged or no small number.
    #[must_use]
    pub const fn version(&self) -> Option<u32> {
        self.signed_data.version
    }

    /// The digest algorithms that the message announces, in stored order. Each signer names its own, which counts.
    #[must_use]
    pub fn digest_algorithms(&self) -> Vec<Oid<'a>> {
        self.signed_data.digest_algorithms()
    }

    /// The revocation lists of the message, each with its tag and length. No signature covers them.
    pub fn crls(&self) -> impl ExactSizeIterator<Item = &'a [u8]> {
        self.crl_spans().map(Span::as_bytes)
    }

    pub(crate) fn crl_spans(&self) -> impl ExactSizeIterator<Item = Span<'a>> {
        self.signed_data.crls.iter().copied()
    }

    /// Members of the certificate set that are no X.509 certificates or cannot be read as such, in stored order.
    #[must_use]
    pub fn other_certificates(&self) -> &[OtherCertificate<'a>] {
        &self.signed_data.set.others
    }

    /// The certificates of the message in stored order, those of RFC 3161 timestamps not among them.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate<'a>] {
        &self.signed_data.set.certificates
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

/// What is wrong with what was signed, and with a message that signs something and names nobody.
fn note_content(signed_data: &SignedData<'_>, budget: &mut Budget) {
    let start = signed_data.der.offset();
    if signed_data.content_type == oid::SPC_INDIRECT_DATA {
        match &signed_data.content {
            Some(content) => {
                let read = IndirectData::parse(content, budget).map(|_| ());
                budget.survive(read);
            }
            None if signed_data.is_complete && !signed_data.is_content_damaged => {
                budget.fault(Error::new(ErrorKind::Missing, Structure::SpcIndirectData, start));
            }
            None => {}
        }
    }
    if signed_data.content_type == oid::CTL
        && let Some(content) = &signed_data.content
    {
        trust_list::check(content, budget);
    }
    if let Some(second) = signed_data.signer_infos.get(1) {
        budget.fault(Error::new(ErrorKind::SeveralSignerInfos, Structure::SignedData, second.der.offset()));
    }
    if signed_data.is_complete && signed_data.signer_infos.is_empty() && signed_data.content.is_some() {
        budget.fault(Error::new(ErrorKind::NoSignerInfo, Structure::SignedData, start));
    }
}
