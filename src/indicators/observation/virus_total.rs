//! VirusTotal: `signature_info`, alone, in the attributes of a file of its API, or in a whole report.

use std::collections::{HashMap, HashSet};

use super::Described;
use super::certificate::{ObservedCertificate, first_text};
use crate::asn1::time::Time;
use crate::indicators::import::document::Node;
use crate::indicators::import::moment::read_time;
use crate::indicators::role::Role;

pub(super) fn read(node: &Node) -> Option<Vec<Described>> {
    let attributes = node.get("attributes").unwrap_or(node);
    let is_file_report = node.has("attributes") && node.text_of("type").as_deref() == Some("file");
    let info = match attributes.get("signature_info") {
        Some(info) => info,
        None if node.has("signers details") => node,
        None if is_file_report => {
            return Some(vec![Described { subject: subject(node, attributes), certificates: Vec::new() }]);
        }
        None => return None,
    };
    let signed_at = info.text_of("signing date").and_then(|date| read_time(&date));
    let mut certificates = Vec::new();
    let roles = [
        ("signers details", Role::Signer, Role::Chain),
        ("counter signers details", Role::TimestampSigner, Role::TimestampChain),
    ];
    for (key, first, further) in roles {
        let listed = info.get(key).map(Node::items).unwrap_or_default();
        let roles = std::iter::once(first).chain(std::iter::repeat(further));
        certificates.extend(listed.iter().zip(roles).map(|(node, role)| certificate(node, role, signed_at)));
    }
    // Older reports tell the names of the chain in one text, leaf first, and all certificates of the message in one list.
    let names = info.text_of("signers").unwrap_or_default();
    let names: Vec<&str> = names.split(';').map(str::trim).filter(|name| !name.is_empty()).collect();
    let mut role_of: HashMap<&str, Role> = HashMap::new();
    for (index, name) in names.iter().enumerate() {
        role_of.entry(name).or_insert(if index == 0 { Role::Signer } else { Role::Chain });
    }
    let mut known: HashSet<String> = certificates.iter().flat_map(ObservedCertificate::identities).collect();
    let has_signer = !certificates.is_empty();
    for node in info.get("x509").map(Node::items).unwrap_or_default() {
        let name = node.text_of("name").unwrap_or_default();
        let role = role_of.get(name.as_str()).copied().unwrap_or(Role::Unused);
        let found = certificate(node, role, signed_at);
        let identities = found.identities();
        if !identities.iter().any(|identity| known.contains(identity)) {
            known.extend(identities);
            certificates.push(found);
        }
    }
    if !has_signer && !certificates.iter().any(|one| one.role() == Role::Signer) {
        let named = names.first().map(|name| (*name).to_owned());
        let signer = ObservedCertificate::new(Role::Signer).subject_text(named).signed(signed_at);
        certificates.insert(0, signer);
    }
    certificates.retain(|one| !one.is_empty());
    certificates.sort_by_key(ObservedCertificate::role);
    Some(vec![Described { subject: subject(node, attributes), certificates }])
}

fn subject(node: &Node, attributes: &Node) -> Option<String> {
    first_text(attributes, &["sha256", "sha1", "md5"])
        .or_else(|| first_text(node, &["id", "resource", "meaningful_name"]))
}

fn certificate(node: &Node, role: Role, signed_at: Option<Time>) -> ObservedCertificate {
    ObservedCertificate::new(role)
        .serial_text(first_text(node, &["serial number", "serial_number"]))
        .subject_text(node.text_of("name"))
        .issuer_text(first_text(node, &["cert issuer", "issuer"]))
        .fingerprint(node.text_of("thumbprint"))
        .fingerprint(node.text_of("thumbprint_sha256"))
        .validity_texts(first_text(node, &["valid from", "valid_from"]), first_text(node, &["valid to", "valid_to"]))
        .signed(signed_at)
}
