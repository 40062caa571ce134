//! Packages and XML: what a slice says a source says, and the digests are computed.
#![no_main]

use std::io::Cursor;

use certsift::{Input, IndicatorTable, Limits, Report, Seekable, SignatureData, check_image};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let (mut slice, mut reader) = (SignatureData::new(), SignatureData::new());
    let source = Seekable::new(Cursor::new(bytes));
    let (slice, reader) = (slice.parse(bytes, Limits::default()), reader.read(&source, Limits::default()));
    let Ok(file) = slice else { return assert!(reader.is_err()) };
    let told = |file| Report::detailed(Input::default(), file, &IndicatorTable::empty()).to_json_line();
    assert_eq!(told(&file), told(&reader.expect("the slice can be read")));
    let _ = check_image(bytes, &file);
});
