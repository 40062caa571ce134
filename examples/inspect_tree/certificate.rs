//! Certificates in the tree: everything about one where it is met first, its name afterwards.

use certsift::{CertificateDetail, CertificateRecord, Report, escape};

use super::node::Node;
use super::spaced;

/// The certificates of a report, and which of them were described.
pub(super) struct Certificates<'r> {
    report: &'r Report,
    described: Vec<bool>,
}

impl<'r> Certificates<'r> {
    pub(super) fn new(report: &'r Report) -> Self {
        Self { report, described: vec![false; report.certificates.len()] }
    }

    /// A certificate under the parts it plays.
    pub(super) fn node_by_roles(&mut self, index: usize) -> Node {
        let roles = self.report.certificates.get(index).map(|certificate| certificate.roles.join(", "));
        self.node(&spaced(&roles.unwrap_or_default()), index)
    }

    pub(super) fn node(&mut self, label: &str, index: usize) -> Node {
        let (Some(certificate), Some(described)) = (self.report.certificates.get(index), self.described.get_mut(index))
        else {
            return Node::new(label);
        };
        let subject = escape(&certificate.subject.dn);
        if std::mem::replace(described, true) {
            // Many may name the same one.
            let node = Node::new(format!("{label}: {}", cut(&subject)));
            return node.with([Node::new(format!("certificate {index}, described above"))]);
        }
        let detail = self.report.detail.as_ref().and_then(|detail| detail.certificates.get(index));
        Node::new(format!("{label}: {subject}"))
            .with(facts(certificate))
            .with(detail.map(detail_nodes).unwrap_or_default())
    }
}

/// Where no name of a person or company goes on.
fn cut(name: &str) -> String {
    const MOST: usize = 200;
    match name.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", name.get(..end).unwrap_or_default()),
        None => name.to_owned(),
    }
}

fn facts(certificate: &CertificateRecord) -> Vec<Node> {
    let unknown = "an unreadable time";
    let stored = if certificate.serial == certificate.serial_raw {
        String::new()
    } else {
        format!(" (stored as {})", certificate.serial_raw)
    };
    let authority = match certificate.is_ca {
        Some(true) => "authority: yes",
        Some(false) => "authority: no",
        None => "authority: not said",
    };
    let lines = [
        Some(format!("certificate {} at {:#x}", certificate.index, certificate.offset)),
        Some(format!("issuer {}", escape(&certificate.issuer.dn))),
        Some(format!("serial {}{stored}", certificate.serial)),
        Some(format!(
            "valid {} to {}",
            certificate.not_before.as_deref().unwrap_or(unknown),
            certificate.not_after.as_deref().unwrap_or(unknown)
        )),
        certificate.public_key.as_ref().map(|key| {
            let bits = key.bits.map(|bits| format!(", {bits} bits")).unwrap_or_default();
            format!("key {}{bits}", key.algorithm)
        }),
        certificate.signature_algorithm.as_ref().map(|algorithm| format!("signed with {algorithm}")),
        Some(authority.to_owned()),
        certificate.sha1.as_ref().map(|hash| format!("sha1 {hash}")),
        certificate.sha256.as_ref().map(|hash| format!("sha256 {hash}")),
        certificate.tbs_sha256.as_ref().map(|hash| format!("tbs sha256 {hash}")),
        certificate.spki_sha256.as_ref().map(|hash| format!("key sha256 {hash}")),
    ];
    lines.into_iter().flatten().map(Node::new).collect()
}

fn detail_nodes(detail: &CertificateDetail) -> Vec<Node> {
    let hash = |label: &str, hash: &Option<String>| hash.as_ref().map(|hash| format!("{label} {hash}"));
    let list = |label: &str, list: &[String]| (!list.is_empty()).then(|| format!("{label} {}", list.join(", ")));
    let lines = [
        Some(match detail.version {
            Some(version) => format!("X.509 version {version}, {} bytes", detail.length),
            None => format!("X.509, unreadable version, {} bytes", detail.length),
        }),
        detail.curve.as_ref().map(|curve| format!("curve {curve}")),
        detail.key_usage.as_deref().and_then(|usages| list("key usage", usages)),
        list("extended key usage", &detail.extended_key_usage),
        detail.path_length.map(|length| format!("at most {length} authorities below it")),
        hash("subject key id", &detail.subject_key_id),
        hash("authority key id", &detail.authority_key_id),
        detail
            .authority
            .as_ref()
            .and_then(|authority| authority.serial.as_ref())
            .map(|serial| format!("authority serial {serial}")),
        list("policies", &detail.policies),
        hash("md5", &detail.md5),
        hash("tbs md5", &detail.tbs_md5),
        hash("tbs sha1", &detail.tbs_sha1),
        hash("tbs sha384", &detail.tbs_sha384),
        (!detail.strict).then(|| "a strict decoder refuses it".to_owned()),
    ];
    let extensions = detail.extensions.iter().map(|extension| {
        let name = extension.name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
        let critical = if extension.critical { ", critical" } else { "" };
        format!("extension {}{name} at {:#x}: {} bytes{critical}", extension.kind, extension.offset, extension.length)
    });
    lines.into_iter().flatten().chain(extensions).map(Node::new).collect()
}
