//! Scans files and folders for signatures made with known-abused certificates.
//!
//!     cargo run --release --example scan -- PATH…
//!
//! Exit status: 0 no match, 1 a match, 2 wrong usage or nothing could be read, 3 no match and some files could not be read.

#![expect(clippy::arithmetic_side_effects, reason = "counts of files do not overflow")]

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use certsift::{
    ArchiveLimits, CarveLimits, Catalogs, IndicatorTable, ScanOptions, Skip, TextStyle, Verifier, Wanted, scan,
    scan_stream,
};
use clap::{Parser, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget};

mod cli;
mod context;
mod earlier;
mod event_lines;
mod output;
mod path_list;
mod progress;
mod rendered;
mod totals;

use cli::verify::VerifyOptions;
use cli::{IndicatorOptions, When, complain};
use context::{Context, ContextOptions};
use earlier::Earlier;
use output::Output;
use path_list::{ListError, read_list};
use rendered::{Format, Only, Rendered, now, render};
use totals::Totals;

/// Finds files signed with known-abused certificates.
///
/// Reads PE files (.exe, .dll, .sys, .efi, …), cabinets, installer files, scripts, catalogs and other PKCS #7 messages, and certificates. Exit status: 0 no match, 1 at least one match, 2 wrong usage or
/// nothing could be read, 3 no match and some files could not be read.
#[derive(Debug, Parser)]
#[command(name = "scan", version, max_term_width = 100)]
struct Arguments {
    /// Files, folders (recursive), or - for the bytes of one file on standard input
    #[arg(value_name = "PATH", required_unless_present = "files_from")]
    paths: Vec<PathBuf>,
    /// Scan also the paths that this file lists, one a line; - for standard input
    #[arg(long, value_name = "LIST")]
    files_from: Option<PathBuf>,
    /// The list of --files-from is separated by NUL
    #[arg(short = '0', requires = "files_from")]
    null: bool,
    #[command(flatten)]
    indicators: IndicatorOptions,
    /// Form of the records [default: text on a terminal, ndjson otherwise]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write the records to a file
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Go on with what an earlier run wrote to the file of --output (ndjson): its records are kept, their files left out. With
    /// --only, files without a record are scanned again
    #[arg(long, requires = "output")]
    resume: bool,
    /// Which records to write
    #[arg(long, value_enum)]
    only: Option<Only>,
    /// Read each whole file: add its SHA-256, the digest of the image, and whether signatures claim that one
    #[arg(long)]
    hash: bool,
    /// Look for the signatures of files without one in the catalogs (.cat) of a folder, or in one catalog. Reads these files whole;
    /// repeatable
    #[arg(long, value_name = "PATH")]
    catalogs: Vec<PathBuf>,
    /// Search all bytes of each file for certificates, as in memory dumps, droppers and overlays
    #[arg(long)]
    carve: bool,
    /// Look into archives (.zip, .gz, programs that unpack themselves), in memory; each member has a record of its own. The password
    /// "infected" is tried where one is needed
    #[arg(long)]
    archives: bool,
    #[command(flatten)]
    verification: VerifyOptions,
    #[command(flatten)]
    context: ContextOptions,
    /// Add everything else that was read: entries, attributes, page hashes, extensions and more, as inspect shows it
    #[arg(long)]
    detail: bool,
    /// Threads [default: one a processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Scan only part K of N, counted from 0; a file's part depends on its path alone
    #[arg(long, value_name = "K/N", value_parser = parse_shard)]
    shard: Option<(u32, NonZeroUsize)>,
    /// Records in a stable order: as given, folders sorted by name
    #[arg(long)]
    ordered: bool,
    /// Follow symbolic links inside folders
    #[arg(long)]
    follow: bool,
    /// Report files larger than this many bytes as errors, unread
    #[arg(long, value_name = "BYTES")]
    max_size: Option<u64>,
    /// Show progress on standard error
    #[arg(long, value_enum, default_value_t = When::Auto, value_name = "WHEN")]
    progress: When,
    /// Use colours in text
    #[arg(long, value_enum, default_value_t = When::Auto, value_name = "WHEN")]
    color: When,
    /// End with a summary on standard error
    #[arg(long)]
    summary: bool,
    /// Exit with 0 also when something matched or failed
    #[arg(long)]
    exit_zero: bool,
    /// Count also these as failed (malformed) or as matches (name: matches of names alone). Repeatable
    #[arg(long, value_enum, value_name = "WHAT")]
    fail_on: Vec<FailOn>,
    /// Leave out warnings
    #[arg(short, long)]
    quiet: bool,
    /// In text, describe every file in full
    #[arg(short, long)]
    verbose: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOn {
    Malformed,
    Name,
}

impl Arguments {
    /// Whether a file's bytes are on standard input.
    fn reads_stdin(&self) -> bool {
        self.paths.iter().any(|path| path.as_os_str() == "-")
    }

