//! [`Match`]: a match, explained, and how much it says.

use crate::asn1::oid;
use crate::indicators::evidence::{Compare, Evidence, Level};
use crate::indicators::hash_value::HashOf;
use crate::indicators::indicator::{Condition, Indicator, Severity};

/// Position of an indicator in its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IndicatorId(pub(super) u32);

/// A match without its explanation: the indicator and the alternative that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hit {
    /// The indicator.
    pub indicator: IndicatorId,
    pub(super) alternative: usize,
    pub(super) level: Level,
}

/// A match, explained.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Match {
    /// Position of the indicator in its table.
    pub id: IndicatorId,
    /// The indicator.
    pub indicator: Indicator,
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
    /// How many other indicators of the table ask for the same issuer in the same way.
    pub shared_issuer: usize,
    /// Whether the file was signed before or after the abuse began; `None` where either time is not known.
    pub timing: Option<Timing>,
    /// Whether its names are only similar, or stand in the program's name: a hint.
    pub is_similar: bool,
}

impl Match {
    /// How bad this match is: what the indicator says, but [`Severity::Low`] at the most when the file was signed before the abuse
    /// began, and when nothing but similar names speaks for it.
    #[must_use]
    pub fn severity(&self) -> Option<Severity> {
        let stated = self.indicator.metadata.severity;
        let is_hint = self.is_similar && self.strength == Strength::Name;
        if is_hint || self.timing == Some(Timing::Historical) {
            return stated.map(|severity| severity.min(Severity::Low));
        }
        stated
    }
}

/// When a file was signed, seen from the abuse of its certificate. The time is the timestamp's, which nobody verified here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Timing {
    /// Before the certificate was abused, or revoked.
    Historical,
    /// Since then.
    Abused,
}

impl Timing {
    /// The stable name, as records carry it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Historical => "historical",
            Self::Abused => "abused",
        }
    }
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
pub(super) fn strength(conditions: &[Condition], fields: &[Evidence], level: Level) -> Strength {
    let has = |wanted: fn(&Condition) -> bool| conditions.iter().any(wanted);
    if has(|condition| {
        matches!(condition, Condition::Hash(HashOf::Certificate | HashOf::Tbs, _) | Condition::RsaModulus(_))
    }) {
        return Strength::Exact;
    }
    if fields.iter().any(|field| field.compare == Compare::Skeleton) {
        return Strength::Name;
    }
    let serial = conditions.iter().find_map(|condition| match condition {
        Condition::Serial(serial) => Some(serial.as_serial().is_weak()),
        Condition::Hash(HashOf::Serial, _) => Some(false),
        _ => None,
    });
    let is_as_written = level == Level::AsWritten;
    // A name that is only similar adds nothing to the serial, and cannot make up for a weak one.
    let says = |wanted: fn(&Condition) -> bool| {
        let told = conditions.iter().zip(fields).filter(|(_, field)| is_as_written || !field.compare.is_similar());
        told.map(|(condition, _)| condition).any(wanted)
    };
    let is_subject = |condition: &Condition| {
        matches!(condition, Condition::Subject(_) | Condition::ProgramName(_) | Condition::Hash(HashOf::Subject, _))
    };
    match serial {
        Some(_) if says(|condition| matches!(condition, Condition::Issuer(_))) => Strength::IssuerAndSerial,
        Some(_) if says(is_subject) => Strength::SerialAndName,
        Some(true) if !is_as_written => Strength::Name,
        Some(_) => Strength::Serial,
        None if is_as_written && has(is_identity) => Strength::Identity,
        None => Strength::Name,
    }
}

/// A durable identity that the issuer vouches for, or an authority by its hash.
fn is_identity(condition: &Condition) -> bool {
    match condition {
        Condition::ExtendedKeyUsage(test) => {
            test.usage.as_oid().as_bytes().starts_with(oid::DURABLE_IDENTITY.as_bytes()) && !test.and_below
        }
        Condition::Hash(HashOf::ChainTbs, _) => true,
        _ => false,
    }
}
