//! The CSV that Microsoft Defender for Endpoint imports and exports indicators with.

use super::delimited::{Record, Table};
use super::fact::{ABUSED, CODE_SIGNING, hash, note, owned, read_hash};
use super::reading::{Fault, Place, Reading};
use super::{Format, Import};
use crate::bytes::to_u64;
use crate::indicators::cause::Cause;
use crate::indicators::hash_value::HashOf;
use crate::indicators::indicator::{Indicator, Metadata, Severity, Text};
use crate::indicators::role::Roles;

pub(super) fn recognises(text: &str) -> bool {
    table(text).is_some()
}

fn table(text: &str) -> Option<Table<'_>> {
    Table::new(text).filter(|table| table.has("IndicatorType") && table.has("IndicatorValue"))
}

pub(super) fn read(file: &str, text: &str) -> Import {
    let mut reading = Reading::new(file, Format::DefenderCsv);
    let Some(table) = table(text) else { return reading.done() };
    table.read_rows(&mut reading, |reading, record| {
        let row = Row { columns: &table.columns, record };
        match row.refusal() {
            Some(reason) => reading.refuse(Place::line(record.line), reason),
            None => {
                if let Some(indicator) = reading.survive(row.indicator()) {
                    reading.take(record.line, indicator);
                }
            }
        }
    });
    reading.done()
}

struct Row<'a> {
    columns: &'a [String],
    record: &'a Record,
}

impl Row<'_> {
    fn index(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|known| known == column)
    }

    fn text(&self, column: &str) -> &str {
        self.index(column).and_then(|index| self.record.fields.get(index)).map_or("", |field| field.trim())
    }

    fn fault(&self, column: &str, problem: impl Into<String>) -> Fault {
        let place = match self.index(column) {
            Some(index) => Place::at(self.record.line, to_u64(index).saturating_add(1)),
            None => Place::line(self.record.line),
        };
        Fault::new(place, problem)
    }

    /// Why the row is no indicator here.
    fn refusal(&self) -> Option<String> {
        let (kind, action) = (self.text("IndicatorType"), self.text("Action"));
        if !kind.is_empty() && !kind.eq_ignore_ascii_case("CertificateThumbprint") {
            return Some(format!("{kind} names no certificate"));
        }
        let allows = action.eq_ignore_ascii_case("Allow") || action.eq_ignore_ascii_case("Allowed");
        allows.then(|| format!("the action {action}: a certificate that is not to be found"))
    }

    fn indicator(&self) -> Result<Indicator, Fault> {
        let kind = self.text("IndicatorType");
        if kind.is_empty() {
            return Err(self.fault("IndicatorType", "IndicatorType is empty"));
        }
        let text = self.text("IndicatorValue");
        let value =
            read_hash(text).map_err(|problem| self.fault("IndicatorValue", format!("IndicatorValue: {problem}")))?;
        let mut metadata = Metadata {
            id: format!("defender:{value}").into(),
            name: owned(self.text("Title")),
            source: Some("Microsoft Defender indicators".into()),
            severity: Some(self.severity()?),
            category: owned(self.text("Category")).or(Some(ABUSED)),
            attack: self.techniques().into(),
            description: self.description(),
            ..Metadata::default()
        };
        if value.algorithm() != "sha1" {
            note(&mut metadata, Cause::MisplacedHash, text.to_owned());
        }
        Ok(Indicator { metadata, scope: Roles::SIGNERS, alternatives: vec![vec![hash(HashOf::Certificate, value)]] })
    }

    fn severity(&self) -> Result<Severity, Fault> {
        let text = self.text("Severity");
        match text.to_ascii_lowercase().as_str() {
            "" => Ok(Severity::High),
            name => Severity::ALL
                .into_iter()
                .find(|known| known.as_str() == name)
                .ok_or_else(|| self.fault("Severity", format!("there is no severity {text:?}"))),
        }
    }

    fn techniques(&self) -> Vec<Text> {
        let named = self.text("MitreTechniques").split([',', ';', ' ', '[', ']', '"']).filter_map(owned);
        let named: Vec<Text> = named.collect();
        if named.is_empty() { vec![CODE_SIGNING] } else { named }
    }

    fn description(&self) -> Option<Text> {
        const TOLD: [(&str, &str); 3] =
            [("Action", "action"), ("ExpirationTime", "expires"), ("RecommendedActions", "recommended")];
        let further = TOLD.iter().map(|(column, word)| (word, self.text(column))).filter(|(_, text)| !text.is_empty());
        let further = further.map(|(word, text)| format!("{word}: {text}"));
        let parts: Vec<String> =
            owned(self.text("Description")).map(Text::into_owned).into_iter().chain(further).collect();
        owned(&parts.join("; "))
    }
}
