//! Texts with letter case, blanks and spelling variants set aside.

/// A text in lower case, letter by letter: what a text contains is contained in its lower case too, also where a sigma ends the word.
pub(crate) fn lower_case(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { text.chars().flat_map(char::to_lowercase).collect() }
}

/// A text with compatibility forms (NFKC), letter case and runs of blanks set aside.
#[cfg(feature = "fold")]
pub(crate) fn fold(text: &str) -> String {
    use caseless::Caseless;
    use unicode_normalization::UnicodeNormalization;

    if text.is_ascii() {
        return collapse(&text.to_ascii_lowercase());
    }
    // Unicode, 3.13, D146: normalisation before and after folding.
    let folded: String = text.nfkc().default_case_fold().nfkc().collect();
    collapse(&folded)
}

#[cfg(feature = "fold")]
fn collapse(text: &str) -> String {
    let mut collapsed = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !collapsed.is_empty() {
            collapsed.push(' ');
        }
        collapsed.push_str(word);
    }
    collapsed
}

/// Legal forms, folded and without dots: what two spellings of one company's name differ in. Sorted.
#[cfg(feature = "fold")]
const LEGAL_FORMS: &[&str] = &[
    "ab",
    "ag",
    "aps",
    "as",
    "bhd",
    "bv",
    "bvba",
    "co",
    "company",
    "corp",
    "corporation",
    "doo",
    "eood",
    "gmbh",
    "inc",
    "incorporated",
    "jsc",
    "kft",
    "kg",
    "lda",
    "limited",
    "llc",
    "llp",
    "lp",
    "ltd",
    "ltda",
    "nv",
    "oao",
    "ojsc",
    "ooo",
    "oy",
    "plc",
    "private",
    "pte",
    "pty",
    "pvt",
    "sa",
    "sarl",
    "sas",
    "sdn",
    "sia",
    "spa",
    "spzoo",
    "srl",
    "sro",
    "uab",
    "zao",
    "ао",
    "зао",
    "ип",
    "оао",
    "ооо",
    "тов",
];

/// A company's name, folded, without `. , " '` and quotation marks, and without its legal forms. A name that is nothing else is
/// only folded.
#[cfg(feature = "fold")]
pub(crate) fn fold_organization(text: &str) -> String {
    if let Some(folded) = fold_ascii_organization(text) {
        return folded;
    }
    let folded = fold(text);
    let mut bare = folded.clone();
    bare.retain(|c| !matches!(c, '.' | ',' | '"' | '\'' | '«' | '»' | '“' | '”' | '„' | '’'));
    // "sp. z o.o." falls into pieces that are no words of their own.
    if bare.contains("sp z oo") {
        bare = bare.replace("sp z oo", "spzoo");
    }
    let mut kept = String::with_capacity(bare.len());
    for word in bare.split_whitespace().filter(|word| LEGAL_FORMS.binary_search(word).is_err()) {
        if !kept.is_empty() {
            kept.push(' ');
        }
        kept.push_str(word);
    }
    if kept.is_empty() { folded } else { kept }
}

/// [`fold_organization`] of most names, in one pass: a table of a million names folds as many.
#[cfg(feature = "fold")]
fn fold_ascii_organization(text: &str) -> Option<String> {
    let mut kept = Vec::with_capacity(text.len());
    // Where the open word begins in `kept`, and where the words before it end.
    let (mut start, mut end) = (0, 0);
    let mut all = 0_u8;
    for octet in text.bytes().chain([b' ']) {
        all |= octet;
        match octet {
            b'.' | b',' | b'"' | b'\'' => {}
            // What is white space in ASCII, the vertical tabulator too.
            b' ' | 0x09..=0x0d => {
                let word: &[u8] = kept.get(start..).unwrap_or_default();
                if word.ends_with(b"sp") {
                    // Perhaps the first piece of "sp. z o.o.".
                    return None;
                }
                if word.is_empty() || is_legal_form(word) {
                    kept.truncate(end);
                }
                end = kept.len();
                if end > 0 {
                    kept.push(b' ');
                }
                start = kept.len();
            }
            _ => kept.push(octet.to_ascii_lowercase()),
        }
    }
    kept.truncate(end);
    if all.is_ascii() && !kept.is_empty() { String::from_utf8(kept).ok() } else { None }
}

