//! The digest of every signed cabinet and installer file of the corpus is the one that each of its signatures claims.

use certsift::{Container, Limits, SignatureData, check_image};

use crate::files::Corpus;
use crate::shared_data;

#[test]
fn every_content_has_the_digest_that_is_claimed() {
    let Some(folder) = shared_data::folder("CERTSIFT_CORPUS", "corpus") else { return };
    let corpus = Corpus::open(folder);
    let (mut cabinets, mut installers) = (0, 0);
    let is_asked = |container| matches!(container, Some(Container::Cab | Container::Msi));
    for entry in corpus.entries.iter().filter(|entry| entry.is_signed && is_asked(entry.container())) {
        let bytes = corpus.bytes(entry);
        let mut data = SignatureData::new();
        let file = data.parse(&bytes, Limits::default()).expect("it is signed");
        let digests = check_image(bytes.as_slice(), &file).expect("it is in memory").digests;
        let digests = digests.expect("it claims some");
        for signature in file.signatures() {
            let claimed = signature.image_digest().expect("it is about a file");
            let computed = digests.for_claim(claimed).expect("in an algorithm that is known");
            assert!(computed.rule_of(claimed.digest).is_some(), "{}", entry.path);
            let count = if file.container() == Container::Cab { &mut cabinets } else { &mut installers };
            *count += 1;
        }
    }
    assert!(cabinets >= 4 && installers >= 4, "{cabinets} and {installers} were compared");
}
