//! STIX 2.1: the indicators of a bundle whose patterns are about certificates.

mod pattern;
mod test;
mod token;

use std::collections::HashMap;

use super::document::Node;
use super::fact::{ABUSED, CODE_SIGNING, note, owned};
use super::moment::read_time;
use super::reading::{Fault, Reading};
use super::{Format, Import, json_lines};
use crate::indicators::indicator::{Indicator, Metadata, Severity, Text};
use crate::indicators::role::Roles;
use pattern::read_pattern;
use token::Unread;

/// The property in which our own bundles have the whole indicator, more than a pattern can say.
const OWN_RECORD: &str = "x_certsift_indicator";

pub(super) fn recognises_node(node: &Node) -> bool {
    let kind = node.text_of("type");
    match kind.as_deref() {
        Some("bundle") => node.has("objects") || node.has("id"),
        Some("indicator") => node.has("pattern"),
        _ => node.text_of("id").zip(kind).is_some_and(|(id, kind)| id.starts_with(&format!("{kind}--"))),
    }
}

pub(super) fn read_nodes(file: &str, nodes: &[Node], faults: Vec<Fault>) -> Import {
    let mut reading = Reading::new(file, Format::Stix);
    reading.fail_all(faults);
    let objects: Vec<&Node> = nodes
        .iter()
        .flat_map(|node| match node.get("objects") {
            Some(objects) => objects.items(),
            None => std::slice::from_ref(node),
        })
        .filter(|object| !object.is_cut)
        .collect();
    let bundle = Bundle::new(&objects);
    for object in objects {
        match object.text_of("type").as_deref() {
            Some("indicator") => bundle.read_indicator(object, &mut reading),
            Some("x509-certificate") => {
                reading.refuse(object.place, "a certificate that somebody observed, which is no indicator by itself");
            }
            _ => {}
        }
    }
    reading.done()
}

/// What the objects of a bundle say about one another.
struct Bundle {
    names: HashMap<String, String>,
    /// What each indicator indicates.
    families: HashMap<String, String>,
}

impl Bundle {
    fn new(objects: &[&Node]) -> Self {
        let named = objects.iter().filter_map(|object| Some((object.text_of("id")?, object.text_of("name")?)));
        let names: HashMap<String, String> = named.collect();
        let families = objects
            .iter()
            .filter(|object| object.text_of("relationship_type").as_deref() == Some("indicates"))
            .filter_map(|object| {
                let target = object.text_of("target_ref").filter(|target| target.starts_with("malware--"))?;
                Some((object.text_of("source_ref")?, names.get(&target)?.clone()))
            })
            .collect();
        Self { names, families }
    }

    fn read_indicator(&self, object: &Node, reading: &mut Reading<'_>) {
        let id = object.text_of("id").unwrap_or_default();
        let name = object.text_of("name").unwrap_or_else(|| id.clone());
        let refusal = match object.text_of("pattern_type").as_deref() {
            _ if object.is_true("revoked") => Some("revoked by its author".to_owned()),
            _ if is_benign(object) => Some("of type benign, which is not to be found".to_owned()),
            None | Some("stix") => None,
            Some(other) => Some(format!("a pattern in the language {other}")),
        };
        if let Some(reason) = refusal {
            reading.refuse(object.place, format!("{name}: {reason}"));
            return;
        }
        if let Some(record) = object.get(OWN_RECORD) {
            match own_record(record) {
                Ok(indicator) => {
                    reading.take(object.place.line, indicator);
                    return;
                }
                // The pattern says what it can.
                Err(problem) => reading.fail(record.place, format!("{name}: {OWN_RECORD}: {problem}")),
            }
        }
        let Some((pattern, place)) = object.text_of("pattern").zip(object.get("pattern").map(|node| node.place)) else {
            reading.fail(object.place, format!("{name}: an indicator without a pattern"));
            return;
        };
        match read_pattern(&pattern) {
            Ok(read) => {
                let mut metadata = self.metadata(object, id, name);
                for noted in read.notes {
                    note(&mut metadata, noted.cause, noted.detail);
                }
                let indicator = Indicator { metadata, scope: Roles::SIGNERS, alternatives: read.alternatives };
                reading.take(object.place.line, indicator);
            }
            Err(Unread::Malformed(problem)) => reading.fail(place, format!("{name}: {problem}")),
            Err(Unread::NotMatched(reason)) => reading.refuse(object.place, format!("{name}: {reason}")),
        }
    }

    fn metadata(&self, object: &Node, id: String, name: String) -> Metadata {
        let references = object.get("external_references").map(Node::items).unwrap_or_default();
        let author = object.text_of("created_by_ref").and_then(|author| self.names.get(&author).cloned());
        let source = references.iter().find_map(|reference| reference.text_of("source_name"));
        let day = |key: &str| object.text_of(key).and_then(|time| owned(time.split('T').next()?));
        Metadata {
            source: source.or_else(|| author.clone()).or_else(|| Some("STIX".to_owned())).map(Text::Owned),
            reference: references.iter().find_map(|reference| reference.text_of("url")).map(Text::Owned),
            severity: Some(Severity::High),
            category: Some(ABUSED),
            family: self.families.get(&id).cloned().map(Text::Owned),
            date: day("valid_from").or_else(|| day("created")),
            attack: techniques(references).into(),
            author: author.map(Text::Owned),
            description: object.text_of("description").map(Text::Owned),
            abused_from: None,
            revoked_at: object.text_of("x_revoked_at").and_then(|time| read_time(&time)),
            name: Some(Text::Owned(name)),
            id: Text::Owned(id),
            ..Metadata::default()
        }
    }
}

/// The indicator of a record of our own.
fn own_record(record: &Node) -> Result<Indicator, String> {
    let mut import = json_lines::read("", record.to_json().as_bytes());
    match import.errors.pop() {
        Some(error) => Err(error.problem),
        None => import.indicators.pop().ok_or_else(|| "there is no record".to_owned()),
    }
}

fn is_benign(object: &Node) -> bool {
    let kinds = ["indicator_types", "labels"].iter().filter_map(|key| object.get(key)).flat_map(Node::items);
    let kinds: Vec<_> = kinds.filter_map(Node::text).collect();
    let is = |name: &str| kinds.iter().any(|kind| kind == name);
    is("benign") && !is("malicious-activity")
}

/// The techniques that external references name.
fn techniques(references: &[Node]) -> Vec<Text> {
    let of_attack = references.iter().filter(|one| one.text_of("source_name").as_deref() == Some("mitre-attack"));
    let named: Vec<Text> = of_attack.filter_map(|one| one.text_of("external_id")).map(Text::Owned).collect();
    if named.is_empty() { vec![CODE_SIGNING] } else { named }
}
