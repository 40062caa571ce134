//! Whether what begins at a place is a certificate: every value that RFC 5280, 4.1 has, in its place, of its type, and nothing beside.
//!
//! What reading a signature survives (a date that does not exist, extensions that are damaged, lengths that DER would write otherwise) is
//! taken here too; what is cut is not, because nothing else tells it from chance.

use crate::asn1::der::{Cursor, Element, open};
use crate::asn1::tag;
use crate::bytes::Span;
use crate::error::Structure;
use crate::limits::Budget;

/// Values that are read at any beginning. The most that a certificate of the corpus takes is 72.
const FREE_VALUES: u64 = 256;
/// Values that are passed over at any beginning, in search of the end of one of indefinite length: as many, because a search passes over
/// each value of a certificate once.
const FREE_SCANS: u64 = 256;

/// What is left for certificates that need more values than are free. Whoever puts many beginnings before one that needs more can hide that
/// one, but none that is like real ones.
#[derive(Debug, Clone)]
pub(super) struct Purse(u64);

impl Purse {
    /// As many values as the largest certificate by default can have, which takes two octets for each.
    const MOST: u64 = 32 << 10;

    pub(super) const fn new() -> Self {
        Self(Self::MOST)
    }

    /// Octets that were passed: a value each.
    pub(super) fn earn(&mut self, octets: usize) {
        self.0 = self.0.saturating_add(crate::bytes::to_u64(octets)).min(Self::MOST);
    }
}

/// How far a certificate reaches.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reach {
    /// Its length.
    pub(super) length: usize,
    /// Where its signature's last octets begin: among them another certificate is looked for, because one that is cut there ends in whatever
    /// lies behind it.
    pub(super) tail: usize,
}

/// Octets of a signature among which another certificate is looked for: those of RSA with 8,192 bits. As many octets at most are told twice.
const MOST_TAIL: usize = 1_024;

/// The certificate at the start of `bytes`.
pub(super) fn read_certificate(bytes: &[u8], purse: &mut Purse) -> Option<Reach> {
    let span = Span::new(bytes, 0);
    if !may_be_certificate(span) {
        return None;
    }
    let mut budget = Budget::with_purses(FREE_VALUES, FREE_SCANS);
    let reach = read_reach(span, &mut budget);
    if reach.is_some() || !budget.is_spent() || purse.0 <= FREE_VALUES {
        return reach;
    }
    let mut budget = Budget::with_purses(purse.0, purse.0);
    let reach = read_reach(span, &mut budget);
    purse.0 = budget.left();
    reach
}

/// Whether the first octets are those of a certificate: what nearly every beginning fails at.
fn may_be_certificate(span: Span<'_>) -> bool {
    let tbs = open(span).and_then(|(_, members)| open(members)).filter(|(kind, _)| *kind == tag::SEQUENCE);
    let first = tbs.and_then(|(_, members)| members.first()).map(u32::from);
    matches!(first, Some(tag::CONSTRUCTED_0 | tag::INTEGER))
}

/// `SEQUENCE { tbsCertificate, signatureAlgorithm, signatureValue }`.
fn read_reach(span: Span<'_>, budget: &mut Budget) -> Option<Reach> {
    let certificate = Cursor::new(span, Structure::Certificate).expect(tag::SEQUENCE, budget).ok()?;
    let mut parts = certificate.members(Structure::Certificate);
    let tbs = parts.expect(tag::SEQUENCE, budget).ok()?;
    let is_signed = is_algorithm(next(&mut parts, budget)?, budget);
    let signature = next(&mut parts, budget)?;
    (is_signed && is_bit_string(signature) && parts.is_at_end() && is_tbs(tbs, budget)).then(|| {
        let length = certificate.raw.len();
        Reach { length, tail: length.saturating_sub(signature.content.len().min(MOST_TAIL)) }
    })
}

/// The parts of a TBSCertificate in turn. Names, the only lists without a bound, come last: a beginning that fails elsewhere costs few values.
fn is_tbs(tbs: Element<'_>, budget: &mut Budget) -> bool {
    let mut parts = tbs.members(Structure::Certificate);
    read_tbs(&mut parts, budget)
        .is_some_and(|names| parts.is_at_end() && names.into_iter().all(|name| is_name(name, budget).is_some()))
}

