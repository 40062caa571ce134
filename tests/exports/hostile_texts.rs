//! A text in an indicator stays a text, whatever it holds: what is left of a rule without its strings is the same for every text.

use std::collections::BTreeSet;

use certsift::{Condition, ExportFormat, HashOf, Indicator, NameField, TextMode, export_indicators};
use saphyr_parser::{Event, Parser};

use crate::sample::{full_metadata, hash, modulus, name, serial};

/// What is compared with: harmless, and longer than what would be too short.
const HARMLESS: &str = "harmless";

/// Texts that try to end their string, their line, their cell or their element, or to hide that they do.
const NASTY: &[&str] = &[
    "ends \" or true or \"\" == \"",
    "ends ' or '1'='1",
    "ends \\\" or true // ",
    "ends \\",
    "ends \\\\\" or true",
    "line\nend | take 1",
    "line\r\nend\n---\ntitle: other",
    "comment // */ /* # -- end",
    "line\u{2028}separator\u{2029}and\u{85}next",
    "turned \u{202e}around\u{2066} and \u{200b}hidden\u{feff}",
    "tag \u{e0041} and nul \0 and escape \u{1b}[31m",
    "</Signer><Signer ID=\"x\"/> &amp; & <![CDATA[ ]]> <!--",
    "field;other;0;;;;",
    "]] OR [file:name = 'x'",
    "%_*? wild",
    "*.google.com",
    "=cmd|' /C calc'!A0",
    "+1+1 long",
    "-1+1 long",
    "@SUM(1+1)*cmd",
    "\t=1+1 long",
    "'=1+1 long",
    "＝1+1 long",
    "key: value, [a, b], {c: d}, &anchor *alias !tag |block >fold",
    "${jndi} {{template}} $(shell) `tick`",
    "ООО \"СМ\" 日照峰川 🦀",
    "{\"json\":\"text\"}",
];

/// An indicator that every format writes, with this text wherever there is one.
fn indicator(text: &str) -> Indicator {
    let alternative = |field, mode| {
        vec![
            serial("00c0ffee0102030405"),
            hash(HashOf::Certificate, 20, 1),
            hash(HashOf::Certificate, 32, 1),
            hash(HashOf::Tbs, 32, 1),
            hash(HashOf::Subject, 20, 1),
            modulus(1),
            Condition::Subject(name(field, mode, text)),
            Condition::Issuer(name(field, mode, text)),
        ]
    };
    let chained = vec![
        hash(HashOf::ChainTbs, 32, 1),
        Condition::Subject(name(NameField::CommonName, TextMode::Exact, text)),
        Condition::Issuer(name(NameField::CommonName, TextMode::Exact, text)),
        Condition::ProgramName(name(NameField::Any, TextMode::Exact, text)),
    ];
    let alone = vec![Condition::Subject(name(NameField::CommonName, TextMode::Contains, text))];
    let exact = alternative(NameField::CommonName, TextMode::Exact);
    let alternatives = vec![exact, alternative(NameField::Organization, TextMode::Prefix), chained, alone];
    let mut indicator = Indicator { metadata: full_metadata(text), alternatives, ..Indicator::default() };
    // What is noted would keep it out of formats that block.
    indicator.metadata.notes.clear();
    indicator.metadata.attack = vec!["T1553.002".into()].into();
    indicator
}

fn export(format: ExportFormat, text: &str) -> String {
    export_indicators(format, &[indicator(text)]).text
}

/// Code without its strings and comments: `"…"` with backslashes, `@"…"` with doubled marks, `//` to the end of the line.
fn without_strings(code: &str) -> String {
    let mut left = String::new();
    let mut characters = code.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '@' if characters.peek() == Some(&'"') => {
                characters.next();
                characters.by_ref().find(|c| *c == '"').expect("the end of a verbatim string");
                left.push('"');
            }
            '"' => {
                loop {
                    match characters.next().expect("the end of a string") {
                        '\\' => _ = characters.next(),
                        '"' => break,
                        other => assert!(!other.is_control(), "{other:?} in a string of {code}"),
                    }
                }
                left.push('"');
            }
            '/' if characters.peek() == Some(&'/') => {
                characters.by_ref().find(|c| *c == '\n');
                left.push('\n');
            }
            other => left.push(other),
        }
    }
    left
}

#[test]
fn queries() {
    for format in [ExportFormat::Kql, ExportFormat::Eql] {
        let harmless = without_strings(&export(format, HARMLESS));
        assert!(harmless.contains('"') && !harmless.contains(HARMLESS), "{format}: {harmless}");
        for text in NASTY {
            assert_eq!(without_strings(&export(format, text)), harmless, "{format}: {text:?}");
        }
    }
}

/// The strings of a STIX pattern, and what is left without them.
fn strings_of(pattern: &str) -> (Vec<String>, String) {
    let (mut strings, mut left) = (Vec::new(), String::new());
    let mut characters = pattern.chars();
    while let Some(c) = characters.next() {
        if c != '\'' {
            left.push(c);
            continue;
        }
        let mut string = String::new();
        loop {
            match characters.next().expect("the end of a string") {
                '\\' => string.extend(characters.next()),
                '\'' => break,
                other => string.push(other),
            }
        }
        strings.push(string);
        left.push('\'');
    }
    (strings, left.replace("LIKE", "=").replace("MATCHES", "="))
}

