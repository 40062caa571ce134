//! [`TrustStore`]: the authorities that a Linux system trusts, read from its folders, live or as an image.

mod baseline;
mod ecs;
mod oddities;
mod place;
mod record;
mod root;
mod text;
mod well_known;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

pub use baseline::{Baseline, BaselineError, KnownCertificate, KnownPath, StoreChange};
use oddities::oddities;
use place::{PLACES, PlaceKind, StorePlace};
pub use record::{PlaceRecord, StoreCertificate, StoreFile, StoreFinding};
use root::Root;

use super::{ScanOptions, Worker};
use crate::asn1::time::Time;
use crate::error::ErrorKind;
use crate::file::ReadError;
use crate::indicators::indicator::Severity;
use crate::indicators::table::IndicatorTable;
use crate::limits::Limits;
use crate::report::matched::severity_of;
use crate::report::{Input, MatchRecord, Report, SCHEMA, Status};

/// How trust stores are read, and what is usual in them.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TrustStoreOptions {
    /// Limits on each file.
    pub limits: Limits,
    /// Files of more bytes are reported as errors, unread. Default 64 MiB: two hundred times the largest bundle in use.
    pub max_file_bytes: u64,
    /// Further anchor folders, as paths inside of the root.
    pub folders: Vec<String>,
    /// The authorities that somebody has looked at. Without them, those that the distribution brings along are known.
    pub baseline: Option<Baseline>,
    /// The time against which ages are told. Default: now.
    pub at: Time,
    /// Days below which an authority is young. Default 30.
    pub young_days: u32,
    /// Days of validity above which an authority is long-lived. Default 13,000: of the roots that Mozilla includes (2026) the longest is
    /// valid for 12,784, the next ones for some 11,000.
    pub long_lived_days: u32,
    /// The least bits of an RSA or DSA key. Default 2,048 (NIST SP 800-57 part 1, table 2).
    pub least_key_bits: u32,
    /// The least bits of a key on an elliptic curve. Default 224 (the same).
    pub least_curve_bits: u32,
}

impl Default for TrustStoreOptions {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            max_file_bytes: 64 << 20,
            folders: Vec::new(),
            baseline: None,
            at: time_of(SystemTime::now()),
            young_days: 30,
            long_lived_days: 13_000,
            least_key_bits: 2_048,
            least_curve_bits: 224,
        }
    }
}

impl TrustStoreOptions {
    /// The least bits of a key of an algorithm, where it has any.
    fn least_bits(&self, algorithm: &str) -> Option<u32> {
        match algorithm {
            "rsaEncryption" | "rsassaPss" | "dsa" => Some(self.least_key_bits),
            "ecPublicKey" => Some(self.least_curve_bits),
            _ => None,
        }
    }
}

/// What a system trusts.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TrustStore {
    /// The folder that was taken for its root, as given.
    pub root: String,
    /// Every certificate once, in the order of their places.
    pub certificates: Vec<StoreCertificate>,
    /// The files about which there is something else to say.
    pub files: Vec<StoreFile>,
    /// How many files were read.
    pub files_read: usize,
}

impl TrustStore {
    /// Reads the anchor folders and bundles below a folder that is taken for the root of a Linux system: `/`, or an image of one. No link leads
    /// out of it.
    ///
    /// What a file holds is told by its content, never by its name. Every certificate goes through `table`, and what is odd about it is
    /// told without.
    ///
    /// ```
    /// use certsift::{IndicatorTable, TrustStore, TrustStoreOptions};
    ///
    /// let root = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/trust_root");
    /// let store = TrustStore::read(root.as_ref(), &TrustStoreOptions::default(), &IndicatorTable::builtin());
    /// let high: Vec<_> = store.certificates.iter().filter(|one| one.severity.as_deref() == Some("high")).collect();
    /// assert_eq!(high[0].places[0].path, "/usr/local/share/ca-certificates/listed.crt");
    /// ```
    #[must_use]
    pub fn read(root: &Path, options: &TrustStoreOptions, table: &IndicatorTable) -> Self {
        let scan_options =
            ScanOptions { limits: options.limits, max_size: Some(options.max_file_bytes), ..ScanOptions::default() };
        let mut reading = Reading {
            root: Root::new(root),
            worker: Worker::new(&scan_options, table),
            read: BTreeMap::new(),
            store: Self {
                root: root.to_string_lossy().into_owned(),
                certificates: Vec::new(),
                files: Vec::new(),
                files_read: 0,
            },
            index: BTreeMap::new(),
        };
        let own = options.folders.iter().map(|path| StorePlace { path, kind: PlaceKind::Anchors });
        for place in own.chain(PLACES.iter().copied()) {
            reading.read_place(place);
        }
        let mut store = reading.store;
        store.judge(options);
        store
    }

