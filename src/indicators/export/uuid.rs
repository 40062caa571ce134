//! UUIDs made of names (RFC 9562, 5.5): the same indicator has the same one in every export.

use std::fmt;

use sha1::{Digest, Sha1};

/// A UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Uuid([u8; 16]);

impl Uuid {
    /// The namespace of all names here.
    const NAMESPACE: [u8; 16] =
        [0x5b, 0x1e, 0x0f, 0x62, 0x9d, 0x3a, 0x4c, 0x71, 0xa8, 0x44, 0x0e, 0x6b, 0xd2, 0x97, 0x33, 0xc5];

    /// The UUID of a name of a kind, version 5.
    pub(super) fn of(kind: &str, name: &str) -> Self {
        let hash = Sha1::new().chain_update(Self::NAMESPACE).chain_update(kind).chain_update([0]).chain_update(name);
        let mut octets = [0; 16];
        octets.iter_mut().zip(hash.finalize()).for_each(|(octet, hashed)| *octet = hashed);
        let [.., version, _, variant, _, _, _, _, _, _, _] = &mut octets;
        *version = (*version & 0x0f) | 0x50;
        *variant = (*variant & 0x3f) | 0x80;
        Self(octets)
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, octet) in self.0.iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{octet:02x}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_and_variant_stand_in_their_places() {
        for name in ["", "a", "b", "c", "d"] {
            let text = Uuid::of("test", name).to_string();
            assert_eq!(text.len(), 36);
            assert_eq!(text.as_bytes()[14], b'5', "{text}");
            assert!(b"89ab".contains(&text.as_bytes()[19]), "{text}");
            let parts: Vec<usize> = text.split('-').map(str::len).collect();
            assert_eq!(parts, [8, 4, 4, 4, 12], "{text}");
        }
        assert_ne!(Uuid::of("a", "b"), Uuid::of("ab", ""));
    }
}
