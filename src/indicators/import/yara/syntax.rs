//! What YARA source says, as a tree. No branch of it is deeper than the parser allows.

use std::ops::Range;

use super::hex_string::Cell;

/// A rule.
#[derive(Debug)]
pub(super) struct Rule<'a> {
    /// Where the keyword `rule` is, or what precedes it.
    pub(super) start: usize,
    pub(super) name: &'a str,
    pub(super) meta: Vec<Meta<'a>>,
    pub(super) strings: Vec<StringRule<'a>>,
    pub(super) condition: Expr<'a>,
}

/// `key = value` in the section `meta`.
#[derive(Debug)]
pub(super) struct Meta<'a> {
    pub(super) key: &'a str,
    pub(super) value: String,
}

/// A string of the section `strings`.
#[derive(Debug)]
pub(super) struct StringRule<'a> {
    /// With its `$`; only that, when it has no name.
    pub(super) name: &'a str,
    pub(super) value: StringValue,
    pub(super) modifiers: Modifiers,
}

#[derive(Debug)]
pub(super) enum StringValue {
    /// The octets that are meant.
    Text(Vec<u8>),
    Hex(Vec<Cell>),
    Regex,
}

/// The modifiers that decide whether a string can be text of a certificate.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Modifiers {
    pub(super) nocase: bool,
    /// The text is looked for as UTF-16, least significant octet first, which certificates do not have.
    pub(super) wide: bool,
    pub(super) ascii: bool,
    /// `xor`, `base64`, `base64wide`: what is looked for is not what is written.
    pub(super) transformed: bool,
}

/// An expression of a condition.
#[derive(Debug)]
pub(super) struct Expr<'a> {
    pub(super) span: Range<usize>,
    pub(super) kind: ExprKind<'a>,
}

