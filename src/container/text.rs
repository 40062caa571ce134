//! Texts that may hold certificates or signatures: recognised by their first octets, read whole, in whatever encoding.

use std::borrow::Cow;
use std::io;

use memchr::memmem;

use super::part::Parts;
use super::source::{ReadAt, read_full};
use super::xml_signature::{self, Place};
use super::{Container, certificates, script};
use crate::bytes::to_usize;
use crate::error::{Limit, Structure};
use crate::limits::Budget;

/// A line of a text, without what ends it.
pub(super) struct Line<'t> {
    /// Octets before it in the text.
    pub(super) offset: usize,
    pub(super) octets: &'t [u8],
}

/// The byte order mark that Windows programs write at the start of UTF-8.
const BYTE_ORDER_MARK: &[u8] = &[0xef, 0xbb, 0xbf];

/// The lines of a text.
pub(super) fn lines(text: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let mark = if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
    let mut offset = mark;
    text.get(mark..).unwrap_or_default().split(|octet| matches!(octet, b'\n' | b'\r')).map(move |octets| {
        let line = Line { offset, octets };
        offset = offset.saturating_add(octets.len()).saturating_add(1);
        line
    })
}

/// Whether a file that starts with `head` is a text: in UTF-16, or without octets that no text has.
pub(super) fn is_text(head: &[u8]) -> bool {
    let is_control = |octet: &u8| matches!(octet, 0..=8 | 14..=26 | 28..=31);
    !head.is_empty() && (utf16_order(head).is_some() || !head.iter().any(is_control))
}

/// The order of the two octets of a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Little,
    Big,
}

/// Whether a text is in UTF-16: it says so with a byte order mark, or begins with characters of ASCII.
pub(super) fn utf16_order(head: &[u8]) -> Option<Order> {
    /// Characters that are looked at.
    const FEW: usize = 8;
    match head {
        [0xff, 0xfe, ..] => return Some(Order::Little),
        [0xfe, 0xff, ..] => return Some(Order::Big),
        _ => {}
    }
    let (pairs, _) = head.as_chunks::<2>();
    let pairs = pairs.get(..FEW)?;
    let is_ascii = |octet: u8| matches!(octet, b'\t' | b'\n' | b'\r' | b' '..=b'~');
    if pairs.iter().all(|[first, second]| is_ascii(*first) && *second == 0) {
        return Some(Order::Little);
    }
    pairs.iter().all(|[first, second]| *first == 0 && is_ascii(*second)).then_some(Order::Big)
}

/// One octet a character. What is no ASCII is nothing that is looked for.
pub(super) fn to_octets(text: &[u8], order: Order) -> Vec<u8> {
    let (pairs, _) = text.as_chunks::<2>();
    let octet = |pair: &[u8; 2]| {
        let character = match order {
            Order::Little => u16::from_le_bytes(*pair),
            Order::Big => u16::from_be_bytes(*pair),
        };
        u8::try_from(character).ok().filter(u8::is_ascii).unwrap_or(b'?')
    };
    pairs.iter().map(octet).collect()
}

/// Takes what is stored in a text, and says what kind of text that makes it; `None` where nothing is.
pub(super) fn unpack(
    source: &(impl ReadAt + ?Sized),
    size: u64,
    parts: &mut Parts,
    budget: &mut Budget,
) -> io::Result<Option<Container>> {
    let most = budget.limits().max_text_bytes;
    // An even place, in the middle of no character.
    let half = (most / 2) & !1;
    let pieces = if size > most { [(0, half), (size.saturating_sub(half) & !1, half)] } else { [(0, size), (size, 0)] };
    let mut found = None;
    let mut order = None;
    for (offset, length) in pieces.into_iter().filter(|(_, length)| *length > 0) {
        let mut buffer = vec![0; to_usize(length)];
        let piece = read_full(source, offset, &mut buffer)?;
        if offset == 0 {
            order = utf16_order(piece);
        }
        found = unpack_piece(piece, offset, order, parts, budget).or(found);
    }
    if found.is_some() && size > most {
        budget.fault_limit(Limit::TextBytes, Structure::File, half);
    }
    Ok(found)
}

fn unpack_piece(
    piece: &[u8],
    offset: u64,
    order: Option<Order>,
    parts: &mut Parts,
    budget: &mut Budget,
) -> Option<Container> {
    let (text, width) = match order {
        Some(order) => (Cow::Owned(to_octets(piece, order)), 2),
        None => (Cow::Borrowed(piece), 1),
    };
    let has_blocks = memmem::find(&text, b"-----BEGIN ").is_some();
    // A block of each style has one of these on its first lines.
    let has_signature =
        memmem::find(&text, b" signature block").is_some() || memmem::find(&text, b"** SIG **").is_some();
    if has_signature && script::unpack(&text, offset, width, parts, budget) {
        return Some(Container::Script);
    }
    if xml_signature::is_signed_xml(&text) {
        let place = Place { offset, width };
        xml_signature::unpack(&text, place, parts, budget);
        return Some(Container::Xml);
    }
    if has_blocks {
        certificates::unpack_pem(&text, offset, width, parts, budget);
        return Some(Container::Pem);
    }
    certificates::unpack_base64(&text, offset, parts, budget).then_some(Container::Pem)
}
