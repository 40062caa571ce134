//! Names that say less than they seem to: of publishers that sign for many, and parts so short that many names have them.

use crate::indicators::indicator::{NameTest, TextMode};

/// Common names of certificates that sign for many: Microsoft's for attested drivers and for Windows itself, and a service that signs
/// for open-source projects.
const PUBLISHERS: [&str; 8] = [
    "Microsoft Windows",
    "Microsoft Windows Component Publisher",
    "Microsoft Windows Early Launch Anti-malware Publisher",
    "Microsoft Windows Hardware Compatibility",
    "Microsoft Windows Hardware Compatibility Publisher",
    "Microsoft Windows Publisher",
    "Microsoft Windows Third Party Application Component",
    "SignPath Foundation",
];

/// Whether a name is that of a publisher that signs for many, letter case and blanks around set aside.
pub(crate) fn is_shared_publisher(name: &str) -> bool {
    PUBLISHERS.iter().any(|publisher| publisher.eq_ignore_ascii_case(name.trim()))
}

/// Whether a test is for a part of a name so short that many names have it: published ones are `IBM`, `DEMO`, `Word` and `Nguy`.
/// Octets are counted, as a name of three Chinese letters says more than one of three Latin ones.
pub(crate) fn is_short_part(test: &NameTest) -> bool {
    const SHORTEST: usize = 5;
    test.mode != TextMode::Exact && test.value.trim().len() < SHORTEST
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicators::indicator::NameField;

    #[test]
    fn short_parts() {
        let cases = [
            (TextMode::Contains, "IBM", true),
            (TextMode::Contains, "Nguy ", true),
            (TextMode::Prefix, "DEMO", true),
            (TextMode::Exact, "IBM", false),
            (TextMode::Contains, "Apple", false),
            (TextMode::Contains, "日照", false),
        ];
        for (mode, text, expected) in cases {
            assert_eq!(is_short_part(&NameTest::new(NameField::Any, mode, text)), expected, "{text}");
        }
        assert!(is_shared_publisher(" microsoft windows HARDWARE Compatibility Publisher"));
        assert!(!is_shared_publisher("Microsoft Corporation"));
    }
}
