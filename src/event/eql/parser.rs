//! From words to expressions.

use std::ops::Range;

use super::expression::{Expression, Number, Order, Test, Wanted};
use super::lexer::{Lexer, Token, TokenKind};
use super::{Construct, EqlError, EqlErrorKind, Query};
use crate::event::wildcard::Pattern;

/// An expression, and its place in the text.
type Placed = (Expression, Range<usize>);

/// Reads a query: what holds of an event that it looks for.
pub(super) fn parse(text: &str) -> Result<Expression, EqlError> {
    if text.len() > Query::MAX_BYTES {
        return Err(EqlError { offset: Query::MAX_BYTES, kind: EqlErrorKind::TooLong });
    }
    let mut lexer = Lexer::new(text);
    let (token, next) = (lexer.next()?, lexer.next()?);
    let mut parser = Parser { lexer, token, next, end: 0, depth: 0 };
    let category = parser.category()?;
    let expression = parser.disjunction()?;
    if parser.token.kind != TokenKind::End {
        return Err(parser.unexpected("an operator, or the end"));
    }
    Ok(Expression::All(category.into_iter().chain([expression]).collect()))
}

struct Parser<'t> {
    lexer: Lexer<'t>,
    /// The word at hand, and the one behind it.
    token: Token,
    next: Token,
    /// Where the last word that was taken ends.
    end: usize,
    depth: usize,
}

/// What a field is compared with.
#[derive(Debug, Clone)]
enum Literal {
    Text(String),
    Number(String),
    Boolean(bool),
    Null,
}

/// How a field is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    In { ignore_case: bool },
    Like { ignore_case: bool },
    Compare(Order),
}

