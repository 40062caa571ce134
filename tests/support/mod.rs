//! Writes the files the tests read: ASN.1 values, CMS messages, PE images. Nothing it writes is verified, so signatures and keys
//! are made-up octets.

#![allow(dead_code, reason = "every test file compiles this module for itself and uses its own part of it")]
#![expect(clippy::unwrap_used, reason = "a test that cannot write its file must stop")]

pub(crate) mod cms;
pub(crate) mod der;
pub(crate) mod pe;
pub(crate) mod real_pe;
pub(crate) mod tree;
pub(crate) mod zip;

use std::path::PathBuf;

use certsift::{CertificateUse, Place, Role, Signature, SignedFile, Signer, SignerId, Timestamp};

/// The bytes of every PE image among the fixtures, with its name.
pub(crate) fn fixtures() -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut fixtures: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "exe" || extension == "p7s"))
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(path).unwrap()))
        .collect();
    fixtures.sort();
    assert!(fixtures.len() > 10, "the fixtures are missing");
    fixtures
}

/// Who signed, as `role serial`, in the order of the file: the signers that are present and those that are only named.
pub(crate) fn signers(file: &SignedFile<'_>) -> Vec<String> {
    let uses = file.certificate_uses();
    let signers = uses.iter().filter(|used| matches!(used.role(), Role::Signer | Role::NamedOnly));
    signers.map(|used| format!("{} {}", used.role(), serial_of(file, used))).collect()
}

/// The serial of a certificate, or what its SignerInfo names where it is not there.
pub(crate) fn serial_of(file: &SignedFile<'_>, used: &CertificateUse<'_>) -> String {
    let present = used.certificate().map(|certificate| certificate.serial().to_string());
    present.unwrap_or_else(|| named(file, used))
}

/// The serial or key id that a SignerInfo names.
fn named(file: &SignedFile<'_>, used: &CertificateUse<'_>) -> String {
    let signature = used.signature().and_then(|at| file.signatures().get(at));
    let signers = signature.map(Signature::signers).unwrap_or_default();
    let id = match used.place() {
        Place::Signer(index) => signers.get(index).map(Signer::id),
        Place::TimestampSigner(index) => {
            signers.iter().flat_map(Signer::timestamps).nth(index).and_then(Timestamp::signer_id)
        }
        _ => None,
    };
    match id {
        Some(SignerId::IssuerAndSerial { serial, .. }) => serial.to_string(),
        Some(SignerId::SubjectKeyId(id)) => id.octets().iter().map(|octet| format!("{octet:02x}")).collect(),
        _ => "nobody".to_owned(),
    }
}
