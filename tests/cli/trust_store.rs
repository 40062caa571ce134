//! `hunt trust-store`: what is told of a root, in which form, and how the program ends.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::program::{Row, Scratch, check, fixtures, run};

const LOCAL: &str = "root/usr/local/share/ca-certificates";

/// A scratch folder with a copy of the root as `root`.
pub(crate) fn scratch_root() -> Scratch {
    fn copy(from: &Path, to: &str, scratch: &Scratch) {
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            let to = format!("{to}/{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                copy(&entry.path(), &to, scratch);
            } else {
                scratch.write(to, fs::read(entry.path()).unwrap());
            }
        }
    }
    let scratch = Scratch::new();
    copy(&fixtures().join("trust_root"), "root", &scratch);
    scratch
}

#[test]
fn every_form_and_status() {
    let scratch = scratch_root();
    scratch.write("half.ndjson", "{}");
    scratch.write("empty/x", "");
    let only_known = "only_known/usr/share/ca-certificates/known.crt";
    scratch.write(
        only_known,
        fs::read(fixtures().join("trust_root/usr/share/ca-certificates/mozilla/known.crt")).unwrap(),
    );
    let text: &[&str] =
        &["listed.crt: HIGH, CallTogether Root", "fresh.crt: MEDIUM, Fresh Root", "(similar_name)", "(weak_key)"];
    let ndjson: &[&str] = &["\"kind\":\"store_certificate\"", "\"kind\":\"store_file\"", "\"code\":\"mixed-encoding\""];
    let ecs: &[&str] = &["\"dataset\":\"certsift.store\"", "\"T1553.004\""];
    let rows: &[Row] = &[
        ("trust-store scan --root root --format text", 1, text, &["mixed-encoding"]),
        ("trust-store scan --root root --format text -q", 1, text, &[]),
        ("trust-store scan --root root", 1, ndjson, &[]),
        ("trust-store scan --root root --format ecs -q", 1, ecs, &[]),
        ("trust-store scan --root root --exit-zero --summary", 0, ndjson, &["6 authorities in 7 files, 5 of medium"]),
        ("trust-store scan --root root --no-builtin --format text -q", 1, &["listed.crt: MEDIUM"], &[]),
        ("trust-store scan --root only_known", 0, &["\"known\":true"], &[]),
        ("trust-store scan --root only_known --format text", 0, &[], &[]),
        ("trust-store scan --root only_known --format text -v", 0, &["nothing found, Known Root"], &[]),
        ("trust-store scan --root only_known --young-days 100000", 0, &["\"code\":\"young\""], &[]),
        ("trust-store scan --root root --folder / --format text -q", 1, &["new.crt: MEDIUM"], &[]),
        ("trust-store scan --root empty", 2, &[], &["no trust store in it"]),
        ("trust-store scan --root gone", 2, &[], &["no folder"]),
        ("trust-store scan --root root --baseline half.ndjson", 2, &[], &["half.ndjson: line 1: not the first line"]),
        ("trust-store diff --root root", 2, &[], &["--baseline"]),
        ("trust-store diff --root root --baseline gone", 2, &[], &["gone: "]),
        ("trust-store baseline --root root", 0, &["\"kind\":\"store_baseline\""], &["mixed-encoding"]),
    ];
    check("hunt", scratch.path(), rows);
    assert!(
        !run("hunt", scratch.path(), "trust-store scan --root root --format text -q").stdout.contains("known.crt:")
    );
}

#[test]
fn changes_are_told_until_they_are_known() {
    let scratch = scratch_root();
    let check = |rows: &[Row]| check("hunt", scratch.path(), rows);
    check(&[
        ("trust-store baseline --root root -q --output known", 0, &[], &[]),
        ("trust-store diff --root root --baseline known", 0, &[], &[]),
        ("trust-store diff --root root --baseline known --format text --update", 0, &[], &[]),
    ]);
    scratch.write(format!("{LOCAL}/new.crt"), scratch.read("root/new.crt"));
    let added: &[&str] = &["\"change\":\"added\"", "\"severity\":\"medium\"", "CN=New Root,O=New Authority"];
    check(&[
        ("trust-store diff --root root --baseline known", 1, added, &[]),
        ("trust-store diff --root root --baseline known --format text", 1, &["added: /usr/local/share"], &[]),
        ("trust-store diff --root root --baseline known --format ecs", 1, &["\"trust-store-added\""], &[]),
        ("trust-store diff --root root --baseline known --update --summary", 1, added, &["7 authorities, 1 changes"]),
        ("trust-store diff --root root --baseline known --update", 0, &[], &[]),
    ]);
    // One that is on the list is high, also where it is known.
    fs::remove_file(scratch.path().join(LOCAL).join("listed.crt")).unwrap();
    fs::remove_file(scratch.path().join("root/etc/ssl/certs/ca-certificates.crt")).unwrap();
    let listed = fs::read(fixtures().join("trust_root/usr/local/share/ca-certificates/listed.crt")).unwrap();
    check(&[
        ("trust-store diff --root root --baseline known --update", 1, &["\"change\":\"removed\""], &[]),
        ("trust-store diff --root root --baseline known", 0, &[], &[]),
    ]);
    scratch.write(format!("{LOCAL}/again.crt"), listed);
    let high: &[&str] = &["\"change\":\"added\"", "\"severity\":\"high\"", "callTogether_certificate"];
    check(&[
        ("trust-store diff --root root --baseline known --update", 1, high, &[]),
        ("trust-store diff --root root --baseline known", 0, &[], &[]),
        ("trust-store scan --root root --baseline known --format text", 1, &["again.crt: HIGH"], &[]),
    ]);
    assert_eq!(scratch.names(".").iter().filter(|name| name.starts_with("known")).count(), 1, "nothing is left beside");
}

#[cfg(unix)]
#[test]
fn a_baseline_is_not_written_of_half_a_store() {
    let scratch = scratch_root();
    let circle = scratch.path().join(LOCAL).join("circle.crt");
    check("hunt", scratch.path(), &[("trust-store baseline --root root -q --output known", 0, &[], &[])]);
    std::os::unix::fs::symlink("circle.crt", circle).unwrap();
    let before = scratch.read("known");
    scratch.write(format!("{LOCAL}/new.crt"), scratch.read("root/new.crt"));
    let rows: &[Row] = &[
        ("trust-store diff --root root --baseline known --update", 1, &["added"], &["not written anew", "circle.crt"]),
        ("trust-store baseline --root root", 3, &["store_baseline"], &["too many symbolic links"]),
    ];
    check("hunt", scratch.path(), rows);
    assert_eq!(scratch.read("known"), before);
}

#[test]
fn records_are_json_lines() {
    let scratch = scratch_root();
    let ran = run("hunt", scratch.path(), "trust-store scan --root root");
    let records: Vec<Value> = ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(records.len(), 7, "six authorities and a file");
    for record in &records {
        assert_eq!((&record["schema"], &record["root"]), (&Value::from("certsift/1"), &Value::from("root")));
    }
}
