//! [`Filters`]: the context in which a finding counts for less, and how much less.

use std::fmt;

use serde::Deserialize;
use serde_json::Value;

use super::eql::{EqlError, Query, Witness};
use super::fields::Fields;
use crate::indicators::indicator::Severity;

/// A query about what was going on, and what is done with a finding where it holds.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Filter {
    /// Such as `CF1-certbot`.
    pub id: String,
    /// In words.
    pub title: String,
    /// The set that it belongs to: `seed` and `hardened` come with the crate.
    pub profile: String,
    /// When it holds.
    pub query: Query,
    /// What is done then.
    pub action: FilterAction,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The last day on which it counts, `YYYY-MM-DD`.
    pub expires: Option<String>,
}

/// What is done with a finding whose context is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum FilterAction {
    /// The context is told with it.
    #[default]
    Annotate,
    /// It is one step less severe, too.
    Lower,
    /// It is not told, but counted.
    Suppress,
}

impl FilterAction {
    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Annotate => "annotate",
            Self::Lower => "lower",
            Self::Suppress => "suppress",
        }
    }
}

impl fmt::Display for FilterAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A filter that holds, and the value by which it does.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FilterHit {
    /// The filter.
    pub id: String,
    /// Its profile.
    pub profile: String,
    /// What it asks for.
    pub action: FilterAction,
    /// The field that it was found in.
    pub field: Option<String>,
    /// The value.
    pub value: Option<String>,
}

/// What filters make of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome {
    /// How bad it still is.
    pub severity: Severity,
    /// Whether it is not told.
    pub is_suppressed: bool,
}

/// Several filters.
///
/// ```
/// use certsift::Filters;
/// use serde_json::json;
///
/// let filters = Filters::builtin("hardened");
/// let event = json!({"process": {"executable": "/usr/bin/apt-get", "args": ["apt-get", "upgrade"]}});
/// let hits = filters.hits(&event);
/// assert_eq!((&*hits[0].id, hits[0].value.as_deref()), ("CF4-os-update", Some("/usr/bin/apt-get")));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Filters(Vec<Filter>);

/// Why a file holds no filters that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FilterError {
    /// Not JSON, or not in one of the forms.
    #[error("{0}")]
    Json(String),
    /// A query that cannot be evaluated.
    #[error("filter {id}: {error}")]
    Query {
        /// The filter.
        id: String,
        /// What is wrong with its query.
        error: EqlError,
    },
    /// A day that is none.
    #[error("filter {id}: expires is not YYYY-MM-DD")]
    Expires {
        /// The filter.
        id: String,
    },
}

/// A filter as a file has it: a list of these, or an object of profiles that map each id to a query or to the rest of one.
#[derive(Deserialize)]
struct FilterEntry {
    #[serde(default)]
    id: String,
    #[serde(default)]
    profile: String,
    #[serde(default)]
    title: String,
    query: String,
    #[serde(default)]
    action: FilterAction,
    #[serde(default)]
    reason: String,
    owner: Option<String>,
    expires: Option<String>,
}

impl Filters {
    /// The profiles that come with the crate: `seed`, as literal as the rule that they were published with, and `hardened`, which rests on nothing
    /// that the owner of a process can set.
    pub const PROFILES: [&str; 2] = ["seed", "hardened"];

    /// The filters of a profile that comes with the crate; none for another name.
    #[must_use]
    pub fn builtin(profile: &str) -> Self {
        // A test reads them.
        let mut filters = Self::from_json(BUILTIN).unwrap_or_default();
        filters.0.retain(|filter| filter.profile == profile);
        filters
    }

    /// Reads a file of filters: a list of objects with `id`, `profile`, `title`, `query`, `action`, `reason`, `owner` and `expires`; or an object
    /// of profiles, each an object that maps ids to queries or to such objects.
    ///
    /// # Errors
    /// When it is not like that, or a query cannot be evaluated.
    pub fn from_json(text: &str) -> Result<Self, FilterError> {
        let json = |error: serde_json::Error| FilterError::Json(error.to_string());
        let entry = |value: Value| serde_json::from_value::<FilterEntry>(value).map_err(json);
        let mut filters = Vec::new();
        match serde_json::from_str(text).map_err(json)? {
            Value::Array(entries) => {
                for value in entries {
                    filters.push(Filter::new(entry(value)?)?);
                }
            }
            Value::Object(profiles) => {
                for (profile, ids) in profiles {
                    let Value::Object(ids) = ids else {
                        return Err(FilterError::Json(format!("{profile} is no object of filters")));
                    };
                    for (id, value) in ids {
                        let value = if value.is_string() { serde_json::json!({"query": value}) } else { value };
                        let profile = profile.clone();
                        filters.push(Filter::new(FilterEntry { id, profile, ..entry(value)? })?);
                    }
                }
            }
            _ => return Err(FilterError::Json("neither a list of filters nor an object of profiles".to_owned())),
        }
        Ok(Self(filters))
    }

    /// Takes out the filters whose last day is before `today` (`YYYY-MM-DD`), and answers them.
    pub fn take_expired(&mut self, today: &str) -> Vec<Filter> {
        let is_expired = |filter: &Filter| filter.expires.as_deref().is_some_and(|last| last < today);
        let (expired, left) = std::mem::take(&mut self.0).into_iter().partition(is_expired);
        self.0 = left;
        expired
    }

