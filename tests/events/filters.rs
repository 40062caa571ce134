//! The context filters of both profiles, as queries, over the listed events.

use super::*;

#[test]
fn listed_events_have_their_filters() {
    let Some(lines) = listed("context_filter_events.jsonl") else { return };
    let profiles = listed_profiles();
    for line in &lines {
        for (profile, queries) in profiles.as_object().unwrap() {
            let hits = queries.as_object().unwrap().iter().filter(|(_, text)| {
                let query = query(text.as_str().unwrap());
                assert_eq!(query.matches(&line["event"]), query.witness(&line["event"]).is_some());
                query.matches(&line["event"])
            });
            let hits: Value = hits.map(|(id, _)| id.as_str()).collect();
            assert_eq!(hits, line[format!("expected_{profile}")], "{profile} of {line}");
        }
    }
}

fn listed_profiles() -> Value {
    let folder = shared_data::folder("CERTSIFT_EVENTS", "events").unwrap();
    let profiles = event(&std::fs::read_to_string(folder.join("context_filters.json")).unwrap());
    assert!(profiles.as_object().is_some_and(|profiles| profiles.len() == 2));
    profiles
}
