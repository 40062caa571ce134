//! Every published rule that there are facts about, written as its publisher writes, and read again.

use std::borrow::Borrow;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use certsift::{
    Cause, Condition, Indicator, IndicatorTable, NameField, SerialBuf, SignedFile, TextMode, Time, TimeOrder,
};
use serde_json::Value;

use crate::shared_data;
use crate::support::cms::{certificate, name, signed_by};
use crate::support::der::{GENERALIZED_TIME, UTF8, oid, sequence, set, tlv};
use crate::support::pe::{entry, image};
use crate::told::import;

/// How many rules there are facts about.
const RULES: usize = 1592;

#[test]
fn every_published_rule_is_read_as_what_it_says() {
    let Some(facts) = facts() else { return };
    let mut read = 0;
    for publisher in ["reversinglabs", "ditekshen"] {
        let facts: Vec<_> = facts.iter().filter(|fact| string(&fact["source"]).starts_with(publisher)).collect();
        let mut file = "import \"pe\"\n\n".to_owned();
        let mut lines = Vec::new();
        for fact in &facts {
            lines.push(u64::try_from(file.lines().count()).unwrap() + 1);
            file.push_str(&rule(fact));
        }
        let import = import(&file);
        assert!(import.errors.is_empty(), "{:?}", import.errors);
        assert!(import.refused.is_empty(), "{:?}", import.refused);
        assert_eq!(import.lines, lines);
        for (indicator, fact) in import.indicators.iter().zip(&facts) {
            check(indicator, fact);
            read += 1;
        }
    }
    assert_eq!(read, RULES);
}

/// For every alternative of every rule: an image whose signer has what the rule asks for matches, and one that differs in a digit of the
/// serial or in a letter of a name does not.
#[test]
fn every_published_rule_matches_the_image_it_is_about_and_no_near_miss() {
    let Some(facts) = facts() else { return };
    let file: String = facts.iter().map(rule).collect();
    let table = IndicatorTable::new(import(&file).indicators).unwrap();
    assert_eq!(table.len(), facts.len());
    let (mut alternatives, mut near_misses) = (0, 0);
    for fact in &facts {
        let id = string(&fact["rule"]);
        for alternative in list(&fact["alternatives"]) {
            let signer = Signer::of(alternative);
            assert!(signer.matches(&table, id), "{id} does not match {alternative}");
            alternatives += 1;
            for other in signer.near_misses() {
                // A rule of several alternatives may have one that is about the other.
                let is_another = list(&fact["alternatives"]).iter().any(|one| Signer::of(one).serial == other.serial);
                assert!(
                    !other.matches(&table, id) || is_another && other.serial != signer.serial,
                    "{id} matches {other:?}"
                );
                near_misses += 1;
            }
        }
    }
    assert_eq!(alternatives, 1_602);
    assert!(near_misses > 2 * 1_580, "{near_misses}");
}

/// What a rule asks of the certificate that signed.
#[derive(Debug, Clone)]
struct Signer {
    /// As certificates have it: positive.
    serial: Vec<u8>,
    has_serial: bool,
    subject: Vec<String>,
    issuer: Vec<String>,
    not_after: Option<i64>,
}

impl Signer {
    fn of(alternative: &Value) -> Self {
        let serial = texts(&alternative["serial"]).next();
        let canonical = SerialBuf::parse_hex(serial.unwrap_or("0102030405060708")).unwrap();
        let canonical = canonical.as_serial().canonical();
        let sign: &[u8] = if canonical[0] >= 0x80 { &[0] } else { &[] };
        Self {
            serial: [sign, canonical].concat(),
            has_serial: serial.is_some(),
            subject: subjects(alternative),
            issuer: texts(&alternative["issuer_contains"]).map(str::to_owned).collect(),
            not_after: list(&alternative["not_after >="]).first().and_then(Value::as_i64),
        }
    }

    /// One digit of the serial changed, one letter of each name.
    fn near_misses(&self) -> Vec<Self> {
        let mut others = Vec::new();
        if self.has_serial {
            let mut other = self.clone();
            *other.serial.last_mut().unwrap() ^= 1;
            others.push(other);
        }
        let changed = |text: &str| {
            let at = text.char_indices().nth(text.chars().count() / 2).unwrap().0;
            let (before, after) = text.split_at(at);
            let letter = after.chars().next().unwrap();
            format!("{before}{}{}", if letter == 'q' { 'w' } else { 'q' }, &after[letter.len_utf8()..])
        };
        for at in 0..self.subject.len() {
            let mut other = self.clone();
            other.subject[at] = changed(&self.subject[at]);
            others.push(other);
        }
        for at in 0..self.issuer.len() {
            let mut other = self.clone();
            other.issuer[at] = changed(&self.issuer[at]);
            others.push(other);
        }
        others
    }

