//! Whole processes: `scan` on one thread against `floor`, which only opens every file and reads its headers and certificate table.
//!
//!     cargo build --release --examples && cargo bench --bench process -- FOLDER
//!
//! Both run in turn; each ratio is of two neighbouring runs, so that a machine whose speed drifts does not matter.

#![expect(clippy::expect_used, reason = "a bench that cannot run has nothing to say")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const RUNS: usize = 21;

fn main() {
    let folders: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let folders = if folders.is_empty() { vec!["tests/fixtures".to_owned()] } else { folders };
    let scan = ["--jobs", "1", "--format", "ndjson", "--exit-zero", "--quiet"];
    println!("whole processes, one thread, {RUNS} pairs of runs over {}", folders.join(" "));
    println!("| scan writes | median ratio to the floor | lowest | highest |\n|---|---|---|---|");
    for (name, extra) in [("every record", &[][..]), ("matches only", &["--only", "matched"])] {
        let arguments: Vec<&str> =
            scan.iter().chain(extra).copied().chain(folders.iter().map(String::as_str)).collect();
        let floor_arguments: Vec<&str> = folders.iter().map(String::as_str).collect();
        let mut ratios: Vec<f64> = (0..=RUNS)
            .map(|_| {
                let floor = run("floor", &floor_arguments);
                run("scan", &arguments).as_secs_f64() / floor.as_secs_f64()
            })
            // The first pair warms the caches.
            .skip(1)
            .collect();
        ratios.sort_by(f64::total_cmp);
        let at = |index: usize| ratios.get(index).copied().unwrap_or(f64::NAN);
        println!("| {name} | {:.2} | {:.2} | {:.2} |", at(RUNS / 2), at(0), at(RUNS.saturating_sub(1)));
    }
}

/// Time of one run of an example program, its output thrown away.
fn run(example: &str, arguments: &[&str]) -> Duration {
    let start = Instant::now();
    let status = Command::new(program(example)).args(arguments).stdout(Stdio::null()).status();
    let took = start.elapsed();
    assert!(status.expect("the example is built").success(), "{example} failed");
    took
}

/// The example beside this bench: `<target>/release/examples/<name>`.
fn program(example: &str) -> PathBuf {
    let bench = std::env::current_exe().expect("this program has a path");
    let release = bench.parent().and_then(Path::parent).expect("benches lie in <target>/release/deps");
    release.join("examples").join(example).with_extension(std::env::consts::EXE_EXTENSION)
}
