//! Texts with letter case, blanks and spelling variants set aside, for the weaker verdicts.

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
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Legal forms, folded and without dots: what two spellings of one company's name differ in.
#[cfg(feature = "fold")]
const LEGAL_FORMS: &[&str] = &[
    "ab",
    "ag",
    "aps",
    "as",
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
    "bhd",
    "sia",
    "spa",
    "spzoo",
    "srl",
    "sro",
    "uab",
    "zao",
    "ооо",
    "оао",
    "зао",
    "ао",
    "тов",
    "ип",
];

/// A company's name, folded, without `. , " '` and quotation marks, and without its legal forms. A name that is nothing else is
/// only folded.
#[cfg(feature = "fold")]
pub(crate) fn fold_organization(text: &str) -> String {
    let folded = fold(text);
    let bare: String =
        folded.chars().filter(|c| !matches!(c, '.' | ',' | '"' | '\'' | '«' | '»' | '“' | '”' | '„' | '’')).collect();
    // "sp. z o.o." falls into pieces that are no words of their own.
    let bare = bare.replace("sp z oo", "spzoo");
    let kept: Vec<&str> = bare.split_whitespace().filter(|word| !LEGAL_FORMS.contains(word)).collect();
    if kept.is_empty() { folded } else { kept.join(" ") }
}

#[cfg(all(test, feature = "fold"))]
mod tests {
    use super::*;

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
        assert_ne!(fold_organization("Bar"), fold_organization("Barn"));
    }
}
