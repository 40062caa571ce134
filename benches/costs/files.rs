//! Time and memory against the number of files.

use std::fs;
use std::path::PathBuf;

use crate::measure::{count_of, fastest, filled, grouped, header, line, mebibytes, peak, row, seconds};

const COUNTS: [usize; 3] = [1_000, 10_000, 100_000];
/// Names of one file; file systems have a limit.
const NAMES: usize = 1_000;

/// A folder of a signed file under so many names.
fn folder_of(count: usize) -> PathBuf {
    filled(&format!("files-{count}"), |folder| {
        for number in 0..count {
            let path = folder.join(format!("{number}.exe"));
            let first = folder.join(format!("{}.exe", number - number % NAMES));
            if path == first || fs::hard_link(&first, &path).is_err() {
                fs::write(&path, include_bytes!("../../tests/fixtures/clean_signed.exe")).unwrap();
            }
        }
    })
}

pub(crate) fn many() {
    println!("A folder of signed files, every record written. The built-in table; peak memory of the whole process:\n");
    let runs = ["--jobs 1", "--jobs 2", "--jobs 8", "--jobs 2 --ordered", "--jobs 2 --progress always"];
    header(["files", "options", "a run", "a file", "peak memory"]);
    for count in COUNTS {
        let folder = folder_of(count);
        let lines = runs.map(|options| line(&format!("{options} {}", folder.display())));
        for ((options, line), took) in runs.iter().zip(&lines).zip(fastest(&lines)) {
            let each = seconds(took / count_of(count));
            row([grouped(count), format!("`{options}`"), seconds(took), each, mebibytes(peak(line))]);
        }
    }
}
