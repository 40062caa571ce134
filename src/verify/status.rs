//! [`SignatureStatus`] and [`SignatureFinding`]: what the facts mean for one certificate that an indicator is about.

use super::path::CertificatePath;
use super::signed::SignedForm;
use super::time::TimestampVerification;
use super::verification::{SignerVerification, Verification};
use crate::container::Container;
use crate::file::{CertificateUse, Place};
use crate::indicators::role::Role;
use crate::x509::certificate::Certificate;

/// Whether a signature is its signer's and about its file. It depends on no anchor, no time and no revocation list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatureStatus {
    /// The certificate's key made it, over this content, for this file.
    Valid,
    /// One of these is known to be wrong.
    Invalid,
    /// One of them is not known, and none is known to be wrong.
    #[default]
    NotChecked,
}

impl SignatureStatus {
    /// The stable name, as records carry it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Invalid => "invalid",
            Self::NotChecked => "not_checked",
        }
    }

    /// Of facts that must all hold.
    fn of(facts: &[Option<bool>]) -> Self {
        if facts.contains(&Some(false)) {
            Self::Invalid
        } else if facts.contains(&None) {
            Self::NotChecked
        } else {
            Self::Valid
        }
    }
}

/// What a known-abused certificate in a file means, once its signature is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatureFinding {
    /// The certificate's key signed this very file.
    SignedBy,
    /// The signature belongs to another file, or to this one before it was changed: the digest it claims is not the file's, and nothing
    /// else about the signature is known to be wrong.
    CopiedSignature,
    /// The certificate's key did not make this signature, or not over this content.
    AlteredSignature,
}

impl SignatureFinding {
    /// The stable name, as records carry it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignedBy => "signed_by",
            Self::CopiedSignature => "copied_signature",
            Self::AlteredSignature => "altered_signature",
        }
    }

    /// Its technique in MITRE ATT&CK: Subvert Trust Controls: Code Signing (T1553.002), or Masquerading: Invalid Code Signature
    /// (T1036.001).
    #[must_use]
    pub const fn technique(self) -> &'static str {
        match self {
            Self::SignedBy => "T1553.002",
            Self::CopiedSignature | Self::AlteredSignature => "T1036.001",
        }
    }
}

impl<'a> Verification<'a> {
    /// Whether the digest that is claimed is the file's, and covers it.
    pub(super) fn is_for_this_file(&self) -> Option<bool> {
        if self.digest_covers_image == Some(false) { Some(false) } else { self.digest_matches }
    }

    /// Whether the signature of one SignerInfo is its signer's and about the file.
    ///
    /// In a PE image the digest must match: a signature that claims none, or one in an unknown algorithm, may have been made for
    /// anything. A bare message is of no image, so that nothing is compared; `Valid` says then that the message is its signer's, not
    /// which file it is for.
    #[must_use]
    pub fn status(&self, signer: usize, container: Container) -> SignatureStatus {
        let Some(signer) = self.signers.get(signer) else { return SignatureStatus::NotChecked };
        let own = self.is_for_this_file();
        let digest = match container {
            Container::Pkcs7 | Container::Der | Container::Pem | Container::Pkcs12 => own.or(Some(true)),
            // Also where no digest is computed: nobody knows then what the message is about.
            _ => own,
        };
        // Signed as another type of content, it says nothing about a file.
        let is_its_type = signer.content_type_matches != Some(false);
        SignatureStatus::of(&[digest, signer.content_holds(), signer.signature_valid, Some(is_its_type)])
    }

    /// The same for one certificate in the part it plays: it must be the one whose key made the signature, or lie on the path of that
    /// one, every link below it holding. For the roles of timestamps it is the timestamp's signature. What plays no part in a signature
    /// is not checked.
    #[must_use]
    pub fn status_of(&self, used: &CertificateUse<'_>, container: Container) -> SignatureStatus {
        let Some(certificate) = used.certificate() else { return SignatureStatus::NotChecked };
        match used.place() {
            Place::Signer(signer) => self.status_of_signer(signer, certificate, container),
            Place::Chain { signer, .. } => match self.signers.get(signer) {
                Some(facts) if facts.path.holds_up_to(certificate) => self.status(signer, container),
                _ => SignatureStatus::NotChecked,
            },
            Place::TimestampSigner(timestamp) => self
                .timestamp(timestamp)
                .map_or(SignatureStatus::NotChecked, |facts| signed_by(facts.status(), &facts.made_by, certificate)),
            Place::TimestampChain { timestamp, .. } => match self.timestamp(timestamp) {
                Some(facts) if facts.path.holds_up_to(certificate) => facts.status(),
                _ => SignatureStatus::NotChecked,
            },
            _ => SignatureStatus::NotChecked,
        }
    }

