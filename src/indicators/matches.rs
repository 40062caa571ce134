//! [`Match`]: a match, explained, and how much it says.

use crate::indicators::evidence::Evidence;
use crate::indicators::indicator::{Condition, Indicator};

/// Position of an indicator in its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IndicatorId(pub(super) u32);

/// A match, explained.
#[derive(Debug, Clone)]
pub struct Match<'t> {
    /// Position of the indicator in its table.
    pub id: IndicatorId,
    /// The indicator.
    pub indicator: &'t Indicator,
    /// How much the conditions that hold say.
    pub strength: Strength,
    /// Whether the serial was written with the same sign octet; `None` when no serial was compared.
    pub serial_match: Option<SerialMatch>,
    /// The conditions that hold.
    pub fields: Vec<Evidence>,
    /// The conditions of the indicator's other alternatives that do not hold.
    pub unmatched: Vec<Evidence>,
    /// How many other indicators of the table name the same serial.
    pub shared_serial: usize,
    /// How many other indicators of the table name the same issuer.
    pub shared_issuer: usize,
}

/// How much a match says, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Strength {
    /// Only names were compared.
    Name,
    /// A durable identity that the issuer vouches for.
    Identity,
    /// The serial alone. Serials are unique per issuer only.
    Serial,
    /// The serial and a name of the subject.
    SerialAndName,
    /// The serial and the issuer, which together name one certificate.
    IssuerAndSerial,
    /// A hash of the certificate.
    Exact,
}

impl Strength {
    /// The stable name, as records carry it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Identity => "identity",
            Self::Serial => "serial",
            Self::SerialAndName => "serial_and_name",
            Self::IssuerAndSerial => "issuer_and_serial",
            Self::Exact => "exact",
        }
    }
}

/// Whether two equal serials were written with the same octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SerialMatch {
    /// The same octets.
    Exact,
    /// They differ in leading zero octets only: the source dropped or added the sign octet.
    SignFolded,
}

impl SerialMatch {
    /// The stable name, as records carry it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::SignFolded => "sign_folded",
        }
    }
}

/// How much the conditions of an alternative that holds say.
pub(super) fn strength(conditions: &[Condition], fields: &[Evidence]) -> Strength {
    let has = |wanted: fn(&Condition) -> bool| conditions.iter().any(wanted);
    if has(|condition| matches!(condition, Condition::Sha1(_) | Condition::Sha256(_) | Condition::TbsSha256(_))) {
        return Strength::Exact;
    }
    let Some(serial) = conditions.iter().find_map(|condition| match condition {
        Condition::Serial(serial) => Some(serial),
        _ => None,
    }) else {
        return Strength::Name;
    };
    let plain = fields.iter().all(|field| !field.compare.is_folded());
    if !plain {
        // A name that is only similar adds nothing to the serial, and cannot make up for a weak one.
        return if serial.as_serial().is_weak() { Strength::Name } else { Strength::Serial };
    }
    if has(|condition| matches!(condition, Condition::Issuer(_))) {
        Strength::IssuerAndSerial
    } else if has(|condition| matches!(condition, Condition::Subject(_))) {
        Strength::SerialAndName
    } else {
        Strength::Serial
    }
}
