//! [`Judged`]: what a verifier said of the file that a report is about, if one was asked; the same questions in builds without it.

use super::SignatureRecord;
use super::certificates::CertificateList;
use crate::asn1::time::Time;
use crate::file::{CertificateUse, SignedFile};
use crate::indicators::matches::Match;

#[cfg(feature = "verify")]
use super::VerificationRecord;
#[cfg(feature = "verify")]
use super::build_verification::Facts;
#[cfg(feature = "verify")]
use super::certificate_record::time_text;
#[cfg(feature = "verify")]
use crate::indicators::matches::{Strength, Timing};
#[cfg(feature = "verify")]
use crate::indicators::role::Role;
#[cfg(feature = "verify")]
use crate::verify::{SignatureFinding, SignerVerification, TimestampVerification, Verification};

/// The facts about each signature of a file, or none.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Judged<'v, 'a> {
    #[cfg(feature = "verify")]
    facts: Option<&'v [Verification<'a>]>,
    #[cfg(not(feature = "verify"))]
    facts: std::marker::PhantomData<(&'v (), &'a ())>,
}

/// What was verified of the signature in which a certificate matched.
#[derive(Debug, Clone, Copy)]
pub(super) struct Verdict {
    /// `valid`, `invalid` or `not_checked`.
    pub(super) status: &'static str,
    pub(super) finding: Option<&'static str>,
    /// Its technique in MITRE ATT&CK.
    pub(super) technique: Option<&'static str>,
}

impl Verdict {
    pub(super) const NOT_CHECKED: Self = Self { status: "not_checked", finding: None, technique: None };
}

/// A certificate of a signature that an indicator names by more than a name.
#[cfg(feature = "verify")]
#[derive(Debug, Clone, Copy)]
pub(super) struct Abused {
    signature: usize,
    /// Its place among the report's certificates.
    certificate: usize,
    /// Whether the abuse began after the signature was made.
    is_later: bool,
    since: Option<Time>,
}

/// Nobody was asked: there is none.
#[cfg(not(feature = "verify"))]
#[derive(Debug, Clone, Copy)]
pub(super) enum Abused {}

#[cfg(feature = "verify")]
impl<'v, 'a> Judged<'v, 'a> {
    /// By facts that are there for each signature of the file, in the same order.
    pub(crate) const fn by(facts: &'v [Verification<'a>]) -> Self {
        Self { facts: Some(facts) }
    }

    /// When each SignerInfo of each signature was made, as the earliest of its verified timestamps says; `None` where nobody was asked.
    pub(super) fn signing_times(&self) -> Option<Vec<Vec<Option<Time>>>> {
        let earliest = |signer: &SignerVerification<'_>| {
            let stamps = signer.timestamps.iter().filter(|stamp| stamp.is_verified());
            stamps.filter_map(|stamp: &TimestampVerification<'_>| stamp.time).min()
        };
        let of_signature = |facts: &Verification<'_>| facts.signers.iter().map(earliest).collect();
        self.facts.map(|facts| facts.iter().map(of_signature).collect())
    }

    /// Writes the facts about one signature into its record, which has its signers and timestamps already.
    pub(super) fn fill(&self, record: &mut SignatureRecord, certificates: &mut CertificateList<'_, 'a>) {
        let Some(verification) = self.facts.and_then(|facts| facts.get(record.index)) else { return };
        let mut facts = Facts { verification, certificates };
        let mut told = record.timestamps.len();
        let signers = std::iter::once(&mut record.verification);
        let further = record.additional_signers.iter_mut().map(|signer| &mut signer.verification);
        for (index, place) in signers.chain(further).enumerate() {
            let own = verification.signers.get(index).map_or(0, |signer| signer.timestamps.len()).min(told);
            told = told.saturating_sub(own);
            *place = Some(facts.record(index, own));
        }
    }

    pub(super) fn verdict(&self, used: &CertificateUse<'a>, file: &SignedFile<'a>) -> Verdict {
        let facts = used.signature().and_then(|signature| self.facts?.get(signature));
        let Some(facts) = facts else { return Verdict::NOT_CHECKED };
        let finding = facts.finding_of(used, file.container());
        Verdict {
            status: facts.status_of(used, file.container()).as_str(),
            finding: finding.map(SignatureFinding::as_str),
            technique: finding.map(SignatureFinding::technique),
        }
    }

    /// A match that says that a certificate of a signature is abused, where somebody was asked to verify.
    pub(super) fn abused(
        &self,
        used: &CertificateUse<'a>,
        found: &Match,
        certificate: Option<usize>,
    ) -> Option<Abused> {
        self.facts?;
        let is_signer = matches!(used.role(), Role::Signer | Role::Chain);
        let metadata = &found.indicator.metadata;
        (is_signer && found.strength > Strength::Name).then_some(Abused {
            signature: used.signature()?,
            certificate: certificate?,
            is_later: found.timing == Some(Timing::Historical),
            since: metadata.abused_from.or(metadata.revoked_at),
        })
    }
}

