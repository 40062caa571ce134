//! [`Filing`]: the key under which an alternative is filed in a table.

use crate::indicators::indicator::{Condition, TextMode};

/// The key under which an alternative is filed, most selective first.
pub(super) enum Filing<'i> {
    Sha1(&'i [u8; 20]),
    Sha256(&'i [u8; 32]),
    TbsSha256(&'i [u8; 32]),
    Serial(&'i [u8]),
    ExactName(&'i str),
    PartOfName(&'i str),
}

pub(super) fn has_empty_text(conditions: &[Condition]) -> bool {
    conditions.iter().any(|condition| match condition {
        Condition::Subject(name_test) | Condition::Issuer(name_test) => name_test.value.is_empty(),
        _ => false,
    })
}

/// The most selective condition; `None` when there is no condition.
pub(super) fn filing(conditions: &[Condition]) -> Option<Filing<'_>> {
    let rank = |filing: &Filing<'_>| match filing {
        Filing::Sha256(_) => (0, 0),
        Filing::TbsSha256(_) => (1, 0),
        Filing::Sha1(_) => (2, 0),
        Filing::Serial(_) => (3, 0),
        Filing::ExactName(_) => (4, 0),
        // The longest part is the rarest.
        Filing::PartOfName(text) => (5, usize::MAX.saturating_sub(text.len())),
    };
    let filings = conditions.iter().map(|condition| match condition {
        Condition::Serial(serial) => Filing::Serial(serial.as_serial().canonical()),
        Condition::Sha1(hash) => Filing::Sha1(hash),
        Condition::Sha256(hash) => Filing::Sha256(hash),
        Condition::TbsSha256(hash) => Filing::TbsSha256(hash),
        Condition::Subject(name_test) | Condition::Issuer(name_test) => match name_test.mode {
            TextMode::Exact => Filing::ExactName(&name_test.value),
            TextMode::Contains | TextMode::Prefix => Filing::PartOfName(&name_test.value),
        },
    });
    filings.min_by_key(rank)
}

/// A weak serial with nothing beside it that tells its certificate from another's.
pub(super) fn is_weak(conditions: &[Condition]) -> bool {
    conditions.iter().all(|condition| matches!(condition, Condition::Serial(serial) if serial.as_serial().is_weak()))
}
