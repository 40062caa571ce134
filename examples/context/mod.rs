//! `scan --context`, `scan --context-events`: what was going on where a file was found, and who wrote or ran it.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use certsift::{Fields, FilterHit, Filters, Input, Query, Report, Time};
use clap::Args;
use serde_json::Value;

use crate::cli::{complain, filters};
use crate::event_lines::EventLines;

#[derive(Debug, Args)]
pub(crate) struct ContextOptions {
    /// What was going on: one event (JSON) that tells about every file that is scanned
    #[arg(long, value_name = "EVENT.json")]
    context: Option<PathBuf>,
    /// Events of the host that the files are from (JSON lines): those that name a file by path or SHA-256 tell who wrote or ran it.
    /// Repeatable
    #[arg(long, value_name = "FILE")]
    context_events: Vec<PathBuf>,
    /// Of the events, those of this host
    #[arg(long, value_name = "NAME", requires = "context_events")]
    host: Option<String>,
    /// Context filters: seed, hardened, none, or a file of your own
    #[arg(long, value_name = "NAME|FILE", default_value = "hardened")]
    filters: String,
    /// Let filters suppress matches that ask for it; those that are critical they never do
    #[arg(long)]
    allow_suppress: bool,
    /// Tell also what is suppressed; how much that is, is told on standard error in any case
    #[arg(long)]
    show_suppressed: bool,
}

/// Events of one path or hash whose filters are kept apart. Further ones excuse nothing.
const MOST_EVENTS: usize = 64;

/// What is known of files.
pub(crate) struct Context {
    /// The filters that hold of the event about every file.
    given: Option<Vec<FilterHit>>,
    /// Those of each event that names a file, and the hash that it names it by.
    events: Vec<(Option<String>, Vec<FilterHit>)>,
    /// Which events name a path, or a hash.
    by_name: HashMap<String, Vec<usize>>,
    allow_suppress: bool,
    show_suppressed: bool,
    /// Lines that are no events.
    pub(crate) malformed: u64,
}

