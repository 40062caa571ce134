//! Any bytes as an image: hashing ends, and the answers fit each other.
#![no_main]

use certsift::{DigestRule, HashAlgorithm, SectionRule, SignedFile, check_image, image_digests};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(digests) = image_digests(bytes, HashAlgorithm::ALL) else { return };
    assert_eq!(digests.digests().len(), HashAlgorithm::ALL.len());
    for computed in digests.digests() {
        assert_eq!(computed.rule_of(&computed.flat), Some(DigestRule::Flat));
        assert_eq!(computed.sections.is_some(), digests.section_rule() == SectionRule::Differs);
        assert!(computed.padded.is_none() || bytes.len() % 8 != 0);
    }
    let Ok(file) = SignedFile::parse(bytes) else { return };
    let checks = check_image(bytes, &file).expect("its digests could be computed");
    if let Some(checked) = &checks.digests {
        assert!(checked.digests().iter().all(|one| digests.get(one.algorithm) == Some(one)));
    }
    assert!(checks.page_hashes.is_empty() || checks.page_hashes.len() == file.signatures().len());
    for one in checks.page_hashes.iter().flatten() {
        assert_eq!(one.first_wrong.is_some(), one.matches == Some(false));
        assert_eq!(one.page_size.is_some(), one.matches.is_some());
    }
});
