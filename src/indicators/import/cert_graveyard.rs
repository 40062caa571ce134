//! The CSV of CertGraveyard: one row for each sample, so that a certificate is on several.

use std::collections::{HashMap, HashSet};

use super::delimited::{Record, Table};
use super::fact::{ABUSED, CODE_SIGNING, exact, hash, note, owned, read_hash, read_serial};
use super::moment::read_time;
use super::reading::{Place, Reading};
use super::{Format, Import};
use crate::asn1::oid::OidBuf;
use crate::asn1::time::Time;
use crate::bytes::to_u64;
use crate::indicators::cause::Cause;
use crate::indicators::hash_value::{HashOf, HashValue};
use crate::indicators::indicator::{Condition, Indicator, Metadata, NameField, Severity, Text, UsageTest};
use crate::indicators::role::Roles;
use crate::x509::serial::SerialBuf;

const SOURCE: &str = "CertGraveyard";
const REFERENCE: &str = "https://certgraveyard.org/";

pub(super) fn recognises(text: &str) -> bool {
    table(text).is_some()
}

fn table(text: &str) -> Option<Table<'_>> {
    let is_it = |table: &Table<'_>| {
        table.has("Serial") && table.has("Thumbprint") && (table.has("Malware") || table.has("TBS SHA256"))
    };
    Table::new(text).filter(is_it)
}

pub(super) fn read(file: &str, text: &str) -> Import {
    let mut reading = Reading::new(file, Format::CertGraveyard);
    let Some(table) = table(text) else { return reading.done() };
    let mut known = Known::default();
    table.read_rows(&mut reading, |reading, record| {
        Row { columns: &table.columns, record }.take_into(reading, &mut known);
    });
    reading.done()
}

/// What earlier rows had, by its position in the import.
#[derive(Default)]
struct Known {
    /// By serial, and by thumbprint where there is no serial.
    certificates: HashMap<String, usize>,
    /// By the hash of the TBSCertificate.
    tbs: HashMap<HashValue, usize>,
    /// The first hash of each algorithm of each certificate's TBSCertificate.
    first_tbs: HashMap<(usize, &'static str), HashValue>,
    alternatives: HashSet<(usize, String)>,
}

/// One row: one sample, and the certificate that signed it.
struct Row<'a> {
    columns: &'a [String],
    record: &'a Record,
}

