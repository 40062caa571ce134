//! [`OutlineValue`]: the content of one element, read as its tag says, and as short text.

use std::borrow::Cow;
use std::fmt;

use crate::asn1::der::Element;
use crate::asn1::oid::Oid;
use crate::asn1::string::{text_of, utf16_be};
use crate::asn1::tag::{self, Tag, TagClass};
use crate::asn1::time::Time;

/// The content of an element, by the type that its tag tells.
///
/// `Display` is short text for a person: at most the first 32 octets of a long value, `…` where that is not all. Text comes out as it is
/// stored, so it is to be escaped before a terminal sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum OutlineValue<'a> {
    /// The members follow, one level deeper.
    Members,
    /// The content of a primitive string is one whole value, which follows one level deeper.
    Encapsulates,
    /// There is no content.
    Empty,
    /// A BOOLEAN's content octet; all but 0 mean true (X.690, 8.2).
    Boolean(u8),
    /// An INTEGER or ENUMERATED: big-endian, two's complement as stored.
    Integer(&'a [u8]),
    /// An OBJECT IDENTIFIER, of up to 128 arcs.
    Oid(Oid<'a>),
    /// Text: of a string type, or of a type that the tag does not tell and whose octets are printable.
    Text(Cow<'a, str>),
    /// An UTCTime or GeneralizedTime: the instant, if it is one, and the text as stored.
    Time(Option<Time>, Cow<'a, str>),
    /// The octets of a BIT STRING, of whose last one so many bits are not used.
    Bits {
        /// Bits of the last octet that are not used.
        unused: u8,
        /// The octets.
        octets: &'a [u8],
    },
    /// The content octets of anything else.
    Octets(&'a [u8]),
}

/// Octets shown of a value: a SHA-256 digest is shown whole.
const MAX_SHOWN_OCTETS: usize = 32;
/// Octets shown as a decimal number: what people count.
const MAX_DECIMAL_OCTETS: usize = 4;
/// Octets of an identifier that is written with its arcs: 128 arcs (RFC 2578, 3.5) of five octets.
const MAX_OID_OCTETS: usize = 640;
/// Octets that are taken for text when they are printable; fewer are so by chance.
const MIN_TEXT_OCTETS: usize = 4;

impl<'a> OutlineValue<'a> {
    /// The content of an element that is not opened.
    pub(super) fn read(element: Element<'a>) -> Self {
        let octets = element.content.as_bytes();
        match (element.tag, octets) {
            (_, []) => Self::Empty,
            (tag::BOOLEAN, [octet]) => Self::Boolean(*octet),
            (tag::INTEGER | tag::ENUMERATED, _) => Self::Integer(octets),
            (tag::OID, _) if octets.len() <= MAX_OID_OCTETS => Self::Oid(Oid::from_content(octets)),
            (tag::BIT_STRING, [unused @ 0..=7, octets @ ..]) => Self::Bits { unused: *unused, octets },
            (tag::UTC_TIME | tag::GENERALIZED_TIME, _) => {
                Self::Time(Time::lenient_from_element(element), String::from_utf8_lossy(octets))
            }
            (
                tag::UTF8_STRING
                | tag::NUMERIC_STRING
                | tag::PRINTABLE_STRING
                | tag::TELETEX_STRING
                | tag::IA5_STRING
                | tag::VISIBLE_STRING
                | tag::UNIVERSAL_STRING
                | tag::BMP_STRING,
                _,
            ) => Self::Text(text_of(element).0),
            (tag, _) if Tag::from_identifier(tag).class() == TagClass::Universal => Self::Octets(octets),
            _ => printable(octets).map_or(Self::Octets(octets), Self::Text),
        }
    }
}

impl fmt::Display for OutlineValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Members | Self::Empty => Ok(()),
            Self::Encapsulates => f.write_str("encapsulates"),
            Self::Boolean(0) => f.write_str("FALSE"),
            // What DER takes for it (X.690, 11.1).
            Self::Boolean(0xff) => f.write_str("TRUE"),
            Self::Boolean(octet) => write!(f, "TRUE ({octet:#04x})"),
            Self::Integer(octets) => match decimal(octets) {
                Some(number) => write!(f, "{number}"),
                None => write_hex(f, octets),
            },
            Self::Oid(oid) => {
                write!(f, "{oid}")?;
                oid.name().map_or(Ok(()), |name| write!(f, " ({name})"))
            }
            Self::Text(text) => write!(f, "\"{text}\""),
            Self::Time(Some(time), text) => write!(f, "{time} ({text})"),
            Self::Time(None, text) => write!(f, "no date ({text})"),
            Self::Bits { unused, octets } => {
                write_hex(f, octets)?;
                if *unused == 0 { Ok(()) } else { write!(f, " ({unused} bits unused)") }
            }
            Self::Octets(octets) => write_hex(f, octets),
        }
    }
}

fn write_hex(f: &mut fmt::Formatter<'_>, octets: &[u8]) -> fmt::Result {
    match octets.get(..MAX_SHOWN_OCTETS) {
        Some(shown) if shown.len() < octets.len() => write!(f, "{}…", hex::encode(shown)),
        _ => f.write_str(&hex::encode(octets)),
    }
}

/// The number that a few octets are, two's complement.
fn decimal(octets: &[u8]) -> Option<i64> {
    let (first, rest) = octets.split_first()?;
    if octets.len() > MAX_DECIMAL_OCTETS {
        return None;
    }
    let signed = i64::from(first.cast_signed());
    Some(rest.iter().fold(signed, |number, &octet| (number << 8) | i64::from(octet)))
}

/// The text that octets of an untold type are: printable ASCII, or the same in UTF-16 as SpcString has it.
fn printable(octets: &[u8]) -> Option<Cow<'_, str>> {
    let is_printable = |octet: &u8| matches!(octet, b' '..=b'~');
    if octets.len() < MIN_TEXT_OCTETS {
        return None;
    }
    if octets.iter().all(is_printable) {
        return std::str::from_utf8(octets).ok().map(Cow::Borrowed);
    }
    let (pairs, odd) = octets.as_chunks::<2>();
    let is_utf16 = odd.is_empty() && pairs.iter().all(|[high, low]| *high == 0 && is_printable(low));
    is_utf16.then(|| utf16_be(octets).0)
}
