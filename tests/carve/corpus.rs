//! Carving finds every certificate that reading the signatures of a file finds.

use std::collections::HashSet;

use certsift::{Certificate, CertificateUse, Signature, SignedFile, Signer, Timestamp};

use super::files::Corpus;
use super::{carved, shared_data};

#[test]
fn what_is_read_in_a_corpus_is_carved() {
    let Some(folder) = shared_data::folder("CERTSIFT_CORPUS", "corpus") else { return };
    let corpus = Corpus::open(folder);
    let (mut found, mut files, mut beside, mut largest) = (0, 0, 0, 0);
    let mut missing = Vec::new();
    for entry in &corpus.entries {
        let bytes = corpus.bytes(entry);
        let carved = carved(&bytes);
        let places: HashSet<(u64, &[u8])> = carved.iter().map(|one| (one.offset(), one.der())).collect();
        for one in &carved {
            assert_eq!(one.certificate().der(), one.der());
            largest = largest.max(one.der().len());
        }
        let Ok(file) = SignedFile::parse(&bytes) else {
            beside += carved.len();
            continue;
        };
        // What is stored in another form does not lie at its offset.
        let read = if file.is_stored_apart() { Vec::new() } else { certificates(&file) };
        let lost = read.iter().filter(|one| !places.contains(&(one.offset(), one.der())));
        let lost: Vec<_> = lost.map(|one| format!("{:#x}+{} {one:?}", one.offset(), one.der().len())).collect();
        found += read.len() - lost.len();
        files += 1;
        beside += carved.len() - (read.len() - lost.len());
        missing.extend(lost.iter().map(|one| format!("{}: {one}", entry.path)));
    }
    eprintln!(
        "{found} certificates in {files} files are carved too, {beside} beside them; the largest has {largest} bytes"
    );
    assert!(missing.is_empty(), "not carved:\n{}", missing.join("\n"));
    assert!(found > 400, "{found} certificates");
}

/// Every certificate of the file at its place, once.
fn certificates<'a>(file: &SignedFile<'a>) -> Vec<Certificate<'a>> {
    let signers = file.signatures().iter().flat_map(Signature::signers);
    let stamps = signers.flat_map(Signer::timestamps).flat_map(Timestamp::certificates).copied();
    let sets = file.signatures().iter().flat_map(Signature::certificates).copied();
    let uses = file.certificate_uses();
    let mut told = HashSet::new();
    let all = uses.iter().filter_map(CertificateUse::certificate).chain(sets).chain(stamps);
    all.filter(|one| told.insert(one.offset())).collect()
}