    /// What it means that an indicator is about this certificate in this part; `None` when it was not checked, and for parts that do not
    /// sign the file.
    #[must_use]
    pub fn finding_of(&self, used: &CertificateUse<'_>, container: Container) -> Option<SignatureFinding> {
        let (Place::Signer(signer) | Place::Chain { signer, .. }) = used.place() else { return None };
        match self.status_of(used, container) {
            SignatureStatus::Valid => Some(SignatureFinding::SignedBy),
            SignatureStatus::NotChecked => None,
            SignatureStatus::Invalid => {
                let facts = self.signers.get(signer)?;
                let is_its_own =
                    used.role() != Role::Signer || used.certificate().is_some_and(|own| is_among(&facts.made_by, own));
                let own_facts = [facts.content_matches, facts.content_type_matches, facts.signature_valid];
                let is_whole = is_its_own && !own_facts.contains(&Some(false));
                let is_copied = is_whole && self.is_for_this_file() == Some(false);
                Some(if is_copied { SignatureFinding::CopiedSignature } else { SignatureFinding::AlteredSignature })
            }
        }
    }

    /// A certificate that only fits the name in a SignerInfo did not sign. Where several SignerInfos name the same signer, the first of
    /// them stands for all, so that one that does not hold cannot hide another that does.
    fn status_of_signer(&self, signer: usize, certificate: Certificate<'_>, container: Container) -> SignatureStatus {
        let Some(facts) = self.signers.get(signer) else { return SignatureStatus::NotChecked };
        let of = |index: usize, facts: &SignerVerification<'_>| {
            signed_by(self.status(index, container), &facts.made_by, certificate)
        };
        let is_of_another = !is_among(&facts.made_by, certificate);
        let signed_elsewhere = |(index, facts): (usize, &SignerVerification<'_>)| {
            is_among(&facts.made_by, certificate) && of(index, facts) == SignatureStatus::Valid
        };
        if is_of_another && self.signers.iter().enumerate().any(signed_elsewhere) {
            return SignatureStatus::Valid;
        }
        of(signer, facts)
    }

    fn timestamp(&self, index: usize) -> Option<&TimestampVerification<'a>> {
        self.signers.iter().flat_map(|signer| &signer.timestamps).nth(index)
    }
}

/// The status of a signature for a certificate that may be another one than those whose key made it.
fn signed_by(status: SignatureStatus, made_by: &[Certificate<'_>], certificate: Certificate<'_>) -> SignatureStatus {
    if made_by.is_empty() || is_among(made_by, certificate) { status } else { SignatureStatus::Invalid }
}

fn is_among(certificates: &[Certificate<'_>], certificate: Certificate<'_>) -> bool {
    certificates.iter().any(|one| one.offset() == certificate.offset() || *one == certificate)
}

impl SignerVerification<'_> {
    /// Whether the signature is over the content: by the messageDigest attribute, or directly.
    fn content_holds(&self) -> Option<bool> {
        self.content_matches.or((self.signed_form == Some(SignedForm::Content)).then_some(true))
    }
}

impl TimestampVerification<'_> {
    /// Whether the timestamp is its signer's and about the signature it hangs on.
    #[must_use]
    pub fn status(&self) -> SignatureStatus {
        SignatureStatus::of(&[self.imprint_matches, self.content_matches, self.signature_valid])
    }
}

impl CertificatePath<'_> {
    /// Whether a certificate is on the path and every certificate below it is issued by the next one.
    fn holds_up_to(&self, certificate: Certificate<'_>) -> bool {
        let place = self.links.iter().position(|link| link.certificate == certificate);
        let below = place.and_then(|place| self.links.get(..place));
        below.is_some_and(|below| {
            below.iter().all(|link| link.name_matches == Some(true) && link.signature_valid == Some(true))
        })
    }
}

#[cfg(test)]
mod tests;
