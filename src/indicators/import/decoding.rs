//! Octets to text: UTF-8, or what Windows calls Unicode. A line that is neither costs itself at most.

use std::borrow::Cow;

use super::reading::{Fault, Place};

/// The text, and the lines of which a part cannot be read: there the text has U+FFFD, which equals no name.
///
/// # Errors
/// When the octets are no text at all.
pub(crate) fn decode(bytes: &[u8]) -> Result<(Cow<'_, str>, Vec<Fault>), Fault> {
    match bytes {
        [0xff, 0xfe, rest @ ..] => return Ok((utf_16(rest, u16::from_le_bytes).into(), Vec::new())),
        [0xfe, 0xff, rest @ ..] => return Ok((utf_16(rest, u16::from_be_bytes).into(), Vec::new())),
        _ => {}
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok((text.into(), Vec::new()));
    }
    let lines = (1_u64..).zip(bytes.split(|&byte| byte == b'\n'));
    let wrong: Vec<Fault> = lines
        .filter(|(_, line)| std::str::from_utf8(line).is_err())
        .map(|(number, _)| Fault::new(Place::line(number), "not UTF-8 text"))
        .collect();
    match wrong.first() {
        // No text has a NUL, and most other files do.
        Some(first) if bytes.contains(&0) => Err(first.clone()),
        _ => Ok((String::from_utf8_lossy(bytes), wrong)),
    }
}

fn utf_16(bytes: &[u8], from: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).filter_map(|pair| pair.try_into().ok()).map(from);
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}
