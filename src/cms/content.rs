//! [`Content`]: what a SignedData encapsulates, bare or wrapped in an OCTET STRING.

use std::borrow::Cow;

use crate::asn1::der::{Cursor, Element, octet_string};
use crate::asn1::tag;
use crate::bytes::Span;
use crate::error::{Error, Structure};
use crate::limits::Budget;

/// The encapsulated content of a SignedData.
///
/// PKCS #7 stores it bare, CMS in an OCTET STRING, which BER may cut into segments.
#[derive(Debug, Clone)]
pub(crate) struct Content<'a> {
    octets: Cow<'a, [u8]>,
    offset: u64,
    pub(crate) is_wrapped: bool,
}

impl<'a> Content<'a> {
    pub(super) fn read(element: Element<'a>, budget: &mut Budget) -> Result<Self, Error> {
        let is_wrapped = element.tag & !tag::CONSTRUCTED == tag::OCTET_STRING;
        if is_wrapped {
            let octets = octet_string(element, Structure::SignedData, budget)?;
            // Segments lie where the first one does, as far as one offset can tell.
            let first = element.members(Structure::SignedData);
            let segment = if element.tag & tag::CONSTRUCTED == 0 { None } else { first.peek(budget) };
            let offset = segment.map_or(element.content, |segment| segment.content).offset();
            return Ok(Self { octets, offset, is_wrapped });
        }
        Ok(Self { octets: Cow::Borrowed(element.raw.as_bytes()), offset: element.raw.offset(), is_wrapped })
    }

    /// The value, tag and length included, out of its OCTET STRING.
    pub(crate) fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// Reads the value. Offsets are those of the file, where the value is not put together from segments.
    pub(super) fn read_with<'c, T>(
        &'c self,
        structure: Structure,
        budget: &mut Budget,
        read: impl FnOnce(Cursor<'c>, &mut Budget) -> T,
    ) -> T {
        let cursor = Cursor::new(Span::new(&self.octets, self.offset), structure);
        match self.octets {
            Cow::Borrowed(_) => read(cursor, budget),
            Cow::Owned(_) => budget.apart(|budget| read(cursor, budget)),
        }
    }
}
