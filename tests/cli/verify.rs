//! `scan` and `inspect` with verification: what is told with anchors and without, and which options are wrong.

use certsift::SignedFile;
use serde_json::Value;

use crate::program::{Row, Scratch, check, fixtures, run};

/// The authority of all fixtures, whose certificate lies in one of them.
fn root() -> Vec<u8> {
    let bytes = std::fs::read(fixtures().join("seed_root_first.exe")).unwrap();
    let file = SignedFile::parse(&bytes).unwrap();
    let certificates = file.signatures().first().unwrap().certificates();
    certificates.iter().find(|certificate| certificate.is_self_issued()).unwrap().der().to_vec()
}

fn scratch() -> Scratch {
    let names = ["clean_signed.exe", "raw_strings_overlay.exe", "seed_pe32.exe", "seed_pe64.exe", "seed_signature.p7s"];
    let scratch = Scratch::with(&names);
    scratch.copy("unsigned.exe", "unsigned.exe");
    scratch.write("root.der", root());
    let signed = std::fs::read(fixtures().join("seed_pe32.exe")).unwrap();
    // A byte of the image behind its headers, which is in no field that the digest leaves out.
    let mut changed = signed.clone();
    *changed.get_mut(0x3f0).unwrap() ^= 1;
    scratch.write("changed.exe", changed);
    // A byte of the signature's octets, the last of the message.
    let mut altered = signed;
    let last = altered.iter().rposition(|octet| *octet != 0).unwrap();
    *altered.get_mut(last).unwrap() ^= 1;
    scratch.write("altered.exe", altered);
    scratch
}

#[test]
fn what_is_known_is_told() {
    const ANCHORED: &str = "clean_signed.exe: signed by Harmless Software Ltd (holds to CN=certsift Fixture Root CA,";
    let rows: &[Row] = &[
        ("--format text clean_signed.exe", 0, &["signed by Harmless Software Ltd, not verified\n"], &[]),
        ("--verify --format text clean_signed.exe", 0, &["Harmless Software Ltd (holds, no anchor reached)\n"], &[]),
        ("--anchors root.der --at 2020-01-01 --format text clean_signed.exe", 0, &[ANCHORED], &[]),
        (
            "--anchors root.der --at 2050-01-01T00:00:00Z --format text clean_signed.exe",
            0,
            &["(holds, its certificate had expired)\n"],
            &[],
        ),
        ("--verify --format text raw_strings_overlay.exe", 0, &["(a copied signature)"], &[]),
        ("--verify --format text unsigned.exe", 0, &["unsigned.exe: no embedded signature\n"], &[]),
        (
            "--verify --format text seed_pe32.exe",
            1,
            &["signature    holds: it signed this file (T1553.002)\n", "is not there"],
            &[],
        ),
        (
            "--verify --format text changed.exe",
            1,
            &["signature    copied from another file, or this one was changed (T1036.001)\n", "A copied signature: "],
            &[],
        ),
        (
            "--verify --format text altered.exe",
            1,
            &["signature    altered: this certificate did not make it (T1036.001)\n", "does not hold"],
            &[],
        ),
        (
            "--anchors root.der --format text seed_pe64.exe",
            1,
            &["stamped 2014-11-03T00:00:00Z (rfc3161, verified)\n", "its\n             rfc3161 timestamp"],
            &[],
        ),
        ("--verify --format text seed_pe64.exe", 1, &["(rfc3161, holds, no anchor reached)\n"], &[]),
        (
            "--verify seed_signature.p7s",
            1,
            &["\"signature_status\":\"valid\",\"finding\":\"signed_by\"", "\"digest_matches\":null"],
            &[],
        ),
        ("--anchors root.der --verify - <seed_pe64.exe", 1, &["\"is_verified\":true", "\"by\":\"table\""], &[]),
        (
            "--extra-certificates root.der seed_pe32.exe",
            1,
            &["\"reason\":\"not_an_anchor\"", "\"origin\":\"given\""],
            &[],
        ),
    ];
    check("scan", scratch().path(), rows);
    let rows: &[Row] = &[
        (
            "--anchors root.der seed_pe64.exe",
            1,
            &[
                "it signed this file (T1553.002)\n",
                "digest of the file: holds, by the flat rule\n",
                "path to an anchor\n",
                "an anchor, not in the file, an authority, valid then\n",
                "timestamp 2014-11-03T00:00:00Z (rfc3161), verified\n",
                "padding check: passes with it off, passes with it on\n",
                "which is this signature's\n",
            ],
            &[],
        ),
        ("--verify seed_pe32.exe", 1, &["path that reaches no anchor: no issuer at 0\n", "revocation: "], &[]),
        ("--verify altered.exe", 1, &["signature: DOES NOT HOLD\n", "an altered signature: "], &[]),
        ("--verify unsigned.exe", 0, &["no_signature"], &[]),
    ];
    check("inspect", scratch().path(), rows);
}

#[test]
fn wrong_options() {
    let scratch = scratch();
    scratch.write("damaged.pem", "-----BEGIN CERTIFICATE-----\nMII\n");
    let rows: &[Row] = &[
        ("--anchors no_such_file unsigned.exe", 2, &[], &["no_such_file: "]),
        ("--anchors unsigned.exe unsigned.exe", 2, &[], &["unsigned.exe: no certificate"]),
        ("--anchors damaged.pem unsigned.exe", 2, &[], &["damaged.pem: "]),
        ("--extra-certificates no_such_file unsigned.exe", 2, &[], &["no_such_file: "]),
        ("--crl root.der unsigned.exe", 2, &[], &["root.der: "]),
        ("--crl no_such_list --anchors no_such_file unsigned.exe", 2, &[], &["no_such_list: ", "no_such_file: "]),
        ("--at yesterday unsigned.exe", 2, &[], &["--at", "2014-11-03T00:00:00Z"]),
    ];
    check("scan", scratch.path(), rows);
    check("inspect", scratch.path(), rows);
}

/// Each program reads the file in its own way.
#[test]
fn verified_records_are_equal_however_they_are_made() {
    let scratch = scratch();
    const OPTIONS: &str = "--anchors root.der --at 2020-01-01";
    let names = ["seed_pe64.exe", "changed.exe", "altered.exe", "unsigned.exe", "seed_signature.p7s"];
    for name in names {
        let scanned = run("scan", scratch.path(), &format!("{OPTIONS} {name}"));
        let inspected = run("inspect", scratch.path(), &format!("{OPTIONS} --json {name}"));
        assert_eq!(scanned.stdout, inspected.stdout, "{name}");
        let read = run("scan", scratch.path(), &format!("{OPTIONS} - <{name}"));
        let path = format!("\"path\":\"{name}\"");
        assert_eq!(scanned.stdout, read.stdout.replace("\"path\":\"-\"", &path), "{name} from standard input");
        let hashed = run("scan", scratch.path(), &format!("{OPTIONS} --hash {name}"));
        let mut hashed: Value = serde_json::from_str(&hashed.stdout).unwrap();
        let sha256 = hashed.pointer_mut("/input/sha256").unwrap().take();
        assert!(sha256.is_string(), "{name}");
        if name == "unsigned.exe" {
            // Nobody claims a digest for a verifier to compare.
            let digests = hashed.pointer_mut("/image_digests").unwrap().take();
            assert_eq!(digests.as_array().map(Vec::len), Some(1));
            hashed["image_digests"] = Value::Array(Vec::new());
        }
        assert_eq!(serde_json::from_str::<Value>(&scanned.stdout).unwrap(), hashed, "{name} with its hash");
    }
}
