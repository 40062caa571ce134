//! Texts as the languages of other tools quote them. Every text is hostile: it may hold quotes, line ends, comment signs and characters
//! that turn the direction of writing, and must stay one string of its rule.

use std::fmt::Write as _;

/// Whether a character is not to be in a rule as it is: it moves the cursor, or is not seen, or turns the text around it (Unicode,
/// general categories Cc, Cf, Zl and Zp).
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}')
        || matches!(c, '\u{e0000}'..='\u{e0fff}')
}

/// A string in double quotes with backslash escapes; what is not seen as `escape` writes it.
fn quoted(text: &str, escape: impl Fn(&mut String, char)) -> String {
    let mut quoted = String::with_capacity(text.len().saturating_add(2));
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            _ if is_unseen(c) => escape(&mut quoted, c),
            _ => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// A Kusto string literal.
pub(super) fn kql(text: &str) -> String {
    quoted(text, |quoted, c| {
        for unit in c.encode_utf16(&mut [0; 2]) {
            // A String takes everything.
            let _ = write!(quoted, "\\u{unit:04X}");
        }
    })
}

/// An EQL string literal.
pub(super) fn eql(text: &str) -> String {
    quoted(text, |quoted, c| {
        let _ = write!(quoted, "\\u{{{:04X}}}", u32::from(c));
    })
}

/// A YAML double-quoted scalar.
pub(super) fn yaml(text: &str) -> String {
    quoted(text, |quoted, c| {
        let _ = write!(quoted, "\\U{:08X}", u32::from(c));
    })
}

/// A text for a comment that ends with its line.
pub(super) fn comment(text: &str) -> String {
    text.chars().fold(String::new(), |mut line, c| {
        if is_unseen(c) {
            let _ = write!(line, "\\u{{{:x}}}", u32::from(c));
        } else {
            line.push(c);
        }
        line
    })
}

/// The value of an XML attribute in double quotes, without them; `None` when it has a character that XML 1.0 has not (2.2).
pub(super) fn xml(text: &str) -> Option<String> {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\t' | '\n' | '\r' => _ = write!(escaped, "&#x{:X};", u32::from(c)),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => return None,
            _ if is_unseen(c) => _ = write!(escaped, "&#x{:X};", u32::from(c)),
            _ => escaped.push(c),
        }
    }
    Some(escaped)
}

/// The value of an XML attribute that only people read: what XML has not is replaced.
pub(super) fn xml_label(text: &str) -> String {
    let is_no_xml = |c| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    xml(&text.replace(is_no_xml, "\u{fffd}")).unwrap_or_default()
}

/// A string of a STIX pattern.
pub(super) fn stix(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('\'', "\\'");
    format!("'{escaped}'")
}

/// A text as a regular expression (PCRE) that is found where the text is.
pub(super) fn regex(text: &str) -> String {
    text.chars().fold(String::new(), |mut regex, c| {
        if c.is_ascii_punctuation() || c == ' ' {
            regex.push('\\');
        }
        if is_unseen(c) {
            let _ = write!(regex, "\\x{{{:x}}}", u32::from(c));
        } else {
            regex.push(c);
        }
        regex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What tries to break out, or to hide.
    const NASTY: &str = "a\"b'c\\d\r\n//*/ & <x>;\u{202e}\0\u{e0041}=";

    #[test]
    fn nasty_texts_stay_strings() {
        let cases: [(&str, String, &str); 6] = [
            ("kql", kql(NASTY), r#""a\"b'c\\d\r\n//*/ & <x>;\u202E\u0000\uDB40\uDC41=""#),
            ("eql", eql(NASTY), r#""a\"b'c\\d\r\n//*/ & <x>;\u{202E}\u{0000}\u{E0041}=""#),
            ("yaml", yaml(NASTY), r#""a\"b'c\\d\r\n//*/ & <x>;\U0000202E\U00000000\U000E0041=""#),
            ("comment", comment(NASTY), r#"a"b'c\d\u{d}\u{a}//*/ & <x>;\u{202e}\u{0}\u{e0041}="#),
            ("xml", xml_label(NASTY), "a&quot;b&apos;c\\d&#xD;&#xA;//*/ &amp; &lt;x&gt;;&#x202E;\u{fffd}&#xE0041;="),
            ("stix", stix("a'b\\"), r"'a\'b\\'"),
        ];
        for (name, found, expected) in cases {
            assert_eq!(found, expected, "{name}");
        }
        assert_eq!(xml("\0"), None);
        assert_eq!(regex("a.b (c)\n"), r"a\.b\ \(c\)\x{a}");
    }
}
