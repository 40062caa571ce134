//! Any bytes as trust anchors, further certificates and revocation lists. What is taken can be asked about, and is the same when it is
//! given again.
#![no_main]

use certsift::{SignedFile, Time, Verifier};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut verifier = Verifier::new(Time::from_unix(1_705_276_800));
    let first = [verifier.add_anchors(bytes), verifier.add_certificates(bytes), verifier.add_crls(bytes)];
    let again = [verifier.add_anchors(bytes), verifier.add_certificates(bytes), verifier.add_crls(bytes)];
    assert_eq!(first, again);
    for outcome in first {
        match outcome {
            Ok(count) => assert!(count > 0),
            Err(error) => assert!(error.offset() <= bytes.len() && !error.to_string().is_empty()),
        }
    }
    // A file that carries the same certificates asks for them by name.
    if let Ok(file) = SignedFile::parse(bytes) {
        assert_eq!(verifier.verify(&file, None).len(), file.signatures().len());
    }
});
