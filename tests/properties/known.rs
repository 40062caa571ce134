//! Files in which nobody is known are told apart at once: no match is lost by that.

use super::*;

use certsift::{CertificateUse, Input, Report, ScanOptions, Screen, Wanted, scan};
use std::ops::ControlFlow;

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    /// Reports, and scans that look for matches only, find what asking about every certificate of a file finds.
    #[test]
    fn screened_files_lose_no_match(
        (bytes, other) in (damaged(), any::<Index>()),
        aims in proptest::collection::vec((any::<Index>(), 0..WAYS, any::<u8>(), any::<bool>()), 1..3),
    ) {
        let mut data = SignatureData::new();
        let Ok(file) = data.parse(&bytes, Limits::default()) else { return Ok(()) };
        let uses = file.certificate_uses();
        if uses.is_empty() {
            return Ok(());
        }
        let indicators = aims.iter().filter_map(|(which, by, roles, differs)| {
            let roles = Role::ALL.iter().enumerate().filter(|(bit, _)| roles >> bit & 1 == 1);
            let scope = roles.fold(Roles::NONE, |scope, (_, role)| scope.with(*role));
            Some((condition(&file, which.get(&uses), *by, *differs)?, scope))
        });
        check(&bytes, &file, other.get::<Vec<u8>>(&FILES), indicators.collect());
    }
}

/// Every certificate in every part that it plays in the files, by everything that it can be known by.
#[test]
fn nobody_known_is_overlooked() {
    let mut matched = [[0; 2]; WAYS];
    for (number, bytes) in FILES.iter().enumerate() {
        let mut data = SignatureData::new();
        let Ok(file) = data.parse(bytes, Limits::default()) else { continue };
        let other = &FILES[(number + 1) % FILES.len()];
        let uses = file.certificate_uses();
        for (used, by) in uses.iter().take(12).flat_map(|used| (0..WAYS).map(move |by| (used, by))) {
            let Some(condition) = condition(&file, used, by, false) else { continue };
            for (scope, matched) in [Roles::SIGNERS, Roles::ANY].into_iter().zip(&mut matched[by]) {
                *matched += check(bytes, &file, other, vec![(condition.clone(), scope)]);
            }
        }
    }
    assert!(matched.iter().flatten().all(|count| *count > 0), "{matched:?}");
}

/// Asks about each certificate of a file, and compares with what reports and scans find; answers how many matches there are.
fn check(bytes: &[u8], file: &SignedFile<'_>, other: &[u8], indicators: Vec<(Condition, Roles)>) -> usize {
    let indicators = indicators.into_iter().enumerate().map(|(number, (condition, scope))| Indicator {
        metadata: Metadata { id: number.to_string().into(), ..Metadata::default() },
        scope,
        alternatives: vec![vec![condition]],
    });
    let table = IndicatorTable::new(indicators).unwrap();
    let asked = file.candidates(table.needs()).flat_map(|(_, candidate)| table.all_matches(&candidate));
    let expected: Vec<String> = asked.map(|found| found.indicator.metadata.id.to_string()).collect();
    let whole = Report::new(Input::default(), file, &table);
    assert_eq!(ids(&whole), expected, "{table:?}");

    let mut screen = Screen::new(&table);
    for bytes in [other, bytes, other, bytes] {
        assert_eq!(screen.has_match(bytes), table_matches(bytes, &table), "{table:?}");
    }

    // Another file before and between, so that what is remembered is asked for.
    let folder = folder_of(bytes, other);
    let paths = ["other", "file", "other", "file"].map(|name| folder.join(name));
    for wanted in [Wanted::All, Wanted::Matched] {
        let mut options = ScanOptions::default();
        options.wanted = wanted;
        let mut found = Vec::new();
        let sink = |report| {
            found.push(report);
            ControlFlow::Continue(())
        };
        scan(paths.clone(), &options, &table, |report| report, sink);
        let [_, first, _, second] = <[Report; 4]>::try_from(found).unwrap();
        for report in [&first, &second] {
            assert_eq!(ids(report), expected, "{wanted:?} {table:?}");
            assert_eq!(report.status, whole.status);
        }
    }
    expected.len()
}

