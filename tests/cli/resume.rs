//! `scan --resume`: an interrupted run that goes on makes the output of one that was not interrupted.

use std::fs;
use std::thread;
use std::time::Duration;

use crate::program::{Ran, Row, Scratch, check, command, run};
use crate::scan::paths;

const FIXTURES: &[&str] = &["clean_signed.exe", "seed_nested.exe", "seed_pe32.exe", "truncated.exe", "unsigned.exe"];

/// A folder of files, and the records of all of them in order.
fn scene() -> (Scratch, String) {
    let scratch = Scratch::new();
    for name in FIXTURES {
        scratch.copy(name, format!("files/{name}"));
    }
    let whole = run("scan", scratch.path(), "--ordered files").stdout;
    assert_eq!(whole.lines().count(), FIXTURES.len());
    (scratch, whole)
}

fn resume(scratch: &Scratch, options: &str) -> Ran {
    run("scan", scratch.path(), &format!("--output records --resume {options}"))
}

#[test]
fn an_output_cut_anywhere_becomes_whole() {
    let (scratch, whole) = scene();
    let ends: Vec<usize> = whole.match_indices('\n').map(|(at, _)| at).collect();
    let around_ends = ends.iter().flat_map(|&end| [end - 1, end, end + 1, end + 2, end + 60]);
    let cuts = (0..whole.len()).step_by(whole.len() / 40).chain(around_ends).chain(1..4);
    for cut in cuts.filter(|&cut| cut <= whole.len()) {
        scratch.write("records", &whole[..cut]);
        let ran = resume(&scratch, "--ordered files");
        assert_eq!((ran.status, &*ran.stdout, &*ran.stderr), (1, "", ""), "cut at {cut}");
        assert_eq!(scratch.read("records"), whole, "cut at {cut}");
    }
}

#[test]
fn archives_cut_anywhere_become_whole() {
    let scratch = Scratch::new();
    for name in ["archive.zip", "archive_aes256.zip", "seed_pe32.exe"] {
        scratch.copy(name, format!("files/{name}"));
    }
    for only in ["", "--only matched"] {
        let whole = run("scan", scratch.path(), &format!("--ordered --archives {only} files")).stdout;
        for cut in (0..whole.len()).step_by(whole.len() / 40).chain([whole.len()]) {
            scratch.write("records", &whole[..cut]);
            let ran = resume(&scratch, &format!("--ordered --archives {only} files"));
            assert_eq!((ran.status, &*ran.stdout, &*ran.stderr), (1, "", ""), "cut at {cut}");
            assert_eq!(scratch.read("records"), whole, "cut at {cut}");
        }
    }
}

#[test]
fn a_first_run_and_one_that_has_nothing_left_to_do() {
    let (scratch, whole) = scene();
    for _ in 0..2 {
        assert_eq!(resume(&scratch, "--ordered files").status, 1);
        assert_eq!(scratch.read("records"), whole);
    }
    scratch.write("records", "");
    assert_eq!(resume(&scratch, "--jobs 3 files").status, 1);
    assert_eq!(sorted(&scratch.read("records")), sorted(&whole));
}

#[test]
fn what_a_power_cut_leaves_is_cut_off() {
    let (scratch, whole) = scene();
    let end = whole.find('\n').unwrap() + 1;
    for rest in [&[0; 3][..], &[0; 5_000], &[0; 200_000]] {
        scratch.write("records", [&whole.as_bytes()[..end], rest].concat());
        assert_eq!(resume(&scratch, "--ordered files").status, 1);
        assert_eq!(scratch.read("records"), whole);
    }
}

