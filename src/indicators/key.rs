//! [`Key`]: where an alternative is filed in a table, and the number it is found by.

/// What a key is made of. Keys of different spaces never meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Space {
    /// The canonical serial.
    Serial,
    /// What the hash is of, and the hash.
    Hash,
    /// The content of a usage's identifier.
    Usage,
    /// A usage below which others count too.
    UsageAbove,
    /// An RSA modulus.
    Modulus,
    /// A whole text, letter for letter.
    Text,
    /// A whole text, its letters lower case.
    LowerText,
    /// A whole text, folded as an organization.
    FoldedText,
    /// A whole text, each letter replaced by what it looks like.
    Skeleton,
    /// Octets of a text, letter for letter.
    Part,
    /// Octets of a text, its letters lower case.
    LowerPart,
    /// Octets of a folded text.
    FoldedPart,
    /// Octets of a text's skeleton.
    SkeletonPart,
    /// Alternatives that nothing selective can be said of: they are tested on every candidate.
    Everything,
    /// The serial of an alternative that is filed elsewhere; to count, not to match.
    SharedSerial,
    /// The issuer of an alternative; to count, not to match.
    SharedIssuer,
    /// The organization that an alternative names, folded: for drivers on which Microsoft's certificate stands in its place.
    #[cfg(feature = "fold")]
    Attested,
}

impl Space {
    /// The bit of this space in a table's set of spaces.
    #[expect(clippy::as_conversions, reason = "the discriminant of a unit enum")]
    pub(super) const fn bit(self) -> u32 {
        1 << (self as u8)
    }
}

/// Where an alternative is filed: a number made of a space and octets. Two different things may have the same one, rarely, so what is
/// found is tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Key(u64);

impl Key {
    /// The number is part of saved tables: another way to compute it is another version of them.
    #[expect(clippy::as_conversions, reason = "the discriminant of a unit enum")]
    pub(super) fn new(space: Space, octets: &[u8]) -> Self {
        Self(hash(space as u8, octets))
    }

    /// Of every beginning of octets, the shortest first. Each octet is looked at once, however many there are.
    #[expect(clippy::as_conversions, reason = "the discriminant of a unit enum")]
    pub(super) fn of_prefixes(space: Space, octets: &[u8]) -> impl Iterator<Item = Self> {
        let mut state = first(space as u8);
        (1..=octets.len()).map(move |length| {
            let (words, rest) = octets.get(..length).unwrap_or_default().as_chunks::<8>();
            if rest.is_empty() {
                state = words.last().map_or(state, |word| next(state, *word));
            }
            Self(last(state, rest, length))
        })
    }

    /// The upper half, which tells the bucket.
    pub(super) fn upper(self) -> u64 {
        self.0 >> 32
    }

    /// The lower half, which is kept beside the row.
    pub(super) fn lower(self) -> u32 {
        u32::try_from(self.0 & u64::from(u32::MAX)).unwrap_or_default()
    }
}

/// A hash that is the same on every machine and in every version: products of 64 bits, their halves joined. Not for secrets, and not a
/// defence against chosen keys: those who make the table choose its keys.
pub(super) fn hash(seed: u8, octets: &[u8]) -> u64 {
    let (words, rest) = octets.as_chunks::<8>();
    last(words.iter().fold(first(seed), |state, word| next(state, *word)), rest, octets.len())
}

const FIRST: u64 = 0x9e37_79b9_7f4a_7c15;
const SECOND: u64 = 0xd6e8_feb8_6659_fd93;

fn first(seed: u8) -> u64 {
    FIRST ^ u64::from(seed)
}

fn next(state: u64, word: [u8; 8]) -> u64 {
    mix(state ^ u64::from_le_bytes(word), SECOND)
}

/// After all whole words: what is left, and how much there was.
fn last(state: u64, rest: &[u8], length: usize) -> u64 {
    let mut word = [0_u8; 8];
    for (to, from) in word.iter_mut().zip(rest) {
        *to = *from;
    }
    let length = u64::try_from(length).unwrap_or(u64::MAX);
    mix(mix(state ^ u64::from_le_bytes(word), SECOND ^ length), FIRST)
}

fn mix(a: u64, b: u64) -> u64 {
    let product = u128::from(a).wrapping_mul(u128::from(b));
    let half = |bits: u128| u64::try_from(bits & u128::from(u64::MAX)).unwrap_or_default();
    half(product) ^ half(product >> 64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn keys_are_the_same_everywhere() {
        let keys = [hash(0, b""), hash(1, b"certsift"), hash(1, b"certsift, a longer text")];
        assert_eq!(keys, [0xd79b_0957_4bb4_eca3, 0x3b9a_ecee_dccd_b91b, 0x284b_9bd0_e8b4_3e31]);
    }

    #[test]
    fn prefixes_have_the_keys_of_their_octets() {
        let octets: Vec<u8> = (0..40).collect();
        let expected: Vec<Key> = (1..=40).map(|length| Key::new(Space::UsageAbove, &octets[..length])).collect();
        assert_eq!(Key::of_prefixes(Space::UsageAbove, &octets).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn keys_differ() {
        let mut keys = HashSet::new();
        for number in 0..100_000_u32 {
            assert!(keys.insert(Key::new(Space::Serial, &number.to_be_bytes())));
            assert!(keys.insert(Key::new(Space::Text, &number.to_be_bytes())));
        }
        assert!(keys.insert(Key::new(Space::Serial, &[0])));
        assert!(keys.insert(Key::new(Space::Serial, &[0, 0])));
        assert!(keys.insert(Key::new(Space::Serial, &[0; 8])));
        assert!(keys.insert(Key::new(Space::Serial, &[0; 9])));
    }
}
