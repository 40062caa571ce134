//! [`ValidAt`]: whether a certificate is valid at a time (RFC 5280, 4.1.2.5).

use crate::asn1::time::Time;
use crate::x509::certificate::Validity;

/// Whether a certificate is valid at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ValidAt {
    /// It is.
    Valid,
    /// One of its bounds is no date.
    Unknown,
    /// It was valid only later.
    NotYetValid,
    /// It was valid only before.
    Expired,
}

impl ValidAt {
    /// The stable name, as records carry it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Unknown => "unknown",
            Self::NotYetValid => "not_yet_valid",
            Self::Expired => "expired",
        }
    }
}

/// Whether a time lies in a validity.
pub(super) fn valid_at(validity: Validity, at: Time) -> ValidAt {
    match (validity.not_before, validity.not_after) {
        (Some(from), _) if at < from => ValidAt::NotYetValid,
        (_, Some(until)) if at > until => ValidAt::Expired,
        (Some(_), Some(_)) => ValidAt::Valid,
        _ => ValidAt::Unknown,
    }
}
