//! The obvious twin of a query: a tree that is written as a text, and evaluated as slowly as the meaning is told.

use std::fmt::Write as _;

use proptest::prelude::*;
use regex_lite::Regex;
use serde_json::{Map, Value};

/// Paths that queries ask for. What lies in [`events`] lies under them in every mixture of objects and names with dots.
const PATHS: &[&str] = &["a", "b", "c", "a.b", "b.c", "a.b.c"];

/// An expression.
#[derive(Debug, Clone)]
pub(crate) enum Twin {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Test(&'static str, Operator, Vec<String>),
    Nothing(&'static str),
    Constant(bool),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Operator {
    Equal,
    NotEqual,
    In,
    InFolded,
    NotIn,
    Like,
    LikeFolded,
    NotLike,
    Colon,
}

impl Operator {
    const POSITIVE: &'static [Self] =
        &[Self::Equal, Self::In, Self::InFolded, Self::Like, Self::LikeFolded, Self::Colon];
    const ALL: &'static [Self] = &[
        Self::Equal,
        Self::In,
        Self::InFolded,
        Self::Like,
        Self::LikeFolded,
        Self::Colon,
        Self::NotEqual,
        Self::NotIn,
        Self::NotLike,
    ];

    fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::In => "in",
            Self::InFolded => "in~",
            Self::NotIn => "not in",
            Self::Like => "like",
            Self::LikeFolded => "like~",
            Self::NotLike => "not like",
            Self::Colon => ":",
        }
    }

    fn holds(self, values: &[String], texts: &[String]) -> bool {
        let some =
            |fits: &dyn Fn(&str, &str) -> bool| values.iter().any(|value| texts.iter().any(|text| fits(value, text)));
        let like = |value: &str, text: &str| anchored(text).is_match(value);
        match self {
            Self::Equal | Self::In => some(&|value, text| value == text),
            Self::NotEqual | Self::NotIn => !some(&|value, text| value == text),
            Self::InFolded => some(&|value, text| value.eq_ignore_ascii_case(text)),
            Self::Like => some(&like),
            Self::NotLike => !some(&like),
            Self::LikeFolded | Self::Colon => {
                some(&|value, text| like(&value.to_ascii_lowercase(), &text.to_ascii_lowercase()))
            }
        }
    }
}

/// The regular expression of a pattern.
pub(crate) fn anchored(pattern: &str) -> Regex {
    let each = pattern.chars().map(|character| match character {
        '*' => ".*".to_owned(),
        '?' => ".".to_owned(),
        other => regex_lite::escape(other.encode_utf8(&mut [0; 4])),
    });
    Regex::new(&format!("(?s)^{}$", each.collect::<String>())).unwrap()
}

impl Twin {
    pub(crate) fn holds(&self, event: &Value) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(event)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(event)),
            Self::Not(inner) => !inner.holds(event),
            Self::Test(path, operator, texts) => operator.holds(&values(event, path), texts),
            Self::Nothing(path) => values(event, path).is_empty(),
            Self::Constant(is_true) => *is_true,
        }
    }

    /// The expression with the fewest brackets that keep its meaning.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::All(parts) => joined(parts, " and ", |part| matches!(part, Self::Any(_))),
            Self::Any(parts) => joined(parts, " or ", |_| false),
            Self::Not(inner) if matches!(**inner, Self::All(_) | Self::Any(_)) => format!("not ({})", inner.text()),
            Self::Not(inner) => format!("not {}", inner.text()),
            Self::Test(path, operator, texts) => {
                let list: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
                match list.as_slice() {
                    [one] if !operator.as_str().contains("in") => format!("{path} {} {one}", operator.as_str()),
                    list => format!("{path} {} ({})", operator.as_str(), list.join(", ")),
                }
            }
            Self::Nothing(path) => format!("?{path} == null"),
            Self::Constant(is_true) => is_true.to_string(),
        }
    }

    /// Where the path, the operator and the texts are.
    fn tests(operators: &'static [Operator]) -> impl Strategy<Value = Self> + Clone {
        let texts = proptest::collection::vec(texts(), 1..3);
        (proptest::sample::select(PATHS), proptest::sample::select(operators), texts)
            .prop_map(|(path, operator, texts)| Self::Test(path, operator, texts))
    }

    /// Any expression.
    pub(crate) fn any() -> impl Strategy<Value = Self> {
        let leaf = prop_oneof![
            8 => Self::tests(Operator::ALL),
            1 => proptest::sample::select(PATHS).prop_map(Self::Nothing),
            1 => any::<bool>().prop_map(Self::Constant),
        ];
        leaf.prop_recursive(4, 12, 3, |inner| {
            let parts = proptest::collection::vec(inner.clone(), 2..4);
            prop_oneof![
                parts.clone().prop_map(Self::All),
                parts.prop_map(Self::Any),
                inner.prop_map(|inner| Self::Not(Box::new(inner))),
            ]
        })
    }

    /// Expressions that no value more can make false.
    pub(crate) fn positive() -> impl Strategy<Value = Self> {
        Self::tests(Operator::POSITIVE).prop_recursive(3, 8, 3, |inner| {
            let parts = proptest::collection::vec(inner, 2..4);
            prop_oneof![parts.clone().prop_map(Self::All), parts.prop_map(Self::Any)]
        })
    }
}

fn joined(parts: &[Twin], between: &str, needs_brackets: fn(&Twin) -> bool) -> String {
    let texts = parts.iter().map(|part| match part.text() {
        text if needs_brackets(part) => format!("({text})"),
        text => text,
    });
    texts.collect::<Vec<_>>().join(between)
}

/// A text as a query has it.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            ' '..='~' => quoted.push(character),
            other => write!(quoted, "\\u{{{:x}}}", u32::from(other)).unwrap(),
        }
    }
    quoted + "\""
}

/// Texts that meet one another often.
pub(crate) fn texts() -> impl Strategy<Value = String> + Clone {
    prop_oneof![
        3 => proptest::sample::select(&["x", "X", "xy", "x*", "?", "", "1", "true"][..]).prop_map(str::to_owned),
        1 => "[xyX*?π\"\\\\\n1]{0,3}|-2.5",
    ]
}

/// Events in which values lie in every way.
pub(crate) fn events() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        6 => texts().prop_map(Value::String),
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::Bool),
        1 => prop_oneof![Just(Value::from(1)), Just(Value::from(-2.5))],
    ];
    leaf.prop_recursive(4, 16, 4, |inner| {
        let key = proptest::sample::select(&["a", "b", "c", "a.b", "b.c", "a.b.c"][..]);
        let members = proptest::collection::vec((key, inner.clone()), 0..4);
        prop_oneof![
            1 => proptest::collection::vec(inner, 0..3).prop_map(Value::Array),
            3 => members.prop_map(|members| {
                Value::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
            }),
        ]
    })
}

/// All values under a path.
fn values(event: &Value, path: &str) -> Vec<String> {
    let mut leaves = Vec::new();
    collect(event, String::new(), &mut leaves);
    let below = format!("{path}.");
    leaves.retain(|(at, _)| at == path || at.starts_with(&below));
    leaves.into_iter().map(|(_, value)| value).collect()
}

fn collect(value: &Value, path: String, leaves: &mut Vec<(String, String)>) {
    match value {
        Value::Null => {}
        Value::String(text) => leaves.push((path, text.clone())),
        Value::Array(members) => members.iter().for_each(|member| collect(member, path.clone(), leaves)),
        Value::Object(members) => {
            for (name, member) in members {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                collect(member, path, leaves);
            }
        }
        other => leaves.push((path, other.to_string())),
    }
}
