//! What grows with what: time and memory of whole runs of `scan`, as Markdown tables.
//!
//!     cargo build --release --examples && cargo bench --bench costs -- indicators load size signatures files adversarial
//!
//! Without names, all of them. A table is made of the fastest of several runs, taken in turn, so that a machine whose speed drifts does
//! not matter; with one thread it tells processor time where Linux tells that. Files are made under the target folder and left there.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a bench that cannot run has nothing to say")]
#![expect(clippy::indexing_slicing, reason = "as many times as command lines")]
#![expect(clippy::arithmetic_side_effects, reason = "small numbers, for people")]

mod adversarial;
mod files;
mod indicators;
mod measure;
mod one_file;
#[path = "../../tests/support/mod.rs"]
mod support;

/// A table: its name on the command line, and what makes it.
const TABLES: &[(&str, fn())] = &[
    ("indicators", indicators::per_file),
    ("load", indicators::loading),
    ("size", one_file::sizes),
    ("signatures", one_file::signatures),
    ("files", files::many),
    ("adversarial", adversarial::sizes),
];

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let unknown = wanted.iter().find(|name| TABLES.iter().all(|(known, _)| known != name));
    assert_eq!(unknown, None, "there is no such table");
    for (name, make) in TABLES {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            println!("\n### {name}\n\n    cargo build --release --examples && cargo bench --bench costs -- {name}\n");
            make();
        }
    }
}
