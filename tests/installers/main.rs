//! Cabinets and installer files: one row per way to write or damage one, and the digests that their signatures are over.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod cabinets;
mod compound_files;
#[cfg(feature = "digest")]
mod digests;
#[path = "../support/mod.rs"]
mod support;
mod writer;

use std::fs;
use std::io::Cursor;
use std::path::Path;

use certsift::{Container, Error, Limits, Seekable, SignatureData, SignedFile, Structure};
use support::cms::{SignedData, certificate, indirect_data_of, signed_by};
use support::der::{OCTET_STRING, sequence, tlv};

/// Who signs what is written here, and who signed the fixtures.
const SIGNER: &str = "signer c0ffee01";
const SEED: &str = "signer 452156c3b3fb0176365bdb5b7715bc4c";

fn fixture(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)).unwrap()
}

/// A message about an installer file, or as good as one about a cabinet.
fn good() -> Vec<u8> {
    let content = indirect_data_of("1.3.6.1.4.1.311.2.1.30", sequence([tlv(OCTET_STRING, [0; 16])]));
    SignedData { content: Some(content), ..signed_by(&certificate("c0ffee01", "Signer")) }.der()
}

/// The same, with so many more octets in a certificate.
fn long(octets: usize) -> Vec<u8> {
    let signer = certificate("c0ffee01", "Signer").extension("1.2.3", vec![0; octets]);
    signed_by(&signer).der()
}

/// What is read of a file: its container, its signers, its faults.
type Told = (Container, Vec<String>, Vec<(&'static str, Structure, u64)>);

/// Reads a file in both ways, which must say the same.
fn read(bytes: &[u8], limits: Limits) -> Result<Told, Error> {
    let told = |file: SignedFile<'_>| {
        let faults = file.faults().iter().map(|fault| (fault.kind().code(), fault.structure(), fault.offset()));
        (file.container(), support::signers(&file), faults.collect())
    };
    let (mut slice, mut source) = (SignatureData::new(), SignatureData::new());
    let slice = slice.parse(bytes, limits).map(told);
    let source = source.read(&Seekable::new(Cursor::new(bytes)), limits).map(told);
    match (&slice, &source) {
        (Ok(slice), Ok(source)) => assert_eq!(slice, source),
        (Err(slice), Err(source)) => assert_eq!(slice.to_string(), source.to_string()),
        _ => panic!("{slice:?} but {source:?}"),
    }
    slice
}

/// A file, and what must be read of it.
struct Row {
    name: &'static str,
    bytes: Vec<u8>,
    container: Container,
    signers: Vec<&'static str>,
    faults: Vec<(&'static str, Structure, u64)>,
    /// Whether there may be other faults, such as those of a message that is cut.
    among_others: bool,
}

impl Row {
    fn new(name: &'static str, container: Container, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name, bytes: bytes.into(), container, signers: Vec::new(), faults: Vec::new(), among_others: false }
    }

    fn finds(mut self, signer: &'static str) -> Self {
        self.signers.push(signer);
        self
    }

    fn fault(mut self, code: &'static str, structure: Structure, offset: usize) -> Self {
        self.faults.push((code, structure, u64::try_from(offset).unwrap()));
        self
    }

    fn among_others(mut self) -> Self {
        self.among_others = true;
        self
    }

    fn complaint(&self) -> Option<String> {
        let (container, signers, faults) = match read(&self.bytes, Limits::default()) {
            Ok(told) => told,
            Err(error) => return Some(format!("{}: {error}", self.name)),
        };
        let as_told = if self.among_others {
            self.faults.iter().all(|fault| faults.contains(fault))
        } else {
            faults == self.faults
        };
        let is_right = container == self.container && signers == self.signers && as_told;
        (!is_right).then(|| {
            let expected = (self.container, &self.signers, &self.faults);
            format!("{}: {:?}, not {expected:?}", self.name, (container, signers, faults))
        })
    }
}

/// Every row is read before the first complaint ends the test.
fn check(rows: &[Row]) {
    let complaints: Vec<String> = rows.iter().filter_map(Row::complaint).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// Files about which nothing can be said.
#[test]
fn no_containers() {
    let compound = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
    let rows: [(&str, &[u8], &str); 7] = [
        ("four octets of a cabinet", b"MSCF", "unrecognized-format"),
        ("a text", b"MSCF is what a cabinet begins with", "unrecognized-format"),
        ("a cabinet's header that is cut", b"MSCF\0\0\0\0", "bad-header"),
        ("one that is cut before the reserved block", &fixture("seed.cab")[..38], "bad-header"),
        ("one that is cut in it", &fixture("seed.cab")[..47], "bad-header"),
        ("four octets of a compound file", &compound[..4], "unrecognized-format"),
        ("seven", &compound[..7], "unrecognized-format"),
    ];
    for (name, bytes, code) in rows {
        assert_eq!(read(bytes, Limits::default()).unwrap_err().kind().code(), code, "{name}");
    }
}

#[test]
fn fixtures() {
    let name = |name: &'static str, container| Row::new(name, container, fixture(name));
    check(&[
        name("seed.cab", Container::Cab).finds(SEED),
        name("seed_tampered.cab", Container::Cab).finds(SEED),
        name("unsigned.cab", Container::Cab),
        name("seed.msi", Container::Msi).finds(SEED),
        name("seed_extended.msi", Container::Msi).finds(SEED),
    ]);
}
