//! `inspect`: one file as a tree, its record, and its parts written out.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use certsift::Certificate;

use crate::program::{Row, Scratch, check, fixtures, run};

#[test]
fn the_tree() {
    const SIGNER: &str = "signer: CN=CallTogether\\, Inc.,O=CallTogether\\, Inc.,L=San Jose,ST=California,C=US\n";
    let rows: &[Row] = &[
        ("seed_pe64.exe", 1, &[SIGNER, "timestamp 2014-11-03T00:00:00Z (rfc3161), not verified\n"], &[]),
        ("seed_pe64.exe", 1, &["MATCH callTogether_certificate\n", "program Fixture Program\n"], &[]),
        ("seed_pe64.exe", 1, &["serial 452156c3b3fb0176365bdb5b7715bc4c\n", "entry 0 at 0x400: "], &[]),
        (
            "seed_pe64.exe",
            1,
            &["of kind 1.3.6.1.4.1.311.2.1.15 (SpcPeImageData), flags 0780\n", "<<<Obsolete>>>\n"],
            &[],
        ),
        (
            "seed_pe64.exe",
            1,
            &["SignerInfo at 0x879: 3182 bytes, version 1\n", "statement individualCodeSigning\n"],
            &[],
        ),
        (
            "seed_pe64.exe",
            1,
            &["stamps sha256 137a04e126780358", "policy 1.2.3.4.1\n", "number ce6c69fa952f9bc6\n"],
            &[],
        ),
        ("seed_pe64.exe", 1, &["extended key usage codeSigning\n", "key usage digitalSignature\n"], &[]),
        ("seed_pe64.exe", 1, &["unsigned attribute 1.3.6.1.4.1.311.3.3.1 (msCounterSign) at 0xad5: 2578 bytes\n"], &[]),
        ("seed_nested.exe", 1, &["nested signature 1 at ", "signer: CN=Harmless Software Ltd,", SIGNER], &[]),
        ("seed_root_first.exe", 1, &["chain: CN=certsift Fixture Root CA,", SIGNER], &[]),
        ("split_certificates.exe", 0, &["unused: CN="], &[]),
        ("raw_strings_overlay.exe", 0, &["unsigned after table at ", "fault data-after-table: "], &[]),
        ("seed.p7b", 1, &["store: CN=CallTogether"], &[]),
        ("seed_bundle.pem", 1, &["certificate: CN=CallTogether", "certificate: CN=certsift Fixture Root"], &[]),
        ("seed.cat", 1, &["signs 2 files, made 2014-11-03", "unsigned.exe", "OSAttr=2:6.1"], &[]),
        ("seed_script.vbs", 1, &["claims sha256 of the file, which it has"], &[]),
        ("- <seed_pe64.exe", 1, &["-: signed, pe, ", SIGNER], &[]),
        ("unsigned.exe", 0, &["unsigned.exe: no_signature, pe, 1024 bytes\n"], &[]),
        (
            "unsigned.exe",
            0,
            &[
                "sha1 of the image a4b4df051b492ee20437e9fd9016a8dd5f0b6ba6\n",
                "sha256 of the image 7f70b19cbf70e0c038bb6eb3940a0eeb7e68c625d7214ae763960c62dc582847\n",
            ],
            &[],
        ),
        ("not_a_pe.txt", 0, &["not_a_pe.txt: unrecognized, format not recognised"], &[]),
        ("truncated.exe", 0, &["truncated.exe: malformed, pe", "fault table-truncated: "], &[]),
        ("--no-builtin seed_pe64.exe", 0, &[SIGNER], &[]),
        ("--indicators my_indicators.csv seed_leading_zero.exe", 1, &["MATCH high-bit\n"], &[]),
        ("--color always seed_pe64.exe", 1, &["\u{1b}[1;31mMATCH callTogether_certificate\u{1b}[0m\n"], &[]),
        ("--color never seed_pe64.exe", 1, &["├ MATCH callTogether_certificate\n"], &[]),
        ("no_such_file", 2, &[], &["no_such_file: "]),
        ("--indicators no_such_list seed_pe64.exe", 2, &[], &["no_such_list: "]),
        (".", 2, &[], &[".: "]),
        ("", 2, &[], &["Usage: inspect"]),
        ("seed_pe32.exe seed_pe64.exe", 2, &[], &["Usage: inspect"]),
    ];
    check("inspect", &fixtures(), rows);
}

#[test]
fn the_record_is_that_of_scan() {
    let names = ["seed_pe64.exe", "seed_nested.exe", "unsigned.exe", "truncated.exe", "not_a_pe.txt", "seed.p7b"];
    for name in names {
        let inspected = run("inspect", &fixtures(), &format!("--json {name}"));
        let scanned = run("scan", &fixtures(), name);
        assert_eq!((inspected.stdout, inspected.status), (scanned.stdout, scanned.status), "{name}");
        let inspected = run("inspect", &fixtures(), &format!("--json --detail {name}"));
        let scanned = run("scan", &fixtures(), &format!("--detail {name}"));
        assert_eq!((inspected.stdout, inspected.status), (scanned.stdout, scanned.status), "{name} in detail");
    }
}

