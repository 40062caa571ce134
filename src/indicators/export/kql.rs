//! A hunting query for Microsoft Defender XDR and Microsoft Sentinel, over `DeviceFileCertificateInfo`.
//!
//! The table has of each signer the serial in an unspecified spelling, the SHA-1 of the certificate, and the display names of subject
//! and issuer. Both sides' serials are compared as digits without leading zeros.

use super::alternative::{Alternative, SHORT, TWOFOLD, WEAK, digits, longest};
use super::losses::{Losses, Outcome};
use super::quoting::kql;
use crate::indicators::doubtful_name::is_short_part;
use crate::indicators::hash_value::HashOf;
use crate::indicators::indicator::{Indicator, NameField, NameTest, TextMode};

/// What comes before the rows.
const HEAD: &str = r#"// Certificates of the indicator list on files that were seen. Runs in Microsoft Defender XDR (Timestamp) and in Microsoft Sentinel
// (TimeGenerated). A row's name is asked for only where NameAsked says so; else NameMatches tells whether it fits.
let lookback = 30d;
let indicators = datatable(Indicator:string, Severity:string, Serial:string, Thumbprint:string, SignerTest:string, SignerText:string, IssuerTest:string, IssuerText:string, NameAsked:bool) [
"#;

/// What comes after them.
const TAIL: &str = r#"];
let fits = (test:string, actual:string, expected:string) {
    case(
        test == "exact", actual == expected,
        test == "contains", actual contains_cs expected,
        test == "prefix", actual startswith_cs expected,
        test == "suffix", actual endswith_cs expected,
        test == "exact_any_case", actual =~ expected,
        test == "contains_any_case", actual contains expected,
        test == "prefix_any_case", actual startswith expected,
        test == "suffix_any_case", actual endswith expected,
        true)
};
let certificates = DeviceFileCertificateInfo
    | extend SeenAt = coalesce(column_ifexists("Timestamp", datetime(null)), column_ifexists("TimeGenerated", datetime(null)))
    | where SeenAt > ago(lookback)
    | extend SerialDigits = replace_regex(tolower(CertificateSerialNumber), @"[^0-9a-f]", "")
    | extend SerialKey = iff(SerialDigits matches regex @"^0+$", "0", replace_regex(SerialDigits, @"^0+", ""))
    | extend SignerKey = tolower(SignerHash)
    | extend Every = 1;
union
    (certificates | join kind=inner (indicators | where isnotempty(Serial)) on $left.SerialKey == $right.Serial),
    (certificates | join kind=inner (indicators | where isempty(Serial) and isnotempty(Thumbprint)) on $left.SignerKey == $right.Thumbprint),
    (certificates | join kind=inner (indicators | where isempty(Serial) and isempty(Thumbprint) | extend Every = 1) on Every)
| where isempty(Thumbprint) or SignerKey == Thumbprint
| extend NameMatches = fits(SignerTest, Signer, SignerText) and fits(IssuerTest, Issuer, IssuerText)
| where NameMatches or not(NameAsked)
| summarize arg_max(SeenAt, *) by SHA1, DeviceId, Indicator
| project SeenAt, DeviceName, SHA1, Indicator, Severity, NameMatches, Signer, Issuer, CertificateSerialNumber, SignerHash, SignatureType, IsTrusted
"#;

pub(super) fn write(indicators: &[&Indicator], losses: &mut Losses) -> String {
    let mut rows = Vec::new();
    for indicator in indicators {
        let Some(mut outcome) = Outcome::of_signers(indicator, losses) else { continue };
        for conditions in &indicator.alternatives {
            if let Some(row) = row(indicator, &Alternative::of(conditions), &mut outcome) {
                rows.push(row);
                outcome.write();
            }
        }
        losses.settle(indicator, outcome);
    }
    format!("{HEAD}{}{TAIL}", rows.join(",\n") + if rows.is_empty() { "" } else { "\n" })
}

fn row(indicator: &Indicator, alternative: &Alternative<'_>, outcome: &mut Outcome) -> Option<String> {
    if alternative.is_twofold() {
        outcome.skip(TWOFOLD);
        return None;
    }
    let thumbprint = alternative.hash(HashOf::Certificate, "sha1");
    let serial = alternative.serials.first().copied();
    let is_told_apart = thumbprint.is_some() || serial.is_some_and(|serial| !serial.as_serial().is_weak());
    let signer = longest(&alternative.subjects, is_display_name);
    let issuer = longest(&alternative.issuers, is_display_name);
    if thumbprint.is_none() && serial.is_none() && signer.is_none() {
        outcome.skip("the table has no hash but SHA-1, and of names only the display names of subject and issuer");
        return None;
    }
    if !is_told_apart && serial.is_none() && left_short(alternative, signer) {
        outcome.skip(SHORT);
        return None;
    }
    if !is_told_apart && signer.is_none() && issuer.is_none() {
        outcome.skip(WEAK);
        return None;
    }
    note_left_out(alternative, is_told_apart, outcome);
    if is_told_apart && (signer.is_some() || issuer.is_some()) {
        outcome.weaken("names are shown beside a match by serial or hash, and not asked for");
    } else if !is_told_apart {
        let approximate = |test: &NameTest| test.field != NameField::CommonName;
        if [signer, issuer].into_iter().flatten().any(approximate) {
            outcome.weaken("names are compared with display names, which are normally the common names");
        }
    }
    let (signer_test, signer_text) = test(signer);
    let (issuer_test, issuer_text) = test(issuer);
    let cells = [
        &*indicator.metadata.id,
        indicator.metadata.severity.map_or("", |severity| severity.as_str()),
        &serial.map(digits).unwrap_or_default(),
        &thumbprint.map(ToString::to_string).unwrap_or_default(),
        &signer_test,
        signer_text,
        &issuer_test,
        issuer_text,
    ];
    let cells: Vec<String> = cells.into_iter().map(kql).collect();
    Some(format!("    {}, {}", cells.join(", "), !is_told_apart))
}

/// Tells of the conditions that have no column. What a certificate that is told apart says of itself narrows nothing.
fn note_left_out(alternative: &Alternative<'_>, is_told_apart: bool, outcome: &mut Outcome) {
    if alternative.hashes.iter().any(|(of, value)| (*of, value.algorithm()) != (HashOf::Certificate, "sha1")) {
        outcome.weaken("hashes other than the certificate's SHA-1 are left out, as the table has none");
    }
    if alternative.subjects.len().max(alternative.issuers.len()) > 1 {
        outcome.weaken("of several tests of one name the longest is left");
    }
    let is_other = |test: &&&NameTest| !is_display_name(test);
    if alternative.subjects.iter().chain(&alternative.issuers).any(|test| is_other(&test)) {
        outcome.weaken("tests of parts of a name other than organization and common name are left out");
    }
    if !alternative.programs.is_empty() || !alternative.usages.is_empty() || !alternative.moduli.is_empty() {
        outcome.weaken("program names, usages and keys are left out, as the table has none");
    }
    if (alternative.has_times() || !alternative.algorithms.is_empty()) && !is_told_apart {
        outcome.weaken("validity and signature algorithm are left out");
    }
}

/// Whether a test can be put to a display name.
fn is_display_name(test: &NameTest) -> bool {
    match test.field {
        NameField::CommonName | NameField::Organization => true,
        // A test of the one-line text by its own marks fits no display name.
        NameField::Any | NameField::Whole => !test.value.contains('='),
        _ => false,
    }
}

/// Whether nothing but a short part of the subject would be left, where there was more.
fn left_short(alternative: &Alternative<'_>, signer: Option<&NameTest>) -> bool {
    let conditions = [
        alternative.hashes.len(),
        alternative.usages.len(),
        alternative.moduli.len(),
        alternative.programs.len(),
        alternative.subjects.len(),
    ];
    conditions.iter().fold(0_usize, |sum, count| sum.saturating_add(*count)) > 1 && signer.is_some_and(is_short_part)
}

fn test(test: Option<&NameTest>) -> (String, &str) {
    let Some(test) = test else { return (String::new(), "") };
    let mode = match test.mode {
        TextMode::Exact => "exact",
        TextMode::Contains => "contains",
        TextMode::Prefix => "prefix",
        TextMode::Suffix => "suffix",
    };
    (format!("{mode}{}", if test.ignore_case { "_any_case" } else { "" }), &test.value)
}
