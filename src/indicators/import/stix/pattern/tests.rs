//! Patterns, and what becomes of them.

use super::*;
use proptest::prelude::*;

/// Patterns, and what becomes of them: alternatives in a short form, the causes of notes, or the beginning of the reason.
const CASES: &[(&str, &str)] = &[
    ("[x509-certificate:serial_number = '00:c0:ff:ee:01']", "serial c0ffee01"),
    (
        "[x509-certificate:serial_number = 'c0ff' AND x509-certificate:issuer = 'CN=Example CA 1, O=\"Example, Inc.\"']",
        "serial c0ff & issuer common_name exact Example CA 1 & issuer organization exact Example, Inc.",
    ),
    (
        "[x509-certificate:hashes.'SHA-1' = '1111111111111111111111111111111111111111']",
        "sha1 1111111111111111111111111111111111111111",
    ),
    (
        "[x509-certificate:hashes.MD5 = '11111111111111111111111111111111' OR x509-certificate:serial_number IN ('c0', 'ff')]",
        "md5 11111111111111111111111111111111 | serial c0 | serial ff",
    ),
    (
        "[x509-certificate:serial_number = 'c0' AND (x509-certificate:subject = 'A' OR x509-certificate:subject = 'B')]",
        "serial c0 & subject whole exact A | serial c0 & subject whole exact B",
    ),
    (
        "[x509-certificate:serial_number = 'a0' OR x509-certificate:serial_number = 'b0' AND x509-certificate:issuer LIKE '%X%']",
        "serial a0 | serial b0 & issuer whole contains X",
    ),
    ("[x509-certificate:serial_number = 'a0'] OR [x509-certificate:serial_number = 'b0']", "serial a0 | serial b0"),
    ("[x509-certificate:subject LIKE 'CN=Example%']", "subject common_name prefix Example"),
    ("[x509-certificate:subject LIKE '%, O=Example, Inc.%']", "subject organization prefix Example, Inc."),
    (
        "[x509-certificate:subject LIKE '%C=US, O=Example, CN=Ex%']",
        "subject any exact US & subject organization exact Example & subject common_name prefix Ex",
    ),
    ("[x509-certificate:subject LIKE '%, Inc.%']", "subject whole contains , Inc."),
    ("[x509-certificate:subject LIKE '%C=US%']", "subject whole contains C=US"),
    ("[x509-certificate:subject LIKE 'Example']", "subject whole exact Example"),
    ("[x509-certificate:subject LIKE '%Example']", "subject whole suffix Example"),
    ("[x509-certificate:subject MATCHES '^CN=It\\'s \\\\(x\\\\).*$']", "subject common_name prefix It's (x)"),
    ("[x509-certificate:serial_number MATCHES '(?i)^0*c0ffee$']", "serial c0ffee"),
    (
        "[x509-certificate:validity_not_before >= t'2029-01-01T00:00:00Z' AND x509-certificate:serial_number='c0']",
        "not_before >= 2029-01-01T00:00:00Z & serial c0",
    ),
    (
        "[x509-certificate:signature_algorithm = 'sha256WithRSAEncryption' AND x509-certificate:serial_number='c0']",
        "algorithm 1.2.840.113549.1.1.11 & serial c0",
    ),
    ("[x509-certificate:subject_public_key_modulus = '00:c0:ff']", "modulus c0ff"),
    ("[x509-certificate:is_self_signed = true AND x509-certificate:serial_number = 'c0']", "serial c0 ! context-lost"),
    (
        "[x509-certificate:serial_number = 'c0'] START t'2020-01-01T00:00:00Z' STOP t'2021-01-01T00:00:00Z'",
        "serial c0 ! context-lost",
    ),
    ("[file:name = 'a.exe'] AND [x509-certificate:serial_number = 'c0']", "serial c0 ! context-lost"),
    ("[file:name = 'a.exe'] OR [x509-certificate:serial_number = 'c0']", "serial c0 ! branch-lost"),
    ("[x509-certificate:serial_number = 'a0' OR x509-certificate:issuer != 'X']", "serial a0 ! branch-lost"),
    ("[file:name = 'a.exe']", "refused: nothing that names a certificate: file:name"),
    ("[x509-certificate:serial_number != 'c0']", "refused: a negated"),
    ("[x509-certificate:serial_number NOT IN ('c0')]", "refused: a negated"),
    (
        "[x509-certificate:subject LIKE 'a_b']",
        "refused: nothing that names a certificate: x509-certificate:subject LIKE",
    ),
    ("[x509-certificate:subject MATCHES 'a[bc]']", "refused: nothing that names a certificate"),
    (
        "[x509-certificate:serial_number = 'c0'] AND [x509-certificate:serial_number = 'c1']",
        "refused: two certificates",
    ),
    (
        "[x509-certificate:serial_number = 'c0'] FOLLOWEDBY [x509-certificate:serial_number = 'c1']",
        "refused: two certificates",
    ),
    ("[x509-certificate:serial_number = 'xyz']", "malformed: character 2 of the pattern: 'x' is no hex digit"),
    ("[x509-certificate:hashes.'SHA-1' = '11']", "malformed: character 2 of the pattern: 2 hex digits"),
    ("[x509-certificate:serial_number = 'c0'", "malformed: the pattern ends"),
    ("[x509-certificate:serial_number = 'c0' AND]", "malformed: character 43"),
    ("x509-certificate:serial_number = 'c0'", "malformed: character 1 of the pattern: a comparison outside"),
    ("[x509-certificate:serial_number = 'c0]", "malformed: character 35"),
    ("[]", "malformed: character 2"),
    ("", "malformed: the pattern ends"),
    ("[x509-certificate:serial_number]", "malformed: character 32"),
];

