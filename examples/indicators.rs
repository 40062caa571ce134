//! Indicators as data: what is wrong with them, in other tools' forms, counted, learned from a signed file, matched against what other
//! tools say about files.
//!
//!     cargo run --release --example indicators -- lint FILE…

#![expect(clippy::arithmetic_side_effects, reason = "counts of indicators do not overflow")]

use std::io::{self, BufWriter, ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use certsift::{ExportFormat, Indicator, IndicatorTable, Limits, LossKind, SignatureData, export_indicators, lint};
use clap::{Args, Parser, Subcommand, ValueEnum};
use serde_json::json;

mod cli;
mod indicator_stats;
mod observed;

use cli::{IndicatorOptions, List, complain, read_file, read_indicators};
use observed::Outcome;

/// Reads lists and rules of abused certificates: what is wrong with them, in other tools' forms, counted, learned.
///
/// Reads CSV and JSON lines of our own, the lists of abuse.ch, CertGraveyard and Microsoft Defender, YARA rules, WDAC policies, LOLDrivers,
/// ClamAV .crb, MISP, STIX, and saved tables, told apart by content. Exit status: 0 done, 1 something found, 2 wrong usage or a file that is wrong.
#[derive(Debug, Parser)]
#[command(name = "indicators", version, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Leave out warnings
    #[arg(short, long, global = true)]
    quiet: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Tell every dead, dangerous or damaged entry, why, and what would mend it. Exits with 1 when there is one
    Lint {
        #[command(flatten)]
        files: Files,
        /// Form of the findings [default: text on a terminal, ndjson otherwise]
        #[arg(long, value_enum)]
        format: Option<Form>,
    },
    /// Write the indicators in another form; what it cannot say is told on standard error
    Convert {
        #[command(flatten)]
        files: Files,
        /// The form: csv, json, yara, yara-x, kql, eql, sigma, wdac, clamav, stix, misp, mde
        #[arg(long, value_name = "FORM")]
        to: ExportFormat,
        /// Write to a file
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Count the indicators by source, condition and strength
    Stats {
        #[command(flatten)]
        files: Files,
        /// Form of the counts [default: text on a terminal, ndjson otherwise]
        #[arg(long, value_enum)]
        format: Option<Form>,
    },
    /// Make complete indicators of the certificates that signed a file
    Learn {
        /// Signed files; - for standard input
        #[arg(required = true, value_name = "SAMPLE")]
        samples: Vec<PathBuf>,
        /// The form, as for convert
        #[arg(long, value_name = "FORM", default_value = "json")]
        to: ExportFormat,
    },
    /// Match what other tools say about signed files, without the files: JSON of VirusTotal, osquery, Velociraptor, Defender
    /// (DeviceFileCertificateInfo), ECS or OCSF. Exits with 1 when an indicator matches
    Match {
        /// Documents; - for standard input
        #[arg(required = true, value_name = "DOCUMENT")]
        documents: Vec<PathBuf>,
        #[command(flatten)]
        indicators: IndicatorOptions,
        /// Form of the records [default: text on a terminal, ndjson otherwise]
        #[arg(long, value_enum)]
        format: Option<Form>,
        /// Which records to write
        #[arg(long, value_enum)]
        only: Option<Only>,
    },
    /// Save the indicators as a table that a scanner loads in milliseconds: scan --no-builtin --indicators TABLE
    Compile {
        #[command(flatten)]
        files: Files,
        /// Where to
        #[arg(long, value_name = "TABLE")]
        output: PathBuf,
    },
}

#[derive(Debug, Args)]
struct Files {
    /// Files of indicators; - for standard input
    #[arg(value_name = "FILE", required_unless_present = "builtin")]
    files: Vec<PathBuf>,
    /// The built-in indicators too
    #[arg(long)]
    builtin: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Text,
    Ndjson,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Only {
    Matched,
}

impl Form {
    fn or_default(form: Option<Self>) -> Self {
        form.unwrap_or(if io::stdout().is_terminal() { Self::Text } else { Self::Ndjson })
    }
}

/// An indicator and where it was read.
struct Entry {
    file: String,
    line: Option<u64>,
}

/// What the files hold.
#[derive(Default)]
struct Read {
    indicators: Vec<Indicator>,
    /// Where each was read.
    entries: Vec<Entry>,
    /// Whether a file is wrong.
    failed: bool,
}

impl Read {
    fn add(&mut self, file: &str, list: List) {
        let lines = match &list {
            List::Import(import) => import.lines.iter().copied().map(Some).collect(),
            List::Table(table) => vec![None; table.len()],
        };
        self.entries.extend(lines.into_iter().map(|line| Entry { file: file.to_owned(), line }));
        self.indicators.extend(list.into_indicators());
    }
}

impl Files {
    fn read(&self, quiet: bool) -> Read {
        let mut read = Read::default();
        if self.builtin {
            read.add("built-in", List::Table(IndicatorTable::builtin()));
        }
        for path in &self.files {
            let file = read_indicators(path, quiet);
            read.failed |= !file.is_whole;
            if let Some(list) = file.list {
                read.add(&path.to_string_lossy(), list);
            }
        }
        read
    }
}

const DONE: u8 = 0;
const FOUND: u8 = 1;
const WRONG: u8 = 2;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(status) => ExitCode::from(status),
        // Whoever reads has read enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error.to_string());
            ExitCode::from(WRONG)
        }
    }
}

