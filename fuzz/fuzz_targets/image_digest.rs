//! Any bytes as an image: hashing ends, and the answers fit each other.
#![no_main]

use certsift::{DigestRule, HashAlgorithm, SectionRule, image_digests};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(digests) = image_digests(bytes, HashAlgorithm::ALL) else { return };
    assert_eq!(digests.digests().len(), HashAlgorithm::ALL.len());
    for computed in digests.digests() {
        assert_eq!(computed.rule_of(&computed.flat), Some(DigestRule::Flat));
        assert_eq!(computed.sections.is_some(), digests.section_rule() == SectionRule::Differs);
        assert!(computed.padded.is_none() || bytes.len() % 8 != 0);
    }
});
