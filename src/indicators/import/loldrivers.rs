//! LOLDrivers: drivers that attackers bring along. Its YAML (one document a driver), the JSON array of the same objects, and facts about
//! its certificates, one object a line.
//!
//! Most of these certificates belong to vendors who meant no harm, so an entry says at most that a file is worth a look. Every `-` in a
//! name became a `,` there: names are only searched for by their undamaged pieces.

use std::collections::HashMap;

use super::delimited::first_rows;
use super::dn_text::read_dn;
use super::document::Node;
use super::fact::{CODE_SIGNING, hash, note, owned, read_hash, read_serial};
use super::moment::read_time;
use super::reading::{Fault, Place, Reading};
use super::{Format, Import};
use crate::indicators::cause::Cause;
use crate::indicators::hash_value::{HashOf, HashValue};
use crate::indicators::indicator::{
    Condition, Indicator, Metadata, NameField, NameTest, Note, Severity, Text, TextMode,
};
use crate::indicators::role::{Role, Roles};
use crate::x509::serial::SerialBuf;

const SOURCE: &str = "LOLDrivers";
const LICENSE: &str = "Apache-2.0";
const REFERENCE: &str = "https://www.loldrivers.io/drivers/";
/// Adversaries bring a driver for what it is allowed to do.
const TECHNIQUES: [Text; 2] = [CODE_SIGNING, Text::Borrowed("T1068")];
/// As many of a list as a person reads.
const MAX_LISTED: usize = 8;

pub(super) fn recognises_node(node: &Node) -> bool {
    let is_facts = node.has("caution") && (node.has("loldrivers_ids") || node.has("tbs_sha256"));
    is_facts || node.has("KnownVulnerableSamples")
}

/// Whether the text is YAML of a driver, or a list of drivers, of which the samples need not be the first key.
pub(super) fn recognises_yaml(text: &str) -> bool {
    const SAMPLES: &str = "KnownVulnerableSamples:";
    let is_list = first_rows(text).find(|line| !line.starts_with("---")).is_some_and(|line| line.starts_with("- "));
    text.lines().any(|line| {
        let is_element = is_list && line.trim_start_matches([' ', '-']).starts_with(SAMPLES);
        line.starts_with(SAMPLES) || is_element
    })
}

#[cfg(feature = "yaml")]
pub(super) fn read_yaml(file: &str, text: &str) -> Import {
    let (nodes, faults) = super::yaml::read(text);
    let nodes: Vec<Node> = nodes.iter().flat_map(Node::items).cloned().collect();
    read_nodes(file, &nodes, faults)
}

#[cfg(not(feature = "yaml"))]
pub(super) fn read_yaml(file: &str, _text: &str) -> Import {
    let mut reading = Reading::new(file, Format::LolDrivers);
    reading.fail(Place::line(1), "YAML, which this build does not read: it lacks the feature `yaml`");
    reading.done()
}

pub(super) fn read_nodes(file: &str, nodes: &[Node], faults: Vec<Fault>) -> Import {
    let mut reading = Reading::new(file, Format::LolDrivers);
    reading.fail_all(faults);
    let mut seen = Seen::default();
    for node in nodes {
        if node.has("KnownVulnerableSamples") {
            read_driver(node, &mut seen, &mut reading);
        } else if node.has("serial") || node.has("tbs_sha256") || node.has("subject") {
            if !node.is_cut {
                seen.add(facts(node, &mut reading));
            }
        } else if !node.is_cut {
            reading.fail(node.place, "neither a driver with KnownVulnerableSamples nor facts about a certificate");
        }
    }
    for certificate in seen.certificates {
        certificate.take_into(&mut reading);
    }
    reading.done()
}

/// The certificates met so far, each once.
#[derive(Default)]
struct Seen {
    certificates: Vec<Certificate>,
    positions: HashMap<String, usize>,
}

impl Seen {
    fn add(&mut self, certificate: Certificate) {
        let key = certificate.key();
        match self.positions.get(&key).and_then(|&position| self.certificates.get_mut(position)) {
            Some(known) => known.merge(certificate),
            None => {
                self.positions.insert(key, self.certificates.len());
                self.certificates.push(certificate);
            }
        }
    }
}

/// What a certificate is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Leaf,
    Authority,
    Timestamp,
    /// In the message, and neither signer nor authority.
    Other,
}

