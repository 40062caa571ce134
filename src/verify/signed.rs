//! What one SignerInfo signs, and whether a key made its signature (RFC 5652, 5.4 and 5.6).

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::key::{self, Message, SignatureClaim, Verdict};
use super::work::Work;
use crate::asn1::der::{Cursor, Element};
use crate::asn1::oid::{self, Oid};
use crate::asn1::tag;
use crate::bytes::to_u64;
use crate::cms::content::Content as CmsContent;
use crate::cms::signed_data::SignedData;
use crate::cms::signer_info::SignerInfo;
use crate::cms::spc::IndirectData;
use crate::digest::HashAlgorithm;
use crate::error::Structure;
use crate::limits::Budget;
use crate::x509::certificate::Certificate;

/// What SignerInfos sign: the content of a message, or a signature that is countersigned.
#[derive(Debug)]
pub(super) struct Content<'s> {
    /// The octets that messageDigest is the digest of; `None` when the content is not there.
    octets: Option<Message<'s>>,
    /// The same without another tag and length, which some signers hash where they wrap the content.
    inner: Option<Message<'s>>,
    /// The type that the contentType attribute names; `None` for a countersignature, which has no say in it (RFC 5652, 11.4).
    kind: Option<Oid<'s>>,
    /// Whether an RSA signature may be over a bare digest, as in some old timestamps.
    may_be_raw: bool,
    /// Whether a signature may be over the octets themselves, where there are no attributes.
    may_be_direct: bool,
    /// Whether there is a content, and its octets cannot be told.
    is_damaged: bool,
}

impl<'s> Content<'s> {
    /// The content of a message.
    pub(super) fn of_message(message: &'s SignedData<'_>) -> Self {
        let content = message.content.as_ref();
        let is_indirect = message.content_type == oid::SPC_INDIRECT_DATA;
        let inner = content.filter(|content| content.is_wrapped && is_indirect);
        // What is no ASN.1 has no length that could lie.
        let is_data = |content: &CmsContent<'_>| content.is_wrapped && message.content_type == oid::DATA;
        let octets = content
            .and_then(|content| if is_data(content) { Some(content.octets()) } else { content.digested_octets() });
        // The attributes of another signature are no content, though their signer signed them just so (RFC 5652, 5.4).
        let may_be_direct = match content {
            Some(content) if is_indirect => IndirectData::reread(content).is_some(),
            _ => octets.is_none_or(|octets| octets.first().copied().map(u32::from) != Some(tag::SET)),
        };
        Self {
            octets: octets.map(Message::new),
            inner: inner.and_then(CmsContent::inner_octets).map(Message::new),
            kind: Some(message.content_type),
            may_be_raw: false,
            may_be_direct,
            is_damaged: content.is_some() && octets.is_none(),
        }
    }

    /// A signature that is countersigned.
    pub(super) const fn of_signature(octets: &'s [u8]) -> Self {
        Self {
            octets: Some(Message::new(octets)),
            inner: None,
            kind: None,
            may_be_raw: true,
            may_be_direct: true,
            is_damaged: false,
        }
    }

    /// Whether a digest is that of the content: all octets of it, by the length of the algorithm. `None` without content; of content that is
    /// damaged no digest is.
    pub(super) fn has_digest(&mut self, algorithm: HashAlgorithm, claimed: &[u8]) -> Option<bool> {
        if self.is_damaged {
            return Some(false);
        }
        let is_outer = self.octets.as_mut()?.digest(algorithm) == claimed;
        Some(is_outer || self.inner.as_mut().is_some_and(|inner| inner.digest(algorithm) == claimed))
    }
}

/// The octets that a signature is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignedForm {
    /// The authenticated attributes as stored, tagged as a SET (RFC 5652, 5.4).
    Attributes,
    /// The authenticated attributes in the order and with the lengths of DER, which they are not stored in.
    SortedAttributes,
    /// The content, because there are no authenticated attributes.
    Content,
}

impl SignedForm {
    /// The stable name, as records carry it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Attributes => "attributes",
            Self::SortedAttributes => "sorted_attributes",
            Self::Content => "content",
        }
    }
}

/// What was found about one SignerInfo.
#[derive(Debug)]
pub(super) struct SignedCheck<'a> {
    pub(super) content_matches: Option<bool>,
    pub(super) content_type_matches: Option<bool>,
    pub(super) verdict: Verdict,
    pub(super) form: Option<SignedForm>,
    /// The hash that the signature is over.
    pub(super) hash: Option<HashAlgorithm>,
    /// Every candidate whose key made the signature: several, where they share a key.
    pub(super) made_by: Vec<Certificate<'a>>,
}