#[cfg(not(feature = "verify"))]
#[expect(clippy::unused_self, reason = "as with the feature")]
impl<'a> Judged<'_, 'a> {
    pub(super) const fn signing_times(&self) -> Option<Vec<Vec<Option<Time>>>> {
        None
    }

    pub(super) const fn fill(&self, _: &mut SignatureRecord, _: &mut CertificateList<'_, 'a>) {}

    pub(super) const fn verdict(&self, _: &CertificateUse<'a>, _: &SignedFile<'a>) -> Verdict {
        Verdict::NOT_CHECKED
    }

    pub(super) const fn abused(&self, _: &CertificateUse<'a>, _: &Match, _: Option<usize>) -> Option<Abused> {
        None
    }
}

/// Says of each signature whose signer, or an authority of whose path, is abused that the table revokes it. What a revocation list says
/// of a revoked certificate comes first: it is its issuer's own word.
#[cfg(feature = "verify")]
pub(super) fn revoke(signatures: &mut [SignatureRecord], abused: &[Abused]) {
    // What is worse comes first: of two indicators one may be of an earlier abuse.
    let (later, before): (Vec<&Abused>, Vec<&Abused>) = abused.iter().partition(|one| one.is_later);
    for one in before.into_iter().chain(later) {
        let Some(signature) = signatures.get_mut(one.signature) else { continue };
        let further = signature.additional_signers.iter_mut().map(|signer| &mut signer.verification);
        for record in std::iter::once(&mut signature.verification).chain(further).flatten() {
            record.revoke(one);
        }
    }
}

#[cfg(not(feature = "verify"))]
pub(super) const fn revoke(_: &mut [SignatureRecord], _: &[Abused]) {}

#[cfg(feature = "verify")]
impl VerificationRecord {
    fn revoke(&mut self, abused: &Abused) {
        let on_path = self.certificate_path.iter().position(|link| link.certificate == Some(abused.certificate));
        let is_concerned = self.certificate == Some(abused.certificate) || on_path.is_some();
        let is_told = matches!(self.revoked.status.as_str(), "revoked" | "revoked_later");
        if !is_concerned || is_told {
            return;
        }
        let link = on_path.and_then(|index| self.certificate_path.get(index));
        self.revoked = super::RevocationRecord {
            status: if abused.is_later { "revoked_later" } else { "revoked" }.to_owned(),
            by: Some("table".to_owned()),
            certificate: Some(abused.certificate),
            subject: link.map(|link| link.subject.clone()),
            date: abused.since.map(time_text),
            gap: self.revoked.gap.take(),
            ..super::RevocationRecord::default()
        };
        let later = if abused.is_later { ", since a time after it was signed" } else { "" };
        // The sentence ends in a full stop.
        self.summary.pop();
        self.summary.push_str(&format!("; an indicator says that its certificate is abused{later}."));
    }
}

#[cfg(feature = "verify")]
#[cfg(test)]
mod tests;
