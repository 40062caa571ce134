//! The rule about root certificates on Linux, in both versions, over the listed events.

use super::*;

/// As version 103 of the published rule is told to behave.
const EXCLUSIONS_103: &[&str] = &[
    r#"process.parent.name like ("ca-certificates.postinst", "ca-certificates-*.trigger", "pacman", "pamac-daemon", "autofirma.postinst",
        "ipa-client-install", "su", "platform-python", "python*", "kesl", "execd", "systemd", "flock")"#,
    r#"process.parent.args like "/var/tmp/rpm*""#,
    r#"process.parent.name in ("sh", "bash", "zsh") and process.args == "-e""#,
];

/// What version 106 leaves out beside.
const EXCLUSIONS_106: &[&str] = &[
    r#"process.parent.executable in ("/opt/puppetlabs/puppet/bin/puppet", "/usr/bin/dockerd")"#,
    r#"process.parent.args like ("*/bootstrap-RHEL*.sh", "lib/apk/exec/ca-certificates-*.trigger")"#,
    r#"?process.working_directory == "/var/lib/rancher""#,
];

fn rule(exclusions: &[&[&str]]) -> Query {
    query(&format!(
        r#"process where host.os.type == "linux" and event.type == "start" and
            event.action in ("exec", "exec_event", "start") and process.name in ("update-ca-trust", "update-ca-certificates")
            and not (({}))"#,
        exclusions.concat().join(") or (")
    ))
}

/// The listed events, and what is expected of each.
#[test]
fn listed_events_have_their_verdicts() {
    let Some(lines) = listed("root_certificate_events.jsonl") else { return };
    let rules = [("v103", rule(&[EXCLUSIONS_103])), ("v106", rule(&[EXCLUSIONS_103, EXCLUSIONS_106]))];
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
    let rule = rule(&[EXCLUSIONS_103]);
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
