//! Open Cybersecurity Schema Framework: `signature` objects of files, wherever an event has them.

use super::Described;
use super::certificate::{ObservedCertificate, first_text};
use crate::asn1::time::Time;
use crate::indicators::import::document::{Node, Value};
use crate::indicators::import::moment::read_time;
use crate::indicators::role::Role;

pub(super) fn read(node: &Node) -> Option<Vec<Described>> {
    let mut described = Vec::new();
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        for signature in node.get("signature").map(Node::items).unwrap_or_default() {
            if let Some(certificate) =
                signature.get("certificate").filter(|one| one.has("serial_number") || one.has("fingerprints"))
            {
                described.push(Described {
                    subject: subject(node),
                    certificates: vec![read_certificate(certificate, signature)],
                });
            }
        }
        match &node.value {
            Value::List(items) => open.extend(items.iter().rev()),
            Value::Map(entries) => open.extend(entries.iter().rev().map(|(_, value)| value)),
            _ => {}
        }
    }
    (!described.is_empty()).then_some(described)
}

fn subject(file: &Node) -> Option<String> {
    first_text(file, &["path"])
        .or_else(|| file.get("hashes")?.items().first()?.text_of("value"))
        .or_else(|| file.text_of("name"))
}

fn read_certificate(node: &Node, signature: &Node) -> ObservedCertificate {
    let fingerprints = node.get("fingerprints").map(Node::items).unwrap_or_default();
    let read = ObservedCertificate::new(Role::Signer)
        .serial_text(node.text_of("serial_number"))
        .subject_text(node.text_of("subject"))
        .issuer_text(node.text_of("issuer"))
        .validity(time(node, "created_time"), time(node, "expiration_time"))
        .signed(time(signature, "created_time"));
    fingerprints.iter().fold(read, |read, one| read.fingerprint(one.text_of("value")))
}

/// Milliseconds since 1970 in a key, or text in the key that has `_dt` appended.
fn time(node: &Node, key: &str) -> Option<Time> {
    let milliseconds = node.text_of(key).and_then(|text| text.parse::<i64>().ok());
    let told = milliseconds.map(|milliseconds| Time::from_unix(milliseconds.div_euclid(1_000)));
    told.or_else(|| read_time(&node.text_of(&format!("{key}_dt"))?))
}
