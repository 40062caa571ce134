//! Event queries of EQL, Elastic's Event Query Language: the part of it that rules about single events use.
//!
//! `<category> where <expression>`. An expression is true or false, never neither: a field without a value equals nothing, and `not` turns that
//! around. Source: Elasticsearch Guide, EQL syntax reference; the meaning of arrays is that of Elasticsearch's multi-value fields.

mod evaluate;
mod expression;
mod lexer;
mod parser;

use std::fmt;

use super::fields::Fields;
use expression::{Expression, Test};

/// A query about one event.
///
/// ```
/// use certsift::{Query, Verdict};
/// use serde_json::json;
///
/// let query = Query::parse(
///     r#"process where process.name == "update-ca-trust" and not process.parent.name like ("python*", "su")"#,
/// )?;
/// let event = |parent: &str| {
///     json!({"event": {"category": "process"}, "process": {"name": "update-ca-trust", "parent.name": [parent]}})
/// };
/// assert_eq!(query.verdict(&event("bash")), Verdict::Alert);
/// let Verdict::Suppressed { clauses } = query.verdict(&event("python3.11")) else { panic!() };
/// assert_eq!((&*clauses[0].id, clauses[0].value.as_deref()), ("E1", Some("python3.11")));
/// # Ok::<(), certsift::EqlError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Query {
    /// What must hold.
    base: Vec<Expression>,
    /// What must not, each with its place in the text.
    exclusions: Vec<Exclusion>,
}

#[derive(Debug, Clone)]
struct Exclusion {
    expression: Expression,
    text: String,
}

/// What a query says of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// It is not what the query looks for.
    NoMatch,
    /// It is, and the query leaves it out.
    Suppressed {
        /// Every exclusion that holds.
        clauses: Vec<Clause>,
    },
    /// It is what the query looks for.
    Alert,
}

/// An exclusion that holds: one part of `and not (… or … or …)`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Clause {
    /// `E1`, `E2` and so on, in the order in which the query has them.
    pub id: String,
    /// The field of its first test that a value passes.
    pub field: Option<String>,
    /// That value. `None` where the clause holds because there is none.
    pub value: Option<String>,
}

/// A value that makes an expression true, and its field.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Witness {
    /// The field.
    pub field: Option<String>,
    /// Its value; `None` where the expression holds because there is none.
    pub value: Option<String>,
}

impl Query {
    /// The longest text of a query, bytes.
    pub const MAX_BYTES: usize = 64 << 10;
    /// The deepest nesting of expressions.
    pub const MAX_DEPTH: usize = 64;

    /// Reads a query.
    ///
    /// # Errors
    /// Where it is none, or needs more than single events or what is read here: the error names the construct and the byte at which it
    /// stands.
    pub fn parse(text: &str) -> Result<Self, EqlError> {
        let mut base = Vec::new();
        let mut exclusions = Vec::new();
        for (expression, range) in parser::parse(text)?.into_conjuncts() {
            match expression {
                Expression::Not(inner) => {
                    let disjuncts = inner.into_disjuncts(range);
                    exclusions.extend(disjuncts.into_iter().map(|(expression, range)| Exclusion {
                        expression,
                        text: text.get(range).unwrap_or_default().to_owned(),
                    }));
                }
                expression => base.push(expression),
            }
        }
        Ok(Self { base, exclusions })
    }

    /// Whether the event is what the query looks for.
    #[must_use]
    pub fn matches(&self, event: &impl Fields) -> bool {
        self.base.iter().all(|one| one.holds(event)) && !self.exclusions.iter().any(|one| one.expression.holds(event))
    }

    /// The same, and what leaves an event out. `A and not (c1 or c2)` has the exclusions `c1` and `c2`;
    /// `f != x` and `f not in …` are conditions like others.
    #[must_use]
    pub fn verdict(&self, event: &impl Fields) -> Verdict {
        if !self.base.iter().all(|one| one.holds(event)) {
            return Verdict::NoMatch;
        }
        let holds = self.exclusions.iter().zip(1_u32..).filter(|(one, _)| one.expression.holds(event));
        let clauses: Vec<Clause> = holds
            .map(|(one, number)| {
                let Witness { field, value } = one.expression.witness(event);
                Clause { id: format!("E{number}"), field, value }
            })
            .collect();
        if clauses.is_empty() { Verdict::Alert } else { Verdict::Suppressed { clauses } }
    }

    /// What makes the query true of an event of which it is; `None` where it is not.
    #[must_use]
    pub fn witness(&self, event: &impl Fields) -> Option<Witness> {
        if !self.matches(event) {
            return None;
        }
        // What has a value says more than what has none, and the category of events says least.
        let mut witnesses: Vec<Witness> = self.base.iter().map(|one| one.witness(event)).collect();
        witnesses.sort_by_key(|one| (one.value.is_none(), one.field.as_deref() == Some(Test::CATEGORY)));
        Some(witnesses.into_iter().next().unwrap_or(Witness { field: None, value: None }))
    }

    /// The exclusions as the query has them: the first is `E1`.
    pub fn exclusions(&self) -> impl Iterator<Item = &str> {
        self.exclusions.iter().map(|one| one.text.as_str())
    }
}

/// Why a text is no query that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{kind} at byte {offset}")]
#[non_exhaustive]
pub struct EqlError {
    /// Bytes before the place.
    pub offset: usize,
    /// What stands there.
    pub kind: EqlErrorKind,
}

/// The kinds of [`EqlError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum EqlErrorKind {
    /// Part of EQL, or of an older form of it, and not read here.
    #[error("{0} cannot be evaluated here")]
    Unsupported(Construct),
    /// Something else than what belongs there.
    #[error("expected {0}")]
    Expected(&'static str),
    /// A text without its closing quotes, or a comment without its end.
    #[error("no end of what begins")]
    Unterminated,
    /// A backslash before something that it gives no meaning.
    #[error("an unknown escape")]
    BadEscape,
    /// Longer than [`Query::MAX_BYTES`].
    #[error("more than the longest query has")]
    TooLong,
    /// Deeper than [`Query::MAX_DEPTH`].
    #[error("expressions too deep in one another")]
    TooDeep,
}

/// What EQL has and a query about one event here has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Construct {
    /// Several events, one after the other.
    Sequence,
    /// Several events in any order.
    Sample,
    /// The older form of both.
    Join,
    /// A call such as `length(f)`.
    Function,
    /// `| head 5`.
    Pipe,
    /// `regex`, `regex~`.
    Regex,
    /// `=` for `==`, from Endgame.
    SingleEquals,
    /// `'x'`, from Endgame.
    SingleQuotes,
    /// `?"x"`, from Endgame.
    QuestionQuotes,
    /// `f + 1`.
    Arithmetic,
    /// `f[0]`.
    ArrayIndex,
    /// A comparison of one field with another.
    TwoFields,
}

impl fmt::Display for Construct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sequence => "a sequence",
            Self::Sample => "a sample",
            Self::Join => "a join",
            Self::Function => "a function",
            Self::Pipe => "a pipe",
            Self::Regex => "a regular expression",
            Self::SingleEquals => "a single = (write ==)",
            Self::SingleQuotes => "a text in single quotes",
            Self::QuestionQuotes => "a raw text by ?\" (write \"\"\")",
            Self::Arithmetic => "arithmetic",
            Self::ArrayIndex => "an index into an array",
            Self::TwoFields => "a comparison of two fields",
        })
    }
}
