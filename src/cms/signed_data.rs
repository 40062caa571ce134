//! SignedData as raw spans (RFC 5652, 5; PKCS #7 1.5).

use super::content::Content;
use super::signer_info::SignerInfo;
use crate::asn1::der::{Cursor, Element};
use crate::asn1::oid::{self, Oid};
use crate::asn1::tag;
use crate::bytes::Span;
use crate::error::{Error, ErrorKind, Limit, Structure};
use crate::limits::Budget;
use crate::x509::certificate::Certificate;

/// One SignedData.
#[derive(Debug, Clone)]
pub(crate) struct SignedData<'a> {
    /// The whole message, the ContentInfo's tag and length included.
    pub(crate) der: Span<'a>,
    /// The version, when it is a small number.
    pub(crate) version: Option<u32>,
    /// The SET of digest algorithms.
    digest_algorithms: Option<Element<'a>>,
    pub(crate) content_type: Oid<'a>,
    pub(crate) content: Option<Content<'a>>,
    /// Whether there is a content that could not be read, which is a fault already.
    pub(crate) is_content_damaged: bool,
    /// The X.509 certificates of the set, in stored order.
    pub(crate) certificates: Vec<Certificate<'a>>,
    /// Members of the certificate set that could not be read as X.509 certificates.
    pub(crate) other_certificates: Vec<OtherCertificate<'a>>,
    /// The revocation lists, tag and length included.
    pub(crate) crls: Vec<Span<'a>>,
    pub(crate) signer_infos: Vec<SignerInfo<'a>>,
    /// Whether the message was read up to its SignerInfos.
    pub(crate) is_complete: bool,
    /// The certificates beyond the limit, until the SignerInfos are known.
    beyond_limit: Option<Cursor<'a>>,
}

/// A member of a certificate set that is no X.509 certificate, or too damaged to tell whose it is.
///
/// CMS has other kinds of certificates (RFC 5652, 10.2.2), and files carry junk there.
#[derive(Debug, Clone, Copy)]
pub struct OtherCertificate<'a>(Element<'a>);

impl<'a> OtherCertificate<'a> {
    /// The stored octets, tag and length included.
    #[must_use]
    pub const fn der(self) -> &'a [u8] {
        self.0.raw.as_bytes()
    }

    /// File offset of [`der`](Self::der).
    #[must_use]
    pub const fn offset(self) -> u64 {
        self.0.raw.offset()
    }

    pub(crate) const fn span(self) -> Span<'a> {
        self.0.raw
    }

    /// Which of the CertificateChoices it is, by its tag (RFC 5652, 10.2.2): `0` to `3` for the context tags
    /// extendedCertificate, v1AttrCert, v2AttrCert and other; `None` for anything else, a damaged X.509 certificate among it.
    #[must_use]
    pub const fn choice(self) -> Option<u32> {
        match self.0.tag {
            tag::CONSTRUCTED_0 => Some(0),
            tag::CONSTRUCTED_1 => Some(1),
            tag::CONSTRUCTED_2 => Some(2),
            tag::CONSTRUCTED_3 => Some(3),
            _ => None,
        }
    }

    /// What can be read of it as of a certificate that is cut by the end of its set: serial and issuer, and what else is there.
    /// `None` where that is not even a serial and an issuer.
    #[must_use]
    pub fn lenient_certificate(self) -> Option<Certificate<'a>> {
        Certificate::from_element(self.0, &mut Budget::default()).ok()
    }

    /// SHA-256 of [`der`](Self::der).
    #[cfg(feature = "digest")]
    #[must_use]
    pub fn sha256(self) -> [u8; 32] {
        crate::digest::sha256(self.der())
    }
}

