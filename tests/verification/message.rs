//! Changes to the message: what is signed, the attributes, the signature, the certificates that it brings.

use crate::issued::{CODE_SIGNING, SUBJECT_KEY_ID, end_entity, key_id, sign};
use crate::path::{OTHER_KEY, SIGNER_ALONE};
use crate::scene::{Scene, authentihash, check, ecdsa, edit, message_digest, scene, sha256, unstamped};
use crate::support::cms::{
    CONTENT_TYPE, DATA, RSA, SHA1, SHA256, SignedData, SignerInfo, attribute, content_type, image_digest, opus_info,
    statement_type,
};
use crate::support::der::{self, oid, sequence, set, split, tlv};
use crate::{NOT_SIGNED, OTHER_IMAGE, Row, run};

const SHA384: &str = "2.16.840.1.101.3.4.2.2";
const ECDSA_SHA384: &str = "1.2.840.10045.4.3.3";

/// A row about the image without a stamp, which would change with the signature.
fn row(name: &str, scene: Scene) -> Row {
    Row::from(name, &unstamped(), scene.file())
}

fn content(change: impl Fn(&mut Vec<u8>) + 'static) -> Scene {
    Scene { content: edit(change), ..unstamped() }
}

fn signed(change: impl Fn(&mut Vec<Vec<u8>>) + 'static) -> Scene {
    Scene { signed: edit(change), ..unstamped() }
}

fn signature(change: impl Fn(&mut Vec<u8>) + 'static) -> Scene {
    Scene { signature: edit(change), ..unstamped() }
}

fn info(change: impl Fn(&mut SignerInfo) + 'static) -> Scene {
    Scene { info: edit(change), ..unstamped() }
}

fn message(change: impl Fn(&mut SignedData) + 'static) -> Scene {
    Scene { message: edit(change), ..unstamped() }
}

/// Changes an attribute after it was signed.
fn attribute_after(index: usize, value: impl Fn() -> Vec<u8> + 'static) -> Scene {
    info(move |info| *info.signed.as_mut().unwrap().get_mut(index).unwrap() = value())
}

/// Another digest of the image than the true one.
fn other_digest() -> Vec<u8> {
    image_digest(SHA256, &sha256(b"another image"))
}

#[test]
fn what_is_signed() {
    run(&[
        row("a signature over another digest", content(|content| *content = other_digest())).changes(&OTHER_IMAGE),
        row("another digest than was signed", message(|message| message.content = Some(other_digest())))
            .changes(&OTHER_IMAGE)
            .changes(&["content_matches: yes -> no"]),
        row(
            "an image digest in an unknown algorithm",
            content(|content| *content = image_digest("1.2.3.4", &authentihash())),
        )
        .changes(&["digest_matches: yes -> unknown", "digest_rule: Flat -> none"]),
        row(
            "an image digest in another algorithm",
            content(|content| *content = image_digest(SHA384, &authentihash())),
        )
        .changes(&OTHER_IMAGE),
        row("no content", message(|message| message.content = None)).changes(&[
            "digest_matches: yes -> unknown",
            "digest_rule: Flat -> none",
            "content_matches: yes -> unknown",
        ]),
        row("content of another type", message(|message| message.content_type = oid(DATA))).changes(&[
            "digest_matches: yes -> unknown",
            "digest_rule: Flat -> none",
            "content_type_matches: yes -> no",
        ]),
        row("another algorithm announced", message(|message| message.digest_algorithms = vec![sequence([oid(SHA1)])])),
        row("no algorithm announced", message(|message| message.digest_algorithms = Vec::new())),
    ]);
}

#[test]
fn attributes() {
    let wrong_digest = || message_digest(&sha256(b"another content"));
    let sorted_elsewhere = |signed: &mut Vec<Vec<u8>>| signed.reverse();
    run(&[
        row("an attribute changed", attribute_after(2, || opus_info("Progrbm"))).changes(&NOT_SIGNED),
        row("an attribute more", info(|info| info.signed.as_mut().unwrap().push(statement_type(&["1.2.3"]))))
            .changes(&NOT_SIGNED),
        row("an attribute less", info(|info| info.signed.as_mut().unwrap().truncate(2))).changes(&NOT_SIGNED),
        row("messageDigest changed", attribute_after(1, wrong_digest))
            .changes(&NOT_SIGNED)
            .changes(&["content_matches: yes -> no"]),
        row(
            "a signed messageDigest of another content",
            signed(move |signed| *signed.get_mut(1).unwrap() = wrong_digest()),
        )
        .changes(&["content_matches: yes -> no"]),
        row("no messageDigest", signed(|signed| drop(signed.remove(1)))).changes(&["content_matches: yes -> no"]),
        row("messageDigest twice, the right one first", signed(move |signed| signed.push(wrong_digest())))
            .changes(&["content_matches: yes -> no"]),
        row("messageDigest twice, the right one last", signed(move |signed| signed.insert(0, wrong_digest())))
            .changes(&["content_matches: yes -> no"]),
        row("contentType changed", attribute_after(0, || attribute(CONTENT_TYPE, [oid(DATA)])))
            .changes(&NOT_SIGNED)
            .changes(&["content_type_matches: yes -> no"]),
        row(
            "a signed contentType of another content",
            signed(|signed| {
                *signed.first_mut().unwrap() = attribute(CONTENT_TYPE, [oid(DATA)]);
            }),
        )
        .changes(&["content_type_matches: yes -> no"]),
        row("no contentType", signed(|signed| drop(signed.remove(0)))).changes(&["content_type_matches: yes -> no"]),
        row("contentType twice", signed(|signed| signed.push(attribute(CONTENT_TYPE, [oid(DATA)]))))
            .changes(&["content_type_matches: yes -> no"]),
        row("the attributes signed in another order", signed(sorted_elsewhere)),
        row("all attributes removed", info(|info| info.signed = None))
            .changes(&["signature_valid: yes -> no", "signed_form: attributes -> none"])
            .changes(&["content_matches: yes -> unknown", "content_type_matches: yes -> unknown"]),
    ]);
}

