//! SpcString and SpcLink: the texts that Microsoft's structures hold.

use std::borrow::Cow;

use crate::asn1::der::{Cursor, Element};
use crate::asn1::string::{lenient_latin, utf16_be};
use crate::asn1::tag;
use crate::error::Structure;
use crate::limits::Budget;

/// SpcLink: a URL, a serialised object, or a file name.
#[derive(Debug, Clone, Copy)]
pub struct SpcLink<'a>(Element<'a>);

/// Identifies page hashes among the serialised objects: a6b586d5-b4a1-2466-ae05-a217da8e60d6.
const PAGE_HASHES_CLASS: [u8; 16] =
    [0xa6, 0xb5, 0x86, 0xd5, 0xb4, 0xa1, 0x24, 0x66, 0xae, 0x05, 0xa2, 0x17, 0xda, 0x8e, 0x60, 0xd6];

impl<'a> SpcLink<'a> {
    /// From the element of the choice: `[0]` IA5String, `[1]` SpcSerializedObject, `[2]` SpcString.
    pub(super) const fn new(choice: Element<'a>) -> Self {
        Self(choice)
    }

    /// The URL or the file name; `None` for an object.
    #[must_use]
    pub fn text(self) -> Option<Cow<'a, str>> {
        match self.0.tag {
            tag::CONTEXT_0 => Some(lenient_latin(self.0.content.as_bytes())),
            tag::CONSTRUCTED_2 => first_member(self.0).map(spc_string),
            _ => None,
        }
    }

    /// The class id (16 bytes as stored) and the data of a serialised object.
    #[must_use]
    pub fn object(self) -> Option<(&'a [u8], &'a [u8])> {
        if self.0.tag != tag::CONSTRUCTED_1 {
            return None;
        }
        let mut budget = Budget::default();
        let mut parts = self.0.members(Structure::SpcIndirectData);
        let class = parts.expect(tag::OCTET_STRING, &mut budget).ok()?;
        let data = parts.expect(tag::OCTET_STRING, &mut budget).ok()?;
        Some((class.content.as_bytes(), data.content.as_bytes()))
    }

    /// The attributes of a serialised object that holds page hashes.
    pub(super) fn page_hash_attributes(self) -> Option<&'a [u8]> {
        self.object().filter(|(class, _)| *class == PAGE_HASHES_CLASS).map(|(_, data)| data)
    }
}

/// SpcString: `[0]` BMPString or `[1]` IA5String.
pub(super) fn spc_string(choice: Element<'_>) -> Cow<'_, str> {
    let octets = choice.content.as_bytes();
    match choice.tag {
        tag::CONTEXT_0 | tag::BMP_STRING => utf16_be(octets).0,
        _ => lenient_latin(octets),
    }
}

fn first_member(element: Element<'_>) -> Option<Element<'_>> {
    let mut budget = Budget::default();
    Cursor::new(element.content, Structure::SpcSpOpusInfo).next(&mut budget).ok().flatten()
}