#[test]
fn another_file_is_refused_and_left_as_it_is() {
    let (scratch, whole) = scene();
    let (first, rest) = whole.split_once('\n').unwrap();
    let executable = fs::read(scratch.path().join("files/unsigned.exe")).unwrap();
    let text = run("scan", scratch.path(), "--format text files").stdout;
    let cases = [
        ("\n".to_owned(), 1),
        ("hello".to_owned(), 1),
        ("hello\n".to_owned(), 1),
        ("{\"schema\":\"certsift/1\"}\n".to_owned(), 1),
        ("\0\0\0".to_owned(), 1),
        (text, 1),
        (first.replace("certsift/1", "certsift/2"), 1),
        (first.replace("\"file\"", "\"event\"") + "\n", 1),
        (first.replace("\"signed\"", "\"?\"") + "\n", 1),
        (format!("{first}{first}\n"), 1),
        (format!("{first}\n\n{rest}"), 2),
        (format!("{first}\nhello\n{rest}"), 2),
        (format!("{first}\nhello"), 2),
        (format!("{first}\n{}\n{rest}", &first[..first.len() / 2]), 2),
        (format!("{first}\n\0\0\0\n"), 2),
        (format!("{first}\n\0\0\0x"), 2),
    ];
    let cases = cases.map(|(content, line)| (content.into_bytes(), line)).into_iter().chain([(executable, 1)]);
    for (content, line) in cases {
        scratch.write("records", &content);
        let ran = resume(&scratch, "files");
        let shown = String::from_utf8_lossy(&content);
        assert_eq!((ran.status, &*ran.stdout), (2, ""), "{shown}");
        assert!(ran.stderr.starts_with(&format!("records: line {line}: not a record")), "{shown}: {}", ran.stderr);
        assert!(fs::read(scratch.path().join("records")).unwrap() == content, "changed: {shown}");
    }
}

#[test]
fn wrong_usage() {
    let (scratch, whole) = scene();
    scratch.write("records", &whole);
    fs::create_dir(scratch.path().join("folder")).unwrap();
    let rows: &[Row] = &[
        ("--resume files", 2, &[], &["--output"]),
        ("--output records --resume --format text files", 2, &[], &["ndjson"]),
        ("--output records --resume -", 2, &[], &["standard input"]),
        ("--output folder --resume files", 2, &[], &["folder: "]),
        ("--output records --resume --files-from records", 2, &[], &["is to be read"]),
        ("--output no/such/folder --resume files", 2, &[], &["no/such/folder: "]),
    ];
    check("scan", scratch.path(), rows);
    #[cfg(unix)]
    check("scan", scratch.path(), &[("--output /dev/null --resume files", 2, &[], &["no regular file"])]);
    assert_eq!(scratch.read("records"), whole);
}

#[test]
fn the_whole_output_decides() {
    // What was scanned before, what is scanned now, the exit status, and what the summary says.
    let cases = [
        ("files/seed_pe32.exe", "files/unsigned.exe", 1, "2 files (1 of them earlier) in "),
        ("files/unsigned.exe", "files/clean_signed.exe", 0, ": 0 matched, "),
        ("no_such_file", "files/unsigned.exe", 3, "1 errors"),
        ("no_such_file", "no_such_file", 2, "1 files (1 of them earlier) in "),
        ("files/truncated.exe --fail-on malformed", "files/unsigned.exe --fail-on malformed", 3, "1 malformed"),
        ("files/seed_pe32.exe --no-builtin", "files/unsigned.exe", 0, "1 signed, 1 without"),
        ("--only matched files", "--only matched files", 1, "5 files (2 of them earlier) in "),
    ];
    for (before, now, status, told) in cases {
        let (scratch, _) = scene();
        run("scan", scratch.path(), &format!("--output records {before}"));
        let ran = resume(&scratch, &format!("--summary {now}"));
        assert_eq!(ran.status, status, "{before} / {now}: {ran:?}");
        assert!(ran.stderr.contains(told), "{before} / {now}: {}", ran.stderr);
    }
    let (scratch, _) = scene();
    scratch.write("similar.csv", "id,organization\nsimilar,HARMLESS SOFTWARE  LTD\n");
    let options = "--indicators similar.csv --fail-on name";
    run("scan", scratch.path(), &format!("--output records {options} files/clean_signed.exe"));
    assert_eq!(resume(&scratch, &format!("{options} files/unsigned.exe")).status, 1, "a name that matched before");
}

