//! The cursor over tag-length-value elements, and the edges where der-parser's types read a value.
//!
//! BER is accepted throughout (X.690, 8.1): indefinite and non-minimal lengths are met in signatures that Windows takes.

use std::borrow::Cow;

use der_parser::asn1_rs::Oid as DerOid;

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

impl<'a> Element<'a> {
    /// A cursor over the content of a constructed element.
    pub(crate) const fn members(self, structure: Structure) -> Cursor<'a> {
        Cursor { rest: self.content, structure, is_open: self.is_open }
    }

    /// This element if it has the tag that belongs there.
    pub(crate) const fn expect(self, expected: u32, structure: Structure) -> Result<Self, Error> {
        if self.tag == expected {
            return Ok(self);
        }
        let kind = ErrorKind::UnexpectedTag { expected, found: self.tag };
        Err(Error::new(kind, structure, self.raw.offset()))
    }
}

/// Reads elements one after the other. After the first error it is at its end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'a> {
    rest: Span<'a>,
    structure: Structure,
    is_open: bool,
}

impl<'a> Cursor<'a> {
    /// A cursor over `span`, which errors will call a `structure`.
    pub(crate) const fn new(span: Span<'a>, structure: Structure) -> Self {
        Self { rest: span, structure, is_open: false }
    }

    pub(crate) const fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// An error of this cursor's structure at its place.
    pub(crate) const fn error(&self, kind: ErrorKind) -> Error {
        Error::new(kind, self.structure, self.rest.offset())
    }

    /// The next element, or `None` at the end.
    pub(crate) fn next(&mut self, budget: &mut Budget) -> Result<Option<Element<'a>>, Error> {
        if !self.rest.is_empty() && !budget.spend_element() {
            let error = self.error(ErrorKind::LimitReached { limit: Limit::Elements });
            self.rest = self.rest.skip(self.rest.len());
            return Err(error);
        }
        self.advance(budget)
    }

    /// [`next`](Self::next), paid for as passing over: for lists of which most is not looked into.
    pub(crate) fn step(&mut self, budget: &mut Budget) -> Result<Option<Element<'a>>, Error> {
        if !self.rest.is_empty() && !budget.spend_scan() {
            let error = self.error(ErrorKind::LimitReached { limit: Limit::Elements });
            self.rest = self.rest.skip(self.rest.len());
            return Err(error);
        }
        self.advance(budget)
    }

    fn advance(&mut self, budget: &mut Budget) -> Result<Option<Element<'a>>, Error> {
        if self.is_open && self.rest.as_bytes().starts_with(&END_OF_CONTENTS) {
            self.rest = self.rest.skip(self.rest.len());
        }
        if self.rest.is_empty() {
            return Ok(None);
        }
        let read = read_element(self.rest, self.structure, budget);
        match read {
            Ok((element, rest)) => {
                self.rest = rest;
                Ok(Some(element))
            }
            Err(error) => {
                self.rest = self.rest.skip(self.rest.len());
                Err(error)
            }
        }
    }

    /// The next element. An error is kept as a fault, and is the end.
    pub(crate) fn next_or_fault(&mut self, budget: &mut Budget) -> Option<Element<'a>> {
        let next = self.next(budget);
        budget.survive(next).flatten()
    }

    /// The next element, which must be there and have this tag.
    pub(crate) fn expect(&mut self, expected: u32, budget: &mut Budget) -> Result<Element<'a>, Error> {
        let missing = self.error(ErrorKind::Missing);
        let element = self.next(budget)?.ok_or(missing)?;
        element.expect(expected, self.structure)
    }

    /// The next element if it has this tag; otherwise nothing is read.
    pub(crate) fn optional(&mut self, wanted: u32, budget: &mut Budget) -> Result<Option<Element<'a>>, Error> {
        if self.peek_octet().map(u32::from) == Some(wanted) { self.next(budget) } else { Ok(None) }
    }

    /// The next element, which is not passed over; `None` at the end or where it cannot be read.
    pub(crate) fn peek(&self, budget: &mut Budget) -> Option<Element<'a>> {
        let mut ahead = *self;
        ahead.next(budget).ok().flatten()
    }

    /// The first identifier octet of the next element.
    pub(crate) fn peek_octet(&self) -> Option<u8> {
        self.rest.first()
    }

    /// Like [`next`](Self::next), and an element that is cut by the end of its surroundings, or whose end cannot be found, is read as
    /// far as it is there, with a fault. Windows refuses such a message; a truncated download still tells which certificates it
    /// carries, and junk in an unsigned part does not hide the signed ones before it.
    pub(crate) fn lenient_next(&mut self, budget: &mut Budget) -> Result<Option<Element<'a>>, Error> {
        let start = self.rest;
        let error = match self.next(budget) {
            Err(error) => error,
            read => return read,
        };
        let Ok((header, content)) = read_header(start, self.structure) else { return Err(error) };
        let is_open = header.length.is_none() && header.tag & tag::CONSTRUCTED != 0;
        let is_cut = matches!(error.kind(), ErrorKind::LengthPastEnd { .. });
        if !is_open && !is_cut {
            return Err(error);
        }
        budget.fault(error);
        Ok(Some(Element { tag: header.tag, raw: start, content, is_open }))
    }

    /// [`lenient_next`](Self::lenient_next), which must be there and have this tag.
    pub(crate) fn lenient_expect(&mut self, expected: u32, budget: &mut Budget) -> Result<Element<'a>, Error> {
        let missing = self.error(ErrorKind::Missing);
        let element = self.lenient_next(budget)?.ok_or(missing)?;
        element.expect(expected, self.structure)
    }

    /// Passes over an element of which nothing is needed and whose type says nothing: another type than `expected` is a fault, and
    /// where the element is `followed_by` already, it is absent.
    pub(crate) fn lenient_skip(
        &mut self,
        expected: u32,
        followed_by: impl Fn(Element<'a>) -> bool,
        budget: &mut Budget,
    ) -> Result<(), Error> {
        let mut ahead = *self;
        let element = ahead.next(budget)?.ok_or(self.error(ErrorKind::Missing))?;
        if element.tag == expected {
            *self = ahead;
        } else if followed_by(element) {
            budget.fault(self.error(ErrorKind::Missing));
        } else {
            let kind = ErrorKind::UnexpectedTag { expected, found: element.tag };
            budget.fault(self.error(kind));
            *self = ahead;
        }
        Ok(())
    }
}

