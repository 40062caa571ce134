//! Changes to the path from the signer to an anchor.

use crate::issued::{
    AUTHORITY_KEY_ID, BASIC_CONSTRAINTS, CODE_SIGNING, EXTENDED_KEY_USAGE, Issued, KEY_USAGE, SUBJECT_KEY_ID,
    TIME_STAMPING, authority, digital_signature, end_entity, is_ca, key_id, path_length, purposes,
};
use crate::scene::{Check, Scene, check, edit, scene, unstamped};
use crate::support::cms::{SignedData, name};
use crate::support::der::{self, sequence, tlv};
use crate::{Row, run};

const SERVER_AUTHENTICATION: &str = "1.3.6.1.5.5.7.3.1";
const ANY_PURPOSE: &str = "2.5.29.37.0";

fn row(name: &str, scene: Scene) -> Row {
    Row::from(name, &unstamped(), scene.file())
}

/// The file brings these certificates.
fn bringing(certificates: Vec<Vec<u8>>) -> Scene {
    Scene {
        message: edit(move |message: &mut SignedData| message.certificates.clone_from(&certificates)),
        ..unstamped()
    }
}

fn anchored(anchors: Vec<Vec<u8>>) -> Check {
    Check { anchors, ..check() }
}

fn given(given: Vec<Vec<u8>>) -> Check {
    Check { given, ..check() }
}

fn with_intermediate(intermediate: Issued) -> Scene {
    Scene { intermediate, ..unstamped() }
}

fn with_signer(signer: Issued) -> Scene {
    Scene { signer, ..unstamped() }
}

/// The path stops at the signer.
pub(crate) const SIGNER_ALONE: [&str; 13] = [
    "anchor: Root -> none",
    "path: Signer (file) < Intermediate (file) < Root (anchor) -> Signer (file)",
    "path0.key_id_matches: yes -> unknown",
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
];

/// Nobody has the name of the signer's issuer.
const NO_ISSUER: [&str; 3] =
    ["broken: none -> no_issuer at 0", "path0.name_matches: yes -> no", "path0.signature_valid: yes -> unknown"];

/// Who has the name of the signer's issuer has not its key.
pub(crate) const OTHER_KEY: [&str; 2] = ["broken: none -> issuer_signature at 0", "path0.signature_valid: yes -> no"];

#[test]
fn which_certificates_are_there() {
    let (signer, intermediate, root) = (scene().signer, scene().intermediate, scene().root);
    let both = || vec![signer.der(), intermediate.der()];
    let twin = || intermediate.clone().look_alike("Twin");
    let forged = || twin().signed_by("Nobody");
    let expired = || intermediate.clone().valid("100101000000Z", "160101000000Z");
    let with = |more: &[Vec<u8>]| bringing([both().as_slice(), more].concat());
    let from_the_caller = [concat!(
        "path: Signer (file) < Intermediate (file) < Root (anchor) -> ",
        "Signer (file) < Intermediate (given) < Root (anchor)"
    )];
    run(&[
        row("no intermediate", bringing(vec![signer.der()])).changes(&SIGNER_ALONE).changes(&NO_ISSUER),
        row("the intermediate from the caller", bringing(vec![signer.der()]))
            .checked_by(given(vec![intermediate.der()]))
            .changes(&from_the_caller),
        row("the intermediate from both", with(&[]))
            .checked_by(given(vec![intermediate.der()]))
            .changes(&from_the_caller),
        row("the root beside them", with(&[root.der()])),
        row("the certificates in another order", bringing(vec![root.der(), intermediate.der(), signer.der()])),
        row("a look-alike of the intermediate beside it", with(&[twin().der()])),
        row(
            "a look-alike of the intermediate before it",
            bringing(vec![twin().der(), signer.der(), intermediate.der()]),
        ),
        row("a forged look-alike before it", bringing(vec![forged().der(), signer.der(), intermediate.der()])),
        row("a look-alike from the caller", with(&[])).checked_by(given(vec![twin().der()])),
        row("a look-alike in its place", bringing(vec![signer.der(), twin().der()]))
            .changes(&SIGNER_ALONE)
            .changes(&OTHER_KEY),
        row("its last certificate beside it", with(&[expired().der()])),
        row("its last certificate before it", bringing(vec![expired().der(), signer.der(), intermediate.der()])),
    ]);
}

