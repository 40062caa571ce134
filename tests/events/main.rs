//! Event queries: what they mean, what is refused and where, what holds of all of them, and the verdicts about real events.

#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may panic")]

mod filters;
mod meaning;
mod own_fields;
mod properties;
mod refusals;
mod root_certificate;
#[path = "../corpus/shared_data.rs"]
mod shared_data;
mod twin;

use certsift::{Clause, Query, Verdict};
use serde_json::Value;

/// A query that must be one.
fn query(text: &str) -> Query {
    Query::parse(text).unwrap_or_else(|error| panic!("{text}\n{error}"))
}

fn event(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}\n{error}"))
}

/// What a verdict is called in the lists of events, and its clauses.
fn told(verdict: &Verdict) -> (&'static str, Vec<&str>) {
    match verdict {
        Verdict::Alert => ("alert", vec![]),
        Verdict::NoMatch => ("no_match", vec![]),
        Verdict::Suppressed { clauses } => ("suppressed", clauses.iter().map(|clause| clause.id.as_str()).collect()),
        other => panic!("a new verdict: {other:?}"),
    }
}

/// The clauses of a suppressed event.
fn clauses(verdict: Verdict) -> Vec<Clause> {
    match verdict {
        Verdict::Suppressed { clauses } => clauses,
        other => panic!("{other:?}"),
    }
}

/// The lines of a list of events beside the repository, where it is there.
fn listed(name: &str) -> Option<Vec<Value>> {
    let path = shared_data::folder("CERTSIFT_EVENTS", "events")?.join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let lines: Vec<Value> = text.lines().map(event).collect();
    assert!(!lines.is_empty(), "{} is empty", path.display());
    Some(lines)
}
