//! What holds for every file however it is damaged: reading ends, errors have places, and rows that were not touched survive.

use std::collections::BTreeSet;

use certsift::{IndicatorTable, import_indicators, read_observations};
use proptest::prelude::*;
use proptest::sample::Index;

use super::{FILES, bytes, observed};

/// Formats of which each line is a row, but for folding: the damage of a line costs no indicator that begins on another.
const OF_LINES: [&str; 6] =
    ["certgraveyard.csv", "certificates.crb", "codesign-iocs.txt", "cscb.csv", "defender.csv", "loldrivers.jsonl"];
/// Documents whose rows are indented alike: damage within a row costs no other.
const OF_ELEMENTS: [&str; 3] = ["cscb_api.json", "misp_event.json", "stix_bundle.json"];

#[derive(Debug, Clone)]
enum Damage {
    Truncate(Index),
    Flip(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
}

impl Damage {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let positions = bytes.len().saturating_add(1);
        match self {
            Self::Truncate(at) => bytes.truncate(at.index(positions)),
            Self::Flip(at, mask) => {
                if let Some(byte) = bytes.get_mut(at.index(positions)) {
                    *byte ^= mask;
                }
            }
            Self::Insert(at, more) => {
                let at = at.index(positions);
                bytes.splice(at..at, more.iter().copied());
            }
            Self::Remove(at, count) => {
                let at = at.index(positions);
                let end = at.saturating_add(*count).min(bytes.len());
                bytes.drain(at..end);
            }
        }
    }
}

fn damage() -> impl Strategy<Value = Damage> {
    let marks = "[\"{}\\[\\],;:'<>/&#\\-\n a0]{1,6}".prop_map(String::into_bytes);
    prop_oneof![
        any::<Index>().prop_map(Damage::Truncate),
        (any::<Index>(), 1_u8..0x80).prop_map(|(at, mask)| Damage::Flip(at, mask)),
        (any::<Index>(), marks).prop_map(|(at, more)| Damage::Insert(at, more)),
        (any::<Index>(), 1_usize..40).prop_map(|(at, count)| Damage::Remove(at, count)),
    ]
}

/// Ids of the indicators, and the lines they begin on.
fn ids(name: &str, bytes: &[u8]) -> BTreeSet<(String, u64)> {
    let import = import_indicators(name, bytes);
    import.indicators.iter().map(|one| one.metadata.id.to_string()).zip(import.lines).collect()
}

/// The number of the line at this index.
fn number(index: usize) -> u64 {
    u64::try_from(index).unwrap() + 1
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn reading_ends_and_errors_have_places(
        file in 0..FILES.len(),
        damages in proptest::collection::vec(damage(), 0..6),
    ) {
        let mut bytes = bytes(FILES[file].0);
        damages.iter().for_each(|damage| damage.apply(&mut bytes));
        let import = import_indicators("f", &bytes);
        for error in import.errors.iter().chain(&import.refused) {
            prop_assert!(error.line() > 0 && error.column() != Some(0), "{error}");
        }
        prop_assert_eq!(import.lines.len(), import.indicators.len());
        prop_assert!(import.lines.iter().all(|&line| line > 0));
        prop_assert!(IndicatorTable::new(import.indicators).is_ok());
    }

    #[test]
    fn documents_end_and_errors_have_places(
        file in 0..observed::FILES.len(),
        damages in proptest::collection::vec(damage(), 0..6),
    ) {
        let mut bytes = bytes(&format!("observations/{}", observed::FILES[file].0));
        damages.iter().for_each(|damage| damage.apply(&mut bytes));
        let read = read_observations("f", &bytes);
        prop_assert!(read.errors.iter().all(|error| error.line() > 0 && error.column() != Some(0)));
        for certificate in read.list.iter().flat_map(|one| &one.certificates) {
            let _ = IndicatorTable::empty().matches(&certificate.candidate());
        }
    }

    #[test]
    fn a_damaged_line_costs_its_own_row(
        file in 0..OF_LINES.len(),
        line: Index,
        garbage in "[a-z0-9\",;{\\[: ]{0,40}",
    ) {
        let name = OF_LINES[file];
        let text = String::from_utf8(bytes(name)).unwrap();
        let before = ids(name, text.as_bytes());
        let mut lines: Vec<&str> = text.lines().collect();
        // Headers are no rows.
        let first = usize::try_from(before.iter().map(|(_, line)| *line).min().unwrap()).unwrap();
        let damaged = first - 1 + line.index(lines.len() - first + 1);
        lines[damaged] = &garbage;
        let after = ids(name, lines.join("\n").as_bytes());
        // One row is of two lines.
        let is_second = name == "defender.csv" && number(damaged) == 3;
        let owner = if is_second { 2 } else { number(damaged) };
        for one in before.iter().filter(|(_, line)| *line != owner) {
            prop_assert!(after.contains(one), "{name} line {}: {one:?} is lost", damaged + 1);
        }
    }

    #[test]
    fn damage_within_an_element_costs_that_element(
        file in 0..OF_ELEMENTS.len(),
        row: Index,
        line: Index,
        garbage in "[a-z0-9\",{: ]{0,20}",
    ) {
        let name = OF_ELEMENTS[file];
        let text = String::from_utf8(bytes(name)).unwrap();
        let before: Vec<(String, u64)> = ids(name, text.as_bytes()).into_iter().collect();
        let (_, start) = &before[row.index(before.len())];
        let mut lines: Vec<&str> = text.lines().collect();
        let start = usize::try_from(*start).unwrap() - 1;
        let indent = |line: &str| line.len() - line.trim_start().len();
        let length = lines[start + 1..].iter().take_while(|line| indent(line) > indent(lines[start])).count();
        let damaged = start + 1 + line.index(length);
        lines[damaged] = &garbage;
        let after: BTreeSet<String> = ids(name, lines.join("\n").as_bytes()).into_iter().map(|(id, _)| id).collect();
        for (id, line) in before.iter().filter(|(_, line)| *line != number(start)) {
            prop_assert!(after.contains(id), "{name} line {}: {id} of line {line} is lost\n{}", damaged + 1, lines[damaged]);
        }
    }
}
