//! Time against the number of indicators: of each file, and of loading them.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use certsift::{IndicatorReader, IndicatorTable};

use crate::measure::{count_of, fastest, filled, folder, grouped, header, line, row, seconds, slope};
use crate::support::{cms, pe};

const COUNTS: [usize; 5] = [100, 1_000, 10_000, 100_000, 1_000_000];
/// Files in each of two folders.
const FILES: usize = 20_000;
/// One file in so many is signed with a certificate that every table names.
const HIT_EVERY: usize = 200;

/// A serial such as authorities give, another for each number.
fn serial(number: usize) -> String {
    let octets = |number: u64| number.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (number << 7);
    let number = u64::try_from(number).unwrap();
    format!("5a{:014x}{:016x}", octets(number + 1) >> 8, octets(number + (1 << 40)))
}

/// Rows as lists have them; the first are the certificates of files.
fn csv(count: usize) -> String {
    let mut text = "id,serial,organization,severity,family,source,reference,date\n".to_owned();
    for number in 0..count {
        let serial = if number < FILES / HIT_EVERY { serial(number * HIT_EVERY) } else { serial(number + 2 * FILES) };
        let (day, link) = (1 + number % 28, number % 5_000);
        writeln!(
            text,
            "i{number},{serial},Example Trading {number} LLC,high,Family{},list,https://example.org/report/{link},2024-05-{day:02}",
            number % 50,
        )
        .unwrap();
    }
    text
}

/// The rows of a table, as CSV and saved.
fn tables(count: usize) -> (PathBuf, PathBuf) {
    let folder = filled(&format!("table-{count}"), |folder| {
        let text = csv(count);
        let table = IndicatorTable::new(IndicatorReader::new("list.csv", text.as_bytes())).unwrap();
        fs::write(folder.join("list.csv"), &text).unwrap();
        fs::write(folder.join("saved.table"), table.as_bytes()).unwrap();
    });
    (folder.join("list.csv"), folder.join("saved.table"))
}

/// Files that differ in their certificates, from `first` on.
fn signed_files(name: &str, first: usize) -> PathBuf {
    filled(name, |folder| {
        for number in first..first + FILES {
            let issuer = cms::common_name(&format!("Issuer {}", number % 40));
            let subject =
                [(10, 0x13, format!("Example Trading {} LLC", number / HIT_EVERY)), (3, 0x13, number.to_string())];
            let subject: Vec<(u8, u8, &[u8])> =
                subject.iter().map(|(arc, tag, text)| (*arc, *tag, text.as_bytes())).collect();
            let signer = cms::certificate(&serial(number), "").issuer(issuer).subject(cms::name(&subject));
            fs::write(folder.join(format!("{number}.exe")), pe::signed(cms::signed_by(&signer).der())).unwrap();
        }
    })
}

fn scanning(table: &Path, folders: &[&Path], options: &str) -> Vec<String> {
    let folders = folders.iter().map(|folder| folder.display().to_string()).collect::<Vec<_>>().join(" ");
    line(&format!("--jobs 1 --no-builtin --indicators {} {options} {folders}", table.display()))
}

pub(crate) fn per_file() {
    let (one, two) = (signed_files("signed", 0), signed_files("signed-too", FILES));
    println!(
        "Signed files, all different, {} of them and twice as many; one in {HIT_EVERY} matches. Per file:\n",
        grouped(FILES)
    );
    header(["indicators", "every record", "ratio", "matches only", "ratio"]);
    let saved: Vec<PathBuf> = COUNTS.iter().map(|count| tables(*count).1).collect();
    let mut lines = Vec::new();
    for table in &saved {
        for options in ["", "--only matched"] {
            lines.push(scanning(table, &[&one], options));
            lines.push(scanning(table, &[&one, &two], options));
        }
    }
    let times = fastest(&lines);
    let slopes: Vec<f64> = times.chunks_exact(2).map(|pair| slope(pair[0], pair[1], FILES)).collect();
    for (count, both) in COUNTS.iter().zip(slopes.chunks_exact(2)) {
        let ratio = |index: usize| format!("{:.2}", both[index] / slopes[index]);
        row([grouped(*count), seconds(both[0]), ratio(0), seconds(both[1]), ratio(1)]);
    }
}

pub(crate) fn loading() {
    let empty = folder("empty");
    println!("Whole runs on an empty folder, from the start of the program to its end. Rows have eight columns.\n");
    header(["indicators", "CSV", "µs a row", "saved table"]);
    let mut lines = Vec::new();
    for count in COUNTS {
        let (text, saved) = tables(count);
        lines.extend([scanning(&text, &[&empty], ""), scanning(&saved, &[&empty], "")]);
    }
    for (count, times) in COUNTS.iter().zip(fastest(&lines).chunks_exact(2)) {
        let each = format!("{:.2}", times[0] / count_of(*count) * 1e6);
        row([grouped(*count), seconds(times[0]), each, seconds(times[1])]);
    }
}
