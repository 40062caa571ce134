//! Text of the ASN.1 string types (X.680, 41), read tolerantly.

use std::borrow::Cow;

use super::der::{Element, octet_string};
use super::tag;
use crate::error::Structure;
use crate::limits::Budget;

/// The text of a string value, and whether nothing of it was lost.
pub(crate) fn text_of(value: Element<'_>) -> (Cow<'_, str>, bool) {
    let octets = value.content.as_bytes();
    if value.tag & tag::CONSTRUCTED != 0
        && is_string(value.tag & !tag::CONSTRUCTED)
        && let Ok(joined) = octet_string(value, Structure::Name, &mut Budget::default())
    {
        // BER cuts strings into segments (X.690, 8.21.6), DER does not.
        return match joined {
            Cow::Borrowed(octets) => text_of_octets(value, octets),
            Cow::Owned(octets) => {
                let (text, is_whole) = text_of_octets(value, &octets);
                (Cow::Owned(text.into_owned()), is_whole)
            }
        };
    }
    text_of_octets(value, octets)
}

/// The text of these octets, by the tag of `value`.
fn text_of_octets<'o>(value: Element<'_>, octets: &'o [u8]) -> (Cow<'o, str>, bool) {
    match value.tag & !tag::CONSTRUCTED {
        tag::UTF8_STRING => match std::str::from_utf8(octets) {
            Ok(text) => (Cow::Borrowed(text), true),
            Err(_) => (String::from_utf8_lossy(octets), false),
        },
        // Encoders put UTF-8 and Latin-1 into all of these; no decoder enforces their character sets.
        tag::PRINTABLE_STRING | tag::NUMERIC_STRING | tag::TELETEX_STRING | tag::IA5_STRING | tag::VISIBLE_STRING => {
            (lenient_latin(octets), true)
        }
        tag::BMP_STRING => utf16_be(octets),
        tag::UNIVERSAL_STRING => utf32_be(octets),
        _ => (Cow::Owned(format!("#{}", hex::encode(value.raw.as_bytes()))), false),
    }
}

/// Whether a tag is that of a string type.
pub(crate) const fn is_string(tag: u32) -> bool {
    matches!(
        tag,
        tag::UTF8_STRING
            | tag::PRINTABLE_STRING
            | tag::NUMERIC_STRING
            | tag::TELETEX_STRING
            | tag::IA5_STRING
            | tag::VISIBLE_STRING
            | tag::BMP_STRING
            | tag::UNIVERSAL_STRING
    )
}

/// UTF-8 if the octets are that, else Latin-1 (ISO 8859-1).
pub(crate) fn lenient_latin(octets: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(octets) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(octets.iter().copied().map(char::from).collect()),
    }
}

/// Big-endian UTF-16, and whether all of it was valid.
pub(crate) fn utf16_be(octets: &[u8]) -> (Cow<'static, str>, bool) {
    let (pairs, odd) = octets.as_chunks::<2>();
    let units = pairs.iter().copied().map(u16::from_be_bytes);
    let mut valid = odd.is_empty();
    let text = char::decode_utf16(units)
        .map(|unit| {
            unit.unwrap_or_else(|_| {
                valid = false;
                char::REPLACEMENT_CHARACTER
            })
        })
        .collect::<String>();
    (Cow::Owned(text), valid)
}

/// Big-endian UTF-32, and whether all of it was valid.
fn utf32_be(octets: &[u8]) -> (Cow<'static, str>, bool) {
    let (quads, odd) = octets.as_chunks::<4>();
    let mut valid = odd.is_empty();
    let text = quads
        .iter()
        .map(|&quad| {
            char::from_u32(u32::from_be_bytes(quad)).unwrap_or_else(|| {
                valid = false;
                char::REPLACEMENT_CHARACTER
            })
        })
        .collect::<String>();
    (Cow::Owned(text), valid)
}
