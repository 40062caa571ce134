//! [`AttestedNames`]: the organizations that indicators name, for drivers on which Microsoft's certificate stands in the publisher's
//! place.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;

use crate::indicators::candidate::Candidate;
use crate::indicators::evidence::{Compare, Evidence, Level, test};
use crate::indicators::explain::timing;
use crate::indicators::fold::fold_organization;
use crate::indicators::indicator::{Condition, Indicator, NameField};
use crate::indicators::matches::{IndicatorId, Match, Strength};
use crate::indicators::texts::{CandidateTexts, texts};

/// The organizations of a table's indicators, folded. Made when the first such driver is met.
#[derive(Debug, Default)]
pub(super) struct AttestedNames {
    rows: HashMap<Box<str>, Vec<u32>, RandomState>,
}

impl AttestedNames {
    /// Of the alternatives of each row.
    pub(super) fn of(rows: impl Iterator<Item = (u32, Vec<Vec<Condition>>)>) -> Self {
        let mut names = Self::default();
        for (row, alternatives) in rows {
            for name in organizations(&alternatives) {
                let rows = names.rows.entry(fold_organization(name).into()).or_default();
                if rows.last() != Some(&row) {
                    rows.push(row);
                }
            }
        }
        names
    }

    /// Whether the candidate is the certificate by which Microsoft signs drivers for others, beside a program name.
    pub(super) fn apply_to(candidate: &Candidate<'_>) -> bool {
        /// The common name of every such certificate.
        const PUBLISHER: &str = "Microsoft Windows Hardware Compatibility Publisher";
        !candidate.program_names.is_empty()
            && texts(candidate.subject, &candidate.subject_texts, NameField::CommonName)
                .iter()
                .any(|cn| *cn == PUBLISHER)
    }

    /// The indicators that name the candidate's program as an organization.
    pub(super) fn matches(
        &self,
        candidate: &Candidate<'_>,
        get: impl Fn(u32) -> Option<(IndicatorId, Indicator)>,
    ) -> Vec<Match> {
        let texts = CandidateTexts::new(candidate);
        let mut found: Vec<Match> = Vec::new();
        let mut told: HashSet<IndicatorId, RandomState> = HashSet::default();
        for program in &candidate.program_names {
            let rows = self.rows.get(&*fold_organization(program)).map(Vec::as_slice).unwrap_or_default();
            for (id, indicator) in rows.iter().filter_map(|row| get(*row)) {
                let in_scope = indicator.scope.contains(candidate.role);
                if in_scope && told.insert(id) {
                    found.extend(explain(id, indicator, program, &texts));
                }
            }
        }
        found
    }
}

/// The names that alternatives have for whoever a certificate belongs to.
fn organizations(alternatives: &[Vec<Condition>]) -> impl Iterator<Item = &str> {
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
