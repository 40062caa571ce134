//! certsift beside YARA-X, in one run: the built-in indicators as exported rules, and a signed image made for every alternative of each.
//!
//!     cargo run --release --manifest-path benches/peers/Cargo.toml
//!
//! Prints how many rules compile, how many images each engine names the right rule for, and what an image costs.

#![expect(clippy::unwrap_used, reason = "a bench that cannot run has nothing to say")]

#[path = "../../../tests/support/mod.rs"]
mod support;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use certsift::{
    Condition, ExportFormat, Indicator, IndicatorTable, NameField, NameTest, SignedFile, TextMode, export_indicators,
};
use support::cms::{Certificate, attribute, certificate, content_type, message, name, signer_info};
use support::der::{OCTET_STRING, UTF8, tlv};
use support::pe::{entry, image};
use yara_x::{Compiler, Scanner};

/// An image that one alternative of an indicator is about, and one that differs from it in a digit of the serial or a letter.
struct Sample {
    id: String,
    image: Vec<u8>,
    near_miss: Vec<u8>,
}

fn main() {
    let table = IndicatorTable::builtin();
    let indicators: Vec<Indicator> = table.indicators().collect();
    let export = export_indicators(ExportFormat::Yara, &indicators);
    let start = Instant::now();
    let mut compiler = Compiler::new();
    compiler.add_source(export.text.as_str()).unwrap();
    let rules = compiler.build();
    println!(
        "{} indicators exported as {} rules with {} losses; YARA-X compiles them in {:.2} s without an error",
        indicators.len(),
        rules.iter().count(),
        export.losses.len(),
        start.elapsed().as_secs_f64(),
    );
    let samples: Vec<Sample> = indicators.iter().flat_map(samples).collect();
    let mut scanner = Scanner::new(&rules);
    let mut times = [Duration::ZERO; 2];
    let mut right = [0; 2];
    let mut wrong = [0; 2];
    for sample in &samples {
        let start = Instant::now();
        let by_rules = fired(&mut scanner, &sample.image);
        times[0] += start.elapsed();
        let start = Instant::now();
        let by_table = matched(&table, &sample.image);
        times[1] += start.elapsed();
        for (engine, found) in [&by_rules, &by_table].into_iter().enumerate() {
            let is_right = found.contains(&sample.id);
            right[engine] += usize::from(is_right);
            if !is_right {
                eprintln!("{}: not found by {}", sample.id, ["YARA-X", "certsift"][engine]);
            }
        }
        let near = [fired(&mut scanner, &sample.near_miss), matched(&table, &sample.near_miss)];
        for (engine, found) in near.iter().enumerate() {
            wrong[engine] += usize::from(found.contains(&sample.id));
        }
    }
    println!("| engine | images named right | near misses named | ns an image | ratio |\n|---|---|---|---|---|");
    for (engine, name) in ["YARA-X, exported rules", "certsift, built-in table"].into_iter().enumerate() {
        let each = times[engine].as_nanos() / u128::try_from(samples.len()).unwrap();
        let ratio = times[engine].as_secs_f64() / times[1].as_secs_f64();
        println!("| {name} | {} of {} | {} | {each} | {ratio:.1} |", right[engine], samples.len(), wrong[engine]);
    }
    assert_eq!((right, wrong), ([samples.len(); 2], [0; 2]));
}

fn fired(scanner: &mut Scanner<'_>, image: &[u8]) -> BTreeSet<String> {
    let results = scanner.scan(image).unwrap();
    let of = |rule: yara_x::Rule<'_, '_>| {
        let id = rule.metadata().find(|(key, _)| *key == "indicator").map(|(_, value)| value);
        match id {
            Some(yara_x::MetaValue::String(id)) => id.to_owned(),
            _ => rule.identifier().to_owned(),
        }
    };
    results.matching_rules().map(of).collect()
}

fn matched(table: &IndicatorTable, image: &[u8]) -> BTreeSet<String> {
    let file = SignedFile::parse(image).unwrap();
    let found = file.candidates(table.needs()).flat_map(|(_, candidate)| table.matches(&candidate));
    found.map(|found| found.indicator.metadata.id.to_string()).collect()
}

/// An image for each alternative that is not a hash, which no image can be made for.
fn samples(indicator: &Indicator) -> Vec<Sample> {
    indicator.alternatives.iter().filter_map(|conditions| sample(indicator, conditions)).collect()
}

fn sample(indicator: &Indicator, conditions: &[Condition]) -> Option<Sample> {
    let mut serial = vec![0x11; 16];
    let (mut subject, mut issuer) = (vec![(3_u8, "Somebody".to_owned())], vec![(3_u8, "Some CA".to_owned())]);
    for condition in conditions {
        match condition {
            Condition::Serial(expected) => serial = positive(expected.as_serial().canonical()),
            Condition::Subject(test) => subject.push((attribute_of(test), value_of(test))),
            Condition::Issuer(test) => issuer.push((attribute_of(test), value_of(test))),
            _ => return None,
        }
    }
    let mut other = serial.clone();
    match conditions.iter().any(|one| matches!(one, Condition::Serial(_))) {
        true => *other.last_mut().unwrap() ^= 1,
        false => return None,
    }
    let made = |serial: Vec<u8>| {
        let certificate = Certificate { serial, ..certificate("01", "") };
        let certificate = certificate.subject(dn(&subject)).issuer(dn(&issuer));
        // YARA-X passes over a signer who signs no content type and no digest.
        let digest = attribute("1.2.840.113549.1.9.4", [tlv(OCTET_STRING, [0xab; 32])]);
        let info = signer_info(&certificate).signed(content_type()).signed(digest);
        image(entry(message([certificate.der()], [info.der()]).der())).bytes()
    };
    Some(Sample { id: indicator.metadata.id.to_string(), image: made(serial), near_miss: made(other) })
}

/// With the sign octet that a positive number has.
fn positive(canonical: &[u8]) -> Vec<u8> {
    let sign: &[u8] = if canonical.first().is_some_and(|first| first & 0x80 != 0) { &[0] } else { &[] };
    [sign, canonical].concat()
}

fn attribute_of(test: &NameTest) -> u8 {
    if test.field == NameField::CommonName { 3 } else { 10 }
}

fn value_of(test: &NameTest) -> String {
    match test.mode {
        TextMode::Exact => test.value.to_string(),
        _ => format!("{}.", test.value),
    }
}

fn dn(attributes: &[(u8, String)]) -> Vec<u8> {
    let attributes: Vec<_> = attributes.iter().map(|(arc, text)| (*arc, UTF8, text.as_bytes())).collect();
    name(&attributes)
}
