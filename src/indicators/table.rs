//! [`IndicatorTable`]: built once, matched many times.
//!
//! Every alternative of every indicator is filed under its most selective condition: a fingerprint, else the serial, else an exact
//! name, else a part of a name. Exact keys are hash maps; parts of names share one Aho-Corasick automaton. A certificate is
//! looked up by each of its own values, and only what is filed there is tested in full, so the cost of a certificate does not depend
//! on how many indicators there are.

use std::sync::OnceLock;

use crate::bytes::to_usize;
use crate::indicators::builtin;
use crate::indicators::candidate::{Candidate, Needs};
use crate::indicators::evidence::{Evidence, test};
use crate::indicators::filing::{Filing, filing, has_empty_text, is_weak};
#[cfg(feature = "fold")]
use crate::indicators::fold::{fold, fold_organization};
use crate::indicators::indicator::{Condition, Indicator};
use crate::indicators::key_map::{Full, KeyMap, RowId};
use crate::indicators::matches::{IndicatorId, Match, SerialMatch, SharedCounts, strength};
use crate::indicators::name_index::{NameIndex, NameParts};

/// A set of [`Indicator`]s, ready to be matched.
#[derive(Debug)]
pub struct IndicatorTable {
    indicators: Vec<Indicator>,
    rows: Vec<Row>,
    serials: KeyMap,
    sha1: KeyMap,
    sha256: KeyMap,
    tbs_sha256: KeyMap,
    names: NameIndex,
    #[cfg(feature = "fold")]
    folded_names: NameIndex,
    weak: Vec<IndicatorId>,
    needs: Needs,
    shared: OnceLock<SharedCounts>,
}

/// A match without its explanation: the indicator and the alternative that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hit {
    /// The indicator.
    pub indicator: IndicatorId,
    alternative: u32,
}

/// Why a table cannot be built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// An indicator has no alternative, or one without a condition: it would match everything.
    #[error("indicator {index} has no condition")]
    NoCondition {
        /// Which, counted from 0.
        index: usize,
    },
    /// A text to be compared with is empty: it would match everything.
    #[error("indicator {index} compares with an empty text")]
    EmptyText {
        /// Which, counted from 0.
        index: usize,
    },
    /// More than 2^32 rows, or more than 4 GiB of keys.
    #[error("too many indicators")]
    TooMany,
}

impl From<Full> for TableError {
    fn from(_: Full) -> Self {
        Self::TooMany
    }
}

/// One alternative of one indicator.
#[derive(Debug, Clone, Copy)]
struct Row {
    indicator: u32,
    alternative: u32,
}

impl IndicatorTable {
    /// Builds a table.
    ///
    /// # Errors
    /// When an indicator would match everything, or there are too many.
    pub fn new(indicators: impl IntoIterator<Item = Indicator>) -> Result<Self, TableError> {
        Self::of(indicators.into_iter().collect())
    }

    fn of(indicators: Vec<Indicator>) -> Result<Self, TableError> {
        let mut table = Self { rows: Vec::with_capacity(indicators.len()), ..Self::empty() };
        // Nearly every indicator of nearly every list has a serial, of 16 bytes.
        table.serials.reserve(indicators.len(), indicators.len().saturating_mul(16));
        let mut parts = NameParts::default();
        for (index, indicator) in indicators.iter().enumerate() {
            table.file_indicator(index, indicator, &mut parts)?;
        }
        table.names.finish(parts.plain)?;
        #[cfg(feature = "fold")]
        table.folded_names.finish(parts.folded)?;
        table.indicators = indicators;
        Ok(table)
    }

    /// The table compiled into the crate: the published facts that `NOTICE` lists. A clean machine has none of these
    /// certificates, so a match is a finding.
    #[must_use]
    pub fn builtin() -> Self {
        // The data is compiled in and a test builds it; there is nobody a failure could be reported to.
        Self::of(builtin::indicators()).unwrap_or_else(|_| Self::empty())
    }

