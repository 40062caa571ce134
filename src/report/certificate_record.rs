//! A certificate's record, and how it is made of the certificate.

use std::fmt::Write as _;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::room::Texts;
use crate::asn1::oid;
use crate::asn1::time::Time;
use crate::bytes::hex_text;
use crate::indicators::hash_value::{HashOf, HashValue};
use crate::x509::certificate::Certificate;
use crate::x509::name::Name;

/// One certificate of a file: where it lies, what part it plays, and its [facts](CertificateFacts), which it dereferences to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CertificateRecord {
    /// Position in the list.
    pub index: usize,
    /// Every part it plays in the file.
    pub roles: Vec<String>,
    /// File offset of its first occurrence.
    pub offset: u64,
    /// What is true of it wherever it lies.
    #[serde(flatten)]
    pub(super) facts: SharedFacts,
}

impl Deref for CertificateRecord {
    type Target = CertificateFacts;

    fn deref(&self) -> &CertificateFacts {
        &self.facts.0.facts
    }
}

/// Facts that the reports of one scan share. Nobody can change them, so their JSON is written once.
#[derive(Debug, Clone)]
pub(super) struct SharedFacts(Arc<WrittenFacts>);

#[derive(Debug)]
struct WrittenFacts {
    facts: CertificateFacts,
    /// The members of their JSON object, without the brace before them.
    json: OnceLock<Box<[u8]>>,
}

impl SharedFacts {
    pub(super) fn new(facts: CertificateFacts) -> Self {
        Self(Arc::new(WrittenFacts { facts, json: OnceLock::new() }))
    }

    /// The members of their JSON object and the brace behind them.
    pub(super) fn json_members(&self) -> &[u8] {
        self.0.json.get_or_init(|| {
            let object = serde_json::to_vec(&self.0.facts).unwrap_or_default();
            object.strip_prefix(b"{").unwrap_or_default().into()
        })
    }
}

impl PartialEq for SharedFacts {
    fn eq(&self, other: &Self) -> bool {
        self.0.facts == other.0.facts
    }
}

impl Eq for SharedFacts {}

impl Serialize for SharedFacts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.facts.serialize(serializer)
    }
}

impl<'d> Deserialize<'d> for SharedFacts {
    fn deserialize<D: Deserializer<'d>>(deserializer: D) -> Result<Self, D::Error> {
        CertificateFacts::deserialize(deserializer).map(Self::new)
    }
}

/// What is true of a certificate wherever it lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CertificateFacts {
    /// The serial, canonical.
    pub serial: String,
    /// The serial as stored.
    pub serial_raw: String,
    /// The subject.
    pub subject: NameRecord,
    /// The issuer.
    pub issuer: NameRecord,
    /// First instant of validity.
    pub not_before: Option<String>,
    /// Last instant of validity.
    pub not_after: Option<String>,
    /// SHA-1 of the certificate.
    pub sha1: Option<String>,
    /// SHA-256 of the certificate.
    pub sha256: Option<String>,
    /// SHA-256 of its TBSCertificate.
    pub tbs_sha256: Option<String>,
    /// SHA-256 of its SubjectPublicKeyInfo.
    pub spki_sha256: Option<String>,
    /// The issuer's signature algorithm, by name or dotted.
    pub signature_algorithm: Option<String>,
    /// The public key.
    pub public_key: Option<PublicKeyRecord>,
    /// The CA flag of basic constraints.
    pub is_ca: Option<bool>,
    /// Whether subject and issuer are the same name.
    pub self_issued: bool,
    /// Extended key usages, dotted.
    pub eku: Vec<String>,
}

/// A distinguished name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NameRecord {
    /// RFC 4514.
    pub dn: String,
    /// The whole name in DER, where some text of it could not be decoded.
    pub dn_hex: Option<String>,
    /// CN.
    pub common_name: Vec<String>,
    /// O.
    pub organization: Vec<String>,
    /// OU.
    pub organizational_unit: Vec<String>,
    /// C.
    pub country: Vec<String>,
    /// L.
    pub locality: Vec<String>,
    /// ST.
    pub state: Vec<String>,
    /// street.
    pub street: Vec<String>,
    /// emailAddress.
    pub email_address: Vec<String>,
    /// serialNumber: the subject's registration number.
    pub serial_number: Vec<String>,
}

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PublicKeyRecord {
    /// By name or dotted.
    pub algorithm: String,
    /// Its size.
    pub bits: Option<u32>,
}

