//! [`OidBuf`]: an object identifier of one's own.

use std::fmt;

use super::Oid;

/// An owned OBJECT IDENTIFIER, as an indicator list names it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OidBuf(Box<[u8]>);

/// Why a text is no object identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error(
    "no object identifier: numbers with dots between them belong here, the first 0 to 2, the second below 40 under 0 and 1"
)]
pub struct OidError;

impl OidBuf {
    /// An identifier from its content octets, tag and length not included. Nothing is checked.
    #[must_use]
    pub fn from_content(content: &[u8]) -> Self {
        Self(content.into())
    }

    /// Reads dotted text.
    ///
    /// # Errors
    /// When the text is no identifier (X.660), or a number does not fit 64 bits.
    ///
    /// ```
    /// use certsift::OidBuf;
    ///
    /// let code_signing = OidBuf::parse("1.3.6.1.5.5.7.3.3")?;
    /// assert_eq!(code_signing.as_oid().name(), Some("codeSigning"));
    /// # Ok::<(), certsift::OidError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, OidError> {
        let mut arcs = text.split('.').map(|arc| {
            let is_number = !arc.is_empty() && arc.bytes().all(|byte| byte.is_ascii_digit());
            if is_number { arc.parse::<u64>().map_err(|_| OidError) } else { Err(OidError) }
        });
        let (Some(first), Some(second)) = (arcs.next(), arcs.next()) else { return Err(OidError) };
        let (first, second) = (first?, second?);
        if first > 2 || (first < 2 && second > 39) {
            return Err(OidError);
        }
        let pair = first.checked_mul(40).and_then(|base| base.checked_add(second)).ok_or(OidError)?;
        let mut content = Vec::new();
        push_arc(&mut content, pair);
        for arc in arcs {
            push_arc(&mut content, arc?);
        }
        Ok(Self(content.into()))
    }

    /// The same identifier, borrowed.
    #[must_use]
    pub fn as_oid(&self) -> Oid<'_> {
        Oid::from_content(&self.0)
    }
}

/// Base 128, most significant first, the top bit set in all octets but the last (X.690, 8.19.2).
fn push_arc(content: &mut Vec<u8>, arc: u64) {
    /// Bits that 64 bits leave for the first of ten septets and all of the others.
    const SHIFTS: [u32; 10] = [63, 56, 49, 42, 35, 28, 21, 14, 7, 0];
    let mut started = false;
    for shift in SHIFTS {
        let septet = u8::try_from((arc >> shift) & 0x7f).unwrap_or_default();
        started |= septet != 0 || shift == 0;
        if started {
            content.push(if shift == 0 { septet } else { septet | 0x80 });
        }
    }
}

impl fmt::Display for OidBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_oid().fmt(f)
    }
}

impl fmt::Debug for OidBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OidBuf({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dotted_text_both_ways() {
        for text in
            ["1.3.6.1.4.1.311.97.1.3.1", "2.999.3", "0.9.2342.19200300.100.1.25", "1.2.840.113549.1.1.11", "2.5"]
        {
            assert_eq!(OidBuf::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "1", "1.", ".1", "3.1", "1.40", "1.2.x", "1.2.-3", "1.2.+3", "1.2.99999999999999999999"] {
            assert_eq!(OidBuf::parse(text), Err(OidError), "{text}");
        }
    }
}
