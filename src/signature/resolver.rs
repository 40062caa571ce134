//! [`Resolver`]: from a SignerInfo's claim to the certificates of its message, and from them to their issuers.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use foldhash::fast::RandomState;

use crate::bytes::to_u64;
use crate::cms::signer_info::{SignerId, SignerInfo, SignerKey};
use crate::error::{Error, ErrorKind, Limit, Structure};
use crate::few::FewMap;
use crate::limits::Budget;
use crate::x509::certificate::Certificate;
use crate::x509::name::Name;

/// A SignerInfo's claim about its signer, and the certificates that fit it.
#[derive(Debug, Clone)]
pub(crate) struct SignerIdentity<'a> {
    pub(crate) id: SignerId<'a>,
    /// Shared by all SignerInfos of a message that name the same signer.
    pub(crate) certificates: Arc<[Certificate<'a>]>,
    pub(crate) chain: Arc<[Certificate<'a>]>,
}

/// Places in a pool of certificates by some octets of theirs.
type Places<'a> = HashMap<Cow<'a, [u8]>, Vec<usize>, RandomState>;

/// Finds the certificates of one message that SignerInfos name. Each distinct signer is looked for once.
pub(super) struct Resolver<'p, 'a> {
    pool: &'p [Certificate<'a>],
    /// Places in the pool by the subject's value, and by the key ids of a certificate, stated or hashed. Each is made
    /// when it is first asked for, so that nothing is looked for by walking many certificates many times.
    by_subject: OnceCell<Places<'a>>,
    /// Of a small pool, [`Name::plain_key`] of each subject.
    subject_keys: OnceCell<Vec<Option<u64>>>,
    by_key_id: OnceCell<Places<'a>>,
    /// What was found, by where the certificates lie: many ways to name the same ones share one answer. The first, which as a rule is
    /// the only one, stands alone.
    first_chained: Option<SignerIdentity<'a>>,
    by_certificates: FewMap<Vec<u64>, SignerIdentity<'a>>,
    first_found: Option<(SignerKey<'a>, SignerIdentity<'a>)>,
    found: FewMap<SignerKey<'a>, SignerIdentity<'a>>,
    /// Certificates in all chains together.
    chained: usize,
}

/// Certificates in all chains of a message together, for each level of [`Limits::max_chain`](crate::Limits::max_chain): four times as
/// many as a message may hold. Many signers, each below the same many authorities, would cost the square of their number.
const CHAINED_A_LEVEL: usize = 128;

/// Certificates that are looked through faster than they are put in order; real messages have up to twelve.
const FEW: usize = 16;

