//! SignedData as raw spans (RFC 5652, 5; PKCS #7 1.5).

use super::certificate_set::{CertificateSet, lenient_step};
use super::content::Content;
use super::signer_index::SignerIndex;
use super::signer_info::{SignerId, SignerInfo, unused_parameters};
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
    /// No octets when it is damaged.
    pub(crate) content_type: Oid<'a>,
    pub(crate) content: Option<Content<'a>>,
    /// Whether there is a content that could not be read, which is a fault already.
    pub(crate) is_content_damaged: bool,
    pub(crate) set: CertificateSet<'a>,
    /// The revocation lists, tag and length included.
    pub(crate) crls: Vec<Span<'a>>,
    pub(crate) signer_infos: Vec<SignerInfo<'a>>,
    /// Whether the message was read up to its SignerInfos, and one of them or an empty list is there.
    pub(crate) is_complete: bool,
    /// What lies in the message where its structure has nothing.
    unknown_parts: Vec<Span<'a>>,
}

/// What a part of a SignedData behind its content is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Certificates,
    Crls,
    SignerInfos,
    Unknown,
}

impl<'a> SignedData<'a> {
    /// Reads a ContentInfo that holds a SignedData from the start of `span`, or a bare SignedData.
    ///
    /// A message that is cut is read as far as it goes. What cannot be read becomes a fault; an error means that nothing can be
    /// said at all.
    pub(crate) fn parse(span: Span<'a>, budget: &mut Budget) -> Result<Self, Error> {
        let structure = Structure::ContentInfo;
        let mut outer = Cursor::new(span, structure);
        let message = outer.lenient_expect(tag::SEQUENCE, budget)?;
        let mut signed_data = Self {
            der: message.raw,
            version: None,
            digest_algorithms: None,
            content_type: Oid::from_content(&[]),
            content: None,
            is_content_damaged: false,
            set: CertificateSet::default(),
            crls: Vec::new(),
            signer_infos: Vec::new(),
            is_complete: false,
            unknown_parts: Vec::new(),
        };
        let mut parts = message.members(structure);
        let is_bare = parts.peek_octet().map(u32::from) == Some(tag::INTEGER);
        let body = if is_bare {
            message
        } else {
            let kind = parts.expect(tag::OID, budget)?;
            if ![oid::SIGNED_DATA, oid::SM2_SIGNED_DATA].contains(&Oid::from_content(kind.content.as_bytes())) {
                return Err(Error::new(ErrorKind::NotSignedData, structure, kind.raw.offset()));
            }
            let mut explicit = parts.lenient_expect(tag::CONSTRUCTED_0, budget)?.members(structure);
            let body = explicit.lenient_expect(tag::SEQUENCE, budget)?;
            signed_data.note_left_over(explicit, budget);
            signed_data.note_left_over(parts, budget);
            body
        };
        let read = signed_data.read_body(body.members(Structure::SignedData), budget);
        if let Err(error) = read {
            budget.fault(error);
            if signed_data.is_empty() {
                return Err(error);
            }
        }
        Ok(signed_data)
    }

    /// Whether nothing was read that says anything.
    fn is_empty(&self) -> bool {
        self.content_type.as_bytes().is_empty() && self.set.certificates.is_empty() && self.signer_infos.is_empty()
    }

    /// What follows the last part that a structure has.
    fn note_left_over(&mut self, parts: Cursor<'a>, budget: &mut Budget) {
        let left = parts.left_over();
        if !left.is_empty() {
            budget.fault(parts.error(ErrorKind::UnknownParts));
            self.unknown_parts.push(left);
        }
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
        let before = parts;
        let encapsulated = parts.lenient_next(budget)?.ok_or(parts.error(ErrorKind::Missing))?;
        if encapsulated.tag == tag::SEQUENCE || kind_of(encapsulated, budget) == Part::Unknown {
            let read = self.read_content(encapsulated, budget);
            budget.survive(read);
        } else {
            budget.fault(before.error(ErrorKind::Missing));
            parts = before;
        }
        let read = self.read_parts(parts, budget);
        if self.digest_algorithms.is_some_and(|set| set.content.is_empty()) && !self.signer_infos.is_empty() {
            budget.fault(no_algorithms);
        }
        self.set.find_signers_beyond_limit(&self.signer_infos, budget);
        read
    }

    /// Reads certificates, revocation lists and SignerInfos by what they are: a part of another type, a part too many or another order
    /// hides none of them.
    fn read_parts(&mut self, mut parts: Cursor<'a>, budget: &mut Budget) -> Result<(), Error> {
        /// Lists of SignerInfos that are looked through; there is one.
        const MOST_LISTS: usize = 16;
        let mut lists = 0_usize;
        loop {
            let here = parts;
            let Some((part, _)) = lenient_step(&mut parts, budget) else { break };
            let has_infos = lists > 0;
            let kind = if lists < MOST_LISTS { kind_of(part, budget) } else { Part::Unknown };
            let expected = match kind {
                Part::Certificates => tag::CONSTRUCTED_0,
                Part::Crls => tag::CONSTRUCTED_1,
                Part::SignerInfos | Part::Unknown => tag::SET,
            };
            if has_infos || part.tag != expected || kind == Part::Unknown {
                let kind = match has_infos {
                    true => ErrorKind::UnknownParts,
                    false => ErrorKind::UnexpectedTag { expected, found: part.tag },
                };
                if self.unknown_parts.last().is_none_or(|last| last.end() != here.offset()) {
                    budget.fault(here.error(kind));
                }
            }
            match kind {
                Part::Certificates => self.set.read(part.members(Structure::CertificateSet), budget),
                Part::Crls => self.read_crls(part.members(Structure::SignedData), budget),
                Part::SignerInfos => {
                    lists = lists.saturating_add(1);
                    self.read_signer_infos(part, budget);
                }
                Part::Unknown => self.note_unknown_part(part.raw),
            }
        }
        if lists > 0 { Ok(()) } else { Err(parts.error(ErrorKind::Missing)) }
    }

