use super::*;
use crate::verify::path::{Origin, PathLink};
use crate::verify::validity::ValidAt;

/// 2024-01-15, between the dates of the lists.
const NOW: &str = "2024-01-15";

#[test]
fn what_lists_say_of_a_path() {
    /// Certificates from the signer to the root, lists, time of checking, answer.
    type Case = (&'static str, [&'static str; 2], &'static [&'static str], &'static str, &'static str);
    const PATH: [&str; 2] = ["leaf", "ca"];
    const NO_CRL_SIGN: [&str; 2] = ["leaf", "ca_no_crl_sign"];
    const EXPIRED: [&str; 2] = ["leaf_expired", "ca"];
    let cases: &[Case] = &[
        ("no lists", PATH, &[], NOW, "unknown; gap a001 no_list"),
        ("all lists", PATH, &["good.crl", "root_good.crl"], NOW, "good"),
        ("all lists in PEM", PATH, &["good.pem"], NOW, "good"),
        ("before the lists were made", PATH, &["good.crl", "root_good.crl"], "2021-01-01", "good"),
        ("root's list missing", PATH, &["good.crl"], NOW, "unknown; gap 2001 no_list"),
        ("CA's list missing", PATH, &["root_good.crl"], NOW, "unknown; gap a001 no_list"),
        ("revoked", PATH, &["revoked.crl", "root_good.crl"], NOW, "revoked a001 2023-06-01 1"),
        ("revoked on the day", PATH, &["revoked.crl"], "2023-06-01", "revoked a001 2023-06-01 1; gap 2001 no_list"),
        ("revoked later", PATH, &["revoked.crl", "root_good.crl"], "2023-05-31", "revoked_later a001 2023-06-01 1"),
        ("revoked, no reason", PATH, &["no_reason.crl", "root_good.crl"], NOW, "revoked a001 2023-06-01 -"),
        ("CA revoked", PATH, &["good.crl", "root_revoked.crl"], NOW, "revoked 2001 2023-03-01 2"),
        (
            "CA revoked, no list of its own",
            PATH,
            &["root_revoked.crl"],
            NOW,
            "revoked 2001 2023-03-01 2; gap a001 no_list",
        ),
        ("both revoked", PATH, &["revoked.crl", "root_revoked.crl"], NOW, "revoked a001 2023-06-01 1"),
        ("leaf later", PATH, &["revoked.crl", "root_revoked.crl"], "2023-04-01", "revoked 2001 2023-03-01 2"),
        ("both later", PATH, &["revoked.crl", "root_revoked.crl"], "2023-02-01", "revoked_later a001 2023-06-01 1"),
        ("invalid earlier", PATH, &["invalidity.crl", "root_good.crl"], "2022-06-01", "revoked a001 2022-01-01 1"),
        ("superseded", PATH, &["superseded.crl", "root_good.crl"], "2022-06-01", "revoked_later a001 2023-06-01 4"),
        ("on hold", PATH, &["hold.crl", "root_good.crl"], NOW, "revoked a001 2023-06-01 6"),
        ("no longer on hold", PATH, &["hold.crl", "good.crl", "root_good.crl"], NOW, "good"),
        (
            "gone from a newer list",
            PATH,
            &["stale_revoked.crl", "good.crl"],
            NOW,
            "revoked a001 2023-06-01 1; gap 2001 no_list",
        ),
        ("removeFromCRL", PATH, &["remove.crl", "root_good.crl"], NOW, "good"),
        ("several entries", PATH, &["twice.crl", "root_good.crl"], NOW, "revoked a001 2023-07-01 -"),
        ("stale", PATH, &["stale.crl", "root_good.crl"], NOW, "unknown; gap a001 stale_list"),
        ("stale, revoked", PATH, &["stale_revoked.crl", "root_good.crl"], NOW, "revoked a001 2023-06-01 1"),
        ("stale beside a current one", PATH, &["stale.crl", "good.crl", "root_good.crl"], NOW, "good"),
        ("not yet made", PATH, &["future.crl", "root_good.crl"], NOW, "unknown; gap a001 stale_list"),
        ("no next update", PATH, &["no_next.crl", "root_good.crl"], NOW, "unknown; gap a001 stale_list"),
        ("forged", PATH, &["forged.crl", "root_good.crl"], NOW, "unknown; gap a001 list_signature"),
        ("forged beside a good one", PATH, &["forged.crl", "good.crl", "root_good.crl"], NOW, "good"),
        ("other key", PATH, &["other_key.crl", "root_good.crl"], NOW, "unknown; gap a001 no_list"),
        ("other key, no id", PATH, &["other_key_no_id.crl", "root_good.crl"], NOW, "unknown; gap a001 list_signature"),
        ("no key id", PATH, &["no_key_id.crl", "root_good.crl"], NOW, "revoked a001 2023-06-01 1"),
        ("name written otherwise", PATH, &["printable.crl", "root_good.crl"], NOW, "revoked a001 2023-06-01 1"),
        ("delta", PATH, &["delta.crl", "root_good.crl"], NOW, "unknown; gap a001 unusable_list"),
        ("indirect", PATH, &["indirect.crl", "root_good.crl"], NOW, "unknown; gap a001 unusable_list"),
        ("critical extension", PATH, &["critical.crl", "root_good.crl"], NOW, "unknown; gap a001 unusable_list"),
        (
            "critical in an entry",
            PATH,
            &["critical_entry.crl", "root_good.crl"],
            NOW,
            "unknown; gap a001 unusable_list",
        ),
        ("its point", PATH, &["point_a.crl", "root_good.crl"], NOW, "good"),
        ("another point", PATH, &["point_b.crl", "root_good.crl"], NOW, "unknown; gap a001 other_scope"),
        ("another point, revoked", PATH, &["point_b_revoked.crl", "root_good.crl"], NOW, "revoked a001 2023-06-01 1"),
        ("point that is not named", EXPIRED, &["point_a.crl", "root_good.crl"], NOW, "unknown; gap a002 other_scope"),
        ("of authorities", PATH, &["authorities.crl", "root_good.crl"], NOW, "unknown; gap a001 other_scope"),
        ("some reasons", PATH, &["some_reasons.crl", "root_good.crl"], NOW, "unknown; gap a001 other_scope"),
        ("expired before", EXPIRED, &["good.crl", "root_good.crl"], NOW, "unknown; gap a002 expired"),
        ("expired, and kept", EXPIRED, &["keeps_expired.crl", "root_good.crl"], NOW, "good"),
        ("key usage", NO_CRL_SIGN, &["revoked.crl", "root_good.crl"], NOW, "unknown; gap a001 key_usage"),
    ];
    for (name, certificates, lists, at, expected) in cases {
        let trust = trust_in(lists);
        let octets = [certificates[0], certificates[1], "root"].map(|name| read(&format!("{name}.der")));
        let path = path(&octets, true);
        let answer = check(&path, &trust, date(at), date(NOW), &mut Work::new(1_000));
        assert_eq!(said(&answer), *expected, "{name}");
    }
}

