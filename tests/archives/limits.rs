//! Each limit is reached by something that reaches no other one, and the fault names it.

use certsift::{ArchiveLimits, Report};

use crate::support::zip::{archive, deflated, overlapping, stored};
use crate::{all_told, reports, reports_with};

/// The limit that the faults of a report name, if one does.
fn limit_of(report: &Report) -> Option<String> {
    let fault = report.faults.iter().find(|fault| fault.code == "limit-reached")?;
    Some(fault.detail.clone())
}

fn set(change: impl Fn(&mut ArchiveLimits)) -> ArchiveLimits {
    let mut limits = ArchiveLimits::default();
    change(&mut limits);
    limits
}

/// A name, an archive, limits, what the fault says, and what is told.
type Row<'r> = (&'r str, &'r [u8], ArchiveLimits, &'r str, &'r [&'r str]);

#[test]
fn each_limit_trips_alone() {
    let three = archive(&[stored("a", "1"), stored("b", "22"), stored("c", "333")]);
    let nested =
        archive(&[stored("a.zip", archive(&[stored("b.zip", archive(&[stored("c", "1")]))])), stored("d", "2")]);
    let zeros = archive(&[deflated("zeros", vec![0; 100_000]), stored("e", "1")]);
    let rows: Vec<Row<'_>> = vec![
        (
            "members",
            &three,
            set(|limits| limits.max_members = 2),
            "the limit on members of archives",
            &[" no_signature limit-reached", "a unrecognized", "b unrecognized"],
        ),
        (
            "member bytes",
            &three,
            set(|limits| limits.max_member_bytes = 2),
            "the limit on bytes of one member",
            &[" no_signature", "a unrecognized", "b unrecognized", "c unrecognized limit-reached"],
        ),
        (
            "all bytes",
            &three,
            set(|limits| limits.max_total_bytes = 3),
            "the limit on unpacked bytes",
            &[" no_signature limit-reached", "a unrecognized", "b unrecognized"],
        ),
        (
            "ratio",
            &zeros,
            set(|limits| limits.max_ratio = 10),
            "the limit on unpacked bytes for each byte of the archive",
            &[" no_signature limit-reached", "zeros unrecognized limit-reached"],
        ),
        (
            "depth",
            &nested,
            set(|limits| limits.max_depth = 2),
            "the limit on archives inside one another",
            &[" no_signature", "a.zip no_signature", "a.zip!b.zip no_signature limit-reached", "d unrecognized"],
        ),
    ];
    for (name, bytes, limits, words, expected) in rows {
        let reports = reports_with(bytes, limits);
        assert_eq!(all_told(&reports), expected, "{name}");
        let named: Vec<String> = reports.iter().filter_map(limit_of).collect();
        assert!(named.iter().all(|detail| detail.starts_with(words)), "{name}: {named:?}");
        assert!(!named.is_empty(), "{name}");
    }
    for bytes in [&three, &nested, &zeros] {
        assert_eq!(reports(bytes).iter().find_map(limit_of), None, "by default");
    }
}

#[test]
fn members_of_inner_archives_count() {
    let inner = archive(&[stored("a", "1"), stored("b", "2")]);
    let bytes = archive(&[stored("x.zip", &inner), stored("y.zip", &inner), stored("z", "3")]);
    let reports = reports_with(&bytes, set(|limits| limits.max_members = 4));
    assert_eq!(
        all_told(&reports),
        [
            " no_signature limit-reached",
            "x.zip no_signature",
            "x.zip!a unrecognized",
            "x.zip!b unrecognized",
            "y.zip no_signature limit-reached",
        ]
    );
}

#[test]
fn members_that_share_bytes_end_at_the_ratio() {
    let zeros = deflated("zeros", vec![0; 1 << 20]);
    let bytes = overlapping(&vec![zeros; 2_000]);
    let reports = reports(&bytes);
    let most = bytes.len() * 1_032;
    let unpacked: u64 = reports[1..].iter().filter_map(|report| report.input.size).sum();
    assert!(usize::try_from(unpacked).unwrap() <= most, "{unpacked} of {most}");
    assert!(limit_of(&reports[0]).unwrap().contains("for each byte"), "{:?}", reports[0].faults);
}
