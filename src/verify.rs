//! [`Verifier`]: whether signatures hold, told as facts. Works on what was read; reads no file itself.

mod context;
mod given;
mod issuers;
mod key;
#[cfg(test)]
pub(crate) mod made_up;
mod path;
mod revocation;
mod search;
mod signed;
mod signer;
mod standing;
mod status;
mod summary;
mod time;
mod timestamp;
mod trust;
mod trust_error;
mod validity;
mod verification;
mod weakness;
mod work;

pub use path::{BreakReason, CertificatePath, Origin, PathBreak, PathLink};
pub use revocation::{GapReason, Revocation, RevocationGap, RevocationStatus};
pub use signed::SignedForm;
pub use status::{SignatureFinding, SignatureStatus};
pub use time::{CheckTime, TimestampVerification};
pub use trust_error::{TrustError, TrustErrorKind};
pub use validity::ValidAt;
pub use verification::{PaddingCheck, SignerVerification, Verification};
pub use weakness::{Weakness, WeaknessKind};

use crate::asn1::time::Time;
use crate::container::Container;
use crate::file::SignedFile;
use crate::file::image_check::ImageChecks;
use crate::file::image_digest::ImageDigests;
use crate::limits::Limits;
use crate::signature::Signature;
use context::Context;
use trust::Trust;
use work::Work;

/// Checks signatures against a time, trust anchors and revocation lists, all of which the caller gives. Nothing is downloaded and no
/// clock is read.
///
/// ```
/// use certsift::{SignedFile, Time, Verifier, check_image};
///
/// let bytes = include_bytes!("../tests/fixtures/verify/rfc3161_rsa.exe");
/// let mut verifier = Verifier::new(Time::from_unix(1_700_000_000));
/// verifier.add_anchors(include_bytes!("../tests/fixtures/verify/rsa_root.pem"))?;
/// verifier.add_anchors(include_bytes!("../tests/fixtures/verify/stamp_root.pem"))?;
///
/// let file = SignedFile::parse(bytes)?;
/// let image = check_image(bytes.as_slice(), &file)?;
/// let verification = &verifier.verify(&file, Some(&image))[0];
/// let signer = &verification.signers[0];
/// assert_eq!(verification.digest_matches, Some(true));
/// assert_eq!((signer.content_matches, signer.signature_valid), (Some(true), Some(true)));
/// assert!(signer.path.anchor.is_some() && signer.timestamps[0].is_verified());
/// assert_eq!(signer.time.at.to_string(), "2014-11-03T00:00:00Z");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Verifier {
    now: Time,
    limits: Limits,
    trust: Trust,
}

impl Verifier {
    /// A verifier without anchors. `now` is the time of checking where no verified timestamp says when a signature was made.
    #[must_use]
    pub fn new(now: Time) -> Self {
        Self { now, limits: Limits::default(), trust: Trust::default() }
    }

    /// The same with the caller's limits.
    #[must_use]
    pub const fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Adds trust anchors: PEM, any number of certificates with text and blocks of other kinds between them, or DER. A PKCS #7 message
    /// is the certificates in it. Answers how many there were; one that is there already is not added again.
    ///
    /// # Errors
    /// When there is no certificate in it, or one that cannot be read; then none is added.
    pub fn add_anchors(&mut self, bytes: &[u8]) -> Result<usize, TrustError> {
        self.trust.add_anchors(bytes)
    }

    /// Adds certificates that paths may go through, beside those of the file: PEM or DER, as for
    /// [`add_anchors`](Self::add_anchors). They are not trusted.
    ///
    /// # Errors
    /// As [`add_anchors`](Self::add_anchors).
    pub fn add_certificates(&mut self, bytes: &[u8]) -> Result<usize, TrustError> {
        self.trust.add_certificates(bytes)
    }

    /// Adds certificate revocation lists: PEM (`X509 CRL`), or one in DER. A list counts only where its signature holds under its
    /// issuer's key.
    ///
    /// # Errors
    /// When there is no list in it, or one that cannot be read; then none is added.
    pub fn add_crls(&mut self, bytes: &[u8]) -> Result<usize, TrustError> {
        self.trust.add_crls(bytes)
    }

    /// The facts about every signature of `file`, one element for each of [`SignedFile::signatures`]. `image` are the digests computed
    /// from the file; without them nothing is said about digests.
    #[must_use]
    pub fn verify<'a>(&'a self, file: &SignedFile<'a>, image: Option<&ImageChecks>) -> Vec<Verification<'a>> {
        let mut work = Work::new(self.limits.max_key_work);
        let context = Context { now: self.now, limits: self.limits, trust: &self.trust };
        work.each(file.signatures(), |index, signature, work| Verification {
            signers: signer::verify(signature, &context, work),
            limit_reached: work.take_cut(),
            padding_check: padding_check(file, signature),
            ..digest_facts(signature, index, image)
        })
    }
}

/// What is said about the image and its pages.
fn digest_facts<'a>(signature: &Signature<'a>, index: usize, image: Option<&ImageChecks>) -> Verification<'a> {
    let mut facts = Verification::default();
    let Some(image) = image else { return facts };
    facts.page_hashes = image.page_hashes.get(index).cloned().unwrap_or_default();
    facts.digest_covers_image = image.digests.as_ref().map(ImageDigests::covers_image);
    let claimed = signature.image_digest();
    let computed = claimed.zip(image.digests.as_ref()).and_then(|(claimed, digests)| digests.for_claim(claimed));
    if let (Some(claimed), Some(computed)) = (claimed, computed) {
        facts.digest_rule = computed.rule_of(claimed.digest);
        facts.digest_matches = Some(facts.digest_rule.is_some());
    }
    facts
}

/// Windows refuses a table that does not start on a multiple of 8, and with the check on everything but a few zeros behind the message.
fn padding_check(file: &SignedFile<'_>, signature: &Signature<'_>) -> Option<PaddingCheck> {
    const ALIGNMENT: u64 = 8;
    if file.container() != Container::Pe {
        return None;
    }
    let entry = file.entries().get(signature.entry())?;
    let off = entry.offset().checked_rem(ALIGNMENT) == Some(0);
    Some(PaddingCheck { off, on: off && !file.has_entry_trailer(entry) })
}
