//! A [`Report`] as text for a person at a terminal. Everything that came out of the file is escaped.

use std::collections::HashSet;
use std::fmt::{self, Write as _};

use super::terminal::{Paint, TextStyle, escape, shown, wrapped};
use super::{
    CertificateRecord, ContextRecord, FaultRecord, FieldRecord, MatchRecord, Report, SignatureRecord, SignerIdRecord,
    Status, TimestampVerificationRecord, VerificationRecord,
};
use crate::error::ErrorKind;

impl Report {
    /// The report for a person: the matches first, then who signed, then what is wrong with the file. Lines end in `\n`.
    #[must_use]
    pub fn to_text(&self, style: TextStyle) -> String {
        let mut text = String::new();
        // Writing to a String does not fail.
        let _ = self.write_text(&mut text, style);
        text
    }

    fn write_text(&self, out: &mut String, style: TextStyle) -> fmt::Result {
        let path = escape(&self.input.shown());
        if self.matches.is_empty() {
            writeln!(out, "{path}: {}", self.verdict(style))?;
        } else {
            let alarm = if self.has_strong_match() { Paint::Alarm } else { Paint::Warning };
            let word = match () {
                () if self.has_strong_match() => "MATCH",
                () if self.matches.iter().all(MatchRecord::is_suppressed) => "match, suppressed by its context",
                () => "name match, weak",
            };
            writeln!(out, "{path}: {}", style.paint(alarm, word))?;
            for found in &self.matches {
                write_match(out, found, style)?;
            }
        }
        if self.matches.is_empty() && !style.verbose {
            return Ok(());
        }
        if self.status == Status::Certificates {
            let count = plural_usize(self.certificates.len(), "certificate");
            // Those of a signature in XML, which is not read.
            let is_signed = self.certificates.iter().any(|one| one.roles.iter().any(|role| role == "signer"));
            let what = if is_signed { "of a signature in XML, not verified" } else { "and signs nothing" };
            writeln!(out, "  {:<11}{count}, {what}", "holds")?;
        } else {
            for signature in &self.signatures {
                self.write_signature(out, signature)?;
            }
        }
        self.write_carved(out, style)?;
        for unsigned in &self.unsigned_bytes {
            let place = match unsigned.kind.as_str() {
                "entry_trailer" => "behind a signature",
                "between_entries" => "in the certificate table",
                "opaque_entry" => "in an entry that holds no signature",
                "after_table" => "behind the certificate table",
                "unknown_attribute" => "in an unknown attribute",
                // What signers leave there is worth no line here.
                _ => continue,
            };
            let bytes = plural(unsigned.length, "unsigned byte");
            writeln!(out, "  {:<11}{bytes} {place}, at {:#x}", "unsigned", unsigned.offset)?;
        }
        write_faults(out, &self.faults, style)
    }

    fn write_carved(&self, out: &mut String, style: TextStyle) -> fmt::Result {
        const MOST: usize = 5;
        let carved = self.carved.as_deref().unwrap_or_default();
        let most = if style.verbose { carved.len() } else { MOST };
        for one in carved.iter().take(most) {
            let Some(certificate) = self.certificates.get(one.certificate) else { continue };
            writeln!(out, "  {:<11}{}, at {:#x}", "carved", display_name(certificate), one.offset)?;
            writeln!(out, "  {:<11}serial {}", "", shown(&certificate.serial))?;
        }
        let more = carved.len().saturating_sub(most);
        if more > 0 {
            writeln!(out, "  {:<11}and {more} more", "")?;
        }
        Ok(())
    }

