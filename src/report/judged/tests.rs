//! What a report says by facts that are made up here: of the signature, of the matches, and in text.

use crate::asn1::time::Time;
use crate::file::SignedFile;
use crate::indicators::hash_value::{HashOf, HashValue};
use crate::indicators::indicator::{Condition, Indicator, Metadata};
use crate::indicators::role::{Role, Roles};
use crate::indicators::table::IndicatorTable;
use crate::report::terminal::TextStyle;
use crate::report::{Input, Report};
use crate::verify::made_up::{NO, ROOTED, STAMPED, YES, facts};
use crate::verify::{Revocation, RevocationStatus, ValidAt, Verification};
use crate::x509::serial::SerialBuf;

/// An indicator of a certificate by its serial and issuer, abused since a time.
fn indicator(file: &SignedFile<'_>, role: Role, since: Option<Time>) -> Indicator {
    let used = *file.certificate_uses().iter().find(|used| used.role() == role).unwrap();
    let serial = SerialBuf::from_bytes(used.certificate().unwrap().serial().as_bytes());
    let sha256 = used.certificate().unwrap().sha256();
    let hash = HashValue::new(&sha256).unwrap();
    let conditions = vec![Condition::Serial(serial), Condition::Hash(HashOf::Certificate, hash)];
    let metadata = Metadata { id: "made-up".into(), abused_from: since, ..Metadata::default() };
    Indicator { metadata, scope: Roles::ANY, alternatives: vec![conditions] }
}

fn table(indicator: Indicator) -> IndicatorTable {
    IndicatorTable::new([indicator]).unwrap()
}

fn report<'a>(file: &SignedFile<'a>, table: &IndicatorTable, facts: Verification<'a>) -> Report {
    Report::verified(Input::from_path("x.exe".as_ref()), file, table, &[facts])
}

