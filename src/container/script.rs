//! Signed scripts: a message in base64, in comments at the end of the text.
//!
//! PowerShell signs .ps1, .psm1, .psd1, .ps1xml, .psc1, .cdxml and .mof, Windows Script Host .vbs, .js and .wsf. Each language has comments
//! of its own.

use std::iter::Peekable;
#[cfg(feature = "digest")]
use std::ops::Range;

use super::base64::Decoder;
use super::certificates::push;
use super::part::{PartKind, Parts};
use super::text::{Line, lines};
use crate::bytes::{Span, to_u64};
use crate::error::{Error, ErrorKind, Structure};
use crate::limits::Budget;

/// How a language writes a signature into its comments.
struct Style {
    /// The line before the block, blanks around it set aside.
    begin: &'static [u8],
    /// The line behind it.
    end: &'static [u8],
    /// What stands before and behind the base64 of a line.
    before: &'static [u8],
    behind: &'static [u8],
    host: Host,
}

/// Who runs a script, and verifies it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Host {
    PowerShell,
    WindowsScript,
}

/// The element that holds the signature of a Windows Script File.
const WSF_TAG: &[u8] = b"<signature>";

const STYLES: [Style; 6] = [
    // PowerShell.
    Style {
        begin: b"# SIG # Begin signature block",
        end: b"# SIG # End signature block",
        before: b"#",
        behind: b"",
        host: Host::PowerShell,
    },
    // XML of PowerShell: .ps1xml, .psc1, .cdxml.
    Style {
        begin: b"<!-- SIG # Begin signature block -->",
        end: b"<!-- SIG # End signature block -->",
        before: b"<!--",
        behind: b"-->",
        host: Host::PowerShell,
    },
    // Managed Object Format.
    Style {
        begin: b"/* SIG # Begin signature block */",
        end: b"/* SIG # End signature block */",
        before: b"/*",
        behind: b"*/",
        host: Host::PowerShell,
    },
    // VBScript.
    Style {
        begin: b"'' SIG '' Begin signature block",
        end: b"'' SIG '' End signature block",
        before: b"'' SIG ''",
        behind: b"",
        host: Host::WindowsScript,
    },
    // JScript.
    Style {
        begin: b"// SIG // Begin signature block",
        end: b"// SIG // End signature block",
        before: b"// SIG //",
        behind: b"",
        host: Host::WindowsScript,
    },
    // Windows Script File.
    Style { begin: WSF_TAG, end: b"</signature>", before: b"** SIG **", behind: b"", host: Host::WindowsScript },
];

/// Takes the messages of the signature blocks in a text that lies `offset` bytes into the file, each of its characters `width` bytes.
/// Answers whether there are any blocks.
pub(super) fn unpack(text: &[u8], offset: u64, width: u64, parts: &mut Parts, budget: &mut Budget) -> bool {
    let mut has_blocks = false;
    for block in Blocks(lines(text).peekable()) {
        has_blocks = true;
        let at = offset.saturating_add(to_u64(block.begin).saturating_mul(width));
        if block.end.is_none() || block.is_cut {
            budget.fault(Error::new(ErrorKind::BadEncoding, Structure::File, at));
        }
        // The same message once more says nothing new.
        let is_new = !block.message.is_empty() && parts.last() != Some(&block.message);
        if is_new && !push(PartKind::Message, Span::new(&block.message, at), parts, budget) {
            break;
        }
    }
    has_blocks
}

/// What of a text is its signature, from the first block to the last, with the ends of the lines before and behind it; and for whom.
#[cfg(feature = "digest")]
pub(super) fn block(text: &[u8]) -> Option<(Host, Range<usize>)> {
    let mut blocks = Blocks(lines(text).peekable());
    let first = blocks.next()?;
    let end = blocks.filter_map(|block| block.end).last().or(first.end)?;
    let before = text.get(..first.begin)?;
    let before = before.strip_suffix(b"\n").unwrap_or(before);
    let before = before.strip_suffix(b"\r").unwrap_or(before);
    let behind = text.get(end..)?;
    let behind = behind.strip_prefix(b"\r").unwrap_or(behind);
    let behind = behind.strip_prefix(b"\n").unwrap_or(behind);
    Some((first.host, before.len()..text.len().saturating_sub(behind.len())))
}

/// A signature block.
struct Block {
    #[cfg_attr(not(feature = "digest"), expect(dead_code, reason = "who verifies it decides what the digest is over"))]
    host: Host,
    /// Where its first line begins in the text.
    begin: usize,
    /// Where its last line ends; `None` where that is missing.
    end: Option<usize>,
    /// What was decoded of its base64.
    message: Vec<u8>,
    /// Whether some of it could not be.
    is_cut: bool,
}

/// The signature blocks of a text.
struct Blocks<'t, I: Iterator<Item = Line<'t>>>(Peekable<I>);

impl<'t, I: Iterator<Item = Line<'t>>> Iterator for Blocks<'t, I> {
    type Item = Block;

    fn next(&mut self) -> Option<Block> {
        loop {
            let (begin, style) = self.0.find_map(|line| Some((line.offset, style_of(line.octets)?)))?;
            let block = self.read(begin, style);
            // Elsewhere such a tag is nothing special.
            if style.begin != WSF_TAG || !block.message.is_empty() {
                return Some(block);
            }
        }
    }
}

impl<'t, I: Iterator<Item = Line<'t>>> Blocks<'t, I> {
    fn read(&mut self, begin: usize, style: &Style) -> Block {
        let mut decoder = Decoder::default();
        let mut block = Block { host: style.host, begin, end: None, message: Vec::new(), is_cut: false };
        // The next first line is left where it is.
        while let Some(line) = self.0.next_if(|line| style_of(line.octets).is_none()) {
            let text = line.octets.trim_ascii();
            // Between the two characters of a line end.
            if text.is_empty() {
                continue;
            }
            if text == style.end {
                block.end = Some(line.offset.saturating_add(line.octets.len()));
                break;
            }
            let text = text.strip_prefix(style.before).and_then(|rest| rest.strip_suffix(style.behind));
            if !text.is_some_and(|text| decoder.decode(text, &mut block.message)) {
                break;
            }
        }
        block.is_cut = !decoder.is_at_end();
        block
    }
}

/// The style whose block begins with this line.
fn style_of(line: &[u8]) -> Option<&'static Style> {
    let line = line.trim_ascii();
    STYLES.iter().find(|style| line == style.begin)
}
