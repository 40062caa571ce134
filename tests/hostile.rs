//! One row per way to damage a file: who must still be found as its signer, and which faults must be told, where.

#![expect(clippy::unwrap_used, clippy::arithmetic_side_effects, reason = "a test that cannot build its file must stop")]

#[path = "hostile/certificates.rs"]
mod certificates;
#[path = "hostile/claims.rs"]
mod claims;
#[path = "hostile/cms.rs"]
mod cms;
#[cfg(feature = "digest")]
#[path = "hostile/digest.rs"]
mod digest;
#[path = "hostile/hiding.rs"]
mod hiding;
#[cfg(feature = "digest")]
#[path = "hostile/pages.rs"]
mod pages;
#[path = "hostile/parts.rs"]
mod parts;
#[cfg(feature = "digest")]
#[path = "hostile/stuffed.rs"]
mod stuffed;
mod support;
#[path = "hostile/table.rs"]
mod table;

use certsift::{
    CertificateUse, Condition, Error, Indicator, IndicatorTable, IndirectData, Metadata, NameField, NameTest, Oid,
    Role, SerialBuf, Signature, SignedFile, Signer, SignerId, Source, Structure, TextMode, Time,
};
use support::cms::{Certificate, certificate, message, name, named_signer_info, signed_by, signer_info};
use support::pe::{TABLE, signed};
use support::signers;

/// One damaged file.
struct Row {
    name: String,
    file: Vec<u8>,
    signers: Vec<String>,
    faults: Vec<(&'static str, Structure, u64)>,
    facts: Vec<String>,
    /// Whether there are no other faults; not where a cut makes one at every level above it, or a crowd has one each.
    all_faults: bool,
}

/// Where a fault lies.
enum At {
    Byte(u64),
    /// Where these bytes are first found in the file.
    Of(Vec<u8>),
    /// Where these bytes end, where they are first found.
    End(Vec<u8>),
}
use At::{Byte, End, Of};

impl Row {
    fn new(name: impl Into<String>, file: Vec<u8>) -> Self {
        Self { name: name.into(), file, signers: Vec::new(), faults: Vec::new(), facts: Vec::new(), all_faults: true }
    }

    /// A PE image with one message.
    fn signed(name: impl Into<String>, message: impl AsRef<[u8]>) -> Self {
        Self::new(name, signed(message))
    }

    /// The next signer that must be found, by its canonical serial.
    fn finds(mut self, serial: &str) -> Self {
        self.signers.push(format!("signer {serial}"));
        self
    }

    /// The next signer that must be named without its certificate, by canonical serial or key id.
    fn names(mut self, id: &str) -> Self {
        self.signers.push(format!("named_only {id}"));
        self
    }

    /// The next fault.
    fn fault(mut self, code: &'static str, structure: Structure, at: At) -> Self {
        let find = |part: &[u8]| self.file.windows(part.len()).position(|window| window == part).unwrap();
        let offset = match at {
            Byte(offset) => offset,
            Of(part) => u64::try_from(find(&part)).unwrap(),
            End(part) => u64::try_from(find(&part).checked_add(part.len()).unwrap()).unwrap(),
        };
        self.faults.push((code, structure, offset));
        self
    }

    /// There may be other faults beside those that the row names.
    fn among_others(mut self) -> Self {
        self.all_faults = false;
        self
    }

    /// The last fault lies this many bytes further.
    fn shifted(mut self, bytes: u64) -> Self {
        let last = self.faults.last_mut().unwrap();
        last.2 = last.2.checked_add(bytes).unwrap();
        self
    }

    /// The last fault lies this many bytes before.
    fn shifted_back(mut self, bytes: u64) -> Self {
        let last = self.faults.last_mut().unwrap();
        last.2 = last.2.checked_sub(bytes).unwrap();
        self
    }

    /// A line that [`describe`] must give.
    fn says(mut self, fact: impl Into<String>) -> Self {
        self.facts.push(fact.into());
        self
    }

