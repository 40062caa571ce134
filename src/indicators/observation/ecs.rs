//! Elastic Common Schema: `code_signature` and `x509` of a file, process, library or driver, nested or with dots in the keys.

use super::Described;
use super::certificate::ObservedCertificate;
use crate::indicators::import::document::Node;
use crate::indicators::import::moment::read_time;
use crate::indicators::indicator::NameField;
use crate::indicators::role::Role;

const ENTITIES: [&str; 4] = ["file", "process", "dll", "driver"];

pub(super) fn read(node: &Node) -> Option<Vec<Described>> {
    let described: Vec<Described> = ENTITIES.iter().filter_map(|entity| read_entity(node, entity)).collect();
    (!described.is_empty()).then_some(described)
}

fn read_entity(node: &Node, entity: &str) -> Option<Described> {
    let field = |path: &[&str]| Field { node, entity }.find(path);
    let text = |path: &[&str]| Field { node, entity }.text(path);
    let is_signed =
        ["subject_name", "thumbprint_sha256", "exists"].iter().any(|key| field(&["code_signature", key]).is_some());
    let has_certificate = field(&["x509", "serial_number"]).is_some();
    if !is_signed && !has_certificate {
        return None;
    }
    let mut signer = ObservedCertificate::new(Role::Signer)
        .serial_text(text(&["x509", "serial_number"]))
        .fingerprint(text(&["code_signature", "thumbprint_sha256"]))
        .validity_texts(text(&["x509", "not_before"]), text(&["x509", "not_after"]))
        .signed(text(&["code_signature", "timestamp"]).and_then(|time| read_time(&time)));
    if let Some(name) = text(&["x509", "subject", "distinguished_name"]) {
        signer = signer.subject_text(Some(name));
    }
    if let Some(name) = text(&["x509", "issuer", "distinguished_name"]) {
        signer = signer.issuer_text(Some(name));
    }
    const PARTS: [(&str, NameField); 3] = [
        ("common_name", NameField::CommonName),
        ("organization", NameField::Organization),
        ("organizational_unit", NameField::OrganizationalUnit),
    ];
    for (key, name_field) in PARTS {
        for value in field(&["x509", "subject", key]).map(Node::items).unwrap_or_default().iter().filter_map(Node::text)
        {
            signer = signer.subject_attribute(name_field, value.into_owned());
        }
        for value in field(&["x509", "issuer", key]).map(Node::items).unwrap_or_default().iter().filter_map(Node::text)
        {
            signer = signer.issuer_attribute(name_field, value.into_owned());
        }
    }
    signer = signer.subject_text(text(&["code_signature", "subject_name"]));
    let subject = text(&["path"])
        .or_else(|| text(&["executable"]))
        .or_else(|| text(&["hash", "sha256"]))
        .or_else(|| text(&["name"]));
    let certificates = std::iter::once(signer).filter(|one| !one.is_empty()).collect();
    Some(Described { subject, certificates })
}

/// Where a field of an entity is looked for.
struct Field<'a> {
    node: &'a Node,
    entity: &'a str,
}

impl<'a> Field<'a> {
    /// A field, with any of the dots of its path in keys: `{"file": {…}}` or `{"file.x509.serial_number": …}`.
    fn find(&self, path: &[&str]) -> Option<&'a Node> {
        let mut node = self.node;
        let mut key = self.entity.to_owned();
        for step in path {
            match node.get(&key) {
                // Elastic's endpoint lists one signature for each that a file has; the first is the outer one.
                Some(inner) => (node, key) = (inner.items().first()?, (*step).to_owned()),
                None => key = format!("{key}.{step}"),
            }
        }
        node.get(&key)
    }

    fn text(&self, path: &[&str]) -> Option<String> {
        let node = self.find(path)?;
        let text = node.items().first()?.text()?;
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    }
}
