//! What the example binaries share: the indicator options and the choice of colours.

#![allow(dead_code, reason = "every example compiles this module for itself and uses its own part of it")]

#[cfg(all(feature = "scan", feature = "verify"))]
pub(crate) mod catalogs;
#[cfg(feature = "event")]
pub(crate) mod filters;
#[cfg(feature = "verify")]
pub(crate) mod verify;

use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use certsift::{Condition, Import, Indicator, IndicatorReader, IndicatorTable, import_indicators};
use clap::ValueEnum;

/// Which indicators are matched.
#[derive(Debug, clap::Args)]
pub(crate) struct IndicatorOptions {
    /// Add the indicators of a file in any form that `indicators convert` reads: CSV, JSON lines, YARA, WDAC and others, or a saved
    /// table. Repeatable
    #[arg(long, value_name = "FILE")]
    indicators: Vec<PathBuf>,
    /// Leave out the built-in indicators
    #[arg(long)]
    no_builtin: bool,
}

/// When something is done that only a person at a terminal wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    Auto,
    Always,
    Never,
}

impl When {
    /// The decision, where `auto` means "on a terminal".
    pub(crate) fn decide(self, stream: &impl IsTerminal) -> bool {
        match self {
            Self::Auto => stream.is_terminal(),
            Self::Always => true,
            Self::Never => false,
        }
    }

    /// The decision about colours: NO_COLOR, when it is set to anything, forbids what nobody asked for.
    pub(crate) fn decide_color(self, stream: &impl IsTerminal) -> bool {
        let forbidden = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        self.decide(stream) && (self == Self::Always || !forbidden)
    }
}

impl IndicatorOptions {
    /// Builds the table, or says on stderr what is wrong with the files. Warnings are left out when `quiet`.
    pub(crate) fn load(&self, quiet: bool) -> Option<IndicatorTable> {
        let opened: Vec<Option<Source>> = self.indicators.iter().map(|path| Source::open(path)).collect();
        let mut is_whole = opened.iter().all(Option::is_some);
        let mut sources: Vec<Source> = opened.into_iter().flatten().collect();
        if !self.no_builtin {
            sources.insert(0, Source::Table(IndicatorTable::builtin()));
        }
        // Nothing is built where nothing is joined.
        let joins = sources.len() > 1 || sources.iter().any(|source| matches!(source, Source::Text { .. }));
        if !joins {
            let table = match sources.pop() {
                Some(Source::Table(table)) => table,
                _ => IndicatorTable::empty(),
            };
            return is_whole.then_some(table);
        }
        let mut streams: Vec<Stream<'_>> = sources.iter().map(Stream::of).collect();
        let table = IndicatorTable::new(streams.iter_mut().flatten());
        for stream in streams {
            is_whole &= stream.tell(quiet);
        }
        // Whoever scans with a list that is only half there would not miss the rest.
        match table {
            _ if !is_whole => None,
            Ok(table) => {
                if !quiet {
                    warn_of_weak(&table);
                }
                Some(table)
            }
            Err(error) => {
                complain(&error.to_string());
                None
            }
        }
    }
}

/// A file of indicators, not read yet.
enum Source {
    /// A table that was saved.
    Table(IndicatorTable),
    Text {
        name: String,
        bytes: Vec<u8>,
    },
}

impl Source {
    /// `None` where it cannot be opened, which is told on stderr.
    fn open(path: &Path) -> Option<Self> {
        /// First octets of a saved table.
        const SAVED: &[u8] = b"certsift table";
        let name = path.to_string_lossy().into_owned();
        let opened = match read_file(path) {
            Ok(bytes) if bytes.starts_with(SAVED) => {
                IndicatorTable::load(bytes).map(Self::Table).map_err(|error| error.to_string())
            }
            Ok(bytes) => Ok(Self::Text { name: name.clone(), bytes }),
            Err(error) => Err(error.to_string()),
        };
        opened.map_err(|problem| complain(&format!("{name}: {problem}"))).ok()
    }
}

/// The indicators of a source, one after the other, so that a table is made of a million without holding them all.
struct Stream<'s> {
    indicators: Indicators<'s>,
    /// What a person should look at.
    doubts: Vec<String>,
    count: usize,
}

enum Indicators<'s> {
    Table(Box<dyn Iterator<Item = Indicator> + 's>),
    Text(&'s str, Box<IndicatorReader<'s>>),
}

impl<'s> Stream<'s> {
    fn of(source: &'s Source) -> Self {
        let indicators = match source {
            Source::Table(table) => Indicators::Table(Box::new(table.indicators())),
            Source::Text { name, bytes } => Indicators::Text(name, Box::new(IndicatorReader::new(name, bytes))),
        };
        Self { indicators, doubts: Vec::new(), count: 0 }
    }

