//! The words of a query.

use std::ops::Range;

use super::{Construct, EqlError, EqlErrorKind};

/// A word, and its place in the text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) range: Range<usize>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum TokenKind {
    /// A keyword, or part of a field's name.
    Word(String),
    /// Part of a field's name between backticks.
    Quoted(String),
    Text(String),
    /// As it is written.
    Number(String),
    /// An operator or a bracket.
    Sign(&'static str),
    End,
}

/// Signs, the longer ones first.
const SIGNS: &[&str] =
    &["==", "!=", "<=", ">=", "<", ">", "(", ")", "[", "]", ",", ".", ":", "?", "~", "|", "=", "+", "-", "*", "/", "%"];

/// Reads the words of a query one after the other.
pub(super) struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    pub(super) const fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    pub(super) fn next(&mut self) -> Result<Token, EqlError> {
        self.skip_blanks()?;
        let start = self.at;
        let kind = self.read()?;
        Ok(Token { kind, range: start..self.at })
    }

    fn read(&mut self) -> Result<TokenKind, EqlError> {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return Ok(TokenKind::End) };
        match first {
            '"' if rest.starts_with("\"\"\"") => self.raw_text(),
            '"' => self.text(),
            '\'' => Err(self.error(EqlErrorKind::Unsupported(Construct::SingleQuotes))),
            '?' if rest.starts_with("?\"") || rest.starts_with("?'") => {
                Err(self.error(EqlErrorKind::Unsupported(Construct::QuestionQuotes)))
            }
            '`' => self.quoted(),
            '0'..='9' => Ok(TokenKind::Number(self.number())),
            _ if is_word(first) => {
                let length = rest.find(|character| !is_word(character)).unwrap_or(rest.len());
                Ok(TokenKind::Word(self.take(length).to_owned()))
            }
            _ => {
                let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
                let sign = sign.ok_or_else(|| self.error(EqlErrorKind::Expected("part of a query")))?;
                self.take(sign.len());
                Ok(TokenKind::Sign(sign))
            }
        }
    }

    fn text(&mut self) -> Result<TokenKind, EqlError> {
        let start = self.at;
        let unterminated = EqlError { offset: start, kind: EqlErrorKind::Unterminated };
        self.take(1);
        let mut text = String::new();
        loop {
            let place = self.at;
            match self.character() {
                None | Some('\n' | '\r') => return Err(unterminated),
                Some('"') => return Ok(TokenKind::Text(text)),
                Some('\\') => {
                    let escaped = self.escape();
                    text.push(escaped.ok_or(EqlError { offset: place, kind: EqlErrorKind::BadEscape })?);
                }
                Some(character) => text.push(character),
            }
        }
    }

    /// What stands behind a backslash.
    fn escape(&mut self) -> Option<char> {
        Some(match self.character()? {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '\\' => '\\',
            '"' => '"',
            'u' => {
                let digits = self.rest().strip_prefix('{')?;
                let (digits, _) = digits.split_once('}')?;
                let is_number =
                    (1..=8).contains(&digits.len()) && digits.bytes().all(|octet| octet.is_ascii_hexdigit());
                let code = u32::from_str_radix(digits, 16).ok().filter(|_| is_number)?;
                self.take(digits.len().saturating_add(2));
                char::from_u32(code)?
            }
            _ => return None,
        })
    }

    fn raw_text(&mut self) -> Result<TokenKind, EqlError> {
        let unterminated = self.error(EqlErrorKind::Unterminated);
        self.take(3);
        let rest = self.rest();
        let length = rest.find("\"\"\"").ok_or(unterminated)?;
        // Quotes that belong to the text may stand before the closing ones.
        let behind = rest.get(length.saturating_add(3)..).unwrap_or_default();
        let own = behind.bytes().take(2).take_while(|octet| *octet == b'"').count();
        let text = self.take(length.saturating_add(own)).to_owned();
        self.take(3);
        Ok(TokenKind::Text(text))
    }

    fn quoted(&mut self) -> Result<TokenKind, EqlError> {
        let unterminated = self.error(EqlErrorKind::Unterminated);
        self.take(1);
        let length = self.rest().find('`').filter(|length| *length > 0).ok_or(unterminated)?;
        let text = self.take(length).to_owned();
        self.take(1);
        Ok(TokenKind::Quoted(text))
    }

    fn number(&mut self) -> String {
        let start = self.at;
        self.digits();
        let has_fraction = |rest: &str| rest.starts_with('.') && rest.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
        if has_fraction(self.rest()) {
            self.take(1);
            self.digits();
        }
        if let Some(exponent) = self.rest().strip_prefix(['e', 'E']) {
            let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            if digits.starts_with(|character: char| character.is_ascii_digit()) {
                self.take(self.rest().len().saturating_sub(digits.len()));
                self.digits();
            }
        }
        self.text.get(start..self.at).unwrap_or_default().to_owned()
    }

    fn digits(&mut self) {
        let rest = self.rest();
        let length = rest.find(|character: char| !character.is_ascii_digit()).unwrap_or(rest.len());
        self.take(length);
    }

    /// Blanks and comments.
    fn skip_blanks(&mut self) -> Result<(), EqlError> {
        loop {
            let rest = self.rest();
            let blanks = rest.len().saturating_sub(rest.trim_start().len());
            self.take(blanks);
            let rest = self.rest();
            let length = if rest.starts_with("//") {
                rest.find('\n').unwrap_or(rest.len())
            } else if let Some(comment) = rest.strip_prefix("/*") {
                let end = comment.find("*/").ok_or_else(|| self.error(EqlErrorKind::Unterminated))?;
                end.saturating_add(4)
            } else {
                return Ok(());
            };
            self.take(length);
        }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn take(&mut self, length: usize) -> &'t str {
        let taken = self.rest().get(..length).unwrap_or_default();
        self.at = self.at.saturating_add(taken.len());
        taken
    }

    fn character(&mut self) -> Option<char> {
        let character = self.rest().chars().next()?;
        self.take(character.len_utf8());
        Some(character)
    }

    const fn error(&self, kind: EqlErrorKind) -> EqlError {
        EqlError { offset: self.at, kind }
    }
}

fn is_word(character: char) -> bool {
    character == '_' || character == '@' || character.is_ascii_alphanumeric()
}
