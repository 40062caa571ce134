//! What a verifier says of a signed message and the revocation lists it was given. What lists of every kind say is tested beside the code.

#![cfg(feature = "verify")]

use certsift::{GapReason, RevocationStatus, SignedFile, Time, TrustErrorKind, Verifier};

const SIGNED: &[u8] = include_bytes!("fixtures/revocation/signed.p7s");
const ROOT: &[u8] = include_bytes!("fixtures/revocation/root.der");
const ROOT_LIST: &[u8] = include_bytes!("fixtures/revocation/root_good.crl");
const GOOD: &[u8] = include_bytes!("fixtures/revocation/good.crl");
const REVOKED: &[u8] = include_bytes!("fixtures/revocation/revoked.crl");
const FORGED: &[u8] = include_bytes!("fixtures/revocation/forged.crl");

/// 2024-01-15: while the lists are current.
const NOW: i64 = 1_705_276_800;
/// 2023-05-15: before the signer's certificate was revoked.
const BEFORE: i64 = 1_684_108_800;

#[test]
fn told_with_the_signature() {
    type Case = (&'static str, i64, &'static [&'static [u8]], RevocationStatus, Option<GapReason>);
    let cases: &[Case] = &[
        ("no lists", NOW, &[], RevocationStatus::Unknown, Some(GapReason::NoList)),
        ("good", NOW, &[GOOD, ROOT_LIST], RevocationStatus::Good, None),
        ("revoked", NOW, &[REVOKED, ROOT_LIST], RevocationStatus::Revoked, None),
        ("revoked by one of two", NOW, &[GOOD, REVOKED, ROOT_LIST], RevocationStatus::Revoked, None),
        ("revoked, some day", BEFORE, &[REVOKED], RevocationStatus::RevokedLater, Some(GapReason::NoList)),
        ("forged", NOW, &[FORGED, ROOT_LIST], RevocationStatus::Unknown, Some(GapReason::ListSignature)),
    ];
    let file = SignedFile::parse(SIGNED).unwrap();
    for (name, now, lists, status, gap) in cases {
        let mut verifier = Verifier::new(Time::from_unix(*now));
        verifier.add_anchors(ROOT).unwrap();
        for list in *lists {
            assert_eq!(verifier.add_crls(list), Ok(1), "{name}");
        }
        let facts = verifier.verify(&file, None);
        let signer = &facts[0].signers[0];
        assert_eq!((signer.signature_valid, signer.path.anchor.is_some()), (Some(true), true), "{name}");
        let revocation = signer.revocation;
        assert_eq!((revocation.status, revocation.gap.map(|gap| gap.reason)), (*status, *gap), "{name}");
        let is_named = matches!(status, RevocationStatus::Revoked | RevocationStatus::RevokedLater);
        assert_eq!(revocation.certificate, signer.certificate.filter(|_| is_named), "{name}");
    }
}

#[test]
fn lists_of_a_wrong_kind_are_refused() {
    let mut verifier = Verifier::new(Time::from_unix(NOW));
    let kinds = [verifier.add_crls(ROOT), verifier.add_anchors(GOOD), verifier.add_certificates(b"")];
    let [list, anchor, nothing] = kinds.map(|outcome| outcome.unwrap_err().kind());
    assert!(matches!(list, TrustErrorKind::BadRevocationList(_)), "{list}");
    assert!(matches!(anchor, TrustErrorKind::BadCertificate(_)), "{anchor}");
    assert_eq!(nothing, TrustErrorKind::NoCertificate);
}
