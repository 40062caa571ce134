//! What holds of all queries.

use super::twin::{Twin, anchored, events, quoted};
use super::*;
use proptest::prelude::*;

/// Words of queries, and what is none.
const WORDS: &[&str] = &[
    "process",
    "any",
    "where",
    "and",
    "or",
    "not",
    "in",
    "in~",
    "like",
    "like~",
    "regex",
    "null",
    "true",
    "a",
    "b.c",
    "?a",
    "`x y`",
    "==",
    "!=",
    "<",
    ">=",
    ":",
    "=",
    "(",
    ")",
    "[",
    ",",
    ".",
    "|",
    "+",
    "\"x\"",
    "\"\"\"y\"\"\"",
    "'z'",
    "1",
    "-2.5e1",
    "\"",
    "\\",
    "//",
    "/*",
    "*/",
    "\n",
    "π",
    "`",
    "~",
    "?\"",
    "1e",
    "sequence",
    "f(",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_query_is_its_obvious_twin(twin in Twin::any(), event in events()) {
        let text = format!("any where {}", twin.text());
        let query = query(&text);
        prop_assert_eq!(query.matches(&event), twin.holds(&event), "{} of {}", text, event);
        // The verdict is another way to the same answer.
        prop_assert_eq!(query.verdict(&event) == Verdict::Alert, twin.holds(&event), "{} of {}", text, event);
        prop_assert_eq!(query.witness(&event).is_some(), twin.holds(&event));
    }

    #[test]
    fn two_negations_are_none(twin in Twin::any(), event in events()) {
        let text = twin.text();
        let expected = query(&format!("any where {text}")).matches(&event);
        prop_assert_eq!(query(&format!("any where not not ({text})")).matches(&event), expected);
        prop_assert_eq!(query(&format!("any where not (not ({text}))")).matches(&event), expected);
        prop_assert_eq!(query(&format!("any where not ({text})")).matches(&event), !expected);
    }

    #[test]
    fn negations_move_inwards(one in Twin::any(), other in Twin::any(), event in events()) {
        let (one, other) = (one.text(), other.text());
        let holds = |text: String| query(&format!("any where {text}")).matches(&event);
        prop_assert_eq!(holds(format!("not (({one}) and ({other}))")), holds(format!("not ({one}) or not ({other})")));
        prop_assert_eq!(holds(format!("not (({one}) or ({other}))")), holds(format!("not ({one}) and not ({other})")));
    }

    #[test]
    fn a_value_more_turns_no_positive_test_false(twin in Twin::positive(), event in events(), more in events()) {
        let query = query(&format!("any where {}", twin.text()));
        if query.matches(&event) {
            prop_assert!(query.matches(&Value::Array(vec![event.clone(), more.clone()])), "{} of {event} and {more}", twin.text());
            prop_assert!(query.matches(&Value::Array(vec![more, event])));
        }
    }

    #[test]
    fn a_pattern_is_its_regular_expression(pattern in "[xyX*?.π\n]{0,8}", value in "[xyX.π\n]{0,10}") {
        let of = Value::from_iter([("a", value.as_str())]);
        let like = query(&format!("any where a like {}", quoted(&pattern)));
        prop_assert_eq!(like.matches(&of), anchored(&pattern).is_match(&value));
        let folded = query(&format!("any where a : {}", quoted(&pattern)));
        let expected = anchored(&pattern.to_ascii_lowercase()).is_match(&value.to_ascii_lowercase());
        prop_assert_eq!(folded.matches(&of), expected);
    }

    #[test]
    fn words_in_any_order_are_read_or_refused(words in proptest::collection::vec(proptest::sample::select(WORDS), 0..12), blanks in any::<bool>()) {
        let between = if blanks { " " } else { "" };
        reads_or_refuses(&words.join(between))?;
        reads_or_refuses(&format!("any where {}", words.join(between)))?;
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        reads_or_refuses(&text)?;
        reads_or_refuses(&format!("any where {text}"))?;
        reads_or_refuses(&format!("any where a == \"{text}"))?;
    }
}

/// The place of an error lies in the text, and not in the middle of a character.
fn reads_or_refuses(text: &str) -> Result<(), TestCaseError> {
    if let Err(error) = Query::parse(text) {
        prop_assert!(text.is_char_boundary(error.offset), "{text:?}: {error}");
    }
    Ok(())
}

/// Milliseconds where the library is optimised; going back for each `*` would take longer than anybody lives.
#[test]
fn a_pattern_made_to_cost_does_not() {
    let pattern = quoted(&("a*".repeat(50) + "b"));
    let value = "a".repeat(1 << 20);
    let start = std::time::Instant::now();
    for operator in ["like", ":"] {
        let query = query(&format!("any where a {operator} {pattern}"));
        assert!(!query.matches(&Value::from_iter([("a", value.as_str())])));
        assert!(query.matches(&Value::from_iter([("a", value.clone() + "b")])));
    }
    assert!(start.elapsed().as_millis() < 2_000, "{:?}", start.elapsed());
}