/// The hashes of a certificate that its record holds.
pub(super) type Hashes = Arc<[(HashOf, HashValue)]>;

/// The facts of a certificate, and its hashes.
pub(super) fn work_out(certificate: Certificate<'_>, texts: &Texts) -> (CertificateFacts, Hashes) {
    let validity = certificate.validity();
    let (hashes, spki_sha256) = hashes(certificate);
    let hash = |of: HashOf, algorithm: &str| {
        hashes
            .iter()
            .find(|hash| hash.0 == of && hash.1.algorithm() == algorithm)
            .map(|hash| hex_text(hash.1.as_bytes()))
    };
    let facts = CertificateFacts {
        serial: texts.text(certificate.serial()),
        serial_raw: texts.hex(certificate.serial().as_bytes()),
        subject: name_record(certificate.subject(), texts),
        issuer: name_record(certificate.issuer(), texts),
        not_before: validity.not_before.map(time_text),
        not_after: validity.not_after.map(time_text),
        sha1: hash(HashOf::Certificate, "sha1"),
        sha256: hash(HashOf::Certificate, "sha256"),
        tbs_sha256: hash(HashOf::Tbs, "sha256"),
        spki_sha256,
        signature_algorithm: texts.name(certificate.signature_algorithm()),
        public_key: certificate
            .public_key()
            .map(|key| PublicKeyRecord { algorithm: texts.name(key.algorithm).unwrap_or_default(), bits: key.bits }),
        is_ca: certificate.is_ca(),
        self_issued: certificate.is_self_issued(),
        eku: texts.some_of(certificate.extended_key_usage()).map(|purpose| texts.text(purpose)).collect(),
    };
    (facts, hashes)
}

#[cfg(feature = "digest")]
fn hashes(certificate: Certificate<'_>) -> (Hashes, Option<String>) {
    let hashes = [
        (HashOf::Certificate, HashValue::new(&certificate.sha1())),
        (HashOf::Certificate, HashValue::new(&certificate.sha256())),
        (HashOf::Tbs, HashValue::new(&certificate.tbs_sha256())),
    ];
    let hashes = hashes.into_iter().filter_map(|(of, value)| Some((of, value?))).collect();
    let spki = (!certificate.spki().is_empty()).then(|| hex_text(&certificate.spki_sha256()));
    (hashes, spki)
}

#[cfg(not(feature = "digest"))]
fn hashes(_: Certificate<'_>) -> (Hashes, Option<String>) {
    (Arc::default(), None)
}

fn name_record(name: Name<'_>, texts: &Texts) -> NameRecord {
    let mut record = NameRecord {
        dn: texts.text(name),
        dn_hex: None,
        common_name: Vec::new(),
        organization: Vec::new(),
        organizational_unit: Vec::new(),
        country: Vec::new(),
        locality: Vec::new(),
        state: Vec::new(),
        street: Vec::new(),
        email_address: Vec::new(),
        serial_number: Vec::new(),
    };
    for attribute in texts.some_of(name.attributes()) {
        let list = match attribute.kind() {
            oid::COMMON_NAME => &mut record.common_name,
            oid::ORGANIZATION => &mut record.organization,
            oid::ORGANIZATIONAL_UNIT => &mut record.organizational_unit,
            oid::COUNTRY => &mut record.country,
            oid::LOCALITY => &mut record.locality,
            oid::STATE => &mut record.state,
            oid::STREET => &mut record.street,
            oid::EMAIL_ADDRESS => &mut record.email_address,
            oid::SERIAL_NUMBER => &mut record.serial_number,
            _ => continue,
        };
        list.push(texts.written(&attribute.text()));
    }
    if name.attributes().any(|attribute| !attribute.is_text()) {
        record.dn_hex = Some(texts.hex(name.as_bytes()));
    }
    record
}

pub(super) fn time_text(time: Time) -> String {
    /// Octets of `2026-11-22T02:05:00Z`.
    const LENGTH: usize = 20;
    let mut text = String::with_capacity(LENGTH);
    // Writing to a String does not fail.
    let _ = write!(text, "{time}");
    text
}
