//! certsift beside its peers over the signed PE files of folders, in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Instant;

use certsift::SignedFile;

use crate::figures::{self, Spread};
use crate::readers::{self, Found, Read};
use crate::verdicts;

/// Samples of a file's time for each reader, in turn.
const SAMPLES: usize = 7;
/// What a sample takes, at least, by repetition. Seconds.
const SAMPLE: f64 = 30e-6;
/// How many files are listed of each kind of difference.
const LISTED: usize = 40;

const PEERS: [(&str, Read); 4] = [
    ("authenticode", readers::authenticode),
    ("goblin + x509-parser", readers::goblin_and_x509_parser),
    ("cms + x509-cert", readers::cms_and_x509_cert),
    ("YARA-X, pe module", readers::yara_x),
];

/// A file in memory.
pub(crate) struct Image {
    pub(crate) path: PathBuf,
    pub(crate) bytes: Vec<u8>,
}

/// What one peer did over all files.
#[derive(Default)]
struct Tally {
    certificates: usize,
    failures: Vec<(PathBuf, String)>,
    missed: Vec<(PathBuf, usize)>,
    /// What certsift does not find.
    beyond: Vec<(PathBuf, String)>,
    microseconds: Vec<f64>,
    ratios: Vec<f64>,
}

/// Prints the comparison; answers whether certsift finds all that any peer finds, and every different verdict is explained.
pub(crate) fn compare(folders: &[PathBuf]) -> bool {
    let images = images(folders);
    let signed: Vec<&Image> = images.iter().filter(|image| is_signed(&image.bytes)).collect();
    println!("{} files that begin like PE files, {} of them signed\n", images.len(), signed.len());
    assert!(!signed.is_empty(), "there is no signed PE file");
    // A peer that panics says so in the list of its failures.
    std::panic::set_hook(Box::new(|_| {}));
    let mut tallies: [Tally; PEERS.len()] = Default::default();
    let (mut found, mut microseconds) = (0, Vec::new());
    for image in &images {
        let (ours, _) = certificates(readers::certsift, &image.bytes);
        found += ours.len();
        let outcomes = PEERS.map(|(_, read)| certificates(read, &image.bytes));
        for (tally, (theirs, failure)) in tallies.iter_mut().zip(&outcomes) {
            tally.note(&image.path, &ours, theirs, failure.as_ref().filter(|_| !ours.is_empty()));
        }
        if is_signed(&image.bytes) {
            let fails = outcomes.map(|(_, failure)| failure.is_some());
            microseconds.push(time(&image.bytes, fails, &mut tallies));
        }
    }
    let _ = std::panic::take_hook();
    print_table(found, signed.len(), microseconds, &tallies);
    for ((name, _), tally) in PEERS.iter().zip(&tallies) {
        tally.list(name);
    }
    let is_complete = tallies.iter().all(|tally| tally.beyond.is_empty());
    verdicts::compare(&signed) && is_complete
}

fn print_table(found: usize, signed: usize, microseconds: Vec<f64>, tallies: &[Tally]) {
    let median = Spread::of(microseconds).median();
    println!("| reader | certificates | missed | only there | failures | µs a file | ratio a file |");
    println!("|---|---|---|---|---|---|---|");
    println!("| certsift | {found} | | | 0 of {signed} | {median:.2} | |");
    for ((name, _), tally) in PEERS.iter().zip(tallies) {
        let missed: usize = tally.missed.iter().map(|(_, count)| count).sum();
        let (microseconds, ratio) = (
            Spread::of(tally.microseconds.iter().copied()).median(),
            Spread::of(tally.ratios.iter().copied()).median(),
        );
        println!(
            "| {name} | {} | {missed} | {} | {} | {microseconds:.2} | {ratio:.1} |",
            tally.certificates,
            tally.beyond.len(),
            tally.failures.len(),
        );
        figures::tell(&format!("{name} to certsift"), ratio);
        figures::tell(&format!("{name}, certificates missed"), f64::from(u32::try_from(missed).unwrap()));
    }
    println!();
}

impl Tally {
    fn note(&mut self, path: &Path, ours: &BTreeSet<String>, theirs: &BTreeSet<String>, failure: Option<&String>) {
        self.certificates += theirs.len();
        self.failures.extend(failure.map(|failure| (path.to_owned(), failure.clone())));
        let missed = ours.difference(theirs).count();
        if missed > 0 {
            self.missed.push((path.to_owned(), missed));
        }
        self.beyond.extend(theirs.difference(ours).map(|one| (path.to_owned(), one.clone())));
    }

