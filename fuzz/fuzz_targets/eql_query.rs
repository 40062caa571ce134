//! Any text as an event query, alone and behind `any where`: it is read or refused at a place in it, and what is read can be asked.
#![no_main]

use certsift::{Query, Verdict};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

fuzz_target!(|text: &str| {
    let event = json!({
        "event": {"category": ["process"], "type": "start"},
        "process": {"name": ["update-ca-trust", "*", ""], "pid": 7, "parent.name": "bash"},
        "a": [{"b": "x"}, {"b": [true, null]}],
    });
    for text in [text.to_owned(), format!("any where {text}"), format!("any where a.b like \"{text}\"")] {
        match Query::parse(&text) {
            Ok(query) => {
                let is_found = query.matches(&event);
                assert_eq!(query.verdict(&event) == Verdict::Alert, is_found);
                assert_eq!(query.witness(&event).is_some(), is_found);
                for part in query.exclusions() {
                    assert!(text.contains(part));
                }
            }
            Err(error) => assert!(text.is_char_boundary(error.offset), "{error}"),
        }
    }
});
