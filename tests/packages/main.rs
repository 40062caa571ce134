//! Signatures in packages that are zip archives and in XML, however damaged.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

mod navx;
mod polyglots;
#[path = "../support/mod.rs"]
mod support;

use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::time::{Duration, Instant};

use certsift::{Container, ErrorKind, Limits, Seekable, SignatureData};
use support::cms::{certificate, common_name, signed_by};
use support::zip::{Member, archive, deflated, overlapping, stored};

use Container::{Jar, Msix, Opc, Xap, Xml, Zip};

fn fixture(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)).unwrap()
}

/// What is read of a file: container, `role serial` of every certificate, codes of faults.
type Read = (Container, Vec<String>, Vec<&'static str>);

fn read_with(bytes: &[u8], limits: Limits) -> Result<Read, ErrorKind> {
    let told = |file: &certsift::SignedFile<'_>| {
        let uses = file.certificate_uses();
        let roles = uses.iter().map(|used| format!("{} {}", used.role(), support::serial_of(file, used)));
        let mut codes: Vec<_> = file.faults().iter().map(|fault| fault.kind().code()).collect();
        codes.dedup();
        (file.container(), roles.collect(), codes)
    };
    let (mut data, mut again) = (SignatureData::new(), SignatureData::new());
    let from_slice = data.parse(bytes, limits).map(|file| told(&file)).map_err(|error| error.kind());
    let source = Seekable::new(Cursor::new(bytes));
    let from_source = again.read(&source, limits).map(|file| told(&file)).map_err(|error| match error {
        certsift::ReadError::File(error) => error.kind(),
        error => panic!("{error}"),
    });
    assert_eq!(from_slice, from_source, "a slice and a source");
    from_slice
}

fn read(bytes: &[u8]) -> Result<Read, ErrorKind> {
    read_with(bytes, Limits::default())
}

/// A message of a signer.
fn message_of(serial: &str) -> Vec<u8> {
    signed_by(&certificate(serial, "Signer")).der()
}

/// The signature of an app package.
fn signature(serial: &str) -> Vec<u8> {
    [b"PKCX".to_vec(), message_of(serial)].concat()
}

const NAME: &str = "AppxSignature.p7x";

fn manifest() -> Member {
    deflated("AppxManifest.xml", "<Package/>".repeat(100))
}

fn app(signature: Member) -> Vec<u8> {
    archive(&[manifest(), signature])
}

/// With the octets `from` the last time they are there replaced.
fn patched(mut bytes: Vec<u8>, from: &[u8], skip: usize, to: &[u8]) -> Vec<u8> {
    let at = bytes.windows(from.len()).rposition(|window| window == from).unwrap() + skip;
    bytes[at..at + to.len()].copy_from_slice(to);
    bytes
}

/// A name, a file, and what is read of it; of an error its code alone.
type Row<'r> = (&'r str, Vec<u8>, Option<Container>, &'r [&'r str], &'r [&'r str]);