    fn list(&self, name: &str) {
        let mut by_reason: BTreeMap<&str, usize> = BTreeMap::new();
        self.failures.iter().for_each(|(_, reason)| *by_reason.entry(reason).or_default() += 1);
        by_reason.iter().for_each(|(reason, count)| eprintln!("{name}: fails on {count}: {reason}"));
        for (path, count) in self.missed.iter().take(LISTED) {
            eprintln!("{name}: misses {count} in {}", path.display());
        }
        if self.missed.len() > LISTED {
            eprintln!("{name}: misses some in {} more files", self.missed.len() - LISTED);
        }
        for (path, sha1) in &self.beyond {
            eprintln!("{name}: finds {sha1} in {}, and certsift does not", path.display());
        }
    }
}

/// Times certsift and the peers that read the file, in turn; answers certsift's time in microseconds.
fn time(image: &[u8], fails: [bool; PEERS.len()], tallies: &mut [Tally]) -> f64 {
    let ours = Timed::new(|| count(readers::certsift, image));
    let theirs = PEERS.map(|(_, read)| read).map(|read| move || count(read, image));
    let peers: Vec<_> = theirs.into_iter().zip(fails).map(|(run, fails)| (!fails).then(|| Timed::new(run))).collect();
    let mut samples: Vec<Vec<f64>> = vec![Vec::new(); PEERS.len()];
    let mut own = Vec::new();
    for _ in 0..SAMPLES {
        own.push(ours.sample());
        for (samples, peer) in samples.iter_mut().zip(&peers) {
            samples.extend(peer.as_ref().map(Timed::sample));
        }
    }
    let own = Spread::of(own).median();
    for (tally, samples) in tallies.iter_mut().zip(samples).filter(|(_, samples)| !samples.is_empty()) {
        let median = Spread::of(samples).median();
        tally.microseconds.push(median * 1e6);
        tally.ratios.push(median / own);
    }
    own * 1e6
}

/// Something that is repeated until it takes long enough to be timed.
pub(crate) struct Timed<F> {
    run: F,
    repetitions: u32,
}

impl<F: Fn() -> usize> Timed<F> {
    pub(crate) fn new(run: F) -> Self {
        let mut timed = Self { run, repetitions: 1 };
        let once = timed.sample();
        timed.repetitions = ((SAMPLE / once) as u32).clamp(1, 1_000);
        timed
    }

    /// Seconds that it takes once, when it ran just before: what others leave in the caches is not its cost.
    pub(crate) fn sample(&self) -> f64 {
        black_box((self.run)());
        let start = Instant::now();
        for _ in 0..self.repetitions {
            black_box((self.run)());
        }
        start.elapsed().as_secs_f64() / f64::from(self.repetitions)
    }
}

fn count(read: Read, image: &[u8]) -> usize {
    let mut count = 0;
    let mut sink = |found: Found<'_>| {
        black_box(&found);
        count += 1;
    };
    let _ = black_box(read(black_box(image), &mut sink));
    count
}

/// The SHA-1 of every certificate that the reader finds, and why it did not find all, where it says so.
fn certificates(read: Read, image: &[u8]) -> (BTreeSet<String>, Option<String>) {
    let mut found = BTreeSet::new();
    let mut sink = |one: Found<'_>| found.extend(one.sha1());
    let outcome = catch_unwind(AssertUnwindSafe(|| read(image, &mut sink)));
    let failure = outcome.unwrap_or_else(|_| Err("it panics".to_owned())).err();
    (found, failure)
}

fn is_signed(image: &[u8]) -> bool {
    SignedFile::parse(image).is_ok_and(|file| !file.signatures().is_empty())
}

/// The files that begin as PE files do, in order of their paths.
fn images(folders: &[PathBuf]) -> Vec<Image> {
    let walk = |folder: &PathBuf| walkdir::WalkDir::new(folder).sort_by_file_name().into_iter();
    let files = folders.iter().flat_map(walk).map(|entry| entry.unwrap());
    let files = files.filter(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path);
    files
        .map(|path| Image { bytes: std::fs::read(&path).unwrap(), path })
        .filter(|image| image.bytes.starts_with(b"MZ"))
        .collect()
}
