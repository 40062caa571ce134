//! Signatures in scripts and certificates in texts, in whatever encoding and however damaged.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use certsift::{Container, ErrorKind, Limit, Limits, Role, SignatureData};

const SEED: &str = "452156c3b3fb0176365bdb5b7715bc4c";

fn fixture(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)).unwrap()
}

/// What is read of a file: container, the roles of its certificates with the seed's serial, the codes of faults.
fn read(bytes: &[u8], limits: Limits) -> Result<(Container, Vec<Role>, Vec<&'static str>), ErrorKind> {
    let mut data = SignatureData::new();
    let file = data.parse(bytes, limits).map_err(|error| error.kind())?;
    let uses = file.certificate_uses();
    let seeds = uses.iter().filter(|used| used.certificate().is_some_and(|one| one.serial().to_string() == SEED));
    let codes = file.faults().iter().map(|fault| fault.kind().code()).collect();
    Ok((file.container(), seeds.map(|used| used.role()).collect(), codes))
}

/// A text in UTF-16, without a byte order mark.
fn utf16(text: &[u8], big: bool) -> Vec<u8> {
    let text = String::from_utf8_lossy(text).replace('ü', "u").replace('ß', "s");
    text.encode_utf16()
        .flat_map(|character| if big { character.to_be_bytes() } else { character.to_le_bytes() })
        .collect()
}

fn replaced(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    // One character an octet, so that nothing is lost.
    let text: String = bytes.iter().map(|octet| char::from(*octet)).collect();
    assert!(text.contains(from), "{from:?}");
    text.replace(from, to).chars().map(|character| u8::try_from(u32::from(character)).unwrap()).collect()
}

/// A name, the file, the roles of the certificates with the seed's serial, and codes of faults.
type Script<'r> = (&'r str, Vec<u8>, &'r [Role], &'r [&'r str]);
/// The same, and the container behind the file.
type Text<'r> = (&'r str, Vec<u8>, Container, &'r [Role], &'r [&'r str]);

#[test]
fn scripts() {
    use Role::Signer;
    let good = fixture("seed_script.ps1");
    let block = "# SIG # Begin signature block";
    let many: Vec<u8> = [block, "\n"].concat().repeat(2_000).into_bytes();
    let rows: Vec<Script<'_>> = vec![
        ("as signed", good.clone(), &[Signer], &[]),
        ("ends of lines of Unix", replaced(&good, "\r\n", "\n"), &[Signer], &[]),
        ("ends of lines of old", replaced(&good, "\r\n", "\r"), &[Signer], &[]),
        ("empty lines inside", replaced(&good, "\r\n", "\r\n\r\n"), &[Signer], &[]),
        ("blanks around lines", replaced(&good, "\r\n", " \r\n\t"), &[Signer], &[]),
        ("UTF-16 LE without a mark", utf16(&good, false), &[Signer], &[]),
        ("UTF-16 BE without a mark", utf16(&good, true), &[Signer], &[]),
        ("UTF-16 BE with a mark", [b"\xfe\xff".as_slice(), &utf16(&good, true)].concat(), &[Signer], &[]),
        ("the same block twice", [good.clone(), good.clone()].concat(), &[Signer], &[]),
        (
            "a first line without a block before it",
            [format!("{block}\r\n").into_bytes(), good.clone()].concat(),
            &[Signer],
            &["bad-encoding"],
        ),
        ("not ended", fixture("seed_cut.ps1"), &[Signer], &["bad-encoding"]),
        (
            "junk in the last line of base64",
            replaced(&good, "=\r\n# SIG # End", "!\r\n# SIG # End"),
            &[Signer],
            &["bad-encoding", "length-past-end"],
        ),
        ("another script behind it", [good.clone(), fixture("seed_script.vbs")].concat(), &[Signer, Signer], &[]),
        ("first lines alone", many.clone(), &[], &["bad-encoding"]),
        ("first lines before a block", [many, good.clone()].concat(), &[Signer], &["bad-encoding"]),
        (
            "a tag of another XML",
            b"<signature>\r\n** no **\r\n</signature>\r\n** SIG **".to_vec(),
            &[],
            &["unrecognized-format"],
        ),
    ];
    for (name, bytes, roles, codes) in rows {
        let (container, found, mut faults) = match read(&bytes, Limits::default()) {
            Ok(read) => read,
            Err(kind) => {
                assert_eq!(([kind.code()].as_slice(), roles), (codes, [].as_slice()), "{name}");
                continue;
            }
        };
        faults.dedup();
        faults.retain(|code| *code != "limit-reached");
        assert_eq!((container, found.as_slice()), (Container::Script, roles), "{name}");
        assert!(codes.iter().all(|code| faults.contains(code)), "{name}: {faults:?}");
        assert_eq!(codes.is_empty(), faults.is_empty(), "{name}: {faults:?}");
    }
}

/// A block behind more text than is looked through is found from the end.
#[test]
fn long_scripts() {
    let mut bytes = b"# more text\r\n".repeat(1_000);
    bytes.extend(fixture("seed_script.ps1"));
    let mut limits = Limits::default();
    limits.max_text_bytes = 6_001;
    let (_, found, faults) = read(&bytes, limits).unwrap();
    assert_eq!((found.as_slice(), faults.as_slice()), ([Role::Signer].as_slice(), ["limit-reached"].as_slice()));
    bytes.extend(b"# more text\r\n".repeat(1_000));
    assert_eq!(read(&bytes, limits), Err(ErrorKind::UnrecognizedFormat));
}

/// Wherever a script breaks off, what is there of its certificates is read, and nothing else happens.
#[test]
fn cut_scripts() {
    let good = fixture("seed_script.ps1");
    let mut found_in = 0;
    for end in 0..good.len() {
        let Ok((_, found, _)) = read(&good[..end], Limits::default()) else { continue };
        found_in += usize::from(!found.is_empty());
    }
    assert!(found_in > good.len() / 4, "{found_in} of {}", good.len());
}

/// Base64 in lines, as exports have it.
fn encoded(octets: &[u8]) -> Vec<u8> {
    let text = STANDARD.encode(octets);
    text.as_bytes().chunks(64).flat_map(|line| [line, b"\r\n"].concat()).collect()
}

#[test]
fn certificates_in_texts() {
    use Role::Store;
    let bundle = fixture("seed_bundle.pem");
    let der = fixture("seed_der_then_pem.crt");
    let trusted = replaced(&bundle, " CERTIFICATE-----", " TRUSTED CERTIFICATE-----");
    let rows: Vec<Text<'_>> = vec![
        ("among text", bundle.clone(), Container::Pem, &[Store], &[]),
        ("trusted", trusted, Container::Pem, &[Store], &[]),
        ("UTF-16", utf16(&bundle[3..], false), Container::Pem, &[Store], &[]),
        ("another one cut", fixture("seed_cut.pem"), Container::Pem, &[Store], &["bad-encoding"]),
        ("DER, then PEM", der.clone(), Container::Der, &[Store], &["mixed-encoding"]),
        ("DER, then junk", [&der[..600], b"junk"].concat(), Container::Der, &[], &["length-past-end"]),
        ("base64 alone", encoded(&fixture("seed.p7b")), Container::Pem, &[Store], &[]),
        ("base64 of a certificate", encoded(&der[..867]), Container::Pem, &[], &[]),
        ("PKCS #12", fixture("seed_clear.pfx"), Container::Pkcs12, &[Store], &[]),
        ("PKCS #12, encrypted", fixture("seed_encrypted.pfx"), Container::Pkcs12, &[], &["encrypted"]),
        (
            "no certificate in the block",
            b"-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n".to_vec(),
            Container::Pem,
            &[],
            &["length-past-end", "unexpected-tag"],
        ),
        (
            "a block of another kind",
            b"-----BEGIN PRIVATE KEY-----\nAQID\n-----END PRIVATE KEY-----\n".to_vec(),
            Container::Pem,
            &[],
            &[],
        ),
    ];
    for (name, bytes, container, roles, codes) in rows {
        let (was, found, faults) = read(&bytes, Limits::default()).unwrap();
        assert_eq!((was, found.as_slice(), faults.as_slice()), (container, roles, codes), "{name}");
    }
}

