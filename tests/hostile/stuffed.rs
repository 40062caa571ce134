//! Foreign programs around which every byte lies that somebody signed, so that a digest of them is the one that was signed.

#![expect(clippy::indexing_slicing, reason = "a test may panic")]

use certsift::{ComputedDigest, DigestRule, ImageChecks, SignedFile, check_image};

use crate::digest::{CHECK_SUM, DIRECTORY_64};
use crate::length_of;
use crate::support::pe::{Pe, image, raw_entry};

/// A signed image of one section.
const ORIGINAL: &[u8] = include_bytes!("../fixtures/seed_pe64.exe");
/// Where its PE signature, its section and its table start.
const HEADERS: usize = 0x40;
const SECTION: usize = 0x200;
const TABLE: usize = 0x400;
/// `PE\0\0` as the dwLength of a WIN_CERTIFICATE: where the next one follows.
const LENGTH_OF_HEADERS: usize = 0x4550;
/// What the foreign program runs.
const FOREIGN_CODE: [u8; 0x200] = [0xcc; 0x200];

/// All that the original's digest is over.
fn signed_bytes() -> Vec<u8> {
    [&ORIGINAL[..CHECK_SUM.start], &ORIGINAL[CHECK_SUM.end..DIRECTORY_64.start], &ORIGINAL[DIRECTORY_64.end..TABLE]]
        .concat()
}

fn signature() -> &'static [u8] {
    &ORIGINAL[TABLE..]
}

/// Headers and code of a foreign program where the table starts; the signature behind them, then the rest of what was signed.
fn table_over_the_headers() -> Vec<u8> {
    let table_length = length_of(signature()) + u32::try_from(LENGTH_OF_HEADERS).unwrap();
    let program = Pe {
        table_offset: 0x600,
        directory: Some((0x40, table_length)),
        sections: vec![(0x600, 0x200)],
        ..image(FOREIGN_CODE)
    };
    let mut program = program.bytes().split_off(HEADERS);
    program.resize(LENGTH_OF_HEADERS, 0);
    [&ORIGINAL[..HEADERS], &program, signature(), &signed_bytes()[HEADERS..]].concat()
}

/// The headers of the original, whose section is now a table that starts with foreign code.
fn table_over_the_section() -> Vec<u8> {
    let stuffing = raw_entry(length_of(&FOREIGN_CODE) + 8, 0x0200, 2, FOREIGN_CODE);
    let table_length = length_of(signature()) + length_of(&stuffing);
    let mut file = [&ORIGINAL[..SECTION], &stuffing, signature(), &ORIGINAL[SECTION..TABLE]].concat();
    let directory = [length_of(&[0; SECTION]), table_length].map(u32::to_le_bytes).concat();
    file.splice(DIRECTORY_64, directory);
    file
}

/// Headers of a foreign program that say they are of no length, and are no part of the section-wise digest; the section is what was
/// signed. Another section, past the end of the file, is so long that nothing is left behind the sum of all lengths.
fn headers_of_no_length() -> Vec<u8> {
    let signed = signed_bytes();
    let end = 0x400 + signed.len().next_multiple_of(8);
    let program = Pe {
        size_of_headers: 0,
        table_offset: end.try_into().unwrap(),
        sections: vec![(0x400, length_of(&signed)), (u32::MAX, 0x1_0000)],
        ..image(signature())
    };
    let mut file = program.bytes();
    file.splice(0x400..0x400 + signed.len(), signed);
    file
}

/// What is computed of a file, and whether the digest of its first signature is that of the signed bytes alone.
fn computed(file: &[u8]) -> (ImageChecks, ComputedDigest, Option<DigestRule>) {
    let parsed = SignedFile::parse(file).unwrap();
    let checks = check_image(file, &parsed).unwrap();
    let claimed = parsed.signatures()[0].image_digest().unwrap();
    let computed = checks.digests.as_ref().unwrap().for_claim(claimed).unwrap().clone();
    let rule = computed.rule_of(claimed.digest);
    (checks, computed, rule)
}

/// A foreign program, and where its table lies over the image.
fn foreign_programs() -> [(&'static str, Vec<u8>, Option<u64>); 3] {
    [
        ("a table over the headers", table_over_the_headers(), Some(0x40)),
        ("a table over the section", table_over_the_section(), Some(0x200)),
        ("headers of no length", headers_of_no_length(), None),
    ]
}

#[test]
fn a_foreign_program_has_not_the_digest() {
    let (checks, original, rule) = computed(ORIGINAL);
    assert_eq!(rule, Some(DigestRule::Flat));
    assert!(checks.digests.unwrap().covers_image());
    for (name, file, table) in foreign_programs() {
        let (checks, digest, rule) = computed(&file);
        // By arithmetic alone it may have it.
        assert_eq!(rule.is_some(), table.is_some(), "{name}");
        assert_eq!(checks.digests.unwrap().covers_image(), table.is_none(), "{name}");
        // Otherwise the row would show nothing.
        assert_eq!(digest.flat == original.flat, table.is_some(), "{name}");
    }
}

#[cfg(feature = "scan")]
#[test]
fn a_scan_says_so() {
    let mut options = certsift::ScanOptions::default();
    options.hash = true;
    for (name, file, table) in foreign_programs() {
        let report =
            certsift::report_bytes(certsift::Input::default(), &file, &options, &certsift::IndicatorTable::empty());
        assert!(!report.signatures.is_empty(), "{name}");
        assert!(report.signatures.iter().all(|signature| signature.digest_match == Some(table.is_some())), "{name}");
        let told = report.faults.iter().filter(|fault| fault.code == "table-over-image");
        let told: Vec<_> = told.map(|fault| (fault.structure.as_str(), fault.offset)).collect();
        let expected: Vec<_> = table.map(|table| ("certificate table", table)).into_iter().collect();
        assert_eq!(told, expected, "{name}");
    }
}

#[cfg(feature = "verify")]
#[test]
fn its_signature_is_a_copied_one() {
    use certsift::{Container, Place, SignatureFinding, SignatureStatus, Time, Verifier};
    let verifier = Verifier::new(Time::from_unix(0));
    let judged = |file: &[u8]| {
        let parsed = SignedFile::parse(file).unwrap();
        let facts = verifier.verify(&parsed, check_image(file, &parsed).ok().as_ref());
        let uses = parsed.certificate_uses();
        let signer = uses.iter().find(|used| matches!(used.place(), Place::Signer(0))).unwrap();
        let finding = facts[0].finding_of(signer, Container::Pe);
        (facts[0].digest_matches, facts[0].signers[0].signature_valid, facts[0].status(0, Container::Pe), finding)
    };
    let own = (Some(true), Some(true), SignatureStatus::Valid, Some(SignatureFinding::SignedBy));
    assert_eq!(judged(ORIGINAL), own);
    for (name, file, table) in foreign_programs() {
        let copied =
            (Some(table.is_some()), Some(true), SignatureStatus::Invalid, Some(SignatureFinding::CopiedSignature));
        assert_eq!(judged(&file), copied, "{name}");
    }
}
