//! What holds for every file: reading ends, reader and slice agree, unsigned data silences nobody, and the table finds what an
//! obvious matcher finds.

#![expect(clippy::unwrap_used, reason = "a test that cannot build its input must stop")]

mod support;

use std::collections::BTreeSet;
use std::io::Cursor;
use std::sync::LazyLock;

use certsift::{
    Candidate, Condition, Fingerprints, Indicator, IndicatorTable, Limits, Metadata, Name, NameField, NameTest, Role,
    Roles, Seekable, Serial, SerialBuf, SignatureData, SignedFile, TextMode,
};
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};
use support::cms::{
    certificate, countersignatures, message, name, nested, opus_info, signed_by, signer_info, signing_time, token,
};
use support::der::{indefinite, joined};
use support::pe::{entry, image};
use support::signers;

/// The fixtures, and files with what the fixtures do not have.
static FILES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let mut files: Vec<Vec<u8>> = support::fixtures().into_iter().map(|(_, bytes)| bytes).collect();
    let rich = rich_message();
    let ber = indefinite(&rich, 99);
    files.push(image(joined([entry(&rich), entry(&ber)])).bytes());
    files.push(ber);
    files
});

/// A message with a chain, both kinds of timestamp, and a nested signature.
fn rich_message() -> Vec<u8> {
    let root = certificate("0a", "Issuer").subject_key_id(&[1; 8]);
    let signer = certificate("c0ffee01", "Signer").authority_key_id(&[1; 8]);
    let authority = certificate("7e57", "Time");
    let stamp = signer_info(&authority).signed(signing_time("141103000000Z")).der();
    let info = signer_info(&signer)
        .signed(opus_info("Program"))
        .unsigned(nested(&[signed_by(&certificate("11", "Inner")).der()]))
        .unsigned(countersignatures(&[stamp]))
        .unsigned(token(&authority, "20141103000000Z"));
    message([root.der(), signer.der(), authority.der()], [info.der()]).der()
}

/// One kind of damage; positions are shares of the file's length.
#[derive(Debug, Clone)]
enum Damage {
    Truncate(Index),
    Flip(Index, u8),
    Insert(Index, Vec<u8>),
    Append(Vec<u8>),
}

impl Damage {
    fn apply(&self, bytes: &mut Vec<u8>) {
        // One more than the last position, so that an empty file has one, too.
        let positions = bytes.len().saturating_add(1);
        match self {
            Self::Truncate(at) => bytes.truncate(at.index(positions)),
            Self::Flip(at, mask) => {
                if let Some(byte) = bytes.get_mut(at.index(positions)) {
                    *byte ^= mask;
                }
            }
            Self::Insert(at, more) => {
                let at = at.index(positions);
                bytes.splice(at..at, more.iter().copied());
            }
            Self::Append(more) => bytes.extend(more),
        }
    }
}

fn damage() -> impl Strategy<Value = Damage> {
    let bytes = || proptest::collection::vec(any::<u8>(), 1..20);
    prop_oneof![
        1 => any::<Index>().prop_map(Damage::Truncate),
        4 => (any::<Index>(), 1..=u8::MAX).prop_map(|(at, mask)| Damage::Flip(at, mask)),
        1 => (any::<Index>(), bytes()).prop_map(|(at, more)| Damage::Insert(at, more)),
        1 => bytes().prop_map(Damage::Append),
    ]
}

/// A file with up to three damages.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    (any::<Index>(), proptest::collection::vec(damage(), 1..4)).prop_map(|(which, damages)| {
        let mut bytes = which.get(&FILES).clone();
        damages.iter().for_each(|damage| damage.apply(&mut bytes));
        bytes
    })
}

/// Small enough to be reached, so that the same limits are reached on both ways in.
fn limits() -> impl Strategy<Value = Limits> {
    (any::<bool>(), 0..5000_u64, 0..400_u64).prop_map(|(tight, table_bytes, elements)| {
        let mut limits = Limits::default();
        if tight {
            limits.max_table_bytes = table_bytes;
            limits.max_elements = elements;
        }
        limits
    })
}

