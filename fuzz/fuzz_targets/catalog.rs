//! A catalog's list ends, and what is looked up in it is what it lists.
#![no_main]

use std::path::Path;
use std::sync::Arc;

use certsift::{Catalogs, IndicatorTable, Input, Limits, ScanOptions, SignatureData, report_bytes};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut data = SignatureData::new();
    let Ok(file) = data.parse(bytes, Limits::default()) else { return };
    for list in file.signatures().iter().filter_map(|signature| signature.trust_list()) {
        let _ = (list.usages(), list.identifier(), list.this_update());
        for member in list.members() {
            let _ = (member.hash().len(), member.digest(), member.file_name(), member.attributes());
        }
    }
    let mut catalogs = Catalogs::default();
    if catalogs.add(Path::new("a"), bytes.to_vec()).is_ok_and(|count| count > 0) {
        let mut options = ScanOptions::default();
        options.catalogs = Some(Arc::new(catalogs));
        let _ = report_bytes(Input::default(), b"text", &options, &IndicatorTable::empty()).to_json_line();
    }
});
