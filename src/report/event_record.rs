//! [`EventRecord`]: what a rule says of one event, in the shape of the JSON record, and as text.

use std::fmt::{self, Write as _};
use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ecs::risk_score;
use super::terminal::{Paint, TextStyle, escape, shown};
use super::{FilterRecord, SCHEMA};
use crate::event::eql::Verdict;
use crate::event::fields::Fields;
use crate::event::filter::{FilterHit, filtered};
use crate::event::rule::Rule;

/// What a rule says of one event: that it is an alert, or what left it out.
///
/// ```
/// use certsift::{EventRecord, Filters, Rule};
/// use serde_json::json;
///
/// let rule = &Rule::builtin()[0];
/// let event = json!({
///     "event": {"id": "7", "category": ["process"], "type": "start", "action": "exec"},
///     "host": {"os": {"type": "linux"}},
///     "process": {"name": "update-ca-trust", "parent": {"name": "curl"}}
/// });
/// let record = EventRecord::new(1, &event, rule, &Filters::default().hits(&event), false).unwrap();
/// assert_eq!((record.verdict.as_str(), record.event_id.as_deref()), ("alert", Some("7")));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EventRecord {
    /// `certsift/1`.
    pub schema: String,
    /// Always `event`.
    pub kind: String,
    /// The line of the input, from 1 on.
    pub line: u64,
    /// `event.id`.
    pub event_id: Option<String>,
    /// `alert` or `suppressed`.
    pub verdict: String,
    /// The rule.
    pub rule: RuleRecord,
    /// The exclusions of the rule that hold, where it is suppressed by them.
    pub clauses: Vec<ClauseRecord>,
    /// The context filters that hold.
    pub filters: Vec<FilterRecord>,
    /// The event, as it was read.
    pub event: Value,
}

/// A rule, as records name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RuleRecord {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Its version.
    pub version: Option<String>,
    /// How bad this alert is: a filter may have lowered it.
    pub severity: String,
    /// The same as a number from 0 to 100.
    pub risk_score: u32,
    /// Ids of techniques of ATT&CK.
    pub attack: Vec<String>,
}

/// An exclusion that holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ClauseRecord {
    /// `E1`, `E2` and so on, in the order of the rule.
    pub id: String,
    /// The field that it holds by.
    pub field: Option<String>,
    /// Its value; `null` where it holds because there is none.
    pub value: Option<String>,
}

impl From<&FilterHit> for FilterRecord {
    fn from(hit: &FilterHit) -> Self {
        let action = hit.action.as_str().to_owned();
        Self { id: hit.id.clone(), action, field: hit.field.clone(), value: hit.value.clone() }
    }
}

impl EventRecord {
    /// What `rule` says of an event in which these filters hold; `None` where the event is not what it looks for.
    #[must_use]
    pub fn new(line: u64, event: &Value, rule: &Rule, hits: &[FilterHit], allow_suppress: bool) -> Option<Self> {
        let clauses = match rule.query.verdict(event) {
            Verdict::NoMatch => return None,
            Verdict::Suppressed { clauses } => clauses,
            Verdict::Alert => Vec::new(),
        };
        let outcome = filtered(rule.severity, hits, allow_suppress);
        let is_suppressed = outcome.is_suppressed || !clauses.is_empty();
        let is_lowered = outcome.severity != rule.severity;
        Some(Self {
            schema: SCHEMA.to_owned(),
            kind: "event".to_owned(),
            line,
            event_id: first(event, "event.id"),
            verdict: if is_suppressed { "suppressed" } else { "alert" }.to_owned(),
            rule: RuleRecord {
                id: rule.id.clone(),
                name: rule.name.clone(),
                version: rule.version.clone(),
                severity: outcome.severity.as_str().to_owned(),
                risk_score: if is_lowered { risk_score(outcome.severity).into() } else { rule.risk_score },
                attack: rule.technique_ids().map(str::to_owned).collect(),
            },
            clauses: clauses
                .into_iter()
                .map(|clause| ClauseRecord { id: clause.id, field: clause.field, value: clause.value })
                .collect(),
            filters: hits.iter().map(FilterRecord::from).collect(),
            event: event.clone(),
        })
    }