/// All that is said about a file, as text.
#[cfg(feature = "report")]
fn told(file: &SignedFile<'_>) -> String {
    certsift::Report::detailed(certsift::Input::default(), file, &IndicatorTable::builtin()).to_json_line()
}

#[cfg(not(feature = "report"))]
fn told(file: &SignedFile<'_>) -> String {
    format!("{file:?}")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    /// Parsing and reporting a damaged file end, and the reader says what the slice says.
    #[test]
    fn reader_equals_slice(bytes in damaged(), limits in limits()) {
        let mut data = SignatureData::new();
        let source = Seekable::new(Cursor::new(bytes.clone()));
        match (SignedFile::parse_with_limits(&bytes, limits), data.read(&source, limits)) {
            (Ok(slice), Ok(reader)) => prop_assert_eq!(told(&slice), told(&reader)),
            (Err(slice), Err(reader)) => prop_assert_eq!(slice.to_string(), reader.to_string()),
            (slice, reader) => prop_assert!(false, "{slice:?} but {reader:?}"),
        }
    }

    /// The pass that hashes the whole file as well finds the digests that the pass over the image alone finds.
    #[cfg(all(feature = "digest", feature = "scan"))]
    #[test]
    fn image_digests_are_the_same_both_ways(bytes in damaged()) {
        let Ok(file) = SignedFile::parse(&bytes) else { return Ok(()) };
        let source = Seekable::new(Cursor::new(bytes.clone()));
        let alone = certsift::image_digests(&source, &file.claimed_hash_algorithms()).ok();
        let mut options = certsift::ScanOptions::default();
        options.hash = true;
        let report = certsift::report_bytes(certsift::Input::default(), &bytes, &options, &IndicatorTable::empty());
        prop_assert_eq!(report.signatures.len(), file.signatures().len());
        for (record, signature) in report.signatures.iter().zip(file.signatures()) {
            let claimed = signature.image_digest();
            let computed = claimed.and_then(|claimed| alone.as_ref()?.for_claim(claimed));
            let rule = claimed.and_then(|claimed| computed?.rule_of(claimed.digest));
            prop_assert_eq!(record.digest_match, computed.map(|_| rule.is_some()));
            let digest = computed.and_then(|computed| computed.by(rule.unwrap_or(certsift::DigestRule::Flat)));
            let hex = digest.map(|digest| digest.iter().map(|octet| format!("{octet:02x}")).collect::<String>());
            prop_assert_eq!(&record.computed_digest, &hex);
        }
    }

    /// Bytes behind the table, behind the message in its entry, and further entries take no signer away.
    #[test]
    fn unsigned_data_silences_nobody(
        behind in proptest::collection::vec(any::<u8>(), 0..64),
        trailer in proptest::collection::vec(any::<u8>(), 0..64),
        later in proptest::collection::vec(any::<u8>(), 0..64),
        ber in any::<bool>(),
    ) {
        let rich = rich_message();
        let rich = if ber { indefinite(&rich, 99) } else { rich };
        let before = signers_of(&image(entry(&rich)).bytes());
        let mut pe = image(joined([entry(joined([&rich, &trailer])), later]));
        pe.behind = behind;
        let after = signers_of(&pe.bytes());
        prop_assert!(after.is_superset(&before), "{after:?} lacks some of {before:?}");
    }

    /// A byte changed in a later entry takes no signer of an earlier one away.
    #[test]
    fn a_damaged_later_entry_silences_nobody(damages in proptest::collection::vec(damage(), 1..4)) {
        let first = entry(rich_message());
        let before = signers_of(&image(first.as_slice()).bytes());
        let mut later = entry(rich_message());
        damages.iter().for_each(|damage| damage.apply(&mut later));
        let after = signers_of(&image(joined([first, later])).bytes());
        prop_assert!(after.is_superset(&before), "{after:?} lacks some of {before:?}");
    }

    #[test]
    fn the_table_finds_what_a_naive_matcher_finds(
        indicators in proptest::collection::vec(indicator(), 0..12),
        identity in identity(),
    ) {
        let numbered: Vec<Indicator> = indicators.into_iter().enumerate().map(|(index, indicator)| {
            Indicator { metadata: Metadata { id: index.to_string().into(), ..Metadata::default() }, ..indicator }
        }).collect();
        let expected: Vec<String> = numbered
            .iter()
            .filter(|indicator| naive_match(indicator, &identity))
            .map(|indicator| indicator.metadata.id.to_string())
            .collect();
        let table = IndicatorTable::new(numbered).unwrap();
        let candidate = identity.candidate();
        let mut found: Vec<String> =
            table.matches(&candidate).iter().map(|found| found.indicator.metadata.id.to_string()).collect();
        found.sort_by_key(|id| id.parse::<usize>().unwrap());
        prop_assert_eq!(&found, &expected);
        let mut hits = Vec::new();
        table.matches_into(&candidate, &mut hits);
        let hit: BTreeSet<_> = hits.iter().map(|hit| hit.indicator).collect();
        prop_assert_eq!(hit.len(), expected.len());
    }
}

