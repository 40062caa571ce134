//! `hunt join`: what events tell of installations, and the certificates that were installed, as one finding.

#![expect(clippy::arithmetic_side_effects, reason = "seconds since 1970 are far from the ends of their type")]

mod finding;
mod seen;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use certsift::{IndicatorTable, PlaceRecord, Severity, StoreCertificate, Time, TrustStore};
use clap::Args;

use crate::cli::complain;
use crate::hunt_store::{StoreArguments, StoreFormat, TellArguments, Telling, read_baseline, severity_of};
use finding::Finding;
use seen::{Events, Seen};

/// Joins process events, file events and the certificates in the folders of one host: who installed what.
///
/// Exit status: 0 nothing of medium severity or more, 1 something, 2 wrong usage or nothing could be read, 3 nothing, and some lines or files
/// could not be read.
#[derive(Debug, Args)]
pub(crate) struct JoinArguments {
    /// Files of events, one JSON object a line; - or none for standard input
    #[arg(value_name = "EVENTS")]
    events: Vec<PathBuf>,
    #[command(flatten)]
    store: StoreArguments,
    /// The authorities that are known. Without it, those that the distribution brings along
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// The host whose root is read, where the events are of several
    #[arg(long, value_name = "NAME")]
    host: Option<String>,
    /// Seconds between writing a certificate and installing it that belong together
    #[arg(long, value_name = "N", default_value_t = 600)]
    window: u32,
    /// Tell no more than this many findings of which no certificate is left; how many more there are is told on standard error
    #[arg(long, value_name = "N", default_value_t = 100)]
    max_alerts: usize,
    #[command(flatten)]
    tell: TellArguments,
}

pub(crate) fn run(arguments: &JoinArguments) -> Result<u8, String> {
    let tell = &arguments.tell;
    let table: IndicatorTable = arguments.store.indicators.load(tell.quiet).ok_or("the indicators cannot be read")?;
    let events = read_events(arguments)?;
    let known = arguments.baseline.as_deref().map(read_baseline).transpose()?;
    let store = arguments.store.read_with(&table, known)?;
    let join = Join::new(&events, &store, i64::from(arguments.window));
    let mut findings = join.findings();
    let all = findings.len();
    let mut bare = 0_usize;
    findings.retain(|finding| {
        finding.has_certificate() || {
            bare += 1;
            bare <= arguments.max_alerts
        }
    });
    let mut out = Telling::open(tell)?;
    for finding in &findings {
        match out.format {
            StoreFormat::Text => out.write(&finding.to_text(out.style)),
            StoreFormat::Ndjson => out.line(&serde_json::to_string(finding).unwrap_or_default()),
            StoreFormat::Ecs => out.line(&finding.to_ecs(out.now).to_string()),
        }
    }
    out.close()?;
    events.complain(tell.quiet);
    if findings.len() < all {
        complain(&format!("{} more findings without a certificate", all - findings.len()));
    }
    if tell.summary {
        complain(&format!(
            "{} lines, {} of them installations and {} of them writing to trust stores; {} findings",
            events.read.lines,
            events.installers.len(),
            events.wrote,
            all
        ));
    }
    let is_found = |finding: &Finding<'_>| severity_of(Some(&finding.severity)) >= Some(Severity::Medium);
    Ok(match () {
        () if tell.exit_zero => 0,
        () if findings.iter().any(is_found) => 1,
        () if events.is_incomplete() || store.has_errors() => 3,
        () => 0,
    })
}

fn read_events(arguments: &JoinArguments) -> Result<Events, String> {
    let mut events = Events::new(arguments.host.clone());
    let standard = [PathBuf::from("-")];
    let paths = if arguments.events.is_empty() { &standard[..] } else { &arguments.events };
    for path in paths {
        events.read(path)?;
    }
    if events.hosts.len() > 1 {
        let hosts: Vec<&str> = events.hosts.iter().map(String::as_str).take(5).collect();
        return Err(format!(
            "the events are of several hosts ({}, …); say with --host whose root this is",
            hosts.join(", ")
        ));
    }
    Ok(events)
}

/// What is joined.
struct Join<'j> {
    events: &'j Events,
    /// In the order of their times, those without one first.
    installers: Vec<&'j Seen>,
    store: &'j TrustStore,
    /// The certificates that lie at each path.
    by_path: BTreeMap<&'j str, Vec<&'j StoreCertificate>>,
    /// Seconds.
    window: i64,
}

