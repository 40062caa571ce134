//! The context filters of both profiles, as queries, over the listed events.

use super::*;
use certsift::{FilterAction, Filters};

#[test]
fn listed_events_have_their_filters() {
    let Some(lines) = listed("context_filter_events.jsonl") else { return };
    for profile in Filters::PROFILES {
        let filters = Filters::builtin(profile);
        for line in &lines {
            let hits = filters.hits(&line["event"]);
            let ids: Value = hits.iter().map(|hit| hit.id.as_str()).collect();
            assert_eq!(ids, line[format!("expected_{profile}")], "{profile} of {line}");
            assert!(hits.iter().all(|hit| hit.field.is_some()), "{hits:?}");
        }
    }
}

/// The profiles that come along are the listed ones.
#[test]
fn listed_filters_come_along() {
    let Some(folder) = shared_data::folder("CERTSIFT_EVENTS", "events") else { return };
    let text = std::fs::read_to_string(folder.join("context_filters.json")).unwrap();
    let listed = event(&text);
    assert_eq!(Filters::from_json(&text).unwrap().iter().count(), 10);
    for profile in Filters::PROFILES {
        let own = Filters::builtin(profile);
        let ids: Vec<&str> = own.iter().map(|filter| filter.id.as_str()).collect();
        let expected: Vec<&str> = listed[profile].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(ids, expected);
        for filter in own.iter() {
            assert_eq!(filter.action, FilterAction::Annotate);
            assert!(!filter.title.is_empty() && !filter.reason.is_empty() && filter.owner.is_some(), "{filter:?}");
        }
    }
}

/// Events of the same kind, of our own: the profile, the event, and the filters that hold.
#[test]
fn our_own_events_have_their_filters() {
    type Row = (&'static str, &'static str, &'static [(&'static str, &'static str, &'static str)]);
    let rows: &[Row] = &[
        ("seed", r#"{"process": {"name": "CertBot-auto"}}"#, &[("CF1-certbot", "process.name", "CertBot-auto")]),
        ("seed", r#"{"user": {"name": ["x", "sysadmins"]}}"#, &[("CF2-openssl-admin", "user.name", "sysadmins")]),
        ("seed", r#"{"host": {"name": "latest-01"}}"#, &[]),
        ("seed", r#"{"host": {"name": "latest.example"}}"#, &[]),
        ("seed", r#"{"host": {"name": "testing"}}"#, &[]),
        ("seed", r#"{"host": {"name": "dev"}}"#, &[("CF5-dev-env", "host.name", "dev")]),
        ("seed", r#"{"host.name": "a-TEST.example"}"#, &[("CF5-dev-env", "host.name", "a-TEST.example")]),
        ("seed", r#"{"host.name": "a.dev.example"}"#, &[("CF5-dev-env", "host.name", "a.dev.example")]),
        ("seed", r#"{"host.name": "a.development.example"}"#, &[]),
        (
            "seed",
            r#"{"process": {"env_vars": ["ENV=prod", "NODE_ENV=test"]}}"#,
            &[("CF5-dev-env", "process.env_vars", "NODE_ENV=test")],
        ),
        // What the owner of a process can set makes no hardened filter hold.
        ("hardened", r#"{"process": {"name": "certbot", "args": ["certbot", "renew"]}, "host.os.type": "linux"}"#, &[]),
        (
            "hardened",
            r#"{"process": {"env_vars": "ENV=dev"}, "host": {"name": "dev"}, "user": {"name": "admin"}}"#,
            &[],
        ),
        ("hardened", r#"{"process": {"name": "apt", "executable": "/srv/usr/bin/apt"}}"#, &[]),
        ("hardened", r#"{"process": {"executable": "/usr/bin/APT"}}"#, &[]),
        ("hardened", r#"{"process": {"executable": "/usr/bin/apt", "args": ["apt", "--option=x"]}}"#, &[]),
        (
            "hardened",
            r#"{"process.parent.executable": "/usr/bin/rpm"}"#,
            &[("CF4-os-update", "process.parent.executable", "/usr/bin/rpm")],
        ),
        (
            "hardened",
            r#"{"labels": {"env": "test", "env_source": "inventory"}, "process.executable": "/usr/bin/dnf"}"#,
            &[("CF4-os-update", "process.executable", "/usr/bin/dnf"), ("CF5-dev-env", "labels.env", "test")],
        ),
        ("hardened", r#"{"labels": {"env": "test", "env_source": "self"}}"#, &[]),
        ("hardened", "{}", &[]),
        ("none", r#"{"process": {"name": "certbot"}}"#, &[]),
    ];
    for (profile, text, expected) in rows {
        let hits = Filters::builtin(profile).hits(&event(text));
        let told = |text: &Option<String>| text.clone().unwrap_or_default();
        let hits: Vec<_> = hits.iter().map(|hit| (hit.id.clone(), told(&hit.field), told(&hit.value))).collect();
        let expected: Vec<_> =
            expected.iter().map(|(id, field, value)| (id.to_string(), field.to_string(), value.to_string())).collect();
        assert_eq!(hits, expected, "{profile} of {text}");
    }
}