fn table_matches(bytes: &[u8], table: &IndicatorTable) -> bool {
    let mut data = SignatureData::new();
    let Ok(file) = data.parse(bytes, Limits::default()) else { return false };
    file.candidates(table.needs()).any(|(_, candidate)| !table.all_matches(&candidate).is_empty())
}

fn ids(report: &Report) -> Vec<String> {
    report.matches.iter().map(|found| found.indicator.id.clone()).collect()
}

/// Ways in which [`condition`] is about a certificate.
const WAYS: usize = 11;

/// What an indicator can know a certificate of the file by, in one of the [`WAYS`]; `differs`: texts in another case and with blanks.
fn condition(file: &SignedFile<'_>, used: &CertificateUse<'_>, by: usize, differs: bool) -> Option<Condition> {
    let text = |text: &str| if differs { format!(" {} ", text.to_uppercase()) } else { text.to_owned() };
    let exact = |field, value: &str| NameTest::new(field, TextMode::Exact, text(value));
    let programs = || file.signatures().iter().flat_map(|one| one.signers()).filter_map(|one| one.program_name());
    let Some(certificate) = used.certificate() else {
        let signers = file.signatures().get(used.signature()?)?.signers();
        let stamps = signers.iter().flat_map(|signer| signer.timestamps()).flat_map(|stamp| stamp.signer_ids());
        let ids: Vec<_> = signers.iter().map(|signer| signer.id()).chain(stamps).collect();
        let ids = ids.into_iter().take(if by < 5 { 1 } else { usize::MAX });
        let serial = ids.filter_map(|id| match id {
            certsift::SignerId::IssuerAndSerial { serial, .. } => Some(serial),
            _ => None,
        });
        return serial
            .collect::<Vec<_>>()
            .last()
            .map(|serial| Condition::Serial(SerialBuf::from_bytes(serial.as_bytes())));
    };
    let hash = |of, digest: &[u8]| HashValue::new(digest).map(|value| Condition::Hash(of, value));
    match by {
        0 => Some(Condition::Serial(SerialBuf::from_bytes(certificate.serial().as_bytes()))),
        1 => Some(Condition::Subject(exact(NameField::CommonName, &certificate.subject().common_names().next()?))),
        2 => Some(Condition::Issuer(exact(NameField::Any, &certificate.issuer().common_names().next()?))),
        3 => hash(HashOf::Certificate, &certificate.sha1()),
        4 => hash(HashOf::Tbs, &certificate.tbs_sha256()),
        5 => hash(HashOf::ChainTbs, &certificate.tbs_sha256()),
        6 => Some(Condition::ProgramName(exact(NameField::Any, &programs().next()?))),
        // The program's name as a company's: counts only beside Microsoft's certificate.
        7 => Some(Condition::Subject(exact(NameField::Organization, &programs().next()?))),
        8 => {
            Some(Condition::NotBefore(TimeTest { order: TimeOrder::AtLeast, time: certificate.validity().not_before? }))
        }
        9 => Some(Condition::Subject(NameTest::new(
            NameField::Whole,
            TextMode::Contains,
            text(certificate.subject().common_names().next()?.get(1..5)?),
        ))),
        _ => certificate.rsa_modulus().map(|modulus| Condition::RsaModulus(modulus.into())),
    }
}

/// A folder of this thread with both files in it.
fn folder_of(file: &[u8], other: &[u8]) -> std::path::PathBuf {
    let name = format!("known-{:?}", std::thread::current().id());
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("file"), file).unwrap();
    std::fs::write(folder.join("other"), other).unwrap();
    folder
}
