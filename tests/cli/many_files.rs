//! `scan` on more files than fit anywhere: records come as they are made, whoever reads slowly is waited for, memory and open files stay
//! bounded.

use std::fs;
use std::path::Path;

use crate::program::{Scratch, run};

/// A folder `files` with many names of a fixture, or copies of it where a file has no more names.
pub(crate) fn many(fixture: &str, count: usize) -> Scratch {
    let scratch = Scratch::with(&[fixture]);
    let (one, files) = (scratch.path().join(fixture), scratch.path().join("files"));
    fs::create_dir(&files).unwrap();
    for number in 0..count {
        give_name(&one, &files.join(format!("{number}.exe")));
    }
    scratch
}

fn give_name(file: &Path, name: &Path) {
    if fs::hard_link(file, name).is_err() {
        fs::copy(file, name).unwrap();
    }
}

#[test]
fn threads_keep_the_order_that_is_asked_for() {
    let scratch = many("unsigned.exe", 300);
    for number in 0..300 {
        give_name(&scratch.path().join("unsigned.exe"), &scratch.path().join(format!("files/{}.dll", number * 7)));
    }
    let alone = run("scan", scratch.path(), "--ordered --jobs 1 files files").stdout;
    assert_eq!(alone.lines().count(), 1_200);
    for jobs in ["2", "4", "4", "16"] {
        let ran = run("scan", scratch.path(), &format!("--ordered --jobs {jobs} files files"));
        assert!(ran.stdout == alone, "--jobs {jobs}");
    }
}

