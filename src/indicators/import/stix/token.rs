//! The tokens of STIX patterns (STIX 2.1, 9).

/// Why a pattern is no indicator.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unread {
    Malformed(String),
    NotMatched(String),
}

/// A token, and the character at which it begins, counted from 1.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) at: usize,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// `[`, `]`, `(`, `)` or `,`.
    Mark(char),
    /// A comparison operator of signs.
    Sign(&'static str),
    /// A keyword, in upper case, or `true` or `false`.
    Word(String),
    /// A text, timestamp or number.
    Constant(String),
    /// `x509-certificate:hashes.'SHA-256'`: the object's type, and the steps after it.
    Path(String, Vec<String>),
}

pub(super) fn tokens(pattern: &str) -> Result<Vec<Token>, Unread> {
    let mut tokens = Vec::new();
    let mut rest = Rest { chars: pattern.chars().collect(), at: 0 };
    while let Some(c) = rest.peek() {
        let at = rest.at.saturating_add(1);
        let kind = match c {
            _ if c.is_whitespace() => {
                rest.take();
                continue;
            }
            '[' | ']' | '(' | ')' | ',' => {
                rest.take();
                Kind::Mark(c)
            }
            '=' | '!' | '<' | '>' => Kind::Sign(rest.sign().ok_or_else(|| unread(at, "no operator"))?),
            '\'' => Kind::Constant(rest.text(at)?),
            '-' | '+' | '0'..='9' => {
                Kind::Constant(rest.word(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.')))
            }
            // t'…', b'…' and h'…'
            't' | 'b' | 'h' if rest.next_is('\'') => {
                rest.take();
                Kind::Constant(rest.text(at)?)
            }
            _ if c.is_alphanumeric() || c == '_' => rest.word_or_path(at)?,
            other => return Err(unread(at, &format!("an unexpected {other:?}"))),
        };
        tokens.push(Token { at, kind });
    }
    Ok(tokens)
}

pub(super) fn unread(at: usize, problem: &str) -> Unread {
    Unread::Malformed(format!("character {at} of the pattern: {problem}"))
}

struct Rest {
    chars: Vec<char>,
    at: usize,
}

impl Rest {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn next_is(&self, c: char) -> bool {
        self.chars.get(self.at.saturating_add(1)) == Some(&c)
    }

    fn take(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at = self.at.saturating_add(1);
        Some(c)
    }

    fn sign(&mut self) -> Option<&'static str> {
        let first = self.take()?;
        let second = self.peek().filter(|c| matches!(c, '=' | '>'));
        let sign = match (first, second) {
            ('=', Some('=')) | ('=', None) => "=",
            ('!', Some('=')) | ('<', Some('>')) => "!=",
            ('<', Some('=')) => "<=",
            ('>', Some('=')) => ">=",
            ('<', None) => "<",
            ('>', None) => ">",
            _ => return None,
        };
        if second.is_some() {
            self.take();
        }
        Some(sign)
    }

    /// A text in single quotation marks; a backslash escapes.
    fn text(&mut self, at: usize) -> Result<String, Unread> {
        self.take();
        let mut text = String::new();
        loop {
            match self.take() {
                Some('\'') => return Ok(text),
                Some('\\') => text.extend(self.take()),
                Some(c) => text.push(c),
                None => return Err(unread(at, "a quotation mark that is not closed")),
            }
        }
    }

    fn word(&mut self, is_part: impl Fn(char) -> bool) -> String {
        let mut word = String::new();
        while let Some(c) = self.peek().filter(|&c| is_part(c)) {
            word.push(c);
            self.take();
        }
        word
    }

    /// A keyword; or with a colon after it the type of an object, and the path into one.
    fn word_or_path(&mut self, at: usize) -> Result<Kind, Unread> {
        let word = self.word(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
        if self.peek() != Some(':') {
            return Ok(Kind::Word(if word == "true" || word == "false" { word } else { word.to_ascii_uppercase() }));
        }
        let mut steps = Vec::new();
        while matches!(self.peek(), Some(':' | '.')) {
            self.take();
            let step = match self.peek() {
                Some('\'') => self.text(at)?,
                Some('"') => {
                    self.take();
                    let step = self.word(|c| c != '"');
                    self.take();
                    step
                }
                _ => self.word(|c| c.is_alphanumeric() || matches!(c, '-' | '_')),
            };
            // A list's index.
            while self.peek() == Some('[') {
                self.word(|c| c != ']');
                self.take();
            }
            steps.push(step);
        }
        Ok(Kind::Path(word, steps))
    }
}
