//! [`Issuers`]: which certificates made another one.

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

use foldhash::fast::RandomState;

use super::key::{self, Message, SignatureClaim, Verdict};
use super::path::Origin;
use super::standing::Standing;
use super::trust::Trust;
use super::work::Work;
use crate::error::Structure;
use crate::x509::certificate::Certificate;
use crate::x509::signed_object::SignedObject;

/// Finds issuers among the certificates of a file and those that the caller gave. Each pair of certificate and key is tried once.
#[derive(Debug)]
pub(super) struct Issuers<'a> {
    trust: &'a Trust,
    /// The distinct certificates of the file.
    pool: Vec<Certificate<'a>>,
    /// Places in the pool by all octets.
    by_octets: HashMap<&'a [u8], usize, RandomState>,
    /// Places in the pool by subject.
    by_subject: HashMap<Vec<u8>, Vec<usize>, RandomState>,
    /// What was found, by where the certificate lies in memory.
    found: HashMap<usize, Rc<Found<'a>>, RandomState>,
    /// What certificates say of themselves, by where they lie in memory.
    standings: HashMap<usize, Rc<Standing<'a>>, RandomState>,
    /// The hashes of the keys in the pool by which they may be named, by place; made when they are first asked for.
    key_hashes: Vec<Option<Vec<Cow<'a, [u8]>>>>,
}

/// A certificate that another one's issuer may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Issuer<'a> {
    pub(super) certificate: Certificate<'a>,
    pub(super) origin: Origin,
}

/// The issuers of one certificate.
#[derive(Debug, Clone, Default)]
pub(super) struct Found<'a> {
    /// Those whose key made it; anchors first, then those that the caller gave.
    pub(super) issuers: Vec<Issuer<'a>>,
    /// What is to be said where there is none.
    pub(super) absence: Absence,
}

/// Why no issuer was found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Absence {
    /// No certificate has its name.
    #[default]
    Unnamed,
    /// Some have, and the key of none made the signature.
    NotMade,
    Unknown,
    Unpaid,
}

impl<'a> Issuer<'a> {
    /// Tells known certificates apart.
    pub(super) fn place(&self) -> usize {
        place(self.certificate)
    }
}

/// Where a certificate lies in memory.
fn place(certificate: Certificate<'_>) -> usize {
    certificate.der().as_ptr().addr()
}

impl<'a> Issuers<'a> {
    pub(super) fn new(trust: &'a Trust, pool: impl Iterator<Item = Certificate<'a>>) -> Self {
        let mut distinct: Vec<Certificate<'a>> = Vec::new();
        let mut by_octets: HashMap<&'a [u8], usize, RandomState> = HashMap::default();
        for certificate in pool {
            by_octets.entry(certificate.der()).or_insert_with(|| {
                distinct.push(certificate);
                distinct.len().saturating_sub(1)
            });
        }
        let pool = distinct;
        let mut by_subject: HashMap<Vec<u8>, Vec<usize>, RandomState> = HashMap::default();
        for (place, certificate) in pool.iter().enumerate() {
            let key = certificate.subject().match_key();
            if !key.is_empty() {
                by_subject.entry(key).or_default().push(place);
            }
        }
        let key_hashes = vec![None; pool.len()];
        Self {
            trust,
            pool,
            by_octets,
            by_subject,
            found: HashMap::default(),
            standings: HashMap::default(),
            key_hashes,
        }
    }

