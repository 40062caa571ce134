//! The reader says what the slice says, with the default limits and with some that cut the reading short.
#![no_main]

use std::io::Cursor;

use certsift::{IndicatorTable, Input, Limits, Report, Seekable, SignatureData, SignedFile};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    compare(bytes, Limits::default());
    let length = u64::try_from(bytes.len()).expect("a length has 64 bits");
    let mut tight = Limits::default();
    tight.max_table_bytes = length / 2;
    tight.max_elements = length / 16;
    compare(bytes, tight);
});

fn compare(bytes: &[u8], limits: Limits) {
    let table = IndicatorTable::empty();
    let told = |file: &SignedFile<'_>| Report::detailed(Input::default(), file, &table).to_json_line();
    let mut data = SignatureData::new();
    let source = Seekable::new(Cursor::new(bytes));
    let mut of_slice = SignatureData::new();
    match (of_slice.parse(bytes, limits), data.read(&source, limits)) {
        (Ok(slice), Ok(reader)) => assert_eq!(told(&slice), told(&reader)),
        (Err(slice), Err(reader)) => assert_eq!(slice.to_string(), reader.to_string()),
        (slice, reader) => panic!("{slice:?} but {reader:?}"),
    }
}
