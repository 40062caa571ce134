//! One row per field of [`Limits`]: a file that trips exactly that limit, and none with the default.

#![expect(clippy::unwrap_used, reason = "a test that cannot build its file must stop")]

mod support;

use std::time::{Duration, Instant};

use certsift::{ErrorKind, Limit, Limits, SignatureData, SignedFile};
use support::cms::{
    Certificate, attribute, certificate, common_name, countersignatures, message, nested, opus_info, signed_by,
    signer_info, token_of, tst_info,
};
use support::der::{self, joined, tlv};
use support::pe::{entry, image, raw_entry, signed};

/// One field, a value it is set to, and a file that has one more than that.
struct Row {
    limit: Limit,
    set: fn(&mut Limits),
    file: Vec<u8>,
}

/// An OCTET STRING in segments.
const SEGMENTED: u8 = 0x24;

fn signer() -> Certificate {
    certificate("c0ffee01", "Signer")
}

fn rows() -> Vec<Row> {
    let good = signed_by(&signer()).der();
    let info = || signer_info(&signer());
    let of = |info: support::cms::SignerInfo| signed(message([signer().der()], [info.der()]).der());
    let other = certificate("01", "Other").der();
    let stamps = [info().der(), info().der()];
    // Two levels of nesting: the level behind a limit of one.
    let inner = message([signer().der()], [info().unsigned(nested(std::slice::from_ref(&good))).der()]).der();
    let middle = certificate("02", "Middle").issuer(common_name("Root"));
    let leaf = signer().issuer(common_name("Middle"));
    let root = certificate("03", "Root").issuer(common_name("Root"));
    let chain = [leaf.der(), middle.der(), root.der()];
    // Three faults: the limit keeps one less and says that there were more.
    let faulty = joined([entry([7; 8]), entry([7; 8]), entry([7; 8])]);
    // Segments inside a segment: the level behind a limit of one.
    let octets = tlv(der::OCTET_STRING, tst_info("20141103000000Z"));
    let segmented = token_of(&signer(), tlv(SEGMENTED, tlv(SEGMENTED, octets)));
    vec![
        Row { limit: Limit::TableBytes, set: |limits| limits.max_table_bytes = 8, file: signed(&good) },
        Row {
            limit: Limit::TextBytes,
            set: |limits| limits.max_text_bytes = 4_096,
            file: include_bytes!("fixtures/seed_bundle.pem").to_vec(),
        },
        Row {
            limit: Limit::Entries,
            set: |limits| limits.max_entries = 1,
            file: image(joined([entry(&good), entry(&good)])).bytes(),
        },
        Row {
            limit: Limit::Signatures,
            set: |limits| limits.max_signatures = 1,
            file: image(joined([entry(&good), entry(&good)])).bytes(),
        },
        Row {
            limit: Limit::Nesting,
            set: |limits| limits.max_nesting = 1,
            file: of(info().unsigned(nested(&[inner]))),
        },
        Row {
            limit: Limit::Certificates,
            set: |limits| limits.max_certificates = 1,
            file: signed(message([signer().der(), other], [info().der()]).der()),
        },
        Row {
            limit: Limit::SignerInfos,
            set: |limits| limits.max_signer_infos = 1,
            file: signed(message([signer().der()], stamps.clone()).der()),
        },
        Row {
            limit: Limit::Attributes,
            set: |limits| limits.max_attributes = 1,
            file: of(info().signed(opus_info("p"))),
        },
        Row {
            limit: Limit::AttributeValues,
            set: |limits| limits.max_attribute_values = 1,
            file: of(info().unsigned(countersignatures(&stamps))),
        },
        Row {
            limit: Limit::Chain,
            set: |limits| limits.max_chain = 1,
            file: signed(message(chain, [signer_info(&leaf).der()]).der()),
        },
        Row { limit: Limit::Depth, set: |limits| limits.max_depth = 1, file: of(info().unsigned(segmented)) },
        Row { limit: Limit::Elements, set: |limits| limits.max_elements = 20, file: signed(&good) },
        Row { limit: Limit::Faults, set: |limits| limits.max_faults = 2, file: image(faulty).bytes() },
        Row {
            limit: Limit::Attributes,
            set: |limits| limits.max_attributes = 1,
            file: of(info().unsigned(attribute("1.2.3", [[5, 0]])).unsigned(attribute("1.2.3", [[5, 0]]))),
        },
    ]
}