    fn image(&self) -> Vec<u8> {
        const COMMON_NAME: u8 = 3;
        const ORGANIZATION: u8 = 10;
        let dn = |texts: &[String], other: &'static str| {
            let mut attributes = vec![(COMMON_NAME, UTF8, other.as_bytes())];
            attributes.extend(texts.iter().map(|text| (ORGANIZATION, UTF8, text.as_bytes())));
            name(&attributes)
        };
        let mut certificate = certificate("01", "").issuer(dn(&self.issuer, "Some CA"));
        certificate = match self.subject.first().filter(|text| text.contains('@') && !text.starts_with('@')) {
            Some(address) => certificate.subject(email_address(address)),
            None => certificate.subject(dn(&self.subject, "Somebody")),
        };
        certificate.serial.clone_from(&self.serial);
        if let Some(time) = self.not_after {
            let text: String =
                Time::from_unix(time).to_string().chars().filter(|c| !matches!(c, '-' | ':' | 'T')).collect();
            certificate.not_after = tlv(GENERALIZED_TIME, text);
        }
        image(entry(signed_by(&certificate).der())).bytes()
    }

    fn matches(&self, table: &IndicatorTable, id: &str) -> bool {
        let bytes = self.image();
        let file = SignedFile::parse(&bytes).unwrap();
        let mut found = file.candidates(table.needs()).flat_map(|(_, candidate)| table.matches(&candidate));
        found.any(|found| found.indicator.metadata.id == id)
    }
}

/// A Name of one e-mail address.
fn email_address(text: &str) -> Vec<u8> {
    const IA5: u8 = 0x16;
    sequence([set([sequence([oid("1.2.840.113549.1.9.1"), tlv(IA5, text)])])])
}

fn check(indicator: &Indicator, fact: &Value) {
    let id = string(&fact["rule"]);
    let metadata = &indicator.metadata;
    assert_eq!(metadata.id, id);
    assert_eq!(metadata.name.as_deref(), Some(id));
    assert_eq!(metadata.author.as_deref(), fact["author"].as_str(), "{id}");
    assert_eq!(metadata.reference.as_deref(), fact["reference"].as_str(), "{id}");
    let description = metadata.description.as_deref().unwrap_or_default();
    assert!(description.starts_with(fact["description"].as_str().unwrap_or_default()), "{id}: {description}");
    for (_, value) in fact["meta"].as_object().into_iter().flatten() {
        assert!(description.contains(string(value)), "{id}: {description} has no {value}");
    }
    let expected = list(&fact["alternatives"]);
    assert_eq!(indicator.alternatives.len(), expected.len(), "{id}");
    for (conditions, alternative) in indicator.alternatives.iter().zip(expected) {
        check_alternative(id, conditions, alternative);
    }
    let dates = expected.iter().filter(|one| !is_weak(one)).flat_map(|alternative| list(&alternative["not_after >="]));
    assert_eq!(metadata.not_after_at_least, dates.filter_map(Value::as_i64).min(), "{id}");
    for (quality, cause) in [("openssl-escaped-text", Cause::EscapedText), ("raw-utf8-text", Cause::RawUtf8Text)] {
        let published = texts(&fact["quality"]).any(|text| text.starts_with(quality));
        assert_eq!(metadata.notes.iter().any(|note| note.cause == cause), published, "{id}: {cause}");
    }
    let too_long = expected.iter().flat_map(|one| texts(&one["raw_escaped"])).any(|text| text.len() > 255);
    assert_eq!(metadata.notes.iter().any(|note| note.cause == Cause::OverlongText), too_long, "{id}");
}

fn check_alternative(id: &str, conditions: &[Condition], alternative: &Value) {
    let (mut serials, mut subjects_read, mut issuers, mut dates) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for condition in conditions {
        match condition {
            Condition::Serial(serial) => {
                serials.push(serial.to_string());
                let octets: &[u8] = serial.borrow();
                let written: Vec<_> = texts(&alternative["serial_raw"]).collect();
                let spelled = hex::encode(octets);
                assert!(written.iter().any(|text| text.replace(':', "") == spelled), "{id}: {spelled}");
                let has_padded = written.iter().any(|text| text.starts_with("00:"));
                assert_eq!(spelled.len() > 2 && spelled.starts_with("00"), has_padded, "{id}: {spelled}");
            }
            Condition::Subject(test) => {
                let field = if alternative["attribute"].is_array() { NameField::EmailAddress } else { NameField::Any };
                assert_eq!((test.field, test.mode), (field, TextMode::Contains), "{id}");
                subjects_read.push(test.value.to_string());
            }
            Condition::Issuer(test) => {
                assert_eq!((test.field, test.mode), (NameField::Any, TextMode::Contains), "{id}");
                issuers.push(test.value.to_string());
            }
            Condition::NotAfter(test) => {
                // Beside a serial that many certificates have it says something.
                assert!(is_weak(alternative) && test.order == TimeOrder::AtLeast, "{id}");
                dates.push(test.time.unix());
            }
            other => panic!("{id}: {other:?}"),
        }
    }
    if is_weak(alternative) {
        let published = list(&alternative["not_after >="]).iter().filter_map(Value::as_i64);
        assert_eq!(dates, published.collect::<Vec<_>>(), "{id}");
    }
    assert_eq!(serials, texts(&alternative["serial"]).collect::<Vec<_>>(), "{id}");
    assert_eq!(subjects_read, subjects(alternative), "{id}");
    assert_eq!(issuers, texts(&alternative["issuer_contains"]).collect::<Vec<_>>(), "{id}");
}

