//! Files made to cost much: each takes little time all the same, also in a build without optimization.

use std::time::{Duration, Instant};

use certsift::{SignedFile, Verification};

use crate::issued::{CODE_SIGNING, EC, EXTENDED_KEY_USAGE, Issued, authority, end_entity};
use crate::scene::{Scene, check, ecdsa, edit, scene, sha256, unstamped};
use crate::support::cms::{
    RSA, SignedData, SignerInfo, certificate, common_name, countersignatures, public_key, signer_info,
};
use crate::support::der::{self, oid, sequence, tlv};

const ED25519: &str = "1.3.101.112";
const P521: &str = "1.3.132.0.35";
/// Some key that is not known here.
const UNKNOWN: &str = "1.2.3.4";

/// With optimization each takes a second at most. Without, the slowest takes forty, and longer where others use the machine.
const LONG: Duration = Duration::from_secs(if cfg!(debug_assertions) { 180 } else { 4 });

/// Verifies a file, and looks at the facts.
fn timed<T>(name: &str, file: &[u8], look: impl FnOnce(&[Verification<'_>]) -> T) -> T {
    let signed = SignedFile::parse(file).unwrap();
    let verifier = check().verifier();
    let start = Instant::now();
    let facts = verifier.verify(&signed, None);
    assert!(start.elapsed() < LONG, "{name}: {:?} for {} bytes", start.elapsed(), file.len());
    look(&facts)
}

/// Stamps that nobody made, and that name this certificate.
fn junk_stamps(certificate: &Issued, count: usize) -> Vec<u8> {
    countersignatures(&vec![unsigned_info(&certificate.parts).der(); count])
}

/// A SignerInfo that names a certificate and holds nothing.
fn unsigned_info(certificate: &crate::support::cms::Certificate) -> SignerInfo {
    SignerInfo { signed: None, signature: vec![1], algorithm: ecdsa(), ..signer_info(certificate) }
}

fn stamped(signer: Issued, count: usize, certificates: Vec<Vec<u8>>) -> Vec<u8> {
    let stamps = junk_stamps(&signer, count);
    let info = edit(move |info: &mut SignerInfo| info.unsigned = vec![stamps.clone()]);
    let message = edit(move |message: &mut SignedData| message.certificates.extend(certificates.clone()));
    Scene { signer, message, info, ..unstamped() }.file()
}

#[test]
fn a_forest_for_every_stamp() {
    let level = |level: u32| {
        let (own, above) = (format!("Level {level}"), format!("Level {}", level + 1));
        (0..60_u32).map(move |n| authority(&format!("{:04x}", level * 4_096 + n + 1), &own, &above).der())
    };
    let signer = end_entity("0101", "Signer", "Level 0", CODE_SIGNING);
    timed("forest", &stamped(signer, 50, level(0).chain(level(1)).collect()), |_| ());
}

#[test]
fn long_certificates_for_every_stamp() {
    let usages = tlv(der::SEQUENCE, [6, 0].repeat(200_000));
    let signer = || end_entity("0101", "Signer", "Intermediate", CODE_SIGNING);
    let many_usages = signer().with(EXTENDED_KEY_USAGE, true, &usages);
    let mut many_extensions = signer();
    many_extensions.parts.extensions.insert(0, [5_u8, 0].repeat(200_000));
    let mut long_key = signer();
    let zeros = sequence([tlv(der::INTEGER, vec![0; 4 << 20]), tlv(der::INTEGER, [3])]);
    long_key.parts.key = public_key([oid(RSA), tlv(der::NULL, [])], &zeros);
    for (name, signer) in [("usages", many_usages), ("extensions", many_extensions), ("key", long_key)] {
        timed(name, &stamped(signer, 300, Vec::new()), |_| ());
    }
}

#[test]
fn a_long_chain_for_very_many_stamps() {
    let level = |n: u32| authority(&format!("{:04x}", n + 1), &format!("Level {n}"), &format!("Level {}", n + 1)).der();
    let signer = end_entity("0101", "Signer", "Level 0", CODE_SIGNING);
    let info = SignerInfo { unsigned: vec![junk_stamps(&signer, 512)], ..unsigned_info(&signer.parts) }.der();
    let message = edit(move |message: &mut SignedData| {
        message.certificates.extend((0..31).map(level));
        message.signer_infos = vec![info.clone(); 16];
    });
    let kept = timed("chain", &Scene { signer, message, ..unstamped() }.file(), |facts| {
        let stamps = facts.iter().flat_map(|facts| &facts.signers).flat_map(|signer| &signer.timestamps);
        stamps.map(|stamp| stamp.path.links.len() + stamp.weaknesses.len()).sum::<usize>()
    });
    assert!(kept < 400_000, "{kept} facts are kept");
}

#[test]
fn keys_for_every_signer() {
    let mut certificates = Vec::new();
    let mut infos = Vec::new();
    for n in 0..500_u32 {
        let mut one =
            certificate(&format!("{:08x}", n + 0x0100_0000), "s").issuer(common_name("i")).subject(common_name("s"));
        one.key = public_key([oid(EC), sequence([[5_u8, 0]])], &n.to_be_bytes());
        certificates.push(one.der());
        infos.push(unsigned_info(&one).der());
    }
    let message = edit(move |message: &mut SignedData| {
        message.certificates.extend(certificates.clone());
        message.signer_infos.extend(infos.clone());
    });
    let weaknesses = timed("explicit curves", &Scene { message, ..unstamped() }.file(), |facts| {
        facts.iter().flat_map(|facts| &facts.signers).map(|signer| signer.weaknesses.len()).sum::<usize>()
    });
    assert_eq!(weaknesses, 500, "each is told once");
}

/// The signer's certificate with another key.
fn keyed(kind: Vec<Vec<u8>>, key: &[u8]) -> Vec<u8> {
    let mut one = scene().signer.parts;
    one.key = public_key(kind, key);
    one.extensions.clear();
    one.der()
}

#[test]
fn many_keys_and_long_content() {
    let edwards = move |n: u32| {
        let mut key = sha256(&n.to_be_bytes());
        key[31] &= 0x7f;
        keyed(vec![oid(ED25519)], &key)
    };
    // The base point, and a small number.
    let signature = [vec![0x58], vec![0x66; 31], vec![1; 31], vec![0]].concat();
    let info =
        SignerInfo { algorithm: sequence([oid(ED25519)]), signature, ..unsigned_info(&scene().signer.parts) }.der();
    let message = edit(move |message: &mut SignedData| {
        message.certificates = (0..300).map(edwards).collect();
        message.signer_infos = vec![info.clone(); 2];
        message.content = Some(tlv(der::OCTET_STRING, vec![7; 2 << 20]));
    });
    timed("Ed25519", &Scene { message, ..unstamped() }.file(), |_| ());
    // Points that are compressed, and a signature that is no pair of numbers.
    let compressed = |n: u32| {
        let point = [vec![2, 0], sha256(&n.to_be_bytes()), sha256(b"x"), vec![1]].concat();
        keyed(vec![oid(EC), oid(P521)], &point)
    };
    timed("P-521", &stamped(scene().signer, 60, (0..300).map(compressed).collect()), |_| ());
}

#[test]
fn attributes_by_the_million() {
    let members: Vec<u8> = (0..1_000_000_u32)
        .flat_map(|n| {
            let [a, b, ..] = n.wrapping_mul(2_654_435_761).to_be_bytes();
            [4, 2, a, b]
        })
        .collect();
    let info = edit(move |info: &mut SignerInfo| info.signed = Some(vec![members.clone()]));
    timed("attributes", &Scene { info, ..unstamped() }.file(), |_| ());
}

#[test]
fn long_keys_of_many_issuers() {
    let big = |n: u8| {
        let mut one = authority(&format!("{n:02x}"), "Big", "Nobody").parts;
        one.key = public_key([oid(UNKNOWN)], &vec![n; 256 << 10]);
        one.der()
    };
    let leaves: Vec<Issued> =
        (0..200_u32).map(|n| end_entity(&format!("{:08x}", n + 0x0100_0000), "L", "Big", CODE_SIGNING)).collect();
    let message = edit(move |message: &mut SignedData| {
        message.certificates.extend((0..8).map(big).chain(leaves.iter().map(|leaf| leaf.parts.der())));
        message.signer_infos.extend(leaves.iter().map(|leaf| unsigned_info(&leaf.parts).der()));
    });
    timed("issuers", &Scene { message, ..unstamped() }.file(), |_| ());
}