/// The path stops at the intermediate.
const NO_ROOT: [&str; 8] = [
    "anchor: Root -> none",
    "path: Signer (file) < Intermediate (file) < Root (anchor) -> Signer (file) < Intermediate (file)",
    "path1.key_id_matches: yes -> unknown",
    "path2.is_ca: yes -> -",
    "path2.key_id_matches: unknown -> -",
    "path2.name_matches: yes -> -",
    "path2.signature_valid: yes -> -",
    "path2.validity: valid -> -",
];

/// The path ends at an anchor below the root.
fn ends_at(links: &str, anchor: &str, at: usize) -> Vec<String> {
    let parts = ["key_id_matches: yes -> unknown", "name_matches: yes -> unknown", "signature_valid: yes -> unknown"];
    let mut changes: Vec<String> = parts.iter().map(|part| format!("path{at}.{part}")).collect();
    for above in at + 1..=2 {
        let (is_signed, key_id) = ("yes", if above == 2 { "unknown" } else { "yes" });
        changes.push(format!("path{above}.is_ca: yes -> -"));
        changes.push(format!("path{above}.key_id_matches: {key_id} -> -"));
        changes.push(format!("path{above}.name_matches: {is_signed} -> -"));
        changes.push(format!("path{above}.signature_valid: {is_signed} -> -"));
        changes.push(format!("path{above}.validity: valid -> -"));
    }
    changes.push(format!("anchor: Root -> {anchor}"));
    changes.push(format!("path: Signer (file) < Intermediate (file) < Root (anchor) -> {links}"));
    changes
}

#[test]
fn which_anchors_are_there() {
    let (signer, intermediate, root) = (scene().signer, scene().intermediate, scene().root);
    let twin = root.clone().look_alike("Twin").signed_by("Twin");
    let other = authority("09", "Another Root", "Another Root");
    let same_key = authority("0a", "Root", "Root").valid("100101000000Z", "160101000000Z");
    let own_root = bringing(vec![signer.der(), intermediate.der(), root.der()]);
    let nobody =
        ["broken: none -> no_issuer at 1", "path1.name_matches: yes -> no", "path1.signature_valid: yes -> unknown"];
    run(&[
        row("no anchor", unstamped()).checked_by(anchored(Vec::new())).changes(&NO_ROOT).changes(&nobody),
        row("another anchor", unstamped()).checked_by(anchored(vec![other.der()])).changes(&NO_ROOT).changes(&nobody),
        row("the root in the file and no anchor", own_root).checked_by(anchored(vec![other.der()])).changes(&[
            "anchor: Root -> none",
            "broken: none -> not_an_anchor at 2",
            "path: Signer (file) < Intermediate (file) < Root (anchor) -> Signer (file) < Intermediate (file) < Root (file)",
        ]),
        row("a look-alike beside the anchor", unstamped()).checked_by(anchored(vec![root.der(), twin.der()])),
        row("a look-alike before the anchor", unstamped()).checked_by(anchored(vec![twin.der(), root.der()])),
        row("a look-alike in its place", unstamped())
            .checked_by(anchored(vec![twin.der()]))
            .changes(&NO_ROOT)
            .changes(&["broken: none -> issuer_signature at 1", "path1.signature_valid: yes -> no"]),
        row("the same anchor twice", unstamped()).checked_by(anchored(vec![root.der(), root.der()])),
        row("an anchor that expired, with the same key and name", unstamped()).checked_by(anchored(vec![same_key.der()]))
            .changes(&["path2.validity: valid -> expired"]),
        row("the intermediate as anchor", unstamped()).checked_by(anchored(vec![intermediate.der()]))
            .changes(&ends_at("Signer (file) < Intermediate (anchor)", "Intermediate", 1)),
        row("the signer as anchor", unstamped()).checked_by(anchored(vec![signer.der()]))
            .changes(&ends_at("Signer (anchor)", "Signer", 0)),
    ]);
}

