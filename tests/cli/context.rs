//! `scan --context`, `scan --context-events`: what events say of the files that match.

use serde_json::{Value, json};

use crate::ecs_fields::complaints;
use crate::program::{Row, Scratch, check, run};

/// A filter of one program and one action, for each.
const FILTERS: &str = r#"{"own": {
    "lowers": {"query": "any where process.name == \"lowers\"", "action": "lower"},
    "hides": {"query": "any where process.name == \"hides\"", "action": "suppress", "owner": "me"},
    "old": {"query": "any where true", "action": "suppress", "expires": "2020-12-31"}
}}"#;

/// A process that writes a file.
fn writes(scratch: &Scratch, file: &str, process: &str) -> Value {
    let path = scratch.path().canonicalize().unwrap().join(file);
    json!({
        "event": {"category": ["file"], "type": ["creation"], "action": "creation"},
        "host": {"name": "web01"},
        "file": {"path": path},
        "process": {"name": process, "executable": format!("/usr/bin/{process}"), "args": [process]},
    })
}

fn with_events(events: impl FnOnce(&Scratch) -> Vec<Value>) -> Scratch {
    let scratch = Scratch::with(&["seed_pe32.exe", "organization_only.exe"]);
    scratch.write("filters.json", FILTERS);
    let lines: Vec<String> = events(&scratch).iter().map(Value::to_string).collect();
    scratch.write("events.ndjson", lines.join("\n"));
    scratch
}

fn record(scratch: &Scratch, line: &str) -> (i32, Value) {
    let ran = run("scan", scratch.path(), line);
    (ran.status, serde_json::from_str(ran.stdout.lines().next().unwrap()).unwrap())
}

