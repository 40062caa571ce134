//! `hunt events` and `hunt filters`: alerts, what was left out and why, and lines that are no events.

use serde_json::{Value, json};

use crate::program::{Row, Scratch, check, run};

/// An event that the built-in rule is about, with this parent and arguments.
fn installed(id: &str, parent: &str, arguments: &[&str]) -> Value {
    json!({
        "@timestamp": "2026-01-15T10:00:00.000Z",
        "event": {"id": id, "category": ["process"], "type": ["start"], "action": "exec"},
        "host": {"name": "web01", "os": {"type": "linux"}},
        "user": {"name": "root"},
        "process": {"name": "update-ca-certificates", "args": arguments, "parent": {"name": parent, "executable": "/usr/bin/dpkg"}}
    })
}

fn lines(events: &[Value]) -> String {
    events.iter().map(|event| format!("{event}\n")).collect()
}

fn scene() -> Scratch {
    let scratch = Scratch::new();
    let alert = installed("1", "bash", &["update-ca-certificates"]);
    let other =
        json!({"event": {"category": ["process"], "type": ["start"], "action": "exec"}, "process": {"name": "ls"}});
    let suppressed = installed("2", "sh", &["/bin/sh", "-e", "/usr/sbin/update-ca-certificates"]);
    scratch.write("events", lines(&[alert.clone(), other, suppressed.clone(), alert.clone()]));
    let same = [installed("1", "su", &[]), alert.clone()];
    scratch.write("same", format!("\u{feff}{}", lines(&same)));
    scratch.write("alert", lines(&[alert]));
    scratch.write("quiet", lines(&[suppressed]));
    scratch.write("broken", "no JSON\n[1]\n\n{\"a\":1}\n");
    scratch.write("long", format!("{}\n{}", "x".repeat(1 << 20), installed("3", "bash", &[])));
    let filters = |action: &str| json!([{"id": "mine", "profile": "own", "query": "any where process.parent.executable == \"/usr/bin/dpkg\"", "action": action}]);
    for action in ["annotate", "lower", "suppress"] {
        scratch.write(format!("{action}.json"), filters(action).to_string());
    }
    let expired = json!([{"id": "old", "query": "any where true", "action": "suppress", "expires": "2020-01-01"}]);
    scratch.write("expired.json", expired.to_string());
    let rule = |query: &str| {
        format!(
            "[rule]\nrule_id = \"x\"\nname = \"Mine\"\nseverity = \"critical\"\nrisk_score = 99\nquery = '{query}'\n"
        )
    };
    scratch.write("rules/good.toml", rule("process where process.name == \"ls\""));
    scratch.write("critical.toml", rule("process where process.parent.executable like \"/usr/*\""));
    scratch.write("rules/sequence.toml", rule("sequence by host.id [process where true] [file where true]"));
    scratch.write("rules/kind.toml", rule("any where true").replace("severity", "type = \"threshold\"\nseverity"));
    scratch.write("rules/no.toml", "[rule");
    scratch
}

#[test]
fn alerts() {
    let scratch = scene();
    let rows: &[Row] = &[
        (
            "events events",
            1,
            &["\"verdict\":\"alert\"", "\"line\":1", "\"event_id\":\"1\"", "\"attack\":[\"T1553\",\"T1553.004\"]"],
            &["4 events, 1 rules: 1 alerts, 1 suppressed, 1 repeated", "1 suppressed by E3 of Root certificate"],
        ),
        ("events --quiet --show-suppressed events", 1, &["\"verdict\":\"suppressed\"", "\"id\":\"E3\""], &[]),
        ("events --quiet quiet", 0, &[], &[]),
        ("events --quiet --exit-zero - <alert", 0, &["\"verdict\":\"alert\""], &[]),
        ("events --quiet <alert", 1, &["\"verdict\":\"alert\""], &[]),
        (
            "events --format text alert",
            1,
            &["line 1: ALERT, Root certificate", "(medium, risk 47)", "context    CF4-os-update"],
            &["1 alerts"],
        ),
        (
            "events --quiet --format ecs alert",
            1,
            &["\"kind\":\"alert\"", "T1553.004", "TA0005", "\"severity\":47"],
            &[],
        ),
        ("events --quiet --max-alerts 0 alert", 1, &[], &[]),
        ("events --max-alerts 0 alert", 1, &[], &["1 alerts more than --max-alerts"]),
        // What is left out does not hide what is not, whatever its id; nor does a mark at the start.
        ("events same", 1, &["\"verdict\":\"alert\""], &["2 events, 1 rules: 1 alerts, 1 suppressed, 0 repeated"]),
        ("events broken", 3, &[], &["broken:1: ", "broken:2: no JSON object", "4 events"]),
        ("events long", 1, &["\"line\":2"], &["long:1: longer than 1048576 bytes"]),
        ("events no_such_file", 2, &[], &["no_such_file: "]),
    ];
    check("hunt", scratch.path(), rows);
}