/// Checks a SignerInfo under the keys of the `candidates` that fit what it names.
pub(super) fn check<'a>(
    info: &SignerInfo<'a>,
    candidates: &[Certificate<'a>],
    content: &mut Content<'_>,
    work: &mut Work,
) -> SignedCheck<'a> {
    let digest_algorithm = HashAlgorithm::from_oid(info.digest_algorithm);
    let claim = SignatureClaim {
        algorithm: info.signature_claim(),
        hash: digest_algorithm,
        may_be_raw: content.may_be_raw,
        octets: info.signature.as_bytes(),
    };
    let mut check = SignedCheck {
        content_matches: None,
        content_type_matches: None,
        verdict: Verdict::Unknown,
        form: None,
        hash: claim.signed_hash(),
        made_by: Vec::new(),
    };
    let Some(set) = info.signed_attribute_set() else {
        if !content.may_be_direct || content.is_damaged {
            check.verdict = Verdict::NotMade;
        } else if let Some(message) = &mut content.octets {
            check.try_form(SignedForm::Content, message, candidates, claim, work);
        }
        return check;
    };
    let attributes = Attributes::read(set);
    check.content_matches = attributes.content_matches(digest_algorithm, content);
    check.content_type_matches = content.kind.map(|kind| attributes.names_type(kind));
    let stored = retagged(set.content.as_bytes());
    if check.try_form(SignedForm::Attributes, &mut Message::new(&stored), candidates, claim, work) {
        return check;
    }
    // Other octets are made of them only where these did not do.
    if !work.spend_reading(stored.len().saturating_mul(REWRITING)) {
        check.verdict = check.verdict.or(Verdict::Unpaid);
    } else if let Some(sorted) = sorted(set).filter(|sorted| *sorted != stored) {
        check.try_form(SignedForm::SortedAttributes, &mut Message::new(&sorted), candidates, claim, work);
    }
    check
}

/// Times as long as reading a value is writing it anew.
const REWRITING: usize = 2;

impl<'a> SignedCheck<'a> {
    /// Tries the key of every candidate; answers whether one made the signature over this form.
    fn try_form(
        &mut self,
        form: SignedForm,
        message: &mut Message<'_>,
        candidates: &[Certificate<'a>],
        claim: SignatureClaim<'_>,
        work: &mut Work,
    ) -> bool {
        let mut known: HashMap<&[u8], Verdict, RandomState> = HashMap::default();
        if !work.spend_looking(candidates.len()) {
            self.verdict = self.verdict.or(Verdict::Unpaid);
            return false;
        }
        for candidate in candidates {
            let verdict = match known.get(candidate.spki()) {
                Some(known) => *known,
                // The key is found: what is left are other certificates for it.
                None if self.verdict.is_made() && !key::is_of_many_keys(claim) => continue,
                None if !work.spend_reading(candidate.spki().len()) => Verdict::Unpaid,
                None => key::judge(*candidate, claim, message, work),
            };
            known.insert(candidate.spki(), verdict);
            if verdict.is_made() {
                self.made_by.push(*candidate);
            }
            self.verdict = self.verdict.or(verdict);
            if verdict == Verdict::Unpaid {
                break;
            }
        }
        let is_made = self.verdict.is_made();
        self.form = is_made.then_some(form);
        is_made
    }
}

/// The members behind the tag of a SET and a length in DER: what is signed of attributes as they are stored (RFC 5652, 5.4).
fn retagged(members: &[u8]) -> Vec<u8> {
    const SET: u8 = 0x31;
    value(&[SET], members)
}

/// A value with a length in DER.
fn value(tag: &[u8], content: &[u8]) -> Vec<u8> {
    const LONG_FORM: u8 = 0x80;
    let length = to_u64(content.len()).to_be_bytes();
    let significant = crate::asn1::der::strip_leading_zeros(&length);
    let mut octets = Vec::with_capacity(content.len().saturating_add(length.len()).saturating_add(tag.len()));
    octets.extend(tag);
    match significant {
        [] => octets.push(0),
        [short] if *short < LONG_FORM => octets.push(*short),
        long => {
            octets.push(u8::try_from(long.len()).unwrap_or_default() | LONG_FORM);
            octets.extend(long);
        }
    }
    octets.extend(content);
    octets
}

/// The members in the order and with the lengths of DER (X.690, 10.1 and 11.6); `None` where one cannot be read.
fn sorted(set: Element<'_>) -> Option<Vec<u8>> {
    let mut members = distinguished_members(set, MOST_LEVELS)?;
    members.sort_unstable();
    Some(retagged(&members.concat()))
}

/// Levels of values in authenticated attributes that are written anew. Those of an SpcSpOpusInfo have six.
const MOST_LEVELS: usize = 16;

fn distinguished_members(element: Element<'_>, levels: usize) -> Option<Vec<Vec<u8>>> {
    let levels = levels.checked_sub(1)?;
    let budget = &mut Budget::default();
    let mut cursor = element.members(Structure::Attribute);
    let mut members = Vec::new();
    while let Some(member) = cursor.next(budget).ok()? {
        members.push(distinguished(member, levels)?);
    }
    Some(members)
}

/// A value in DER, as far as lengths and the order of sets go.
fn distinguished(element: Element<'_>, levels: usize) -> Option<Vec<u8>> {
    let raw = element.raw.as_bytes();
    if element.tag & tag::CONSTRUCTED == 0 {
        return Some(value(tag_octets(raw)?, element.content.as_bytes()));
    }
    let mut members = distinguished_members(element, levels)?;
    if element.tag == tag::SET {
        members.sort_unstable();
    }
    Some(value(tag_octets(raw)?, &members.concat()))
}

/// The tag at the start of a value (X.690, 8.1.2); `None` for one in several octets, which no attribute has.
fn tag_octets(raw: &[u8]) -> Option<&[u8]> {
    const HIGH_TAG: u8 = 0x1f;
    raw.get(..1).filter(|tag| tag.iter().all(|octet| octet & HIGH_TAG != HIGH_TAG))
}

/// What the authenticated attributes say of the content. All of them count: a signer who says two things says neither.
struct Attributes<'a> {
    /// The values of every messageDigest and contentType attribute.
    message_digests: Vec<Element<'a>>,
    content_types: Vec<Element<'a>>,
    /// Whether the list could be read to its end.
    is_whole: bool,
}

