//! osquery: rows of `authenticode`, and of `certificates`, which are those of a store.

use super::Described;
use super::certificate::{ObservedCertificate, first_text};
use crate::asn1::time::Time;
use crate::indicators::import::document::Node;
use crate::indicators::role::Role;

pub(super) fn read(node: &Node) -> Option<Vec<Described>> {
    if node.has("subject_name") && node.has("issuer_name") || node.has("original_program_name") && node.has("result") {
        let signer = ObservedCertificate::new(Role::Signer)
            .serial_text(node.text_of("serial_number"))
            .subject_text(node.text_of("subject_name"))
            .issuer_text(node.text_of("issuer_name"))
            .program(node.text_of("original_program_name"));
        let certificates = std::iter::once(signer).filter(|signer| !signer.is_empty()).collect();
        return Some(vec![Described { subject: node.text_of("path"), certificates }]);
    }
    let subject = first_text(node, &["subject2", "subject"]);
    if !(node.has("serial") && node.has("sha1") && subject.is_some()) {
        return None;
    }
    let time = |key: &str| node.text_of(key).and_then(|text| text.parse().ok()).map(Time::from_unix);
    let stored = ObservedCertificate::new(Role::Store)
        .serial_text(node.text_of("serial"))
        .subject_text(subject)
        .issuer_text(first_text(node, &["issuer2", "issuer"]))
        .fingerprint(node.text_of("sha1"))
        .validity(time("not_valid_before"), time("not_valid_after"));
    let named = first_text(node, &["path", "common_name", "sha1"]);
    Some(vec![Described { subject: named, certificates: vec![stored] }])
}
