//! Every published format is recognised by its content, reads as `tests/indicators/expected` has it, and survives damage.
//! `UPDATE=1 cargo test --test feeds` rewrites what is expected: read the difference before it is committed.

#![cfg(all(feature = "import", feature = "xml", feature = "yaml"))]
#![expect(clippy::arithmetic_side_effects, reason = "a test may panic")]
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test may panic")]

#[path = "feeds/damage.rs"]
mod damage;
#[path = "feeds/observed.rs"]
mod observed;
#[path = "feeds/published.rs"]
mod published;
#[path = "corpus/shared_data.rs"]
mod shared_data;
#[path = "feeds/text.rs"]
mod text;

use std::fs;
use std::path::{Path, PathBuf};

use certsift::{Format, IndicatorTable, import_indicators};

/// Each file of `tests/indicators`, its format, and how many indicators, errors and refusals it holds.
const FILES: [(&str, Format, usize, usize, usize); 13] = [
    ("certgraveyard.csv", Format::CertGraveyard, 9, 3, 0),
    ("certificates.crb", Format::ClamAvCrb, 4, 4, 1),
    ("codesign-iocs.txt", Format::SerialList, 3, 1, 0),
    ("cscb.csv", Format::Cscb, 6, 3, 0),
    ("cscb_api.json", Format::Cscb, 2, 1, 1),
    ("defender.csv", Format::DefenderCsv, 3, 3, 2),
    ("loldrivers.json", Format::LolDrivers, 2, 3, 2),
    ("loldrivers.jsonl", Format::LolDrivers, 6, 2, 1),
    ("loldrivers.yaml", Format::LolDrivers, 4, 1, 0),
    ("misp_event.json", Format::Misp, 7, 1, 6),
    ("sipolicy.xml", Format::SiPolicy, 4, 3, 6),
    ("stix_bundle.json", Format::Stix, 3, 2, 5),
    ("stix_objects.jsonl", Format::Stix, 3, 1, 0),
];

#[test]
fn files_read_as_expected() {
    let mut stale = Vec::new();
    for (name, ..) in FILES {
        let import = import_indicators(name, &bytes(name));
        stale.extend(difference(&format!("{name}.txt"), &text::import(&import)));
    }
    assert!(stale.is_empty(), "{}", stale.join("\n"));
}

#[test]
fn formats_are_recognised_whatever_the_file_is_called() {
    for (name, format, indicators, errors, refused) in FILES {
        for (what, bytes) in spellings(&bytes(name)) {
            let import = import_indicators("any.name", &bytes);
            assert_eq!(import.format, Some(format), "{name} {what}");
            let counts = (import.indicators.len(), import.errors.len(), import.refused.len());
            assert_eq!(counts, (indicators, errors, refused), "{name} {what}: {:?}", import.errors);
            assert_eq!(import.lines.len(), indicators, "{name} {what}");
            assert!(import.lines.is_sorted() || format == Format::LolDrivers, "{name} {what}: {:?}", import.lines);
            IndicatorTable::new(import.indicators).expect(name);
        }
    }
}

