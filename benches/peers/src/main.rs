//! certsift beside other engines, in one run.
//!
//!     cargo run --release --manifest-path benches/peers/Cargo.toml -- FOLDER…
//!     cargo run --release --manifest-path benches/peers/Cargo.toml
//!
//! With folders: the signed PE files in them, in memory, read by certsift and by each peer; which certificates each finds, what a file
//! costs, and what YARA-X says with the same indicators. Without: images made for the purpose, one for each alternative of the
//! built-in indicators. Exit status 1 when a peer finds a certificate that certsift does not, or a verdict differs and nobody knows why.

#![expect(clippy::unwrap_used, reason = "a bench that cannot run has nothing to say")]

#[path = "../../figures/mod.rs"]
mod figures;
#[path = "../../../tests/support/mod.rs"]
mod support;

mod alternatives;
mod files;
mod readers;
mod rules;
mod verdicts;

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let folders: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    if folders.is_empty() {
        alternatives::compare();
        return ExitCode::SUCCESS;
    }
    if files::compare(&folders) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