impl Parser<'_> {
    /// The condition on the category, but for `any`.
    fn category(&mut self) -> Result<Option<Placed>, EqlError> {
        let offset = self.token.range.start;
        let is_event = matches!(&self.next.kind, TokenKind::Word(word) if word == "where");
        let name = match &self.token.kind {
            TokenKind::Word(word) if !is_event => {
                let construct = match word.as_str() {
                    "sequence" => Some(Construct::Sequence),
                    "sample" => Some(Construct::Sample),
                    "join" => Some(Construct::Join),
                    _ => None,
                };
                let kind = construct
                    .map_or(EqlErrorKind::Expected("a category of events and where"), EqlErrorKind::Unsupported);
                return Err(EqlError { offset, kind });
            }
            TokenKind::Word(word) => (word != "any").then(|| word.clone()),
            TokenKind::Text(text) => Some(text.clone()),
            _ => return Err(self.unexpected("a category of events")),
        };
        self.advance()?;
        if !self.takes_word("where")? {
            return Err(self.unexpected("where"));
        }
        let texts = name.map(|name| vec![name]);
        Ok(texts.map(|texts| {
            let wanted = Wanted::Equal { texts, ignore_case: false, or_nothing: false };
            (Expression::Test(Test { path: Test::CATEGORY.to_owned(), wanted, is_negated: false }), offset..self.end)
        }))
    }

    fn disjunction(&mut self) -> Result<Placed, EqlError> {
        self.chain("or", Expression::Any, Self::conjunction)
    }

    fn conjunction(&mut self) -> Result<Placed, EqlError> {
        self.chain("and", Expression::All, Self::negation)
    }

    /// Parts with a word between them.
    fn chain(
        &mut self,
        word: &str,
        make: fn(Vec<Placed>) -> Expression,
        part: fn(&mut Self) -> Result<Placed, EqlError>,
    ) -> Result<Placed, EqlError> {
        let start = self.token.range.start;
        let first = part(self)?;
        if !self.is_word(word) {
            return Ok(first);
        }
        let mut parts = vec![first];
        while self.takes_word(word)? {
            parts.push(part(self)?);
        }
        Ok((make(parts), start..self.end))
    }

    fn negation(&mut self) -> Result<Placed, EqlError> {
        let start = self.token.range.start;
        if !self.takes_word("not")? {
            return self.primary();
        }
        self.enter(start)?;
        let (inner, range) = self.negation()?;
        self.depth = self.depth.saturating_sub(1);
        // What is excluded is named without its brackets.
        Ok((negated((inner, range)), start..self.end))
    }

    fn primary(&mut self) -> Result<Placed, EqlError> {
        let start = self.token.range.start;
        if self.takes_sign("(")? {
            self.enter(start)?;
            let (inner, _) = self.disjunction()?;
            self.expect_sign(")", "a closing bracket, or an operator")?;
            self.depth = self.depth.saturating_sub(1);
            return Ok((inner, start..self.end));
        }
        let expression = if self.is_literal() { self.literal_first()? } else { self.field_first()? };
        Ok((expression, start..self.end))
    }

    /// `true`, or a comparison with the field on the right.
    fn literal_first(&mut self) -> Result<Expression, EqlError> {
        let literal = self.literal()?;
        if let Literal::Boolean(is_true) = literal
            && !matches!(self.token.kind, TokenKind::Sign("==" | "!="))
        {
            return Ok(Expression::Constant(is_true));
        }
        let offset = self.token.range.start;
        let operator = match self.operator()? {
            (Operator::Compare(order), false) => Operator::Compare(match order {
                Order::Less => Order::Greater,
                Order::LessOrEqual => Order::GreaterOrEqual,
                Order::Greater => Order::Less,
                Order::GreaterOrEqual => Order::LessOrEqual,
            }),
            (operator @ (Operator::Equal | Operator::NotEqual), false) => operator,
            _ => return Err(EqlError { offset, kind: EqlErrorKind::Expected("a comparison") }),
        };
        if self.is_literal() {
            return Err(self.unexpected("a field"));
        }
        let path = self.field()?;
        test(path, operator, vec![literal]).ok_or(EqlError { offset, kind: EqlErrorKind::Expected("== or !=") })
    }

    fn field_first(&mut self) -> Result<Expression, EqlError> {
        let path = self.field()?;
        let (operator, is_negated) = self.operator()?;
        let offset = self.token.range.start;
        let literals = if self.takes_sign("(")? {
            let mut literals = vec![self.operand()?];
            while self.takes_sign(",")? {
                literals.push(self.operand()?);
            }
            self.expect_sign(")", "a comma, or a closing bracket")?;
            literals
        } else {
            vec![self.operand()?]
        };
        let wanted = if matches!(operator, Operator::Compare(_)) { "a number" } else { "a text" };
        let expression = test(path, operator, literals);
        let expression = expression.ok_or(EqlError { offset, kind: EqlErrorKind::Expected(wanted) })?;
        Ok(match expression {
            Expression::Test(test) => Expression::Test(Test { is_negated: test.is_negated != is_negated, ..test }),
            other => other,
        })
    }

    fn field(&mut self) -> Result<String, EqlError> {
        // That a field may be missing is always so here.
        self.takes_sign("?")?;
        let offset = self.token.range.start;
        let mut path = String::new();
        loop {
            match &self.token.kind {
                TokenKind::Word(word) => path.push_str(word),
                TokenKind::Quoted(word) => path.push_str(word),
                _ => return Err(self.unexpected("a field")),
            }
            self.advance()?;
            if !self.takes_sign(".")? {
                break;
            }
            path.push('.');
        }
        let unsupported = |construct, offset| Err(EqlError { offset, kind: EqlErrorKind::Unsupported(construct) });
        match self.token.kind {
            TokenKind::Sign("(") => unsupported(Construct::Function, offset),
            TokenKind::Sign("~") if self.next.kind == TokenKind::Sign("(") => unsupported(Construct::Function, offset),
            TokenKind::Sign("[") => unsupported(Construct::ArrayIndex, self.token.range.start),
            _ => Ok(path),
        }
    }

    /// How a field is compared, and whether `not` stands in front.
    fn operator(&mut self) -> Result<(Operator, bool), EqlError> {
        if let TokenKind::Sign(sign) = self.token.kind {
            let unsupported = |construct| EqlErrorKind::Unsupported(construct);
            let operator = match sign {
                "==" => Ok(Operator::Equal),
                "!=" => Ok(Operator::NotEqual),
                ":" => Ok(Operator::Like { ignore_case: true }),
                "<" => Ok(Operator::Compare(Order::Less)),
                "<=" => Ok(Operator::Compare(Order::LessOrEqual)),
                ">" => Ok(Operator::Compare(Order::Greater)),
                ">=" => Ok(Operator::Compare(Order::GreaterOrEqual)),
                "=" => Err(unsupported(Construct::SingleEquals)),
                "|" => Err(unsupported(Construct::Pipe)),
                "+" | "-" | "*" | "/" | "%" => Err(unsupported(Construct::Arithmetic)),
                _ => Err(EqlErrorKind::Expected("an operator")),
            };
            let offset = self.token.range.start;
            let operator = operator.map_err(|kind| EqlError { offset, kind })?;
            self.advance()?;
            return Ok((operator, false));
        }
        let is_negated = self.takes_word("not")?;
        let offset = self.token.range.start;
        let TokenKind::Word(word) = &self.token.kind else { return Err(self.unexpected("an operator")) };
        let word = word.clone();
        let end = self.token.range.end;
        if !matches!(word.as_str(), "in" | "like" | "regex") {
            return Err(self.unexpected("an operator"));
        }
        if word == "regex" {
            return Err(EqlError { offset, kind: EqlErrorKind::Unsupported(Construct::Regex) });
        }
        self.advance()?;
        let ignore_case = self.token.range.start == end && self.takes_sign("~")?;
        let operator = if word == "in" { Operator::In { ignore_case } } else { Operator::Like { ignore_case } };
        if word == "in" && self.token.kind != TokenKind::Sign("(") && !self.is_literal() {
            return Err(self.unexpected("a list"));
        }
        Ok((operator, is_negated))
    }

    /// A literal on the right of an operator.
    fn operand(&mut self) -> Result<Literal, EqlError> {
        if self.is_literal() {
            return self.literal();
        }
        let offset = self.token.range.start;
        if !matches!(self.token.kind, TokenKind::Word(_) | TokenKind::Quoted(_) | TokenKind::Sign("?")) {
            return Err(self.unexpected("a text, a number, true, false or null"));
        }
        self.field()?;
        Err(EqlError { offset, kind: EqlErrorKind::Unsupported(Construct::TwoFields) })
    }

    fn is_literal(&self) -> bool {
        match &self.token.kind {
            TokenKind::Text(_) | TokenKind::Number(_) => true,
            TokenKind::Sign("-" | "+") => matches!(self.next.kind, TokenKind::Number(_)),
            // `true.x` would be a field.
            TokenKind::Word(word) => {
                matches!(word.as_str(), "true" | "false" | "null") && self.next.kind != TokenKind::Sign(".")
            }
            _ => false,
        }
    }

    fn literal(&mut self) -> Result<Literal, EqlError> {
        let is_negative = self.token.kind == TokenKind::Sign("-");
        if matches!(self.token.kind, TokenKind::Sign("-" | "+")) {
            self.advance()?;
        }
        let literal = match &self.token.kind {
            TokenKind::Text(text) => Literal::Text(text.clone()),
            TokenKind::Number(number) if is_negative => Literal::Number(format!("-{number}")),
            TokenKind::Number(number) => Literal::Number(number.clone()),
            TokenKind::Word(word) => match word.as_str() {
                "true" => Literal::Boolean(true),
                "false" => Literal::Boolean(false),
                _ => Literal::Null,
            },
            _ => return Err(self.unexpected("a text, a number, true, false or null")),
        };
        self.advance()?;
        if matches!(self.token.kind, TokenKind::Sign("+" | "-" | "*" | "/" | "%")) {
            let kind = EqlErrorKind::Unsupported(Construct::Arithmetic);
            return Err(EqlError { offset: self.token.range.start, kind });
        }
        Ok(literal)
    }

    fn enter(&mut self, offset: usize) -> Result<(), EqlError> {
        self.depth = self.depth.saturating_add(1);
        if self.depth > Query::MAX_DEPTH {
            return Err(EqlError { offset, kind: EqlErrorKind::TooDeep });
        }
        Ok(())
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(&self.token.kind, TokenKind::Word(found) if found == word)
    }

    fn takes_word(&mut self, word: &str) -> Result<bool, EqlError> {
        let is_there = self.is_word(word);
        if is_there {
            self.advance()?;
        }
        Ok(is_there)
    }

    fn takes_sign(&mut self, sign: &'static str) -> Result<bool, EqlError> {
        let is_there = self.token.kind == TokenKind::Sign(sign);
        if is_there {
            self.advance()?;
        }
        Ok(is_there)
    }

    fn expect_sign(&mut self, sign: &'static str, wanted: &'static str) -> Result<(), EqlError> {
        if self.takes_sign(sign)? { Ok(()) } else { Err(self.unexpected(wanted)) }
    }

    fn advance(&mut self) -> Result<(), EqlError> {
        self.end = self.token.range.end;
        self.token = std::mem::replace(&mut self.next, self.lexer.next()?);
        Ok(())
    }

    /// Something else than `wanted` is at hand.
    fn unexpected(&self, wanted: &'static str) -> EqlError {
        let kind = match self.token.kind {
            TokenKind::Sign("|") => EqlErrorKind::Unsupported(Construct::Pipe),
            TokenKind::Sign("=") => EqlErrorKind::Unsupported(Construct::SingleEquals),
            TokenKind::Sign("[") => EqlErrorKind::Unsupported(Construct::ArrayIndex),
            _ => EqlErrorKind::Expected(wanted),
        };
        EqlError { offset: self.token.range.start, kind }
    }
}

