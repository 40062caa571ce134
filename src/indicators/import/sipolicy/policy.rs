//! The signers that a policy denies. Its files, allowed signers and well-known roots are no indicators of certificates. The only file
//! naming roxmltree.

use std::collections::{HashMap, HashSet};

use roxmltree::{Document, Node, ParsingOptions};

use super::super::fact::{CODE_SIGNING, exact, hash, note, owned, read_hash};
use super::super::moment::read_time;
use super::super::reading::{Place, Reading};
use super::super::{Format, Import};
use crate::asn1::oid::OidBuf;
use crate::bytes::to_u64;
use crate::indicators::cause::Cause;
use crate::indicators::hash_value::HashOf;
use crate::indicators::indicator::{Condition, Indicator, Metadata, NameField, Severity, UsageTest};
use crate::indicators::role::Roles;

const SOURCE: &str = "App Control policy";

pub(in super::super) fn read(file: &str, text: &str) -> Import {
    let mut reading = Reading::new(file, Format::SiPolicy);
    if let Some((line, problem)) = excess(text) {
        reading.fail(Place::line(line), problem);
        return reading.done();
    }
    // A policy has no DTD, so one is an error; entities cannot multiply then.
    let document =
        match Document::parse_with_options(text, ParsingOptions { allow_dtd: false, ..ParsingOptions::default() }) {
            Ok(document) => document,
            Err(error) => {
                let at = error.pos();
                reading.fail(Place::at(u64::from(at.row).max(1), u64::from(at.col).max(1)), told(&error));
                return reading.done();
            }
        };
    let policy = Policy::new(text, &document);
    for node in document.root_element().descendants().filter(Node::is_element) {
        let place = policy.lines.place(&node);
        match node.tag_name().name() {
            "Signer" if is_in(&node, "Signers") => policy.read_signer(&node, place, &mut reading),
            "Deny" if is_in(&node, "FileRules") => {
                let what =
                    if node.has_attribute("Hash") { "the hash of a file" } else { "names and versions of files" };
                reading.refuse(place, format!("{} denies {what}, not a certificate", label(&node)));
            }
            "Allow" if is_in(&node, "FileRules") => reading.refuse(place, format!("{} allows a file", label(&node))),
            _ => {}
        }
    }
    reading.done()
}

/// What no policy has, and would take for ever: roxmltree compares each attribute of an element with all before it, and each element
/// that declares a namespace has a list of all that are declared around it.
fn excess(text: &str) -> Option<(u64, String)> {
    /// Ten times the most that an element of the schema has.
    const MAX_ATTRIBUTES: usize = 100;
    /// Policies declare three at most.
    const MAX_NAMESPACES: usize = 100;
    let line_of = |at: usize| to_u64(text.get(..at).unwrap_or_default().matches('\n').count()).saturating_add(1);
    if let Some((at, _)) = text.match_indices("xmlns").nth(MAX_NAMESPACES) {
        return Some((line_of(at), format!("more than {MAX_NAMESPACES} declarations of namespaces")));
    }
    let mut at = 0_usize;
    for piece in text.split('<') {
        // The text that follows an element counts as its own: it has no equals signs either.
        if piece.bytes().filter(|&byte| byte == b'=').nth(MAX_ATTRIBUTES).is_some() {
            return Some((line_of(at), format!("an element of more than {MAX_ATTRIBUTES} attributes")));
        }
        at = at.saturating_add(piece.len()).saturating_add(1);
    }
    None
}

/// An error without its place.
fn told(error: &roxmltree::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at ").map_or(text.as_str(), |(problem, _)| problem).to_owned()
}

fn is_in(node: &Node<'_, '_>, parent: &str) -> bool {
    node.parent_element().is_some_and(|element| element.tag_name().name() == parent)
}

/// The id and name by which a person finds an element.
fn label(node: &Node<'_, '_>) -> String {
    let id = node.attribute("ID").unwrap_or_default();
    match node.attribute("FriendlyName").or_else(|| node.attribute("Name")) {
        Some(name) => format!("{id} ({name})"),
        None => id.to_owned(),
    }
}

