//! How far a scan is, for a person at a terminal.

use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::Arguments;
use crate::cli::When;
use crate::rendered::Only;

/// Progress is shown when a run takes longer than this.
pub(crate) const LONG_RUN: Duration = Duration::from_secs(1);

/// Whether a person is to see how far a run is, once it proves long. Text on the same terminal is progress enough.
pub(crate) fn is_wanted(arguments: &Arguments, to_terminal: bool) -> bool {
    match arguments.progress {
        When::Auto => io::stderr().is_terminal() && (!to_terminal || arguments.only == Some(Only::Matched)),
        decided => decided.decide(&io::stderr()),
    }
}

/// A bar where the number of files is known, a counter where folders have yet to be walked. Not drawn yet.
pub(crate) fn bar(arguments: &Arguments) -> ProgressBar {
    let only_files = arguments.files_from.is_none() && arguments.paths.iter().all(|path| path.is_file());
    let total = only_files.then(|| u64::try_from(arguments.paths.len()).unwrap_or(u64::MAX));
    let template = if total.is_some() {
        "[{elapsed}] {wide_bar} {human_pos}/{human_len} files {msg}"
    } else {
        "[{elapsed}] {spinner} {human_pos} files {msg}"
    };
    let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden());
    bar.with_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner()))
}