/// Whether the serial does not tell a certificate from all others.
fn is_weak(alternative: &Value) -> bool {
    texts(&alternative["serial"]).all(|text| SerialBuf::parse_hex(text).unwrap().as_serial().is_weak())
}

/// The texts of the subject. Where the facts hold a text that was read as UTF-8 and is none, it is UTF-16.
fn subjects(alternative: &Value) -> Vec<String> {
    let meant = texts(&alternative["subject_contains"]).map(|text| {
        if !text.contains(char::REPLACEMENT_CHARACTER) {
            return text.to_owned();
        }
        let mut octets = Vec::new();
        let mut rest = texts(&alternative["raw_escaped"]).next().expect("the text as it is written").as_bytes();
        while let Some((&first, after)) = rest.split_first() {
            if first == b'\\' {
                octets.extend(hex::decode(&rest[2..4]).unwrap());
                rest = &rest[4..];
            } else {
                octets.push(first);
                rest = after;
            }
        }
        let units = octets.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
        char::decode_utf16(units).collect::<Result<String, _>>().unwrap()
    });
    meant.collect()
}

/// A rule in its publisher's own style.
fn rule(fact: &Value) -> String {
    if fact["class"] == "raw-bytes" { rule_of_octets(fact) } else { rule_of_fields(fact) }
}

fn meta(fact: &Value) -> String {
    let mut text = String::new();
    for key in ["author", "description", "reference"] {
        if let Some(value) = fact[key].as_str() {
            writeln!(text, "        {key} = \"{}\"", quoted(value)).unwrap();
        }
    }
    for (key, value) in fact["meta"].as_object().into_iter().flatten() {
        writeln!(text, "        {key} = \"{}\"", string(value)).unwrap();
    }
    text
}

fn rule_of_fields(fact: &Value) -> String {
    let is_reversing_labs = string(&fact["source"]).starts_with("reversinglabs");
    let alternatives: Vec<String> =
        list(&fact["alternatives"]).iter().map(|one| conjunction(one, is_reversing_labs)).collect();
    let body = match alternatives.as_slice() {
        [only] => only.clone(),
        many => many.iter().map(|one| format!("( {one} )")).collect::<Vec<_>>().join(" or\n            "),
    };
    let guards = texts(&fact["guards"]).collect::<Vec<_>>().join(" and ");
    let (tag, brace) = if is_reversing_labs { (" : INFO", "") } else { ("", " ") };
    format!(
        "rule {}{tag}{brace} {{\n    meta:\n{}    condition:\n        {guards} and\n        for any i in (0..pe.number_of_signatures): (\n            \
         {body}\n        )\n}}\n\n",
        string(&fact["rule"]),
        meta(fact),
    )
}

fn conjunction(alternative: &Value, is_reversing_labs: bool) -> String {
    let mut tests = Vec::new();
    let escaped: Vec<_> = texts(&alternative["raw_escaped"]).collect();
    let written = if escaped.is_empty() { texts(&alternative["subject_contains"]).collect() } else { escaped };
    tests.extend(written.iter().map(|text| format!("pe.signatures[i].subject contains \"{}\"", quoted(text))));
    let issuers = texts(&alternative["issuer_contains"]);
    tests.extend(issuers.map(|text| format!("pe.signatures[i].issuer contains \"{}\"", quoted(text))));
    let serials: Vec<_> =
        texts(&alternative["serial_raw"]).map(|text| format!("pe.signatures[i].serial == \"{text}\"")).collect();
    match serials.as_slice() {
        [] => {}
        [only] if !is_reversing_labs => tests.push(only.clone()),
        many if is_reversing_labs => {
            tests.push(format!("(\n                {}\n            )", many.join(" or\n                ")))
        }
        many => tests.push(format!("({})", many.join(" or "))),
    }
    for date in list(&alternative["not_after >="]) {
        tests.push(if is_reversing_labs {
            format!("{date} <= pe.signatures[i].not_after")
        } else {
            format!("pe.signatures[i].not_after >= {date}")
        });
    }
    tests.join(" and\n            ")
}

fn rule_of_octets(fact: &Value) -> String {
    let mut strings = String::new();
    for (number, alternative) in (1..).zip(list(&fact["alternatives"])) {
        let text = texts(&alternative["subject_contains"]).next().expect("a text");
        writeln!(strings, "        $s{number} = \"{}\" ascii", quoted(text)).unwrap();
    }
    let guards = texts(&fact["guards"]).collect::<Vec<_>>().join(" and ");
    format!(
        "rule {} {{\n    meta:\n{}    strings:\n{strings}    condition:\n        {guards} and any of them\n}}\n\n",
        string(&fact["rule"]),
        meta(fact),
    )
}

fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

fn facts() -> Option<Vec<Value>> {
    let folder: PathBuf = shared_data::folder("CERTSIFT_INDICATORS", "indicators")?;
    let path = folder.join("published_rules.jsonl");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let facts: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(facts.len(), RULES, "{}", path.display());
    Some(facts)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    list(value).iter().map(string)
}

fn string(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}