    /// One line for a file without a match.
    fn verdict(&self, style: TextStyle) -> String {
        let painted = |paint, text: &str| style.paint(paint, text);
        let mut text = match self.status {
            Status::Signed => self.signed(style),
            Status::CatalogSigned => {
                let path = self.catalog.as_ref().map(|catalog| escape(&catalog.path)).unwrap_or_default();
                format!("{}, in the catalog {path}", self.signed(style))
            }
            Status::NoSignature => painted(Paint::Quiet, "no embedded signature"),
            Status::Certificates => painted(Paint::Quiet, &plural_usize(self.certificates.len(), "certificate")),
            Status::Unrecognized => painted(Paint::Quiet, "not a format that is read here"),
            Status::Malformed => painted(Paint::Warning, "malformed"),
            Status::Error => painted(Paint::Warning, "error"),
        };
        if let Some(error) = &self.error {
            let _ = write!(text, ": {}", escape(&error.detail));
        } else if !self.faults.is_empty() && !style.verbose {
            let _ = write!(text, ", {}", plural_usize(self.faults.len(), "fault"));
        }
        if let Some(count) = self.carved.as_ref().map(Vec::len).filter(|count| *count > 0) {
            let _ = write!(text, ", {} carved", plural_usize(count, "certificate"));
        }
        if self.faults.iter().any(|fault| fault.code == "limit-reached") {
            let _ = write!(text, ", {}", painted(Paint::Warning, "not read to its end"));
        }
        let is_other = |signature: &SignatureRecord| self.is_for_this_file(signature) == Some(false);
        if self.signatures.iter().any(|signature| signature.verification.is_none() && is_other(signature)) {
            let _ = write!(text, ", {}", painted(Paint::Warning, "not the file that was signed"));
        }
        text
    }

    /// Who signed, and what is known of that.
    fn signed(&self, style: TextStyle) -> String {
        let names = self.signer_names(style);
        if self.signatures.iter().any(|signature| signature.verification.is_some()) {
            return format!("signed by {names}");
        }
        format!("{} by {names}, not verified", style.paint(Paint::Good, "signed"))
    }

    /// Whether the digest that a signature claims is the file's, and covers what is loaded of it.
    fn is_for_this_file(&self, signature: &SignatureRecord) -> Option<bool> {
        let covers = !self.faults.iter().any(|fault| fault.code == ErrorKind::TableOverImage.code());
        signature.digest_match.map(|is_equal| is_equal && covers)
    }

    /// Everybody who signed, by every SignerInfo of every signature.
    fn signer_names(&self, style: TextStyle) -> String {
        let mut names: Vec<String> = Vec::new();
        for signature in &self.signatures {
            let claims = claims(signature);
            if claims.is_empty() {
                names.push("nobody who can be read".to_owned());
            }
            names.extend(claims.iter().map(|claim| self.claimed_names(claim) + &claim.outcome(style)));
        }
        let mut told = HashSet::new();
        names.retain(|name| told.insert(name.clone()));
        some_of(&names, "; ", "; and ")
    }

