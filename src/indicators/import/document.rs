//! [`Node`]: a value of a JSON or YAML document that knows its place, and [`Builder`]: nodes out of what a reader meets.

use std::borrow::Cow;

use super::reading::{Fault, Place};

/// A value and its place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) value: Value,
    /// The document ended, or was damaged, before the value did: what is here is not all of it.
    pub(crate) is_cut: bool,
}

/// A value of a document.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    /// A number in its own digits.
    Number(String),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

impl Node {
    pub(crate) fn new(place: Place, value: Value) -> Self {
        Self { place, value, is_cut: false }
    }

    /// The value of a key, unless it is null. Of a key that is there twice, the last.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        let Value::Map(entries) = &self.value else { return None };
        let (_, node) = entries.iter().rev().find(|(name, _)| name == key)?;
        (node.value != Value::Null).then_some(node)
    }

    /// The value at the end of a path of keys.
    pub(crate) fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// The elements of a list; one value stands for a list of one.
    pub(crate) fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            Value::Null => &[],
            _ => std::slice::from_ref(self),
        }
    }

    /// A scalar as text.
    pub(crate) fn text(&self) -> Option<Cow<'_, str>> {
        Some(match &self.value {
            Value::Text(text) | Value::Number(text) => Cow::Borrowed(text),
            Value::Bool(true) => Cow::Borrowed("true"),
            Value::Bool(false) => Cow::Borrowed("false"),
            Value::Null | Value::List(_) | Value::Map(_) => return None,
        })
    }

    /// The text of a key, blanks around it left out; `None` when nothing is left.
    pub(crate) fn text_of(&self, key: &str) -> Option<String> {
        let text = self.get(key)?.text()?;
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// The value as JSON on one line.
    pub(crate) fn to_json(&self) -> String {
        enum Part<'a> {
            Node(&'a Node),
            Key(&'a str),
            Mark(&'static str),
        }
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let mut json = String::new();
        let mut open = vec![Part::Node(self)];
        while let Some(part) = open.pop() {
            let node = match part {
                Part::Node(node) => node,
                Part::Key(key) => {
                    json.push_str(&quoted(key));
                    json.push(':');
                    continue;
                }
                Part::Mark(mark) => {
                    json.push_str(mark);
                    continue;
                }
            };
            match &node.value {
                Value::Null => json.push_str("null"),
                Value::Bool(is) => json.push_str(if *is { "true" } else { "false" }),
                Value::Number(digits) => json.push_str(digits),
                Value::Text(text) => json.push_str(&quoted(text)),
                Value::List(items) => {
                    json.push('[');
                    open.push(Part::Mark("]"));
                    for (index, item) in items.iter().enumerate().rev() {
                        open.push(Part::Node(item));
                        open.push(Part::Mark(if index == 0 { "" } else { "," }));
                    }
                }
                Value::Map(entries) => {
                    json.push('{');
                    open.push(Part::Mark("}"));
                    for (index, (key, item)) in entries.iter().enumerate().rev() {
                        open.push(Part::Node(item));
                        open.push(Part::Key(key));
                        open.push(Part::Mark(if index == 0 { "" } else { "," }));
                    }
                }
            }
        }
        json
    }

    pub(crate) fn is_true(&self, key: &str) -> bool {
        self.text_of(key).is_some_and(|text| matches!(text.to_ascii_lowercase().as_str(), "true" | "1" | "yes"))
    }
}

/// Puts nodes together. Nesting is a list here, not a recursion.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    open: Vec<Open>,
    whole: Option<Node>,
}

#[derive(Debug)]
struct Open {
    place: Place,
    body: Body,
    /// Of a list: the blanks before the element that was met last, where it is the first thing on its line.
    indent: Option<usize>,
}

#[derive(Debug)]
enum Body {
    List(Vec<Node>),
    Map(Vec<(String, Node)>, Option<String>),
}

/// What a reader of a document may be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Inside {
    Nothing,
    List,
    /// In a map, before a key.
    Map,
    /// In a map, between a key and its value.
    Entry,
}