/// The limits that a file trips.
fn tripped(file: &[u8], limits: Limits) -> Vec<Limit> {
    let mut data = SignatureData::new();
    let file = data.parse(file, limits).unwrap();
    let mut tripped: Vec<Limit> = Vec::new();
    for fault in file.faults() {
        if let ErrorKind::LimitReached { limit } = fault.kind()
            && !tripped.contains(&limit)
        {
            tripped.push(limit);
        }
    }
    tripped
}

#[test]
fn every_limit_trips_alone() {
    for Row { limit, set, file } in rows() {
        let mut limits = Limits::default();
        assert_eq!(tripped(&file, limits), [], "{limit} by default");
        set(&mut limits);
        assert_eq!(tripped(&file, limits), [limit], "{limit} when it is set");
    }
}

#[test]
fn every_field_has_a_row() {
    // Debug names each field once.
    let fields = format!("{:?}", Limits::default()).matches(": ").count();
    let mut limits: Vec<String> = rows().iter().map(|row| row.limit.to_string()).collect();
    limits.sort();
    limits.dedup();
    // What verifying may cost has a test of its own, because reading a file costs nothing of it.
    assert_eq!(limits.len() + 1, fields);
}

#[test]
#[cfg(feature = "verify")]
fn work_with_keys() {
    use certsift::{BreakReason, Time, Verifier};
    // A key of 2,048 bits for the signature, one for its path, and as much again for its timestamp.
    let bytes = include_bytes!("fixtures/seed_pe64.exe");
    let file = SignedFile::parse(bytes).unwrap();
    let facts_with = |work: Option<u64>| {
        let mut limits = Limits::default();
        limits.max_key_work = work.unwrap_or(limits.max_key_work);
        let verifier = Verifier::new(Time::from_unix(0)).with_limits(limits);
        let facts = verifier.verify(&file, None);
        let signer = &facts[0].signers[0];
        let at_limit = signer.path.broken.is_some_and(|broken| broken.reason == BreakReason::Limit);
        (facts[0].limit_reached, signer.signature_valid, signer.content_matches, at_limit)
    };
    assert_eq!(facts_with(None), (false, Some(true), Some(true), false));
    assert_eq!(facts_with(Some(0)), (true, None, Some(true), false), "what costs no key is known all the same");
    assert!(SignedFile::parse(bytes).unwrap().faults().is_empty(), "reading is not limited by it");
}

#[test]
fn what_was_read_before_a_limit_is_reported() {
    let mut limits = Limits::default();
    limits.max_entries = 1;
    limits.max_nesting = 0;
    limits.max_certificates = 1;
    let outer = signer_info(&signer()).unsigned(nested(&[signed_by(&signer()).der()]));
    let other = certificate("01", "Other").der();
    let first = entry(message([signer().der(), other], [outer.der()]).der());
    let file = image(joined([first.as_slice(), first.as_slice()])).bytes();
    let file = SignedFile::parse_with_limits(&file, limits).unwrap();
    assert_eq!(support::signers(&file), ["signer c0ffee01"]);
    assert_eq!(file.faults().len(), 3);
}

/// Files that took minutes: what is hostile in them is passed over in linear time, also without optimisation.
#[test]
fn nothing_takes_long() {
    const LONG: Duration = Duration::from_secs(4);
    let good = entry(signed_by(&signer()).der());
    let table = |parts: &[&[u8]]| image(joined(parts)).bytes();
    let rows = [
        ("4 MiB of zeros, and one more byte", table(&[&good, &vec![0; 4 << 20], &[1, 0, 0, 0, 0, 0, 0, 0]])),
        ("a million headers that are too short", table(&[&[7, 0, 0, 0, 0, 2, 2, 0].repeat(1 << 20), &good])),
        ("a million empty entries", table(&[&raw_entry(8, 0x0200, 2, []).repeat(1_000_000), &good])),
    ];
    for (name, file) in rows {
        let start = Instant::now();
        assert_eq!(support::signers(&SignedFile::parse(&file).unwrap()), ["signer c0ffee01"], "{name}");
        assert!(start.elapsed() < LONG, "{name}: {:?}", start.elapsed());
    }
}
