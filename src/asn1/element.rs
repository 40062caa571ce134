//! [`Element`]: one tag-length-value, read from its octets (X.690, 8.1).

use super::tag;
use crate::bytes::{Span, to_u64, to_usize};
use crate::error::{Error, ErrorKind, Limit, Structure};
use crate::limits::Budget;

/// One tag-length-value element.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u32,
    /// The whole element, tag and length (and end-of-contents octets) included.
    pub(crate) raw: Span<'a>,
    /// The content octets alone.
    pub(crate) content: Span<'a>,
    /// Whether the end of the content is not known, because the value is damaged: its members end at end-of-contents octets.
    pub(crate) is_open: bool,
}

impl Element<'_> {
    /// Octets of the tag and the length.
    pub(crate) fn header_length(self) -> usize {
        to_usize(self.content.offset().saturating_sub(self.raw.offset()))
    }

    /// Whether the length is indefinite (X.690, 8.1.3.6).
    pub(crate) fn is_indefinite(self) -> bool {
        self.is_open || self.raw.len() > self.header_length().saturating_add(self.content.len())
    }
}

/// The octets that end a value of indefinite length (X.690, 8.1.5).
pub(super) const END_OF_CONTENTS: [u8; 2] = [0, 0];

/// The low five bits of the identifier octet of a high tag.
const HIGH_TAG: u8 = 0x1f;

/// A tag and a length; the length is `None` when it is indefinite.
pub(super) struct Header {
    pub(super) tag: u32,
    pub(super) length: Option<u64>,
    /// Octets of the length field.
    length_octets: usize,
}

/// Octets that DER takes for a length (X.690, 10.1).
fn minimal_length_octets(length: u64) -> usize {
    match length {
        0..=0x7f => 1,
        _ => strip_leading_zeros(&length.to_be_bytes()).len().saturating_add(1),
    }
}

/// The element at the start of `span` and what follows it, if its header is short and it is all there, as nearly every one is.
#[inline]
pub(super) fn read_short_element(span: Span<'_>) -> Option<(Element<'_>, Span<'_>)> {
    let (tag, header_length, length) = read_short_header(span.as_bytes())?;
    let (raw, rest) = span.split_at(header_length.saturating_add(length))?;
    Some((Element { tag, raw, content: raw.skip(header_length), is_open: false }, rest))
}

/// The element at the start of `span` and what follows it.
pub(super) fn read_element<'a>(
    span: Span<'a>,
    structure: Structure,
    budget: &mut Budget,
) -> Result<(Element<'a>, Span<'a>), Error> {
    if let Some(read) = read_short_element(span) {
        return Ok(read);
    }
    let (header, after) = read_header(span, structure)?;
    let Some(length) = header.length else {
        budget.fault_length_form(ErrorKind::IndefiniteLength, structure, span.offset());
        return read_indefinite(span, header.tag, after, structure, budget);
    };
    if header.length_octets > minimal_length_octets(length) {
        budget.fault_length_form(ErrorKind::NonMinimalLength, structure, span.offset());
    }
    let available = to_u64(after.len());
    let Some((content, rest)) = after.split_at(to_usize(length)) else {
        return Err(Error::new(ErrorKind::LengthPastEnd { length, available }, structure, span.offset()));
    };
    let raw = span.truncate(span.len().saturating_sub(rest.len()));
    Ok((Element { tag: header.tag, raw, content, is_open: false }, rest))
}

/// The headers that nearly every element has: a low tag and at most three octets of length, no more than DER takes. Tag, header length,
/// content length.
#[inline]
fn read_short_header(bytes: &[u8]) -> Option<(u32, usize, usize)> {
    let is_low = |tag: u8| tag & HIGH_TAG != HIGH_TAG;
    match *bytes {
        [tag, length @ 0..=0x7f, ..] if is_low(tag) => Some((u32::from(tag), 2, usize::from(length))),
        [tag, 0x81, length @ 0x80..=0xff, ..] if is_low(tag) => Some((u32::from(tag), 3, usize::from(length))),
        [tag, 0x82, high @ 1..=0xff, low, ..] if is_low(tag) => {
            Some((u32::from(tag), 4, usize::from(u16::from_be_bytes([high, low]))))
        }
        [tag, 0x83, high @ 1..=0xff, middle, low, ..] if is_low(tag) => {
            let length = u32::from_be_bytes([0, high, middle, low]);
            Some((u32::from(tag), 5, to_usize(u64::from(length))))
        }
        _ => None,
    }
}

/// Tag and content of the element at the start of `bytes`, and what follows it, if it is all there and its header as DER has it, with a
/// low tag and no more than three octets of length.
#[cfg(feature = "scan")]
#[inline]
pub(crate) fn read_plain(bytes: &[u8]) -> Option<(u32, &[u8], &[u8])> {
    let (tag, header_length, length) = read_short_header(bytes)?;
    let (_, after) = bytes.split_at_checked(header_length)?;
    let (content, rest) = after.split_at_checked(length)?;
    Some((tag, content, rest))
}

