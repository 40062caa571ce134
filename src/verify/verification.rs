//! [`Verification`]: the facts about one signature.

use crate::file::image_check::PageHashCheck;
use crate::file::image_digest::DigestRule;
use crate::x509::certificate::Certificate;

use super::path::CertificatePath;
use super::revocation::Revocation;
use super::signed::SignedForm;
use super::time::{CheckTime, TimestampVerification};
use super::weakness::Weakness;

/// The facts about one SignedData. There is no single answer: what a wrong digest, an expired certificate or an unknown root means
/// depends on the question.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Verification<'a> {
    /// Whether the digest computed from the file equals the claimed one, by any rule; never where the certificate table lies over the
    /// image, so that no digest covers what is loaded. `None` where nothing was computed, the algorithm is unknown, or no digest is
    /// claimed.
    pub digest_matches: Option<bool>,
    /// Whether that digest covers all that is loaded: not where the certificate table lies over the headers or the sections
    /// ([`ImageDigests::covers_image`](crate::ImageDigests::covers_image)); `None` where nothing was computed. An equal digest says nothing
    /// about the file where this is `false`.
    pub digest_covers_image: Option<bool>,
    /// The rule by which it does.
    pub digest_rule: Option<DigestRule>,
    /// The digests of pages that the signature claims, one element a table.
    pub page_hashes: Vec<PageHashCheck>,
    /// What Windows says of bytes around the message in its certificate table; `None` for a signature in no certificate table.
    pub padding_check: Option<PaddingCheck>,
    /// Whether [`Limits::max_key_work`](crate::Limits::max_key_work) ended the search for keys, so that facts may be unknown that could
    /// be known.
    pub limit_reached: bool,
    /// One element a SignerInfo, in stored order.
    pub signers: Vec<SignerVerification<'a>>,
}

/// Whether the bytes around a message pass, with the registry value EnableCertPaddingCheck off (as Windows comes) and on (MS13-098).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct PaddingCheck {
    /// With the check off.
    pub off: bool,
    /// With the check on: nothing but up to seven zero bytes may lie behind the message.
    pub on: bool,
}

/// The facts about one SignerInfo.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SignerVerification<'a> {
    /// The certificate whose key made the signature; where no key did, the first that fits what the SignerInfo names.
    pub certificate: Option<Certificate<'a>>,
    /// Every certificate whose key made the signature, in stored order: of several with the same key anybody may have made all but one.
    pub made_by: Vec<Certificate<'a>>,
    /// Whether the messageDigest attribute is the digest of the content; `None` for an unknown algorithm, without content, and where there are no
    /// attributes (then the signature itself is over the content).
    pub content_matches: Option<bool>,
    /// Whether the contentType attribute names the type of the content; `None` without attributes.
    pub content_type_matches: Option<bool>,
    /// Whether the key made the signature; `None` for an unknown algorithm, and without a certificate or its key.
    pub signature_valid: Option<bool>,
    /// What the signature is over, when it is valid.
    pub signed_form: Option<SignedForm>,
    /// Whether the certificate's extended key usage names code signing; `None` without a certificate.
    pub code_signing: Option<bool>,
    /// The path from the certificate to an anchor, or as far as it goes.
    pub path: CertificatePath<'a>,
    /// The time that validity was checked at, and what it said.
    pub time: CheckTime,
    /// One element a timestamp, in stored order.
    pub timestamps: Vec<TimestampVerification<'a>>,
    /// What the revocation lists say of the path.
    pub revocation: Revocation<'a>,
    /// What is weak about the signature and its path.
    pub weaknesses: Vec<Weakness<'a>>,
}
