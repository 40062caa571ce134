//! [`Resolver`]: from a SignerInfo's claim to the certificates of its message, and from them to their issuers.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use foldhash::fast::RandomState;

use crate::bytes::to_u64;
use crate::cms::signer_info::{SignerId, SignerInfo, SignerKey};
use crate::error::{Error, ErrorKind, Limit, Structure};
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

/// Finds the certificates of one message that SignerInfos name. Each distinct signer is looked for once.
pub(super) struct Resolver<'p, 'a> {
    pool: &'p [Certificate<'a>],
    found: HashMap<SignerKey<'a>, SignerIdentity<'a>, RandomState>,
}

impl<'p, 'a> Resolver<'p, 'a> {
    pub(super) fn new(pool: &'p [Certificate<'a>]) -> Self {
        Self { pool, found: HashMap::default() }
    }

    pub(super) fn resolve_all(&mut self, infos: &[SignerInfo<'a>], budget: &mut Budget) -> Vec<SignerIdentity<'a>> {
        infos.iter().map(|info| self.resolve(info, budget)).collect()
    }

    /// Finds the certificates that fit a SignerInfo: by issuer **and** serial, or by key id; never by half of it.
    pub(super) fn resolve(&mut self, info: &SignerInfo<'a>, budget: &mut Budget) -> SignerIdentity<'a> {
        let id = info.signer_id;
        let key = id.key();
        if let Some(known) = self.found.get(&key) {
            return known.clone();
        }
        let mut certificates = distinct(self.pool.iter().copied().filter(|one| fits(id, *one, budget)).collect());
        // Octet for octet first, then by value.
        certificates.sort_by_key(|one| !id.names(*one));
        note_doubts(info, &certificates, budget);
        let mut chain = Vec::new();
        for certificate in &certificates {
            extend_chain(&mut chain, *certificate, self.pool, budget);
        }
        let identity = SignerIdentity { id, certificates: certificates.into(), chain: chain.into() };
        self.found.insert(key, identity.clone());
        identity
    }
}

/// The certificates without those whose octets came before.
fn distinct(mut certificates: Vec<Certificate<'_>>) -> Vec<Certificate<'_>> {
    if certificates.len() > 1 {
        let mut seen: HashSet<&[u8], RandomState> = HashSet::default();
        certificates.retain(|certificate| seen.insert(certificate.der()));
    }
    certificates
}

/// What there is to say when a SignerInfo does not name exactly one certificate of the message, octet for octet.
fn note_doubts(info: &SignerInfo<'_>, certificates: &[Certificate<'_>], budget: &mut Budget) {
    let kind = match (certificates, info.signer_id) {
        ([], _) => ErrorKind::SignerAbsent,
        ([one], SignerId::IssuerAndSerial { issuer, .. }) if issuer != one.issuer() => ErrorKind::SignerByValue,
        ([_], _) => return,
        (several, _) => ErrorKind::AmbiguousSigner { count: u32::try_from(several.len()).unwrap_or(u32::MAX) },
    };
    budget.fault(Error::new(kind, Structure::SignerInfo, info.der.offset()));
}

fn fits(id: SignerId<'_>, certificate: Certificate<'_>, budget: &mut Budget) -> bool {
    match id {
        // The serial first: it is the cheaper and the more selective half.
        SignerId::IssuerAndSerial { issuer, serial } => {
            serial == certificate.serial() && same_name(issuer, certificate.issuer(), budget)
        }
        SignerId::SubjectKeyId(key_id) => key_id_of(certificate, budget) == Some(key_id),
    }
}

/// Whether two names are the same. Comparing by value what differs in its octets is paid for, so that many SignerInfos times many
/// certificates stays within the file's budget; equal octets cost nothing, so that nobody can use the budget up to hide a signer.
fn same_name(a: Name<'_>, b: Name<'_>, budget: &mut Budget) -> bool {
    if a == b {
        return a.matches(b);
    }
    let octets = to_u64(a.as_bytes().len()).saturating_add(to_u64(b.as_bytes().len()));
    if !budget.spend_comparison(octets) {
        budget.fault_limit(Limit::Elements, Structure::Name, b.offset());
        return false;
    }
    a.matches(b)
}

/// The subject key identifier, paid for, because all extensions before it are walked.
fn key_id_of<'a>(certificate: Certificate<'a>, budget: &mut Budget) -> Option<&'a [u8]> {
    if !budget.spend_comparison(to_u64(certificate.der().len())) {
        budget.fault_limit(Limit::Elements, Structure::Extension, certificate.offset());
        return None;
    }
    certificate.subject_key_id()
}

/// Adds the issuers of `leaf`, nearest first, until none is found, one is its own issuer, or one is there already.
fn extend_chain<'a>(
    chain: &mut Vec<Certificate<'a>>,
    leaf: Certificate<'a>,
    pool: &[Certificate<'a>],
    budget: &mut Budget,
) {
    let mut current = leaf;
    while let Some(issuer) = issuer_of(current, pool, budget) {
        if issuer == leaf || chain.contains(&issuer) {
            return;
        }
        if chain.len() >= budget.limits().max_chain {
            budget.fault_limit(Limit::Chain, Structure::CertificateSet, issuer.offset());
            return;
        }
        chain.push(issuer);
        current = issuer;
    }
}

/// The certificate that names `child`'s issuer as its subject; where several do, the one with the key id that `child` asks for.
fn issuer_of<'a>(child: Certificate<'a>, pool: &[Certificate<'a>], budget: &mut Budget) -> Option<Certificate<'a>> {
    if same_name(child.issuer(), child.subject(), budget) {
        return None;
    }
    let wanted = child.authority_key_id();
    let mut first = None;
    for candidate in pool {
        if same_name(child.issuer(), candidate.subject(), budget) {
            if wanted.is_some() && key_id_of(*candidate, budget) == wanted {
                return Some(*candidate);
            }
            first = first.or(Some(*candidate));
        }
    }
    first
}
