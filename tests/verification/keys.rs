//! Keys for which anybody can sign, hashes that are weak, and extensions that cannot be read.

use std::cell::RefCell;
use std::rc::Rc;

use sha1::{Digest, Sha1};

use crate::facts::Facts;
use crate::issued::{BASIC_CONSTRAINTS, CODE_SIGNING, EXTENDED_KEY_USAGE, Issued, authority, end_entity};
use crate::scene::{Scene, authentihash, check, countersigned, edit, message_digest, scene, unstamped};
use crate::support::cms::{SHA1, SHA256, SignerInfo, image_digest, public_key};
use crate::support::der::{self, oid, sequence, split, tlv};
use crate::{NOT_SIGNED, Row, run};

const DSA: &str = "1.2.840.10040.4.1";
const RSA_PSS: &str = "1.2.840.113549.1.1.10";

fn sha1(octets: &[u8]) -> Vec<u8> {
    Sha1::digest(octets).to_vec()
}

fn sha1_algorithm() -> Vec<u8> {
    sequence([oid(SHA1), tlv(der::NULL, [])])
}

fn digested_with_sha1(info: &mut SignerInfo) {
    info.digest_algorithm = [oid(SHA1), tlv(der::NULL, [])].concat();
}

/// A DSA key modulo the square of q instead of a prime: modulo q, every power of its g and its y is 1.
fn square_key() -> Vec<u8> {
    // q = 2^264 - 1, p = q² = 2^528 - 2^265 + 1, g = y = q + 1.
    const OCTETS: usize = 33;
    let q = tlv(der::INTEGER, [vec![0], vec![0xff; OCTETS]].concat());
    let p = [vec![0], vec![0xff; OCTETS - 1], vec![0xfe], vec![0; OCTETS - 1], vec![1]].concat();
    let g = tlv(der::INTEGER, [vec![1], vec![0; OCTETS]].concat());
    public_key([oid(DSA), sequence([tlv(der::INTEGER, p), q, g.clone()])], &g)
}

#[test]
fn a_key_for_which_anybody_can_sign_signs_nothing() {
    let mut signer = end_entity("0101", "Signer", "Intermediate", CODE_SIGNING);
    signer.parts.key = square_key();
    let forge = |info: &mut SignerInfo| {
        info.algorithm = sequence([oid(DSA)]);
        info.signature = sequence([tlv(der::INTEGER, [1]), tlv(der::INTEGER, [1])]);
    };
    let facts = Facts::of(&Scene { signer, info: edit(forge), ..unstamped() }.file(), &check().verifier());
    let expected = [
        ("signature_valid", "unknown"),
        ("signed_form", "none"),
        ("certificate", "Signer*"),
        ("anchor", "Root"),
        ("weaknesses", "bad_parameters (Signer*)"),
    ];
    let wrong: Vec<_> = expected.iter().filter(|(name, value)| facts.get(name) != *value).collect();
    assert!(wrong.is_empty(), "expected {wrong:#?}, found {:#?}", facts.list());
}

/// Everything that a signature is over, or says, with SHA-1 in one place.
#[test]
fn every_weak_hash_is_told() {
    let told = ["weaknesses:  -> sha1"];
    let with_image = || Scene { content: edit(|content| *content = image_digest(SHA1, &[7; 20])), ..unstamped() };
    let message_digest_with_sha1 = |attributes: &mut Vec<Vec<u8>>| {
        let content = image_digest(SHA256, &authentihash());
        attributes[1] = message_digest(&sha1(split(&content).1));
    };
    let with_content = Scene { signed: edit(message_digest_with_sha1), info: edit(digested_with_sha1), ..unstamped() };
    let with_pss = |info: &mut SignerInfo| info.algorithm = sequence([oid(RSA_PSS), sequence([[]])]);
    run(&[
        Row::from("the image digest", &unstamped(), with_image().file())
            .changes(&told)
            .changes(&["digest_matches: yes -> no", "digest_rule: Flat -> none"]),
        Row::from("the messageDigest", &unstamped(), with_content.file()).changes(&told),
        Row::from("the parameters of PSS", &unstamped(), Scene { info: edit(with_pss), ..unstamped() }.file())
            .changes(&told)
            .changes(&NOT_SIGNED),
    ]);
}

