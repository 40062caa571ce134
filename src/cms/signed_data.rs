//! SignedData, SignerInfo and Attribute as raw spans (RFC 5652, 5 and 11; PKCS #7 1.5).

use crate::asn1::der::{Cursor, Element};
use crate::asn1::oid::{self, Oid};
use crate::asn1::tag;
use crate::bytes::Span;
use crate::error::{Error, ErrorKind, Limit, Structure};
use crate::limits::Budget;
use crate::x509::certificate::Certificate;
use crate::x509::name::Name;
use crate::x509::serial::Serial;

/// One SignedData.
#[derive(Debug, Clone)]
pub(crate) struct SignedData<'a> {
    /// The whole message, the ContentInfo's tag and length included.
    pub(crate) der: Span<'a>,
    pub(crate) content_type: Oid<'a>,
    /// The content inside its `[0]`: bare, or still wrapped in an OCTET STRING.
    pub(crate) content: Option<Element<'a>>,
    /// The X.509 certificates of the set, in stored order.
    pub(crate) certificates: Vec<Certificate<'a>>,
    /// Members of the certificate set that could not be read as X.509 certificates.
    pub(crate) other_certificates: Vec<Span<'a>>,
    pub(crate) crl_count: usize,
    pub(crate) signer_infos: Vec<SignerInfo<'a>>,
    /// Whether the message was read up to its SignerInfos.
    pub(crate) is_complete: bool,
    /// The certificates beyond the limit, until the SignerInfos are known.
    beyond_limit: Option<Cursor<'a>>,
}

/// One SignerInfo.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SignerInfo<'a> {
    /// File offset of the SignerInfo.
    pub(crate) offset: u64,
    pub(crate) signer_id: SignerId<'a>,
    pub(crate) digest_algorithm: Oid<'a>,
    /// The content of the authenticated attributes' `[0]`.
    pub(crate) signed_attributes: Option<Span<'a>>,
    /// The content of the unauthenticated attributes' `[1]`.
    pub(crate) unsigned_attributes: Option<Span<'a>>,
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

