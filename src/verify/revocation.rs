//! [`Revocation`]: what the revocation lists that the caller gave say of a path (RFC 5280, 5).

use crate::asn1::oid;
use crate::asn1::time::Time;
use crate::x509::certificate::Certificate;
use crate::x509::revocation_list::{RevocationList, RevokedEntry};

use super::key::{self, Message, SignatureClaim, Verdict};
use super::path::CertificatePath;
use super::trust::Trust;
use super::work::Work;

/// What revocation lists say of the certificates of a path, the anchor not among them.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct Revocation<'a> {
    /// The answer.
    pub status: RevocationStatus,
    /// The revoked certificate nearest to the signer.
    pub certificate: Option<Certificate<'a>>,
    /// Since when: the date of revocation, or that since which its key was not to be trusted (RFC 5280, 5.3.2), if it is earlier and
    /// the reason is a compromised key.
    pub date: Option<Time>,
    /// The reason code (RFC 5280, 5.3.1), such as 1 for keyCompromise.
    pub reason: Option<u8>,
    /// The certificate nearest to the signer of which it is not known whether it is revoked, and why not; `None` where there is none, and
    /// where no certificate lies below an anchor.
    pub gap: Option<RevocationGap<'a>>,
}

/// Whether a certificate of a path is revoked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RevocationStatus {
    /// Every certificate below the anchor is in no list of its issuer that was given, and each issuer's list was.
    Good,
    /// One is revoked, and was so at the time of checking.
    Revoked,
    /// One was revoked, but only after the time of checking, which a verified timestamp says.
    RevokedLater,
    /// Not every issuer's list was given, or one cannot be used; [`Revocation::gap`] says which.
    #[default]
    Unknown,
}

/// A certificate of which no list says whether it is revoked.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct RevocationGap<'a> {
    /// The certificate.
    pub certificate: Certificate<'a>,
    /// What is missing.
    pub reason: GapReason,
}

/// Why it is not known whether a certificate is revoked. Where several lists of its issuer were given, the one that came nearest to an
/// answer says; later reasons are nearer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum GapReason {
    /// The path has no certificate whose key is known to have made this one, so nobody's list could be checked.
    NoIssuer,
    /// No list of its issuer was given, or none that names the issuer's key.
    NoList,
    /// The issuer's key usage leaves out cRLSign.
    KeyUsage,
    /// The signature of the list does not hold, or is in an algorithm that is not known here.
    ListSignature,
    /// Checking the list would cost more than [`Limits`](crate::Limits) allows.
    Limit,
    /// The list cannot be used: it has only what is new since another list, or entries of several issuers, or a critical extension that
    /// is not known here.
    UnusableList,
    /// The list is for other certificates of the issuer, or for some reasons only (RFC 5280, 5.2.5).
    OtherScope,
    /// The certificate expired before the list was made, and is taken off it by then.
    Expired,
    /// The verifier's time lies not between the list's own time and that of the next list.
    StaleList,
}

impl RevocationStatus {
    /// The stable name, as records carry it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Revoked => "revoked",
            Self::RevokedLater => "revoked_later",
            Self::Unknown => "unknown",
        }
    }
}

impl GapReason {
    /// The stable name, as records carry it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoIssuer => "no_issuer",
            Self::NoList => "no_list",
            Self::KeyUsage => "key_usage",
            Self::ListSignature => "list_signature",
            Self::Limit => "limit",
            Self::UnusableList => "unusable_list",
            Self::OtherScope => "other_scope",
            Self::Expired => "expired",
            Self::StaleList => "stale_list",
        }
    }
}

impl<'a> Revocation<'a> {
    /// Whether a certificate was revoked at the time of checking.
    #[must_use]
    pub fn is_revoked(&self) -> bool {
        self.status == RevocationStatus::Revoked
    }

    /// Takes what lists say of the next certificate, away from the signer.
    fn add(&mut self, certificate: Certificate<'a>, finding: Finding, at: Time) {
        let reason = match finding {
            Finding::Clear => return,
            Finding::Unknown(reason) => reason,
            Finding::Revoked(entry) => {
                let status =
                    if entry.since() <= at { RevocationStatus::Revoked } else { RevocationStatus::RevokedLater };
                // The nearest certificate stands, but one revoked in time says more than one revoked later.
                if self.certificate.is_none() || (status == RevocationStatus::Revoked && !self.is_revoked()) {
                    let (date, reason) = (Some(entry.since()), entry.reason);
                    *self = Self { status, certificate: Some(certificate), date, reason, gap: self.gap };
                }
                return;
            }
        };
        self.gap = self.gap.or(Some(RevocationGap { certificate, reason }));
    }
}

