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

    /// What the messageDigest attribute is over: without its tag and length where PKCS #7 stores the value bare (PKCS #7 1.5, 9.3), what
    /// its OCTET STRING holds where CMS wraps it (RFC 5652, 5.4).
    /// `None` where the value is cut or its length lies: what would be digested is then not what is read.
    #[cfg(feature = "verify")]
    pub(crate) fn digested_octets(&self) -> Option<&[u8]> {
        let inner = self.inner_octets()?;
        Some(if self.is_wrapped { &self.octets } else { inner })
    }

    /// The value without its tag and length; `None` where it is not all there.
    #[cfg(feature = "verify")]
    pub(crate) fn inner_octets(&self) -> Option<&[u8]> {
        let value = Cursor::new(Span::new(&self.octets, self.offset), Structure::SignedData);
        value.peek(&mut Budget::default()).map(|value| value.content.as_bytes())
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
