//! [`SignedFacts`]: what the signed attributes say.

use std::borrow::Cow;

use super::attribute::Attribute;
use super::spc_string::{SpcLink, spc_string};
use crate::asn1::der::Element;
use crate::asn1::oid::{self, Oid};
use crate::asn1::tag;
use crate::asn1::time::Time;
use crate::error::{Error, ErrorKind, Structure};
use crate::limits::Budget;

/// The signed attributes that are understood. Where a type is there twice, its first readable value counts.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SignedFacts<'a> {
    opus_info: OpusInfo<'a>,
    statement: Option<Element<'a>>,
    pub(crate) signing_time: Option<Time>,
    pub(crate) message_digest: Option<&'a [u8]>,
}

/// SpcSpOpusInfo: what the signer calls the program. Signed, and chosen freely by the signer.
#[derive(Debug, Clone, Copy, Default)]
struct OpusInfo<'a> {
    program_name: Option<Element<'a>>,
    more_info: Option<Element<'a>>,
    publisher: Option<Element<'a>>,
}

impl<'a> SignedFacts<'a> {
    pub(crate) fn read(attributes: &[Attribute<'a>], budget: &mut Budget) -> Self {
        let mut facts = Self::default();
        for attribute in attributes {
            match attribute.kind() {
                oid::SPC_SP_OPUS_INFO if facts.opus_info.is_empty() => {
                    if let Some(value) = attribute.first_element(budget) {
                        facts.opus_info.read(value, budget);
                    }
                }
                oid::SPC_STATEMENT_TYPE => {
                    let value = attribute.first_element(budget);
                    facts.statement = facts.statement.or(value.filter(|value| value.tag == tag::SEQUENCE));
                }
                oid::SIGNING_TIME => {
                    facts.signing_time = facts.signing_time.or_else(|| signing_time(*attribute, budget));
                }
                oid::MESSAGE_DIGEST => {
                    let value = attribute.first_element(budget).filter(|value| value.tag == tag::OCTET_STRING);
                    facts.message_digest = facts.message_digest.or(value.map(|value| value.content.as_bytes()));
                }
                _ => {}
            }
        }
        facts
    }

    /// SpcString.
    pub(crate) fn program_name(&self) -> Option<Cow<'a, str>> {
        self.opus_info.program_name.map(spc_string)
    }

    pub(crate) fn more_info(&self) -> Option<Cow<'a, str>> {
        self.opus_info.more_info.and_then(|link| SpcLink::new(link).text())
    }

    pub(crate) fn publisher(&self) -> Option<Cow<'a, str>> {
        self.opus_info.publisher.and_then(|link| SpcLink::new(link).text())
    }

    /// The purposes of SpcStatementType: individual (2.1.21) or commercial (2.1.22) code signing.
    pub(crate) fn statement_types(&self) -> Vec<Oid<'a>> {
        let mut budget = Budget::default();
        let Some(list) = self.statement else { return Vec::new() };
        let mut members = list.members(Structure::Attribute);
        std::iter::from_fn(|| members.next(&mut budget).ok().flatten())
            .filter(|member| member.tag == tag::OID)
            .map(|member| Oid::from_content(member.content.as_bytes()))
            .collect()
    }
}

/// The time of a signingTime attribute.
fn signing_time(attribute: Attribute<'_>, budget: &mut Budget) -> Option<Time> {
    let value = attribute.first_element(budget)?;
    let time = Time::lenient_from_element(value);
    if time.is_none() {
        budget.fault(Error::new(ErrorKind::BadTime, Structure::Attribute, value.raw.offset()));
    }
    time
}

impl<'a> OpusInfo<'a> {
    const fn is_empty(&self) -> bool {
        self.program_name.is_none() && self.more_info.is_none() && self.publisher.is_none()
    }

    /// `SEQUENCE { [0] EXPLICIT SpcString OPTIONAL, [1] EXPLICIT SpcLink OPTIONAL, [2] EXPLICIT SpcLink OPTIONAL }`: program name,
    /// more information, publisher (SPC_SP_OPUS_INFO in wintrust.h). What was read before damage is kept.
    fn read(&mut self, value: Element<'a>, budget: &mut Budget) {
        let structure = Structure::SpcSpOpusInfo;
        let Some(list) = budget.survive(value.expect(tag::SEQUENCE, structure)) else { return };
        let mut parts = list.members(structure);
        while let Some(part) = parts.next_or_fault(budget) {
            let field = match part.tag {
                tag::CONSTRUCTED_0 => &mut self.program_name,
                tag::CONSTRUCTED_1 => &mut self.more_info,
                tag::CONSTRUCTED_2 => &mut self.publisher,
                _ => {
                    budget.fault(Error::new(ErrorKind::UnknownParts, structure, part.raw.offset()));
                    continue;
                }
            };
            *field = part.members(structure).next_or_fault(budget);
        }
    }
}
