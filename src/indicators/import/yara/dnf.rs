//! Alternatives of facts that must hold together.

/// Position of a fact in the list of its rule.
pub(super) type FactId = usize;

/// Alternatives, each a list of facts that must all hold. None at all never holds; an empty one always does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dnf {
    alternatives: Vec<Vec<FactId>>,
    /// Facts in all alternatives together.
    facts: usize,
}

/// There are more alternatives, or facts in them, than anybody writes: what `and` makes of many `or`s grows without bound, and so does
/// what is said of all strings again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooMany;

impl Dnf {
    /// Ten times the longest published list of alternatives in one rule.
    pub(super) const MAX_ALTERNATIVES: usize = 10_000;
    /// Facts in all alternatives together.
    pub(super) const MAX_FACTS: usize = 100_000;

    pub(super) fn always() -> Self {
        Self { alternatives: vec![Vec::new()], facts: 0 }
    }

    pub(super) const fn never() -> Self {
        Self { alternatives: Vec::new(), facts: 0 }
    }

    pub(super) fn fact(id: FactId) -> Self {
        Self { alternatives: vec![vec![id]], facts: 1 }
    }

    pub(super) fn from_alternatives(alternatives: Vec<Vec<FactId>>) -> Self {
        let facts = alternatives.iter().map(Vec::len).fold(0, usize::saturating_add);
        Self { alternatives, facts }
    }

    pub(super) fn alternatives(&self) -> &[Vec<FactId>] {
        &self.alternatives
    }

    pub(super) fn or(mut self, other: Self) -> Result<Self, TooMany> {
        let facts = self.facts.saturating_add(other.facts);
        Self::check(self.alternatives.len().saturating_add(other.alternatives.len()), facts)?;
        // One `true` is as good as many.
        let known = self.alternatives.iter().any(Vec::is_empty);
        self.alternatives.extend(other.alternatives.into_iter().filter(|facts| !known || !facts.is_empty()));
        self.facts = facts;
        Ok(self)
    }

    pub(super) fn and(mut self, other: Self) -> Result<Self, TooMany> {
        let (mine, others) = (self.alternatives.len(), other.alternatives.len());
        let facts = self.facts.saturating_mul(others).saturating_add(other.facts.saturating_mul(mine));
        Self::check(mine.saturating_mul(others), facts)?;
        if let [only] = other.alternatives.as_slice() {
            self.alternatives.iter_mut().for_each(|facts| facts.extend(only));
            self.facts = facts;
            return Ok(self);
        }
        let pairs = self.alternatives.iter().flat_map(|left| other.alternatives.iter().map(move |right| (left, right)));
        let alternatives = pairs.map(|(left, right)| left.iter().chain(right).copied().collect()).collect();
        Ok(Self { alternatives, facts })
    }

    const fn check(alternatives: usize, facts: usize) -> Result<(), TooMany> {
        if alternatives > Self::MAX_ALTERNATIVES || facts > Self::MAX_FACTS { Err(TooMany) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn any(ids: &[FactId]) -> Dnf {
        ids.iter().try_fold(Dnf::never(), |all, &id| all.or(Dnf::fact(id))).unwrap()
    }

    #[test]
    fn and_distributes_over_or() {
        let both = any(&[1, 2]).and(any(&[3, 4])).unwrap();
        assert_eq!(both.alternatives(), [[1, 3], [1, 4], [2, 3], [2, 4]]);
        assert_eq!(any(&[1, 2]).and(Dnf::always()), Ok(any(&[1, 2])));
        assert_eq!(any(&[1, 2]).and(Dnf::never()), Ok(Dnf::never()));
        assert_eq!(Dnf::always().or(Dnf::always()), Ok(Dnf::always()));
    }

    #[test]
    fn growth_is_bounded() {
        let ten = any(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        let power = |exponent| (0..exponent).try_fold(Dnf::always(), |all, _| all.and(ten.clone()));
        assert_eq!(power(3).unwrap().alternatives().len(), 1_000);
        assert_eq!(power(5), Err(TooMany));
        // All of many strings, said again and again.
        let all = (0..1_000).try_fold(Dnf::always(), |all, id| all.and(Dnf::fact(id))).unwrap();
        assert_eq!((0..101).try_fold(Dnf::always(), |long, _| long.and(all.clone())), Err(TooMany));
        assert_eq!((0..101).try_fold(Dnf::never(), |long, _| long.or(all.clone())), Err(TooMany));
    }
}
