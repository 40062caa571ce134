//! Where goblin's full parse and ours both succeed, every certificate of goblin's is an entry of ours.
#![no_main]

use certsift::SignedFile;
use goblin::pe::PE;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let (Ok(theirs), Ok(ours)) = (PE::parse(bytes), SignedFile::parse(bytes)) else { return };
    // goblin reads past the table where a dwLength does; ours ends with the table, and says so.
    if ours.faults().iter().any(|fault| matches!(fault.kind().code(), "entry-past-end" | "stray-bytes")) {
        return;
    }
    for certificate in &theirs.certificates {
        let known = ours
            .entries()
            .iter()
            .any(|entry| entry.length() == certificate.length && entry.body() == certificate.certificate);
        assert!(known, "goblin alone has an entry of {} bytes", certificate.length);
    }
});
