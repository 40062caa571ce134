//! Every fixture's record and text are the ones kept in `tests/golden`. `UPDATE=1 cargo test --test golden` rewrites those: read the
//! difference before it is committed.

#![cfg(all(feature = "archives", feature = "digest", feature = "fold"))]
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test that cannot read its files must stop")]

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use certsift::{
    ArchiveLimits, IndicatorTable, Input, Limits, ReadError, Report, ScanOptions, SignatureData, TextStyle, scan_stream,
};

/// What is scanned of `tests/fixtures`; the rest is about the fixtures.
const EXTENSIONS: &[&str] = &[
    "exe",
    "cab",
    "cat",
    "msi",
    "p7b",
    "p7s",
    "bin",
    "txt",
    "ps1",
    "psm1",
    "ps1xml",
    "mof",
    "vbs",
    "js",
    "wsf",
    "pem",
    "crt",
    "pfx",
    "msix",
    "appx",
    "vsix",
    "docx",
    "jar",
    "nupkg",
    "xap",
    "application",
    "app",
    "zip",
    "gz",
];
/// Those whose members are scanned too.
const ARCHIVES: &[&str] = &["zip", "gz"];

static BUILTIN: LazyLock<IndicatorTable> = LazyLock::new(IndicatorTable::builtin);

/// The text of all fixtures, in the order of their names.
const TEXT: &str = "scan.txt";

#[test]
fn records_are_as_kept() {
    let stale: Vec<String> = fixtures().iter().filter_map(|name| difference(&golden_name(name), &json(name))).collect();
    assert!(stale.is_empty(), "{}", stale.join("\n"));
}

#[test]
fn text_is_as_kept() {
    let text: String =
        fixtures().iter().flat_map(|name| reports(name)).map(|one| one.to_text(TextStyle::default())).collect();
    let stale = difference(TEXT, &text);
    assert!(stale.is_none(), "{}", stale.unwrap_or_default());
}

#[test]
fn records_can_be_read_back() {
    for name in fixtures() {
        for report in reports(&name) {
            let read: Report = serde_json::from_str(&report.to_json_line()).unwrap();
            assert_eq!(read, report, "{name}");
        }
    }
}

#[test]
fn nothing_else_is_kept() {
    let known: Vec<String> = fixtures().iter().map(|name| golden_name(name)).collect();
    let kept = names_in("golden");
    let orphans: Vec<&String> = kept.iter().filter(|name| *name != TEXT && !known.contains(name)).collect();
    assert!(orphans.is_empty(), "golden files without a fixture: {orphans:?}");
}

/// The names of the fixtures, sorted.
fn fixtures() -> Vec<String> {
    let mut names = names_in("fixtures");
    names.retain(|name| Path::new(name).extension().is_some_and(|kind| EXTENSIONS.iter().any(|known| kind == *known)));
    assert!(!names.is_empty(), "there are no fixtures");
    names.sort();
    names
}

fn names_in(folder: &str) -> Vec<String> {
    let path = path(folder, "");
    let entries = fs::read_dir(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn golden_name(fixture: &str) -> String {
    format!("{fixture}.json")
}

/// The record, or those of an archive and its members.
fn json(fixture: &str) -> String {
    match reports(fixture).as_slice() {
        [report] => serde_json::to_string_pretty(report),
        reports => serde_json::to_string_pretty(reports),
    }
    .unwrap()
        + "\n"
}

fn reports(fixture: &str) -> Vec<Report> {
    let bytes = fs::read(path("fixtures", fixture)).unwrap();
    let name = Path::new(fixture);
    if ARCHIVES.iter().any(|kind| name.extension().is_some_and(|extension| extension == *kind)) {
        let mut options = ScanOptions::default();
        options.archives = Some(ArchiveLimits::default());
        let mut reports = Vec::new();
        scan_stream(name, bytes.as_slice(), &options, &BUILTIN, |report| {
            reports.push(report);
            ControlFlow::Continue(())
        });
        return reports;
    }
    let mut data = SignatureData::new();
    vec![match data.parse(&bytes, Limits::default()) {
        Ok(file) => Report::new(Input::from_path(name), &file, &BUILTIN),
        Err(error) => Report::from_error(Input::from_path(name), &ReadError::File(error)),
    }]
}

/// The first line in which the golden file and `actual` differ; `None` when there is none, or when it was rewritten.
fn difference(name: &str, actual: &str) -> Option<String> {
    let path = path("golden", name);
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        fs::write(path, actual).unwrap();
        return None;
    }
    let kept = fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    if kept == actual {
        return None;
    }
    let same = kept.lines().zip(actual.lines()).take_while(|(kept, actual)| kept == actual).count();
    let line = |text: &str| text.lines().nth(same).unwrap_or("(no more lines)").to_owned();
    Some(format!("{name}:{}:\n  kept: {}\n  now:  {}", same.saturating_add(1), line(&kept), line(actual)))
}

fn path(folder: &str, name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder).join(name)
}