#[test]
fn lists_are_nothing_without_their_issuers() {
    let trust = trust_in(&["revoked.crl", "root_good.crl"]);
    let octets = ["leaf", "ca", "root"].map(|name| read(&format!("{name}.der")));
    let now = date(NOW);
    let ask = |path: &CertificatePath<'_>, work| said(&check(path, &trust, now, now, &mut Work::new(work)));

    assert_eq!(ask(&CertificatePath::default(), 1_000), "unknown");
    assert_eq!(ask(&path(&octets[2..], true), 1_000), "unknown", "an anchor alone");
    assert_eq!(ask(&path(&octets[..1], false), 1_000), "unknown; gap a001 no_issuer");
    let no_anchor = path(&octets[..2], false);
    assert_eq!(ask(&no_anchor, 1_000), "revoked a001 2023-06-01 1; gap 2001 no_issuer");
    let mut broken = path(&octets, false);
    broken.links[0].signature_valid = Some(false);
    assert_eq!(ask(&broken, 1_000), "unknown; gap a001 no_issuer");
    assert_eq!(ask(&path(&octets, true), 0), "unknown; gap a001 limit");
}

/// What was computed of a list for one file is used for the next, and changes nothing.
#[test]
fn lists_are_asked_again() {
    let octets = ["leaf", "ca", "root"].map(|name| read(&format!("{name}.der")));
    let (path, now) = (path(&octets, true), date(NOW));
    for (list, expected) in
        [("revoked.crl", "revoked a001 2023-06-01 1"), ("forged.crl", "unknown; gap a001 list_signature")]
    {
        let trust = trust_in(&[list, "root_good.crl"]);
        for _ in 0..3 {
            assert_eq!(said(&check(&path, &trust, now, now, &mut Work::new(1_000))), expected);
        }
        let remembered = trust.lists_of(path.links[0].certificate.issuer()).map(|list| list.digests().len());
        assert_eq!(remembered.collect::<Vec<_>>(), [1]);
    }
}

fn said(answer: &Revocation<'_>) -> String {
    let mut text = answer.status.as_str().to_owned();
    if let Some(certificate) = answer.certificate {
        let date = answer.date.unwrap().to_string();
        let reason = answer.reason.map_or("-".to_owned(), |reason| reason.to_string());
        text.push_str(&format!(" {} {} {reason}", certificate.serial(), date.trim_end_matches("T00:00:00Z")));
    }
    if let Some(gap) = answer.gap {
        text.push_str(&format!("; gap {} {}", gap.certificate.serial(), gap.reason.as_str()));
    }
    text
}

fn path(octets: &[Vec<u8>], is_anchored: bool) -> CertificatePath<'_> {
    let certificates: Vec<_> = octets.iter().map(|der| Certificate::from_der(der).unwrap()).collect();
    let last = certificates.len().saturating_sub(1);
    let links = certificates.iter().enumerate().map(|(index, certificate)| PathLink {
        certificate: *certificate,
        origin: if is_anchored && index == last { Origin::Anchor } else { Origin::File },
        name_matches: (index < last).then_some(true),
        signature_valid: (index < last).then_some(true),
        key_id_matches: None,
        is_ca: certificate.is_ca(),
        validity: ValidAt::Valid,
    });
    CertificatePath {
        links: links.collect(),
        anchor: certificates.last().copied().filter(|_| is_anchored),
        ..CertificatePath::default()
    }
}

fn trust_in(lists: &[&str]) -> Trust {
    let mut trust = Trust::default();
    for list in lists {
        trust.add_crls(&read(list)).unwrap();
    }
    trust
}

fn date(text: &str) -> Time {
    let parts: Vec<i64> = text.split('-').map(|part| part.parse().unwrap()).collect();
    Time::from_calendar(parts.try_into().unwrap(), [0, 0, 0]).unwrap()
}

fn read(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/fixtures/revocation/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}
