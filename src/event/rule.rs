//! [`Rule`]: a query with its name, its severity and what it is a sign of, as a TOML file in the form that Elastic's public detection rules have.

use serde::Deserialize;

use super::eql::{EqlError, Query};
use crate::indicators::indicator::Severity;

/// A rule over events.
///
/// ```
/// use certsift::{Rule, Severity};
///
/// let rule = &Rule::builtin()[0];
/// assert_eq!((rule.severity, rule.risk_score), (Severity::Medium, 47));
/// assert_eq!(rule.technique_ids().collect::<Vec<_>>(), ["T1553", "T1553.004"]);
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Rule {
    /// `rule_id`.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// `version`, where the file has one.
    pub version: Option<String>,
    /// Who wrote it.
    pub author: Vec<String>,
    /// Under which licence.
    pub license: Option<String>,
    /// How bad an alert is.
    pub severity: Severity,
    /// The same as a number from 0 to 100.
    pub risk_score: u32,
    /// What an alert is a sign of.
    pub threat: Vec<Threat>,
    /// Alerts of one run, where the file has a limit.
    pub max_signals: Option<u64>,
    /// Which events it is about.
    pub query: Query,
}

/// A tactic and techniques of ATT&CK or of another framework.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Threat {
    /// Whose ids these are.
    pub framework: String,
    /// The tactic.
    pub tactic: ThreatName,
    /// The techniques.
    #[serde(default, rename = "technique")]
    pub techniques: Vec<Technique>,
}

/// An id, its name and its page.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ThreatName {
    /// Such as `TA0005`.
    pub id: String,
    /// In words.
    pub name: String,
    /// Where to read more.
    pub reference: Option<String>,
}

/// A technique and its sub-techniques.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Technique {
    /// The technique.
    #[serde(flatten)]
    pub name: ThreatName,
    /// Its sub-techniques.
    #[serde(default, rename = "subtechnique")]
    pub subtechniques: Vec<ThreatName>,
}

/// Why a file holds no rule that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RuleError {
    /// Longer than [`Rule::MAX_BYTES`].
    #[error("larger than a rule is")]
    TooLarge,
    /// Not TOML, or without what a rule needs.
    #[error("{message}")]
    Toml {
        /// Bytes before the place, where it is known.
        offset: Option<usize>,
        /// What is wrong there.
        message: String,
    },
    /// A rule of another kind than queries of EQL: thresholds, machine learning, another language.
    #[error("a rule of the kind {0}, which is not about single events")]
    Kind(String),
    /// The query is none that can be evaluated here.
    #[error("query: {0}")]
    Query(#[from] EqlError),
    /// `risk_score` or `severity` is none.
    #[error("{0} has a value that it cannot have")]
    Value(&'static str),
}

/// The file, as far as it matters.
#[derive(Deserialize)]
struct RuleFile {
    rule: RuleTable,
}

#[derive(Deserialize)]
struct RuleTable {
    rule_id: String,
    name: String,
    version: Option<Version>,
    #[serde(default)]
    author: Vec<String>,
    license: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    language: Option<String>,
    severity: String,
    risk_score: i64,
    max_signals: Option<u64>,
    #[serde(default)]
    threat: Vec<Threat>,
    query: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Version {
    Number(u64),
    Text(String),
}

impl Rule {
    /// The longest file, bytes.
    pub const MAX_BYTES: usize = 1 << 20;

    /// Reads a rule from a TOML file: `[rule]` with `rule_id`, `name`, `severity`, `risk_score`, `query` and, if it likes, `version`,
    /// `author`, `license`, `type`, `language`, `max_signals` and `[[rule.threat]]`. What else is there is for others.
    ///
    /// # Errors
    /// When the file is not like that, or its query cannot be evaluated.
    pub fn from_toml(text: &str) -> Result<Self, RuleError> {
        if text.len() > Self::MAX_BYTES {
            return Err(RuleError::TooLarge);
        }
        let RuleFile { rule } = toml::from_str(text).map_err(|error| RuleError::Toml {
            offset: error.span().map(|span| span.start),
            message: error.message().to_owned(),
        })?;
        for kind in [&rule.kind, &rule.language].into_iter().flatten() {
            if kind != "eql" {
                return Err(RuleError::Kind(kind.clone()));
            }
        }
        let severity = Severity::ALL.into_iter().find(|severity| severity.as_str() == rule.severity);
        let severity = severity.ok_or(RuleError::Value("severity"))?;
        let risk_score = u32::try_from(rule.risk_score).ok().filter(|score| *score <= 100);
        let query = rule.query.ok_or_else(|| RuleError::Kind("no query".to_owned()))?;
        Ok(Self {
            id: rule.rule_id,
            name: rule.name,
            version: rule.version.map(|version| match version {
                Version::Number(number) => number.to_string(),
                Version::Text(text) => text,
            }),
            author: rule.author,
            license: rule.license,
            severity,
            risk_score: risk_score.ok_or(RuleError::Value("risk_score"))?,
            threat: rule.threat,
            max_signals: rule.max_signals,
            query: Query::parse(&query)?,
        })
    }

    /// The rules that come with the crate: a root certificate is installed on Linux (ATT&CK T1553.004).
    #[must_use]
    pub fn builtin() -> Vec<Self> {
        // A test reads each of them.
        BUILTIN.iter().filter_map(|text| Self::from_toml(text).ok()).collect()
    }

    /// The ids of its techniques, each before its sub-techniques.
    pub fn technique_ids(&self) -> impl Iterator<Item = &str> {
        self.threat.iter().flat_map(|threat| &threat.techniques).flat_map(|technique| {
            let subtechniques = technique.subtechniques.iter().map(|one| one.id.as_str());
            [technique.name.id.as_str()].into_iter().chain(subtechniques)
        })
    }
}

const BUILTIN: &[&str] = &[include_str!("data/root_certificate_linux.toml")];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_that_comes_along_is_read() {
        for text in BUILTIN {
            assert_eq!(Rule::from_toml(text).err(), None);
        }
        assert_eq!(Rule::builtin().len(), BUILTIN.len());
    }
}
