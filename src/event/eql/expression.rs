//! Expressions, as they are evaluated.

use std::ops::Range;

use crate::event::wildcard::Pattern;

/// What is true or false of an event.
#[derive(Debug, Clone)]
pub(super) enum Expression {
    All(Vec<(Self, Range<usize>)>),
    Any(Vec<(Self, Range<usize>)>),
    Not(Box<Self>),
    Test(Test),
    Constant(bool),
}

/// A question about the values of one field.
#[derive(Debug, Clone)]
pub(super) struct Test {
    pub(super) path: String,
    pub(super) wanted: Wanted,
    /// Whether no value may be like that: `!=`, `not in`, `not like`.
    pub(super) is_negated: bool,
}

impl Test {
    /// The field in which events say of what category they are.
    pub(super) const CATEGORY: &'static str = "event.category";
}

/// What one value at least is to be like.
#[derive(Debug, Clone)]
pub(super) enum Wanted {
    /// There is no value.
    Nothing,
    /// It is one of these.
    OneOf(Vec<Pattern>),
    /// The same literally: no character stands for others.
    Equal { texts: Vec<String>, ignore_case: bool, or_nothing: bool },
    /// It is a number that compares so with this one.
    Compared(Order, Number),
}

/// `<`, `<=`, `>`, `>=`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A number, exactly where it is an integer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Number {
    Integer(i128),
    Real(f64),
}

impl Number {
    pub(super) fn parse(text: &str) -> Option<Self> {
        // Not what Rust reads beyond decimal numbers: `inf`, `NaN`.
        let is_decimal = text.bytes().all(|octet| matches!(octet, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
        let has_digit = text.bytes().any(|octet| octet.is_ascii_digit());
        if !is_decimal || !has_digit {
            return None;
        }
        text.parse().map(Self::Integer).ok().or_else(|| text.parse().map(Self::Real).ok())
    }

    pub(super) fn compare(self, other: Self) -> Option<std::cmp::Ordering> {
        match (self, other) {
            (Self::Integer(own), Self::Integer(other)) => Some(own.cmp(&other)),
            _ => self.to_real().partial_cmp(&other.to_real()),
        }
    }

    fn to_real(self) -> f64 {
        match self {
            // Through its text, which is rounded as any number is that is read.
            Self::Integer(integer) => integer.to_string().parse().unwrap_or_default(),
            Self::Real(real) => real,
        }
    }
}

impl Expression {
    /// The parts that all must hold, each with its place in the text.
    pub(super) fn into_conjuncts(self) -> Vec<(Self, Range<usize>)> {
        self.flatten(0..0, &|expression| match expression {
            Self::All(parts) => Ok(parts),
            other => Err(other),
        })
    }

    /// The parts of which one must hold; `range` is the place of the whole.
    pub(super) fn into_disjuncts(self, range: Range<usize>) -> Vec<(Self, Range<usize>)> {
        self.flatten(range, &|expression| match expression {
            Self::Any(parts) => Ok(parts),
            other => Err(other),
        })
    }

    /// The parts of the parts, and so on, in order. The depth of expressions is bounded.
    fn flatten(
        self,
        range: Range<usize>,
        open: &impl Fn(Self) -> Result<Vec<(Self, Range<usize>)>, Self>,
    ) -> Vec<(Self, Range<usize>)> {
        match open(self) {
            Ok(parts) => parts.into_iter().flat_map(|(part, range)| part.flatten(range, open)).collect(),
            Err(other) => vec![(other, range)],
        }
    }
}