/// The same text with a byte order mark, with the line ends of Windows, and in what Windows calls Unicode.
fn spellings(bytes: &[u8]) -> [(&'static str, Vec<u8>); 5] {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let units = || std::iter::once(0xfeff).chain(text.encode_utf16());
    [
        ("in UTF-16", units().flat_map(u16::to_le_bytes).collect()),
        ("in UTF-16, big end first", units().flat_map(u16::to_be_bytes).collect()),
        ("as it is", bytes.to_vec()),
        ("with a mark", format!("\u{feff}{text}").into_bytes()),
        ("with CR", text.replace('\n', "\r\n").into_bytes()),
    ]
}

#[test]
fn a_line_that_is_no_text_costs_no_more_than_its_name() {
    let mut bytes = bytes("cscb.csv");
    let name = bytes.windows(12).position(|part| part == b"Example Nine").unwrap();
    bytes[name] = 0xe9;
    let import = import_indicators("f", &bytes);
    assert_eq!(import.indicators.len(), 6);
    assert_eq!(import.errors.last().unwrap().to_string(), "f:14: not UTF-8 text");
    let described = import.indicators[5].metadata.description.as_deref().unwrap();
    assert!(described.starts_with("subject CN as published: \u{fffd}xample Nine"), "{described}");

    let import = import_indicators("f", b"MZ\0\n\xff\xfe");
    assert_eq!(import.errors[0].to_string(), "f:2: not UTF-8 text");
    assert!(import.indicators.is_empty() && import.errors.len() == 1);
}

#[test]
fn a_blocklist_that_was_cut_says_so() {
    let text = String::from_utf8(bytes("cscb.csv")).unwrap();
    let import = import_indicators("f", text.replace("entries: 8", "entries: 9").as_bytes());
    assert_eq!(import.errors.last().unwrap().to_string(), "f:15: the feed states 9 entries, and 8 are here");
}

/// What would take for ever, or all of the stack, if anything did.
#[test]
fn hostile_files_end_soon() {
    const MANY: usize = 100_000;
    let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">]><SiPolicy>&b;</SiPolicy>";
    let aliases = "KnownVulnerableSamples: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n";
    let rows = |row: &str| row.repeat(MANY);
    let graveyard = "Hash,Malware,Serial,Thumbprint,TBS SHA256\n";
    let tbs = |number: usize| format!("h,m,00C0FFEE0102030405060708090A0B0C0D,,{number:064x}\n");
    let policy = |inner: String| format!("<SiPolicy xmlns=\"urn:schemas-microsoft-com:sipolicy\">{inner}</SiPolicy>");
    let cases: Vec<(&str, String)> = vec![
        ("an entity", bomb.to_owned()),
        ("aliases", aliases.to_owned()),
        ("nested elements", policy(rows("<a>"))),
        ("nested elements, closed", policy(format!("{}{}", rows("<a>"), rows("</a>")))),
        ("nested lists", format!("KnownVulnerableSamples:\n  {}", rows("["))),
        ("nested blocks", format!("KnownVulnerableSamples:\n{}", rows("- "))),
        ("nested arrays", format!("{{\"type\":\"bundle\",\"objects\":{}", rows("["))),
        ("nested objects", format!("{{\"type\":\"bundle\",\"objects\":{}", rows("{\"a\":\n"))),
        ("open marks", format!("IndicatorType,IndicatorValue\n{}", rows("\"\n"))),
        ("one certificate", format!("{graveyard}{}", (0..MANY).map(tbs).collect::<String>())),
        (
            "one long line",
            format!("{{\"type\":\"bundle\",\"objects\":[{}]}}", vec!["{\"type\":\"indicator\"}"; MANY].join(",")),
        ),
        ("one signer", policy(format!("<Signers>{}</Signers>", rows("<Signer ID=\"a\"/>")))),
        ("brackets", format!("{{\"type\":\"indicator\",\"pattern\":\"{}\"}}", rows("("))),
        (
            "attributes",
            policy(format!("<a {}/>", (0..MANY).map(|number| format!("a{number}=\"1\" ")).collect::<String>())),
        ),
        (
            "namespaces",
            policy(
                (0..MANY)
                    .map(|number| {
                        format!("<a xmlns:n{number}=\"n{number}\">{}", "</a>".repeat(usize::from(number > 999)))
                    })
                    .collect(),
            ),
        ),
        (
            "signers of a driver",
            format!(
                "KnownVulnerableSamples:\n- Signatures:\n  - Certificates:\n{}    Signer:\n{}",
                (0..MANY / 4).map(|number| format!("    - {{SerialNumber: a{number:020x}}}\n")).collect::<String>(),
                (0..MANY / 4).map(|number| format!("    - {{SerialNumber: b{number:020x}}}\n")).collect::<String>(),
            ),
        ),
        (
            "strings of a rule, again and again",
            format!(
                "rule a {{ strings: {} condition: {} }}",
                (0..MANY / 10)
                    .map(|number| format!("$serial{number} = {{ C0 FF EE 01 02 03 04 05 }} "))
                    .collect::<String>(),
                vec!["all of them"; MANY / 10].join(" or ")
            ),
        ),
    ];
    for (name, text) in cases {
        let started = std::time::Instant::now();
        let import = import_indicators("f", text.as_bytes());
        assert!(import.format.is_some(), "{name}");
        // A second would be a hundred times what any takes without optimisation, but for a machine that is busy.
        let spent = started.elapsed();
        assert!(spent.as_secs() < 20, "{name}: {spent:?}");
        println!("{name}: {spent:?}");
    }
}

#[test]
fn every_file_is_tried() {
    let mut names: Vec<String> =
        fs::read_dir(path("")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| path(name).is_file() && name != "README.md");
    names.sort();
    assert_eq!(names, FILES.map(|(name, ..)| name));
    let expected = fs::read_dir(path("expected")).unwrap().count();
    assert_eq!(expected, FILES.len() + observed::FILES.len(), "expectations without a file");
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/indicators").join(name)
}

fn bytes(name: &str) -> Vec<u8> {
    let path = path(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What is wrong with an expectation, if anything; rewrites it where `UPDATE` is set.
fn difference(name: &str, text: &str) -> Option<String> {
    let path = path("expected").join(name);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, text).unwrap();
        return None;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    let first = text.lines().zip(expected.lines()).position(|(is, was)| is != was);
    let line = first.unwrap_or_else(|| text.lines().count().min(expected.lines().count()));
    let told = |text: &str| text.lines().nth(line).unwrap_or("(the end)").to_owned();
    (text != expected).then(|| format!("{name}:{}: is {}\n  expected {}", line + 1, told(text), told(&expected)))
}

#[test]
fn drivers_in_a_list_are_drivers_whatever_their_first_key_is() {
    let driver = |serial: &str| {
        format!(
            "- Id: 1\n  Category: malicious\n  KnownVulnerableSamples:\n  - Signatures:\n    - Certificates:\n      - SerialNumber: {serial}\n"
        )
    };
    let text = format!("# drivers\n---\n{}{}", driver("6e12345678901234"), driver("00123456789012345678"));
    let import = import_indicators("f", text.as_bytes());
    assert_eq!((import.format, import.errors.as_slice()), (Some(Format::LolDrivers), [].as_slice()));
    let serials: Vec<String> = import.indicators.iter().map(|one| format!("{:?}", one.alternatives)).collect();
    assert_eq!(serials.len(), 2, "{serials:?}");
}

#[test]
fn a_list_of_serials_may_name_its_columns() {
    let import = import_indicators("f", b"Serial;reason\n00c0ffee0102030405;Example\n");
    assert_eq!(import.format, Some(Format::SerialList));
    assert_eq!((import.indicators.len(), import.errors.len()), (1, 0), "{:?}", import.errors);
}
