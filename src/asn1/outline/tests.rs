//! Outlines of small values, of hostile ones, and of damaged messages.

#![expect(clippy::arithmetic_side_effects, reason = "a test that counts past its type must stop")]

use proptest::prelude::*;

use super::*;
use crate::limits::Limits;

/// What a person reads: offset, depth, tag, lengths where they matter, value or fault.
fn lines(der: &[u8]) -> Vec<String> {
    asn1_outline(der, 0).map(|line| shown(&line)).collect()
}

fn shown(line: &OutlineLine<'_>) -> String {
    let item = match &line.item {
        OutlineItem::Element(element) => {
            let indefinite = if element.is_indefinite { "~" } else { "" };
            let lengths = format!("{}+{}{indefinite}", element.header_length, element.content_length);
            format!("{lengths} {} {}", element.tag, element.value)
        }
        OutlineItem::Fault(kind) => kind.code().to_owned(),
    };
    format!("{} {} {item}", line.offset, line.depth).trim_end().to_owned()
}

#[test]
fn values_by_their_types() {
    let cases: &[(&[u8], &str)] = &[
        (&[0x05, 0], "2+0 NULL"),
        (&[0x05, 1, 9], "2+1 NULL 09"),
        (&[0x01, 1, 0], "2+1 BOOLEAN FALSE"),
        (&[0x01, 1, 0xff], "2+1 BOOLEAN TRUE"),
        (&[0x01, 1, 1], "2+1 BOOLEAN TRUE (0x01)"),
        (&[0x01, 2, 1, 1], "2+2 BOOLEAN 0101"),
        (&[0x02, 1, 3], "2+1 INTEGER 3"),
        (&[0x02, 1, 0xff], "2+1 INTEGER -1"),
        (&[0x02, 4, 0x80, 0, 0, 0], "2+4 INTEGER -2147483648"),
        (&[0x02, 5, 0, 0x80, 0, 0, 0], "2+5 INTEGER 0080000000"),
        (&[0x0a, 1, 2], "2+1 ENUMERATED 2"),
        (&[0x03, 2, 5, 0xa0], "2+2 BIT STRING a0 (5 bits unused)"),
        (&[0x03, 2, 0, 0xa0], "2+2 BIT STRING a0"),
        (&[0x03, 2, 8, 0xa0], "2+2 BIT STRING 08a0"),
        (&[0x04, 0x81, 2, 7, 8], "3+2 OCTET STRING 0708"),
        (&[0x06, 3, 0x55, 4, 10], "2+3 OBJECT IDENTIFIER 2.5.4.10 (O)"),
        (&[0x06, 2, 0x2a, 3], "2+2 OBJECT IDENTIFIER 1.2.3"),
        (&[0x06, 2, 0x2a, 0x83], "2+2 OBJECT IDENTIFIER #2a83"),
        (&[0x0c, 2, 0xc3, 0xa4], "2+2 UTF8String \"ä\""),
        (&[0x1e, 4, 0, b'a', 0x4e, 0x2d], "2+4 BMPString \"a中\""),
        (&[0x17, 1, b'x'], "2+1 UTCTime no date (x)"),
        (b"\x17\x0d141103000000Z", "2+13 UTCTime 2014-11-03T00:00:00Z (141103000000Z)"),
        (b"\x86\x04http", "2+4 [6] \"http\""),
        (b"\x80\x04\0a\0b", "2+4 [0] \"ab\""),
        (b"\x80\x01a", "2+1 [0] 61"),
        (&[0x9f, 0x81, 1, 0], "4+0 [129]"),
        (&[0x0d, 1, 7], "2+1 RELATIVE-OID 07"),
        (&[0x4f, 1, 7], "2+1 [APPLICATION 15] 07"),
    ];
    for (der, expected) in cases {
        assert_eq!(lines(der), [format!("0 0 {expected}")]);
    }
}

#[test]
fn a_long_value_is_cut() {
    let der = [[0x04, 33].as_slice(), &[0xab; 33]].concat();
    assert_eq!(lines(&der), [format!("0 0 2+33 OCTET STRING {}…", "ab".repeat(32))]);
    let der = [[0x06, 0x82, 2, 0x81].as_slice(), &[0x2a; 641]].concat();
    assert_eq!(lines(&der), [format!("0 0 4+641 OBJECT IDENTIFIER {}…", "2a".repeat(32))]);
}

