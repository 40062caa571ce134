//! Certificates by the hundred, in circles and in forests: the right answer, in little time.

use std::time::{Duration, Instant};

use certsift::Limits;

use crate::facts::Facts;
use crate::issued::{
    BASIC_CONSTRAINTS, CODE_SIGNING, Issued, SUBJECT_KEY_ID, authority, end_entity, key_id, path_length, sign,
};
use crate::scene::{Check, Scene, check, ecdsa, edit, scene, unstamped};
use crate::support::cms::{SignedData, SignerInfo, countersignatures, signer_info};
use crate::support::der::{self, tlv};

/// What no file may take, with room for a slow machine and a build without optimization.
const LONG: Duration = Duration::from_secs(60);

/// The facts about a file with these certificates behind the signer.
fn facts(signer: Issued, certificates: Vec<Vec<u8>>, check: &Check) -> Facts {
    let certificates = [vec![signer.der()], certificates].concat();
    let message = edit(move |message: &mut SignedData| message.certificates.clone_from(&certificates));
    let file = Scene { signer, message, ..unstamped() }.file();
    let verifier = check.verifier();
    let start = Instant::now();
    let facts = Facts::of(&file, &verifier);
    let taken = start.elapsed();
    assert!(taken < LONG, "took {taken:?}");
    facts
}

/// The intermediate with another key, in so many forms.
fn look_alikes(count: u16) -> impl Iterator<Item = Vec<u8>> {
    (0..count).map(|number| {
        let alike = scene().intermediate.look_alike(&format!("Twin {number}"));
        // Nobody has to have signed them.
        alike.parts.signed(|_| number.to_be_bytes().to_vec())
    })
}

#[test]
fn a_thousand_look_alikes_of_an_authority() {
    let right = scene().intermediate.der();
    let crowd: Vec<Vec<u8>> = look_alikes(1_000).collect();
    let behind = [crowd.clone(), vec![right.clone()]].concat();
    let before = [vec![right], crowd.clone()].concat();
    for (name, certificates, anchor) in
        [("behind", behind, "Root"), ("before", before, "Root"), ("without", crowd, "none")]
    {
        let facts = facts(scene().signer, certificates, &check());
        assert_eq!(facts.get("signature_valid"), "yes", "{name}");
        assert_eq!(facts.get("anchor"), anchor, "{name}: {:#?}", facts.list());
        let broken = if anchor == "none" { "issuer_signature at 0" } else { "none" };
        assert_eq!(facts.get("broken"), broken, "{name}");
    }
}

#[test]
fn a_thousand_look_alikes_of_a_signer() {
    let alike = |number: u16| {
        let alike = scene().signer.look_alike(&format!("Twin {number}"));
        alike.parts.signed(|_| number.to_be_bytes().to_vec())
    };
    let crowd: Vec<Vec<u8>> = (0..1_000).map(alike).chain([scene().signer.der(), scene().intermediate.der()]).collect();
    let message = edit(move |message: &mut SignedData| message.certificates.clone_from(&crowd));
    let file = Scene { message, ..unstamped() }.file();
    let verifier = check().verifier();
    let start = Instant::now();
    let facts = Facts::of(&file, &verifier);
    assert!(start.elapsed() < LONG, "took {:?}", start.elapsed());
    assert_eq!(facts.get("signature_valid"), "yes", "{:#?}", facts.list());
    assert_eq!((facts.get("certificate"), facts.get("anchor")), ("Signer", "Root"));
}

/// Two authorities that made each other.
#[test]
fn a_circle() {
    let (one, other) = (authority("10", "One", "Other"), authority("11", "Other", "One"));
    let signer = || end_entity("0101", "Signer", "One", CODE_SIGNING);
    let circle = || vec![one.der(), other.der()];
    let alone = facts(signer(), circle(), &check());
    assert_eq!((alone.get("anchor"), alone.get("broken")), ("none", "no_issuer at 2"), "{:#?}", alone.list());
    // A way out of the circle is found from each of the two.
    for (way_out, of) in [("12", "One"), ("13", "Other")] {
        let facts = facts(signer(), [circle(), vec![authority(way_out, of, "Root").der()]].concat(), &check());
        assert_eq!((facts.get("anchor"), facts.get("broken")), ("Root", "none"), "{of}: {:#?}", facts.list());
    }
    let own = authority("14", "Self", "Self");
    let facts = facts(end_entity("0101", "Signer", "Self", CODE_SIGNING), vec![own.der()], &check());
    assert_eq!((facts.get("anchor"), facts.get("broken")), ("none", "not_an_anchor at 1"));
}