    /// The names of all certificates that fit what a SignerInfo names.
    fn claimed_names(&self, claim: &Claim<'_>) -> String {
        if let Some(certificate) = self.proven(claim) {
            return display_name(certificate);
        }
        let mut names: Vec<String> = Vec::new();
        for certificate in self.candidates(claim) {
            let name = display_name(certificate);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        match names.as_slice() {
            [] => "a certificate that is not in the file".to_owned(),
            names => some_of(names, " or ", " or "),
        }
    }

    /// The certificate whose key made the signature, where that was checked.
    fn proven(&self, claim: &Claim<'_>) -> Option<&CertificateRecord> {
        let verification = claim.verification.filter(|verification| verification.signature_valid == Some(true))?;
        self.certificates.get(verification.certificate?)
    }

    fn candidates<'r>(&'r self, claim: &Claim<'r>) -> impl Iterator<Item = &'r CertificateRecord> {
        claim.candidates.iter().filter_map(|index| self.certificates.get(*index))
    }

    fn write_signature(&self, out: &mut String, signature: &SignatureRecord) -> fmt::Result {
        let indent = "  ".repeat(signature.level.saturating_add(1).min(8));
        let nested = if signature.level > 0 { "nested, by" } else { "signed by" };
        let claims = claims(signature);
        if let Some(catalog) = self.catalog.as_ref().filter(|_| signature.level == 0) {
            writeln!(out, "{indent}{:<11}{}", "catalog", escape(&catalog.path))?;
        }
        for (claim, label) in claims.iter().zip(std::iter::once(nested).chain(std::iter::repeat("and by"))) {
            self.write_claim(out, claim, &indent, label)?;
        }
        if claims.is_empty() {
            writeln!(out, "{indent}{nested:<11}nobody: there is no readable SignerInfo")?;
        }
        match self.is_for_this_file(signature).filter(|_| signature.verification.is_none()) {
            Some(true) => writeln!(out, "{indent}{:<11}for this file, by its digest", "")?,
            Some(false) => writeln!(out, "{indent}{:<11}for another file, by its digest", "")?,
            None => {}
        }
        let verified = claims.iter().filter_map(|claim| claim.verification).flat_map(|facts| &facts.timestamps);
        let outcomes = verified.map(TimestampVerificationRecord::outcome).chain(std::iter::repeat("not verified"));
        for (timestamp, outcome) in signature.timestamps.iter().zip(outcomes) {
            let time = timestamp.time.as_deref().unwrap_or("at an unreadable time");
            writeln!(out, "{indent}{:<11}stamped {time} ({}, {outcome})", "", timestamp.kind)?;
        }
        Ok(())
    }

    fn write_claim(&self, out: &mut String, claim: &Claim<'_>, indent: &str, label: &str) -> fmt::Result {
        /// Where most terminals end.
        const COLUMNS: usize = 80;
        let mut is_absent = true;
        for (certificate, label) in self.candidates(claim).zip(std::iter::once(label).chain(std::iter::repeat("or by")))
        {
            is_absent = false;
            writeln!(out, "{indent}{label:<11}{}", display_name(certificate))?;
            writeln!(out, "{indent}{:<11}serial {}", "", shown(&certificate.serial))?;
            writeln!(out, "{indent}{:<11}issued by {}", "", issuer_name(certificate))?;
        }
        if is_absent {
            let id = claim.id;
            let serial = id.and_then(|id| id.serial.as_deref().or(id.key_id.as_deref())).unwrap_or_default();
            let issuer = id.and_then(|id| id.issuer.as_deref()).unwrap_or("?");
            writeln!(out, "{indent}{label:<11}a certificate that is not in the file")?;
            writeln!(out, "{indent}{:<11}serial {}", "", shown(serial))?;
            writeln!(out, "{indent}{:<11}issued by {}", "", shown(issuer))?;
        }
        if let Some(verification) = claim.verification {
            let columns = COLUMNS.saturating_sub(indent.len().saturating_add(11));
            for line in wrapped(&escape(&verification.summary), columns) {
                writeln!(out, "{indent}{:<11}{line}", "")?;
            }
        }
        Ok(())
    }
}

/// What one SignerInfo says about its signer.
struct Claim<'r> {
    candidates: &'r [usize],
    id: Option<&'r SignerIdRecord>,
    verification: Option<&'r VerificationRecord>,
}

impl Claim<'_> {
    /// What was verified, in brackets; nothing where nothing was.
    fn outcome(&self, style: TextStyle) -> String {
        let Some(verification) = self.verification else { return String::new() };
        let (paint, words) = verification.outcome();
        format!(" ({})", style.paint(paint, &words))
    }
}

/// What every SignerInfo of a signature says.
fn claims(signature: &SignatureRecord) -> Vec<Claim<'_>> {
    let first = Claim {
        candidates: &signature.candidates,
        id: signature.signer_id.as_ref(),
        verification: signature.verification.as_ref(),
    };
    let first = Some(first).filter(|claim| claim.id.is_some());
    let further = signature.additional_signers.iter();
    let further = further.map(|signer| Claim {
        candidates: &signer.candidates,
        id: signer.signer_id.as_ref(),
        verification: signer.verification.as_ref(),
    });
    first.into_iter().chain(further).collect()
}