#[test]
fn members_and_what_strings_encapsulate() {
    let cases: &[(&str, &[u8], &[&str])] = &[
        ("nothing there", &[], &[]),
        ("empty", &[0xa0, 0], &["0 0 2+0 [0]"]),
        (
            "OCTET STRING",
            &[0x04, 5, 0x30, 3, 2, 1, 7],
            &["0 0 2+5 OCTET STRING encapsulates", "2 1 2+3 SEQUENCE", "4 2 2+1 INTEGER 7"],
        ),
        (
            "BIT STRING",
            &[0x03, 5, 0, 0x31, 2, 5, 0],
            &["0 0 2+5 BIT STRING encapsulates", "3 1 2+2 SET", "5 2 2+0 NULL"],
        ),
        ("unused bits", &[0x03, 5, 1, 0x31, 2, 5, 0], &["0 0 2+5 BIT STRING 31020500 (1 bits unused)"]),
        ("more behind", &[0x04, 3, 0x30, 0, 0], &["0 0 2+3 OCTET STRING 300000"]),
        ("members do not fit", &[0x04, 4, 0x30, 2, 5, 1], &["0 0 2+4 OCTET STRING 30020501"]),
        ("a primitive type", &[0x04, 3, 2, 1, 7], &["0 0 2+3 OCTET STRING 020107"]),
        (
            "an extension",
            &[0x30, 11, 6, 3, 0x55, 0x1d, 14, 4, 4, 4, 2, 0x30, 7],
            &[
                "0 0 2+11 SEQUENCE",
                "2 1 2+3 OBJECT IDENTIFIER 2.5.29.14 (subjectKeyIdentifier)",
                "7 1 2+4 OCTET STRING encapsulates",
                "9 2 2+2 OCTET STRING 3007",
            ],
        ),
        (
            "a critical extension",
            &[0x30, 12, 6, 1, 0x2a, 1, 1, 0xff, 4, 4, 3, 2, 7, 0x80],
            &[
                "0 0 2+12 SEQUENCE",
                "2 1 2+1 OBJECT IDENTIFIER 1.2",
                "5 1 2+1 BOOLEAN TRUE",
                "8 1 2+4 OCTET STRING encapsulates",
                "10 2 2+2 BIT STRING 80 (7 bits unused)",
            ],
        ),
        (
            "indefinite, in segments",
            &[0x24, 0x80, 4, 4, 0x30, 0x80, 0, 0, 0, 0, 9],
            &["0 0 2+6~ OCTET STRING", "2 1 2+4 OCTET STRING encapsulates", "4 2 2+0~ SEQUENCE"],
        ),
    ];
    for (name, der, expected) in cases {
        assert_eq!(lines(der), *expected, "{name}");
    }
}

#[test]
fn faults_are_told_and_the_next_member_follows() {
    let cases: &[(&str, &[u8], &[&str])] = &[
        (
            "the whole is cut",
            &[0x30, 9, 2, 1, 7, 4, 3, 1],
            &[
                "0 0 length-past-end",
                "0 0 2+6 SEQUENCE",
                "2 1 2+1 INTEGER 7",
                "5 1 length-past-end",
                "5 1 2+1 OCTET STRING 01",
            ],
        ),
        (
            "a member is cut",
            &[0x30, 7, 0x30, 3, 4, 9, 1, 5, 0],
            &["0 0 2+7 SEQUENCE", "2 1 2+3 SEQUENCE", "4 2 length-past-end", "4 2 2+1 OCTET STRING 01", "7 1 2+0 NULL"],
        ),
        (
            "an unreadable header",
            &[0x30, 6, 0x30, 2, 4, 0xff, 5, 0],
            &["0 0 2+6 SEQUENCE", "2 1 2+2 SEQUENCE", "4 2 bad-header-octets", "6 1 2+0 NULL"],
        ),
        (
            "an end that is missing",
            &[0x30, 0x80, 0x30, 0x80, 5, 0],
            &["0 0 unterminated", "0 0 2+4~ SEQUENCE", "2 1 unterminated", "2 1 2+2~ SEQUENCE", "4 2 2+0 NULL"],
        ),
        (
            "an end that a fault inside hides",
            &[0x30, 0x80, 0x30, 0x80, 5, 9, 0, 0, 0, 0],
            &["0 0 2+8~ SEQUENCE", "2 1 2+6~ SEQUENCE", "4 2 length-past-end", "4 2 2+4 NULL 00000000"],
        ),
        ("nothing readable", &[0x1f, 0xff], &["0 0 bad-header-octets"]),
    ];
    for (name, der, expected) in cases {
        assert_eq!(lines(der), *expected, "{name}");
    }
}

#[test]
fn what_is_behind_the_value_is_left() {
    for (der, length) in [(&[0x30_u8, 0, 7, 8][..], 2), (&[0x30, 0x80, 0, 0, 9], 4), (&[0x30, 9], 2), (&[], 0)] {
        let outline = asn1_outline(der, 100);
        assert_eq!(
            (outline.behind_offset(), outline.behind()),
            (100 + length, &der[usize::try_from(length).unwrap()..])
        );
    }
}

#[test]
fn depth_is_bounded() {
    let faults = |der: &[u8]| {
        let faults: Vec<_> = asn1_outline(der, 0).filter(|line| matches!(line.item, OutlineItem::Fault(_))).collect();
        faults.iter().map(shown).collect::<Vec<_>>()
    };
    let closed = [[0x30, 0x80].repeat(MAX_DEPTH), [0, 0].repeat(MAX_DEPTH)].concat();
    assert_eq!(faults(&closed), Vec::<String>::new());
    let deeper = [[0x30, 0x80].as_slice(), &closed, &[0, 0]].concat();
    assert_eq!(faults(&deeper), [format!("{} {} limit-reached", 2 * MAX_DEPTH + 2, MAX_DEPTH + 1)]);
}

