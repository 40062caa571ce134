//! What is odd about an authority that somebody trusts, without any indicator.

use super::TrustStoreOptions;
use super::record::StoreFinding;
use super::well_known::{Likeness, likeness};
use crate::asn1::time::Time;
use crate::indicators::indicator::Severity;
use crate::report::CertificateFacts;

const SECONDS_A_DAY: i64 = 86_400;

/// What is odd about a certificate, the worst first.
pub(super) fn oddities(
    facts: &CertificateFacts,
    known: Option<bool>,
    options: &TrustStoreOptions,
) -> Vec<StoreFinding> {
    let mut found = Vec::new();
    let mut add = |code: &str, severity: Severity, detail: String| {
        // Whoever keeps the baseline has looked at it.
        let severity = if known == Some(true) { severity.min(Severity::Low) } else { severity };
        found.push(StoreFinding { code: code.to_owned(), severity: severity.as_str().to_owned(), detail });
    };
    if known == Some(false) {
        add("not_in_baseline", Severity::Medium, "nobody knows this authority".to_owned());
    }
    if known != Some(true) {
        match likeness(facts) {
            // The name alone says nothing of a certificate of which it is not known whether it is known.
            Some((Likeness::Same, name)) if known == Some(false) => {
                add(
                    "borrowed_name",
                    Severity::Medium,
                    format!("has the name of {name}, and is none of its known roots"),
                );
            }
            Some((Likeness::Similar, name)) => {
                add("similar_name", Severity::Medium, format!("has a name that looks like {name}"));
            }
            _ => {}
        }
    }
    if facts.is_ca != Some(true) {
        add("ca_flag_missing", Severity::Low, "does not say that it is an authority (basic constraints)".to_owned());
    }
    if !facts.self_issued {
        add("not_self_issued", Severity::Low, format!("no root: issued by {}", facts.issuer.dn));
    }
    let time = |text: &Option<String>| text.as_deref().and_then(Time::from_rfc3339).map(Time::unix);
    let (from, to, now) = (time(&facts.not_before), time(&facts.not_after), options.at.unix());
    if let Some(age) = from.map(|from| days(from, now)) {
        match age {
            ..0 => add("not_yet_valid", Severity::Low, format!("valid in {} days", age.saturating_neg())),
            age if age < i64::from(options.young_days) => {
                add("young", Severity::Low, format!("{age} days old, where {} are usual", options.young_days));
            }
            _ => {}
        }
    }
    if to.is_some_and(|to| to < now) {
        add("expired", Severity::Informational, "no longer valid".to_owned());
    }
    if let Some(span) = from.zip(to).map(|(from, to)| days(from, to))
        && span > i64::from(options.long_lived_days)
    {
        add("long_lived", Severity::Low, format!("valid for {span} days, where {} are usual", options.long_lived_days));
    }
    if let Some(key) = &facts.public_key
        && let Some(bits) = key.bits
        && let Some(least) = options.least_bits(&key.algorithm)
        && bits < least
    {
        add(
            "weak_key",
            Severity::Low,
            format!("a key of {bits} bits ({}), where {least} are the least", key.algorithm),
        );
    }
    found
}

const fn days(from: i64, to: i64) -> i64 {
    to.saturating_sub(from).div_euclid(SECONDS_A_DAY)
}

#[cfg(test)]
#[cfg(feature = "fold")]
mod tests {
    use super::*;
    use crate::indicators::table::IndicatorTable;
    use crate::report::{Input, Report};

    /// A root of 2015 to 2035 with an elliptic curve of 256 bits.
    fn usual() -> CertificateFacts {
        let bytes = include_bytes!("../../../tests/fixtures/trust_root/new.crt");
        let mut data = crate::file::SignatureData::new();
        let file = data.parse(bytes, crate::limits::Limits::default()).unwrap();
        let report = Report::new(Input::default(), &file, &IndicatorTable::empty());
        (**report.certificates.first().unwrap()).clone()
    }

    #[test]
    fn what_is_odd_is_told() {
        type Row = (&'static str, fn(&mut CertificateFacts), Option<bool>, &'static [(&'static str, &'static str)]);
        let rows: &[Row] = &[
            ("usual", |_| {}, Some(true), &[]),
            ("in no set", |_| {}, None, &[]),
            ("unknown", |_| {}, Some(false), &[("not_in_baseline", "medium")]),
            (
                "a name of another",
                |one| one.subject.organization = vec!["DigiCert Inc".to_owned()],
                Some(false),
                &[("not_in_baseline", "medium"), ("borrowed_name", "medium")],
            ),
            ("perhaps its own", |one| one.subject.organization = vec!["DigiCert Inc".to_owned()], None, &[]),
            ("its own", |one| one.subject.organization = vec!["DigiCret Inc".to_owned()], Some(true), &[]),
            (
                "like that of another",
                |one| one.subject.common_name = vec!["DigiCret Root".to_owned()],
                None,
                &[("similar_name", "medium")],
            ),
            ("no word of it", |one| one.is_ca = None, None, &[("ca_flag_missing", "low")]),
            ("issued", |one| one.self_issued = false, Some(true), &[("not_self_issued", "low")]),
            ("new", |one| one.not_before = Some("2025-12-03T00:00:00Z".to_owned()), None, &[("young", "low")]),
            ("no longer new", |one| one.not_before = Some("2025-12-02T00:00:00Z".to_owned()), None, &[]),
            (
                "to come",
                |one| one.not_before = Some("2026-02-01T00:00:00Z".to_owned()),
                None,
                &[("not_yet_valid", "low")],
            ),
            (
                "old",
                |one| one.not_after = Some("2025-12-31T23:59:59Z".to_owned()),
                None,
                &[("expired", "informational")],
            ),
            ("long", |one| one.not_after = Some("2099-01-01T00:00:00Z".to_owned()), None, &[("long_lived", "low")]),
            ("no times", |one| (one.not_before, one.not_after) = (None, None), None, &[]),
            ("weak", |one| one.public_key.as_mut().unwrap().bits = Some(192), None, &[("weak_key", "low")]),
            ("no key", |one| one.public_key = None, None, &[]),
        ];
        let at = Time::from_rfc3339("2026-01-01").unwrap();
        let options = TrustStoreOptions { at, ..TrustStoreOptions::default() };
        for (name, change, known, expected) in rows {
            let mut facts = usual();
            change(&mut facts);
            let found = oddities(&facts, *known, &options);
            let told: Vec<(&str, &str)> = found.iter().map(|one| (one.code.as_str(), one.severity.as_str())).collect();
            assert_eq!(told, *expected, "{name}");
        }
    }
}
