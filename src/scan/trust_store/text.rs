//! Trust stores for a person. Everything that came out of a file is escaped.

use std::fmt::{self, Write as _};

use super::baseline::StoreChange;
use super::record::{StoreCertificate, StoreFile};
use crate::indicators::indicator::Severity;
use crate::report::ecs::short_name;
use crate::report::matched::severity_of;
use crate::report::terminal::{Paint, TextStyle, escape};

impl StoreCertificate {
    /// The certificate for a person: how bad it is, who it is, what matches, what is odd. Lines end in `\n`.
    #[must_use]
    pub fn to_text(&self, style: TextStyle) -> String {
        let mut text = String::new();
        // Writing to a String does not fail.
        let _ = self.write_text(&mut text, style);
        text
    }

    fn write_text(&self, out: &mut String, style: TextStyle) -> fmt::Result {
        let path = self.places.first().map(|place| place.path.as_str()).unwrap_or_default();
        let name = escape(short_name(&self.certificate.subject));
        let verdict = match self.worst() {
            Some(severity) => painted(severity, style),
            None => "nothing found".to_owned(),
        };
        writeln!(out, "{}: {verdict}, {name}", escape(path))?;
        if self.worst().is_none_or(|severity| severity < Severity::Low) && !style.verbose {
            return Ok(());
        }
        let facts = &self.certificate;
        let unknown = "?";
        let times = [&facts.not_before, &facts.not_after].map(|time| time.as_deref().unwrap_or(unknown));
        writeln!(out, "  {:<10} {}", "subject", escape(&facts.subject.dn))?;
        writeln!(out, "  {:<10} {}", "serial", facts.serial)?;
        writeln!(out, "  {:<10} {} to {}", "valid", times[0], times[1])?;
        writeln!(out, "  {:<10} {}", "sha256", facts.sha256.as_deref().unwrap_or(unknown))?;
        for place in self.places.iter().skip(1) {
            writeln!(out, "  {:<10} {} ({})", "also in", escape(&place.path), place.place_kind)?;
        }
        for found in &self.matches {
            let how = found.strength.replace('_', " ");
            writeln!(out, "  {:<10} {}, by {how}", "indicator", escape(&found.indicator.id))?;
        }
        for finding in &self.findings {
            writeln!(out, "  {:<10} {} ({})", "odd", escape(&finding.detail), finding.code)?;
        }
        Ok(())
    }
}

impl StoreChange {
    /// The change for a person. Lines end in `\n`.
    #[must_use]
    pub fn to_text(&self, style: TextStyle) -> String {
        let severity = severity_of(&self.severity).unwrap_or(Severity::Low);
        let path = self.paths.first().map(|path| escape(path)).unwrap_or_default();
        let what = self.change.replace('_', " ");
        match &self.certificate {
            Some(one) if self.change != "new_place" => format!("{what}: {}", one.to_text(style)),
            _ => format!("{what}: {path}: {}, {}\n", painted(severity, style), escape(&self.subject)),
        }
    }
}

impl StoreFile {
    /// What is to say about the file, in one line with its end.
    #[must_use]
    pub fn to_text(&self) -> String {
        let error = self.error.iter().map(|error| format!("{}: {}", error.code, escape(&error.detail)));
        let faults = self.faults.iter().map(|fault| format!("{}: {}", fault.code, escape(&fault.detail)));
        let all: Vec<String> = error.chain(faults).collect();
        format!("{}: {}\n", escape(&self.path), all.join("; "))
    }
}

fn painted(severity: Severity, style: TextStyle) -> String {
    let paint = match severity {
        Severity::High | Severity::Critical => Paint::Alarm,
        Severity::Medium => Paint::Warning,
        _ => Paint::Quiet,
    };
    style.paint(paint, &severity.as_str().to_uppercase())
}
