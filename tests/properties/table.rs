//! The table finds what an obvious matcher finds.

use super::*;

proptest! {
    #[test]
    fn the_table_finds_what_a_naive_matcher_finds(
        indicators in proptest::collection::vec(indicator(), 0..12),
        identity in identity(),
    ) {
        let numbered: Vec<Indicator> = indicators.into_iter().enumerate().map(|(index, indicator)| {
            Indicator { metadata: Metadata { id: index.to_string().into(), ..Metadata::default() }, ..indicator }
        }).collect();
        let expected: Vec<String> = numbered
            .iter()
            .filter(|indicator| naive_match(indicator, &identity))
            .map(|indicator| indicator.metadata.id.to_string())
            .collect();
        let table = IndicatorTable::new(numbered.clone()).unwrap();
        prop_assert_eq!(&table.indicators().collect::<Vec<_>>(), &numbered);
        let table = IndicatorTable::load(table.as_bytes().to_vec()).unwrap();
        let candidate = identity.candidate();
        let mut found: Vec<String> =
            table.matches(&candidate).iter().map(|found| found.indicator.metadata.id.to_string()).collect();
        found.sort_by_key(|id| id.parse::<usize>().unwrap());
        prop_assert_eq!(&found, &expected);
        let mut hits = Vec::new();
        table.matches_into(&candidate, &mut hits);
        let hit: BTreeSet<_> = hits.iter().map(|hit| hit.indicator).collect();
        prop_assert_eq!(hit.len(), expected.len());
    }
}

/// What is known about a certificate: the parts that a candidate is made of, and that the naive matcher looks at.
#[derive(Debug, Clone)]
struct Identity {
    role: Role,
    serial: Option<Vec<u8>>,
    subject: Option<Vec<u8>>,
    issuer: Option<Vec<u8>>,
    organization: Option<String>,
    issuer_common_name: Option<String>,
    hashes: Vec<(HashOf, HashValue)>,
    usages: Vec<OidBuf>,
    program_name: Option<String>,
    not_after: Option<i64>,
    algorithm: Option<OidBuf>,
    modulus: Option<Vec<u8>>,
}

impl Identity {
    fn candidate(&self) -> Candidate<'_> {
        let mut candidate = Candidate::new(self.role);
        if let Some(serial) = &self.serial {
            candidate = candidate.serial(Serial::from_bytes(serial));
        }
        if let Some(subject) = &self.subject {
            candidate = candidate.subject(Name::from_der(subject));
        }
        if let Some(issuer) = &self.issuer {
            candidate = candidate.issuer(Name::from_der(issuer));
        }
        if let Some(text) = &self.organization {
            candidate = candidate.organization(text.as_str());
        }
        if let Some(text) = &self.issuer_common_name {
            candidate = candidate.issuer_common_name(text.as_str());
        }
        for (of, value) in &self.hashes {
            candidate = candidate.hash(*of, *value);
        }
        for usage in &self.usages {
            candidate = candidate.extended_key_usage(usage.as_oid());
        }
        if let Some(name) = &self.program_name {
            candidate = candidate.program_name(name.as_str());
        }
        if let Some(algorithm) = &self.algorithm {
            candidate = candidate.signature_algorithm(algorithm.as_oid());
        }
        if let Some(modulus) = &self.modulus {
            candidate = candidate.rsa_modulus(modulus.as_slice());
        }
        candidate.validity(None, self.not_after.map(Time::from_unix))
    }
}

/// The obvious matcher: every condition of every alternative of every indicator. A weak serial, or the hash of one, says nothing beside
/// what says nothing either.
fn naive_match(indicator: &Indicator, identity: &Identity) -> bool {
    let is_weak = identity.serial.as_deref().map(Serial::from_bytes).is_some_and(Serial::is_weak);
    let weak = |condition: &Condition| match condition {
        Condition::Serial(serial) => serial.as_serial().is_weak(),
        Condition::Hash(HashOf::Serial, _) => is_weak,
        _ => false,
    };
    let says_something = |condition: &Condition| match condition {
        Condition::Serial(serial) => !serial.as_serial().is_weak(),
        Condition::Subject(_) | Condition::Issuer(_) | Condition::ProgramName(_) => true,
        Condition::Hash(..) => !weak(condition),
        Condition::RsaModulus(_) => true,
        _ => false,
    };
    let alternatives = indicator
        .alternatives
        .iter()
        .filter(|conditions| !conditions.iter().any(weak) || conditions.iter().any(says_something));
    let mut holding = alternatives.filter(|conditions| conditions.iter().all(|one| naive_holds(one, identity)));
    indicator.scope.contains(identity.role) && holding.next().is_some()
}

