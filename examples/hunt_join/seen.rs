//! The events that matter here: who wrote to a trust store, and who installed what lies there.

#![expect(clippy::arithmetic_side_effects, reason = "counts of lines do not overflow")]

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::Path;

use certsift::{Fields, Rule, Time, TrustStore, Verdict};
use serde::Serialize;
use serde_json::Value;

use crate::cli::complain;
use crate::event_lines::EventLines;

/// Installations, and files that were written, that are kept. A host has a few a day; a flood of them is not to fill the memory.
const MOST_KEPT: usize = 100_000;

/// What was seen of one event.
#[derive(Debug, Serialize)]
pub(crate) struct Seen {
    /// What makes it matter: `rule`, `file_event`, or `argument`, a path in a trust store among the arguments of a process.
    by: &'static str,
    /// The file of events, counted.
    #[serde(skip)]
    file: usize,
    pub(crate) line: u64,
    pub(crate) event_id: Option<String>,
    #[serde(serialize_with = "as_text")]
    pub(crate) time: Option<Time>,
    pub(crate) user: Option<String>,
    pub(crate) process: Process,
    /// The file that was written.
    #[serde(skip)]
    pub(crate) path: Option<String>,
    /// `alert` or `suppressed`; `null` where no rule was asked.
    verdict: Option<&'static str>,
    /// The clauses of the rule that leave the event out.
    clauses: Vec<String>,
}

/// The process of an event. What the event does not say is `null`.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Process {
    pub(crate) name: Option<String>,
    pub(crate) executable: Option<String>,
    pub(crate) args: Vec<String>,
    pub(crate) pid: Option<u64>,
    pub(crate) entity_id: Option<String>,
    pub(crate) parent_name: Option<String>,
    pub(crate) parent_executable: Option<String>,
}

#[expect(clippy::ref_option, reason = "as serde asks for it")]
fn as_text<S: serde::Serializer>(time: &Option<Time>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(|time| time.to_string()).serialize(serializer)
}

impl Seen {
    pub(crate) fn place(&self) -> (usize, u64) {
        (self.file, self.line)
    }

    pub(crate) fn is_alert(&self) -> bool {
        self.verdict == Some("alert")
    }

    pub(crate) fn is_file_event(&self) -> bool {
        self.by == "file_event"
    }

    pub(crate) fn clauses(&self) -> &[String] {
        &self.clauses
    }

    /// Such as `cp, run by root`.
    pub(crate) fn who(&self) -> String {
        let process = self.process.name.as_deref().or(self.process.executable.as_deref()).unwrap_or("a process");
        match &self.user {
            Some(user) => format!("{process}, run by {user},"),
            None => process.to_owned(),
        }
    }
}

/// What is kept of all events.
pub(crate) struct Events {
    rules: Vec<Rule>,
    host: Option<String>,
    files: usize,
    pub(crate) read: EventLines,
    /// Hosts of the events that are kept.
    pub(crate) hosts: BTreeSet<String>,
    pub(crate) installers: Vec<Seen>,
    /// Of each path whoever wrote it last; a file event says more than an argument does.
    pub(crate) writers: BTreeMap<String, Seen>,
    /// Events that write to a trust store.
    pub(crate) wrote: u64,
    /// Whether more was seen than is kept.
    is_full: bool,
}

impl Events {
    pub(crate) fn new(host: Option<String>) -> Self {
        Self {
            rules: Rule::builtin(),
            host,
            files: 0,
            read: EventLines::default(),
            hosts: BTreeSet::new(),
            installers: Vec::new(),
            writers: BTreeMap::new(),
            wrote: 0,
            is_full: false,
        }
    }

    /// Reads events line by line.
    pub(crate) fn read(&mut self, path: &Path) -> Result<(), String> {
        self.files += 1;
        let mut read = std::mem::take(&mut self.read);
        let result = read.read_file(path, |number, event| self.take(number, &event));
        self.read = read;
        result
    }

    /// Whether not all was read, or kept.
    pub(crate) fn is_incomplete(&self) -> bool {
        self.read.malformed > 0 || self.is_full
    }

    pub(crate) fn complain(&self, quiet: bool) {
        if self.is_full {
            complain(&format!("more than {MOST_KEPT} installations or files; the rest is left out"));
        }
        if !quiet {
            self.read.complain();
        }
    }