/// Levels of authorities, each with so many certificates for one key, and each made by the one key of the level above: as many paths as
/// the width to the power of the levels.
fn forest(levels: u16, width: u16, top: &str) -> Vec<Vec<u8>> {
    let mut certificates = Vec::new();
    for level in 0..levels {
        let name = format!("Level {level}");
        let issuer = if level + 1 == levels { top.to_owned() } else { format!("Level {}", level + 1) };
        for number in 0..width {
            certificates.push(authority(&format!("{:04x}", level * 256 + number + 1), &name, &issuer).der());
        }
    }
    certificates
}

#[test]
fn a_forest() {
    let signer = || end_entity("0101", "Signer", "Level 0", CODE_SIGNING);
    for (top, anchor) in [("Root", "Root"), ("Nobody", "none")] {
        let facts = facts(signer(), forest(12, 40, top), &check());
        assert_eq!(facts.get("anchor"), anchor, "{top}: {:#?}", facts.list());
    }
}

/// A forest in which a single way holds, the last that is tried.
#[test]
fn the_one_way_through_a_forest() {
    let signer = || end_entity("0101", "Signer", "Level 0", CODE_SIGNING);
    let none_below = path_length(0);
    let level = |name: &str, issuer: &str, good: bool, number: u16| {
        let one = authority(&format!("{number:04x}"), name, issuer);
        if good { one.der() } else { one.with(BASIC_CONSTRAINTS, true, &none_below).der() }
    };
    let mut certificates = Vec::new();
    for number in 0..60_u16 {
        certificates.push(level("Level 0", "Level 1", true, 0x100 + number));
        certificates.push(level("Level 1", "Level 2", number == 59, 0x200 + number));
        certificates.push(level("Level 2", "Root", number == 59, 0x300 + number));
    }
    let facts = facts(signer(), certificates, &check());
    assert_eq!((facts.get("anchor"), facts.get("broken")), ("Root", "none"), "{:#?}", facts.list());
}

/// As many with the right key id and none with the right key: nothing points to the one that is right.
#[test]
fn look_alikes_with_the_right_key_id() {
    let alike = |number: u16| {
        let alike = scene().intermediate.look_alike(&format!("Twin {number}"));
        let alike = alike.with(SUBJECT_KEY_ID, false, &tlv(der::OCTET_STRING, key_id("Intermediate")));
        alike.parts.signed(|_| number.to_be_bytes().to_vec())
    };
    let crowd: Vec<Vec<u8>> = (0..200).map(alike).chain([scene().intermediate.der()]).collect();
    let facts = facts(scene().signer, crowd, &check());
    assert_eq!(facts.get("anchor"), "Root", "{:#?}", facts.list());
}

/// Countersignatures that nobody made, each of which any of a crowd of look-alikes may have made. The bound on work is one for the file,
/// and what they use up is not taken from the signer and his path.
#[test]
fn a_crowd_of_stamps_and_stampers() {
    let alike = |number: u16| {
        let alike = scene().stamper.look_alike(&format!("Twin {number}"));
        alike.parts.signed(|_| number.to_be_bytes().to_vec())
    };
    let crowd: Vec<Vec<u8>> = (0..64).map(alike).collect();
    let message = edit(move |message: &mut SignedData| message.certificates.extend(crowd.clone()));
    let stamp =
        SignerInfo { signature: sign("Nobody", b""), algorithm: ecdsa(), ..signer_info(&scene().stamper.parts) };
    let stamps = vec![stamp.der(); 500];
    let info = edit(move |info: &mut SignerInfo| info.unsigned = vec![countersignatures(&stamps)]);
    let file = Scene { message, info, ..unstamped() }.file();
    let mut limits = Limits::default();
    limits.max_key_work = 512;
    let verifier = check().verifier().with_limits(limits);
    let start = Instant::now();
    let facts = Facts::of(&file, &verifier);
    assert!(start.elapsed() < LONG, "took {:?}", start.elapsed());
    assert_eq!((facts.get("signature_valid"), facts.get("anchor")), ("yes", "Root"), "{:#?}", facts.list());
    assert_eq!((facts.get("stamps"), facts.get("time.timestamp")), ("500", "none"));
}
