//! Sigma rules over Sysmon's events of loaded drivers and images. Those have the signer's display name and nothing else of his
//! certificate, so a rule is a name and fires on every certificate of that name.

use std::collections::HashSet;
use std::fmt::Write as _;

use super::alternative::{Alternative, SHORT, WEAK};
use super::losses::{Losses, Outcome};
use super::quoting::yaml;
use super::uuid::Uuid;
use crate::indicators::doubtful_name::is_short_part;
use crate::indicators::indicator::{Indicator, NameField, NameTest, Severity, TextMode};

/// Characters of a title (Sigma specification, "Title").
const MAX_TITLE: usize = 256;

pub(super) fn write(indicators: &[&Indicator], losses: &mut Losses) -> String {
    let mut rules = Vec::new();
    for (number, indicator) in indicators.iter().enumerate() {
        let Some(mut outcome) = Outcome::of_signers(indicator, losses) else { continue };
        let mut selections: Vec<Vec<String>> = Vec::new();
        let mut seen = HashSet::new();
        let mut is_weaker = false;
        for conditions in &indicator.alternatives {
            let alternative = Alternative::of(conditions);
            match selection(&alternative) {
                Ok(tests) => {
                    outcome.write();
                    is_weaker |= tests.len() < conditions.len();
                    note_left_out(&alternative, &mut outcome);
                    if seen.insert(tests.clone()) {
                        selections.push(tests);
                    }
                }
                Err(reason) => outcome.skip(reason),
            }
        }
        if !selections.is_empty() {
            rules.extend(
                ["driver_load", "image_load"].map(|category| rule(indicator, number, category, &selections, is_weaker)),
            );
        }
        losses.settle(indicator, outcome);
    }
    rules.join("---\n")
}

/// The tests of the display name, as lines of a selection.
fn selection(alternative: &Alternative<'_>) -> Result<Vec<String>, &'static str> {
    if alternative.is_weak {
        return Err(WEAK);
    }
    let tests: Vec<&NameTest> = alternative.subjects.iter().copied().filter(|test| is_said(test)).collect();
    if tests.is_empty() {
        return Err("Sysmon tells nothing of a certificate but its subject's display name");
    }
    let is_narrowed = tests.len() < alternative.subjects.len()
        || !alternative.serials.is_empty()
        || !alternative.hashes.is_empty()
        || !alternative.moduli.is_empty()
        || !alternative.usages.is_empty()
        || !alternative.issuers.is_empty()
        || !alternative.programs.is_empty();
    if is_narrowed && tests.iter().all(|test| is_short_part(test)) {
        return Err(SHORT);
    }
    Ok(tests.into_iter().map(line).collect())
}

fn is_said(test: &NameTest) -> bool {
    match test.field {
        NameField::CommonName | NameField::Organization => true,
        NameField::Any | NameField::Whole => !test.value.contains('='),
        _ => false,
    }
}

fn line(test: &NameTest) -> String {
    let modifier = match test.mode {
        TextMode::Exact => "",
        TextMode::Contains => "|contains",
        TextMode::Prefix => "|startswith",
        TextMode::Suffix => "|endswith",
    };
    // An asterisk, a question mark and what would make them plain are plain after a backslash.
    let value: String =
        test.value.chars().flat_map(|c| matches!(c, '*' | '?' | '\\').then_some('\\').into_iter().chain([c])).collect();
    format!("Signature{modifier}: {}", yaml(&value))
}

fn note_left_out(alternative: &Alternative<'_>, outcome: &mut Outcome) {
    if !alternative.serials.is_empty() || !alternative.hashes.is_empty() || !alternative.moduli.is_empty() {
        outcome.weaken(
            "Sysmon tells no serial, hash or key of a certificate: the rule fires on every certificate of that name",
        );
    }
    if !alternative.issuers.is_empty() || alternative.subjects.iter().any(|test| !is_said(test)) {
        outcome.weaken(
            "Sysmon tells no issuer and no part of the subject but the display name: tests of others are left out",
        );
    }
    if !alternative.programs.is_empty()
        || !alternative.usages.is_empty()
        || alternative.has_times()
        || !alternative.algorithms.is_empty()
    {
        outcome.weaken("Sysmon tells no program name, usage, validity or algorithm");
    }
    if alternative.subjects.iter().any(|test| !test.ignore_case) {
        outcome.weaken("Sigma sets letter case aside");
    }
}

fn rule(indicator: &Indicator, number: usize, category: &str, selections: &[Vec<String>], is_weaker: bool) -> String {
    let metadata = &indicator.metadata;
    let id = Uuid::of(&format!("sigma {category} {number}"), &metadata.id);
    let title: String = metadata.name.as_ref().unwrap_or(&metadata.id).chars().take(MAX_TITLE).collect();
    let description = metadata
        .description
        .as_deref()
        .unwrap_or("A program or driver whose signer has the name of an abused certificate");
    let mut text =
        format!("title: {}\nid: {id}\nstatus: experimental\ndescription: {}\n", yaml(&title), yaml(description),);
    let mut line = |text_of_line: String| {
        // A String takes everything.
        let _ = writeln!(text, "{text_of_line}");
    };
    if let Some(reference) = &metadata.reference {
        line(format!("references:\n    - {}", yaml(reference)));
    }
    if let Some(author) = metadata.author.as_ref().or(metadata.source.as_ref()) {
        line(format!("author: {}", yaml(author)));
    }
    let tags: Vec<String> = metadata
        .attack
        .iter()
        .filter(|id| is_technique(id))
        .map(|id| format!("    - attack.{}", id.to_ascii_lowercase()))
        .collect();
    if !tags.is_empty() {
        line(format!("tags:\n{}", tags.join("\n")));
    }
    line(format!("logsource:\n    product: windows\n    category: {category}\ndetection:"));
    // A map cannot ask one key twice, so every test is a selection of its own.
    let mut alternatives = Vec::new();
    for (alternative, tests) in (1..).zip(selections) {
        let mut names = Vec::new();
        for (number, test) in (1..).zip(tests) {
            let name = format!("name_{alternative}_{number}");
            line(format!("    {name}:\n        {test}"));
            names.push(name);
        }
        alternatives.push(names.join(" and "));
    }
    line(format!("    condition: {}", alternatives.join(" or ")));
    line("falsepositives:\n    - Other certificates of the same name".to_owned());
    let level = if is_weaker { "low" } else { level(metadata.severity) };
    line(format!("level: {level}"));
    text
}

const fn level(severity: Option<Severity>) -> &'static str {
    match severity {
        Some(severity) => severity.as_str(),
        None => "medium",
    }
}

/// Whether an id is a technique's, such as `T1553.002`, and no text that would end its line.
fn is_technique(id: &str) -> bool {
    id.strip_prefix('T')
        .is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
}
