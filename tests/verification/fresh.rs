//! Images that other programs signed, in every algorithm: each holds up to its own root and reaches no other. And signatures that were
//! forged: none holds.

use std::path::PathBuf;

use certsift::{Time, Verifier};

use crate::facts::Facts;
use crate::scene::NOW;

const STAMPED: &str = "1414972800";

/// What holds of a fixture beyond what holds of all.
struct Fresh {
    file: &'static str,
    root: &'static str,
    form: &'static str,
    /// How it is stamped.
    stamp: &'static str,
}

const RSA: &str = "rsa_root.pem";
const EC: &str = "ec_root.pem";

const fn fresh(file: &'static str, root: &'static str) -> Fresh {
    Fresh { file, root, form: "attributes", stamp: "-" }
}

const fn stamped(file: &'static str, root: &'static str, stamp: &'static str) -> Fresh {
    Fresh { file, root, form: "attributes", stamp }
}

const FRESH: [Fresh; 55] = [
    fresh("rsa1024_sha1.exe", RSA),
    fresh("rsa1024_sha256.exe", RSA),
    fresh("rsa1024_sha384.exe", RSA),
    fresh("rsa1024_sha512.exe", RSA),
    fresh("rsa2048_md5.exe", RSA),
    fresh("rsa2048_sha1.exe", RSA),
    fresh("rsa2048_sha256.exe", RSA),
    fresh("rsa2048_sha384.exe", RSA),
    fresh("rsa2048_sha512.exe", RSA),
    fresh("rsa3072_sha1.exe", RSA),
    fresh("rsa3072_sha256.exe", RSA),
    fresh("rsa3072_sha384.exe", RSA),
    fresh("rsa3072_sha512.exe", RSA),
    fresh("rsa4096_sha1.exe", RSA),
    fresh("rsa4096_sha256.exe", RSA),
    fresh("rsa4096_sha384.exe", RSA),
    fresh("rsa4096_sha512.exe", RSA),
    fresh("p256_sha1.exe", EC),
    fresh("p256_sha256.exe", EC),
    fresh("p256_sha384.exe", EC),
    fresh("p256_sha512.exe", EC),
    fresh("p384_sha1.exe", EC),
    fresh("p384_sha256.exe", EC),
    fresh("p384_sha384.exe", EC),
    fresh("p384_sha512.exe", EC),
    fresh("p521_sha1.exe", EC),
    fresh("p521_sha256.exe", EC),
    fresh("p521_sha384.exe", EC),
    fresh("p521_sha512.exe", EC),
    fresh("dsa1024_sha1.exe", RSA),
    fresh("dsa2048_sha256.exe", RSA),
    fresh("ed25519.exe", RSA),
    fresh("rsa_pss_key.exe", RSA),
    fresh("rsa_pss_sha256.exe", RSA),
    fresh("rsa_pss_sha512.exe", RSA),
    fresh("rsa_key_oid.exe", RSA),
    fresh("ec_key_oid.exe", EC),
    fresh("exponent_3.exe", RSA),
    fresh("pe64.exe", EC),
    fresh("page_hashes.exe", EC),
    fresh("wrapped.exe", RSA),
    fresh("subject_key_id.exe", EC),
    fresh("digest_info_signature_oid.exe", RSA),
    fresh("digest_info_no_parameters.exe", RSA),
    fresh("unsorted_signed_as_stored.exe", EC),
    Fresh { form: "sorted_attributes", ..fresh("unsorted_signed_sorted.exe", EC) },
    Fresh { form: "sorted_attributes", ..fresh("ber_lengths.exe", EC) },
    Fresh { form: "content", ..fresh("no_attributes.exe", RSA) },
    stamped("rfc3161_rsa.exe", RSA, "rfc3161"),
    stamped("rfc3161_ec.exe", EC, "rfc3161"),
    stamped("pkcs9_rsa.exe", RSA, "pkcs9"),
    stamped("pkcs9_ec.exe", EC, "pkcs9"),
    stamped("pkcs9_raw_digest.exe", RSA, "pkcs9"),
    stamped("nested.exe", RSA, "rfc3161"),
    stamped("nested.exe", EC, "rfc3161"),
];

const FORGED: [&str; 10] = [
    "forged_block_type_2.exe",
    "forged_cube_root.exe",
    "forged_exponent_1.exe",
    "forged_garbage_behind.exe",
    "forged_garbage_in_digest_info.exe",
    "forged_garbage_in_parameters.exe",
    "forged_no_digest.exe",
    "forged_other_hash.exe",
    "forged_padding_octet.exe",
    "forged_short_digest.exe",
];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/verify")
}

fn read(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).unwrap()
}

/// Trusts a root, and the one of the stamps.
fn trusting(root: &str) -> Verifier {
    let mut verifier = Verifier::new(Time::from_unix(NOW));
    for anchor in [root, "stamp_root.pem"] {
        assert_eq!(verifier.add_anchors(&read(anchor)), Ok(1), "{anchor}");
    }
    verifier
}

/// The nested file has the EC signer's signature in the RSA signer's.
fn prefix(fresh: &Fresh) -> &'static str {
    if fresh.file == "nested.exe" && fresh.root == EC { "signature1." } else { "" }
}