    /// Whether the list of files is on standard input.
    fn lists_on_stdin(&self) -> bool {
        self.files_from.as_ref().is_some_and(|list| list.as_os_str() == "-")
    }
}

fn parse_shard(text: &str) -> Result<(u32, NonZeroUsize), String> {
    let (part, parts) = text.split_once('/').ok_or("expected K/N")?;
    let part: u32 = part.parse().map_err(|_| "K is no number")?;
    let parts: NonZeroUsize = parts.parse().map_err(|_| "N is no number above 0")?;
    let in_range = usize::try_from(part).is_ok_and(|part| part < parts.get());
    if in_range { Ok((part, parts)) } else { Err("K counts from 0 and is less than N".to_owned()) }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let on_stdin = [arguments.reads_stdin(), arguments.lists_on_stdin(), arguments.context.reads_stdin()];
    if on_stdin.iter().filter(|reads| **reads).count() > 1 {
        complain("standard input can be one thing only: a file, the list of --files-from, or events");
        return ExitCode::from(2);
    }
    let Ok(verifier) = arguments.verification.load() else { return ExitCode::from(2) };
    let Ok(catalogs) = cli::catalogs::load(&arguments.catalogs, arguments.quiet) else { return ExitCode::from(2) };
    let Some(table) = arguments.indicators.load(arguments.quiet) else { return ExitCode::from(2) };
    let context = arguments.context.load(now(), arguments.quiet);
    let (context, opened) = match context.and_then(|context| Ok((context, open_output(&arguments)?))) {
        Ok(both) => both,
        Err(error) => {
            complain(&error);
            return ExitCode::from(2);
        }
    };
    // The end of the process frees the table faster than the program could.
    let table = Box::leak(Box::new(table));
    let asked = Asked { verifier: verifier.map(Arc::new), catalogs: catalogs.map(Arc::new), context };
    match Run::new(&arguments, opened, asked).scan_all(table) {
        Ok(totals) => exit_code(&totals, &arguments),
        Err(error) => {
            complain(&error);
            ExitCode::from(2)
        }
    }
}

/// The output, and what an earlier run wrote to it.
struct Opened {
    writer: Box<dyn Write + Send>,
    totals: Totals,
    skip: Option<Skip>,
}

impl Opened {
    fn new(writer: impl Write + Send + 'static) -> Self {
        Self { writer: Box::new(writer), totals: Totals::default(), skip: None }
    }
}

fn open_output(arguments: &Arguments) -> Result<Opened, String> {
    match &arguments.output {
        None => Ok(Opened::new(io::stdout())),
        Some(path) if is_input(path, arguments) => Err(format!("{}: is to be read, not to be written", path.display())),
        Some(_) if arguments.resume && arguments.format.is_some_and(|format| format != Format::Ndjson) => {
            Err("--resume goes on with ndjson only".to_owned())
        }
        Some(_) if arguments.resume && arguments.reads_stdin() => {
            Err("--resume knows files by their paths, and standard input has none".to_owned())
        }
        Some(path) if arguments.resume => {
            let (file, totals, skip) = Earlier::open(path, arguments.archives)?.into_parts();
            Ok(Opened { totals, skip: Some(skip), ..Opened::new(file) })
        }
        Some(path) => File::create(path).map(Opened::new).map_err(|error| format!("{}: {error}", path.display())),
    }
}

/// Whether the output is one of the files to be read, which creating it would empty.
fn is_input(output: &Path, arguments: &Arguments) -> bool {
    let Ok(output) = output.canonicalize() else { return false };
    let inputs = arguments.paths.iter().chain(&arguments.files_from);
    output.is_file() && inputs.filter_map(|path| path.canonicalize().ok()).any(|input| input == output)
}

fn exit_code(totals: &Totals, arguments: &Arguments) -> ExitCode {
    let fail_on = |what| arguments.fail_on.contains(&what);
    let names = if fail_on(FailOn::Name) { totals.similar_names } else { 0 };
    let failed =
        totals.errors + totals.malformed_events + if fail_on(FailOn::Malformed) { totals.malformed } else { 0 };
    let nothing_read = totals.files > 0 && totals.files == totals.errors;
    ExitCode::from(match () {
        () if arguments.exit_zero => 0,
        () if totals.matched + names > 0 => 1,
        () if nothing_read => 2,
        () if failed > 0 => 3,
        () => 0,
    })
}

/// Who is asked about every file, beside the table.
struct Asked {
    verifier: Option<Arc<Verifier>>,
    catalogs: Option<Arc<Catalogs>>,
    context: Option<Context>,
}

struct Run<'a> {
    arguments: &'a Arguments,
    asked: Asked,
    output: Output,
    to_terminal: bool,
    /// What an earlier run told of.
    skip: Option<Skip>,
    format: Format,
    style: TextStyle,
    start: Instant,
    progress: ProgressBar,
    /// Whether the progress bar is to be shown once the run proves long.
    progress_wanted: bool,
    totals: Totals,
    broken: Option<io::Error>,
}

