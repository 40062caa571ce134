//! The search for a path from a certificate to a trust anchor (RFC 5280, 6).

use std::collections::HashSet;

use foldhash::fast::RandomState;

use super::issuers::{Absence, Issuer, Issuers};
use super::path::{BreakReason, CertificatePath, Origin, PathBreak, PathLink};
use super::standing::{Purpose, Standing};
use super::validity::ValidAt;
use super::work::Work;
use crate::asn1::time::Time;
use crate::bytes::to_u64;
use crate::x509::certificate::Certificate;

/// How much a path must hold to be followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Demand {
    /// Everything, validity in time included.
    All,
    /// Everything but validity in time.
    Links,
    /// Names and signatures alone: such a path tells where it breaks.
    Signatures,
}

/// A certificate that was reached.
#[derive(Debug, Clone, Copy)]
struct Step<'a> {
    issuer: Issuer<'a>,
    /// The step before, an index; `None` for the first.
    below: Option<usize>,
    /// Certificates below it that count for path lengths: those that are not self-issued, the first not among them.
    below_count: usize,
    depth: usize,
}

/// Finds the path from `leaf` to an anchor, checked at a time and for a purpose. Breadth first and each certificate once, so that loops and
/// forests of cross-certificates cost no more than each pair of an authority and what it issued; that is paid for.
pub(super) fn find<'a>(
    leaf: Certificate<'a>,
    question: Question,
    issuers: &mut Issuers<'a>,
    work: &mut Work,
) -> CertificatePath<'a> {
    let leaf = issuers.known(leaf);
    let mut best = None;
    for demand in [Demand::All, Demand::Links, Demand::Signatures] {
        let mut search = Search { question, demand, steps: Vec::new(), seen: HashSet::default() };
        let end = search.run(leaf, issuers, work);
        let path = search.path(end, issuers, work);
        if end.reason.is_none() {
            return path;
        }
        best = Some(path);
    }
    best.unwrap_or_default()
}

/// What a path is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question {
    pub(super) at: Time,
    pub(super) purpose: Purpose,
    /// Certificates above the first, at most.
    pub(super) max_depth: usize,
}

struct Search<'a> {
    question: Question,
    demand: Demand,
    steps: Vec<Step<'a>>,
    /// Where the certificates lie that were reached.
    seen: HashSet<usize, RandomState>,
}

/// Where a search ended: at an anchor where there is no reason against it.
#[derive(Debug, Clone, Copy)]
struct End {
    step: usize,
    reason: Option<BreakReason>,
}

impl<'a> Search<'a> {
    fn run(&mut self, leaf: Certificate<'a>, issuers: &mut Issuers<'a>, work: &mut Work) -> End {
        let origin = if issuers.trust().is_anchor(leaf) { Origin::Anchor } else { Origin::File };
        let issuer = Issuer { certificate: leaf, origin };
        self.seen.insert(issuer.place());
        self.steps.push(Step { issuer, below: None, below_count: 0, depth: 0 });
        let mut farthest = End { step: 0, reason: Some(BreakReason::NoIssuer) };
        let mut at = 0_usize;
        while let Some(step) = self.steps.get(at).copied() {
            if step.issuer.origin == Origin::Anchor {
                return End { step: at, reason: None };
            }
            let reason = self.climb(at, step, issuers, work);
            // The first of those that go farthest.
            let farthest_depth = self.steps.get(farthest.step).map_or(0, |step| step.depth);
            if at == 0 || step.depth > farthest_depth {
                farthest = End { step: at, reason: Some(reason) };
            }
            at = at.saturating_add(1);
        }
        farthest
    }

    /// Adds the issuers of a step that the demand lets in; answers what is to be said where that is the end.
    fn climb(&mut self, at: usize, step: Step<'a>, issuers: &mut Issuers<'a>, work: &mut Work) -> BreakReason {
        let child = step.issuer.certificate;
        let depth = step.depth.saturating_add(1);
        let Some(standing) = issuers.standing(child, work).filter(|_| depth <= self.question.max_depth) else {
            return BreakReason::Limit;
        };
        if self.demand != Demand::Signatures && at == 0 && standing.has_unknown_critical_extension {
            return BreakReason::CriticalExtension;
        }
        let found = issuers.of(child, work);
        if !work.spend_looking(found.issuers.len()) {
            return BreakReason::Limit;
        }
        if at > 0 && standing.is_old_root() {
            // Self-issued is not self-signed: whoever has issued it does not make it an authority.
            return BreakReason::NotAnAnchor;
        }
        let counts = at > 0 && !standing.is_self_issued;
        let below_count = step.below_count.saturating_add(usize::from(counts));
        let mut refusal = None;
        for issuer in &found.issuers {
            let above = Step { issuer: *issuer, below: Some(at), below_count, depth };
            let Some(standing) = issuers.standing(issuer.certificate, work) else { return BreakReason::Limit };
            if let Some(reason) = self.refusal(above, &standing) {
                refusal = refusal.or(Some(reason));
            } else if self.seen.insert(issuer.place()) {
                self.steps.push(above);
            }
        }
        if let Some(reason) = refusal {
            return reason;
        }
        let is_own = found.issuers.iter().any(|issuer| issuer.place() == step.issuer.place());
        match found.absence {
            // How a root signs itself says nothing, and the oldest do it with MD2.
            Absence::Unknown if standing.is_self_issued => BreakReason::NotAnAnchor,
            _ if is_own => BreakReason::NotAnAnchor,
            // Every issuer is on a path already: a circle without an anchor.
            _ if !found.issuers.is_empty() => BreakReason::NoIssuer,
            Absence::Unnamed => BreakReason::NoIssuer,
            Absence::NotMade => BreakReason::IssuerSignature,
            Absence::Unknown => BreakReason::UnknownAlgorithm,
            Absence::Unpaid => BreakReason::Limit,
        }
    }

