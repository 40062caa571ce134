//! Runs of `scan`: how long, and how much memory.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Each run is repeated so often; the fastest counts.
pub(crate) const RUNS: usize = 7;

/// A folder of the bench's own.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("costs").join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// A folder that is filled once and kept for later runs.
pub(crate) fn filled(name: &str, fill: impl FnOnce(&Path)) -> PathBuf {
    let folder = folder(name);
    let done = folder.with_extension("done");
    if !done.exists() {
        fs::remove_dir_all(&folder).unwrap();
        fs::create_dir_all(&folder).unwrap();
        fill(&folder);
        fs::write(done, "").unwrap();
    }
    folder
}

/// `scan` with these arguments, its output thrown away.
fn scan(arguments: &[String]) -> Command {
    let bench = std::env::current_exe().expect("this program has a path");
    let release = bench.parent().and_then(Path::parent).expect("benches lie in <target>/release/deps");
    let program = release.join("examples/scan").with_extension(std::env::consts::EXE_EXTENSION);
    let mut command = Command::new(program);
    command.args(["--format", "ndjson", "--exit-zero", "--quiet"]).args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// A command line, its parts separated by blanks.
pub(crate) fn line(arguments: &str) -> Vec<String> {
    arguments.split_whitespace().map(str::to_owned).collect()
}

/// Seconds of a run: of processor time where Linux tells it, which another program on the machine changes little; all that went by
/// where it does not, or where several threads work.
fn once(arguments: &[String]) -> f64 {
    let start = Instant::now();
    let mut child = scan(arguments).spawn().expect("the example is built");
    let processor = if is_one_thread(arguments) { processor_time(&child) } else { None };
    let status = child.wait().unwrap();
    let took = start.elapsed();
    assert!(status.success(), "scan {} failed", arguments.join(" "));
    processor.unwrap_or(took).as_secs_f64()
}

fn is_one_thread(arguments: &[String]) -> bool {
    arguments.windows(2).any(|pair| pair == ["--jobs", "1"])
}

/// The processor time of a process when it has ended, which can be asked for until somebody waits for it.
fn processor_time(child: &Child) -> Option<Duration> {
    let file = |name: &str| fs::read_to_string(format!("/proc/{}/{name}", child.id())).ok();
    // The state follows the program's name, which is in brackets.
    while !file("stat")?.rsplit_once(") ")?.1.starts_with('Z') {
        std::thread::sleep(Duration::from_micros(500));
    }
    file("schedstat")?.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

/// Seconds of the fastest run of each command line, the runs of all of them taken in turn.
pub(crate) fn fastest(lines: &[Vec<String>]) -> Vec<f64> {
    let mut best = vec![f64::INFINITY; lines.len()];
    for _ in 0..RUNS {
        for (best, line) in best.iter_mut().zip(lines) {
            *best = best.min(once(line));
        }
    }
    best
}

/// The most memory that a run took, bytes. What Linux says; nothing elsewhere.
pub(crate) fn peak(arguments: &[String]) -> Option<u64> {
    let mut child = scan(arguments).spawn().expect("the example is built");
    let status = format!("/proc/{}/status", child.id());
    let mut peak = None;
    while child.try_wait().unwrap().is_none() {
        // The largest so far, so that little is missed between two looks.
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")?.strip_suffix("kB"));
        peak = peak.max(line.and_then(|kib| kib.trim().parse::<u64>().ok()).map(|kib| kib << 10));
        std::thread::sleep(Duration::from_millis(1));
    }
    peak
}

pub(crate) fn mebibytes(bytes: Option<u64>) -> String {
    bytes.map_or_else(|| "?".to_owned(), |bytes| format!("{} MiB", (bytes + (1 << 19)) >> 20))
}

/// A number of seconds, for people.
pub(crate) fn seconds(seconds: f64) -> String {
    match seconds {
        _ if seconds < 1e-3 => format!("{:.1} µs", seconds * 1e6),
        _ if seconds < 1.0 => format!("{:.1} ms", seconds * 1e3),
        _ => format!("{seconds:.2} s"),
    }
}

/// A number with commas.
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

pub(crate) fn row<T: AsRef<str>>(cells: impl IntoIterator<Item = T>) {
    let cells: Vec<T> = cells.into_iter().collect();
    println!("| {} |", cells.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(" | "));
}

pub(crate) fn header<T: AsRef<str>>(cells: impl IntoIterator<Item = T>) {
    let cells: Vec<T> = cells.into_iter().collect();
    row(&cells);
    row(cells.iter().map(|_| "---"));
}

/// Seconds for each of `count` more files: what `twice` as many take, less what `once` did, so that the start is no part of it.
pub(crate) fn slope(once: f64, twice: f64, count: usize) -> f64 {
    (twice - once) / count_of(count)
}

pub(crate) fn count_of(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::NAN, f64::from)
}