/// The identifier and length octets at the start of `span`, and what follows them.
pub(super) fn read_header(span: Span<'_>, structure: Structure) -> Result<(Header, Span<'_>), Error> {
    let cut = Error::new(ErrorKind::BadHeaderOctets, structure, span.offset());
    let (tag, after) = read_tag(span).ok_or(cut)?;
    let (length, rest) = read_length(after).ok_or(cut)?;
    let length_octets = after.len().saturating_sub(rest.len());
    Ok((Header { tag, length, length_octets }, rest))
}

/// X.690, 8.1.2. Numbers that do not fit beside the identifier octet, which no structure here has, are all the largest that does.
fn read_tag(span: Span<'_>) -> Option<(u32, Span<'_>)> {
    /// The largest number that fits beside the identifier octet.
    const LARGEST: u32 = 0x00ff_ffff;
    /// Octets of the longest number that is read: 32 bits.
    const MAX_NUMBER_OCTETS: usize = 5;
    let first = span.first()?;
    let after = span.skip(1);
    if first & HIGH_TAG != HIGH_TAG {
        return Some((u32::from(first), after));
    }
    let mut number = 0_u32;
    let mut rest = after;
    for _ in 0..MAX_NUMBER_OCTETS {
        let octet = rest.first()?;
        rest = rest.skip(1);
        number = number.saturating_mul(0x80).saturating_add(u32::from(octet & 0x7f));
        if octet & 0x80 == 0 {
            return Some(((number.min(LARGEST) << 8) | u32::from(first), rest));
        }
    }
    None
}

/// X.690, 8.1.3: `Some(None)` is an indefinite length. Leading zero octets and long forms of short lengths are taken.
fn read_length(span: Span<'_>) -> Option<(Option<u64>, Span<'_>)> {
    const INDEFINITE: u8 = 0x80;
    const RESERVED: u8 = 0xff;
    let first = span.first()?;
    let after = span.skip(1);
    if first < INDEFINITE {
        return Some((Some(u64::from(first)), after));
    }
    if first == INDEFINITE {
        return Some((None, after));
    }
    if first == RESERVED {
        return None;
    }
    let (octets, rest) = after.split_at(usize::from(first & 0x7f))?;
    let significant = strip_leading_zeros(octets.as_bytes());
    if significant.len() > 8 {
        return None;
    }
    let length = significant.iter().fold(0_u64, |length, &octet| (length << 8) | u64::from(octet));
    Some((Some(length), rest))
}

/// Reads a value of indefinite length (X.690, 8.1.5).
fn read_indefinite<'a>(
    span: Span<'a>,
    tag: u32,
    after: Span<'a>,
    structure: Structure,
    budget: &mut Budget,
) -> Result<(Element<'a>, Span<'a>), Error> {
    if tag & tag::CONSTRUCTED == 0 {
        return Err(Error::new(ErrorKind::BadHeaderOctets, structure, span.offset()));
    }
    let length = match budget.known_end(after.offset()) {
        Some(length) => length,
        None => find_end(span, after, structure, budget)?,
    };
    let content = after.truncate(length);
    let rest = after.skip(length).skip(END_OF_CONTENTS.len());
    let raw = span.truncate(span.len().saturating_sub(rest.len()));
    Ok((Element { tag, raw, content, is_open: false }, rest))
}

/// Content length of the value of indefinite length at `span`, whose content starts with `after`. Works without recursion, and
/// remembers the ends of the values inside, so that each octet is passed over once however deep they lie.
fn find_end(span: Span<'_>, after: Span<'_>, structure: Structure, budget: &mut Budget) -> Result<usize, Error> {
    /// Values inside one another whose ends are remembered; deeper ones are only counted.
    const MAX_OPEN: usize = 1 << 16;
    let mut open = vec![after];
    let mut deeper = 0_usize;
    let mut rest = after;
    loop {
        if rest.is_empty() {
            return Err(Error::new(ErrorKind::Unterminated, structure, span.offset()));
        }
        if !budget.spend_scan() {
            return Err(Error::new(ErrorKind::LimitReached { limit: Limit::Elements }, structure, span.offset()));
        }
        let here = rest;
        let (header, next) = read_header(here, structure)?;
        match header.length {
            _ if here.as_bytes().starts_with(&END_OF_CONTENTS) => {
                rest = next;
                if deeper > 0 {
                    deeper = deeper.saturating_sub(1);
                    continue;
                }
                let Some(content) = open.pop() else { continue };
                let length = content.len().saturating_sub(here.len());
                budget.remember_end(content.offset(), length);
                if open.is_empty() {
                    return Ok(length);
                }
            }
            Some(length) => {
                let available = to_u64(next.len());
                let past = Error::new(ErrorKind::LengthPastEnd { length, available }, structure, here.offset());
                rest = next.split_at(to_usize(length)).ok_or(past)?.1;
            }
            None => {
                if open.len() < MAX_OPEN {
                    open.push(next);
                } else {
                    deeper = deeper.saturating_add(1);
                }
                rest = next;
            }
        }
    }
}

/// `bytes` without its leading zero bytes; empty when all are zero.
pub(crate) fn strip_leading_zeros(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
    bytes.get(zeros..).unwrap_or_default()
}
