//! However its sectors lie, a compound file is read in both ways alike, and hashing it ends.
#![no_main]

use std::io::Cursor;

use certsift::{HashAlgorithm, Limits, Seekable, SignatureData, image_digests};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut file = vec![0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
    file.extend(bytes.get(8..).unwrap_or_default());
    let (mut slice, mut source) = (SignatureData::new(), SignatureData::new());
    let slice = slice.parse(&file, Limits::default()).expect("what is damaged is a fault");
    let source = source.read(&Seekable::new(Cursor::new(&file)), Limits::default()).expect("the same");
    assert_eq!(slice.faults(), source.faults());
    assert_eq!(slice.signatures().len(), source.signatures().len());
    let _ = image_digests(file.as_slice(), &[HashAlgorithm::Sha256]);
});
