//! What facts mean for the certificates of a signature, as tables.

use super::super::made_up::{NO, ROOTED, STAMPED, YES, facts, used_as};
use super::*;
use crate::file::SignedFile;

fn told(verification: &Verification<'_>, used: &CertificateUse<'_>) -> (&'static str, Option<&'static str>) {
    let status = verification.status_of(used, Container::Pe);
    let finding = verification.finding_of(used, Container::Pe);
    assert_eq!(finding.is_none(), status == SignatureStatus::NotChecked || used.role() != Role::Signer);
    (status.as_str(), finding.map(SignatureFinding::as_str))
}

#[test]
fn the_signer_is_told_by_three_facts() {
    /// What holds of digest, content and signature; status and finding.
    type Row = ([Option<bool>; 3], &'static str, Option<&'static str>);
    let rows: [Row; 13] = [
        ([YES, YES, YES], "valid", Some("signed_by")),
        ([NO, YES, YES], "invalid", Some("copied_signature")),
        ([NO, NO, YES], "invalid", Some("altered_signature")),
        ([NO, YES, NO], "invalid", Some("altered_signature")),
        ([NO, YES, None], "invalid", Some("copied_signature")),
        ([NO, None, None], "invalid", Some("copied_signature")),
        ([YES, NO, YES], "invalid", Some("altered_signature")),
        ([YES, YES, NO], "invalid", Some("altered_signature")),
        ([YES, YES, None], "not_checked", None),
        ([YES, None, YES], "not_checked", None),
        ([None, YES, YES], "not_checked", None),
        ([None, NO, None], "invalid", Some("altered_signature")),
        ([None, None, None], "not_checked", None),
    ];
    let file = SignedFile::parse(STAMPED).unwrap();
    let (signer, stamp) = (used_as(&file, Role::Signer), used_as(&file, Role::TimestampSigner));
    for (three, status, finding) in rows {
        let facts = facts(&file, three);
        assert_eq!(told(&facts, &signer), (status, finding), "{three:?}");
        assert_eq!(told(&facts, &stamp), (status, None), "{three:?} of the timestamp");
    }
}

#[test]
fn a_bare_message_is_of_no_image() {
    let file = SignedFile::parse(STAMPED).unwrap();
    let rows = [(YES, "valid"), (None, "valid"), (NO, "invalid")];
    for (digest, status) in rows {
        assert_eq!(facts(&file, [digest, YES, YES]).status(0, Container::Pkcs7).as_str(), status, "{digest:?}");
    }
}

#[test]
fn without_attributes_the_signature_is_over_the_content() {
    let file = SignedFile::parse(STAMPED).unwrap();
    let mut facts = facts(&file, [YES, None, YES]);
    facts.signers[0].signed_form = Some(SignedForm::Content);
    assert_eq!(facts.status(0, Container::Pe), SignatureStatus::Valid);
    assert_eq!(facts.status(1, Container::Pe), SignatureStatus::NotChecked);
}

#[test]
fn an_authority_is_told_by_the_links_below_it() {
    type Change = fn(&mut Verification<'_>);
    // (what is changed, and the status of the signer and of its issuer)
    let rows: [(&str, Change, [&str; 2]); 6] = [
        ("nothing", |_| (), ["valid", "valid"]),
        ("another file", |facts| facts.digest_matches = NO, ["invalid", "invalid"]),
        ("no key", |facts| facts.signers[0].signature_valid = None, ["not_checked", "not_checked"]),
        ("a wrong link", |facts| facts.signers[0].path.links[0].signature_valid = NO, ["valid", "not_checked"]),
        ("another name", |facts| facts.signers[0].path.links[0].name_matches = NO, ["valid", "not_checked"]),
        ("no path", |facts| facts.signers[0].path.links.clear(), ["valid", "not_checked"]),
    ];
    let file = SignedFile::parse(ROOTED).unwrap();
    for (row, change, expected) in rows {
        let mut facts = facts(&file, [YES, YES, YES]);
        change(&mut facts);
        for (role, status) in [Role::Signer, Role::Chain].into_iter().zip(expected) {
            assert_eq!(facts.status_of(&used_as(&file, role), Container::Pe).as_str(), status, "{row}: {role}");
        }
    }
}

#[test]
fn a_stamp_is_told_by_its_own_facts() {
    let file = SignedFile::parse(STAMPED).unwrap();
    let (signer, stamp) = (used_as(&file, Role::Signer), used_as(&file, Role::TimestampSigner));
    let mut facts = facts(&file, [YES, YES, YES]);
    facts.signers[0].timestamps[0].imprint_matches = NO;
    assert_eq!((told(&facts, &signer).0, told(&facts, &stamp).0), ("valid", "invalid"));
    facts.signers[0].timestamps[0].imprint_matches = YES;
    facts.digest_matches = NO;
    assert_eq!((told(&facts, &signer).0, told(&facts, &stamp).0), ("invalid", "valid"));
    facts.signers[0].timestamps[0].made_by = signer.certificate().into_iter().collect();
    assert_eq!(told(&facts, &stamp).0, "invalid", "another certificate signed it");
}

#[test]
fn a_decoy_did_not_sign() {
    let file = SignedFile::parse(ROOTED).unwrap();
    let (signer, root) = (used_as(&file, Role::Signer), used_as(&file, Role::Chain).certificate());
    let mut facts = facts(&file, [YES, YES, YES]);
    let own = std::mem::replace(&mut facts.signers[0].made_by, root.into_iter().collect());
    assert_eq!(told(&facts, &signer), ("invalid", Some("altered_signature")));
    // A further SignerInfo that names both is told by the first, and holds.
    let mut further = facts.signers[0].clone();
    further.made_by.extend(own);
    facts.signers[0].signature_valid = NO;
    facts.signers[0].made_by.clear();
    facts.signers.push(further);
    assert_eq!(told(&facts, &signer), ("valid", Some("signed_by")));
    facts.signers[1].signature_valid = NO;
    facts.signers[1].made_by.clear();
    assert_eq!(told(&facts, &signer), ("invalid", Some("altered_signature")));
}