impl<'a> SignedData<'a> {
    /// Reads a ContentInfo that holds a SignedData from the start of `span`, or a bare SignedData.
    ///
    /// A message that is cut is read as far as it goes. What cannot be read becomes a fault; an error means that nothing can be
    /// said at all.
    pub(crate) fn parse(span: Span<'a>, budget: &mut Budget) -> Result<Self, Error> {
        let mut outer = Cursor::new(span, Structure::ContentInfo);
        let message = outer.lenient_expect(tag::SEQUENCE, budget)?;
        let mut parts = message.members(Structure::ContentInfo);
        let is_bare = parts.peek_octet().map(u32::from) == Some(tag::INTEGER);
        let body = if is_bare {
            message
        } else {
            let kind = parts.expect(tag::OID, budget)?;
            if kind.content.as_bytes() != oid::SIGNED_DATA.as_bytes() {
                return Err(Error::new(ErrorKind::NotSignedData, Structure::ContentInfo, kind.raw.offset()));
            }
            let explicit = parts.lenient_expect(tag::CONSTRUCTED_0, budget)?;
            explicit.members(Structure::ContentInfo).lenient_expect(tag::SEQUENCE, budget)?
        };
        let mut signed_data = Self {
            der: message.raw,
            version: None,
            digest_algorithms: None,
            content_type: Oid::from_content(&[]),
            content: None,
            is_content_damaged: false,
            certificates: Vec::new(),
            other_certificates: Vec::new(),
            crls: Vec::new(),
            signer_infos: Vec::new(),
            is_complete: false,
            beyond_limit: None,
        };
        let read = signed_data.read_body(body.members(Structure::SignedData), budget);
        if let Err(error) = read {
            budget.fault(error);
            if signed_data.content_type.as_bytes().is_empty() {
                return Err(error);
            }
        }
        Ok(signed_data)
    }

