//! Nothing gets lost without a word, and nothing that must not be blocked is.

use certsift::{ExportFormat, LossKind, export_indicators};

use crate::sample;

/// Formats that make the tool that reads them block.
const BLOCKING: [ExportFormat; 3] = [ExportFormat::Wdac, ExportFormat::Clamav, ExportFormat::Mde];

#[test]
fn every_indicator_is_in_the_text_or_among_the_losses() {
    let indicators = sample::indicators();
    for format in ExportFormat::ALL {
        let export = export_indicators(*format, &indicators);
        for indicator in &indicators {
            let id = &*indicator.metadata.id;
            let is_skipped = export.losses.iter().any(|loss| loss.id == id && loss.kind == LossKind::Skipped);
            assert_eq!(is_skipped, !export.text.contains(id), "{format}: {id}: {:?}", export.losses);
        }
        for loss in &export.losses {
            assert!(loss.reason.len() > 10, "{format}: {loss:?}");
            let same = export.losses.iter().filter(|other| *other == loss).count();
            assert_eq!(same, 1, "{format}: {loss:?} is told again");
        }
    }
}

#[test]
fn nothing_is_lost_in_our_own_formats() {
    for format in [ExportFormat::Csv, ExportFormat::Json] {
        let export = export_indicators(format, &sample::indicators());
        let skipped: Vec<&str> = export.losses.iter().map(|loss| &*loss.id).collect();
        assert_eq!(skipped, ["no-condition", "empty-alternative", "empty-text"], "{format}");
    }
}

#[test]
fn what_is_in_good_use_is_never_blocked() {
    let shared = ["noted-authority", "noted-stamper", "noted-shared", "noted-vendor", "publisher-shared"];
    for format in BLOCKING {
        let export = export_indicators(format, &sample::indicators());
        for id in shared {
            let loss = export.losses.iter().find(|loss| loss.id == id).expect("a loss");
            assert!(
                loss.kind == LossKind::Skipped && loss.reason.starts_with("it must not be blocked"),
                "{format}: {loss:?}"
            );
        }
        assert!(export.text.contains("noted-harmless"), "{format}: {:?}", export.losses);
        for name_only in ["name-alone", "name-any-case", "mail-alone", "issuer-alone", "identity"] {
            assert!(!export.text.contains(name_only), "{format}: {name_only}");
            let loss = export.losses.iter().find(|loss| loss.id == name_only).expect("a loss");
            assert!(loss.reason.starts_with("names alone are not blocked"), "{format}: {loss:?}");
        }
    }
}

/// What becomes of an indicator in a format: `None` where it is there without a loss, else how the first loss begins.
type Fate = (ExportFormat, &'static str, Option<(LossKind, &'static str)>);