fn naive_holds(condition: &Condition, identity: &Identity) -> bool {
    let subject = (&identity.subject, &identity.organization, NameField::Organization);
    let issuer = (&identity.issuer, &identity.issuer_common_name, NameField::CommonName);
    match condition {
        Condition::Serial(serial) => identity.serial.as_deref().map(Serial::from_bytes) == Some(serial.as_serial()),
        Condition::Hash(of, value) => identity.hashes.contains(&(*of, *value)),
        Condition::ExtendedKeyUsage(test) => {
            let dotted = test.usage.to_string();
            let below = format!("{dotted}.");
            let passes = |usage: String| usage == dotted || (test.and_below && usage.starts_with(&below));
            identity.usages.iter().any(|usage| passes(usage.to_string()))
        }
        Condition::ProgramName(test) => identity.program_name.iter().any(|text| naive_text(test, text)),
        Condition::SignatureAlgorithm(algorithm) => identity.algorithm.as_ref() == Some(algorithm),
        Condition::NotAfter(test) => identity.not_after.is_some_and(|actual| {
            let expected = test.time.unix();
            match test.order {
                TimeOrder::Equal => actual == expected,
                TimeOrder::Before => actual < expected,
                TimeOrder::AtMost => actual <= expected,
                TimeOrder::After => actual > expected,
                TimeOrder::AtLeast => actual >= expected,
            }
        }),
        Condition::RsaModulus(modulus) => identity.modulus.as_deref() == Some(modulus),
        Condition::Subject(test) => naive_texts(subject, test.field).iter().any(|text| naive_text(test, text)),
        Condition::Issuer(test) => naive_texts(issuer, test.field).iter().any(|text| naive_text(test, text)),
        _ => false,
    }
}

/// The texts of a name in DER and of one more text, which is the value of one field.
fn naive_texts(known: (&Option<Vec<u8>>, &Option<String>, NameField), field: NameField) -> Vec<String> {
    let (der, text, field_of_text) = known;
    let name = Name::from_der(der.as_deref().unwrap_or_default());
    let all = || name.attributes().map(|attribute| attribute.text().into_owned());
    let mut texts: Vec<String> = match field {
        NameField::CommonName => name.common_names().map(Into::into).collect(),
        NameField::Organization => name.organizations().map(Into::into).collect(),
        NameField::OneLine if der.is_some() => vec![name.to_oneline()],
        NameField::OneLine => Vec::new(),
        NameField::Whole if der.is_some() => all().chain([name.to_string(), name.to_oneline()]).collect(),
        _ => all().collect(),
    };
    if field == field_of_text || matches!(field, NameField::Any | NameField::Whole) {
        texts.extend(text.clone());
    }
    texts
}

fn naive_text(test: &NameTest, text: &str) -> bool {
    let case = |text: &str| if test.ignore_case { text.to_lowercase() } else { text.to_owned() };
    let (text, value) = (case(text), case(&test.value));
    match test.mode {
        TextMode::Exact => text == value,
        TextMode::Contains => text.contains(&value),
        TextMode::Prefix => text.starts_with(&value),
        TextMode::Suffix => text.ends_with(&value),
        _ => false,
    }
}

/// Few different values, so that they often meet.
fn text() -> impl Strategy<Value = String> {
    select(vec![
        "Alpha",
        "alpha",
        "Alp",
        "Alpha Beta",
        "pha",
        "/O=Alpha",
        "CN=Alpha",
        "Gamma, Inc.",
        "ÄÖ",
        "äö",
        "a",
        "Al",
    ])
    .prop_map(Into::into)
}

fn serial() -> impl Strategy<Value = Vec<u8>> {
    select(vec![vec![1], vec![0, 1], vec![9; 12], (1..10).collect(), (0..10).collect(), vec![0, 200, 2, 3, 4, 5, 6, 7]])
}

