//! Text for a person at a terminal: colours, lines, and nothing that a file could do to it.

use std::fmt::Write as _;

/// How a report is written as text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TextStyle {
    /// Whether ANSI colours are used.
    pub color: bool,
    /// Whether files without a match are described in full as well, and faults of all files listed.
    pub verbose: bool,
}

/// What a stretch of text is, which decides its colour.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Paint {
    Alarm,
    Good,
    Warning,
    Quiet,
}

impl TextStyle {
    pub(crate) fn paint(self, paint: Paint, text: &str) -> String {
        if !self.color {
            return text.to_owned();
        }
        let on = match paint {
            Paint::Alarm => "1;31",
            Paint::Good => "32",
            Paint::Warning => "33",
            Paint::Quiet => "2",
        };
        format!("\x1b[{on}m{text}\x1b[0m")
    }
}

/// A name for a person: escaped, and cut where no company's name goes on.
pub(super) fn shown(name: &str) -> String {
    const MOST: usize = 200;
    match name.char_indices().nth(MOST) {
        Some((end, _)) => escape(name.get(..end).unwrap_or_default()) + "…",
        None => escape(name),
    }
}

/// Words in lines of so many columns at most, where they can be broken.
pub(super) fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count().saturating_add(word.chars().count()) < columns => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Makes untrusted text safe for a terminal: control characters, and characters that reorder or hide their neighbours, are written
/// as escapes.
///
/// ```
/// assert_eq!(certsift::escape("Good\u{1b}[2J\u{202e}lived Inc."), "Good\\x1b[2J\\u{202e}lived Inc.");
/// ```
#[must_use]
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        let hidden = matches!(c,
            // Zero-width characters, direction marks, embeddings, overrides and isolates; line and paragraph separators.
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            // The byte order mark, soft hyphen, Arabic letter mark, and tag characters.
            | '\u{feff}' | '\u{ad}' | '\u{61c}' | '\u{e0000}'..='\u{e007f}');
        let _ = match c {
            '\t' => write!(escaped, "\\t"),
            '\n' => write!(escaped, "\\n"),
            '\r' => write!(escaped, "\\r"),
            c if c.is_ascii_control() => write!(escaped, "\\x{:02x}", u32::from(c)),
            c if hidden || c.is_control() => write!(escaped, "\\u{{{:x}}}", u32::from(c)),
            c => write!(escaped, "{c}"),
        };
    }
    escaped
}
