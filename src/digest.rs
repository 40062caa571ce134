//! Hashes of the byte ranges one is told. Knows no file format.

use sha2::Digest;

/// SHA-1 (FIPS 180-4) of `bytes`.
pub(crate) fn sha1(bytes: &[u8]) -> [u8; 20] {
    sha1::Sha1::digest(bytes).into()
}

/// SHA-256 (FIPS 180-4) of `bytes`.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    sha2::Sha256::digest(bytes).into()
}

/// SHA-256 of a stream of unknown length, in pieces.
#[cfg(feature = "scan")]
#[derive(Debug, Default)]
pub(crate) struct Sha256Stream(sha2::Sha256);

#[cfg(feature = "scan")]
impl Sha256Stream {
    pub(crate) fn update(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    pub(crate) fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}
