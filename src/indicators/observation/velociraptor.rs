//! Velociraptor: what `authenticode()` answers, as a row or as a column of one.

use super::Described;
use super::certificate::{ObservedCertificate, first_text};
use crate::indicators::import::document::{Node, Value};
use crate::indicators::import::moment::read_time;
use crate::indicators::role::Role;

pub(super) fn read(node: &Node) -> Option<Vec<Described>> {
    let answers = |node: &Node| node.has("SubjectName") && node.has("IssuerName");
    let answer = if answers(node) {
        node
    } else {
        let Value::Map(entries) = &node.value else { return None };
        entries.iter().map(|(_, value)| value).find(|value| answers(value))?
    };
    let path =
        first_text(answer, &["Filename"]).or_else(|| first_text(node, &["OSPath", "FullPath", "Path", "ExePath"]));
    let signed_at = answer.text_of("Timestamp").and_then(|time| read_time(&time));
    let signer = ObservedCertificate::new(Role::Signer)
        .serial_text(answer.text_of("SerialNumber"))
        .subject_text(answer.text_of("SubjectName"))
        .issuer_text(answer.text_of("IssuerName"))
        .program(answer.text_of("ProgramName"))
        .signed(signed_at);
    let stamper = ObservedCertificate::new(Role::TimestampSigner)
        .subject_text(answer.text_of("TimestampSubjectName"))
        .issuer_text(answer.text_of("TimestampIssuerName"));
    let bag = answer.at(&["_ExtraInfo", "Certificates"]).map(Node::items).unwrap_or_default();
    let bag: Vec<ObservedCertificate> = bag.iter().map(certificate).collect();
    let mut certificates = vec![signer];
    certificates.extend(with_roles(certificates.first(), bag));
    certificates.push(stamper);
    certificates.retain(|one| !one.is_empty());
    Some(vec![Described { subject: path, certificates }])
}

fn certificate(node: &Node) -> ObservedCertificate {
    ObservedCertificate::new(Role::Unused)
        .serial_text(node.text_of("SerialNumber"))
        .subject_text(first_text(node, &["SubjectName", "Subject"]))
        .issuer_text(first_text(node, &["IssuerName", "Issuer"]))
        .validity_texts(node.text_of("NotBefore"), node.text_of("NotAfter"))
}

/// The certificates of a message that are not the signer's own, those that lead up from it in the role of its chain.
fn with_roles(signer: Option<&ObservedCertificate>, mut bag: Vec<ObservedCertificate>) -> Vec<ObservedCertificate> {
    /// Longer chains are not met; each step looks at all of the bag.
    const MAX_CHAIN: usize = 16;
    let Some(signer) = signer else { return bag };
    bag.retain(|one| !one.is_same(signer));
    let mut chain: Vec<ObservedCertificate> = Vec::new();
    while chain.len() < MAX_CHAIN {
        let last = chain.last().unwrap_or(signer);
        let Some(next) = bag.iter().position(|one| last.is_issued_by(one)) else { break };
        chain.push(bag.remove(next).in_role(Role::Chain));
    }
    chain.extend(bag);
    chain
}
