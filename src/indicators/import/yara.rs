//! YARA rules that are about certificates: those that test the fields of signatures, and those that look for the octets of a
//! certificate anywhere in the file.
//!
//! The parser is our own: rules come from strangers, and the one in yara-x takes half a minute for a rule of ninety octets
//! (calls in calls), where this one is linear and refuses what is nested deeper than anybody writes.

mod certificate_test;
mod condition;
mod dnf;
mod expression;
mod fact;
mod guard;
mod hex_string;
mod lexer;
mod literal;
mod metadata;
mod parser;
mod place;
mod quantifier;
mod raw_name;
mod raw_rule;
mod raw_string;
mod raw_text;
mod spelling;
mod syntax;
mod verdict;

pub(in crate::indicators) use self::literal::{from_openssl, shown_length};

use std::collections::HashSet;

use self::condition::names_signatures;
use self::dnf::{Dnf, TooMany};
use self::guard::Guards;
use self::lexer::{Lexer, TokenKind};
use self::raw_rule::Clues;
use self::syntax::Rule;
use self::verdict::Way;
use super::{Format, Import, ImportError};
use crate::bytes::to_u64;
use crate::indicators::indicator::Indicator;

/// Whether text is YARA source: it begins with a rule, an import or an include, whatever comments precede it, or some line begins a
/// rule and another its condition.
pub(super) fn recognises(bytes: &[u8]) -> bool {
    let mut lexer = Lexer::new(bytes, 0);
    let mut next = || lexer.next().map_or(TokenKind::End, |token| token.kind);
    let begins = match next() {
        TokenKind::Word("import" | "include") => matches!(next(), TokenKind::Text(_)),
        TokenKind::Word("rule") => matches!(next(), TokenKind::Word(_)) && matches!(next(), TokenKind::Sign("{" | ":")),
        TokenKind::Word("private" | "global") => matches!(next(), TokenKind::Word("rule" | "private" | "global")),
        _ => false,
    };
    // The line ends of text are found many octets at a time, and most files are text, some with a million lines.
    let text = std::str::from_utf8(bytes);
    let has_line = |starts: &[&[u8]]| {
        let is_one = |line: &[u8]| starts.iter().any(|start| line.trim_ascii_start().starts_with(start));
        match text {
            Ok(text) => text.split('\n').any(|line| is_one(line.as_bytes())),
            Err(_) => bytes.split(|&byte| byte == b'\n').any(is_one),
        }
    };
    begins || (has_line(&[b"rule ", b"private rule ", b"global rule "]) && has_line(&[b"condition:", b"condition :"]))
}

/// Reads the rules of a file. A rule that is broken ends where the next begins.
pub(super) fn read(file: &str, bytes: &[u8]) -> Import {
    let mut import = Import::of(Format::Yara);
    let places = Places::of(bytes);
    let told = |at: usize, with_column: bool, problem: String| {
        let (line, column) = places.of_octet(at);
        ImportError { file: file.to_owned(), line, column: with_column.then_some(column), problem }
    };
    let parsed = parser::parse(bytes);
    import.errors.extend(parsed.errors.into_iter().map(|error| told(error.at, true, error.problem)));
    let includes = parsed.includes.into_iter();
    import.refused.extend(
        includes.map(|(at, name)| told(at, false, format!("{name:?} is not included: other files are not read"))),
    );
    let mut guard_rules = HashSet::new();
    for rule in &parsed.rules {
        let guards = Guards::new(rule, &guard_rules);
        if guards.is_guard(&rule.condition) {
            guard_rules.insert(rule.name);
            import.refused.push(told(
                rule.start,
                false,
                format!("the rule {} has no test of a certificate", rule.name),
            ));
            continue;
        }
        let reading = read_rule(rule, bytes, &guards);
        import.errors.extend(
            reading
                .errors
                .into_iter()
                .map(|error| told(error.at, true, format!("the rule {}: {}", rule.name, error.problem))),
        );
        match reading.result {
            Ok(indicator) => import.push(places.of_octet(rule.start).0, indicator),
            Err(Some(reason)) => {
                import.refused.push(told(rule.start, false, format!("the rule {} is not taken: {reason}", rule.name)));
            }
            Err(None) => {}
        }
    }
    // Errors of the syntax and of values, in the order of the file.
    import.errors.sort_by_key(|error| (error.line, error.column));
    import.refused.sort_by_key(|refusal| refusal.line);
    import
}

/// What a rule comes to.
struct Reading {
    errors: Vec<lexer::SyntaxError>,
    /// The indicator, or why there is none; `None` when the errors say it.
    result: Result<Indicator, Option<String>>,
}

fn read_rule<'a>(rule: &Rule<'a>, source: &[u8], guards: &Guards<'_, 'a>) -> Reading {
    let refuse = |reason: String| Reading { errors: Vec::new(), result: Err(Some(reason)) };
    let clues = (!names_signatures(&rule.condition)).then(|| Clues::of(rule));
    if clues.as_ref().is_some_and(|clues| !clues.any()) {
        return refuse("it has no test of a certificate".to_owned());
    }
    let mut meaning = match condition::read(rule, guards) {
        Ok(meaning) => meaning,
        Err(TooMany) => {
            return refuse(format!(
                "its condition has more than {} alternatives, or more than {} tests in all of them",
                Dnf::MAX_ALTERNATIVES,
                Dnf::MAX_FACTS
            ));
        }
    };
    let errors = std::mem::take(&mut meaning.errors);
    let way = clues.as_ref().map_or(Way::Fields, Way::Octets);
    let result = verdict::judge(rule, source, meaning, way).map(|found| {
        let mut metadata = metadata::read(rule);
        metadata.notes = found.notes;
        metadata.not_after_at_least = found.not_after_at_least.or(metadata.not_after_at_least);
        Indicator { metadata, scope: found.scope, alternatives: found.alternatives }
    });
    Reading { errors, result }
}

/// Where the lines and characters of a text are.
struct Places<'a> {
    source: &'a [u8],
    line_starts: Vec<usize>,
    /// How many characters begin before each block, so that long lines are not counted again and again.
    before_block: Vec<u64>,
}

impl<'a> Places<'a> {
    fn of(source: &'a [u8]) -> Self {
        let ends = source.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at.saturating_add(1));
        let mut before_block = vec![0];
        for block in source.chunks(BLOCK) {
            let before = before_block.last().copied().unwrap_or_default();
            before_block.push(characters(block).saturating_add(before));
        }
        Self { source, line_starts: std::iter::once(0).chain(ends).collect(), before_block }
    }

    /// Line and character of an octet, both counted from 1.
    fn of_octet(&self, at: usize) -> (u64, u64) {
        let line = self.line_starts.partition_point(|&start| start <= at);
        let start = self.line_starts.get(line.saturating_sub(1)).copied().unwrap_or_default();
        let column = self.characters_before(at).saturating_sub(self.characters_before(start));
        (to_u64(line), column.saturating_add(1))
    }

    fn characters_before(&self, at: usize) -> u64 {
        let at = at.min(self.source.len());
        let block = at / BLOCK;
        let rest = self.source.get(block.saturating_mul(BLOCK)..at).unwrap_or_default();
        self.before_block.get(block).copied().unwrap_or_default().saturating_add(characters(rest))
    }
}

/// How many characters begin in a piece of UTF-8.
fn characters(piece: &[u8]) -> u64 {
    // The octets 10xxxxxx only continue a character.
    to_u64(piece.iter().filter(|byte| **byte & 0xc0 != 0x80).count())
}

/// Octets in a block.
const BLOCK: usize = 1024;
