//! `hunt trust-store`: the authorities that a Linux system trusts.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use certsift::{
    Baseline, IndicatorTable, Severity, StoreCertificate, StoreChange, StoreFile, TextStyle, Time, TrustStore,
    TrustStoreOptions,
};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::Value;

use crate::cli::{IndicatorOptions, When, complain};

#[derive(Debug, Subcommand)]
pub(crate) enum StoreCommand {
    /// Match every authority, and tell what is odd. Exit status: 0 nothing of medium severity or more, 1 something, 2 wrong usage or
    /// nothing could be read, 3 nothing, and some files could not be read
    Scan(ScanArguments),
    /// Write the authorities that there are, so that `diff` and `scan` know them
    Baseline(BaselineArguments),
    /// Tell what has changed since a baseline. Exit status: 0 nothing, 1 something, 2 and 3 as of `scan`
    Diff(DiffArguments),
}

/// Which store is read, and what is usual in it.
#[derive(Debug, Args)]
pub(crate) struct StoreArguments {
    /// Take this folder for the root of the system, such as a mounted image. No link leads out of it
    #[arg(long, value_name = "DIR", default_value = "/")]
    pub(crate) root: PathBuf,
    /// Read also this anchor folder, a path inside of the root. Repeatable
    #[arg(long, value_name = "PATH")]
    folder: Vec<String>,
    #[command(flatten)]
    pub(crate) indicators: IndicatorOptions,
    /// Days below which an authority is young
    #[arg(long, value_name = "N", default_value_t = TrustStoreOptions::default().young_days)]
    young_days: u32,
    /// Days of validity above which an authority is long-lived
    #[arg(long, value_name = "N", default_value_t = TrustStoreOptions::default().long_lived_days)]
    long_lived_days: u32,
    /// The least bits of an RSA or DSA key
    #[arg(long, value_name = "N", default_value_t = TrustStoreOptions::default().least_key_bits)]
    least_key_bits: u32,
    /// The least bits of a key on an elliptic curve
    #[arg(long, value_name = "N", default_value_t = TrustStoreOptions::default().least_curve_bits)]
    least_curve_bits: u32,
}

