//! Indicators of every kind.

use certsift::{
    Cause, Condition, HashOf, HashValue, Indicator, Metadata, NameField, NameTest, Note, OidBuf, Role, Roles,
    SerialBuf, Severity, TextMode, Time, TimeOrder, TimeTest, UsageTest,
};

pub(crate) fn serial(text: &str) -> Condition {
    Condition::Serial(SerialBuf::parse_hex(text).unwrap())
}

pub(crate) fn name(field: NameField, mode: TextMode, text: &str) -> NameTest {
    NameTest::new(field, mode, text.to_owned())
}

pub(crate) fn common_name(text: &str) -> Condition {
    Condition::Subject(name(NameField::CommonName, TextMode::Exact, text))
}

pub(crate) fn contains(text: &str) -> Condition {
    Condition::Subject(name(NameField::Any, TextMode::Contains, text))
}

/// A hash of so many octets.
pub(crate) fn hash(of: HashOf, octets: usize, octet: u8) -> Condition {
    Condition::Hash(of, HashValue::new(&vec![octet; octets]).unwrap())
}

pub(crate) fn usage(text: &str, and_below: bool) -> Condition {
    Condition::ExtendedKeyUsage(UsageTest { usage: OidBuf::parse(text).unwrap(), and_below })
}

pub(crate) fn indicator(id: &str, alternatives: Vec<Vec<Condition>>) -> Indicator {
    Indicator {
        metadata: Metadata { id: id.to_owned().into(), ..Metadata::default() },
        scope: Roles::SIGNERS,
        alternatives,
    }
}

pub(crate) const SERIAL: &str = "00c0ffee0102030405060708090a0b0c0d";