#[test]
fn a_match_carries_what_was_verified() {
    let file = SignedFile::parse(ROOTED).unwrap();
    let table = table(indicator(&file, Role::Signer, None));
    /// What holds of digest, content and signature; status, finding and technique; and a part of the text.
    type Row = ([Option<bool>; 3], [Option<&'static str>; 3], &'static str);
    let rows: [Row; 4] = [
        (
            [YES, YES, YES],
            [Some("valid"), Some("signed_by"), Some("T1553.002")],
            "holds: it signed this file (T1553.002)\n",
        ),
        (
            [NO, YES, YES],
            [Some("invalid"), Some("copied_signature"), Some("T1036.001")],
            "copied from another file, or this one was changed (T1036.001)\n",
        ),
        (
            [YES, YES, NO],
            [Some("invalid"), Some("altered_signature"), Some("T1036.001")],
            "altered: this certificate did not make it (T1036.001)\n",
        ),
        ([None, YES, YES], [Some("not_checked"), None, None], "issued by certsift Fixture Root CA\n"),
    ];
    for (three, told, text) in rows {
        let report = report(&file, &table, facts(&file, three));
        let found = &report.matches[0];
        let own = [Some(found.signature_status.as_str()), found.finding.as_deref(), found.technique.as_deref()];
        assert_eq!(own, told, "{three:?}");
        let shown = report.to_text(TextStyle::default());
        assert!(shown.contains(text), "no {text} in {shown}");
        let is_short = |line: &str| line.contains("sha256") || line.chars().count() <= 80;
        assert!(shown.lines().all(is_short), "{shown}");
    }
    let unverified = Report::new(Input::default(), &file, &table);
    assert_eq!(
        (unverified.matches[0].signature_status.as_str(), &unverified.matches[0].finding),
        ("not_checked", &None)
    );
}

#[test]
fn only_a_verified_timestamp_tells_a_time() {
    type Change = fn(&mut Verification<'_>);
    let rows: [(&str, Change, Option<&str>); 4] = [
        ("verified", |_| (), Some("historical")),
        ("of another signature", |facts| facts.signers[0].timestamps[0].imprint_matches = NO, None),
        ("without an anchor", |facts| facts.signers[0].timestamps[0].path.anchor = None, None),
        ("without a stamp", |facts| facts.signers[0].timestamps.clear(), None),
    ];
    let file = SignedFile::parse(STAMPED).unwrap();
    let stamp = file.signatures()[0].signers()[0].timestamps()[0].clone();
    let later = Time::from_unix(stamp.time().unwrap().unix() + 1);
    let table = table(indicator(&file, Role::Signer, Some(later)));
    for (row, change, timing) in rows {
        let mut facts = facts(&file, [YES, YES, YES]);
        facts.signers[0].timestamps[0].path.anchor = stamp.signer();
        facts.signers[0].timestamps[0].validity = Some(ValidAt::Valid);
        change(&mut facts);
        let report = report(&file, &table, facts);
        assert_eq!(report.matches[0].timing.as_deref(), timing, "{row}");
        let record = report.signatures[0].verification.as_ref().unwrap();
        let expected = if timing.is_some() { "revoked_later" } else { "revoked" };
        assert_eq!((record.revoked.status.as_str(), record.revoked.by.as_deref()), (expected, Some("table")), "{row}");
    }
    let unverified = Report::new(Input::default(), &file, &table);
    assert_eq!(unverified.matches[0].timing.as_deref(), Some("historical"), "the stamp's own word");
}

#[test]
fn the_table_revokes_what_no_list_does() {
    let file = SignedFile::parse(ROOTED).unwrap();
    let list = |status| Revocation { status, ..Revocation::default() };
    let rows: [(Role, Revocation<'_>, [&str; 2]); 5] = [
        (Role::Signer, Revocation::default(), ["revoked", "table"]),
        (Role::Chain, Revocation::default(), ["revoked", "table"]),
        (Role::Signer, list(RevocationStatus::Good), ["revoked", "table"]),
        (Role::Signer, list(RevocationStatus::Revoked), ["revoked", "crl"]),
        (Role::Signer, list(RevocationStatus::RevokedLater), ["revoked_later", "crl"]),
    ];
    for (role, list, expected) in rows {
        let mut facts = facts(&file, [YES, YES, YES]);
        facts.signers[0].revocation = list;
        let report = report(&file, &table(indicator(&file, role, None)), facts);
        let revoked = &report.signatures[0].verification.as_ref().unwrap().revoked;
        assert_eq!([revoked.status.as_str(), revoked.by.as_deref().unwrap()], expected, "{role} {list:?}");
    }
    let silent = report(&file, &IndicatorTable::empty(), facts(&file, [YES, YES, YES]));
    let revoked = &silent.signatures[0].verification.as_ref().unwrap().revoked;
    assert_eq!((revoked.status.as_str(), &revoked.by), ("unknown", &None));
}

#[test]
fn the_record_holds_the_facts() {
    let file = SignedFile::parse(ROOTED).unwrap();
    let mut facts = facts(&file, [YES, YES, YES]);
    facts.signers[0].path.anchor = facts.signers[0].path.links.last().map(|link| link.certificate);
    let report = report(&file, &IndicatorTable::empty(), facts);
    let signer = report.signatures[0].signer;
    let record = report.signatures[0].verification.clone().unwrap();
    assert_eq!((record.digest_matches, record.content_matches, record.signature_valid), (YES, YES, YES));
    assert_eq!((record.certificate, record.certificate_path[0].certificate), (signer, signer));
    assert_eq!(record.certificate_path.len(), 2);
    assert_eq!(record.anchor.as_ref().unwrap().sha256, record.certificate_path[1].sha256);
    assert_eq!(record.time.checked_at.as_deref(), Some("1970-01-01T00:00:00Z"));
    assert!(record.summary.ends_with("the time of checking."), "{}", record.summary);
    let line = report.to_text(TextStyle::default());
    assert!(line.starts_with("x.exe: signed by CallTogether, Inc. (holds to CN=certsift Fixture Root CA,"), "{line}");
    // What is read back is what was written.
    let read: Report = serde_json::from_str(&report.to_json_line()).unwrap();
    assert_eq!(read, report);
}

/// One line of text for a file without a match.
#[test]
fn text_says_what_is_known() {
    type Change = fn(&mut Verification<'_>);
    let rows: [(Change, &str); 6] = [
        (|_| (), "(holds, no anchor reached)"),
        (|facts| facts.digest_matches = NO, "(a copied signature)"),
        (|facts| facts.signers[0].content_matches = NO, "(an altered signature)"),
        (|facts| facts.signers[0].signature_valid = None, "(cannot be verified)"),
        (|facts| facts.signers[0].revocation.status = RevocationStatus::Revoked, "(holds, its certificate is revoked)"),
        (|facts| facts.signers[0].code_signing = NO, "(holds, its certificate is not for code signing)"),
    ];
    let file = SignedFile::parse(ROOTED).unwrap();
    for (change, expected) in rows {
        let mut facts = facts(&file, [YES, YES, YES]);
        change(&mut facts);
        let text = report(&file, &IndicatorTable::empty(), facts).to_text(TextStyle::default());
        assert_eq!(text, format!("x.exe: signed by CallTogether, Inc. {expected}\n"));
    }
}
