//! CVE-2020-0601: a root's look-alike that has the root's own point for a key, on a curve written out with another generator, so that
//! its maker knows the private key. Here that generator is the point itself, and the private key is 1.

use p256::ecdsa::Signature;
use p256::elliptic_curve::PrimeField;
use p256::elliptic_curve::ops::Reduce;
use p256::elliptic_curve::point::AffineCoordinates;
use p256::{FieldBytes, ProjectivePoint, Scalar, U256};
use sha2::{Digest, Sha256};

use crate::facts::Facts;
use crate::issued::{CODE_SIGNING, EC, Issued, end_entity, point, signing_key};
use crate::scene::{Scene, check, edit, unstamped};
use crate::support::cms::{SignedData, public_key};
use crate::support::der::{self, hex, oid, sequence, tlv};

const PRIME_FIELD: &str = "1.2.840.10045.1.1";

/// ECParameters (RFC 3279, 2.3.5) of P-256 with this generator.
fn written_out(generator: &[u8]) -> Vec<u8> {
    let number = |text: &str| tlv(der::INTEGER, [vec![0], hex(text)].concat());
    let octets = |text: &str| tlv(der::OCTET_STRING, hex(text));
    sequence([
        tlv(der::INTEGER, [1]),
        sequence([oid(PRIME_FIELD), number("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff")]),
        sequence([
            octets("ffffffff00000001000000000000000000000000fffffffffffffffffffffffc"),
            octets("5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b"),
        ]),
        tlv(der::OCTET_STRING, generator),
        number("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"),
        tlv(der::INTEGER, [1]),
    ])
}

/// An ECDSA signature by the private key 1, with the point of this key for generator.
fn sign_with_generator(key: &str, message: &[u8]) -> Vec<u8> {
    let generator = ProjectivePoint::from(*signing_key(key).verifying_key().as_affine());
    let nonce = Scalar::from(0x2020_0601_u64);
    let r = x_of(generator * nonce);
    let digest = <Scalar as Reduce<U256>>::reduce_bytes(&Sha256::digest(message));
    let s = nonce.invert().unwrap() * (digest + r);
    // The forgery is a good one: s⁻¹·(digest·G + r·Q) has r for its abscissa, where G and Q are both the point.
    let inverse = s.invert().unwrap();
    assert_eq!(x_of(generator * (digest * inverse) + generator * (r * inverse)), r);
    assert_ne!(Scalar::ZERO, s);
    Signature::from_scalars(r.to_repr(), s.to_repr()).unwrap().to_der().as_bytes().to_vec()
}

fn x_of(point: ProjectivePoint) -> Scalar {
    let x: FieldBytes = point.to_affine().x();
    <Scalar as Reduce<U256>>::reduce_bytes(&x)
}

/// The look-alike of the root.
fn forged_root() -> Issued {
    let mut root = unstamped().root;
    let generator = point("Root");
    root.parts.key = public_key([oid(EC), written_out(&generator)], &generator);
    root
}

#[test]
fn a_written_out_curve_proves_nothing() {
    let victim = end_entity("0102", "Victim", "Root", CODE_SIGNING);
    let victim_der = victim.parts.signed(|to_be_signed| sign_with_generator("Root", to_be_signed));
    let forged = forged_root().der();
    let (in_file, beside) = (vec![victim_der.clone(), forged.clone()], vec![victim_der]);
    for (name, certificates, with_given) in
        [("in the file", in_file, false), ("not there", beside.clone(), false), ("from the caller", beside, true)]
    {
        let message = edit(move |message: &mut SignedData| message.certificates.clone_from(&certificates));
        let scene = Scene { signer: end_entity("0102", "Victim", "Root", CODE_SIGNING), message, ..unstamped() };
        let mut check = check();
        if with_given {
            check.given.push(forged.clone());
        }
        let facts = Facts::of(&scene.file(), &check.verifier());
        // Everything of the forger's own holds; the root's look-alike leads nowhere.
        assert_eq!(facts.get("signature_valid"), "yes", "{name}: {:#?}", facts.list());
        assert_eq!(facts.get("anchor"), "none", "{name}: {:#?}", facts.list());
        assert_eq!(facts.get("broken"), "issuer_signature at 0", "{name}: {:#?}", facts.list());
        let told = facts.get("weaknesses").contains("explicit_curve");
        assert_eq!(told, name == "in the file", "{name}: {:#?}", facts.list());
    }
}

/// Nor does a signer's own key on a curve that is written out, though it be that of P-256.
#[test]
fn a_signers_key_on_a_written_out_curve_is_not_used() {
    let generator = hex(concat!(
        "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
        "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
    ));
    let mut signer = unstamped().signer;
    signer.parts.key = public_key([oid(EC), written_out(&generator)], &point("Signer"));
    let facts = Facts::of(&Scene { signer, ..unstamped() }.file(), &check().verifier());
    assert_eq!(facts.get("signature_valid"), "unknown", "{:#?}", facts.list());
    assert!(facts.get("weaknesses").contains("explicit_curve"), "{:#?}", facts.list());
}
