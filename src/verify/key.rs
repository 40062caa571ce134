//! Whether a key made a signature: the one place that knows algorithms.

mod dsa;
mod ecdsa;
mod rsa;

use super::work::Work;
use crate::asn1::der::Cursor;
use crate::asn1::oid::{self, Oid};
use crate::asn1::tag;
use crate::bytes::Span;
use crate::digest::HashAlgorithm;
use crate::error::Structure;
use crate::limits::Budget;
use crate::x509::algorithm::AlgorithmIdentifier;
use crate::x509::certificate::Certificate;
use crate::x509::public_key::{KeyInfo, unsigned_numbers};

/// What somebody signed. Each digest of it is computed once.
#[derive(Debug, Clone)]
pub(super) struct Message<'m> {
    octets: &'m [u8],
    digests: Vec<(HashAlgorithm, Vec<u8>)>,
}

impl<'m> Message<'m> {
    pub(super) const fn new(octets: &'m [u8]) -> Self {
        Self { octets, digests: Vec::new() }
    }

    /// The same with digests that are known.
    pub(super) const fn with_digests(octets: &'m [u8], digests: Vec<(HashAlgorithm, Vec<u8>)>) -> Self {
        Self { octets, digests }
    }

    /// The digests that were computed, or known.
    pub(super) fn into_digests(self) -> Vec<(HashAlgorithm, Vec<u8>)> {
        self.digests
    }

    /// The digest in one algorithm.
    pub(super) fn digest(&mut self, algorithm: HashAlgorithm) -> &[u8] {
        let known = self.digests.iter().position(|(known, _)| *known == algorithm);
        let at = known.unwrap_or_else(|| {
            self.digests.push((algorithm, algorithm.digest(self.octets)));
            self.digests.len().saturating_sub(1)
        });
        self.digests.get(at).map_or(&[], |(_, digest)| digest)
    }

    /// The same, paid for when it is not known yet; `None` when there is not so much work left.
    fn paid_digest(&mut self, algorithm: HashAlgorithm, work: &mut Work) -> Option<&[u8]> {
        let is_known = self.digests.iter().any(|(known, _)| *known == algorithm);
        (is_known || work.spend_hashing(self.octets.len())).then(|| self.digest(algorithm))
    }
}

/// A signature and how it was made, as the file says.
#[derive(Debug, Clone, Copy)]
pub(super) struct SignatureClaim<'s> {
    pub(super) algorithm: AlgorithmIdentifier<'s>,
    /// The hash where the algorithm's identifier names none, as that of most SignerInfos does.
    pub(super) hash: Option<HashAlgorithm>,
    /// Whether an RSA signature may be over a bare digest, as in some old timestamps.
    pub(super) may_be_raw: bool,
    pub(super) octets: &'s [u8],
}

impl SignatureClaim<'_> {
    /// The hash that the signature is over.
    pub(super) fn signed_hash(&self) -> Option<HashAlgorithm> {
        if self.algorithm.kind == oid::RSA_PSS {
            hash_of(self.algorithm)
        } else {
            hash_of(self.algorithm).or(self.hash)
        }
    }
}

/// The hash that the identifier of a signature algorithm names, or its parameters; `None` where that is said elsewhere.
pub(super) fn hash_of(algorithm: AlgorithmIdentifier<'_>) -> Option<HashAlgorithm> {
    match algorithm.kind {
        oid::RSA_PSS => rsa::pss_hash(algorithm.parameters),
        kind => HashAlgorithm::from_oid(kind),
    }
}

/// The answer about a key and a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Made,
    /// Made, over a digest without the DigestInfo that names its algorithm.
    MadeOverRawDigest,
    NotMade,
    /// The algorithm or the key is not known here.
    Unknown,
    /// The work is used up.
    Unpaid,
}

impl Verdict {
    pub(super) const fn is_made(self) -> bool {
        matches!(self, Self::Made | Self::MadeOverRawDigest)
    }

    /// The answer as a fact.
    pub(super) const fn fact(self) -> Option<bool> {
        match self {
            Self::Made | Self::MadeOverRawDigest => Some(true),
            Self::NotMade => Some(false),
            Self::Unknown | Self::Unpaid => None,
        }
    }

    /// The answer about several keys: one that made it, else one for which there was no work left, else one that did not.
    pub(super) const fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Made, _) | (_, Self::Made) => Self::Made,
            (Self::MadeOverRawDigest, _) | (_, Self::MadeOverRawDigest) => Self::MadeOverRawDigest,
            (Self::Unpaid, _) | (_, Self::Unpaid) => Self::Unpaid,
            (Self::NotMade, _) | (_, Self::NotMade) => Self::NotMade,
            (Self::Unknown, Self::Unknown) => Self::Unknown,
        }
    }

    const fn of(is_made: bool) -> Self {
        if is_made { Self::Made } else { Self::NotMade }
    }
}