/// What the lists say of the certificates of `path` that lie below its anchor. `at` is the time at which they must not have been revoked,
/// `now` the one at which the lists must be current.
pub(super) fn check<'a>(
    path: &CertificatePath<'a>,
    trust: &Trust,
    at: Time,
    now: Time,
    work: &mut Work,
) -> Revocation<'a> {
    let mut answer = Revocation::default();
    let anchors = usize::from(path.anchor.is_some());
    let below = path.links.len().saturating_sub(anchors);
    for (index, link) in path.links.iter().enumerate().take(below) {
        let next = path.links.get(index.saturating_add(1));
        let is_issued = link.name_matches == Some(true) && link.signature_valid == Some(true);
        let Some(issuer) = next.filter(|_| is_issued) else {
            answer.add(link.certificate, Finding::Unknown(GapReason::NoIssuer), at);
            // Whatever lies beyond is not known to be above the signer.
            break;
        };
        answer.add(link.certificate, find(link.certificate, issuer.certificate, trust, now, work), at);
    }
    if below > 0 && answer.certificate.is_none() && answer.gap.is_none() {
        answer.status = RevocationStatus::Good;
    }
    answer
}

/// What all lists together say of one certificate.
#[derive(Debug, Clone, Copy)]
enum Finding {
    Clear,
    Revoked(RevokedEntry),
    Unknown(GapReason),
}

fn find(certificate: Certificate<'_>, issuer: Certificate<'_>, trust: &Trust, now: Time, work: &mut Work) -> Finding {
    let mut gap = GapReason::NoList;
    let mut clear: Option<Time> = None;
    let mut found: Vec<(Time, RevokedEntry)> = Vec::new();
    for list in trust.lists_of(certificate.issuer()) {
        if let Err(reason) = is_usable(list, issuer, work) {
            gap = gap.max(reason);
        } else if let Some(entry) = list.entry(certificate.serial()).filter(RevokedEntry::is_revocation) {
            found.push((list.this_update(), entry));
        } else if let Err(reason) = is_complete(list, certificate, now) {
            gap = gap.max(reason);
        } else {
            clear = clear.max(Some(list.this_update()));
        }
    }
    // Of all reasons only a hold may be taken back, which a newer list without it says.
    let stands = |(made, entry): &(Time, RevokedEntry)| {
        entry.reason != Some(RevokedEntry::CERTIFICATE_HOLD) || clear.is_none_or(|clear| clear <= *made)
    };
    let earliest = found.into_iter().filter(stands).map(|(_, entry)| entry).min_by_key(RevokedEntry::since);
    match (earliest, clear) {
        (Some(entry), _) => Finding::Revoked(entry),
        (None, Some(_)) => Finding::Clear,
        (None, None) => Finding::Unknown(gap),
    }
}

/// Whether the list is the issuer's, and may be used at all.
fn is_usable(list: &RevocationList, issuer: Certificate<'_>, work: &mut Work) -> Result<(), GapReason> {
    // Of several keys of one name the list says which one signed it (RFC 5280, 6.3.3 (c) and (f)).
    if let (Some(named), Some(own)) = (list.authority_key_id(), issuer.subject_key_id())
        && *named != *own
    {
        return Err(GapReason::NoList);
    }
    if !may_sign_lists(issuer) {
        return Err(GapReason::KeyUsage);
    }
    match judge_signature(list, issuer, work) {
        verdict if verdict.is_made() && list.defect().is_none() => Ok(()),
        verdict if verdict.is_made() => Err(GapReason::UnusableList),
        Verdict::Unpaid => Err(GapReason::Limit),
        _ => Err(GapReason::ListSignature),
    }
}

/// RFC 5280, 6.3.3 (f): cRLSign, where there is a key usage. One that cannot be read allows nothing.
fn may_sign_lists(issuer: Certificate<'_>) -> bool {
    /// The bit of RFC 5280, 4.2.1.3.
    const CRL_SIGN: u8 = 6;
    match issuer.key_usage() {
        Some(usage) => usage.has(CRL_SIGN),
        None => issuer.extensions().all(|extension| extension.kind() != oid::KEY_USAGE),
    }
}

fn judge_signature(list: &RevocationList, issuer: Certificate<'_>, work: &mut Work) -> Verdict {
    let Some(object) = list.signed() else { return Verdict::NotMade };
    let claim = SignatureClaim { algorithm: object.algorithm, hash: None, may_be_raw: false, octets: object.signature };
    let mut message = Message::with_digests(object.to_be_signed.raw.as_bytes(), list.digests().to_vec());
    let verdict = key::judge(issuer, claim, &mut message, work);
    list.remember_digests(message.into_digests());
    verdict
}

/// Whether a usable list without an entry for the certificate says that it is not revoked.
fn is_complete(list: &RevocationList, certificate: Certificate<'_>, now: Time) -> Result<(), GapReason> {
    if !list.scope().covers(certificate) {
        return Err(GapReason::OtherScope);
    }
    if !certificate.validity().not_after.is_some_and(|expiry| list.keeps(expiry)) {
        return Err(GapReason::Expired);
    }
    if list.is_current(now) { Ok(()) } else { Err(GapReason::StaleList) }
}

#[cfg(test)]
mod tests;