    pub(super) const fn trust(&self) -> &'a Trust {
        self.trust
    }

    /// The one of all copies of a certificate by which it is known here.
    pub(super) fn known(&self, certificate: Certificate<'a>) -> Certificate<'a> {
        let place = self.by_octets.get(certificate.der());
        place.and_then(|place| self.pool.get(*place)).copied().unwrap_or(certificate)
    }

    /// What a certificate says of itself; `None` where there is no work left to read it.
    pub(super) fn standing(&mut self, certificate: Certificate<'a>, work: &mut Work) -> Option<Rc<Standing<'a>>> {
        let place = place(certificate);
        if let Some(known) = self.standings.get(&place) {
            return Some(Rc::clone(known));
        }
        if !work.spend_reading(certificate.der().len()) {
            return None;
        }
        let standing = Rc::new(Standing::of(certificate, work));
        self.standings.insert(place, Rc::clone(&standing));
        Some(standing)
    }

    /// The issuers of a certificate.
    pub(super) fn of(&mut self, child: Certificate<'a>, work: &mut Work) -> Rc<Found<'a>> {
        let place = place(child);
        if let Some(known) = self.found.get(&place) {
            return Rc::clone(known);
        }
        let found = Rc::new(self.find(child, work));
        // What there was no work for may be found out another time.
        if found.absence != Absence::Unpaid {
            self.found.insert(place, Rc::clone(&found));
        }
        found
    }

    fn find(&mut self, child: Certificate<'a>, work: &mut Work) -> Found<'a> {
        let subject = child.issuer().match_key();
        let in_file = self.by_subject.get(&subject).cloned().unwrap_or_default();
        let unpaid = || Found { absence: Absence::Unpaid, ..Found::default() };
        if !work.spend_looking(in_file.len()) || !work.spend_hashing(child.tbs().len()) {
            return unpaid();
        }
        let Some(named) = self.named(child, &in_file, work) else { return unpaid() };
        if named.is_empty() {
            return Found::default();
        }
        let Some(object) = SignedObject::read(child.span(), Structure::Certificate) else {
            return Found { absence: Absence::NotMade, ..Found::default() };
        };
        let claim =
            SignatureClaim { algorithm: object.algorithm, hash: None, may_be_raw: false, octets: object.signature };
        // The issuer signed one of the two identifiers; they are the same (RFC 5280, 4.1.1.2).
        let is_consistent = object.algorithm.kind == child.signature_algorithm();
        let mut message = Message::new(child.tbs());
        let mut issuers = Vec::new();
        let mut verdict = Verdict::Unknown;
        let mut known: HashMap<&[u8], Verdict, RandomState> = HashMap::default();
        for issuer in named {
            let spki = issuer.certificate.spki();
            let answer = match known.get(spki) {
                Some(known) => *known,
                None if verdict.is_made() && !key::is_of_many_keys(claim) => continue,
                None if !is_consistent => Verdict::NotMade,
                None if !work.spend_reading(spki.len()) => Verdict::Unpaid,
                None => key::judge(issuer.certificate, claim, &mut message, work),
            };
            known.insert(spki, answer);
            verdict = verdict.or(answer);
            if answer.is_made() {
                issuers.push(issuer);
            } else if answer == Verdict::Unpaid {
                break;
            }
        }
        let absence = match verdict {
            Verdict::Unpaid => Absence::Unpaid,
            Verdict::Unknown => Absence::Unknown,
            _ => Absence::NotMade,
        };
        Found { issuers, absence }
    }

    /// The certificates with this subject, those that are most likely to have the key first: what the caller gave, then those whose key
    /// has the id that the child names, for which nobody can make another key. So look-alikes cost nothing where there is a right one.
    /// `None` where there is no work left to hash the keys.
    fn named(&mut self, child: Certificate<'a>, in_file: &[usize], work: &mut Work) -> Option<Vec<Issuer<'a>>> {
        let of = |origin| move |certificate| Issuer { certificate, origin };
        let mut named: Vec<Issuer<'a>> = self.trust.anchors_named(child.issuer()).map(of(Origin::Anchor)).collect();
        named.extend(self.trust.given_named(child.issuer()).map(of(Origin::Given)));
        let mut pooled: Vec<(usize, Certificate<'a>)> =
            in_file.iter().filter_map(|place| Some((*place, *self.pool.get(*place)?))).collect();
        if let Some(key_id) = child.authority_key_id().filter(|_| pooled.len() > 1) {
            for (place, certificate) in &pooled {
                self.hash_key(*place, *certificate, work)?;
            }
            pooled.sort_by_cached_key(|(place, certificate)| {
                let is_wanted = |id: &Cow<'_, [u8]>| **id == *key_id;
                let hashes = self.key_hashes.get(*place).and_then(Option::as_ref);
                let has_key = hashes.is_some_and(|hashes| hashes.iter().any(is_wanted));
                let has_id = certificate.subject_key_id().is_some_and(|id| is_wanted(&id));
                (!has_key, !has_id)
            });
        }
        named.extend(pooled.into_iter().map(|(_, certificate)| certificate).map(of(Origin::File)));
        Some(named)
    }

    /// Hashes a key of the pool, once.
    fn hash_key(&mut self, place: usize, certificate: Certificate<'a>, work: &mut Work) -> Option<()> {
        let hashes = self.key_hashes.get_mut(place)?;
        if hashes.is_none() {
            if !work.spend_hashing(certificate.spki().len()) {
                return None;
            }
            *hashes = Some(certificate.key_hashes().collect());
        }
        Some(())
    }
}