/// Not this; of two `not` nothing is left.
fn negated((inner, _): Placed) -> Expression {
    match inner {
        Expression::Not(inner) => *inner,
        inner => Expression::Not(Box::new(inner)),
    }
}

/// The question of one comparison; `None` where a field cannot be compared so with these.
fn test(path: String, operator: Operator, literals: Vec<Literal>) -> Option<Expression> {
    let or_nothing = literals.iter().any(|literal| matches!(literal, Literal::Null));
    let texts = || literals.iter().filter_map(Literal::text).collect::<Vec<String>>();
    let wanted = match operator {
        Operator::Compare(order) => match literals.as_slice() {
            [Literal::Number(number)] => Wanted::Compared(order, Number::parse(number)?),
            _ => return None,
        },
        Operator::Like { .. } if or_nothing => return None,
        Operator::Like { ignore_case } => {
            Wanted::OneOf(texts().iter().map(|text| Pattern::new(text, ignore_case)).collect())
        }
        _ if matches!(literals.as_slice(), [Literal::Null]) => Wanted::Nothing,
        Operator::In { ignore_case } => Wanted::Equal { texts: texts(), ignore_case, or_nothing },
        Operator::Equal | Operator::NotEqual => Wanted::Equal { texts: texts(), ignore_case: false, or_nothing },
    };
    Some(Expression::Test(Test { path, wanted, is_negated: operator == Operator::NotEqual }))
}

impl Literal {
    fn text(&self) -> Option<String> {
        match self {
            Self::Text(text) | Self::Number(text) => Some(text.clone()),
            Self::Boolean(is_true) => Some(is_true.to_string()),
            Self::Null => None,
        }
    }
}