fn write_match(out: &mut String, found: &MatchRecord, style: TextStyle) -> fmt::Result {
    let indicator = &found.indicator;
    let id = escape(&indicator.id);
    writeln!(out, "  {}", style.paint(Paint::Alarm, &id))?;
    let parts = [&found.severity, &indicator.family, &indicator.source, &indicator.date];
    let about: Vec<String> = parts.into_iter().flatten().map(|part| escape(part)).collect();
    if !about.is_empty() {
        writeln!(out, "    {}", about.join(", "))?;
    }
    if let Some(reference) = &indicator.reference {
        writeln!(out, "    {}", style.paint(Paint::Quiet, &escape(reference)))?;
    }
    for field in &found.fields {
        write_field(out, field, "is")?;
    }
    for field in &found.unmatched {
        write_field(out, field, "is not")?;
    }
    if found.timing.as_deref() == Some("historical") {
        writeln!(out, "    {:<13}before the certificate was abused, a timestamp says", "signed")?;
    }
    let strength = found.strength.replace('_', " ");
    writeln!(out, "    {:<13}{} ({}), by {strength}", "found at", found.position, found.role.replace('_', " "))?;
    if let Some(meaning) = found.meaning() {
        writeln!(out, "    {:<13}{meaning}", "signature")?;
    }
    found.context.as_ref().map_or(Ok(()), |context| write_context(out, context))
}

fn write_context(out: &mut String, context: &ContextRecord) -> fmt::Result {
    match context.action.as_str() {
        "lower" => writeln!(out, "    {:<13}lowers the severity", "context")?,
        "suppress" => writeln!(out, "    {:<13}suppresses this match", "context")?,
        _ => {}
    }
    for filter in &context.filters {
        let value = filter.value.as_deref().map_or_else(|| "absent".to_owned(), shown);
        let field = shown(filter.field.as_deref().unwrap_or("always"));
        writeln!(out, "    {:<13}{}: {field} is {value}", "context", shown(&filter.id))?;
    }
    Ok(())
}

fn write_field(out: &mut String, field: &FieldRecord, relation: &str) -> fmt::Result {
    let actual = shown(field.actual.as_deref().unwrap_or("absent"));
    let label = field.field.replace('_', " ");
    match (relation, field.compare.as_str()) {
        ("is", "exact" | "canonical") => writeln!(out, "    {label:<12} {actual}"),
        ("is", compare) => {
            let how = compare.replace('_', " ");
            writeln!(out, "    {label:<12} {actual}\n    {:<13}{how}: {}", "", escape(&field.expected))
        }
        _ => writeln!(out, "    {label:<12} {actual}\n    {:<13}differs: {}", "", escape(&field.expected)),
    }
}

fn write_faults(out: &mut String, faults: &[FaultRecord], style: TextStyle) -> fmt::Result {
    const MOST: usize = 5;
    let shown = if style.verbose { faults.len() } else { MOST };
    for fault in faults.iter().take(shown) {
        writeln!(out, "  {}{}", style.paint(Paint::Warning, "fault      "), escape(&fault.detail))?;
    }
    let more = faults.len().saturating_sub(shown);
    if more > 0 {
        writeln!(out, "  {:<11}and {more} more", "")?;
    }
    Ok(())
}

/// As many names as fit on a line, and how many more there are.
fn some_of(names: &[String], separator: &str, before_more: &str) -> String {
    const MOST: usize = 4;
    let mut text = names.iter().take(MOST).map(String::as_str).collect::<Vec<_>>().join(separator);
    let more = names.len().saturating_sub(MOST);
    if more > 0 {
        let _ = write!(text, "{before_more}{more} more");
    }
    text
}

/// What a person calls a certificate: its organization, else its common name, else its whole subject.
pub(crate) fn display_name(certificate: &CertificateRecord) -> String {
    let subject = &certificate.subject;
    let name = subject.organization.first().or(subject.common_name.first()).unwrap_or(&subject.dn);
    shown(name)
}

fn issuer_name(certificate: &CertificateRecord) -> String {
    let issuer = &certificate.issuer;
    shown(issuer.common_name.first().or(issuer.organization.first()).unwrap_or(&issuer.dn))
}

fn plural(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

fn plural_usize(count: usize, noun: &str) -> String {
    plural(crate::bytes::to_u64(count), noun)
}