impl Row<'_> {
    /// The value of a column and its place; `None` for each way in which the feed says that it has none.
    fn value(&self, column: &str) -> Option<(&str, Place)> {
        let index = self.columns.iter().position(|known| known == column)?;
        let text = self.record.fields.get(index)?.trim();
        let is_null = matches!(text, "" | "???" | "Not Specified" | "None" | "N/A" | "null");
        (!is_null).then_some((text, Place::at(self.record.line, to_u64(index).saturating_add(1))))
    }

    fn text(&self, column: &str) -> Option<&str> {
        self.value(column).map(|(text, _)| text)
    }

    fn take_into(&self, reading: &mut Reading<'_>, known: &mut Known) {
        let mut metadata = Metadata::default();
        let serial = self.value("Serial").and_then(|(text, place)| {
            let read = read_serial(text);
            read.map_err(|problem| reading.fail(place, format!("Serial: {problem}"))).ok()
        });
        let thumbprint = self.hash("Thumbprint", &["sha1"], reading, &mut metadata);
        let tbs: Vec<HashValue> =
            [("TBS MD5", "md5"), ("TBS SHA1", "sha1"), ("TBS SHA256", "sha256"), ("TBS SHA384", "sha384")]
                .into_iter()
                .filter_map(|(column, algorithm)| self.hash(column, &[algorithm], reading, &mut metadata))
                .collect();
        let name = serial.as_ref().map(|serial| serial_key(serial, self.text("Issuer")));
        let key = name.or_else(|| thumbprint.or_else(|| tbs.last().copied()).map(|hash| hash.to_string()));
        let Some(key) = key else {
            const NAMING: [&str; 6] = ["Serial", "Thumbprint", "TBS MD5", "TBS SHA1", "TBS SHA256", "TBS SHA384"];
            // What is there and cannot be read is told already.
            if NAMING.iter().all(|column| self.value(column).is_none()) {
                reading.fail(Place::line(self.record.line), "neither a serial nor a hash of the certificate");
            }
            return;
        };
        let position = match known.certificates.get(&key) {
            Some(&position) => position,
            None => {
                metadata.id = format!("certgraveyard:{}", id_of(serial.as_ref(), thumbprint, &key)).into();
                self.describe(&mut metadata);
                let identity = self.durable_identity().into_iter().collect();
                let indicator = Indicator {
                    metadata: std::mem::take(&mut metadata),
                    scope: Roles::SIGNERS,
                    alternatives: identity,
                };
                let position = reading.count();
                reading.take(self.record.line, indicator);
                known.certificates.insert(key, position);
                position
            }
        };
        self.add(position, thumbprint, &tbs, serial, reading, known);
        for noted in metadata.notes {
            note_at(position, noted.cause, noted.detail, reading);
        }
        for hash in tbs {
            let other = *known.tbs.entry(hash).or_insert(position);
            if other != position {
                note_at(other, Cause::OneTbsTwoSerials, hash.to_string(), reading);
                note_at(position, Cause::OneTbsTwoSerials, hash.to_string(), reading);
            }
            if *known.first_tbs.entry((position, hash.algorithm())).or_insert(hash) != hash {
                note_at(position, Cause::OneSerialTwoTbs, hash.to_string(), reading);
            }
        }
    }

    /// Adds what this row knows of a certificate to what earlier rows did.
    fn add(
        &self,
        position: usize,
        thumbprint: Option<HashValue>,
        tbs: &[HashValue],
        serial: Option<SerialBuf>,
        reading: &mut Reading<'_>,
        known: &mut Known,
    ) {
        /// As many samples as a person would look up.
        const MAX_SAMPLES: usize = 3;
        let Some(Indicator { metadata, alternatives, .. }) = reading.taken(position) else { return };
        let hashes = thumbprint.map(|value| (HashOf::Certificate, value)).into_iter();
        for (of, value) in hashes.chain(tbs.iter().map(|value| (HashOf::Tbs, *value))) {
            if known.alternatives.insert((position, format!("{} {value}", of.field(&value)))) {
                alternatives.push(vec![hash(of, value)]);
            }
        }
        if let Some(serial) = serial {
            let issuer = self.text("Issuer");
            let by_serial = format!("serial {}", serial.as_serial());
            let by_both = format!("{by_serial} {}", issuer.unwrap_or_default().to_lowercase());
            // A row that lacks the issuer takes nothing back of what others said.
            let is_first = known.alternatives.insert((position, by_serial));
            if known.alternatives.insert((position, by_both)) && (is_first || issuer.is_some()) {
                let issuer = issuer.map(|text| exact(NameField::CommonName, text.to_owned()).ignoring_case());
                let issuer = issuer.map(Condition::Issuer);
                alternatives.push(std::iter::once(Condition::Serial(serial)).chain(issuer).collect());
            }
        }
        let description = metadata.description.as_deref().unwrap_or_default();
        if let Some(sample) = self.text("Hash").filter(|_| description.matches("; sample ").count() < MAX_SAMPLES) {
            metadata.description = Some(format!("{description}; sample {sample}").into());
        }
    }

    fn describe(&self, metadata: &mut Metadata) {
        let instant = |column| self.text(column).and_then(read_time);
        let what = [self.text("Malware"), self.text("Malware Type"), self.text("Malware Notes")];
        let what: Vec<&str> = what.into_iter().flatten().collect();
        metadata.name = self.text("Signer").and_then(owned);
        metadata.source = Some(SOURCE.into());
        metadata.reference = Some(REFERENCE.into());
        metadata.severity = Some(Severity::High);
        metadata.category = Some(ABUSED);
        metadata.family = self.text("Malware").and_then(owned);
        metadata.attack = vec![CODE_SIGNING].into();
        metadata.valid_from = instant("Valid From");
        metadata.valid_to = instant("Valid To");
        metadata.description =
            Some(format!("signed {}", if what.is_empty() { "malware".to_owned() } else { what.join(", ") }).into());
        let issuers = [self.text("Issuer"), self.text("Issuer Short")];
        let issued_by = |name: &str| issuers.iter().flatten().any(|issuer| issuer.contains(name));
        if is_short_lived(metadata.valid_from, metadata.valid_to)
            || issuers.iter().flatten().any(|issuer| is_id_verified(issuer))
        {
            let validity = [self.text("Valid From"), self.text("Valid To")].map(Option::unwrap_or_default).join(" to ");
            note(metadata, Cause::ShortLived, validity);
        }
        if issued_by("Apple") || issued_by("Developer ID Certification Authority") {
            note(metadata, Cause::NotAuthenticode, self.text("Issuer").unwrap_or("Apple").to_owned());
        }
    }

    /// What outlives a certificate of three days: Microsoft verified somebody's identity, and gives the same organization and an
    /// usage of that identity to each of the certificates that follow.
    fn durable_identity(&self) -> Option<Vec<Condition>> {
        /// Below it is an identity each.
        const IDENTITIES: &str = "1.3.6.1.4.1.311.97";
        let is_verified =
            [self.text("Issuer"), self.text("Issuer Short")].iter().flatten().any(|issuer| is_id_verified(issuer));
        let usage = OidBuf::parse(IDENTITIES).ok().filter(|_| is_verified)?;
        let organization = exact(NameField::Organization, self.text("Signer")?.to_owned());
        let usage = Condition::ExtendedKeyUsage(UsageTest { usage, and_below: true });
        Some(vec![usage, Condition::Subject(organization)])
    }

    /// The hash in a column, by its length; one that another column is for is noted.
    fn hash(
        &self,
        column: &str,
        algorithms: &[&str],
        reading: &mut Reading<'_>,
        metadata: &mut Metadata,
    ) -> Option<HashValue> {
        let (text, place) = self.value(column)?;
        match read_hash(text) {
            Ok(value) => {
                if !algorithms.contains(&value.algorithm()) {
                    note(metadata, Cause::MisplacedHash, format!("{column}: {text}"));
                }
                Some(value)
            }
            Err(problem) => {
                reading.fail(place, format!("{column}: {problem}"));
                None
            }
        }
    }
}