/// How findings are told.
#[derive(Debug, Args)]
pub(crate) struct TellArguments {
    /// Form of the records [default: text on a terminal, ndjson otherwise]
    #[arg(long, value_enum)]
    format: Option<StoreFormat>,
    /// Write the records to a file
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Use colours in text
    #[arg(long, value_enum, default_value_t = When::Auto, value_name = "WHEN")]
    color: When,
    /// Exit with 0 also when something was found
    #[arg(long)]
    pub(crate) exit_zero: bool,
    /// End with a summary on standard error
    #[arg(long)]
    pub(crate) summary: bool,
    /// Leave out warnings
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// In text, tell also of what is known or usual
    #[arg(short, long)]
    verbose: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StoreFormat {
    /// For a person
    Text,
    /// One JSON object an authority
    Ndjson,
    /// One document of the Elastic Common Schema a finding
    Ecs,
}

#[derive(Debug, Args)]
pub(crate) struct ScanArguments {
    #[command(flatten)]
    store: StoreArguments,
    /// The authorities that are known. Without it, those that the distribution brings along
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    #[command(flatten)]
    tell: TellArguments,
}

#[derive(Debug, Args)]
pub(crate) struct BaselineArguments {
    #[command(flatten)]
    store: StoreArguments,
    /// Write the baseline to a file
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Leave out warnings
    #[arg(short, long)]
    quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DiffArguments {
    #[command(flatten)]
    store: StoreArguments,
    /// The authorities as they were
    #[arg(long, value_name = "FILE")]
    baseline: PathBuf,
    /// Write the baseline anew when everything is told, so that the next run tells of later changes alone
    #[arg(long)]
    update: bool,
    #[command(flatten)]
    tell: TellArguments,
}

/// Runs a command; answers its exit status, or what is wrong.
pub(crate) fn run(command: &StoreCommand) -> Result<u8, String> {
    match command {
        StoreCommand::Scan(arguments) => scan(arguments),
        StoreCommand::Baseline(arguments) => baseline(arguments),
        StoreCommand::Diff(arguments) => diff(arguments),
    }
}

fn scan(arguments: &ScanArguments) -> Result<u8, String> {
    let tell = &arguments.tell;
    let known = arguments.baseline.as_deref().map(read_baseline).transpose()?;
    let store = arguments.store.read(known, tell.quiet)?;
    let mut out = Telling::open(tell)?;
    let found: Vec<&StoreCertificate> = store.certificates.iter().filter(|one| is_finding(one)).collect();
    for one in &store.certificates {
        out.certificate(one);
    }
    out.files(&store.files);
    out.close()?;
    if tell.summary {
        let (all, files) = (store.certificates.len(), store.files_read);
        complain(&format!("{all} authorities in {files} files, {} of medium severity or more", found.len()));
    }
    Ok(exit_status(!found.is_empty(), &store, tell.exit_zero))
}

/// Whether an authority makes exit status 1.
fn is_finding(one: &StoreCertificate) -> bool {
    severity_of(one.severity.as_deref()).is_some_and(|severity| severity >= Severity::Medium)
}

pub(crate) fn severity_of(name: Option<&str>) -> Option<Severity> {
    Severity::ALL.into_iter().find(|severity| Some(severity.as_str()) == name)
}

fn baseline(arguments: &BaselineArguments) -> Result<u8, String> {
    let store = arguments.store.read(None, arguments.quiet)?;
    warn_of_files(&store.files, arguments.quiet);
    let text = store.baseline().to_text();
    match &arguments.output {
        Some(path) => replace(path, &text)?,
        None => quiet_pipe(io::stdout().lock().write_all(text.as_bytes()))?,
    }
    // A baseline that lacks what could not be read is told apart from a whole one.
    Ok(if store.has_errors() { 3 } else { 0 })
}

fn diff(arguments: &DiffArguments) -> Result<u8, String> {
    let tell = &arguments.tell;
    let before = read_baseline(&arguments.baseline)?;
    let store = arguments.store.read(Some(before.clone()), tell.quiet)?;
    let changes = store.changes_since(&before);
    let mut out = Telling::open(tell)?;
    for change in &changes {
        out.change(change);
    }
    out.close()?;
    // What is wrong with a file that has not changed is no change.
    let unread: Vec<StoreFile> = store.files.iter().filter(|file| file.error.is_some()).cloned().collect();
    warn_of_files(&unread, tell.quiet);
    if arguments.update && store.has_errors() {
        complain("the baseline is not written anew: some files could not be read");
    } else if arguments.update && !changes.is_empty() {
        replace(&arguments.baseline, &store.baseline().to_text())?;
    }
    if tell.summary {
        complain(&format!("{} authorities, {} changes", store.certificates.len(), changes.len()));
    }
    Ok(exit_status(!changes.is_empty(), &store, tell.exit_zero))
}

fn exit_status(found: bool, store: &TrustStore, exit_zero: bool) -> u8 {
    match () {
        () if exit_zero => 0,
        () if found => 1,
        () if store.has_errors() => 3,
        () => 0,
    }
}

impl StoreArguments {
    pub(crate) fn read(&self, baseline: Option<Baseline>, quiet: bool) -> Result<TrustStore, String> {
        let table = self.indicators.load(quiet).ok_or("the indicators cannot be read")?;
        self.read_with(&table, baseline)
    }