    /// Why the demand does not let a certificate be an issuer.
    fn refusal(&self, step: Step<'a>, standing: &Standing<'_>) -> Option<BreakReason> {
        match self.demand {
            Demand::Signatures => None,
            Demand::Links => self.unfit(step, standing),
            Demand::All => {
                let is_late =
                    step.issuer.origin != Origin::Anchor && standing.valid_at(self.question.at) != ValidAt::Valid;
                // Any reason: the next search tells the right one.
                self.unfit(step, standing).or(is_late.then_some(BreakReason::NoIssuer))
            }
        }
    }

    /// The path to where the search ended.
    fn path(&self, end: End, issuers: &mut Issuers<'a>, work: &mut Work) -> CertificatePath<'a> {
        let mut steps = Vec::new();
        let mut next = Some(end.step);
        while let Some(step) = next.and_then(|at| self.steps.get(at)) {
            steps.push(*step);
            next = step.below;
        }
        steps.reverse();
        let mut path = CertificatePath::default();
        let mut refused = None;
        let is_paid = work.spend_keeping(steps.len());
        for (index, step) in steps.iter().enumerate() {
            let standing = issuers.standing(step.issuer.certificate, work).filter(|_| is_paid);
            let Some(standing) = standing else {
                path.broken = Some(PathBreak { at: index.saturating_sub(1), reason: BreakReason::Limit });
                return path;
            };
            let above = index.checked_add(1).and_then(|above| steps.get(above)).map(|above| above.issuer.certificate);
            path.links.push(self.link(*step, &standing, above, end.reason, issuers, work));
            let reason = match index {
                0 => standing.has_unknown_critical_extension.then_some(BreakReason::CriticalExtension),
                _ => self.unfit(*step, &standing),
            };
            refused = refused.or(reason.map(|reason| PathBreak { at: index, reason }));
        }
        let last = steps.len().saturating_sub(1);
        path.broken = refused.or(end.reason.map(|reason| PathBreak { at: last, reason }));
        path.anchor = steps.last().filter(|_| path.broken.is_none()).map(|step| step.issuer.certificate);
        path
    }

    /// One certificate of a path and the one above it.
    fn link(
        &self,
        step: Step<'a>,
        standing: &Standing<'a>,
        above: Option<Certificate<'a>>,
        reason: Option<BreakReason>,
        issuers: &mut Issuers<'a>,
        work: &mut Work,
    ) -> PathLink<'a> {
        let certificate = step.issuer.certificate;
        let mut link = PathLink {
            certificate,
            origin: step.issuer.origin,
            name_matches: above.map(|_| true),
            signature_valid: above.map(|_| true),
            key_id_matches: None,
            is_ca: standing.constraints.map(|constraints| constraints.is_ca),
            validity: standing.valid_at(self.question.at),
        };
        if let Some(above) = above {
            let above = issuers.standing(above, work);
            let wanted = standing.authority_key_id;
            let own = above.as_ref().and_then(|above| above.subject_key_id.as_deref());
            link.key_id_matches = wanted.zip(own).map(|(wanted, own)| wanted == own);
        } else if standing.is_self_issued {
            link.name_matches = Some(true);
            let own = issuers.of(certificate, work);
            let is_own = own.issuers.iter().any(|issuer| issuer.certificate.spki() == certificate.spki());
            link.signature_valid = match own.absence {
                _ if is_own => Some(true),
                Absence::NotMade => Some(false),
                Absence::Unnamed | Absence::Unknown | Absence::Unpaid => None,
            };
        } else if step.issuer.origin != Origin::Anchor {
            (link.name_matches, link.signature_valid) = match reason {
                Some(BreakReason::NoIssuer) => (Some(false), None),
                Some(BreakReason::IssuerSignature) => (Some(true), Some(false)),
                Some(BreakReason::UnknownAlgorithm) => (Some(true), None),
                _ => (None, None),
            };
        }
        link
    }

    /// Why a certificate may not issue the ones below it, for what the path is asked for (RFC 5280, 6.1.4). An anchor is a name and a key;
    /// what its certificate says beyond that counts where it is there.
    fn unfit(&self, step: Step<'_>, standing: &Standing<'_>) -> Option<BreakReason> {
        let is_anchor = step.issuer.origin == Origin::Anchor;
        // The anchor may be the certificate that was asked about itself.
        step.below?;
        // An old root says nothing of what it may do. As no anchor it ends the path, for that reason.
        let may_say_nothing = is_anchor || standing.is_old_root();
        if !standing.constraints.map_or(may_say_nothing, |constraints| constraints.is_ca) {
            return Some(BreakReason::NotCa);
        }
        if !standing.may_sign_certificates {
            return Some(BreakReason::KeyUsage);
        }
        let most = standing.constraints.and_then(|constraints| constraints.path_length);
        if most.is_some_and(|most| to_u64(step.below_count) > u64::from(most)) {
            return Some(BreakReason::PathLength);
        }
        if standing.has_unknown_critical_extension {
            return Some(BreakReason::CriticalExtension);
        }
        (!is_anchor && !standing.allows(self.question.purpose)).then_some(BreakReason::Purpose)
    }
}