/// Some signers pad what they sign, some do not: an unsigned image has the digests of both.
#[test]
fn the_digests_of_an_unsigned_image() {
    let scratch = Scratch::with(&["unsigned.exe"]);
    let path = scratch.path().join("unsigned.exe");
    let file = [std::fs::read(&path).unwrap(), b"12345".to_vec()].concat();
    std::fs::write(path, file).unwrap();
    let rows: &[Row] = &[(
        "unsigned.exe",
        0,
        &[
            "sha256 of the image 0b0a252e2434bf3561224fad3223890f35cc858b3f01e0f3bbbc55c9fa5a55a0\n",
            "padded to a multiple of 8 d8bbdda8ad946351511d853d9022464b4c82511273cf664df90751eeb26b2ad1\n",
        ],
        &[],
    )];
    check("inspect", scratch.path(), rows);
}

#[test]
fn what_is_too_large_is_refused() {
    let scratch = Scratch::new();
    std::fs::File::create(scratch.path().join("large.exe")).unwrap().set_len((1 << 30) + 1).unwrap();
    let rows: &[Row] = &[("large.exe", 2, &[], &["large.exe: larger than the 1073741824 bytes that inspect reads"])];
    check("inspect", scratch.path(), rows);
}

#[test]
fn many_values_are_not_all_told() {
    let scratch = Scratch::new();
    // A message with an attribute of 600,000 NULLs in a hundred levels.
    let wrap = |tag: u8, content: Vec<u8>| {
        let length = u32::try_from(content.len()).unwrap().to_be_bytes();
        [&[tag, 0x84], length.as_slice(), content.as_slice()].concat()
    };
    let deep = (0..100).fold([5_u8, 0].repeat(600_000), |inner, _| wrap(0x30, inner));
    let id = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
    scratch.write("many.p7s", wrap(0x30, [id.as_slice(), &deep].concat()));
    let ran = run("inspect", scratch.path(), "--asn1 many.p7s");
    assert!(ran.stdout.ends_with("! the first 500000 lines are told\n"));
    assert!(ran.stdout.len() < 50 << 20, "{} bytes", ran.stdout.len());
}

#[test]
fn parts_are_written_out() {
    let scratch = Scratch::with(&["seed_root_first.exe", "seed_nested.exe", "unsigned.exe"]);
    let rows: &[Row] = &[
        ("--pem pem seed_root_first.exe", 1, &["signer: CN="], &[]),
        ("--der der seed_nested.exe", 1, &["nested signature 1 "], &[]),
        ("--pem none --der none unsigned.exe", 0, &["no_signature"], &[]),
        ("--pem unsigned.exe seed_nested.exe", 2, &[], &["unsigned.exe"]),
    ];
    check("inspect", scratch.path(), rows);
    assert_eq!(scratch.names("pem"), ["000-01.pem", "001-452156c3b3fb0176365bdb5b7715bc4c.pem"]);
    let subjects: Vec<String> =
        scratch.names("pem").iter().map(|name| subject(&scratch.read(format!("pem/{name}")))).collect();
    assert!(subjects.first().unwrap().starts_with("CN=certsift Fixture Root CA,"), "{subjects:?}");
    assert!(subjects.last().unwrap().starts_with("CN=CallTogether\\, Inc.,"), "{subjects:?}");
    assert_eq!(scratch.names("der"), ["000.p7s", "001.p7s"]);
    let rows: &[Row] = &[
        ("der/000.p7s", 1, &["signer: CN=Harmless Software Ltd,", "nested signature 1 "], &[]),
        ("der/001.p7s", 1, &["signer: CN=CallTogether"], &[]),
    ];
    check("inspect", scratch.path(), rows);
}

