//! Any two byte strings as names: their texts, and that comparing them does not depend on the order.
#![no_main]

use certsift::Name;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&[u8], &[u8])| {
    let (a, b) = (Name::from_der(input.0), Name::from_der(input.1));
    for attribute in a.attributes() {
        let _ = (attribute.kind_text(), attribute.is_text(), attribute.starts_rdn(), attribute.value_bytes());
        assert!(a.to_oneline().contains(attribute.text().as_ref()));
    }
    let _ = (a.to_string(), a.organizations().count(), a.common_names().count());
    assert_eq!(a.matches(b), b.matches(a));
    assert_eq!(a.matches(a), !a.as_bytes().is_empty());
});
