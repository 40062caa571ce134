//! Findings as other schemas have them, and what is found in trust stores.

#![cfg(all(feature = "digest", feature = "import", feature = "report", feature = "scan"))]
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot read its files must stop"
)]

mod csv;
mod ecs;
mod ecs_fields;
mod ocsf;
mod scratch;
#[path = "../corpus/shared_data.rs"]
mod shared_data;
#[path = "../support/mod.rs"]
mod support;
mod trust_store;

use std::fs;
use std::path::{Path, PathBuf};

use certsift::{IndicatorTable, Input, Report, SignatureData, Time};

/// What a complaint begins with, and how a document is spoilt that gives rise to it.
type Spoilt = (&'static str, fn(&mut serde_json::Value));

/// When findings are made.
const AT: Time = Time::from_unix(1_795_313_100);

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// The report of a fixture.
fn report_of(name: &str, table: &IndicatorTable) -> Report {
    let bytes = fs::read(fixtures().join(name)).unwrap();
    let mut data = SignatureData::new();
    let file = data.parse(&bytes, certsift::Limits::default()).unwrap();
    let mut input = Input::default();
    input.path = format!("/srv/drop/{name}");
    input.size = Some(u64::try_from(bytes.len()).unwrap());
    Report::new(input, &file, table)
}

/// Fixtures in which something matches: images, messages, certificates alone.
const MATCHED: &[&str] =
    &["seed_pe32.exe", "seed_nested.exe", "seed_script.ps1", "seed.p7b", "seed_bundle.pem", "seed.cat"];

/// The report of a file whose signer is named, and not there.
fn report_of_named_only() -> Report {
    use certsift::{Condition, Indicator, SerialBuf, SignedFile};
    let issuer = support::cms::common_name("Somebody's CA");
    let serial = [0x4a, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77];
    let info = support::cms::named_signer_info(&issuer, &serial).der();
    let bytes = support::pe::signed(support::cms::message([], [info]).der());
    let condition = Condition::Serial(SerialBuf::parse_hex("4a11223344556677").unwrap());
    let mut indicator = Indicator { alternatives: vec![vec![condition]], ..Indicator::default() };
    indicator.metadata.id = "named".into();
    let table = IndicatorTable::new([indicator]).unwrap();
    let report = Report::new(Input::from_path("named.exe".as_ref()), &SignedFile::parse(&bytes).unwrap(), &table);
    assert_eq!((report.matches.len(), report.matches[0].certificate), (1, None));
    report
}
