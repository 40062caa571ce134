//! When two names are the same (RFC 5280, 7.1).

use super::name::{Name, NameAttribute};

impl<'a> Name<'a> {
    /// Whether both are the same name: octet for octet, or RDN by RDN with letter case, runs of blanks and the string type set aside
    /// (RFC 5280, 7.1). The attributes of a multi-valued RDN have no order.
    #[must_use]
    pub fn matches(self, other: Name<'_>) -> bool {
        if self.as_bytes() == other.as_bytes() {
            return !self.as_bytes().is_empty();
        }
        if let Some(answer) = self.matches_in_turn(other) {
            return answer;
        }
        let mine = self.match_key();
        !mine.is_empty() && mine == other.match_key()
    }

    /// Octets that are equal for names which are the same, to look many names up; none for a name without attributes.
    pub(crate) fn match_key(self) -> Vec<u8> {
        let mut key = Vec::with_capacity(self.as_bytes().len().saturating_mul(2));
        // Where the attributes of the open RDN begin in the key.
        let mut starts = Vec::new();
        for attribute in self.attributes() {
            if attribute.starts_rdn() {
                close_rdn(&mut key, &mut starts);
            }
            starts.push(key.len());
            attribute.add_match_key(&mut key);
        }
        close_rdn(&mut key, &mut starts);
        key
    }

    /// Whether both are the same, attribute by attribute; `None` where an RDN has several, which have no order.
    fn matches_in_turn(self, other: Name<'_>) -> Option<bool> {
        let (mut mine, mut theirs) = (self.attributes(), other.attributes());
        let mut is_same = false;
        loop {
            let (a, b) = (mine.next(), theirs.next());
            if [a, b].iter().flatten().any(|attribute| !attribute.starts_rdn()) {
                return None;
            }
            match (a, b) {
                (None, None) => return Some(is_same),
                (Some(a), Some(b)) if a.same_value(b) => is_same = true,
                _ => return mine.chain(theirs).all(NameAttribute::starts_rdn).then_some(false),
            }
        }
    }
}

/// Ends an RDN, whose attributes have no order: theirs in the key are put in one, each once, and their octets counted behind them.
fn close_rdn(key: &mut Vec<u8>, starts: &mut Vec<usize>) {
    let Some(&first) = starts.first() else { return };
    if starts.len() > 1 {
        let ends = starts.iter().skip(1).copied().chain([key.len()]);
        let mut attributes: Vec<&[u8]> =
            starts.iter().zip(ends).filter_map(|(start, end)| key.get(*start..end)).collect();
        attributes.sort_unstable();
        attributes.dedup();
        let in_order = attributes.concat();
        key.truncate(first);
        key.extend(in_order);
    }
    add_count(key, first);
    starts.clear();
}

/// Adds how many octets there are since `start`. Read from the end, no two lists of octets that are counted so look alike.
fn add_count(key: &mut Vec<u8>, start: usize) {
    let count = key.len().saturating_sub(start);
    key.extend(count.to_be_bytes());
}

impl NameAttribute<'_> {
    fn same_value(self, other: NameAttribute<'_>) -> bool {
        if self.kind() != other.kind() {
            return false;
        }
        if self.is_same(other) {
            return true;
        }
        let ((mine, is_mine_whole), (theirs, is_theirs_whole)) = (self.lossy_text(), other.lossy_text());
        // What was replaced because it cannot be decoded is equal to nothing else.
        is_mine_whole && is_theirs_whole && same_folded(&mine, &theirs)
    }

    /// Adds the type and the folded text; of what cannot be decoded the tag and the octets.
    fn add_match_key(self, key: &mut Vec<u8>) {
        let start = key.len();
        match self.lossy_text() {
            (text, true) => add_folded(key, &text),
            (_, false) => {
                key.extend(self.value_bytes());
                key.extend(self.tag().to_be_bytes());
            }
        }
        add_count(key, start);
        let kind = key.len();
        key.extend(self.kind().as_bytes());
        add_count(key, kind);
        add_count(key, start);
    }
}

/// Adds a text as [`folded`] writes it.
fn add_folded(key: &mut Vec<u8>, text: &str) {
    if !text.is_ascii() {
        key.extend(folded(text).into_bytes());
        return;
    }
    for (index, word) in text.split_ascii_whitespace().enumerate() {
        if index > 0 {
            key.push(b' ');
        }
        key.extend(word.bytes().map(|octet| octet.to_ascii_lowercase()));
    }
}

/// A text with letter case and runs of blanks set aside.
fn folded(text: &str) -> String {
    text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether two texts are equal with letter case and runs of blanks set aside, as RFC 5280, 7.1 (by RFC 4518) compares names.
fn same_folded(a: &str, b: &str) -> bool {
    if a.is_ascii() && b.is_ascii() {
        let mut theirs = b.split_ascii_whitespace();
        let mine_fit =
            a.split_ascii_whitespace().all(|word| theirs.next().is_some_and(|other| word.eq_ignore_ascii_case(other)));
        return mine_fit && theirs.next().is_none();
    }
    folded(a) == folded(b)
}

#[cfg(test)]
mod tests {
    use super::super::name::tests::name;
    use super::*;

    #[test]
    fn names_compare_by_value() {
        let a = name(&[&[(6, 0x13, b"US")], &[(10, 0x13, b"Example  Ltd")]]);
        let b = name(&[&[(6, 0x0c, b"us")], &[(10, 0x0c, b" example LTD")]]);
        let c = name(&[&[(6, 0x13, b"US")], &[(10, 0x13, b"Example Ltd.")]]);
        let longer = name(&[&[(6, 0x13, b"US")], &[(10, 0x13, b"Example  Ltd")], &[(3, 0x13, b"x")]]);
        let (a, b, c, longer) = (Name::from_der(&a), Name::from_der(&b), Name::from_der(&c), Name::from_der(&longer));
        assert!(a.matches(a) && a.matches(b) && b.matches(a));
        let two = name(&[&[(6, 0x13, b"US"), (10, 0x13, b"Example")]]);
        let turned = name(&[&[(10, 0x0c, b"example"), (6, 0x13, b"US")]]);
        let apart = name(&[&[(6, 0x13, b"US")], &[(10, 0x13, b"Example")]]);
        let (two, turned, apart) = (Name::from_der(&two), Name::from_der(&turned), Name::from_der(&apart));
        assert!(two.matches(turned) && turned.matches(two), "an RDN has no order");
        assert!(!two.matches(apart) && !apart.matches(two), "one RDN is not two");
        let german = name(&[&[(10, 0x0c, "Müller  GmbH".as_bytes())]]);
        let shouted = name(&[&[(10, 0x0c, "MÜLLER GMBH ".as_bytes())]]);
        let (bad, other_bad) = (name(&[&[(10, 0x0c, b"x\xff")]]), name(&[&[(10, 0x0c, b"x\xfe")]]));
        assert!(!Name::from_der(&bad).matches(Name::from_der(&other_bad)), "what cannot be decoded is not the same");
        assert!(!a.matches(c) && !a.matches(longer) && !longer.matches(a));
        let no_text = Name::from_der(&bad);
        let all = [a, b, c, longer, two, turned, apart, Name::from_der(&german), Name::from_der(&shouted)];
        for (one, other) in all.iter().flat_map(|one| all.iter().map(move |other| (*one, *other))) {
            assert_eq!(one.matches(other), one.match_key() == other.match_key(), "{one:?} {other:?}");
        }
        assert!(all.iter().all(|one| one.match_key() != no_text.match_key()));
        assert!(!Name::from_der(&[]).matches(Name::from_der(&[])), "nothing is nobody's name");
    }
}
