//! Microsoft's additions to CMS: what was signed, and who says so
//! (Windows Authenticode Portable Executable Signature Format, 2008).

use std::borrow::Cow;

use crate::asn1::der::{Cursor, Element};
use crate::asn1::oid::{self, Oid};
use crate::asn1::string::{lenient_latin, utf16_be};
use crate::asn1::tag;
use crate::asn1::time::Time;
use crate::bytes::Span;
use crate::cms::signed_data::{Attribute, SignedData};
use crate::error::{Error, ErrorKind, Structure};
use crate::limits::Budget;

/// The digest that a signature claims for its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageDigest<'a> {
    /// The hash algorithm, such as 2.16.840.1.101.3.4.2.1 (SHA-256).
    pub algorithm: Oid<'a>,
    /// The digest as stored.
    pub digest: &'a [u8],
}

/// SpcSpOpusInfo: what the signer calls the program. Signed, and chosen freely by the signer.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct OpusInfo<'a> {
    program_name: Option<Element<'a>>,
    more_info: Option<Element<'a>>,
}

/// The authenticated attributes that are understood.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SignedFacts<'a> {
    pub(crate) opus_info: OpusInfo<'a>,
    pub(crate) signing_time: Option<Time>,
}

/// The digest of an SpcIndirectDataContent; `None` when the content is something else.
pub(crate) fn image_digest<'a>(signed_data: &SignedData<'a>, budget: &mut Budget) -> Option<ImageDigest<'a>> {
    if signed_data.content_type != oid::SPC_INDIRECT_DATA {
        return None;
    }
    if signed_data.content.is_none() && signed_data.is_complete {
        budget.fault(Error::new(ErrorKind::Missing, Structure::SpcIndirectData, signed_data.der.offset()));
    }
    let mut parts = signed_data.content_members(Structure::SpcIndirectData, budget)?;
    let read = read_digest_info(&mut parts, budget);
    budget.survive(read)
}

/// Skips SpcAttributeTypeAndOptionalValue, reads the DigestInfo behind it.
fn read_digest_info<'a>(parts: &mut Cursor<'a>, budget: &mut Budget) -> Result<ImageDigest<'a>, Error> {
    parts.expect(tag::SEQUENCE, budget)?;
    let mut digest_info = parts.expect(tag::SEQUENCE, budget)?.members(Structure::SpcIndirectData);
    let algorithm = digest_info.expect(tag::SEQUENCE, budget)?;
    let digest = digest_info.expect(tag::OCTET_STRING, budget)?;
    let algorithm = algorithm.members(Structure::SpcIndirectData).expect(tag::OID, budget)?;
    Ok(ImageDigest { algorithm: Oid::from_content(algorithm.content.as_bytes()), digest: digest.content.as_bytes() })
}

impl<'a> SignedFacts<'a> {
    pub(crate) fn read(attributes: &[Attribute<'a>], budget: &mut Budget) -> Self {
        let mut facts = Self::default();
        for attribute in attributes {
            if attribute.kind == oid::SPC_SP_OPUS_INFO {
                if let Some(value) = attribute.first_value(budget) {
                    let read = OpusInfo::read(value, budget);
                    facts.opus_info = budget.survive(read).unwrap_or_default();
                }
            } else if attribute.kind == oid::SIGNING_TIME {
                facts.signing_time = signing_time(*attribute, budget);
            }
        }
        facts
    }
}

/// The time of a signingTime attribute.
pub(crate) fn signing_time(attribute: Attribute<'_>, budget: &mut Budget) -> Option<Time> {
    let value = attribute.first_value(budget)?;
    let time = Time::lenient_from_element(value);
    if time.is_none() {
        budget.fault(Error::new(ErrorKind::BadTime, Structure::Attribute, value.raw.offset()));
    }
    time
}

impl<'a> OpusInfo<'a> {
    /// `SEQUENCE { [0] EXPLICIT SpcString OPTIONAL, [1] EXPLICIT SpcLink OPTIONAL }`.
    fn read(value: Element<'a>, budget: &mut Budget) -> Result<Self, Error> {
        let structure = Structure::SpcSpOpusInfo;
        let mut parts = value.expect(tag::SEQUENCE, structure)?.members(structure);
        let mut opus_info = Self::default();
        while let Some(part) = parts.next(budget)? {
            let choice = part.members(structure).next_or_fault(budget);
            match part.tag {
                tag::CONSTRUCTED_0 => opus_info.program_name = choice,
                tag::CONSTRUCTED_1 => opus_info.more_info = choice,
                _ => budget.fault(Error::new(ErrorKind::UnknownParts, structure, part.raw.offset())),
            }
        }
        Ok(opus_info)
    }

    /// SpcString: `[0]` BMPString or `[1]` IA5String.
    pub(crate) fn program_name(&self) -> Option<Cow<'a, str>> {
        self.program_name.map(spc_string)
    }

    /// SpcLink: `[0]` URL, `[1]` a serialized object, `[2]` a file name.
    pub(crate) fn more_info(&self) -> Option<Cow<'a, str>> {
        let link = self.more_info?;
        match link.tag {
            tag::CONTEXT_0 => Some(lenient_latin(link.content.as_bytes())),
            tag::CONSTRUCTED_2 => {
                // SpcString behind its explicit tag and length: one octet each, as a name is short.
                let inner = link.content.as_bytes();
                let (&tag, rest) = inner.split_first()?;
                let text = rest.get(1..)?;
                Some(spc_text(u32::from(tag), text))
            }
            _ => None,
        }
    }
}

fn spc_string(choice: Element<'_>) -> Cow<'_, str> {
    spc_text(choice.tag, choice.content.as_bytes())
}

fn spc_text(tag: u32, octets: &[u8]) -> Cow<'_, str> {
    if tag == tag::CONTEXT_0 || tag == tag::BMP_STRING { utf16_be(octets).0 } else { lenient_latin(octets) }
}

/// The messages of a nested-signature attribute, in stored order.
pub(crate) fn nested_messages<'a>(attributes: &[Attribute<'a>], budget: &mut Budget) -> Vec<Span<'a>> {
    let mut messages = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.kind == oid::NESTED_SIGNATURE) {
        messages.extend(attribute.values(budget).into_iter().map(|value| value.raw));
    }
    messages
}
