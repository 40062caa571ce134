//! `hunt events` and `hunt filters`: rules and context filters over process events.

#![expect(clippy::arithmetic_side_effects, reason = "counts of events do not overflow")]

mod rules;

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

use certsift::{EventRecord, FilterHit, Filters, Rule};
use clap::Args;
use serde_json::{Value, json};

use crate::cli::{complain, filters};
use crate::event_lines::EventLines;
use crate::hunt_store::{StoreFormat, TellArguments, Telling};
use rules::RuleArguments;

/// Rules over process events: alerts, and what was left out and why.
///
/// Exit status: 0 no alert, 1 an alert, 2 wrong usage, or no rule or nothing could be read, 3 no alert, and some lines could not be read.
#[derive(Debug, Args)]
pub(crate) struct EventArguments {
    /// Files of events, one JSON object a line; - or none for standard input
    #[arg(value_name = "FILE")]
    events: Vec<PathBuf>,
    #[command(flatten)]
    rules: RuleArguments,
    /// Context filters: seed, hardened, none, or a file of your own
    #[arg(long, value_name = "NAME|FILE", default_value = "hardened")]
    filters: String,
    /// Write also the events that a rule leaves out
    #[arg(long)]
    show_suppressed: bool,
    /// Write no more than this many alerts; how many more there are is told on standard error
    #[arg(long, value_name = "N", default_value_t = 100)]
    max_alerts: u64,
    #[command(flatten)]
    tell: TellArguments,
}

/// The context filters that hold of each event.
#[derive(Debug, Args)]
pub(crate) struct FilterArguments {
    /// Files of events, one JSON object a line; - or none for standard input
    #[arg(value_name = "FILE")]
    events: Vec<PathBuf>,
    /// Context filters: seed, hardened, or a file of your own [default: seed and hardened]
    #[arg(long, value_name = "NAME|FILE")]
    filters: Option<String>,
    #[command(flatten)]
    tell: TellArguments,
}

/// What was seen so far.
#[derive(Debug, Default)]
struct Counts {
    alerts: u64,
    cut: u64,
    repeated: u64,
    suppressed: u64,
    /// How many events each clause or filter left out, by rule.
    by: BTreeMap<(String, String), u64>,
    /// Rules, ids and whether they are alerts, of the events that were told.
    told: HashSet<(usize, String, bool)>,
}

pub(crate) fn run(arguments: &EventArguments) -> Result<u8, String> {
    let tell = &arguments.tell;
    let rules = arguments.rules.load(tell.quiet)?;
    let mut telling = Telling::open(tell)?;
    let filters = filters::load(&arguments.filters, telling.now)?;
    let mut counts = Counts::default();
    let read = read_all(&arguments.events, |line, event| {
        let mut hits: Option<Vec<FilterHit>> = None;
        for (number, rule) in rules.iter().enumerate() {
            let Some(record) = record_of(line, &event, rule, &filters, &mut hits) else { continue };
            let is_known =
                record.event_id.clone().is_some_and(|id| !counts.told.insert((number, id, record.is_alert())));
            if is_known {
                counts.repeated += 1;
            } else if counts.counts(&record, rule, arguments.max_alerts)
                || (!record.is_alert() && arguments.show_suppressed)
            {
                telling.event(&record, rule);
            }
        }
    })?;
    telling.close()?;
    if !tell.quiet {
        read.complain();
        counts.tell(&read, &rules);
    }
    Ok(match () {
        () if tell.exit_zero => 0,
        () if counts.alerts > 0 => 1,
        () if read.malformed > 0 => 3,
        () => 0,
    })
}

/// What a rule says of an event. Filters are asked only where it says something, and once.
fn record_of(
    line: u64,
    event: &Value,
    rule: &Rule,
    filters: &Filters,
    hits: &mut Option<Vec<FilterHit>>,
) -> Option<EventRecord> {
    if rule.query.verdict(event) == certsift::Verdict::NoMatch {
        return None;
    }
    let hits = hits.get_or_insert_with(|| filters.hits(event));
    EventRecord::new(line, event, rule, hits, true)
}

