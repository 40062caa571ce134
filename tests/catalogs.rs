//! Catalogs: the files that they sign, and files that are looked up in them.

#![cfg(all(feature = "digest", feature = "scan"))]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::Path;
use std::sync::Arc;

use certsift::{Catalogs, IndicatorTable, Input, Report, ScanOptions, SignedFile, Status, report_bytes};

fn fixture(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)).unwrap()
}

fn looked_up(bytes: &[u8]) -> Report {
    let mut catalogs = Catalogs::default();
    assert_eq!(catalogs.add(Path::new("seed.cat"), fixture("seed.cat")).unwrap(), 2);
    let mut options = ScanOptions::default();
    options.catalogs = Some(Arc::new(catalogs));
    report_bytes(Input::default(), bytes, &options, &IndicatorTable::builtin())
}

/// A file, and what becomes of it: its status, the name in the catalog, how many indicators match.
type Row = (&'static str, Vec<u8>, Status, Option<&'static str>, usize);

#[test]
fn files_are_looked_up() {
    let mut changed = fixture("unsigned.exe");
    *changed.last_mut().unwrap() ^= 1;
    let mut longer = fixture("unsigned.exe");
    longer.push(0);
    let rows: [Row; 7] = [
        ("an image, by its digest", fixture("unsigned.exe"), Status::CatalogSigned, Some("unsigned.exe"), 1),
        ("a text, by its hash", fixture("not_a_pe.txt"), Status::CatalogSigned, None, 1),
        ("an image that is signed itself", fixture("clean_signed.exe"), Status::Signed, None, 0),
        ("an image with another octet", changed, Status::NoSignature, None, 0),
        ("an image with an octet more", longer, Status::NoSignature, None, 0),
        ("another text", b"This is another one.\n".to_vec(), Status::Unrecognized, None, 0),
        ("nothing", Vec::new(), Status::Unrecognized, None, 0),
    ];
    for (name, bytes, status, file_name, matches) in rows {
        let report = looked_up(&bytes);
        assert_eq!((report.status, report.matches.len()), (status, matches), "{name}");
        let catalog = report.catalog.as_ref();
        assert_eq!(catalog.is_some(), status == Status::CatalogSigned, "{name}");
        assert_eq!(catalog.and_then(|catalog| catalog.file_name.as_deref()), file_name, "{name}");
        assert_eq!(report.input.size, u64::try_from(bytes.len()).ok(), "{name}");
        if status == Status::CatalogSigned {
            assert_eq!((report.matches[0].role.as_str(), report.error), ("signer", None), "{name}");
        }
    }
}

#[test]
fn members_are_listed() {
    let bytes = fixture("seed.cat");
    let file = SignedFile::parse(&bytes).unwrap();
    let list = file.signatures()[0].trust_list().unwrap();
    assert_eq!(list.usages().iter().map(ToString::to_string).collect::<Vec<_>>(), ["1.3.6.1.4.1.311.12.1.1"]);
    assert_eq!(list.this_update().unwrap().to_string(), "2014-11-03T00:00:00Z");
    let members: Vec<_> = list.members().collect();
    assert_eq!(members.len(), 2);
    assert_eq!((members[0].hash().len(), members[1].hash().len()), (32, 20));
    assert_eq!(members[0].digest().unwrap().digest, members[0].identifier());
    assert_eq!((members[1].digest(), members[1].identifier().len()), (None, 82));
    assert_eq!(members[0].file_name().as_deref(), Some("unsigned.exe"));
    let attributes = members[1].attributes();
    assert_eq!((attributes[0].name.as_ref(), attributes[0].value.as_str()), ("OSAttr", "2:6.1"));
    assert!(file.signatures()[0].indirect_data().is_none());
}

/// Wherever a catalog is cut or an octet of it is another one, what is left of it is looked at, and nothing else happens.
#[test]
fn damaged_catalogs() {
    let good = fixture("seed.cat");
    let mut listed = 0;
    for at in 0..good.len() {
        for damage in [0_u8, 0x80, 0xff] {
            let mut bytes = good.clone();
            bytes[at] ^= damage;
            let bytes = if damage == 0 { &good[..at] } else { bytes.as_slice() };
            let mut catalogs = Catalogs::default();
            listed += catalogs.add(Path::new("x"), bytes.to_vec()).unwrap_or_default();
            assert!(catalogs.len() <= 1);
        }
    }
    assert!(listed > good.len(), "{listed}");
}

/// What nobody signed says nothing about a file.
#[test]
fn lists_without_a_signer() {
    let mut catalogs = Catalogs::default();
    assert_eq!(catalogs.add(Path::new("seed.p7b"), fixture("seed.p7b")).unwrap(), 0);
    assert!(catalogs.add(Path::new("not_a_pe.txt"), fixture("not_a_pe.txt")).is_err());
    assert!(catalogs.is_empty());
}