#[test]
fn the_signature() {
    let unknown = ["signature_valid: yes -> unknown", "signed_form: attributes -> none"];
    run(&[
        row("a bit of the signature", signature(|octets| *octets.last_mut().unwrap() ^= 1)).changes(&NOT_SIGNED),
        row("an octet of the signature missing", signature(|octets| octets.truncate(octets.len() - 1)))
            .changes(&NOT_SIGNED),
        row("an octet more behind the signature", signature(|octets| octets.push(0))).changes(&NOT_SIGNED),
        row(
            "a number more in the signature",
            signature(|octets| {
                let (_, numbers, _) = split(octets);
                *octets = sequence([numbers.to_vec(), tlv(der::INTEGER, [1])]);
            }),
        )
        .changes(&NOT_SIGNED),
        row("no octets", signature(Vec::clear)).changes(&NOT_SIGNED),
        row(
            "zeros for r and s",
            signature(|octets| *octets = sequence([tlv(der::INTEGER, [0]), tlv(der::INTEGER, [0])])),
        )
        .changes(&NOT_SIGNED),
        row("a signature by another key", signature(|octets| *octets = sign("Somebody", octets))).changes(&NOT_SIGNED),
        row("another hash in the signature's algorithm", info(|info| info.algorithm = sequence([oid(ECDSA_SHA384)])))
            .changes(&NOT_SIGNED),
        row(
            "the algorithm of another kind of key",
            info(|info| info.algorithm = sequence([oid(RSA), tlv(der::NULL, [])])),
        )
        .changes(&NOT_SIGNED),
        row("an unknown algorithm", info(|info| info.algorithm = sequence([oid("1.2.3.4")]))).changes(&unknown),
        row("an unknown digest algorithm", info(|info| info.digest_algorithm = oid("1.2.3.4")))
            .changes(&["content_matches: yes -> unknown"]),
        row("another digest algorithm", info(|info| info.digest_algorithm = oid(SHA1)))
            .changes(&["content_matches: yes -> no", "weaknesses:  -> sha1"]),
    ]);
}

/// With the signature the stamp over it falls, and with the stamp the time.
#[test]
fn a_spoiled_signature_spoils_its_stamp() {
    let scene = Scene { info: edit(|info: &mut SignerInfo| *info.signature.last_mut().unwrap() ^= 1), ..scene() };
    run(&[Row::new("a bit of a stamped signature", scene.file()).changes(&NOT_SIGNED).changes(&STAMP_FALLS)]);
}

/// What hangs on a token's imprint.
pub(crate) const STAMP_FALLS: [&str; 4] = [
    "stamp0.imprint_matches: yes -> no",
    "stamp0.verified: true -> false",
    "time: 1590969600 -> 1704067200",
    "time.timestamp: 0 -> none",
];

/// Flips a bit of the octets that follow `before` in a certificate.
fn flip_behind(certificate: &mut [u8], before: &[u8]) {
    let position = certificate.windows(before.len()).position(|window| window == before).unwrap();
    *certificate.get_mut(position + before.len()).unwrap() ^= 1;
}

