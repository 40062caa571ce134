//! `scan` on folders: the walk, its order, its parts, links, many files, names made to deceive, and a reader that leaves.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use crate::many_files::many;
use crate::program::{Row, Scratch, check, command, run};
use crate::scan::paths;

/// A folder of folders.
fn tree() -> Scratch {
    let scratch = Scratch::new();
    for (fixture, path) in [
        ("unsigned.exe", "tree/a.exe"),
        ("seed_pe32.exe", "tree/b/seed.exe"),
        ("clean_signed.exe", "tree/b/c/deep/clean.exe"),
        ("not_a_pe.txt", "tree/d.txt"),
        ("seed_pe64.exe", "tree/e/seed64.exe"),
        ("truncated.exe", "tree/f.exe"),
    ] {
        scratch.copy(fixture, path);
    }
    fs::create_dir(scratch.path().join("tree/empty")).unwrap();
    scratch
}

#[test]
fn folders_are_walked() {
    let scratch = tree();
    scratch.write("list.txt", "tree/b\ntree/a.exe\n");
    let expected = "tree/a.exe tree/b/c/deep/clean.exe tree/b/seed.exe tree/d.txt tree/e/seed64.exe tree/f.exe";
    let cases: &[(&str, &str)] = &[
        ("--ordered tree", expected),
        ("--ordered tree/e tree/b", "tree/e/seed64.exe tree/b/c/deep/clean.exe tree/b/seed.exe"),
        ("--ordered tree/f.exe tree/b/c tree/a.exe", "tree/f.exe tree/b/c/deep/clean.exe tree/a.exe"),
        ("--ordered --files-from list.txt", "tree/b/c/deep/clean.exe tree/b/seed.exe tree/a.exe"),
        ("--ordered --only matched tree", "tree/b/seed.exe tree/e/seed64.exe"),
        ("--ordered tree/a.exe tree/a.exe", "tree/a.exe tree/a.exe"),
    ];
    for (line, expected) in cases {
        for jobs in ["1", "2", "5"] {
            let ran = run("scan", scratch.path(), &format!("--jobs {jobs} {line}"));
            let lines: Vec<&str> = ran.stdout.lines().collect();
            assert_eq!(slashed(paths(&lines)), expected.split(' ').collect::<Vec<_>>(), "--jobs {jobs} {line}");
        }
    }
    let rows: &[Row] = &[
        ("tree/empty", 0, &[], &["warning: no files were found"]),
        ("-q tree/empty", 0, &[], &[]),
        ("tree/empty tree/a.exe", 0, &["\"status\":\"no_signature\""], &[]),
    ];
    check("scan", scratch.path(), rows);
}

fn slashed(paths: Vec<String>) -> Vec<String> {
    paths.into_iter().map(|path| path.replace('\\', "/")).collect()
}

#[test]
fn threads_do_not_change_the_records() {
    let scratch = tree();
    let alone = run("scan", scratch.path(), "--jobs 1 tree");
    assert_eq!((alone.status, alone.sorted_lines().len()), (1, 6));
    for line in ["tree", "--jobs 2 tree", "--jobs 7 tree", "--jobs 2 --ordered tree"] {
        let ran = run("scan", scratch.path(), line);
        assert_eq!(ran.status, 1, "{line}");
        assert_eq!(ran.sorted_lines(), alone.sorted_lines(), "{line}");
    }
}

#[test]
fn parts_make_the_whole() {
    let scratch = Scratch::new();
    for number in 0..40 {
        scratch.write(format!("files/{number}.bin"), "MZ");
    }
    let whole = run("scan", scratch.path(), "files");
    let parts: Vec<_> = (0..3).map(|part| run("scan", scratch.path(), &format!("--shard {part}/3 files"))).collect();
    let again = run("scan", scratch.path(), "--shard 1/3 --jobs 1 files");
    assert_eq!(parts.get(1).unwrap().sorted_lines(), again.sorted_lines(), "a part is always the same");
    assert!(parts.iter().all(|part| !part.stdout.is_empty()), "a part of nothing");
    let mut joined: Vec<&str> = parts.iter().flat_map(|part| part.stdout.lines()).collect();
    joined.sort_unstable();
    assert_eq!(joined, whole.sorted_lines(), "each file in exactly one part");
    assert_eq!(run("scan", scratch.path(), "--shard 0/1 files").sorted_lines(), whole.sorted_lines());
}

#[test]
fn many_files() {
    const COUNT: usize = 10_000;
    let scratch = many("unsigned.exe", COUNT);
    let ran = run("scan", scratch.path(), "files");
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert_eq!(ran.stderr, "");
    assert_eq!(ran.stdout.lines().count(), COUNT);
    let distinct: HashSet<&str> = ran.stdout.lines().collect();
    assert_eq!(distinct.len(), COUNT, "each file once");
    assert!(distinct.iter().all(|line| line.contains("\"status\":\"no_signature\"")));
}

#[test]
fn a_reader_that_leaves_ends_the_scan() {
    for options in ["", "--jobs 1", "--ordered", "--format text", "--summary"] {
        // More than a pipe and all buffers hold.
        let scratch = many("unsigned.exe", 2_000);
        let mut command = command("scan", scratch.path());
        command.args(options.split_whitespace()).args(["files"; 4]).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::with_capacity(1, child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.contains("files"), "{options}: {line}");
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!(stderr, "", "{options}");
        assert_eq!(child.wait().unwrap().code(), Some(0), "{options}");
    }
}

