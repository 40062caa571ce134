//! [`Serial`] and [`SerialBuf`]: certificate serial numbers, their one canonical form, and their hex text both ways.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use crate::asn1::der::{Element, strip_leading_zeros};
use crate::bytes::hex_text;
use crate::error::{Error, ErrorKind, Structure};
use crate::limits::Budget;

/// A certificate serial number: the content octets of its INTEGER, borrowed.
///
/// `Eq`, `Ord` and `Hash` look at the *canonical* form only: the octets without leading zeros. So `00 b5 f3` (a positive number)
/// and `b5 f3` (the same number written without its sign octet, or a negative one) are equal, on purpose: published lists drop the
/// `00` more often than certificates are negative. [`Serial::as_bytes`] keeps what was written.
///
/// `Display` is the canonical form in lower-case hex, `00` for zero.
///
/// ```
/// use certsift::Serial;
///
/// let in_certificate = Serial::from_bytes(&[0x00, 0xb5, 0xf3]);
/// let in_a_list = Serial::from_bytes(&[0xb5, 0xf3]);
/// assert_eq!(in_certificate, in_a_list);
/// assert_eq!(in_certificate.to_string(), "b5f3");
/// ```
#[derive(Clone, Copy)]
pub struct Serial<'a>(&'a [u8]);

/// Faults a serial number that is written with more octets than it needs (X.690, 8.3.2), or with none.
pub(crate) fn note_serial(serial: Element<'_>, structure: Structure, budget: &mut Budget) {
    let kind = match *serial.content.as_bytes() {
        [] => ErrorKind::Missing,
        [0, 0..=0x7f, ..] | [0xff, 0x80..=0xff, ..] => ErrorKind::NonMinimalInteger,
        _ => return,
    };
    budget.fault(Error::new(kind, structure, serial.raw.offset()));
}

impl<'a> Serial<'a> {
    /// A serial from its content octets, big-endian two's complement as stored in the certificate.
    #[must_use]
    pub const fn from_bytes(octets: &'a [u8]) -> Self {
        Self(octets)
    }

    /// The content octets as written, sign octet included.
    #[must_use]
    pub const fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// The octets without leading zeros; one zero octet for zero.
    #[must_use]
    pub fn canonical(self) -> &'a [u8] {
        match strip_leading_zeros(self.0) {
            [] => &[0],
            significant => significant,
        }
    }

    /// The octets without those that only repeat the sign, `ff` before a negative number's among them: two serials that are the
    /// same number have the same, however many octets they are written with.
    pub(crate) fn minimal(self) -> &'a [u8] {
        let mut octets = self.0;
        while let [0xff, rest @ ..] = octets
            && rest.first().is_some_and(|next| next & 0x80 != 0)
        {
            octets = rest;
        }
        Serial(octets).canonical()
    }

    /// Whether both are the same number, or the same octets but for the leading zeros that one lost.
    pub(crate) fn is_same(self, other: Serial<'_>) -> bool {
        self == other || self.minimal() == other.minimal()
    }

    /// Whether this serial says too little to identify a certificate on its own: its canonical form is shorter than 8 bytes (64
    /// bits of random output have been the CA/Browser Forum's minimum since 2016) or holds fewer than four distinct byte values.
    #[must_use]
    pub fn is_weak(self) -> bool {
        const MIN_BYTES: usize = 8;
        const MIN_DISTINCT: usize = 4;
        let canonical = self.canonical();
        if canonical.len() < MIN_BYTES {
            return true;
        }
        let mut seen = [None; MIN_DISTINCT];
        for byte in canonical {
            if seen.contains(&Some(byte)) {
                continue;
            }
            if let Some(free) = seen.iter_mut().find(|known| known.is_none()) {
                *free = Some(byte);
            }
            if seen.iter().all(Option::is_some) {
                return false;
            }
        }
        true
    }
}

impl PartialEq for Serial<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.canonical() == other.canonical()
    }
}

impl Eq for Serial<'_> {}

impl Hash for Serial<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.canonical().hash(state);
    }
}