/// One certificate, and what it was seen on.
#[derive(Debug)]
struct Certificate {
    place: Place,
    serial: Option<SerialBuf>,
    tbs: Vec<HashValue>,
    subject: String,
    issuer: Option<String>,
    valid_from: String,
    valid_to: String,
    kind: Kind,
    is_malicious: bool,
    is_vulnerable: bool,
    drivers: Vec<String>,
    ids: Vec<String>,
    notes: Vec<Note>,
    /// Whether `notes` has all cautions, and none is to be worked out.
    has_cautions: bool,
    /// Whether somebody advises caution for a reason that no note has.
    is_cautioned: bool,
}

fn facts(node: &Node, reading: &mut Reading<'_>) -> Certificate {
    let text = |key: &str| node.text_of(key).unwrap_or_default();
    let list = |key: &str| node.get(key).map(Node::items).unwrap_or_default().iter().filter_map(Node::text);
    let categories: Vec<_> = list("categories").collect();
    let mut certificate = Certificate {
        place: Place::line(node.place.line),
        serial: read_serial_of(node, "serial", reading),
        tbs: read_tbs(node, ["tbs_md5", "tbs_sha1", "tbs_sha256", "tbs_sha384"], reading),
        subject: text("subject"),
        issuer: node.text_of("issuer"),
        valid_from: text("valid_from"),
        valid_to: text("valid_to"),
        kind: match text("role").as_str() {
            "leaf" => Kind::Leaf,
            "ca" => Kind::Authority,
            "timestamp" => Kind::Timestamp,
            _ => Kind::Other,
        },
        is_malicious: categories.iter().any(|category| is_malicious(category)),
        is_vulnerable: categories.iter().any(|category| !is_malicious(category)),
        drivers: list("drivers").take(MAX_LISTED).map(Into::into).collect(),
        ids: list("loldrivers_ids").take(MAX_LISTED).map(Into::into).collect(),
        notes: Vec::new(),
        has_cautions: node.has("caution"),
        is_cautioned: false,
    };
    for caution in list("caution") {
        let (cause, detail) = match caution.as_ref() {
            "ca" => (Cause::CertificateAuthority, &certificate.subject),
            "timestamp" => (Cause::TimestampAuthority, &certificate.subject),
            "shared-microsoft-publisher" => (Cause::SharedPublisher, &certificate.subject),
            "legitimate-vendor-vulnerable-driver" => (Cause::LegitimateVendor, &certificate.subject),
            "incomplete" => (Cause::Incomplete, &certificate.subject),
            lossy if lossy.starts_with("subject-text-lossy") => (Cause::DamagedName, &certificate.subject),
            negative if negative.starts_with("negative-serial") => {
                certificate.notes.push(Note::new(Cause::MissingSignOctet, text("serial")));
                continue;
            }
            other => {
                reading.fail(node.place, format!("a caution that is not known here: {other:?}"));
                certificate.is_cautioned = true;
                continue;
            }
        };
        certificate.notes.push(Note::new(cause, detail.clone()));
    }
    certificate
}

fn is_malicious(category: &str) -> bool {
    category.to_ascii_lowercase().contains("malicious")
}

fn read_serial_of(node: &Node, key: &str, reading: &mut Reading<'_>) -> Option<SerialBuf> {
    let text = node.text_of(key)?;
    let place = node.get(key)?.place;
    read_serial(&text).map_err(|problem| reading.fail(place, format!("{key}: {problem}"))).ok()
}

fn read_tbs(node: &Node, keys: [&str; 4], reading: &mut Reading<'_>) -> Vec<HashValue> {
    let mut hashes = Vec::new();
    for key in keys {
        let Some((text, value)) = node.text_of(key).zip(node.get(key)) else { continue };
        match read_hash(&text) {
            Ok(hash) => hashes.push(hash),
            Err(problem) => reading.fail(value.place, format!("{key}: {problem}")),
        }
    }
    hashes
}

