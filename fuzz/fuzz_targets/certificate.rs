//! Any bytes as a certificate. Where x509-parser takes it, both agree on what names it.
#![no_main]

use certsift::Certificate;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(certificate) = Certificate::from_der(bytes) else { return };
    let _ = (certificate.validity(), certificate.is_ca(), certificate.public_key(), certificate.is_self_issued());
    let _ = (certificate.subject_key_id(), certificate.authority_key_id(), certificate.extended_key_usage());
    let _ = (certificate.sha1(), certificate.sha256(), certificate.tbs_sha256(), certificate.spki_sha256());
    let _ = (certificate.signature_algorithm().to_string(), certificate.serial().is_weak());
    let _ = (certificate.key_usage(), certificate.basic_constraints(), certificate.policies(), certificate.version());
    assert!(certificate.faults().iter().all(|fault| !fault.to_string().is_empty()));
    let extensions: usize = certificate.extensions().map(|extension| extension.value().len()).sum();
    assert!(extensions <= bytes.len());
    if let Ok(decoded) = certificate.to_x509() {
        assert_eq!(decoded.raw_serial(), certificate.serial().as_bytes());
        // x509-parser ends a name at the first part that is no SET.
        assert!(certificate.issuer().as_bytes().starts_with(decoded.issuer().as_raw()));
        assert!(certificate.subject().as_bytes().starts_with(decoded.subject().as_raw()));
    }
});
