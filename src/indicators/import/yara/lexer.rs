//! The words and signs of YARA source.

use std::fmt;

/// What is wrong, and the octet of the source at which it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SyntaxError {
    pub(super) at: usize,
    pub(super) problem: String,
}

impl SyntaxError {
    pub(super) fn new(at: usize, problem: impl Into<String>) -> Self {
        Self { at, problem: problem.into() }
    }
}

/// Reads one token after the other. A copy of it looks ahead.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lexer<'a> {
    source: &'a [u8],
    position: usize,
    /// Set where no comment ends any more, so that nobody looks for an end again.
    no_comment_ends: bool,
}

/// A token and where it lies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'a> {
    pub(super) kind: TokenKind<'a>,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// A word or sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind<'a> {
    /// An identifier or keyword.
    Word(&'a str),
    Integer(i64),
    Float,
    /// What stands between quotation marks, its escapes still in it.
    Text(&'a [u8]),
    /// A regular expression, without its slashes.
    Regex {
        body: &'a [u8],
        ignore_case: bool,
    },
    /// `$name`, the sign included; a lone `$` in a loop over strings.
    String(&'a str),
    /// `#name`, `@name`, `!name`: the sign, and the name as [`TokenKind::String`] would have it.
    Figure(char, &'a str),
    Sign(&'static str),
    End,
}

impl<'a> Lexer<'a> {
    pub(super) const fn new(source: &'a [u8], position: usize) -> Self {
        Self { source, position, no_comment_ends: false }
    }

    pub(super) const fn source(&self) -> &'a [u8] {
        self.source
    }

    pub(super) const fn position(&self) -> usize {
        self.position
    }

    pub(super) const fn jump(&mut self, position: usize) {
        self.position = position;
    }

    /// The next token, whatever blanks and comments precede it.
    pub(super) fn next(&mut self) -> Result<Token<'a>, SyntaxError> {
        self.skip_blanks()?;
        let start = self.position;
        let Some(&first) = self.source.get(start) else {
            return Ok(Token { kind: TokenKind::End, start, end: start });
        };
        let kind = match first {
            b'A'..=b'Z' | b'a'..=b'z' | b'_' => TokenKind::Word(self.take_name()),
            b'0'..=b'9' => self.number()?,
            b'"' => TokenKind::Text(self.delimited(b'"', "a text")?),
            b'/' => self.regex()?,
            b'$' => {
                self.advance(1);
                self.take_name();
                TokenKind::String(self.text(start))
            }
            b'#' | b'@' => self.figure(start, first),
            b'!' if self.peek_at(start.saturating_add(1)) != Some(b'=') => self.figure(start, first),
            _ => self.sign(start)?,
        };
        Ok(Token { kind, start, end: self.position })
    }

    /// Skips blanks and comments.
    pub(super) fn skip_blanks(&mut self) -> Result<(), SyntaxError> {
        loop {
            let rest = self.rest();
            match rest {
                [b' ' | b'\t' | b'\r' | b'\n' | 0x0b | 0x0c, ..] => self.advance(1),
                [b'/', b'/', ..] => self.advance(rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len())),
                [b'/', b'*', inside @ ..] => {
                    let end =
                        if self.no_comment_ends { None } else { inside.windows(2).position(|pair| pair == b"*/") };
                    let Some(length) = end else {
                        self.no_comment_ends = true;
                        return Err(SyntaxError::new(self.position, "a comment that does not end"));
                    };
                    self.advance(length.saturating_add(4));
                }
                _ => return Ok(()),
            }
        }
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.source.get(self.position..).unwrap_or_default()
    }

    pub(super) fn advance(&mut self, count: usize) {
        self.position = self.position.saturating_add(count).min(self.source.len());
    }

    fn peek_at(&self, position: usize) -> Option<u8> {
        self.source.get(position).copied()
    }

    /// Takes letters, digits and underscores; they are ASCII.
    fn take_name(&mut self) -> &'a str {
        let start = self.position;
        let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_';
        self.advance(self.rest().iter().take_while(is_part).count());
        self.text(start)
    }

    fn text(&self, start: usize) -> &'a str {
        let taken = self.source.get(start..self.position).unwrap_or_default();
        std::str::from_utf8(taken).unwrap_or_default()
    }

    fn figure(&mut self, start: usize, sign: u8) -> TokenKind<'a> {
        self.advance(1);
        self.take_name();
        TokenKind::Figure(char::from(sign), self.text(start))
    }

    fn number(&mut self) -> Result<TokenKind<'a>, SyntaxError> {
        let start = self.position;
        let word = self.take_name();
        let fraction = matches!(self.rest(), [b'.', digit, ..] if digit.is_ascii_digit());
        if fraction {
            self.advance(1);
            self.take_name();
            let all = self.text(start);
            return match all.parse::<f64>() {
                Ok(_) => Ok(TokenKind::Float),
                Err(_) => Err(SyntaxError::new(start, format!("{all:?} is no number"))),
            };
        }
        let (digits, unit) = match (word.strip_suffix("KB"), word.strip_suffix("MB")) {
            (Some(digits), _) => (digits, 1024),
            (None, Some(digits)) => (digits, 1024 * 1024),
            (None, None) => (word, 1),
        };
        let number = match (digits.strip_prefix("0x"), digits.strip_prefix("0o")) {
            (Some(hex), _) => i64::from_str_radix(hex, 16),
            (None, Some(octal)) => i64::from_str_radix(octal, 8),
            (None, None) => digits.parse::<i64>(),
        };
        match number.ok().and_then(|number| number.checked_mul(unit)) {
            Some(number) => Ok(TokenKind::Integer(number)),
            None => Err(SyntaxError::new(start, format!("{word:?} is no number of 64 bits"))),
        }
    }

    /// What lies between two delimiters on one line; a backslash takes the next octet with it.
    fn delimited(&mut self, delimiter: u8, what: &str) -> Result<&'a [u8], SyntaxError> {
        let start = self.position;
        self.advance(1);
        let inside = self.rest();
        let mut length = 0_usize;
        loop {
            match inside.get(length) {
                Some(&byte) if byte == delimiter => break,
                None | Some(b'\n') => return Err(SyntaxError::new(start, format!("{what} that does not end"))),
                Some(b'\\') if inside.get(length.saturating_add(1)).is_some_and(|next| *next != b'\n') => {
                    length = length.saturating_add(2);
                }
                Some(_) => length = length.saturating_add(1),
            }
        }
        self.advance(length.saturating_add(1));
        Ok(inside.get(..length).unwrap_or_default())
    }

    fn regex(&mut self) -> Result<TokenKind<'a>, SyntaxError> {
        let body = self.delimited(b'/', "a regular expression")?;
        let flags = self.rest().iter().take_while(|flag| matches!(flag, b'i' | b's')).count();
        let ignore_case = self.rest().get(..flags).is_some_and(|flags| flags.contains(&b'i'));
        self.advance(flags);
        Ok(TokenKind::Regex { body, ignore_case })
    }

    fn sign(&mut self, start: usize) -> Result<TokenKind<'a>, SyntaxError> {
        let rest = self.rest();
        match SIGNS.into_iter().find(|sign| rest.starts_with(sign.as_bytes())) {
            Some(sign) => {
                self.advance(sign.len());
                Ok(TokenKind::Sign(sign))
            }
            None => {
                let found = String::from_utf8_lossy(rest.get(..rest.len().min(4)).unwrap_or_default());
                let found = found.chars().next().unwrap_or(char::REPLACEMENT_CHARACTER);
                Err(SyntaxError::new(start, format!("{found:?} has no meaning here")))
            }
        }
    }
}