#[test]
fn one_event_about_every_file() {
    let scratch = with_events(|_| Vec::new());
    scratch.write("apt.json", json!({"process": {"name": "apt", "executable": "/usr/bin/apt"}}).to_string());
    scratch.write("hides.json", "{\n  \"process\": {\"name\": \"hides\"}\n}\n");
    scratch.write("lowers.json", r#"{"process.name": ["lowers"]}"#);
    scratch.write("list.json", "[]");
    let old: &[&str] = &["filter old has expired (2020-12-31) and is left out"];
    let hidden: &[&str] = &["1 matches suppressed by hides", "old has expired"];
    let rows: &[Row] = &[
        ("seed_pe32.exe", 1, &["\"severity\":\"high\",\"context\":null"], &[]),
        (
            "seed_pe32.exe --context apt.json",
            1,
            &[
                "\"severity\":\"high\",\"context\":{\"action\":\"annotate\",\"events\":1,\"filters\":[{\"id\":\"CF4-os-update\",\"action\":\"annotate\",\"field\":\"process.executable\",\"value\":\"/usr/bin/apt\"}]}",
            ],
            &[],
        ),
        (
            "seed_pe32.exe --context apt.json --filters none",
            1,
            &["\"context\":{\"action\":\"none\",\"events\":1,\"filters\":[]}"],
            &[],
        ),
        (
            "seed_pe32.exe --context apt.json --format text",
            1,
            &["seed_pe32.exe: MATCH", "context      CF4-os-update: process.executable is /usr/bin/apt"],
            &[],
        ),
        (
            "seed_pe32.exe --context lowers.json --filters filters.json",
            1,
            &["\"severity\":\"medium\",\"context\":{\"action\":\"lower\""],
            old,
        ),
        (
            "seed_pe32.exe --context lowers.json --filters filters.json --format text",
            1,
            &["medium, FireEye Labs", "context      lowers the severity"],
            old,
        ),
        (
            "seed_pe32.exe --context hides.json --filters filters.json",
            1,
            &["\"context\":{\"action\":\"annotate\""],
            old,
        ),
        ("seed_pe32.exe --context hides.json --filters filters.json --allow-suppress", 0, &["\"matches\":[]"], hidden),
        ("seed_pe32.exe --context hides.json --filters filters.json --allow-suppress -q --only matched", 0, &[], old),
        ("seed_pe32.exe --context hides.json --filters filters.json --allow-suppress --format ecs", 0, &[], hidden),
        (
            "seed_pe32.exe --context hides.json --filters filters.json --allow-suppress --show-suppressed",
            0,
            &["\"action\":\"suppress\""],
            hidden,
        ),
        (
            "seed_pe32.exe --context hides.json --filters filters.json --allow-suppress --show-suppressed --fail-on name",
            0,
            &["\"action\":\"suppress\""],
            hidden,
        ),
        (
            "seed_pe32.exe --context hides.json --filters filters.json --allow-suppress --show-suppressed --format text",
            0,
            &["match, suppressed by its context", "suppresses this match"],
            hidden,
        ),
        // What has no match has no context.
        ("organization_only.exe --context apt.json", 0, &["\"matches\":[]"], &[]),
        ("seed_pe32.exe --context list.json", 2, &[], &["list.json: no event, which is a JSON object"]),
        ("seed_pe32.exe --context none.json", 2, &[], &["none.json"]),
        ("seed_pe32.exe --context apt.json --filters none.json", 2, &[], &["none.json"]),
    ];
    check("scan", scratch.path(), rows);
}

#[test]
fn events_that_name_the_file() {
    type Row<'r> = (&'r str, fn(&Scratch) -> Vec<Value>, &'r str);
    let options =
        "seed_pe32.exe -q --filters filters.json --allow-suppress --show-suppressed --context-events events.ndjson";
    let rows: &[Row<'_>] = &[
        ("no event", |_| Vec::new(), "null"),
        ("another file", |scratch| vec![writes(scratch, "other.exe", "hides")], "null"),
        ("whoever wrote it", |scratch| vec![writes(scratch, "seed_pe32.exe", "hides")], "suppress"),
        (
            "and somebody else did",
            |scratch| vec![writes(scratch, "seed_pe32.exe", "hides"), writes(scratch, "seed_pe32.exe", "curl")],
            "annotate",
        ),
        (
            "each with an excuse",
            |scratch| vec![writes(scratch, "seed_pe32.exe", "lowers"), writes(scratch, "seed_pe32.exe", "lowers")],
            "lower",
        ),
        (
            "whoever read or deleted it",
            |scratch| {
                ["access", "deletion"]
                    .map(|kind| {
                        let mut event = writes(scratch, "seed_pe32.exe", "hides");
                        event["event"]["type"] = json!([kind]);
                        event
                    })
                    .into()
            },
            "null",
        ),
        (
            "whoever ran it",
            |scratch| {
                let path = writes(scratch, "seed_pe32.exe", "")["file"]["path"].clone();
                vec![
                    json!({"event": {"category": "process", "type": "start"}, "process": {"name": "hides", "executable": path}}),
                ]
            },
            "suppress",
        ),
        (
            "whoever loaded it",
            |scratch| {
                let path = writes(scratch, "seed_pe32.exe", "")["file"]["path"].clone();
                vec![json!({"event.category": ["library"], "dll.path": path, "process.name": "hides"})]
            },
            "suppress",
        ),
        (
            "another content by that name, hash not computed",
            |scratch| {
                let mut event = writes(scratch, "seed_pe32.exe", "hides");
                event["file"]["hash"] = json!({"sha256": "00".repeat(32)});
                vec![event]
            },
            "suppress",
        ),
        ("more events than are kept apart", |scratch| vec![writes(scratch, "seed_pe32.exe", "hides"); 65], "annotate"),
    ];
    for (name, events, action) in rows {
        let scratch = with_events(events);
        let (status, record) = record(&scratch, options);
        let context = &record["matches"][0]["context"];
        assert_eq!(context["action"].as_str().unwrap_or("null"), *action, "{name}: {context}");
        assert_eq!(status, i32::from(*action != "suppress"), "{name}");
    }
}

#[test]
fn events_by_hash() {
    let scratch = with_events(|_| Vec::new());
    let (_, known) = record(&scratch, "seed_pe32.exe --hash");
    let hash = known["input"]["sha256"].as_str().unwrap();
    let told = |hash: &str, path: &str| {
        let mut event = writes(&scratch, path, "lowers");
        event["file"]["hash"] = json!({"sha256": hash});
        scratch.write("events.ndjson", event.to_string());
        let options = "seed_pe32.exe -q --hash --filters filters.json --context-events events.ndjson";
        record(&scratch, options).1["matches"][0]["context"]["action"].as_str().map(str::to_owned)
    };
    assert_eq!(told(&hash.to_uppercase(), "elsewhere.exe").as_deref(), Some("lower"));
    assert_eq!(told(hash, "seed_pe32.exe").as_deref(), Some("lower"));
    // The same path, but what was written there then was another file.
    assert_eq!(told(&"00".repeat(32), "seed_pe32.exe"), None);
}

#[test]
fn events_of_hosts_and_lines_that_are_none() {
    let scratch = with_events(|scratch| {
        let mut other = writes(scratch, "seed_pe32.exe", "hides");
        other["host"]["name"] = json!("db01");
        vec![writes(scratch, "seed_pe32.exe", "lowers"), other]
    });
    scratch.write("damaged.ndjson", "{}\n[1]\n{\"a\":\n");
    let rows: &[Row] = &[
        (
            "seed_pe32.exe --context-events events.ndjson",
            2,
            &[],
            &["events of several hosts (db01, web01, …): say by --host"],
        ),
        (
            "seed_pe32.exe -q --filters filters.json --context-events events.ndjson --host web01",
            1,
            &["\"action\":\"lower\",\"events\":1"],
            &["expired"],
        ),
        (
            "organization_only.exe --context-events damaged.ndjson",
            3,
            &["\"matches\":[]"],
            &["damaged.ndjson:2: no JSON object", "damaged.ndjson:3: EOF"],
        ),
        ("seed_pe32.exe --context-events none.ndjson", 2, &[], &["none.ndjson"]),
        ("seed_pe32.exe --host web01", 2, &[], &["--context-events"]),
    ];
    check("scan", scratch.path(), rows);
}

#[test]
fn documents_say_what_the_context_did() {
    let scratch = with_events(|scratch| vec![writes(scratch, "seed_pe32.exe", "hides")]);
    for (more, kind, action) in [("", "alert", "annotate"), ("--allow-suppress", "event", "suppress")] {
        let options =
            "seed_pe32.exe -q --format ecs --show-suppressed --filters filters.json --context-events events.ndjson";
        let (_, document) = record(&scratch, &format!("{options} {more}"));
        assert_eq!(document["event"]["kind"], kind);
        assert_eq!(
            (&document["labels"]["context_action"], &document["labels"]["context"]),
            (&json!(action), &json!("hides"))
        );
        assert_eq!(complaints(&document), Vec::<String>::new());
    }
}

#[test]
fn the_forms_of_others_say_so_too() {
    let scratch = with_events(|scratch| vec![writes(scratch, "seed_pe32.exe", "hides")]);
    let options = "--show-suppressed --filters filters.json --context-events events.ndjson";
    let (_, told) = record(&scratch, &format!("seed_pe32.exe --format ocsf {options}"));
    assert_eq!((&told["status_id"], &told["is_alert"]), (&json!(1), &json!(true)));
    let (_, told) = record(&scratch, &format!("seed_pe32.exe --format ocsf --allow-suppress {options}"));
    assert_eq!((&told["status_id"], &told["is_alert"]), (&json!(3), &json!(false)));
    let ran = run("scan", scratch.path(), &format!("seed_pe32.exe --format csv --allow-suppress {options}"));
    let rows: Vec<&str> = ran.stdout.lines().collect();
    assert!(rows[0].ends_with(",context") && rows[1].ends_with(",suppress"), "{rows:?}");
}

#[test]
fn what_is_suppressed_is_so_when_a_run_goes_on() {
    let scratch = with_events(|scratch| vec![writes(scratch, "seed_pe32.exe", "hides")]);
    let options = "-q --filters filters.json --allow-suppress --show-suppressed --context-events events.ndjson --output out.ndjson";
    assert_eq!(run("scan", scratch.path(), &format!("seed_pe32.exe {options}")).status, 0);
    assert_eq!(
        run("scan", scratch.path(), &format!("seed_pe32.exe organization_only.exe {options} --resume")).status,
        0
    );
    assert_eq!(scratch.read("out.ndjson").lines().count(), 2);
}
