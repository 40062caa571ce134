//! The section `meta` of a rule.

use super::syntax::Rule;
use crate::asn1::time::Time;
use crate::indicators::indicator::{Metadata, Severity, Text};

/// What a rule says about itself. Keys are publishers' own; these are the ones in use.
pub(super) fn read(rule: &Rule<'_>) -> Metadata {
    let mut metadata =
        Metadata { id: rule.name.to_owned().into(), name: Some(rule.name.to_owned().into()), ..Metadata::default() };
    let mut hashes = Vec::new();
    let mut attack: Vec<Text> = Vec::new();
    for meta in &rule.meta {
        let value = meta.value.trim();
        if NULLS.contains(&value) {
            continue;
        }
        let key = meta.key.to_ascii_lowercase();
        let slot = match key.as_str() {
            // Our own: the id before it was made an identifier.
            "indicator" => {
                metadata.id = value.to_owned().into();
                continue;
            }
            "severity" => {
                let severity = value.to_ascii_lowercase();
                metadata.severity = Severity::ALL.into_iter().find(|known| known.as_str() == severity);
                continue;
            }
            "attack" | "mitre_attack" | "mitre_att" | "mitre" | "technique" => {
                attack
                    .extend(value.split([' ', ',', ';']).filter(|id| is_technique(id)).map(|id| id.to_owned().into()));
                continue;
            }
            "not_after_at_least" => {
                metadata.not_after_at_least = value.parse().ok();
                continue;
            }
            "valid_from" | "cert_valid_from" => {
                metadata.valid_from = time(value);
                continue;
            }
            "valid_to" | "cert_valid_to" => {
                metadata.valid_to = time(value);
                continue;
            }
            "abused_from" => {
                metadata.abused_from = time(value);
                continue;
            }
            "revoked_at" => {
                metadata.revoked_at = time(value);
                continue;
            }
            key if is_hash_key(key) => {
                hashes.push(format!("{} {value}", meta.key));
                continue;
            }
            "description" | "desc" => &mut metadata.description,
            "author" | "authors" => &mut metadata.author,
            "source" => &mut metadata.source,
            "date" | "created" | "creation_date" => &mut metadata.date,
            "reference" | "references" | "ref" | "url" | "link" => &mut metadata.reference,
            "family" | "malware" | "malware_family" | "malware_name" | "threat_name" => &mut metadata.family,
            "category" | "malware_type" => &mut metadata.category,
            "license" | "licence" => &mut metadata.license,
            _ => continue,
        };
        match slot {
            // Copies of rules say the same under `Description` and `description`.
            Some(known) if known.eq_ignore_ascii_case(value) => {}
            Some(known) => {
                known.to_mut().push(' ');
                known.to_mut().push_str(value);
            }
            None => *slot = Some(value.to_owned().into()),
        }
    }
    metadata.attack = attack.into();
    // No conditions: publishers name samples and the certificates they saw.
    for hash in hashes {
        match &mut metadata.description {
            Some(known) => {
                known.to_mut().push_str("; ");
                known.to_mut().push_str(&hash);
            }
            None => metadata.description = Some(hash.into()),
        }
    }
    metadata
}

/// `hash`, `hash1`, `reference_hash`, `cert_thumbprint`.
fn is_hash_key(key: &str) -> bool {
    let key = key.strip_prefix("reference_").or_else(|| key.strip_prefix("cert_")).unwrap_or(key);
    let stem = key.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
    matches!(stem, "hash" | "hashes" | "thumbprint" | "md5" | "sha" | "sample")
}

/// `T1553` or `T1553.002`.
fn is_technique(text: &str) -> bool {
    let figures = |text: &str, count| text.len() == count && text.bytes().all(|octet| octet.is_ascii_digit());
    match text.strip_prefix('T').map(|rest| rest.split_once('.').unwrap_or((rest, "000"))) {
        Some((technique, sub)) => figures(technique, 4) && figures(sub, 3),
        None => false,
    }
}

/// A date, `2024-01-02`, or an instant, `2024-01-02T03:04:05Z`.
fn time(text: &str) -> Option<Time> {
    let (date, clock) = text.split_once(['T', ' ']).unwrap_or((text, "00:00:00Z"));
    let clock = clock.strip_suffix('Z').unwrap_or(clock);
    Time::from_calendar(numbers(date, '-')?, numbers(clock, ':')?)
}

fn numbers(text: &str, separator: char) -> Option<[i64; 3]> {
    let mut parts = text.split(separator).map(|part| part.parse().ok());
    let numbers = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(numbers)
}

/// What publishers write where they know nothing.
const NULLS: [&str; 6] = ["", "???", "None", "Not Specified", "Unknown", "N/A"];
