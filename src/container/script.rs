//! Signed scripts: a message in base64, in comments at the end of the text.
//!
//! PowerShell signs .ps1, .psm1, .psd1, .ps1xml, .psc1, .cdxml and .mof, Windows Script Host .vbs, .js and .wsf. Each language has comments
//! of its own.

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
}

const STYLES: [Style; 6] = [
    // PowerShell.
    Style { begin: b"# SIG # Begin signature block", end: b"# SIG # End signature block", before: b"#", behind: b"" },
    // XML of PowerShell: .ps1xml, .psc1, .cdxml.
    Style {
        begin: b"<!-- SIG # Begin signature block -->",
        end: b"<!-- SIG # End signature block -->",
        before: b"<!--",
        behind: b"-->",
    },
    // Managed Object Format.
    Style {
        begin: b"/* SIG # Begin signature block */",
        end: b"/* SIG # End signature block */",
        before: b"/*",
        behind: b"*/",
    },
    // VBScript.
    Style {
        begin: b"'' SIG '' Begin signature block",
        end: b"'' SIG '' End signature block",
        before: b"'' SIG ''",
        behind: b"",
    },
    // JScript.
    Style {
        begin: b"// SIG // Begin signature block",
        end: b"// SIG // End signature block",
        before: b"// SIG //",
        behind: b"",
    },
    // Windows Script File.
    Style { begin: b"<signature>", end: b"</signature>", before: b"** SIG **", behind: b"" },
];

/// Takes the messages of the signature blocks in a text that lies `offset` bytes into the file, each of its characters `width` bytes.
/// Answers whether there are any blocks.
pub(super) fn unpack(text: &[u8], offset: u64, width: u64, parts: &mut Parts, budget: &mut Budget) -> bool {
    let at = |line: &Line<'_>| offset.saturating_add(to_u64(line.offset).saturating_mul(width));
    let mut lines = lines(text).peekable();
    let mut has_blocks = false;
    while let Some((first, style)) = lines.by_ref().find_map(|line| Some((at(&line), style_of(line.octets)?))) {
        // Elsewhere such a tag is nothing special.
        if style.before.ends_with(b"** SIG **")
            && lines.peek().is_none_or(|line| !line.octets.trim_ascii().starts_with(style.before))
        {
            continue;
        }
        has_blocks = true;
        let mut decoder = Decoder::default();
        let mut message = Vec::new();
        let mut is_ended = false;
        // The next first line is left where it is.
        while let Some(line) = lines.next_if(|line| style_of(line.octets).is_none()) {
            let line = line.octets.trim_ascii();
            // Between the two characters of a line end.
            if line.is_empty() {
                continue;
            }
            is_ended = line == style.end;
            let text = line.strip_prefix(style.before).and_then(|rest| rest.strip_suffix(style.behind));
            if is_ended || !text.is_some_and(|text| decoder.decode(text, &mut message)) {
                break;
            }
        }
        if !is_ended || !decoder.is_at_end() {
            budget.fault(Error::new(ErrorKind::BadEncoding, Structure::File, first));
        }
        if !message.is_empty() && !push(PartKind::Message, Span::new(&message, first), parts, budget) {
            break;
        }
    }
    has_blocks
}

/// The style whose block begins with this line.
fn style_of(line: &[u8]) -> Option<&'static Style> {
    let line = line.trim_ascii();
    STYLES.iter().find(|style| line == style.begin)
}
