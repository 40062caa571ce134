//! [`ObservedCertificate`]: what a document says about one certificate.

use crate::asn1::time::Time;
use crate::indicators::candidate::Candidate;
use crate::indicators::hash_value::{HashOf, HashValue};
use crate::indicators::import::dn_text::read_dn;
use crate::indicators::import::document::Node;
use crate::indicators::import::moment::read_time;
use crate::indicators::indicator::NameField;
use crate::indicators::role::Role;
use crate::x509::serial::SerialBuf;

/// What a document says about one certificate, and the part it plays. What it does not say, or says in no readable form, is absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedCertificate {
    role: Role,
    serial: Option<SerialBuf>,
    subject: Vec<(NameField, String)>,
    issuer: Vec<(NameField, String)>,
    hashes: Vec<HashValue>,
    not_before: Option<Time>,
    not_after: Option<Time>,
    program_name: Option<String>,
    signed_at: Option<Time>,
}

impl ObservedCertificate {
    pub(super) const fn new(role: Role) -> Self {
        Self {
            role,
            serial: None,
            subject: Vec::new(),
            issuer: Vec::new(),
            hashes: Vec::new(),
            not_before: None,
            not_after: None,
            program_name: None,
            signed_at: None,
        }
    }

    /// The part it plays.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// Its serial number, as the document writes it.
    #[must_use]
    pub const fn serial(&self) -> Option<&SerialBuf> {
        self.serial.as_ref()
    }

    /// Everything that is told of it beside its role, by name, for a reader.
    #[must_use]
    pub fn facts(&self) -> Vec<(String, String)> {
        let serial = self.serial.iter().map(|serial| ("serial".to_owned(), hex::encode(serial.as_serial().as_bytes())));
        let names = [("subject", &self.subject), ("issuer", &self.issuer)].into_iter().flat_map(|(which, texts)| {
            texts.iter().map(move |(field, text)| (format!("{which}.{}", field.name()), text.clone()))
        });
        let hashes = self.hashes.iter().map(|hash| (hash.algorithm().to_owned(), hash.to_string()));
        let times =
            [("not_before", self.not_before), ("not_after", self.not_after), ("signed_at", self.signed_at)].into_iter();
        let times = times.filter_map(|(name, time)| Some((name.to_owned(), time?.to_string())));
        let program = self.program_name.iter().map(|name| ("program_name".to_owned(), name.clone()));
        serial.chain(names).chain(hashes).chain(times).chain(program).collect()
    }