#[test]
fn each_path_has_as_many_records_as_it_was_given() {
    let (scratch, _) = scene();
    let [a, b] = ["files/clean_signed.exe", "files/unsigned.exe"];
    let cases: &[(&[&str], &[&str], &[&str])] = &[
        (&[a], &[a, a, b], &[a, a, b]),
        (&[a, a], &[a, b, a, a], &[a, a, b, a]),
        (&[a, b], &[b], &[a, b]),
        // Another spelling is another path: nothing is left out on a guess.
        (&[a], &["./files/clean_signed.exe"], &[a, "./files/clean_signed.exe"]),
    ];
    for (before, now, expected) in cases {
        run("scan", scratch.path(), &format!("--ordered --output records {}", before.join(" ")));
        resume(&scratch, &format!("--ordered {}", now.join(" ")));
        assert_eq!(paths(&scratch.read("records").lines().collect::<Vec<_>>()), *expected, "{before:?} / {now:?}");
    }
    // What was on standard input is no file of that name.
    scratch.copy("seed_pe32.exe", "-");
    scratch.write("list", "-\n");
    run("scan", scratch.path(), "--output records - <files/unsigned.exe");
    assert_eq!(resume(&scratch, "--files-from list").status, 1);
}

#[test]
fn parts_go_on_as_parts() {
    let (scratch, whole) = scene();
    let mut joined = String::new();
    for part in ["0/2", "1/2"] {
        run("scan", scratch.path(), &format!("--ordered --output records --shard {part} files"));
        let records = scratch.read("records");
        scratch.write("records", &records[..records.len() / 2]);
        resume(&scratch, &format!("--ordered --shard {part} files"));
        assert_eq!(scratch.read("records"), records, "{part}");
        joined += &records;
    }
    assert_eq!(sorted(&joined), sorted(&whole));
}

/// Other systems refuse to make such a file.
#[cfg(target_os = "linux")]
#[test]
fn names_that_are_no_text_are_told_apart() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let scratch = Scratch::new();
    // All of these are the same when what is no text is replaced.
    let names: [&[u8]; 4] = [b"files/\xfe", b"files/\xff", "files/\u{fffd}".as_bytes(), b"files/\xff\n"];
    for name in names {
        scratch.copy("unsigned.exe", OsStr::from_bytes(name));
    }
    let whole = run("scan", scratch.path(), "files").stdout;
    assert_eq!(whole.lines().count(), names.len());
    for line in whole.lines() {
        scratch.write("records", format!("{line}\n"));
        resume(&scratch, "files");
        assert_eq!(sorted(&scratch.read("records")), sorted(&whole), "after {line}");
    }
}

#[test]
fn a_killed_run_goes_on() {
    const COUNT: usize = 3_000;
    let scratch = crate::many_files::many("clean_signed.exe", COUNT);
    let whole = run("scan", scratch.path(), "files").stdout;
    let mut cut_short = 0;
    for (jobs, octets) in [("1", 1), ("2", whole.len() / 5), ("2", whole.len() / 2), ("8", whole.len() / 3)] {
        let _ = fs::remove_file(scratch.path().join("records"));
        // Twice, the second time where the first left off.
        for octets in [octets, octets + whole.len() / 10] {
            let mut command = command("scan", scratch.path());
            command.args(["--jobs", jobs, "--output", "records", "--resume", "files"]);
            let mut child = command.spawn().unwrap();
            let records = scratch.path().join("records");
            let is_short =
                || fs::metadata(&records).map_or(0, |metadata| metadata.len()) < u64::try_from(octets).unwrap();
            while is_short() && child.try_wait().unwrap().is_none() {
                thread::sleep(Duration::from_millis(1));
            }
            child.kill().unwrap();
            cut_short += u32::from(child.wait().unwrap().code().is_none());
        }
        let ran = resume(&scratch, &format!("--jobs {jobs} files"));
        assert_eq!((ran.status, &*ran.stderr), (0, ""));
        assert!(sorted(&scratch.read("records")) == sorted(&whole), "--jobs {jobs}, killed after {octets} octets");
    }
    if cfg!(unix) {
        assert!(cut_short >= 4, "only {cut_short} of 8 runs were killed before their end");
    }
}

fn sorted(records: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = records.lines().collect();
    lines.sort_unstable();
    lines
}
