//! Rules that look for the octets of a certificate anywhere in a file.

use crate::told::{alternatives, import, notes, only, scope};

const MIXED: &str = "certificates-mixed: octets anywhere in the file, now asked of one certificate";

fn rule(name: &str, strings: &str, condition: &str) -> String {
    format!("rule {name} {{ strings: {strings} condition: {condition} }}")
}

#[test]
fn the_seed_rule_in_every_spelling() {
    let expected = r#"serial 452156c3b3fb0176365bdb5b7715bc4c & subject any contains "CallTogether, Inc.""#;
    let serials = [
        "{ 45 21 56 C3 B3 FB 01 76 36 5B DB 5B 77 15 BC 4C }",
        "{452156C3B3FB0176365BDB5B7715BC4C}",
        "{ 45 21 56 C3 /* b3 */ B3 FB 01 76\n 36 5B DB 5B // x\n 77 15 BC 4C }",
        "{ 02 10 45 21 56 C3 B3 FB 01 76 36 5B DB 5B 77 15 BC 4C }",
        "\"\\x45\\x21\\x56\\xC3\\xB3\\xFB\\x01\\x76\\x36\\x5B\\xDB\\x5B\\x77\\x15\\xBC\\x4C\"",
    ];
    for serial in serials {
        for condition in [
            "$serial and $o",
            "all of them",
            "2 of them",
            "#serial > 0 and #o >= 1",
            "for all of ($serial, $o) : ( $ )",
            "100% of them",
            "uint16(0) == 0x5A4D and filesize < 1MB and all of ($*)",
        ] {
            let text =
                rule("callTogether_certificate", &format!("$serial = {serial} $o = \"CallTogether, Inc.\""), condition);
            let indicator = only(&text);
            assert_eq!(alternatives(&indicator), expected, "{serial} {condition}");
            assert_eq!(notes(&indicator), [MIXED], "{serial} {condition}");
            assert_eq!(
                (indicator.metadata.id.as_ref(), scope(&indicator).as_str()),
                ("callTogether_certificate", "any")
            );
        }
    }
}

