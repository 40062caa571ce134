//! MISP events: x509 and authenticode-signerinfo objects, and x509-fingerprint attributes.

use super::document::Node;
use super::fact::{ABUSED, CODE_SIGNING, exact, hash, note, owned, read_hash, read_serial};
use super::moment::read_time;
use super::names::tests_of_name;
use super::reading::{Fault, Reading};
use super::{Format, Import};
use crate::indicators::cause::Cause;
use crate::indicators::hash_value::{HashOf, HashValue};
use crate::indicators::indicator::{Condition, Indicator, Metadata, NameField, NameTest, Severity};
use crate::indicators::role::Roles;

const SOURCE: &str = "MISP";
const FINGERPRINTS: [(&str, &str); 3] =
    [("x509-fingerprint-md5", "md5"), ("x509-fingerprint-sha1", "sha1"), ("x509-fingerprint-sha256", "sha256")];

pub(super) fn recognises_node(node: &Node) -> bool {
    let is_attribute =
        |node: &Node| node.has("type") && node.has("value") && (node.has("to_ids") || node.has("category"));
    let is_object = |node: &Node| node.has("name") && node.has("Attribute");
    let response = node.get("response").and_then(|response| response.items().first());
    let is_list = |node: &Node| ["Attribute", "Object"].iter().any(|key| node.has(key));
    node.at(&["Event"]).is_some_and(|event| is_list(event) || event.has("info"))
        || response.is_some_and(|first| first.has("Event") || is_list(first))
        || is_object(node)
        || is_attribute(node)
        || node.get("Attribute").is_some_and(|list| list.items().iter().any(is_attribute))
}

pub(super) fn read_nodes(file: &str, nodes: &[Node], faults: Vec<Fault>) -> Import {
    let mut reading = Reading::new(file, Format::Misp);
    reading.fail_all(faults);
    for node in nodes.iter().flat_map(|node| node.get("response").unwrap_or(node).items()) {
        let event = node.get("Event").unwrap_or(node);
        let context = Context::of(event);
        let mut others = 0_u64;
        let is_object = event.has("name") && !event.has("Object") && event.has("Attribute");
        if is_object {
            read_object(event, &context, &mut others, &mut reading);
        } else if event.has("type") && event.has("value") {
            read_attribute(event, &context, &mut others, &mut reading);
        } else {
            for attribute in event.get("Attribute").map(Node::items).unwrap_or_default() {
                read_attribute(attribute, &context, &mut others, &mut reading);
            }
            for object in event.get("Object").map(Node::items).unwrap_or_default() {
                read_object(object, &context, &mut others, &mut reading);
            }
        }
        if others > 0 {
            reading.refuse(event.place, format!("{others} attributes and objects that name no certificate"));
        }
    }
    reading.done()
}

/// What an event says about all that is in it.
struct Context {
    metadata: Metadata,
}

impl Context {
    fn of(event: &Node) -> Self {
        let author = event.at(&["Orgc", "name"]).and_then(Node::text).map(|name| name.into_owned());
        let severity = match event.text_of("threat_level_id").as_deref() {
            Some("2") => Severity::Medium,
            Some("3") => Severity::Low,
            // High, undefined, or not told: a certificate that somebody shares is one to look for.
            _ => Severity::High,
        };
        let reference = event.text_of("uuid").filter(|_| event.has("info")).map(|uuid| format!("MISP event {uuid}"));
        let metadata = Metadata {
            name: event.text_of("info").as_deref().and_then(owned),
            source: Some(SOURCE.into()),
            author: author.as_deref().and_then(owned),
            reference: reference.map(Into::into),
            severity: Some(severity),
            category: Some(ABUSED),
            family: family(event),
            date: event.text_of("date").map(Into::into),
            attack: vec![CODE_SIGNING].into(),
            ..Metadata::default()
        };
        Self { metadata }
    }

    fn metadata(&self, node: &Node, fallback: &str) -> Metadata {
        let mut metadata = self.metadata.clone();
        let id = node.text_of("uuid").unwrap_or_else(|| fallback.to_owned());
        metadata.id = format!("misp:{id}").into();
        metadata.description = node.text_of("comment").map(Into::into);
        metadata.family = family(node).or(metadata.family);
        metadata
    }
}

/// The malware of tags such as `misp-galaxy:malpedia="Example"`.
fn family(node: &Node) -> Option<crate::indicators::indicator::Text> {
    const KINDS: [&str; 3] = ["misp-galaxy:malpedia=", "misp-galaxy:tool=", "misp-galaxy:ransomware="];
    let tags = node.get("Tag").map(Node::items).unwrap_or_default();
    tags.iter().filter_map(|tag| tag.text_of("name")).find_map(|name| {
        let named = KINDS.iter().find_map(|kind| name.strip_prefix(kind))?;
        owned(named.trim_matches('"'))
    })
}

/// Why something is not to be searched for.
fn refusal(node: &Node) -> Option<&'static str> {
    if node.is_true("deleted") {
        return Some("deleted");
    }
    let is_context = node.get("to_ids").is_some() && !node.is_true("to_ids");
    is_context.then_some("context, and not meant for detection (to_ids is false)")
}

