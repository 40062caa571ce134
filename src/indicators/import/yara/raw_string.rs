//! What a string of a rule can be of a certificate, when certificates are looked for as octets.

use super::hex_string::Cell;
use super::literal::from_big_endian;
use super::raw_name::{self, Name};
use super::raw_text::{BMP_STRING, SEQUENCE, STRING_TAGS};
use super::syntax::{StringRule, StringValue};
use crate::asn1::time::Time;
use crate::indicators::indicator::{Condition, NameField, NameTest, TextMode};
use crate::x509::serial::SerialBuf;

/// What a string can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Clue {
    /// Attributes of a name, each with its object identifier: nothing else looks like that.
    Attributes(Vec<Condition>),
    /// Both instants of a validity.
    Validity([Time; 2]),
    /// One instant of a validity, nobody knows which.
    Instant(Time),
    Serial {
        serial: SerialBuf,
        /// It is written as a whole INTEGER, or the string is named a serial.
        is_proven: bool,
    },
    Name(Name),
    Nothing,
}

/// What a string can be.
pub(super) fn recognise(string: &StringRule<'_>) -> Clue {
    let modifiers = string.modifiers;
    if modifiers.transformed || (modifiers.wide && !modifiers.ascii) {
        return Clue::Nothing;
    }
    let name = string.name.to_ascii_lowercase();
    let (cells, is_text): (Vec<Cell>, _) = match &string.value {
        StringValue::Text(octets) => (octets.iter().copied().map(Cell::Octet).collect(), true),
        StringValue::Hex(cells) => (cells.clone(), false),
        StringValue::Regex => return Clue::Nothing,
    };
    let attributes = attributes(&cells, name.contains("issuer"), modifiers.nocase);
    if !attributes.is_empty() {
        return Clue::Attributes(attributes);
    }
    let octets = first_octets(&cells);
    let is_whole = octets.len() == cells.len();
    if let Some(clue) = validity(&octets) {
        return clue;
    }
    if let Some(serial) = integer(&octets) {
        return Clue::Serial { serial, is_proven: true };
    }
    if !is_whole {
        return Clue::Nothing;
    }
    let is_named_serial = name.contains("serial");
    let is_binary = !is_text || octets.iter().any(|octet| octet.is_ascii_control());
    if is_named_serial && is_binary && octets.len() <= *SERIAL_LENGTHS.end() {
        return Clue::Serial { serial: SerialBuf::from_bytes(&octets), is_proven: true };
    }
    if let Some(name) = raw_name::read(&octets, &name, modifiers.nocase, is_text) {
        return Clue::Name(name);
    }
    let is_other = octets.ends_with(&COM_CLASS_END) || octets.starts_with(&COMPOUND_FILE) || is_mostly_text(&octets);
    if is_binary && !is_other && SERIAL_LENGTHS.contains(&octets.len()) {
        return Clue::Serial { serial: SerialBuf::from_bytes(&octets), is_proven: false };
    }
    Clue::Nothing
}

/// Whether three of four octets and more are printable or zero, as in UTF-16: not half of a serial's are.
fn is_mostly_text(octets: &[u8]) -> bool {
    let of_text = octets.iter().filter(|octet| matches!(octet, 0 | b' '..=b'~')).count();
    of_text.saturating_mul(4) > octets.len().saturating_mul(3)
}

fn first_octets(cells: &[Cell]) -> Vec<u8> {
    cells.iter().map_while(|cell| octet(*cell)).collect()
}

const fn octet(cell: Cell) -> Option<u8> {
    match cell {
        Cell::Octet(octet) => Some(octet),
        Cell::Gap { .. } => None,
    }
}

/// AttributeTypeAndValue, one after the other: an identifier, the tag and length of a text or a gap for them, and the text or its
/// beginning.
fn attributes(cells: &[Cell], of_issuer: bool, ignore_case: bool) -> Vec<Condition> {
    let mut conditions = Vec::new();
    let mut rest = cells;
    while let Some((_, after)) = rest.split_first() {
        let Some((field, value)) = attribute_type(rest) else {
            rest = after;
            continue;
        };
        let is_wide = value.first() == Some(&Cell::Octet(BMP_STRING));
        let (length, value) = string_header(value);
        let octets = first_octets(value);
        let known = length.filter(|&length| octets.len() >= length);
        let (text, mode) = match known {
            Some(length) => (octets.get(..length).unwrap_or_default(), TextMode::Exact),
            // Nothing says where the text ends.
            None => (octets.as_slice(), TextMode::Prefix),
        };
        rest = value.get(text.len()..).unwrap_or_default();
        let text = if is_wide { from_big_endian(text) } else { raw_name::attribute_text(text) };
        let Some(text) = text else { continue };
        let test = NameTest { field, mode, ignore_case, value: text.into() };
        conditions.push(if of_issuer { Condition::Issuer(test) } else { Condition::Subject(test) });
    }
    conditions
}

