//! Base64 (RFC 4648, 4), as PEM and signed scripts have it.

/// The octets of a base64 text, blanks and line ends in it set aside; `None` where it holds anything else, or too few characters.
pub(crate) fn decode_base64(text: &[u8]) -> Option<Vec<u8>> {
    let mut decoder = Decoder::default();
    let mut octets = Vec::with_capacity(text.len().saturating_mul(3) / 4);
    (decoder.decode(text, &mut octets) && decoder.is_at_end()).then_some(octets)
}

/// Decodes a text that comes in several pieces.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    bits: u32,
    count: u32,
    padding: u32,
}

impl Decoder {
    /// Characters that three octets take.
    const GROUP: u32 = 4;

    /// Adds the octets of a piece, blanks in it set aside; false at the first character that is not base64, nothing behind it read.
    pub(crate) fn decode(&mut self, text: &[u8], octets: &mut Vec<u8>) -> bool {
        for &character in text.iter().filter(|character| !character.is_ascii_whitespace()) {
            let value = match character {
                b'=' if self.count >= 2 => {
                    self.padding = self.padding.saturating_add(1);
                    0
                }
                // Nothing but padding follows padding.
                _ if self.padding > 0 => return false,
                b'A'..=b'Z' => character.wrapping_sub(b'A'),
                b'a'..=b'z' => character.wrapping_sub(b'a').wrapping_add(26),
                b'0'..=b'9' => character.wrapping_sub(b'0').wrapping_add(52),
                b'+' => 62,
                b'/' => 63,
                _ => return false,
            };
            self.bits = (self.bits << 6) | u32::from(value);
            self.count = self.count.saturating_add(1);
            if self.count == Self::GROUP {
                let [_, first, second, third] = self.bits.to_be_bytes();
                let whole = match self.padding {
                    0 => 3,
                    1 => 2,
                    _ => 1,
                };
                octets.extend([first, second, third].into_iter().take(whole));
                (self.bits, self.count) = (0, 0);
            }
        }
        true
    }

    /// Whether no character waits for others.
    pub(crate) const fn is_at_end(&self) -> bool {
        self.count == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_was_encoded_is_decoded(octets in proptest::collection::vec(any::<u8>(), 0..100)) {
            use base64::Engine as _;
            let text = base64::engine::general_purpose::STANDARD.encode(&octets);
            prop_assert_eq!(decode_base64(text.as_bytes()), Some(octets));
        }
    }
}