fn check(rows: Vec<Row<'_>>) {
    for (name, bytes, container, roles, codes) in rows {
        match read(&bytes) {
            Ok((was, found, faults)) => {
                assert_eq!(
                    (Some(was), found.as_slice(), faults.as_slice()),
                    (container, &*owned(roles), codes),
                    "{name}"
                );
            }
            Err(kind) => assert_eq!((None, [kind.code()].as_slice()), (container, codes), "{name}"),
        }
    }
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn app_packages() {
    let good = || stored(NAME, signature("c0ffee01"));
    let one: &[&str] = &["signer c0ffee01"];
    let cut_end = |count: usize| {
        let bytes = app(good());
        bytes[..bytes.len() - count].to_vec()
    };
    let directory = 22 + 2 * 46 + "AppxManifest.xml".len() + NAME.len();
    let end = b"PK\x05\x06";
    let another = Member { local_name: b"AppxSignature.p7y".to_vec(), ..good() };
    check(vec![
        ("stored", app(good()), Some(Msix), one, &[]),
        ("deflated", app(deflated(NAME, signature("c0ffee01"))), Some(Msix), one, &[]),
        ("another case", app(stored("APPXSIGNATURE.P7X", signature("c0ffee01"))), Some(Msix), one, &[]),
        ("alone", archive(&[good()]), Some(Msix), one, &[]),
        ("without its four letters", app(stored(NAME, message_of("c0ffee01"))), Some(Msix), one, &["bad-header"]),
        ("no message", app(stored(NAME, "nothing")), Some(Msix), &[], &["bad-header"]),
        ("empty", app(stored(NAME, "")), Some(Msix), &[], &[]),
        (
            "two of the same name",
            archive(&[good(), manifest(), stored(NAME, signature("02"))]),
            Some(Msix),
            &["signer c0ffee01", "signer 02"],
            &[],
        ),
        (
            "a length beyond the file",
            app(Member { compressed: 1 << 30, ..good() }),
            Some(Msix),
            one,
            &["bad-member", "trailing-data"],
        ),
        (
            "a length without the last octets",
            app(Member { compressed: good().compressed - 8, ..good() }),
            Some(Msix),
            one,
            &["length-past-end"],
        ),
        ("another name in its header", app(another), Some(Msix), one, &["bad-member"]),
        (
            "no header where it should be",
            {
                let mut bytes = app(good());
                bytes[manifest_length()] = b'X';
                bytes
            },
            Some(Msix),
            &[],
            &["bad-member"],
        ),
        (
            "one behind the other in the same place",
            overlapping(&[good(), good()]),
            Some(Msix),
            &["signer c0ffee01", "signer c0ffee01"],
            &["bad-member"],
        ),
        ("encrypted", app(Member { flags: 1, ..good() }), Some(Msix), &[], &["bad-member"]),
        ("another method", app(Member { method: 12, ..good() }), Some(Msix), &[], &["bad-member"]),
        ("no deflated data", app(Member { method: 8, ..good() }), Some(Msix), &[], &["bad-member"]),
        ("no end record", cut_end(1), Some(Msix), one, &["directory-missing"]),
        ("no directory", cut_end(directory), Some(Msix), one, &["directory-missing"]),
        (
            "no directory, and a signature that is cut",
            cut_end(directory + 8),
            Some(Msix),
            one,
            &["directory-missing", "bad-member", "length-past-end"],
        ),
        (
            "no directory, lengths behind the data",
            {
                let bytes = app(Member { flags: 8, compressed: 0, ..good() });
                bytes[..bytes.len() - directory].to_vec()
            },
            Some(Msix),
            one,
            &["directory-missing"],
        ),
        ("no directory and no signature", archive(&[manifest()])[..100].to_vec(), None, &[], &["directory-missing"]),
        ("a count that lies", patched(app(good()), end, 10, &[9, 0]), Some(Msix), one, &["bad-directory"]),
        ("a length that lies", patched(app(good()), end, 12, &[1, 0, 0, 0]), Some(Msix), one, &["bad-directory"]),
        ("a comment", [app(good()), b"comment".to_vec()].concat(), Some(Msix), one, &[]),
        (
            "another end record in the comment",
            [app(good()), [end.as_slice(), &[0xff; 18]].concat()].concat(),
            Some(Msix),
            one,
            &[],
        ),
        (
            "something before the archive",
            [b"PK\x03\x04".to_vec(), vec![0; 36], app(good())].concat(),
            Some(Msix),
            one,
            &[],
        ),
        ("four octets", b"PK\x03\x04".to_vec(), None, &[], &["unrecognized-format"]),
        ("a header", [b"PK\x03\x04".as_slice(), &[0; 26]].concat(), None, &[], &["unrecognized-format"]),
        ("no members", archive(&[]), Some(Zip), &[], &[]),
        ("other members", archive(&[stored("a.txt", "a")]), Some(Zip), &[], &[]),
        (
            "a record that is cut",
            {
                let bytes = app(good());
                bytes[..bytes.len() - 22 - NAME.len()].to_vec()
            },
            Some(Msix),
            one,
            &["directory-missing"],
        ),
    ]);
}

/// Bytes of the first member of [`app`].
fn manifest_length() -> usize {
    30 + "AppxManifest.xml".len() + manifest().data.len()
}

#[test]
fn other_packages() {
    let types = || deflated("[Content_Types].xml", "<Types/>");
    let jar = |name: &str| archive(&[stored("META-INF/MANIFEST.MF", "a"), deflated(name, message_of("c0ffee01"))]);
    let root = certificate("0a", "Root").issuer(common_name("Root"));
    let leaf = certificate("c0ffee01", "Signer").issuer(common_name("Root"));
    let part = |name: &str, content: Vec<u8>| stored(&format!("package/services/digital-signature/{name}"), content);
    let xml = |serials: &[&support::cms::Certificate]| signed_xml(serials).into_bytes();
    let both: &[&str] = &["signer c0ffee01", "chain 0a"];
    check(vec![
        ("a JAR", jar("META-INF/A.RSA"), Some(Jar), &["signer c0ffee01"], &[]),
        ("another key", jar("meta-inf/a.ec"), Some(Jar), &["signer c0ffee01"], &[]),
        ("in a folder", jar("META-INF/A/A.RSA"), Some(Jar), &[], &[]),
        (
            "NuGet",
            archive(&[types(), stored(".signature.p7s", message_of("c0ffee01"))]),
            Some(Opc),
            &["signer c0ffee01"],
            &[],
        ),
        (
            "a certificate of its own",
            archive(&[types(), part("certificate/a.cer", leaf.der())]),
            Some(Opc),
            &["signer c0ffee01"],
            &[],
        ),
        (
            "one and its issuer",
            archive(&[types(), part("certificate/a.cer", root.der()), part("certificate/b.cer", leaf.der())]),
            Some(Opc),
            &["chain 0a", "signer c0ffee01"],
            &[],
        ),
        ("in XML", archive(&[types(), part("xml-signature/a.psdsxs", xml(&[&leaf, &root]))]), Some(Opc), both, &[]),
        (
            "the issuer first",
            archive(&[types(), part("xml-signature/a.psdsxs", xml(&[&root, &leaf]))]),
            Some(Opc),
            &["signer 0a", "signer c0ffee01"],
            &[],
        ),
        (
            "Office",
            archive(&[types(), deflated("_xmlsignatures/sig1.xml", xml(&[&leaf, &root]))]),
            Some(Opc),
            both,
            &[],
        ),
        (
            "XML that is cut",
            archive(&[types(), deflated("_xmlsignatures/sig1.xml", &xml(&[&leaf, &root])[..500])]),
            Some(Opc),
            &["signer c0ffee01", "signer 0a"],
            &["bad-markup", "length-past-end"],
        ),
        ("a package that nobody signed", archive(&[types()]), Some(Opc), &[], &[]),
    ]);
}

/// A text of XML with a signature that has these certificates.
fn signed_xml(certificates: &[&support::cms::Certificate]) -> String {
    use base64::Engine as _;
    let encoded = |one: &&support::cms::Certificate| {
        let text = base64::engine::general_purpose::STANDARD.encode(one.der());
        format!("<X509Certificate>{text}</X509Certificate>")
    };
    let certificates: String = certificates.iter().map(encoded).collect();
    let namespace = "http://www.w3.org/2000/09/xmldsig#";
    format!("<a><Signature xmlns='{namespace}'><KeyInfo><X509Data>{certificates}</X509Data></KeyInfo></Signature></a>")
}

#[test]
fn texts_of_xml() {
    let leaf = certificate("c0ffee01", "Signer").issuer(common_name("Root"));
    let text = signed_xml(&[&leaf]);
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let marked = [b"\xef\xbb\xbf\r\n".as_slice(), text.as_bytes()].concat();
    let one: &[&str] = &["signer c0ffee01"];
    check(vec![
        ("plain", text.clone().into_bytes(), Some(Xml), one, &[]),
        ("with a mark", marked, Some(Xml), one, &[]),
        ("UTF-16", utf16, Some(Xml), one, &[]),
        ("with a prefix", text.replace("</", "</d:").replace("<X", "<d:X").into_bytes(), Some(Xml), one, &[]),
        ("behind other text", format!("text {text}").into_bytes(), None, &[], &["unrecognized-format"]),
        ("not ended", text.replace("</a>", "").into_bytes(), Some(Xml), one, &["bad-markup"]),
        ("another namespace", text.replace("xmldsig", "other").into_bytes(), None, &[], &["unrecognized-format"]),
        ("another place", text.replace("KeyInfo", "Other").into_bytes(), Some(Xml), &[], &[]),
        (
            "no base64",
            text.replace("<X509Certificate>", "<X509Certificate>!").into_bytes(),
            Some(Xml),
            &[],
            &["bad-encoding"],
        ),
    ]);
}

#[test]
fn silverlight_packages() {
    let content = archive(&[stored("AppManifest.xaml", "<Deployment/>")]);
    let descriptor = |serial: &str, more: usize| {
        let message = message_of(serial);
        let length = u32::try_from(message.len() + more).unwrap();
        [[1, 0, 1, 0].as_slice(), &length.to_le_bytes(), &message].concat()
    };
    let signed = |descriptors: &[Vec<u8>], count: u16, more: u32| {
        let descriptors = descriptors.concat();
        let length = u32::try_from(descriptors.len()).unwrap() + more;
        [content.as_slice(), &descriptors, b"XapS", &count.to_le_bytes(), &length.to_le_bytes()].concat()
    };
    let two = [descriptor("c0ffee01", 0), descriptor("02", 0)];
    check(vec![
        ("unsigned", content.clone(), Some(Xap), &[], &[]),
        ("one", signed(&two[..1], 1, 0), Some(Xap), &["signer c0ffee01"], &[]),
        ("two", signed(&two, 2, 0), Some(Xap), &["signer c0ffee01", "signer 02"], &[]),
        ("more than there are", signed(&two[..1], 9, 0), Some(Xap), &["signer c0ffee01"], &[]),
        (
            "a descriptor that is too long",
            signed(&[descriptor("c0ffee01", 9)], 1, 0),
            Some(Xap),
            &["signer c0ffee01"],
            &["length-past-end"],
        ),
        ("a length beyond the file", signed(&two, 2, 1 << 30), Some(Xap), &[], &[]),
    ]);
}

/// Every fixture, cut and changed anywhere: nothing panics, and a slice reads as a source does.
#[test]
fn packages_cut_anywhere() {
    for name in ["seed.msix", "seed.vsix", "seed.jar", "seed.nupkg", "seed.xap", "seed.application"] {
        let good = fixture(name);
        for end in (0..good.len()).step_by(7) {
            let _ = read(&good[..end]);
            let mut changed = good.clone();
            changed[end] ^= 0xff;
            let _ = read(&changed);
        }
    }
}

#[test]
fn bombs_and_crowds_end() {
    const LONG: Duration = Duration::from_secs(20);
    let start = Instant::now();
    let zeros = deflated("META-INF/A.RSA", vec![0; 8 << 20]);
    let good = || deflated(NAME, signature("c0ffee01"));
    let mut limits = Limits::default();
    limits.max_table_bytes = 4 << 20;
    // The signature that Windows reads is read first.
    let bytes = archive(&[zeros.clone(), good(), zeros.clone()]);
    let (container, found, faults) = read_with(&bytes, limits).unwrap();
    assert_eq!((container, found), (Msix, owned(&["signer c0ffee01"])));
    assert!(faults.contains(&"limit-reached"), "{faults:?}");
    // A thousand names of one bomb are inflated no further than one.
    let (_, _, faults) = read_with(&overlapping(&vec![zeros; 1_000]), limits).unwrap();
    assert!(faults.contains(&"limit-reached"), "{faults:?}");
    let crowd: Vec<Member> = (0..70_000).map(|number| stored(&format!("META-INF/{number}.RSA"), "a")).collect();
    let (container, _, faults) = read(&archive(&crowd)).unwrap();
    assert_eq!(container, Jar);
    assert!(faults.contains(&"limit-reached") && !faults.contains(&"bad-directory"), "{faults:?}");
    limits.max_table_bytes = 100;
    let (_, _, faults) = read_with(&archive(&[good()]), limits).unwrap();
    assert!(faults.contains(&"limit-reached"), "{faults:?}");
    // XML of nothing but the beginnings of tags.
    for text in ["<", "<a '", "<!--", "</", "<a "] {
        let text = format!("<a xmlns='http://www.w3.org/2000/09/xmldsig#'><X509Certificate>{}", text.repeat(1 << 20));
        assert_eq!(read(text.as_bytes()).unwrap().0, Xml);
    }
    assert!(start.elapsed() < LONG, "{:?}", start.elapsed());
}

/// The certificates that a signature in XML has match indicators of signers, and the file is one of certificates: nothing is verified.
#[test]
#[cfg(feature = "report")]
fn certificates_of_xml_match_as_signers() {
    use certsift::{IndicatorTable, Input, Report, Status};
    let table = IndicatorTable::builtin();
    for name in ["seed.vsix", "seed.docx", "seed.application"] {
        let bytes = fixture(name);
        let mut data = SignatureData::new();
        let file = data.parse(&bytes, Limits::default()).unwrap();
        let report = Report::new(Input::default(), &file, &table);
        assert_eq!(report.status, Status::Certificates, "{name}");
        assert_eq!(report.matches.len(), 1, "{name}");
        assert_eq!((report.matches[0].role.as_str(), report.matches[0].signature), ("signer", None), "{name}");
    }
}

#[cfg(all(feature = "digest", feature = "scan"))]
mod digests {
    use super::*;
    use certsift::{IndicatorTable, Input, ScanOptions, report_bytes};

    fn matches(bytes: &[u8]) -> Option<bool> {
        let mut options = ScanOptions::default();
        options.hash = true;
        let report = report_bytes(Input::default(), bytes, &options, &IndicatorTable::empty());
        report.signatures.first().and_then(|signature| signature.digest_match)
    }

    /// Where the octets are, by what stands before them the last time.
    fn range(bytes: &[u8], from: &[u8], to: &[u8]) -> std::ops::Range<usize> {
        let at = |what: &[u8]| bytes.windows(what.len()).rposition(|window| window == what).unwrap();
        at(from)..at(to)
    }

    /// A change of any octet that is not the signature's own is told.
    #[test]
    fn of_app_packages() {
        for name in ["seed.msix", "seed_catalog.appx"] {
            let good = fixture(name);
            assert_eq!(matches(&good), Some(true), "{name}");
            let member = range(&good, b"PK\x03\x04", b"PK\x01\x02").start;
            let first_record = good.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
            let record = good.windows(4).rposition(|window| window == b"PK\x01\x02").unwrap();
            let end =
                good[record..].windows(2).position(|window| window == b"PK").map(|_| record + 46 + NAME.len()).unwrap();
            let mut told = 0;
            for at in (0..member).chain(first_record..record).chain(end..good.len()) {
                let mut changed = good.clone();
                changed[at] ^= 1;
                assert_ne!(matches(&changed), Some(true), "{name}: {at:#x}");
                told += usize::from(matches(&changed) == Some(false));
            }
            assert!(told > 500, "{name}: {told}");
        }
        assert_eq!(matches(&fixture("seed_tampered.msix")), Some(false));
        assert_eq!(matches(&fixture("seed_no_directory.msix")), None);
    }

    /// Octets that no record of the directory tells of are told, too.
    #[test]
    fn of_hidden_octets() {
        let good = fixture("seed.msix");
        let first_record = good.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
        let end_record = good.windows(4).rposition(|window| window == b"PK\x05\x06").unwrap();
        let start = u32::try_from(first_record + 5).unwrap().to_le_bytes();
        let mut hidden = [&good[..first_record], b"12345", &good[first_record..]].concat();
        let place = end_record + 5 + 16;
        if hidden[place..place + 4] != [0xff; 4] {
            hidden[place..place + 4].copy_from_slice(&start);
        }
        assert_ne!(matches(&hidden), Some(true));
        assert_eq!(matches(&[good.as_slice(), b"behind"].concat()), Some(false));
    }
}
