//! Keys that let others sign, second signatures, and what looking at them costs.

#![expect(clippy::arithmetic_side_effects, reason = "on numbers of any size, and none is divided by zero")]

use ::rsa::pss::Pss;
use ::rsa::rand_core::{CryptoRng, Error, RngCore};
use ::rsa::traits::{PublicKeyParts, SignatureScheme};
use ::rsa::{BigUint, RsaPrivateKey};

use super::*;
use crate::asn1::der::{Cursor, Element};
use crate::asn1::tag;
use crate::bytes::Span;
use crate::error::Structure;
use crate::file::SignedFile;
use crate::limits::Budget;

const HASH: HashAlgorithm = HashAlgorithm::Sha256;
/// Work enough for everything.
const PLENTY: u64 = 1 << 20;

fn value(tag: u32, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&[u8::try_from(tag).unwrap(), 0x84], &length[..], content].concat()
}

fn list(parts: &[Vec<u8>]) -> Vec<u8> {
    value(tag::SEQUENCE, &parts.concat())
}

fn integer(number: &BigUint) -> Vec<u8> {
    value(tag::INTEGER, &[&[0], &number.to_bytes_be()[..]].concat())
}

fn small(number: u32) -> BigUint {
    BigUint::from(number)
}

/// A certificate of which only the key is there.
fn certificate(algorithm: Oid<'_>, parameters: &[u8], key: &[u8]) -> Vec<u8> {
    let identifier = list(&[value(tag::OID, algorithm.as_bytes()), parameters.to_vec()]);
    let spki = list(&[identifier.clone(), value(tag::BIT_STRING, &[&[0], key].concat())]);
    let to_be_signed = list(&[integer(&small(1)), identifier, list(&[]), list(&[]), list(&[]), spki]);
    list(&[to_be_signed])
}

fn element(der: &[u8]) -> Element<'_> {
    Cursor::new(Span::new(der, 0), Structure::SignerInfo).peek(&mut Budget::default()).unwrap()
}

fn judge_with(certificate: &[u8], algorithm: Oid<'_>, octets: &[u8], message: &mut Message<'_>, work: u64) -> Verdict {
    // Of an RSASSA-PSS signature: SHA-1 and a salt of 20 octets.
    let parameters = Some(element(&[0x30, 0]));
    let algorithm = AlgorithmIdentifier { kind: algorithm, parameters };
    let claim = SignatureClaim { algorithm, hash: Some(HASH), may_be_raw: false, octets };
    judge(Certificate::from_der(certificate).unwrap(), claim, message, &mut Work::new(work))
}

/// The numbers of a DSA key.
#[derive(Debug, Clone)]
struct DsaNumbers {
    p: BigUint,
    q: BigUint,
    g: BigUint,
    y: BigUint,
}

impl DsaNumbers {
    /// Those of a key that is as it should be.
    fn good() -> Self {
        let file = SignedFile::parse(include_bytes!("../../../tests/fixtures/verify/dsa1024_sha1.exe")).unwrap();
        let key = file.signatures()[0].signer().unwrap().key_info().unwrap();
        let [p, q, g] = key.dsa_parameters().unwrap().map(BigUint::from_bytes_be);
        Self { p, q, g, y: BigUint::from_bytes_be(key.dsa_key().unwrap()) }
    }

    /// Of no prime but the square of an odd number, modulo which the powers of 1 + q are 1 + nq.
    fn square() -> Self {
        let q = BigUint::from_bytes_be(&[0xff; 33]);
        let one_more = &q + small(1);
        Self { p: &q * &q, q, g: one_more.clone(), y: one_more }
    }

    fn certificate(&self) -> Vec<u8> {
        let parameters = list(&[integer(&self.p), integer(&self.q), integer(&self.g)]);
        certificate(oid::DSA, &parameters, &integer(&self.y))
    }

    /// What anybody can sign with: r and s with which the verifier computes a power of y, or of g, that was chosen.
    fn forgeries(&self, digest: &[u8]) -> Vec<Vec<u8>> {
        let pair = |r: BigUint, s: BigUint| list(&[integer(&r), integer(&(s % &self.q))]);
        let over = |number: &BigUint, power: &BigUint| number * power.modpow(&(&self.q - small(2)), &self.q);
        let digest = BigUint::from_bytes_be(digest);
        let mut found = vec![pair(small(1), small(1))];
        for power in (1..9).map(small) {
            let r = self.y.modpow(&power, &self.p) % &self.q;
            found.push(pair(r.clone(), over(&r, &power)));
            let r = self.g.modpow(&power, &self.p) % &self.q;
            found.push(pair(r, over(&digest, &power)));
        }
        found
    }
}