/// One driver: its samples, their signatures, and the certificates in those.
fn read_driver(driver: &Node, seen: &mut Seen, reading: &mut Reading<'_>) {
    let category = driver.text_of("Category").unwrap_or_default();
    let ids: Vec<String> = driver.text_of("Id").into_iter().collect();
    let tags = driver.get("Tags").map(Node::items).unwrap_or_default();
    let drivers: Vec<String> = tags.iter().filter_map(Node::text).take(MAX_LISTED).map(Into::into).collect();
    let samples = driver.get("KnownVulnerableSamples").map(Node::items).unwrap_or_default();
    for signature in samples.iter().filter_map(|sample| sample.get("Signatures")).flat_map(Node::items) {
        let signers = signature.get("Signer").map(Node::items).unwrap_or_default();
        let mut by_serial: HashMap<String, &Node> = HashMap::new();
        for signer in signers {
            let serial = signer.text_of("SerialNumber").and_then(|text| SerialBuf::parse_hex(&text).ok());
            if let Some(serial) = serial {
                by_serial.entry(canonical(&serial)).or_insert(signer);
            }
        }
        let certificates = signature.get("Certificates").map(Node::items).unwrap_or_default();
        for node in certificates.iter().filter(|node| !node.is_cut) {
            let serial = read_serial_of(node, "SerialNumber", reading);
            let signer = serial.as_ref().and_then(|serial| by_serial.get(&canonical(serial)).copied());
            let subject = node.text_of("Subject").unwrap_or_default();
            let tbs = node.get("TBS").map(|tbs| read_tbs(tbs, ["MD5", "SHA1", "SHA256", "SHA384"], reading));
            seen.add(Certificate {
                place: Place::line(node.place.line),
                kind: kind_of(node, &subject, signer.is_some(), signers.is_empty()),
                serial,
                tbs: tbs.unwrap_or_default(),
                subject,
                issuer: signer.and_then(|signer| signer.text_of("Issuer")),
                valid_from: node.text_of("ValidFrom").unwrap_or_default(),
                valid_to: node.text_of("ValidTo").unwrap_or_default(),
                is_malicious: is_malicious(&category),
                is_vulnerable: !is_malicious(&category),
                drivers: drivers.clone(),
                ids: ids.clone(),
                notes: Vec::new(),
                has_cautions: false,
                is_cautioned: false,
            });
        }
    }
}

/// What two spellings of one serial have in common.
fn canonical(serial: &SerialBuf) -> String {
    hex::encode(serial.as_serial().canonical())
}

fn kind_of(node: &Node, subject: &str, is_signer: bool, has_no_signers: bool) -> Kind {
    let is_authority = node.is_true("IsCertificateAuthority") || node.is_true("IsCA");
    let name = subject.rsplit("CN=").next().unwrap_or_default().to_ascii_lowercase();
    // `Time Stamping`, `Timestamp`, and `Time,Stamp` with what became of a dash.
    let joined: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let is_service = joined.contains("timestamp") || name.split([' ', ',']).any(|word| word == "tsa");
    if !is_signer && is_service {
        Kind::Timestamp
    } else if is_authority {
        Kind::Authority
    } else if is_signer || has_no_signers {
        Kind::Leaf
    } else {
        Kind::Other
    }
}

impl Certificate {
    /// The best hash of the TBSCertificate: the longest, by which one certificate is one.
    fn key(&self) -> String {
        let serial = self.serial.as_ref().map(ToString::to_string).unwrap_or_default();
        match self.tbs.iter().max_by_key(|hash| hash.as_bytes().len()) {
            Some(hash) => format!("{hash}"),
            None => format!("{serial}/{}/{}", self.subject, self.valid_from),
        }
    }

    fn merge(&mut self, other: Self) {
        self.is_malicious |= other.is_malicious;
        self.is_vulnerable |= other.is_vulnerable;
        self.issuer = self.issuer.take().or(other.issuer);
        if other.kind == Kind::Leaf {
            self.kind = Kind::Leaf;
        }
        for (mine, theirs) in [(&mut self.drivers, other.drivers), (&mut self.ids, other.ids)] {
            for one in theirs {
                if mine.len() < MAX_LISTED && !mine.contains(&one) {
                    mine.push(one);
                }
            }
        }
    }

