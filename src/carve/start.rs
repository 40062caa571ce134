//! Where something may begin: the two octets of a SEQUENCE with a long length, or those of a PEM boundary.
//!
//! A search for one octet would stop at each `0` of a text, which is 0x30; pairs are rare in all that is met. So both octets of each pair
//! are compared at every place of a piece at once, which compilers turn into a few instructions over vectors of octets.

use crate::asn1::tag;

/// What may begin at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// A SEQUENCE.
    Sequence,
    /// A PEM block; `start` is where its first line begins, some octets before the pair.
    Boundary { start: usize },
}

/// Octets that lie before the pair of a boundary, and belong to it.
pub(super) const BOUNDARY_HEAD: usize = 7;

/// The first line of a PEM block, up to its label.
pub(super) const BEGIN: &[u8] = b"-----BEGIN ";

/// Octets that are compared at once: several vectors of any processor.
const PIECE: usize = 64;

/// The first place at `from` or behind it, and before `until`, where something may begin. What begins there may go on behind `until`.
pub(super) fn find_start(bytes: &[u8], from: usize, until: usize) -> Option<(usize, Start)> {
    let mut at = from;
    while at < until {
        let rest = bytes.get(at..)?;
        let piece = rest.first_chunk::<PIECE>().zip(rest.get(1..).and_then(<[u8]>::first_chunk::<PIECE>));
        if piece.is_some_and(|(first, second)| !has_pair(first, second)) {
            at = at.saturating_add(PIECE);
            continue;
        }
        // The piece has a pair, or is the last one.
        let near = rest.get(..PIECE.saturating_add(1)).unwrap_or(rest);
        let Some(place) = near.windows(2).position(|pair| matches!(pair, [first, second] if is_pair(*first, *second)))
        else {
            at = at.saturating_add(PIECE);
            continue;
        };
        at = at.saturating_add(place);
        if at >= until {
            return None;
        }
        if rest.get(place).copied().map(u32::from) == Some(tag::SEQUENCE) {
            return Some((at, Start::Sequence));
        }
        let start = at.checked_sub(BOUNDARY_HEAD);
        if let Some(start) = start.filter(|start| bytes.get(*start..).is_some_and(|line| line.starts_with(BEGIN))) {
            return Some((at, Start::Boundary { start }));
        }
        at = at.saturating_add(1);
    }
    None
}

/// Whether a pair lies in a piece, of which `second` is what lies one octet further on.
fn has_pair(first: &[u8; PIECE], second: &[u8; PIECE]) -> bool {
    let pairs = first.iter().zip(second).map(|(first, second)| u8::from(is_pair(*first, *second)));
    pairs.fold(0, |any, is_pair| any | is_pair) != 0
}

/// Whether two octets are the tag of a SEQUENCE and the first octet of a length that says how many octets follow with the length, or that it
/// is indefinite; or `GI`, which is rare, of `-----BEGIN `. Certificates have 128 octets at least: a key and a signature alone are as long.
const fn is_pair(first: u8, second: u8) -> bool {
    let is_sequence = (first == b'\x30') & (second & 0xf0 == 0x80);
    let is_boundary = (first == b'G') & (second == b'I');
    is_sequence | is_boundary
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every place, without haste.
    fn all_starts(bytes: &[u8]) -> Vec<usize> {
        let starts = |at: &usize| {
            let (before, here) = bytes.split_at(*at);
            matches!(here, [0x30, 0x80..=0x8f, ..]) || (here.starts_with(b"GI") && before.ends_with(b"-----BE"))
        };
        let ends = |at: &usize| bytes[*at] == 0x30 || bytes[*at..].starts_with(b"GIN ");
        (0..bytes.len()).filter(starts).filter(ends).collect()
    }

    proptest! {
        #[test]
        fn every_start_is_found(
            parts in proptest::collection::vec(
                prop_oneof![
                    proptest::collection::vec(any::<u8>(), 0..70),
                    Just(BEGIN.to_vec()),
                    Just(vec![0x30, 0x82]),
                    Just(b"GI-----BEGI".to_vec()),
                ],
                0..12,
            )
        ) {
            let bytes = parts.concat();
            let (mut found, mut at) = (Vec::new(), 0);
            while let Some((place, _)) = find_start(&bytes, at, bytes.len()) {
                found.push(place);
                at = place.checked_add(1).unwrap();
            }
            prop_assert_eq!(found, all_starts(&bytes));
        }
    }
}