impl PartialOrd for Serial<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Serial<'_> {
    /// By magnitude, as unsigned numbers.
    fn cmp(&self, other: &Self) -> Ordering {
        let (mine, theirs) = (self.canonical(), other.canonical());
        mine.len().cmp(&theirs.len()).then_with(|| mine.cmp(theirs))
    }
}

impl fmt::Display for Serial<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex_text(self.canonical()))
    }
}

impl fmt::Debug for Serial<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Serial({})", hex::encode(self.0))
    }
}

/// An owned serial number, as an indicator list wrote it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SerialBuf {
    octets: Box<[u8]>,
    odd_hex: bool,
}

/// Why a text is no serial number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum SerialError {
    /// Nothing but separators.
    #[error("an empty serial number")]
    Empty,
    /// A character that is neither a hex digit nor a separator.
    #[error("{found:?} is no hex digit")]
    NotHex {
        /// The character.
        found: char,
    },
}

impl SerialBuf {
    /// A serial from its content octets.
    #[must_use]
    pub fn from_bytes(octets: &[u8]) -> Self {
        Self { octets: octets.into(), odd_hex: false }
    }

    /// A serial from its content octets, of which the text had lost the leading zero digit.
    pub(crate) fn from_odd_hex(octets: &[u8]) -> Self {
        Self { octets: octets.into(), odd_hex: true }
    }

    /// Reads hex text in the spellings that lists, rules and tools use: upper or lower case, blanks, `:` or `-` between digits,
    /// `0x` in front. A leading `-` is a sign, as OpenSSL and Go print negative serials: the result is the shortest two's
    /// complement of the number. An odd number of digits lost its leading zero, see [`SerialBuf::is_odd_hex`].
    ///
    /// Decimal text is never guessed: `12345678` is hex.
    ///
    /// # Errors
    /// [`SerialError`] when there is no digit, or anything else than digits and separators.
    ///
    /// ```
    /// use certsift::SerialBuf;
    ///
    /// let spellings = ["00:B5:F3", "b5f3", "0xB5F3", "B5 F3", "-4a0d"];
    /// for text in spellings {
    ///     assert_eq!(SerialBuf::parse_hex(text).unwrap().as_serial().to_string(), "b5f3");
    /// }
    /// ```
    pub fn parse_hex(text: &str) -> Result<Self, SerialError> {
        let text = text.trim();
        // Most lists write nothing but digits.
        if let Some(octets) = plain_hex(text.as_bytes()) {
            return Ok(Self { octets, odd_hex: false });
        }
        let (negative, magnitude) = match text.strip_prefix('-') {
            Some(rest) => (true, rest.trim_start()),
            None => (false, text),
        };
        let digits = magnitude.strip_prefix("0x").or_else(|| magnitude.strip_prefix("0X")).unwrap_or(magnitude);
        let mut nibbles: Vec<u8> = Vec::with_capacity(digits.len());
        for found in digits.chars() {
            match found.to_digit(16).map(u8::try_from) {
                Some(Ok(nibble)) => nibbles.push(nibble),
                _ if matches!(found, ' ' | ':' | '-') => {}
                _ => return Err(SerialError::NotHex { found }),
            }
        }
        if nibbles.is_empty() {
            return Err(SerialError::Empty);
        }
        let odd_hex = nibbles.len() & 1 == 1;
        if odd_hex {
            nibbles.insert(0, 0);
        }
        let mut octets: Vec<u8> =
            nibbles.chunks_exact(2).map(|pair| pair.iter().fold(0, |octet, nibble| (octet << 4) | nibble)).collect();
        if negative {
            negate(&mut octets);
        }
        Ok(Self { octets: octets.into(), odd_hex })
    }

    /// The same serial, borrowed.
    #[must_use]
    pub fn as_serial(&self) -> Serial<'_> {
        Serial::from_bytes(&self.octets)
    }

    /// Whether the text had an odd number of digits, so that a leading zero must have been lost.
    #[must_use]
    pub const fn is_odd_hex(&self) -> bool {
        self.odd_hex
    }
}

impl Borrow<[u8]> for SerialBuf {
    fn borrow(&self) -> &[u8] {
        &self.octets
    }
}

impl fmt::Display for SerialBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_serial().fmt(f)
    }
}