impl Builder {
    /// Levels of nesting: ten times what MISP, the deepest of the formats read here, has.
    const MAX_DEPTH: usize = 128;

    pub(crate) fn inside(&self) -> Inside {
        match self.open.last().map(|open| &open.body) {
            None => Inside::Nothing,
            Some(Body::List(_)) => Inside::List,
            Some(Body::Map(_, None)) => Inside::Map,
            Some(Body::Map(_, Some(_))) => Inside::Entry,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        match self.open.last().map(|open| &open.body) {
            None => true,
            Some(Body::List(items)) => items.is_empty(),
            Some(Body::Map(entries, _)) => entries.is_empty(),
        }
    }

    /// In a list, after an element that is neither list nor map.
    pub(crate) fn is_after_scalar(&self) -> bool {
        let Some(Body::List(items)) = self.open.last().map(|open| &open.body) else { return false };
        items.last().is_some_and(|last| !matches!(last.value, Value::List(_) | Value::Map(_)))
    }

    pub(crate) fn open_list(&mut self, place: Place) -> Result<(), Fault> {
        self.open(place, Body::List(Vec::new()))
    }

    pub(crate) fn open_map(&mut self, place: Place) -> Result<(), Fault> {
        self.open(place, Body::Map(Vec::new(), None))
    }

    fn open(&mut self, place: Place, body: Body) -> Result<(), Fault> {
        if self.inside() == Inside::Map {
            return Err(Fault::new(place, "a key that is no text"));
        }
        if self.open.len() >= Self::MAX_DEPTH {
            return Err(Fault::new(place, format!("nested deeper than {} levels", Self::MAX_DEPTH)));
        }
        self.open.push(Open { place, body, indent: None });
        Ok(())
    }

    /// Where a map wants a key, its key.
    pub(crate) fn key(&mut self, text: String) {
        if let Some(Open { body: Body::Map(_, key), .. }) = self.open.last_mut() {
            *key = Some(text);
        }
    }

    /// A value where one belongs.
    pub(crate) fn value(&mut self, node: Node) {
        match self.open.last_mut().map(|open| &mut open.body) {
            None => self.whole = Some(node),
            Some(Body::List(items)) => items.push(node),
            Some(Body::Map(entries, key)) => {
                if let Some(key) = key.take() {
                    entries.push((key, node));
                }
            }
        }
    }

    /// The end of the list or map that was opened last.
    pub(crate) fn close(&mut self) {
        if let Some(open) = self.open.pop() {
            self.value(open.into_node(false));
        }
    }

    /// How far the element of the innermost list that begins now is indented; `None` when it shares its line with something before.
    pub(crate) fn element_at(&mut self, indent: Option<usize>) {
        if let Some(open) = self.open.last_mut() {
            open.indent = indent;
        }
    }

    /// Whether some open list has elements indented so far.
    pub(crate) fn has_elements_at(&self, indent: usize) -> bool {
        self.open.iter().any(|open| open.indent == Some(indent))
    }

    /// Whether some open list has its elements on lines of their own.
    pub(crate) fn has_rows(&self) -> bool {
        self.open.iter().any(|open| open.indent.is_some())
    }

    /// Breaks off what is open within the innermost list whose elements are indented so far.
    pub(crate) fn cut_down_to(&mut self, indent: usize) {
        while self.open.last().is_some_and(|open| open.indent != Some(indent)) {
            if let Some(open) = self.open.pop() {
                self.value(open.into_node(true));
            }
        }
    }

    /// The value, once it is whole.
    pub(crate) fn take(&mut self) -> Option<Node> {
        self.whole.take()
    }

    /// What there is of a value that was broken off, each level that is not whole marked as cut.
    pub(crate) fn salvage(mut self) -> Option<Node> {
        while let Some(open) = self.open.pop() {
            self.value(open.into_node(true));
        }
        self.whole
    }
}

impl Open {
    fn into_node(self, is_cut: bool) -> Node {
        let value = match self.body {
            Body::List(items) => Value::List(items),
            Body::Map(entries, _) => Value::Map(entries),
        };
        Node { place: self.place, value, is_cut }
    }
}
