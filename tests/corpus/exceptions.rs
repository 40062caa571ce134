//! `corpus_exceptions.txt`: the facts on which we differ from the truth, and why.

/// The list, in the form `path | signature|field pattern | reason`, one a line. In a pattern `*` stands for any text.
const TEXT: &str = include_str!("../corpus_exceptions.txt");

/// The known disagreements.
pub(crate) struct Exceptions(Vec<Exception>);

struct Exception {
    line: &'static str,
    path: &'static str,
    pattern: &'static str,
    used: bool,
}

impl Exceptions {
    pub(crate) fn read() -> Self {
        let lines = TEXT.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        Self(lines.map(Exception::read).collect())
    }

    /// Whether a disagreement is known.
    pub(crate) fn cover(&mut self, path: &str, fact: &str) -> bool {
        let mut covered = false;
        for exception in self.0.iter_mut().filter(|one| one.path == path && matches(one.pattern, fact)) {
            exception.used = true;
            covered = true;
        }
        covered
    }

    /// The lines that no disagreement needed.
    pub(crate) fn unused(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().filter(|exception| !exception.used).map(|exception| exception.line)
    }
}

impl Exception {
    fn read(line: &'static str) -> Self {
        let mut fields = line.splitn(3, " | ");
        let (Some(path), Some(pattern), Some(reason)) = (fields.next(), fields.next(), fields.next()) else {
            panic!("an exception is `path | pattern | reason`: {line}");
        };
        assert!(!reason.trim().is_empty(), "an exception without a reason: {line}");
        Self { line, path, pattern, used: false }
    }
}

/// Whether `pattern`, in which `*` stands for any text, is all of `text`.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, rest)) => text.strip_prefix(head).is_some_and(|text| {
            let mut ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            ends.any(|at| matches(rest, &text[at..]))
        }),
    }
}

#[test]
fn patterns_match_whole_facts() {
    let cases = [
        ("0|entry", "0|entry", true),
        ("0|entry", "0|entry.x", false),
        ("0|certificates[*].sha1", "0|certificates[12].sha1", true),
        ("*|certificates[0].*", "7|certificates[0].sha1", true),
        ("*|certificates[0].*", "7|certificates[1].sha1", false),
        ("*", "-|signatures", true),
    ];
    for (pattern, fact, expected) in cases {
        assert_eq!(matches(pattern, fact), expected, "{pattern} {fact}");
    }
}
