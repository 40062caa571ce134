//! The indicator list of Microsoft Defender for Endpoint: a CSV of thumbprints (SHA-1) to be blocked.

use std::collections::HashMap;

use super::alternative::{Alternative, NAMES_ALONE, TWOFOLD};
use super::csv::Table;
use super::losses::{Losses, Outcome};
use crate::indicators::formula::cell;
use crate::indicators::hash_value::HashOf;
use crate::indicators::indicator::{Indicator, Severity};

const HEADER: [&str; 12] = [
    "IndicatorType",
    "IndicatorValue",
    "ExpirationTime",
    "Action",
    "Severity",
    "Title",
    "Description",
    "RecommendedActions",
    "RbacGroups",
    "Category",
    "MitreTechniques",
    "GenerateAlert",
];
/// Rows that the portal takes in one file (Microsoft, "Import a list of indicators").
const ROWS_A_FILE: usize = 500;
/// Indicators that a tenant holds (Microsoft, "Create indicators").
const ROWS_A_TENANT: usize = 15_000;

pub(super) fn write(indicators: &[&Indicator], losses: &mut Losses) -> String {
    let mut table = Table::new();
    table.row(HEADER);
    let mut written: HashMap<String, &str> = HashMap::new();
    for indicator in indicators {
        let Some(mut outcome) = Outcome::of_blocked(indicator, losses) else { continue };
        for conditions in &indicator.alternatives {
            let alternative = Alternative::of(conditions);
            if alternative.is_names_alone() {
                outcome.skip(NAMES_ALONE);
                continue;
            }
            let Some(thumbprint) = alternative.hash(HashOf::Certificate, "sha1") else {
                outcome.skip("only certificates' SHA-1 thumbprints can be listed");
                continue;
            };
            if !alternative.programs.is_empty() {
                outcome.skip(
                    "the program's name cannot be asked for, and everything of that certificate would be blocked",
                );
                continue;
            }
            if alternative.is_twofold() {
                outcome.skip(TWOFOLD);
                continue;
            }
            outcome.write();
            let thumbprint = thumbprint.to_string();
            if let Some(earlier) = written.get(&thumbprint) {
                outcome.weaken(format!("the thumbprint {thumbprint} is listed once, under {earlier}"));
                continue;
            }
            if written.len() == ROWS_A_TENANT {
                outcome.weaken(format!(
                    "row {} and those after it are more than the {ROWS_A_TENANT} that a tenant holds",
                    ROWS_A_TENANT.saturating_add(1)
                ));
            } else if written.len() == ROWS_A_FILE {
                outcome.weaken(format!("row {} and those after it belong in further files with the same header, as one takes {ROWS_A_FILE}", ROWS_A_FILE.saturating_add(1)));
            }
            table.row(row(indicator, &thumbprint));
            written.insert(thumbprint, &indicator.metadata.id);
        }
        losses.settle(indicator, outcome);
    }
    table.into_text()
}

fn row(indicator: &Indicator, thumbprint: &str) -> [String; 12] {
    let metadata = &indicator.metadata;
    let severity = match metadata.severity {
        None | Some(Severity::Medium) => "Medium",
        Some(Severity::Informational) => "Informational",
        Some(Severity::Low) => "Low",
        Some(Severity::High | Severity::Critical) => "High",
    };
    let description = [&metadata.description, &metadata.family, &metadata.source, &metadata.reference];
    let description: Vec<&str> = description.into_iter().flatten().map(AsRef::as_ref).collect();
    let description = if description.is_empty() { "abused certificate".to_owned() } else { description.join("; ") };
    [
        "CertificateThumbprint".to_owned(),
        thumbprint.to_owned(),
        String::new(),
        "Block".to_owned(),
        severity.to_owned(),
        cell(metadata.name.as_ref().unwrap_or(&metadata.id)),
        cell(&description),
        String::new(),
        String::new(),
        "Malware".to_owned(),
        cell(&metadata.attack.join(",")),
        "TRUE".to_owned(),
    ]
}