/// One attribute: its type and the content of its SET of values.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attribute<'a> {
    pub(crate) kind: Oid<'a>,
    pub(crate) values: Span<'a>,
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
            content_type: Oid::from_content(&[]),
            content: None,
            certificates: Vec::new(),
            other_certificates: Vec::new(),
            crl_count: 0,
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
        parts.lenient_skip(tag::INTEGER, is_set, budget)?;
        // digestAlgorithms repeats what the SignerInfos say. The content that follows is a SEQUENCE too, and starts with its type.
        let is_content = |element: Element<'_>| {
            element.tag == tag::SEQUENCE && element.content.first().map(u32::from) == Some(tag::OID)
        };
        let no_algorithms = parts.error(ErrorKind::Missing);
        let algorithms = parts.peek(budget).filter(|element| element.tag == tag::SET);
        parts.lenient_skip(tag::SET, is_content, budget)?;
        let encapsulated = parts.lenient_expect(tag::SEQUENCE, budget)?;
        self.read_content(encapsulated, budget)?;
        if parts.peek_octet().map(u32::from) == Some(tag::CONSTRUCTED_0) {
            let set = parts.lenient_expect(tag::CONSTRUCTED_0, budget)?;
            self.read_certificates(set.members(Structure::CertificateSet), budget);
        }
        if let Some(crls) = parts.optional(tag::CONSTRUCTED_1, budget)? {
            self.count_crls(crls.members(Structure::SignedData), budget);
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
        if algorithms.is_some_and(|set| set.content.is_empty()) && !self.signer_infos.is_empty() {
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

    fn count_crls(&mut self, mut members: Cursor<'a>, budget: &mut Budget) {
        while let Some(member) = members.next_or_fault(budget) {
            if self.crl_count >= budget.limits().max_certificates {
                budget.fault_limit(Limit::Certificates, Structure::SignedData, member.raw.offset());
                return;
            }
            self.crl_count = self.crl_count.saturating_add(1);
        }
    }

    /// Certificates beyond the limit are not read, but for those that a SignerInfo names: a set filled with others must not hide
    /// who signed.
    fn find_signers_beyond_limit(&mut self, budget: &mut Budget) {
        /// A certificate of fewer octets has no room for its names and key, and costs more to read than to carry.
        const SMALLEST: usize = 40;
        let Some(mut members) = self.beyond_limit.take() else { return };
        while let Some(member) = next_member(&mut members, budget) {
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
            self.content = explicit.members(Structure::SignedData).next_or_fault(budget);
        }
        Ok(())
    }

    /// Splits the set by tag and length first, then reads each member alone, so that one bad certificate spoils itself only.
    fn read_certificates(&mut self, mut members: Cursor<'a>, budget: &mut Budget) {
        loop {
            let here = members;
            let Some(member) = next_member(&mut members, budget) else { return };
            let count = self.certificates.len().saturating_add(self.other_certificates.len());
            if count >= budget.limits().max_certificates {
                budget.fault_limit(Limit::Certificates, Structure::CertificateSet, member.raw.offset());
                self.beyond_limit = Some(here);
                return;
            }
            let read = if member.tag == tag::SEQUENCE {
                Certificate::from_element(member, budget)
            } else {
                Err(Error::new(ErrorKind::NotX509, Structure::CertificateSet, member.raw.offset()))
            };
            match read {
                Ok(certificate) => self.certificates.push(certificate),
                Err(error) => {
                    budget.fault(error);
                    self.other_certificates.push(member.raw);
                }
            }
        }
    }

    /// The content octets of the encapsulated content: inside the OCTET STRING where there is one.
    pub(crate) fn content_members(&self, structure: Structure, budget: &mut Budget) -> Option<Cursor<'a>> {
        /// An OCTET STRING in segments (X.690, 8.7.3).
        const SEGMENTED: u32 = tag::OCTET_STRING | tag::CONSTRUCTED;
        let mut content = self.content?;
        if content.tag == SEGMENTED {
            let mut segments = content.members(structure);
            content = segments.next_or_fault(budget)?;
            if !segments.is_at_end() {
                // What is read from several segments would not be a part of the file any more.
                budget.fault(segments.error(ErrorKind::UnknownParts));
            }
        }
        if content.tag == tag::OCTET_STRING {
            let inner = Cursor::new(content.content, structure).next_or_fault(budget);
            return inner.map(|element| element.members(structure));
        }
        Some(content.members(structure))
    }
}

impl<'a> SignerInfo<'a> {
    pub(crate) fn parse(element: Element<'a>, budget: &mut Budget) -> Result<Self, Error> {
        let structure = Structure::SignerInfo;
        let mut parts = element.expect(tag::SEQUENCE, structure)?.members(structure);
        let is_signer_id = |element: Element<'_>| element.tag == tag::SEQUENCE;
        parts.lenient_skip(tag::INTEGER, is_signer_id, budget)?;
        let signer_id = SignerId::parse(&mut parts, budget)?;
        let mut signer_info = Self {
            offset: element.raw.offset(),
            signer_id,
            digest_algorithm: Oid::from_content(&[]),
            signed_attributes: None,
            unsigned_attributes: None,
        };
        // The signer is known by now; what is damaged behind it takes nothing away from that.
        let rest = signer_info.read_rest(parts, budget);
        budget.survive(rest);
        Ok(signer_info)
    }

    fn read_rest(&mut self, mut parts: Cursor<'a>, budget: &mut Budget) -> Result<(), Error> {
        let algorithm = parts.expect(tag::SEQUENCE, budget)?;
        let kind = algorithm.members(Structure::SignerInfo).expect(tag::OID, budget);
        if let Some(kind) = budget.survive(kind) {
            self.digest_algorithm = Oid::from_content(kind.content.as_bytes());
        }
        self.signed_attributes = parts.optional(tag::CONSTRUCTED_0, budget)?.map(|set| set.content);
        parts.expect(tag::SEQUENCE, budget)?;
        parts.expect(tag::OCTET_STRING, budget)?;
        self.unsigned_attributes = parts.optional(tag::CONSTRUCTED_1, budget)?.map(|set| set.content);
        if !parts.is_at_end() {
            return Err(parts.error(ErrorKind::UnknownParts));
        }
        Ok(())
    }

