//! One case, so many times: what `tools/count_instructions.py` counts the instructions of.
//!
//!     cargo bench --bench instructions -- CASE COUNT
//!
//! Without arguments it lists the cases. Everything that a case needs is made before, and is the same in every run: two runs that
//! differ in their count alone differ in that many times the case.

#![expect(clippy::expect_used, reason = "a fixture that is not there is the bench's defect")]

use std::fmt::Write as _;
use std::hint::black_box;

use certsift::{
    Candidate, Condition, Hit, Indicator, IndicatorTable, Input, Limits, Metadata, NameField, NameTest, Report, Role,
    Roles, Serial, SerialBuf, SignatureData, SignedFile, TextMode, import_indicators,
};

/// Made ready; answers the same number every time.
type Case = Box<dyn FnMut() -> usize>;

type Make = fn() -> Case;

/// Valgrind has none of the instructions for hashes, which would cover up the rest where many are computed: they are in `record` and,
/// where the built-in table asks for them, in `known`.
const CASES: [(&str, Make); 16] = [
    ("parse-pe32", || parse("seed_pe32.exe")),
    ("parse-pe64-timestamped", || parse("seed_pe64.exe")),
    ("parse-nested", || parse("seed_nested.exe")),
    ("parse-pkcs7", || parse("seed_signature.p7s")),
    ("read-pe64-timestamped", || read("seed_pe64.exe")),
    ("known-pe64-timestamped", || known("seed_pe64.exe")),
    ("known-nested", || known("seed_nested.exe")),
    ("unknown-pe32", || known("clean_signed.exe")),
    ("look-up-miss-10", || look_up(10, 10)),
    ("look-up-miss-100000", || look_up(100_000, 100_000)),
    ("look-up-hit-100000", || look_up(100_000, 50_000)),
    ("record-nested", record),
    ("json-nested", json),
    ("import-csv-1000", import),
    ("build-1000", build),
    ("load-10000", load),
];

fn main() {
    // Cargo adds a flag of its own.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let [case, count] = arguments.as_slice() else {
        CASES.iter().for_each(|(name, _)| println!("{name}"));
        return;
    };
    let count: u64 = count.parse().expect("the count is a number");
    let (_, make) = CASES.iter().find(|(name, _)| name == case).expect("the case is one of those listed");
    let mut run = make();
    // The first time makes what later ones reuse.
    let expected = run();
    for _ in 0..count {
        assert_eq!(run(), expected, "the case does the same every time");
    }
}

fn bytes(fixture: &str) -> Vec<u8> {
    std::fs::read([env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/", fixture].concat()).expect("the fixture is there")
}

fn parse(fixture: &str) -> Case {
    let bytes = bytes(fixture);
    Box::new(move || SignedFile::parse(black_box(&bytes)).expect("the fixture is read").signatures().len())
}

fn read(fixture: &str) -> Case {
    let bytes = bytes(fixture);
    let mut data = SignatureData::new();
    Box::new(move || {
        let file = data.read(black_box(bytes.as_slice()), Limits::default()).expect("the fixture is read");
        file.signatures().len()
    })
}

/// From bytes to what the built-in table knows about them.
fn known(fixture: &str) -> Case {
    let bytes = bytes(fixture);
    let (table, mut hits) = (IndicatorTable::builtin(), Vec::new());
    Box::new(move || {
        hits.clear();
        let file = SignedFile::parse(black_box(&bytes)).expect("the fixture is read");
        file.candidates(table.needs()).for_each(|(_, candidate)| table.matches_into(&candidate, &mut hits));
        hits.len()
    })
}

/// One question, about the certificate of that number, to a table of so many.
fn look_up(count: u64, number: u64) -> Case {
    let table = table(count);
    let mut hits: Vec<Hit> = Vec::new();
    let (octets, organization) = (octets(number), company(number));
    Box::new(move || {
        hits.clear();
        let candidate = Candidate::new(Role::Signer);
        let candidate = candidate.serial(Serial::from_bytes(&octets)).organization(organization.as_str());
        table.matches_into(black_box(&candidate), &mut hits);
        hits.len()
    })
}

fn record() -> Case {
    let (bytes, table) = (bytes("seed_nested.exe"), IndicatorTable::builtin());
    let input = Input::from_path("seed_nested.exe".as_ref());
    Box::new(move || {
        let file = SignedFile::parse(black_box(&bytes)).expect("the fixture is read");
        Report::new(input.clone(), &file, &table).certificates.len()
    })
}

fn json() -> Case {
    let bytes = bytes("seed_nested.exe");
    let file = SignedFile::parse(&bytes).expect("the fixture is read");
    let report = Report::new(Input::from_path("seed_nested.exe".as_ref()), &file, &IndicatorTable::builtin());
    Box::new(move || black_box(&report).to_json_line().len())
}

fn import() -> Case {
    let mut csv = "id,serial,organization\n".to_owned();
    for number in 0..1_000 {
        let _ = writeln!(csv, "{number},{},\"{}\"", SerialBuf::from_bytes(&octets(number)), company(number));
    }
    Box::new(move || import_indicators("made_up.csv", black_box(csv.as_bytes())).indicators.len())
}

fn build() -> Case {
    let list: Vec<Indicator> = (0..1_000).map(indicator).collect();
    Box::new(move || IndicatorTable::new(black_box(&list).iter().cloned()).expect("it builds").len())
}

fn load() -> Case {
    let saved = table(10_000).as_bytes().to_vec();
    Box::new(move || IndicatorTable::load(black_box(&saved).clone()).expect("it loads").len())
}

fn table(count: u64) -> IndicatorTable {
    IndicatorTable::new((0..count).map(indicator)).expect("it builds")
}

fn indicator(number: u64) -> Indicator {
    let organization = NameTest::new(NameField::Organization, TextMode::Exact, company(number));
    let serial = Condition::Serial(SerialBuf::from_bytes(&octets(number)));
    Indicator {
        metadata: Metadata { id: number.to_string().into(), ..Metadata::default() },
        scope: Roles::SIGNERS,
        alternatives: vec![vec![serial, Condition::Subject(organization)]],
    }
}

/// 16 octets, as most published serials have.
fn octets(number: u64) -> Vec<u8> {
    [number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes(), number.to_le_bytes()].concat()
}

fn company(number: u64) -> String {
    format!("Made-Up Software {number} Ltd, {:016x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}