#[test]
fn dsa_keys_for_which_anybody_can_sign_are_not_used() {
    let good = DsaNumbers::good();
    let (one, p) = (small(1), good.p.clone());
    let cases = [
        ("as it should be", good.clone(), false),
        ("g is 1", DsaNumbers { g: one.clone(), ..good.clone() }, true),
        ("g is 0", DsaNumbers { g: small(0), ..good.clone() }, true),
        ("g is p", DsaNumbers { g: p.clone(), ..good.clone() }, true),
        ("g is -1", DsaNumbers { g: &p - &one, ..good.clone() }, true),
        ("g is of another order", DsaNumbers { g: small(2), ..good.clone() }, true),
        ("y is 1", DsaNumbers { y: one.clone(), ..good.clone() }, true),
        ("y is 1 again", DsaNumbers { y: &p + &one, ..good.clone() }, true),
        ("y is p", DsaNumbers { y: p.clone(), ..good.clone() }, true),
        ("y is of another order", DsaNumbers { y: small(2), ..good.clone() }, true),
        ("p is even", DsaNumbers { p: &p + &one, ..good.clone() }, true),
        ("p is a square", DsaNumbers::square(), true),
    ];
    // q has 160 bits, of which the digest gives the first.
    let digest = HASH.digest(b"message")[..20].to_vec();
    for (name, numbers, is_bad) in cases {
        let der = numbers.certificate();
        let parsed = Certificate::from_der(&der).unwrap();
        assert_eq!(has_bad_parameters(parsed, &mut Work::new(PLENTY)), is_bad, "{name}");
        let expected = if is_bad { Verdict::Unknown } else { Verdict::NotMade };
        for forgery in numbers.forgeries(&digest) {
            let verdict = judge_with(&der, oid::DSA, &forgery, &mut Message::new(b"message"), PLENTY);
            assert_eq!(verdict, expected, "{name}: {forgery:02x?}");
        }
    }
    let der = good.certificate();
    assert!(!has_bad_parameters(Certificate::from_der(&der).unwrap(), &mut Work::new(0)));
    let of_other_order = DsaNumbers { g: small(2), ..good }.certificate();
    let mut work = Work::new(1);
    assert!(!has_bad_parameters(Certificate::from_der(&of_other_order).unwrap(), &mut work));
    assert!(work.take_cut(), "powers are paid for");
}

/// Numbers that only have to differ.
struct Counter(u8);

impl RngCore for Counter {
    fn next_u32(&mut self) -> u32 {
        u32::try_from(self.next_u64() >> 32).unwrap()
    }

    fn next_u64(&mut self) -> u64 {
        let mut octets = [0; 8];
        self.fill_bytes(&mut octets);
        u64::from_be_bytes(octets)
    }

    fn fill_bytes(&mut self, octets: &mut [u8]) {
        for octet in octets {
            self.0 = self.0.wrapping_mul(5).wrapping_add(1);
            *octet = self.0;
        }
    }

    fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(octets);
        Ok(())
    }
}

impl CryptoRng for Counter {}

/// A key with a modulus of 1,024 bits that begins 1000…, so that nearly every signature has room for the modulus on top: the product of
/// the first two primes behind the root of 2^1023.
fn rsa_key() -> RsaPrivateKey {
    const ROOT: &[u8] = b"b504f333f9de6484597d89b3754abe9f1d6f60ba893ba84ced17ac8583339915\
        4afc83043ab8a2c3a8b1fe6fdc83db390f74a85e439c7b4a780487363dfa2768";
    let root = BigUint::parse_bytes(ROOT, 16).unwrap();
    RsaPrivateKey::from_p_q(&root + small(257), root + small(329), small(65_537)).unwrap()
}

fn rsa_certificate(key: &RsaPrivateKey) -> Vec<u8> {
    certificate(oid::RSA, &[], &list(&[integer(key.n()), integer(key.e())]))
}

#[test]
fn no_rsa_signature_has_a_second_one() {
    let key = rsa_key();
    let der = rsa_certificate(&key);
    let scheme = Pss::new_with_salt::<sha1::Sha1>(20);
    let pss = scheme.sign(Some(&mut Counter(1)), &key, &HashAlgorithm::Sha1.digest(b"message")).unwrap();
    let scheme =
        ::rsa::Pkcs1v15Sign { hash_len: None, prefix: Box::new(*b"010\r\x06\t`\x86H\x01e\x03\x04\x02\x01\x05\0\x04 ") };
    let pkcs1 = scheme.sign::<Counter>(None, &key, &HASH.digest(b"message")).unwrap();
    for (scheme, signature) in [(oid::RSA_PSS, pss), (oid::RSA, pkcs1)] {
        let judge = |octets: &[u8]| judge_with(&der, scheme, octets, &mut Message::new(b"message"), PLENTY);
        assert_eq!(judge(&signature), Verdict::Made, "{scheme}");
        let larger = (BigUint::from_bytes_be(&signature) + key.n()).to_bytes_be();
        assert_eq!(larger.len(), signature.len(), "no room for a second signature");
        assert_eq!(judge(&larger), Verdict::NotMade, "{scheme}: the same and the modulus");
    }
}

