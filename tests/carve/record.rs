//! What a record says of carved certificates, beside what signatures hold.

use certsift::{CarveLimits, CarvedRecord, IndicatorTable, Input, Report, SignedFile};

use super::fixture;
use super::support::cms::{attribute, certificate, message, signer_info};
use super::support::pe::signed;

fn report(file: &SignedFile<'_>, source: &[u8]) -> Report {
    let table = IndicatorTable::builtin();
    let mut report = Report::detailed(Input::default(), file, &table);
    report.add_carved(Some(file), source, CarveLimits::default(), &table).unwrap();
    report
}

fn carved(report: &Report) -> &[CarvedRecord] {
    report.carved.as_deref().expect("it was asked for")
}

#[test]
fn among_the_bytes_of_a_signature() {
    let signer = certificate("0c0ffee1", "Signer");
    let other = certificate("0c0ffee2", "Other").der();
    let hidden = attribute("1.2.3.4", [&other]);
    let image = signed(message([signer.der()], [signer_info(&signer).unsigned(hidden).der()]).der());
    let report = report(&SignedFile::parse(&image).unwrap(), &image);
    let [one] = carved(&report) else { panic!("{:?}", report.carved) };
    let record = &report.certificates[one.certificate];
    let start = usize::try_from(one.offset).unwrap();
    assert!(image[start..].starts_with(&other));
    assert_eq!((one.signature, record.serial.as_str(), record.offset), (Some(0), "0c0ffee2", one.offset));
    assert_eq!(record.roles, ["carved"]);
    assert_eq!(report.detail.expect("it was asked for").certificates.len(), report.certificates.len());
}

/// What was read at places that the file does not have, as out of something packed, is known wherever it lies.
#[test]
fn what_was_read_elsewhere() {
    let bytes = fixture("seed_pe32.exe");
    let file = SignedFile::parse(&bytes).unwrap();
    let moved = [[0; 100].as_slice(), &bytes].concat();
    assert_eq!(carved(&report(&file, &moved)), []);
    let twice = report(&file, &[bytes.as_slice(), &bytes].concat());
    let [again] = carved(&twice) else { panic!("{:?}", twice.carved) };
    assert_eq!((again.certificate, again.signature), (0, None));
    assert_eq!(twice.certificates[0].roles, ["signer", "carved"]);
    assert_eq!(twice.matches.len(), 1, "told of the signature already");
}

#[test]
fn more_than_a_record_holds() {
    let one = |n: u32| certificate(&format!("{:08x}", n + 0x0100_0000), "Somebody").der();
    let seed = fixture("seed_pe32.exe");
    let bytes = [(0..2_100).flat_map(one).collect(), seed].concat();
    let error = SignedFile::parse(&bytes).unwrap_err();
    let mut report = Report::from_error(Input::default(), &error.into());
    report.add_carved(None, bytes.as_slice(), CarveLimits::default(), &IndicatorTable::builtin()).unwrap();
    assert_eq!(carved(&report).len(), 2_049, "what matches is told beyond the limit");
    assert_eq!(report.matches[0].position, "carved[2048]");
    assert!(report.faults.iter().any(|fault| fault.code == "limit-reached" && fault.detail.contains("carved")));
}