/// One certificate by its serial; where thousands have it, by its issuer too.
fn serial_key(serial: &SerialBuf, issuer: Option<&str>) -> String {
    let issuer = issuer.filter(|_| serial.as_serial().is_weak()).unwrap_or_default();
    format!("{}/{}", serial.as_serial(), issuer.to_lowercase())
}

/// The serial, unless thousands have it.
fn id_of(serial: Option<&SerialBuf>, thumbprint: Option<HashValue>, key: &str) -> String {
    let serial = serial.map(SerialBuf::as_serial);
    match (serial, thumbprint) {
        (Some(serial), None) => serial.to_string(),
        (Some(serial), _) if !serial.is_weak() => serial.to_string(),
        (_, Some(thumbprint)) => thumbprint.to_string(),
        (None, None) => key.to_owned(),
    }
}

fn is_id_verified(issuer: &str) -> bool {
    issuer.contains("Microsoft ID Verified")
}

fn is_short_lived(from: Option<Time>, to: Option<Time>) -> bool {
    /// Microsoft's ID Verified certificates live three days; no other code signing certificate lives less than a month.
    const DAYS: i64 = 7;
    let (Some(from), Some(to)) = (from, to) else { return false };
    (0..=DAYS.saturating_mul(86_400)).contains(&to.unix().saturating_sub(from.unix()))
}

fn note_at(position: usize, cause: Cause, detail: impl Into<Text>, reading: &mut Reading<'_>) {
    if let Some(indicator) = reading.taken(position) {
        note(&mut indicator.metadata, cause, detail);
    }
}
