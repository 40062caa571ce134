//! Certificates that are damaged, hidden or made to cost.

use std::time::{Duration, Instant};

use certsift::{CarveLimits, carve};

use super::support::cms::{certificate, name};
use super::support::der::{self, indefinite, joined, long_lengths, sequence, tlv};
use super::{carved, carved_with, fixture, offsets, real_certificates, small_limits};

/// The header of a SEQUENCE that claims so many octets.
fn claim(octets: u16) -> Vec<u8> {
    let [high, low] = octets.to_be_bytes();
    vec![0x30, 0x82, high, low]
}

#[test]
fn where_certificates_are_found() {
    let real = real_certificates();
    let [one, other] = real.as_slice() else { panic!() };
    let cut = &one[..one.len() - 1];
    let around = |before: &[u8]| [before, one].concat();
    let tbs_start = [claim(0xf000), claim(0xe000), vec![0xa0, 3, 2, 1, 2, 2]].concat();
    let in_extension = certificate("0c0ffee1", "Outer").extension("1.2.3.4", one).der();
    let oversized = certificate("0c0ffee2", "Large").extension("1.2.3.4", vec![0; 66 << 10]).der();
    let many_names: Vec<_> = (0..200).map(|_| (3, der::PRINTABLE, b"x".as_slice())).collect();
    let many_names = certificate("0c0ffee3", "Names").issuer(name(&many_names)).der();
    let cases: &[(&str, Vec<u8>, &[usize])] = &[
        ("alone", one.clone(), &[0]),
        ("cut by one octet", cut.to_vec(), &[]),
        (
            "one octet too many inside",
            {
                let mut grown = one.clone();
                grown[3] = grown[3].checked_add(1).unwrap();
                [grown, vec![0]].concat()
            },
            &[],
        ),
        ("two in a row", [one.as_slice(), other].concat(), &[0, one.len()]),
        ("the same twice", [one.as_slice(), one].concat(), &[0, one.len()]),
        // What lies behind it ends its signature.
        ("a cut one before a whole one", [cut, one].concat(), &[0, cut.len()]),
        ("the start of one before a whole one", [&one[..300], one].concat(), &[300]),
        ("inside what a false one claims", around(&tbs_start), &[tbs_start.len()]),
        ("inside a false length", around(&claim(0xff00)), &[4]),
        ("behind half a header", around(&[0x30, 0x82]), &[2]),
        ("behind an indefinite length", around(&[0x30, 0x80, 0x30, 0x80, 2]), &[5]),
        ("inside an extension of another", in_extension, &[0]),
        ("lengths in four octets", long_lengths(one, 9), &[0]),
        ("indefinite lengths", indefinite(one, 9), &[0]),
        ("larger than the limit", oversized, &[]),
        ("names of 200 parts", many_names, &[0]),
        ("a revocation list", fixture("revocation/good.crl"), &[]),
    ];
    for (name, bytes, expected) in cases {
        assert_eq!(offsets(bytes), *expected, "{name}");
    }
    let small = carved_with(one, small_limits()).len();
    let mut smaller = small_limits();
    smaller.max_certificate_bytes = one.len() - 1;
    assert_eq!((small, carved_with(one, smaller).len()), (1, 0));
}

/// Each part has its type and its place: whatever is put into its place is none.
#[test]
fn every_part_is_looked_at() {
    let good = certificate("0c0ffee1", "Subject").extension("1.2.3.4", [7; 40]);
    assert_eq!(carved(&good.der()).len(), 1);
    let parts = good.tbs_parts();
    let algorithm = sequence([&good.algorithm, &good.parameters]);
    let signature = tlv(der::BIT_STRING, [0, 1, 2, 3]);
    let whole = |tbs: &[Vec<u8>], behind: &[Vec<u8>]| sequence([vec![sequence(tbs)], behind.to_vec()].concat());
    let behind = [algorithm, signature];
    assert_eq!(carved(&whole(&parts, &behind)).len(), 1);
    let mut rows = Vec::new();
    let junk = [tlv(der::OCTET_STRING, [7; 9]), sequence([tlv(der::UTF8, "x"), tlv(der::UTF8, "y")])];
    for (junk_name, junk) in ["octets", "texts"].iter().zip(&junk) {
        for at in 0..parts.len() {
            let mut tbs = parts.clone();
            tbs[at].clone_from(junk);
            rows.push((format!("{junk_name} in part {at}"), whole(&tbs, &behind)));
        }
        for at in 0..behind.len() {
            let mut behind = behind.clone();
            behind[at].clone_from(junk);
            rows.push((format!("{junk_name} in part {at} behind"), whole(&parts, &behind)));
        }
        rows.push((
            format!("{junk_name} behind the signature"),
            whole(&parts, &[&behind[..], std::slice::from_ref(junk)].concat()),
        ));
        rows.push((
            format!("{junk_name} behind the extensions"),
            whole(&[&parts[..], std::slice::from_ref(junk)].concat(), &behind),
        ));
    }
    for at in 0..6 {
        let mut tbs = parts.clone();
        tbs.remove(at);
        // Nothing but the version may be left out, which is the first part of this one.
        if at > 0 {
            rows.push((format!("without part {at}"), whole(&tbs, &behind)));
        }
    }
    let one_date = certificate("0c0ffee1", "Subject").not_before(der::UTF8, "130101000000Z");
    rows.push(("a text for a date".to_owned(), one_date.extension("1.2.3.4", [7; 40]).der()));
    for (name, bytes) in rows {
        assert!(bytes.len() > 127, "{name}");
        assert_eq!(carved(&bytes).len(), 0, "{name}");
    }
}

