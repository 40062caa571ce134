//! [`Weakness`]: what holds by the rules and can be forged, or soon will be.

use super::key;
use super::work::Work;
use crate::asn1::oid;
use crate::digest::HashAlgorithm;
use crate::error::Structure;
use crate::x509::certificate::Certificate;
use crate::x509::signed_object::SignedObject;

/// Something weak about a signature or its path.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Weakness<'a> {
    /// What it is.
    pub kind: WeaknessKind,
    /// The certificate it is about; `None` for the SignerInfo's own signature and what it signs.
    pub certificate: Option<Certificate<'a>>,
}

/// The kinds of weakness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WeaknessKind {
    /// The signature, or what it signs, is over an MD2 or MD5 digest: collisions are made in seconds.
    Md5,
    /// The signature, or what it signs, is over a SHA-1 digest: collisions are made (SHAttered, 2017).
    Sha1,
    /// The key is short: RSA and DSA below 2,048 bits, elliptic curves below 224.
    ShortKey {
        /// Its bits.
        bits: u32,
    },
    /// The RSA public exponent is small or even, so that anybody can sign, or nearly.
    BadExponent,
    /// The numbers of the DSA key make no group, so that anybody can sign. Such a key is not used.
    BadParameters,
    /// The key writes its elliptic curve out instead of naming it, as forged roots do (CVE-2020-0601). Such a key is not used.
    ExplicitCurve,
    /// The signature is over a bare digest, without the DigestInfo that says in which algorithm (old timestamps).
    RawDigest,
}

impl WeaknessKind {
    /// The stable name, as records carry it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::ShortKey { .. } => "short_key",
            Self::BadExponent => "bad_exponent",
            Self::BadParameters => "bad_parameters",
            Self::ExplicitCurve => "explicit_curve",
            Self::RawDigest => "raw_digest",
        }
    }

    /// The same for a person.
    #[must_use]
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA-1",
            Self::ShortKey { .. } => "a short key",
            Self::BadExponent => "a bad RSA exponent",
            Self::BadParameters => "bad DSA parameters",
            Self::ExplicitCurve => "an explicit curve",
            Self::RawDigest => "a bare digest",
        }
    }
}

/// Certificates of a file whose keys write their curves out, whether or not anything leads to them.
pub(super) fn explicit_curves<'a>(
    certificates: impl Iterator<Item = Certificate<'a>>,
) -> impl Iterator<Item = Weakness<'a>> {
    let explicit = certificates.filter(|one| one.key_info().is_some_and(|key| key.has_explicit_curve()));
    explicit.map(|certificate| Weakness { kind: WeaknessKind::ExplicitCurve, certificate: Some(certificate) })
}

/// Each kind once.
pub(super) fn of_hashes<'h>(hashes: impl Iterator<Item = &'h HashAlgorithm>) -> Vec<WeaknessKind> {
    let mut found = Vec::new();
    for kind in hashes.filter_map(|hash| of_hash(*hash)) {
        if !found.contains(&kind) {
            found.push(kind);
        }
    }
    found
}

const fn of_hash(hash: HashAlgorithm) -> Option<WeaknessKind> {
    match hash {
        HashAlgorithm::Md5 => Some(WeaknessKind::Md5),
        HashAlgorithm::Sha1 => Some(WeaknessKind::Sha1),
        _ => None,
    }
}

/// How the certificate itself is signed.
pub(super) fn of_signature(certificate: Certificate<'_>) -> Option<WeaknessKind> {
    match certificate.signature_algorithm() {
        oid::MD2_RSA => Some(WeaknessKind::Md5),
        // Parameters name the hash; the identifier is the same in both places, or the signature does not count.
        oid::RSA_PSS => {
            let signed = SignedObject::read(certificate.span(), Structure::Certificate)?;
            of_hash(key::hash_of(signed.algorithm)?)
        }
        algorithm => of_hash(HashAlgorithm::from_oid(algorithm)?),
    }
}

pub(super) fn of_key(certificate: Certificate<'_>, work: &mut Work) -> Option<WeaknessKind> {
    /// NIST SP 800-57 part 1, table 2: 112 bits of security.
    const LEAST_BITS: u32 = 2_048;
    const LEAST_CURVE_BITS: u32 = 224;
    let key = certificate.public_key()?;
    let least = match key.algorithm {
        oid::RSA | oid::RSA_PSS | oid::DSA => LEAST_BITS,
        oid::EC => LEAST_CURVE_BITS,
        _ => return None,
    };
    if certificate.key_info().and_then(|key| key.rsa_key()).is_some_and(|[_, exponent]| is_bad(exponent)) {
        return Some(WeaknessKind::BadExponent);
    }
    if key::has_bad_parameters(certificate, work) {
        return Some(WeaknessKind::BadParameters);
    }
    key.bits.filter(|bits| *bits < least).map(|bits| WeaknessKind::ShortKey { bits })
}

/// 1 signs nothing, and an even exponent belongs to no key.
fn is_bad(exponent: &[u8]) -> bool {
    exponent == [1] || exponent.last().is_none_or(|last| last & 1 == 0)
}