/// The octets that end a value of indefinite length (X.690, 8.1.5).
const END_OF_CONTENTS: [u8; 2] = [0, 0];

/// The tag at the start of `span` and all that follows its header, whatever length the header tells.
pub(crate) fn open(span: Span<'_>) -> Option<(u32, Span<'_>)> {
    read_header(span, Structure::File).ok().map(|(header, after)| (header.tag, after))
}

/// The low five bits of the identifier octet of a high tag.
const HIGH_TAG: u8 = 0x1f;

/// A tag and a length; the length is `None` when it is indefinite.
struct Header {
    tag: u32,
    length: Option<u64>,
}

fn read_element<'a>(
    span: Span<'a>,
    structure: Structure,
    budget: &mut Budget,
) -> Result<(Element<'a>, Span<'a>), Error> {
    if let Some((tag, header_length, length)) = read_short_header(span.as_bytes())
        && let Some((raw, rest)) = span.split_at(header_length.saturating_add(length))
    {
        return Ok((Element { tag, raw, content: raw.skip(header_length), is_open: false }, rest));
    }
    let (header, after) = read_header(span, structure)?;
    let Some(length) = header.length else {
        return read_indefinite(span, header.tag, after, structure, budget);
    };
    let available = to_u64(after.len());
    let Some((content, rest)) = after.split_at(to_usize(length)) else {
        return Err(Error::new(ErrorKind::LengthPastEnd { length, available }, structure, span.offset()));
    };
    let raw = span.truncate(span.len().saturating_sub(rest.len()));
    Ok((Element { tag: header.tag, raw, content, is_open: false }, rest))
}

/// The headers that nearly every element has: a low tag and at most two length octets. Tag, header length, content length.
fn read_short_header(bytes: &[u8]) -> Option<(u32, usize, usize)> {
    let is_low = |tag: u8| tag & HIGH_TAG != HIGH_TAG;
    match *bytes {
        [tag, length @ 0..=0x7f, ..] if is_low(tag) => Some((u32::from(tag), 2, usize::from(length))),
        [tag, 0x81, length, ..] if is_low(tag) => Some((u32::from(tag), 3, usize::from(length))),
        [tag, 0x82, high, low, ..] if is_low(tag) => {
            Some((u32::from(tag), 4, usize::from(u16::from_be_bytes([high, low]))))
        }
        _ => None,
    }
}

/// The identifier and length octets at the start of `span`, and what follows them.
fn read_header(span: Span<'_>, structure: Structure) -> Result<(Header, Span<'_>), Error> {
    let cut = Error::new(ErrorKind::BadHeaderOctets, structure, span.offset());
    let (tag, after) = read_tag(span).ok_or(cut)?;
    let (length, after) = read_length(after).ok_or(cut)?;
    Ok((Header { tag, length }, after))
}

