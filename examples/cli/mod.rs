//! What the example binaries share: the indicator options and the choice of colours.

#![allow(dead_code, reason = "every example compiles this module for itself and uses its own part of it")]

#[cfg(feature = "verify")]
pub(crate) mod verify;

use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use certsift::{Condition, Import, Indicator, IndicatorTable, import_indicators};
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
        let mut lists = Vec::new();
        for path in &self.indicators {
            lists.push(read_indicators(path, quiet).whole());
        }
        let mut lists: Vec<List> = lists.into_iter().collect::<Option<_>>()?;
        if !self.no_builtin {
            lists.insert(0, List::Table(IndicatorTable::builtin()));
        }
        let table = match lists.pop() {
            None => return Some(IndicatorTable::empty()),
            // Nothing is built where nothing is joined.
            Some(List::Table(table)) if lists.is_empty() => return Some(table),
            Some(last) => {
                lists.push(last);
                IndicatorTable::new(lists.into_iter().flat_map(List::into_indicators))
            }
        };
        match table {
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

impl FileOfIndicators {
    /// The list, unless something is wrong: whoever scans with a list that is only half there would not miss the rest.
    fn whole(self) -> Option<List> {
        self.list.filter(|_| self.is_whole)
    }
}

/// Reads a file of indicators in any form, and says on stderr what is wrong with it.
pub(crate) fn read_indicators(path: &Path, quiet: bool) -> FileOfIndicators {
    /// Names of a saved table's first octets.
    const SAVED: &[u8] = b"certsift table";
    let name = path.to_string_lossy();
    let fail = |problem: String| {
        complain(&format!("{name}: {problem}"));
        FileOfIndicators { list: None, is_whole: false }
    };
    let bytes = match read_file(path) {
        Ok(bytes) => bytes,
        Err(error) => return fail(error.to_string()),
    };
    if bytes.starts_with(SAVED) {
        return match IndicatorTable::load(bytes) {
            Ok(table) => FileOfIndicators { list: Some(List::Table(table)), is_whole: true },
            Err(error) => fail(error.to_string()),
        };
    }
    let import = import_indicators(&name, &bytes);
    let (errors, is_empty) = (import.errors.is_empty(), import.indicators.is_empty());
    complain_of_each(import.errors.iter().map(ToString::to_string));
    if !quiet {
        complain_of_each(import.refused.iter().map(|refused| format!("warning: {refused}")));
        warn_of_doubts(&import.indicators);
        if is_empty && errors {
            complain(&format!("warning: {name}: no indicators"));
        }
    }
    FileOfIndicators { list: Some(List::Import(import)), is_whole: errors }
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

fn warn_of_doubts(indicators: &[Indicator]) {
    let is_odd = |indicator: &&Indicator| {
        let mut conditions = indicator.alternatives.iter().flatten();
        conditions.any(|condition| matches!(condition, Condition::Serial(serial) if serial.is_odd_hex()))
    };
    let odd: Vec<&Indicator> = indicators.iter().filter(is_odd).collect();
    complain_of_each(odd.iter().map(|indicator| {
        let id = &indicator.metadata.id;
        format!("warning: {id}: an odd number of hex digits in the serial; read with a leading zero")
    }));
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
