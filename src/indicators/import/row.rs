//! [`Row`]: one row of our own formats, value by value, to an [`Indicator`].

use std::borrow::Cow;

use super::RowError;
use super::condition_text::{hash_of, usage};
use super::conditions::{alternatives, name_of};
use super::json_value::Json;
use super::time_text::read_time;
use crate::indicators::cause::Cause;
use crate::indicators::column::Column;
use crate::indicators::hash_value::HashOf;
use crate::indicators::indicator::{Condition, Indicator, NameTest, Note, Severity, Text};
use crate::indicators::role::{Role, Roles};
use crate::x509::serial::SerialBuf;

/// A value of a row.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value<'a> {
    /// Of a CSV cell.
    Cell(&'a str),
    /// Of a key of a JSON object.
    Json(&'a Json),
}

/// An indicator in the making.
#[derive(Debug, Default)]
pub(super) struct Row {
    indicator: Indicator,
    /// Conditions of columns of their own, which make one alternative.
    simple: Vec<(Column, Condition)>,
    /// Those of the column that can say everything.
    alternatives: Option<Vec<Vec<Condition>>>,
}

impl Row {
    /// Takes a value in; an empty text is an absent one.
    ///
    /// # Errors
    /// What is wrong with the value, in a sentence that does not name the column.
    pub(super) fn set(&mut self, column: Column, value: Value<'_>) -> Result<(), String> {
        if matches!(value, Value::Json(Json::Null) | Value::Cell("")) {
            return Ok(());
        }
        match column {
            Column::Conditions => {
                let Some(json) = json_of(value)? else { return Ok(()) };
                self.alternatives = Some(alternatives(&json)?);
                return Ok(());
            }
            Column::Notes => {
                let Some(json) = json_of(value)? else { return Ok(()) };
                self.indicator.metadata.notes = notes(&json)?;
                return Ok(());
            }
            Column::Attack => {
                self.indicator.metadata.attack = attack(value)?.into();
                return Ok(());
            }
            _ => {}
        }
        let text = match value {
            Value::Cell(text) => text,
            Value::Json(Json::Text(text)) => text,
            Value::Json(other) => return Err(format!("{other} is no text")),
        };
        if text.is_empty() {
            return Ok(());
        }
        if !self.set_metadata(column, text)? && !text.trim().is_empty() {
            let condition = condition(column, text)?;
            self.simple.extend(condition.map(|condition| (column, condition)));
        }
        Ok(())
    }

    /// Takes in what is no condition; answers whether the column is such a one.
    fn set_metadata(&mut self, column: Column, text: &str) -> Result<bool, String> {
        let metadata = &mut self.indicator.metadata;
        let owned = || Some(Text::Owned(text.to_owned()));
        match column {
            Column::Id => metadata.id = Cow::Owned(text.to_owned()),
            Column::Name => metadata.name = owned(),
            Column::Role => self.indicator.scope = roles(text)?,
            Column::Source => metadata.source = owned(),
            Column::Reference => metadata.reference = owned(),
            Column::Severity => metadata.severity = severity(text)?,
            Column::Category => metadata.category = owned(),
            Column::Family => metadata.family = owned(),
            Column::Date => metadata.date = owned(),
            Column::Author => metadata.author = owned(),
            Column::License => metadata.license = owned(),
            Column::Description => metadata.description = owned(),
            Column::AbusedFrom => metadata.abused_from = read_time(text)?,
            Column::RevokedAt => metadata.revoked_at = read_time(text)?,
            Column::ValidFrom => metadata.valid_from = read_time(text)?,
            Column::ValidTo => metadata.valid_to = read_time(text)?,
            Column::NotAfterAtLeast => metadata.not_after_at_least = read_time(text)?.map(|time| time.unix()),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The indicator of this row. `fallback_id` names it when it has no id.
    pub(super) fn finish(mut self, fallback_id: impl FnOnce() -> String) -> Result<Indicator, RowError> {
        self.simple.sort_by_key(|(column, _)| *column);
        let first = self.simple.first().map(|(column, _)| column.name());
        self.indicator.alternatives = match (self.alternatives, first) {
            (Some(alternatives), None) => alternatives,
            (None, Some(_)) => vec![self.simple.into_iter().map(|(_, condition)| condition).collect()],
            (Some(_), Some(column)) => {
                let problem = format!("a row has either conditions or columns such as {column}, not both");
                return Err(RowError { key: Some(Column::Conditions.name()), problem });
            }
            (None, None) => {
                let problem = "a row without a condition would match everything".to_owned();
                return Err(RowError { key: None, problem });
            }
        };
        if self.indicator.metadata.id.is_empty() {
            self.indicator.metadata.id = Cow::Owned(fallback_id());
        }
        Ok(self.indicator)
    }
}

/// The condition of a column that has conditions, names and hashes in their simplest form.
fn condition(column: Column, text: &str) -> Result<Option<Condition>, String> {
    if let Some((of, algorithm)) = hash_column(column) {
        let hash = hash_of(algorithm, text)?;
        return Ok(Some(Condition::Hash(of, hash)));
    }
    if let Some((field, mode)) = column.name_test() {
        // Names are compared letter for letter, so their blanks are kept.
        let test = NameTest::new(field, mode, text.to_owned());
        return Ok(Some(match column {
            Column::Issuer | Column::IssuerContains => Condition::Issuer(test),
            Column::ProgramName => Condition::ProgramName(test),
            _ => Condition::Subject(test),
        }));
    }
    match column {
        Column::Serial => {
            SerialBuf::parse_hex(text).map(|serial| Some(Condition::Serial(serial))).map_err(|e| e.to_string())
        }
        Column::ExtendedKeyUsage => Ok(Some(Condition::ExtendedKeyUsage(usage(text.trim())?))),
        _ => Ok(None),
    }
}

/// What the hash in a column is of, and its algorithm.
const fn hash_column(column: Column) -> Option<(HashOf, &'static str)> {
    Some(match column {
        Column::Md5 => (HashOf::Certificate, "md5"),
        Column::Sha1 => (HashOf::Certificate, "sha1"),
        Column::Sha256 => (HashOf::Certificate, "sha256"),
        Column::Sha384 => (HashOf::Certificate, "sha384"),
        Column::Sha512 => (HashOf::Certificate, "sha512"),
        Column::TbsMd5 => (HashOf::Tbs, "md5"),
        Column::TbsSha1 => (HashOf::Tbs, "sha1"),
        Column::TbsSha256 => (HashOf::Tbs, "sha256"),
        Column::TbsSha384 => (HashOf::Tbs, "sha384"),
        Column::TbsSha512 => (HashOf::Tbs, "sha512"),
        _ => return None,
    })
}

/// The JSON of a cell, which holds it as text.
fn json_of(value: Value<'_>) -> Result<Option<Cow<'_, Json>>, String> {
    match value {
        Value::Json(json) => Ok(Some(Cow::Borrowed(json))),
        Value::Cell(text) if text.trim().is_empty() => Ok(None),
        Value::Cell(text) => match serde_json::from_str(text) {
            Ok(json) => Ok(Some(Cow::Owned(json))),
            Err(error) => Err(format!("no JSON: {error}")),
        },
    }
}

fn notes(json: &Json) -> Result<Vec<Note>, String> {
    let Json::List(list) = json else { return Err(format!("{json} is no array")) };
    list.iter().map(note).collect()
}

fn note(json: &Json) -> Result<Note, String> {
    let Json::Object(members) = json else { return Err(format!("{json} is no object of cause and detail")) };
    let (mut cause, mut detail) = (None, Text::default());
    for (key, value) in members {
        match (key.as_str(), value) {
            ("cause", Json::Text(name)) => cause = Some(name_of(Cause::ALL, name, |known| known.as_str(), "cause")?),
            ("detail", Json::Text(text)) => detail = text.clone().into(),
            ("cause" | "detail", other) => return Err(format!("{key}: {other} is no text")),
            _ => return Err(format!("there is no key {key:?} in a note; the keys are cause detail")),
        }
    }
    Ok(Note::new(cause.ok_or("a note without a cause")?, detail))
}

/// Ids separated by blanks in a cell, an array in JSON, and in a cell too where an id holds a blank.
fn attack(value: Value<'_>) -> Result<Vec<Text>, String> {
    let json = match value {
        Value::Cell(text) if !text.starts_with('[') => {
            return Ok(text.split_whitespace().map(|id| Cow::Owned(id.to_owned())).collect());
        }
        Value::Cell(_) | Value::Json(_) => json_of(value)?,
    };
    match json.as_deref() {
        Some(Json::List(ids)) => ids.iter().map(text_of).collect(),
        Some(other) => Err(format!("{other} is no array")),
        None => Ok(Vec::new()),
    }
}

fn text_of(json: &Json) -> Result<Text, String> {
    match json {
        Json::Text(text) => Ok(Cow::Owned(text.clone())),
        other => Err(format!("{other} is no text")),
    }
}

fn severity(text: &str) -> Result<Option<Severity>, String> {
    let text = text.trim().to_ascii_lowercase();
    match Severity::ALL.into_iter().find(|known| known.as_str() == text) {
        None if !text.is_empty() => Err(format!("{text:?} is none of informational, low, medium, high, critical")),
        known => Ok(known),
    }
}

fn roles(text: &str) -> Result<Roles, String> {
    let mut words = text.split_whitespace().peekable();
    if words.peek().is_none() {
        return Ok(Roles::SIGNERS);
    }
    words.try_fold(Roles::NONE, |roles, word| match word {
        "any" => Ok(Roles::ANY),
        "none" => Ok(roles),
        _ => match Role::ALL.into_iter().find(|role| role.as_str() == word) {
            Some(role) => Ok(roles.with(role)),
            None => Err(format!("there is no role {word:?}")),
        },
    })
}
