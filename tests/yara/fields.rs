//! Rules that test the fields of signatures.

use crate::told::{alternatives, import, notes, only, scope};

/// A rule with this condition.
fn rule(condition: &str) -> String {
    format!("import \"pe\"\nrule r {{ condition: {condition} }}")
}

const S: &str = "for any s in pe.signatures : ";

#[test]
fn tests_of_certificates_are_read_exactly() {
    let cases: &[(&str, &str)] = &[
        // Levels 1 and 2: loops over elements and numbers, one test or several.
        (
            r#"for any s in pe.signatures : (s.issuer contains "A CA 1" and s.serial == "00:c0:ff:ee:01:02:03:04:05")"#,
            r#"issuer any contains "A CA 1" & serial 00c0ffee0102030405"#,
        ),
        (
            r#"for any i in (0..pe.number_of_signatures) : (pe.signatures[i].subject contains "A")"#,
            r#"subject any contains "A""#,
        ),
        (
            r#"for any i in (0..pe.number_of_signatures - 1) : (pe.signatures[i].subject contains "A")"#,
            r#"subject any contains "A""#,
        ),
        (
            r#"for 1 i in (0..pe.number_of_signatures) : (pe.signatures[i].subject contains "A")"#,
            r#"subject any contains "A""#,
        ),
        // Level 3: dates, operands on either side.
        (
            r#"for any s in pe.signatures : ("A" == s.subject and 10 <= s.not_after and s.not_before < 20)"#,
            r#"subject one_line exact "A" & not_after >= 1970-01-01T00:00:10Z & not_before < 1970-01-01T00:00:20Z"#,
        ),
        (
            r#"for any s in pe.signatures : (s.serial == "0102030405060708" and 10 <= s.not_after and 20 > s.not_before)"#,
            r#"serial 0102030405060708 & not_before < 1970-01-01T00:00:20Z"#,
        ),
        (
            r#"for any s in pe.signatures : (s.serial == "01" and s.not_after > 10 and s.subject contains "A")"#,
            r#"serial 01 & not_after > 1970-01-01T00:00:10Z & subject any contains "A""#,
        ),
        // Level 4: or, in parentheses and without; `and` binds tighter.
        (
            r#"for any s in pe.signatures : (s.subject contains "A" and (s.serial == "01" or s.serial == "02"))"#,
            r#"subject any contains "A" & serial 01 | subject any contains "A" & serial 02"#,
        ),
        (
            r#"for any s in pe.signatures : (s.subject contains "A" or s.subject contains "B" and s.issuer contains "C")"#,
            r#"subject any contains "A" | subject any contains "B" & issuer any contains "C""#,
        ),
        (
            r#"for any s in pe.signatures : ((s.subject contains "A" or s.subject contains "B") and (s.issuer contains "C" or s.issuer contains "D"))"#,
            r#"subject any contains "A" & issuer any contains "C" | subject any contains "A" & issuer any contains "D" | subject any contains "B" & issuer any contains "C" | subject any contains "B" & issuer any contains "D""#,
        ),
        (
            r#"for any s in pe.signatures : (s.subject contains "A") or for any s in pe.signatures : (s.subject contains "B")"#,
            r#"subject any contains "A" | subject any contains "B""#,
        ),
        (r#"for any s in pe.signatures : (not not s.subject contains "A")"#, r#"subject any contains "A""#),
        // Level 5.
        (
            r#"for any s in pe.signatures : (s.thumbprint == "1111111111111111111111111111111111111111")"#,
            "sha1 1111111111111111111111111111111111111111",
        ),
        (
            r#"for any s in pe.signatures : (s.subject contains "A" and s.algorithm == "sha1WithRSAEncryption" and s.algorithm_oid == "1.2.3")"#,
            r#"subject any contains "A" & algorithm 1.2.840.113549.1.1.5 & algorithm 1.2.3"#,
        ),
        (
            r#"for any s in pe.signatures : (s.subject contains "A" and s.algorithm == "ecdsa-with-SHA256")"#,
            r#"subject any contains "A" & algorithm 1.2.840.10045.4.3.2"#,
        ),
        // Every operator on names.
        (r#"for any s in pe.signatures : (s.subject icontains "a")"#, r#"subject any icontains "a""#),
        (r#"for any s in pe.signatures : (s.subject startswith "/C=US")"#, r#"subject one_line prefix "/C=US""#),
        (r#"for any s in pe.signatures : (s.subject istartswith "/c=US")"#, r#"subject one_line iprefix "/c=US""#),
        (r#"for any s in pe.signatures : (s.subject endswith "A")"#, r#"subject one_line suffix "A""#),
        (r#"for any s in pe.signatures : (s.issuer iendswith "A")"#, r#"issuer one_line isuffix "A""#),
        (r#"for any s in pe.signatures : (s.subject iequals "/CN=A")"#, r#"subject one_line iexact "/CN=A""#),
        (r#"for any s in pe.signatures : (s.subject contains "O=A")"#, r#"subject one_line contains "O=A""#),
        (r#"for any s in pe.signatures : (s.subject contains "A/")"#, r#"subject one_line contains "A/""#),
        (
            r#"for any s in pe.signatures : (s.subject contains "Monitoring A/S")"#,
            r#"subject any contains "Monitoring A/S""#,
        ),
        (
            r#"for any s in pe.signatures : (s.subject matches /Example, Inc\./i)"#,
            r#"subject any icontains "Example, Inc.""#,
        ),
        (
            r#"for any s in pe.signatures : (s.subject matches /CN=Example$/)"#,
            r#"subject one_line suffix "CN=Example""#,
        ),
        (r#"for any s in pe.signatures : (s.signer_info.program_name == "Setup")"#, r#"program any exact "Setup""#),
        // One attribute, wherever it stands.
        (
            r#"for any s in pe.signatures : (s.subject contains "/O=A/" or s.subject endswith "/O=A")"#,
            r#"subject organization exact "A""#,
        ),
        (
            r#"for any s in pe.signatures : (s.serial == "01" and (s.subject endswith "/CN=A" or s.subject contains "/CN=A/"))"#,
            r#"serial 01 & subject common_name exact "A""#,
        ),
        (
            r#"for any s in pe.signatures : (s.issuer icontains "/emailAddress=a@b.c/" or s.issuer iendswith "/emailAddress=a@b.c")"#,
            r#"issuer email_address iexact "a@b.c""#,
        ),
        (
            r#"for any s in pe.signatures : (s.subject contains "/O=A/" or s.subject endswith "/O=B")"#,
            r#"subject one_line contains "/O=A/" | subject one_line suffix "/O=B""#,
        ),
        // Spellings of one thing are one thing.
        (
            r#"for any s in pe.signatures : (s.serial == "b5:01:02:03:04:05:06:07" or s.serial == "00:b5:01:02:03:04:05:06:07")"#,
            "serial 00b501020304050607",
        ),
        (
            r#"for any s in pe.signatures : (s.serial == "00:b5:01:02:03:04:05:06:07" and s.subject contains "A" or s.serial == "B5:01:02:03:04:05:06:07" and s.subject contains "A")"#,
            r#"serial 00b501020304050607 & subject any contains "A""#,
        ),
        (r#"for any s in pe.signatures : (s.serial == "f69" or s.serial == "0f69")"#, "serial 0f69"),
        (
            r#"for any s in pe.signatures : (s.subject contains "A" or s.subject contains "A")"#,
            r#"subject any contains "A""#,
        ),
        (
            r#"for any s in pe.signatures : (s.subject contains "A" and s.subject contains "A")"#,
            r#"subject any contains "A""#,
        ),
        (
            r#"for any s in pe.signatures : (s.subject contains "\xd0\x9e\"\\" or s.subject contains "\\xD0\\x9E\"\\")"#,
            r#"subject any contains "О\"\\""#,
        ),
        // What always holds says nothing.
        (
            r#"for any s in pe.signatures : (s.subject contains "" and s.issuer contains "A")"#,
            r#"issuer any contains "A""#,
        ),
        (r#"for any s in pe.signatures : (defined s.subject and s.issuer contains "A")"#, r#"issuer any contains "A""#),
        (r#"true and for any s in pe.signatures : (s.issuer contains "A") or false"#, r#"issuer any contains "A""#),
        // Variables.
        (
            r#"with s = pe.signatures[0] : (s.subject contains "A" and s.serial == "01")"#,
            r#"subject any contains "A" & serial 01"#,
        ),
        (
            r#"any of (for any s in pe.signatures : (s.subject contains "A"), for any s in pe.signatures : (s.subject contains "B"))"#,
            r#"subject any contains "A" | subject any contains "B""#,
        ),
    ];
    for (condition, expected) in cases {
        let indicator = only(&rule(condition));
        assert_eq!(alternatives(&indicator), *expected, "{condition}");
        if !condition.contains("[0]") && !condition.contains("\\x") {
            assert_eq!(notes(&indicator), [""; 0], "{condition}");
        }
    }
}

#[test]
fn guards_are_no_loss() {
    let guards = [
        "uint16(0) == 0x5A4D",
        "0x5a4d == uint16(0)",
        "uint16be(0) == 0x4D5A",
        "(uint16(0) == 0x5a4d or uint32(0) == 3759263696)",
        "uint32(uint32(0x3C)) == 0x00004550",
        "int16(uint32(0x3C) + 0x18) == 0x20B",
        "filesize < 2MB",
        "filesize > 10KB and filesize <= 5 * 1024 * 1024",
        "pe.is_pe",
        "pe.number_of_signatures > 0",
        "0 < pe.number_of_signatures",
        "pe.number_of_signatures >= 1",
        "$mz at 0",
        "is_program",
    ];
    for guard in guards {
        for (before, after) in [(guard, ""), ("", guard)] {
            let and = |side: &str| if side.is_empty() { String::new() } else { "and".to_owned() };
            let condition = format!(
                "{before} {} {S} (s.serial == \"01\" and s.subject contains \"A\") {} {after}",
                and(before),
                and(after)
            );
            let text = format!(
                "private rule is_program {{ condition: uint16(0) == 0x5A4D }}\nrule r {{ strings: $mz = \"MZ\" condition: {condition} }}"
            );
            let indicator = only(&text);
            assert_eq!(alternatives(&indicator), r#"serial 01 & subject any contains "A""#, "{guard}");
            assert_eq!(notes(&indicator), [""; 0], "{guard}");
        }
    }
}

#[test]
fn what_is_lost_is_told() {
    let cases: &[(&str, &str, &[&str])] = &[
        // Level 7.
        (
            r#"for any s in pe.signatures : (s.subject contains "A") and pe.timestamp > 1000"#,
            r#"subject any contains "A""#,
            &["context-lost: pe.timestamp > 1000"],
        ),
        (
            r#"for any s in pe.signatures : (s.subject contains "A") and not $a1"#,
            r#"subject any contains "A""#,
            &["context-lost: not $a1"],
        ),
        (
            r#"for any s in pe.signatures : (s.subject contains "A") and ($a1 or 2 of ($a*))"#,
            r#"subject any contains "A""#,
            &["context-lost: ($a1 or 2 of ($a*))"],
        ),
        (
            r#"pe.is_signed and for any s in pe.signatures : (s.subject contains "A" and s.verified)"#,
            r#"subject any contains "A""#,
            &["context-lost: pe.is_signed", "context-lost: s.verified"],
        ),
        (
            r#"for any s in pe.signatures : (s.subject contains "A" and s.valid_on(pe.timestamp) and not s.verified)"#,
            r#"subject any contains "A""#,
            &["context-lost: s.valid_on(pe.timestamp)", "context-lost: not s.verified"],
        ),
        (
            r#"for any s in pe.signatures : (s.subject contains "A" and s.serial startswith "00:")"#,
            r#"subject any contains "A""#,
            &["context-lost: s.serial startswith \"00:\""],
        ),
        (
            r#"for any s in pe.signatures : (s.subject contains "A" and s.subject matches /A.*B/)"#,
            r#"subject any contains "A""#,
            &["context-lost: s.subject matches /A.*B/"],
        ),
        (
            r#"for all s in pe.signatures : (s.subject contains "A")"#,
            r#"subject any contains "A""#,
            &["context-lost: for all s in pe.signatures : ("],
        ),
        (
            r#"for any i in (1..pe.number_of_signatures) : (pe.signatures[i].subject contains "A")"#,
            r#"subject any contains "A""#,
            &["context-lost: for any i in (1..pe.number_of_signatures) : ("],
        ),
        (
            r#"pe.signatures[0].subject contains "A" and pe.signatures[0].serial == "01""#,
            r#"subject any contains "A" & serial 01"#,
            &["context-lost: pe.signatures[0].subject", "context-lost: pe.signatures[0].serial"],
        ),
        // A condition that one spelling asks and the other does not is asked no more.
        (
            r#"for any s in pe.signatures : (s.subject contains "A") or (pe.timestamp > 1 and for any s in pe.signatures : (s.subject contains "A"))"#,
            r#"subject any contains "A""#,
            &[],
        ),
        // Level 8.
        (
            r#"pe.imphash() == "00" and $a1 or for any s in pe.signatures : (s.subject contains "A")"#,
            r#"subject any contains "A""#,
            &["branch-lost: it has no test of a certificate: pe.imphash() == \"00\""],
        ),
        (
            r#"for any s in pe.signatures : (s.subject contains "A" or s.subject contains "B" and not s.issuer contains "C")"#,
            r#"subject any contains "A""#,
            &["branch-lost: it denies an identity: not s.issuer contains \"C\""],
        ),
        (
            r#"for any s in pe.signatures : (s.subject contains "A" or s.verified)"#,
            r#"subject any contains "A""#,
            &["branch-lost: it has no test of a certificate: s.verified"],
        ),
        // Several certificates.
        (
            r#"for any s in pe.signatures : (s.subject contains "A") and for any s in pe.signatures : (s.issuer contains "B")"#,
            r#"subject any contains "A" & issuer any contains "B""#,
            &[
                "certificates-mixed: tests of several certificates, or of signer and chain, now asked of one certificate",
            ],
        ),
        // Spellings.
        (
            r#"for any s in pe.signatures : (s.subject contains "\\xD0\\x9E\\xD0\\x9E\\xD0\\x9E")"#,
            r#"subject any contains "ООО""#,
            &[r"openssl-escaped-text: \xD0\x9E\xD0\x9E\xD0\x9E"],
        ),
        (
            r#"for any s in pe.signatures : (s.subject contains "ООО")"#,
            r#"subject any contains "ООО""#,
            &["raw-utf8-text: ООО"],
        ),
        (
            r#"for any s in pe.signatures : (s.thumbprint == "AA:11:11:11:11:11:11:11:11:11:11:11:11:11:11:11:11:11:11:11")"#,
            "sha1 aa11111111111111111111111111111111111111",
            &["thumbprint-spelling: AA:11:11:11:11:11:11:11:11:11:11:11:11:11:11:11:11:11:11:11"],
        ),
        (
            r#"for any s in pe.signatures : (s.thumbprint == "1111111111111111111111111111111111111111111111111111111111111111")"#,
            "sha256 1111111111111111111111111111111111111111111111111111111111111111",
            &["misplaced-hash: 1111111111111111111111111111111111111111111111111111111111111111"],
        ),
    ];
    for (condition, expected, lost) in cases {
        let text = format!("rule r {{ strings: $a1 = \"x\" $a2 = \"y\" $a3 = \"z\" condition: {condition} }}");
        let indicator = only(&text);
        assert_eq!(alternatives(&indicator), *expected, "{condition}");
        assert_eq!(notes(&indicator), *lost, "{condition}");
    }
    let long = format!("{S}(s.subject contains \"{}\")", "A".repeat(256));
    assert!(notes(&only(&rule(&long)))[0].starts_with("overlong-text: AAA"));
}

#[test]
fn the_scope_is_where_the_certificates_lie() {
    let cases = [
        ("for any s in pe.signatures : (s.serial == \"01\")", "signers"),
        ("for any s in pe.signatures : (for any c in s.certificates : (c.serial == \"01\"))", "any"),
        (
            "for any i in (0..pe.number_of_signatures) : (for any j in (0..pe.signatures[i].number_of_certificates) : (pe.signatures[i].certificates[j].serial == \"01\"))",
            "any",
        ),
        (
            "for any s in pe.signatures : (for any c in s.signer_info.chain : (c.serial == \"01\"))",
            "signer chain named_only store carved",
        ),
        (
            "for any s in pe.signatures : (for any t in s.countersignatures : (for any c in t.chain : (c.serial == \"01\")))",
            "timestamp_signer timestamp_chain",
        ),
    ];
    for (condition, expected) in cases {
        let indicator = only(&rule(condition));
        assert_eq!(
            (alternatives(&indicator).as_str(), scope(&indicator).as_str()),
            ("serial 01", expected),
            "{condition}"
        );
        assert_eq!(notes(&indicator), [""; 0], "{condition}");
    }
    let sample = "import \"pe\"\n// generated\nrule cert_callTogether_certificate\n{\n meta:\n  indicator = \"callTogether_certificate\"\n condition:\n  \
        for any s in pe.signatures : (\n for any c in s.certificates : (\n c.serial == \"45:21:56:c3:b3:fb:01:76:36:5b:db:5b:77:15:bc:4c\" and \
        c.subject contains \"CallTogether, Inc.\"\n)\n)\n}";
    let indicator = only(sample);
    assert_eq!(
        alternatives(&indicator),
        r#"serial 452156c3b3fb0176365bdb5b7715bc4c & subject any contains "CallTogether, Inc.""#
    );
    assert_eq!((indicator.metadata.id.as_ref(), scope(&indicator).as_str()), ("callTogether_certificate", "any"));
}

#[test]
fn what_is_no_indicator_is_refused_with_the_reason() {
    let cases = [
        (
            "for any s in pe.signatures : (not s.subject contains \"A\")",
            "it denies an identity: not s.subject contains \"A\"",
        ),
        ("for any s in pe.signatures : (s.subject != \"A\")", "it denies an identity: s.subject != \"A\""),
        (
            "for any s in pe.signatures : (s.issuer contains \"A\" and not s.subject contains \"A\")",
            "it denies an identity: not s.subject contains \"A\"",
        ),
        (
            "not for any s in pe.signatures : (s.subject contains \"A\")",
            "it denies an identity: not for any s in pe.signatures : (s.subject contains \"A\")",
        ),
        (
            "for none s in pe.signatures : (s.subject contains \"A\")",
            "it denies an identity: for none s in pe.signatures : (s.subject contains \"A\")",
        ),
        (
            "for any s in pe.signatures : (s.not_after < 1000 and s.algorithm == \"md5WithRSAEncryption\")",
            "it tests the state of a certificate, not which one it is",
        ),
        ("for any s in pe.signatures : (not s.verified)", "it has no test of a certificate"),
        ("pe.number_of_signatures == 0", "it has no test of a certificate"),
        ("pe.imphash() == \"0\" or $a", "it has no test of a certificate"),
        ("other_rule and filesize < 10", "it has no test of a certificate"),
        (
            "for any s in pe.signatures : (s.serial == \"01\" and s.serial == \"02\")",
            "it asks one certificate for two serial numbers or fingerprints",
        ),
        ("for any s in pe.signatures : (s.serial matches /^00/)", "it has no test of a certificate"),
    ];
    for (condition, reason) in cases {
        let import = import(&format!("\n\nrule r {{ strings: $a = \"x\" condition: {condition} }}"));
        assert!(import.indicators.is_empty() && import.errors.is_empty(), "{condition}: {import:?}");
        assert_eq!(import.refused[0].to_string(), format!("f.yar:3: the rule r is not taken: {reason}"), "{condition}");
    }
    let guard = import("rule r { condition: uint16(0) == 0x5A4D }");
    assert_eq!(guard.refused[0].to_string(), "f.yar:1: the rule r has no test of a certificate");
    let include = import("include \"other.yar\"\nrule r { condition: pe.is_pe }");
    assert_eq!(include.refused[0].to_string(), "f.yar:1: \"other.yar\" is not included: other files are not read");
}

#[test]
fn a_value_that_is_none_is_an_error_with_its_place_and_the_rest_of_the_rule_stays() {
    let text = "rule r { condition:\n  for any s in pe.signatures : (s.serial == \"0x\" or s.subject contains \"A\") }";
    let import = import(text);
    assert_eq!(import.errors[0].to_string(), "f.yar:2:45: the rule r: serial: an empty serial number");
    assert_eq!(alternatives(&import.indicators[0]), r#"subject any contains "A""#);
    assert_eq!(notes(&import.indicators[0]), ["branch-lost: it compares with a value that is none"]);
    let alone = crate::told::import("rule r { condition: for any s in pe.signatures : (s.thumbprint == \"00\") }");
    assert_eq!((alone.indicators.len(), alone.refused.len()), (0, 0));
    assert!(
        alone.errors[0].to_string().starts_with("f.yar:1:67: the rule r: thumbprint: 2 hex digits"),
        "{:?}",
        alone.errors
    );
}

#[test]
fn everything_around_the_condition() {
    let text = "/* rule no { condition: true } */ import \"pe\" // x\nimport \"math\"\n\nprivate global rule r : tag_1 tag_2\n{ // c\n meta: /* c */ \
        author = \"Au\\\"thor\" date = \"2024-01-02\" description = \"De\\nscription\" reference = \"https://a.example\" reference = \"https://b.example\" \
        malware_family = \"Loader\" category = \"cert\" license = \"MIT\" source = \"Feed\" severity = \"high\" score = -75 active = true weight = 1.5 \
        thumbprint = \"1111111111111111111111111111111111111111\" hash1 = \"22\" attack = \"T1553.002, T1588.003 x\"\n strings: $a = /x\\/y/i private\n \
        condition: /* c */ for any s in pe.signatures : ( // c\n s.subject contains /* c */ \"A // not a comment\" ) }";
    let indicator = only(text);
    let metadata = &indicator.metadata;
    assert_eq!(alternatives(&indicator), r#"subject any contains "A // not a comment""#);
    let texts = [
        (&metadata.name, "r"),
        (&metadata.author, "Au\"thor"),
        (&metadata.date, "2024-01-02"),
        (&metadata.description, "De\nscription; thumbprint 1111111111111111111111111111111111111111; hash1 22"),
        (&metadata.reference, "https://a.example https://b.example"),
        (&metadata.family, "Loader"),
        (&metadata.category, "cert"),
        (&metadata.license, "MIT"),
        (&metadata.source, "Feed"),
    ];
    for (text, expected) in texts {
        assert_eq!(text.as_deref(), Some(expected));
    }
    assert_eq!(metadata.severity, Some(certsift::Severity::High));
    assert_eq!(metadata.attack.as_ref(), ["T1553.002", "T1588.003"]);
    assert_eq!(metadata.id, "r");
    assert_eq!(import(text).lines, [4]);
    let certificate = "rule r { meta: malware = \"Unknown\" malware_type = \"Loader\" cert_thumbprint = \"AA\" cert_valid_from = \"2023-12-21\" \
        valid_to = \"2024-12-21T01:02:03Z\" abused_from = \"soon\" email = \"???\" Description = \"Same\" description = \"same\" \
        condition: for any sig in pe.signatures : (sig.serial == \"01\") }";
    let metadata = only(certificate).metadata;
    assert_eq!((metadata.family, metadata.category.as_deref()), (None, Some("Loader")));
    assert_eq!(metadata.description.as_deref(), Some("Same; cert_thumbprint AA"));
    let times =
        [metadata.valid_from, metadata.valid_to, metadata.abused_from].map(|time| time.map(|time| time.to_string()));
    assert_eq!(times, [Some("2023-12-21T00:00:00Z".to_owned()), Some("2024-12-21T01:02:03Z".to_owned()), None]);
    let plain = only(&rule("for any s in pe.signatures : (s.serial == \"01\")"));
    assert!(plain.metadata.attack.is_empty() && plain.metadata.description.is_none());
}
