//! What the example binaries share: the indicator options and the choice of colours.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

use certsift::{Condition, Indicator, IndicatorTable, import_indicators};
use clap::ValueEnum;

/// Which indicators are matched.
#[derive(Debug, clap::Args)]
pub(crate) struct IndicatorOptions {
    /// Add the indicators of a file: CSV with a header row, or JSON lines. Repeatable
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
        let mut indicators = Vec::new();
        let mut failed = false;
        for path in &self.indicators {
            let name = path.to_string_lossy();
            match std::fs::read(path) {
                Ok(bytes) => {
                    let import = import_indicators(&name, &bytes);
                    for error in &import.errors {
                        complain(&format!("{error}"));
                    }
                    failed |= !import.errors.is_empty();
                    if !quiet {
                        warn_of_doubts(&name, &import.indicators);
                    }
                    indicators.extend(import.indicators);
                }
                Err(error) => {
                    complain(&format!("{name}: {error}"));
                    failed = true;
                }
            }
        }
        if failed {
            return None;
        }
        let table = if self.no_builtin {
            IndicatorTable::new(indicators)
        } else if indicators.is_empty() {
            return Some(IndicatorTable::builtin());
        } else {
            IndicatorTable::new(IndicatorTable::builtin().indicators().iter().cloned().chain(indicators))
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

fn warn_of_doubts(file: &str, indicators: &[Indicator]) {
    if indicators.is_empty() {
        complain(&format!("warning: {file}: no indicators"));
    }
    for indicator in indicators {
        let mut conditions = indicator.alternatives.iter().flatten();
        if conditions.any(|condition| matches!(condition, Condition::Serial(serial) if serial.is_odd_hex())) {
            let id = &indicator.metadata.id;
            complain(&format!("warning: {id}: an odd number of hex digits in the serial; read with a leading zero"));
        }
    }
}

fn warn_of_weak(table: &IndicatorTable) {
    for indicator in table.weak().iter().filter_map(|id| table.get(*id)) {
        let id = &indicator.metadata.id;
        complain(&format!(
            "warning: {id}: a serial so short or regular never matches alone; add a name, issuer or hash"
        ));
    }
}

/// One line on stderr, control characters escaped. A closed stderr is nobody's problem.
pub(crate) fn complain(message: &str) {
    let _ = writeln!(io::stderr(), "{}", certsift::escape(message));
}