/// A folder in a folder in a folder: what is open does not grow with the depth.
#[cfg(unix)]
#[test]
fn few_files_are_open_at_once() {
    use std::process::Command;

    const LEVELS: usize = 300;
    let scratch = many("unsigned.exe", 2_000);
    let mut folder = scratch.path().join("deep");
    for _ in 0..LEVELS {
        fs::create_dir(&folder).unwrap();
        give_name(&scratch.path().join("unsigned.exe"), &folder.join("a.exe"));
        folder.push("d");
    }
    for options in ["--jobs 8", "--jobs 8 --ordered", "--jobs 1"] {
        let mut limited = Command::new("sh");
        let program = crate::program::example("scan");
        limited.args(["-c", "ulimit -n 64; exec \"$@\"", "sh"]).arg(program).args(options.split(' '));
        let output = limited.args(["deep", "files"]).current_dir(scratch.path()).output().unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0), "{options}: {}", String::from_utf8_lossy(&output.stderr));
        let read = stdout.lines().filter(|line| line.contains("\"status\":\"no_signature\"")).count();
        assert_eq!(read, 2_000 + LEVELS, "{options}");
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::io::{BufRead, BufReader, Read, Write};
    use std::process::{Child, ChildStdout, Command, Stdio};
    use std::thread;
    use std::time::{Duration, Instant};

    use super::*;
    use crate::program::{check, command, fixtures};

    /// Long enough for a busy machine, not for a program that never answers.
    const PATIENCE: Duration = Duration::from_secs(60);

    /// A pipe with a name: whoever opens it waits for the other end.
    fn make_fifo(scratch: &Scratch, name: &str) {
        assert!(Command::new("mkfifo").arg(scratch.path().join(name)).status().unwrap().success());
    }

    /// Lets the reader of a pipe go on to its end.
    fn release(scratch: &Scratch, name: &str) {
        drop(fs::OpenOptions::new().write(true).open(scratch.path().join(name)).unwrap());
    }

    fn spawn(scratch: &Scratch, options: &str) -> (Child, BufReader<ChildStdout>) {
        let mut command = command("scan", scratch.path());
        command.args(options.split_whitespace()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        (child, stdout)
    }

    /// What the kernel says of a process.
    fn number(child: &Child, file: &str, field: &str) -> u64 {
        let text = fs::read_to_string(format!("/proc/{}/{file}", child.id())).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':')).unwrap();
        line.trim().trim_end_matches(" kB").trim().parse().unwrap()
    }

    /// Ends a child that a test would wait for in vain.
    fn watch(child: &Child) -> impl Drop + use<> {
        struct Watch(std::sync::mpsc::Sender<()>);
        impl Drop for Watch {
            fn drop(&mut self) {
                let _ = self.0.send(());
            }
        }
        let (done, is_done) = std::sync::mpsc::channel();
        let id = child.id().to_string();
        thread::spawn(move || {
            if is_done.recv_timeout(PATIENCE).is_err() {
                let _ = Command::new("kill").args(["-9", &id]).status();
            }
        });
        Watch(done)
    }

    #[test]
    fn whoever_writes_the_list_may_wait_for_each_answer() {
        let scratch = Scratch::with(&["unsigned.exe", "clean_signed.exe"]);
        for options in ["--jobs 1", "--jobs 2", "--jobs 2 --ordered", "--jobs 2 -0", "--format text"] {
            let (mut child, mut stdout) = spawn(&scratch, &format!("--files-from - {options}"));
            let watch = watch(&child);
            let mut stdin = child.stdin.take().unwrap();
            let end = if options.contains("-0") { "\0" } else { "\n" };
            for name in ["unsigned.exe", "no_such_file", "clean_signed.exe", "unsigned.exe"] {
                stdin.write_all(format!("{name}{end}").as_bytes()).unwrap();
                let mut record = String::new();
                stdout.read_line(&mut record).unwrap();
                assert!(record.contains(name), "{options}: no answer about {name} but {record:?}");
            }
            drop(stdin);
            let mut rest = String::new();
            stdout.read_to_string(&mut rest).unwrap();
            assert_eq!((&*rest, child.wait().unwrap().code()), ("", Some(3)), "{options}");
            drop(watch);
        }
    }

    #[test]
    fn records_do_not_wait_for_a_slow_file() {
        let scratch = many("unsigned.exe", 1_000);
        make_fifo(&scratch, "slow");
        for options in ["--jobs 1 unsigned.exe slow", "--jobs 2 files slow", "--jobs 2 --ordered files slow files"] {
            let (mut child, mut stdout) = spawn(&scratch, options);
            let watch = watch(&child);
            let count = if options.contains("files") { 1_000 } else { 1 };
            for number in 0..count {
                let mut record = String::new();
                stdout.read_line(&mut record).unwrap();
                assert!(record.ends_with("}\n"), "{options}: record {number} is {record:?}");
            }
            assert!(child.try_wait().unwrap().is_none(), "{options}");
            release(&scratch, "slow");
            let mut rest = String::new();
            stdout.read_to_string(&mut rest).unwrap();
            assert_eq!(rest.lines().count(), if options.ends_with("files") { 1_001 } else { 1 }, "{options}");
            assert!(child.wait().unwrap().success(), "{options}");
            drop(watch);
        }
    }

    #[test]
    fn a_reader_that_stops_stops_the_scan_and_then_has_every_record() {
        const COUNT: usize = 4_000;
        let scratch = many("unsigned.exe", COUNT);
        for options in ["--jobs 1", "--jobs 2", "--jobs 8 --ordered"] {
            let (mut child, mut stdout) = spawn(&scratch, &format!("{options} files files files"));
            let watch = watch(&child);
            // Octets that were read: no less than 1 KiB a file.
            let mut before = 0;
            let start = Instant::now();
            let read = loop {
                thread::sleep(Duration::from_millis(300));
                let read = number(&child, "io", "rchar");
                if read == before {
                    break read;
                }
                before = read;
                assert!(start.elapsed() < PATIENCE, "{options}: still reading");
            };
            let all = u64::try_from(3 * COUNT).unwrap() * 1_024;
            assert!(read > 50_000 && read < all / 2, "{options}: {read} octets read");
            assert!(number(&child, "status", "VmHWM") < 48 << 10, "{options}");
            let mut rest = String::new();
            stdout.read_to_string(&mut rest).unwrap();
            assert_eq!(rest.lines().count(), 3 * COUNT, "{options}");
            assert!(child.wait().unwrap().success(), "{options}");
            drop(watch);
        }
    }

    #[test]
    fn memory_does_not_grow_with_the_number_of_files() {
        /// KiB.
        const MOST: u64 = 64 << 10;
        /// What forty times as many files may add: room for noise, and for the names of the largest folder where they are sorted.
        const GROWTH: u64 = 8 << 10;
        let (few, lots) = (100, 4_000);
        let peak = |scratch: &Scratch, count: usize, options: &str| {
            make_fifo(scratch, "last");
            let (mut child, mut stdout) = spawn(scratch, &format!("{options} files last"));
            let watch = watch(&child);
            let mut record = String::new();
            for _ in 0..count {
                record.clear();
                stdout.read_line(&mut record).unwrap();
                assert!(record.contains("\"status\":\"signed\""), "{options}: {record}");
            }
            // All are told of, and the program waits for the pipe.
            let peak = number(&child, "status", "VmHWM");
            release(scratch, "last");
            fs::remove_file(scratch.path().join("last")).unwrap();
            stdout.read_to_string(&mut record).unwrap();
            assert_eq!(child.wait().unwrap().code(), Some(0), "{options}");
            drop(watch);
            peak
        };
        let (few_files, lots_of_files) = (many("clean_signed.exe", few), many("clean_signed.exe", lots));
        for options in ["--jobs 1", "--jobs 8", "--jobs 2 --ordered"] {
            let (small, large) = (peak(&few_files, few, options), peak(&lots_of_files, lots, options));
            eprintln!("{options}: {small} KiB for {few} files, {large} KiB for {lots}");
            assert!(large < MOST && large < small + GROWTH, "{options}: {small} KiB, then {large} KiB");
        }
    }

    #[test]
    fn a_disk_that_fills_up_is_told() {
        check("scan", &fixtures(), &[("--output /dev/full unsigned.exe", 2, &[], &["output: "])]);
        let scratch = many("unsigned.exe", 1_000);
        for options in ["--jobs 1", "--jobs 2", "--ordered"] {
            let ran = run("scan", scratch.path(), &format!("--output /dev/full {options} files files"));
            assert_eq!((ran.status, &*ran.stdout), (2, ""), "{options}");
            assert!(ran.stderr.starts_with("output: ") && ran.stderr.lines().count() == 1, "{options}: {}", ran.stderr);
        }
    }
}
