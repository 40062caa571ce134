//! Texts in YARA source: their escapes, and the escapes that OpenSSL puts into names.

use std::borrow::Cow;

use super::lexer::SyntaxError;
use crate::indicators::cause::Cause;

/// The octets that the inside of a quoted text means. `start` is where it begins in the source.
pub(super) fn unescape(inside: &[u8], start: usize) -> Result<Vec<u8>, SyntaxError> {
    let mut octets = Vec::with_capacity(inside.len());
    let mut rest = inside;
    while let Some((&octet, after)) = rest.split_first() {
        let (meant, after) =
            if octet == b'\\' { escape(after).ok_or_else(|| bad_escape(inside, rest, start))? } else { (octet, after) };
        octets.push(meant);
        rest = after;
    }
    Ok(octets)
}

fn bad_escape(inside: &[u8], rest: &[u8], start: usize) -> SyntaxError {
    let at = start.saturating_add(inside.len().saturating_sub(rest.len()));
    SyntaxError::new(at, "an escape that YARA does not know; it knows \\\" \\\\ \\n \\r \\t and \\xHH")
}

/// What follows a backslash, as the octet that is meant and the rest.
fn escape(text: &[u8]) -> Option<(u8, &[u8])> {
    let (kind, after) = text.split_first()?;
    Some(match kind {
        b'"' | b'\\' => (*kind, after),
        b'n' => (b'\n', after),
        b'r' => (b'\r', after),
        b't' => (b'\t', after),
        b'x' => hex_octet(after)?,
        _ => return None,
    })
}

fn hex_octet(text: &[u8]) -> Option<(u8, &[u8])> {
    let (digits, after) = text.split_first_chunk::<2>()?;
    let mut octet = [0];
    hex::decode_to_slice(digits, &mut octet).ok()?;
    Some((octet[0], after))
}

/// The name that a text of a rule means, and what is wrong with how it is written.
pub(super) fn name_text(octets: &[u8]) -> (String, Option<Cause>) {
    if let Some(meant) = from_openssl(octets) {
        return (meant, Some(Cause::EscapedText));
    }
    let text = decode(octets);
    let cause = (!text.is_ascii()).then_some(Cause::RawUtf8Text);
    (text.into_owned(), cause)
}

/// How many characters of a name YARA 4 shows, which prints every octet beyond printable ASCII as `\xHH`.
pub(in crate::indicators) fn shown_length(octets: &[u8]) -> usize {
    octets.iter().map(|octet| if matches!(octet, b' '..=b'~') { 1 } else { 4_usize }).fold(0, usize::saturating_add)
}

/// The text in which OpenSSL wrote octets as `\xHH`; `None` when there is no such escape.
pub(in crate::indicators) fn from_openssl(octets: &[u8]) -> Option<String> {
    let mut meant = Vec::with_capacity(octets.len());
    let mut escaped = false;
    let mut rest = octets;
    while let Some((&octet, after)) = rest.split_first() {
        let hex = if octet == b'\\' { after.strip_prefix(b"x").and_then(hex_octet) } else { None };
        escaped |= hex.is_some();
        let (octet, after) = hex.unwrap_or((octet, after));
        meant.push(octet);
        rest = after;
    }
    if !escaped {
        return None;
    }
    // BMPString: OpenSSL prints its octets one by one.
    Some(from_big_endian(&meant).filter(|_| is_wide(&meant)).unwrap_or_else(|| decode(&meant).into_owned()))
}

/// Whether octets can hardly be anything but UTF-16: letters of Latin, Greek, Cyrillic, Hebrew and Arabic, whose first octets are
/// control characters, or no UTF-8 and nothing but Chinese.
fn is_wide(octets: &[u8]) -> bool {
    const LAST_OF_ARABIC: u8 = 0x06;
    const CHINESE: [std::ops::RangeInclusive<u16>; 4] =
        [0x20..=0x7e, 0x3000..=0x303f, 0x4e00..=0x9fff, 0xff00..=0xffef];
    let (pairs, _) = octets.as_chunks::<2>();
    if octets.iter().any(u8::is_ascii_control) && pairs.iter().all(|[high, _]| *high <= LAST_OF_ARABIC) {
        return true;
    }
    let is_chinese = |pair: &[u8; 2]| CHINESE.iter().any(|range| range.contains(&u16::from_be_bytes(*pair)));
    // In Latin-1, letters beyond ASCII are fewer.
    let beyond_ascii = octets.iter().filter(|octet| !octet.is_ascii()).count();
    let is_mostly_ascii = beyond_ascii.saturating_mul(4) < octets.len();
    std::str::from_utf8(octets).is_err() && !is_mostly_ascii && pairs.iter().all(is_chinese)
}

/// UTF-8 if it is, else Latin-1.
pub(super) fn decode(octets: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(octets) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => octets.iter().copied().map(char::from).collect(),
    }
}

/// UTF-16, most significant octet first, without control characters; `None` when it is not that.
pub(super) fn from_big_endian(octets: &[u8]) -> Option<String> {
    let (pairs, rest) = octets.as_chunks::<2>();
    let units = pairs.iter().map(|pair| u16::from_be_bytes(*pair));
    let text: String = char::decode_utf16(units).collect::<Result<_, _>>().ok()?;
    (rest.is_empty() && !text.is_empty() && !text.chars().any(char::is_control)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_of_yara() {
        let cases: &[(&str, Result<&[u8], usize>)] = &[
            ("plain", Ok(b"plain")),
            (r#"\"\\\n\r\t\x41\xfF"#, Ok(b"\"\\\n\r\tA\xff")),
            (r"\\xD0", Ok(b"\\xD0")),
            (r"ab\q", Err(12)),
            (r"\x4", Err(10)),
            (r"\xg4", Err(10)),
            (r"\", Err(10)),
        ];
        for (text, expected) in cases {
            let read = unescape(text.as_bytes(), 10).map_err(|error| error.at);
            assert_eq!(
                read.as_deref().map_err(|at| *at),
                expected.as_ref().map(|octets| *octets).map_err(|at| *at),
                "{text}"
            );
        }
    }

    #[test]
    fn names_in_every_spelling() {
        let escaped = Some(Cause::EscapedText);
        let cases: &[(&[u8], &str, Option<Cause>)] = &[
            (b"Example, Inc.", "Example, Inc.", None),
            (br"\xD0\x9E\xd0\x9e\xD0\x9E", "ООО", escaped),
            (br"A \xC3\x84", "A Ä", escaped),
            (br"\x00O\x00r\x00g", "Org", escaped),
            (br"\x02C\x02\x97\x04\x17", "ɃʗЗ", escaped),
            (br"\x04\x1E\x04\x1E", "ОО", escaped),
            (br"/O=\x0D\x00", "/O=\r\0", escaped),
            (b"Y'\\x8F\\xDE", "大连", escaped),
            (br"Caf\xE9 Ltd", "Café Ltd", escaped),
            (br"Soci\xE9t\xE9 S", "Société S", escaped),
            (br"C:\xyz", r"C:\xyz", None),
            ("ООО".as_bytes(), "ООО", Some(Cause::RawUtf8Text)),
            (b"Caf\xe9", "Café", Some(Cause::RawUtf8Text)),
        ];
        for (octets, expected, cause) in cases {
            assert_eq!(name_text(octets), ((*expected).to_owned(), *cause), "{}", String::from_utf8_lossy(octets));
        }
        assert_eq!(shown_length("ÄB".as_bytes()), 9);
    }
}
