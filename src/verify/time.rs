//! When a signature was made: [`CheckTime`], and the [`TimestampVerification`]s it rests on.

use super::path::CertificatePath;
use super::revocation::{Revocation, RevocationStatus};
use super::validity::ValidAt;
use super::weakness::Weakness;
use crate::asn1::time::Time;
use crate::cms::timestamp::TimestampKind;
use crate::x509::certificate::Certificate;

/// The time at which the validity of a signer's path was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CheckTime {
    /// The time: of the earliest verified timestamp, else the verifier's own.
    pub at: Time,
    /// The verified timestamp that says so, an index into the signer's timestamps; `None` where there is none, and where the signer's
    /// certificate is for lifetime signing.
    pub timestamp: Option<usize>,
    /// Whether the signer's certificate names lifetime signing (1.3.6.1.4.1.311.10.3.13), for which a timestamp does not outlive the
    /// certificate.
    pub lifetime_signing: bool,
    /// Whether the signer's certificate is valid at that time; `None` without a certificate.
    pub validity: Option<ValidAt>,
    /// The same of the path below its anchor: the first certificate that is not valid decides.
    pub path_validity: Option<ValidAt>,
}

/// The facts about one timestamp.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TimestampVerification<'a> {
    /// Countersignature or token.
    pub kind: TimestampKind,
    /// The time it states.
    pub time: Option<Time>,
    /// The certificate whose key signed it; where no key did, the first that fits.
    pub certificate: Option<Certificate<'a>>,
    /// Every certificate whose key signed it, in stored order.
    pub made_by: Vec<Certificate<'a>>,
    /// Whether it is over this signature: its imprint is the digest of the signature's octets; `None` for an unknown algorithm, and
    /// where there is no imprint.
    pub imprint_matches: Option<bool>,
    /// Whether the messageDigest attribute of a token is the digest of its TSTInfo; for a countersignature the same as
    /// [`imprint_matches`](Self::imprint_matches).
    pub content_matches: Option<bool>,
    /// Whether the key made the timestamp's signature.
    pub signature_valid: Option<bool>,
    /// Whether the certificate's extended key usage names time stamping; `None` without a certificate.
    pub time_stamping: Option<bool>,
    /// The path from the certificate to an anchor, checked at the time it states.
    pub path: CertificatePath<'a>,
    /// Whether the certificate and its path below the anchor are valid at the time it states.
    pub validity: Option<ValidAt>,
    /// What the revocation lists say of the path.
    pub revocation: Revocation<'a>,
    /// What is weak about it.
    pub weaknesses: Vec<Weakness<'a>>,
}

impl TimestampVerification<'_> {
    /// Whether every fact holds, an anchor was reached and nothing is revoked: only then its time counts.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        let holds = [self.imprint_matches, self.content_matches, self.signature_valid, self.time_stamping];
        self.time.is_some()
            && holds.iter().all(|fact| *fact == Some(true))
            && self.path.anchor.is_some()
            && self.validity == Some(ValidAt::Valid)
            && !revocation_voids(&self.revocation)
    }
}

/// Whether a timestamp says nothing because a certificate of its path is revoked. Revoked after the time it states, it still does where
/// the list gives a reason by which the key was not lost (RFC 3161, 4): whoever has the key states any time.
const fn revocation_voids(revocation: &Revocation<'_>) -> bool {
    const UNSPECIFIED: u8 = 0;
    const AFFILIATION_CHANGED: u8 = 3;
    const SUPERSEDED: u8 = 4;
    const CESSATION_OF_OPERATION: u8 = 5;
    match revocation.status {
        RevocationStatus::Good | RevocationStatus::Unknown => false,
        RevocationStatus::Revoked => true,
        RevocationStatus::RevokedLater => {
            !matches!(revocation.reason, Some(UNSPECIFIED | AFFILIATION_CHANGED | SUPERSEDED | CESSATION_OF_OPERATION))
        }
    }
}
