//! The rule about root certificates on Linux, in both versions, over the listed events.

use super::*;
use certsift::{Rule, Severity};

fn rule(version: &str) -> Rule {
    match version {
        "v103" => Rule::builtin().remove(0),
        _ => Rule::from_toml(include_str!("../fixtures/events/root_certificate_106.toml")).unwrap(),
    }
}

/// The listed events, and what is expected of each.
#[test]
fn listed_events_have_their_verdicts() {
    let Some(lines) = listed("root_certificate_events.jsonl") else { return };
    let rules = ["v103", "v106"].map(|version| (version, rule(version).query));
    for line in &lines {
        for (version, rule) in &rules {
            let verdict = rule.verdict(&line["event"]);
            let is_alert = rule.matches(&line["event"]);
            // A line that is no object is no event: whoever reads lines refuses it. A query finds what lies in an array.
            if !line["event"].is_object() {
                continue;
            }
            let (name, clauses) = told(&verdict);
            assert_eq!(name, line[format!("verdict_{version}")], "{version} of {line}");
            assert_eq!(Value::from(clauses), line[format!("suppressed_by_{version}")], "{version} of {line}");
            assert_eq!(is_alert, name == "alert");
        }
    }
    assert!(lines.len() >= 55, "only {} events", lines.len());
}

#[test]
fn the_rule_says_what_an_alert_is_a_sign_of() {
    let rule = rule("v103");
    assert_eq!((rule.version.as_deref(), rule.severity, rule.risk_score), (Some("103"), Severity::Medium, 47));
    assert_eq!((rule.max_signals, rule.threat[0].tactic.id.as_str()), (Some(100), "TA0005"));
    assert_eq!(rule.technique_ids().collect::<Vec<_>>(), ["T1553", "T1553.004"]);
    assert_eq!(rule.query.exclusions().count(), 3);
    assert_eq!(self::rule("v106").query.exclusions().count(), 6);
}

/// Events of the same kind, of our own: each is a change of one that is an alert.
#[test]
fn our_own_events_have_their_verdicts() {
    type Change = (&'static str, &'static str);
    let rows: &[(&[Change], &str, &[&str])] = &[
        (&[], "alert", &[]),
        (&[("/process/name", r#""update-ca-certificates""#)], "alert", &[]),
        (&[("/process/name", r#"["x", "update-ca-certificates"]"#)], "alert", &[]),
        (&[("/process/name", r#""update-ca-certificates2""#)], "no_match", &[]),
        (&[("/process/name", r#""/usr/sbin/update-ca-certificates""#)], "no_match", &[]),
        // What a kernel that cuts names to 15 bytes tells.
        (&[("/process/name", r#""update-ca-certi""#)], "no_match", &[]),
        (&[("/event/action", r#""start""#)], "alert", &[]),
        (&[("/event/action", r#"["fork", "exec"]"#)], "alert", &[]),
        (&[("/event/action", r#""exec*""#)], "no_match", &[]),
        (&[("/event/action", "null")], "no_match", &[]),
        (&[("/event/type", r#""start""#)], "alert", &[]),
        (&[("/event/type", "[]")], "no_match", &[]),
        (&[("/event/category", r#""process""#)], "alert", &[]),
        (&[("/event/category", r#"["file"]"#)], "no_match", &[]),
        (&[("/host/os", r#"[{"type": "macos"}, {"type": "linux"}]"#)], "alert", &[]),
        (&[("/host/os", r#"{"type": "windows"}"#)], "no_match", &[]),
        (&[("/host", r#"{"os.type": "linux"}"#)], "alert", &[]),
        (&[("/process/parent", "null")], "alert", &[]),
        (&[("/process/parent/name", r#""pacman""#)], "suppressed", &["E1"]),
        (&[("/process/parent/name", r#""python3""#)], "suppressed", &["E1"]),
        (&[("/process/parent/name", r#""flock""#)], "suppressed", &["E1"]),
        (&[("/process/parent/name", r#"[null, [["bash", "flock"]]]"#)], "suppressed", &["E1"]),
        (&[("/process/parent/name", r#""ca-certificates-.trigger""#)], "suppressed", &["E1"]),
        (&[("/process/parent/name", r#""ca-certificates.trigger""#)], "alert", &[]),
        (&[("/process/parent/name", r#""SU""#)], "alert", &[]),
        (&[("/process/parent/name", r#""su ""#)], "alert", &[]),
        (&[("/process/parent/name", "1")], "alert", &[]),
        (&[("/process/parent/args", r#"["sh", "/var/tmp/rpm-tmp.1"]"#)], "suppressed", &["E2"]),
        (&[("/process/parent/args", r#"["sh /var/tmp/rpm-tmp.1"]"#)], "alert", &[]),
        (&[("/process/parent/name", r#""zsh""#), ("/process/args", r#"["x", "-e"]"#)], "suppressed", &["E3"]),
        (&[("/process/parent/name", r#""dash""#), ("/process/args", r#"["x", "-e"]"#)], "alert", &[]),
        (&[("/process/parent/name", r#""sh""#), ("/process/args", r#""-e""#)], "suppressed", &["E3"]),
        (&[("/process/parent/name", r#""sh""#), ("/process/args", r#"["-E"]"#)], "alert", &[]),
        (
            &[
                ("/process/parent/name", r#"["su", "bash"]"#),
                ("/process/parent/args", r#""/var/tmp/rpm""#),
                ("/process/args", r#"["-e"]"#),
            ],
            "suppressed",
            &["E1", "E2", "E3"],
        ),
    ];
    let rule = rule("v103").query;
    for (changes, verdict, clauses) in rows {
        let mut event = event(
            r#"{"event": {"category": ["process"], "type": ["start"], "action": "exec"}, "host": {"os": {"type": "linux"}},
                "process": {"name": "update-ca-trust", "args": ["update-ca-trust"], "parent": {"name": "curl", "args": ["curl"]}}}"#,
        );
        for (pointer, value) in *changes {
            *event.pointer_mut(pointer).unwrap() = self::event(value);
        }
        assert_eq!(told(&rule.verdict(&event)), (*verdict, clauses.to_vec()), "{event}");
    }
}

#[test]
fn a_newer_version_leaves_out_more() {
    let rows: &[(&str, &[&str])] = &[
        (r#"{"parent": {"name": "ruby", "executable": "/opt/puppetlabs/puppet/bin/puppet"}}"#, &["E4"]),
        (r#"{"parent": {"name": "puppet", "executable": "/srv/puppet"}}"#, &[]),
        (r#"{"parent": {"name": "bash", "args": ["bash", "/srv/bootstrap-RHEL9.sh"]}}"#, &["E5"]),
        (
            r#"{"parent.args": "lib/apk/exec/ca-certificates-1.trigger", "working_directory": "/var/lib/rancher"}"#,
            &["E5", "E6"],
        ),
        (r#"{"working_directory": "/var/lib/rancher/"}"#, &[]),
    ];
    let rule = rule("v106").query;
    for (process, clauses) in rows {
        let mut event = event(
            r#"{"event": {"category": "process", "type": "start", "action": "exec"}, "host.os.type": "linux", "process.name": "update-ca-trust"}"#,
        );
        event.as_object_mut().unwrap().insert("process".to_owned(), self::event(process));
        let verdict = if clauses.is_empty() { "alert" } else { "suppressed" };
        assert_eq!(told(&rule.verdict(&event)), (verdict, clauses.to_vec()), "{event}");
    }
}
