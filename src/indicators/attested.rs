//! Drivers on which Microsoft's certificate stands in the publisher's place: what the signer calls the program is compared with the
//! organizations that indicators name.

use std::collections::HashSet;

use foldhash::fast::RandomState;

use crate::indicators::candidate::Candidate;
use crate::indicators::evidence::{Compare, Evidence, Level, test};
use crate::indicators::explain::timing;
use crate::indicators::fold::fold_organization;
use crate::indicators::indicator::{Condition, Indicator, NameField};
use crate::indicators::matches::{IndicatorId, Match, Strength};
use crate::indicators::texts::{CandidateTexts, texts};
#[cfg(feature = "scan")]
use crate::x509::name::Name;

/// The common name of every certificate by which Microsoft signs drivers for others.
const PUBLISHER: &str = "Microsoft Windows Hardware Compatibility Publisher";

/// Whether the candidate is such a certificate, beside a program name.
pub(super) fn applies_to(candidate: &Candidate<'_>) -> bool {
    let common_names = || texts(candidate.subject, &candidate.subject_texts, NameField::CommonName);
    !candidate.program_names.is_empty() && common_names().iter().any(|cn| *cn == PUBLISHER)
}

/// Whether a certificate with this subject is one.
#[cfg(feature = "scan")]
pub(super) fn is_publisher(subject: Name<'_>) -> bool {
    subject.common_names().any(|cn| cn == PUBLISHER)
}

/// The indicators that name the candidate's program as an organization. `filed` answers those that may name a folded organization.
pub(super) fn matches<I: Iterator<Item = (IndicatorId, Indicator)>>(
    candidate: &Candidate<'_>,
    filed: impl Fn(&str) -> I,
) -> Vec<Match> {
    let texts = CandidateTexts::new(candidate);
    let mut found: Vec<Match> = Vec::new();
    let mut told: HashSet<IndicatorId, RandomState> = HashSet::default();
    for program in &candidate.program_names {
        for (id, indicator) in filed(&fold_organization(program)) {
            let in_scope = indicator.scope.contains(candidate.role);
            if in_scope && !told.contains(&id) {
                let explained = explain(id, indicator, program, &texts);
                if explained.is_some() {
                    told.insert(id);
                }
                found.extend(explained);
            }
        }
    }
    found
}

/// The names that alternatives have for whoever a certificate belongs to.
pub(super) fn organizations(alternatives: &[Vec<Condition>]) -> impl Iterator<Item = &str> {
    alternatives.iter().flatten().filter_map(|condition| match condition {
        Condition::Subject(test)
            if matches!(
                test.field,
                NameField::Any | NameField::Whole | NameField::Organization | NameField::CommonName
            ) =>
        {
            Some(&*test.value)
        }
        _ => None,
    })
}

fn explain(id: IndicatorId, indicator: Indicator, program: &str, texts: &CandidateTexts<'_>) -> Option<Match> {
    let same = |name: &&str| fold_organization(name) == fold_organization(program);
    let expected = organizations(&indicator.alternatives).find(same)?.to_owned();
    let compare = if expected == program { Compare::Exact } else { Compare::OrganizationFolded };
    let evidence = Evidence { field: "program_name", expected, actual: Some(program.to_owned()), compare };
    let conditions = indicator.alternatives.iter().flatten().map(|one| test(one, texts, Level::AsWritten));
    let unmatched = conditions.filter(|verdict| !verdict.holds).map(|verdict| verdict.evidence).collect();
    Some(Match {
        id,
        strength: Strength::Name,
        serial_match: None,
        fields: vec![evidence],
        unmatched,
        shared_serial: 0,
        shared_issuer: 0,
        is_similar: true,
        timing: timing(&indicator.metadata, texts.candidate().signed_at),
        indicator,
    })
}