    fn take(&mut self, line: u64, event: &Value) {
        let host = first(event, "host.name");
        if self.host.is_some() && self.host != host {
            return;
        }
        let is_installer = self.take_installer(line, event);
        let is_writer = self.take_writers(line, event);
        if is_installer || is_writer {
            self.hosts.extend(host.filter(|_| self.hosts.len() < MOST_KEPT));
        }
    }

    /// Whether it is an installation, left out by the rule or not.
    fn take_installer(&mut self, line: u64, event: &Value) -> bool {
        let mut left_out = None;
        let mut is_alert = false;
        for rule in &self.rules {
            match rule.query.verdict(event) {
                Verdict::Alert => is_alert = true,
                Verdict::Suppressed { clauses } => {
                    left_out = left_out.or(Some(clauses.into_iter().map(|clause| clause.id).collect()));
                }
                _ => {}
            }
        }
        let (verdict, clauses) = match left_out {
            _ if is_alert => ("alert", Vec::new()),
            Some(clauses) => ("suppressed", clauses),
            None => return false,
        };
        if self.installers.len() < MOST_KEPT {
            let seen = self.seen(line, event, "rule");
            self.installers.push(Seen { verdict: Some(verdict), clauses, ..seen });
        } else {
            self.is_full = true;
        }
        true
    }

    /// Whether it writes to a trust store.
    fn take_writers(&mut self, line: u64, event: &Value) -> bool {
        let categories = all(event, "event.category");
        let types = all(event, "event.type");
        let is = |list: &[String], word: &str| list.iter().any(|one| one == word);
        let (by, paths) = if is(&categories, "file") && !is(&types, "deletion") && !is(&types, "access") {
            ("file_event", all(event, "file.path"))
        } else if is(&categories, "process") && !is(&types, "end") {
            ("argument", all(event, "process.args"))
        } else {
            return false;
        };
        let paths: BTreeSet<String> = paths.into_iter().filter(|path| TrustStore::place_of(path).is_some()).collect();
        self.wrote += u64::from(!paths.is_empty());
        let is_writer = !paths.is_empty();
        for path in paths {
            let seen = Seen { path: Some(path.clone()), ..self.seen(line, event, by) };
            let is_full = self.writers.len() >= MOST_KEPT;
            match self.writers.get_mut(&path) {
                Some(known) if (seen.is_file_event(), seen.time) >= (known.is_file_event(), known.time) => {
                    *known = seen
                }
                Some(_) => {}
                None if is_full => self.is_full = true,
                None => _ = self.writers.insert(path, seen),
            }
        }
        is_writer
    }

    fn seen(&self, line: u64, event: &Value, by: &'static str) -> Seen {
        Seen {
            by,
            file: self.files,
            line,
            event_id: first(event, "event.id"),
            time: first(event, "@timestamp").and_then(|time| Time::from_rfc3339(&time)),
            user: first(event, "user.name").or_else(|| first(event, "user.id")),
            process: Process {
                name: first(event, "process.name"),
                executable: first(event, "process.executable"),
                args: all(event, "process.args").into_iter().take(MOST_ARGUMENTS).map(cut).collect(),
                pid: first(event, "process.pid").and_then(|pid| pid.parse().ok()),
                entity_id: first(event, "process.entity_id"),
                parent_name: first(event, "process.parent.name"),
                parent_executable: first(event, "process.parent.executable"),
            },
            path: None,
            verdict: None,
            clauses: Vec::new(),
        }
    }
}

/// Arguments that are told, and characters of each.
const MOST_ARGUMENTS: usize = 64;
const MOST_CHARACTERS: usize = 1_024;

fn cut(text: String) -> String {
    match text.char_indices().nth(MOST_CHARACTERS) {
        Some((end, _)) => text.get(..end).unwrap_or_default().to_owned() + "…",
        None => text,
    }
}

/// Every value under a path.
fn all(event: &Value, path: &str) -> Vec<String> {
    let mut found = Vec::new();
    let _ = event.values(path, &mut |value| {
        found.push(value.into_owned());
        ControlFlow::Continue(())
    });
    found
}

fn first(event: &Value, path: &str) -> Option<String> {
    all(event, path).into_iter().next()
}