fn attribute_type(cells: &[Cell]) -> Option<(NameField, &[Cell])> {
    let after = |identifier: &[u8]| {
        let (head, tail) = cells.split_at_checked(identifier.len())?;
        head.iter().zip(identifier).all(|(cell, octet)| *cell == Cell::Octet(*octet)).then_some(tail)
    };
    if after(&OTHER_ATTRIBUTE).is_none() && after(&[0x06, 0x09]).is_none() {
        return None;
    }
    let known = ATTRIBUTES.iter().find_map(|(identifier, field)| Some((*field, after(identifier)?)));
    known.or_else(|| {
        let tail = after(&OTHER_ATTRIBUTE)?;
        Some((NameField::Any, tail.get(1..)?))
    })
}

/// The length of the text, if it is given, and the cells behind tag and length.
fn string_header(cells: &[Cell]) -> (Option<usize>, &[Cell]) {
    match cells {
        [Cell::Octet(tag), Cell::Octet(length), value @ ..] if STRING_TAGS.contains(tag) => {
            (Some(usize::from(*length)), value)
        }
        [Cell::Gap { min: 1, max: Some(1) }, Cell::Octet(length), value @ ..]
            if value.len() >= usize::from(*length) && *length < b' ' =>
        {
            (Some(usize::from(*length)), value)
        }
        [Cell::Octet(tag), rest @ ..] if STRING_TAGS.contains(tag) => (None, skip_gaps(rest)),
        _ => (None, skip_gaps(cells)),
    }
}

fn skip_gaps(cells: &[Cell]) -> &[Cell] {
    let gaps = cells.iter().take_while(|cell| octet(**cell).is_none()).count();
    cells.get(gaps..).unwrap_or_default()
}

/// `131104193919Z`, the tag and length of another instant, and that.
fn validity(octets: &[u8]) -> Option<Clue> {
    let octets = match octets {
        [SEQUENCE, _, inside @ ..] => inside,
        octets => octets,
    };
    let octets = octets.strip_prefix(&UTC_TIME).unwrap_or(octets);
    let (first, rest) = utc_time(octets)?;
    if rest.is_empty() {
        return Some(Clue::Instant(first));
    }
    let (second, _) = utc_time(rest.strip_prefix(&UTC_TIME)?)?;
    Some(Clue::Validity([first, second]))
}

fn utc_time(octets: &[u8]) -> Option<(Time, &[u8])> {
    let (text, rest) = octets.split_at_checked(13)?;
    let (digits, zone) = text.split_at_checked(12)?;
    if zone != b"Z" || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let mut numbers = digits.as_chunks::<2>().0.iter().map(|[tens, ones]| {
        let digit = |octet: u8| i64::from(octet.saturating_sub(b'0'));
        digit(*tens).saturating_mul(10).saturating_add(digit(*ones))
    });
    let mut next = || numbers.next().unwrap_or_default();
    let year = next();
    // RFC 5280, 4.1.2.5.1: YY of 50 and above is 19YY.
    let year = year.saturating_add(if year >= 50 { 1900 } else { 2000 });
    Some((Time::from_calendar([year, next(), next()], [next(), next(), next()])?, rest))
}

/// A whole INTEGER: `02 10` and sixteen octets, perhaps with the version before it and the algorithm behind.
fn integer(octets: &[u8]) -> Option<SerialBuf> {
    let octets = octets.strip_prefix(&VERSION_3).unwrap_or(octets);
    let [INTEGER, length, rest @ ..] = octets else { return None };
    let length = usize::from(*length);
    let (content, after) = rest.split_at_checked(length)?;
    let ends = matches!(after.first(), None | Some(&SEQUENCE));
    (ends && SERIAL_LENGTHS.contains(&length)).then(|| SerialBuf::from_bytes(content))
}

/// Octets of a serial: X.509 has no more than twenty and the sign; fewer are too common among other octets.
const SERIAL_LENGTHS: std::ops::RangeInclusive<usize> = 8..=21;

const INTEGER: u8 = 0x02;

/// `[0] { INTEGER 2 }`, the version before the serial.
const VERSION_3: [u8; 5] = [0xa0, 0x03, 0x02, 0x01, 0x02];

/// UTCTime of 13 octets, with which the second instant of a validity begins.
const UTC_TIME: [u8; 2] = [0x17, 0x0d];

/// Where every class identifier of COM that Microsoft gave out by number ends; MSI packages begin with such.
const COM_CLASS_END: [u8; 8] = [0xc0, 0, 0, 0, 0, 0, 0, 0x46];

/// The first octets of compound files.
const COMPOUND_FILE: [u8; 8] = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

/// Object identifiers of attributes of a name, tag and length included.
const ATTRIBUTES: [(&[u8], NameField); 5] = [
    (&[0x06, 0x03, 0x55, 0x04, 0x03], NameField::CommonName),
    (&[0x06, 0x03, 0x55, 0x04, 0x0a], NameField::Organization),
    (&[0x06, 0x03, 0x55, 0x04, 0x0b], NameField::OrganizationalUnit),
    (&[0x06, 0x03, 0x55, 0x04, 0x05], NameField::SerialNumber),
    (&[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x01], NameField::EmailAddress),
];

/// Of any other attribute: country, locality, street.
const OTHER_ATTRIBUTE: [u8; 4] = [0x06, 0x03, 0x55, 0x04];