    fn take_into(mut self, reading: &mut Reading<'_>) {
        if !self.has_cautions {
            self.notes = self.cautions();
        }
        let mut alternatives: Vec<Vec<Condition>> =
            self.tbs.iter().map(|value| vec![hash(HashOf::Tbs, *value)]).collect();
        alternatives.extend(self.serial.as_ref().and_then(|serial| self.by_serial(serial)));
        if alternatives.is_empty() {
            let reason = format!("no serial and no TBS hash names the certificate of {}", self.subject);
            reading.refuse(self.place, reason);
            return;
        }
        const CAUTIONS: [Cause; 4] =
            [Cause::CertificateAuthority, Cause::TimestampAuthority, Cause::SharedPublisher, Cause::LegitimateVendor];
        let is_cautioned = self.is_cautioned || self.notes.iter().any(|note| CAUTIONS.contains(&note.cause));
        let named = self.tbs.iter().find(|hash| hash.algorithm() == "sha256").or_else(|| self.tbs.first());
        let id = named.map(ToString::to_string).or_else(|| self.serial.as_ref().map(ToString::to_string));
        let mut metadata = Metadata {
            id: format!("loldrivers:{}", id.unwrap_or_default()).into(),
            name: owned(&self.drivers.join(", ")),
            source: Some(SOURCE.into()),
            reference: Some(self.ids.first().map_or_else(|| REFERENCE.into(), |id| format!("{REFERENCE}{id}/").into())),
            severity: Some(match (is_cautioned, self.is_malicious) {
                (true, _) => Severity::Informational,
                (false, true) => Severity::High,
                (false, false) => Severity::Medium,
            }),
            category: Some(if self.is_malicious { "malicious_driver".into() } else { "vulnerable_driver".into() }),
            attack: TECHNIQUES.to_vec().into(),
            license: Some(LICENSE.into()),
            description: owned(&format!("subject as published: {}", self.subject)),
            valid_from: read_time(&self.valid_from),
            valid_to: read_time(&self.valid_to),
            ..Metadata::default()
        };
        for noted in self.notes {
            note(&mut metadata, noted.cause, noted.detail);
        }
        let scope = match self.kind {
            Kind::Leaf | Kind::Other => Roles::SIGNERS,
            Kind::Authority => Roles::NONE.with(Role::Chain),
            Kind::Timestamp => Roles::NONE.with(Role::TimestampSigner).with(Role::TimestampChain),
        };
        reading.take(self.place.line, Indicator { metadata, scope, alternatives });
    }

    /// The serial with a piece of the issuer's name; alone where it says enough; else not at all.
    fn by_serial(&self, serial: &SerialBuf) -> Option<Vec<Condition>> {
        let issuer = self.issuer.as_deref().and_then(undamaged_piece);
        if issuer.is_none() && serial.as_serial().is_weak() && !self.tbs.is_empty() {
            return None;
        }
        let test = issuer.map(|piece| NameTest::new(NameField::CommonName, TextMode::Contains, piece));
        Some(std::iter::once(Condition::Serial(serial.clone())).chain(test.map(Condition::Issuer)).collect())
    }

    /// What a reader of the entry must know, where the source does not say it.
    fn cautions(&self) -> Vec<Note> {
        const SHARED: [&str; 4] = [
            "CN=Microsoft Windows Hardware Compatibility",
            "CN=Microsoft Windows Early Launch",
            "CN=Microsoft Windows Publisher",
            "CN=Microsoft Corporation",
        ];
        let mut causes = Vec::new();
        match self.kind {
            Kind::Authority => causes.push(Cause::CertificateAuthority),
            Kind::Timestamp => causes.push(Cause::TimestampAuthority),
            Kind::Leaf if !self.is_malicious => causes.push(Cause::LegitimateVendor),
            Kind::Leaf | Kind::Other => {}
        }
        let subject = self.subject.as_str();
        if SHARED.iter().any(|name| subject.contains(name)) || subject.ends_with("CN=Microsoft Windows") {
            causes.push(Cause::SharedPublisher);
        }
        if is_lossy(subject) {
            causes.push(Cause::DamagedName);
        }
        if self.serial.is_none() || self.tbs.is_empty() {
            causes.push(Cause::Incomplete);
        }
        causes.into_iter().map(|cause| Note::new(cause, subject.to_owned())).collect()
    }
}

/// Whether a name has commas where dashes were: without a blank after, or with one before.
fn is_lossy(name: &str) -> bool {
    let mut after_comma = name.split(',').skip(1);
    name.contains(" ,") || after_comma.any(|rest| !rest.is_empty() && !rest.starts_with(' '))
}

/// The longest piece of the last common name that no comma touches: whatever became of the dashes, the name has it.
fn undamaged_piece(name: &str) -> Option<String> {
    /// Shorter pieces are in every second name, and say nothing even beside a serial.
    const MIN_LENGTH: usize = 3;
    let attributes = read_dn(name);
    let value = attributes.iter().rev().find(|attribute| attribute.field() == NameField::CommonName)?;
    let pieces = value.value.split(',').map(str::trim).filter(|piece| piece.len() >= MIN_LENGTH);
    pieces.max_by_key(|piece| piece.len()).map(str::to_owned)
}
