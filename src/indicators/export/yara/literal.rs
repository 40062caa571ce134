//! Texts as YARA source has them.

use crate::indicators::yara_text::KEYWORDS;

/// The text in quotation marks. Whatever it holds, it stays one text: everything but printable ASCII and letters is escaped.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len().saturating_add(2));
    quoted.push('"');
    let mut octets = [0; 4];
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            ' '..='~' => quoted.push(c),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_alphanumeric() => quoted.push(c),
            c => {
                for octet in c.encode_utf8(&mut octets).bytes() {
                    quoted.push_str("\\x");
                    quoted.push_str(&hex::encode([octet]));
                }
            }
        }
    }
    quoted.push('"');
    quoted
}

/// Whether YARA 4 or YARA-X has another use for a word.
pub(super) fn is_keyword(word: &str) -> bool {
    /// Words that only YARA-X has, and the module that every rule names.
    const FURTHER: [&str; 8] = ["float32", "float32be", "float64", "float64be", "pe", "uint32be", "uint8be", "with"];
    KEYWORDS.contains(&word) || FURTHER.contains(&word)
}

/// Octets of the longest text that YARA 4 reads, which has 8192 for one, and room for its end.
pub(super) const LONGEST: usize = 8_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_breaks_out_of_a_text() {
        let cases = [
            ("plain", r#""plain""#),
            ("a\"b\\", r#""a\"b\\""#),
            ("\" condition: true } rule x { //", r#""\" condition: true } rule x { //""#),
            ("a\nb\r\t\0\u{7f}", r#""a\nb\r\t\x00\x7f""#),
            ("ООО Ä", r#""ООО Ä""#),
            ("a\u{202e}b\u{2019}", r#""a\xe2\x80\xaeb\xe2\x80\x99""#),
        ];
        for (text, expected) in cases {
            assert_eq!(quoted(text), expected, "{text:?}");
        }
    }
}