#[cfg(feature = "fold")]
fn is_legal_form(word: &[u8]) -> bool {
    /// Octets of the longest that is ASCII.
    const LONGEST: usize = 12;
    word.len() <= LONGEST && LEGAL_FORMS.iter().any(|form| form.len() == word.len() && form.as_bytes() == word)
}

/// A text with every letter replaced by what it looks like (UTS 39, 4), then folded: two texts that a reader takes for the same have
/// the same.
#[cfg(feature = "fold")]
pub(crate) fn skeleton(text: &str) -> String {
    fold(&unicode_security::skeleton(text).collect::<String>())
}

#[cfg(all(test, feature = "fold"))]
mod tests {
    use super::*;

    #[test]
    fn legal_forms_are_sorted() {
        assert!(LEGAL_FORMS.is_sorted());
        let longest = LEGAL_FORMS.iter().filter(|form| form.is_ascii()).map(|form| form.len()).max();
        assert_eq!(longest, Some("incorporated".len()));
    }

    #[test]
    fn variants_fold_together() {
        let cases = [
            ("CallTogether,  Inc.", "calltogether, inc."),
            ("STRASSE", "strasse"),
            ("Straße", "strasse"),
            ("ＡＢＣ Ｌｔｄ", "abc ltd"),
            ("\u{a0}ООО  СМ ", "ооо см"),
        ];
        for (text, folded) in cases {
            assert_eq!(fold(text), folded, "{text}");
        }
    }

    #[test]
    fn look_alikes_have_one_skeleton() {
        for [a, b] in [["ООО Ромашка", "OOO Ромaшкa"], ["GoogIe LLC", "Google LLC"], ["Micr0soft", "MicrOsoft"]]
        {
            assert_ne!(fold(a), fold(b), "{a} and {b}");
            assert_eq!(skeleton(a), skeleton(b), "{a} and {b}");
        }
        assert_ne!(skeleton("Google"), skeleton("Goggle"));
    }

    #[test]
    fn organizations_fold_without_their_legal_form() {
        let same = [
            ["CallTogether, Inc.", "CALLTOGETHER INC"],
            ["Example Trading LLC", "Example Trading"],
            ["LLC \"MILKY PUT\"", "Milky Put"],
            ["ООО «СМ»", "СМ"],
            ["Foo Sp. z o.o.", "FOO"],
            ["Bar s.r.o.", "bar"],
        ];
        for [a, b] in same {
            assert_eq!(fold_organization(a), fold_organization(b), "{a} and {b}");
        }
        assert_eq!(fold_organization("Ltd."), "ltd.", "nothing else is left of it");
        assert_eq!(fold_organization("  A.\u{b}B , \"C\" Ltd  d "), "a b c d");
        assert_eq!(fold_organization("Wasp. z oops"), "waspzoops");
        // Without its legal form in front, too; the way that is not for ASCII alone says the same.
        for name in
            ["Example Trading LLC", "LLC \"MILKY PUT\"", " A. B,\tCo. Ltd. c ", "Ltd", "", ".", "x", "Inc Inc x Inc"]
        {
            let wide = format!("{name} \u{fc}");
            let expected = fold_organization(&wide);
            let expected = expected.strip_suffix("\u{fc}").unwrap().trim_end();
            assert_eq!(fold_ascii_organization(name).unwrap_or_default(), expected, "{name}");
        }
        assert_ne!(fold_organization("Bar"), fold_organization("Barn"));
    }
}