/// One of each kind, under ids that every format can hold as they are and of which none is part of another.
pub(crate) fn indicators() -> Vec<Indicator> {
    let noted = |id: &str, cause| {
        let mut indicator = indicator(
            id,
            vec![vec![
                hash(HashOf::Tbs, 32, 9),
                hash(HashOf::Certificate, 20, 9),
                hash(HashOf::Subject, 20, 9),
                modulus(9),
            ]],
        );
        indicator.metadata.notes = vec![Note::new(cause, "a note")];
        indicator
    };
    let scoped =
        |id: &str, scope| Indicator { scope, ..indicator(id, vec![vec![hash(HashOf::Tbs, 32, 8), serial(SERIAL)]]) };
    let mut abused_since = indicator("abused-since", vec![vec![hash(HashOf::Tbs, 32, 0x34), sha256_rsa()]]);
    abused_since.metadata.abused_from = Some(Time::from_unix(1_000_000_000));
    let time = |order, unix| TimeTest { order, time: Time::from_unix(unix) };
    let everything = vec![
        serial(SERIAL),
        hash(HashOf::Certificate, 16, 1),
        hash(HashOf::Certificate, 20, 2),
        hash(HashOf::Certificate, 32, 3),
        hash(HashOf::Tbs, 48, 4),
        hash(HashOf::Subject, 20, 5),
        hash(HashOf::Serial, 20, 6),
        common_name("Example Trading LLC"),
        Condition::Issuer(name(NameField::Any, TextMode::Prefix, "Example Code Signing CA")),
        Condition::ProgramName(name(NameField::Any, TextMode::Exact, "Example")),
        usage("1.3.6.1.4.1.311.97.1.2.3", false),
        sha384_rsa(),
        Condition::NotBefore(time(TimeOrder::AtLeast, 1_000_000_000)),
        Condition::NotAfter(time(TimeOrder::Before, 2_000_000_000)),
        modulus(7),
    ];
    vec![
        indicator("serial-alone", vec![vec![serial(SERIAL)]]),
        indicator("serial-and-name", vec![vec![serial(SERIAL), contains("Example Trading LLC")]]),
        indicator("weak-serial-alone", vec![vec![serial("01")]]),
        indicator("weak-serial-and-name", vec![vec![serial("01"), common_name("Example Trading LLC")]]),
        indicator("zero-serial-and-name", vec![vec![serial("00"), common_name("Example Trading LLC")]]),
        indicator("name-alone", vec![vec![contains("VMProtect Client ")]]),
        indicator(
            "name-any-case",
            vec![vec![Condition::Subject(
                name(NameField::Organization, TextMode::Suffix, "Trading LLC").ignoring_case(),
            )]],
        ),
        indicator("short-name-and-hash", vec![vec![contains("IBM"), hash(HashOf::Certificate, 48, 1)]]),
        indicator(
            "mail-alone",
            vec![vec![Condition::Subject(name(NameField::EmailAddress, TextMode::Exact, "a@example.com"))]],
        ),
        indicator(
            "issuer-alone",
            vec![vec![Condition::Issuer(name(NameField::CommonName, TextMode::Exact, "Example CA"))]],
        ),
        indicator("sha1-alone", vec![vec![hash(HashOf::Certificate, 20, 0x11)]]),
        indicator(
            "sha256-or-serial",
            vec![vec![hash(HashOf::Certificate, 32, 0x22)], vec![serial(SERIAL), common_name("Example")]],
        ),
        indicator("every-tbs", vec![[16, 20, 32, 48, 64].map(|octets| hash(HashOf::Tbs, octets, 0x33)).to_vec()]),
        indicator(
            "authority-and-publisher",
            vec![vec![hash(HashOf::ChainTbs, 32, 0x44), common_name("Example Trading LLC")]],
        ),
        indicator("authority-and-part", vec![vec![hash(HashOf::ChainTbs, 32, 0x44), contains("Example")]]),
        indicator("identity", vec![vec![usage("1.3.6.1.4.1.311.97", true), contains("Example Trading LLC")]]),
        indicator("tbs-and-usage", vec![vec![hash(HashOf::Tbs, 32, 0x55), usage("1.3.6.1.4.1.311.10.3.6", false)]]),
        indicator(
            "clamav-key",
            vec![vec![hash(HashOf::Subject, 20, 0x66), hash(HashOf::Serial, 20, 0x67), modulus(0x68)]],
        ),
        indicator(
            "clamav-serial",
            vec![vec![hash(HashOf::Subject, 20, 0x66), serial("c0ffee0102030405"), modulus(0x68)]],
        ),
        indicator(
            "maker-and-sha1",
            vec![vec![
                Condition::ProgramName(name(NameField::Any, TextMode::Exact, "Example")),
                hash(HashOf::Certificate, 20, 0x71),
            ]],
        ),
        indicator("two-serials", vec![vec![serial(SERIAL), serial("00c0ffee0102030405060708090a0b0c0e")]]),
        indicator("everything-at-once", vec![everything]),
        indicator(
            "publisher-shared",
            vec![vec![hash(HashOf::Tbs, 32, 1), common_name("Microsoft Windows Hardware Compatibility Publisher")]],
        ),
        indicator("no-condition", vec![]),
        indicator("empty-alternative", vec![vec![serial(SERIAL)], vec![]]),
        indicator("empty-text", vec![vec![contains("")]]),
        indicator("other-algorithm", vec![vec![hash(HashOf::Tbs, 32, 1), sha384_rsa()]]),
        indicator("authority-and-algorithm", vec![vec![hash(HashOf::ChainTbs, 32, 1), sha384_rsa()]]),
        indicator("authority-and-usages", vec![vec![hash(HashOf::ChainTbs, 32, 1), usage("1.3.6.1.4.1.311.97", true)]]),
        indicator("two-authorities", vec![vec![hash(HashOf::ChainTbs, 32, 1), hash(HashOf::ChainTbs, 32, 2)]]),
        abused_since,
        noted("noted-authority", Cause::CertificateAuthority),
        noted("noted-stamper", Cause::TimestampAuthority),
        noted("noted-shared", Cause::SharedPublisher),
        noted("noted-vendor", Cause::LegitimateVendor),
        noted("noted-harmless", Cause::Incomplete),
        indicator(
            "weak-serial-and-time",
            vec![vec![
                serial("01"),
                common_name("Example Trading LLC"),
                Condition::NotBefore(time(TimeOrder::AtLeast, 1_000_000_000)),
            ]],
        ),
        Indicator {
            scope: Roles::NONE.with(Role::Chain),
            ..indicator("scope-sha1", vec![vec![hash(HashOf::Certificate, 20, 0x12)]])
        },
        scoped("scope-any", Roles::ANY),
        scoped("scope-chain", Roles::NONE.with(Role::Chain)),
        scoped("scope-none", Roles::NONE),
    ]
}

fn sha256_rsa() -> Condition {
    Condition::SignatureAlgorithm(OidBuf::parse("1.2.840.113549.1.1.11").expect("an identifier"))
}

fn sha384_rsa() -> Condition {
    Condition::SignatureAlgorithm(OidBuf::parse("1.2.840.113549.1.1.12").unwrap())
}

pub(crate) fn modulus(octet: u8) -> Condition {
    Condition::RsaModulus(vec![octet; 128].into())
}

/// Metadata with everything in it.
pub(crate) fn full_metadata(text: &str) -> Metadata {
    let text = || Some(text.to_owned().into());
    Metadata {
        id: text().unwrap(),
        name: text(),
        source: text(),
        reference: text(),
        severity: Some(Severity::Critical),
        category: text(),
        family: text(),
        date: text(),
        attack: vec![text().unwrap()].into(),
        not_after_at_least: Some(0),
        author: text(),
        license: text(),
        description: text(),
        abused_from: Some(Time::from_unix(1)),
        revoked_at: Some(Time::from_unix(2)),
        valid_from: Some(Time::from_unix(3)),
        valid_to: Some(Time::from_unix(4)),
        notes: vec![Note::new(Cause::NameOnly, text().unwrap())],
    }
}
