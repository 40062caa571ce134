//! [`NameIndex`]: alternatives filed under a name or a part of one.

use std::borrow::Cow;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use crate::indicators::candidate::Candidate;
use crate::indicators::evidence::texts;
use crate::indicators::indicator::NameField;
use crate::indicators::key_map::{Full, KeyMap, RowId};

/// Alternatives filed under names.
#[derive(Debug, Default)]
pub(super) struct NameIndex {
    pub(super) exact: KeyMap,
    parts: Option<AhoCorasick>,
    part_rows: Vec<RowId>,
}

/// Parts of names, collected until their automaton can be built.
#[derive(Debug, Default)]
pub(super) struct NameParts {
    pub(super) plain: Vec<(String, RowId)>,
    #[cfg(feature = "fold")]
    pub(super) folded: Vec<(String, RowId)>,
}

impl NameIndex {
    pub(super) fn finish(&mut self, parts: Vec<(String, RowId)>) -> Result<(), Full> {
        if parts.is_empty() {
            return Ok(());
        }
        let automaton = AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .match_kind(MatchKind::Standard)
            .build(parts.iter().map(|(text, _)| text))
            .map_err(|_| Full)?;
        self.parts = Some(automaton);
        self.part_rows = parts.into_iter().map(|(_, row)| row).collect();
        Ok(())
    }

    fn is_empty(&self) -> bool {
        self.exact.is_empty() && self.parts.is_none()
    }

    /// Rows filed under the candidate's names, each text put through `normalise` first.
    pub(super) fn probe(&self, candidate: &Candidate<'_>, normalise: fn(&str) -> String, mut found: impl FnMut(RowId)) {
        if self.is_empty() {
            return;
        }
        self.probe_exact(candidate, normalise, &mut found);
        let Some(automaton) = &self.parts else { return };
        for text in every_text(candidate) {
            for part in automaton.find_overlapping_iter(&normalise(&text)) {
                if let Some(row) = self.part_rows.get(part.pattern().as_usize()) {
                    found(*row);
                }
            }
        }
    }

    pub(super) fn probe_exact(
        &self,
        candidate: &Candidate<'_>,
        normalise: fn(&str) -> String,
        mut found: impl FnMut(RowId),
    ) {
        if self.exact.is_empty() {
            return;
        }
        for text in every_text(candidate) {
            self.exact.rows(normalise(&text).as_bytes()).for_each(&mut found);
        }
    }
}

/// Every text that a name test can look at.
fn every_text<'a>(candidate: &Candidate<'a>) -> Vec<Cow<'a, str>> {
    let mut all = texts(candidate.subject, &candidate.subject_texts, NameField::Whole);
    all.extend(texts(candidate.issuer, &candidate.issuer_texts, NameField::Whole));
    all
}
