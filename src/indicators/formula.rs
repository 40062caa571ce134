//! Cells of CSV that spreadsheets take for formulas.

/// First characters of what spreadsheets take for a formula (OWASP, CSV Injection). A cell that begins with one, after any number of
/// apostrophes, is written with one more apostrophe in front.
const STARTS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// Whether a text is one, behind apostrophes or not.
pub(crate) fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(STARTS)
}

/// A cell that no spreadsheet takes for one.
#[cfg(any(feature = "export", feature = "report"))]
pub(crate) fn cell(text: &str) -> String {
    if is_formula(text) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(all(test, any(feature = "export", feature = "report")))]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        let cases = [
            ("=1+1", "'=1+1"),
            ("-4a0c", "'-4a0c"),
            ("@sum", "'@sum"),
            ("\t=1", "'\t=1"),
            ("'=1", "''=1"),
            ("plain", "plain"),
            ("'plain'", "'plain'"),
            ("＝1", "'＝1"),
        ];
        for (text, expected) in cases {
            assert_eq!(cell(text), expected);
        }
    }
}
