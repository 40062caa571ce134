//! [`IndicatorTable`]: built once, matched many times.
//!
//! Every alternative of every indicator is filed under its most selective condition: a fingerprint, else the serial, else a whole name of
//! the subject, else four octets of a part of it, else the issuer. A certificate is looked up by each of its own values, and only what is filed there is tested, so
//! the cost of a certificate does not depend on how many indicators there are. The table is one run of octets ([`Image`]), in memory
//! as in a file.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;

#[cfg(feature = "fold")]
use crate::indicators::attested;
use crate::indicators::builtin;
use crate::indicators::candidate::{Candidate, Needs};
use crate::indicators::codec::{Decoder, Encoder, Tests};
use crate::indicators::evidence::{Level, holds};
use crate::indicators::explain::explain;
use crate::indicators::filing::{Filing, has_empty_text, is_weak, is_weak_for};
#[cfg(all(feature = "fold", feature = "report"))]
use crate::indicators::fold::fold_organization;
use crate::indicators::image::{Full, Image, LoadError, Parts};
use crate::indicators::indicator::{Condition, Indicator};
use crate::indicators::key::{Key, Space};
use crate::indicators::matches::{Hit, IndicatorId, Match};
use crate::indicators::probe::Probe;
#[cfg(feature = "report")]
use crate::indicators::role::Role;
use crate::indicators::texts::CandidateTexts;
#[cfg(feature = "scan")]
use crate::x509::name::Name;

/// A set of [`Indicator`]s, ready to be matched.
#[derive(Debug)]
pub struct IndicatorTable {
    image: Image,
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
    /// More than 2^32 indicators, or more than 4 GiB of them.
    #[error("too many indicators")]
    TooMany,
}

impl From<Full> for TableError {
    fn from(_: Full) -> Self {
        Self::TooMany
    }
}

impl IndicatorTable {
    /// Builds a table.
    ///
    /// # Errors
    /// When an indicator would match everything, or there are too many.
    pub fn new(indicators: impl IntoIterator<Item = Indicator>) -> Result<Self, TableError> {
        let mut encoder = Encoder::default();
        let mut filing = Filing::default();
        let mut needs = Needs::NONE;
        let (mut offsets, mut weak) = (Vec::new(), Vec::new());
        for (index, indicator) in indicators.into_iter().enumerate() {
            let row = u32::try_from(index).map_err(|_| TableError::TooMany)?;
            offsets.push(u32::try_from(encoder.len()).map_err(|_| TableError::TooMany)?);
            check(&indicator, index)?;
            needs.roles = needs.roles.union(indicator.scope);
            for conditions in &indicator.alternatives {
                // What cannot match is told of all the same, beside an alternative that does.
                needs.add(conditions);
                if is_weak(conditions) {
                    weak.push(row);
                } else {
                    filing.alternative(conditions, row);
                }
            }
            #[cfg(feature = "fold")]
            filing.attested(&indicator.alternatives, row);
            encoder.indicator(&indicator);
        }
        filing.finish();
        let Filing { keys, spaces, part_lengths, .. } = filing;
        let parts = Parts { offsets, weak, keys, arena: encoder.finish(), needs, spaces, part_lengths };
        Ok(Self::of(Image::new(parts)?))
    }

    const fn of(image: Image) -> Self {
        Self { image }
    }

    /// The table compiled into the crate: the published facts that `NOTICE` lists. A clean machine has none of these
    /// certificates, so a match is a finding.
    #[must_use]
    pub fn builtin() -> Self {
        // A test reads and checks the compiled-in octets; there is nobody a failure could be reported to.
        Image::open(Cow::Borrowed(builtin::TABLE)).map_or_else(|_| Self::empty(), Self::of)
    }

    /// A table without indicators.
    #[must_use]
    pub fn empty() -> Self {
        let none = Parts {
            offsets: Vec::new(),
            weak: Vec::new(),
            keys: Vec::new(),
            arena: Vec::new(),
            needs: Needs::NONE,
            spaces: 0,
            part_lengths: 0,
        };
        match Image::new(none) {
            Ok(image) => Self::of(image),
            // Nothing is never too much.
            Err(Full) => Self::of(Image::nothing()),
        }
    }