fn read_attribute(node: &Node, context: &Context, others: &mut u64, reading: &mut Reading<'_>) {
    if node.is_cut {
        return;
    }
    let kind = node.text_of("type").unwrap_or_default();
    let Some((_, algorithm)) = FINGERPRINTS.iter().find(|(name, _)| *name == kind) else {
        *others = others.saturating_add(1);
        return;
    };
    if let Some(why) = refusal(node) {
        reading.refuse(node.place, format!("{kind}: {why}"));
        return;
    }
    let text = node.text_of("value").unwrap_or_default();
    let place = node.get("value").map_or(node.place, |value| value.place);
    match read_hash(&text) {
        Ok(value) => {
            let mut metadata = context.metadata(node, &value.to_string());
            if value.algorithm() != *algorithm {
                note(&mut metadata, Cause::MisplacedHash, text);
            }
            let alternatives = vec![vec![hash(HashOf::Certificate, value)]];
            reading.take(node.place.line, Indicator { metadata, scope: Roles::SIGNERS, alternatives });
        }
        Err(problem) => reading.fail(place, format!("{kind}: {problem}")),
    }
}

fn read_object(node: &Node, context: &Context, others: &mut u64, reading: &mut Reading<'_>) {
    let name = node.text_of("name").unwrap_or_default();
    if node.is_cut {
        return;
    }
    if !matches!(name.as_str(), "x509" | "authenticode-signerinfo") {
        *others = others.saturating_add(1);
        return;
    }
    let object = Object { node, attributes: node.get("Attribute").map(Node::items).unwrap_or_default() };
    if let Some(why) = refusal(node).or_else(|| object.refusal()) {
        reading.refuse(node.place, format!("{name}: {why}"));
        return;
    }
    let mut metadata = context.metadata(node, &format!("{}:{}", name, node.place.line));
    let alternatives = object.alternatives(&mut metadata, reading);
    if alternatives.is_empty() {
        let reason = format!("{name}: neither a serial nor a fingerprint that can be read names the certificate");
        reading.refuse(node.place, reason);
        return;
    }
    let instant = |relation| object.text(relation).and_then(|text| read_time(&text));
    metadata.valid_from = instant("validity-not-before");
    metadata.valid_to = instant("validity-not-after");
    if let Some(program) = object.text("program-name") {
        let described = metadata.description.take().map(|text| format!("{text}; ")).unwrap_or_default();
        metadata.description = Some(format!("{described}program name as published: {program}").into());
    }
    reading.take(node.place.line, Indicator { metadata, scope: Roles::SIGNERS, alternatives });
}

/// An object of which every attribute is about one certificate.
struct Object<'a> {
    node: &'a Node,
    attributes: &'a [Node],
}

impl Object<'_> {
    /// The first attribute in a relation that is not deleted.
    fn attribute(&self, relation: &str) -> Option<&Node> {
        let in_relation = |one: &&Node| one.text_of("object_relation").as_deref() == Some(relation);
        self.attributes.iter().find(|one| in_relation(one) && !one.is_true("deleted"))
    }

    fn text(&self, relation: &str) -> Option<String> {
        self.attribute(relation)?.text_of("value")
    }

    /// Fingerprints that are none of them meant for detection rule the object out. Serials and names do not: they are plain text in
    /// MISP, which has to_ids false for all text that nobody touched.
    fn refusal(&self) -> Option<&'static str> {
        let mut fingerprints = FINGERPRINTS.iter().filter_map(|(relation, _)| self.attribute(relation)).peekable();
        fingerprints.peek()?;
        let reasons: Vec<Option<&str>> = fingerprints.map(refusal).collect();
        if reasons.iter().all(Option::is_some) { reasons.into_iter().flatten().next() } else { None }
    }

    /// Each fingerprint, or the serial with the names beside it.
    fn alternatives(&self, metadata: &mut Metadata, reading: &mut Reading<'_>) -> Vec<Vec<Condition>> {
        let mut alternatives: Vec<Vec<Condition>> = Vec::new();
        for (relation, algorithm) in FINGERPRINTS {
            if let Some(value) = self.read(relation, read_hash, reading) {
                let value: HashValue = value;
                if value.algorithm() != algorithm {
                    note(metadata, Cause::MisplacedHash, value.to_string());
                }
                alternatives.push(vec![hash(HashOf::Certificate, value)]);
            }
        }
        if let Some(serial) = self.read("serial-number", read_serial, reading) {
            let is_weak = serial.as_serial().is_weak();
            let issuer = self.name(
                &[("issuer-common-name", NameField::CommonName), ("issuer-organization", NameField::Organization)],
                "issuer",
            );
            let mut conditions = vec![Condition::Serial(serial)];
            let has_issuer = !issuer.is_empty();
            conditions.extend(issuer.into_iter().map(Condition::Issuer));
            if is_weak && !has_issuer {
                let names =
                    [("subject-common-name", NameField::CommonName), ("subject-organization", NameField::Organization)];
                conditions.extend(self.name(&names, "subject").into_iter().map(Condition::Subject));
            }
            alternatives.push(conditions);
        }
        alternatives
    }

    fn read<T>(&self, relation: &str, read: fn(&str) -> Result<T, String>, reading: &mut Reading<'_>) -> Option<T> {
        let attribute = self.attribute(relation)?;
        let text = attribute.text_of("value")?;
        let place = attribute.get("value").map_or(self.node.place, |value| value.place);
        read(&text).map_err(|problem| reading.fail(place, format!("{relation}: {problem}"))).ok()
    }

    /// The tests of a name: of its own attributes where the object has them, else of its text.
    fn name(&self, parts: &[(&str, NameField)], whole: &str) -> Vec<NameTest> {
        let of_part = |(relation, field): &(&str, NameField)| Some(exact(*field, self.text(relation)?).ignoring_case());
        let tests: Vec<NameTest> = parts.iter().filter_map(of_part).collect();
        if !tests.is_empty() {
            return tests;
        }
        self.text(whole).map(|text| tests_of_name(&text)).unwrap_or_default()
    }
}