#[test]
fn the_signers_certificate() {
    // The path ends where the signer's own certificate does not hold.
    let cut = [&SIGNER_ALONE[..], &OTHER_KEY].concat();
    let cut_twin: Vec<String> =
        cut.iter().map(|change| change.replace("-> Signer (file)", "-> Signer* (file)")).collect();
    let expired = || scene().signer.valid("150101000000Z", "160101000000Z").der();
    let twin = || scene().signer.look_alike("Twin").signed_by("Nobody").der();
    let with = |certificates: fn([Vec<u8>; 3]) -> Vec<Vec<u8>>| {
        let (right, above, twin) = (scene().signer.der(), scene().intermediate.der(), twin());
        message(move |message| message.certificates = certificates([right.clone(), twin.clone(), above.clone()]))
    };
    let changed = |change: fn(&mut Vec<u8>)| message(move |message| change(message.certificates.first_mut().unwrap()));
    run(&[
        row("a bit of the certificate", changed(|der| flip_behind(der, b"25010100000"))).changes(&cut),
        row("a bit of the certificate's signature", changed(|der| *der.last_mut().unwrap() ^= 1)).changes(&cut),
        row("the certificate twice", with(|[right, _, above]| vec![right.clone(), above, right])),
        row("a look-alike beside it", with(|[right, twin, above]| vec![right, above, twin])),
        row("a look-alike before it", with(|[right, twin, above]| vec![twin, right, above])),
        row("a look-alike in its place", with(|[_, twin, above]| vec![twin, above]))
            .changes(&NOT_SIGNED)
            .changes(&cut_twin)
            .changes(&["certificate: Signer -> Signer*"]),
        row(
            "one for the same key that expired before it",
            message(move |message| message.certificates.insert(0, expired())),
        ),
        row(
            "one for the same key that nobody made before it",
            message(|message| {
                message.certificates.insert(0, scene().signer.signed_by("Nobody").der());
            }),
        ),
        row("the certificate removed", with(|[_, _, above]| vec![above])).changes(&NO_CERTIFICATE),
        row("all certificates removed", message(|message| message.certificates.clear())).changes(&NO_CERTIFICATE),
        row(
            "a broken certificate before it",
            message(|message| {
                message.certificates.insert(0, sequence([sequence([tlv(der::NULL, [])])]));
            }),
        ),
    ]);
}

/// What can be said without the signer's certificate: what no key is needed for.
const NO_CERTIFICATE: [&str; 23] = [
    "anchor: Root -> none",
    "certificate: Signer -> none",
    "code_signing: yes -> unknown",
    "path0.is_ca: unknown -> -",
    "path0.key_id_matches: yes -> -",
    "path0.name_matches: yes -> -",
    "path0.signature_valid: yes -> -",
    "path0.validity: valid -> -",
    "path1.is_ca: yes -> -",
    "path1.key_id_matches: yes -> -",
    "path1.name_matches: yes -> -",
    "path1.signature_valid: yes -> -",
    "path1.validity: valid -> -",
    "path2.is_ca: yes -> -",
    "path2.key_id_matches: unknown -> -",
    "path2.name_matches: yes -> -",
    "path2.signature_valid: yes -> -",
    "path2.validity: valid -> -",
    "path: Signer (file) < Intermediate (file) < Root (anchor) -> ",
    "signature_valid: yes -> unknown",
    "signed_form: attributes -> none",
    "time.path_validity: valid -> none",
    "time.validity: valid -> none",
];

#[test]
fn the_signer_by_its_key_id() {
    let by_key_id = |id: Vec<u8>| info(move |info| info.id = tlv(0x80, &id));
    let without = || scene().signer.without(SUBJECT_KEY_ID);
    let two_by_key_id = message(|message| {
        let twin = end_entity("0999", "Other", "Intermediate", CODE_SIGNING);
        let twin = twin.with(SUBJECT_KEY_ID, false, &tlv(der::OCTET_STRING, key_id("Signer")));
        message.certificates.insert(0, twin.der());
    });
    let two = Scene { info: edit(|info: &mut SignerInfo| info.id = tlv(0x80, key_id("Signer"))), ..two_by_key_id };
    let unnamed = Scene { signer: without(), ..by_key_id(key_id("Signer")) };
    run(&[
        row("named by its key id", by_key_id(key_id("Signer"))),
        row("two certificates with that key id", two),
        row("named by a key id that nobody has", by_key_id(vec![7; 20])).changes(&NO_CERTIFICATE),
        row("named by a key id that it does not state", unnamed).changes(&NO_CERTIFICATE),
    ]);
}

#[test]
fn several_signers() {
    // A second SignerInfo adds its facts and takes none of the first one's.
    let scene = message(|message| {
        let (_, content, _) = split(message.content.as_ref().unwrap());
        let attributes = vec![content_type(), message_digest(&sha256(content))];
        let signature = sign("Somebody", &set(&attributes));
        let mut second = crate::support::cms::signer_info(&crate::scene::scene().signer.parts);
        (second.signed, second.signature, second.algorithm) = (Some(attributes), signature, ecdsa());
        message.signer_infos.push(second.der());
    });
    let verifier = check().verifier();
    let before = crate::facts::Facts::of(&unstamped().file(), &verifier);
    let after = crate::facts::Facts::of(&scene.file(), &verifier);
    assert_eq!(after.get("signer1.signature_valid"), "no");
    assert_eq!(after.get("signer1.content_matches"), "yes");
    let changed = before.changes(&after);
    let others: Vec<_> = changed.iter().filter(|change| !change.starts_with("signer1.")).collect();
    assert_eq!(others, ["signers: 1 -> 2"]);
}
