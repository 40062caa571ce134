//! Microsoft Defender: rows of DeviceFileCertificateInfo.

use super::Described;
use super::certificate::{ObservedCertificate, first_text};
use crate::indicators::import::document::Node;
use crate::indicators::import::moment::read_time;
use crate::indicators::role::Role;

pub(super) fn read(node: &Node) -> Option<Vec<Described>> {
    let is_row = node.has("CertificateSerialNumber") || node.has("SignerHash") || node.has("IsSigned");
    if !is_row {
        return None;
    }
    let time = |key: &str| node.text_of(key).and_then(|text| read_time(&text));
    let signer = ObservedCertificate::new(Role::Signer)
        .serial_text(node.text_of("CertificateSerialNumber"))
        .subject_text(node.text_of("Signer"))
        .issuer_text(node.text_of("Issuer"))
        .fingerprint(node.text_of("SignerHash"))
        .validity(time("CertificateCreationTime"), time("CertificateExpirationTime"))
        .signed(time("CertificateCountersignatureTime"));
    let issuer = ObservedCertificate::new(Role::Chain)
        .subject_text(node.text_of("Issuer"))
        .fingerprint(node.text_of("IssuerHash"));
    let certificates = [signer, issuer].into_iter().filter(|one| !one.is_empty()).collect();
    let subject = first_text(node, &["FolderPath", "FileName", "SHA256", "SHA1"]);
    Some(vec![Described { subject, certificates }])
}