impl fmt::Debug for SerialBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SerialBuf({})", hex::encode(&self.octets))
    }
}

/// The octets of an even number of hex digits and nothing else. Looks at all before it answers, which is fast: lists have millions.
fn plain_hex(text: &[u8]) -> Option<Box<[u8]>> {
    /// What is no digit.
    const NONE: u8 = 0xff;
    let value = |digit: u8| match digit {
        b'0'..=b'9' => digit.wrapping_sub(b'0'),
        b'a'..=b'f' => digit.wrapping_sub(b'a' - 10),
        b'A'..=b'F' => digit.wrapping_sub(b'A' - 10),
        _ => NONE,
    };
    let (pairs, []) = text.as_chunks::<2>() else { return None };
    let mut seen = 0;
    let octet = |&[high, low]: &[u8; 2]| {
        let (high, low) = (value(high), value(low));
        seen |= high | low;
        (high << 4) | low
    };
    let octets: Box<[u8]> = pairs.iter().map(octet).collect();
    (seen < 16 && !octets.is_empty()).then_some(octets)
}

/// Turns a magnitude into the shortest two's complement of its negative (X.690, 8.3).
fn negate(magnitude: &mut Vec<u8>) {
    // Room for the sign, whatever the top bit is.
    magnitude.insert(0, 0);
    let mut carry = true;
    for octet in magnitude.iter_mut().rev() {
        let (negated, overflow) = (!*octet).overflowing_add(u8::from(carry));
        *octet = negated;
        carry = overflow;
    }
    while let [0xff, next, ..] = magnitude.as_slice()
        && next & 0x80 != 0
    {
        magnitude.remove(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_every_writer() {
        let cases: &[(&str, Result<&str, SerialError>)] = &[
            ("00:c0:ff:ee", Ok("00c0ffee")),
            ("C0FFEE", Ok("c0ffee")),
            ("00 C0 FF EE", Ok("00c0ffee")),
            ("c0-ff-ee", Ok("c0ffee")),
            ("0xC0FFEE", Ok("c0ffee")),
            ("f69", Ok("0f69")),
            ("0", Ok("00")),
            ("-4a0c", Ok("b5f4")),
            ("-80", Ok("80")),
            ("-81", Ok("ff7f")),
            ("-1", Ok("ff")),
            ("-100", Ok("ff00")),
            ("", Err(SerialError::Empty)),
            (" : ", Err(SerialError::Empty)),
            ("0x", Err(SerialError::Empty)),
            ("12g4", Err(SerialError::NotHex { found: 'g' })),
        ];
        for (text, expected) in cases {
            let read = SerialBuf::parse_hex(text).map(|serial| hex::encode(serial.as_serial().as_bytes()));
            assert_eq!(read.as_deref(), expected.as_deref(), "{text}");
        }
        assert!(SerialBuf::parse_hex("f69").unwrap().is_odd_hex());
        assert!(!SerialBuf::parse_hex("0f69").unwrap().is_odd_hex());
    }

    #[test]
    fn canonical_form_decides_equality() {
        let serial = Serial::from_bytes;
        assert_eq!(serial(&[0, 0, 1]), serial(&[1]));
        assert_eq!(serial(&[0]), serial(&[]));
        assert_ne!(serial(&[1, 0]), serial(&[1]));
        assert!(serial(&[0, 2]) < serial(&[1, 0]));
        assert_eq!(serial(&[]).to_string(), "00");
        assert_eq!(serial(&[0, 0x0f]).to_string(), "0f");
    }

    #[test]
    fn weak_serials() {
        let cases: &[(&[u8], bool)] = &[
            (&[1], true),
            (&[1, 2, 3, 4, 5, 6, 7], true),
            (&[0, 1, 2, 3, 4, 5, 6, 7], true),
            (&[1, 2, 3, 4, 5, 6, 7, 8], false),
            (&[0x11; 16], true),
            (&[1, 2, 3, 1, 2, 3, 1, 2, 3], true),
        ];
        for (octets, weak) in cases {
            assert_eq!(Serial::from_bytes(octets).is_weak(), *weak, "{octets:?}");
        }
    }
}
