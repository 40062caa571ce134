//! Expressions of conditions, with YARA's precedence: `not` before `and` before `or`, comparisons before all of them.

use super::lexer::{SyntaxError, TokenKind};
use super::literal::unescape;
use super::parser::{Parser, unexpected};
use super::syntax::{Expr, ExprKind, Operator, Path, Quantifier, Step};
use crate::indicators::yara_text::KEYWORDS;

impl<'a> Parser<'a> {
    pub(super) fn expression(&mut self) -> Result<Expr<'a>, SyntaxError> {
        self.joined("or", ExprKind::Or, |parser| parser.joined("and", ExprKind::And, Self::negation))
    }

    /// Operands with a word between them; one alone is itself.
    fn joined(
        &mut self,
        word: &str,
        kind: fn(Vec<Expr<'a>>) -> ExprKind<'a>,
        mut operand: impl FnMut(&mut Self) -> Result<Expr<'a>, SyntaxError>,
    ) -> Result<Expr<'a>, SyntaxError> {
        let start = self.token.start;
        let first = operand(self)?;
        if !self.is_word(word) {
            return Ok(first);
        }
        let mut list = vec![first];
        while self.take_word(word)? {
            list.push(operand(self)?);
        }
        Ok(self.since(start, kind(list)))
    }

    pub(super) fn since(&self, start: usize, kind: ExprKind<'a>) -> Expr<'a> {
        Expr::new(start..self.end, kind)
    }

    pub(super) fn nested<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, SyntaxError>,
    ) -> Result<T, SyntaxError> {
        if self.depth >= MAX_DEPTH {
            return Err(SyntaxError::new(self.token.start, format!("expressions more than {MAX_DEPTH} deep")));
        }
        self.depth = self.depth.saturating_add(1);
        let result = read(self);
        self.depth = self.depth.saturating_sub(1);
        result
    }

    fn negation(&mut self) -> Result<Expr<'a>, SyntaxError> {
        let start = self.token.start;
        let kind = match self.token.kind {
            TokenKind::Word("not") => ExprKind::Not,
            TokenKind::Word("defined") => ExprKind::Defined,
            _ => return self.comparison(),
        };
        self.bump()?;
        let operand = self.nested(Self::negation)?;
        Ok(self.since(start, kind(Box::new(operand))))
    }

    fn comparison(&mut self) -> Result<Expr<'a>, SyntaxError> {
        let start = self.token.start;
        if let Some(quantifier) = self.quantifier_word()? {
            return self.of(start, quantifier);
        }
        let left = self.arithmetic(0)?;
        if self.is_word("of") {
            return self.of(start, Quantifier::Number(Box::new(left)));
        }
        if self.token.kind == TokenKind::Sign("%") && self.peek() == TokenKind::Word("of") {
            self.bump()?;
            return self.of(start, Quantifier::Percent(Box::new(left)));
        }
        let Some(operator) = self.operator() else { return Ok(left) };
        self.bump()?;
        let right = self.arithmetic(0)?;
        Ok(self.since(start, ExprKind::Compare(Box::new(left), operator, Box::new(right))))
    }

    const fn operator(&self) -> Option<Operator> {
        let (TokenKind::Sign(word) | TokenKind::Word(word)) = self.token.kind else { return None };
        Some(match word.as_bytes() {
            b"==" => Operator::Equal,
            b"!=" => Operator::NotEqual,
            b"<" => Operator::Less,
            b"<=" => Operator::LessOrEqual,
            b">" => Operator::Greater,
            b">=" => Operator::GreaterOrEqual,
            b"contains" => Operator::Contains { ignore_case: false },
            b"icontains" => Operator::Contains { ignore_case: true },
            b"startswith" => Operator::StartsWith { ignore_case: false },
            b"istartswith" => Operator::StartsWith { ignore_case: true },
            b"endswith" => Operator::EndsWith { ignore_case: false },
            b"iendswith" => Operator::EndsWith { ignore_case: true },
            b"iequals" => Operator::EqualIgnoringCase,
            b"matches" => Operator::Matches,
            _ => return None,
        })
    }

    pub(super) fn arithmetic(&mut self, level: usize) -> Result<Expr<'a>, SyntaxError> {
        let Some(operators) = ARITHMETIC.get(level) else { return self.sign() };
        let next = level.saturating_add(1);
        let start = self.token.start;
        let mut left = self.arithmetic(next)?;
        while let TokenKind::Sign(sign) = self.token.kind {
            // `50 % of them` is no remainder.
            if !operators.contains(&sign) || (sign == "%" && self.peek() == TokenKind::Word("of")) {
                break;
            }
            self.bump()?;
            let right = self.arithmetic(next)?;
            let constant = left.as_integer().zip(right.as_integer()).and_then(|(a, b)| calculate(a, sign, b));
            let kind = match (constant, left.kind) {
                (Some(number), _) => ExprKind::Integer(number),
                // One list, however long the sum is.
                (None, ExprKind::Other(mut list)) => {
                    list.push(right);
                    ExprKind::Other(list)
                }
                (None, kind) => ExprKind::Other(vec![Expr::new(left.span, kind), right]),
            };
            left = self.since(start, kind);
        }
        Ok(left)
    }

    fn sign(&mut self) -> Result<Expr<'a>, SyntaxError> {
        let start = self.token.start;
        let TokenKind::Sign(sign @ ("-" | "~")) = self.token.kind else { return self.primary() };
        self.bump()?;
        let operand = self.nested(Self::sign)?;
        let folded =
            operand.as_integer().and_then(|number| if sign == "-" { number.checked_neg() } else { Some(!number) });
        Ok(self.since(start, folded.map_or_else(|| ExprKind::Other(vec![operand]), ExprKind::Integer)))
    }

    fn primary(&mut self) -> Result<Expr<'a>, SyntaxError> {
        let start = self.token.start;
        let token = self.token;
        let kind = match token.kind {
            TokenKind::Sign("(") => {
                self.bump()?;
                let inside = self.nested(Self::expression)?;
                self.expect_sign(")")?;
                return Ok(self.since(start, inside.kind));
            }
            TokenKind::Integer(number) => self.bumped(ExprKind::Integer(number))?,
            TokenKind::Float => self.bumped(ExprKind::Other(Vec::new()))?,
            TokenKind::Text(inside) => {
                let octets = unescape(inside, start.saturating_add(1))?;
                self.bumped(ExprKind::Text(octets))?
            }
            TokenKind::Regex { body, ignore_case } => self.bumped(ExprKind::Regex { body, ignore_case })?,
            TokenKind::String(name) => {
                self.bump()?;
                let place = if self.take_word("at")? {
                    Some(Box::new(self.nested(|parser| parser.arithmetic(0))?))
                } else if self.take_word("in")? {
                    let [from, to] = *self.nested(Self::range)?;
                    Some(Box::new(self.since(start, ExprKind::Other(vec![from, to]))))
                } else {
                    None
                };
                ExprKind::String { name, place }
            }
            TokenKind::Figure(sign, name) => {
                self.bump()?;
                let mut rest = Vec::new();
                if self.take_sign("[")? {
                    rest.push(self.nested(Self::expression)?);
                    self.expect_sign("]")?;
                } else if self.is_word("in") && self.peek() == TokenKind::Sign("(") {
                    self.bump()?;
                    rest.extend(*self.nested(Self::range)?);
                }
                ExprKind::Figure { count_of: (sign == '#' && rest.is_empty()).then_some(name), rest }
            }
            TokenKind::Word("true") => self.bumped(ExprKind::Boolean(true))?,
            TokenKind::Word("false") => self.bumped(ExprKind::Boolean(false))?,
            TokenKind::Word("for") => self.nested(Self::for_loop)?,
            TokenKind::Word("with") if matches!(self.peek(), TokenKind::Word(_)) => self.nested(Self::with)?,
            TokenKind::Word(word) if !KEYWORDS.contains(&word) || is_value(word) => self.path()?,
            _ => return Err(unexpected(token, "an expression")),
        };
        Ok(self.since(start, kind))
    }

    fn bumped(&mut self, kind: ExprKind<'a>) -> Result<ExprKind<'a>, SyntaxError> {
        self.bump()?;
        Ok(kind)
    }

    fn path(&mut self) -> Result<ExprKind<'a>, SyntaxError> {
        let TokenKind::Word(root) = self.bump()?.kind else { return Err(unexpected(self.token, "a name")) };
        let mut steps = Vec::new();
        loop {
            if self.take_sign(".")? {
                match self.bump()?.kind {
                    TokenKind::Word(field) => steps.push(Step::Field(field)),
                    _ => {
                        return Err(SyntaxError::new(
                            self.end.saturating_sub(1),
                            "the name of a field belongs behind a dot",
                        ));
                    }
                }
            } else if self.take_sign("[")? {
                steps.push(Step::Index(self.nested(Self::expression)?));
                self.expect_sign("]")?;
            } else if self.take_sign("(")? {
                let arguments = if self.token.kind == TokenKind::Sign(")") { Vec::new() } else { self.list()? };
                self.expect_sign(")")?;
                steps.push(Step::Call(arguments));
            } else {
                return Ok(ExprKind::Path(Path { root, steps }));
            }
        }
    }

    /// Expressions with commas between them.
    pub(super) fn list(&mut self) -> Result<Vec<Expr<'a>>, SyntaxError> {
        let mut list = vec![self.nested(Self::expression)?];
        while self.take_sign(",")? {
            list.push(self.nested(Self::expression)?);
        }
        Ok(list)
    }

    /// `(from..to)`.
    pub(super) fn range(&mut self) -> Result<Box<[Expr<'a>; 2]>, SyntaxError> {
        self.expect_sign("(")?;
        let from = self.arithmetic(0)?;
        self.expect_sign("..")?;
        let to = self.arithmetic(0)?;
        self.expect_sign(")")?;
        Ok(Box::new([from, to]))
    }
}

/// Whether a keyword stands for a value.
fn is_value(word: &str) -> bool {
    matches!(word, "filesize" | "entrypoint") || word.starts_with("uint") || word.starts_with("int")
}

fn calculate(a: i64, sign: &str, b: i64) -> Option<i64> {
    match sign {
        "+" => a.checked_add(b),
        "-" => a.checked_sub(b),
        "*" => a.checked_mul(b),
        "\\" => a.checked_div(b),
        "%" => a.checked_rem(b),
        "&" => Some(a & b),
        "|" => Some(a | b),
        "^" => Some(a ^ b),
        "<<" => u32::try_from(b).ok().and_then(|b| a.checked_shl(b)),
        ">>" => u32::try_from(b).ok().and_then(|b| a.checked_shr(b)),
        _ => None,
    }
}

/// How deep expressions may lie in one another; published rules stay below ten.
const MAX_DEPTH: usize = 60;

/// Arithmetic operators by how strongly they bind, weakest first.
const ARITHMETIC: [&[&str]; 6] = [&["|"], &["^"], &["&"], &["<<", ">>"], &["+", "-"], &["*", "\\", "%"]];
