//! certsift beside YARA-X over images made for the purpose: the built-in indicators as exported rules, and a signed image for every
//! alternative of each.
//!
//! Prints how many rules compile, how many images each engine names the right rule for, and what an image costs.

use std::time::{Duration, Instant};

use crate::support::cms::{Certificate, attribute, certificate, content_type, message, name, signer_info};
use crate::support::der::{OCTET_STRING, UTF8, tlv};
use crate::support::pe::{entry, image};
use certsift::{Condition, Indicator, IndicatorTable, NameField, NameTest, TextMode};
use yara_x::Scanner;

use crate::figures;
use crate::rules::{self, fired, matched};

/// An image that one alternative of an indicator is about, and one that differs from it in a digit of the serial or a letter.
struct Sample {
    id: String,
    image: Vec<u8>,
    near_miss: Vec<u8>,
}

pub(crate) fn compare() {
    let table = IndicatorTable::builtin();
    let indicators: Vec<Indicator> = table.indicators().collect();
    let rules = rules::compile(&indicators);
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
    figures::tell("alternatives, YARA-X to certsift", times[0].as_secs_f64() / times[1].as_secs_f64());
    figures::tell("alternatives named right", f64::from(u32::try_from(right[1]).unwrap()));
    assert_eq!((right, wrong), ([samples.len(); 2], [0; 2]));
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
