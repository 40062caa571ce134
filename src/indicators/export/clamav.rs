//! ClamAV's certificate blocklist, `.crb`: a line of fields with semicolons between them.

use std::collections::HashMap;

use sha1::{Digest, Sha1};

use super::alternative::{Alternative, NAMES_ALONE, TWOFOLD, positive};
use super::losses::{Losses, Outcome};
use crate::indicators::hash_value::HashOf;
use crate::indicators::indicator::Indicator;
use crate::x509::serial::SerialBuf;

pub(super) fn write(indicators: &[&Indicator], losses: &mut Losses) -> String {
    let mut text = String::new();
    let mut names = HashMap::new();
    for indicator in indicators {
        let Some(mut outcome) = Outcome::of_blocked(indicator, losses) else { continue };
        for conditions in &indicator.alternatives {
            let alternative = Alternative::of(conditions);
            match key(&alternative) {
                Ok((subject, modulus)) => {
                    outcome.weaken("ClamAV blocks on any embedded certificate, whoever signed");
                    let serials = serials(&alternative);
                    if serials.is_empty() {
                        outcome.weaken("without a serial every renewal of the certificate for the same key is blocked");
                    }
                    let serials = if serials.is_empty() { vec![String::new()] } else { serials };
                    for serial in serials {
                        let name = unique_name(&indicator.metadata.id, &mut names);
                        let comment = plain(indicator.metadata.name.as_deref().unwrap_or_default());
                        // Trusted, …, exponent 65537, for code, not for times, not an authority, NotBefore not asked.
                        text.push_str(&format!("{name};0;{subject};{serial};{modulus};010001;1;0;0;0;{comment}\n"));
                    }
                    outcome.write();
                }
                Err(reason) => outcome.skip(reason),
            }
        }
        losses.settle(indicator, outcome);
    }
    text
}

/// What ClamAV looks a certificate up by: the SHA-1 of its subject, and its RSA modulus.
fn key(alternative: &Alternative<'_>) -> Result<(String, String), &'static str> {
    if alternative.is_names_alone() {
        return Err(NAMES_ALONE);
    }
    let subject =
        alternative.hash(HashOf::Subject, "sha1").ok_or("it has no SHA-1 of the subject, by which ClamAV looks up")?;
    let [modulus] = alternative.moduli.as_slice() else {
        return Err("it has no RSA modulus, by which ClamAV looks up");
    };
    if !alternative.programs.is_empty() {
        return Err("the program's name cannot be asked for, and everything of that certificate would be blocked");
    }
    if alternative.is_twofold() {
        return Err(TWOFOLD);
    }
    Ok((subject.to_string(), hex::encode(modulus)))
}

/// The SHA-1 of the serial; of one that may have lost its sign octet, that with and that without it.
fn serials(alternative: &Alternative<'_>) -> Vec<String> {
    if let Some(hash) = alternative.hash(HashOf::Serial, "sha1") {
        return vec![hash.to_string()];
    }
    let hash = |octets: &[u8]| hex::encode(Sha1::digest(octets));
    let of = |serial: &&SerialBuf| {
        let written = serial.as_serial().as_bytes();
        let positive = positive(serial);
        let has_lost_sign = written.first().is_some_and(|first| first & 0x80 != 0);
        let mut hashes = vec![hash(&positive)];
        hashes.extend(has_lost_sign.then(|| hash(written)));
        hashes
    };
    alternative.serials.first().map(of).unwrap_or_default()
}

/// A signature name of the characters that ClamAV's own have, used once; `names` has the next number of each.
fn unique_name(id: &str, names: &mut HashMap<String, u64>) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let id: String = id.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    let base = format!("Certsift.{id}");
    let mut next = names.get(&base).copied().unwrap_or(1);
    loop {
        let name = if next == 1 { base.clone() } else { format!("{base}.{next}") };
        next = next.saturating_add(1);
        if name == base || !names.contains_key(&name) {
            names.insert(base, next);
            names.entry(name.clone()).or_insert(2);
            return name;
        }
    }
}

/// A comment that ends neither its field nor its line.
fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c == ';' || c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c })
        .collect()
}
