//! Hashes of the bytes one is told. Knows no file format.

mod algorithm;

use std::fmt;
use std::ops::Range;

use sha2::Digest;
use sha2::digest::DynDigest;

use crate::bytes::{to_u64, to_usize};
pub use algorithm::HashAlgorithm;

/// SHA-1 (FIPS 180-4) of `bytes`.
pub(crate) fn sha1(bytes: &[u8]) -> [u8; 20] {
    sha1::Sha1::digest(bytes).into()
}

/// SHA-256 (FIPS 180-4) of `bytes`.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    sha2::Sha256::digest(bytes).into()
}

/// Several algorithms fed with the same bytes, so that these are read once.
#[derive(Clone)]
pub(crate) struct Hashes(Vec<(HashAlgorithm, Box<dyn DynDigest>)>);

impl Hashes {
    /// Each of `algorithms` once, however often it is named.
    pub(crate) fn new(algorithms: &[HashAlgorithm]) -> Self {
        let mut states: Vec<(HashAlgorithm, Box<dyn DynDigest>)> = Vec::new();
        for &algorithm in algorithms {
            if states.iter().all(|(known, _)| *known != algorithm) {
                states.push((algorithm, algorithm.start()));
            }
        }
        Self(states)
    }

    pub(crate) fn update(&mut self, piece: &[u8]) {
        for (_, state) in &mut self.0 {
            state.update(piece);
        }
    }

    /// Takes of `piece`, which starts `offset` bytes into the source, what lies in `ranges`. Right where the ranges ascend and the
    /// pieces come in order.
    pub(crate) fn update_within(&mut self, offset: u64, piece: &[u8], ranges: &[Range<u64>]) {
        let end = offset.saturating_add(to_u64(piece.len()));
        for range in ranges {
            let from = range.start.clamp(offset, end).saturating_sub(offset);
            let to = range.end.clamp(offset, end).saturating_sub(offset);
            self.update(piece.get(to_usize(from)..to_usize(to)).unwrap_or_default());
        }
    }

    /// Takes so many zeros.
    pub(crate) fn update_zeros(&mut self, count: u64) {
        const ZEROS: [u8; 4 << 10] = [0; 4 << 10];
        let mut left = count;
        while left > 0 {
            let some = ZEROS.get(..to_usize(left)).unwrap_or(&ZEROS);
            self.update(some);
            left = left.saturating_sub(to_u64(some.len()));
        }
    }

    /// Tells the digest of what was taken so far, algorithm by algorithm, and starts anew.
    pub(crate) fn take_digests(&mut self, mut tell: impl FnMut(&[u8])) {
        for (_, state) in &mut self.0 {
            tell(&state.finalize_reset());
        }
    }

    /// The digests, in the order in which the algorithms were named.
    pub(crate) fn finish(self) -> impl Iterator<Item = (HashAlgorithm, Vec<u8>)> {
        self.0.into_iter().map(|(algorithm, state)| (algorithm, state.finalize().into_vec()))
    }
}

impl fmt::Debug for Hashes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(algorithm, _)| algorithm)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex_of(hashes: Hashes) -> Vec<String> {
        hashes.finish().map(|(algorithm, digest)| format!("{algorithm} {}", hex::encode(digest))).collect()
    }

    #[test]
    fn digests_of_abc() {
        // RFC 1321, A.5; FIPS 180-4's example values.
        let expected = [
            "md5 900150983cd24fb0d6963f7d28e17f72",
            "sha1 a9993e364706816aba3e25717850c26c9cd0d89d",
            "sha256 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            "sha384 cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
            "sha512 ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
             2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        ];
        let mut hashes = Hashes::new(HashAlgorithm::ALL);
        hashes.update(b"a");
        hashes.update(b"bc");
        assert_eq!(hex_of(hashes), expected);
    }

    #[test]
    fn an_algorithm_named_twice_is_one() {
        let named = [HashAlgorithm::Sha1, HashAlgorithm::Md5, HashAlgorithm::Sha1];
        assert_eq!(format!("{:?}", Hashes::new(&named)), "[Sha1, Md5]");
    }

    #[test]
    fn digests_one_after_the_other() {
        let mut hashes = Hashes::new(&[HashAlgorithm::Sha256]);
        for (octets, zeros) in
            [(&b"abc"[..], 0_usize), (b"", 1), (b"abc", 4095), (b"", 4096), (b"abc", 10_000), (b"", 0)]
        {
            hashes.update(octets);
            hashes.update_zeros(to_u64(zeros));
            let expected = sha256(&[octets, &vec![0; zeros]].concat());
            hashes.take_digests(|digest| assert_eq!(digest, expected, "{zeros} zeros"));
        }
    }

    #[test]
    fn pieces_of_any_length_give_the_same_ranges() {
        let source: Vec<u8> = (0..=255).collect();
        let ranges = [0..3, 3..4, 10..20, 20..20, 63..65, 200..300];
        let expected: Vec<u8> =
            [0..4_usize, 10..20, 63..65, 200..256].iter().flat_map(|r| &source[r.clone()]).copied().collect();
        for length in [1, 2, 7, 64, 255, 256, 1000] {
            let mut hashes = Hashes::new(&[HashAlgorithm::Sha256]);
            let mut offset = 0;
            for piece in source.chunks(length) {
                hashes.update_within(offset, piece, &ranges);
                offset = offset.saturating_add(to_u64(piece.len()));
            }
            assert_eq!(hex_of(hashes), [format!("sha256 {}", hex::encode(sha256(&expected)))], "{length}");
        }
    }
}
