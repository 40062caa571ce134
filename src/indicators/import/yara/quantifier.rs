//! Quantifiers of conditions: `for` loops, `of` a set, and `with`.

use super::lexer::{SyntaxError, TokenKind};
use super::parser::{Parser, unexpected};
use super::syntax::{Expr, ExprKind, For, Of, Over, Quantifier, Set, SetItem, With};

impl<'a> Parser<'a> {
    pub(super) fn quantifier_word(&mut self) -> Result<Option<Quantifier<'a>>, SyntaxError> {
        let quantifier = match self.token.kind {
            TokenKind::Word("all") => Quantifier::All,
            TokenKind::Word("any") => Quantifier::Any,
            TokenKind::Word("none") => Quantifier::None,
            _ => return Ok(None),
        };
        self.bump()?;
        Ok(Some(quantifier))
    }

    pub(super) fn of(&mut self, start: usize, quantifier: Quantifier<'a>) -> Result<Expr<'a>, SyntaxError> {
        self.expect_word("of")?;
        let set = self.set()?;
        let is_placed = if self.take_word("in")? {
            self.nested(Self::range)?;
            true
        } else if self.take_word("at")? {
            self.nested(|parser| parser.arithmetic(0))?;
            true
        } else {
            false
        };
        Ok(self.since(start, ExprKind::Of(Of { quantifier, set, is_placed })))
    }

    fn set(&mut self) -> Result<Set<'a>, SyntaxError> {
        if self.take_word("them")? {
            return Ok(Set::Them);
        }
        self.expect_sign("(")?;
        let set = if matches!(self.token.kind, TokenKind::String(_)) && is_set_end(self.peek()) {
            let mut items = vec![self.set_item()?];
            while self.take_sign(",")? {
                items.push(self.set_item()?);
            }
            Set::Strings(items)
        } else {
            Set::Expressions(self.set_expressions()?)
        };
        self.expect_sign(")")?;
        Ok(set)
    }

    fn set_item(&mut self) -> Result<SetItem<'a>, SyntaxError> {
        let TokenKind::String(name) = self.token.kind else { return Err(unexpected(self.token, "a string's name")) };
        self.bump()?;
        let is_prefix = self.take_sign("*")?;
        Ok(SetItem { name, is_prefix })
    }

    /// Expressions, or names of rules, of which `a*` is every one that begins so.
    fn set_expressions(&mut self) -> Result<Vec<Expr<'a>>, SyntaxError> {
        let mut list = Vec::new();
        loop {
            let start = self.token.start;
            if matches!(self.token.kind, TokenKind::Word(_)) && self.peek() == TokenKind::Sign("*") {
                self.bump()?;
                self.bump()?;
                list.push(self.since(start, ExprKind::Other(Vec::new())));
            } else {
                list.push(self.nested(Self::expression)?);
            }
            if !self.take_sign(",")? {
                return Ok(list);
            }
        }
    }

    pub(super) fn for_loop(&mut self) -> Result<ExprKind<'a>, SyntaxError> {
        self.expect_word("for")?;
        let quantifier = match self.quantifier_word()? {
            Some(quantifier) => quantifier,
            None => {
                let number = self.arithmetic(0)?;
                if self.take_sign("%")? {
                    Quantifier::Percent(Box::new(number))
                } else {
                    Quantifier::Number(Box::new(number))
                }
            }
        };
        let over = if self.take_word("of")? {
            Over::Strings(self.set()?)
        } else {
            let mut names = vec![self.name("a variable or `of`")?];
            while self.take_sign(",")? {
                names.push(self.name("a variable")?);
            }
            self.expect_word("in")?;
            self.over(names)?
        };
        self.expect_sign(":")?;
        self.expect_sign("(")?;
        let body = self.expression()?;
        self.expect_sign(")")?;
        Ok(ExprKind::For(Box::new(For { quantifier, over, body })))
    }

    fn over(&mut self, names: Vec<&'a str>) -> Result<Over<'a>, SyntaxError> {
        if !self.take_sign("(")? {
            return Ok(Over::Each(names, Box::new(self.arithmetic(0)?)));
        }
        let first = self.nested(Self::expression)?;
        let over = if self.take_sign("..")? {
            Over::Range(names, Box::new([first, self.arithmetic(0)?]))
        } else {
            let mut list = vec![first];
            while self.take_sign(",")? {
                list.push(self.nested(Self::expression)?);
            }
            Over::List(names, list)
        };
        self.expect_sign(")")?;
        Ok(over)
    }

    pub(super) fn with(&mut self) -> Result<ExprKind<'a>, SyntaxError> {
        self.expect_word("with")?;
        let mut names = Vec::new();
        loop {
            let name = self.name("a variable")?;
            self.expect_sign("=")?;
            names.push((name, self.expression()?));
            if !self.take_sign(",")? {
                break;
            }
        }
        self.expect_sign(":")?;
        self.expect_sign("(")?;
        let body = self.expression()?;
        self.expect_sign(")")?;
        Ok(ExprKind::With(Box::new(With { names, body })))
    }
}

fn is_set_end(kind: TokenKind<'_>) -> bool {
    matches!(kind, TokenKind::Sign("*" | "," | ")"))
}
