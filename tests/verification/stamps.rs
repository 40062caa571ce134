//! Changes to the timestamp: only one that holds in everything moves the time of checking.

use crate::issued::{
    BASIC_CONSTRAINTS, CODE_SIGNING, EXTENDED_KEY_USAGE, Issued, TIME_STAMPING, authority, purposes, sign,
};
use crate::scene::{
    Check, NOW, Scene, Stamp, check, countersigned, edit, message_digest, scene, sha256, tst_info, unstamped,
};
use crate::support::cms::{CONTENT_TYPE, RFC3161_TOKEN, SignedData, SignerInfo, attribute, token_response};
use crate::support::der::{self, oid, sequence, split, tlv};
use crate::{Row, run};

/// What hangs on every stamp that does not hold.
const FALLS: [&str; 3] =
    ["stamp0.verified: true -> false", "time: 1590969600 -> 1704067200", "time.timestamp: 0 -> none"];

fn row(name: &str, scene: Scene) -> Row {
    let before = if scene.stamp == Stamp::Countersignature { countersigned() } else { crate::scene::scene() };
    Row::from(name, &before, scene.file())
}

/// A change to the SignerInfo of a token, and of a countersignature.
fn stamp_info(change: impl Fn(&mut SignerInfo) + Copy + 'static) -> [Scene; 2] {
    [Scene { stamp_info: edit(change), ..scene() }, Scene { stamp_info: edit(change), ..countersigned() }]
}

fn both(name: &str, [token, countersignature]: [Scene; 2]) -> [Row; 2] {
    [row(&format!("{name} (token)"), token), row(&format!("{name} (countersignature)"), countersignature)]
}

fn with_stamper(stamper: impl Fn() -> Issued) -> [Scene; 2] {
    [Scene { stamper: stamper(), ..scene() }, Scene { stamper: stamper(), ..countersigned() }]
}

fn all(rows: [Row; 2], changes: &[&str]) -> Vec<Row> {
    rows.into_iter().map(|row| row.changes(&FALLS).changes(changes)).collect()
}

#[test]
fn the_stamps_signature() {
    let flip = |info: &mut SignerInfo| *info.signature.last_mut().unwrap() ^= 1;
    let by_another = |info: &mut SignerInfo| info.signature = sign("Somebody", &info.signature);
    let none = |info: &mut SignerInfo| info.signature.clear();
    let unknown = |info: &mut SignerInfo| info.algorithm = sequence([oid("1.2.3.4")]);
    let not_valid = ["stamp0.signature_valid: yes -> no"];
    run(&[
        all(both("a bit of its signature", stamp_info(flip)), &not_valid),
        all(both("by another key", stamp_info(by_another)), &not_valid),
        all(both("no octets", stamp_info(none)), &not_valid),
        all(both("an unknown algorithm", stamp_info(unknown)), &["stamp0.signature_valid: yes -> unknown"]),
    ]
    .concat_rows());
}

/// Puts the rows of several tables together.
trait ConcatRows {
    fn concat_rows(self) -> Vec<Row>;
}

impl<const N: usize> ConcatRows for [Vec<Row>; N] {
    fn concat_rows(self) -> Vec<Row> {
        self.into_iter().flatten().collect()
    }
}

#[test]
fn what_is_stamped() {
    let another = |imprint: &mut Vec<u8>| *imprint = sha256(b"another signature");
    let later = edit(|token: &mut SignedData| {
        let (_, tst_info, _) = split(token.content.as_ref().unwrap());
        let text = String::from_utf8_lossy(tst_info).into_owned();
        assert!(text.contains("20200601"), "the time is there");
        let position = tst_info.windows(8).position(|window| window == b"20200601").unwrap();
        let mut changed = tst_info.to_vec();
        changed.splice(position..position + 8, *b"20190601");
        token.content = Some(tlv(der::OCTET_STRING, changed));
    });
    let unsigned_attributes = edit(|info: &mut SignerInfo| {
        let signed = info.signed.as_mut().unwrap();
        *signed.first_mut().unwrap() = attribute(CONTENT_TYPE, [oid("1.2.3")]);
    });
    let junk = edit(|tst_info: &mut Vec<u8>| *tst_info = tlv(der::OCTET_STRING, b"no TSTInfo"));
    run(&[
        row("a token for another signature", Scene { imprint: edit(another), ..scene() })
            .changes(&FALLS)
            .changes(&["stamp0.imprint_matches: yes -> no"]),
        row("a countersignature for another signature", Scene { imprint: edit(another), ..countersigned() })
            .changes(&FALLS)
            .changes(&["stamp0.imprint_matches: yes -> no", "stamp0.content_matches: yes -> no"]),
        row("genTime changed", Scene { token: later, ..scene() })
            .changes(&FALLS)
            .changes(&["stamp0.content_matches: yes -> no", "stamp0.time: 1590969600 -> 1559347200"]),
        row("the stamp's attributes changed", Scene { stamp_info: unsigned_attributes, ..scene() })
            .changes(&FALLS)
            .changes(&["stamp0.signature_valid: yes -> no", "stamp0.content_matches: yes -> no"]),
        row("no TSTInfo", Scene { tst_info: junk, ..scene() })
            .changes(&FALLS)
            .changes(&["stamp0.imprint_matches: yes -> unknown", "stamp0.time: 1590969600 -> none"]),
    ]);
}

