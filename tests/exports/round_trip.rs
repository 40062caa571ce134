//! Our own formats give the same indicators back.

use certsift::{ExportFormat, Indicator, IndicatorTable, export_indicators, import_indicators, lint};
use proptest::prelude::*;

use crate::{made_up, sample};

/// Reads back what a format wrote.
fn read_back(format: ExportFormat, indicators: &[Indicator]) -> Vec<Indicator> {
    let export = export_indicators(format, indicators);
    let import = import_indicators("written", export.text.as_bytes());
    assert_eq!(import.errors, [], "{format}: {}", export.text);
    import.indicators
}

const OWN: [ExportFormat; 3] = [ExportFormat::Csv, ExportFormat::Json, ExportFormat::Stix];

#[test]
fn the_builtin_table() {
    let indicators: Vec<Indicator> = IndicatorTable::builtin().indicators().collect();
    assert!(indicators.len() > 1_000);
    for format in OWN {
        assert!(read_back(format, &indicators) == indicators, "{format}");
    }
}

#[test]
fn the_sample() {
    let mut indicators = sample::indicators();
    indicators
        .retain(|indicator| !indicator.alternatives.is_empty() && !indicator.alternatives.iter().any(Vec::is_empty));
    indicators.retain(|indicator| indicator.metadata.id != "empty-text");
    indicators.push(Indicator { metadata: sample::full_metadata("a text"), ..indicators[0].clone() });
    for format in OWN {
        assert_eq!(read_back(format, &indicators), indicators, "{format}");
    }
}

/// One condition in its own column needs no JSON, in CSV and JSON alike.
#[test]
fn what_columns_can_say_is_said_in_columns() {
    let export = export_indicators(ExportFormat::Csv, &sample::indicators()[..2]);
    assert_eq!(
        export.text,
        "id,serial,subject_contains\nserial-alone,00c0ffee0102030405060708090a0b0c0d,\n\
         serial-and-name,00c0ffee0102030405060708090a0b0c0d,Example Trading LLC\n"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn made_up_indicators(indicators in proptest::collection::vec(made_up::indicator(), 1..5)) {
        for format in OWN {
            prop_assert_eq!(read_back(format, &indicators), indicators.clone(), "{}", format);
        }
    }

    /// No exporter and no check stumbles over anything, and each indicator is counted.
    #[test]
    fn every_format_takes_everything(indicators in proptest::collection::vec(made_up::indicator(), 0..4)) {
        for format in ExportFormat::ALL {
            let export = export_indicators(*format, &indicators);
            prop_assert_eq!(export_indicators(*format, &indicators), export, "{} twice", format);
        }
        let findings = lint(&indicators);
        prop_assert!(findings.is_sorted_by_key(|finding| finding.indicator));
        prop_assert!(findings.iter().all(|finding| finding.indicator < indicators.len()));
    }
}
