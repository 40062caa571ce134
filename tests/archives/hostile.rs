//! One row a way to damage an archive: the signer that must still be found, and work that stays small.

use std::io::Write;
use std::time::{Duration, Instant};

use certsift::ArchiveLimits;
use miniz_oxide::deflate::compress_to_vec;

use crate::support::zip::{Member, archive, deflated, stored};
use crate::{all_told, fixture, reports, reports_with};

fn program() -> Vec<u8> {
    fixture("seed_pe32.exe")
}

fn gzip(content: &[u8], flags: u8, fields: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 3];
    bytes.write_all(fields).unwrap();
    bytes.write_all(&compress_to_vec(content, 6)).unwrap();
    // Nobody looks at CRC-32 and length.
    bytes.write_all(&[0; 8]).unwrap();
    bytes
}

/// Without its last octets.
fn cut(mut bytes: Vec<u8>, count: usize) -> Vec<u8> {
    bytes.truncate(bytes.len() - count);
    bytes
}

#[test]
fn the_signer_is_found() {
    let good = || stored("a.exe", program());
    let size = program().len();
    let lying = |compressed: u32| Member { compressed, ..deflated("a.exe", program()) };
    let two = |first: Member| archive(&[first, deflated("b.exe", program())]);
    let without_directory = |members: &[Member]| {
        let bytes = archive(members);
        let at = bytes.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
        bytes[..at].to_vec()
    };
    let halves = program();
    let (first, second) = halves.split_at(size / 2);
    let rows: Vec<(&str, Vec<u8>, &[&str])> = vec![
        ("sound", archive(&[good()]), &["a.exe match signed"]),
        ("behind other bytes", [b"anything".to_vec(), archive(&[good()])].concat(), &["a.exe match signed"]),
        ("without its directory", without_directory(&[good()]), &["a.exe match signed"]),
        (
            "cut in its last member",
            cut(without_directory(&[good(), good()]), 1),
            &["a.exe match signed", "a.exe match signed table-truncated entry-past-end bad-member"],
        ),
        ("a length beyond the file", two(lying(1 << 30)), &["a.exe match signed bad-member", "b.exe match signed"]),
        ("a length of nothing", two(lying(0)), &["a.exe error bad-member", "b.exe match signed"]),
        ("an unknown method", two(Member { method: 14, ..good() }), &["a.exe error bad-member", "b.exe match signed"]),
        ("said to be encrypted", two(Member { flags: 1, ..good() }), &["a.exe error encrypted", "b.exe match signed"]),
        (
            "another name in the local header",
            two(Member { local_name: b"c.exe".to_vec(), ..good() }),
            &["a.exe match signed bad-member", "b.exe match signed"],
        ),
        ("a name that leaves the folder", archive(&[stored("../../a.exe", program())]), &["../../a.exe match signed"]),
        ("a name like a folder's", archive(&[stored("a.exe/", program())]), &["a.exe/ match signed"]),
        ("gzip", gzip(&program(), 0, b""), &["given match signed"]),
        (
            "gzip with every field",
            gzip(&program(), 0x1f, b"\x03\0xyza.exe\0a comment\0\xff\xff"),
            &["a.exe match signed"],
        ),
        ("gzip in two members", [gzip(first, 0, b""), gzip(second, 0, b"")].concat(), &["given match signed"]),
        ("gzip with padding", [gzip(&program(), 0, b""), vec![0; 512]].concat(), &["given match signed"]),
        ("gzip without its end", cut(gzip(&program(), 0, b""), 8), &["given match signed"]),
        ("gzip cut", cut(gzip(&program(), 0, b""), 9), &["given match signed bad-member"]),
        ("gzip of a name without its end", b"\x1f\x8b\x08\x08\0\0\0\0\0\x03ab".to_vec(), &["given error bad-member"]),
        ("four bytes of zip", b"PK\x03\x04".to_vec(), &[]),
        ("four bytes of gzip", b"\x1f\x8b\x08\0".to_vec(), &[]),
    ];
    for (name, bytes, expected) in rows {
        let all = all_told(&reports(&bytes));
        assert_eq!(&all[1..], expected, "{name}");
    }
}

#[test]
fn an_archive_cut_anywhere_keeps_its_whole_members() {
    let members: Vec<Member> = (0..3).map(|number| stored(&format!("{number}.exe"), program())).collect();
    let bytes = archive(&members);
    let each = 30 + 5 + program().len();
    for cut in (0..bytes.len()).step_by(199).chain([3 * each, bytes.len() - 1]) {
        let reports = reports(&bytes[..cut]);
        let matched = reports.iter().filter(|report| report.has_strong_match()).count();
        assert!(matched >= cut / each, "cut at {cut}: {:?}", all_told(&reports));
    }
}

#[test]
fn bombs_end_soon() {
    let zeros = || vec![0; 100 << 20];
    let bomb = archive(&[deflated("zeros", zeros())]);
    let nested =
        (0..8).fold(bomb.clone(), |inner, _| archive(&[deflated("inner.zip", &inner), deflated("2.zip", inner)]));
    let programs = archive(&vec![stored("a.txt", "nothing"); 60_000]);
    for (name, bytes, most) in [
        ("a bomb", &bomb, Duration::from_secs(10)),
        ("bombs in one another", &nested, Duration::from_secs(20)),
        ("sixty thousand members", &programs, Duration::from_secs(20)),
    ] {
        let start = Instant::now();
        let reports = reports(bytes);
        let taken = start.elapsed();
        println!("{name}: {} bytes, {} reports, {taken:?}", bytes.len(), reports.len());
        assert!(taken < most, "{name}: {taken:?}");
    }
}

#[test]
fn keys_are_paid_for() {
    // Every member asks for a key, which turns out to be wrong.
    let extra = b"\x01\x99\x07\0\x02\0AE\x03\x08\0".to_vec();
    let sealed = Member { flags: 1, method: 99, extra, ..stored("a", vec![7; 64]) };
    let mut limits = ArchiveLimits::default();
    limits.max_total_bytes = 4 << 20;
    let reports = reports_with(&archive(&vec![sealed; 1_000]), limits);
    assert_eq!(reports.len(), 1 + 16);
    assert_eq!(all_told(&reports)[..2], [" no_signature limit-reached", "a error encrypted"]);
}
