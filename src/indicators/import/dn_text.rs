//! Distinguished names as tools print them, to attributes.

use crate::indicators::indicator::NameField;

/// One attribute of a printed name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attribute {
    /// The attribute's type, as printed.
    pub(crate) kind: String,
    pub(crate) value: String,
}

impl Attribute {
    /// The field of this type; [`NameField::Any`] for one that has none of its own.
    pub(crate) fn field(&self) -> NameField {
        let kind = self.kind.trim();
        let kind = kind.strip_prefix("OID.").or_else(|| kind.strip_prefix("oid.")).unwrap_or(kind);
        match kind.to_ascii_lowercase().as_str() {
            "cn" | "commonname" | "2.5.4.3" => NameField::CommonName,
            "o" | "organizationname" | "2.5.4.10" => NameField::Organization,
            "ou" | "organizationalunitname" | "2.5.4.11" => NameField::OrganizationalUnit,
            "e" | "email" | "emailaddress" | "1.2.840.113549.1.9.1" => NameField::EmailAddress,
            "serialnumber" | "2.5.4.5" => NameField::SerialNumber,
            _ => NameField::Any,
        }
    }
}

/// The attributes of a printed name; none when the text is no such name.
///
/// Takes the text of RFC 4514 and its kin (`CN=Example\, Inc.,C=US`, `C=US, O="Example, Inc."`, `;`, `+` or line ends between
/// attributes) and OpenSSL's one line (`/C=US/O=Example`). Lenient, because many tools escape nothing: what follows a separator and is
/// no `TYPE=` belongs to the value before it.
pub(crate) fn read_dn(text: &str) -> Vec<Attribute> {
    let text = text.trim();
    let (separators, text): (&[char], &str) = match text.strip_prefix('/') {
        Some(rest) => (&['/'], rest),
        None => (&[',', ';', '+', '\n'], text),
    };
    let mut attributes: Vec<Attribute> = Vec::new();
    let mut between = String::new();
    for (part, separator) in parts(text, separators) {
        match kind_and_value(part) {
            Some((kind, value)) => {
                attributes.push(Attribute { kind: kind.to_owned(), value: value.trim_start().to_owned() });
            }
            None => match attributes.last_mut() {
                Some(last) => {
                    last.value.push_str(&between);
                    last.value.push_str(part);
                }
                None => return Vec::new(),
            },
        }
        between.clear();
        between.extend(separator);
    }
    for attribute in &mut attributes {
        attribute.value = unescaped(attribute.value.trim());
    }
    attributes.retain(|attribute| !attribute.value.is_empty());
    attributes
}

/// Splits at separators that are neither escaped nor in quotation marks; each part with the separator that follows it.
fn parts<'a>(text: &'a str, separators: &[char]) -> Vec<(&'a str, Option<char>)> {
    // One quotation mark too few, and all of the rest would be one value.
    let has_quotes = text.bytes().filter(|&byte| byte == b'"').count() & 1 == 0;
    let mut parts = Vec::new();
    let (mut start, mut in_quotes, mut is_escaped) = (0, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' if has_quotes => in_quotes = !in_quotes,
            _ if !in_quotes && separators.contains(&c) => {
                parts.extend(text.get(start..at).map(|part| (part, Some(c))));
                start = at.saturating_add(c.len_utf8());
            }
            _ => {}
        }
    }
    parts.extend(text.get(start..).map(|part| (part, None)));
    parts
}

/// `TYPE=value`, the type a word or dotted numbers.
fn kind_and_value(part: &str) -> Option<(&str, &str)> {
    let (kind, value) = part.split_once('=')?;
    let kind = kind.trim();
    let is_word = kind.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '?'));
    (!kind.is_empty() && is_word).then_some((kind, value))
}

/// Takes quotation marks and escapes off (RFC 4514, 2.4): `\,` and `\C3\A9`.
fn unescaped(value: &str) -> String {
    let quoted = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).filter(|inner| !inner.ends_with('\\'));
    let value = match quoted {
        Some(inner) => inner.replace("\"\"", "\""),
        None => value.to_owned(),
    };
    let mut octets = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'\\' {
            octets.push(byte);
            continue;
        }
        let mut pair = [0];
        match (after.get(..2), after.split_first()) {
            (Some(digits), _) if hex::decode_to_slice(digits, &mut pair).is_ok() => {
                octets.extend(pair);
                rest = after.get(2..).unwrap_or_default();
            }
            (_, Some((&escaped, after))) => {
                octets.push(escaped);
                rest = after;
            }
            (_, None) => octets.push(b'\\'),
        }
    }
    String::from_utf8_lossy(&octets).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_as_tools_print_them() {
        let cases: &[(&str, &[(&str, &str)])] = &[
            (
                "C=XX, O=\"CallTogether, Inc.\", CN=\"CallTogether, Inc.\"",
                &[("C", "XX"), ("O", "CallTogether, Inc."), ("CN", "CallTogether, Inc.")],
            ),
            ("CN=Example\\, Inc.,C=US", &[("CN", "Example, Inc."), ("C", "US")]),
            ("CN=Caf\\C3\\A9 \\\"x\\\"", &[("CN", "Café \"x\"")]),
            ("/C=US/O=Example, Inc./CN=a=b", &[("C", "US"), ("O", "Example, Inc."), ("CN", "a=b")]),
            ("/O=A/S Example/CN=b", &[("O", "A/S Example"), ("CN", "b")]),
            ("O=VeriSign, Inc., CN=x , G5", &[("O", "VeriSign, Inc."), ("CN", "x , G5")]),
            ("CN=a + OU=b; O=c", &[("CN", "a"), ("OU", "b"), ("O", "c")]),
            ("??=TW, 2.5.4.5=12, OID.2.5.4.10=x", &[("??", "TW"), ("2.5.4.5", "12"), ("OID.2.5.4.10", "x")]),
            ("O=\"open, CN=b", &[("O", "\"open"), ("CN", "b")]),
            ("CN=\"say \"\"hi\"\"\"", &[("CN", "say \"hi\"")]),
            ("CN=x\\", &[("CN", "x\\")]),
            ("CN=, O=y", &[("O", "y")]),
            ("Example Trading LLC", &[]),
            ("Example, Inc.", &[]),
            ("", &[]),
        ];
        for (text, expected) in cases {
            let read = read_dn(text);
            let read: Vec<_> = read.iter().map(|one| (one.kind.as_str(), one.value.as_str())).collect();
            assert_eq!(read, *expected, "{text}");
        }
        let fields: Vec<_> = read_dn("CN=a,o=b,Ou=c,E=d,serialNumber=e,ST=f").iter().map(Attribute::field).collect();
        assert_eq!(fields.len(), 6);
        assert_eq!(fields[1], NameField::Organization);
        assert_eq!(fields[5], NameField::Any);
    }

    proptest! {
        #[test]
        fn takes_anything(text in "[\\\\\",;+/= a-zé\n]{0,40}") {
            read_dn(&text);
        }
    }
}