#[test]
fn what_a_key_costs_is_paid_first() {
    let signature =
        |octets: usize| list(&[value(tag::INTEGER, &vec![1; octets]), value(tag::INTEGER, &vec![1; octets])]);
    let ec = |point: &[u8]| certificate(oid::EC, &value(tag::OID, oid::SECP256R1.as_bytes()), point);
    // The base point of P-256, and an x that no point has.
    let base = hex::decode("036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296").unwrap();
    let no_point = [&[2][..], &[0xff; 32]].concat();
    let ed25519 = |key: &[u8]| certificate(oid::ED25519, &[], key);
    // The base point of edwards25519, and a y that no point has.
    let ed_base = [&[0x58][..], &[0x66; 31]].concat();
    let ed_no_point = [&[2][..], &[0; 31]].concat();
    let dsa = DsaNumbers::good().certificate();
    let rsa = rsa_certificate(&rsa_key());
    // A message that costs 4 units to hash, beside the cost of the key's own.
    let long = vec![0; 1 << 20];
    let cases = [
        ("ECDSA", ec(&base), oid::EC, signature(32), 5, Verdict::NotMade),
        ("ECDSA, no point", ec(&no_point), oid::EC, signature(32), 1, Verdict::Unknown),
        ("ECDSA, no numbers", ec(&no_point), oid::EC, vec![5, 0], 0, Verdict::NotMade),
        ("ECDSA, long numbers", ec(&base), oid::EC, signature(33), 0, Verdict::NotMade),
        ("Ed25519", ed25519(&ed_base), oid::ED25519, vec![1; 64], 5, Verdict::NotMade),
        ("Ed25519, no point", ed25519(&ed_no_point), oid::ED25519, vec![1; 64], 5, Verdict::Unknown),
        ("Ed25519, a short signature", ed25519(&ed_no_point), oid::ED25519, vec![1; 63], 0, Verdict::NotMade),
        ("Ed25519, a short key", ed25519(&[1; 31]), oid::ED25519, vec![1; 64], 0, Verdict::Unknown),
        ("DSA", dsa.clone(), oid::DSA, signature(20), 8, Verdict::NotMade),
        ("DSA, long numbers", dsa.clone(), oid::DSA, signature(22), 0, Verdict::NotMade),
        ("DSA, no numbers", dsa, oid::DSA, vec![5, 0], 0, Verdict::NotMade),
        ("RSA", rsa.clone(), oid::RSA, vec![1; 128], 5, Verdict::NotMade),
        ("RSA, a short signature", rsa, oid::RSA, vec![1; 127], 0, Verdict::NotMade),
    ];
    for (name, der, algorithm, octets, cost, expected) in cases {
        let judge = |message: &mut Message<'_>, work: u64| judge_with(&der, algorithm, &octets, message, work);
        let mut message = Message::new(&long);
        if let Some(less) = u64::checked_sub(cost, 1) {
            assert_eq!(judge(&mut message, less), Verdict::Unpaid, "{name}");
        }
        assert_eq!(message.digests.len(), 0, "{name}: hashed for nothing");
        assert_eq!(judge(&mut message, cost), expected, "{name}");
        // A digest that is known is not paid for again; Ed25519 has none that could be known.
        if !message.digests.is_empty() {
            assert_eq!(judge(&mut message, cost.saturating_sub(4)), expected, "{name}, again");
        }
    }
}

#[test]
fn the_hash_of_a_signature() {
    let pss = |parameters: &str| hex::decode(parameters).unwrap();
    // SHA-256 for message and mask, and what the parameters say where they say nothing.
    let sha256 = "300d06096086480165030402010500";
    let named = pss(&format!("302fa00f{sha256}a11c301a06092a864886f70d010108{sha256}"));
    let cases = [
        (oid::RSA_PSS, named, Some(HashAlgorithm::Sha256)),
        (oid::RSA_PSS, pss("3000"), Some(HashAlgorithm::Sha1)),
        // The hash beside the signature has no say in it.
        (oid::RSA_PSS, pss("0500"), None),
        (oid::SHA1_RSA, pss("0500"), Some(HashAlgorithm::Sha1)),
        (oid::RSA, pss("0500"), Some(HashAlgorithm::Sha512)),
    ];
    for (kind, parameters, expected) in cases {
        let algorithm = AlgorithmIdentifier { kind, parameters: Some(element(&parameters)) };
        let claim = SignatureClaim { algorithm, hash: Some(HashAlgorithm::Sha512), may_be_raw: false, octets: &[] };
        assert_eq!(claim.signed_hash(), expected, "{kind} {parameters:02x?}");
    }
}
