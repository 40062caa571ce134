//! One row of our own formats: texts by column name to an [`Indicator`].

use std::borrow::Cow;

use super::RowError;
use crate::indicators::indicator::{Condition, Indicator, Metadata, NameField, NameTest, Severity, Text, TextMode};
use crate::indicators::role::{Role, Roles};
use crate::x509::serial::SerialBuf;

/// The columns of our CSV, the keys of our JSON lines.
pub(super) const KEYS: [&str; 18] = [
    "id",
    "name",
    "serial",
    "organization",
    "common_name",
    "subject",
    "issuer",
    "sha1",
    "sha256",
    "tbs_sha256",
    "role",
    "source",
    "reference",
    "severity",
    "category",
    "family",
    "date",
    "attack",
];

/// The texts of a row; an empty text is an absent one.
#[derive(Debug, Default)]
pub(super) struct Row<'a> {
    values: [&'a str; KEYS.len()],
    pub(super) attack: Vec<Text>,
}

impl<'a> Row<'a> {
    /// Sets the value of a key; answers the key's own name, or `None` when there is no such key.
    pub(super) fn set(&mut self, key: &str, value: &'a str) -> Option<&'static str> {
        let (known, slot) = KEYS.iter().zip(&mut self.values).find(|(known, _)| **known == key)?;
        *slot = value;
        Some(known)
    }

    fn get(&self, key: &str) -> &'a str {
        KEYS.iter().zip(&self.values).find(|(known, _)| **known == key).map_or("", |(_, value)| value)
    }

    fn text(&self, key: &str) -> Option<Text> {
        let value = self.get(key).trim();
        (!value.is_empty()).then(|| Cow::Owned(value.to_owned()))
    }

    /// The indicator of this row. `fallback_id` names it when it has no id.
    pub(super) fn into_indicator(self, fallback_id: impl FnOnce() -> String) -> Result<Indicator, RowError> {
        let conditions = self.conditions()?;
        if conditions.is_empty() {
            return Err(RowError { key: None, problem: "a row without a condition would match everything".to_owned() });
        }
        let metadata = Metadata {
            id: self.text("id").unwrap_or_else(|| Cow::Owned(fallback_id())),
            name: self.text("name"),
            source: self.text("source"),
            reference: self.text("reference"),
            severity: self.severity()?,
            category: self.text("category"),
            family: self.text("family"),
            date: self.text("date"),
            attack: self.attack.clone().into(),
            not_after_at_least: None,
        };
        Ok(Indicator { metadata, scope: self.scope()?, alternatives: vec![conditions] })
    }

    fn conditions(&self) -> Result<Vec<Condition>, RowError> {
        let mut conditions = Vec::new();
        let serial = self.get("serial").trim();
        if !serial.is_empty() {
            let serial = SerialBuf::parse_hex(serial).map_err(|error| problem("serial", error.to_string()))?;
            conditions.push(Condition::Serial(serial));
        }
        if let Some(hash) = self.hash("sha1")? {
            conditions.push(Condition::Sha1(hash));
        }
        if let Some(hash) = self.hash("sha256")? {
            conditions.push(Condition::Sha256(hash));
        }
        if let Some(hash) = self.hash("tbs_sha256")? {
            conditions.push(Condition::TbsSha256(hash));
        }
        let names = [
            ("organization", NameField::Organization),
            ("common_name", NameField::CommonName),
            ("subject", NameField::Whole),
        ];
        for (key, field) in names {
            conditions.extend(self.name_test(key, field).map(Condition::Subject));
        }
        conditions.extend(self.name_test("issuer", NameField::Whole).map(Condition::Issuer));
        Ok(conditions)
    }

    /// Names are compared letter for letter, so their blanks are kept.
    fn name_test(&self, key: &str, field: NameField) -> Option<NameTest> {
        let value = self.get(key);
        let value = (!value.trim().is_empty()).then(|| Cow::Owned(value.to_owned()))?;
        Some(NameTest { field, mode: TextMode::Exact, value })
    }

    fn hash<const N: usize>(&self, key: &'static str) -> Result<Option<[u8; N]>, RowError> {
        let text: String = self.get(key).chars().filter(|c| !matches!(c, ':' | ' ')).collect();
        if text.is_empty() {
            return Ok(None);
        }
        let mut hash = [0; N];
        match hex::decode_to_slice(&text, &mut hash) {
            Ok(()) => Ok(Some(hash)),
            Err(hex::FromHexError::InvalidHexCharacter { c, .. }) => {
                Err(problem(key, format!("{c:?} is no hex digit")))
            }
            Err(_) => {
                let digits = N.saturating_mul(2);
                Err(problem(key, format!("{} hex digits where {digits} belong", text.len())))
            }
        }
    }

    fn severity(&self) -> Result<Option<Severity>, RowError> {
        let text = self.get("severity").trim().to_ascii_lowercase();
        if text.is_empty() {
            return Ok(None);
        }
        match Severity::ALL.into_iter().find(|known| known.as_str() == text) {
            Some(severity) => Ok(Some(severity)),
            None => Err(problem("severity", format!("{text:?} is none of informational, low, medium, high, critical"))),
        }
    }

    fn scope(&self) -> Result<Roles, RowError> {
        let mut words = self.get("role").split_whitespace().peekable();
        if words.peek().is_none() {
            return Ok(Roles::SIGNERS);
        }
        let mut scope = Roles::NONE;
        for word in words {
            if word == "any" {
                return Ok(Roles::ANY);
            }
            match Role::ALL.into_iter().find(|role| role.as_str() == word) {
                Some(role) => scope = scope.with(role),
                None => return Err(problem("role", format!("there is no role {word:?}"))),
            }
        }
        Ok(scope)
    }
}

fn problem(key: &'static str, problem: String) -> RowError {
    RowError { key: Some(key), problem: format!("{key}: {problem}") }
}
