//! The cursor over tag-length-value elements, and the edges where der-parser's types read a value.
//!
//! BER is accepted throughout (X.690, 8.1): indefinite and non-minimal lengths are met in signatures that Windows takes.

use std::borrow::Cow;

use der_parser::asn1_rs::Oid as DerOid;

use super::element::{END_OF_CONTENTS, read_element, read_header, read_short_element};
pub(crate) use super::element::{Element, strip_leading_zeros};
use super::tag;
use crate::bytes::Span;
use crate::error::{Error, ErrorKind, Limit, Structure};
use crate::limits::Budget;

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

    /// The value of a small unsigned INTEGER; `None` for a negative one and for more than 32 bits.
    pub(crate) fn small_number(self) -> Option<u32> {
        let octets = self.content.as_bytes();
        let is_negative = octets.first().is_none_or(|first| first & 0x80 != 0);
        let significant = strip_leading_zeros(octets);
        if self.tag != tag::INTEGER || is_negative || significant.len() > 4 {
            return None;
        }
        Some(significant.iter().fold(0, |number, &octet| (number << 8) | u32::from(octet)))
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

    /// What is left; nothing where the end is not known.
    pub(crate) fn left_over(&self) -> Span<'a> {
        if self.is_open { self.rest.truncate(0) } else { self.rest }
    }

    /// File offset of the next element.
    pub(crate) const fn offset(&self) -> u64 {
        self.rest.offset()
    }

    /// An error of this cursor's structure at its place.
    pub(crate) const fn error(&self, kind: ErrorKind) -> Error {
        Error::new(kind, self.structure, self.rest.offset())
    }

    /// The next element, or `None` at the end.
    #[inline]
    pub(crate) fn next(&mut self, budget: &mut Budget) -> Result<Option<Element<'a>>, Error> {
        let paid = self.rest.is_empty() || budget.spend_element();
        self.advance(paid, budget)
    }

    /// [`next`](Self::next), paid for as passing over: for lists of which most is not looked into.
    pub(crate) fn step(&mut self, budget: &mut Budget) -> Result<Option<Element<'a>>, Error> {
        let paid = self.rest.is_empty() || budget.spend_scan();
        self.advance(paid, budget)
    }

    #[inline]
    fn advance(&mut self, paid: bool, budget: &mut Budget) -> Result<Option<Element<'a>>, Error> {
        if paid
            && !self.is_open
            && let Some((element, rest)) = read_short_element(self.rest)
        {
            self.rest = rest;
            return Ok(Some(element));
        }
        self.advance_slowly(paid, budget)
    }

    fn advance_slowly(&mut self, paid: bool, budget: &mut Budget) -> Result<Option<Element<'a>>, Error> {
        if !paid {
            let error = self.error(ErrorKind::LimitReached { limit: Limit::Elements });
            self.rest = self.rest.skip(self.rest.len());
            return Err(error);
        }
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
        // What nearly every element is, without going through the types of what it might be.
        if !self.is_open
            && let Some((element, rest)) = read_short_element(self.rest)
            && element.tag == expected
            && budget.spend_element()
        {
            self.rest = rest;
            return Ok(element);
        }
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
        let start = *self;
        let error = match self.next(budget) {
            Err(error) => error,
            read => return read,
        };
        let cut = start.cut_element(error).ok_or(error)?;
        budget.fault(error);
        Ok(Some(cut))
    }

    /// The element at this place as far as it is there, if `error`, met in reading it, says that it is cut or that its end cannot be
    /// found.
    pub(crate) fn cut_element(&self, error: Error) -> Option<Element<'a>> {
        let (header, content) = read_header(self.rest, self.structure).ok()?;
        let is_open = header.length.is_none() && header.tag & tag::CONSTRUCTED != 0;
        let is_cut = matches!(error.kind(), ErrorKind::LengthPastEnd { .. });
        (is_open || is_cut).then_some(Element { tag: header.tag, raw: self.rest, content, is_open })
    }

    /// [`lenient_next`](Self::lenient_next), which must be there and have this tag.
    pub(crate) fn lenient_expect(&mut self, expected: u32, budget: &mut Budget) -> Result<Element<'a>, Error> {
        let missing = self.error(ErrorKind::Missing);
        let element = self.lenient_next(budget)?.ok_or(missing)?;
        element.expect(expected, self.structure)
    }

    /// Passes over an element without which the rest can be read, and answers it if it is of the type that belongs there: another
    /// type than `expected` is a fault, and where the element is `followed_by` already, it is absent.
    pub(crate) fn lenient_skip(
        &mut self,
        expected: u32,
        followed_by: impl Fn(Element<'a>) -> bool,
        budget: &mut Budget,
    ) -> Result<Option<Element<'a>>, Error> {
        let mut ahead = *self;
        let element = ahead.next(budget)?.ok_or(self.error(ErrorKind::Missing))?;
        if element.tag == expected {
            *self = ahead;
            return Ok(Some(element));
        }
        if followed_by(element) {
            budget.fault(self.error(ErrorKind::Missing));
        } else {
            let kind = ErrorKind::UnexpectedTag { expected, found: element.tag };
            budget.fault(self.error(kind));
            *self = ahead;
        }
        Ok(None)
    }
}

/// The tag at the start of `span` and all that follows its header, whatever length the header tells.
pub(crate) fn open(span: Span<'_>) -> Option<(u32, Span<'_>)> {
    read_header(span, Structure::File).ok().map(|(header, after)| (header.tag, after))
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

/// The dotted text of the content octets of an OBJECT IDENTIFIER; `None` when they are none.
pub(crate) fn oid_text(content: &[u8]) -> Option<String> {
    let ends_an_arc = content.last().is_some_and(|octet| octet & 0x80 == 0);
    if !ends_an_arc {
        return None;
    }
    /// The octet of 2.40: from here on the first octet is more than two small arcs, and the decoder takes it for two all the same.
    const LARGE_SECOND_ARC: u8 = 120;
    if content.first().is_some_and(|first| *first >= LARGE_SECOND_ARC) {
        return large_oid_text(content);
    }
    let oid = DerOid::new(Cow::Borrowed(content));
    // The decoder counts arcs in u64; larger ones (UUID arcs under 2.25) have no text here.
    let _arcs = oid.iter()?;
    Some(oid.to_id_string())
}

/// The text of an identifier below 2 whose second arc is 40 or more (X.690, 8.19.4).
fn large_oid_text(content: &[u8]) -> Option<String> {
    let mut text = String::new();
    for (index, septets) in content.split_inclusive(|octet| octet & 0x80 == 0).enumerate() {
        let arc =
            septets.iter().try_fold(0_u64, |arc, octet| Some(arc.checked_mul(0x80)? | u64::from(octet & 0x7f)))?;
        text.push_str(&if index == 0 { format!("2.{}", arc.checked_sub(80)?) } else { format!(".{arc}") });
    }
    Some(text)
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
