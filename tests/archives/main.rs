//! The members of archives: each has a report of its own, however damaged or hostile the archive is.

#![expect(clippy::unwrap_used, clippy::arithmetic_side_effects, reason = "a test may panic")]

#[path = "../support/mod.rs"]
mod support;

mod hostile;
mod limits;

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use certsift::{ArchiveLimits, IndicatorTable, Report, ScanOptions, scan, scan_stream};

fn fixture(name: &str) -> Vec<u8> {
    fs::read(path_of(name)).unwrap()
}

fn path_of(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn options(limits: ArchiveLimits) -> ScanOptions {
    let mut options = ScanOptions::default();
    options.archives = Some(limits);
    options
}

fn reports_with(bytes: &[u8], limits: ArchiveLimits) -> Vec<Report> {
    let mut reports = Vec::new();
    scan_stream("given".as_ref(), bytes, &options(limits), &IndicatorTable::builtin(), |report| {
        reports.push(report);
        ControlFlow::Continue(())
    });
    reports
}

fn reports(bytes: &[u8]) -> Vec<Report> {
    reports_with(bytes, ArchiveLimits::default())
}

/// The path of a member, its status, and the codes of its error and its faults.
fn told(report: &Report) -> String {
    let path: Vec<&str> = report.input.member.iter().flatten().map(|member| member.path.as_str()).collect();
    let matched = if report.has_strong_match() { "match " } else { "" };
    let codes = report.error.iter().map(|error| &error.code).chain(report.faults.iter().map(|fault| &fault.code));
    let codes: String = codes.map(|code| format!(" {code}")).collect();
    format!("{} {matched}{}{codes}", path.join("!"), report.status.as_str())
}

fn all_told(reports: &[Report]) -> Vec<String> {
    reports.iter().map(told).collect()
}

#[test]
fn every_member_of_the_fixtures() {
    let rows: &[(&str, &[&str])] = &[
        (
            "archive.zip",
            &[
                " no_signature",
                "clean_signed.exe signed",
                "more/inner.zip.gz no_signature",
                "more/inner.zip.gz!inner.zip no_signature",
                "more/inner.zip.gz!inner.zip!deep/seed_pe32.exe match signed",
                "more/inner.zip.gz!inner.zip!note.txt unrecognized",
                "note.txt unrecognized",
            ],
        ),
        ("archive.gz", &[" no_signature", "seed_pe32.exe match signed"]),
        ("archive_aes256.zip", &[" no_signature", "seed_pe32.exe match signed"]),
        ("archive_aes128.zip", &[" no_signature", "seed_pe32.exe match signed"]),
        ("archive_pkware.zip", &[" no_signature", "seed_pe32.exe match signed"]),
        ("archive_pkware_streamed.zip", &[" no_signature", "seed_pe32.exe match signed"]),
        ("archive_sealed.zip", &[" no_signature", "seed_pe32.exe error encrypted"]),
        ("self_extracting.exe", &[" no_signature", "seed_pe32.exe match signed"]),
        ("unsigned.exe", &[" no_signature"]),
    ];
    for (name, expected) in rows {
        let of_stream = reports(&fixture(name));
        assert_eq!(all_told(&of_stream), *expected, "{name}");

        // From the disk, on one thread and on several, it is the same.
        for jobs in [1, 3] {
            let mut options = options(ArchiveLimits::default());
            options.jobs = jobs.try_into().unwrap();
            let mut of_file = Vec::new();
            scan(
                [path_of(name)],
                &options,
                &IndicatorTable::builtin(),
                |report| report,
                |report| {
                    of_file.push(report);
                    ControlFlow::Continue(())
                },
            );
            for report in &mut of_file {
                report.input.path = "given".to_owned();
            }
            assert_eq!(of_file, of_stream, "{name}");
        }
    }
}

#[test]
fn members_are_reported_as_files_are() {
    let member = reports(&fixture("archive_aes256.zip")).pop().unwrap();
    let mut file = reports(&fixture("seed_pe32.exe")).pop().unwrap();
    assert_eq!(file.input.member, None);
    file.input.member.clone_from(&member.input.member);
    assert_eq!(member, file);
}

#[test]
fn archives_are_not_looked_into_unless_asked() {
    let mut count = 0;
    scan(
        [path_of("archive.zip")],
        &ScanOptions::default(),
        &IndicatorTable::builtin(),
        |report| report,
        |_| {
            count += 1;
            ControlFlow::Continue(())
        },
    );
    assert_eq!(count, 1);
}

#[test]
fn a_sink_that_breaks_gets_no_further_member() {
    let mut count = 0;
    let bytes = fixture("archive.zip");
    let options = options(ArchiveLimits::default());
    scan_stream("given".as_ref(), &*bytes, &options, &IndicatorTable::builtin(), |_| {
        count += 1;
        if count < 3 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    assert_eq!(count, 3);
}
