//! A table is loaded from any octets or refused, and one that is loaded can be asked and read through. The checksum is not compared in a
//! fuzzing build.
#![no_main]

use certsift::{Candidate, HashOf, HashValue, IndicatorTable, Role, Serial};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // Most of what a fuzzer makes of a saved table keeps its first octets.
    let whole = IndicatorTable::builtin();
    let head = whole.as_bytes().get(..20).unwrap();
    for octets in [bytes.to_vec(), [head, bytes].concat()] {
        let Ok(table) = IndicatorTable::load(octets) else { continue };
        let serial = bytes.get(..16).unwrap_or(bytes);
        for role in Role::ALL {
            let candidate = Candidate::new(role)
                .serial(Serial::from_bytes(serial))
                .organization("CallTogether, Inc.")
                .hash(HashOf::Certificate, HashValue::new(&[7; 32]).unwrap());
            for found in table.all_matches(&candidate) {
                assert!(table.get(found.id).is_some());
            }
            table.loose_matches(&[candidate]);
        }
        assert!(table.indicators().count() <= table.len());
        assert!(table.weak().count() <= table.as_bytes().len());
    }
});
