//! Patterns with `*` and `?`, matched without going back further than to the last `*`.

/// A pattern that a whole text fits: `*` any characters, `?` exactly one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    /// Folded where case does not count.
    text: String,
    ignore_case: bool,
    /// What there is to look for between the `*`, and whether there is any `*`.
    has_star: bool,
}

impl Pattern {
    pub(super) fn new(text: &str, ignore_case: bool) -> Self {
        let text = if ignore_case { text.to_ascii_lowercase() } else { text.to_owned() };
        let has_star = text.contains('*');
        Self { text, ignore_case, has_star }
    }

    /// Whether `value` fits, from its first to its last character.
    pub(super) fn matches(&self, value: &str) -> bool {
        if !self.has_star && !self.text.contains('?') {
            return if self.ignore_case { value.eq_ignore_ascii_case(&self.text) } else { value == self.text };
        }
        self.matches_pieces(value)
    }

    /// The pieces between the `*` are found one behind the other, each as early as it can be: what a later place would allow, the
    /// earliest one does too.
    fn matches_pieces(&self, value: &str) -> bool {
        let mut pieces = self.text.split('*');
        let first = pieces.next().unwrap_or_default();
        let Some(mut rest) = self.after(first, value) else { return false };
        if !self.has_star {
            return rest.is_empty();
        }
        let mut last = "";
        for (number, piece) in pieces.enumerate() {
            if number > 0 && !last.is_empty() {
                match self.find(last, rest) {
                    Some(behind) => rest = behind,
                    None => return false,
                }
            }
            last = piece;
        }
        self.fits_end(last, rest)
    }

    /// What is behind a piece that `value` starts with.
    fn after<'v>(&self, piece: &str, value: &'v str) -> Option<&'v str> {
        let mut rest = value.chars();
        for wanted in piece.chars() {
            let character = rest.next()?;
            let character = if self.ignore_case { character.to_ascii_lowercase() } else { character };
            if wanted != '?' && wanted != character {
                return None;
            }
        }
        Some(rest.as_str())
    }

    /// What is behind the first place at which a piece fits.
    fn find<'v>(&self, piece: &str, value: &'v str) -> Option<&'v str> {
        if !self.ignore_case && !piece.contains('?') {
            let at = memchr::memmem::find(value.as_bytes(), piece.as_bytes())?;
            return value.get(at.saturating_add(piece.len())..);
        }
        let mut rest = value;
        loop {
            if let Some(behind) = self.after(piece, rest) {
                return Some(behind);
            }
            let mut characters = rest.chars();
            characters.next()?;
            rest = characters.as_str();
        }
    }

    /// Whether a piece fits the end of `value`.
    fn fits_end(&self, piece: &str, value: &str) -> bool {
        let count = piece.chars().count();
        if count == 0 {
            return true;
        }
        let mut starts = value.char_indices().rev();
        let start = starts.nth(count.saturating_sub(1)).map(|(at, _)| at);
        start.and_then(|start| self.after(piece, value.get(start..)?)).is_some_and(str::is_empty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The obvious twin.
    fn obvious(pattern: &[char], value: &[char]) -> bool {
        match (pattern, value) {
            ([], []) => true,
            (['*', rest @ ..], _) => obvious(rest, value) || matches!(value, [_, more @ ..] if obvious(pattern, more)),
            (['?', rest @ ..], [_, more @ ..]) => obvious(rest, more),
            ([wanted, rest @ ..], [found, more @ ..]) => wanted == found && obvious(rest, more),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn as_the_obvious_twin(pattern in "[ab?*é\n]{0,8}", value in "[abé\n]{0,10}") {
            let characters = |text: &str| text.chars().collect::<Vec<_>>();
            let expected = obvious(&characters(&pattern), &characters(&value));
            prop_assert_eq!(Pattern::new(&pattern, false).matches(&value), expected);
            let other_case = value.to_ascii_uppercase();
            prop_assert_eq!(Pattern::new(&pattern, true).matches(&other_case), expected);
            prop_assert_eq!(Pattern::new(&pattern.to_ascii_uppercase(), true).matches(&value), expected);
        }
    }

    #[test]
    fn a_pattern_made_to_cost_does_not() {
        let pattern = Pattern::new(&("a*".repeat(50) + "b"), false);
        let value = "a".repeat(1 << 20);
        let start = std::time::Instant::now();
        assert!(!pattern.matches(&value));
        assert!(pattern.matches(&(value.clone() + "b")));
        let folded = Pattern::new(&("A*".repeat(50) + "b"), true);
        assert!(!folded.matches(&value));
        // Milliseconds where it is optimised.
        assert!(start.elapsed().as_millis() < 1_000, "{:?}", start.elapsed());
    }
}
