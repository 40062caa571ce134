//! Extension packages of Dynamics 365: the signature is found wherever it is, and the digest is over all before it.

use certsift::{Container, SignatureData, image_digests};

use crate::support::zip::{archive, deflated};
use crate::{Row, check, fixture, message_of};

const ONE: &[&str] = &["signer c0ffee01"];

/// A package whose header says that so many bytes of content follow.
fn package(content: &[u8], said: usize, block: &[u8]) -> Vec<u8> {
    let said = u32::try_from(said).unwrap().to_le_bytes();
    [b"NAVX", [0; 24].as_slice(), &said, &[0; 4], b"NAVX", content, block].concat()
}

/// A signature block, with a trailer that says where it begins.
fn block(start: usize) -> Vec<u8> {
    let start = u32::try_from(start).unwrap().to_le_bytes();
    [b"NXSB".as_slice(), &message_of("c0ffee01"), &start, b"NXSB"].concat()
}

#[test]
fn signatures_are_found() {
    let content = archive(&[deflated("a.al", "codeunit")]);
    let length = content.len();
    let sound = || package(&content, length, &block(40 + length));
    let cut = |count: usize| sound()[..sound().len() - count].to_vec();
    let navx = Some(Container::Navx);
    let rows: Vec<Row<'_>> = vec![
        ("sound", sound(), navx, ONE, &[]),
        ("no signature", package(&content, length, &[]), navx, &[], &[]),
        ("without its trailer", cut(8), navx, ONE, &[]),
        ("without half of its trailer", cut(4), navx, ONE, &["trailing-data"]),
        ("cut in its signature", cut(40), navx, ONE, &["length-past-end", "bad-header-octets"]),
        ("cut behind the mark", package(&content, length, b"NXSB"), navx, &[], &[]),
        ("cut in its content", sound()[..60].to_vec(), navx, &[], &["table-truncated"]),
        ("a length of nothing", package(&content, 0, &block(40 + length)), navx, ONE, &["bad-header"]),
        ("a length beyond its end", package(&content, 1 << 30, &block(40 + length)), navx, ONE, &["bad-header"]),
        ("a trailer that points elsewhere", package(&content, length, &block(1 << 30)), navx, ONE, &["trailing-data"]),
        ("a trailer that points to itself", package(&content, 0, &block(usize::MAX >> 33)), navx, &[], &[]),
        ("a header alone", package(&[], 0, &[]), navx, &[], &[]),
        ("half a header", b"NAVX\0\0\0\0".to_vec(), None, &[], &["unrecognized-format"]),
        ("another end of the header", [b"NAVX".as_slice(), &[0; 100]].concat(), None, &[], &["unrecognized-format"]),
    ];
    check(rows);
}

#[cfg(feature = "digest")]
#[test]
fn the_digest_is_over_all_before_the_signature() {
    for (name, is_claimed) in [("seed.app", true), ("seed_tampered.app", false)] {
        let bytes = fixture(name);
        let mut data = SignatureData::new();
        let file = data.parse(&bytes, certsift::Limits::default()).unwrap();
        let claimed = file.signatures()[0].image_digest().unwrap();
        let computed = image_digests(bytes.as_slice(), &file.claimed_hash_algorithms()).unwrap();
        assert_eq!(computed.for_claim(claimed).unwrap().flat == claimed.digest, is_claimed, "{name}");
    }
}
