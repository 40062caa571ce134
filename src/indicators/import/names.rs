//! Printed names to conditions: each attribute is compared on its own, for no two tools print a name the same way.

use super::dn_text::read_dn;
use crate::indicators::indicator::{NameField, NameTest, TextMode};

/// The tests that a certificate with this printed name passes: one for each attribute, or the text as a whole when it is no such name.
/// Letter case is set aside.
pub(super) fn tests_of_name(text: &str) -> Vec<NameTest> {
    let attributes = read_dn(text);
    if attributes.is_empty() {
        return vec![NameTest::new(NameField::Whole, TextMode::Exact, text.trim().to_owned()).ignoring_case()];
    }
    let tests = attributes.into_iter().map(|attribute| {
        let field = attribute.field();
        NameTest::new(field, TextMode::Exact, attribute.value).ignoring_case()
    });
    tests.collect()
}
