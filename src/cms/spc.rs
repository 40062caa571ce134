//! SpcIndirectDataContent: what was signed (Windows Authenticode Portable Executable Signature Format, 2008; wintrust.h).

use super::attribute::Attribute;
use super::content::Content;
use super::spc_string::SpcLink;
use crate::asn1::der::{Cursor, Element, strip_leading_zeros};
use crate::asn1::oid::{self, Oid};
use crate::asn1::tag;
use crate::bytes::Span;
use crate::error::{Error, ErrorKind, Structure};
use crate::limits::Budget;

/// SpcIndirectDataContent: the digest that a signature claims for its file, and what kind of file it was made for.
///
/// Only the digest matters for who signed what; some signers write kinds that are none.
#[derive(Debug, Clone, Copy)]
pub struct IndirectData<'a> {
    kind: Oid<'a>,
    value: Option<Element<'a>>,
    digest: ImageDigest<'a>,
}

/// The digest that a signature claims for its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageDigest<'a> {
    /// The hash algorithm, such as 2.16.840.1.101.3.4.2.1 (SHA-256).
    pub algorithm: Oid<'a>,
    /// The digest as stored.
    pub digest: &'a [u8],
}

/// Digests of the pages of an image (SpcPeImagePageHashesV1 and V2). Claimed, not compared with the file.
#[derive(Debug, Clone, Copy)]
pub struct PageHashes<'a> {
    kind: Oid<'a>,
    octets: &'a [u8],
}

/// One page of an image and its digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageHash<'a> {
    /// File offset of the page. The last one is where the hashed part of the file ends; its digest is all zeros.
    pub offset: u32,
    /// The page's digest, the rest of a short page taken as zeros.
    pub digest: &'a [u8],
}

/// SpcSipInfo: which subject interface package made the digest, for files that are no PE image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SipInfo<'a> {
    /// The package's version.
    pub version: Option<u32>,
    /// The package's GUID, 16 bytes as stored: the first three groups little-endian.
    pub guid: &'a [u8],
}

impl<'a> IndirectData<'a> {
    /// [`parse`](Self::parse) of what was read before.
    pub(crate) fn reread(content: &'a Content<'_>) -> Option<Self> {
        Self::parse(content, &mut Budget::default()).ok()
    }

    /// Reads `SEQUENCE { data SpcAttributeTypeAndOptionalValue, messageDigest DigestInfo }`.
    pub(crate) fn parse(content: &'a Content<'_>, budget: &mut Budget) -> Result<Self, Error> {
        content.read_with(Structure::SpcIndirectData, budget, Self::read)
    }

    pub(super) fn read(mut content: Cursor<'a>, budget: &mut Budget) -> Result<Self, Error> {
        let structure = Structure::SpcIndirectData;
        let mut parts = content.lenient_expect(tag::SEQUENCE, budget)?.members(structure);
        let data = parts.lenient_skip(tag::SEQUENCE, |_| false, budget)?;
        let mut digest_info = parts.expect(tag::SEQUENCE, budget)?.members(structure);
        let algorithm = digest_info.expect(tag::SEQUENCE, budget)?;
        let digest = digest_info.expect(tag::OCTET_STRING, budget)?;
        let algorithm = algorithm.members(structure).expect(tag::OID, budget)?;
        let algorithm = Oid::from_content(algorithm.content.as_bytes());
        let digest = ImageDigest { algorithm, digest: digest.content.as_bytes() };
        let mut indirect_data = Self { kind: Oid::from_content(&[]), value: None, digest };
        // The digest is known by now; a damaged kind takes nothing away from it.
        let read = data.map_or(Ok(()), |data| indirect_data.read_kind(data.members(structure), budget));
        budget.survive(read);
        Ok(indirect_data)
    }

    fn read_kind(&mut self, mut data: Cursor<'a>, budget: &mut Budget) -> Result<(), Error> {
        self.kind = Oid::from_content(data.expect(tag::OID, budget)?.content.as_bytes());
        self.value = data.next(budget)?;
        Ok(())
    }