#[test]
fn each_holds_up_to_its_own_root() {
    for fresh in &FRESH {
        let facts = Facts::of(&read(fresh.file), &trusting(fresh.root));
        let has_attributes = if fresh.form == "content" { "unknown" } else { "yes" };
        let anchor = if fresh.root == RSA { "certsift RSA Root*" } else { "certsift EC Root*" };
        let (time, stamps) = if fresh.stamp == "-" { ("1704067200", "0") } else { (STAMPED, "1") };
        let mut expected = vec![
            ("digest_matches", "yes"),
            ("digest_rule", "Flat"),
            ("padding_off", "yes"),
            ("padding_on", "yes"),
            ("signers", "1"),
            ("content_matches", has_attributes),
            ("content_type_matches", has_attributes),
            ("signature_valid", "yes"),
            ("signed_form", fresh.form),
            ("code_signing", "yes"),
            ("anchor", anchor),
            ("broken", "none"),
            ("time", time),
            ("time.validity", "valid"),
            ("time.path_validity", "valid"),
            ("stamps", stamps),
        ];
        if fresh.stamp != "-" {
            expected.extend([
                ("stamp0.kind", fresh.stamp),
                ("stamp0.time", STAMPED),
                ("stamp0.imprint_matches", "yes"),
                ("stamp0.content_matches", "yes"),
                ("stamp0.signature_valid", "yes"),
                ("stamp0.time_stamping", "yes"),
                ("stamp0.anchor", "certsift Stamp Root*"),
                ("stamp0.validity", "valid"),
                ("stamp0.verified", "true"),
            ]);
        }
        let name = |fact: &str| format!("{}{fact}", prefix(fresh));
        let wrong: Vec<_> = expected.iter().filter(|(fact, value)| facts.get(&name(fact)) != *value).collect();
        assert!(wrong.is_empty(), "{}: expected {wrong:#?}, found {:#?}", fresh.file, facts.list());
    }
}

/// With the other root the same is told of everything but the path's end.
#[test]
fn none_reaches_another_root() {
    for fresh in &FRESH {
        let file = read(fresh.file);
        let own = Facts::of(&file, &trusting(fresh.root));
        let other = Facts::of(&file, &trusting(if fresh.root == RSA { EC } else { RSA }));
        assert_eq!(other.get(&format!("{}anchor", prefix(fresh))), "none", "{}", fresh.file);
        assert_eq!(other.get(&format!("{}broken", prefix(fresh))), "no_issuer at 1", "{}", fresh.file);
        let changes = own.changes(&other);
        let of_the_path = |change: &&String| {
            let fact = change.strip_prefix("signature1.").unwrap_or(change.as_str());
            ["path", "anchor", "broken"].iter().any(|name| fact.starts_with(name))
        };
        let others: Vec<&String> = changes.iter().filter(|change| !of_the_path(change)).collect();
        assert!(others.is_empty(), "{}: {others:#?}", fresh.file);
    }
}

/// What is weak is told although it holds.
#[test]
fn weaknesses() {
    let cases = [
        ("rsa2048_sha256.exe", RSA, ""),
        ("rsa2048_md5.exe", RSA, "md5"),
        ("rsa2048_sha1.exe", RSA, "sha1"),
        ("rsa1024_sha256.exe", RSA, "short_key (certsift rsa1024 Signer*)"),
        ("rsa1024_sha1.exe", RSA, "sha1 short_key (certsift rsa1024 Signer*)"),
        ("dsa1024_sha1.exe", RSA, "sha1 short_key (certsift dsa1024 Signer*)"),
        ("p256_sha256.exe", EC, ""),
        ("p521_sha1.exe", EC, "sha1"),
        ("forged_exponent_1.exe", RSA, "bad_exponent (certsift rsa2048e1 Signer*)"),
    ];
    for (file, root, weaknesses) in cases {
        assert_eq!(Facts::of(&read(file), &trusting(root)).get("weaknesses"), weaknesses, "{file}");
    }
    let stamped = Facts::of(&read("pkcs9_raw_digest.exe"), &trusting(RSA));
    assert_eq!(stamped.get("stamp0.weaknesses"), "sha1 raw_digest");
}

/// An RSA signature is good only where the whole block is as the standard has it (Bleichenbacher, 2006; CVE-2006-4339).
#[test]
fn forged_signatures_do_not_hold() {
    for file in FORGED {
        let facts = Facts::of(&read(file), &trusting(RSA));
        let expected = if file == "forged_exponent_1.exe" { "unknown" } else { "no" };
        assert_eq!(facts.get("signature_valid"), expected, "{file}: {:#?}", facts.list());
        assert_eq!(facts.get("signed_form"), "none", "{file}");
        // What needs no key to be told is as it should be: only the signature fails.
        let others = ["digest_matches", "content_matches", "content_type_matches", "code_signing"];
        assert!(others.iter().all(|fact| facts.get(fact) == "yes"), "{file}: {:#?}", facts.list());
        assert_eq!(facts.get("anchor"), "certsift RSA Root*", "{file}");
    }
}

/// Every fixture is in a table.
#[test]
fn no_fixture_is_left_out() {
    let names = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let images: Vec<String> = names.filter(|name| name.ends_with(".exe")).collect();
    assert!(images.len() > 60, "{} images", images.len());
    let known = |name: &str| FORGED.contains(&name) || FRESH.iter().any(|fresh| fresh.file == name);
    let left_out: Vec<_> = images.iter().filter(|name| !known(name)).collect();
    assert!(left_out.is_empty(), "{left_out:?}");
}
