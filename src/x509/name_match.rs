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
        if let Some(answer) = PlainName::matches(self.as_bytes(), other.as_bytes()) {
            return answer;
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

    /// A number that is equal for plain names which are the same, to tell many names apart at once; `None` for other names.
    pub(crate) fn plain_key(self) -> Option<u64> {
        /// Any odd number with bits all over.
        const FIRST: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut name = PlainName::new(self.as_bytes())?;
        let mut key = 0_u64;
        while let Some(attribute) = name.next()? {
            // A sum does not see where blanks are. What it takes for equal is compared.
            let kind = attribute.kind.iter().fold(0_u32, |sum, octet| sum.wrapping_add(u32::from(*octet)));
            key = key.rotate_left(7) ^ u64::from(kind).wrapping_mul(FIRST) ^ u64::from(attribute.weight()?);
        }
        Some(key)
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

/// A name as nearly all are: in DER, no length of more than one octet but the outer one, one attribute an RDN, each a string of a type
/// that holds ASCII as it is. Two of these are compared in a tenth of the time that walking any name takes.
#[derive(Clone, Copy)]
struct PlainName<'a> {
    rest: &'a [u8],
}

/// An attribute of a plain name.
#[derive(Clone, Copy)]
struct PlainAttribute<'a> {
    kind: &'a [u8],
    tag: u8,
    text: &'a [u8],
}

impl<'a> PlainName<'a> {
    /// Whether two names are the same; `None` where one of them is not plain, or more than ASCII is to be compared.
    fn matches(a: &[u8], b: &[u8]) -> Option<bool> {
        let (mut mine, mut theirs) = (PlainName::new(a)?, PlainName::new(b)?);
        if mine.rest.is_empty() && theirs.rest.is_empty() {
            return Some(false);
        }
        let mut is_same = true;
        // To the end of both, also behind a difference: whether they are plain is known there only.
        while !(mine.rest.is_empty() && theirs.rest.is_empty()) {
            is_same = match (mine.next()?, theirs.next()?) {
                (Some(mine), Some(theirs)) if is_same => mine.is_same(theirs)?,
                _ => false,
            };
        }
        Some(is_same)
    }

    fn new(name: &'a [u8]) -> Option<Self> {
        let (length, rest) = match name {
            [0x30, length @ 0..=0x7f, rest @ ..] | [0x30, 0x81, length @ 0x80..=0xff, rest @ ..] => (*length, rest),
            _ => return None,
        };
        (rest.len() == usize::from(length)).then_some(Self { rest })
    }

    /// The next attribute, `Some(None)` at the end; `None` where it is not plain.
    fn next(&mut self) -> Option<Option<PlainAttribute<'a>>> {
        if self.rest.is_empty() {
            return Some(None);
        }
        let [0x31, set @ 0..=0x7f, 0x30, pair, 0x06, kind @ 0..=0x7f, after @ ..] = self.rest else { return None };
        let (kind, after) = after.split_at_checked(usize::from(*kind))?;
        // UTF8String, PrintableString, IA5String.
        let [tag @ (0x0c | 0x13 | 0x16), text @ 0..=0x7f, after @ ..] = after else { return None };
        let (text, rest) = after.split_at_checked(usize::from(*text))?;
        let inside = kind.len().saturating_add(text.len()).saturating_add(4);
        if usize::from(*pair) != inside || usize::from(*set) != inside.saturating_add(2) {
            return None;
        }
        self.rest = rest;
        Some(Some(PlainAttribute { kind, tag: *tag, text }))
    }
}

impl PlainAttribute<'_> {
    /// The same for texts that differ in letter case and blanks; `None` where there is more than printable ASCII.
    fn weight(self) -> Option<u32> {
        /// Without this bit both cases of a letter are the same, and a blank is nothing.
        const CASE: u8 = 0x20;
        let (mut sum, mut all, mut lowest) = (0_u32, 0_u8, u8::MAX);
        for &octet in self.text {
            sum = sum.wrapping_add(u32::from(octet & !CASE));
            all |= octet;
            lowest = lowest.min(octet);
        }
        (all.is_ascii() && lowest >= b' ').then_some(sum)
    }

    /// `None` where more than ASCII is to be compared.
    fn is_same(self, other: PlainAttribute<'_>) -> Option<bool> {
        if self.kind != other.kind {
            return Some(false);
        }
        if self.tag == other.tag && self.text == other.text {
            return Some(true);
        }
        // What the sums take for equal is compared.
        if self.weight()? != other.weight()? {
            return Some(false);
        }
        Some(same_folded(std::str::from_utf8(self.text).ok()?, std::str::from_utf8(other.text).ok()?))
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

    use proptest::prelude::*;

    /// Names of few letters, so that many are the same: plain ones, and such as are not.
    fn any_name() -> impl Strategy<Value = Vec<u8>> {
        let text =
            proptest::collection::vec(prop_oneof![Just(b'a'), Just(b'A'), Just(b' '), Just(b'b'), Just(0xe9)], 0..4);
        let attribute = (prop_oneof![Just(3_u8), Just(10)], prop_oneof![Just(0x0c_u8), Just(0x13), Just(0x1e)], text);
        let rdn = proptest::collection::vec(attribute, 1..=2);
        let single = rdn.clone().prop_map(|mut rdn| {
            rdn.truncate(1);
            rdn
        });
        proptest::collection::vec(prop_oneof![4 => single, 1 => rdn], 0..3).prop_map(
            |rdns: Vec<Vec<(u8, u8, Vec<u8>)>>| {
                let borrowed: Vec<Vec<(u8, u8, &[u8])>> = rdns
                    .iter()
                    .map(|rdn| rdn.iter().map(|(kind, tag, text)| (*kind, *tag, &**text)).collect())
                    .collect();
                name(&borrowed.iter().map(Vec::as_slice).collect::<Vec<_>>())
            },
        )
    }

    proptest! {
        /// The fast ways to compare names say what the thorough one says.
        #[test]
        fn plain_names_compare_as_all_do(a in any_name(), b in any_name()) {
            let (a, b) = (Name::from_der(&a), Name::from_der(&b));
            let (mine, theirs) = (a.match_key(), b.match_key());
            let is_same = a == b || (!mine.is_empty() && mine == theirs);
            prop_assert_eq!(a.matches(b), is_same, "{:?} {:?}", a, b);
            if let (Some(mine), Some(theirs)) = (a.plain_key(), b.plain_key()) {
                prop_assert!(!is_same || mine == theirs, "{:?} {:?}", a, b);
            }
        }
    }
}