/// Whether the key of `certificate` made a signature over `message`. Lengths of digests come from their algorithms.
pub(super) fn judge(
    certificate: Certificate<'_>,
    claim: SignatureClaim<'_>,
    message: &mut Message<'_>,
    work: &mut Work,
) -> Verdict {
    let Some(key) = certificate.key_info() else { return Verdict::Unknown };
    let Some(family) = Family::of_signature(claim.algorithm.kind) else { return Verdict::Unknown };
    let Some(key_family) = Family::of_key(key.algorithm) else { return Verdict::Unknown };
    let fits = family == key_family || (family == Family::RsaPss && key_family == Family::Rsa);
    if !fits {
        return Verdict::NotMade;
    }
    match (family, claim.signed_hash()) {
        (Family::RsaPss, _) => rsa::judge_pss(&key, claim, message, work),
        (Family::Ed25519, _) => judge_ed25519(&key, claim.octets, message.octets, work),
        (_, None) => Verdict::Unknown,
        (Family::Rsa, Some(hash)) => rsa::judge_pkcs1(&key, claim, hash, message, work),
        (Family::Dsa, Some(hash)) => dsa::judge(&key, claim.octets, hash, message, work),
        (Family::Ecdsa, Some(hash)) => ecdsa::judge(&key, claim.octets, hash, message, work),
    }
}

/// Whether somebody who sees a signature can make another key that made it, too, as with (EC)DSA, whose signatures do not depend on the key.
pub(super) fn is_of_many_keys(claim: SignatureClaim<'_>) -> bool {
    matches!(Family::of_signature(claim.algorithm.kind), Some(Family::Dsa | Family::Ecdsa))
}

/// Whether the parameters of a DSA key let anybody sign for it. False for other keys, and where no work is left to find out.
pub(super) fn has_bad_parameters(certificate: Certificate<'_>, work: &mut Work) -> bool {
    let key = certificate.key_info().filter(|key| key.algorithm == oid::DSA);
    key.is_some_and(|key| dsa::has_bad_parameters(&key, work))
}

/// Algorithms that go together with the same keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Rsa,
    RsaPss,
    Dsa,
    Ecdsa,
    Ed25519,
}

impl Family {
    fn of_key(algorithm: Oid<'_>) -> Option<Self> {
        Some(match algorithm {
            oid::RSA => Self::Rsa,
            oid::RSA_PSS => Self::RsaPss,
            oid::DSA => Self::Dsa,
            oid::EC => Self::Ecdsa,
            oid::ED25519 => Self::Ed25519,
            _ => return None,
        })
    }

    /// SignerInfos name a signature algorithm, or the key's and a hash apart.
    fn of_signature(algorithm: Oid<'_>) -> Option<Self> {
        Some(match algorithm {
            oid::MD2_RSA | oid::MD5_RSA | oid::SHA1_RSA | oid::SHA1_RSA_OIW => Self::Rsa,
            oid::SHA224_RSA | oid::SHA256_RSA | oid::SHA384_RSA | oid::SHA512_RSA => Self::Rsa,
            oid::DSA_SHA1 | oid::DSA_SHA256 => Self::Dsa,
            oid::ECDSA_SHA1 | oid::ECDSA_SHA256 | oid::ECDSA_SHA384 | oid::ECDSA_SHA512 => Self::Ecdsa,
            key => return Self::of_key(key),
        })
    }
}

/// Dss-Sig-Value and Ecdsa-Sig-Value (RFC 3279, 2.2.2 and 2.2.3) ::= SEQUENCE { r INTEGER, s INTEGER }; negative numbers are none.
fn signature_numbers(signature: &[u8]) -> Option<[&[u8]; 2]> {
    let mut parts = Cursor::new(Span::new(signature, 0), Structure::SignerInfo);
    let value = parts.expect(tag::SEQUENCE, &mut Budget::default()).ok()?;
    // Octets behind the numbers would be signed by nobody.
    unsigned_numbers(value).filter(|_| parts.is_at_end())
}

/// RFC 8032, over the message itself, which is hashed anew for every key. What costs something comes behind the payment, to find the
/// key's point too.
fn judge_ed25519(key: &KeyInfo<'_>, signature: &[u8], message: &[u8], work: &mut Work) -> Verdict {
    const COST: u64 = 1;
    let Ok(key) = key.key.as_bytes().try_into() else { return Verdict::Unknown };
    let Ok(signature) = ed25519_dalek::Signature::from_slice(signature) else { return Verdict::NotMade };
    if !work.spend_hashing(message.len()) || !work.spend(COST) {
        return Verdict::Unpaid;
    }
    let Ok(key) = ed25519_dalek::VerifyingKey::from_bytes(key) else { return Verdict::Unknown };
    Verdict::of(key.verify_strict(message, &signature).is_ok())
}

#[cfg(test)]
mod tests;
