//! Runs an example program, and gives it a folder of its own to run in.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, process};

/// A command line, its exit status, texts that standard output holds, and texts that standard error holds. No texts: the stream is
/// empty.
///
/// The command line is written as for a shell without quotes: `NAME=VALUE` before the arguments sets a variable, a last `<FILE`
/// is standard input.
pub(crate) type Row = (&'static str, i32, &'static [&'static str], &'static [&'static str]);

/// Runs every row in a folder.
pub(crate) fn check(program: &str, folder: &Path, rows: &[Row]) {
    for (line, status, stdout, stderr) in rows {
        let ran = run(program, folder, line);
        let shown = format!("{program} {line}\n{ran:#?}");
        assert_eq!(ran.status, *status, "exit status of {shown}");
        assert_holds(&ran.stdout, stdout, &format!("stdout of {shown}"));
        assert_holds(&ran.stderr, stderr, &format!("stderr of {shown}"));
        assert!(!ran.stderr.contains("panicked"), "{shown}");
    }
}

fn assert_holds(text: &str, expected: &[&str], shown: &str) {
    assert_eq!(text.is_empty(), expected.is_empty(), "{shown}");
    for part in expected {
        assert!(text.contains(part), "no {part:?} on {shown}");
    }
}

/// What a program left behind.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// The lines of standard output, sorted.
    pub(crate) fn sorted_lines(&self) -> Vec<&str> {
        let mut lines: Vec<&str> = self.stdout.lines().collect();
        lines.sort_unstable();
        lines
    }
}

/// Runs a command line in a folder.
pub(crate) fn run(program: &str, folder: &Path, line: &str) -> Ran {
    let mut command = command(program, folder);
    let mut words = line.split_whitespace().peekable();
    while let Some((name, value)) = words.peek().and_then(|word| word.split_once('=')) {
        command.env(name, value);
        words.next();
    }
    for word in words {
        match word.strip_prefix('<') {
            Some(input) => command.stdin(File::open(folder.join(input)).unwrap()),
            None => command.arg(word),
        };
    }
    let output = command.output().unwrap();
    Ran {
        status: output.status.code().expect("an exit status"),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A program, without standard input and without wishes about colours.
pub(crate) fn command(program: &str, folder: &Path) -> Command {
    let mut command = Command::new(example(program));
    command.current_dir(folder).env_remove("NO_COLOR").stdin(Stdio::null());
    command
}

/// Where cargo puts the examples: beside the folder `deps`, where this test is.
pub(crate) fn example(name: &str) -> PathBuf {
    let test = env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    let path = profile.join("examples").join(name).with_extension(env::consts::EXE_EXTENSION);
    assert!(path.is_file(), "there is no {}: run `cargo build --examples` first", path.display());
    path
}

/// The folder of fixtures.
pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// A new folder, gone when the test ends.
#[derive(Debug)]
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("certsift-cli-{}-{count}", process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// With copies of fixtures.
    pub(crate) fn with(names: &[&str]) -> Self {
        let scratch = Self::new();
        for name in names {
            scratch.copy(name, name);
        }
        scratch
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Copies a fixture to a path in the folder.
    pub(crate) fn copy(&self, fixture: &str, to: impl AsRef<Path>) {
        self.write(to, fs::read(fixtures().join(fixture)).unwrap());
    }

    pub(crate) fn write(&self, name: impl AsRef<Path>, bytes: impl AsRef<[u8]>) {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// The text of a file in the folder.
    pub(crate) fn read(&self, name: impl AsRef<Path>) -> String {
        fs::read_to_string(self.0.join(name)).unwrap()
    }

    /// The names of what lies in a folder of the folder, sorted.
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.0.join(folder)).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
