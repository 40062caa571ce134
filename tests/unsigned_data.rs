//! What no signature covers cannot silence who signed: unsigned attributes, padding, later entries, later certificates and
//! revocation lists of real files are appended to, inserted into and corrupted, and the signers found never become fewer.
//!
//! The files are the fixtures, and the images of the corpus that `CERTSIFT_CORPUS` names, where it is there.

#![expect(clippy::unwrap_used, reason = "a test that cannot build its input must stop")]

mod support;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use certsift::{CertificateUse, Role, SignedFile};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use support::der::{self, oid, sequence, set, tlv};
use support::real_pe::RealPe;
use support::tree::Tree;

/// Real images, each with its name.
static IMAGES: LazyLock<Vec<(String, RealPe)>> = LazyLock::new(|| {
    let mut files = support::fixtures();
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let corpus = std::env::var_os("CERTSIFT_CORPUS").map_or(beside, PathBuf::from).join("files");
    if corpus.is_dir() {
        collect(&corpus, &mut files);
    } else {
        assert!(std::env::var_os("CERTSIFT_REQUIRE_CORPUS").is_none(), "there is no {}", corpus.display());
        eprintln!("the fixtures only: there is no folder {}", corpus.display());
    }
    let mut images: Vec<(String, RealPe)> =
        files.into_iter().filter_map(|(name, bytes)| Some((name, RealPe::read(&bytes)?))).collect();
    images.retain(|(_, image)| !signers_of(&image.write(), 0).is_empty());
    assert!(images.len() >= 10, "{} images", images.len());
    images
});

fn collect(folder: &Path, files: &mut Vec<(String, Vec<u8>)>) {
    /// Larger files take long to write again and again, and have no other tables than smaller ones.
    const MOST_BYTES: u64 = 1 << 20;
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()).collect();
    entries.sort_by_key(std::fs::DirEntry::path);
    for entry in entries {
        let (path, metadata) = (entry.path(), entry.metadata().unwrap());
        if metadata.is_dir() {
            collect(&path, files);
        } else if metadata.len() <= MOST_BYTES {
            files.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
}

/// One change to what is unsigned in an entry or behind all of them.
#[derive(Debug, Clone)]
enum Change {
    InsertAttribute(Index, Vec<u8>),
    /// More attributes than are read, in front of those that are there.
    FloodAttributes(Vec<u8>),
    CorruptAttributes(Vec<(Index, u8)>),
    CutAttributes(Index),
    AppendToEntry(Vec<u8>),
    InsertCertificate(Index, Vec<u8>),
    CorruptLaterCertificates(Vec<(Index, u8)>),
    DuplicateCertificate(Index),
    SetCrls(Vec<u8>),
    AppendEntry(Vec<u8>),
    AppendBehind(Vec<u8>),
}

impl Change {
    /// Whether signatures nested in the first one can be lost, because they are what is damaged.
    const fn damages_nested(&self) -> bool {
        matches!(self, Self::CorruptAttributes(_) | Self::CutAttributes(_))
    }

    fn apply(&self, image: &mut RealPe) {
        let entry = image.entries.first_mut().unwrap();
        match self {
            Self::InsertAttribute(at, octets) => {
                if let Some(attributes) = entry.unsigned_attributes() {
                    // At the end: what cannot be read hides what follows it among the attributes.
                    let is_value = Tree::read(octets).is_some_and(|tree| tree.write() == *octets);
                    let place = if is_value { at.index(attributes.len().saturating_add(1)) } else { attributes.len() };
                    attributes.insert(place, Tree::Raw(octets.clone()));
                }
            }
            Self::FloodAttributes(attribute) => {
                if let Some(attributes) = entry.unsigned_attributes() {
                    attributes.insert(0, Tree::Raw(attribute.repeat(600)));
                }
            }
            Self::CorruptAttributes(flips) => {
                if let Some(attributes) = entry.unsigned_attributes() {
                    let octets = corrupted(attributes, flips);
                    *attributes = vec![Tree::Raw(octets)];
                }
            }
            Self::CutAttributes(at) => {
                if let Some(attributes) = entry.unsigned_attributes() {
                    let mut octets = corrupted(attributes, &[]);
                    octets.truncate(at.index(octets.len().saturating_add(1)));
                    *attributes = vec![Tree::Raw(octets)];
                }
            }
            Self::AppendToEntry(octets) => entry.trailer.extend(octets),
            Self::InsertCertificate(at, octets) => {
                let signer = entry_signers(image);
                let Some(set) = image.entries.first_mut().unwrap().certificates() else { return };
                let behind = last_signer(set, &signer);
                let place = behind.saturating_add(at.index(set.len().saturating_sub(behind).saturating_add(1)));
                set.insert(place, Tree::Raw(octets.clone()));
            }
            Self::CorruptLaterCertificates(flips) => {
                let signer = entry_signers(image);
                let Some(set) = image.entries.first_mut().unwrap().certificates() else { return };
                let later = set.split_off(last_signer(set, &signer));
                set.push(Tree::Raw(corrupted(&later, flips)));
            }
            Self::DuplicateCertificate(at) => {
                if let Some(set) = entry.certificates()
                    && !set.is_empty()
                {
                    let one = set.get(at.index(set.len())).unwrap().clone();
                    set.push(one);
                }
            }
            Self::SetCrls(octets) => entry.set_crls(Tree::Raw(octets.clone())),
            Self::AppendEntry(octets) => image.after_entries.extend(octets),
            Self::AppendBehind(octets) => image.behind.extend(octets),
        }
    }
}

/// The octets of values, some of them changed.
fn corrupted(values: &[Tree], flips: &[(Index, u8)]) -> Vec<u8> {
    let mut octets: Vec<u8> = values.iter().flat_map(Tree::write).collect();
    for (at, mask) in flips {
        if !octets.is_empty() {
            let at = at.index(octets.len());
            *octets.get_mut(at).unwrap() ^= mask;
        }
    }
    octets
}

/// The certificates that sign the first entry, in DER.
fn entry_signers(image: &RealPe) -> Vec<Vec<u8>> {
    let bytes = image.write();
    let file = SignedFile::parse(&bytes).unwrap();
    let outer = file.signatures().first();
    outer
        .into_iter()
        .flat_map(|one| one.signers())
        .flat_map(|one| one.candidates())
        .map(|one| one.der().to_vec())
        .collect()
}

/// How many members of the set come up to the last one that signs.
fn last_signer(set: &[Tree], signers: &[Vec<u8>]) -> usize {
    set.iter().rposition(|member| signers.contains(&member.write())).map_or(0, |at| at.saturating_add(1))
}

/// Who signed at up to this level of nesting: role and serial.
fn signers_of(bytes: &[u8], levels: usize) -> BTreeSet<String> {
    let Ok(file) = SignedFile::parse(bytes) else { return BTreeSet::new() };
    let level =
        |used: &CertificateUse<'_>| used.signature().and_then(|at| file.signatures().get(at)).map(|one| one.level());
    let uses = file.certificate_uses();
    let signers = uses.iter().filter(|used| matches!(used.role(), Role::Signer | Role::NamedOnly));
    signers
        .filter(|used| level(used).is_some_and(|level| level <= levels))
        .map(|used| format!("{} {}", used.role(), support::serial_of(&file, used)))
        .collect()
}

/// Nested signature, countersignature, both kinds of token, sealing, and a type that nobody knows.
const KINDS: [&str; 6] = [
    "1.3.6.1.4.1.311.2.4.1",
    "1.2.840.113549.1.9.6",
    "1.3.6.1.4.1.311.3.3.1",
    "1.2.840.113549.1.9.16.2.14",
    "1.3.6.1.4.1.311.2.4.3",
    "1.2.3.4",
];

fn junk() -> impl Strategy<Value = Vec<u8>> {
    let value = |content: Vec<u8>| sequence([tlv(der::OCTET_STRING, content)]);
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 1..40),
        proptest::collection::vec(any::<u8>(), 0..300).prop_map(value),
        Just(vec![0x30, 0x80]),
        Just(vec![0x24, 0x80, 0, 0]),
        Just(vec![0x30, 0x84, 0xff, 0xff, 0xff, 0xff]),
        Just(vec![0x3f, 0xff, 0xff, 0xff, 0xff]),
    ]
}