/// Issuer and subject.
fn read_tbs<'a>(parts: &mut Cursor<'a>, budget: &mut Budget) -> Option<[Element<'a>; 2]> {
    if let Some(version) = parts.optional(tag::CONSTRUCTED_0, budget).ok()? {
        let mut version = version.members(Structure::Certificate);
        version.expect(tag::INTEGER, budget).ok()?.small_number()?;
        version.is_at_end().then_some(())?;
    }
    let serial = parts.expect(tag::INTEGER, budget).ok()?;
    (!serial.content.is_empty()).then_some(())?;
    is_algorithm(next(parts, budget)?, budget).then_some(())?;
    let issuer = parts.expect(tag::SEQUENCE, budget).ok()?;
    is_validity(next(parts, budget)?, budget).then_some(())?;
    let subject = parts.expect(tag::SEQUENCE, budget).ok()?;
    is_key(next(parts, budget)?, budget).then_some(())?;
    // issuerUniqueID and subjectUniqueID.
    for (primitive, constructed) in [(tag::CONTEXT_1, tag::CONSTRUCTED_1), (tag::CONTEXT_2, tag::CONSTRUCTED_2)] {
        if parts.optional(primitive, budget).ok()?.is_none() {
            parts.optional(constructed, budget).ok()?;
        }
    }
    parts.optional(tag::CONSTRUCTED_3, budget).ok()?;
    Some([issuer, subject])
}

fn next<'a>(parts: &mut Cursor<'a>, budget: &mut Budget) -> Option<Element<'a>> {
    parts.next(budget).ok().flatten()
}

/// `SEQUENCE { OBJECT IDENTIFIER, anything }`.
fn is_algorithm(algorithm: Element<'_>, budget: &mut Budget) -> bool {
    let first = algorithm.members(Structure::Certificate).expect(tag::OID, budget);
    algorithm.tag == tag::SEQUENCE && first.is_ok_and(is_identifier)
}

/// An identifier has octets, and the last one ends its last arc (X.690, 8.19.2).
fn is_identifier(identifier: Element<'_>) -> bool {
    identifier.content.as_bytes().last().is_some_and(|octet| octet & 0x80 == 0)
}

/// The first octet says how many bits of the last one are not used (X.690, 8.6.2.2).
fn is_bit_string(string: Element<'_>) -> bool {
    const MOST_UNUSED: u8 = 7;
    string.tag == tag::BIT_STRING && string.content.first().is_some_and(|unused| unused <= MOST_UNUSED)
}

/// `SEQUENCE { Time, Time }`. Whether they are dates is for who reads the certificate.
fn is_validity(validity: Element<'_>, budget: &mut Budget) -> bool {
    let mut times = validity.members(Structure::Validity);
    let mut is_time =
        || next(&mut times, budget).is_some_and(|time| matches!(time.tag, tag::UTC_TIME | tag::GENERALIZED_TIME));
    let both = is_time() && is_time();
    validity.tag == tag::SEQUENCE && both && times.is_at_end()
}

/// `SEQUENCE { AlgorithmIdentifier, BIT STRING }`.
fn is_key(key: Element<'_>, budget: &mut Budget) -> bool {
    let mut parts = key.members(Structure::SubjectPublicKeyInfo);
    key.tag == tag::SEQUENCE
        && next(&mut parts, budget).is_some_and(|algorithm| is_algorithm(algorithm, budget))
        && next(&mut parts, budget).is_some_and(is_bit_string)
        && parts.is_at_end()
}

/// `SEQUENCE OF SET OF SEQUENCE { OBJECT IDENTIFIER, value }`.
fn is_name(name: Element<'_>, budget: &mut Budget) -> Option<()> {
    let mut sets = name.members(Structure::Name);
    while let Some(set) = sets.next(budget).ok()? {
        let mut attributes = set.expect(tag::SET, Structure::Name).ok()?.members(Structure::Name);
        while let Some(attribute) = attributes.next(budget).ok()? {
            let mut parts = attribute.expect(tag::SEQUENCE, Structure::Name).ok()?.members(Structure::Name);
            is_identifier(parts.expect(tag::OID, budget).ok()?).then_some(())?;
            next(&mut parts, budget)?;
            parts.is_at_end().then_some(())?;
        }
    }
    Some(())
}
