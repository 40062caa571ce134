//! Cabinets: what is written into the reserved block, and what lies where it says.

use certsift::{Container, Limits, Structure};

use crate::{Row, SEED, SIGNER, check, fixture, good, read};

/// Where the cabinets written here end, and their signatures begin.
const END: usize = 100;

/// A cabinet of [`END`] octets, and what lies behind it.
fn cabinet(reserve: &[u8], flags: u16, behind: &[u8]) -> Vec<u8> {
    let mut bytes = b"MSCF\0\0\0\0".to_vec();
    bytes.extend(u32::try_from(END).unwrap().to_le_bytes());
    bytes.resize(30, 0);
    bytes.extend(flags.to_le_bytes());
    bytes.resize(36, 0);
    bytes.extend(u16::try_from(reserve.len()).unwrap().to_le_bytes());
    bytes.extend([0, 0]);
    bytes.extend(reserve);
    bytes.resize(bytes.len().max(END), b'x');
    bytes.extend(behind);
    bytes
}

/// A reserved block: its counts, what is somebody else's, offset, length, zeros.
fn reserve(others: &[u8], own: u16, offset: u32, length: u32) -> Vec<u8> {
    let mut block = u16::try_from(others.len()).unwrap().to_le_bytes().to_vec();
    block.extend(own.to_le_bytes());
    block.extend(others);
    for number in [offset, length, 0, 0] {
        block.extend(number.to_le_bytes());
    }
    block
}

#[test]
fn reserved_blocks() {
    let message = good();
    let end = u32::try_from(END).unwrap();
    let length = u32::try_from(message.len()).unwrap();
    let with = |block: &[u8]| cabinet(block, 4, &message);
    let saying = |offset, length| with(&reserve(b"", 16, offset, length));
    let row = |name, bytes: Vec<u8>| Row::new(name, Container::Cab, bytes);
    let header = Structure::CabinetHeader;
    let more = [message.clone(), b"more".to_vec()].concat();
    let past_end = usize::try_from(end + length).unwrap();
    check(&[
        row("as signed", saying(end, length)).finds(SIGNER),
        row("one of a set", cabinet(&reserve(b"", 16, end, length), 7, &message)).finds(SIGNER),
        row("behind what is somebody else's", with(&reserve(b"mine", 16, end, length))).finds(SIGNER),
        row("room for more", with(&[reserve(b"", 16, end, length), vec![0; 12]].concat())).finds(SIGNER),
        row("no flag", cabinet(&reserve(b"", 16, end, length), 3, &message)),
        row("no room for the counts", with(&[0, 0])),
        row("a block of zeros", with(&[0; 20])),
        row("a block with room for no place", with(&reserve(b"", 4, end, length))),
        row("counts that do not fit into it", with(&reserve(b"", 17, end, length))),
        row("no signature yet", saying(0, 0)),
        row("a length alone", saying(0, length)).fault("directory-incomplete", header, 44),
        row("an offset alone", saying(end, 0)).fault("directory-incomplete", header, 44),
        row("it starts past the file", saying(0x7fff_0000, length)).fault("table-outside-file", header, 0x7fff_0000),
        row("it is longer than the file", saying(end, length + 1)).finds(SIGNER).fault("table-truncated", header, END),
        row("its length wraps", saying(end, u32::MAX)).finds(SIGNER).fault("table-truncated", header, END),
        row("data behind it", cabinet(&reserve(b"", 16, end, length), 4, &more)).finds(SIGNER).fault(
            "data-after-table",
            header,
            past_end,
        ),
        row("it lies over the header", saying(40, 16)).fault("data-after-table", header, 56).among_others(),
        row("its length cuts the message", saying(end, length - 20))
            .finds(SIGNER)
            .fault("data-after-table", header, past_end - 20)
            .among_others(),
        row("it is no message", cabinet(&reserve(b"", 16, end, 4), 4, b"nope"))
            .fault("unexpected-tag", Structure::ContentInfo, END)
            .among_others(),
        row("ends of padding", cabinet(&reserve(b"", 16, end, length + 3), 4, &[message.clone(), vec![0; 3]].concat()))
            .finds(SIGNER),
    ]);
}

/// Wherever a cabinet breaks off, who signed it is known as soon as his certificate is there.
#[test]
fn cut_cabinets() {
    let whole = fixture("seed.cab");
    let found: Vec<bool> = (0..whole.len())
        .map(|end| read(&whole[..end], Limits::default()).is_ok_and(|(_, signers, _)| signers == [SEED]))
        .collect();
    let first = found.iter().position(|is_found| *is_found).unwrap();
    assert!(first < whole.len() - 100, "{first} of {}", whole.len());
    assert!(found[first..].iter().all(|is_found| *is_found));
}

#[test]
fn a_signature_beyond_the_limit() {
    let mut limits = Limits::default();
    limits.max_table_bytes = 1_000;
    let (_, _, faults) = read(&fixture("seed.cab"), limits).unwrap();
    assert!(faults.iter().any(|(code, ..)| *code == "limit-reached"), "{faults:?}");
}