fn signers_of(bytes: &[u8]) -> BTreeSet<String> {
    signers(&SignedFile::parse(bytes).unwrap()).into_iter().collect()
}

/// What is known about a certificate: the parts that a candidate is made of, and that the naive matcher looks at.
#[derive(Debug, Clone)]
struct Identity {
    role: Role,
    serial: Option<Vec<u8>>,
    subject: Option<Vec<u8>>,
    issuer: Option<Vec<u8>>,
    organization: Option<String>,
    issuer_common_name: Option<String>,
    fingerprints: Fingerprints,
}

impl Identity {
    fn candidate(&self) -> Candidate<'_> {
        let mut candidate = Candidate::new(self.role);
        if let Some(serial) = &self.serial {
            candidate = candidate.serial(Serial::from_bytes(serial));
        }
        if let Some(subject) = &self.subject {
            candidate = candidate.subject(Name::from_der(subject));
        }
        if let Some(issuer) = &self.issuer {
            candidate = candidate.issuer(Name::from_der(issuer));
        }
        if let Some(text) = &self.organization {
            candidate = candidate.organization(text.as_str());
        }
        if let Some(text) = &self.issuer_common_name {
            candidate = candidate.issuer_common_name(text.as_str());
        }
        candidate.fingerprints = self.fingerprints;
        candidate
    }
}

/// The obvious matcher: every condition of every alternative of every indicator. A weak serial alone says nothing.
fn naive_match(indicator: &Indicator, identity: &Identity) -> bool {
    let weak = |condition: &Condition| matches!(condition, Condition::Serial(serial) if serial.as_serial().is_weak());
    let alternatives = indicator.alternatives.iter().filter(|conditions| !conditions.iter().all(weak));
    let mut holding = alternatives.filter(|conditions| conditions.iter().all(|one| naive_holds(one, identity)));
    indicator.scope.contains(identity.role) && holding.next().is_some()
}

fn naive_holds(condition: &Condition, identity: &Identity) -> bool {
    let hashes = identity.fingerprints;
    let subject = (&identity.subject, &identity.organization, NameField::Organization);
    let issuer = (&identity.issuer, &identity.issuer_common_name, NameField::CommonName);
    match condition {
        Condition::Serial(serial) => identity.serial.as_deref().map(Serial::from_bytes) == Some(serial.as_serial()),
        Condition::Sha1(hash) => hashes.sha1 == Some(*hash),
        Condition::Sha256(hash) => hashes.sha256 == Some(*hash),
        Condition::TbsSha256(hash) => hashes.tbs_sha256 == Some(*hash),
        Condition::Subject(test) => naive_texts(subject, test.field).iter().any(|text| naive_text(test, text)),
        Condition::Issuer(test) => naive_texts(issuer, test.field).iter().any(|text| naive_text(test, text)),
        _ => false,
    }
}

