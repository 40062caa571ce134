//! The distinct certificates of a file as records, and a cache of what was worked out about certificates seen before: in a
//! collection of files the same authorities and signers come again and again.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::ops::Deref;
use std::sync::Arc;

use foldhash::fast::RandomState;
use serde::{Deserialize, Serialize};

use crate::asn1::oid;
use crate::asn1::time::Time;
use crate::error::Error;
use crate::file::{CertificateUse, MOST_CERTIFICATE_FAULTS};
use crate::indicators::hash_value::{HashOf, HashValue};
use crate::x509::certificate::Certificate;
use crate::x509::name::Name;

use super::room::{Room, Texts};

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
    /// What is true of it wherever it lies. Shared between the reports of one scan.
    #[serde(flatten)]
    pub facts: Arc<CertificateFacts>,
}

impl Deref for CertificateRecord {
    type Target = CertificateFacts;

    fn deref(&self) -> &CertificateFacts {
        &self.facts
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
type Hashes = Arc<[(HashOf, HashValue)]>;

/// What was worked out about one certificate.
#[derive(Debug, Clone)]
struct Known {
    /// Equal for equal bytes, as long as the cache is not emptied.
    id: usize,
    facts: Arc<CertificateFacts>,
    hashes: Hashes,
    /// Offsets count from the certificate's first byte.
    faults: Arc<[Error]>,
    /// Whether the facts do not hold all there is.
    texts: Texts,
}

/// Facts of certificates met before, by their bytes.
#[derive(Debug, Default)]
pub(crate) struct CertificateCache {
    by_der: HashMap<Box<[u8]>, Known, RandomState>,
    bytes: usize,
}

impl CertificateCache {
    /// Bytes of certificates that are kept from one file to the next: some two thousand certificates.
    const MAX_BYTES: usize = 4 << 20;

    /// Starts anew when too much is kept. Not in the middle of a file, whose certificates must keep their ids.
    fn trim(&mut self) {
        if self.bytes > Self::MAX_BYTES {
            *self = Self::default();
        }
    }

    fn learn(&mut self, certificate: Certificate<'_>) -> Known {
        let der = certificate.der();
        let texts = Texts::new();
        let (facts, hashes) = work_out(certificate, &texts);
        let faults = certificate.faults().into_iter().map(|fault| fault.moved(certificate.offset(), 0)).collect();
        let known = Known { id: self.by_der.len(), facts: Arc::new(facts), hashes, faults, texts };
        self.bytes = self.bytes.saturating_add(der.len());
        self.by_der.insert(der.into(), known.clone());
        known
    }
}

/// The distinct certificates of one file, by their bytes.
pub(super) struct CertificateList<'c, 'a> {
    pub(super) records: Vec<CertificateRecord>,
    /// The certificates that the records are of.
    pub(super) sources: Vec<Certificate<'a>>,
    /// What is wrong inside them and is not told yet, with the offsets of the file; one more than a record holds.
    pub(super) faults: Vec<Error>,
    /// What else is wrong with the file.
    told: &'c [Error],
    /// How much else the record holds.
    pub(super) room: &'c Room,
    hashes: Vec<Hashes>,
    by_id: HashMap<usize, usize, RandomState>,
    /// The same place has the same bytes, so most questions need no look at them.
    by_offset: HashMap<u64, usize, RandomState>,
    cache: &'c mut CertificateCache,
}

impl<'c, 'a> CertificateList<'c, 'a> {
    pub(super) fn new(cache: &'c mut CertificateCache, told: &'c [Error], room: &'c Room) -> Self {
        cache.trim();
        Self {
            records: Vec::new(),
            sources: Vec::new(),
            faults: Vec::new(),
            told,
            room,
            hashes: Vec::new(),
            by_id: HashMap::default(),
            by_offset: HashMap::default(),
            cache,
        }
    }

    /// The certificate's place in the list, where it is put when it is new and there is room.
    pub(super) fn index_if_room(&mut self, certificate: Certificate<'a>) -> Option<usize> {
        if let Some(index) = self.find(certificate) {
            return Some(index);
        }
        let known = self.cache.by_der.get(certificate.der()).cloned();
        let is_listed = known.as_ref().is_some_and(|known| self.by_id.contains_key(&known.id));
        (is_listed || self.room.certificates.take()).then(|| self.place(certificate, known))
    }

    /// The certificate's place in the list, where it is put when it is new.
    pub(super) fn index_of(&mut self, certificate: Certificate<'a>) -> usize {
        if let Some(index) = self.find(certificate) {
            return index;
        }
        let known = self.cache.by_der.get(certificate.der()).cloned();
        self.place(certificate, known)
    }

    fn place(&mut self, certificate: Certificate<'a>, known: Option<Known>) -> usize {
        let offset = certificate.offset();
        let known = known.unwrap_or_else(|| self.cache.learn(certificate));
        let Known { id, facts, hashes, faults, texts } = known;
        let next = self.records.len();
        let index = *self.by_id.entry(id).or_insert(next);
        if index == next {
            self.sources.push(certificate);
            self.records.push(CertificateRecord { index, roles: Vec::new(), offset, facts });
            self.hashes.push(hashes);
            self.room.texts.join(&texts);
            let faults = faults.iter().map(|fault| fault.moved(0, offset)).filter(|fault| !fault.is_told(self.told));
            let most = MOST_CERTIFICATE_FAULTS.saturating_add(1).saturating_sub(self.faults.len());
            self.faults.extend(faults.take(most));
        }
        self.by_offset.insert(offset, index);
        index
    }

    /// The place of a certificate that was put into the list.
    pub(super) fn find(&self, certificate: Certificate<'_>) -> Option<usize> {
        self.by_offset.get(&certificate.offset()).copied()
    }

    /// The place of a certificate with the same bytes, wherever this one lies.
    #[cfg(feature = "verify")]
    pub(super) fn find_same(&self, certificate: Certificate<'_>) -> Option<usize> {
        let known = self.cache.by_der.get(certificate.der())?;
        self.by_id.get(&known.id).copied()
    }

    /// The issuer's text of a certificate that was put into the list.
    pub(super) fn issuer_text(&self, certificate: Certificate<'_>) -> Option<&str> {
        let record = self.find(certificate).and_then(|index| self.records.get(index));
        record.map(|record| record.issuer.dn.as_str())
    }

    /// The hashes of a use's certificate that were worked out for the record.
    pub(super) fn known_hashes(&self, used: &CertificateUse<'a>) -> &[(HashOf, HashValue)] {
        let index = used.certificate().and_then(|certificate| self.find(certificate));
        index.and_then(|index| self.hashes.get(index)).map(|hashes| &**hashes).unwrap_or_default()
    }

    pub(super) fn note_roles(&mut self, uses: &[CertificateUse<'_>]) {
        for used in uses {
            let role = used.role().as_str();
            let record = used.certificate().and_then(|certificate| self.find(certificate));
            let Some(record) = record.and_then(|index| self.records.get_mut(index)) else { continue };
            if !record.roles.iter().any(|known| known == role) {
                record.roles.push(role.to_owned());
            }
        }
    }
}

fn work_out(certificate: Certificate<'_>, texts: &Texts) -> (CertificateFacts, Hashes) {
    let validity = certificate.validity();
    let (hashes, spki_sha256) = hashes(certificate);
    let hash = |of: HashOf, algorithm: &str| {
        hashes.iter().find(|hash| hash.0 == of && hash.1.algorithm() == algorithm).map(|hash| hash.1.to_string())
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
    let spki = (!certificate.spki().is_empty()).then(|| hex::encode(certificate.spki_sha256()));
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
        list.push(texts.text(attribute.text()));
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
