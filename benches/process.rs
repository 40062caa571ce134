//! Whole processes over signed PE files: `scan` on one thread against `floor`, which only opens every file and reads its headers and
//! certificate table; and two threads against one.
//!
//!     cargo build --release --examples && cargo bench --bench process -- FOLDER…
//!
//! The signed PE files of the folders are chosen; links to them, or copies, are put into a folder that all programs are handed. Runs
//! alternate, and each ratio is of neighbouring runs, so that a machine whose speed drifts does not matter. Without a folder the real
//! files of the corpus beside the repository are taken, or the fixtures.

#![expect(clippy::expect_used, reason = "a bench that cannot run has nothing to say")]
#![expect(clippy::as_conversions, clippy::arithmetic_side_effects, reason = "small numbers, for people")]

mod corpus;
mod figures;

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use figures::Spread;

const RUNS: usize = 21;
/// Below so many ticks of all runs of the floor together, a ratio says nothing.
const MIN_TICKS: f64 = 20.0;
/// Files of the larger folders, at least: what a process costs to start does not show there.
const MANY: usize = 5_000;
/// Indicators of the fixtures, which are about no real file.
const NONE_MATCHES: &str = "tests/fixtures/my_indicators.csv";
/// Files of the folder that is hashed, at least.
const HASHED: usize = 200;

fn main() {
    let folders = corpus::folders();
    let images = corpus::signed_images(&folders);
    println!("{} signed PE files of {} folders; {RUNS} pairs of runs a row, warm\n", images.len(), folders.len());
    let once = Folder::new("once", images);
    let many = once.repeated("many", MANY);
    let hashed = once.repeated("hashed", HASHED);

    println!(
        "| `scan`, one thread, against the floor | files | floor, µs a file | median ratio | lowest | highest | CPU time |"
    );
    println!("|---|---|---|---|---|---|---|");
    for (folder, size) in [(&once, "once"), (&many, "many")] {
        let ways = [
            ("every record", &[][..]),
            ("matches only", &["--only", "matched"]),
            // Those of the built-in table match in one file of ten of the corpus, which are told in full.
            (
                "matches only, of which there are none",
                &["--only", "matched", "--no-builtin", "--indicators", NONE_MATCHES],
            ),
        ];
        for (writes, extra) in ways {
            against_floor(folder, size, writes, extra);
        }
    }

    println!(
        "\n| two threads against one | files | ms on one | median ratio | lowest | highest |\n|---|---|---|---|---|---|"
    );
    against_one_thread(&many, "every record", &[]);
    against_one_thread(&many, "in detail", &["--detail"]);
    against_one_thread(&hashed, "hashed", &["--hash"]);
    two_processes(&hashed, &["--hash"]);
    for folder in [once, many, hashed] {
        std::fs::remove_dir_all(folder.path).expect("the folder is there");
    }
}

/// Files that programs are handed.
struct Folder {
    path: PathBuf,
    files: Vec<PathBuf>,
}

impl Folder {
    fn new(name: &str, files: Vec<PathBuf>) -> Self {
        let path = corpus::scratch(name);
        let files = corpus::gather(&files, &path);
        Self { path, files }
    }

    /// The same files over and over, until there are at least so many.
    fn repeated(&self, name: &str, at_least: usize) -> Self {
        let rounds = at_least.div_ceil(self.files.len());
        Self::new(name, std::iter::repeat_n(&self.files, rounds).flatten().cloned().collect())
    }
}

fn against_floor(folder: &Folder, size: &str, writes: &str, extra: &[&str]) {
    let (mut floors, mut cpu) = (Vec::new(), [0.0; 2]);
    let ratios = Spread::of_ratios(RUNS, || {
        let before = cpu_time();
        let floor = time(&mut floor(folder));
        let between = cpu_time();
        let scan = time(&mut scan(folder, 1, extra));
        floors.push(floor.as_secs_f64() * 1e6 / folder.files.len() as f64);
        cpu = [cpu[0] + between - before, cpu[1] + cpu_time() - between];
        (scan, floor)
    });
    let floor = Spread::of(floors).median();
    let cpu = (cpu[0] >= MIN_TICKS).then(|| cpu[1] / cpu[0]);
    let shown = cpu.map_or_else(String::new, |cpu| format!("{cpu:.2}"));
    println!("| {writes} | {} | {floor:.1} | {} | {shown} |", folder.files.len(), cells(&ratios));
    figures::tell(&format!("scan to floor, {writes}, {size}"), ratios.median());
    if let Some(cpu) = cpu {
        figures::tell(&format!("scan to floor, {writes}, {size}, CPU time"), cpu);
    }
}

/// Ticks of the clock that finished children took of any processor, which a busy machine does not lengthen; from proc(5), and 0
/// where there is none. A tick is a hundredth of a second: only sums of many runs say something.
fn cpu_time() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program, in brackets, may hold blanks. cutime and cstime are fields 16 and 17 of all, 13 and 14 behind it.
    let fields = text.rsplit_once(')').map(|(_, rest)| rest.split_ascii_whitespace().skip(13).take(2));
    fields.into_iter().flatten().filter_map(|field| field.parse::<f64>().ok()).sum()
}

fn against_one_thread(folder: &Folder, name: &str, extra: &[&str]) {
    let mut singles = Vec::new();
    let ratios = Spread::of_ratios(RUNS, || {
        let one = time(&mut scan(folder, 1, extra));
        singles.push(one.as_secs_f64() * 1e3);
        (one, time(&mut scan(folder, 2, extra)))
    });
    println!("| {name} | {} | {:.0} | {} |", folder.files.len(), Spread::of(singles).median(), cells(&ratios));
    figures::tell(&format!("two threads to one, {name}"), ratios.median());
}

/// What the machine has to give just now: two processes of one thread each, after each other against at once.
fn two_processes(folder: &Folder, extra: &[&str]) {
    let ratios = Spread::of_ratios(RUNS, || {
        let start = Instant::now();
        let both = [(); 2].map(|()| start_child(&mut scan(folder, 1, extra)));
        both.into_iter().for_each(finish);
        let at_once = start.elapsed();
        (time(&mut scan(folder, 1, extra)) + time(&mut scan(folder, 1, extra)), at_once)
    });
    println!("| *two processes at once* | {} | | {} |", folder.files.len(), cells(&ratios));
    figures::tell("two processes at once", ratios.median());
}

fn cells(spread: &Spread) -> String {
    format!("{:.2} | {:.2} | {:.2}", spread.median(), spread.lowest(), spread.highest())
}

fn floor(folder: &Folder) -> Command {
    let mut command = Command::new(corpus::program("floor"));
    command.arg(&folder.path);
    command
}

fn scan(folder: &Folder, jobs: u16, extra: &[&str]) -> Command {
    let mut command = Command::new(corpus::program("scan"));
    let jobs = jobs.to_string();
    command.args(["--jobs", &jobs, "--format", "ndjson", "--exit-zero", "--quiet"]).args(extra).arg(&folder.path);
    command
}

/// Time of one run, its output thrown away.
fn time(command: &mut Command) -> Duration {
    let start = Instant::now();
    finish(start_child(command));
    start.elapsed()
}

fn start_child(command: &mut Command) -> Child {
    command.stdout(Stdio::null()).spawn().expect("the example is built: cargo build --release --examples")
}

fn finish(mut child: Child) {
    assert!(child.wait().expect("the example runs").success(), "an example failed");
}