#[test]
fn every_form() {
    for (pattern, expected) in CASES {
        let told = match read_pattern(pattern) {
            Ok(read) => told(&read),
            Err(Unread::Malformed(problem)) => format!("malformed: {problem}"),
            Err(Unread::NotMatched(reason)) => format!("refused: {reason}"),
        };
        let is_unread = expected.starts_with("malformed") || expected.starts_with("refused");
        assert!(
            if is_unread { told.starts_with(expected) } else { told == *expected },
            "{pattern}\n{told}\n{expected}"
        );
    }
}

#[test]
fn alternatives_have_an_end() {
    let either = "(x509-certificate:serial_number = 'a0' OR x509-certificate:serial_number = 'b0')";
    let pattern = format!("[{}]", vec![either; 64].join(" AND "));
    assert!(matches!(read_pattern(&pattern), Err(Unread::NotMatched(_))));
    assert!(matches!(read_pattern(&"(".repeat(100_000)), Err(Unread::Malformed(_))));
    // What is said of every alternative is said in each.
    let any = vec!["x509-certificate:serial_number = 'a0'"; 1_000].join(" OR ");
    let pattern = format!("[({any}){}]", " AND x509-certificate:is_self_signed = true".repeat(200));
    assert!(matches!(read_pattern(&pattern), Err(Unread::NotMatched(_))));
}

#[test]
fn long_patterns_are_read() {
    let serials = |count: usize| (0..count).map(|number| format!("x509-certificate:serial_number = '{number:020x}'"));
    let any = format!("[{}]", serials(5_000).collect::<Vec<_>>().join(" OR "));
    assert_eq!(read_pattern(&any).unwrap().alternatives.len(), 5_000);
    let all = format!("[{}]", serials(50_000).collect::<Vec<_>>().join(" AND "));
    assert_eq!(read_pattern(&all).unwrap().alternatives[0].len(), 50_000);
    // Each value's note is its own alternative's.
    let misplaced = vec![format!("'{}'", "11".repeat(32)); 50_000].join(",");
    let read = read_pattern(&format!("[x509-certificate:hashes.'SHA-1' IN ({misplaced})]")).unwrap();
    assert_eq!((read.alternatives.len(), read.notes.len()), (50_000, 50_000));
}

fn told(read: &Pattern) -> String {
    let alternatives: Vec<String> = read
        .alternatives
        .iter()
        .map(|conditions| conditions.iter().map(condition).collect::<Vec<_>>().join(" & "))
        .collect();
    let notes: Vec<&str> = read.notes.iter().map(|note| note.cause.as_str()).collect();
    let notes = if notes.is_empty() { String::new() } else { format!(" ! {}", notes.join(" ")) };
    format!("{}{notes}", alternatives.join(" | "))
}

fn condition(condition: &Condition) -> String {
    match condition {
        Condition::Serial(serial) => format!("serial {serial}"),
        Condition::Hash(of, value) => format!("{} {value}", of.field(value)),
        Condition::Subject(test) => format!("subject {} {} {}", test.field.name(), test.mode.as_str(), test.value),
        Condition::Issuer(test) => format!("issuer {} {} {}", test.field.name(), test.mode.as_str(), test.value),
        Condition::NotBefore(test) => format!("not_before {} {}", test.order.as_str(), test.time),
        Condition::SignatureAlgorithm(oid) => format!("algorithm {oid}"),
        Condition::RsaModulus(modulus) => format!("modulus {}", hex::encode(modulus)),
        other => format!("{other:?}"),
    }
}

proptest! {
    #[test]
    fn takes_anything(text in "[\\[\\]()='!<> AND OR NOT IN LIKE x509-certificate:serial_number\\\\,%.t^0-9é]{0,120}") {
        let _ = read_pattern(&text);
    }

    #[test]
    fn takes_damaged_patterns(case in 0..CASES.len(), at in 0_usize..200, with in "[\\[\\]()'= a]{0,2}") {
        let mut pattern: Vec<char> = CASES[case].0.chars().collect();
        let at = at.min(pattern.len());
        pattern.splice(at..at.saturating_add(1).min(pattern.len()), with.chars());
        let _ = read_pattern(&pattern.into_iter().collect::<String>());
    }
}
