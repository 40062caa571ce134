//! [`Outline`]: every value in a message, line by line, as it is stored.

mod value;

use std::collections::VecDeque;

use super::der::{Cursor, Element};
use super::tag::{self, Tag};
use crate::bytes::Span;
use crate::error::{Error, ErrorKind, Limit, Structure};
use crate::limits::Budget;
pub use value::OutlineValue;

/// The structure of the BER or DER value that `der` starts with, of which every member and everything encapsulated is told in stored
/// order. `file_offset` is where `der` lies in its file, bytes.
///
/// What cannot be read is a [fault](OutlineItem::Fault) and the next member of what encloses it follows; a value that is cut is told as
/// far as it is there. Source: X.690, 8.1.
///
/// ```
/// use certsift::{OutlineItem, asn1_outline};
///
/// let der = [0x30, 7, 6, 3, 0x55, 4, 10, 5, 0];
/// let lines: Vec<String> = asn1_outline(&der, 0x400)
///     .map(|line| match line.item {
///         OutlineItem::Element(element) => format!("{:#x} {} {} {}", line.offset, line.depth, element.tag, element.value),
///         OutlineItem::Fault(kind) => format!("{:#x} {} {kind}", line.offset, line.depth),
///     })
///     .collect();
/// assert_eq!(lines, ["0x400 0 SEQUENCE ", "0x402 1 OBJECT IDENTIFIER 2.5.4.10 (O)", "0x407 1 NULL "]);
/// ```
#[must_use]
pub fn asn1_outline(der: &[u8], file_offset: u64) -> Outline<'_> {
    let span = Span::new(der, file_offset);
    let mut budget = Budget::default();
    let first = Cursor::new(span, Structure::File).lenient_next(&mut budget);
    let length = first.ok().flatten().map_or(span.len(), |element| element.raw.len());
    let root = Level::new(Cursor::new(span.truncate(length), Structure::File));
    Outline { open: vec![root], waiting: VecDeque::new(), behind: span.skip(length), budget }
}

/// The lines of [`asn1_outline`].
///
/// There are at most as many elements as [`max_elements`](crate::Limits::max_elements) has by default, and they lie at most 4,096 deep; a
/// fault says where more was left out.
#[derive(Debug)]
pub struct Outline<'a> {
    /// The values that are being walked through, outermost first.
    open: Vec<Level<'a>>,
    /// Lines that are ready.
    waiting: VecDeque<OutlineLine<'a>>,
    behind: Span<'a>,
    budget: Budget,
}

/// One line: a value, or what is wrong where one should be.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutlineLine<'a> {
    /// File offset, bytes: of the identifier octet of an element, of the place of a fault.
    pub offset: u64,
    /// How many values enclose this one.
    pub depth: usize,
    /// What is there.
    pub item: OutlineItem<'a>,
}

/// What an [`OutlineLine`] tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutlineItem<'a> {
    /// A value.
    Element(OutlineElement<'a>),
    /// Why no value can be read, or why the one that follows is not whole.
    Fault(ErrorKind),
}

/// One tag-length-value element.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutlineElement<'a> {
    /// The tag.
    pub tag: Tag,
    /// Octets of the tag and the length.
    pub header_length: usize,
    /// Octets of the content, as far as they are there; the end-of-contents octets of an indefinite length not included.
    pub content_length: usize,
    /// Whether the length is indefinite (X.690, 8.1.3.6).
    pub is_indefinite: bool,
    /// The content, or that it follows.
    pub value: OutlineValue<'a>,
}

/// Values inside one another that are opened. [`max_nesting`](crate::Limits::max_nesting) signatures in one another are 2,048 levels;
/// outside of files made to nest signatures, the deepest value in the corpus lies at 33.
const MAX_DEPTH: usize = 4_096;

/// A value whose members are being walked through.
#[derive(Debug)]
struct Level<'a> {
    cursor: Cursor<'a>,
    last: Last,
}

/// What the members before the next one are, as far as it matters: the value of an X.509 extension follows an identifier and perhaps
/// a criticality (RFC 5280, 4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    Nothing,
    Identifier,
    Criticality,
    Other,
}

impl<'a> Level<'a> {
    const fn new(cursor: Cursor<'a>) -> Self {
        Self { cursor, last: Last::Nothing }
    }

    /// Notes the member that was read, and answers whether it lies where the value of an extension does.
    fn is_extension_value(&mut self, member: Element<'a>) -> bool {
        let before = self.last;
        self.last = match (before, member.tag) {
            (Last::Nothing, tag::OID) => Last::Identifier,
            (Last::Identifier, tag::BOOLEAN) => Last::Criticality,
            _ => Last::Other,
        };
        matches!(before, Last::Identifier | Last::Criticality)
    }
}

