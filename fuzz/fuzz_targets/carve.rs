//! Any bytes: what is carved lies where it says, a reader finds the same whatever it gives at a time, and every certificate can be read.
#![no_main]

use std::io::Read;

use certsift::{CarveLimits, CarvedForm, IndicatorTable, carve, carve_reader};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u16, u16, &[u8])| {
    let (certificate, block, bytes) = input;
    let mut limits = CarveLimits::default();
    (limits.max_certificate_bytes, limits.max_block_bytes) = (certificate.into(), block.into());
    let carved: Vec<_> = carve(bytes, limits).collect();
    let mut last = 0;
    for one in &carved {
        let start = usize::try_from(one.offset()).expect("it lies in the bytes");
        let end = start + usize::try_from(one.length()).expect("it lies in the bytes");
        assert!(start >= last && end <= bytes.len());
        last = start;
        if one.form() == CarvedForm::Der {
            assert_eq!(&bytes[start..end], one.der());
        }
        assert!(one.der().len() <= limits.max_certificate_bytes);
        let certificate = one.certificate();
        assert_eq!(certificate.der(), one.der());
        assert!(!certificate.serial().as_bytes().is_empty() && !certificate.spki().is_empty());
        let _ = (certificate.faults(), certificate.to_x509().is_ok());
        let _ = one.candidate(IndicatorTable::empty().needs());
    }
    let again = carve_reader(Halves(bytes), limits).map(|one| one.expect("memory can be read"));
    assert!(again.eq(carved));
});

/// Gives half of what is asked for.
struct Halves<'b>(&'b [u8]);

impl Read for Halves<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let half = buffer.len().div_ceil(2);
        self.0.read(&mut buffer[..half])
    }
}
