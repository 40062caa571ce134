//! What a rule says of an event, as a document of the Elastic Common Schema.

use serde_json::Value;

use super::document::Document;
use super::ecs::VERSION;
use super::event_record::{EventRecord, first, values};
use crate::asn1::time::Time;
use crate::event::rule::{Rule, ThreatName};

/// Fields of an event that a document has as one text, and as a list of texts.
const TEXTS: &[&str] = &[
    "event.action",
    "host.id",
    "host.name",
    "host.os.type",
    "process.command_line",
    "process.entity_id",
    "process.executable",
    "process.hash.sha256",
    "process.name",
    "process.parent.command_line",
    "process.parent.entity_id",
    "process.parent.executable",
    "process.parent.name",
    "process.working_directory",
    "user.id",
    "user.name",
];
const LISTS: &[&str] = &["event.category", "event.type", "process.args", "process.parent.args"];
/// Those that it has as a number.
const NUMBERS: &[&str] = &["process.parent.pid", "process.pid"];

impl EventRecord {
    /// One document of the Elastic Common Schema (version 9). `rule` is the one that the record was made with; `now` is its time where the
    /// event has none. Of a field that has one value in the schema and several in the event the document has the first.
    #[must_use]
    pub fn to_ecs(&self, rule: &Rule, now: Time) -> Value {
        let mut document = Document::default();
        let time = first(&self.event, "@timestamp")
            .filter(|time| Time::from_rfc3339(time).is_some())
            .unwrap_or_else(|| now.to_string());
        document.set("@timestamp", time);
        document.set("ecs.version", VERSION);
        for path in TEXTS {
            document.set(path, first(&self.event, path));
        }
        for path in LISTS {
            document.set(path, values(&self.event, path));
        }
        for path in NUMBERS {
            document.set(path, first(&self.event, path).and_then(|number| number.parse::<u64>().ok()));
        }
        document.set("event.kind", if self.is_alert() { "alert" } else { "event" });
        document.set("event.severity", self.rule.risk_score);
        document.set("event.risk_score", self.rule.risk_score);
        document.set("event.module", "certsift");
        document.set("event.dataset", "certsift.event");
        document.set("event.id", self.event_id.as_deref());
        document.set("event.reason", self.reason());
        document.set("event.original", self.event.to_string());
        document.set("message", self.reason());
        document.set("rule.id", self.rule.id.as_str());
        document.set("rule.uuid", self.rule.id.as_str());
        document.set("rule.name", self.rule.name.as_str());
        document.set("rule.version", self.rule.version.as_deref());
        document.set("rule.author", rule.author.as_slice());
        document.set("rule.license", rule.license.as_deref());
        threat(&mut document, rule);
        document.set("related.user", values(&self.event, "user.name"));
        document.set("related.hosts", values(&self.event, "host.name"));
        document.set("labels.verdict", self.verdict.as_str());
        document.set("labels.severity", self.rule.severity.as_str());
        document.set("labels.suppressed_by", self.suppressed_by().join(","));
        let filters: Vec<&str> = self.filters.iter().map(|filter| filter.id.as_str()).collect();
        document.set("labels.context", filters.join(","));
        document.into_value()
    }

    fn reason(&self) -> String {
        let name = |path| first(&self.event, path).unwrap_or_else(|| "unknown".to_owned());
        let (process, parent) = (name("process.name"), name("process.parent.name"));
        let verdict = if self.is_alert() { "is an alert" } else { "is left out" };
        format!("process event {process}, parent {parent}, {verdict} by rule {}", self.rule.name)
    }
}

/// Tactics and techniques, in lists that run in parallel.
fn threat(document: &mut Document, rule: &Rule) {
    let techniques = || rule.threat.iter().flat_map(|threat| &threat.techniques);
    document.set("threat.framework", rule.threat.first().map(|threat| threat.framework.as_str()));
    let mut set = |path: &str, names: Vec<&ThreatName>| {
        let list = |of: fn(&ThreatName) -> &str| names.iter().map(|name| of(name)).collect::<Vec<&str>>();
        document.set(&format!("{path}.id"), list(|name| &name.id));
        document.set(&format!("{path}.name"), list(|name| &name.name));
        // Or they would not run in parallel.
        if names.iter().all(|name| name.reference.is_some()) {
            document.set(&format!("{path}.reference"), list(|name| name.reference.as_deref().unwrap_or_default()));
        }
    };
    set("threat.tactic", rule.threat.iter().map(|threat| &threat.tactic).collect());
    set("threat.technique", techniques().map(|technique| &technique.name).collect());
    set("threat.technique.subtechnique", techniques().flat_map(|technique| &technique.subtechniques).collect());
}