impl<'p, 'a> Resolver<'p, 'a> {
    pub(super) fn new(pool: &'p [Certificate<'a>]) -> Self {
        Self {
            pool,
            by_subject: OnceCell::new(),
            subject_keys: OnceCell::new(),
            by_key_id: OnceCell::new(),
            first_chained: None,
            by_certificates: FewMap::default(),
            first_found: None,
            found: FewMap::default(),
            chained: 0,
        }
    }

    /// Finds the certificates that fit a SignerInfo: by issuer **and** serial, or by key id; never by half of it.
    pub(super) fn resolve(&mut self, info: &SignerInfo<'a>, budget: &mut Budget) -> SignerIdentity<'a> {
        let identity = self.find(info.signer_id, budget);
        if identity.certificates.is_empty() {
            budget.fault(Error::new(ErrorKind::SignerAbsent, Structure::SignerInfo, info.der.offset()));
        } else {
            note_doubts(info, &identity.certificates, budget);
        }
        identity
    }

    /// [`resolve`](Self::resolve) for a signer whose certificate may be elsewhere.
    pub(super) fn find(&mut self, id: SignerId<'a>, budget: &mut Budget) -> SignerIdentity<'a> {
        let key = id.key();
        let first = self.first_found.as_ref().filter(|(known, _)| *known == key).map(|(_, identity)| identity);
        if let Some(known) = first.or_else(|| self.found.get(&key)) {
            return known.clone();
        }
        let certificates = self.certificates_of(id, budget);
        let identity = self.with_chain(id, certificates, budget);
        if self.first_found.is_none() {
            self.first_found = Some((key, identity.clone()));
        } else {
            self.found.insert(key, identity.clone());
        }
        identity
    }

    /// A signer whose certificates are partly here and partly `beside`.
    pub(super) fn find_with(
        &mut self,
        id: SignerId<'a>,
        beside: &[Certificate<'a>],
        budget: &mut Budget,
    ) -> SignerIdentity<'a> {
        let certificates = self.certificates_of(id, budget).into_iter().chain(beside.iter().copied()).collect();
        self.with_chain(id, distinct(certificates), budget)
    }

    fn with_chain(
        &mut self,
        id: SignerId<'a>,
        certificates: Vec<Certificate<'a>>,
        budget: &mut Budget,
    ) -> SignerIdentity<'a> {
        fn offsets(certificates: &[Certificate<'_>]) -> impl Iterator<Item = u64> {
            certificates.iter().map(|certificate| certificate.offset())
        }
        if let Some(first) = &self.first_chained {
            if offsets(&first.certificates).eq(offsets(&certificates)) {
                return SignerIdentity { id, ..first.clone() };
            }
            if let Some(known) = self.by_certificates.get(&offsets(&certificates).collect()) {
                return SignerIdentity { id, ..known.clone() };
            }
        }
        let chain = self.chain_of(&certificates, budget);
        let identity = SignerIdentity { id, certificates: certificates.into(), chain: chain.into() };
        if self.first_chained.is_none() {
            self.first_chained = Some(identity.clone());
        } else {
            self.by_certificates.insert(offsets(&identity.certificates).collect(), identity.clone());
        }
        identity
    }

    fn certificates_of(&self, id: SignerId<'a>, budget: &mut Budget) -> Vec<Certificate<'a>> {
        let mut certificates = match id {
            // The serial first: it is the cheaper and the more selective half.
            SignerId::IssuerAndSerial { issuer, serial } => {
                let has_serial = self.pool.iter().copied().filter(|one| serial.is_same(one.serial()));
                distinct(has_serial.filter(|one| same_name(issuer, one.issuer(), budget)).collect())
            }
            SignerId::SubjectKeyId(key_id) => {
                let by_key_id = self.by_key_id.get_or_init(|| places(self.pool, Certificate::key_ids));
                self.at(by_key_id, &key_id.octets())
            }
        };
        // Octet for octet first, then by value.
        certificates.sort_by_key(|one| !id.names(*one));
        certificates
    }

    /// The certificates with this subject.
    fn with_subject(&self, subject: Name<'_>, budget: &mut Budget) -> Vec<Certificate<'a>> {
        if self.pool.len() <= FEW {
            let keys = || self.pool.iter().map(|one| one.subject().plain_key()).collect();
            let keys = self.subject_keys.get_or_init(keys);
            let key = subject.plain_key();
            let may_be_same = |other: &Option<u64>| key.is_none() || other.is_none() || *other == key;
            let similar = self.pool.iter().zip(keys).filter(|(_, key)| may_be_same(key)).map(|(one, _)| *one);
            return distinct(similar.filter(|one| same_name(subject, one.subject(), budget)).collect());
        }
        let subjects = |one: Certificate<'a>| {
            let key = one.subject().match_key();
            // A name that was cut away is nobody's.
            (!key.is_empty()).then_some(Cow::Owned(key)).into_iter()
        };
        let by_subject = self.by_subject.get_or_init(|| places(self.pool, subjects));
        self.at(by_subject, &subject.match_key())
    }

    /// The distinct certificates at the places of some octets.
    fn at(&self, places: &Places<'a>, octets: &[u8]) -> Vec<Certificate<'a>> {
        let places = places.get(octets).map(Vec::as_slice).unwrap_or_default();
        distinct(places.iter().filter_map(|place| self.pool.get(*place)).copied().collect())
    }

    /// The issuers of `leaves`, theirs, and so on, nearest first: every certificate that may be one, because anybody can put another
    /// beside the one that is.
    fn chain_of(&mut self, leaves: &[Certificate<'a>], budget: &mut Budget) -> Vec<Certificate<'a>> {
        let mut seen: FewMap<&[u8], ()> = FewMap::default();
        leaves.iter().for_each(|leaf| _ = seen.insert(leaf.der(), ()));
        // Many certificates of one issuer are looked up once.
        let is_large = self.pool.len() > FEW;
        let mut asked: HashSet<(&[u8], Option<&[u8]>), RandomState> = HashSet::default();
        let mut chain: Vec<Certificate<'a>> = Vec::new();
        let mut level = leaves.to_vec();
        let mut depth = 0_usize;
        while !level.is_empty() {
            let mut above = Vec::new();
            for child in level {
                if child.issuer() != child.subject()
                    && (!is_large || asked.insert((child.issuer().as_bytes(), child.authority_key_id())))
                {
                    let issuers = self.issuers_of(child, budget);
                    above.extend(issuers.into_iter().filter(|issuer| seen.insert(issuer.der(), ())));
                }
            }
            let levels = budget.limits().max_chain;
            let room = levels.saturating_mul(CHAINED_A_LEVEL).saturating_sub(self.chained);
            let room = if depth >= levels { 0 } else { room };
            if let Some(first) = above.get(room) {
                budget.fault_limit(Limit::Chain, Structure::CertificateSet, first.offset());
                above.truncate(room);
            }
            self.chained = self.chained.saturating_add(above.len());
            chain.extend(&above);
            level = above;
            depth = depth.saturating_add(1);
        }
        chain
    }

    /// The certificates that name `child`'s issuer as their subject: those whose key id is not another one than `child` asks for, or
    /// all of them where that leaves none.
    fn issuers_of(&self, child: Certificate<'a>, budget: &mut Budget) -> Vec<Certificate<'a>> {
        if same_name(child.issuer(), child.subject(), budget) {
            return Vec::new();
        }
        let named = self.with_subject(child.issuer(), budget);
        if named.len() < 2 {
            return named;
        }
        let Some(wanted) = child.authority_key_id() else { return named };
        let key_ids: Vec<Option<Cow<'_, [u8]>>> = named.iter().map(|one| one.subject_key_id()).collect();
        let is_other = |key_id: &Option<Cow<'_, [u8]>>| key_id.as_deref().is_some_and(|key_id| key_id != wanted);
        if key_ids.iter().all(is_other) {
            return named;
        }
        named.into_iter().zip(key_ids).filter(|(_, key_id)| !is_other(key_id)).map(|(one, _)| one).collect()
    }
}

fn places<'a, I: Iterator<Item = Cow<'a, [u8]>>>(
    pool: &[Certificate<'a>],
    octets: impl Fn(Certificate<'a>) -> I,
) -> Places<'a> {
    let mut places = Places::default();
    for (place, certificate) in pool.iter().enumerate() {
        for octets in octets(*certificate) {
            places.entry(octets).or_default().push(place);
        }
    }
    places
}

/// The certificates without those whose octets came before.
fn distinct(mut certificates: Vec<Certificate<'_>>) -> Vec<Certificate<'_>> {
    if certificates.len() > 1 {
        let mut seen: FewMap<&[u8], ()> = FewMap::default();
        certificates.retain(|certificate| seen.insert(certificate.der(), ()));
    }
    certificates
}

/// What there is to say when a SignerInfo does not name exactly one certificate of the message, octet for octet.
fn note_doubts(info: &SignerInfo<'_>, certificates: &[Certificate<'_>], budget: &mut Budget) {
    let kind = match (certificates, info.signer_id) {
        ([one], SignerId::IssuerAndSerial { issuer, .. }) if issuer != one.issuer() => ErrorKind::SignerByValue,
        ([one], SignerId::IssuerAndSerial { serial, .. }) if serial != one.serial() => ErrorKind::SignerByValue,
        ([one], SignerId::SubjectKeyId(_)) if !info.signer_id.names(*one) => ErrorKind::SignerByKeyHash,
        ([_], _) => return,
        (several, _) => ErrorKind::AmbiguousSigner { count: u32::try_from(several.len()).unwrap_or(u32::MAX) },
    };
    budget.fault(Error::new(kind, Structure::SignerInfo, info.der.offset()));
}

/// Whether two names are the same. Comparing by value what differs in its octets is paid for, so that many SignerInfos times many
/// certificates stays within the file's budget; equal octets cost nothing, so that nobody can use the budget up to hide a signer.
fn same_name(a: Name<'_>, b: Name<'_>, budget: &mut Budget) -> bool {
    if a == b {
        return !a.as_bytes().is_empty();
    }
    let octets = to_u64(a.as_bytes().len()).saturating_add(to_u64(b.as_bytes().len()));
    if !budget.spend_comparison(octets) {
        budget.fault_limit(Limit::Elements, Structure::Name, b.offset());
        return false;
    }
    a.matches(b)
}
