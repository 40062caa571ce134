//! Whatever a cabinet reserves and wherever it says that its signature lies, it is read in both ways alike, and hashing it ends.
#![no_main]

use std::io::Cursor;

use certsift::{HashAlgorithm, Limits, Seekable, SignatureData, image_digests};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut file = b"MSCF\0\0\0\0".to_vec();
    file.extend(bytes.get(8..).unwrap_or_default());
    let (mut slice, mut source) = (SignatureData::new(), SignatureData::new());
    let slice = slice.parse(&file, Limits::default());
    let source = source.read(&Seekable::new(Cursor::new(&file)), Limits::default());
    match (slice, source) {
        (Ok(slice), Ok(source)) => {
            assert_eq!(slice.faults(), source.faults());
            assert_eq!(slice.signatures().len(), source.signatures().len());
        }
        (Err(slice), Err(source)) => assert_eq!(slice.to_string(), source.to_string()),
        (slice, source) => panic!("{slice:?} but {source:?}"),
    }
    let _ = image_digests(file.as_slice(), &[HashAlgorithm::Sha256]);
});
