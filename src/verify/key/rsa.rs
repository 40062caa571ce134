//! RSA signatures (RFC 8017, 8.1 and 8.2).

use rsa::pss::Pss;
use rsa::traits::{PublicKeyParts, SignatureScheme};
use rsa::{BigUint, RsaPublicKey};

use super::{Message, SignatureClaim, Verdict};
use crate::asn1::der::Element;
use crate::asn1::oid::{self, Oid};
use crate::asn1::tag;
use crate::bytes::to_u64;
use crate::digest::HashAlgorithm;
use crate::error::Structure;
use crate::limits::Budget;
use crate::verify::work::Work;
use crate::x509::algorithm::AlgorithmIdentifier;
use crate::x509::public_key::KeyInfo;

/// Bits of the largest key that is used: what Windows takes (CNG, BCRYPT_RSA_ALGORITHM).
const MOST_BITS: usize = 16_384;
/// Octets of the smallest: 512 bits, which old files have.
const LEAST_OCTETS: usize = 64;
/// Octets of the key that one unit of work is counted in.
const UNIT_OCTETS: usize = 256;

/// Whether the key made a signature in the scheme RSASSA-PKCS1-v1_5. The padded digest is built and compared as a whole, so nothing that
/// a forger puts there is ever read.
pub(super) fn judge_pkcs1(
    key: &KeyInfo<'_>,
    claim: SignatureClaim<'_>,
    hash: HashAlgorithm,
    message: &mut Message<'_>,
    work: &mut Work,
) -> Verdict {
    let key = match prepare(key, claim, work) {
        Ok(key) => key,
        Err(verdict) => return verdict,
    };
    let signature = BigUint::from_bytes_be(claim.octets);
    if signature >= *key.n() {
        return Verdict::NotMade;
    }
    let Ok(opened) = rsa::hazmat::rsa_encrypt(&key, &signature) else { return Verdict::NotMade };
    let opened = opened.to_bytes_be();
    let Some(digest) = message.paid_digest(hash, work) else { return Verdict::Unpaid };
    let is = |info: &[u8]| padded(info, key.size()).is_some_and(|padded| padded == opened);
    if identifiers(hash).iter().any(|kind| [true, false].iter().any(|null| is(&digest_info(*kind, *null, digest)))) {
        return Verdict::Made;
    }
    if claim.may_be_raw && is(digest) { Verdict::MadeOverRawDigest } else { Verdict::NotMade }
}

/// Whether the key made a signature in the scheme RSASSA-PSS, with one hash for the message and for the mask.
pub(super) fn judge_pss(
    key: &KeyInfo<'_>,
    claim: SignatureClaim<'_>,
    message: &mut Message<'_>,
    work: &mut Work,
) -> Verdict {
    let Some(PssParameters { hash, salt_octets }) = PssParameters::read(claim.algorithm.parameters) else {
        return Verdict::Unknown;
    };
    let key = match prepare(key, claim, work) {
        Ok(key) => key,
        Err(verdict) => return verdict,
    };
    // RFC 8017, 5.2.2, which the crate leaves to its callers: else there would be a second signature, larger by the modulus.
    if BigUint::from_bytes_be(claim.octets) >= *key.n() {
        return Verdict::NotMade;
    }
    let Some(digest) = message.paid_digest(hash, work) else { return Verdict::Unpaid };
    // A key too short for digest and salt.
    if digest.len().saturating_add(salt_octets).saturating_add(2) > key.size() {
        return Verdict::NotMade;
    }
    let scheme = match hash {
        HashAlgorithm::Md5 => Pss::new_with_salt::<md5::Md5>(salt_octets),
        HashAlgorithm::Sha1 => Pss::new_with_salt::<sha1::Sha1>(salt_octets),
        HashAlgorithm::Sha256 => Pss::new_with_salt::<sha2::Sha256>(salt_octets),
        HashAlgorithm::Sha384 => Pss::new_with_salt::<sha2::Sha384>(salt_octets),
        HashAlgorithm::Sha512 => Pss::new_with_salt::<sha2::Sha512>(salt_octets),
    };
    Verdict::of(scheme.verify(&key, digest, claim.octets).is_ok())
}

/// The hash that the parameters of RSASSA-PSS name.
pub(super) fn pss_hash(parameters: Option<Element<'_>>) -> Option<HashAlgorithm> {
    PssParameters::read(parameters).map(|parameters| parameters.hash)
}

