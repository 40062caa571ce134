//! Text in octets of a rule, with or without the DER around it.

use super::literal::from_big_endian;

/// The text in the octets of a string: with its own tag and length, with its length alone, with the tag of what follows it.
pub(super) fn unwrapped(octets: &[u8]) -> Option<(&[u8], bool)> {
    let (length, inside) = match octets {
        [tag, length, inside @ ..] if STRING_TAGS.contains(tag) && *tag != BMP_STRING => (*length, inside),
        [length, inside @ ..] => (*length, inside),
        [] => return None,
    };
    let length = usize::from(length);
    /// A shorter text could have such an octet before it by chance.
    const SHORTEST: usize = 4;
    if length >= SHORTEST && inside.len() == length {
        return Some((inside, true));
    }
    match inside.split_last() {
        Some((&(SEQUENCE | SET), text)) if length >= SHORTEST && text.len() == length => Some((text, true)),
        _ => None,
    }
}

/// The text without the tag of the SEQUENCE or SET behind it, which are the figures `0` and `1`. A figure behind a figure or a
/// blank is part of a name.
pub(super) fn without_next_tag(octets: &[u8]) -> Option<&[u8]> {
    match octets {
        [text @ .., SEQUENCE | SET] => {
            let is_end = |octet: &u8| octet.is_ascii_alphabetic() || b".)\"".contains(octet);
            text.last().is_some_and(is_end).then_some(text)
        }
        _ => None,
    }
}

/// UTF-16, most significant octet first, perhaps less its first octet; `None` unless every other octet is zero.
pub(super) fn wide_text(octets: &[u8]) -> Option<String> {
    let whole = |octets: &[u8]| {
        let zeros = octets.as_chunks::<2>().0.iter().filter(|[high, low]| *high == 0 && *low != 0).count();
        if zeros < 2 || zeros.saturating_mul(2) != octets.len() { None } else { from_big_endian(octets) }
    };
    whole(octets).or_else(|| {
        let padded: Vec<u8> = std::iter::once(0).chain(octets.iter().copied()).collect();
        whole(&padded)
    })
}

pub(super) const SEQUENCE: u8 = 0x30;

const SET: u8 = 0x31;

/// UTF8String, PrintableString, TeletexString, IA5String, UniversalString, BMPString.
pub(super) const STRING_TAGS: [u8; 6] = [0x0c, 0x13, 0x14, 0x16, 0x1c, 0x1e];

pub(super) const BMP_STRING: u8 = 0x1e;
