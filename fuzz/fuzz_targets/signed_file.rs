//! Any bytes as a file: every iterator is walked to its end, every getter is asked, and a report is made.
#![no_main]

use std::sync::LazyLock;

use certsift::{Certificate, IndicatorTable, Input, Limits, Report, Signature, SignatureData};
use libfuzzer_sys::fuzz_target;

static TABLE: LazyLock<IndicatorTable> = LazyLock::new(IndicatorTable::builtin);

fuzz_target!(|bytes: &[u8]| {
    let mut data = SignatureData::new();
    let Ok(file) = data.parse(bytes, Limits::default()) else { return };
    file.signatures().iter().for_each(drain);
    for used in file.certificate_uses() {
        let _ = used.certificate().map(Certificate::to_x509);
    }
    for entry in file.entries() {
        assert!(entry.body().len() <= usize::try_from(entry.length()).unwrap_or(usize::MAX));
    }
    for fault in file.faults().iter().chain(&file.certificate_faults()) {
        assert!(!fault.to_string().is_empty());
    }
    for unsigned in file.unsigned_bytes() {
        assert!((0.0..=8.0).contains(&unsigned.entropy()));
    }
    // The detail holds every attribute, extension and page hash.
    let _ = Report::detailed(Input::default(), &file, &TABLE).to_json_line();
});

fn drain(signature: &Signature<'_>) {
    let _ = (signature.der(), signature.image_digest(), signature.content_type().to_string(), signature.signer());
    for signer in signature.signers() {
        let _ = (signer.id(), signer.program_name(), signer.more_info_url(), signer.signing_time());
        let _ = (signer.candidates().len(), signer.chain().len(), signer.digest_algorithm().to_string());
        for timestamp in signer.timestamps() {
            let _ = (timestamp.time(), timestamp.signer(), timestamp.signer_id(), timestamp.certificates().len());
        }
    }
}
