//! The digests that the signatures of cabinets and installer files are over.

use certsift::{HashAlgorithm, Limits, ReadError, SignatureData, image_digests};
use sha2::{Digest, Sha256};

use crate::fixture;
use crate::writer::{INSTALLER, Node, compound, storage, stream, write};

fn digest(bytes: &[u8]) -> Result<Vec<u8>, ReadError> {
    let digests = image_digests(bytes, &[HashAlgorithm::Sha256])?;
    Ok(digests.get(HashAlgorithm::Sha256).unwrap().flat.clone())
}

/// The digest that the first signature of a file claims.
fn claimed(bytes: &[u8]) -> Vec<u8> {
    let mut data = SignatureData::new();
    let file = data.parse(bytes, Limits::default()).unwrap();
    file.signatures()[0].image_digest().unwrap().digest.to_vec()
}

#[test]
fn fixtures_have_what_they_claim_unless_tampered_with() {
    for (name, is_whole) in [
        ("seed.cab", true),
        ("seed_tampered.cab", false),
        ("seed.msi", true),
        ("seed_extended.msi", true),
        ("seed_tampered.msi", false),
        ("seed_tampered_extended.msi", false),
    ] {
        let bytes = fixture(name);
        assert_eq!(digest(&bytes).unwrap() == claimed(&bytes), is_whole, "{name}");
    }
}

/// Every octet of a cabinet counts, but those that signing changes.
#[test]
fn every_octet_of_a_cabinet() {
    let mut bytes = fixture("seed.cab");
    let right = claimed(&bytes);
    let end = usize::try_from(u32::from_le_bytes(bytes[44..48].try_into().unwrap())).unwrap();
    for at in 4..end {
        bytes[at] ^= 0x10;
        let is_other = digest(&bytes).map_or(true, |digest| digest != right);
        // The unused checksum, the lengths of reserved blocks of folders and data, the length of the signature, zeros.
        let is_left_out = matches!(at, 4..8 | 38..40 | 48..60);
        assert_eq!(is_other, !is_left_out, "{at}");
        bytes[at] ^= 0x10;
    }
}

/// A cabinet of a set: its number counts, and so does what somebody else reserved.
#[test]
fn a_cabinet_of_a_set() {
    let mut bytes = b"MSCF....0123456789abcdef012345".to_vec();
    bytes.extend([7, 0, 1, 2, 9, 0]);
    bytes.extend([24, 0, 0, 0, 4, 0, 16, 0]);
    bytes.extend(b"mine");
    bytes.extend([80, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    bytes.extend(b"previous\0next\0\0\0");
    assert_eq!(bytes.len(), 80);
    let signed = [&bytes[..4], &bytes[8..36], &[4, 0], b"mine", &bytes[64..]].concat();
    let right = Sha256::digest(&signed).to_vec();
    bytes.extend(b"\x30\x03\x02\x01\x00");
    assert_eq!(digest(&bytes).unwrap(), right);
}

/// The rule, without sectors.
fn naive(members: &[Node], class: &[u8], is_root: bool, out: &mut Vec<u8>) {
    let mut members: Vec<&Node> = members.iter().collect();
    members.sort_by_key(|node| node.name().encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
    for node in members {
        match node {
            Node::Stream(name, _) if is_root && name.starts_with("\u{5}DigitalSig") => {}
            Node::Stream(_, content) => out.extend(content),
            Node::Storage(_, class, inner) => naive(inner, class, false, out),
        }
    }
    out.extend(class);
}

#[test]
fn streams_in_the_order_of_their_names() {
    let deep = storage("Deep", [stream("z", b"z"), storage("Deeper", [stream("b", b"b"), stream("\u{100}", b"c")])]);
    let members = [
        stream("\u{5}DigitalSignature", b"left out"),
        stream("B", vec![b'B'; 70_000]),
        stream("AB", b"2"),
        stream("A", b"1"),
        stream("a", vec![b'a'; 200]),
        // By the octets of UTF-16, the second of which is the higher one.
        stream("\u{141}", b"before A?"),
        stream("\u{4840}", b"4"),
        storage("Empty", []),
        deep,
        storage("Inner", [stream("\u{5}DigitalSignature", b"not left out")]),
    ];
    let mut octets = Vec::new();
    naive(&members, &INSTALLER, true, &mut octets);
    let right = Sha256::digest(&octets).to_vec();
    for (sector, is_backwards) in [(512, false), (512, true), (4096, false), (4096, true)] {
        let written = write(&members, INSTALLER, sector, is_backwards);
        assert_eq!(digest(&written.bytes).unwrap(), right, "{sector} {is_backwards}");
    }
}

/// What the extended signature is over: names, lengths, classes, state bits and times.
#[test]
fn extended_signatures() {
    let inner = [stream("S", b"inner")];
    let members = |stored: &[u8]| {
        vec![stream("A", b"one"), storage("Inner", inner.clone()), stream("\u{5}MsiDigitalSignatureEx", stored)]
    };
    let name = |name: &str| name.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let (state, times) = ([9, 0, 0, 0], [[1; 8], [2; 8]].concat());
    let metadata = [
        INSTALLER.to_vec(),
        state.to_vec(),
        [name("A"), vec![3, 0, 0, 0], state.to_vec(), times.clone()].concat(),
        [name("Inner"), vec![7; 16], state.to_vec(), times.clone()].concat(),
        [name("S"), vec![5, 0, 0, 0], state.to_vec(), times].concat(),
    ]
    .concat();
    let extended = Sha256::digest(&metadata).to_vec();
    let content = [b"one".as_slice(), b"inner", &[7; 16], &INSTALLER].concat();
    let right = Sha256::digest([extended.clone(), content.clone()].concat()).to_vec();
    assert_eq!(digest(&compound(&members(&extended)).bytes).unwrap(), right);
    // A stored one that is not what the file has does not count.
    assert_eq!(digest(&compound(&members(&[0; 32])).bytes).unwrap(), right);
    // One that is no digest is taken as it is.
    let other = Sha256::digest([b"odd".to_vec(), content].concat()).to_vec();
    assert_eq!(digest(&compound(&members(b"odd")).bytes).unwrap(), other);
}

/// Streams that lie over each other are not hashed again and again.
#[test]
fn streams_over_each_other() {
    let mut members = vec![stream("Large", vec![0; 500_000])];
    let names: Vec<String> = (0..200).map(|number| format!("Same{number}")).collect();
    members.extend(names.iter().map(|name| stream(name, vec![0; 4_096])));
    let mut written = compound(&members);
    let start = written.start("Large");
    for name in &names {
        let at = written.entry(name);
        written = written.with(at + 116, start).with(at + 120, 500_000);
    }
    assert!(digest(&written.bytes).is_err());
}
