//! The same indicators for both engines: a table, and the YARA rules that they are exported as.

use std::collections::BTreeSet;
use std::time::Instant;

use certsift::{ExportFormat, Indicator, IndicatorTable, Screen, SignedFile, export_indicators};
use yara_x::{Compiler, MetaValue, Rules, Scanner};

/// Compiles the indicators as YARA-X rules, and says what came of it.
pub(crate) fn compile(indicators: &[Indicator]) -> Rules {
    let export = export_indicators(ExportFormat::Yara, indicators);
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
    rules
}

/// The indicators whose rules fire.
pub(crate) fn fired(scanner: &mut Scanner<'_>, image: &[u8]) -> BTreeSet<String> {
    let results = scanner.scan(image).unwrap();
    let of = |rule: yara_x::Rule<'_, '_>| {
        let id = rule.metadata().find(|(key, _)| *key == "indicator").map(|(_, value)| value);
        match id {
            Some(MetaValue::String(id)) => id.to_owned(),
            _ => rule.identifier().to_owned(),
        }
    };
    results.matching_rules().map(of).collect()
}

/// The indicators that match.
pub(crate) fn matched(table: &IndicatorTable, image: &[u8]) -> BTreeSet<String> {
    let Ok(file) = SignedFile::parse(image) else { return BTreeSet::new() };
    let found = file.candidates(table.needs()).flat_map(|(_, candidate)| table.matches(&candidate));
    found.map(|found| found.indicator.metadata.id.to_string()).collect()
}

/// Whether an indicator matches: the question that is timed. Nothing is remembered from one file to the next.
pub(crate) fn is_known(table: &IndicatorTable, image: &[u8]) -> bool {
    Screen::new(table).has_match(image)
}
