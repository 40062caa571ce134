//! Certificate trust lists, as catalogs hold them: the hashes of files, and what is said about each (wincrypt.h, CTL_INFO; mscat.h).

use std::borrow::Cow;

use super::content::Content;
use super::spc::{ImageDigest, IndirectData};
use crate::asn1::der::{Cursor, Element, octet_string};
use crate::asn1::oid::{self, Oid};
use crate::asn1::string::utf16_be;
use crate::asn1::tag;
use crate::asn1::time::Time;
use crate::error::{Error, Structure};
use crate::limits::Budget;

/// A certificate trust list: what a catalog (.cat) signs.
#[derive(Debug, Clone, Copy)]
pub struct TrustList<'a> {
    usages: Element<'a>,
    identifier: &'a [u8],
    this_update: Option<Time>,
    /// The members of trustedSubjects.
    members: Option<Element<'a>>,
}

/// One file that a catalog signs.
#[derive(Debug, Clone, Copy)]
pub struct CatalogMember<'a> {
    identifier: &'a [u8],
    attributes: Option<Element<'a>>,
}

/// A name and a value that a catalog gives a member or itself (CAT_NAMEVALUE), such as `File` or `OSAttr`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CatalogAttribute<'a> {
    /// The name.
    pub name: Cow<'a, str>,
    /// The value; UTF-16 as a rule.
    pub value: String,
}

impl<'a> TrustList<'a> {
    /// Reads what was found well enough to be a content before.
    pub(crate) fn reread(content: &'a Content<'_>) -> Option<Self> {
        content.read_with(Structure::TrustList, &mut Budget::default(), Self::read).ok()
    }

    /// `SEQUENCE { version DEFAULT 1, subjectUsage, listIdentifier OPTIONAL, sequenceNumber OPTIONAL, ctlThisUpdate, ctlNextUpdate OPTIONAL,
    /// subjectAlgorithm, trustedSubjects OPTIONAL, ctlExtensions [0] OPTIONAL }`
    fn read(mut content: Cursor<'a>, budget: &mut Budget) -> Result<Self, Error> {
        let mut parts = content.lenient_expect(tag::SEQUENCE, budget)?.members(Structure::TrustList);
        parts.optional(tag::INTEGER, budget)?;
        let usages = parts.expect(tag::SEQUENCE, budget)?;
        let identifier = parts.optional(tag::OCTET_STRING, budget)?;
        parts.optional(tag::INTEGER, budget)?;
        let mut this_update = None;
        while let Some(time) = parts.peek(budget).filter(|part| is_time(*part)) {
            parts.next(budget)?;
            this_update = this_update.or_else(|| Time::lenient_from_element(time));
        }
        parts.expect(tag::SEQUENCE, budget)?;
        let members = parts.optional(tag::SEQUENCE, budget)?;
        Ok(Self { usages, identifier: identifier.map_or(&[], |part| part.content.as_bytes()), this_update, members })
    }

    /// What the list is for: 1.3.6.1.4.1.311.12.1.1 for a catalog.
    #[must_use]
    pub fn usages(&self) -> Vec<Oid<'a>> {
        let mut budget = Budget::default();
        let mut parts = self.usages.members(Structure::TrustList);
        std::iter::from_fn(|| parts.next(&mut budget).ok().flatten())
            .filter(|part| part.tag == tag::OID)
            .map(|part| Oid::from_content(part.content.as_bytes()))
            .collect()
    }

    /// The list's own name, chosen at random as a rule.
    #[must_use]
    pub const fn identifier(&self) -> &'a [u8] {
        self.identifier
    }

    /// When the list was made; `None` when that is no date.
    #[must_use]
    pub const fn this_update(&self) -> Option<Time> {
        self.this_update
    }

    /// The files that the catalog signs, in stored order. A damaged one ends the list.
    pub fn members(&self) -> impl Iterator<Item = CatalogMember<'a>> + use<'a> {
        let mut budget = Budget::default();
        let mut members = self.members.map(|members| members.members(Structure::TrustList));
        std::iter::from_fn(move || {
            let member = members.as_mut()?.next(&mut budget).ok()??;
            let mut parts = member.expect(tag::SEQUENCE, Structure::TrustList).ok()?.members(Structure::TrustList);
            let identifier = parts.expect(tag::OCTET_STRING, &mut budget).ok()?.content.as_bytes();
            let attributes = parts.optional(tag::SET, &mut budget).ok()?;
            Some(CatalogMember { identifier, attributes })
        })
    }
}