#[test]
fn what_an_authority_must_be() {
    let intermediate = || scene().intermediate;
    let broken = |reason: &'static str| {
        let broken = format!("broken: none -> {reason} at 1");
        move |row: Row| row.changes(&["anchor: Root -> none", &broken])
    };
    let critical = sequence([tlv(der::NULL, [])]);
    let twice = |kind: &str, first: &[u8], second: &[u8]| {
        let mut one = intermediate().with(kind, true, first);
        let more = intermediate().with(kind, true, second).parts.extensions.pop().unwrap();
        one.parts.extensions.push(more);
        with_intermediate(one)
    };
    let no_ca = sequence([[]]);
    let for_purposes = |of: &[&str]| with_intermediate(intermediate().with(EXTENDED_KEY_USAGE, false, &purposes(of)));
    let old = || {
        let mut old = intermediate();
        old.parts.extensions.clear();
        with_intermediate(old)
    };
    run(&[
        broken("not_ca")(row("a certificate of version 1", old())).changes(&[
            "path0.key_id_matches: yes -> unknown",
            "path1.is_ca: yes -> unknown",
            "path1.key_id_matches: yes -> unknown",
        ]),
        broken("not_ca")(row("basic constraints twice, no CA first", twice(BASIC_CONSTRAINTS, &no_ca, &is_ca())))
            .changes(&["path1.is_ca: yes -> no"]),
        broken("critical_extension")(row(
            "basic constraints twice, no CA last",
            twice(BASIC_CONSTRAINTS, &is_ca(), &no_ca),
        )),
        broken("not_ca")(row(
            "the CA flag off",
            with_intermediate(intermediate().with(BASIC_CONSTRAINTS, true, &sequence([[]]))),
        ))
        .changes(&["path1.is_ca: yes -> no"]),
        broken("not_ca")(row("no basic constraints", with_intermediate(intermediate().without(BASIC_CONSTRAINTS))))
            .changes(&["path1.is_ca: yes -> unknown"]),
        broken("key_usage")(row(
            "no keyCertSign",
            with_intermediate(intermediate().with(KEY_USAGE, true, &digital_signature())),
        )),
        row("no key usage", with_intermediate(intermediate().without(KEY_USAGE))),
        broken("critical_extension")(row(
            "an unknown critical extension",
            with_intermediate(intermediate().with("1.2.3.4", true, &critical)),
        )),
        row("an unknown extension", with_intermediate(intermediate().with("1.2.3.4", false, &critical))),
        broken("purpose")(row("for servers only", for_purposes(&[SERVER_AUTHENTICATION]))),
        row("for servers and code signing", for_purposes(&[SERVER_AUTHENTICATION, CODE_SIGNING])),
        row("for any purpose", for_purposes(&[ANY_PURPOSE])),
        row("a path length of 0", with_intermediate(intermediate().with(BASIC_CONSTRAINTS, true, &path_length(0)))),
        row(
            "a signer with an unknown critical extension",
            with_signer(scene().signer.with("1.2.3.4", true, &critical)),
        )
        .changes(&["anchor: Root -> none", "broken: none -> critical_extension at 0"]),
    ]);
}

