//! [`Block`]: a PEM block (RFC 7468) among any bytes, whatever lies before and behind it.
//!
//! Where a text is read as PEM, a block has lines of its own; among other bytes it may be a string of a program, ended by a zero, or one of a
//! source text or JSON document, its line ends written as `\n`.

use super::start::BEGIN;
use crate::container::base64::decode_base64;

/// What a block holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// Bytes from the first dash of its first line to the last dash of its last one.
    pub(super) length: usize,
    pub(super) octets: Vec<u8>,
}

const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";
/// Bytes of a label. The longest in use (`X509 CERTIFICATE` and its kin) have less than half of it.
const MOST_LABEL: usize = 64;

impl Block {
    /// The block at the start of `bytes`, if it has at most so many bytes. Its label does not matter: its content tells what it is.
    ///
    /// Base64 has no dash, so the search for the end stops at the next one: before the next block at the latest, and each byte is passed once.
    pub(super) fn read(bytes: &[u8], most: usize) -> Option<Self> {
        let bytes = bytes.get(..most).unwrap_or(bytes);
        let after = bytes.strip_prefix(BEGIN)?;
        let (label, after) = split_at_dash(after, MOST_LABEL)?;
        let after = after.strip_prefix(DASHES)?;
        let (body, end) = split_at_dash(after, most)?;
        let behind = end.strip_prefix(END)?.strip_prefix(label)?.strip_prefix(DASHES)?;
        let octets = decode_base64(&without_escapes(body))?;
        Some(Self { length: bytes.len().saturating_sub(behind.len()), octets })
    }
}

/// What lies before the next dash, and what begins with it.
fn split_at_dash(bytes: &[u8], most: usize) -> Option<(&[u8], &[u8])> {
    let at = bytes.iter().take(most).position(|byte| *byte == b'-')?;
    bytes.split_at_checked(at)
}

/// A body without the escapes and quotes of a source text; base64 has neither.
fn without_escapes(body: &[u8]) -> Vec<u8> {
    let mut bytes = body.iter();
    let mut plain = Vec::with_capacity(body.len());
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => {
                bytes.next();
            }
            b'"' | b'\'' => {}
            byte => plain.push(*byte),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_and_what_is_none() {
        /// Length and octets.
        type Read<'b> = Option<(usize, &'b [u8])>;
        let cases: &[(&str, &[u8], Read<'_>)] = &[
            ("whole", b"-----BEGIN A-----\nAQID\n-----END A-----\n", Some((38, &[1, 2, 3]))),
            (
                "a string of a program",
                b"-----BEGIN A-----\r\nAQID\r\n-----END A-----\0\x90\x90",
                Some((40, &[1, 2, 3])),
            ),
            ("one line", b"-----BEGIN A-----AQID-----END A-----", Some((36, &[1, 2, 3]))),
            ("of JSON", br"-----BEGIN A-----\nAQ\r\nID\n-----END A-----\n", Some((44, &[1, 2, 3]))),
            ("of C", b"-----BEGIN A-----\\n\"\n \"AQID\\n\"\n\"-----END A-----\"", Some((47, &[1, 2, 3]))),
            ("another end", b"-----BEGIN A-----\nAQID\n-----END B-----", None),
            ("no end", b"-----BEGIN A-----\nAQID\n", None),
            ("cut end", b"-----BEGIN A-----\nAQID\n-----END A----", None),
            ("a block in between", b"-----BEGIN A-----\nAQID\n-----BEGIN A-----\nAQID\n-----END A-----", None),
            ("no base64", b"-----BEGIN A-----\nAQ!D\n-----END A-----", None),
        ];
        for (name, bytes, expected) in cases {
            let read = Block::read(bytes, 48);
            assert_eq!(read.as_ref().map(|block| (block.length, block.octets.as_slice())), *expected, "{name}");
        }
        assert_eq!(Block::read(cases[0].1, 37), None, "longer than the limit");
    }
}