    fn read_body(&mut self, mut parts: Cursor<'a>, budget: &mut Budget) -> Result<(), Error> {
        let is_set = |element: Element<'_>| element.tag == tag::SET;
        let version = parts.lenient_skip(tag::INTEGER, is_set, budget)?;
        self.version = version.and_then(Element::small_number);
        // digestAlgorithms repeats what the SignerInfos say. The content that follows is a SEQUENCE too, and starts with its type.
        let is_content = |element: Element<'_>| {
            element.tag == tag::SEQUENCE && element.content.first().map(u32::from) == Some(tag::OID)
        };
        let no_algorithms = parts.error(ErrorKind::Missing);
        self.digest_algorithms = parts.lenient_skip(tag::SET, is_content, budget)?;
        let encapsulated = parts.lenient_expect(tag::SEQUENCE, budget)?;
        self.read_content(encapsulated, budget)?;
        if parts.peek_octet().map(u32::from) == Some(tag::CONSTRUCTED_0) {
            let set = parts.lenient_expect(tag::CONSTRUCTED_0, budget)?;
            self.read_certificates(set.members(Structure::CertificateSet), budget);
        }
        if let Some(crls) = parts.optional(tag::CONSTRUCTED_1, budget)? {
            self.read_crls(crls.members(Structure::SignedData), budget);
        }
        let signer_infos = parts.lenient_expect(tag::SET, budget)?;
        let mut members = signer_infos.members(Structure::SignerInfo);
        self.is_complete = members.is_at_end();
        let mut told = false;
        while let Some(member) = lenient_next_or_fault(&mut members, budget) {
            self.is_complete = true;
            let is_beyond = self.signer_infos.len() >= budget.limits().max_signer_infos;
            if is_beyond && !told {
                told = true;
                budget.fault_limit(Limit::SignerInfos, Structure::SignedData, member.raw.offset());
            }
            let signer_info = SignerInfo::parse(member, budget);
            let wanted = budget.survive(signer_info).filter(|info| !is_beyond || self.is_new_signer(info));
            self.signer_infos.extend(wanted);
        }
        self.is_complete &= !self.signer_infos.is_empty() || signer_infos.content.is_empty();
        if self.digest_algorithms.is_some_and(|set| set.content.is_empty()) && !self.signer_infos.is_empty() {
            budget.fault(no_algorithms);
        }
        self.find_signers_beyond_limit(budget);
        Ok(())
    }

    /// Whether a SignerInfo beyond the limit names a certificate of the set that none before it names: there are no more of these
    /// than certificates, and SignerInfos that name nobody must not hide them.
    fn is_new_signer(&self, info: &SignerInfo<'a>) -> bool {
        let is_here = self.certificates.iter().any(|certificate| info.signer_id.names(*certificate));
        is_here && !self.signer_infos.iter().any(|other| other.signer_id == info.signer_id)
    }

    fn read_crls(&mut self, mut members: Cursor<'a>, budget: &mut Budget) {
        while let Some(member) = members.next_or_fault(budget) {
            if self.crls.len() >= budget.limits().max_certificates {
                budget.fault_limit(Limit::Certificates, Structure::SignedData, member.raw.offset());
                return;
            }
            self.crls.push(member.raw);
        }
    }

    /// The digest algorithms that the message announces, in stored order.
    pub(crate) fn digest_algorithms(&self) -> Vec<Oid<'a>> {
        let mut budget = Budget::default();
        let Some(set) = self.digest_algorithms else { return Vec::new() };
        let mut members = set.members(Structure::SignedData);
        let mut algorithms = Vec::new();
        while let Ok(Some(member)) = members.next(&mut budget) {
            if let Ok(kind) = member.members(Structure::SignedData).expect(tag::OID, &mut budget) {
                algorithms.push(Oid::from_content(kind.content.as_bytes()));
            }
        }
        algorithms
    }

    /// Certificates beyond the limit are not read, but for those that a SignerInfo names: a set filled with others must not hide
    /// who signed.
    fn find_signers_beyond_limit(&mut self, budget: &mut Budget) {
        /// A certificate of fewer octets has no room for its names and key, and costs more to read than to carry.
        const SMALLEST: usize = 40;
        let Some(mut members) = self.beyond_limit.take() else { return };
        while let Some((member, _)) = next_member(&mut members, budget) {
            if member.tag != tag::SEQUENCE || member.raw.len() < SMALLEST {
                continue;
            }
            let Ok(certificate) = Certificate::from_element(member, budget) else { continue };
            if self.signer_infos.iter().any(|info| info.signer_id.names(certificate)) {
                self.certificates.push(certificate);
            }
        }
    }

    fn read_content(&mut self, encapsulated: Element<'a>, budget: &mut Budget) -> Result<(), Error> {
        let mut parts = encapsulated.members(Structure::SignedData);
        let kind = parts.expect(tag::OID, budget)?;
        self.content_type = Oid::from_content(kind.content.as_bytes());
        if parts.peek_octet().map(u32::from) == Some(tag::CONSTRUCTED_0) {
            let explicit = parts.lenient_expect(tag::CONSTRUCTED_0, budget)?;
            let content = lenient_next_or_fault(&mut explicit.members(Structure::SignedData), budget);
            let read = content.map(|content| Content::read(content, budget));
            self.content = read.and_then(|read| budget.survive(read));
            self.is_content_damaged = self.content.is_none() && !explicit.content.is_empty();
        }
        Ok(())
    }

    /// Splits the set by tag and length first, then reads each member alone, so that one bad certificate spoils itself only.
    fn read_certificates(&mut self, mut members: Cursor<'a>, budget: &mut Budget) {
        loop {
            let here = members;
            let Some((member, is_whole)) = next_member(&mut members, budget) else { return };
            let count = self.certificates.len().saturating_add(self.other_certificates.len());
            if count >= budget.limits().max_certificates {
                budget.fault_limit(Limit::Certificates, Structure::CertificateSet, member.raw.offset());
                self.beyond_limit = Some(here);
                return;
            }
            let read = if !is_whole {
                None
            } else if member.tag == tag::SEQUENCE {
                let read = Certificate::from_element(member, budget);
                budget.survive(read)
            } else {
                budget.fault(Error::new(ErrorKind::NotX509, Structure::CertificateSet, member.raw.offset()));
                None
            };
            match read {
                Some(certificate) => self.certificates.push(certificate),
                None => self.other_certificates.push(OtherCertificate(member)),
            }
        }
    }
}

/// The next element, read as far as it is there. An error is kept as a fault, and is the end.
fn lenient_next_or_fault<'a>(cursor: &mut Cursor<'a>, budget: &mut Budget) -> Option<Element<'a>> {
    let next = cursor.lenient_next(budget);
    budget.survive(next).flatten()
}

/// The next member of a certificate set, and whether it is all there: the last one may be cut, as in a download that broke off. Stepping
/// over members costs less than reading them, so that junk among them does not use up what reading the rest of the message takes.
fn next_member<'a>(members: &mut Cursor<'a>, budget: &mut Budget) -> Option<(Element<'a>, bool)> {
    let start = *members;
    match members.step(budget) {
        Ok(member) => member.map(|member| (member, true)),
        Err(error) => {
            budget.fault(error);
            start.cut_element(error).map(|member| (member, false))
        }
    }
}