#[test]
fn path_lengths() {
    // Signer ← Intermediate ← Upper ← Root.
    let longer = |upper: Issued, root: Issued| {
        let mut longer = unstamped();
        longer.intermediate = authority("02", "Intermediate", "Upper");
        longer.root = root;
        longer.message = edit(move |message: &mut SignedData| message.certificates.push(upper.der()));
        longer
    };
    let upper = || authority("07", "Upper", "Root");
    let limited = |issued: Issued, most: u8| issued.with(BASIC_CONSTRAINTS, true, &path_length(most));
    let before = || longer(upper(), scene().root);
    let row = |name: &str, scene: Scene| {
        let anchors = vec![scene.root.der(), scene.stamp_root.der()];
        Row::from(name, &before(), scene.file()).checked_by(anchored(anchors))
    };
    run(&[
        row("none", before()),
        row("1 on the upper one", longer(limited(upper(), 1), scene().root)),
        row("0 on the upper one", longer(limited(upper(), 0), scene().root))
            .changes(&["anchor: Root -> none", "broken: none -> path_length at 2"]),
        row("2 on the root", longer(upper(), limited(scene().root, 2))),
        row("1 on the root", longer(upper(), limited(scene().root, 1)))
            .changes(&["anchor: Root -> none", "broken: none -> path_length at 3"]),
    ]);
}

#[test]
fn what_a_signer_must_be() {
    let signer = || scene().signer;
    let other_use = |uses: &[&str]| with_signer(signer().with(EXTENDED_KEY_USAGE, false, &purposes(uses)));
    let no = ["code_signing: yes -> no"];
    run(&[
        row("another purpose", other_use(&[SERVER_AUTHENTICATION])).changes(&no),
        row("code signing among others", other_use(&[SERVER_AUTHENTICATION, CODE_SIGNING])),
        row("time stamping", other_use(&[TIME_STAMPING])).changes(&no),
        row("any purpose", other_use(&[ANY_PURPOSE])).changes(&no),
        row("no purposes", with_signer(signer().without(EXTENDED_KEY_USAGE))).changes(&no),
        row("no key usage", with_signer(signer().without(KEY_USAGE))),
    ]);
}

#[test]
fn names_and_key_ids() {
    let spelled = |tag: u8, text: &str| {
        let mut signer = scene().signer;
        signer.parts.issuer = name(&[(3, tag, text.as_bytes())]);
        with_signer(signer)
    };
    let other_id = || sequence([tlv(0x80, key_id("Somebody"))]);
    run(&[
        row("the issuer in another string type", spelled(der::UTF8, "Intermediate")),
        row("the issuer in other letters", spelled(der::PRINTABLE, "INTERMEDIATE")),
        row("the issuer with blanks around it", spelled(der::PRINTABLE, " Intermediate  ")),
        row("another issuer", spelled(der::PRINTABLE, "Somebody")).changes(&SIGNER_ALONE).changes(&NO_ISSUER),
        row("the key id of another issuer", with_signer(scene().signer.with(AUTHORITY_KEY_ID, false, &other_id())))
            .changes(&["path0.key_id_matches: yes -> no"]),
        row("no key id for the issuer", with_signer(scene().signer.without(AUTHORITY_KEY_ID)))
            .changes(&["path0.key_id_matches: yes -> unknown"]),
        row("an issuer without a key id", with_intermediate(scene().intermediate.without(SUBJECT_KEY_ID)))
            .changes(&["path0.key_id_matches: yes -> unknown"]),
    ]);
}

/// A signer may not make signers, whatever else is right.
#[test]
fn a_signer_is_no_authority() {
    let thief = end_entity("0666", "Thief", "Signer", CODE_SIGNING);
    let (victim, intermediate) = (scene().signer.der(), scene().intermediate.der());
    let mut stolen = unstamped();
    stolen.signer = thief;
    let own = move |message: &mut SignedData| message.certificates.extend([victim.clone(), intermediate.clone()]);
    stolen.message = edit(own);
    let facts = crate::facts::Facts::of(&stolen.file(), &check().verifier());
    assert_eq!(facts.get("signature_valid"), "yes");
    assert_eq!(facts.get("anchor"), "none", "{:#?}", facts.list());
    assert_eq!(facts.get("broken"), "not_ca at 1");
}