    /// The question to an [`IndicatorTable`](crate::IndicatorTable).
    #[must_use]
    pub fn candidate(&self) -> Candidate<'_> {
        let mut candidate = Candidate::new(self.role).validity(self.not_before, self.not_after);
        if let Some(serial) = &self.serial {
            candidate = candidate.serial(serial.as_serial());
        }
        for (field, text) in &self.subject {
            candidate = candidate.subject_text(*field, text.as_str());
        }
        for (field, text) in &self.issuer {
            candidate = candidate.issuer_text(*field, text.as_str());
        }
        for value in &self.hashes {
            candidate = candidate.hash(HashOf::Certificate, *value);
        }
        if let Some(name) = &self.program_name {
            candidate = candidate.program_name(name.as_str());
        }
        if let Some(time) = self.signed_at {
            candidate = candidate.signed_at(time);
        }
        candidate
    }

    /// With a serial in any hex spelling.
    pub(super) fn serial_text(mut self, text: Option<String>) -> Self {
        self.serial = self.serial.or_else(|| SerialBuf::parse_hex(&text?).ok());
        self
    }

    /// With a subject: a distinguished name, or the name that tools display for it.
    pub(super) fn subject_text(mut self, text: Option<String>) -> Self {
        for (field, text) in text.iter().flat_map(|text| name_texts(text)) {
            self = self.subject_attribute(field, text);
        }
        self
    }

    /// With an issuer, in the same forms.
    pub(super) fn issuer_text(mut self, text: Option<String>) -> Self {
        for (field, text) in text.iter().flat_map(|text| name_texts(text)) {
            self = self.issuer_attribute(field, text);
        }
        self
    }

    /// With a text of one attribute of the subject.
    pub(super) fn subject_attribute(mut self, field: NameField, text: String) -> Self {
        add(&mut self.subject, field, text);
        self
    }

    /// With a text of one attribute of the issuer.
    pub(super) fn issuer_attribute(mut self, field: NameField, text: String) -> Self {
        add(&mut self.issuer, field, text);
        self
    }

    /// With a fingerprint of any algorithm.
    pub(super) fn fingerprint(mut self, text: Option<String>) -> Self {
        self.hashes.extend(text.and_then(|text| HashValue::parse_hex(&text).ok()));
        self
    }

    pub(super) fn validity_texts(mut self, from: Option<String>, to: Option<String>) -> Self {
        self.not_before = from.and_then(|text| read_time(&text));
        self.not_after = to.and_then(|text| read_time(&text));
        self
    }

    pub(super) const fn validity(mut self, from: Option<Time>, to: Option<Time>) -> Self {
        (self.not_before, self.not_after) = (from, to);
        self
    }

    pub(super) fn program(mut self, name: Option<String>) -> Self {
        self.program_name = name;
        self
    }

    pub(super) fn signed(mut self, at: Option<Time>) -> Self {
        self.signed_at = at.filter(|at| *at > UNTOLD);
        self
    }

    /// Whether nothing is known of it that could match.
    pub(super) fn is_empty(&self) -> bool {
        self.serial.is_none() && self.subject.is_empty() && self.hashes.is_empty()
    }

    /// What it has in common with whatever is told of as the same certificate: one of these is enough.
    pub(super) fn identities(&self) -> Vec<String> {
        let hashes = self.hashes.iter().map(ToString::to_string);
        let serial = self.serial.iter().map(|serial| format!("{} {:?}", serial, self.subject));
        hashes.chain(serial).collect()
    }

    /// Whether both are told of as the same certificate.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let same_hash = self.hashes.iter().any(|hash| other.hashes.contains(hash));
        let serials = self.serial.as_ref().zip(other.serial.as_ref());
        let same_serial = serials.is_some_and(|(one, other)| one.as_serial() == other.as_serial());
        same_hash || (same_serial && self.subject == other.subject)
    }

    pub(super) fn is_issued_by(&self, other: &Self) -> bool {
        !self.issuer.is_empty() && self.issuer == other.subject
    }

    pub(super) const fn in_role(mut self, role: Role) -> Self {
        self.role = role;
        self
    }
}

/// Adds a text of a name, but for one that is there already. Documents may list thousands of them, so only the last ones are looked at:
/// a text that is there twice matches as it would once.
fn add(texts: &mut Vec<(NameField, String)>, field: NameField, text: String) {
    const LOOKED_AT: usize = 64;
    if !texts.iter().rev().take(LOOKED_AT).any(|(known, same)| *known == field && *same == text) {
        texts.push((field, text));
    }
}

/// Go's zero time is year 1, and so is that of .NET: no time.
const UNTOLD: Time = Time::from_unix(0);

/// The texts of a printed name. A distinguished name is its attributes, and the whole as printed and in one line. Any other text is
/// what tools display for a certificate: its common name, and where there is none its organization; authorities put the same into both.
fn name_texts(text: &str) -> Vec<(NameField, String)> {
    let attributes = read_dn(text);
    if attributes.is_empty() {
        let fields = [NameField::CommonName, NameField::Organization, NameField::Any];
        return fields.map(|field| (field, text.to_owned())).into();
    }
    let one_line: String = attributes.iter().map(|one| format!("/{}={}", one.kind, one.value)).collect();
    let mut texts: Vec<(NameField, String)> =
        attributes.into_iter().map(|attribute| (attribute.field(), attribute.value)).collect();
    texts.push((NameField::Whole, text.to_owned()));
    texts.push((NameField::OneLine, one_line));
    texts
}

/// The first of these keys that has a text.
pub(super) fn first_text(node: &Node, keys: &[&str]) -> Option<String> {
    keys.iter().find_map(|key| node.text_of(key))
}
