//! `hunt join`: who installed which certificate, from events and the folders of a host.

#![expect(clippy::indexing_slicing, reason = "a key that is missing fails the test")]

use serde_json::{Value, json};

use crate::ecs_fields::complaints;
use crate::program::{Row, Scratch, check, run};
use crate::trust_store::scratch_root;

const LOCAL: &str = "/usr/local/share/ca-certificates";

/// An event of a host.
fn event(time: &str, category: &str, kind: &str, more: Value) -> Value {
    let mut event = json!({
        "@timestamp": format!("2026-11-22T{time}Z"),
        "event": {"id": format!("id-{time}"), "category": [category], "type": [kind], "action": "exec"},
        "host": {"name": "web01", "os": {"type": "linux"}},
        "user": {"name": "mallory"},
    });
    more.as_object().unwrap().iter().for_each(|(key, value)| event[key] = value.clone());
    event
}

fn install(time: &str, parent: &str) -> Value {
    let process = json!({
        "name": "update-ca-certificates", "executable": "/usr/sbin/update-ca-certificates", "pid": 77,
        "args": ["update-ca-certificates"], "parent": {"name": parent},
    });
    event(time, "process", "start", json!({"process": process}))
}

fn write(time: &str, path: &str) -> Value {
    event(time, "file", "creation", json!({"file": {"path": path}, "process": {"name": "curl", "pid": 76}}))
}

fn copy(time: &str, path: &str) -> Value {
    let process = json!({"name": "cp", "args": ["cp", "a.crt", path]});
    event(time, "process", "start", json!({"process": process}))
}

fn write_events(scratch: &Scratch, name: &str, events: &[Value]) {
    let lines: Vec<String> = events.iter().map(Value::to_string).collect();
    scratch.write(name, lines.join("\n"));
}