/// A stamp is moved with all its octets from the signature that it is over to another one.
#[test]
fn a_stamp_of_another_signature() {
    let moved = |stamp: Stamp| {
        let donor = Scene { stamp, signed: edit(|signed: &mut Vec<Vec<u8>>| signed.truncate(2)), ..scene() };
        let info = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let kept = info.clone();
        let donor =
            Scene { info: edit(move |info: &mut SignerInfo| kept.lock().unwrap().clone_from(&info.unsigned)), ..donor };
        let _ = donor.message_der();
        let unsigned = info.lock().unwrap().clone();
        assert_eq!(unsigned.len(), 1);
        Scene { stamp, info: edit(move |info: &mut SignerInfo| info.unsigned.clone_from(&unsigned)), ..scene() }
    };
    let imprint = "stamp0.imprint_matches: yes -> no";
    run(&[
        row("a token", moved(Stamp::Token)).changes(&FALLS).changes(&[imprint]),
        row("a countersignature", moved(Stamp::Countersignature))
            .changes(&FALLS)
            .changes(&[imprint, "stamp0.content_matches: yes -> no"]),
    ]);
}

#[test]
fn who_stamps() {
    let stamper = || scene().stamper;
    let for_code = || stamper().with(EXTENDED_KEY_USAGE, false, &purposes(&[CODE_SIGNING]));
    let for_both = || stamper().with(EXTENDED_KEY_USAGE, false, &purposes(&[CODE_SIGNING, TIME_STAMPING]));
    let for_nothing = || stamper().without(EXTENDED_KEY_USAGE);
    let expired = || stamper().valid("150101000000Z", "200101000000Z");
    let too_early = || stamper().valid("210101000000Z", "350101000000Z");
    let expired_since = || stamper().valid("150101000000Z", "210101000000Z");
    let forged = || stamper().signed_by("Nobody");
    let not_for_it = ["stamp0.time_stamping: yes -> no"];
    let not_then = |what: &str| {
        vec![format!("stamp0.validity: valid -> {what}"), format!("stamp0.path0.validity: valid -> {what}")]
    };
    let (before, after) = (not_then("expired"), not_then("not_yet_valid"));
    let text = |lines: &[String]| lines.iter().map(|line| &*line.clone().leak()).collect::<Vec<&'static str>>();
    let nobody = [
        "stamp0.anchor: Stamp Root -> none",
        "stamp0.broken: none -> issuer_signature at 0",
        "stamp0.path: Stamper (file) < Stamp Root (anchor) -> Stamper (file)",
        "stamp0.path0.key_id_matches: yes -> unknown",
        "stamp0.path0.signature_valid: yes -> no",
        "stamp0.path1.is_ca: yes -> -",
        "stamp0.path1.key_id_matches: unknown -> -",
        "stamp0.path1.name_matches: yes -> -",
        "stamp0.path1.signature_valid: yes -> -",
        "stamp0.path1.validity: valid -> -",
    ];
    run(&[
        all(both("a certificate for code signing", with_stamper(for_code)), &not_for_it),
        all(both("a certificate for nothing", with_stamper(for_nothing)), &not_for_it),
        both("a certificate for both", with_stamper(for_both)).into(),
        all(both("expired before the time it states", with_stamper(expired)), &text(&before)),
        all(both("valid only after the time it states", with_stamper(too_early)), &text(&after)),
        both("expired since", with_stamper(expired_since)).into(),
        all(both("signed by nobody", with_stamper(forged)), &nobody),
    ]
    .concat_rows());
}

/// A stamper whose path ends at no anchor proves no time, though its certificate and signature be right.
#[test]
fn a_stamper_without_anchor() {
    let no_root = Check { anchors: vec![scene().root.der()], ..check() };
    let changes = [
        "stamp0.anchor: Stamp Root -> none",
        "stamp0.broken: none -> no_issuer at 0",
        "stamp0.path0.key_id_matches: yes -> unknown",
        "stamp0.path0.name_matches: yes -> no",
        "stamp0.path0.signature_valid: yes -> unknown",
        "stamp0.path1.is_ca: yes -> -",
        "stamp0.path1.key_id_matches: unknown -> -",
        "stamp0.path1.name_matches: yes -> -",
        "stamp0.path1.signature_valid: yes -> -",
        "stamp0.path1.validity: valid -> -",
        "stamp0.path: Stamper (file) < Stamp Root (anchor) -> Stamper (file)",
    ];
    let rows = both("no anchor", [scene(), countersigned()]);
    run(&rows.map(|row| row.checked_by(no_root.clone()).changes(&FALLS).changes(&changes)));
}