    /// Whether it is told without being asked for.
    #[must_use]
    pub fn is_alert(&self) -> bool {
        self.verdict == "alert"
    }

    /// What suppressed it: ids of the exclusions, or of the filters that ask for it where there are none.
    #[must_use]
    pub fn suppressed_by(&self) -> Vec<&str> {
        if self.is_alert() {
            return Vec::new();
        }
        if self.clauses.is_empty() {
            let suppresses = |filter: &&FilterRecord| filter.action == "suppress";
            return self.filters.iter().filter(suppresses).map(|filter| filter.id.as_str()).collect();
        }
        self.clauses.iter().map(|clause| clause.id.as_str()).collect()
    }

    /// The record as one line of JSON, without a line end.
    #[must_use]
    pub fn to_json_line(&self) -> String {
        // Texts, numbers, lists and objects: there is nothing that JSON cannot say.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The record for a person. Lines end in `\n`.
    #[must_use]
    pub fn to_text(&self, style: TextStyle) -> String {
        let mut text = String::new();
        // Writing to a String does not fail.
        let _ = self.write_text(&mut text, style);
        text
    }

    fn write_text(&self, out: &mut String, style: TextStyle) -> fmt::Result {
        let rule = &self.rule;
        let word = if self.is_alert() {
            style.paint(Paint::Alarm, "ALERT")
        } else {
            style.paint(Paint::Quiet, &format!("suppressed by {}", escape(&self.suppressed_by().join(", "))))
        };
        let (name, severity) = (shown(&rule.name), shown(&rule.severity));
        writeln!(out, "line {}: {word}, {name} ({severity}, risk {})", self.line, rule.risk_score)?;
        for (label, fields) in [
            ("process", ["process.name", "process.executable"]),
            ("parent", ["process.parent.name", "process.parent.executable"]),
            ("on", ["host.name", "user.name"]),
        ] {
            let values: Vec<String> = fields.iter().filter_map(|field| first(&self.event, field)).collect();
            if !values.is_empty() {
                writeln!(out, "  {label:<11}{}", shown(&values.join("  ")))?;
            }
        }
        let arguments = values(&self.event, "process.args");
        if !arguments.is_empty() {
            writeln!(out, "  {:<11}{}", "arguments", shown(&arguments.join(" ")))?;
        }
        for clause in &self.clauses {
            writeln!(out, "  {:<11}{}", escape(&clause.id), by(clause.field.as_ref(), clause.value.as_ref()))?;
        }
        for filter in &self.filters {
            let by = by(filter.field.as_ref(), filter.value.as_ref());
            writeln!(out, "  {:<11}{} ({}): {by}", "context", shown(&filter.id), shown(&filter.action))?;
        }
        Ok(())
    }
}

fn by(field: Option<&String>, value: Option<&String>) -> String {
    match (field, value) {
        (Some(field), Some(value)) => format!("{} is {}", shown(field), shown(value)),
        (Some(field), None) => format!("{} is not", shown(field)),
        (None, _) => "always".to_owned(),
    }
}

/// The first value of a field.
pub(super) fn first(event: &Value, path: &str) -> Option<String> {
    let mut found = None;
    // It breaks at the first.
    let _ = event.values(path, &mut |value| {
        found = Some(value.into_owned());
        ControlFlow::Break(())
    });
    found
}

/// All values of a field.
pub(super) fn values(event: &Value, path: &str) -> Vec<String> {
    let mut found = Vec::new();
    // It never breaks.
    let _ = event.values(path, &mut |value| {
        found.push(value.into_owned());
        ControlFlow::Continue(())
    });
    found
}