fn hash() -> impl Strategy<Value = (HashOf, HashValue)> {
    let value = (select(vec![16_usize, 20, 32, 48, 64]), 0..2_u8);
    (select(HashOf::ALL.to_vec()), value)
        .prop_map(|(of, (length, byte))| (of, HashValue::new(&vec![byte; length]).unwrap()))
}

fn oid() -> impl Strategy<Value = OidBuf> {
    select(vec!["1.3.6", "1.3.6.1", "1.3.6.1.4", "1.3.62", "1.3.200", "1.3.6.200"])
        .prop_map(|text| OidBuf::parse(text).unwrap())
}

fn modulus() -> impl Strategy<Value = Vec<u8>> {
    select(vec![vec![7; 20], vec![8; 20], vec![7; 21]])
}

fn name_test() -> impl Strategy<Value = NameTest> {
    let field = select(vec![
        NameField::Any,
        NameField::Whole,
        NameField::OneLine,
        NameField::CommonName,
        NameField::Organization,
    ]);
    (field, select(TextMode::ALL.to_vec()), any::<bool>(), text())
        .prop_map(|(field, mode, ignore_case, value)| NameTest { field, mode, ignore_case, value: value.into() })
}

fn condition() -> impl Strategy<Value = Condition> {
    prop_oneof![
        2 => serial().prop_map(|octets| Condition::Serial(SerialBuf::from_bytes(&octets))),
        2 => name_test().prop_map(Condition::Subject),
        1 => name_test().prop_map(Condition::Issuer),
        3 => hash().prop_map(|(of, value)| Condition::Hash(of, value)),
        1 => (oid(), any::<bool>())
            .prop_map(|(usage, and_below)| Condition::ExtendedKeyUsage(UsageTest { usage, and_below })),
        1 => name_test().prop_map(Condition::ProgramName),
        1 => oid().prop_map(Condition::SignatureAlgorithm),
        1 => (select(TimeOrder::ALL.to_vec()), 0..3_i64)
            .prop_map(|(order, time)| Condition::NotAfter(TimeTest { order, time: Time::from_unix(time) })),
        1 => modulus().prop_map(|modulus| Condition::RsaModulus(modulus.into())),
    ]
}

fn indicator() -> impl Strategy<Value = Indicator> {
    let alternative = || proptest::collection::vec(condition(), 1..3);
    let scope = subsequence(Role::ALL.to_vec(), 4..=8);
    (proptest::collection::vec(alternative(), 1..3), scope).prop_map(|(alternatives, scope)| Indicator {
        scope: scope.into_iter().fold(Roles::NONE, Roles::with),
        alternatives,
        ..Indicator::default()
    })
}

fn distinguished_name() -> impl Strategy<Value = Option<Vec<u8>>> {
    let attribute = || (select(vec![3_u8, 10, 11]), text());
    proptest::option::of(proptest::collection::vec(attribute(), 0..4).prop_map(|attributes| {
        let attributes: Vec<_> = attributes.iter().map(|(arc, text)| (*arc, 0x0c, text.as_bytes())).collect();
        name(&attributes)
    }))
}

fn identity() -> impl Strategy<Value = Identity> {
    let option = proptest::option::of::<BoxedStrategy<String>>;
    let names = (distinguished_name(), distinguished_name(), option(text().boxed()), option(text().boxed()));
    let parts = (
        proptest::collection::vec(hash(), 0..4),
        proptest::collection::vec(oid(), 0..3),
        option(text().boxed()),
        proptest::option::of(0..3_i64),
        proptest::option::of(oid()),
        proptest::option::of(modulus()),
    );
    (select(Role::ALL.to_vec()), proptest::option::of(serial()), names, parts).prop_map(
        |(
            role,
            serial,
            (subject, issuer, organization, issuer_common_name),
            (hashes, usages, program_name, not_after, algorithm, modulus),
        )| Identity {
            role,
            serial,
            subject,
            issuer,
            organization,
            issuer_common_name,
            hashes,
            usages,
            program_name,
            not_after,
            algorithm,
            modulus,
        },
    )
}
