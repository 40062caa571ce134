//! What no signature covers proves nothing: an unsigned attribute, of whatever kind, relaxes no check before it holds itself.

use std::sync::OnceLock;

use proptest::prelude::*;

use crate::facts::Facts;
use crate::issued::{CODE_SIGNING, Issued, TIME_STAMPING, authority, end_entity, sign};
use crate::scene::{Check, Scene, check, countersigned, edit, message_digest, scene, sha256, tst_info, unstamped};
use crate::support::cms::{
    CONTENT_TYPE, DATA, RFC3161_TOKEN, SIGNING_TIME, SignedData, SignerInfo, TST_INFO, attribute, countersignatures,
    message, nested, signer_info, token_response,
};
use crate::support::der::{self, oid, sequence, set, split, tlv};

/// Every kind of unsigned attribute that means something to somebody, and one that does not.
const KINDS: [&str; 9] = [
    "1.2.840.113549.1.9.6",       // PKCS#9 countersignature
    "1.2.840.113549.1.9.16.2.14", // id-aa-timeStampToken
    "1.3.6.1.4.1.311.3.3.1",      // RFC 3161 token
    "1.3.6.1.4.1.311.2.4.1",      // nested signature
    "1.3.6.1.4.1.311.2.4.2",      // sealing
    "1.3.6.1.4.1.311.2.4.3",
    "1.3.6.1.4.1.311.2.4.4",
    "1.2.840.113549.1.9.4", // messageDigest, where it has no business
    "1.2.3.4",
];

/// 2026-06-01: the signer has expired.
const LATER: i64 = 1_780_272_000;

/// Files in which something does not hold, so that there is something to relax, and who checks them.
fn unsound() -> Vec<(&'static str, Scene, Check)> {
    let flipped = edit(|info: &mut SignerInfo| *info.signature.last_mut().unwrap() ^= 1);
    let no_authority = scene().intermediate.with(crate::issued::BASIC_CONSTRAINTS, true, &sequence([[]]));
    let other = edit(|content: &mut Vec<u8>| {
        *content = crate::support::cms::image_digest(crate::support::cms::SHA256, &[7; 32]);
    });
    vec![
        ("an expired signer", unstamped(), Check { now: LATER, ..check() }),
        ("a signature that is not valid", Scene { info: flipped, ..unstamped() }, check()),
        ("a path that is broken", Scene { intermediate: no_authority, ..unstamped() }, check()),
        ("another image", Scene { content: other, ..unstamped() }, check()),
        ("no anchor", unstamped(), Check { anchors: Vec::new(), ..check() }),
    ]
}

/// The scene with these unsigned attributes on its signer.
fn with_unsigned(scene: Scene, unsigned: Vec<Vec<u8>>) -> Scene {
    let before = scene.info;
    let info = edit(move |info: &mut SignerInfo| {
        if let Some(before) = &before {
            before(info);
        }
        info.unsigned.clone_from(&unsigned);
    });
    Scene { info, ..scene }
}

/// Fails unless every fact is as it was, those about what was added aside, and no stamp among these holds.
fn relaxes_nothing(name: &str, before: &Facts, after: &Facts) {
    // `signature1.` and so on are nested signatures; `signature_valid` is not.
    let is_nested = |change: &str| change.starts_with("signature") && !change.starts_with("signature_valid");
    let of_the_added = |change: &&String| change.starts_with("stamp") || is_nested(change);
    let changes = before.changes(after);
    let others: Vec<&String> = changes.iter().filter(|change| !of_the_added(change)).collect();
    assert!(others.is_empty(), "{name}: {others:#?}");
    let verified: Vec<String> = after.list().into_iter().filter(|fact| fact.contains("verified = true")).collect();
    assert!(verified.is_empty(), "{name}: {verified:?}");
}

fn check_everywhere(name: &str, attributes: &[Vec<u8>]) {
    for (what, scene, check) in unsound() {
        let before = Facts::of(&scene.file(), &check.verifier());
        let after = Facts::of(&with_unsigned(scene, attributes.to_vec()).file(), &check.verifier());
        relaxes_nothing(&format!("{name} on {what}"), &before, &after);
    }
}

/// The same on an expired signer alone, which most of them would have something to gain from.
fn check_expired(name: &str, attributes: &[Vec<u8>]) {
    static BEFORE: OnceLock<Facts> = OnceLock::new();
    let (_, scene, check) = unsound().swap_remove(0);
    let before = BEFORE.get_or_init(|| Facts::of(&scene.file(), &check.verifier()));
    let after = Facts::of(&with_unsigned(scene, attributes.to_vec()).file(), &check.verifier());
    relaxes_nothing(name, before, &after);
}

#[test]
fn junk_of_every_kind() {
    let junk = [
        ("nothing", Vec::new()),
        ("NULL", tlv(der::NULL, [])),
        ("an empty SEQUENCE", sequence([[]])),
        ("text", tlv(der::OCTET_STRING, b"20200601000000Z")),
        ("a length without octets", vec![0x30, 0x84, 0x7f, 0xff, 0xff, 0xff]),
        ("a TSTInfo without a signature", tst_info(&sha256(b""), "20200601000000Z")),
    ];
    for (name, value) in &junk {
        KINDS.iter().for_each(|kind| check_expired(&format!("{kind}: {name}"), &[attribute(kind, [value])]));
        check_everywhere(name, &KINDS.map(|kind| attribute(kind, [value])));
    }
}

