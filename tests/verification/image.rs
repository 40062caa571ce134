//! Changes to the image, and to its certificate table around the message.

use crate::facts::Facts;
use crate::scene::{CHECKSUM, SECURITY_DIRECTORY, TABLE, check, scene, unsigned_image, unstamped};
use crate::support::pe::{self, OPTIONAL, raw_entry};
use crate::{OTHER_IMAGE, Row, run};

/// Where the section table starts: behind the optional header of PE32+.
const SECTION_TABLE: usize = OPTIONAL + 240;

fn flipped(position: usize) -> Vec<u8> {
    let mut file = scene().file();
    *file.get_mut(position).unwrap() ^= 1;
    file
}

#[test]
fn bytes_of_the_image() {
    let rows = [
        ("a byte of the DOS header", 0x20, true),
        ("TimeDateStamp", 0x40 + 8, true),
        ("the last byte before CheckSum", CHECKSUM - 1, true),
        ("the first byte of CheckSum", CHECKSUM, false),
        ("the last byte of CheckSum", CHECKSUM + 3, false),
        ("the first byte behind CheckSum", CHECKSUM + 4, true),
        ("the last byte before the entry of the table", SECURITY_DIRECTORY - 1, true),
        ("the first byte behind the entry of the table", SECURITY_DIRECTORY + 8, true),
        ("a section's name", SECTION_TABLE, true),
        ("a section's flags", SECTION_TABLE + 39, true),
        ("a byte between the headers and the first section", 0x1f0, true),
        ("the first byte of the section", 0x200, true),
        ("the last byte before the table", TABLE - 1, true),
    ];
    let row = |(name, position, is_hashed)| {
        let row = Row::new(name, flipped(position));
        // It belongs to SizeOfHeaders, which reaches over the table then.
        let row = if position == CHECKSUM - 1 { row.changes(&["table_over_image: false -> true"]) } else { row };
        if is_hashed { row.changes(&OTHER_IMAGE) } else { row }
    };
    run(&rows.map(row));
}

#[test]
fn bytes_around_the_message() {
    let message = scene().message_der();
    let padding = message.len().next_multiple_of(8) - message.len();
    assert_ne!(padding, 0, "the message must leave room for padding");
    let with_trailer = |trailer: &[u8]| {
        let body = [message.as_slice(), trailer].concat();
        unsigned_image(raw_entry(u32::try_from(body.len() + 8).unwrap(), 0x0200, 2, body))
    };
    let behind = |more: &[u8]| [scene().file().as_slice(), more].concat();
    let second = |more: Vec<u8>| unsigned_image([pe::entry(&message), more].concat());
    let directory = |offset: u32, size: u32| {
        let mut file = scene().file();
        let fields = [offset.to_le_bytes(), size.to_le_bytes()].concat();
        file.splice(SECURITY_DIRECTORY..SECURITY_DIRECTORY + 8, fields);
        file
    };
    let table = u32::try_from(TABLE).unwrap();
    let size = u32::try_from(pe::entry(&message).len()).unwrap();
    let mut padded = vec![0; padding];
    *padded.last_mut().unwrap() = 1;
    let stuffed = ["padding_on: yes -> no"];
    run(&[
        Row::new("no padding", with_trailer(&[])),
        Row::new("a byte of the padding", with_trailer(&padded)).changes(&stuffed),
        Row::new("eight zeros too many in the entry", with_trailer(&vec![0; padding + 8])).changes(&stuffed),
        Row::new("data in the entry", with_trailer(&vec![0x41; padding + 64])).changes(&stuffed),
        Row::new("data behind the table", behind(b"12345678")).changes(&OTHER_IMAGE),
        Row::new("a table that ends behind the file", directory(table, size + 8)),
        Row::new("a second entry of junk", second(pe::entry(b"junk that is no message"))),
        Row::new("zeros behind the entry", second(vec![0; 16])),
    ]);
}

/// Where the directory says that there is no table there is no signature, and nothing is told of any.
#[test]
fn a_table_that_is_not_said_to_be_there() {
    let mut file = unstamped().file();
    file.splice(SECURITY_DIRECTORY..SECURITY_DIRECTORY + 8, [0; 8]);
    assert_eq!(Facts::of(&file, &check().verifier()).list(), [""; 0]);
}

/// Without the digests of the image nothing is said of them, and everything else is.
#[test]
fn without_the_image() {
    let (file, verifier) = (scene().file(), check().verifier());
    let changes = Facts::of(&file, &verifier).changes(&Facts::without_image(&file, &verifier));
    assert_eq!(changes, ["digest_matches: yes -> unknown", "digest_rule: Flat -> none"]);
}

/// A signature that was copied into another image holds in everything but the digest.
#[test]
fn a_copied_signature() {
    let mut file = scene().file();
    file.splice(0x200..0x400, [0xcc; 0x200]);
    run(&[Row::new("copied into another image", file).changes(&OTHER_IMAGE)]);
}
