//! YAML text to [`Node`]s that know their places, one for each document of the stream. A damaged document costs itself only. Plain
//! scalars stay text but for null and truth, so that a serial such as `00610` or `1e5` keeps its digits. The only file naming
//! saphyr-parser.

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError};

use super::document::{Builder, Inside, Node, Value};
use super::reading::{Fault, Place};
use crate::bytes::to_u64;

/// The documents of a stream, or what there is of each, and what is wrong.
pub(super) fn read(text: &str) -> (Vec<Node>, Vec<Fault>) {
    let (mut nodes, mut faults) = (Vec::new(), Vec::new());
    for (lines_before, document) in documents(text) {
        let mut builder = Builder::default();
        match read_document(document, &mut builder) {
            Ok(()) => {}
            Err(fault) => faults.push(Fault { place: below(fault.place, lines_before), ..fault }),
        }
        nodes.extend(builder.salvage().map(|node| moved(node, lines_before)));
    }
    (nodes, faults)
}

/// Splits a stream where its documents begin, so that an error in one ends that one only. The numbers are of the lines before.
fn documents(text: &str) -> Vec<(u64, &str)> {
    let mut documents = Vec::new();
    let (mut start, mut start_line, mut at) = (0_usize, 0, 0_usize);
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let is_mark = line.strip_prefix("---").is_some_and(|rest| rest.chars().next().is_none_or(char::is_whitespace));
        if is_mark && at > start {
            documents.extend(text.get(start..at).map(|document| (start_line, document)));
            (start, start_line) = (at, to_u64(number));
        }
        at = at.saturating_add(line.len());
    }
    documents.extend(text.get(start..).map(|document| (start_line, document)));
    documents
}

fn read_document(text: &str, builder: &mut Builder) -> Result<(), Fault> {
    let mut parser = Parser::new_from_str(text);
    let mut last = Marker::new(0, 1, 0);
    while let Some(next) = parser.next_event() {
        let (event, span) = next.map_err(|error| fault_of(&error, last))?;
        last = span.start;
        let place = place_of(span.start);
        match event {
            Event::SequenceStart(..) => builder.open_list(place)?,
            Event::MappingStart(..) => builder.open_map(place)?,
            Event::SequenceEnd | Event::MappingEnd => builder.close(),
            Event::Scalar(text, style, ..) if builder.inside() == Inside::Map => {
                let _ = style;
                builder.key(text.into_owned());
            }
            Event::Scalar(text, style, ..) => builder.value(Node::new(place, scalar(&text, style))),
            // An alias can stand for more than the whole file (ten lines of them for 10^9 nodes), and no feed has one.
            Event::Alias(_) => return Err(Fault::new(place, "an alias, which is not read here")),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd => {}
        }
    }
    Ok(())
}

/// The core schema (YAML 1.2, 10.3) but for numbers.
fn scalar(text: &str, style: ScalarStyle) -> Value {
    if style != ScalarStyle::Plain {
        return Value::Text(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => Value::Text(text.to_owned()),
    }
}

fn place_of(marker: Marker) -> Place {
    Place::at(to_u64(marker.line()).max(1), to_u64(marker.col()).saturating_add(1))
}

fn fault_of(error: &ScanError, last: Marker) -> Fault {
    let marker = error.marker();
    // Some errors have no place of their own.
    let marker = if marker.index() < last.index() { &last } else { marker };
    Fault::new(place_of(*marker), error.info())
}

/// A place of a document before which there are lines.
fn below(place: Place, lines: u64) -> Place {
    Place { line: place.line.saturating_add(lines), ..place }
}

/// A node of a document before which there are lines.
fn moved(mut node: Node, lines: u64) -> Node {
    if lines == 0 {
        return node;
    }
    let mut open = vec![&mut node];
    while let Some(node) = open.pop() {
        node.place = below(node.place, lines);
        match &mut node.value {
            Value::List(items) => open.extend(items),
            Value::Map(entries) => open.extend(entries.iter_mut().map(|(_, node)| node)),
            _ => {}
        }
    }
    node
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn places_are_of_the_stream_and_damage_ends_with_its_document() {
        let text = "Id: one\nList:\n- A: 00610\n---\nId: [two\n--- # three\nId: three\nList: *x\n---\nId: ~\nNo: 1e5\n";
        let (nodes, faults) = read(text);
        let ids: Vec<_> = nodes.iter().map(|node| (node.place.line, node.text_of("Id"), node.is_cut)).collect();
        let expected = [
            (1, Some("one".to_owned()), false),
            (5, None, true),
            (7, Some("three".to_owned()), true),
            (10, None, false),
        ];
        assert_eq!(ids, expected);
        assert_eq!(nodes[0].get("List").unwrap().items()[0].text_of("A").as_deref(), Some("00610"));
        assert_eq!(nodes[3].text_of("No").as_deref(), Some("1e5"));
        let places: Vec<u64> = faults.iter().map(|fault| fault.place.line).collect();
        assert_eq!(places.len(), 2, "{faults:?}");
        assert!((5..=6).contains(&places[0]), "{faults:?}");
        assert_eq!(faults[1].place, Place::at(8, 7));
    }

    proptest! {
        #[test]
        fn ends_and_has_places(text in "[-\\[\\]{}:,\"'|>&*#?!%~\n a1é]{0,80}") {
            for fault in read(&text).1 {
                prop_assert!(fault.place.line > 0 && fault.place.column != Some(0));
            }
        }
    }
}
