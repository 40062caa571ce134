//! Rules and context filters over process events, beside serde_json alone, which makes a `Value` of each event and does nothing with it.
//!
//!     cargo build --release --examples && cargo bench --bench events
//!
//! Runs alternate, and each ratio is of neighbouring runs, so that a machine whose speed drifts does not matter. One thread. The last
//! column is the whole program `hunt events` on a file, its start counted; the side that it is measured against reads the same file by lines.

#![expect(clippy::expect_used, reason = "a bench that cannot run has nothing to say")]
#![expect(clippy::as_conversions, clippy::arithmetic_side_effects, reason = "small numbers, for people")]

mod figures;

use std::fs::File;
use std::hint::black_box;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use certsift::{Filters, Rule};
use figures::Spread;
use serde_json::{Value, json};

const PAIRS: usize = 15;
/// Events of a run.
const EVENTS: usize = 40_000;
/// One event in so many is what the rule looks for.
const FOUND: usize = 1_000;

fn main() {
    if std::env::args().any(|argument| argument == "--list" || argument == "--test") {
        return;
    }
    println!("{EVENTS} events, {PAIRS} pairs of runs a figure, medians; ratios to serde_json alone\n");
    println!(
        "| events | bytes each | serde_json, million a minute | the rule | and both profiles of filters | million a minute | `hunt events` |"
    );
    println!("|---|---|---|---|---|---|---|");
    for (name, make) in [("small", small as Make), ("of a sensor", of_a_sensor)] {
        row(name, &(0..EVENTS).map(|number| make(number).to_string()).collect::<Vec<_>>());
    }
}

type Make = fn(usize) -> Value;

fn row(name: &str, lines: &[String]) {
    let rules = Rule::builtin();
    let mut filters = Filters::builtin("seed");
    filters.extend(Filters::builtin("hardened"));
    let parse = |then: &dyn Fn(&Value) -> usize| {
        time(|| lines.iter().map(|line| then(&serde_json::from_str(line).expect("an event"))).sum())
    };
    let alerts = |event: &Value| rules.iter().filter(|rule| rule.query.matches(event)).count();
    let alone = Spread::of((0..PAIRS).map(|_| parse(&|_| 0).as_secs_f64()));
    let with_rule = Spread::of_ratios(PAIRS, || (parse(&alerts), parse(&|_| 0)));
    let all = |event: &Value| alerts(event) + filters.hits(event).len();
    let with_filters = Spread::of_ratios(PAIRS, || (parse(&all), parse(&|_| 0)));
    let whole = hunt(lines);
    let a_minute = lines.len() as f64 / alone.median() * 60.0 / 1e6;
    let bytes = lines.iter().map(String::len).sum::<usize>() / lines.len();
    println!(
        "| {name} | {bytes} | {a_minute:.0} | {:.2} | {:.2} | {:.0} | {} |",
        with_rule.median(),
        with_filters.median(),
        a_minute / with_filters.median(),
        whole.as_ref().map_or("not built".to_owned(), |whole| format!("{:.2}", whole.median())),
    );
    figures::tell(&format!("events to serde_json, {name}, rule"), with_rule.median());
    figures::tell(&format!("events to serde_json, {name}, rule and filters"), with_filters.median());
    if let Some(whole) = whole {
        figures::tell(&format!("events to serde_json, {name}, hunt"), whole.median());
    }
}