/// The texts of a name in DER and of one more text, which is the value of one field.
fn naive_texts(known: (&Option<Vec<u8>>, &Option<String>, NameField), field: NameField) -> Vec<String> {
    let (der, text, field_of_text) = known;
    let name = Name::from_der(der.as_deref().unwrap_or_default());
    let all = || name.attributes().map(|attribute| attribute.text().into_owned());
    let mut texts: Vec<String> = match field {
        NameField::CommonName => name.common_names().map(Into::into).collect(),
        NameField::Organization => name.organizations().map(Into::into).collect(),
        NameField::OneLine if der.is_some() => vec![name.to_oneline()],
        NameField::OneLine => Vec::new(),
        NameField::Whole if der.is_some() => all().chain([name.to_string(), name.to_oneline()]).collect(),
        _ => all().collect(),
    };
    if field == field_of_text || matches!(field, NameField::Any | NameField::Whole) {
        texts.extend(text.clone());
    }
    texts
}

fn naive_text(test: &NameTest, text: &str) -> bool {
    match test.mode {
        TextMode::Exact => text == test.value,
        TextMode::Contains => text.contains(test.value.as_ref()),
        TextMode::Prefix => text.starts_with(test.value.as_ref()),
        _ => false,
    }
}

/// Few different values, so that they often meet.
fn text() -> impl Strategy<Value = String> {
    select(vec!["Alpha", "Alp", "Alpha Beta", "pha", "/O=Alpha", "CN=Alpha", "Gamma, Inc.", "ÄÖ", "a"])
        .prop_map(Into::into)
}

fn serial() -> impl Strategy<Value = Vec<u8>> {
    select(vec![vec![1], vec![0, 1], vec![9; 12], (1..10).collect(), (0..10).collect(), vec![0, 200, 2, 3, 4, 5, 6, 7]])
}

fn hash<const N: usize>() -> impl Strategy<Value = [u8; N]> {
    (0..3_u8).prop_map(|byte| [byte; N])
}

fn name_test() -> impl Strategy<Value = NameTest> {
    let field = select(vec![
        NameField::Any,
        NameField::Whole,
        NameField::OneLine,
        NameField::CommonName,
        NameField::Organization,
    ]);
    let mode = select(vec![TextMode::Exact, TextMode::Contains, TextMode::Prefix]);
    (field, mode, text()).prop_map(|(field, mode, value)| NameTest { field, mode, value: value.into() })
}

fn condition() -> impl Strategy<Value = Condition> {
    prop_oneof![
        2 => serial().prop_map(|octets| Condition::Serial(SerialBuf::from_bytes(&octets))),
        2 => name_test().prop_map(Condition::Subject),
        1 => name_test().prop_map(Condition::Issuer),
        1 => hash().prop_map(Condition::Sha1),
        1 => hash().prop_map(Condition::Sha256),
        1 => hash().prop_map(Condition::TbsSha256),
    ]
}

fn indicator() -> impl Strategy<Value = Indicator> {
    let alternative = || proptest::collection::vec(condition(), 1..3);
    let scope = subsequence(Role::ALL.to_vec(), 4..=8);
    (proptest::collection::vec(alternative(), 1..3), scope).prop_map(|(alternatives, scope)| Indicator {
        scope: scope.into_iter().fold(Roles::NONE, Roles::with),
        alternatives,
        ..Indicator::default()
    })
}

fn distinguished_name() -> impl Strategy<Value = Option<Vec<u8>>> {
    let attribute = || (select(vec![3_u8, 10, 11]), text());
    proptest::option::of(proptest::collection::vec(attribute(), 0..4).prop_map(|attributes| {
        let attributes: Vec<_> = attributes.iter().map(|(arc, text)| (*arc, 0x0c, text.as_bytes())).collect();
        name(&attributes)
    }))
}

fn identity() -> impl Strategy<Value = Identity> {
    let option = proptest::option::of::<BoxedStrategy<String>>;
    let hashes = (proptest::option::of(hash()), proptest::option::of(hash()), proptest::option::of(hash()));
    let names = (distinguished_name(), distinguished_name(), option(text().boxed()), option(text().boxed()));
    (select(Role::ALL.to_vec()), proptest::option::of(serial()), names, hashes).prop_map(
        |(role, serial, (subject, issuer, organization, issuer_common_name), (sha1, sha256, tbs_sha256))| Identity {
            role,
            serial,
            subject,
            issuer,
            organization,
            issuer_common_name,
            fingerprints: Fingerprints { sha1, sha256, tbs_sha256 },
        },
    )
}