/// The authority between a stamper and its anchor is found beside the stamper, and must be one.
#[test]
fn a_stampers_authority() {
    let between = |authority: Issued| {
        let stamper = crate::issued::end_entity("0201", "Stamper", "Stamp Authority", TIME_STAMPING);
        let stamper = stamper.valid("150101000000Z", "350101000000Z");
        let token = edit(move |token: &mut SignedData| token.certificates.push(authority.der()));
        Scene { stamper, token, ..scene() }
    };
    let good = || authority("05", "Stamp Authority", "Stamp Root");
    let before = between(good());
    let no_ca = between(good().with(BASIC_CONSTRAINTS, true, &sequence([[]])));
    run(&[
        Row::from("an authority between them", &before, between(good()).file()),
        Row::from("which is none", &before, no_ca.file()).changes(&FALLS).changes(&[
            "stamp0.anchor: Stamp Root -> none",
            "stamp0.broken: none -> not_ca at 1",
            "stamp0.path1.is_ca: yes -> no",
        ]),
    ]);
}

/// What hides or follows a good stamp takes nothing from it, and a bad one beside it adds no time.
#[test]
fn several_stamps() {
    let before = scene().file();
    let verifier = check().verifier();
    let before = crate::facts::Facts::of(&before, &verifier);
    let fake = || {
        let token = tst_info(&sha256(b"nothing"), "20100101000000Z");
        let info = crate::support::cms::signer_info(&scene().stamper.parts);
        let message = SignedData {
            content_type: oid(crate::support::cms::TST_INFO),
            content: Some(tlv(der::OCTET_STRING, token)),
            ..crate::support::cms::message([scene().stamper.der()], [info.der()])
        };
        attribute(RFC3161_TOKEN, [message.der()])
    };
    let behind = Scene { info: edit(move |info: &mut SignerInfo| info.unsigned.push(fake())), ..scene() };
    let first = Scene { info: edit(move |info: &mut SignerInfo| info.unsigned.insert(0, fake())), ..scene() };
    for (name, scene, good) in [("behind", behind, "0"), ("before", first, "1")] {
        let after = crate::facts::Facts::of(&scene.file(), &verifier);
        assert_eq!(after.get("stamps"), "2", "{name}");
        assert_eq!(after.get("time"), before.get("time"), "{name}");
        assert_eq!(after.get("time.timestamp"), good, "{name}");
        assert_eq!(after.get(&format!("stamp{good}.verified")), "true", "{name}: {:#?}", after.list());
    }
}

/// A token that is a whole TimeStampResp is a token; one that only looks like it is none.
#[test]
fn a_token_in_a_response() {
    let wrapped = edit(|info: &mut SignerInfo| {
        let stored = info.unsigned.first().unwrap().clone();
        let (_, parts, _) = split(&stored);
        let (_, _, values) = split(parts);
        let (_, token, _) = split(values);
        let status = sequence([tlv(der::INTEGER, [0])]);
        info.unsigned = vec![attribute(RFC3161_TOKEN, [sequence([status, token.to_vec()])])];
    });
    run(&[row("a TimeStampResp", Scene { info: wrapped, ..scene() })]);
    let unsigned = edit(|info: &mut SignerInfo| {
        info.unsigned = vec![token_response(&scene().stamper.parts, "20200601000000Z")];
    });
    let facts = crate::facts::Facts::of(&Scene { info: unsigned, ..unstamped() }.file(), &check().verifier());
    assert_eq!((facts.get("stamps"), facts.get("stamp0.verified")), ("1", "false"), "{:#?}", facts.list());
    assert_eq!(facts.get("time"), NOW.to_string());
}

/// A countersignature that names another type of content than data is over no data.
#[test]
fn a_countersignatures_attributes() {
    let without_digest = edit(|signed: &mut Vec<Vec<u8>>| drop(signed.pop()));
    let twice = edit(|signed: &mut Vec<Vec<u8>>| signed.push(message_digest(&sha256(b"another"))));
    let without_time = edit(|signed: &mut Vec<Vec<u8>>| drop(signed.remove(1)));
    let no_digest = ["stamp0.content_matches: yes -> no", "stamp0.imprint_matches: yes -> no"];
    run(&[
        row("no messageDigest", Scene { stamp_signed: without_digest, ..countersigned() })
            .changes(&FALLS)
            .changes(&no_digest),
        row("messageDigest twice", Scene { stamp_signed: twice, ..countersigned() })
            .changes(&FALLS)
            .changes(&no_digest),
        row("no signingTime", Scene { stamp_signed: without_time, ..countersigned() })
            .changes(&FALLS)
            .changes(&["stamp0.time: 1590969600 -> none"]),
    ]);
}