/// A certificate signed in the scheme of PSS, with SHA-1 because its parameters say nothing else. No key here could have signed it.
#[test]
fn the_weak_hash_in_the_parameters_of_a_certificate_is_told() {
    let mut scene = unstamped();
    scene.signer.parts.algorithm = oid(RSA_PSS);
    scene.signer.parts.parameters = sequence([[]]);
    assert_eq!(Facts::of(&scene.file(), &check().verifier()).get("weaknesses"), "sha1 (Signer)");
}

/// Likewise in a timestamp.
#[test]
fn every_weak_hash_of_a_stamp_is_told() {
    let told = ["stamp0.weaknesses:  -> sha1"];
    // What is signed or stamped, kept for the part that is the digest of it.
    let kept: Rc<RefCell<Vec<u8>>> = Rc::default();
    let keep = || {
        let kept = Rc::clone(&kept);
        edit(move |octets: &mut Vec<u8>| kept.borrow_mut().clone_from(octets))
    };
    let digest = {
        let kept = Rc::clone(&kept);
        move || sha1(&kept.borrow())
    };
    let of_signature = digest.clone();
    let imprint = move |tst_info: &mut Vec<u8>| {
        let imprint = sequence([sha1_algorithm(), tlv(der::OCTET_STRING, of_signature())]);
        let time = tlv(der::GENERALIZED_TIME, scene().stamped_at);
        *tst_info = sequence([tlv(der::INTEGER, [1]), oid("1.2.3"), imprint, tlv(der::INTEGER, [5]), time]);
    };
    let with_imprint = Scene { signature: keep(), tst_info: edit(imprint), ..scene() }.file();
    let of_token = digest.clone();
    let attributes = move |signed: &mut Vec<Vec<u8>>| signed[1] = message_digest(&of_token());
    let stamp_info = || edit(digested_with_sha1);
    let with_content =
        Scene { tst_info: keep(), stamp_signed: edit(attributes), stamp_info: stamp_info(), ..scene() }.file();
    let countersignature = move |imprint: &mut Vec<u8>| *imprint = digest();
    let with_countersignature =
        Scene { signature: keep(), imprint: edit(countersignature), stamp_info: stamp_info(), ..countersigned() };
    run(&[
        Row::new("the imprint of a token", with_imprint).changes(&told),
        Row::new("the messageDigest of a token", with_content).changes(&told),
        Row::from("a countersignature", &countersigned(), with_countersignature.file()).changes(&told),
    ]);
}

/// What an authority may do is not unlimited where it cannot be read.
#[test]
fn limits_that_cannot_be_read_are_limits() {
    let intermediate = || authority("02", "Intermediate", "Root");
    let with = |intermediate: Issued| Scene { intermediate, ..unstamped() }.file();
    let length = |octets: &[u8]| sequence([tlv(der::BOOLEAN, [0xff]), tlv(der::INTEGER, octets)]);
    let row = |name: &str, intermediate: Issued| Row::from(name, &unstamped(), with(intermediate));
    let purposes = |value: &[u8]| intermediate().with(EXTENDED_KEY_USAGE, false, value);
    let no_purpose = ["anchor: Root -> none", "broken: none -> purpose at 1"];
    run(&[
        row("a huge path length", intermediate().with(BASIC_CONSTRAINTS, false, &length(&[1, 0, 0, 0, 0]))),
        row("a negative path length", intermediate().with(BASIC_CONSTRAINTS, false, &length(&[0xff]))).changes(&[
            "anchor: Root -> none",
            "broken: none -> not_ca at 1",
            "path1.is_ca: yes -> unknown",
        ]),
        row("purposes that are no list", purposes(&tlv(der::NULL, []))).changes(&no_purpose),
        row("an empty list of purposes", purposes(&sequence([[]]))).changes(&no_purpose),
    ]);
}
