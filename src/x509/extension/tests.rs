use super::*;

/// A short DER value, in hex.
fn value(tag: u8, content: &str) -> String {
    format!("{tag:02x}{:02x}{content}", content.len() / 2)
}

fn extension(kind: Oid<'_>, content: &str) -> String {
    let kind = value(6, &hex::encode(kind.as_bytes()));
    value(0x30, &format!("{kind}{}", value(4, content)))
}

/// Does something with a certificate that has these extensions.
fn with<T>(extensions: &str, look: impl FnOnce(Certificate<'_>) -> T) -> T {
    let list = value(0xa3, &value(0x30, extensions));
    let to_be_signed = value(0x30, &format!("02010130003000300030003000{list}"));
    look(Certificate::from_der(&hex::decode(value(0x30, &to_be_signed)).unwrap()).unwrap())
}

#[test]
fn a_path_length_that_cannot_be_is_no_absent_one() {
    let cases = [
        ("30030101ff", Some(None)),
        ("30060101ff020100", Some(Some(0))),
        ("30060101ff02017f", Some(Some(127))),
        ("300a0101ff02050100000000", Some(Some(u32::MAX))),
        ("30060101ff0201ff", None),
        ("30050101ff0200", None),
    ];
    for (octets, expected) in cases {
        let extension = extension(oid::BASIC_CONSTRAINTS, octets);
        let found = with(&extension, |one| {
            assert_eq!(one.extensions().next().unwrap().is_well_formed(), expected.is_some(), "{octets}");
            one.basic_constraints()
        });
        assert_eq!(found.map(|found| found.path_length), expected, "{octets}");
        assert!(found.is_none_or(|found| found.is_ca), "{octets}");
    }
}

#[cfg(feature = "verify")]
#[test]
fn purposes_that_cannot_be_read_allow_nothing() {
    let purpose = |oid: Oid<'_>| value(6, &hex::encode(oid.as_bytes()));
    let usage = |content: &str| extension(oid::EXTENDED_KEY_USAGE, content);
    let other = extension(oid::KEY_USAGE, "03020780");
    let named = usage(&value(0x30, &purpose(oid::CODE_SIGNING)));
    let without_value = value(0x30, &purpose(oid::EXTENDED_KEY_USAGE));
    let cases = [
        ("none", String::new(), true),
        ("another extension", other.clone(), true),
        ("the purpose", named.clone(), true),
        ("behind another extension", format!("{other}{named}"), true),
        ("behind one that cannot be read", format!("3000{named}"), true),
        ("any", usage(&value(0x30, &purpose(oid::ANY_EXTENDED_KEY_USAGE))), true),
        ("another", usage(&value(0x30, &purpose(oid::TIME_STAMPING))), false),
        ("an empty list", usage("3000"), false),
        ("no list", usage("0500"), false),
        ("no object identifier", usage("30020500"), false),
        ("something behind the list", usage(&format!("{}0500", value(0x30, &purpose(oid::CODE_SIGNING)))), false),
        ("no value", without_value, false),
        ("a list that is cut", "3009".to_owned(), false),
    ];
    for (name, extensions, expected) in cases {
        assert_eq!(with(&extensions, |one| one.allows_purpose(oid::CODE_SIGNING)), expected, "{name}");
    }
}