#[test]
fn stix_patterns() {
    let pattern = |text: &str| {
        let bundle: serde_json::Value = serde_json::from_str(&export(ExportFormat::Stix, text)).expect("JSON");
        bundle["objects"][1]["pattern"].as_str().expect("a pattern").to_owned()
    };
    let (_, harmless) = strings_of(&pattern(HARMLESS));
    for text in NASTY {
        let (strings, left) = strings_of(&pattern(text));
        assert_eq!(left, harmless, "{text:?}");
        assert!(strings.iter().any(|string| string == text), "{text:?}: the program's name is exact: {strings:?}");
    }
}

/// The keys of a YAML stream, and the values that are texts.
fn yaml(text: &str) -> (Vec<String>, BTreeSet<String>) {
    let (mut shape, mut values) = (Vec::new(), BTreeSet::new());
    for event in Parser::new_from_str(text) {
        match event.unwrap_or_else(|error| panic!("{error}: {text}")).0 {
            Event::Scalar(value, style, ..) if format!("{style:?}") == "DoubleQuoted" => {
                shape.push("a text".to_owned());
                values.insert(value.to_string());
            }
            Event::Scalar(value, ..) => shape.push(value.to_string()),
            other => shape.push(format!("{other:?}")),
        }
    }
    (shape, values)
}

#[test]
fn sigma_rules() {
    let without_ids =
        |shape: Vec<String>| -> Vec<String> { shape.into_iter().filter(|word| word.len() != 36).collect() };
    let (harmless, _) = yaml(&export(ExportFormat::Sigma, HARMLESS));
    let harmless = without_ids(harmless);
    assert!(
        harmless.iter().any(|word| word == "logsource") && harmless.iter().any(|word| word == "Signature"),
        "{harmless:?}"
    );
    for text in NASTY {
        let (shape, values) = yaml(&export(ExportFormat::Sigma, text));
        assert_eq!(without_ids(shape), harmless, "{text:?}");
        assert!(values.contains(*text), "{text:?}: {values:?}");
        let wild: String =
            text.chars().flat_map(|c| matches!(c, '*' | '?' | '\\').then_some('\\').into_iter().chain([c])).collect();
        assert!(values.contains(&wild), "{text:?}: {values:?}");
    }
}

/// The elements and the names of their attributes, and the values of one kind of attribute.
fn xml(text: &str, attribute: &str) -> (Vec<String>, BTreeSet<String>) {
    let document = roxmltree::Document::parse(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let (mut shape, mut values) = (Vec::new(), BTreeSet::new());
    for node in document.descendants().filter(roxmltree::Node::is_element) {
        let names: Vec<&str> = node.attributes().map(|attribute| attribute.name()).collect();
        shape.push(format!("{} {}", node.tag_name().name(), names.join(" ")));
        values.extend(node.attribute(attribute).map(str::to_owned));
    }
    (shape, values)
}

#[test]
fn policies() {
    let (harmless, _) = xml(&export(ExportFormat::Wdac, HARMLESS), "Value");
    assert_eq!(harmless.iter().filter(|element| element.starts_with("Signer ")).count(), 6, "{harmless:?}");
    for text in NASTY {
        let (shape, publishers) = xml(&export(ExportFormat::Wdac, text), "Value");
        if text.contains(['\0', '\u{1b}']) {
            // XML cannot say the name: that alternative is left out, and told.
            let losses = export_indicators(ExportFormat::Wdac, &[indicator(text)]).losses;
            assert!(losses.iter().any(|loss| loss.reason.contains("a character that XML has not")), "{losses:?}");
            continue;
        }
        assert_eq!(shape, harmless, "{text:?}");
        assert!(publishers.contains(*text), "{text:?}: {publishers:?}");
        let (_, names) = xml(&export(ExportFormat::Wdac, text), "Name");
        assert!(names.contains(*text), "{text:?}: {names:?}");
    }
}

#[test]
fn lists() {
    let fields =
        |text: &str| export(ExportFormat::Clamav, text).lines().map(|line| line.split(';').count()).collect::<Vec<_>>();
    let harmless = fields(HARMLESS);
    assert_eq!(harmless, [11, 11]);
    for text in NASTY {
        assert_eq!(fields(text), harmless, "{text:?}");
        for format in [ExportFormat::Csv, ExportFormat::Mde] {
            let table = export(format, text);
            let mut reader = csv::Reader::from_reader(table.as_bytes());
            let columns = reader.headers().expect("a header").len();
            let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().expect("rows");
            assert_eq!(rows.len(), 1, "{format}: {text:?}");
            for row in &rows {
                assert_eq!(row.len(), columns, "{format}: {text:?}");
                let is_formula =
                    |cell: &str| cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
                assert!(!row.iter().any(is_formula), "{format}: {row:?}");
            }
        }
        for format in [ExportFormat::Json, ExportFormat::Stix, ExportFormat::Misp] {
            let document = export(format, text);
            let value: serde_json::Value = serde_json::from_str(&document).expect("JSON");
            assert!(value.to_string().contains(&serde_json::Value::from(*text).to_string()), "{format}: {text:?}");
        }
    }
}