pub(crate) fn run_filters(arguments: &FilterArguments) -> Result<u8, String> {
    let mut telling = Telling::open(&arguments.tell)?;
    let mut filters = Filters::default();
    match &arguments.filters {
        Some(name) => filters = filters::load(name, telling.now)?,
        None => Filters::PROFILES.iter().for_each(|profile| filters.extend(Filters::builtin(profile))),
    }
    let read = read_all(&arguments.events, |line, event| {
        let hits = filters.hits(&event);
        if telling.format != StoreFormat::Text {
            telling.line(&filters_record(line, &event, &hits).to_string());
            return;
        }
        for hit in hits {
            let shown = |text: Option<&String>| text.map(|text| certsift::escape(text)).unwrap_or_default();
            let (field, value) = (shown(hit.field.as_ref()), shown(hit.value.as_ref()));
            telling.line(&format!("line {line}: {} {}: {field} is {value}", hit.profile, hit.id));
        }
    })?;
    telling.close()?;
    if !arguments.tell.quiet {
        read.complain();
    }
    Ok(if read.malformed > 0 && !arguments.tell.exit_zero { 3 } else { 0 })
}

fn filters_record(line: u64, event: &Value, hits: &[FilterHit]) -> Value {
    let id = event.pointer("/event/id").or_else(|| event.get("event.id")).filter(|id| id.is_string());
    let hits: Vec<Value> = hits
        .iter()
        .map(|hit| json!({"profile": hit.profile, "id": hit.id, "field": hit.field, "value": hit.value}))
        .collect();
    json!({"schema": "certsift/1", "kind": "filters", "line": line, "event_id": id, "hits": hits})
}

fn read_all(files: &[PathBuf], mut take: impl FnMut(u64, Value)) -> Result<EventLines, String> {
    let standard_input = [PathBuf::from("-")];
    let files = if files.is_empty() { &standard_input } else { files };
    let mut read = EventLines::default();
    for path in files {
        read.read_file(path, &mut take)?;
    }
    Ok(read)
}

impl Counts {
    /// Counts a record; whether it is an alert that is written.
    fn counts(&mut self, record: &EventRecord, rule: &Rule, most: u64) -> bool {
        if record.is_alert() {
            self.alerts += 1;
            self.cut += u64::from(self.alerts > most);
            return self.alerts <= most;
        }
        self.suppressed += 1;
        for id in record.suppressed_by() {
            *self.by.entry((rule.name.clone(), id.to_owned())).or_default() += 1;
        }
        false
    }

    fn tell(&self, read: &EventLines, rules: &[Rule]) {
        let Self { alerts, cut, repeated, suppressed, .. } = self;
        let lines = read.lines;
        complain(&format!(
            "{lines} events, {} rules: {alerts} alerts, {suppressed} suppressed, {repeated} repeated",
            rules.len()
        ));
        if *cut > 0 {
            complain(&format!("{cut} alerts more than --max-alerts are not written"));
        }
        for ((name, id), count) in &self.by {
            let rule = rules.iter().find(|rule| rule.name == *name);
            let number = id.strip_prefix('E').and_then(|number| number.parse::<usize>().ok());
            let clause =
                rule.zip(number).and_then(|(rule, number)| rule.query.exclusions().nth(number.checked_sub(1)?));
            let clause = clause.map(|text| certsift::escape(&text.split_whitespace().collect::<Vec<_>>().join(" ")));
            let clause =
                clause.map(|text| format!(": {}", text.chars().take(100).collect::<String>())).unwrap_or_default();
            complain(&format!("  {count} suppressed by {id} of {}{clause}", certsift::escape(name)));
        }
    }
}

impl Telling {
    fn event(&mut self, record: &EventRecord, rule: &Rule) {
        match self.format {
            StoreFormat::Ndjson => self.line(&record.to_json_line()),
            StoreFormat::Text => self.write(&record.to_text(self.style)),
            StoreFormat::Ecs => self.line(&record.to_ecs(rule, self.now).to_string()),
        }
    }
}
