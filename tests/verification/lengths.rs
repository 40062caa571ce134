//! Digests of wrong lengths, wherever one is stored. The length of a comparison comes from the algorithm: a digest that is cut, longer or
//! empty is no match, even where all octets that are there are right.

use crate::message::STAMP_FALLS;
use crate::scene::{Scene, authentihash, countersigned, edit, message_digest, scene, unstamped};
use crate::support::cms::{SHA256, image_digest};
use crate::support::der::{self, split, tlv};
use crate::{OTHER_IMAGE, Row, run};

/// A way to spoil a digest that is right as far as it goes.
type Cut = fn(&[u8]) -> Vec<u8>;

const LENGTHS: [(&str, Cut); 5] = [
    ("empty", |_| Vec::new()),
    ("one octet", |digest| digest.get(..1).unwrap().to_vec()),
    ("an octet less", |digest| digest.split_last().unwrap().1.to_vec()),
    ("an octet more", |digest| [digest, &[0]].concat()),
    ("twice as long", |digest| [digest, digest].concat()),
];

#[test]
fn of_the_image() {
    let row = |(name, cut): (&str, Cut)| {
        let content = edit(move |content| *content = image_digest(SHA256, &cut(&authentihash())));
        Row::from(name, &unstamped(), Scene { content, ..unstamped() }.file()).changes(&OTHER_IMAGE)
    };
    run(&LENGTHS.map(row));
}

/// Spoils the messageDigest attribute at an index.
fn spoil(attributes: &mut [Vec<u8>], index: usize, cut: Cut) {
    let attribute = attributes.get_mut(index).unwrap();
    // SEQUENCE { OBJECT IDENTIFIER, SET { OCTET STRING } }
    let (_, parts, _) = split(attribute);
    let (_, _, values) = split(parts);
    let (_, digest, _) = split(split(values).1);
    *attribute = message_digest(&cut(digest));
}

#[test]
fn of_the_content() {
    let row = |(name, cut): (&str, Cut)| {
        let signed = edit(move |signed: &mut Vec<Vec<u8>>| spoil(signed, 1, cut));
        let file = Scene { signed, ..unstamped() }.file();
        Row::from(name, &unstamped(), file).changes(&["content_matches: yes -> no"])
    };
    run(&LENGTHS.map(row));
}

#[test]
fn of_a_tokens_imprint() {
    let row = |(name, cut): (&str, Cut)| {
        let imprint = edit(move |imprint: &mut Vec<u8>| *imprint = cut(imprint));
        Row::new(name, Scene { imprint, ..scene() }.file()).changes(&STAMP_FALLS)
    };
    run(&LENGTHS.map(row));
}

#[test]
fn of_a_tokens_content() {
    let row = |(name, cut): (&str, Cut)| {
        let stamp_signed = edit(move |signed: &mut Vec<Vec<u8>>| spoil(signed, 1, cut));
        Row::new(name, Scene { stamp_signed, ..scene() }.file()).changes(&[
            "stamp0.content_matches: yes -> no",
            "stamp0.verified: true -> false",
            "time: 1590969600 -> 1704067200",
            "time.timestamp: 0 -> none",
        ])
    };
    run(&LENGTHS.map(row));
}

#[test]
fn of_a_countersignature() {
    let row = |(name, cut): (&str, Cut)| {
        let imprint = edit(move |imprint: &mut Vec<u8>| *imprint = cut(imprint));
        Row::from(name, &countersigned(), Scene { imprint, ..countersigned() }.file())
            .changes(&STAMP_FALLS)
            .changes(&["stamp0.content_matches: yes -> no"])
    };
    run(&LENGTHS.map(row));
}

/// An imprint of the right length in an algorithm of another length, and in one that is not known.
#[test]
fn of_an_imprint_in_another_algorithm() {
    let in_algorithm = |dotted: &'static str| {
        let tst_info = edit(move |octets: &mut Vec<u8>| {
            *octets = rebuilt(octets, &der::oid(dotted));
        });
        Scene { tst_info, ..scene() }.file()
    };
    let unknown = "stamp0.imprint_matches: yes -> unknown";
    let falls: Vec<&str> = STAMP_FALLS.iter().copied().filter(|change| !change.contains("imprint")).collect();
    run(&[
        Row::new("SHA-384", in_algorithm("2.16.840.1.101.3.4.2.2")).changes(&STAMP_FALLS),
        Row::new("SHA-1", in_algorithm("1.3.14.3.2.26"))
            .changes(&STAMP_FALLS)
            .changes(&["stamp0.weaknesses:  -> sha1"]),
        Row::new("unknown", in_algorithm("1.2.3.4")).changes(&falls).changes(&[unknown]),
    ]);
}

/// The TSTInfo with another algorithm, its OBJECT IDENTIFIER written already, for its imprint.
fn rebuilt(octets: &[u8], algorithm: &[u8]) -> Vec<u8> {
    let (_, content, _) = split(octets);
    let version = content.get(..3).unwrap();
    let rest = content.get(3..).unwrap();
    let (_, policy, rest) = split(rest);
    let (_, imprint, rest) = split(rest);
    let (_, _, digest) = split(imprint);
    let imprint = der::sequence([der::sequence([algorithm]), digest.to_vec()]);
    der::sequence([version.to_vec(), tlv(der::OID, policy), imprint, rest.to_vec()])
}