#[test]
fn every_idiom_of_published_rules() {
    let serial = "$s = { 0D BF 15 2D EA F0 B9 81 A8 A9 38 D5 3F 76 9D B8 }";
    let read = "serial 0dbf152deaf0b981a8a938d53f769db8";
    let with = |text: &str| format!("{read} & {text}");
    let cases: &[(&str, &str, String)] = &[
        // Serials: sixteen, twelve and eight octets, with and without the sign, in DER.
        ("x_cert", "$s = { 00 85 38 A6 C5 01 8F 50 FC }", "serial 008538a6c5018f50fc".to_owned()),
        ("x_cert", "$s = { BD 7B 85 01 02 03 04 05 06 07 08 09 }", "serial bd7b85010203040506070809".to_owned()),
        ("x", "$serial = { 50 FC 12 }", "serial 50fc12".to_owned()),
        ("x", "$s = { 02 11 00 BD 7B 85 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D }", "serial 00bd7b850102030405060708090a0b0c0d".to_owned()),
        ("x", "$s = { A0 03 02 01 02 02 09 00 85 38 A6 C5 01 8F 50 FC 30 0D 06 09 2A }", "serial 008538a6c5018f50fc".to_owned()),
        // Text and the tag of what follows, its length before it.
        ("x", &format!("{serial} $o = \"3CX Ltd1\""), with(r#"subject any contains "3CX Ltd""#)),
        ("x", &format!("{serial} $o = \"XL Games Co.,Ltd.0\" fullword"), with(r#"subject any contains "XL Games Co.,Ltd.""#)),
        ("x", &format!("{serial} $o = \"$Asahi Kasei Microdevices Corporation0\""), with(r#"subject any exact "Asahi Kasei Microdevices Corporation""#)),
        ("x", &format!("{serial} $o = \"\\x13\\x12CallTogether, Inc.\""), with(r#"subject any exact "CallTogether, Inc.""#)),
        ("x", &format!("{serial} $o = \"Studio 51 GmbH\" nocase wide ascii"), with(r#"subject any icontains "Studio 51 GmbH""#)),
        ("x", &format!("{serial} $o = \"Area 51 GmbH Area 51\" "), with(r#"subject any contains "Area 51 GmbH Area 51""#)),
        // Names as hex: UTF-8, UTF-16 with and without its first octet.
        ("x", &format!("{serial} $o = {{ E5 A4 A7 E8 BF 9E }}"), with(r#"subject any contains "大连""#)),
        ("x", &format!("{serial} $o = {{ 51 00 69 00 20 00 4C 00 74 00 64 }}"), with(r#"subject any contains "Qi Ltd""#)),
        ("x_signed", &format!("{serial} $o = {{ 00 51 00 69 00 58 }}"), with(r#"subject any contains "QiX""#)),
        ("x", &format!("{serial} $o = {{ 43 61 6C 6C 54 6F 67 65 74 68 65 72 2C 20 49 6E 63 2E }}"), with(r#"subject any contains "CallTogether, Inc.""#)),
        // Attributes, with a gap for tag and length: a beginning. With the length: the whole.
        ("x", "$subject_name = { 06 03 55 04 03 [2] 46 45 49 20 58 49 41 4F }", r#"subject common_name prefix "FEI XIAO""#.to_owned()),
        ("x", "$subject_name = { 06 03 55 04 0A [2] 46 45 49 }", r#"subject organization prefix "FEI""#.to_owned()),
        ("x", "$subject_name = { 06 03 55 04 03 ?? ?? 46 45 49 }", r#"subject common_name prefix "FEI""#.to_owned()),
        ("x", "$subject_name = { 06 03 55 04 03 (0C | 13) [1] 46 45 49 }", r#"subject common_name prefix "FEI""#.to_owned()),
        ("x", "$subject_name = { 30 [1] 06 03 55 04 03 0C 03 46 45 49 31 }", r#"subject common_name exact "FEI""#.to_owned()),
        ("x", "$subject_name = { 06 03 55 04 03 1E 04 59 27 8F DE }", r#"subject common_name exact "大连""#.to_owned()),
        ("x", "$issuer_name = { 06 03 55 04 03 [2] 46 45 49 }", r#"issuer common_name prefix "FEI""#.to_owned()),
        ("x", "$s = { 06 03 55 04 0B 0C 03 46 45 49 31 0E 30 0C 06 03 55 04 05 13 03 31 32 33 }", r#"subject organizational_unit exact "FEI" & subject serial_number exact "123""#.to_owned()),
        ("x", "$s = { 06 09 2A 86 48 86 F7 0D 01 09 01 16 05 61 40 62 2E 63 }", r#"subject email_address exact "a@b.c""#.to_owned()),
        ("x", "$s = { 06 03 55 04 07 [2] 52 69 67 61 }", r#"subject any prefix "Riga""#.to_owned()),
        // Validity.
        ("kingslayer", "$v = { 31 33 31 31 30 34 31 39 33 39 31 39 5A 17 0D 31 35 31 31 30 34 31 39 33 39 31 39 5A } $o = \"Example Ltd\"",
         r#"not_before == 2013-11-04T19:39:19Z & not_after == 2015-11-04T19:39:19Z & subject any contains "Example Ltd""#.to_owned()),
        ("kingslayer", "$v = \"131104193919Z\\x17\\x0d151104193919Z\" $o = \"Example Ltd\"",
         r#"not_before == 2013-11-04T19:39:19Z & not_after == 2015-11-04T19:39:19Z & subject any contains "Example Ltd""#.to_owned()),
        ("x", &format!("{serial} $o = \"Example Ltd\" $v = \"131104193919Z\""),
         format!("{} | {}", with(r#"subject any contains "Example Ltd" & not_before == 2013-11-04T19:39:19Z"#), with(r#"subject any contains "Example Ltd" & not_after == 2013-11-04T19:39:19Z"#))),
        ("x_cert", &format!("{serial} $v = \"151104193919Z\" $w = \"131104193919Z\""), with("not_before == 2013-11-04T19:39:19Z & not_after == 2015-11-04T19:39:19Z")),
        // Registration numbers, addresses, authorities.
        ("x", &format!("{serial} $n = \"91210242MA0YGH36\""), with(r#"subject serial_number contains "91210242MA0YGH36""#)),
        ("x_cert", "$m = \"a.b@mail.example\"", r#"subject email_address contains "a.b@mail.example""#.to_owned()),
        ("x", &format!("{serial} $i = \"COMODO Code Signing CA 2\""), with(r#"issuer any contains "COMODO Code Signing CA 2""#)),
        ("x", &format!("{serial} $issuer = \"Example Ltd\""), with(r#"issuer any contains "Example Ltd""#)),
    ];
    for (name, strings, expected) in cases {
        let indicator = only(&rule(name, strings, "all of them"));
        assert_eq!(alternatives(&indicator), *expected, "{name}: {strings}");
        assert_eq!(notes(&indicator), [MIXED], "{name}: {strings}");
        assert_eq!(scope(&indicator), "any", "{name}: {strings}");
    }
}

/// Rules as they were published, with what else they ask.
#[test]
fn whole_rules_of_publishers() {
    let cases: &[(&str, &str, &[&str])] = &[
        (
            "rule SUSP_3CX_App_Signed_Binary_Mar23_1 { strings: $sa1 = \"3CX Ltd1\" $sa2 = \"3CX Desktop App\" wide \
          $sc1 = { 1B 66 11 DF 9C 9A 4D 6E CC 8E D5 0C 9B 91 78 73 } // Known compromised cert\n \
          condition: uint16(0) == 0x5a4d and pe.timestamp > 1669680000 // 29.11.2022\n and pe.timestamp < 1680108505 and all of ($sa*) and $sc1 }",
            r#"subject any contains "3CX Ltd" & serial 1b6611df9c9a4d6ecc8ed50c9b917873"#,
            &["the string $sa2", "pe.timestamp > 1669680000", "pe.timestamp < 1680108505"],
        ),
        (
            "rule SUSP_3CX_MSI_Signed_Binary_Mar23_1 { strings: $a1 = { 84 10 0C 00 00 00 00 00 C0 00 00 00 00 00 00 46 } \
          $sc1 = { 1B 66 11 DF 9C 9A 4D 6E CC 8E D5 0C 9B 91 78 73 } $s1 = \"3CX Ltd1\" $s2 = \"202303\" \
          condition: uint16(0)==0xcfd0 and $a1 and $sc1 and ($s1 in ( filesize -20000.. filesize ) and $s2 in ( filesize -20000.. filesize )) }",
            r#"serial 1b6611df9c9a4d6ecc8ed50c9b917873 & subject any contains "3CX Ltd""#,
            &[
                "the string $a1",
                "the string $s2",
                "$s1 in ( filesize -20000.. filesize )",
                "$s2 in ( filesize -20000.. filesize )",
            ],
        ),
        (
            "rule M_Hunting_MSI_Installer_3CX_1 { strings: $ss1 = { 20 00 5F 64 33 64 63 6F 6D 70 69 6C 65 72 5F 34 37 2E 64 6C 6C 5F } \
          $ss2 = { 20 00 5F 33 43 58 44 65 73 6B 74 6F 70 41 70 70 2E } $ss3 = { 20 00 5F 66 66 6D 70 65 67 2E 64 6C 6C 5F } \
          $ss4 = \"3CX Ltd1\" ascii $sc1 = { 1B 66 11 DF 9C 9A 4D 6E CC 8E D5 0C 9B 91 78 73 } $sc2 = \"202303\" ascii \
          condition: (uint32(0) == 0xE011CFD0) and filesize > 90MB and filesize < 105MB and all of them }",
            r#"subject any contains "3CX Ltd" & serial 1b6611df9c9a4d6ecc8ed50c9b917873"#,
            &["the string $ss1", "the string $ss2", "the string $ss3", "the string $sc2"],
        ),
        (
            "rule SUSP_TH_APT_UNC4736_TradingTech_Cert_Apr23_1 { strings: $s1 = { 00 85 38 A6 C5 01 8F 50 FC } /* serial number */ \
          $s2 = \"Go Daddy Secure Certificate Authority - G2\" /* CA */ $s3 = \"Trading Technologies International, Inc\" \
          condition: pe.timestamp > 1651363200 /* Sunday */ and all of them }",
            r#"serial 008538a6c5018f50fc & issuer any contains "Go Daddy Secure Certificate Authority - G2" & subject any contains "Trading Technologies International, Inc""#,
            &["pe.timestamp > 1651363200"],
        ),
        (
            "rule Winnti_signing_cert { strings: $s1 = \"Guangzhou YuanLuo Technology Co.\" ascii $s2 = \"Guangzhou YuanLuo Technology Co.,Ltd\" ascii \
          $s3 = \"$Asahi Kasei Microdevices Corporation0\" fullword ascii condition: uint16(0) == 0x5a4d and filesize < 700KB and 1 of them }",
            r#"subject any contains "Guangzhou YuanLuo Technology Co." | subject any contains "Guangzhou YuanLuo Technology Co.,Ltd" | subject any exact "Asahi Kasei Microdevices Corporation""#,
            &[],
        ),
        (
            "rule Derusbi_Code_Signing_Cert { strings: $s1 = \"Fuqing Dawu Technology Co.,Ltd.0\" fullword ascii $s3 = \"Wemade Entertainment co.,Ltd0\" fullword ascii \
          condition: uint16(0) == 0x5a4d and filesize < 800KB and 1 of them }",
            r#"subject any contains "Fuqing Dawu Technology Co.,Ltd." | subject any contains "Wemade Entertainment co.,Ltd""#,
            &[],
        ),
        (
            "rule Windows_VulnDriver_PartnerTech { meta: description = \"Subject: Partner Tech(Shanghai)Co.,Ltd\" strings: \
          $subject_name = { 06 03 55 04 03 [2] 50 61 72 74 6E 65 72 20 54 65 63 68 28 53 68 61 6E 67 68 61 69 29 43 6F 2E 2C 4C 74 64 } \
          $str1 = \"WinIo.pdb\" $str2 = \"IOCTL_WINIO_DISABLEDIRECTIO\" $original_file_name = { 4F 00 72 00 69 00 67 00 00 00 47 00 74 00 63 00 } \
          condition: int16(uint32(0x3C) + 0x5c) == 0x0001 and $subject_name and $str1 and $str2 and $original_file_name }",
            r#"subject common_name prefix "Partner Tech(Shanghai)Co.,Ltd""#,
            &["the string $str1", "the string $str2", "the string $original_file_name"],
        ),
        (
            "rule qti_certificate { strings: $cn = \"QTI International Inc\" $serial = { 2e df b9 fd cf a0 0c cb 5a b0 09 ee 3a db 97 b9 } condition: $cn and $serial }",
            r#"subject any contains "QTI International Inc" & serial 2edfb9fdcfa00ccb5ab009ee3adb97b9"#,
            &[],
        ),
        (
            "rule x_cert { strings: $cert3 = \"Qi Lijun\" wide ascii $cert1 = \"91210242MA0YGH36\" wide ascii $s = { 0D BF 15 2D EA F0 B9 81 A8 A9 38 D5 } condition: all of them }",
            r#"subject any contains "Qi Lijun" & subject serial_number contains "91210242MA0YGH36" & serial 0dbf152deaf0b981a8a938d5"#,
            &[],
        ),
    ];
    for (text, expected, lost) in cases {
        let indicator = only(text);
        assert_eq!(alternatives(&indicator), *expected, "{text}");
        let lost = lost.iter().map(|text| format!("context-lost: {text}"));
        let expected: Vec<String> = [MIXED.to_owned()].into_iter().chain(lost).collect();
        assert_eq!(notes(&indicator), expected, "{text}");
    }
}

#[test]
fn some_of_the_strings_are_alternatives() {
    let strings = "$cert1 = { 06 50 11 A5 BC BF 83 C0 93 28 16 5E 7E 85 27 75 } $cert2 = { 03 E1 E1 AA A5 BC A1 9F BA 8C 42 05 8B 4A BF 28 } \
                   $name = \"Example Ltd\"";
    let (first, second, name) = (
        "serial 065011a5bcbf83c09328165e7e852775",
        "serial 03e1e1aaa5bca19fba8c42058b4abf28",
        r#"subject any contains "Example Ltd""#,
    );
    let cases = [
        ("1 of ($cert*)", format!("{first} | {second}")),
        ("any of ($cert1, $cert2)", format!("{first} | {second}")),
        ("for any of ($cert*) : ( $ )", format!("{first} | {second}")),
        ("any of ($cert*) and $name", format!("{first} & {name} | {second} & {name}")),
        ("$name and ($cert1 or $cert2)", format!("{name} & {first} | {name} & {second}")),
        ("$cert1 or $cert2 and $name", format!("{first} | {second} & {name}")),
        ("any of them", format!("{first} | {second} | {name}")),
    ];
    for (condition, expected) in cases {
        let told = alternatives(&only(&rule("Molerats_certs", strings, condition)));
        let sorted = |text: &str| {
            let mut list: Vec<Vec<String>> =
                text.split(" | ").map(|one| one.split(" & ").map(str::to_owned).collect()).collect();
            list.iter_mut().for_each(|one| one.sort());
            list.sort();
            list
        };
        assert_eq!(sorted(&told), sorted(&expected), "{condition}");
    }
    let two = import(&rule("Molerats_certs", strings, "all of ($cert*)"));
    assert_eq!(
        two.refused[0].to_string(),
        "f.yar:1: the rule Molerats_certs is not taken: it asks one certificate for two serial numbers or fingerprints"
    );
}

#[test]
fn what_is_not_of_a_certificate_is_told_or_left() {
    let lost = "$s = { 0D BF 15 2D EA F0 B9 81 A8 A9 38 D5 3F 76 9D B8 } $c = { 84 10 0C 00 00 00 00 00 C0 00 00 00 00 00 00 46 } \
                $p = \"C:\\\\x\\\\y.pdb\" $r = /x/ $o = \"Example Ltd\" $d = \"202303\" $x = \"Example Ltd\" xor $j = { 6A [2-4] 68 }";
    let indicator = only(&rule("x", lost, "all of them and not $p"));
    assert_eq!(
        alternatives(&indicator),
        r#"serial 0dbf152deaf0b981a8a938d53f769db8 & subject any contains "Example Ltd""#
    );
    let context = |text: &str| format!("context-lost: {text}");
    let strings = ["$c", "$p", "$r", "$d", "$x", "$j"].map(|name| context(&format!("the string {name}")));
    let expected: Vec<String> = [MIXED.to_owned()].into_iter().chain(strings).chain([context("not $p")]).collect();
    assert_eq!(notes(&indicator), expected);
    let refused = [
        // A class identifier is no serial, whatever the rule is named.
        ("msi_signed", "$c = { 84 10 0C 00 00 00 00 00 C0 00 00 00 00 00 00 46 }", "$c"),
        ("ole_cert", "$c = { D0 CF 11 E0 A1 B1 1A E1 }", "$c"),
        // Octets without a second signal.
        ("shellcode", "$c = { 0D BF 15 2D EA F0 B9 81 A8 A9 38 D5 3F 76 9D B8 }", "$c"),
        ("shellcode", "$c = { 0D BF 15 2D EA F0 B9 81 A8 A9 38 D5 3F 76 9D B8 } $t = \"VirtualAlloc\"", "all of them"),
        ("shellcode", "$c = { 0D BF [1] 2D EA F0 B9 81 A8 A9 38 D5 3F 76 9D B8 } $t = \"Example Ltd\"", "all of them"),
        // Text that nobody says is of a certificate.
        ("ransom", "$t = \"Your files are encrypted\"", "$t"),
        ("ransom", "$t = \"Example Ltd\"", "$t"),
        ("cert_stealer", "$t = \"certutil -decode\"", "$t"),
    ];
    for (name, strings, condition) in refused {
        let import = import(&rule(name, strings, condition));
        assert!(import.indicators.is_empty() && import.errors.is_empty(), "{name}: {import:?}");
        assert_eq!(
            import.refused[0].to_string(),
            format!("f.yar:1: the rule {name} is not taken: it has no test of a certificate")
        );
    }
}
