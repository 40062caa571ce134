//! [`TrustError`]: why what a caller gives is not taken.

use crate::error::ErrorKind;

/// Why certificates or revocation lists were not added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{kind} at offset {offset}")]
pub struct TrustError {
    kind: TrustErrorKind,
    offset: usize,
}

/// The kinds of [`TrustError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum TrustErrorKind {
    /// There is no certificate in it.
    #[error("no certificate")]
    NoCertificate,
    /// There is no revocation list in it.
    #[error("no revocation list")]
    NoRevocationList,
    /// A PEM block is damaged.
    #[error("a damaged PEM block")]
    BadPem,
    /// A certificate cannot be read.
    #[error("a certificate that cannot be read: {0}")]
    BadCertificate(ErrorKind),
    /// A revocation list cannot be read.
    #[error("a revocation list that cannot be read: {0}")]
    BadRevocationList(ErrorKind),
}

impl TrustError {
    pub(super) const fn new(kind: TrustErrorKind, offset: usize) -> Self {
        Self { kind, offset }
    }

    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> TrustErrorKind {
        self.kind
    }

    /// Where: bytes from the start of what was given; of a PEM block, the start of its first line.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }
}
