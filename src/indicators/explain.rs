//! From hits to a [`Match`] that tells what was compared with what.

use crate::asn1::time::Time;
use crate::indicators::candidate::Candidate;
use crate::indicators::evidence::{Evidence, Level, test};
use crate::indicators::filing::issuer_octets;
use crate::indicators::indicator::{Condition, Indicator, Metadata};
use crate::indicators::key::Space;
use crate::indicators::matches::{Hit, Match, SerialMatch, Strength, Timing, strength};
use crate::indicators::texts::CandidateTexts;

/// The strongest of an indicator's alternatives that hold. `count` tells how many indicators are filed under octets in any of some
/// spaces.
pub(super) fn explain<'h>(
    indicator: Indicator,
    hits: impl Iterator<Item = &'h Hit>,
    texts: &CandidateTexts<'_>,
    mut count: impl FnMut(&[Space], &[u8]) -> usize,
) -> Option<(Level, Match)> {
    let candidate = texts.candidate();
    let mut best: Option<(Strength, Vec<Evidence>, &Hit, &[Condition])> = None;
    for hit in hits {
        let Some(conditions) = indicator.alternatives.get(hit.alternative) else { continue };
        let fields: Vec<_> = conditions.iter().map(|one| test(one, texts, hit.level).evidence).collect();
        let strength = strength(conditions, &fields, hit.level);
        if best.as_ref().is_none_or(|(known, ..)| *known < strength) {
            best = Some((strength, fields, hit, conditions));
        }
    }
    let (strength, fields, hit, conditions) = best?;
    let unmatched = indicator
        .alternatives
        .iter()
        .flatten()
        .filter(|condition| !conditions.contains(condition))
        .map(|condition| test(condition, texts, hit.level))
        .filter(|verdict| !verdict.holds)
        .map(|verdict| verdict.evidence)
        .collect();
    let others = |count: usize| count.saturating_sub(1);
    let shared_serial = conditions.iter().find_map(|condition| match condition {
        Condition::Serial(serial) => {
            Some(others(count(&[Space::Serial, Space::SharedSerial], serial.as_serial().canonical())))
        }
        _ => None,
    });
    let shared_issuer = conditions.iter().find_map(|condition| match condition {
        Condition::Issuer(test) => Some(others(count(&[Space::SharedIssuer], &issuer_octets(test)))),
        _ => None,
    });
    let found = Match {
        id: hit.indicator,
        strength,
        serial_match: serial_match(conditions, candidate),
        fields,
        unmatched,
        shared_serial: shared_serial.unwrap_or(0),
        shared_issuer: shared_issuer.unwrap_or(0),
        is_similar: hit.level > Level::AsWritten,
        timing: timing(&indicator.metadata, candidate.signed_at),
        indicator: Indicator::default(),
    };
    Some((hit.level, Match { indicator, ..found }))
}

fn serial_match(conditions: &[Condition], candidate: &Candidate<'_>) -> Option<SerialMatch> {
    let serial = conditions.iter().find_map(|condition| match condition {
        Condition::Serial(serial) => Some(serial),
        _ => None,
    });
    let same = serial?.as_serial().as_bytes() == candidate.serial?.as_bytes();
    Some(if same { SerialMatch::Exact } else { SerialMatch::SignFolded })
}

/// When the file was signed, seen from the day on which the abuse began, else from the revocation.
pub(super) fn timing(metadata: &Metadata, signed_at: Option<Time>) -> Option<Timing> {
    let since = metadata.abused_from.or(metadata.revoked_at)?;
    Some(if signed_at? < since { Timing::Historical } else { Timing::Abused })
}
