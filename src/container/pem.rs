//! PEM (RFC 7468): blocks of base64 between lines that say what is in them.
//!
//! Text before, between and behind the blocks is passed over, and any end of line is taken: trust stores are files that people and tools
//! put together.

use super::base64::decode_base64;
use super::text::lines;

/// A block of a PEM text, decoded when it is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PemBlock<'t> {
    /// What its first line says, such as `CERTIFICATE`.
    pub(crate) label: &'t [u8],
    /// Where its first line begins: bytes from the start of the text.
    pub(crate) offset: usize,
    /// What lies between its first line and its last one; `None` where the last one is missing, or says something else.
    body: Option<&'t [u8]>,
}

impl PemBlock<'_> {
    /// The octets; `None` for a block without an end, or one that is not base64.
    pub(crate) fn decode(self) -> Option<Vec<u8>> {
        decode_base64(self.body?)
    }
}

/// The blocks of a text in turn. A block that is not ended is one too, and does not hide those behind it.
pub(crate) fn pem_blocks(text: &[u8]) -> impl Iterator<Item = PemBlock<'_>> {
    let mut lines = lines(text).peekable();
    std::iter::from_fn(move || {
        let (offset, label) = lines.by_ref().find_map(|line| Some((line.offset, boundary(line.octets, BEGIN)?)))?;
        let start = lines.peek().map_or(text.len(), |line| line.offset);
        let mut body = None;
        // The next first line is left where it is.
        while let Some(line) = lines.next_if(|line| boundary(line.octets, BEGIN).is_none()) {
            if let Some(end) = boundary(line.octets, END) {
                body = text.get(start..line.offset).filter(|_| end == label);
                break;
            }
        }
        Some(PemBlock { label, offset, body })
    })
}

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";
/// The label of a line that begins (or ends) a block.
fn boundary<'t>(line: &'t [u8], start: &[u8]) -> Option<&'t [u8]> {
    line.trim_ascii().strip_prefix(start)?.strip_suffix(DASHES)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Label, offset, and what it decodes to.
    type Found<'t> = (&'t str, usize, Option<&'t [u8]>);

    #[test]
    fn blocks_among_text() {
        let cases: &[(&str, &[u8], &[Found<'_>])] = &[
            ("empty", b"", &[]),
            ("one", b"-----BEGIN A-----\nAQID\n-----END A-----\n", &[("A", 0, Some(&[1, 2, 3]))]),
            ("no last line end", b"-----BEGIN A-----\nAQID\n-----END A-----", &[("A", 0, Some(&[1, 2, 3]))]),
            ("CR LF", b"-----BEGIN A-----\r\nAQ\r\nID\r\n-----END A-----\r\n", &[("A", 0, Some(&[1, 2, 3]))]),
            ("CR", b"-----BEGIN A-----\rAQ\rID\r-----END A-----\r", &[("A", 0, Some(&[1, 2, 3]))]),
            ("blanks", b" -----BEGIN A----- \n AQ ID \n\t-----END A-----  ", &[("A", 0, Some(&[1, 2, 3]))]),
            ("BOM", b"\xef\xbb\xbf-----BEGIN A-----\nAQID\n-----END A-----", &[("A", 3, Some(&[1, 2, 3]))]),
            ("padding", b"-----BEGIN A-----\nAQ==\n-----END A-----", &[("A", 0, Some(&[1]))]),
            ("empty block", b"-----BEGIN A-----\n-----END A-----", &[("A", 0, Some(&[]))]),
            (
                "text around, no UTF-8 in it",
                b"a -----BEGIN \n\xff\n-----BEGIN A B-----\nAQI=\n-----END A B-----\nb\n-----BEGIN C-----\n!\n-----END C-----\n",
                &[("A B", 16, Some(&[1, 2])), ("C", 61, None)],
            ),
            ("no end", b"-----BEGIN A-----\nAQID\n", &[("A", 0, None)]),
            ("another end", b"-----BEGIN A-----\nAQID\n-----END B-----\n", &[("A", 0, None)]),
            (
                "no end, then a whole one",
                b"-----BEGIN A-----\nAQID\n-----BEGIN A-----\nAQID\n-----END A-----\n",
                &[("A", 0, None), ("A", 23, Some(&[1, 2, 3]))],
            ),
            ("three characters", b"-----BEGIN A-----\nAQI\n-----END A-----", &[("A", 0, None)]),
            ("padding inside", b"-----BEGIN A-----\nAQ=D\n-----END A-----", &[("A", 0, None)]),
            ("padding alone", b"-----BEGIN A-----\n====\n-----END A-----", &[("A", 0, None)]),
            ("behind padding", b"-----BEGIN A-----\nAQ==AQID\n-----END A-----", &[("A", 0, None)]),
        ];
        for (name, text, expected) in cases {
            let found: Vec<_> = pem_blocks(text).map(|block| (block.label, block.offset, block.decode())).collect();
            let expected: Vec<_> = expected
                .iter()
                .map(|(label, offset, octets)| (label.as_bytes(), *offset, octets.map(<[u8]>::to_vec)))
                .collect();
            assert_eq!(found, expected, "{name}");
        }
    }
}