    /// Parts that touch each other are kept as one.
    fn note_unknown_part(&mut self, part: Span<'a>) {
        /// Pieces that are kept.
        const MOST: usize = 256;
        let joined = self.unknown_parts.last().and_then(|last| last.joined(part, self.der));
        if let (Some(joined), Some(last)) = (joined, self.unknown_parts.last_mut()) {
            *last = joined;
        } else if self.unknown_parts.len() < MOST {
            self.unknown_parts.push(part);
        }
    }

    fn read_signer_infos(&mut self, set: Element<'a>, budget: &mut Budget) {
        let most = budget.limits().max_signer_infos;
        let mut members = set.members(Structure::SignerInfo);
        self.is_complete |= members.is_at_end();
        let mut damaged = 0_usize;
        if !members.is_at_end() {
            // There is one, and it is large.
            self.signer_infos.reserve_exact(1);
        }
        while self.signer_infos.len() < most && damaged < most {
            let Some(member) = lenient_next_or_fault(&mut members, budget) else { break };
            let read = SignerInfo::parse(member, budget);
            match budget.survive(read) {
                Some(signer_info) => self.signer_infos.push(signer_info),
                None => damaged = damaged.saturating_add(1),
            }
        }
        self.find_signer_infos_beyond_limit(members, budget);
        self.is_complete |= !self.signer_infos.is_empty();
    }

    /// SignerInfos behind so many damaged ones are read if they can be. Beyond the limit they are not, but for those that name a
    /// certificate of the set which none before names: there are no more of these than certificates and their key ids, and SignerInfos
    /// that name nobody must not hide them.
    fn find_signer_infos_beyond_limit(&mut self, mut members: Cursor<'a>, budget: &mut Budget) {
        if members.left_over().is_empty() {
            return;
        }
        budget.fault_limit(Limit::SignerInfos, Structure::SignedData, members.offset());
        let most = budget.limits().max_signer_infos;
        let mut search = budget.for_search();
        let present = self.set.index(&mut search);
        let mut told = SignerIndex::default();
        self.signer_infos.iter().for_each(|info| told.insert(info.signer_id));
        while let Some((member, _)) = lenient_step(&mut members, &mut search) {
            let Some(id) = SignerId::of_member(member, &mut search) else { continue };
            let is_wanted = self.signer_infos.len() < most || (present.has(id) && !told.has(id));
            if is_wanted {
                told.insert(id);
                let signer_info = SignerInfo::parse(member, budget);
                self.signer_infos.extend(budget.survive(signer_info));
            }
        }
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

    fn read_content(&mut self, encapsulated: Element<'a>, budget: &mut Budget) -> Result<(), Error> {
        let structure = Structure::SignedData;
        let mut parts = encapsulated.expect(tag::SEQUENCE, structure)?.members(structure);
        let kind = parts.expect(tag::OID, budget)?;
        self.content_type = Oid::from_content(kind.content.as_bytes());
        if parts.peek_octet().map(u32::from) == Some(tag::CONSTRUCTED_0) {
            let explicit = parts.lenient_expect(tag::CONSTRUCTED_0, budget)?;
            let mut inner = explicit.members(structure);
            let content = lenient_next_or_fault(&mut inner, budget);
            let read = content.map(|content| Content::read(content, budget));
            self.content = read.and_then(|read| budget.survive(read));
            self.is_content_damaged = self.content.is_none() && !explicit.content.is_empty();
            self.note_left_over(inner, budget);
        }
        self.note_left_over(parts, budget);
        Ok(())
    }

    /// What the message carries where its structure has nothing, or nothing that a reader looks at: none of it is signed.
    pub(crate) fn unsigned_parts(&self) -> Vec<Span<'a>> {
        let mut found = self.unknown_parts.clone();
        if let Some(set) = self.digest_algorithms {
            let mut members = set.members(Structure::SignedData);
            let mut budget = Budget::default();
            while let Ok(Some(algorithm)) = members.step(&mut budget) {
                found.extend(unused_parameters(algorithm));
            }
        }
        found.extend(self.signer_infos.iter().flat_map(SignerInfo::unsigned_parts));
        found
    }
}

/// What a part is by its tag; a list by what the first of its members is that is anything.
fn kind_of(part: Element<'_>, budget: &mut Budget) -> Part {
    /// Members that are looked at.
    const MOST: usize = 16;
    match part.tag {
        tag::CONSTRUCTED_0 => return Part::Certificates,
        tag::CONSTRUCTED_1 => return Part::Crls,
        tag::SET | tag::SEQUENCE => {}
        _ => return Part::Unknown,
    }
    let mut members = part.members(Structure::SignedData);
    for _ in 0..MOST {
        let Ok(Some(member)) = members.step(budget) else { break };
        // Nothing is both: a certificate begins with a list, in which no SignerInfo has what names a signer.
        if SignerId::of_member(member, budget).is_some() {
            return Part::SignerInfos;
        }
        if Certificate::identity(member, budget).is_some() {
            return Part::Certificates;
        }
    }
    if part.tag == tag::SET { Part::SignerInfos } else { Part::Unknown }
}

/// The next element, read as far as it is there. An error is kept as a fault, and is the end.
fn lenient_next_or_fault<'a>(cursor: &mut Cursor<'a>, budget: &mut Budget) -> Option<Element<'a>> {
    let next = cursor.lenient_next(budget);
    budget.survive(next).flatten()
}
