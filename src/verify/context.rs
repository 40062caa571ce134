//! [`Context`]: what the signers of a file are checked with.

use super::issuers::Issuers;
use super::key::Verdict;
use super::path::{CertificatePath, Origin};
use super::search::{self, Question};
use super::signed::SignedCheck;
use super::standing::Purpose;
use super::trust::Trust;
use super::validity::ValidAt;
use super::weakness::{self, Weakness, WeaknessKind};
use super::work::Work;
use crate::asn1::time::Time;
use crate::digest::HashAlgorithm;
use crate::limits::Limits;
use crate::x509::certificate::Certificate;

/// What the caller gave.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) now: Time,
    pub(super) limits: Limits,
    pub(super) trust: &'a Trust,
}

impl<'a> Context<'a> {
    /// The path of the certificate whose key made a signature. Anybody can make another certificate with the same key, so of several the
    /// one counts whose path holds best. Where no key made it, the path is that of the first candidate.
    pub(super) fn best_path(
        &self,
        made_by: &[Certificate<'a>],
        candidates: &[Certificate<'a>],
        (at, purpose): (Time, Purpose),
        issuers: &mut Issuers<'a>,
        work: &mut Work,
    ) -> Option<(Certificate<'a>, CertificatePath<'a>)> {
        let question = Question { at, purpose, max_depth: self.limits.max_chain };
        let leaves = if made_by.is_empty() { candidates.get(..1).unwrap_or_default() } else { made_by };
        let mut best: Option<(Rank, Certificate<'a>, CertificatePath<'a>)> = None;
        for leaf in leaves {
            let path = search::find(*leaf, question, issuers, work);
            let rank = Rank::of(&path);
            if best.as_ref().is_none_or(|(known, ..)| rank > *known) {
                best = Some((rank, *leaf, path));
            }
            if rank == Rank::Holds || !work.spend_looking(LOOKS_A_PATH) {
                break;
            }
        }
        best.map(|(_, leaf, path)| (leaf, path))
    }
}

/// What is weak about a signature, its certificate, and the path above. `further` are the hashes of what is signed, beside the one that the
/// signature is over.
pub(super) fn weaknesses<'a>(
    check: &SignedCheck<'a>,
    further: &[HashAlgorithm],
    path: &CertificatePath<'a>,
    issuers: &mut Issuers<'a>,
    work: &mut Work,
) -> Vec<Weakness<'a>> {
    let hashes = weakness::of_hashes(check.hash.iter().chain(further));
    let raw = (check.verdict == Verdict::MadeOverRawDigest).then_some(WeaknessKind::RawDigest);
    let own = hashes.into_iter().chain(raw);
    let mut found: Vec<Weakness<'a>> = own.map(|kind| Weakness { kind, certificate: None }).collect();
    if !work.spend_keeping(path.links.len()) {
        return found;
    }
    let standings: Vec<_> = path.links.iter().map(|link| issuers.standing(link.certificate, work)).collect();
    let told = || path.links.iter().zip(standings.iter().flatten());
    let of =
        |kind: Option<WeaknessKind>, certificate| kind.map(|kind| Weakness { kind, certificate: Some(certificate) });
    found.extend(told().filter_map(|(link, standing)| of(standing.key_weakness, link.certificate)));
    // Nobody relies on how an anchor is signed.
    let below = told().filter(|(link, _)| link.origin != Origin::Anchor);
    found.extend(below.filter_map(|(link, standing)| of(standing.signature_weakness, link.certificate)));
    found
}

/// Looking for a path costs as much as looking at so many certificates, where all that it asks is known.
const LOOKS_A_PATH: usize = 256;

/// How well a path holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Nothing,
    /// The first certificate has its issuer in the file, which made it.
    Issued,
    Anchored,
    /// Anchored, and every certificate of it is valid.
    Holds,
}

impl Rank {
    fn of(path: &CertificatePath<'_>) -> Self {
        let is_issued = path.links.first().is_some_and(|link| link.signature_valid == Some(true));
        match path.anchor {
            Some(_) if path.validity() == ValidAt::Valid => Self::Holds,
            Some(_) => Self::Anchored,
            None if is_issued => Self::Issued,
            None => Self::Nothing,
        }
    }
}