    /// The filters.
    pub fn iter(&self) -> impl Iterator<Item = &Filter> {
        self.0.iter()
    }

    /// Adds other filters behind these.
    pub fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// Every filter that holds. What an event does not tell makes none hold.
    #[must_use]
    pub fn hits(&self, event: &impl Fields) -> Vec<FilterHit> {
        let hit = |filter: &Filter| {
            let Witness { field, value } = filter.query.witness(event)?;
            let (id, profile) = (filter.id.clone(), filter.profile.clone());
            Some(FilterHit { id, profile, action: filter.action, field, value })
        };
        self.0.iter().filter_map(hit).collect()
    }
}

/// What the filters that hold make of a finding of this severity. `may_suppress` is whether findings of its kind may be suppressed at all; what is
/// critical never is. What may not be suppressed is annotated.
#[must_use]
pub fn filtered(severity: Severity, hits: &[FilterHit], may_suppress: bool) -> Outcome {
    let asks = |action| hits.iter().any(|hit| hit.action == action);
    let is_suppressed = asks(FilterAction::Suppress) && may_suppress && severity != Severity::Critical;
    let lower = |severity| Severity::ALL.into_iter().rev().find(|one| *one < severity).unwrap_or(severity);
    let severity = if asks(FilterAction::Lower) { lower(severity) } else { severity };
    Outcome { severity, is_suppressed }
}

impl Filter {
    fn new(entry: FilterEntry) -> Result<Self, FilterError> {
        let FilterEntry { id, profile, title, query, action, reason, owner, expires } = entry;
        let query = Query::parse(&query).map_err(|error| FilterError::Query { id: id.clone(), error })?;
        if expires.as_deref().is_some_and(|day| !is_day(day)) {
            return Err(FilterError::Expires { id });
        }
        Ok(Self { id, title, profile, query, action, reason, owner, expires })
    }
}

/// Whether a text is like `2026-12-31`, so that days compare as their texts do.
fn is_day(text: &str) -> bool {
    let is_digits = |part: &str, count: usize| part.len() == count && part.bytes().all(|octet| octet.is_ascii_digit());
    let mut parts = text.split('-');
    let mut next = |count| parts.next().is_some_and(|part| is_digits(part, count));
    next(4) && next(2) && next(2) && parts.next().is_none()
}

const BUILTIN: &str = include_str!("data/context_filters.json");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_filter_that_comes_along_is_read() {
        assert_eq!(Filters::from_json(BUILTIN).err(), None);
        for profile in Filters::PROFILES {
            assert_eq!(Filters::builtin(profile).iter().count(), 5, "{profile}");
        }
    }

    #[test]
    fn what_filters_make_of_findings() {
        use FilterAction::{Annotate, Lower, Suppress};
        let (low, high, critical) = (Severity::Low, Severity::High, Severity::Critical);
        let rows: &[(Severity, &[FilterAction], bool, Severity, bool)] = &[
            (high, &[], true, high, false),
            (high, &[Annotate], true, high, false),
            (high, &[Lower, Lower], true, Severity::Medium, false),
            (low, &[Lower], true, Severity::Informational, false),
            (Severity::Informational, &[Lower], true, Severity::Informational, false),
            (high, &[Suppress], true, high, true),
            (high, &[Annotate, Suppress], false, high, false),
            (critical, &[Suppress], true, critical, false),
            (critical, &[Lower, Suppress], true, high, false),
        ];
        for (severity, actions, may_suppress, expected, is_suppressed) in rows {
            let hits: Vec<FilterHit> = actions
                .iter()
                .map(|action| FilterHit {
                    id: String::new(),
                    profile: String::new(),
                    action: *action,
                    field: None,
                    value: None,
                })
                .collect();
            let outcome = filtered(*severity, &hits, *may_suppress);
            assert_eq!(
                outcome,
                Outcome { severity: *expected, is_suppressed: *is_suppressed },
                "{severity} {actions:?}"
            );
        }
    }

    #[test]
    fn files_of_filters() {
        let query = r#""any where a == 1""#;
        let one = |more: &str| format!(r#"[{{"id": "x", "profile": "p", "query": {query}{more}}}]"#);
        let read = |text: &str| Filters::from_json(text).map(|filters| filters.0.len());
        assert_eq!(read(&one("")), Ok(1));
        assert_eq!(read(&one(r#", "action": "lower", "expires": "2026-12-31", "owner": "me""#)), Ok(1));
        assert_eq!(read(&format!(r#"{{"p": {{"x": {query}, "y": {{"query": {query}}}}}}}"#)), Ok(2));
        assert_eq!(read(&one(r#", "expires": "soon""#)), Err(FilterError::Expires { id: "x".to_owned() }));
        assert!(matches!(read(&one(r#", "action": "hide""#)), Err(FilterError::Json(_))));
        assert!(matches!(read(r#"{"p": {"x": "process where"}}"#), Err(FilterError::Query { .. })));
        for text in ["", "5", r#"{"p": 5}"#, r#"[{"id": "x"}]"#] {
            assert!(matches!(read(text), Err(FilterError::Json(_))), "{text}");
        }
        let mut filters = Filters::from_json(&one(r#", "expires": "2026-12-31""#)).unwrap();
        assert_eq!(filters.take_expired("2026-12-31").len(), 0);
        assert_eq!(filters.take_expired("2027-01-01").len(), 1);
        assert_eq!(filters.iter().count(), 0);
    }
}