/// X.690, 8.1.2.
fn read_tag(span: Span<'_>) -> Option<(u32, Span<'_>)> {
    /// Octets of a tag number that fit beside the identifier octet.
    const MAX_NUMBER_OCTETS: usize = 3;
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
        number = (number << 7) | u32::from(octet & 0x7f);
        if octet & 0x80 == 0 {
            return Some(((number << 8) | u32::from(first), rest));
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
            Some(0) if header.tag == tag::END_OF_CONTENTS => {
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

/// The octets of an OCTET STRING, also when BER cuts it into segments (X.690, 8.7.3).
///
/// Borrowed where the string is primitive or has one segment, which is every signature but a few.
pub(crate) fn octet_string<'a>(
    element: Element<'a>,
    structure: Structure,
    budget: &mut Budget,
) -> Result<Cow<'a, [u8]>, Error> {
    if element.tag & tag::CONSTRUCTED == 0 {
        return Ok(Cow::Borrowed(element.content.as_bytes()));
    }
    let mut segments: Vec<&'a [u8]> = Vec::new();
    let mut open = vec![element.members(structure)];
    while let Some(mut cursor) = open.pop() {
        let Some(segment) = cursor.next(budget)? else { continue };
        if open.len() >= budget.limits().max_depth {
            return Err(cursor.error(ErrorKind::LimitReached { limit: Limit::Depth }));
        }
        open.push(cursor);
        if segment.tag & tag::CONSTRUCTED == 0 {
            segments.push(segment.content.as_bytes());
        } else {
            open.push(segment.members(structure));
        }
    }
    match segments.as_slice() {
        [] => Ok(Cow::Borrowed(&[])),
        [one] => Ok(Cow::Borrowed(one)),
        many => Ok(Cow::Owned(many.concat())),
    }
}

/// `bytes` without its leading zero bytes; empty when all are zero.
pub(crate) fn strip_leading_zeros(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
    bytes.get(zeros..).unwrap_or_default()
}

/// The dotted text of the content octets of an OBJECT IDENTIFIER; `None` when they are none.
pub(crate) fn oid_text(content: &[u8]) -> Option<String> {
    let ends_an_arc = content.last().is_some_and(|octet| octet & 0x80 == 0);
    if !ends_an_arc {
        return None;
    }
    let oid = DerOid::new(Cow::Borrowed(content));
    // The decoder counts arcs in u64; larger ones (UUID arcs under 2.25) have no text here.
    let _arcs = oid.iter()?;
    Some(oid.to_id_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use proptest::prelude::*;

    /// Tag, content, and length of the whole element.
    type Read = Result<(u32, Vec<u8>, usize), ErrorKind>;

    fn first(bytes: &[u8]) -> Read {
        let mut budget = Budget::new(Limits::default());
        let mut cursor = Cursor::new(Span::new(bytes, 0), Structure::File);
        let element = cursor.next(&mut budget).map_err(|error| error.kind())?.ok_or(ErrorKind::Missing)?;
        Ok((element.tag, element.content.as_bytes().to_vec(), element.raw.len()))
    }

    #[test]
    fn lengths_in_every_form() {
        let cases: &[(&str, &[u8], Read)] = &[
            ("short", &[0x04, 2, 7, 8, 9], Ok((0x04, vec![7, 8], 4))),
            ("long", &[0x04, 0x81, 2, 7, 8], Ok((0x04, vec![7, 8], 5))),
            ("non-minimal", &[0x04, 0x84, 0, 0, 0, 1, 7], Ok((0x04, vec![7], 7))),
            ("nine octets, value fits", &[0x04, 0x89, 0, 0, 0, 0, 0, 0, 0, 0, 1, 7], Ok((0x04, vec![7], 12))),
            ("indefinite", &[0x30, 0x80, 5, 0, 0, 0, 9], Ok((0x30, vec![5, 0], 6))),
            ("indefinite in indefinite", &[0x30, 0x80, 0x30, 0x80, 0, 0, 0, 0], Ok((0x30, vec![0x30, 0x80, 0, 0], 8))),
            ("high tag", &[0x7f, 0x81, 0x01, 1, 7], Ok((0x817f, vec![7], 5))),
            ("past the end", &[0x04, 3, 7], Err(ErrorKind::LengthPastEnd { length: 3, available: 1 })),
            ("reserved length", &[0x04, 0xff], Err(ErrorKind::BadHeaderOctets)),
            ("cut length", &[0x04, 0x82, 1], Err(ErrorKind::BadHeaderOctets)),
            ("indefinite and primitive", &[0x04, 0x80, 0, 0], Err(ErrorKind::BadHeaderOctets)),
            ("indefinite, never closed", &[0x30, 0x80, 5, 0], Err(ErrorKind::Unterminated)),
        ];
        for (name, bytes, expected) in cases {
            assert_eq!(&first(bytes), expected, "{name}");
        }
    }

    #[test]
    fn an_octet_string_in_segments_is_joined() {
        let bytes = [0x24, 0x80, 0x04, 1, b'a', 0x24, 3, 0x04, 1, b'b', 0x04, 1, b'c', 0, 0];
        let mut budget = Budget::new(Limits::default());
        let mut cursor = Cursor::new(Span::new(&bytes, 0), Structure::File);
        let element = cursor.next(&mut budget).unwrap().unwrap();
        let joined = octet_string(element, Structure::File, &mut budget).unwrap();
        assert_eq!(joined.as_ref(), b"abc");
    }

    proptest! {
        /// Where der-parser reads a definite element, the cursor reads the same.
        #[test]
        fn agrees_with_der_parser(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let Ok((rest, header)) = der_parser::ber::ber_read_element_header(&bytes) else { return Ok(()) };
            let Ok(length) = header.length().definite() else { return Ok(()) };
            match (rest.get(..length), first(&bytes)) {
                (Some(content), Ok((_, mine, _))) => prop_assert_eq!(mine, content),
                (None, mine) => prop_assert!(mine.is_err()),
                (Some(_), Err(error)) => prop_assert!(false, "{error}"),
            }
        }
    }
}