/// The whole program beside reading the file by lines.
fn hunt(lines: &[String]) -> Option<Spread> {
    // Beside the folder `deps`, where this bench is.
    let bench = std::env::current_exe().ok()?;
    let program = bench.parent().and_then(Path::parent)?.join("examples/hunt");
    if !program.is_file() {
        return None;
    }
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("bench_events.ndjson");
    let mut file = File::create(&path).expect("the folder for temporary files can be written to");
    file.write_all(lines.join("\n").as_bytes()).expect("there is room");
    let whole = || {
        time(|| {
            let mut command = Command::new(&program);
            command.args(["events", "--format", "ndjson"]).arg(&path).stdout(Stdio::null()).stderr(Stdio::null());
            let status = command.status().expect("the program runs");
            assert_eq!(status.code(), Some(1), "there are alerts");
            1
        })
    };
    let alone = || {
        time(|| {
            let mut reader = BufReader::with_capacity(1 << 16, File::open(&path).expect("it was written"));
            let (mut line, mut count) = (Vec::new(), 0);
            while reader.read_until(b'\n', &mut line).expect("it can be read") > 0 {
                black_box(serde_json::from_slice::<Value>(&line).expect("an event"));
                line.clear();
                count += 1;
            }
            count
        })
    };
    let spread = Spread::of_ratios(PAIRS, || (whole(), alone()));
    std::fs::remove_file(&path).expect("the file is there");
    Some(spread)
}

fn time(run: impl FnOnce() -> usize) -> Duration {
    let start = Instant::now();
    black_box(run());
    start.elapsed()
}

/// What happens on a machine beside.
const PROGRAMS: [&str; 6] = ["bash", "ls", "python3.11", "curl", "systemd", "apt-get"];

fn program(number: usize) -> &'static str {
    if number % FOUND == FOUND / 2 {
        return "update-ca-certificates";
    }
    PROGRAMS.get(number % PROGRAMS.len()).copied().unwrap_or_default()
}

/// The fields that the rule needs, and few others.
fn small(number: usize) -> Value {
    let name = program(number);
    json!({
        "@timestamp": "2026-01-15T10:00:00.000Z",
        "event": {"id": number.to_string(), "kind": "event", "category": ["process"], "type": ["start"], "action": "exec"},
        "host": {"name": "web01", "os": {"type": "linux"}},
        "process": {"name": name, "executable": format!("/usr/bin/{name}"), "args": [name], "parent": {"name": "sshd"}},
    })
}

/// About the fields that an agent on the machine sends.
fn of_a_sensor(number: usize) -> Value {
    let (name, id) = (program(number), format!("{number:032x}"));
    let process = |name: &str, pid: usize| {
        json!({
            "pid": pid, "entity_id": id, "name": name, "executable": format!("/usr/bin/{name}"), "command_line": format!("{name} --all -l"),
            "args": [name, "--all", "-l"], "args_count": 3, "working_directory": "/home/user", "interactive": false, "start": "2026-01-15T10:00:00.000Z",
            "user": {"id": "1000", "name": "user"}, "group": {"id": "1000", "name": "user"},
            "hash": {"md5": id, "sha1": format!("{id}00000000"), "sha256": format!("{id}{id}")},
        })
    };
    let mut own = process(name, number);
    for (role, value) in [("parent", process("sshd", 900)), ("session_leader", process("bash", 901))] {
        own.as_object_mut().expect("an object").insert(role.to_owned(), value);
    }
    json!({
        "@timestamp": "2026-01-15T10:00:00.000Z",
        "agent": {"id": id, "type": "endpoint", "version": "9.1.0"},
        "data_stream": {"dataset": "endpoint.events.process", "namespace": "default", "type": "logs"},
        "ecs": {"version": "9.0.0"},
        "event": {
            "id": id, "kind": "event", "category": ["process"], "type": ["start"], "action": "exec", "sequence": number,
            "created": "2026-01-15T10:00:00.000Z", "dataset": "endpoint.events.process", "module": "endpoint", "outcome": "unknown",
        },
        "host": {
            "name": "web01", "hostname": "web01", "id": id, "architecture": "x86_64", "ip": ["192.0.2.1", "2001:db8::1"], "mac": ["00-00-5e-00-53-01"],
            "os": {"type": "linux", "family": "debian", "name": "Linux", "kernel": "6.12.0", "platform": "debian", "version": "13"},
        },
        "message": "Endpoint process event",
        "process": own,
        "user": {"id": "1000", "name": "user"},
    })
}