    /// What is not as this row says; empty when all is.
    fn complaints(&self) -> Vec<String> {
        let (found, errors, facts) = match SignedFile::parse(&self.file) {
            Ok(file) => (signers(&file), faults(&file), describe(&file)),
            Err(error) => (Vec::new(), vec![error], vec!["nothing can be said".to_owned()]),
        };
        let faults: Vec<_> = errors.iter().map(|e| (e.kind().code(), e.structure(), e.offset())).collect();
        let mut complaints = Vec::new();
        if found != self.signers {
            complaints.push(format!("{}: found {found:?}, not {:?}", self.name, self.signers));
        }
        let has_each = || !self.faults.is_empty() && self.faults.iter().all(|fault| faults.contains(fault));
        let as_told = if self.all_faults { faults == self.faults } else { has_each() };
        if !as_told {
            complaints.push(format!("{}: faults {faults:?}, not {:?}", self.name, self.faults));
        }
        let missing = self.facts.iter().filter(|fact| !facts.contains(fact));
        complaints.extend(missing.map(|fact| format!("{}: no {fact:?} in {facts:?}", self.name)));
        complaints
    }
}

/// The runner: every row is read before the first complaint ends the test.
fn check(groups: &[Vec<Row>]) {
    let complaints: Vec<String> = groups.iter().flatten().flat_map(Row::complaints).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// What was met on the way, and what is wrong inside the certificates.
fn faults(file: &SignedFile<'_>) -> Vec<Error> {
    let mut faults = file.faults().to_vec();
    faults.extend(file.certificate_faults());
    faults
}

/// What else is read of a file, one fact a line.
fn describe(file: &SignedFile<'_>) -> Vec<String> {
    let mut lines: Vec<String> = file.signatures().iter().flat_map(describe_signature).collect();
    let uses = file.certificate_uses();
    lines.extend(uses.iter().filter_map(CertificateUse::certificate).flat_map(describe_certificate));
    let others = uses.iter().filter(|used| !matches!(used.role(), Role::Signer | Role::NamedOnly));
    lines.extend(others.map(|used| format!("{} {}", used.role(), support::serial_of(file, used))));
    lines.extend(file.unsigned_bytes().iter().flat_map(|unsigned| {
        let (kind, offset, length) = (unsigned.kind.as_str(), unsigned.offset, unsigned.length);
        [format!("{kind} at {offset:#x}: {length} bytes"), format!("{kind} entropy {:.2}", unsigned.entropy())]
    }));
    lines.push(format!("{} entries", file.entries().len()));
    lines.push(format!("{} signatures", file.signatures().len()));
    lines.extend(file.entries().iter().filter_map(|entry| {
        let guid = entry.efi_guid()?;
        Some(format!("{} with GUID {}", entry.kind_name().unwrap_or("unknown"), hex_text(guid)))
    }));
    lines
}

fn describe_certificate(certificate: certsift::Certificate<'_>) -> Vec<String> {
    let validity = certificate.validity();
    let (from, to) = (time(validity.not_before), time(validity.not_after));
    let name = |algorithm: Oid<'_>| algorithm.name().map_or_else(|| algorithm.to_string(), str::to_owned);
    let names = |list: Vec<Oid<'_>>| list.into_iter().map(name).collect::<Vec<_>>().join(" ");
    let mut lines = vec![
        format!("subject {}", certificate.subject()),
        format!("stored serial {}", hex_text(certificate.serial().as_bytes())),
        format!("valid {from} to {to}"),
        format!("certificate signed with {}", name(certificate.signature_algorithm())),
        format!("certificate version {:?}", certificate.version()),
        format!("purposes {}", names(certificate.extended_key_usage())),
        format!("policies {}", names(certificate.policies())),
        format!("authority {:?}", certificate.basic_constraints()),
        format!("strict {}", certificate.to_x509().is_ok()),
    ];
    lines.extend(certificate.authority_key_identifier().map(|authority| {
        let (issuer, serial) =
            (authority.issuer.map(|one| one.to_string()), authority.serial.map(|one| one.to_string()));
        format!("authority's own {} {}", issuer.unwrap_or_default(), serial.unwrap_or_default())
    }));
    lines.extend(certificate.public_key().map(|key| format!("key {} {:?}", name(key.algorithm), key.bits)));
    lines.extend(certificate.key_usage().map(|usage| usage.names().collect::<Vec<_>>().join(" ")));
    lines.extend(certificate.subject_key_id().map(|id| format!("key id {}", hex_text(&id))));
    lines.extend(certificate.authority_key_id().map(|id| format!("issuer key id {}", hex_text(id))));
    lines
}

fn describe_signature(signature: &Signature<'_>) -> Vec<String> {
    let mut lines = vec![
        format!("level {}", signature.level()),
        format!("version {:?}", signature.version()),
        format!("announces {}", signature.digest_algorithms().len()),
        format!("{} CRLs", signature.crls().len()),
        format!("content wrapped: {}", signature.is_content_wrapped()),
    ];
    if let Source::Nested { position, .. } = signature.source() {
        lines.push(format!("nested at {position}"));
    }
    let readable = signature.other_certificates().iter().filter_map(|other| other.lenient_certificate());
    lines.extend(readable.map(|one| format!("cut {} by {} for {}", one.serial(), one.issuer(), one.subject())));
    lines.extend(signature.other_certificates().iter().map(|other| {
        format!("other certificate {:?} at {:#x}: {} bytes", other.choice(), other.offset(), other.der().len())
    }));
    lines.extend(signature.indirect_data().iter().flat_map(describe_indirect_data));
    lines.extend(signature.signers().iter().flat_map(describe_signer));
    lines
}

fn describe_indirect_data(indirect_data: &IndirectData<'_>) -> Vec<String> {
    let claimed = indirect_data.digest();
    let mut lines = vec![
        format!("digest {} {}", claimed.algorithm.name().unwrap_or("unknown"), hex_text(claimed.digest)),
        format!("kind {}", indirect_data.kind()),
    ];
    lines.extend(indirect_data.flags().map(|flags| format!("flags {}", hex_text(flags))));
    lines.extend(indirect_data.link().and_then(|link| link.text()).map(|text| format!("link {text}")));
    lines.extend(indirect_data.sip_info().map(|info| format!("package {:?} {}", info.version, hex_text(info.guid))));
    for hashes in indirect_data.page_hashes() {
        lines.extend(hashes.pages().map(|page| format!("page {} at {}", hex_text(page.digest), page.offset)));
    }
    lines
}

fn describe_signer(signer: &Signer<'_>) -> Vec<String> {
    let mut lines = vec![
        format!("signed with {}", signer.digest_algorithm()),
        format!("signature by {}", signer.signature_algorithm()),
        format!("signature {}", hex_text(signer.signature())),
    ];
    if let SignerId::IssuerAndSerial { serial, .. } = signer.id() {
        lines.push(format!("named by serial {}", hex_text(serial.as_bytes())));
    }
    lines.extend(signer.program_name().map(|program| format!("program {program}")));
    lines.extend(signer.more_info_url().map(|url| format!("more at {url}")));
    lines.extend(signer.publisher().map(|publisher| format!("publisher {publisher}")));
    lines.extend(signer.statement_types().iter().map(|purpose| format!("statement {purpose}")));
    lines.extend(signer.message_digest().map(|digest| format!("message digest {}", hex_text(digest))));
    lines.extend(signer.signing_time().map(|time| format!("signed at {time}")));
    let attributes = [("signed", signer.signed_attributes()), ("unsigned", signer.unsigned_attributes())];
    for (label, list) in attributes {
        lines.extend(list.iter().map(|attribute| {
            let values: Vec<String> = attribute.values().into_iter().map(hex_text).collect();
            format!("{label} {} at {:#x}: {}", attribute.kind(), attribute.offset(), values.join(" "))
        }));
    }
    for stamp in signer.timestamps() {
        let by = stamp.signer().map_or_else(|| "nobody".to_owned(), |signer| signer.serial().to_string());
        lines.push(format!("{:?} {} by {by}", stamp.kind(), time(stamp.time())));
        lines.extend(stamp.signing_time().map(|time| format!("stamper's own time {time}")));
        lines.push(format!("in a response: {}", stamp.is_response()));
        lines.extend(stamp.policy().map(|policy| format!("policy {policy}")));
        lines.extend(stamp.serial().map(|serial| format!("token {serial}")));
        lines.extend(stamp.imprint().map(|imprint| {
            format!("stamps {} {}", imprint.algorithm.name().unwrap_or("unknown"), hex_text(imprint.digest))
        }));
    }
    lines
}

fn time(time: Option<Time>) -> String {
    time.map_or_else(|| "never".to_owned(), |time| time.to_string())
}

fn hex_text(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// Who signs, in every row that says nothing else.
const SIGNER: &str = "c0ffee01";
/// A further certificate.
const OTHER: &str = "0123456789";
/// File offset of the message in [`signed`].
const MESSAGE: u64 = TABLE + 8;

fn signer() -> Certificate {
    certificate(SIGNER, "Signer")
}

fn other() -> Certificate {
    certificate(OTHER, "Other")
}

/// A message of [`signer`].
fn good() -> Vec<u8> {
    signed_by(&signer()).der()
}

/// `bytes` without their last `count`.
fn cut(bytes: &[u8], count: usize) -> &[u8] {
    bytes.get(..bytes.len().checked_sub(count).unwrap()).unwrap()
}

fn length_of(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap()
}

#[test]
fn what_must_not_hide_a_signer() {
    check(&[hiding::rows()]);
}

#[test]
fn the_certificate_table() {
    check(&[table::directory_rows(), table::entry_rows()]);
}

#[test]
fn cms_messages() {
    let certificates_and_signers = [cms::set_rows(), cms::signer_rows(), cms::attribute_rows()];
    check(&certificates_and_signers);
    check(&[cms::encoding_rows(), cms::content_rows()]);
}

#[test]
fn certificates_and_names() {
    check(&[certificates::serial_rows(), certificates::text_rows(), certificates::time_rows()]);
    check(&[certificates::extension_rows(), certificates::algorithm_rows(), certificates::damage_rows()]);
}

#[test]
fn claims_that_nothing_signs() {
    check(&[claims::id_rows(), claims::part_rows(), claims::hidden_data_rows()]);
    check(&[claims::flood_rows(), claims::decoy_rows()]);
}

#[test]
fn parts_in_every_form() {
    check(&[parts::message_rows(), parts::signer_rows(), parts::stamp_rows(), parts::entry_rows()]);
}

/// However odd the file: the indicator of a certificate that signs it matches.
#[test]
fn what_is_found_matches_its_indicator() {
    let named = |field, value: &'static str| NameTest::new(field, TextMode::Exact, value);
    let serial = || Condition::Serial(SerialBuf::from_bytes(&support::der::hex(SIGNER)));
    let by_issuer = vec![serial(), Condition::Issuer(named(NameField::CommonName, "Issuer"))];
    let by_name = vec![serial(), Condition::Subject(named(NameField::CommonName, "Twin"))];
    let indicator = |id: &'static str, conditions| Indicator {
        metadata: Metadata { id: id.into(), ..Metadata::default() },
        alternatives: vec![conditions],
        ..Indicator::default()
    };
    let table = IndicatorTable::new([indicator("issuer", by_issuer), indicator("name", by_name)]).unwrap();
    let info = || signer_info(&signer()).der();
    let twin = certificate(SIGNER, "Twin");
    let refused = twin.clone().not_before(support::der::UTC_TIME, "141332000000Z");
    let issuer_by_value =
        named_signer_info(&name(&[(3, support::der::UTF8, b" iSSUER ")]), &support::der::hex(SIGNER)).der();
    let rows: [(&str, Vec<u8>, &[&str]); 6] = [
        ("an ordinary file", message([signer().der()], [info()]).der(), &["issuer"]),
        ("no certificates", message([], [info()]).der(), &["issuer"]),
        (
            "two that fit, the second published",
            message([signer().der(), twin.der()], [info()]).der(),
            &["issuer", "issuer", "name"],
        ),
        ("one that a decoder refuses", message([refused.der()], [info()]).der(), &["issuer", "name"]),
        ("its issuer in another spelling", message([twin.der()], [issuer_by_value]).der(), &["issuer", "name"]),
        (
            "its serial and name on two certificates",
            message([other().der(), certificate("77", "Twin").der()], [info()]).der(),
            &["issuer"],
        ),
    ];
    for (row, message, expected) in rows {
        let bytes = signed(message);
        let file = SignedFile::parse(&bytes).unwrap();
        let found = file.candidates(table.needs()).flat_map(|(_, candidate)| table.matches(&candidate));
        let mut found: Vec<String> = found.map(|found| found.indicator.metadata.id.to_string()).collect();
        found.sort();
        assert_eq!(found, expected, "{row}");
    }
}
