//! What the signature of a script is over: its text without the signature block, in UTF-16.
//!
//! PowerShell hashes a byte order mark with the text, and takes a text without one for UTF-8. Windows Script Host hashes no mark, takes a
//! text without one for the code page of the system, and hashes the number of characters behind it. Neither is written down; these are the
//! rules by which osslsigncode (script.c) and jsign (SignableScript, WSHScript) sign what Windows takes.

use std::io;
use std::ops::Range;

use super::script::{Host, block};
use super::source::{ReadAt, read_first};
use super::text::{Order, to_octets, utf16_order};
use crate::limits::Limits;

/// The octets that may be what the signature of a script is over, the likeliest first; none for a file that is no signed script.
pub(crate) fn signed_texts(source: &(impl ReadAt + ?Sized), size: u64) -> io::Result<Vec<Vec<u8>>> {
    let most = Limits::default().max_text_bytes;
    if size > most {
        return Ok(Vec::new());
    }
    let bytes = read_first(source, size)?;
    let order = utf16_order(&bytes);
    let found = match order {
        Some(order) => block(&to_octets(&bytes, order)),
        None => block(&bytes),
    };
    let Some((host, block)) = found else { return Ok(Vec::new()) };
    let readings = match order {
        Some(order) => vec![of_utf16(&bytes, &block, order)],
        None => of_octets(&bytes, &block, host),
    };
    Ok(readings.into_iter().map(|characters| signed_octets(&characters, host)).collect())
}

fn signed_octets(characters: &[u16], host: Host) -> Vec<u8> {
    let characters = match (host, characters) {
        (Host::WindowsScript, [MARK, rest @ ..]) => rest,
        _ => characters,
    };
    let mut octets: Vec<u8> = characters.iter().flat_map(|character| character.to_le_bytes()).collect();
    if host == Host::WindowsScript {
        let count = u32::try_from(characters.len()).unwrap_or(u32::MAX);
        octets.extend(count.to_le_bytes());
    }
    octets
}

/// The byte order mark.
const MARK: u16 = 0xfeff;

/// What lies around the block; a place in it counts characters.
fn of_utf16(bytes: &[u8], block: &Range<usize>, order: Order) -> Vec<u16> {
    let (pairs, _) = bytes.as_chunks::<2>();
    let character = |pair: &[u8; 2]| match order {
        Order::Little => u16::from_le_bytes(*pair),
        Order::Big => u16::from_be_bytes(*pair),
    };
    let before = pairs.get(..block.start).unwrap_or_default();
    before.iter().chain(pairs.get(block.end..).unwrap_or_default()).map(character).collect()
}

/// The same of a text of octets, in each way in which it may be read.
fn of_octets(bytes: &[u8], block: &Range<usize>, host: Host) -> Vec<Vec<u16>> {
    let before = bytes.get(..block.start).unwrap_or_default();
    let octets = [before, bytes.get(block.end..).unwrap_or_default()].concat();
    let utf8 = std::str::from_utf8(&octets).ok().map(|text| text.encode_utf16().collect::<Vec<_>>());
    if octets.is_ascii() || octets.starts_with(&[0xef, 0xbb, 0xbf]) {
        return utf8.into_iter().collect();
    }
    let code_page = octets.iter().map(|octet| windows_1252(*octet)).collect();
    match (host, utf8) {
        (_, None) => vec![code_page],
        (Host::PowerShell, Some(utf8)) => vec![utf8, code_page],
        (Host::WindowsScript, Some(utf8)) => vec![code_page, utf8],
    }
}

/// A character of Windows-1252, the code page of most systems. Octets without one are taken for themselves, as Windows does.
fn windows_1252(octet: u8) -> u16 {
    const FROM_0X80: [u16; 32] = [
        0x20ac, 0x81, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8d,
        0x017d, 0x8f, 0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a,
        0x0153, 0x9d, 0x017e, 0x0178,
    ];
    let place = octet.checked_sub(0x80).map(usize::from);
    place.and_then(|place| FROM_0X80.get(place)).copied().unwrap_or(u16::from(octet))
}
