//! Validity against the time of checking: a verified stamp's, or the caller's.

use crate::issued::{CODE_SIGNING, EXTENDED_KEY_USAGE, Issued, LIFETIME_SIGNING, purposes};
use crate::scene::{NOW, Scene, countersigned, scene, unstamped};
use crate::{Row, run};

/// 2026-06-01, when the signer has expired and nothing else.
const LATER: i64 = 1_780_272_000;
/// 2014-01-01, when the signer was not valid yet.
const EARLIER: i64 = 1_388_534_400;
/// 2041-01-01, when nothing is valid any more.
const MUCH_LATER: i64 = 2_240_611_200;

/// The same file at another time.
fn at(name: &str, scene: &Scene, now: i64) -> Row {
    Row::from(name, scene, scene.file()).checked_by(crate::Check { now, ..crate::check() })
}

const SIGNER_EXPIRED: [&str; 3] =
    ["path0.validity: valid -> expired", "time.path_validity: valid -> expired", "time.validity: valid -> expired"];

#[test]
fn without_a_stamp_the_callers_time_counts() {
    run(&[
        at("while it is valid", &unstamped(), NOW),
        at("expired", &unstamped(), LATER).changes(&SIGNER_EXPIRED).changes(&["time: 1704067200 -> 1780272000"]),
        at("not yet valid", &unstamped(), EARLIER).changes(&[
            "path0.validity: valid -> not_yet_valid",
            "time.path_validity: valid -> not_yet_valid",
            "time.validity: valid -> not_yet_valid",
            "time: 1704067200 -> 1388534400",
        ]),
        at("all expired", &unstamped(), MUCH_LATER).changes(&SIGNER_EXPIRED).changes(&[
            "path1.validity: valid -> expired",
            "path2.validity: valid -> expired",
            "time: 1704067200 -> 2240611200",
        ]),
    ]);
}

#[test]
fn with_a_stamp_its_time_counts() {
    run(&[
        at("expired since (token)", &scene(), LATER),
        at("expired since (countersignature)", &countersigned(), LATER),
        at("all expired since (token)", &scene(), MUCH_LATER),
        at("all expired since (countersignature)", &countersigned(), MUCH_LATER),
        at("before everything", &scene(), EARLIER),
    ]);
}

/// The stamp is all that keeps an expired signer: without it there is only the caller's time.
#[test]
fn removing_the_stamp_expires_the_signer() {
    let row = Row::from("no stamp", &scene(), unstamped().file()).at(LATER);
    let before = crate::Facts::of(&scene().file(), &row.check.verifier());
    let after = crate::Facts::of(&unstamped().file(), &row.check.verifier());
    let changes = before.changes(&after);
    let others: Vec<&str> = changes.iter().map(String::as_str).filter(|change| !change.starts_with("stamp")).collect();
    let mut expected = SIGNER_EXPIRED.to_vec();
    expected.extend(["time: 1590969600 -> 1780272000", "time.timestamp: 0 -> none"]);
    expected.sort_unstable();
    let mut others = others;
    others.sort_unstable();
    assert_eq!(others, expected);
}

#[test]
fn validity_against_the_stamp() {
    let with = |signer: Issued| Scene { signer, ..scene() };
    let signer = || scene().signer;
    let intermediate = |intermediate: Issued| Scene { intermediate, ..scene() };
    let ends = |name: &str, scene: Scene| Row::new(name, scene.file());
    let expired = |authority: Issued| authority.valid("100101000000Z", "190101000000Z");
    run(&[
        ends("expired before the stamp", with(signer().valid("150101000000Z", "190101000000Z")))
            .changes(&SIGNER_EXPIRED),
        ends("expired a second before the stamp", with(signer().valid("150101000000Z", "200531235959Z")))
            .changes(&SIGNER_EXPIRED),
        ends("valid to the second of the stamp", with(signer().valid("150101000000Z", "200601000000Z"))),
        ends("valid from the second of the stamp", with(signer().valid("200601000000Z", "250101000000Z"))),
        ends("valid from a second after the stamp", with(signer().valid("200601000001Z", "250101000000Z"))).changes(&[
            "path0.validity: valid -> not_yet_valid",
            "time.path_validity: valid -> not_yet_valid",
            "time.validity: valid -> not_yet_valid",
        ]),
        ends("an authority that had expired", intermediate(expired(scene().intermediate)))
            .changes(&["path1.validity: valid -> expired", "time.path_validity: valid -> expired"]),
        ends("a date that is none", with(signer().valid("150101000000Z", "259901000000Z"))).changes(&[
            "path0.validity: valid -> unknown",
            "time.path_validity: valid -> unknown",
            "time.validity: valid -> unknown",
        ]),
    ]);
}

/// An anchor is trusted as such; that it expired is told of it and is no fact about the path below it.
#[test]
fn an_expired_anchor() {
    let root = scene().root.valid("100101000000Z", "190101000000Z");
    let check = crate::Check { anchors: vec![root.der(), scene().stamp_root.der()], ..crate::check() };
    run(&[Row::new("expired", scene().file()).checked_by(check).changes(&["path2.validity: valid -> expired"])]);
}

/// A signer for lifetime signing expires in spite of its stamp.
#[test]
fn lifetime_signing() {
    let signer = || scene().signer.with(EXTENDED_KEY_USAGE, false, &purposes(&[CODE_SIGNING, LIFETIME_SIGNING]));
    let stamped = || Scene { signer: signer(), ..scene() };
    let own_time = ["time.lifetime_signing: false -> true", "time.timestamp: 0 -> none"];
    run(&[
        Row::new("while it is valid", stamped().file()).changes(&own_time).changes(&["time: 1590969600 -> 1704067200"]),
        Row::new("expired", stamped().file())
            .at(LATER)
            .changes(&own_time)
            .changes(&SIGNER_EXPIRED)
            .changes(&["time: 1590969600 -> 1780272000"]),
        Row::from("without a stamp", &unstamped(), Scene { signer: signer(), ..unstamped() }.file())
            .changes(&["time.lifetime_signing: false -> true"]),
    ]);
}
