//! ClamAV's .crb: certificates by the SHA-1 of their subject and serial and by their RSA modulus.

use super::delimited::{Record, Records, first_rows};
use super::fact::{ABUSED, CODE_SIGNING, hash, owned, read_hash, read_modulus};
use super::reading::{Fault, Place, Reading};
use super::{Format, Import};
use crate::asn1::time::Time;
use crate::bytes::to_u64;
use crate::indicators::hash_value::{HashOf, HashValue};
use crate::indicators::indicator::{Condition, Indicator, Metadata, Severity};
use crate::indicators::role::{Role, Roles};

/// `Name;Trusted;Subject;Serial;Pubkey;Exponent;CodeSign;TimeSign;CertSign;NotBefore;Comment`, then perhaps two functionality levels.
const MIN_FIELDS: usize = 11;
const MAX_FIELDS: usize = 13;

pub(super) fn recognises(text: &str) -> bool {
    first_rows(text).any(|line| {
        let fields: Vec<&str> = line.split(';').map(str::trim).take(MAX_FIELDS).collect();
        let flags = [1, 6, 7, 8].map(|index| fields.get(index).copied());
        fields.len() >= MIN_FIELDS && flags.iter().all(|flag| matches!(flag, Some("0" | "1")))
    })
}

pub(super) fn read(file: &str, text: &str) -> Import {
    let mut reading = Reading::new(file, Format::ClamAvCrb);
    for record in Records::of_lines(text, ';') {
        let Some(record) = reading.survive(record) else { continue };
        let row = Row(&record);
        match row.text(1) {
            "1" => {
                let reason = format!("{} is trusted, not blocked", row.text(0));
                reading.refuse(Place::line(record.line), reason);
            }
            _ => match row.indicator() {
                Ok(indicator) => reading.take(record.line, indicator),
                Err(fault) => reading.fail_all(vec![fault]),
            },
        }
    }
    reading.done()
}

struct Row<'a>(&'a Record);

impl Row<'_> {
    fn text(&self, index: usize) -> &str {
        self.0.fields.get(index).map_or("", |field| field.trim())
    }

    fn fault(&self, index: usize, problem: impl Into<String>) -> Fault {
        Fault::new(Place::at(self.0.line, to_u64(index).saturating_add(1)), problem)
    }

    fn indicator(&self) -> Result<Indicator, Fault> {
        let count = self.0.fields.len();
        if !(MIN_FIELDS..=MAX_FIELDS).contains(&count) {
            let problem = format!("{count} fields where {MIN_FIELDS} to {MAX_FIELDS} belong");
            return Err(Fault::new(Place::line(self.0.line), problem));
        }
        if self.text(1) != "0" {
            return Err(self.fault(1, format!("Trusted is {:?}, neither 0 nor 1", self.text(1))));
        }
        let subject = self.sha1(2, "Subject")?.ok_or_else(|| self.fault(2, "Subject is empty"))?;
        let serial = self.sha1(3, "Serial")?;
        let modulus = read_modulus(self.text(4)).map_err(|problem| self.fault(4, format!("Pubkey: {problem}")))?;
        let conditions = std::iter::once(hash(HashOf::Subject, subject))
            .chain(serial.map(|serial| hash(HashOf::Serial, serial)))
            .chain([Condition::RsaModulus(modulus)]);
        let metadata = Metadata {
            id: format!("clamav:{}", self.text(0)).into(),
            name: owned(self.text(0)),
            source: Some("ClamAV".into()),
            severity: Some(Severity::High),
            category: Some(ABUSED),
            attack: vec![CODE_SIGNING].into(),
            description: owned(self.text(10)),
            valid_from: self.not_before()?,
            ..Metadata::default()
        };
        Ok(Indicator { metadata, scope: self.scope()?, alternatives: vec![conditions.collect()] })
    }

    fn sha1(&self, index: usize, name: &str) -> Result<Option<HashValue>, Fault> {
        let text = self.text(index);
        if text.is_empty() {
            return Ok(None);
        }
        let value = read_hash(text).map_err(|problem| self.fault(index, format!("{name}: {problem}")))?;
        if value.algorithm() != "sha1" {
            return Err(self.fault(index, format!("{name}: {} where SHA-1 belongs", value.algorithm())));
        }
        Ok(Some(value))
    }

    /// What the certificate may be used for, in ClamAV's eyes; with no flag at all, anything.
    fn scope(&self) -> Result<Roles, Fault> {
        const TIMESTAMPS: Roles = Roles::NONE.with(Role::TimestampSigner).with(Role::TimestampChain);
        let flags = [
            (6, "CodeSign", Roles::SIGNERS),
            (7, "TimeSign", TIMESTAMPS),
            (8, "CertSign", Roles::NONE.with(Role::Chain)),
        ];
        let mut scope = Roles::NONE;
        for (index, name, roles) in flags {
            match self.text(index) {
                "0" | "" => {}
                "1" => scope = scope.union(roles),
                other => return Err(self.fault(index, format!("{name} is {other:?}, neither 0 nor 1"))),
            }
        }
        Ok(if scope == Roles::NONE { Roles::ANY } else { scope })
    }

    /// Seconds since 1970; 0 says nothing.
    fn not_before(&self) -> Result<Option<Time>, Fault> {
        let text = self.text(9);
        if text.is_empty() {
            return Ok(None);
        }
        let seconds = text.parse::<u32>().map_err(|error| self.fault(9, format!("NotBefore: {error}")))?;
        Ok((seconds != 0).then(|| Time::from_unix(i64::from(seconds))))
    }
}