    /// A table that was saved: what [`as_bytes`](Self::as_bytes) gave. Nothing is built, so that a million indicators are ready in
    /// milliseconds.
    ///
    /// A checksum tells damage; it does not tell who wrote the table. Who writes it can make every match slow, and an indicator many times
    /// larger than the table.
    ///
    /// # Errors
    /// When the octets are no table, one of another version, or damaged.
    ///
    /// ```
    /// use certsift::{IndicatorTable, LoadError};
    ///
    /// let saved = IndicatorTable::builtin().as_bytes().to_vec();
    /// let cut = saved[..saved.len() - 1].to_vec();
    /// assert_eq!(IndicatorTable::load(saved)?.len(), IndicatorTable::builtin().len());
    /// assert!(matches!(IndicatorTable::load(cut), Err(LoadError::Length { .. })));
    /// # Ok::<(), LoadError>(())
    /// ```
    pub fn load(octets: Vec<u8>) -> Result<Self, LoadError> {
        Image::load(octets).map(Self::of)
    }

    /// The table as octets, to be saved.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.image.as_bytes()
    }

    /// How many indicators there are.
    #[must_use]
    pub fn len(&self) -> usize {
        usize::try_from(self.image.header.indicators).unwrap_or(usize::MAX)
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.image.header.indicators == 0
    }

    /// Every indicator, in the order given to [`new`](Self::new).
    pub fn indicators(&self) -> impl Iterator<Item = Indicator> {
        (0..self.image.header.indicators).filter_map(|row| self.get(IndicatorId(row)))
    }

    /// The indicators with an alternative that can never match, because it is a weak serial
    /// ([`Serial::is_weak`](crate::Serial::is_weak)) alone: thousands of certificates have the serial `01`.
    pub fn weak(&self) -> impl Iterator<Item = IndicatorId> {
        self.image.weak().map(IndicatorId)
    }

    /// The indicator at a position.
    #[must_use]
    pub fn get(&self, id: IndicatorId) -> Option<Indicator> {
        self.decoder(id.0)?.indicator()
    }

    fn decoder(&self, row: u32) -> Option<Decoder<'_>> {
        Some(Decoder::new(self.image.arena(), self.image.offset(row)?))
    }

    /// What the indicators compare.
    #[must_use]
    pub const fn needs(&self) -> Needs {
        self.image.header.needs
    }

    /// Every alternative that holds for `candidate`, appended to `hits`. The fast way: allocates nothing unless something may match
    /// or the table has indicators that are found by a hash or a name.
    pub fn matches_into(&self, candidate: &Candidate<'_>, hits: &mut Vec<Hit>) {
        self.hits_into(&CandidateTexts::new(candidate), Level::AsWritten, hits);
    }

    /// Every indicator that matches `candidate`, explained; strongest first, and of each its strongest alternative.
    #[must_use]
    pub fn matches(&self, candidate: &Candidate<'_>) -> Vec<Match> {
        self.explained(candidate, Level::AsWritten, |level| level == Level::AsWritten)
    }

    /// The indicators that match only when letter case, compatibility forms, blanks, punctuation and legal forms of names are
    /// set aside. A weaker verdict: each text says in [`Evidence::compare`](crate::Evidence::compare) how it was compared. What
    /// [`matches`](Self::matches) reports is not among them.
    #[cfg(feature = "fold")]
    #[must_use]
    pub fn folded_matches(&self, candidate: &Candidate<'_>) -> Vec<Match> {
        self.explained(candidate, Level::Folded, |level| level == Level::Folded)
    }

    /// The indicators that match only a reader's eye: names in which letters of another script, or digits, stand for those they look
    /// like. An anomaly to look into, never an identity. What [`matches`](Self::matches) and
    /// [`folded_matches`](Self::folded_matches) report is not among them.
    #[cfg(feature = "fold")]
    #[must_use]
    pub fn look_alike_matches(&self, candidate: &Candidate<'_>) -> Vec<Match> {
        self.explained(candidate, Level::Skeleton, |level| level == Level::Skeleton)
    }

    /// The indicators that name the organization which a driver signed for by Microsoft names as its program: attestation signing puts
    /// Microsoft's certificate in the place of the publisher's, and only the program name (SpcSpOpusInfo) still tells who had it signed.
    /// A hint: the name is the publisher's own word.
    #[cfg(feature = "fold")]
    #[must_use]
    pub fn attested_matches(&self, candidate: &Candidate<'_>) -> Vec<Match> {
        if !self.needs().roles.contains(candidate.role) || !attested::applies_to(candidate) {
            return Vec::new();
        }
        attested::matches(candidate, |organization| {
            let rows = self.image.rows(Key::new(Space::Attested, organization.as_bytes()));
            rows.filter_map(|row| self.get(IndicatorId(row)).map(|indicator| (IndicatorId(row), indicator)))
        })
    }

    /// Everything that matches: as written, then what only similar names say.
    #[must_use]
    pub fn all_matches(&self, candidate: &Candidate<'_>) -> Vec<Match> {
        let found = self.explained(candidate, Level::Skeleton, |_| true);
        #[cfg(feature = "fold")]
        let found = {
            let attested = self.attested_matches(candidate);
            if attested.is_empty() {
                return found;
            }
            let known: HashSet<IndicatorId, RandomState> = found.iter().map(|one| one.id).collect();
            found.into_iter().chain(attested.into_iter().filter(|one| !known.contains(&one.id))).collect()
        };
        found
    }

    /// Whether some indicator may be about `candidate`, whatever its role, as written or similarly. False is certain, but for what is said
    /// of its program, see [`is_program_filed`](Self::is_program_filed).
    #[cfg(feature = "report")]
    pub(crate) fn is_filed(&self, candidate: &Candidate<'_>) -> bool {
        let mut is_filed = false;
        Probe::new(&self.image, |_| is_filed = true).run(&CandidateTexts::new(candidate), Level::Skeleton);
        is_filed
    }

    /// Whether some indicator may be about what a signer calls its program: the name itself, or the organization that it names. False is
    /// certain.
    #[cfg(feature = "report")]
    pub(crate) fn is_program_filed(&self, name: &str) -> bool {
        #[cfg(feature = "fold")]
        if self.image.rows(Key::new(Space::Attested, fold_organization(name).as_bytes())).next().is_some() {
            return true;
        }
        self.is_filed(&Candidate::new(Role::Signer).program_name(name))
    }

    /// Whether a certificate with this subject signs drivers for others, so that the name of the program is looked at.
    #[cfg(feature = "scan")]
    pub(crate) fn signs_for_others(subject: Name<'_>) -> bool {
        #[cfg(feature = "fold")]
        let signs_for_others = attested::is_publisher(subject);
        #[cfg(not(feature = "fold"))]
        let (_, signs_for_others) = (subject, false);
        signs_for_others
    }

    /// Whether anything matches `candidate`, as written or similarly.
    #[cfg(feature = "scan")]
    pub(crate) fn has_match(&self, candidate: &Candidate<'_>, hits: &mut Vec<Hit>) -> bool {
        hits.clear();
        self.hits_into(&CandidateTexts::new(candidate), Level::Skeleton, hits);
        #[cfg(feature = "fold")]
        if hits.is_empty() {
            return !self.attested_matches(candidate).is_empty();
        }
        !hits.is_empty()
    }

    /// The indicators of which each condition of an alternative holds for any one of `candidates`, not all of them for the same. This
    /// is how rules over the raw bytes of a file match; it takes a serial in one certificate and a name in another for one identity, so
    /// it is for comparing results with theirs.
    #[must_use]
    pub fn loose_matches(&self, candidates: &[Candidate<'_>]) -> Vec<IndicatorId> {
        let candidates: Vec<CandidateTexts<'_>> = candidates.iter().map(CandidateTexts::new).collect();
        let mut rows = Vec::new();
        for texts in &candidates {
            Probe::new(&self.image, |row| rows.push(row)).run(texts, Level::AsWritten);
        }
        rows.sort_unstable();
        rows.dedup();
        rows.retain(|row| {
            let tests = self.decoder(*row).and_then(|mut decoder| decoder.tests());
            let Some(Tests { scope, alternatives }) = tests else { return false };
            let in_scope = || candidates.iter().filter(|texts| scope.contains(texts.candidate().role));
            let holds = |condition: &Condition| in_scope().any(|one| holds(condition, one, Level::AsWritten));
            alternatives.iter().any(|conditions| !is_weak(conditions) && conditions.iter().all(holds))
        });
        rows.into_iter().map(IndicatorId).collect()
    }

    /// Every alternative that holds with so much set aside, each with the least that must be set aside for it.
    fn hits_into(&self, texts: &CandidateTexts<'_>, level: Level, hits: &mut Vec<Hit>) {
        if !self.needs().roles.contains(texts.candidate().role) {
            return;
        }
        let mut tested: HashSet<u32, RandomState> = HashSet::default();
        Probe::new(&self.image, |row| {
            if tested.insert(row) {
                self.test(row, texts, level, hits);
            }
        })
        .run(texts, level);
    }

    /// Tests the alternatives of a filed indicator in full.
    fn test(&self, row: u32, texts: &CandidateTexts<'_>, level: Level, hits: &mut Vec<Hit>) {
        let Some(Tests { scope, alternatives }) = self.decoder(row).and_then(|mut decoder| decoder.tests()) else {
            return;
        };
        if !scope.contains(texts.candidate().role) {
            return;
        }
        for (alternative, conditions) in alternatives.iter().enumerate() {
            let all_hold = |level| conditions.iter().all(|condition| holds(condition, texts, level));
            let is_weak = || is_weak(conditions) || is_weak_for(conditions, texts.candidate().serial);
            if is_weak() || !all_hold(level) {
                continue;
            }
            let least = [Level::AsWritten, Level::Folded].into_iter().find(|less| *less < level && all_hold(*less));
            hits.push(Hit { indicator: IndicatorId(row), alternative, level: least.unwrap_or(level) });
        }
    }

    /// The indicators that match with so much set aside, if the least that must be set aside is `wanted`.
    fn explained(&self, candidate: &Candidate<'_>, level: Level, wanted: fn(Level) -> bool) -> Vec<Match> {
        let texts = CandidateTexts::new(candidate);
        let mut hits = Vec::new();
        self.hits_into(&texts, level, &mut hits);
        let mut matches = Vec::new();
        // Thousands of indicators may name one serial, and are counted once.
        let mut counts: HashMap<Key, usize, RandomState> = HashMap::default();
        let mut count = |spaces: &[Space], octets: &[u8]| {
            let key = Key::new(spaces.first().copied().unwrap_or(Space::Everything), octets);
            *counts.entry(key).or_insert_with(|| self.count(spaces, octets))
        };
        for of_one in hits.chunk_by(|a, b| a.indicator == b.indicator) {
            let Some(least) = of_one.iter().map(|hit| hit.level).min().filter(|least| wanted(*least)) else { continue };
            let Some(indicator) = of_one.first().and_then(|hit| self.get(hit.indicator)) else { continue };
            let hits = of_one.iter().filter(|hit| hit.level == least);
            matches.extend(explain(indicator, hits, &texts, &mut count));
        }
        matches.sort_by_key(|one: &(Level, Match)| (one.0, std::cmp::Reverse(one.1.strength), one.1.id));
        matches.into_iter().map(|(_, one)| one).collect()
    }

    /// How many indicators are filed under this, in any of the spaces.
    fn count(&self, spaces: &[Space], octets: &[u8]) -> usize {
        let mut rows: Vec<u32> = spaces.iter().flat_map(|space| self.image.rows(Key::new(*space, octets))).collect();
        rows.sort_unstable();
        rows.dedup();
        rows.len()
    }
}

/// An indicator that would match everything is an error.
fn check(indicator: &Indicator, index: usize) -> Result<(), TableError> {
    if indicator.alternatives.is_empty() || indicator.alternatives.iter().any(Vec::is_empty) {
        return Err(TableError::NoCondition { index });
    }
    if indicator.alternatives.iter().any(|conditions| has_empty_text(conditions)) {
        return Err(TableError::EmptyText { index });
    }
    Ok(())
}