/// An attribute of a type that readers look into, or of none, with some value; or no attribute at all.
fn attribute() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        3 => (select(KINDS.to_vec()), junk()).prop_map(|(kind, value)| sequence([oid(kind), set([value])])),
        1 => junk(),
    ]
}

fn change() -> impl Strategy<Value = Change> {
    let flips = || proptest::collection::vec((any::<Index>(), 1..=u8::MAX), 1..6);
    prop_oneof![
        (any::<Index>(), attribute()).prop_map(|(at, octets)| Change::InsertAttribute(at, octets)),
        select(KINDS.to_vec()).prop_map(|kind| Change::FloodAttributes(sequence([oid(kind), set([[]; 0])]))),
        flips().prop_map(Change::CorruptAttributes),
        any::<Index>().prop_map(Change::CutAttributes),
        junk().prop_map(Change::AppendToEntry),
        (any::<Index>(), junk()).prop_map(|(at, octets)| Change::InsertCertificate(at, octets)),
        flips().prop_map(Change::CorruptLaterCertificates),
        any::<Index>().prop_map(Change::DuplicateCertificate),
        junk().prop_map(Change::SetCrls),
        junk().prop_map(Change::AppendEntry),
        junk().prop_map(Change::AppendBehind),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_signers_found_never_become_fewer(
        which in any::<Index>(),
        changes in proptest::collection::vec(change(), 1..5),
    ) {
        let (name, image) = which.get(&IMAGES);
        let mut changed = image.clone();
        let mut levels = usize::MAX;
        for change in &changes {
            change.apply(&mut changed);
            if change.damages_nested() {
                levels = 0;
            }
        }
        let before = signers_of(&image.write(), levels);
        let after = signers_of(&changed.write(), levels);
        prop_assert!(after.is_superset(&before), "{name}: {after:?} lacks some of {before:?}");
    }
}

#[test]
fn an_image_is_written_as_it_was_read() {
    let files = support::fixtures();
    let mut same = 0;
    for (name, bytes) in files {
        if let Some(image) = RealPe::read(&bytes) {
            assert_eq!(image.write(), bytes, "{name}");
            same += 1;
        }
    }
    assert!(same >= 10, "{same} images");
}