impl<'a> Run<'a> {
    fn new(arguments: &'a Arguments, opened: Opened, asked: Asked) -> Self {
        let stdout = io::stdout();
        let to_terminal = arguments.output.is_none() && stdout.is_terminal();
        let format = arguments.format.unwrap_or(if to_terminal { Format::Text } else { Format::Ndjson });
        let mut style = TextStyle::default();
        style.color = match arguments.color {
            When::Auto => to_terminal && arguments.color.decide_color(&stdout),
            decided => decided.decide_color(&stdout),
        };
        style.verbose = arguments.verbose;
        // A person reads along, or whoever writes the list may wait for each answer.
        let immediate = to_terminal || arguments.lists_on_stdin();
        Self {
            arguments,
            asked,
            output: Output::new(opened.writer, immediate),
            to_terminal,
            skip: opened.skip,
            format,
            style,
            start: Instant::now(),
            progress: progress::bar(arguments),
            progress_wanted: progress::is_wanted(arguments, to_terminal),
            totals: opened.totals,
            broken: None,
        }
    }

    fn scan_all(mut self, table: &IndicatorTable) -> Result<Totals, String> {
        let options = self.options();
        let context = self.asked.context.take();
        self.totals.malformed_events = context.as_ref().map_or(0, |context| context.malformed);
        if let Some(header) = self.format.header()
            && let Err(error) = self.output.write(header.as_bytes())
        {
            self.broken = Some(error);
        }
        // Standard input has no path to tell its part; it belongs to the first.
        let first_part = self.arguments.shard.is_none_or(|(part, _)| part == 0);
        if first_part && self.arguments.reads_stdin() {
            let (format, style, only) = (self.format, self.style, self.arguments.only);
            scan_stream("-".as_ref(), io::stdin().lock(), &options, table, |report| {
                self.take(render(&report, context.as_ref(), format, style, only))
            });
        }
        let list_error = ListError::default();
        let listed = match &self.arguments.files_from {
            Some(list) => {
                let paths = read_list(list, self.arguments.null, &list_error);
                Some(paths.map_err(|error| format!("{}: {error}", list.display()))?)
            }
            None => None,
        };
        let given: Vec<PathBuf> = self.arguments.paths.iter().filter(|path| path.as_os_str() != "-").cloned().collect();
        let targets = given.into_iter().chain(listed.into_iter().flatten());
        let (format, style, only) = (self.format, self.style, self.arguments.only);
        if self.broken.is_none() {
            scan(
                targets,
                &options,
                table,
                |report| render(&report, context.as_ref(), format, style, only),
                |rendered| self.take(rendered),
            );
        }
        self.progress.finish_and_clear();
        if let (Some(error), Some(list)) = (list_error.take(), &self.arguments.files_from) {
            self.output.flush().ok();
            return Err(format!("{}: {error}", list.display()));
        }
        let flushed = match self.broken.take() {
            Some(error) => Err(error),
            None => self.output.flush(),
        };
        match flushed {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(format!("output: {error}")),
            // Whoever read the output has seen enough.
            Err(_) => {}
            Ok(()) => {
                if self.totals.files == 0 && !self.arguments.quiet {
                    complain("warning: no files were found");
                }
                if !self.arguments.quiet {
                    self.totals.complain_of_suppressed();
                }
                if self.arguments.summary {
                    complain(&self.totals.summary(self.start.elapsed()));
                }
            }
        }
        Ok(self.totals)
    }

    fn options(&self) -> ScanOptions {
        let mut options = ScanOptions::default();
        let processors = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        options.jobs = self.arguments.jobs.and_then(|jobs| NonZeroUsize::new(jobs.into())).unwrap_or_else(processors);
        options.follow_links = self.arguments.follow;
        options.ordered = self.arguments.ordered;
        options.max_size = self.arguments.max_size;
        options.hash = self.arguments.hash;
        options.verify.clone_from(&self.asked.verifier);
        options.catalogs.clone_from(&self.asked.catalogs);
        options.carve = self.arguments.carve.then(CarveLimits::default);
        options.archives = self.arguments.archives.then(ArchiveLimits::default);
        options.detail = self.arguments.detail;
        options.shard = self.arguments.shard;
        options.skip.clone_from(&self.skip);
        options.wanted = match self.arguments.only {
            _ if self.format.tells_matches_alone() => Wanted::Matched,
            None => Wanted::All,
            Some(Only::Signed) => Wanted::Signed,
            Some(Only::Matched) => Wanted::Matched,
        };
        options
    }

    /// Counts and writes one record.
    fn take(&mut self, rendered: Rendered) -> ControlFlow<()> {
        self.totals.count(rendered.status, rendered.strong, rendered.matched);
        self.totals.suppress(&rendered.suppressed);
        self.progress.inc(1);
        if self.progress_wanted && self.start.elapsed() >= progress::LONG_RUN {
            self.progress_wanted = false;
            self.progress.set_draw_target(ProgressDrawTarget::stderr_with_hz(5));
        }
        if rendered.strong {
            self.progress.set_message(format!("{} matched", self.totals.matched));
        }
        let Some(record) = rendered.record else { return ControlFlow::Continue(()) };
        let written = if self.to_terminal {
            // The progress bar is on the same terminal.
            self.progress.suspend(|| self.output.write(&record))
        } else {
            self.output.write(&record)
        };
        match written {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.broken = Some(error);
                ControlFlow::Break(())
            }
        }
    }
}