#[test]
fn the_asn1_structure() {
    const COLUMNS: &str = "offset head length   element\n";
    let rows: &[Row] = &[
        ("--asn1 seed_pe64.exe", 1, &["entry 0 at 0x400: 4328 bytes, type 0x0002 (PKCS_SIGNED_DATA)\n", COLUMNS], &[]),
        ("--asn1 seed_pe64.exe", 1, &["0x0408    4   4315 c SEQUENCE\n"], &[]),
        (
            "--asn1 seed_pe64.exe",
            1,
            &["0x040c    2      9 p  OBJECT IDENTIFIER 1.2.840.113549.1.7.2 (signedData)\n"],
            &[],
        ),
        ("--asn1 seed_pe64.exe", 1, &["0x04bf    2     16 p       INTEGER 452156c3b3fb0176365bdb5b7715bc4c\n"], &[]),
        ("--asn1 seed_pe64.exe", 1, &["OBJECT IDENTIFIER 1.3.6.1.4.1.311.2.1.12 (SpcSpOpusInfo)\n"], &[]),
        ("--asn1 seed_pe64.exe", 1, &[" [1] \"Fixture Program\"\n", "OCTET STRING encapsulates\n"], &[]),
        ("--asn1 seed_pe64.exe", 1, &[" GeneralizedTime 2014-11-03T00:00:00Z (20141103000000Z)\n"], &[]),
        ("--asn1 seed_signature.p7s", 1, &["message at 0x0: ", "0x0000    4   1672 c SEQUENCE\n"], &[]),
        ("--asn1 seed_nested.exe", 1, &["OBJECT IDENTIFIER 1.3.6.1.4.1.311.2.4.1 (nestedSignature)\n"], &[]),
        ("--asn1 truncated.exe", 0, &[" ! length-past-end: ", " c SEQUENCE\n"], &[]),
        ("--asn1 unsigned.exe", 0, &["no message: the file carries no signature\n"], &[]),
        ("--asn1 not_a_pe.txt", 0, &["no message: not a format that is read here in file at "], &[]),
        ("--asn1 outside.exe", 0, &["no table where the headers say\n"], &[]),
        ("--asn1 cut.exe", 0, &["no message: the header is cut or contradicts itself in PE header at "], &[]),
        (
            "outside.exe",
            0,
            &["outside.exe: malformed, pe, ", "fault table-outside-file: ", "fault directory-count"],
            &[],
        ),
        ("cut.exe", 0, &["cut.exe: malformed, pe, ", "error: the header is cut"], &[]),
        ("--asn1 trailer.p7s", 1, &[" - behind the message: 1b5b324a\n"], &[]),
        ("--asn1 text.p7s", 0, &["UTF8String \"\\x1b[2J\"\n", "OCTET STRING indefinite length\n"], &[]),
        ("--asn1 --json seed_pe64.exe", 2, &[], &["cannot be used with"]),
    ];
    let scratch = Scratch::with(&[
        "seed_pe64.exe",
        "seed_signature.p7s",
        "seed_nested.exe",
        "truncated.exe",
        "unsigned.exe",
        "not_a_pe.txt",
    ]);
    let signature = std::fs::read(fixtures().join("seed_signature.p7s")).unwrap();
    scratch.write("trailer.p7s", [signature.as_slice(), b"\x1b[2J"].concat());
    // A table that the file ends before, which a count hides; and a file that ends in its headers.
    let image = std::fs::read(fixtures().join("seed_pe64.exe")).unwrap();
    let headers = usize::from(*image.get(0x3c).unwrap());
    scratch.write("cut.exe", image.get(..headers + 100).unwrap());
    let mut outside = image.get(..1024).unwrap().to_vec();
    *outside.get_mut(headers + 132).unwrap() = 4;
    scratch.write("outside.exe", outside);
    // A ContentInfo of which a text and an OCTET STRING in segments are the only members.
    scratch.write(
        "text.p7s",
        b"\x30\x18\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\x0c\x04\x1b[2J\x24\x80\x04\x01\x07\0\0",
    );
    check("inspect", scratch.path(), rows);
}

/// The subject of the certificate in a PEM text, read here without a PEM parser.
fn subject(text: &str) -> String {
    let body = text.strip_prefix("-----BEGIN CERTIFICATE-----\n").expect("a first line");
    let body = body.strip_suffix("\n-----END CERTIFICATE-----\n").expect("a last line");
    assert!(body.lines().all(|line| line.len() <= 64), "{text}");
    let der = STANDARD.decode(body.replace('\n', "")).expect("base64");
    let certificate = Certificate::from_der(&der).expect("a certificate");
    assert_eq!(certificate.der(), der, "nothing more than the certificate");
    certificate.subject().to_string()
}

#[test]
fn carved_certificates_are_in_the_tree_and_written_out() {
    let scratch = Scratch::new();
    let message = std::fs::read(fixtures().join("seed.p7b")).unwrap();
    let seed = std::fs::read(fixtures().join("seed_pe32.exe")).unwrap();
    let block = format!("-----BEGIN CMS-----\n{}\n-----END CMS-----\n", STANDARD.encode(message));
    scratch.write("dump.bin", [b"dump\0".as_slice(), block.as_bytes(), &seed].concat());
    let rows: &[Row] = &[
        ("dump.bin", 0, &["unrecognized"], &[]),
        (
            "--carve dump.bin",
            1,
            &["MATCH", "carved in a PEM block at 0x5, ", "carved[", "carved at 0x", "described above"],
            &[],
        ),
        ("--carve --json --pem out dump.bin", 1, &["\"form\":\"pem\""], &[]),
    ];
    check("inspect", scratch.path(), rows);
    let names = scratch.names("out");
    assert!(names.iter().any(|name| name.ends_with("452156c3b3fb0176365bdb5b7715bc4c.pem")), "{names:?}");
    for name in names {
        let text = scratch.read(format!("out/{name}"));
        let body: String = text.lines().filter(|line| !line.starts_with('-')).collect();
        let der = STANDARD.decode(body).unwrap();
        assert_eq!(certsift::carve(&der, certsift::CarveLimits::default()).next().unwrap().der(), der, "{name}");
    }
}
