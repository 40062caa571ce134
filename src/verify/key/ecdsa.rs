//! ECDSA over the curves P-256, P-384 and P-521 (FIPS 186-4; RFC 5480).

use p256::ecdsa::signature::hazmat::PrehashVerifier;

use super::{Message, Verdict, signature_numbers};
use crate::asn1::oid::{self, Oid};
use crate::asn1::tag;
use crate::digest::HashAlgorithm;
use crate::verify::work::Work;
use crate::x509::public_key::KeyInfo;

/// Octets of a number in the fields of the curves (SEC 1, 2.3.5).
const P256_OCTETS: usize = 32;
const P384_OCTETS: usize = 48;
const P521_OCTETS: usize = 66;

/// Costs beside a verification under an RSA key of 2,048 bits, measured.
const P256_COST: u64 = 1;
const P384_COST: u64 = 4;
const P521_COST: u64 = 5;

/// Whether the key made a signature over the digest of a message. Of the curve only the name counts: parameters that are written out are
/// not used (CVE-2020-0601).
pub(super) fn judge(
    key: &KeyInfo<'_>,
    signature: &[u8],
    hash: HashAlgorithm,
    message: &mut Message<'_>,
    work: &mut Work,
) -> Verdict {
    let Some(curve) = key.parameters.filter(|parameters| parameters.tag == tag::OID) else { return Verdict::Unknown };
    let point = key.key.as_bytes();
    match Oid::from_content(curve.content.as_bytes()) {
        oid::SECP256R1 => {
            let numbers = numbers::<P256_OCTETS>(signature);
            let signature = numbers.and_then(|(r, s)| p256::ecdsa::Signature::from_scalars(r, s).ok());
            let key = || p256::ecdsa::VerifyingKey::from_sec1_bytes(point).ok();
            judge_with(signature, P256_COST, key, digest_of::<P256_OCTETS>(hash, message), work)
        }
        oid::SECP384R1 => {
            let numbers = numbers::<P384_OCTETS>(signature);
            let signature = numbers.and_then(|(r, s)| p384::ecdsa::Signature::from_scalars(r, s).ok());
            let key = || p384::ecdsa::VerifyingKey::from_sec1_bytes(point).ok();
            judge_with(signature, P384_COST, key, digest_of::<P384_OCTETS>(hash, message), work)
        }
        oid::SECP521R1 => {
            let numbers = numbers::<P521_OCTETS>(signature)
                .and_then(|(r, s)| p521::FieldBytes::from_exact_iter(r).zip(p521::FieldBytes::from_exact_iter(s)));
            let signature = numbers.and_then(|(r, s)| p521::ecdsa::Signature::from_scalars(r, s).ok());
            let key = || p521::ecdsa::VerifyingKey::from_sec1_bytes(point).ok();
            judge_with(signature, P521_COST, key, digest_of::<P521_OCTETS>(hash, message), work)
        }
        _ => Verdict::Unknown,
    }
}

/// `None` is a signature that is no two numbers, or has numbers that no signature has: zero, or the group's order and more. The key comes
/// behind the payment: to find the point of a compressed one takes a square root.
fn judge_with<S, K: PrehashVerifier<S>, const N: usize>(
    signature: Option<S>,
    cost: u64,
    key: impl FnOnce() -> Option<K>,
    digest: impl FnOnce(&mut Work) -> Option<[u8; N]>,
    work: &mut Work,
) -> Verdict {
    let Some(signature) = signature else { return Verdict::NotMade };
    if !work.spend(cost) {
        return Verdict::Unpaid;
    }
    let Some(key) = key() else { return Verdict::Unknown };
    let Some(digest) = digest(work) else { return Verdict::Unpaid };
    Verdict::of(key.verify_prehash(&digest, &signature).is_ok())
}

/// The digest as a number of the curve's field, when it is asked for and there is work for it.
fn digest_of<const N: usize>(
    hash: HashAlgorithm,
    message: &mut Message<'_>,
) -> impl FnOnce(&mut Work) -> Option<[u8; N]> {
    move |work| message.paid_digest(hash, work).map(field)
}

/// A digest as a number of the curve's field: its first octets where it is longer, behind zeros where it is shorter (FIPS 186-4, 6.4).
fn field<const N: usize>(digest: &[u8]) -> [u8; N] {
    padded(digest.get(..N).unwrap_or(digest)).unwrap_or([0; N])
}

/// The numbers of a signature as those of the curve's field; `None` where one does not fit.
fn numbers<const N: usize>(signature: &[u8]) -> Option<([u8; N], [u8; N])> {
    let [r, s] = signature_numbers(signature)?;
    Some((padded(r)?, padded(s)?))
}

/// Octets behind as many zeros as they lack; `None` when there are too many.
fn padded<const N: usize>(octets: &[u8]) -> Option<[u8; N]> {
    let mut number = [0; N];
    number.get_mut(N.checked_sub(octets.len())?..)?.copy_from_slice(octets);
    Some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_fill_the_field_from_the_left_or_are_cut_on_the_right() {
        assert_eq!(field::<4>(&[1, 2]), [0, 0, 1, 2]);
        assert_eq!(field::<4>(&[1, 2, 3, 4]), [1, 2, 3, 4]);
        assert_eq!(field::<4>(&[1, 2, 3, 4, 5]), [1, 2, 3, 4]);
    }

    #[test]
    fn signatures_are_two_positive_numbers_that_fit() {
        let cases = [
            ("3006020101020102", Some(([0, 1], [0, 2]))),
            ("3007020200ff020100", Some(([0, 255], [0, 0]))),
            ("3006020181020102", None),
            ("300802030101010201 02", None),
            ("3009020101020102020103", None),
            ("3003020101", None),
            ("", None),
        ];
        for (octets, expected) in cases {
            let octets = hex::decode(octets.replace(' ', "")).unwrap();
            assert_eq!(numbers::<2>(&octets), expected, "{octets:02x?}");
        }
    }
}