fn run(arguments: &Arguments) -> io::Result<u8> {
    let quiet = arguments.quiet;
    match &arguments.command {
        Command::Lint { files, format } => tell_findings(&files.read(quiet), Form::or_default(*format)),
        Command::Convert { files, to, output } => convert(&files.read(quiet), *to, output.as_deref(), quiet),
        Command::Stats { files, format } => {
            let read = files.read(quiet);
            if read.failed && read.indicators.is_empty() {
                return Ok(WRONG);
            }
            let table = build(&read.indicators)?;
            let counts = indicator_stats::count(&read.indicators, table.as_bytes().len());
            let mut out = BufWriter::new(io::stdout().lock());
            match Form::or_default(*format) {
                Form::Text => out.write_all(indicator_stats::text(&counts).as_bytes())?,
                Form::Ndjson => writeln!(out, "{counts}")?,
            }
            out.flush()?;
            Ok(status_of(&read))
        }
        Command::Learn { samples, to } => learn(samples, *to, quiet),
        Command::Match { documents, indicators, format, only } => {
            let Some(table) = indicators.load(quiet) else { return Ok(WRONG) };
            let is_text = Form::or_default(*format) == Form::Text;
            let telling = observed::Telling { is_text, only_matched: only.is_some() };
            let outcome = observed::tell(documents, &table, &telling)?;
            Ok(match outcome {
                Outcome { has_match: true, .. } => FOUND,
                Outcome { failed: true, .. } => WRONG,
                Outcome { .. } => DONE,
            })
        }
        Command::Compile { files, output } => {
            let read = files.read(quiet);
            if read.failed {
                return Ok(WRONG);
            }
            let table = IndicatorTable::new(read.indicators).map_err(io::Error::other)?;
            write_file(output, table.as_bytes())?;
            if !quiet {
                complain(&format!("{} indicators, {} bytes", table.len(), table.as_bytes().len()));
            }
            Ok(DONE)
        }
    }
}

const fn status_of(read: &Read) -> u8 {
    if read.failed { WRONG } else { DONE }
}

fn build(indicators: &[Indicator]) -> io::Result<IndicatorTable> {
    IndicatorTable::new(indicators.iter().cloned()).map_err(io::Error::other)
}

fn write_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    std::fs::write(path, bytes).map_err(|error| io::Error::other(format!("{}: {error}", path.display())))
}

fn tell_findings(read: &Read, form: Form) -> io::Result<u8> {
    let findings = lint(&read.indicators);
    let mut out = BufWriter::new(io::stdout().lock());
    for finding in &findings {
        let (Some(indicator), Some(entry)) =
            (read.indicators.get(finding.indicator), read.entries.get(finding.indicator))
        else {
            continue;
        };
        let (cause, id) = (finding.cause, &indicator.metadata.id);
        if form == Form::Ndjson {
            let record = json!({
                "file": entry.file, "line": entry.line, "id": id, "harm": cause.harm().as_str(), "cause": cause.as_str(),
                "detail": finding.detail, "meaning": cause.meaning(), "repair": finding.repair,
            });
            writeln!(out, "{record}")?;
            continue;
        }
        let line = entry.line.map_or_else(String::new, |line| format!(":{line}"));
        let mut text = format!("{}{line}: {id}: {}, {cause}", entry.file, cause.harm().as_str());
        if !finding.detail.is_empty() {
            text.push_str(&format!(": {}", finding.detail));
        }
        writeln!(out, "{}", certsift::escape(&text))?;
        writeln!(out, "    {}", cause.meaning())?;
        if let Some(repair) = &finding.repair {
            writeln!(out, "    mend: {}", certsift::escape(repair))?;
        }
    }
    out.flush()?;
    let told: std::collections::BTreeSet<usize> = findings.iter().map(|finding| finding.indicator).collect();
    if form == Form::Text {
        complain(&format!("{} findings about {} of {} indicators", findings.len(), told.len(), read.indicators.len()));
    }
    Ok(if read.failed {
        WRONG
    } else if findings.is_empty() {
        DONE
    } else {
        FOUND
    })
}

fn convert(read: &Read, to: ExportFormat, output: Option<&Path>, quiet: bool) -> io::Result<u8> {
    // What is wrong is told; the other rows are as good as ever.
    if read.failed && read.indicators.is_empty() {
        return Ok(WRONG);
    }
    let export = export_indicators(to, &read.indicators);
    match output {
        Some(path) => write_file(path, export.text.as_bytes())?,
        None => {
            let mut out = io::stdout().lock();
            out.write_all(export.text.as_bytes())?;
            out.flush()?;
        }
    }
    if !quiet {
        for loss in &export.losses {
            complain(&format!("{}: {}: {}", loss.id, loss.kind.as_str(), loss.reason));
        }
        let count = |kind| export.losses.iter().filter(move |loss| loss.kind == kind).map(|loss| &loss.id);
        let distinct = |kind| count(kind).collect::<std::collections::BTreeSet<_>>().len();
        let (weakened, skipped) = (distinct(LossKind::Weakened), distinct(LossKind::Skipped));
        let total = read.indicators.len();
        complain(&format!("{total} indicators: {weakened} weakened, {skipped} skipped or skipped in part"));
    }
    Ok(status_of(read))
}

fn learn(samples: &[PathBuf], to: ExportFormat, quiet: bool) -> io::Result<u8> {
    let mut read = Read::default();
    let mut data = SignatureData::new();
    for path in samples {
        let bytes = match read_file(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                complain(&format!("{}: {error}", path.display()));
                read.failed = true;
                continue;
            }
        };
        let learned = data.parse(&bytes, Limits::default()).map(|file| file.learn());
        match learned {
            Ok(learned) if learned.is_empty() => {
                complain(&format!("{}: no certificate signed it", path.display()));
                read.failed = true;
            }
            Ok(learned) => read.indicators.extend(learned),
            Err(error) => {
                complain(&format!("{}: {error}", path.display()));
                read.failed = true;
            }
        }
    }
    convert(&read, to, None, quiet || to == ExportFormat::Json)
}
