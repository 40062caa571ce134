//! A tree of lines, drawn with box characters.

/// A line of the tree and what hangs below it.
#[derive(Debug)]
pub(crate) struct Node {
    text: String,
    kind: Kind,
    children: Vec<Self>,
    /// How many more children there are.
    left_out: usize,
}

/// Lines below one line that are shown. Real files have dozens; the record holds what is left out here.
const MOST_CHILDREN: usize = 2_048;

/// What a line is about, which decides its colour.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Plain,
    Match,
    Fault,
}

impl Node {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), kind: Kind::Plain, children: Vec::new(), left_out: 0 }
    }

    /// A text in lines that fit a terminal of 80 columns where a line of the tree stands that deep.
    pub(super) fn wrapped(text: &str) -> Self {
        const COLUMNS: usize = 66;
        let mut lines = String::new();
        let mut column = 0_usize;
        for word in text.split(' ') {
            let length = word.chars().count();
            if column > 0 && column.saturating_add(length) >= COLUMNS {
                lines.push('\n');
                column = 0;
            } else if column > 0 {
                lines.push(' ');
                column = column.saturating_add(1);
            }
            lines.push_str(word);
            column = column.saturating_add(length);
        }
        Self::new(lines)
    }

    pub(super) fn with(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        for child in children {
            if self.children.len() < MOST_CHILDREN {
                self.children.push(child);
            } else {
                self.left_out = self.left_out.saturating_add(1);
            }
        }
        self
    }

    pub(super) const fn of_kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    /// The whole tree, a line an element.
    pub(crate) fn to_text(&self, color: bool) -> String {
        let mut out = String::new();
        // A work list: signatures nest as deep as the file says.
        let mut work = vec![(self, String::new(), String::new())];
        while let Some((node, first, rest)) = work.pop() {
            let (on, off) = match node.kind {
                Kind::Match if color => ("\x1b[1;31m", "\x1b[0m"),
                Kind::Fault if color => ("\x1b[33m", "\x1b[0m"),
                _ => ("", ""),
            };
            // Texts of the file are escaped: lines end where this program ended them.
            let mut lines = node.text.split('\n');
            out.push_str(&format!("{first}{on}{}{off}\n", lines.next().unwrap_or_default()));
            let below = if node.children.is_empty() { "  " } else { "│ " };
            for line in lines {
                out.push_str(&format!("{rest}{below}{on}{line}{off}\n"));
            }
            if node.left_out > 0 {
                out.push_str(&format!(
                    "{rest}├ the first {MOST_CHILDREN} of {} lines\n",
                    MOST_CHILDREN.saturating_add(node.left_out)
                ));
            }
            if let Some((last, others)) = node.children.split_last() {
                work.push((last, format!("{rest}└ "), format!("{rest}  ")));
                let others = others.iter().rev();
                work.extend(others.map(|child| (child, format!("{rest}├ "), format!("{rest}│ "))));
            }
        }
        out
    }
}
