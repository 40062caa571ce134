//! Rules, one after the other: what is broken ends where the next rule begins.

use super::hex_string;
use super::lexer::{Lexer, SyntaxError, Token, TokenKind};
use super::literal::unescape;
use super::syntax::{Meta, Modifiers, Rule, StringRule, StringValue};
use crate::indicators::yara_text::KEYWORDS;

/// What a file of rules says.
#[derive(Debug, Default)]
pub(super) struct RuleFile<'a> {
    pub(super) rules: Vec<Rule<'a>>,
    /// `include "name"`, and where.
    pub(super) includes: Vec<(usize, String)>,
    pub(super) errors: Vec<SyntaxError>,
}

/// Reads the rules of a file.
pub(super) fn parse(source: &[u8]) -> RuleFile<'_> {
    let mut file = RuleFile::default();
    let mut lexer = Lexer::new(source, 0);
    loop {
        let start = lexer.position();
        match item(&mut lexer, &mut file) {
            Ok(true) => {}
            Ok(false) => return file,
            Err(error) => {
                // What is broken is never read a second time.
                lexer.jump(error.at.max(start));
                file.errors.push(error);
                recover(&mut lexer);
            }
        }
    }
}

/// Reads an import, an include or a rule; `false` at the end of the file.
fn item<'a>(lexer: &mut Lexer<'a>, file: &mut RuleFile<'a>) -> Result<bool, SyntaxError> {
    let first = lexer.next()?;
    match first.kind {
        TokenKind::End => return Ok(false),
        TokenKind::Word("import" | "include") => {
            let name = lexer.next()?;
            let TokenKind::Text(inside) = name.kind else {
                return Err(unexpected(name, "a text"));
            };
            if first.kind == TokenKind::Word("include") {
                file.includes.push((first.start, String::from_utf8_lossy(inside).into_owned()));
            }
        }
        TokenKind::Word("rule" | "private" | "global") => {
            let mut parser = Parser::new(*lexer, first);
            match parser.rule() {
                Ok(rule) => {
                    lexer.jump(parser.token.end);
                    file.rules.push(rule);
                }
                Err(mut error) => {
                    *lexer = parser.lexer;
                    // Even a rule that is refused at its first word is behind us.
                    error.at = error.at.max(first.end);
                    return Err(error);
                }
            }
        }
        _ => return Err(unexpected(first, "a rule")),
    }
    Ok(true)
}

/// Goes to where something begins that looks like a rule, an import or an include.
fn recover(lexer: &mut Lexer<'_>) {
    loop {
        let before = *lexer;
        match lexer.next() {
            Ok(Token { kind: TokenKind::End, .. }) => return,
            Ok(Token { kind: TokenKind::Word(word), start, .. }) if begins_item(word, *lexer) => {
                lexer.jump(start);
                return;
            }
            Ok(_) => {}
            Err(error) => {
                lexer.jump(error.at.max(before.position()));
                match lexer.rest() {
                    [b'/', b'*', ..] => lexer.advance(2),
                    // What does not end on its line ends with it.
                    rest @ [b'"' | b'/', ..] => {
                        lexer.advance(rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len()));
                    }
                    _ => lexer.advance(1),
                }
            }
        }
    }
}

fn begins_item(word: &str, mut after: Lexer<'_>) -> bool {
    let mut next = || after.next().map_or(TokenKind::End, |token| token.kind);
    match word {
        "rule" => matches!(next(), TokenKind::Word(_)) && matches!(next(), TokenKind::Sign("{" | ":")),
        "private" | "global" => matches!(next(), TokenKind::Word("rule" | "private" | "global")),
        "import" | "include" => matches!(next(), TokenKind::Text(_)),
        _ => false,
    }
}

pub(super) fn unexpected(found: Token<'_>, wanted: &str) -> SyntaxError {
    SyntaxError::new(found.start, format!("{} where {wanted} belongs", found.kind))
}

/// Reads a rule with one token in hand.
#[derive(Debug)]
pub(super) struct Parser<'a> {
    lexer: Lexer<'a>,
    /// The token in hand. The lexer stands behind it.
    pub(super) token: Token<'a>,
    /// Where the token before it ended.
    pub(super) end: usize,
    /// How many expressions enclose the one being read.
    pub(super) depth: usize,
}

impl<'a> Parser<'a> {
    const fn new(lexer: Lexer<'a>, token: Token<'a>) -> Self {
        Self { lexer, token, end: token.start, depth: 0 }
    }

