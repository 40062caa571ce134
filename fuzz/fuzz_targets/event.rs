//! Any JSON as an event: the rules and filters that come along say of it what their parts say, and an event whose values are told twice is
//! the same event.
#![no_main]

use certsift::{Filters, Query, Rule, Verdict};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use std::sync::LazyLock;

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(Rule::builtin);
static FILTERS: LazyLock<Vec<Filters>> = LazyLock::new(|| Filters::PROFILES.map(Filters::builtin).into());
static QUERIES: LazyLock<Vec<[Query; 2]>> = LazyLock::new(|| {
    let tests = ["a.b == \"x\"", "a like \"*x?\"", "a.b : \"X*\"", "b > 5", "?a == null", "a in (\"x\", true, 1)", "a.b.c != \"x\""];
    let query = |text: String| Query::parse(&text).expect("a query");
    tests.map(|test| [query(format!("any where {test}")), query(format!("any where not ({test})"))]).into()
});

fuzz_target!(|bytes: &[u8]| {
    let Ok(event) = serde_json::from_slice::<Value>(bytes) else { return };
    let twice = Value::Array(vec![event.clone(), event.clone()]);
    for rule in RULES.iter() {
        let verdict = rule.query.verdict(&event);
        assert_eq!(verdict, rule.query.verdict(&twice));
        assert_eq!(verdict == Verdict::Alert, rule.query.matches(&event));
        if let Verdict::Suppressed { clauses } = verdict {
            assert!(!clauses.is_empty());
        }
    }
    for filters in FILTERS.iter() {
        let hits = filters.hits(&event);
        assert_eq!(hits, filters.hits(&twice));
        for filter in filters.iter() {
            assert_eq!(hits.iter().any(|hit| hit.id == filter.id), filter.query.matches(&event));
        }
    }
    for [query, negated] in QUERIES.iter() {
        assert_ne!(query.matches(&event), negated.matches(&event));
    }
});