#[derive(Debug)]
pub(super) enum ExprKind<'a> {
    Or(Vec<Expr<'a>>),
    And(Vec<Expr<'a>>),
    Not(Box<Expr<'a>>),
    Defined(Box<Expr<'a>>),
    Compare(Box<Expr<'a>>, Operator, Box<Expr<'a>>),
    Path(Path<'a>),
    Boolean(bool),
    Integer(i64),
    /// The octets that are meant.
    Text(Vec<u8>),
    Regex {
        body: &'a [u8],
        ignore_case: bool,
    },
    /// `$a`, perhaps with `at` or `in`.
    String {
        name: &'a str,
        place: Option<Box<Expr<'a>>>,
    },
    /// `#a`, `@a[1]`, `!a`; only the first is told apart.
    Figure {
        count_of: Option<&'a str>,
        rest: Vec<Expr<'a>>,
    },
    Of(Of<'a>),
    For(Box<For<'a>>),
    With(Box<With<'a>>),
    /// Arithmetic and whatever else has parts and no meaning here.
    Other(Vec<Expr<'a>>),
}

/// `root.field[index].method(arguments)`.
#[derive(Debug)]
pub(super) struct Path<'a> {
    pub(super) root: &'a str,
    pub(super) steps: Vec<Step<'a>>,
}

#[derive(Debug)]
pub(super) enum Step<'a> {
    Field(&'a str),
    Index(Expr<'a>),
    Call(Vec<Expr<'a>>),
}

/// `any of them`, with what follows `at` or `in`.
#[derive(Debug)]
pub(super) struct Of<'a> {
    pub(super) quantifier: Quantifier<'a>,
    pub(super) set: Set<'a>,
    pub(super) is_placed: bool,
}

/// A loop.
#[derive(Debug)]
pub(super) struct For<'a> {
    pub(super) quantifier: Quantifier<'a>,
    pub(super) over: Over<'a>,
    pub(super) body: Expr<'a>,
}

#[derive(Debug)]
pub(super) enum Over<'a> {
    /// `for any of ($a*)`.
    Strings(Set<'a>),
    /// `for any i in (0..2)`.
    Range(Vec<&'a str>, Box<[Expr<'a>; 2]>),
    /// `for any i in (0, 1)`.
    List(Vec<&'a str>, Vec<Expr<'a>>),
    /// `for any s in pe.signatures`.
    Each(Vec<&'a str>, Box<Expr<'a>>),
}

/// `with a = b, c = d : (body)`.
#[derive(Debug)]
pub(super) struct With<'a> {
    pub(super) names: Vec<(&'a str, Expr<'a>)>,
    pub(super) body: Expr<'a>,
}

#[derive(Debug)]
pub(super) enum Quantifier<'a> {
    All,
    Any,
    None,
    Percent(Box<Expr<'a>>),
    Number(Box<Expr<'a>>),
}

#[derive(Debug)]
pub(super) enum Set<'a> {
    Them,
    Strings(Vec<SetItem<'a>>),
    /// `any of (a, b == 1)`: rules, or expressions.
    Expressions(Vec<Expr<'a>>),
}

#[derive(Debug)]
pub(super) struct SetItem<'a> {
    pub(super) name: &'a str,
    /// Whether it is all strings whose names begin so.
    pub(super) is_prefix: bool,
}

/// An operator that yields true or false.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains { ignore_case: bool },
    StartsWith { ignore_case: bool },
    EndsWith { ignore_case: bool },
    EqualIgnoringCase,
    Matches,
}

impl Operator {
    /// The operator of the same meaning with its sides exchanged; `None` when there is none.
    pub(super) const fn mirrored(self) -> Option<Self> {
        Some(match self {
            Self::Equal | Self::NotEqual | Self::EqualIgnoringCase => self,
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
            Self::Contains { .. } | Self::StartsWith { .. } | Self::EndsWith { .. } | Self::Matches => return None,
        })
    }
}

impl<'a> Expr<'a> {
    pub(super) const fn new(span: Range<usize>, kind: ExprKind<'a>) -> Self {
        Self { span, kind }
    }

    pub(super) const fn as_integer(&self) -> Option<i64> {
        match self.kind {
            ExprKind::Integer(number) => Some(number),
            _ => None,
        }
    }

    pub(super) const fn as_path(&self) -> Option<&Path<'a>> {
        match &self.kind {
            ExprKind::Path(path) => Some(path),
            _ => None,
        }
    }

    /// Whether this or anything in it is a path for which `holds`.
    pub(super) fn any_path(&self, holds: &dyn Fn(&Path<'a>) -> bool) -> bool {
        let any = |list: &[Expr<'a>]| list.iter().any(|one| one.any_path(holds));
        match &self.kind {
            ExprKind::Or(list) | ExprKind::And(list) | ExprKind::Other(list) => any(list),
            ExprKind::Not(one) | ExprKind::Defined(one) => one.any_path(holds),
            ExprKind::Compare(left, _, right) => left.any_path(holds) || right.any_path(holds),
            ExprKind::Path(path) => {
                holds(path)
                    || path.steps.iter().any(|step| match step {
                        Step::Field(_) => false,
                        Step::Index(index) => index.any_path(holds),
                        Step::Call(arguments) => any(arguments),
                    })
            }
            ExprKind::Boolean(_) | ExprKind::Integer(_) | ExprKind::Text(_) | ExprKind::Regex { .. } => false,
            ExprKind::String { place, .. } => place.as_ref().is_some_and(|place| place.any_path(holds)),
            ExprKind::Figure { rest, .. } => any(rest),
            ExprKind::Of(of) => matches!(&of.set, Set::Expressions(list) if any(list)),
            ExprKind::For(one) => {
                let over = match &one.over {
                    Over::Strings(_) => false,
                    Over::Range(_, ends) => any(ends.as_slice()),
                    Over::List(_, list) => any(list),
                    Over::Each(_, each) => each.any_path(holds),
                };
                over || one.body.any_path(holds)
            }
            ExprKind::With(with) => {
                with.names.iter().any(|(_, value)| value.any_path(holds)) || with.body.any_path(holds)
            }
        }
    }
}