impl<'a> Outline<'a> {
    /// The bytes behind the value, which the outline does not tell of.
    #[must_use]
    pub const fn behind(&self) -> &'a [u8] {
        self.behind.as_bytes()
    }

    /// File offset of the bytes [`behind`](Self::behind) the value.
    #[must_use]
    pub const fn behind_offset(&self) -> u64 {
        self.behind.offset()
    }

    /// Reads one element of the innermost open value, or closes that.
    fn step(&mut self) {
        let depth = self.open.len().saturating_sub(1);
        let Some(level) = self.open.last_mut() else { return };
        let before = level.cursor;
        let error = match level.cursor.next(&mut self.budget) {
            Ok(Some(element)) => return self.tell(element, depth),
            Ok(None) => {
                self.open.pop();
                return;
            }
            Err(error) => error,
        };
        if let ErrorKind::LimitReached { .. } = error.kind() {
            self.open.clear();
            return self.tell_fault(error, depth);
        }
        let cut = before.cut_element(error);
        // An error further inside is met again, and told where it lies.
        if cut.is_none() || error.offset() == before.offset() {
            self.tell_fault(error, depth);
        }
        if let Some(element) = cut {
            self.tell(element, depth);
        }
    }

    fn tell(&mut self, element: Element<'a>, depth: usize) {
        let tag = Tag::from_identifier(element.tag);
        let is_extension_value = self.open.last_mut().is_some_and(|level| level.is_extension_value(element));
        let encapsulated = encapsulated(element, is_extension_value, &mut self.budget);
        let members = tag.is_constructed().then(|| element.members(Structure::File)).or(encapsulated);
        let is_opened = members.is_some() && depth < MAX_DEPTH;
        let value = match encapsulated {
            Some(_) if is_opened => OutlineValue::Encapsulates,
            None if is_opened => OutlineValue::Members,
            _ => OutlineValue::read(element),
        };
        let item = OutlineItem::Element(OutlineElement {
            tag,
            header_length: element.header_length(),
            content_length: element.content.len(),
            is_indefinite: element.is_indefinite(),
            value,
        });
        self.waiting.push_back(OutlineLine { offset: element.raw.offset(), depth, item });
        let Some(cursor) = members else { return };
        if is_opened {
            self.open.push(Level::new(cursor));
        } else {
            let kind = ErrorKind::LimitReached { limit: Limit::Depth };
            self.tell_fault(Error::new(kind, Structure::File, element.content.offset()), depth.saturating_add(1));
        }
    }

    fn tell_fault(&mut self, error: Error, depth: usize) {
        self.waiting.push_back(OutlineLine { offset: error.offset(), depth, item: OutlineItem::Fault(error.kind()) });
    }
}

impl<'a> Iterator for Outline<'a> {
    type Item = OutlineLine<'a>;

    fn next(&mut self) -> Option<OutlineLine<'a>> {
        while self.waiting.is_empty() && !self.open.is_empty() {
            self.step();
        }
        self.waiting.pop_front()
    }
}

/// The one value that the whole content of a primitive OCTET STRING or BIT STRING is, to be walked through.
///
/// Nothing in a string says that there is a value in it. Digests and keys are chance: one in five million of 20 random octets looks like
/// a SEQUENCE or SET whose members fit. An extension has a value by definition, of any type (RFC 5280, 4.2).
fn encapsulated<'a>(string: Element<'a>, is_extension_value: bool, budget: &mut Budget) -> Option<Cursor<'a>> {
    let content = match string.tag {
        tag::OCTET_STRING => string.content,
        // The first octet counts the unused bits of the last one.
        tag::BIT_STRING if string.content.first() == Some(0) => string.content.skip(1),
        _ => return None,
    };
    let cursor = Cursor::new(content, Structure::File);
    let identifier = cursor.peek_octet().map(u32::from)?;
    let is_of_type = match identifier {
        tag::SEQUENCE | tag::SET => true,
        _ => is_extension_value && Tag::from_identifier(identifier).universal_name().is_some(),
    };
    if !is_of_type {
        return None;
    }
    let mut whole = cursor;
    let value = whole.step(budget).ok().flatten()?;
    let fits = whole.is_at_end() && (identifier & tag::CONSTRUCTED == 0 || is_readable(value, budget));
    fits.then_some(cursor)
}

/// Whether the members of a value can be read one after the other to its end.
fn is_readable(value: Element<'_>, budget: &mut Budget) -> bool {
    let mut members = value.members(Structure::File);
    loop {
        match members.step(budget) {
            Ok(Some(_)) => {}
            Ok(None) => return true,
            Err(_) => return false,
        }
    }
}

#[cfg(test)]
mod tests;