const FATES: &[Fate] = {
    use ExportFormat::{Clamav, Eql, Kql, Mde, Misp, Sigma, Stix, Wdac, Yara};
    use LossKind::{Skipped, Weakened};
    &[
        (Kql, "serial-alone", None),
        (Kql, "sha1-alone", None),
        (Kql, "serial-and-name", Some((Weakened, "names are shown beside"))),
        (Kql, "weak-serial-alone", Some((Skipped, "a serial that short"))),
        (Kql, "weak-serial-and-name", None),
        (Kql, "zero-serial-and-name", None),
        (Kql, "name-alone", Some((Weakened, "names are compared with display names"))),
        (Kql, "mail-alone", Some((Skipped, "the table has no hash but SHA-1"))),
        (Kql, "short-name-and-hash", Some((Skipped, "nothing would be left"))),
        (Kql, "sha256-or-serial", Some((Weakened, "names are shown"))),
        (Kql, "two-serials", Some((Skipped, "it asks for two values"))),
        (Kql, "scope-chain", Some((Skipped, "it is about other certificates than signers' (chain)"))),
        (Kql, "scope-any", Some((Weakened, "only the signer's certificate"))),
        (Eql, "serial-alone", Some((Weakened, "serials are compared where file.x509 is filled"))),
        (Eql, "sha1-alone", Some((Skipped, "the schema has no hash"))),
        (Eql, "name-alone", None),
        (Eql, "weak-serial-alone", Some((Skipped, "a serial that short"))),
        (Eql, "short-name-and-hash", Some((Skipped, "nothing would be left"))),
        (Eql, "issuer-alone", Some((Skipped, "the schema has no hash"))),
        (Sigma, "serial-alone", Some((Skipped, "Sysmon tells nothing"))),
        (Sigma, "serial-and-name", Some((Weakened, "Sysmon tells no serial"))),
        (Sigma, "name-any-case", None),
        (Sigma, "name-alone", Some((Weakened, "Sigma sets letter case aside"))),
        (Sigma, "short-name-and-hash", Some((Skipped, "nothing would be left"))),
        (Wdac, "serial-alone", Some((Skipped, "it has no hash of a TBSCertificate"))),
        (Wdac, "every-tbs", None),
        (
            Wdac,
            "tbs-and-usage",
            Some((
                Weakened,
                "Windows compares the hash by the algorithm of the certificate's own signature, and only that by sha256",
            )),
        ),
        (Wdac, "authority-and-publisher", Some((Weakened, "Windows compares the hash"))),
        (Wdac, "authority-and-part", Some((Skipped, "a condition beside the hash"))),
        (Wdac, "everything-at-once", None),
        (Wdac, "abused-since", Some((Weakened, "what was signed before the abuse began is denied too"))),
        (Wdac, "other-algorithm", Some((Skipped, "Windows compares the hash by the algorithm"))),
        (Wdac, "authority-and-algorithm", Some((Skipped, "a condition beside the hash"))),
        (Wdac, "authority-and-usages", Some((Skipped, "a condition beside the hash"))),
        (Wdac, "two-authorities", Some((Skipped, "it asks for two values"))),
        (Clamav, "serial-alone", Some((Skipped, "it has no SHA-1 of the subject"))),
        (Clamav, "clamav-key", Some((Weakened, "ClamAV blocks on any embedded certificate"))),
        (Yara, "serial-alone", None),
        (Yara, "weak-serial-alone", Some((Weakened, "a serial that short or regular never matches alone here"))),
        (Yara, "weak-serial-and-name", None),
        (Stix, "scope-sha1", Some((Weakened, "the part that the certificate plays"))),
        (Misp, "scope-sha1", Some((Weakened, "the part that the certificate plays"))),
        (Kql, "weak-serial-and-time", Some((Weakened, "validity and signature algorithm are left out"))),
        (Stix, "serial-alone", Some((Weakened, "serials have no one spelling"))),
        (Stix, "sha1-alone", None),
        (Stix, "every-tbs", Some((Weakened, "STIX has no property for some"))),
        (Misp, "sha1-alone", None),
        (Misp, "name-alone", Some((Skipped, "an x509 object needs"))),
        (Misp, "weak-serial-alone", Some((Skipped, "a serial that short"))),
        (Mde, "sha1-alone", None),
        (Mde, "serial-alone", Some((Skipped, "only certificates' SHA-1"))),
        (Mde, "maker-and-sha1", Some((Skipped, "the program's name cannot be asked for"))),
        (Mde, "scope-chain", Some((Skipped, "it is about other certificates"))),
    ]
};

#[test]
fn fates() {
    let indicators = sample::indicators();
    for (format, id, expected) in FATES {
        let losses = export_indicators(*format, &indicators).losses;
        let mut losses = losses.iter().filter(|loss| loss.id == *id);
        match expected {
            None => assert_eq!(losses.next(), None, "{format}: {id}"),
            Some((kind, reason)) => {
                let loss = losses.next().unwrap_or_else(|| panic!("{format}: {id}: no loss"));
                assert!(loss.kind == *kind && loss.reason.starts_with(reason), "{format}: {loss:?}");
            }
        }
    }
}

#[test]
fn a_defender_list_is_one_row_a_thumbprint_and_told_where_a_file_ends() {
    use certsift::{Condition, HashOf, HashValue};
    let row = |number: u16| {
        let mut octets = [1_u8; 20];
        octets[..2].copy_from_slice(&number.to_be_bytes());
        let hash = HashValue::new(&octets).unwrap();
        sample::indicator(&format!("row-{number}"), vec![vec![Condition::Hash(HashOf::Certificate, hash)]])
    };
    let mut indicators: Vec<_> = (1..=501).map(row).collect();
    indicators.push(sample::indicator("again", indicators[0].alternatives.clone()));
    let export = export_indicators(ExportFormat::Mde, &indicators);
    assert_eq!(export.text.lines().count(), 1 + 501);
    let told: Vec<(&str, &str)> = export.losses.iter().map(|loss| (&*loss.id, &*loss.reason)).collect();
    assert_eq!(told.len(), 2);
    assert!(
        told[0].0 == "row-501" && told[0].1.starts_with("row 501 and those after it belong in further files"),
        "{told:?}"
    );
    assert!(told[1].0 == "again" && told[1].1.ends_with("is listed once, under row-1"), "{told:?}");
}
