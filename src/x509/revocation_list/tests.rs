use super::*;

#[test]
fn what_lists_hold() {
    /// File; entries, this update, next update, key id, defect.
    type Case = (&'static str, usize, &'static str, Option<&'static str>, bool, Option<ListDefect>);
    let cases: &[Case] = &[
        ("good", 2, "2024-01-01T00:00:00Z", Some("2024-02-01T00:00:00Z"), true, None),
        ("root_good", 0, "2024-01-01T00:00:00Z", Some("2024-02-01T00:00:00Z"), true, None),
        ("no_next", 1, "2024-01-01T00:00:00Z", None, true, None),
        ("stale", 1, "2023-11-01T00:00:00Z", Some("2023-12-01T00:00:00Z"), true, None),
        ("other_key_no_id", 1, "2024-01-01T00:00:00Z", Some("2024-02-01T00:00:00Z"), false, None),
        ("twice", 1, "2024-01-01T00:00:00Z", Some("2024-02-01T00:00:00Z"), true, None),
        ("delta", 1, "2024-01-01T00:00:00Z", Some("2024-02-01T00:00:00Z"), true, Some(ListDefect::Delta)),
        ("indirect", 1, "2024-01-01T00:00:00Z", Some("2024-02-01T00:00:00Z"), true, Some(ListDefect::Indirect)),
        (
            "critical",
            1,
            "2024-01-01T00:00:00Z",
            Some("2024-02-01T00:00:00Z"),
            true,
            Some(ListDefect::CriticalExtension),
        ),
        (
            "critical_entry",
            2,
            "2024-01-01T00:00:00Z",
            Some("2024-02-01T00:00:00Z"),
            true,
            Some(ListDefect::CriticalEntryExtension),
        ),
    ];
    for (name, entries, this_update, next_update, has_key_id, defect) in cases {
        let list = RevocationList::read(&read(name)).unwrap();
        let next = list.next_update.map(|time| time.to_string());
        let found =
            (list.entries.len(), list.this_update().to_string(), next.as_deref(), list.authority_key_id().is_some());
        assert_eq!(found, (*entries, (*this_update).to_owned(), *next_update, *has_key_id), "{name}");
        assert_eq!(list.defect(), *defect, "{name}");
        assert!(list.signed().is_some(), "{name}");
    }
}

#[test]
fn entries_by_serial() {
    const LEAF: &[u8] = &[0, 0xa0, 1];
    let list = RevocationList::read(&read("invalidity")).unwrap();
    let entry = list.entry(Serial::from_bytes(LEAF)).unwrap();
    let found = (entry.date.to_string(), entry.reason, entry.invalidity_date.map(|date| date.to_string()));
    assert_eq!(found, ("2023-06-01T00:00:00Z".into(), Some(1), Some("2022-01-01T00:00:00Z".into())));
    assert_eq!(entry.since().to_string(), "2022-01-01T00:00:00Z");
    assert_eq!(list.entry(Serial::from_bytes(&LEAF[1..])), Some(entry), "without the octet of the sign");
    assert_eq!(list.entry(Serial::from_bytes(&[0xa0])), None);
}

/// What the decoder takes, passing over something, is refused.
#[test]
fn lists_that_are_refused() {
    let cases = [
        ("truncated", ErrorKind::Missing),
        ("bad_entry", ErrorKind::BadExtension),
        ("bad_date", ErrorKind::DecoderRefused),
        ("twice_extension", ErrorKind::DuplicateExtension),
    ];
    for (name, expected) in cases {
        assert_eq!(
            RevocationList::read(&read(name)).map(|_| ()).map_err(|error| error.kind()),
            Err(expected),
            "{name}"
        );
    }
    let algorithm = der(tag::SEQUENCE, &[0x06, 1, 0x2a]);
    let serial = der(tag::INTEGER, &[7]);
    let spoiled: [(&str, Vec<u8>, ErrorKind); 2] = [
        (
            "a part behind the extensions of an entry",
            [entry(&serial), REASON.to_vec(), vec![5, 0]].concat(),
            ErrorKind::UnknownParts,
        ),
        ("another part in their place", [entry(&serial), vec![4, 0]].concat(), ErrorKind::UnknownParts),
    ];
    for (name, members, expected) in spoiled {
        let list = list(&algorithm, &algorithm, &der(tag::SEQUENCE, &members));
        assert_eq!(RevocationList::read(&list).map(|_| ()).map_err(|error| error.kind()), Err(expected), "{name}");
    }
}

#[test]
fn the_issuer_signs_the_algorithm_too() {
    let (one, other) = (der(tag::SEQUENCE, &[0x06, 1, 0x2a]), der(tag::SEQUENCE, &[0x06, 1, 0x2b]));
    assert!(RevocationList::read(&list(&one, &one, &[])).unwrap().signed().is_some());
    assert!(RevocationList::read(&list(&one, &other, &[])).unwrap().signed().is_none());
}

/// Far more entries than [`Limits`] has elements for a file.
#[test]
fn large_lists() {
    const ENTRIES: u32 = 200_000;
    let algorithm = der(tag::SEQUENCE, &[0x06, 1, 0x2a]);
    let entries = (0..ENTRIES).flat_map(|number| {
        let serial = der(tag::INTEGER, &[&[0x20; 12], number.to_be_bytes().as_slice()].concat());
        der(tag::SEQUENCE, &[entry(&serial), REASON.to_vec()].concat())
    });
    let list = RevocationList::read(&list(&algorithm, &algorithm, &entries.collect::<Vec<u8>>())).unwrap();
    assert_eq!(list.entries.len(), 200_000);
    for number in [0, 1, ENTRIES - 1] {
        let serial = [&[0x20; 12], number.to_be_bytes().as_slice()].concat();
        assert_eq!(list.entry(Serial::from_bytes(&serial)).unwrap().reason, Some(1));
    }
    assert_eq!(list.entry(Serial::from_bytes(&[0x20; 16])), None);
}

/// The extensions of an entry with the reason keyCompromise.
const REASON: [u8; 14] = [0x30, 0x0c, 0x30, 0x0a, 6, 3, 0x55, 0x1d, 0x15, 4, 3, 10, 1, 1];

/// A list with entries, signed by nobody.
fn list(inner: &[u8], outer: &[u8], entries: &[u8]) -> Vec<u8> {
    let name = [0x30, 0];
    let revoked = if entries.is_empty() { Vec::new() } else { der(tag::SEQUENCE, entries) };
    let version = [2, 1, 1];
    let to_be_signed = [version.as_slice(), inner, &name, &time(), &revoked].concat();
    der(tag::SEQUENCE, &[&der(tag::SEQUENCE, &to_be_signed), outer, &[3, 2, 0, 0]].concat())
}

/// The first two members of an entry.
fn entry(serial: &[u8]) -> Vec<u8> {
    [serial, &time()].concat()
}

fn time() -> Vec<u8> {
    der(tag::UTC_TIME, b"240101000000Z")
}

fn der(tag: u32, content: &[u8]) -> Vec<u8> {
    let length: Vec<u8> = content.len().to_be_bytes().into_iter().skip_while(|octet| *octet == 0).collect();
    let form = if content.len() < 0x80 { None } else { Some(0x80 | u8::try_from(length.len()).unwrap()) };
    let length = if content.is_empty() { vec![0] } else { length };
    [u8::try_from(tag).unwrap()].into_iter().chain(form).chain(length).chain(content.iter().copied()).collect()
}

fn read(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/fixtures/revocation/{name}.crl", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}
