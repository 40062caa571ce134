//! What holds for every file: reading ends, reader and slice agree, unsigned data silences nobody, and the table finds what an
//! obvious matcher finds.

#![expect(clippy::unwrap_used, reason = "a test that cannot build its input must stop")]

#[cfg(all(feature = "digest", feature = "scan"))]
mod known;
#[path = "../support/mod.rs"]
mod support;
mod table;

use std::collections::BTreeSet;
use std::io::Cursor;
use std::sync::LazyLock;

use certsift::{
    Candidate, Condition, HashOf, HashValue, Indicator, IndicatorTable, Limits, Metadata, Name, NameField, NameTest,
    OidBuf, Role, Roles, Seekable, Serial, SerialBuf, SignatureData, SignedFile, TextMode, Time, TimeOrder, TimeTest,
    UsageTest,
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
    files.push(image(entry(attested_message())).bytes());
    files.push(image(entry(nameless_message())).bytes());
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

/// A driver that Microsoft signed for somebody, whom only the program's name tells.
fn attested_message() -> Vec<u8> {
    let publisher = certificate("33000000", "Microsoft Windows Hardware Compatibility Publisher");
    let info = signer_info(&publisher).signed(opus_info("Somebody Ltd"));
    message([publisher.der()], [info.der()]).der()
}

/// A message whose signer, and whose stamp's, are named and not there.
fn nameless_message() -> Vec<u8> {
    let stamp = signer_info(&certificate("7e57", "Time")).signed(signing_time("141103000000Z")).der();
    let info = signer_info(&certificate("c0ffee02", "Absent")).unsigned(countersignatures(&[stamp]));
    message([certificate("0a", "Somebody").der()], [info.der()]).der()
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
        let mut of_slice = SignatureData::new();
        match (of_slice.parse(&bytes, limits), data.read(&source, limits)) {
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
}

fn signers_of(bytes: &[u8]) -> BTreeSet<String> {
    signers(&SignedFile::parse(bytes).unwrap()).into_iter().collect()
}
