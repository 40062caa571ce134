//! A message in the comments of each language tells the same; any text ends.
#![no_main]

use certsift::{IndicatorTable, Input, Limits, Report, SignatureData};
use libfuzzer_sys::fuzz_target;

/// The first line of a block, what stands around each line of base64, the last line.
const STYLES: [[&str; 4]; 3] = [
    ["# SIG # Begin signature block", "# ", "", "# SIG # End signature block"],
    ["<!-- SIG # Begin signature block -->", "<!-- ", " -->", "<!-- SIG # End signature block -->"],
    ["'' SIG '' Begin signature block", "'' SIG '' ", "", "'' SIG '' End signature block"],
];

fuzz_target!(|bytes: &[u8]| {
    let _ = told(bytes);
    let mut all = STYLES.iter().map(|style| told(script(bytes, style).as_bytes()));
    let first = all.next().flatten();
    assert!(all.all(|other| other == first));
});

/// What of a record does not depend on where the message lies.
fn told(bytes: &[u8]) -> Option<(usize, Vec<String>, Vec<String>)> {
    let mut data = SignatureData::new();
    let file = data.parse(bytes, Limits::default()).ok()?;
    let report = Report::detailed(Input::default(), &file, &IndicatorTable::empty());
    let _ = report.to_json_line();
    let _ = certsift::check_image(bytes, &file);
    let codes = report.faults.into_iter().map(|fault| fault.code).collect();
    Some((report.signatures.len(), report.certificates.iter().map(|one| one.serial.clone()).collect(), codes))
}

fn script(message: &[u8], [begin, before, behind, end]: &[&str; 4]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut lines = format!("1\r\n{begin}\r\n");
    for line in message.chunks(48) {
        lines.push_str(before);
        for group in line.chunks(3) {
            let bits = group.iter().chain(&[0, 0]).take(3).fold(0, |bits, octet| bits << 8 | usize::from(*octet));
            for place in 0..4 {
                let digit = if place <= group.len() { DIGITS[bits >> (18 - 6 * place) & 0x3f] } else { b'=' };
                lines.push(char::from(digit));
            }
        }
        lines.push_str(behind);
        lines.push_str("\r\n");
    }
    lines + end + "\r\n"
}
