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
        let mut key = Vec::with_capacity(self.as_bytes().len());
        let mut rdn: Vec<Vec<u8>> = Vec::new();
        for attribute in self.attributes() {
            if attribute.starts_rdn() {
                close_rdn(&mut key, &mut rdn);
            }
            rdn.push(attribute.match_key());
        }
        close_rdn(&mut key, &mut rdn);
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

/// Adds an RDN, whose attributes have no order.
fn close_rdn(key: &mut Vec<u8>, rdn: &mut Vec<Vec<u8>>) {
    if rdn.is_empty() {
        return;
    }
    rdn.sort_unstable();
    rdn.dedup();
    add_counted(key, &rdn.concat());
    rdn.clear();
}

/// Adds octets behind their count, so that no two lists of them look alike.
fn add_counted(key: &mut Vec<u8>, octets: &[u8]) {
    key.extend(octets.len().to_be_bytes());
    key.extend(octets);
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
}

impl NameAttribute<'_> {
    /// Type and folded text; of what cannot be decoded the tag and the octets.
    fn match_key(self) -> Vec<u8> {
        let mut key = Vec::new();
        add_counted(&mut key, self.kind().as_bytes());
        match self.lossy_text() {
            (text, true) => add_counted(&mut key, folded(&text).as_bytes()),
            (_, false) => {
                key.extend(self.tag().to_be_bytes());
                key.extend(self.value_bytes());
            }
        }
        let mut counted = Vec::with_capacity(key.len());
        add_counted(&mut counted, &key);
        counted
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
        let (bad, other_bad) = (name(&[&[(10, 0x0c, b"x\xff")]]), name(&[&[(10, 0x0c, b"x\xfe")]]));
        assert!(!Name::from_der(&bad).matches(Name::from_der(&other_bad)), "what cannot be decoded is not the same");
        assert!(!a.matches(c) && !a.matches(longer) && !longer.matches(a));
        assert!(!Name::from_der(&[]).matches(Name::from_der(&[])), "nothing is nobody's name");
    }
}