/// What the parts of a policy say about one another.
struct Policy<'a> {
    lines: Lines,
    source: String,
    /// The value of each EKU, by its id.
    usages: HashMap<&'a str, &'a str>,
    /// What each FileAttrib asks of a file, by its id.
    files: HashMap<&'a str, String>,
    /// The signers that are denied, and whether some file is excepted.
    denied: HashMap<&'a str, bool>,
    allowed: HashSet<&'a str>,
}

impl<'a> Policy<'a> {
    fn new<'d: 'a>(text: &str, document: &'d Document<'a>) -> Self {
        let mut policy = Self {
            lines: Lines::new(text),
            source: SOURCE.to_owned(),
            usages: HashMap::new(),
            files: HashMap::new(),
            denied: HashMap::new(),
            allowed: HashSet::new(),
        };
        for node in document.root_element().descendants().filter(Node::is_element) {
            let id = node.attribute("ID");
            match (node.tag_name().name(), id) {
                ("EKU", Some(id)) => {
                    policy.usages.extend(node.attribute("Value").map(|value| (id, value)));
                }
                ("FileAttrib", Some(id)) => {
                    let asked =
                        node.attributes().filter(|attribute| !matches!(attribute.name(), "ID" | "FriendlyName"));
                    let asked: Vec<String> = asked.map(|one| format!("{} {}", one.name(), one.value())).collect();
                    policy.files.insert(id, asked.join(", "));
                }
                ("DeniedSigner", _) => {
                    let excepts = node.children().any(|child| child.is_element());
                    policy.denied.extend(node.attribute("SignerId").map(|signer| (signer, excepts)));
                }
                ("AllowedSigner", _) => policy.allowed.extend(node.attribute("SignerId")),
                ("Setting", _) if node.attribute("ValueName") == Some("Name") => {
                    let name = node
                        .descendants()
                        .filter_map(|inner| inner.text())
                        .map(str::trim)
                        .find(|text| !text.is_empty());
                    policy.source = name.map_or(policy.source, |name| format!("{SOURCE} {name}"));
                }
                _ => {}
            }
        }
        policy
    }

    fn read_signer(&self, signer: &Node<'_, '_>, place: Place, reading: &mut Reading<'_>) {
        let id = signer.attribute("ID").unwrap_or_default();
        let Some(&has_exceptions) = self.denied.get(id) else {
            let why = if self.allowed.contains(id) { "is allowed" } else { "is denied by no scenario" };
            reading.refuse(place, format!("{} {why}", label(signer)));
            return;
        };
        let mut metadata = Metadata {
            id: format!("wdac:{id}").into(),
            name: signer.attribute("Name").and_then(owned),
            source: Some(self.source.clone().into()),
            severity: Some(Severity::Medium),
            category: Some("denied_signer".into()),
            attack: vec![CODE_SIGNING].into(),
            abused_from: signer.attribute("SignTimeAfter").and_then(read_time),
            ..Metadata::default()
        };
        if has_exceptions {
            note(&mut metadata, Cause::ContextLost, "files that are excepted");
        }
        let mut conditions = Vec::new();
        for part in signer.children().filter(Node::is_element) {
            let place = self.lines.place(&part);
            match self.condition(&part, &mut metadata) {
                Ok(condition) => conditions.extend(condition),
                Err(Trouble::Malformed(problem)) => {
                    reading.fail(place, format!("{}: {problem}", label(signer)));
                    return;
                }
                Err(Trouble::NotMatched(reason)) => {
                    reading.refuse(place, format!("{}: {reason}", label(signer)));
                    return;
                }
            }
        }
        if conditions.is_empty() {
            reading.fail(place, format!("{}: a signer without a CertRoot would match everything", label(signer)));
            return;
        }
        // It denies a version of a file; everything else of the publisher is as good as before.
        if metadata.notes.iter().any(|note| note.cause == Cause::ContextLost) {
            metadata.severity = Some(Severity::Informational);
        }
        reading.take(place.line, Indicator { metadata, scope: Roles::SIGNERS, alternatives: vec![conditions] });
    }