impl<'a> Attributes<'a> {
    fn read(set: Element<'a>) -> Self {
        let budget = &mut Budget::default();
        let mut read = Self { message_digests: Vec::new(), content_types: Vec::new(), is_whole: true };
        let mut attributes = set.members(Structure::Attribute);
        loop {
            match attributes.next(budget) {
                Ok(Some(attribute)) => read.is_whole &= read.take(attribute, budget).is_some(),
                Ok(None) => return read,
                Err(_) => {
                    read.is_whole = false;
                    return read;
                }
            }
        }
    }

    fn take(&mut self, attribute: Element<'a>, budget: &mut Budget) -> Option<()> {
        let mut parts = attribute.members(Structure::Attribute);
        let kind = parts.expect(tag::OID, budget).ok()?;
        let list = match Oid::from_content(kind.content.as_bytes()) {
            oid::MESSAGE_DIGEST => &mut self.message_digests,
            oid::CONTENT_TYPE => &mut self.content_types,
            _ => return Some(()),
        };
        let mut values: Cursor<'a> = parts.expect(tag::SET, budget).ok()?.members(Structure::Attribute);
        while let Some(value) = values.next(budget).ok()? {
            list.push(value);
        }
        Some(())
    }

    /// Whether the one messageDigest is the digest of the content.
    fn content_matches(&self, algorithm: Option<HashAlgorithm>, content: &mut Content<'_>) -> Option<bool> {
        let [claimed] = self.message_digests.as_slice() else { return Some(false) };
        if claimed.tag != tag::OCTET_STRING || !self.is_whole {
            return Some(false);
        }
        content.has_digest(algorithm?, claimed.content.as_bytes())
    }

    fn names_type(&self, kind: Oid<'_>) -> bool {
        let [claimed] = self.content_types.as_slice() else { return false };
        claimed.tag == tag::OID && Oid::from_content(claimed.content.as_bytes()) == kind
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::Span;

    fn element(octets: &[u8]) -> Element<'_> {
        Cursor::new(Span::new(octets, 0), Structure::Attribute).peek(&mut Budget::default()).unwrap()
    }

    #[test]
    fn attributes_are_signed_as_a_set_with_a_length_in_der() {
        for (length, header) in [(0, "3100"), (127, "317f"), (128, "318180"), (256, "31820100"), (65_536, "3183010000")]
        {
            let octets = retagged(&vec![5; length]);
            assert_eq!(hex::encode(&octets[..octets.len() - length]), header);
        }
    }

    #[test]
    fn attributes_out_of_order_have_a_second_form() {
        let forms_of = |octets: &[u8]| {
            let set = element(octets);
            [retagged(set.content.as_bytes()), sorted(set).unwrap()].map(hex::encode)
        };
        assert_eq!(forms_of(&[0xa0, 6, 2, 1, 1, 2, 1, 2]), ["3106020101020102"; 2]);
        assert_eq!(forms_of(&[0xa0, 6, 2, 1, 2, 2, 1, 1]), ["3106020102020101", "3106020101020102"]);
        // Of an indefinite length, members alone count.
        assert_eq!(forms_of(&[0xa0, 0x80, 2, 1, 1, 0, 0]), ["3103020101"; 2]);
        // What cannot be read is not put in order.
        assert_eq!(sorted(element(&[0xa0, 3, 2, 9, 1])), None);
    }
}