/// The unsigned attributes that a scene ends up with.
fn stamps_of(scene: Scene) -> Vec<Vec<u8>> {
    let kept = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let keep = kept.clone();
    let scene =
        Scene { info: edit(move |info: &mut SignerInfo| keep.lock().unwrap().clone_from(&info.unsigned)), ..scene };
    let _ = scene.message_der();
    std::mem::take(&mut *kept.lock().unwrap())
}

/// Stamps that look right in all but one point.
fn false_stamps() -> Vec<(&'static str, Vec<Vec<u8>>)> {
    let with = |stamper: Issued| stamps_of(Scene { stamper, ..scene() });
    let other_imprint = || edit(|imprint: &mut Vec<u8>| *imprint = sha256(b"another signature"));
    let own_root = || {
        let root = authority("0b", "Own Root", "Own Root");
        let stamper = end_entity("0201", "Own Stamper", "Own Root", TIME_STAMPING);
        let token = edit(move |token: &mut SignedData| token.certificates.push(root.der()));
        stamps_of(Scene { stamper, token, ..scene() })
    };
    let flipped = edit(|info: &mut SignerInfo| *info.signature.last_mut().unwrap() ^= 1);
    vec![
        ("a token of another signature", stamps_of(Scene { imprint: other_imprint(), ..scene() })),
        ("a countersignature of another signature", stamps_of(Scene { imprint: other_imprint(), ..countersigned() })),
        ("a token of a stamper of nobody's", own_root()),
        ("a token of a signer of code", with(end_entity("0201", "Stamper", "Stamp Root", CODE_SIGNING))),
        ("a token whose signature is not valid", stamps_of(Scene { stamp_info: flipped, ..scene() })),
        ("a token of a forged stamper", with(scene().stamper.signed_by("Nobody"))),
        ("a token by the signer itself", by_the_signer()),
        ("a response without a signature", vec![token_response(&scene().stamper.parts, "20200601000000Z")]),
        ("a countersignature without one", vec![countersignatures(&[signer_info(&scene().stamper.parts).der()])]),
    ]
}

/// A signer whose key was stolen stamps what he signed.
fn by_the_signer() -> Vec<Vec<u8>> {
    let tst_info = tst_info(&sha256(b""), "20200601000000Z");
    let signed = vec![attribute(CONTENT_TYPE, [oid(TST_INFO)]), message_digest(&sha256(&tst_info))];
    let mut info = signer_info(&scene().signer.parts);
    info.signature = sign("Signer", &set(&signed));
    info.algorithm = crate::scene::ecdsa();
    info.signed = Some(signed);
    let content = Some(tlv(der::OCTET_STRING, tst_info));
    let token = SignedData { content_type: oid(TST_INFO), content, ..message([scene().signer.der()], [info.der()]) };
    let time = attribute(SIGNING_TIME, [tlv(der::UTC_TIME, "200601000000Z")]);
    let signed = vec![attribute(CONTENT_TYPE, [oid(DATA)]), time, message_digest(&sha256(b""))];
    let counter = SignerInfo {
        signature: sign("Signer", &set(&signed)),
        algorithm: crate::scene::ecdsa(),
        signed: Some(signed),
        ..signer_info(&scene().signer.parts)
    };
    vec![attribute(RFC3161_TOKEN, [token.der()]), countersignatures(&[counter.der()])]
}

#[test]
fn stamps_that_are_false() {
    for (name, stamps) in false_stamps() {
        assert!(!stamps.is_empty(), "{name}");
        check_everywhere(name, &stamps);
    }
}

/// The same octets as attributes of every other kind.
#[test]
fn stamps_of_another_kind() {
    for (name, stamps) in false_stamps() {
        for kind in KINDS {
            let retyped: Vec<Vec<u8>> = stamps
                .iter()
                .map(|stamp| {
                    let (_, parts, _) = split(stamp);
                    let (_, _, values) = split(parts);
                    sequence([oid(kind), values.to_vec()])
                })
                .collect();
            check_expired(&format!("{name} as {kind}"), &retyped);
        }
    }
}

/// A nested signature that holds says nothing of the one around it.
#[test]
fn a_nested_signature() {
    let good = scene().message_der();
    for (what, scene, check) in unsound() {
        let before = Facts::of(&scene.file(), &check.verifier());
        let after =
            Facts::of(&with_unsigned(scene, vec![nested(std::slice::from_ref(&good))]).file(), &check.verifier());
        let changes = before.changes(&after);
        let others: Vec<&String> = changes.iter().filter(|change| !change.starts_with("signature1.")).collect();
        assert!(others.is_empty(), "{what}: {others:#?}");
        assert_eq!(after.get("signature1.signature_valid"), "yes", "{what}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any octets as the value of any attribute, and any change to a stamp that would hold.
    #[test]
    fn any_octets(kind in prop::sample::select(&KINDS[..]), octets in prop::collection::vec(any::<u8>(), 0..80)) {
        check_expired("any octets", &[attribute(kind, [octets])]);
    }

    /// A bit of a good stamp flipped: it may still hold, but then with its own time or a time that its signature covers.
    #[test]
    fn any_bit_of_a_stamp(place in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let mut stamp = stamps_of(crate::scene::scene()).swap_remove(0);
        let place = place.index(stamp.len());
        *stamp.get_mut(place).unwrap() ^= 1 << bit;
        let check = Check { now: LATER, ..check() };
        let facts = Facts::of(&with_unsigned(unstamped(), vec![stamp]).file(), &check.verifier());
        prop_assert!([crate::STAMPED, "1780272000", "-"].contains(&facts.get("time")), "{:#?}", facts.list());
        let stands = facts.get("time") == crate::STAMPED;
        prop_assert_eq!(stands, facts.get("stamp0.verified") == "true", "{:#?}", facts.list());
    }
}
