//! [`Alternative`]: the conditions of one alternative by kind, for formats that have a place for each.

use crate::asn1::oid::OidBuf;
use crate::indicators::filing::is_weak;
use crate::indicators::hash_value::{HashOf, HashValue};
use crate::indicators::indicator::{Condition, NameTest, TimeTest, UsageTest};
use crate::x509::serial::SerialBuf;

/// What the conditions of one alternative ask, by kind.
#[derive(Debug, Default)]
pub(super) struct Alternative<'a> {
    pub(super) serials: Vec<&'a SerialBuf>,
    pub(super) hashes: Vec<(HashOf, &'a HashValue)>,
    pub(super) subjects: Vec<&'a NameTest>,
    pub(super) issuers: Vec<&'a NameTest>,
    pub(super) programs: Vec<&'a NameTest>,
    pub(super) usages: Vec<&'a UsageTest>,
    pub(super) algorithms: Vec<&'a OidBuf>,
    pub(super) not_before: Vec<&'a TimeTest>,
    pub(super) not_after: Vec<&'a TimeTest>,
    pub(super) moduli: Vec<&'a [u8]>,
    /// Nothing but a serial that thousands have: here it never matches.
    pub(super) is_weak: bool,
}

/// Why a weak alternative is in no foreign format.
pub(super) const WEAK: &str =
    "a serial that short or regular never matches alone, as thousands of certificates have it";

/// What a rule or pattern loses that has a weak alternative all the same, because our own reader takes it back.
pub(super) const WEAK_FIRES: &str =
    "a serial that short or regular never matches alone here, and does there: thousands of certificates have it";

/// What is lost where a format does not tell certificates apart by the part they play.
pub(super) const ANY_ROLE: &str = "the part that the certificate plays (signer, chain, timestamp) is not told";

/// Why an alternative that other tools could only say by a part of a name as short as `IBM` is in no foreign format.
pub(super) const SHORT: &str = "nothing would be left of it but a part of a name so short that many names have it";

/// Why an alternative of names alone is in no format that blocks.
pub(super) const NAMES_ALONE: &str = "names alone are not blocked, as two companies may share one";

/// Why an alternative that asks for two serials, or two hashes of one kind, is in no foreign format.
pub(super) const TWOFOLD: &str = "it asks for two values of what a certificate has one of";

impl<'a> Alternative<'a> {
    pub(super) fn of(conditions: &'a [Condition]) -> Self {
        let mut found = Self { is_weak: is_weak(conditions), ..Self::default() };
        for condition in conditions {
            match condition {
                Condition::Serial(serial) => found.serials.push(serial),
                Condition::Subject(test) => found.subjects.push(test),
                Condition::Issuer(test) => found.issuers.push(test),
                Condition::Hash(of, value) => found.hashes.push((*of, value)),
                Condition::ExtendedKeyUsage(test) => found.usages.push(test),
                Condition::ProgramName(test) => found.programs.push(test),
                Condition::SignatureAlgorithm(oid) => found.algorithms.push(oid),
                Condition::NotBefore(test) => found.not_before.push(test),
                Condition::NotAfter(test) => found.not_after.push(test),
                Condition::RsaModulus(modulus) => found.moduli.push(modulus),
            }
        }
        found
    }

    /// The hash of this by this algorithm.
    pub(super) fn hash(&self, of: HashOf, algorithm: &str) -> Option<&'a HashValue> {
        self.hashes.iter().find(|(this, value)| *this == of && value.algorithm() == algorithm).map(|(_, value)| *value)
    }

    /// Whether it asks for two values of something that a certificate has one of, which other tools could not be told.
    pub(super) fn is_twofold(&self) -> bool {
        let mut kinds: Vec<_> = self.hashes.iter().map(|(of, value)| (*of, value.algorithm())).collect();
        kinds.sort_unstable();
        kinds.dedup();
        self.serials.len() > 1 || self.moduli.len() > 1 || kinds.len() < self.hashes.len()
    }

    /// Whether it asks for nothing that only one certificate has.
    pub(super) fn is_names_alone(&self) -> bool {
        self.serials.is_empty() && self.hashes.is_empty() && self.moduli.is_empty()
    }

    pub(super) fn has_times(&self) -> bool {
        !self.not_before.is_empty() || !self.not_after.is_empty()
    }
}

/// The digits of a serial without leading zeros, `0` for zero, in lower case.
pub(super) fn digits(serial: &SerialBuf) -> String {
    let canonical = serial.to_string();
    match canonical.trim_start_matches('0') {
        "" => "0".to_owned(),
        digits => digits.to_owned(),
    }
}

/// The octets of a serial as a certificate with this positive number has them: without leading zeros but the one that keeps the sign.
pub(super) fn positive(serial: &SerialBuf) -> Vec<u8> {
    let canonical = serial.as_serial().canonical();
    let sign = canonical.first().is_some_and(|first| first & 0x80 != 0);
    sign.then_some(0).into_iter().chain(canonical.iter().copied()).collect()
}

/// The test that says the most, of those that a predicate takes: the longest.
pub(super) fn longest<'a>(tests: &[&'a NameTest], takes: impl Fn(&NameTest) -> bool) -> Option<&'a NameTest> {
    tests.iter().copied().filter(|test| takes(test)).max_by_key(|test| test.value.len())
}