    /// The anchor folder or bundle that a path of a Linux system lies in, if it does: whoever writes there changes what is trusted.
    ///
    /// ```
    /// use certsift::TrustStore;
    ///
    /// let place = TrustStore::place_of("/usr/local/share/ca-certificates/team/a.crt");
    /// assert_eq!(place, Some("/usr/local/share/ca-certificates"));
    /// assert_eq!(TrustStore::place_of("/usr/local/share/ca-certificates"), None, "the folder itself is none of its files");
    /// assert_eq!(TrustStore::place_of("/home/a.crt"), None);
    /// ```
    #[must_use]
    pub fn place_of(path: &str) -> Option<&'static str> {
        let path = Path::new(path);
        let holds = |place: &&StorePlace<'static>| {
            let is_file = place.path.ends_with(".crt") || place.path.ends_with(".pem");
            path.starts_with(place.path) && (is_file || path != Path::new(place.path))
        };
        PLACES.iter().filter(holds).map(|place| place.path).max_by_key(|place| place.len())
    }

    /// Whether some file could not be read.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.files.iter().any(|file| file.status == Status::Error || file.is_incomplete())
    }

    fn judge(&mut self, options: &TrustStoreOptions) {
        let lies_in =
            |one: &StoreCertificate, kind: PlaceKind| one.places.iter().any(|place| place.place_kind == kind.as_str());
        let has_distribution = self.certificates.iter().any(|one| lies_in(one, PlaceKind::Distribution));
        for one in &mut self.certificates {
            let (known, by) = match &options.baseline {
                Some(baseline) => (Some(baseline.knows(one.sha256())), "baseline"),
                None if lies_in(one, PlaceKind::Distribution) => (Some(true), "distribution"),
                // Of a system without a set of its own nobody says who is in its bundle; but somebody put this one there.
                None if has_distribution || lies_in(one, PlaceKind::Anchors) => (Some(false), "distribution"),
                None => (None, ""),
            };
            one.known = known;
            one.known_by = (known == Some(true)).then(|| by.to_owned());
            one.findings = oddities(&one.certificate, known, options);
            let of_findings = one.findings.iter().filter_map(|finding| severity_of(&finding.severity)).max();
            let of_matches = one.matches.iter().map(|found| severity_of_match(found, known)).max();
            one.severity = of_findings.max(of_matches).map(|severity| severity.as_str().to_owned());
        }
    }
}

/// An authority that an indicator names is bad, whatever else is known of it. A name that is only similar is a hint.
fn severity_of_match(found: &MatchRecord, known: Option<bool>) -> Severity {
    let stated = found.indicator.severity.as_deref().and_then(severity_of);
    match () {
        () if found.is_strong() => stated.max(Some(Severity::High)).unwrap_or(Severity::High),
        () if known == Some(true) => Severity::Low,
        () => Severity::Medium,
    }
}

/// What was read of one file.
struct ReadFile {
    /// Positions in the list of the store, and file offsets.
    certificates: Vec<(usize, u64)>,
    modified: Option<String>,
}

/// One store, while it is read.
struct Reading<'r> {
    root: Root,
    worker: Worker<'r>,
    /// Every file once, by its path without links.
    read: BTreeMap<PathBuf, ReadFile>,
    store: TrustStore,
    /// The position of each certificate, by its SHA-256.
    index: BTreeMap<String, usize>,
}