#[test]
fn rules_of_ones_own() {
    let scratch = scene();
    let rows: &[Row] = &[
        (
            "events --rules rules events",
            1,
            &["\"name\":\"Mine\"", "\"risk_score\":99", "Root certificate"],
            &[
                "rules/sequence.toml: left out: query: a sequence cannot be evaluated here at byte 0",
                "rules/kind.toml: left out: a rule of the kind threshold",
                "rules/no.toml: left out: ",
                "2 rules are used, 3 are left out",
            ],
        ),
        ("events --quiet --no-builtin-rules --rules rules/good.toml alert", 0, &[], &[]),
        ("events --no-builtin-rules events", 2, &[], &["no rule can be used"]),
        ("events --no-builtin-rules --rules rules/no.toml events", 2, &[], &["no rule can be used"]),
        ("events --rules nowhere events", 2, &[], &["nowhere: "]),
    ];
    check("hunt", scratch.path(), rows);
}

#[test]
fn context_filters() {
    let scratch = scene();
    let mine = "\"filters\":[{\"id\":\"mine\",\"action\":\"annotate\",\"field\":\"process.parent.executable\"";
    let ran = run("hunt", scratch.path(), "events --quiet --filters annotate.json alert");
    assert!(ran.stdout.contains(mine), "{}", ran.stdout);
    let rows: &[Row] = &[
        ("events --quiet --filters none alert", 1, &["\"filters\":[]", "\"severity\":\"medium\""], &[]),
        ("events --quiet alert", 1, &["\"id\":\"CF4-os-update\""], &[]),
        ("events --quiet --filters lower.json alert", 1, &["\"severity\":\"low\"", "\"risk_score\":21"], &[]),
        ("events --filters suppress.json alert", 0, &[], &["1 suppressed by mine"]),
        ("events --quiet --show-suppressed --filters suppress.json alert", 0, &["\"verdict\":\"suppressed\""], &[]),
        // What is critical is never suppressed.
        (
            "events --quiet --no-builtin-rules --rules critical.toml --filters suppress.json alert",
            1,
            &["\"verdict\":\"alert\""],
            &[],
        ),
        ("events --filters expired.json alert", 1, &["\"filters\":[]"], &["filter old has expired (2020-01-01)"]),
        ("events --filters rules/no.toml alert", 2, &[], &["rules/no.toml: "]),
        (
            "filters --quiet alert",
            0,
            &["\"kind\":\"filters\"", "\"id\":\"CF4-os-update\",\"profile\":\"hardened\""],
            &[],
        ),
        ("filters --quiet --filters seed alert", 0, &["\"hits\":[]", "\"event_id\":\"1\""], &[]),
        ("filters --quiet broken", 3, &["\"line\":4", "\"hits\":[]"], &[]),
    ];
    check("hunt", scratch.path(), rows);
}

/// Every alert and suppressed event has the shape that the records' page tells.
#[test]
fn records() {
    let scratch = scene();
    let ran = run("hunt", scratch.path(), "events --quiet --show-suppressed events");
    let records: Vec<Value> = ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(records.len(), 2);
    for record in &records {
        let keys: Vec<&str> = record.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, ["clauses", "event", "event_id", "filters", "kind", "line", "rule", "schema", "verdict"]);
        assert_eq!((&record["schema"], &record["kind"]), (&json!("certsift/1"), &json!("event")));
    }
    assert_eq!(records[1]["clauses"], json!([{"id": "E3", "field": "process.parent.name", "value": "sh"}]));
    assert_eq!(records[0]["event"], installed("1", "bash", &["update-ca-certificates"]));
}