#[test]
fn texts_cannot_command_the_terminal() {
    let scratch = Scratch::with(&["clean_signed.exe"]);
    let id = "\\u001b]0;owned\\u0007\\u202e";
    let serial = "1a2b3c4d5e6f708192a3b4c5d6e7f801";
    scratch.write("escape.jsonl", format!("{{\"id\":\"{id}\",\"family\":\"\\u009b2J\",\"serial\":\"{serial}\"}}\n"));
    scratch.write("weak.jsonl", format!("{{\"id\":\"{id}\",\"serial\":\"01\"}}\n"));
    scratch.write("wrong.csv", "\u{1b}[2J\n");
    let rows: &[Row] = &[
        (
            "--format text --indicators escape.jsonl clean_signed.exe",
            1,
            &["\\x1b]0;owned\\x07\\u{202e}", "\\u{9b}2J"],
            &[],
        ),
        ("--indicators escape.jsonl clean_signed.exe", 1, &["\\u001b]0;owned\\u0007"], &[]),
        ("--indicators weak.jsonl clean_signed.exe", 0, &["\"matches\":[]"], &["\\x1b]0;owned"]),
        ("--indicators wrong.csv clean_signed.exe", 2, &[], &["\\u{1b}[2J"]),
    ];
    check("scan", scratch.path(), rows);
    for (line, ..) in rows {
        let ran = run("scan", scratch.path(), line);
        assert!(!(ran.stdout + &ran.stderr).contains('\u{1b}'), "{line}");
    }
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn names_cannot_command_the_terminal() {
        let scratch = Scratch::new();
        scratch.copy("unsigned.exe", "files/\u{1b}[2Ja\nb.exe");
        let text = run("scan", scratch.path(), "--format text files");
        assert_eq!(text.stdout, "files/\\x1b[2Ja\\nb.exe: no embedded signature\n");
        let json = run("scan", scratch.path(), "files");
        assert_eq!(json.stdout.lines().count(), 1);
        assert_eq!(paths(&json.sorted_lines()), ["files/\u{1b}[2Ja\nb.exe"]);
        assert!(!json.stdout.contains('\u{1b}'));
        scratch.write("list", "no_such\u{1b}[2J");
        let missing = run("scan", scratch.path(), "--format text --files-from list");
        assert_eq!(missing.status, 2);
        assert!(missing.stdout.starts_with("no_such\\x1b[2J: error: "), "{missing:?}");
    }

    /// Other systems refuse to make such a file.
    #[cfg(target_os = "linux")]
    #[test]
    fn names_that_are_no_text_are_kept_in_hex() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;

        let scratch = Scratch::new();
        scratch.copy("unsigned.exe", OsStr::from_bytes(b"files/\xff.exe"));
        scratch.write("list", b"files/\xff.exe\0");
        let rows: &[Row] = &[
            ("files", 0, &["\"path\":\"files/\u{fffd}.exe\"", "\"path_hex\":\"66696c65732fff2e657865\""], &[]),
            (
                "--files-from list -0",
                0,
                &["\"status\":\"no_signature\"", "\"path_hex\":\"66696c65732fff2e657865\""],
                &[],
            ),
        ];
        check("scan", scratch.path(), rows);
    }

    #[test]
    fn links_are_followed_where_it_is_asked_for() {
        let scratch = Scratch::with(&["seed_pe32.exe", "unsigned.exe"]);
        scratch.copy("clean_signed.exe", "elsewhere/clean.exe");
        let folder = scratch.path().join("links");
        fs::create_dir(&folder).unwrap();
        for (target, name) in [("../seed_pe32.exe", "file"), ("../elsewhere", "folder")] {
            symlink(target, folder.join(name)).unwrap();
        }
        symlink("folder_that_is_gone", scratch.path().join("dangling")).unwrap();
        let cases: &[(&str, i32, &[&str])] = &[
            ("links", 0, &[]),
            ("--follow links", 1, &["links/file", "links/folder/clean.exe"]),
            ("links/file", 1, &["links/file"]),
            ("links/folder", 0, &["links/folder/clean.exe"]),
            ("dangling", 2, &["dangling"]),
        ];
        for (line, status, expected) in cases {
            let ran = run("scan", scratch.path(), line);
            assert_eq!(ran.status, *status, "{line}");
            assert_eq!(paths(&ran.sorted_lines()), *expected, "{line}");
        }
    }

    #[test]
    fn a_loop_of_links_is_told_and_left() {
        let scratch = Scratch::new();
        scratch.copy("unsigned.exe", "loop/a.exe");
        scratch.copy("unsigned.exe", "loop/below/b.exe");
        symlink("..", scratch.path().join("loop/below/up")).unwrap();
        symlink("itself", scratch.path().join("loop/itself")).unwrap();
        for jobs in ["1", "2"] {
            let ran = run("scan", scratch.path(), &format!("--follow --jobs {jobs} loop"));
            assert_eq!(ran.status, 3, "{ran:?}");
            let expected = ["loop/a.exe", "loop/below/b.exe", "loop/below/up", "loop/itself"];
            assert_eq!(BTreeSet::from_iter(paths(&ran.sorted_lines())), expected.map(str::to_owned).into());
            let errors = ran.stdout.lines().filter(|line| line.contains("\"status\":\"error\"")).count();
            assert_eq!(errors, 2, "{ran:?}");
            assert_eq!(run("scan", scratch.path(), "loop").status, 0, "links are left alone");
        }
    }

    #[test]
    fn what_is_no_regular_file() {
        let rows: &[Row] = &[("/dev/null", 0, &["\"status\":\"unrecognized\""], &[])];
        check("scan", &crate::program::fixtures(), rows);
    }
}
