//! Conditions of every kind, each row an image and one alternative.

use super::*;

/// What it is about, the file, the conditions of one alternative, and the verdicts.
type Row = (&'static str, Vec<u8>, Vec<Condition>, &'static [&'static str]);

#[test]
fn conditions_of_every_kind() {
    let ignoring = |test: NameTest| Condition::Subject(test.ignoring_case());
    let not_after = |order, text: i64| Condition::NotAfter(TimeTest { order, time: Time::from_unix(text) });
    // 2043-01-01, the end of every certificate here.
    let end = 2_303_683_200;
    // The key of every certificate here.
    let modulus = |octets: usize| Condition::RsaModulus(vec![0x11; octets].into());
    let subject_octets = leaf().subject;
    let subject_octets = certsift::Name::from_der(&subject_octets).content_bytes();
    let rows: Vec<Row> = vec![
        (
            "MD5 of the TBSCertificate",
            plain(),
            vec![tbs(HashOf::Tbs, &leaf(), HashAlgorithm::Md5)],
            &["sig[0].signer: exact: tbs_md5 canonical"],
        ),
        (
            "SHA-384 of the TBSCertificate",
            plain(),
            vec![tbs(HashOf::Tbs, &leaf(), HashAlgorithm::Sha384)],
            &["sig[0].signer: exact: tbs_sha384 canonical"],
        ),
        (
            "an authority's hash is not the signer's",
            plain(),
            vec![tbs(HashOf::Tbs, &middle(), HashAlgorithm::Sha1)],
            &[],
        ),
        (
            "an authority's hash, asked of the chain",
            plain(),
            vec![tbs(HashOf::ChainTbs, &middle(), HashAlgorithm::Sha1)],
            &["sig[0].signer: identity: chain_tbs_sha1 canonical"],
        ),
        (
            "an authority and a publisher",
            plain(),
            vec![
                tbs(HashOf::ChainTbs, &middle(), HashAlgorithm::Sha256),
                ignoring(name_test(NameField::CommonName, TextMode::Exact, "EXAMPLE TRADING")),
            ],
            &["sig[0].signer: identity: chain_tbs_sha256 canonical, common_name exact_folded"],
        ),
        (
            "an authority and another publisher",
            plain(),
            vec![
                tbs(HashOf::ChainTbs, &middle(), HashAlgorithm::Sha256),
                ignoring(name_test(NameField::CommonName, TextMode::Exact, "EXAMPLE")),
            ],
            &[],
        ),
        ("an authority that is in no chain", plain(), vec![tbs(HashOf::ChainTbs, &whcp(), HashAlgorithm::Sha1)], &[]),
        (
            "the durable identity with its organization",
            plain(),
            vec![usage(IDENTITY, false), organization("Exämple Trading, LLC")],
            &["sig[0].signer: identity: extended_key_usage exact, organization exact"],
        ),
        (
            "another durable identity",
            plain(),
            vec![usage("1.3.6.1.4.1.311.97.1234.5678.9012.3457", false), organization("Exämple Trading, LLC")],
            &[],
        ),
        (
            "any durable identity with the organization",
            plain(),
            vec![usage("1.3.6.1.4.1.311.97", true), organization("Exämple Trading, LLC")],
            &["sig[0].signer: name: extended_key_usage prefix, organization exact"],
        ),
        (
            "a usage below another arc, beside a name",
            plain(),
            vec![usage("1.3.6.1.4.1.999", true), organization("Exämple Trading, LLC")],
            &[],
        ),
        ("a usage that is the start of another by octets only", plain(), vec![usage("1.3.6.1.4.1.31", true)], &[]),
        (
            "the signature algorithm beside a name",
            plain(),
            vec![
                Condition::SignatureAlgorithm(OidBuf::parse("1.2.840.113549.1.1.11").unwrap()),
                organization("Exämple Trading, LLC"),
            ],
            &["sig[0].signer: name: signature_algorithm exact, organization exact"],
        ),
        (
            "nothing but the signature algorithm",
            plain(),
            vec![Condition::SignatureAlgorithm(OidBuf::parse("1.2.840.113549.1.1.11").unwrap())],
            &["sig[0].signer: name: signature_algorithm exact"],
        ),
        (
            "another signature algorithm",
            plain(),
            vec![
                Condition::SignatureAlgorithm(OidBuf::parse("1.2.840.113549.1.1.5").unwrap()),
                organization("Exämple Trading, LLC"),
            ],
            &[],
        ),
        (
            "valid until then",
            plain(),
            vec![not_after(TimeOrder::AtLeast, end), organization("Exämple Trading, LLC")],
            &["sig[0].signer: name: not_after at_least, organization exact"],
        ),
        ("valid longer", plain(), vec![not_after(TimeOrder::After, end), organization("Exämple Trading, LLC")], &[]),
        (
            "valid exactly so long",
            plain(),
            vec![not_after(TimeOrder::Equal, end), organization("Exämple Trading, LLC")],
            &["sig[0].signer: name: not_after exact, organization exact"],
        ),
        ("the key", plain(), vec![modulus(64)], &["sig[0].signer: exact: rsa_modulus canonical"]),
        ("a longer key", plain(), vec![modulus(65)], &[]),
        (
            "the subject's and the serial's hash",
            plain(),
            vec![hash(HashOf::Subject, subject_octets), hash(HashOf::Serial, &hex(SERIAL))],
            &["sig[0].signer: serial_and_name: subject_sha1 canonical, serial_sha1 canonical"],
        ),
        (
            "the serial's hash without its sign octet",
            plain(),
            vec![hash(HashOf::Subject, subject_octets), hash(HashOf::Serial, hex(SERIAL).get(1..).unwrap())],
            &[],
        ),
        (
            "the hash of a serial",
            plain(),
            vec![hash(HashOf::Serial, &hex(SERIAL))],
            &["sig[0].signer: serial: serial_sha1 canonical"],
        ),
        ("the hash of a weak serial", attested("x"), vec![hash(HashOf::Serial, &hex("3300000001"))], &[]),
        (
            "the hash of a weak serial beside a name",
            attested("x"),
            vec![
                hash(HashOf::Serial, &hex("3300000001")),
                Condition::Subject(name_test(NameField::CommonName, TextMode::Exact, WHCP)),
            ],
            &["sig[0].signer: serial_and_name: serial_sha1 canonical, common_name exact"],
        ),
        (
            "what the signer calls the program",
            plain(),
            vec![Condition::ProgramName(name_test(NameField::Any, TextMode::Exact, "Setup"))],
            &["sig[0].signer: name: program_name exact"],
        ),
        (
            "the end of a name",
            plain(),
            vec![Condition::Subject(name_test(NameField::OneLine, TextMode::Suffix, "/CN=Example Trading"))],
            &["sig[0].signer: name: subject suffix"],
        ),
        (
            "another end of a name",
            plain(),
            vec![Condition::Subject(name_test(NameField::OneLine, TextMode::Suffix, "/CN=Example"))],
            &[],
        ),
        (
            "across two attributes",
            plain(),
            vec![Condition::Subject(name_test(NameField::OneLine, TextMode::Contains, ", LLC/CN="))],
            &["sig[0].signer: name: subject contains"],
        ),
        (
            "a part without case",
            plain(),
            vec![ignoring(name_test(NameField::Any, TextMode::Contains, "EXÄMPLE"))],
            &["sig[0].signer: name: subject contains_folded"],
        ),
        (
            "one letter",
            plain(),
            vec![Condition::Subject(name_test(NameField::CommonName, TextMode::Contains, "g"))],
            &["sig[0].signer: name: common_name contains"],
        ),
        (
            "folded",
            plain(),
            vec![serial(), organization("EXÄMPLE TRADING LLC")],
            &["sig[0].signer: serial: serial canonical, organization organization_folded"],
        ),
        (
            "folded, beside the issuer as it is written",
            plain(),
            vec![serial(), organization("EXÄMPLE TRADING LLC"), issuer("Middle")],
            &["sig[0].signer: issuer_and_serial: serial canonical, organization organization_folded, issuer exact"],
        ),
        (
            "folded, beside a folded issuer",
            plain(),
            vec![serial(), organization("EXÄMPLE TRADING LLC"), issuer("MIDDLE")],
            &["sig[0].signer: serial: serial canonical, organization organization_folded, issuer exact_folded"],
        ),
        (
            "letters that look alike",
            plain(),
            vec![organization("Exämple Tradіng, LLC")],
            &["sig[0].signer: name: organization skeleton"],
        ),
        (
            "letters that look alike, beside the serial",
            plain(),
            vec![serial(), organization("Exämple Tradіng, LLC")],
            &["sig[0].signer: name: serial canonical, organization skeleton"],
        ),
        (
            "a part that looks alike",
            plain(),
            vec![Condition::Subject(name_test(NameField::Any, TextMode::Contains, "mple Тrad"))],
            &["sig[0].signer: name: subject skeleton"],
        ),
        (
            "an attested driver's program",
            attested("EXÄMPLE TRADING"),
            vec![serial(), organization("Exämple Trading, LLC")],
            &["sig[0].signer: name: program_name organization_folded"],
        ),
        (
            "the program of a signer whose certificate is not there",
            image(entry(message([], [signer_info(&leaf()).signed(opus_info("Setup")).der()]).der())).bytes(),
            vec![serial(), Condition::ProgramName(name_test(NameField::Any, TextMode::Exact, "Setup"))],
            &["sig[0].signer: serial_and_name: serial canonical, program_name exact"],
        ),
        (
            "another attested driver's program",
            attested("Example Trading"),
            vec![serial(), organization("Exämple Trading, LLC")],
            &[],
        ),
        (
            "a program of that name that somebody else signed",
            plain(),
            vec![Condition::Serial(SerialBuf::parse_hex("0102030405060708").unwrap()), organization("Setup")],
            &[],
        ),
    ];
    for (row, file, conditions, expected) in rows {
        let report = report(&file, [indicator(conditions)]);
        assert_eq!(report.matches.iter().map(verdict).collect::<Vec<_>>(), expected, "{row}");
    }
}