/// The key, paid for, when it can have made a signature of this length.
fn prepare(key: &KeyInfo<'_>, claim: SignatureClaim<'_>, work: &mut Work) -> Result<RsaPublicKey, Verdict> {
    let [modulus, exponent] = key.rsa_key().ok_or(Verdict::Unknown)?;
    // The shortest exponents by far are the ones in use; the crate's largest has 33 bits.
    const MOST_EXPONENT_OCTETS: usize = 5;
    if modulus.len() < LEAST_OCTETS || exponent.len() > MOST_EXPONENT_OCTETS {
        return Err(Verdict::Unknown);
    }
    if claim.octets.len() != modulus.len() {
        return Err(Verdict::NotMade);
    }
    let (modulus_number, exponent_number) = (BigUint::from_bytes_be(modulus), BigUint::from_bytes_be(exponent));
    let key = RsaPublicKey::new_with_max_size(modulus_number, exponent_number, MOST_BITS);
    let key = key.map_err(|_| Verdict::Unknown)?;
    if work.spend(cost(modulus.len(), exponent.len())) { Ok(key) } else { Err(Verdict::Unpaid) }
}

/// The cost grows with the square of the key's length, and with the length of its exponent, which has 17 bits as a rule.
fn cost(modulus_octets: usize, exponent_octets: usize) -> u64 {
    const USUAL_EXPONENT_OCTETS: usize = 3;
    let units = to_u64(modulus_octets.div_ceil(UNIT_OCTETS));
    let long_exponent = if exponent_octets > USUAL_EXPONENT_OCTETS { 2 } else { 1 };
    units.saturating_mul(units).saturating_mul(long_exponent)
}

/// The identifiers that a DigestInfo may have for a hash: the hash's own, or by mistake that of a signature algorithm with it.
const fn identifiers(hash: HashAlgorithm) -> &'static [Oid<'static>] {
    match hash {
        HashAlgorithm::Md5 => &[oid::MD5, oid::MD5_RSA],
        HashAlgorithm::Sha1 => &[oid::SHA1, oid::SHA1_RSA, oid::SHA1_RSA_OIW],
        HashAlgorithm::Sha256 => &[oid::SHA256, oid::SHA256_RSA],
        HashAlgorithm::Sha384 => &[oid::SHA384, oid::SHA384_RSA],
        HashAlgorithm::Sha512 => &[oid::SHA512, oid::SHA512_RSA],
    }
}

/// DigestInfo ::= SEQUENCE { digestAlgorithm AlgorithmIdentifier, digest OCTET STRING } (RFC 8017, 9.2). The parameters are NULL, or
/// absent, which verifiers are to take too.
fn digest_info(kind: Oid<'_>, with_null: bool, digest: &[u8]) -> Vec<u8> {
    let null: &[u8] = if with_null { &[5, 0] } else { &[] };
    let algorithm = [&value(tag::OID, kind.as_bytes()), null].concat();
    let parts = [value(tag::SEQUENCE, &algorithm), value(tag::OCTET_STRING, digest)].concat();
    value(tag::SEQUENCE, &parts)
}

/// A DER value of at most 127 octets.
fn value(tag: u32, content: &[u8]) -> Vec<u8> {
    let octet = |number: usize| u8::try_from(number).unwrap_or(u8::MAX);
    let header = [u8::try_from(tag).unwrap_or(u8::MAX), octet(content.len())];
    [&header, content].concat()
}

/// EMSA-PKCS1-v1_5 (RFC 8017, 9.2) as the number it is, without its leading zero; `None` where the key is too short.
fn padded(info: &[u8], octets: usize) -> Option<Vec<u8>> {
    /// The fewest octets of padding (RFC 8017, 9.2).
    const LEAST_PADDING: usize = 8;
    const AROUND: usize = 3;
    let padding = octets.checked_sub(AROUND)?.checked_sub(info.len())?;
    (padding >= LEAST_PADDING).then(|| [&[1][..], &vec![0xff; padding], &[0], info].concat())
}

/// RSASSA-PSS-params (RFC 8017, A.2.3).
struct PssParameters {
    hash: HashAlgorithm,
    salt_octets: usize,
}