    /// Reads a rule up to its last brace, which stays in hand: what follows is not this rule's fault.
    fn rule(&mut self) -> Result<Rule<'a>, SyntaxError> {
        let start = self.token.start;
        while self.take_word("private")? || self.take_word("global")? {}
        self.expect_word("rule")?;
        let name = self.name("the name of a rule")?;
        if self.take_sign(":")? {
            while self.token.kind != TokenKind::Sign("{") {
                self.name("a tag")?;
            }
        }
        self.expect_sign("{")?;
        let meta = if self.take_word("meta")? { self.meta()? } else { Vec::new() };
        let strings = if self.take_word("strings")? { self.strings()? } else { Vec::new() };
        self.expect_word("condition")?;
        self.expect_sign(":")?;
        let condition = self.expression()?;
        if self.token.kind != TokenKind::Sign("}") {
            return Err(unexpected(self.token, "an operator or the rule's last brace"));
        }
        Ok(Rule { start, name, meta, strings, condition })
    }

    fn meta(&mut self) -> Result<Vec<Meta<'a>>, SyntaxError> {
        self.expect_sign(":")?;
        let mut list = Vec::new();
        while !self.is_word("strings") && !self.is_word("condition") {
            let key = self.name("a key, `strings` or `condition`")?;
            self.expect_sign("=")?;
            let minus = if self.take_sign("-")? { "-" } else { "" };
            let value = match self.token.kind {
                TokenKind::Text(inside) if minus.is_empty() => {
                    String::from_utf8_lossy(&unescape(inside, self.token.start.saturating_add(1))?).into_owned()
                }
                TokenKind::Integer(number) => format!("{minus}{number}"),
                TokenKind::Word(word @ ("true" | "false")) if minus.is_empty() => word.to_owned(),
                TokenKind::Float => {
                    let written = self.lexer.source().get(self.token.start..self.token.end).unwrap_or_default();
                    format!("{minus}{}", String::from_utf8_lossy(written))
                }
                _ => return Err(unexpected(self.token, "a text, a number, `true` or `false`")),
            };
            self.bump()?;
            list.push(Meta { key, value });
        }
        Ok(list)
    }

    fn strings(&mut self) -> Result<Vec<StringRule<'a>>, SyntaxError> {
        self.expect_sign(":")?;
        let mut list = Vec::new();
        while !self.is_word("condition") {
            let TokenKind::String(name) = self.token.kind else {
                return Err(unexpected(self.token, "a string's name, such as `$a`, or `condition`"));
            };
            self.bump()?;
            self.expect_sign("=")?;
            let value = match self.token.kind {
                TokenKind::Text(inside) => StringValue::Text(unescape(inside, self.token.start.saturating_add(1))?),
                TokenKind::Regex { .. } => StringValue::Regex,
                TokenKind::Sign("{") => StringValue::Hex(hex_string::read(&mut self.lexer)?),
                _ => return Err(unexpected(self.token, "a text, a hex string or a regular expression")),
            };
            self.bump()?;
            let modifiers = self.modifiers()?;
            list.push(StringRule { name, value, modifiers });
        }
        Ok(list)
    }

    fn modifiers(&mut self) -> Result<Modifiers, SyntaxError> {
        let mut modifiers = Modifiers::default();
        loop {
            match self.token.kind {
                TokenKind::Word("fullword" | "private") => {}
                TokenKind::Word("ascii") => modifiers.ascii = true,
                TokenKind::Word("wide") => modifiers.wide = true,
                TokenKind::Word("nocase") => modifiers.nocase = true,
                TokenKind::Word("xor" | "base64" | "base64wide") => {
                    modifiers.transformed = true;
                    self.bump()?;
                    if self.take_sign("(")? {
                        while !self.take_sign(")")? {
                            match self.token.kind {
                                TokenKind::Integer(_) | TokenKind::Text(_) | TokenKind::Sign("-") => self.bump()?,
                                _ => return Err(unexpected(self.token, "`)`")),
                            };
                        }
                    }
                    continue;
                }
                _ => return Ok(modifiers),
            }
            self.bump()?;
        }
    }

    /// The token in hand; the next one is in hand then.
    pub(super) fn bump(&mut self) -> Result<Token<'a>, SyntaxError> {
        let token = self.token;
        self.token = self.lexer.next()?;
        self.end = token.end;
        Ok(token)
    }

    /// The token behind the one in hand; the end, when that is none.
    pub(super) fn peek(&self) -> TokenKind<'a> {
        let mut ahead = self.lexer;
        ahead.next().map_or(TokenKind::End, |token| token.kind)
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        self.token.kind == TokenKind::Word(word)
    }

    pub(super) fn take_word(&mut self, word: &str) -> Result<bool, SyntaxError> {
        let found = self.is_word(word);
        if found {
            self.bump()?;
        }
        Ok(found)
    }

    pub(super) fn take_sign(&mut self, sign: &str) -> Result<bool, SyntaxError> {
        let found = matches!(self.token.kind, TokenKind::Sign(this) if this == sign);
        if found {
            self.bump()?;
        }
        Ok(found)
    }

    pub(super) fn expect_word(&mut self, word: &str) -> Result<(), SyntaxError> {
        if self.take_word(word)? { Ok(()) } else { Err(unexpected(self.token, &format!("`{word}`"))) }
    }

    pub(super) fn expect_sign(&mut self, sign: &str) -> Result<(), SyntaxError> {
        if self.take_sign(sign)? { Ok(()) } else { Err(unexpected(self.token, &format!("`{sign}`"))) }
    }

    /// An identifier that is no keyword.
    pub(super) fn name(&mut self, what: &str) -> Result<&'a str, SyntaxError> {
        match self.token.kind {
            TokenKind::Word(word) if !KEYWORDS.contains(&word) => {
                self.bump()?;
                Ok(word)
            }
            _ => Err(unexpected(self.token, what)),
        }
    }
}