impl Reading<'_> {
    fn read_place(&mut self, place: StorePlace<'_>) {
        let entries = self.root.files(Path::new(place.path), |path| place.leaves_out(path));
        for entry in entries {
            let path = Input::from_path(&entry.path);
            let metadata = match entry.file {
                Ok(metadata) => metadata,
                Err(error) => {
                    let report = Report::from_error(Input::default(), &ReadError::Io(error));
                    self.tell_file(&path, &report);
                    continue;
                }
            };
            if !self.read.contains_key(&entry.path) {
                let file = self.read_file(&entry.path, &path, &metadata);
                self.read.insert(entry.path.clone(), file);
            }
            let Some(file) = self.read.get(&entry.path) else { continue };
            for (at, offset) in &file.certificates {
                let record = PlaceRecord {
                    path: path.path.clone(),
                    path_hex: path.path_hex.clone(),
                    offset: *offset,
                    place: place.path.to_owned(),
                    place_kind: place.kind.as_str().to_owned(),
                    modified: file.modified.clone(),
                };
                if let Some(one) = self.store.certificates.get_mut(*at) {
                    one.places.push(record);
                }
            }
        }
    }

    fn read_file(&mut self, path: &Path, shown: &Input, metadata: &Metadata) -> ReadFile {
        self.store.files_read = self.store.files_read.saturating_add(1);
        let report = self.worker.told(super::Found::File(self.root.outside(path)), &|report| report).own;
        let mut certificates = Vec::new();
        for record in &report.certificates {
            let matches = report.matches.iter().filter(|found| found.certificate == Some(record.index));
            let Some(sha256) = record.sha256.clone() else { continue };
            let next = self.store.certificates.len();
            let at = *self.index.entry(sha256).or_insert(next);
            if at == next {
                self.store.certificates.push(StoreCertificate {
                    schema: SCHEMA.to_owned(),
                    kind: "store_certificate".to_owned(),
                    root: self.store.root.clone(),
                    places: Vec::new(),
                    certificate: (**record).clone(),
                    known: None,
                    known_by: None,
                    matches: Vec::new(),
                    findings: Vec::new(),
                    severity: None,
                });
            }
            if let Some(one) = self.store.certificates.get_mut(at) {
                one.add_matches(matches);
            }
            certificates.push((at, record.offset));
        }
        self.tell_file(shown, &report);
        ReadFile { certificates, modified: metadata.modified().ok().map(|time| time_of(time).to_string()) }
    }

    /// Tells of a file where there is something to tell. That there are others than certificates in a store says nothing.
    fn tell_file(&mut self, path: &Input, report: &Report) {
        if report.error.is_none() && report.faults.is_empty() {
            return;
        }
        self.store.files.push(StoreFile {
            schema: SCHEMA.to_owned(),
            kind: "store_file".to_owned(),
            root: self.store.root.clone(),
            path: path.path.clone(),
            path_hex: path.path_hex.clone(),
            status: report.status,
            certificates: report.certificates.len(),
            error: report.error.clone(),
            faults: report.faults.clone(),
        });
    }
}

impl StoreFile {
    /// Whether a limit was reached, so that there may be certificates that nobody saw.
    fn is_incomplete(&self) -> bool {
        self.faults.iter().any(|fault| fault.code == LIMIT_REACHED)
    }
}

/// [`ErrorKind::LimitReached`], as records have it.
const LIMIT_REACHED: &str = ErrorKind::LimitReached { limit: crate::error::Limit::Entries }.code();

impl StoreCertificate {
    fn sha256(&self) -> &str {
        self.certificate.sha256.as_deref().unwrap_or_default()
    }

    /// The indicators that match, each once: the same certificate may lie in several files.
    fn add_matches<'m>(&mut self, matches: impl Iterator<Item = &'m MatchRecord>) {
        let mut known: BTreeSet<String> = self.matches.iter().map(|found| found.indicator.id.clone()).collect();
        for found in matches {
            if known.insert(found.indicator.id.clone()) {
                // Its place is told of the certificate.
                self.matches.push(MatchRecord { certificate: None, ..found.clone() });
            }
        }
    }
}

fn time_of(time: SystemTime) -> Time {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    Time::from_unix(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}