fn findings(scratch: &Scratch, events: &[Value]) -> Vec<Value> {
    write_events(scratch, "events", events);
    let ran = run("hunt", scratch.path(), "join events --root root -q");
    assert_eq!(ran.stderr, "");
    ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Severity, path, writer and installer of every finding about a path.
fn about(findings: &[Value], path: &str) -> Vec<[Value; 4]> {
    let of_path = findings.iter().filter(|finding| finding["path"] == path);
    let told = |finding: &Value| {
        let writer = finding["writer"]["process"]["name"].clone();
        [finding["severity"].clone(), writer, finding["writer"]["by"].clone(), finding["installer"]["verdict"].clone()]
    };
    of_path.map(told).collect()
}

#[test]
fn who_wrote_it_and_who_installed_it() {
    let scratch = scratch_root();
    let (listed, fresh, similar) =
        (format!("{LOCAL}/listed.crt"), format!("{LOCAL}/fresh.crt"), format!("{LOCAL}/team/similar.crt"));
    let known = "/usr/share/ca-certificates/mozilla/known.crt";
    let gone = format!("{LOCAL}/gone.crt");
    let found = findings(
        &scratch,
        &[
            write("02:00:00", &listed),
            copy("02:00:01", &listed),
            copy("02:00:02", &fresh),
            write("02:00:03", known),
            install("02:05:00", "bash"),
            write("03:00:00", &similar),
            install("03:00:09", "su"),
            write("05:00:00", &gone),
            write("05:00:00", "/home/mallory/a.crt"),
        ],
    );
    let rows: [(&str, [Value; 4]); 5] = [
        (&listed, [json!("high"), json!("curl"), json!("file_event"), json!("alert")]),
        (&fresh, [json!("medium"), json!("cp"), json!("argument"), json!("alert")]),
        (known, [json!("low"), json!("curl"), json!("file_event"), json!("alert")]),
        (&similar, [json!("medium"), json!("curl"), json!("file_event"), json!("suppressed")]),
        (&gone, [json!("medium"), json!("curl"), json!("file_event"), Value::Null]),
    ];
    for (path, expected) in rows {
        assert_eq!(about(&found, path), [expected], "{path}");
    }
    assert_eq!(found.len(), 5, "{found:#?}");
    assert_eq!(found[0]["severity"], "high", "the worst comes first");
    let summary = "curl, run by mallory, wrote /usr/local/share/ca-certificates/listed.crt; update-ca-certificates, run by \
                   mallory, installed what lay there: CallTogether Root, listed as callTogether_certificate";
    assert_eq!(found[0]["summary"], summary);
    let of_similar = found.iter().find(|finding| finding["path"] == similar.as_str()).unwrap();
    assert_eq!(of_similar["installer"]["clauses"], json!(["E1"]));
}

#[test]
fn without_file_events_the_times_of_files_tell() {
    let scratch = scratch_root();
    // Installed now, as the files of the scratch folder were written now.
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let mut installed = install("02:00:00", "bash");
    installed["@timestamp"] = json!(certsift::Time::from_unix(i64::try_from(now).unwrap()).to_string());
    let found = findings(&scratch, &[installed]);
    let paths: Vec<&str> = found.iter().map(|finding| finding["path"].as_str().unwrap()).collect();
    assert_eq!(paths.len(), 5, "all that nobody knows: {paths:?}");
    assert!(found.iter().all(|finding| finding["installer"]["line"] == 1 && finding["writer"].is_null()));
    // Of an installation long ago nothing is left; what is listed is told all the same.
    let found = findings(&scratch, &[install("02:00:00", "bash"), install("02:10:00", "systemd")]);
    let told: Vec<_> = found.iter().map(|one| (one["severity"].as_str().unwrap(), one["path"].as_str())).collect();
    assert_eq!(told, [("high", Some("/usr/local/share/ca-certificates/listed.crt")), ("medium", None)]);
}

#[test]
fn every_form_and_status() {
    let scratch = scratch_root();
    let path = format!("{LOCAL}/fresh.crt");
    let mut other = install("02:05:00", "bash");
    other["host"]["name"] = json!("db01");
    write_events(&scratch, "events", &[write("02:00:00", &path), install("02:05:00", "bash")]);
    write_events(&scratch, "hosts", &[write("02:00:00", &path), other]);
    let mut known = scratch.read("events");
    known.push_str("\n{\"half\": \n[]\n\n");
    scratch.write("broken", known);
    scratch.write("none", "");
    let text: &[&str] = &[
        "HIGH: somebody put an authority into",
        "MEDIUM: curl, run by mallory, wrote /usr/local/share/ca-certificates/fresh.crt;",
        "installed by update-ca-certificates, child of bash, 2026-11-22T02:05:00Z (line 2)",
        "(not_in_baseline)",
    ];
    let flood: Vec<Value> = (0..9).map(|minute| install(&format!("09:0{minute}:00"), "bash")).collect();
    write_events(&scratch, "flood", &flood);
    let rows: &[Row] = &[
        ("join flood --root root --max-alerts 2", 1, &["\"line\":2"], &["7 more findings without a certificate"]),
        ("join flood --root root", 1, &["\"line\":9"], &[]),
        ("join events --root root --format text -q", 1, text, &[]),
        ("join --root root -q <events", 1, &["\"kind\":\"installation\""], &[]),
        ("join broken --root root", 1, &["\"line\":1"], &["broken:3: ", "broken:4: no JSON object"]),
        (
            "join events --root root --summary",
            1,
            &["installation"],
            &["2 lines, 1 of them installations and 1 of them"],
        ),
        ("join hosts --root root", 2, &[], &["several hosts (db01, web01"]),
        ("join hosts --root root --host web01", 1, &["fresh.crt"], &[]),
        ("join none --root root --no-builtin", 0, &[], &[]),
        ("join events --root root --exit-zero", 0, &["fresh.crt"], &[]),
        ("join gone --root root", 2, &[], &["gone: "]),
        ("join events --root none", 2, &[], &["no folder"]),
    ];
    check("hunt", scratch.path(), rows);
}

#[test]
fn documents_are_of_the_schema() {
    let scratch = scratch_root();
    let events = [
        write("02:00:00", &format!("{LOCAL}/listed.crt")),
        write("02:00:00", "/usr/share/ca-certificates/mozilla/known.crt"),
        write("02:00:00", &format!("{LOCAL}/gone.crt")),
        install("02:05:00", "bash"),
        install("09:05:00", "bash"),
    ];
    write_events(&scratch, "events", &events);
    let ran = run("hunt", scratch.path(), "join events --root root --format ecs -q");
    let documents: Vec<Value> = ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(documents.len(), 4);
    for document in &documents {
        assert_eq!(complaints(document), Vec::<String>::new(), "{document:#}");
    }
    let rows = [
        ("/@timestamp", json!("2026-11-22T02:00:00Z")),
        ("/event/risk_score", json!(73)),
        ("/file/path", json!("/usr/local/share/ca-certificates/listed.crt")),
        ("/file/x509/subject/organization", json!(["CallTogether, Inc."])),
        ("/process/name", json!("curl")),
        ("/user/name", json!("mallory")),
        ("/rule/id", json!("callTogether_certificate")),
        ("/labels/installer_event", json!("id-02:05:00")),
    ];
    for (pointer, expected) in rows {
        assert_eq!(documents[0].pointer(pointer), Some(&expected), "{pointer} of {:#}", documents[0]);
    }
}
