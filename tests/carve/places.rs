//! Certificates are found where they lie, whatever lies around them.

use certsift::{CarveLimits, CarvedForm, IndicatorTable, Role, carve, carve_reader};
use proptest::prelude::*;

use super::{Random, carved, carved_with, fixture, real_certificates, shared_data, small_limits};

proptest! {
    #[test]
    fn a_certificate_among_random_octets(
        before in proptest::collection::vec(any::<u8>(), 0..3_000),
        behind in proptest::collection::vec(any::<u8>(), 0..300),
        which in 0..2_usize,
    ) {
        let certificate = &real_certificates()[which];
        let bytes = [before.as_slice(), certificate, &behind].concat();
        let found = carved(&bytes);
        let places: Vec<_> = found.iter().map(|one| (one.offset(), one.der())).collect();
        prop_assert_eq!(places, [(length(&before), certificate.as_slice())]);
    }

    /// What a reader finds does not depend on where its window ends.
    #[test]
    fn a_reader_finds_what_a_slice_has(seed: u64) {
        let mut random = Random(seed);
        let certificates = real_certificates();
        let mut bytes = Vec::new();
        let mut count = 0;
        while bytes.len() < 300 << 10 {
            let gap = random.below(4_000);
            bytes.extend(random.octets(gap));
            match random.below(4) {
                0 => bytes.extend(pem("CERTIFICATE", &certificates[0], "\n").bytes()),
                1 => bytes.extend(&certificates[0][..random.below(certificates[0].len())]),
                _ => bytes.extend(&certificates[1]),
            }
            count += 1;
        }
        let found = carved_with(&bytes, small_limits());
        prop_assert!(found.len() > count / 3);
        for one in found.iter().filter(|one| one.form() == CarvedForm::Der) {
            prop_assert!(bytes[usize::try_from(one.offset()).unwrap()..].starts_with(one.der()));
        }
    }
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap()
}

/// A PEM block whose lines end so.
fn pem(label: &str, octets: &[u8], end: &str) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(octets);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----{end}{}{end}-----END {label}-----", lines.join(end))
}

#[test]
fn blocks_of_every_kind() {
    let certificates = real_certificates();
    let one = &certificates[0];
    let trusted = [one.as_slice(), &[0x30, 3, 0x0c, 1, b'x']].concat();
    let message = fixture("seed.p7b");
    let cases: &[(&str, String, usize)] = &[
        ("certificate", pem("CERTIFICATE", one, "\n"), 1),
        ("CR LF", pem("CERTIFICATE", one, "\r\n"), 1),
        ("X509", pem("X509 CERTIFICATE", one, "\n"), 1),
        ("trusted", pem("TRUSTED CERTIFICATE", &trusted, "\n"), 1),
        ("PKCS #7", pem("PKCS7", &message, "\n"), 2),
        ("CMS", pem("CMS", &message, "\n"), 2),
        ("a source text", pem("CERTIFICATE", one, "\\n"), 1),
        ("a string of C", pem("CERTIFICATE", one, "\\n\"\n    \""), 1),
        ("any label", pem("PRIVATE KEY", one, "\n"), 1),
        ("another end", pem("CERTIFICATE", one, "\n").replace("END CERT", "END PERT"), 0),
        ("cut", pem("CERTIFICATE", &one[..one.len() - 1], "\n"), 0),
        ("PEM inside PEM", pem("CERTIFICATE", pem("CERTIFICATE", one, "\n").as_bytes(), "\n"), 0),
    ];
    for (name, text, count) in cases {
        // A boundary without its block before it, a program's bytes behind.
        let before = b"\x90\x90-----BEGIN CERTIFICATE-----\nMII\0";
        let bytes = [before.as_slice(), text.as_bytes(), b"\0\xcc\xcc\n"].concat();
        let found = carved(&bytes);
        assert_eq!(found.len(), *count, "{name}");
        for one in &found {
            assert_eq!((one.offset(), one.form()), (length(before), CarvedForm::Pem), "{name}");
            assert_eq!(one.length(), length(text.as_bytes()), "{name}");
            assert!(certificates.iter().any(|known| known == one.der()), "{name}");
        }
    }
}

/// Trust stores: fixtures and what is expected of them lie beside the repository.
#[test]
fn every_certificate_of_a_trust_store() {
    let Some(folder) = shared_data::folder("CERTSIFT_TRUST_STORE", "trust_store") else { return };
    let expected = std::fs::read(folder.join("expected.json")).unwrap();
    let rows: Vec<serde_json::Value> = serde_json::from_slice(&expected).unwrap();
    for row in &rows {
        let name = row["file"].as_str().unwrap();
        let bytes = std::fs::read(folder.join(name)).unwrap();
        let expected = row["certificates"].as_u64().and_then(|count| usize::try_from(count).ok());
        assert_eq!(Some(carved(&bytes).len()), expected, "{name}: {}", row["why"]);
    }
    assert!(rows.len() > 10);
}

#[test]
fn an_indicator_that_names_a_carved_certificate_matches() {
    let dump = [b"dump".as_slice(), &fixture("seed_pe32.exe")].concat();
    let table = IndicatorTable::builtin();
    let found: Vec<_> = carve(&dump, CarveLimits::default())
        .filter(|one| !table.matches(&one.candidate(table.needs())).is_empty())
        .map(|one| (one.candidate(table.needs()).role(), one.certificate().offset(), one.offset()))
        .collect();
    let [(role, inner, outer)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((*role, inner), (Role::Carved, outer));
}

/// A text that holds the serial and the name that an indicator asks for is no certificate.
#[test]
fn two_strings_are_no_certificate() {
    for name in ["raw_strings_unsigned.exe", "raw_strings_overlay.exe"] {
        let bytes = fixture(name);
        let table = IndicatorTable::builtin();
        let matching = carve(&bytes, CarveLimits::default())
            .filter(|one| !table.matches(&one.candidate(table.needs())).is_empty());
        assert_eq!(matching.count(), 0, "{name}");
    }
    assert_eq!(carved(&fixture("raw_strings_unsigned.exe")).len(), 0);
}

#[test]
fn an_error_of_the_reader_is_the_last_answer() {
    struct Broken;
    impl std::io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("broken"))
        }
    }
    let certificate = &real_certificates()[0];
    let source = std::io::Read::chain(certificate.as_slice(), Broken);
    let answers: Vec<_> = carve_reader(source, CarveLimits::default()).map(|answer| answer.is_ok()).collect();
    assert_eq!(answers, [false]);
}