impl<'j> Join<'j> {
    fn new(events: &'j Events, store: &'j TrustStore, window: i64) -> Self {
        let mut installers: Vec<&Seen> = events.installers.iter().collect();
        installers.sort_by_key(|installer| installer.time);
        let mut by_path: BTreeMap<&str, Vec<&StoreCertificate>> = BTreeMap::new();
        for one in &store.certificates {
            for path in one.places.iter().map(|place| place.path.as_str()).collect::<BTreeSet<_>>() {
                by_path.entry(path).or_default().push(one);
            }
        }
        Self { events, installers, store, by_path, window }
    }

    /// The findings, the worst first.
    fn findings(&self) -> Vec<Finding<'j>> {
        let mut told: BTreeSet<&str> = BTreeSet::new();
        let mut used: BTreeSet<(usize, u64)> = BTreeSet::new();
        let mut findings = Vec::new();
        // What somebody was seen to write.
        for (path, writer) in &self.events.writers {
            let installer = self.installer_after(writer);
            used.extend(installer.map(Seen::place));
            let here = self.by_path.get(path.as_str()).map(Vec::as_slice).unwrap_or_default();
            for one in here {
                told.insert(sha256(one));
                findings.push(Finding::new(self.store, Some((one, path)), Some(writer), installer));
            }
            if here.is_empty() {
                findings.push(Finding::new(self.store, None, Some(writer), installer));
            }
        }
        // What nobody was seen to write, and is new: known ones are there since the system was made.
        for one in self.store.certificates.iter().filter(|one| !told.contains(sha256(one))) {
            let installed = one.places.iter().find_map(|place| Some((place, self.installer_near(place)?)));
            let place = installed.map(|(place, _)| place).or(one.places.first());
            let is_new = one.known != Some(true) && installed.is_some();
            if let Some(place) = place.filter(|_| is_new || one.has_strong_match()) {
                let installer = installed.map(|(_, installer)| installer);
                used.extend(installer.map(Seen::place));
                findings.push(Finding::new(self.store, Some((one, &place.path)), None, installer));
            }
        }
        // Installations of which no certificate is left.
        let alone = self.installers.iter().filter(|one| one.is_alert() && !used.contains(&one.place()));
        findings.extend(alone.map(|installer| Finding::new(self.store, None, None, Some(installer))));
        findings.sort_by_key(|finding| std::cmp::Reverse(severity_of(Some(&finding.severity))));
        findings
    }

    /// The installations whose times lie between two, and those of which none is known.
    fn installers_between(&self, from: i64, to: i64) -> impl Iterator<Item = &'j Seen> {
        let untimed = self.installers.iter().take_while(|installer| installer.time.is_none());
        let start = self.installers.partition_point(|installer| installer.time.is_none_or(|time| time.unix() < from));
        let timed = self.installers.iter().skip(start);
        let timed = timed.take_while(move |installer| installer.time.is_some_and(|time| time.unix() <= to));
        timed.take(MOST_NEAR).chain(untimed.take(MOST_NEAR)).copied()
    }

    /// The first installation after a file was written, an alert before one that the rule leaves out.
    fn installer_after(&self, writer: &Seen) -> Option<&'j Seen> {
        let (from, to) = match writer.time {
            Some(time) => (time.unix() - SKEW, time.unix() + self.window),
            None => (i64::MIN, i64::MAX),
        };
        self.installers_between(from, to).min_by_key(|installer| !installer.is_alert())
    }

    /// The installation nearest to the time at which a file was last written.
    fn installer_near(&self, place: &PlaceRecord) -> Option<&'j Seen> {
        let written = place.modified.as_deref().and_then(Time::from_rfc3339)?.unix();
        let near = self.installers_between(written - self.window, written + self.window);
        let near = near.filter_map(|one| Some((one, (one.time?.unix() - written).abs())));
        near.min_by_key(|(one, apart)| (!one.is_alert(), *apart)).map(|(one, _)| one)
    }
}

/// Installations looked at for one file. A host has a few a day.
const MOST_NEAR: usize = 1_000;

/// Seconds by which the order of events may be wrong.
const SKEW: i64 = 5;

fn sha256(one: &StoreCertificate) -> &str {
    one.certificate.sha256.as_deref().unwrap_or_default()
}