/// Which events tell who wrote, ran or loaded a file: a query, the field of the path, that of the hash. Who read or deleted it is not asked.
const TELLING: [(&str, &str, &str); 3] = [
    (
        r#"file where not event.type in ("access", "deletion", "info", "error") and not event.action in ("open", "read", "deletion")"#,
        "file.path",
        "file.hash.sha256",
    ),
    (r#"process where not event.type in ("end", "error", "info")"#, "process.executable", "process.hash.sha256"),
    (r#"any where event.category in ("library", "driver")"#, "dll.path", "dll.hash.sha256"),
];

impl ContextOptions {
    /// Whether events are on standard input.
    pub(crate) fn reads_stdin(&self) -> bool {
        self.context_events.iter().any(|path| path.as_os_str() == "-")
    }

    /// Reads the events. `None` where none are given.
    pub(crate) fn load(&self, now: Time, quiet: bool) -> Result<Option<Context>, String> {
        if self.context.is_none() && self.context_events.is_empty() {
            return Ok(None);
        }
        let filters = filters::load(&self.filters, now)?;
        let mut context = Context {
            given: self.context.as_deref().map(|path| given(path, &filters)).transpose()?,
            events: vec![(None, Vec::new())],
            by_name: HashMap::new(),
            allow_suppress: self.allow_suppress,
            show_suppressed: self.show_suppressed,
            malformed: 0,
        };
        let telling = TELLING.map(|(query, path, hash)| (Query::parse(query), path, hash));
        let mut hosts = BTreeSet::new();
        let mut read = EventLines::default();
        for path in &self.context_events {
            read.read_file(path, |_, event| {
                let host = all(&event, "host.name").into_iter().next();
                if self.host.is_some() && self.host != host {
                    return;
                }
                let mut hits = None;
                for (query, path, hash) in &telling {
                    if query.as_ref().is_ok_and(|query| query.matches(&event)) {
                        let hits = hits.get_or_insert_with(|| filters.hits(&event));
                        context.add(all(&event, path), all(&event, hash).into_iter().next(), hits);
                    }
                }
                if hits.is_some() && hosts.len() < 2 {
                    hosts.extend(host);
                }
            })?;
        }
        if hosts.len() > 1 {
            let hosts: Vec<&str> = hosts.iter().map(String::as_str).collect();
            return Err(format!(
                "events of several hosts ({}, …): say by --host whose files these are",
                hosts.join(", ")
            ));
        }
        if !quiet {
            read.complain();
            if read.lines == 0 && !self.context_events.is_empty() {
                complain("warning: no events were found");
            }
        }
        context.malformed = read.malformed;
        Ok(Some(context))
    }
}

fn given(path: &Path, filters: &Filters) -> Result<Vec<FilterHit>, String> {
    let told = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let event: Value =
        serde_json::from_slice(&fs::read(path).map_err(|error| told(&error))?).map_err(|error| told(&error))?;
    if event.is_object() { Ok(filters.hits(&event)) } else { Err(told(&"no event, which is a JSON object")) }
}

impl Context {
    fn add(&mut self, paths: Vec<String>, hash: Option<String>, hits: &[FilterHit]) {
        let hash = hash.map(|hash| hash.to_ascii_lowercase());
        let event = self.events.len();
        let mut is_kept = false;
        for name in paths.into_iter().chain(hash.clone().map(|hash| hash_name(&hash))) {
            let named = self.by_name.entry(name).or_default();
            if named.len() < MOST_EVENTS {
                named.push(event);
                is_kept = true;
            } else if named.last() != Some(&0) {
                named.push(0);
            }
        }
        if is_kept {
            self.events.push((hash, hits.to_vec()));
        }
    }

    /// The report as the context has it, where there is any match that it could be about; and the suppressed matches, by the filters that do it.
    pub(crate) fn judge(&self, report: &Report) -> Option<(Report, Vec<String>)> {
        if report.matches.is_empty() {
            return None;
        }
        let mut report = report.clone();
        report.add_context(&self.of(&report.input), self.allow_suppress);
        let suppressed = report.matches.iter().filter(|found| found.is_suppressed());
        let suppressed = suppressed.map(|found| {
            let filters = found.context.iter().flat_map(|context| &context.filters);
            let suppressing = filters.filter(|filter| filter.action == "suppress").map(|filter| filter.id.as_str());
            suppressing.collect::<BTreeSet<&str>>().into_iter().collect::<Vec<&str>>().join(", ")
        });
        let suppressed = suppressed.collect();
        if !self.show_suppressed {
            report.matches.retain(|found| !found.is_suppressed());
        }
        Some((report, suppressed))
    }

    /// The filters of each event about a file.
    fn of(&self, input: &Input) -> Vec<Vec<FilterHit>> {
        let path = (input.path != "-" && input.path_hex.is_none()).then_some(Path::new(&input.path));
        let full = path.and_then(|path| std::path::absolute(path).ok()).map(|path| path.to_string_lossy().into_owned());
        // Of a member the hash is another than that of the archive, which events name.
        let hash = input.sha256.as_deref().filter(|_| input.member.is_none());
        let names = full.into_iter().chain(input.sha256.as_deref().map(hash_name));
        let named: BTreeSet<usize> = names.filter_map(|name| self.by_name.get(&name)).flatten().copied().collect();
        let events = named.iter().filter_map(|event| self.events.get(*event));
        // An event about another content is about another file.
        let events =
            events.filter(|(named, _)| named.as_deref().is_none_or(|named| hash.is_none_or(|hash| hash == named)));
        self.given.iter().chain(events.map(|(_, hits)| hits)).cloned().collect()
    }
}

/// Paths have a slash or a backslash in them.
fn hash_name(hash: &str) -> String {
    format!("sha256:{hash}")
}

/// Every value under a path.
fn all(event: &Value, path: &str) -> Vec<String> {
    let mut found = Vec::new();
    // It never breaks.
    let _ = event.values(path, &mut |value| {
        found.push(value.into_owned());
        ControlFlow::Continue(())
    });
    found
}
