//! What YARA prints and what it reserves, for rules that are read, written and judged.

/// The text as OpenSSL, and so YARA 4, prints it in a name: octets beyond printable ASCII as `\xHH`. `None` when that is the same.
pub(crate) fn as_openssl_prints(text: &str) -> Option<String> {
    let is_printable = |octet: &u8| matches!(octet, b' '..=b'~');
    if text.bytes().all(|octet| is_printable(&octet)) {
        return None;
    }
    let mut printed = String::with_capacity(text.len().saturating_mul(4));
    for octet in text.bytes() {
        if is_printable(&octet) {
            printed.push(char::from(octet));
        } else {
            printed.push_str("\\x");
            printed.push_str(&hex::encode_upper([octet]));
        }
    }
    Some(printed)
}

/// The words that cannot be names.
pub(crate) const KEYWORDS: [&str; 49] = [
    "all",
    "and",
    "any",
    "ascii",
    "at",
    "base64",
    "base64wide",
    "condition",
    "contains",
    "defined",
    "endswith",
    "entrypoint",
    "false",
    "filesize",
    "for",
    "fullword",
    "global",
    "icontains",
    "iendswith",
    "iequals",
    "import",
    "in",
    "include",
    "istartswith",
    "int16",
    "int16be",
    "int32",
    "int32be",
    "int8",
    "int8be",
    "matches",
    "meta",
    "nocase",
    "none",
    "not",
    "of",
    "or",
    "private",
    "rule",
    "startswith",
    "strings",
    "them",
    "true",
    "uint16",
    "uint32",
    "uint8",
    "wide",
    "xor",
    "uint16be",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_as_openssl_prints_them() {
        assert_eq!(as_openssl_prints("A/S \\ \""), None);
        assert_eq!(as_openssl_prints("aОb\0").as_deref(), Some(r"a\xD0\x9Eb\x00"));
    }
}