    /// What kind of file the digest was made for: 1.3.6.1.4.1.311.2.1.15 (SpcPeImageData) for PE images, 2.1.25 and 2.1.28 for
    /// cabinets and links, 2.1.30 (SpcSipInfo) for other files; no octets when it is damaged.
    #[must_use]
    pub const fn kind(&self) -> Oid<'a> {
        self.kind
    }

    /// The digest.
    #[must_use]
    pub const fn digest(&self) -> ImageDigest<'a> {
        self.digest
    }

    /// The flags of SpcPeImageData: the content octets of a BIT STRING, the first of which counts unused bits. Bit 0 includes
    /// resources, bit 1 debug information, bit 2 the import address table; Windows looks at none.
    #[must_use]
    pub fn flags(&self) -> Option<&'a [u8]> {
        let mut parts = self.pe_image_data()?;
        parts.optional(tag::BIT_STRING, &mut Budget::default()).ok()?.map(|flags| flags.content.as_bytes())
    }

    /// The link of SpcPeImageData or of a cabinet's data: in practice `<<<Obsolete>>>`, or the object that holds
    /// [page hashes](Self::page_hashes).
    #[must_use]
    pub fn link(&self) -> Option<SpcLink<'a>> {
        if self.kind == oid::SPC_CAB_DATA || self.kind == oid::SPC_LINK {
            return Some(SpcLink::new(self.value?));
        }
        let budget = &mut Budget::default();
        let mut parts = self.pe_image_data()?;
        let _flags = parts.optional(tag::BIT_STRING, budget).ok()?;
        let file = parts.optional(tag::CONSTRUCTED_0, budget).ok()??;
        file.members(Structure::SpcIndirectData).next(budget).ok()?.map(SpcLink::new)
    }

    fn pe_image_data(&self) -> Option<Cursor<'a>> {
        // Real files have this value under other kinds, too, so the kind is not asked.
        let value = self.value.filter(|value| value.tag == tag::SEQUENCE)?;
        Some(value.members(Structure::SpcIndirectData))
    }

    /// The digests of the image's pages, one element an algorithm.
    #[must_use]
    pub fn page_hashes(&self) -> Vec<PageHashes<'a>> {
        let Some(attributes) = self.link().and_then(|link| link.page_hash_attributes()) else { return Vec::new() };
        read_page_hashes(attributes)
    }

    /// The subject interface package of a file that is no PE image.
    #[must_use]
    pub fn sip_info(&self) -> Option<SipInfo<'a>> {
        if self.kind != oid::SPC_SIP_INFO {
            return None;
        }
        let budget = &mut Budget::default();
        let value = self.value.filter(|value| value.tag == tag::SEQUENCE)?;
        let mut parts = value.members(Structure::SpcIndirectData);
        let version = parts.expect(tag::INTEGER, budget).ok()?.small_number();
        let guid = parts.expect(tag::OCTET_STRING, budget).ok()?.content.as_bytes();
        Some(SipInfo { version, guid })
    }
}

/// `SET OF SEQUENCE { OID, SET { OCTET STRING } }`.
fn read_page_hashes(octets: &[u8]) -> Vec<PageHashes<'_>> {
    let budget = &mut Budget::default();
    let structure = Structure::SpcIndirectData;
    let mut found = Vec::new();
    let Ok(set) = Cursor::new(Span::new(octets, 0), structure).expect(tag::SET, budget) else { return found };
    let mut attributes = set.members(structure);
    while let Ok(Some(attribute)) = attributes.next(budget) {
        let mut parts = attribute.members(structure);
        let Ok(kind) = parts.expect(tag::OID, budget) else { continue };
        let Ok(values) = parts.expect(tag::SET, budget) else { continue };
        let Ok(table) = values.members(structure).expect(tag::OCTET_STRING, budget) else { continue };
        let kind = Oid::from_content(kind.content.as_bytes());
        found.push(PageHashes { kind, octets: table.content.as_bytes() });
    }
    found
}

/// Bytes of a page's offset in a table of page hashes.
const OFFSET_BYTES: usize = 4;

impl<'a> PageHashes<'a> {
    /// 1.3.6.1.4.1.311.2.3.1 (SHA-1) or 1.3.6.1.4.1.311.2.3.2 (SHA-256).
    #[must_use]
    pub const fn kind(&self) -> Oid<'a> {
        self.kind
    }

    /// Bytes of one digest; `None` for a kind we do not know.
    #[must_use]
    pub fn digest_length(&self) -> Option<usize> {
        match self.kind {
            oid::PAGE_HASHES_V1 => Some(20),
            oid::PAGE_HASHES_V2 => Some(32),
            _ => None,
        }
    }

    /// The table as stored: for each page four bytes of file offset, little-endian, and the digest.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.octets
    }

    /// The pages in stored order; none for a kind we do not know. An incomplete one at the end is left out.
    pub fn pages(&self) -> impl Iterator<Item = PageHash<'a>> {
        let hashes = *self;
        (0_usize..).map_while(move |index| hashes.page(index))
    }

    /// The page at this index, as [`pages`](Self::pages) has it.
    pub(crate) fn page(&self, index: usize) -> Option<PageHash<'a>> {
        let length = self.entry_length()?;
        let page = Span::new(self.octets, 0).get(index.checked_mul(length)?, length)?;
        Some(PageHash { offset: page.u32_le(0)?, digest: page.skip(OFFSET_BYTES).as_bytes() })
    }

    /// How many pages there are, and whether an incomplete one follows them.
    #[cfg(feature = "digest")]
    pub(crate) fn count(&self) -> (usize, bool) {
        let division = self.entry_length().and_then(|length| {
            Some((self.octets.len().checked_div(length)?, self.octets.len().checked_rem(length)? != 0))
        });
        division.unwrap_or_default()
    }

    /// Bytes of one entry; `None` for a kind we do not know.
    fn entry_length(&self) -> Option<usize> {
        self.digest_length()?.checked_add(OFFSET_BYTES)
    }

    /// Whether this page ends the table: no digest, only where the file's hashed part ends.
    #[must_use]
    pub fn is_end(page: PageHash<'_>) -> bool {
        strip_leading_zeros(page.digest).is_empty()
    }
}

/// The messages of the nested-signature attributes, in stored order. Windows looks at the first only.
pub(crate) fn nested_messages<'a>(attributes: &[Attribute<'a>], budget: &mut Budget) -> Vec<Span<'a>> {
    let mut messages = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.kind() == oid::NESTED_SIGNATURE) {
        messages.extend(attribute.elements(budget).into_iter().map(|value| value.raw));
    }
    if let Some(second) = messages.get(1) {
        let count = u32::try_from(messages.len()).unwrap_or(u32::MAX);
        budget.fault(Error::new(ErrorKind::NestedExtraValue { count }, Structure::Attribute, second.offset()));
    }
    messages
}
