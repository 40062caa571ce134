//! Any bytes as a signed file, verified with anchors, further certificates and revocation lists: it ends, and the facts fit each other.
#![no_main]

use std::sync::OnceLock;

use certsift::{SignedFile, Time, ValidAt, Verifier, check_image};
use libfuzzer_sys::fuzz_target;

static VERIFIER: OnceLock<Verifier> = OnceLock::new();

fn verifier() -> Verifier {
    let mut verifier = Verifier::new(Time::from_unix(1_795_000_000));
    for anchors in [
        include_bytes!("../../tests/fixtures/verify/rsa_root.pem").as_slice(),
        include_bytes!("../../tests/fixtures/verify/ec_root.pem"),
        include_bytes!("../../tests/fixtures/verify/stamp_root.pem"),
    ] {
        verifier.add_anchors(anchors).unwrap();
    }
    verifier.add_certificates(include_bytes!("../../tests/fixtures/revocation/ca.der")).unwrap();
    verifier.add_crls(include_bytes!("../../tests/fixtures/revocation/good.pem")).unwrap();
    verifier
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(file) = SignedFile::parse(bytes) else { return };
    let image = check_image(bytes, &file).ok();
    let facts = VERIFIER.get_or_init(verifier).verify(&file, image.as_ref());
    assert_eq!(facts.len(), file.signatures().len());
    for (verification, signature) in facts.iter().zip(file.signatures()) {
        assert_eq!(verification.signers.len(), signature.signers().len());
        assert_eq!(verification.digest_matches == Some(true), verification.digest_rule.is_some());
        let _ = format!("{verification:?}");
        for signer in &verification.signers {
            assert!(signer.signature_valid != Some(true) || signer.certificate.is_some());
            assert_eq!(signer.signature_valid == Some(true), signer.signed_form.is_some());
            let paths = signer.timestamps.iter().map(|stamp| &stamp.path).chain([&signer.path]);
            for path in paths.filter(|path| !path.links.is_empty()) {
                assert!(path.anchor.is_some() != path.broken.is_some());
                assert!(path.broken.is_none_or(|broken| broken.at < path.links.len()));
            }
            // Nothing moves the time but a stamp of which every fact holds.
            let at = signer.time.timestamp.map(|index| &signer.timestamps[index]);
            assert!(at.is_none_or(|stamp| stamp.is_verified() && stamp.time == Some(signer.time.at)));
            assert!(at.is_none_or(|stamp| stamp.path.anchor.is_some() && stamp.validity == Some(ValidAt::Valid)));
        }
    }
});