impl<'a> CatalogMember<'a> {
    /// What the list calls it: the file's hash itself, or its digits in UTF-16.
    #[must_use]
    pub const fn identifier(&self) -> &'a [u8] {
        self.identifier
    }

    /// The digest of the file: of an image as [`image_digests`](crate::image_digests) computes it. `None` where the member says none in
    /// SpcIndirectDataContent.
    #[must_use]
    pub fn digest(&self) -> Option<ImageDigest<'a>> {
        let value = self.values_of(oid::SPC_INDIRECT_DATA).next()?;
        let mut budget = Budget::default();
        let cursor = Cursor::new(value.raw, Structure::SpcIndirectData);
        IndirectData::read(cursor, &mut budget).ok().map(|indirect_data| indirect_data.digest())
    }

    /// The hash by which the file is known: that of [`digest`](Self::digest), else the one that the identifier is.
    #[must_use]
    pub fn hash(&self) -> Cow<'a, [u8]> {
        if let Some(claimed) = self.digest() {
            return Cow::Borrowed(claimed.digest);
        }
        utf16_digits(self.identifier).map_or(Cow::Borrowed(self.identifier), Cow::Owned)
    }

    /// What the catalog says about the file, in stored order.
    #[must_use]
    pub fn attributes(&self) -> Vec<CatalogAttribute<'a>> {
        self.values_of(oid::CAT_NAME_VALUE).filter_map(name_value).collect()
    }

    /// The name that the catalog gives the file; `None` where it gives none.
    #[must_use]
    pub fn file_name(&self) -> Option<String> {
        self.attributes().into_iter().find(|attribute| attribute.name == "File").map(|attribute| attribute.value)
    }

    /// The first value of each attribute of a type.
    fn values_of(&self, kind: Oid<'static>) -> impl Iterator<Item = Element<'a>> + use<'a> {
        let mut budget = Budget::default();
        let mut attributes = self.attributes.map(|attributes| attributes.members(Structure::TrustList));
        std::iter::from_fn(move || {
            loop {
                let attribute = attributes.as_mut()?.next(&mut budget).ok()??;
                let mut parts = attribute.members(Structure::TrustList);
                let found = parts.expect(tag::OID, &mut budget).ok()?;
                if found.content.as_bytes() == kind.as_bytes() {
                    let values = parts.expect(tag::SET, &mut budget).ok()?;
                    return values.members(Structure::TrustList).next(&mut budget).ok()?;
                }
            }
        })
    }
}

const fn is_time(part: Element<'_>) -> bool {
    part.tag == tag::UTC_TIME || part.tag == tag::GENERALIZED_TIME
}

/// `SEQUENCE { refname BMPString, typeaction INTEGER, value OCTET STRING }` (mscat.h, CAT_NAMEVALUE).
fn name_value(value: Element<'_>) -> Option<CatalogAttribute<'_>> {
    let mut budget = Budget::default();
    let mut parts = value.members(Structure::TrustList);
    let name = parts.expect(tag::BMP_STRING, &mut budget).ok()?.content.as_bytes();
    parts.expect(tag::INTEGER, &mut budget).ok()?;
    let value = parts.next(&mut budget).ok()??;
    let value = octet_string(value, Structure::TrustList, &mut budget).ok()?;
    let (pairs, _) = value.as_chunks::<2>();
    let characters: Vec<u16> = pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
    let text = String::from_utf16_lossy(&characters);
    Some(CatalogAttribute { name: utf16_be(name).0, value: text.trim_end_matches('\0').to_owned() })
}

/// The octets whose hex digits stand in UTF-16, little-endian and perhaps ended by a zero, as older catalogs have them.
fn utf16_digits(identifier: &[u8]) -> Option<Vec<u8>> {
    let (pairs, []) = identifier.as_chunks::<2>() else { return None };
    let digits: Option<Vec<u8>> = pairs.iter().map(|[digit, zero]| (*zero == 0).then_some(*digit)).collect();
    let mut digits = digits?;
    if digits.last() == Some(&0) {
        digits.pop();
    }
    hex::decode(digits).ok().filter(|octets| !octets.is_empty())
}

/// Reads what lies in a trust list, so that what is wrong with it is told.
pub(crate) fn check(content: &Content<'_>, budget: &mut Budget) {
    let read =
        content.read_with(Structure::TrustList, budget, |cursor, budget| TrustList::read(cursor, budget).map(|_| ()));
    budget.survive(read);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_in_both_forms() {
        let digits: Vec<u8> = "0AFF\0".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let cases: [(&[u8], Option<Vec<u8>>); 5] = [
            (&digits, Some(vec![0x0a, 0xff])),
            (&digits[..8], Some(vec![0x0a, 0xff])),
            (&digits[..7], None),
            (&[1, 2, 3, 4], None),
            (&[], None),
        ];
        for (identifier, octets) in cases {
            assert_eq!(utf16_digits(identifier), octets, "{identifier:?}");
        }
        let whole = CatalogMember { identifier: &[1, 2, 3], attributes: None };
        assert_eq!((whole.hash().as_ref(), whole.digest()), ([1, 2, 3].as_slice(), None));
    }
}