/// Octets of a hostile message here; sixteen mebibytes of each take less than a second in a release build.
const HOSTILE_OCTETS: usize = 1 << 16;

#[test]
fn hostile_nesting_ends() {
    let repeated = |octets: &[u8]| octets.repeat(HOSTILE_OCTETS / octets.len());
    let half = HOSTILE_OCTETS / 4;
    let cases: &[(&str, Vec<u8>, usize)] = &[
        ("never closed", [0x24, 0x80].repeat(MAX_DEPTH + 8), 2 * MAX_DEPTH + 3),
        ("closed", [[0x24, 0x80].repeat(half), [0, 0].repeat(half)].concat(), MAX_DEPTH + 2),
        ("strings in strings", strings_in_strings(), MAX_DEPTH + 2),
        ("strings that never end", repeated(&[0x04, 0x84, 0x7f, 0xff, 0xff, 0xff, 0x30, 0x80]), 2),
        ("cut in cut", repeated(&[0x30, 0x84, 0x7f, 0xff, 0xff, 0xff]), 2 * MAX_DEPTH + 3),
    ];
    for (name, der, expected) in cases {
        assert_eq!(asn1_outline(der, 0).count(), *expected, "{name}");
    }
}

/// An OCTET STRING that encapsulates a SEQUENCE of an OCTET STRING, and so on.
fn strings_in_strings() -> Vec<u8> {
    let mut headers: Vec<[u8; 6]> = Vec::new();
    let mut length = 0_u32;
    while headers.len() < HOSTILE_OCTETS / 6 {
        for tag in [0x30, 0x04] {
            let [a, b, c, d] = length.to_be_bytes();
            headers.push([tag, 0x84, a, b, c, d]);
            length += 6;
        }
    }
    headers.iter().rev().flatten().copied().collect()
}

#[test]
fn lines_are_bounded() {
    let max = usize::try_from(Limits::default().max_elements).unwrap();
    let der = [0x05, 0].repeat(max + 10);
    let der = [&[0x30, 0x80], der.as_slice(), &[0, 0]].concat();
    let last = asn1_outline(&der, 0).enumerate().last().map(|(index, line)| (index, shown(&line)));
    assert_eq!(last, Some((max - 1, format!("{} 1 limit-reached", 2 * max - 2))));
}

static MESSAGE: &[u8] = include_bytes!("../../../tests/fixtures/seed_signature.p7s");

/// Checks what holds of every outline; the number of its lines.
fn check(der: &[u8]) -> usize {
    let mut last: Vec<u64> = Vec::new();
    let mut count = 0;
    for line in asn1_outline(der, 1_000) {
        count += 1;
        assert!(line.depth <= MAX_DEPTH + 1);
        assert!((1_000..=1_000 + u64::try_from(der.len()).unwrap()).contains(&line.offset), "{line:?}");
        let OutlineItem::Element(element) = &line.item else { continue };
        // Members lie behind their headers, and one behind the other.
        assert!(line.depth <= last.len(), "{line:?} is in nothing");
        assert!(last.get(line.depth).is_none_or(|before| *before < line.offset), "{line:?}");
        last.truncate(line.depth);
        assert!(last.last().is_none_or(|enclosing| *enclosing < line.offset), "{line:?}");
        last.push(line.offset);
        assert!(element.header_length >= 2 && element.header_length + element.content_length <= der.len());
        let _ = (element.tag.to_string(), element.value.to_string());
    }
    count
}

#[test]
fn a_message_has_its_lines() {
    assert!(check(MESSAGE) > 100);
    assert!(asn1_outline(MESSAGE, 0).all(|line| matches!(line.item, OutlineItem::Element(_))));
}

proptest! {
    #[test]
    fn random_octets_have_an_outline(der in proptest::collection::vec(any::<u8>(), 0..300)) {
        check(&der);
    }

    /// Octets that tags and lengths are made of.
    #[test]
    fn random_structures_have_an_outline(
        der in proptest::collection::vec(proptest::sample::select(vec![0_u8, 1, 2, 3, 4, 5, 6, 0x24, 0x30, 0x80, 0x81, 0xa0]), 0..80),
    ) {
        check(&der);
    }

    #[test]
    fn damaged_messages_have_an_outline(
        flips in proptest::collection::vec((any::<proptest::sample::Index>(), 1..=u8::MAX), 1..6),
        length in any::<proptest::sample::Index>(),
        is_cut in any::<bool>(),
    ) {
        let mut der = MESSAGE.to_vec();
        for (at, mask) in flips {
            der[at.index(MESSAGE.len())] ^= mask;
        }
        if is_cut {
            der.truncate(length.index(MESSAGE.len()));
        }
        check(&der);
    }
}
