//! Files that are two things at once: a package to those who read them from their end.

use certsift::{Container, ErrorKind, Limits, SignedFile};

use crate::support::pe::{Pe, TABLE, entry, image};
use crate::support::zip::{archive, deflated};
use crate::{Read, fixture, message_of, read, read_with};

const SEED: &str = "signer 452156c3b3fb0176365bdb5b7715bc4c";
const OTHER: &str = "signer c0ffee01";

/// A signed Java archive.
fn jar() -> Vec<u8> {
    archive(&[
        deflated("META-INF/MANIFEST.MF", "Manifest-Version: 1.0"),
        deflated("META-INF/A.RSA", message_of("c0ffee01")),
    ])
}

/// The same with a comment of so many octets.
fn jar_with_comment(length: u16) -> Vec<u8> {
    let mut bytes = jar();
    bytes.truncate(bytes.len() - 2);
    bytes.extend(length.to_le_bytes());
    bytes.extend(vec![b' '; length.into()]);
    bytes
}

fn behind(name: &str) -> Read {
    read(&[fixture(name), jar()].concat()).unwrap()
}

#[test]
fn signatures_of_both_are_read() {
    let rows: &[(&str, Container, &[&str], &[&str])] = &[
        ("seed_pe32.exe", Container::Pe, &[SEED, OTHER], &["polyglot", "data-after-table"]),
        ("unsigned.exe", Container::Pe, &[OTHER], &["polyglot"]),
        ("seed.msi", Container::Msi, &[SEED, OTHER], &["polyglot"]),
        ("seed.cab", Container::Cab, &[SEED, OTHER], &["polyglot", "data-after-table"]),
        ("unsigned.cab", Container::Cab, &[OTHER], &["polyglot"]),
        ("seed_script.ps1", Container::Script, &[SEED, OTHER], &["polyglot"]),
        ("not_a_pe.txt", Container::Jar, &[OTHER], &[]),
        ("mz_only.bin", Container::Jar, &[OTHER], &[]),
    ];
    for (name, container, roles, codes) in rows {
        let (was, mut found, mut faults) = behind(name);
        assert_eq!(was, *container, "{name}");
        found.retain(|role| role.starts_with("signer"));
        assert_eq!(found, *roles, "{name}");
        faults.sort_unstable();
        let mut codes = codes.to_vec();
        codes.sort_unstable();
        assert_eq!(faults, codes, "{name}");
    }
}

/// An image with `overlay` between its headers and a table that holds `entry`.
fn image_with(overlay: &[u8], body: &[u8]) -> Vec<u8> {
    let start = usize::try_from(TABLE).unwrap();
    let table_offset = TABLE + u64::try_from(overlay.len().next_multiple_of(8)).unwrap();
    let mut bytes = Pe { table_offset, ..image(entry(body)) }.bytes();
    bytes[start..start + overlay.len()].copy_from_slice(overlay);
    bytes
}

#[test]
fn a_package_in_front_of_the_table_and_in_it() {
    let message = message_of("01");
    // Signed after the archive was put behind the image, so that the table is the end.
    for comment in [0, 900] {
        let image = image_with(&jar_with_comment(comment), &message);
        let (_, roles, codes) = read(&image).unwrap();
        assert_eq!(
            (roles.as_slice(), codes.as_slice()),
            (["signer 01", OTHER].map(str::to_owned).as_slice(), ["polyglot"].as_slice())
        );
    }
    // In the table, where no signature is over it.
    let image = image_with(&[], &[message, vec![0; 16], jar()].concat());
    let (_, roles, codes) = read(&image).unwrap();
    assert_eq!(roles, ["signer 01", OTHER]);
    assert!(codes.contains(&"polyglot"), "{codes:?}");
}

#[test]
fn comments_behind_the_end_record() {
    let found = |name: &str, length| {
        let (_, roles, _) = read(&[fixture(name), jar_with_comment(length)].concat()).unwrap();
        roles.iter().any(|role| role == OTHER)
    };
    for (name, longest) in
        [("seed_pe32.exe", 1_002), ("unsigned.exe", 1_002), ("seed.msi", u16::MAX), ("seed_script.ps1", u16::MAX)]
    {
        assert!(found(name, longest), "{name}");
    }
    // Looking further would cost every file that is no polyglot.
    assert!(!found("seed_pe32.exe", 1_003));
}

#[test]
fn an_archive_that_nobody_signed_is_no_polyglot() {
    let zip = archive(&[deflated("a.txt", "text")]);
    for (name, role) in [("seed_pe32.exe", SEED), ("seed.msi", SEED), ("seed_script.ps1", SEED)] {
        let (_, roles, codes) = read(&[fixture(name), zip.clone()].concat()).unwrap();
        assert_eq!(roles, [role], "{name}");
        assert!(!codes.contains(&"polyglot"), "{name}");
    }
    let (container, roles, _) = read(&[fixture("mz_only.bin"), zip].concat()).unwrap();
    assert_eq!((container, roles.len()), (Container::Zip, 0));
}

#[test]
fn limits_hold_for_both() {
    let bytes = [fixture("seed_pe32.exe"), jar()].concat();
    let mut limits = Limits::default();
    limits.max_signatures = 1;
    let (_, roles, codes) = read_with(&bytes, limits).unwrap();
    assert_eq!(roles, [SEED]);
    assert!(codes.contains(&"limit-reached"), "{codes:?}");
}

#[test]
fn what_is_borrowed_is_the_first_one() {
    let bytes = [fixture("seed_pe32.exe"), jar()].concat();
    let file = SignedFile::parse(&bytes).unwrap();
    assert_eq!(file.signatures().len(), 1);
    let script = [fixture("seed_script.ps1"), jar()].concat();
    assert_eq!(SignedFile::parse(&script).unwrap_err().kind(), ErrorKind::StoredApart);
}