    pub(crate) fn read_with(&self, table: &IndicatorTable, baseline: Option<Baseline>) -> Result<TrustStore, String> {
        let mut options = TrustStoreOptions::default();
        options.folders.clone_from(&self.folder);
        options.baseline = baseline;
        options.young_days = self.young_days;
        options.long_lived_days = self.long_lived_days;
        options.least_key_bits = self.least_key_bits;
        options.least_curve_bits = self.least_curve_bits;
        let root = self.root.display();
        if !self.root.is_dir() {
            return Err(format!("{root}: no folder"));
        }
        let store = TrustStore::read(&self.root, &options, table);
        // A wrong root looks like a system whose authorities are all gone.
        if store.files_read == 0 {
            return Err(format!("{root}: no trust store in it"));
        }
        Ok(store)
    }
}

pub(crate) fn read_baseline(path: &Path) -> Result<Baseline, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Baseline::parse(&text).map_err(|error| format!("{}: {error}", path.display()))
}

/// Writes a file that is there wholly or not at all: half a baseline would be worse than an old one.
fn replace(path: &Path, text: &str) -> Result<(), String> {
    let told = |error: io::Error| format!("{}: {error}", path.display());
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let beside = path.with_file_name(name);
    fs::write(&beside, text).and_then(|()| fs::rename(&beside, path)).map_err(told)
}

fn warn_of_files(files: &[StoreFile], quiet: bool) {
    if !quiet {
        files.iter().for_each(|file| complain(file.to_text().trim_end()));
    }
}

/// Where records go, and in which form.
pub(crate) struct Telling {
    out: BufWriter<Box<dyn Write>>,
    pub(crate) format: StoreFormat,
    pub(crate) style: TextStyle,
    quiet: bool,
    pub(crate) now: Time,
    broken: Option<io::Error>,
}

impl Telling {
    pub(crate) fn open(tell: &TellArguments) -> Result<Self, String> {
        let stdout = io::stdout();
        let to_terminal = tell.output.is_none() && io::IsTerminal::is_terminal(&stdout);
        let mut style = TextStyle::default();
        style.color = match tell.color {
            When::Auto => to_terminal && tell.color.decide_color(&stdout),
            decided => decided.decide_color(&stdout),
        };
        style.verbose = tell.verbose;
        let out: Box<dyn Write> = match &tell.output {
            Some(path) => Box::new(fs::File::create(path).map_err(|error| format!("{}: {error}", path.display()))?),
            None => Box::new(stdout),
        };
        Ok(Self {
            out: BufWriter::new(out),
            format: tell.format.unwrap_or(if to_terminal { StoreFormat::Text } else { StoreFormat::Ndjson }),
            style,
            quiet: tell.quiet,
            now: TrustStoreOptions::default().at,
            broken: None,
        })
    }

    pub(crate) fn write(&mut self, text: &str) {
        if self.broken.is_none() {
            self.broken = self.out.write_all(text.as_bytes()).err();
        }
    }

    pub(crate) fn line(&mut self, json: &str) {
        self.write(json);
        self.write("\n");
    }

    fn certificate(&mut self, one: &StoreCertificate) {
        let severity = severity_of(one.severity.as_deref());
        match self.format {
            StoreFormat::Ndjson => self.line(&one.to_json_line()),
            StoreFormat::Text if self.style.verbose || severity >= Some(Severity::Medium) => {
                self.write(&one.to_text(self.style));
            }
            StoreFormat::Ecs if severity >= Some(Severity::Low) => {
                let document = one.to_ecs(self.now).as_ref().map(Value::to_string);
                document.iter().for_each(|document| self.line(document));
            }
            StoreFormat::Text | StoreFormat::Ecs => {}
        }
    }

    fn change(&mut self, change: &StoreChange) {
        match self.format {
            StoreFormat::Ndjson => self.line(&change.to_json_line()),
            StoreFormat::Text => self.write(&change.to_text(self.style)),
            StoreFormat::Ecs => self.line(&change.to_ecs(self.now).to_string()),
        }
    }

    fn files(&mut self, files: &[StoreFile]) {
        match self.format {
            StoreFormat::Ndjson => files.iter().for_each(|file| self.line(&file.to_json_line())),
            StoreFormat::Text | StoreFormat::Ecs => warn_of_files(files, self.quiet),
        }
    }

    pub(crate) fn close(mut self) -> Result<(), String> {
        let flushed = self.out.flush();
        quiet_pipe(self.broken.map_or(flushed, Err))
    }
}

/// Whoever read the output has seen enough.
pub(crate) fn quiet_pipe(written: io::Result<()>) -> Result<(), String> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(format!("output: {error}")),
        _ => Ok(()),
    }
}