impl PssParameters {
    /// `None` for a hash that is not known, and for a mask made in another way than by MGF1 with the same hash.
    fn read(parameters: Option<Element<'_>>) -> Option<Self> {
        const DEFAULT_SALT_OCTETS: u32 = 20;
        /// The only trailer there is.
        const TRAILER_BC: u32 = 1;
        let budget = &mut Budget::default();
        let structure = Structure::SignerInfo;
        let mut parts = parameters?.expect(tag::SEQUENCE, structure).ok()?.members(structure);
        let mut field = |wanted: u32| -> Option<Option<Element<'_>>> {
            let explicit = parts.optional(wanted, budget).ok()?;
            explicit.map_or(Some(None), |explicit| Some(Some(explicit.members(structure).next(budget).ok()??)))
        };
        let hash = field(tag::CONSTRUCTED_0)?;
        let mask = field(tag::CONSTRUCTED_1)?;
        let salt = field(tag::CONSTRUCTED_2)?;
        let trailer = field(tag::CONSTRUCTED_3)?;
        if !parts.is_at_end() || trailer.is_some_and(|trailer| trailer.small_number() != Some(TRAILER_BC)) {
            return None;
        }
        let hash = hash.map_or(Some(HashAlgorithm::Sha1), hash_of)?;
        let mask_hash = match mask {
            None => HashAlgorithm::Sha1,
            Some(mask) => {
                let mask = AlgorithmIdentifier::read(mask, structure).filter(|mask| mask.kind == oid::MGF1)?;
                hash_of(mask.parameters?)?
            }
        };
        let salt = salt.map_or(Some(DEFAULT_SALT_OCTETS), Element::small_number)?;
        (hash == mask_hash).then_some(Self { hash, salt_octets: usize::try_from(salt).ok()? })
    }
}

fn hash_of(algorithm: Element<'_>) -> Option<HashAlgorithm> {
    HashAlgorithm::from_oid(AlgorithmIdentifier::read(algorithm, Structure::SignerInfo)?.kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asn1::der::Cursor;
    use crate::bytes::Span;

    #[test]
    fn digest_infos_begin_as_the_specification_prints_them() {
        // RFC 8017, 9.2, note 1.
        let cases = [
            (oid::MD5, 16, "3020300c06082a864886f70d020505000410"),
            (oid::SHA1, 20, "3021300906052b0e03021a05000414"),
            (oid::SHA256, 32, "3031300d060960864801650304020105000420"),
            (oid::SHA384, 48, "3041300d060960864801650304020205000430"),
            (oid::SHA512, 64, "3051300d060960864801650304020305000440"),
        ];
        for (kind, length, expected) in cases {
            let info = digest_info(kind, true, &vec![0xab; length]);
            assert_eq!(hex::encode(&info[..info.len() - length]), expected, "{kind}");
        }
        assert_eq!(hex::encode(digest_info(oid::SHA1, false, &[])), "300b300706052b0e03021a0400");
    }

    #[test]
    fn padding_fills_the_key_and_is_never_short() {
        assert_eq!(padded(&[7, 8], 13), Some(vec![1, 255, 255, 255, 255, 255, 255, 255, 255, 0, 7, 8]));
        assert_eq!(padded(&[7, 8], 12), None, "seven octets of padding");
        assert_eq!(padded(&[7, 8], 0), None);
    }

    #[test]
    fn parameters_of_pss() {
        let sha256 = "300d06096086480165030402010500";
        let mask = |hash: &str| format!("a11c301a06092a864886f70d010108{hash}");
        let all = format!("3034a00f{sha256}{}a203020120", mask(sha256));
        let cases = [
            ("3000", Some((HashAlgorithm::Sha1, 20))),
            (all.as_str(), Some((HashAlgorithm::Sha256, 32))),
            // Another hash in the mask than for the message; another trailer; a negative salt; no list.
            (&format!("3011a00f{sha256}"), None),
            ("3005a303020102", None),
            ("3005a2030201ff", None),
            ("0500", None),
        ];
        for (octets, expected) in cases {
            let octets = hex::decode(octets).unwrap();
            let element = Cursor::new(Span::new(&octets, 0), Structure::SignerInfo).peek(&mut Budget::default());
            let read = PssParameters::read(element).map(|read| (read.hash, read.salt_octets));
            assert_eq!(read, expected, "{octets:02x?}");
        }
        assert!(PssParameters::read(None).is_none());
    }

    #[test]
    fn longer_keys_cost_more() {
        assert_eq!([cost(128, 3), cost(256, 3), cost(512, 1), cost(2048, 3), cost(256, 5)], [1, 1, 4, 64, 2]);
    }
}