/// A text full of blocks costs what its size says, and no more of them are kept than the limit on entries.
#[test]
fn texts_full_of_blocks() {
    let one = b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    let text = one.repeat(50_000);
    let mut data = SignatureData::new();
    let file = data.parse(&text, Limits::default()).unwrap();
    let limit = ErrorKind::LimitReached { limit: Limit::Entries };
    assert!(file.faults().iter().any(|fault| fault.kind() == limit));
    assert!(file.certificate_uses().is_empty());
}

#[cfg(all(feature = "digest", feature = "scan"))]
mod digests {
    use super::*;
    use certsift::{IndicatorTable, Input, ScanOptions, Status, report_bytes};

    fn matches(bytes: &[u8]) -> Option<bool> {
        let mut options = ScanOptions::default();
        options.hash = true;
        let report = report_bytes(Input::default(), bytes, &options, &IndicatorTable::empty());
        assert_eq!(report.status, Status::Signed);
        report.signatures[0].digest_match
    }

    /// Each way in which a text is signed, whatever is read of it as it is; one character more or less is told.
    #[test]
    fn of_scripts() {
        let names = [
            "seed_script.ps1",
            "seed_utf8_mark.psm1",
            "seed_utf16.ps1",
            "seed_script.ps1xml",
            "seed_script.mof",
            "seed_script.vbs",
            "seed_script.js",
            "seed_script.wsf",
        ];
        for name in names {
            let good = fixture(name);
            assert_eq!(matches(&good), Some(true), "{name}");
            let wide = usize::from(good[0] == 0xff);
            let more: &[u8] = if wide == 1 { b"#\0" } else { b"#" };
            let before = [&good[..4 * wide + 4], more, &good[4 * wide + 4..]].concat();
            assert_eq!(matches(&before), Some(false), "{name}, a character more");
            let behind = [good.as_slice(), more].concat();
            assert_eq!(matches(&behind), Some(false), "{name}, a character behind");
            // Base64 has room for blanks that nobody signs.
            if wide == 0 {
                let block = good.windows(2).rposition(|two| two == b"\r\n").unwrap();
                let inside = [&good[..block], b" ", &good[block..]].concat();
                assert!(matches(&inside).is_some(), "{name}");
            }
        }
        assert_eq!(matches(&fixture("seed_tampered.ps1")), Some(false));
        assert_eq!(matches(&fixture("seed_cut.ps1")), None);
    }
}