    /// Every authenticated attribute, in stored order.
    pub(crate) fn signed_attributes(&self, budget: &mut Budget) -> Vec<Attribute<'a>> {
        read_attributes(self.signed_attributes, budget)
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
    fn names(self, certificate: Certificate<'_>) -> bool {
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
                Ok(Self::IssuerAndSerial {
                    issuer: Name::new(issuer.raw),
                    serial: Serial::from_bytes(serial.content.as_bytes()),
                })
            }
        }
    }
}

impl<'a> Attribute<'a> {
    /// Whether certificates are to be found in it, so that no number of other attributes may hide it.
    fn holds_signatures(&self) -> bool {
        [oid::NESTED_SIGNATURE, oid::COUNTERSIGNATURE, oid::MS_COUNTERSIGN, oid::TIME_STAMP_TOKEN].contains(&self.kind)
    }

    /// Every value, in stored order. A damaged one ends the list with a fault.
    pub(crate) fn values(self, budget: &mut Budget) -> Vec<Element<'a>> {
        let mut cursor = Cursor::new(self.values, Structure::Attribute);
        let mut values = Vec::new();
        while let Some(value) = cursor.next_or_fault(budget) {
            if values.len() >= budget.limits().max_attribute_values {
                budget.fault_limit(Limit::AttributeValues, Structure::Attribute, value.raw.offset());
                break;
            }
            values.push(value);
        }
        values
    }

    /// The first value.
    pub(crate) fn first_value(self, budget: &mut Budget) -> Option<Element<'a>> {
        let mut cursor = Cursor::new(self.values, Structure::Attribute);
        cursor.next_or_fault(budget)
    }
}

fn read_attributes<'a>(set: Option<Span<'a>>, budget: &mut Budget) -> Vec<Attribute<'a>> {
    let Some(set) = set else { return Vec::new() };
    let mut cursor = Cursor::new(set, Structure::Attribute);
    let mut attributes = Vec::with_capacity(8);
    // Damaged ones count too.
    let mut seen = 0_usize;
    while let Some(element) = cursor.next_or_fault(budget) {
        seen = seen.saturating_add(1);
        let most = budget.limits().max_attributes;
        if seen == most.saturating_add(1) {
            budget.fault_limit(Limit::Attributes, Structure::SignerInfo, element.raw.offset());
        }
        let read = read_attribute(element, budget);
        let is_wanted = |attribute: &Attribute<'_>| seen <= most || attribute.holds_signatures();
        attributes.extend(budget.survive(read).filter(is_wanted));
        if attributes.len() >= most.saturating_mul(2) {
            break;
        }
    }
    attributes
}

fn read_attribute<'a>(element: Element<'a>, budget: &mut Budget) -> Result<Attribute<'a>, Error> {
    let mut parts = element.expect(tag::SEQUENCE, Structure::Attribute)?.members(Structure::Attribute);
    let kind = parts.expect(tag::OID, budget)?;
    let values = parts.expect(tag::SET, budget)?;
    Ok(Attribute { kind: Oid::from_content(kind.content.as_bytes()), values: values.content })
}

/// The next element, read as far as it is there. An error is kept as a fault, and is the end.
fn lenient_next_or_fault<'a>(cursor: &mut Cursor<'a>, budget: &mut Budget) -> Option<Element<'a>> {
    let next = cursor.lenient_next(budget);
    budget.survive(next).flatten()
}

/// The next member of a certificate set. Stepping over members costs less than reading them, so that junk among them does not use
/// up what reading the rest of the message takes.
fn next_member<'a>(members: &mut Cursor<'a>, budget: &mut Budget) -> Option<Element<'a>> {
    let next = members.step(budget);
    budget.survive(next).flatten()
}
