//! JSON that others publish: which format it is, told by the keys of its first values, and the reading of it.

use super::delimited::first_rows;
use super::document::{Node, Value};
use super::json::Values;
use super::reading::Fault;
use super::{Import, cscb, loldrivers, misp, stix};

/// A format: how its values are told from others, and what reads them.
struct Reader {
    recognises: fn(&Node) -> bool,
    read: fn(&str, &[Node], Vec<Fault>) -> Import,
}

const READERS: [Reader; 4] = [
    Reader { recognises: stix::recognises_node, read: stix::read_nodes },
    Reader { recognises: misp::recognises_node, read: misp::read_nodes },
    Reader { recognises: loldrivers::recognises_node, read: loldrivers::read_nodes },
    Reader { recognises: cscb::recognises_node, read: cscb::read_nodes },
];

pub(super) fn recognises(text: &str) -> bool {
    if !first_rows(text).any(|line| line.trim_start().starts_with(['{', '['])) {
        return false;
    }
    let first = Values::new(text).take(FIRST_VALUES).filter_map(|item| item.node);
    let nodes: Vec<Node> = first.flat_map(elements).take(FIRST_VALUES).collect();
    reader(nodes.iter()).is_some()
}

pub(super) fn read(file: &str, text: &str) -> Import {
    let (mut nodes, mut faults) = (Vec::new(), Vec::new());
    for item in Values::new(text) {
        nodes.extend(item.node.into_iter().flat_map(elements));
        faults.extend(item.faults);
    }
    reader(nodes.iter()).map_or_else(Import::default, |reader| (reader.read)(file, &nodes, faults))
}

/// A value, or the elements of an array: one around all is no more than one value after the other. So are arrays within it, which
/// are what damage makes of a line before a value.
fn elements(node: Node) -> Vec<Node> {
    let (mut elements, mut open) = (Vec::new(), vec![node]);
    while let Some(node) = open.pop() {
        match node.value {
            Value::List(items) => open.extend(items.into_iter().rev()),
            _ => elements.push(node),
        }
    }
    elements
}

/// As many values are looked at to tell a format. Of JSON lines a few may be damaged.
const FIRST_VALUES: usize = 8;

/// The first value that some reader knows decides.
fn reader<'a>(nodes: impl Iterator<Item = &'a Node>) -> Option<&'static Reader> {
    nodes.take(FIRST_VALUES).find_map(|node| READERS.iter().find(|reader| (reader.recognises)(node)))
}