    /// The condition that a part of a signer is; none when it is a condition on the file, which is noted.
    fn condition(&self, part: &Node<'_, '_>, metadata: &mut Metadata) -> Result<Option<Condition>, Trouble> {
        let name = part.tag_name().name();
        let value = || {
            let value = part.attribute("Value").map(str::trim).filter(|value| !value.is_empty());
            value.ok_or_else(|| Trouble::Malformed(format!("{name} without a Value")))
        };
        let test = |field, value: &str| exact(field, value.to_owned()).ignoring_case();
        Ok(Some(match name {
            "CertRoot" if part.attribute("Type").is_some_and(|kind| kind.eq_ignore_ascii_case("Wellknown")) => {
                let reason = format!("the well-known root {}, whose certificates the policy does not tell", value()?);
                return Err(Trouble::NotMatched(reason));
            }
            "CertRoot" => {
                let value =
                    read_hash(value()?).map_err(|problem| Trouble::Malformed(format!("CertRoot: {problem}")))?;
                hash(HashOf::ChainTbs, value)
            }
            "CertPublisher" => Condition::Subject(test(NameField::CommonName, value()?)),
            "CertIssuer" => Condition::Issuer(test(NameField::CommonName, value()?)),
            "CertOemID" => Condition::ProgramName(test(NameField::Any, value()?)),
            "CertEKU" => {
                let id = part.attribute("ID").unwrap_or_default();
                let value = self.usages.get(id).ok_or_else(|| Trouble::Malformed(format!("there is no EKU {id:?}")))?;
                let usage = read_usage(value)
                    .ok_or_else(|| Trouble::Malformed(format!("the EKU {id} is no object identifier: {value:?}")))?;
                Condition::ExtendedKeyUsage(UsageTest { usage, and_below: false })
            }
            "FileAttribRef" => {
                let id = part.attribute("RuleID").unwrap_or_default();
                let asked = self.files.get(id).map_or(id, String::as_str);
                note(metadata, Cause::ContextLost, format!("only files with {asked}"));
                return Ok(None);
            }
            other => {
                note(metadata, Cause::ContextLost, other.to_owned());
                return Ok(None);
            }
        }))
    }
}

/// Why a signer is no indicator.
enum Trouble {
    Malformed(String),
    NotMatched(String),
}

/// The object identifier of an EKU value: its DER with 01 in the place of the tag, sometimes with the tag, sometimes with neither.
fn read_usage(value: &str) -> Option<OidBuf> {
    let octets = hex::decode(value.trim()).ok()?;
    let content = match octets.as_slice() {
        [0x01 | 0x06, length, content @ ..] if usize::from(*length) == content.len() => content,
        [length, content @ ..] if usize::from(*length) == content.len() => content,
        _ => return None,
    };
    // The last octet of a number has its top bit clear.
    content.last().is_some_and(|last| last & 0x80 == 0).then(|| OidBuf::from_content(content))
}

/// Where the lines of a text begin.
struct Lines(Vec<usize>);

impl Lines {
    fn new(text: &str) -> Self {
        Self(std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at.saturating_add(1))).collect())
    }

    fn place(&self, node: &Node<'_, '_>) -> Place {
        let at = node.range().start;
        let line = self.0.partition_point(|&start| start <= at);
        let start = self.0.get(line.saturating_sub(1)).copied().unwrap_or_default();
        Place::at(to_u64(line), to_u64(at.saturating_sub(start)).saturating_add(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usages_in_each_form() {
        let cases = [
            ("010A2B0601040182370A0305", Some("1.3.6.1.4.1.311.10.3.5")),
            ("060a2b0601040182370a0305", Some("1.3.6.1.4.1.311.10.3.5")),
            ("0A2B0601040182370A0305", Some("1.3.6.1.4.1.311.10.3.5")),
            ("01082B06010505070303", Some("1.3.6.1.5.5.7.3.3")),
            ("010A2B06", None),
            ("01012B80", None),
            ("0100", None),
            ("xx", None),
            ("", None),
        ];
        for (value, expected) in cases {
            assert_eq!(read_usage(value).map(|usage| usage.to_string()).as_deref(), expected, "{value}");
        }
    }
}