    /// Says on stderr what is wrong; answers whether nothing is.
    fn tell(self, quiet: bool) -> bool {
        match self.indicators {
            Indicators::Table(_) => true,
            Indicators::Text(name, reader) => {
                let import = reader.finish();
                tell(name, &import, &self.doubts, self.count == 0, quiet);
                import.errors.is_empty()
            }
        }
    }
}

impl Iterator for Stream<'_> {
    type Item = Indicator;

    fn next(&mut self) -> Option<Indicator> {
        let indicator = match &mut self.indicators {
            Indicators::Table(indicators) => return indicators.next(),
            Indicators::Text(_, reader) => reader.next()?,
        };
        self.count = self.count.saturating_add(1);
        self.doubts.extend(doubt(&indicator));
        Some(indicator)
    }
}

/// The indicators of a file.
#[derive(Debug)]
pub(crate) enum List {
    /// Read from a list or from rules.
    Import(Import),
    /// A table that was saved.
    Table(IndicatorTable),
}

impl List {
    pub(crate) fn into_indicators(self) -> Vec<Indicator> {
        match self {
            Self::Import(import) => import.indicators,
            Self::Table(table) => table.indicators().collect(),
        }
    }
}

/// What could be read of a file of indicators.
pub(crate) struct FileOfIndicators {
    pub(crate) list: Option<List>,
    /// Whether nothing in it is wrong.
    pub(crate) is_whole: bool,
}

/// Reads a file of indicators in any form, and says on stderr what is wrong with it.
pub(crate) fn read_indicators(path: &Path, quiet: bool) -> FileOfIndicators {
    match Source::open(path) {
        None => FileOfIndicators { list: None, is_whole: false },
        Some(Source::Table(table)) => FileOfIndicators { list: Some(List::Table(table)), is_whole: true },
        Some(Source::Text { name, bytes }) => {
            let import = import_indicators(&name, &bytes);
            let doubts: Vec<String> = import.indicators.iter().filter_map(doubt).collect();
            tell(&name, &import, &doubts, import.indicators.is_empty(), quiet);
            let is_whole = import.errors.is_empty();
            FileOfIndicators { list: Some(List::Import(import)), is_whole }
        }
    }
}

/// Says on stderr what is wrong with a file that was read.
fn tell(name: &str, import: &Import, doubts: &[String], is_empty: bool, quiet: bool) {
    complain_of_each(import.errors.iter().map(ToString::to_string));
    if quiet {
        return;
    }
    complain_of_each(import.refused.iter().map(|refused| format!("warning: {refused}")));
    complain_of_each(doubts.iter().cloned());
    if is_empty && import.errors.is_empty() {
        complain(&format!("warning: {name}: no indicators"));
    }
}

/// What a person should look at.
fn doubt(indicator: &Indicator) -> Option<String> {
    let mut conditions = indicator.alternatives.iter().flatten();
    let is_odd = conditions.any(|condition| matches!(condition, Condition::Serial(serial) if serial.is_odd_hex()));
    let id = &indicator.metadata.id;
    is_odd.then(|| format!("warning: {id}: an odd number of hex digits in the serial; read with a leading zero"))
}

/// A file, or standard input for `-`.
pub(crate) fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    std::fs::read(path)
}

/// The first of many messages, and how many more there are.
fn complain_of_each(messages: impl ExactSizeIterator<Item = String>) {
    const MOST: usize = 20;
    let count = messages.len();
    messages.take(MOST).for_each(|message| complain(&message));
    if let Some(more) = count.checked_sub(MOST).filter(|more| *more > 0) {
        complain(&format!("and {more} more like it"));
    }
}

fn warn_of_weak(table: &IndicatorTable) {
    let weak: Vec<Indicator> = table.weak().filter_map(|id| table.get(id)).collect();
    complain_of_each(weak.iter().map(|indicator| {
        let id = &indicator.metadata.id;
        format!("warning: {id}: a serial so short or regular never matches alone; add a name, issuer or hash")
    }));
}

/// One line on stderr, control characters escaped, and cut where it is longer than anybody reads: it may quote a whole file. A closed
/// stderr is nobody's problem.
pub(crate) fn complain(message: &str) {
    const MOST: usize = 10_000;
    let (shown, end) = match message.char_indices().nth(MOST) {
        Some((at, _)) => (message.get(..at).unwrap_or_default(), "…"),
        None => (message, ""),
    };
    let _ = writeln!(io::stderr(), "{}{end}", certsift::escape(shown));
}