    /// A table without indicators.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            indicators: Vec::new(),
            rows: Vec::new(),
            serials: KeyMap::default(),
            sha1: KeyMap::default(),
            sha256: KeyMap::default(),
            tbs_sha256: KeyMap::default(),
            names: NameIndex::default(),
            #[cfg(feature = "fold")]
            folded_names: NameIndex::default(),
            weak: Vec::new(),
            needs: Needs::NONE,
            shared: OnceLock::new(),
        }
    }

    fn file_indicator(&mut self, index: usize, indicator: &Indicator, parts: &mut NameParts) -> Result<(), TableError> {
        let position = u32::try_from(index).map_err(|_| TableError::TooMany)?;
        if indicator.alternatives.is_empty() {
            return Err(TableError::NoCondition { index });
        }
        self.needs.roles = self.needs.roles.union(indicator.scope);
        for (alternative, conditions) in indicator.alternatives.iter().enumerate() {
            if has_empty_text(conditions) {
                return Err(TableError::EmptyText { index });
            }
            let Some(filing) = filing(conditions) else { return Err(TableError::NoCondition { index }) };
            if is_weak(conditions) {
                self.weak.push(IndicatorId(position));
                continue;
            }
            self.note_needs(conditions);
            let alternative = u32::try_from(alternative).map_err(|_| TableError::TooMany)?;
            let row = RowId::try_from(self.rows.len()).map_err(|_| TableError::TooMany)?;
            self.rows.push(Row { indicator: position, alternative });
            self.file_row(row, &filing, parts)?;
        }
        Ok(())
    }

    fn note_needs(&mut self, conditions: &[Condition]) {
        for condition in conditions {
            match condition {
                Condition::Sha1(_) => self.needs.sha1 = true,
                Condition::Sha256(_) => self.needs.sha256 = true,
                Condition::TbsSha256(_) => self.needs.tbs_sha256 = true,
                Condition::Serial(_) | Condition::Subject(_) | Condition::Issuer(_) => {}
            }
        }
    }

    fn file_row(&mut self, row: RowId, filing: &Filing<'_>, parts: &mut NameParts) -> Result<(), Full> {
        match filing {
            Filing::Sha1(hash) => self.sha1.insert(&hash[..], row),
            Filing::Sha256(hash) => self.sha256.insert(&hash[..], row),
            Filing::TbsSha256(hash) => self.tbs_sha256.insert(&hash[..], row),
            Filing::Serial(serial) => self.serials.insert(serial, row),
            Filing::ExactName(text) => {
                #[cfg(feature = "fold")]
                self.folded_names.exact.insert(fold_organization(text).as_bytes(), row)?;
                self.names.exact.insert(text.as_bytes(), row)
            }
            Filing::PartOfName(text) => {
                #[cfg(feature = "fold")]
                {
                    parts.folded.push((fold(text), row));
                    self.folded_names.exact.insert(fold_organization(text).as_bytes(), row)?;
                }
                parts.plain.push((text.to_string(), row));
                Ok(())
            }
        }
    }

    /// How many indicators there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.indicators.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.indicators.is_empty()
    }

    /// Every indicator, in the order given to [`new`](Self::new).
    #[must_use]
    pub fn indicators(&self) -> &[Indicator] {
        &self.indicators
    }

    /// The indicators with an alternative that can never match, because it is a weak serial
    /// ([`Serial::is_weak`](crate::Serial::is_weak)) alone: thousands of certificates have the serial `01`.
    #[must_use]
    pub fn weak(&self) -> &[IndicatorId] {
        &self.weak
    }

    /// The indicator at a position.
    #[must_use]
    pub fn get(&self, id: IndicatorId) -> Option<&Indicator> {
        self.indicators.get(to_usize(u64::from(id.0)))
    }

    /// What the indicators compare.
    #[must_use]
    pub const fn needs(&self) -> Needs {
        self.needs
    }

    /// Every alternative that holds for `candidate`, appended to `hits`. The fast way: allocates nothing unless something matches
    /// or the table has indicators without serial or hash.
    pub fn matches_into(&self, candidate: &Candidate<'_>, hits: &mut Vec<Hit>) {
        if !self.needs.roles.contains(candidate.role) {
            return;
        }
        self.probe_identity(candidate, |row| self.check(row, candidate, false, hits));
        self.names.probe(candidate, str::to_owned, |row| self.check(row, candidate, false, hits));
    }

    /// Every indicator that matches `candidate`, explained; strongest alternative first where several hold.
    #[must_use]
    pub fn matches(&self, candidate: &Candidate<'_>) -> Vec<Match<'_>> {
        let mut hits = Vec::new();
        self.matches_into(candidate, &mut hits);
        self.explain(&hits, candidate, false)
    }

    /// The indicators that match only when letter case, compatibility forms, blanks, punctuation and legal forms of names are
    /// set aside. A weaker verdict: each text says in [`Evidence::compare`] how it was compared. What
    /// [`matches`](Self::matches) reports is not among them.
    #[cfg(feature = "fold")]
    #[must_use]
    pub fn folded_matches(&self, candidate: &Candidate<'_>) -> Vec<Match<'_>> {
        let mut hits = Vec::new();
        self.folded_matches_into(candidate, &mut hits);
        let mut exact = Vec::new();
        if !hits.is_empty() {
            self.matches_into(candidate, &mut exact);
        }
        hits.retain(|hit| exact.iter().all(|other| other.indicator != hit.indicator));
        self.explain(&hits, candidate, true)
    }

    /// Every alternative that holds for `candidate` when names are compared folded, those that hold as written among them.
    #[cfg(feature = "fold")]
    pub(crate) fn folded_matches_into(&self, candidate: &Candidate<'_>, hits: &mut Vec<Hit>) {
        if !self.needs.roles.contains(candidate.role) {
            return;
        }
        self.probe_identity(candidate, |row| self.check(row, candidate, true, hits));
        self.folded_names.probe(candidate, fold, |row| self.check(row, candidate, true, hits));
        self.folded_names.probe_exact(candidate, fold_organization, |row| self.check(row, candidate, true, hits));
    }

    /// Whether anything matches `candidate`, as written or folded.
    #[cfg(feature = "scan")]
    pub(crate) fn has_match(&self, candidate: &Candidate<'_>, hits: &mut Vec<Hit>) -> bool {
        hits.clear();
        #[cfg(feature = "fold")]
        self.folded_matches_into(candidate, hits);
        #[cfg(not(feature = "fold"))]
        self.matches_into(candidate, hits);
        !hits.is_empty()
    }

    /// Rows filed under the candidate's hashes and serial.
    fn probe_identity(&self, candidate: &Candidate<'_>, mut found: impl FnMut(RowId)) {
        let hashes = &candidate.fingerprints;
        if let Some(serial) = candidate.serial {
            self.serials.rows(serial.canonical()).for_each(&mut found);
        }
        if let Some(hash) = hashes.sha256 {
            self.sha256.rows(&hash).for_each(&mut found);
        }
        if let Some(hash) = hashes.sha1 {
            self.sha1.rows(&hash).for_each(&mut found);
        }
        if let Some(hash) = hashes.tbs_sha256 {
            self.tbs_sha256.rows(&hash).for_each(&mut found);
        }
    }

    /// Tests a filed alternative in full.
    fn check(&self, row: RowId, candidate: &Candidate<'_>, folded: bool, hits: &mut Vec<Hit>) {
        let Some(row) = self.rows.get(to_usize(u64::from(row))) else { return };
        let hit = Hit { indicator: IndicatorId(row.indicator), alternative: row.alternative };
        let Some(indicator) = self.get(hit.indicator) else { return };
        let conditions = conditions_of(indicator, hit);
        let holds = indicator.scope.contains(candidate.role)
            && conditions.iter().all(|condition| test(condition, candidate, folded).holds);
        if holds && !hits.contains(&hit) {
            hits.push(hit);
        }
    }

    fn explain(&self, hits: &[Hit], candidate: &Candidate<'_>, folded: bool) -> Vec<Match<'_>> {
        let mut matches: Vec<Match<'_>> = Vec::new();
        for hit in hits {
            let Some(explained) = self.explain_hit(*hit, candidate, folded) else { continue };
            match matches.iter_mut().find(|other| other.id == explained.id) {
                Some(other) if other.strength < explained.strength => *other = explained,
                Some(_) => {}
                None => matches.push(explained),
            }
        }
        matches.sort_by_key(|explained| (std::cmp::Reverse(explained.strength), explained.id));
        matches
    }

    fn explain_hit(&self, hit: Hit, candidate: &Candidate<'_>, folded: bool) -> Option<Match<'_>> {
        let indicator = self.get(hit.indicator)?;
        let conditions = conditions_of(indicator, hit);
        let fields: Vec<Evidence> =
            conditions.iter().map(|condition| test(condition, candidate, folded).evidence).collect();
        let unmatched = indicator
            .alternatives
            .iter()
            .flatten()
            .filter(|condition| !conditions.contains(condition))
            .map(|condition| test(condition, candidate, folded))
            .filter(|verdict| !verdict.holds)
            .map(|verdict| verdict.evidence)
            .collect();
        let serial = conditions.iter().find_map(|condition| match condition {
            Condition::Serial(serial) => Some(serial),
            _ => None,
        });
        let serial_match = serial.zip(candidate.serial).map(|(expected, actual)| {
            if expected.as_serial().as_bytes() == actual.as_bytes() {
                SerialMatch::Exact
            } else {
                SerialMatch::SignFolded
            }
        });
        let (shared_serial, shared_issuer) = self.shared(conditions);
        Some(Match {
            id: hit.indicator,
            indicator,
            strength: strength(conditions, &fields),
            serial_match,
            fields,
            unmatched,
            shared_serial,
            shared_issuer,
        })
    }

    /// How many other indicators name the same serial, and the same issuer. Counted over the whole table at the first match.
    fn shared(&self, conditions: &[Condition]) -> (usize, usize) {
        let counts = self.shared.get_or_init(|| SharedCounts::of(&self.indicators));
        let others = |wanted: fn(&Condition) -> bool| {
            let condition = conditions.iter().find(|condition| wanted(condition));
            condition.map_or(0, |condition| counts.indicators_with(condition).saturating_sub(1))
        };
        (
            others(|condition| matches!(condition, Condition::Serial(_))),
            others(|condition| matches!(condition, Condition::Issuer(_))),
        )
    }
}

fn conditions_of(indicator: &Indicator, hit: Hit) -> &[Condition] {
    let alternative = to_usize(u64::from(hit.alternative));
    indicator.alternatives.get(alternative).map(Vec::as_slice).unwrap_or_default()
}