/// Bytes that are made to cost: octets of a kind, so many.
type Costly = (&'static str, fn(usize) -> Vec<u8>);

fn repeated(unit: &[u8], size: usize) -> Vec<u8> {
    unit.iter().copied().cycle().take(size).collect()
}

/// Beginnings inside one another, each of which passes all tests but those of the issuer's name, which all of them share: the serial of
/// each holds the header of the next.
fn nested(issuer: &[u8], size: usize) -> Vec<u8> {
    let layers = size / 48;
    /// Octets of the headers of a certificate, its TBSCertificate and its serial.
    const HEADERS: usize = 12;
    let good = certificate("01", "Subject");
    let parts = good.tbs_parts();
    let tail = [&parts[2], issuer, &joined(&parts[4..])].concat();
    let behind = [sequence([&good.algorithm, &good.parameters]), tlv(der::BIT_STRING, [0, 1])].concat();
    let mut unit = Vec::new();
    for inside in (0..layers).rev() {
        let serial = inside * HEADERS + 1;
        let tbs = 4 + serial + tail.len();
        let lengths = [4 + tbs + behind.len(), tbs, serial].map(|length| u16::try_from(length).unwrap());
        unit.extend([claim(lengths[0]), claim(lengths[1]), vec![2, 0x82], lengths[2].to_be_bytes().to_vec()].concat());
    }
    repeated(&[unit, vec![1], tail, behind].concat(), size)
}

const COSTLY: &[Costly] = &[
    ("headers", |size| repeated(&[0x30, 0x82], size)),
    ("long headers", |size| repeated(&[0x30, 0x84, 0, 0, 0x7f, 0xf0], size)),
    ("open headers", |size| repeated(&[0x30, 0x80], size)),
    ("open certificates", |size| repeated(&[0x30, 0x80, 0x30, 0x80, 2, 1, 1], size)),
    ("open certificates, closed", |size| {
        let count = size / 11;
        [[0x30, 0x80, 0x30, 0x80, 2, 1, 1].repeat(count), vec![0; count * 4]].concat()
    }),
    ("beginnings", |size| repeated(&[0x30, 0x82, 0xff, 0, 0x30, 0x82, 0xfe, 0, 2, 1, 1], size)),
    ("shared tails", |size| nested(&sequence([tlv(der::UTF8, "x")]), size)),
    ("shared names", |size| {
        let attributes = vec![(3, der::PRINTABLE, b"x".as_slice()); size / 32];
        let mut issuer = name(&attributes);
        let last = issuer.len() - 3;
        // The last attribute is no attribute.
        issuer[last] = 0x3f;
        nested(&issuer, size)
    }),
    ("boundaries", |size| repeated(b"-----BEGIN CERTIFICATE-----", size)),
    ("open blocks", |size| repeated(&[b"-----BEGIN A-----\n".as_slice(), &[b'M'; 300]].concat(), size)),
    ("pairs", |size| repeated(b"GI", size)),
];

/// Time grows with the number of octets: four times as many take about four times as long, where they would take sixteen times as long if
/// each octet were read as often as there are beginnings before it. All of it is within the limit on one certificate.
#[test]
fn made_to_cost() {
    for (name, make) in COSTLY {
        let (small, large) = (make(1 << 14), make(1 << 16));
        // Another program may take the processor away now and then, not every time.
        let is_linear = || fastest(&large).as_secs_f64() / fastest(&small).as_secs_f64() < 9.0;
        assert!((0..20).any(|_| is_linear()), "{name}: nine times as long for four times as many octets");
    }
}

/// Among it certificates are found.
#[test]
fn nothing_hides_behind_what_is_made_to_cost() {
    let certificate = &real_certificates()[0];
    for (name, make) in COSTLY {
        let before = make(1 << 14);
        let bytes = [before.as_slice(), certificate, &before].concat();
        assert!(offsets(&bytes).contains(&before.len()), "{name}");
    }
}

fn fastest(bytes: &[u8]) -> Duration {
    let once = || {
        let start = Instant::now();
        assert!(carve(bytes, CarveLimits::default()).count() < 1_000);
        start.elapsed()
    };
    (0..3).map(|_| once()).min().unwrap()
}