impl fmt::Display for TokenKind<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(word) | Self::String(word) | Self::Figure(_, word) => write!(f, "`{word}`"),
            Self::Sign(sign) => write!(f, "`{sign}`"),
            Self::Integer(number) => write!(f, "`{number}`"),
            Self::Float => f.write_str("a number with a fraction"),
            Self::Text(_) => f.write_str("a text"),
            Self::Regex { .. } => f.write_str("a regular expression"),
            Self::End => f.write_str("the end of the file"),
        }
    }
}

/// Longest first.
const SIGNS: [&str; 30] = [
    "..", "==", "!=", "<=", ">=", "<<", ">>", "{", "}", "(", ")", "[", "]", ":", "=", ",", ".", "<", ">", "+", "-",
    "*", "\\", "%", "&", "|", "^", "~", "?", ";",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn told(source: &str) -> Vec<String> {
        let mut lexer = Lexer::new(source.as_bytes(), 0);
        let mut told = Vec::new();
        loop {
            match lexer.next() {
                Ok(Token { kind: TokenKind::End, .. }) => return told,
                Ok(token) => told.push(token.kind.to_string()),
                Err(error) => {
                    told.push(format!("{}: {}", error.at, error.problem));
                    return told;
                }
            }
        }
    }

    #[test]
    fn every_kind_of_token() {
        let cases: &[(&str, &[&str])] = &[
            ("rule a_1/* x */: // y\n{", &["`rule`", "`a_1`", "`:`", "`{`"]),
            (
                "0x5A4D 10KB 2MB 0o17 1.5 0..3",
                &["`23117`", "`10240`", "`2097152`", "`15`", "a number with a fraction", "`0`", "`..`", "`3`"],
            ),
            (
                r#""a\"b" /x\/y/i $a $ #a @a !a !="#,
                &["a text", "a regular expression", "`$a`", "`$`", "`#a`", "`@a`", "`!a`", "`!=`"],
            ),
            ("a<=b<<c\\d", &["`a`", "`<=`", "`b`", "`<<`", "`c`", "`\\`", "`d`"]),
            ("\"a\nb\"", &["0: a text that does not end"]),
            ("a \"\\\n", &["`a`", "2: a text that does not end"]),
            (" /* ", &["1: a comment that does not end"]),
            ("/a", &["0: a regular expression that does not end"]),
            ("9223372036854775808", &["0: \"9223372036854775808\" is no number of 64 bits"]),
            ("9223372036854775807KB", &["0: \"9223372036854775807KB\" is no number of 64 bits"]),
            ("a é", &["`a`", "2: 'é' has no meaning here"]),
        ];
        for (source, expected) in cases {
            assert_eq!(told(source), *expected, "{source}");
        }
    }
}
