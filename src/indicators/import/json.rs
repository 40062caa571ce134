//! JSON text to [`Node`]s that know their places: one document, or one after the other as JSON lines have them. Damage costs the value
//! it is in, not those before it, nor those that begin on a later line.

use super::document::{Builder, Inside, Node, Value};
use super::reading::{Fault, Place};
use crate::bytes::to_u64;

/// The values of a text, one after the other.
pub(crate) struct Values<'a> {
    text: Text<'a>,
    /// After damage: brackets and commas between values may be what is left of a document around them.
    is_lost: bool,
    /// How often in a row it went back to where a value may have begun in one that was damaged.
    returns: u32,
}

/// A value, or what there is of it; and what is wrong.
pub(crate) struct Item {
    pub(crate) node: Option<Node>,
    pub(crate) faults: Vec<Fault>,
}

impl<'a> Values<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let text =
            Text { text, at: 0, line: 1, line_start: 0, counted: 0, column: 1, skips_comma: false, suspect: None };
        Self { text, is_lost: false, returns: 0 }
    }
}

impl Iterator for Values<'_> {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        loop {
            self.text.skip_blanks();
            match self.text.peek()? {
                b',' | b']' | b'}' if self.is_lost => self.text.advance(1),
                _ => break,
            }
        }
        let mut builder = Builder::default();
        let mut faults = Vec::new();
        let start = self.text.place();
        (self.text.skips_comma, self.text.suspect) = (false, None);
        loop {
            if let Err(fault) = step(&mut self.text, &mut builder) {
                if let Some((first, last)) = self.text.suspect {
                    /// Values that broke off one after the other. Of a text that is nothing but such, every line would be read as
                    /// often as values can be nested.
                    const MAX_RETURNS: u32 = 4;
                    self.returns = self.returns.saturating_add(1);
                    let spot = if self.returns.is_multiple_of(MAX_RETURNS) { last } else { first };
                    self.text.go_back(spot);
                    faults.push(Fault::new(start, "a value that ends before it is whole"));
                    return Some(Item { node: None, faults });
                }
                faults.push(fault);
                match self.text.skip_to_value(&builder) {
                    Some(indent) if builder.has_elements_at(indent) => {
                        builder.cut_down_to(indent);
                        self.text.skips_comma = true;
                    }
                    _ => {
                        self.is_lost = true;
                        return Some(Item { node: builder.salvage(), faults });
                    }
                }
            }
            if let Some(node) = builder.take() {
                self.returns = 0;
                return Some(Item { node: Some(node), faults });
            }
        }
    }
}

/// Reads one thing: a bracket, a key, or a scalar.
fn step(text: &mut Text<'_>, builder: &mut Builder) -> Result<(), Fault> {
    let inside = builder.inside();
    if matches!(inside, Inside::List | Inside::Map) {
        let close = if inside == Inside::List { b']' } else { b'}' };
        text.skip_blanks();
        if text.peek() == Some(close) {
            text.advance(1);
            builder.close();
            return Ok(());
        }
        if !std::mem::take(&mut text.skips_comma) && !builder.is_empty() {
            text.expect(b',', "a comma or a closing bracket belongs here")?;
        }
        text.skip_blanks();
        if inside == Inside::Map {
            if text.peek() != Some(b'"') {
                return Err(text.fault("a key in quotation marks belongs here"));
            }
            let key = text.string()?;
            text.skip_blanks();
            text.expect(b':', "a colon belongs here")?;
            builder.key(key);
            text.skip_blanks();
            text.suspect_here(true);
        } else {
            text.suspect_here(builder.is_after_scalar());
            if matches!(text.peek(), Some(b'{' | b'[')) {
                builder.element_at(text.indent());
            }
        }
    }
    text.skip_blanks();
    let place = text.place();
    match text.peek() {
        Some(b'{') => {
            text.advance(1);
            builder.open_map(place)?;
        }
        Some(b'[') => {
            text.advance(1);
            builder.open_list(place)?;
        }
        Some(b'"') => builder.value(Node::new(place, Value::Text(text.string()?))),
        Some(b'-' | b'0'..=b'9' | b'a'..=b'z') => builder.value(Node::new(place, text.word()?)),
        Some(_) => return Err(text.fault("a value belongs here")),
        None => return Err(text.fault("the text ends before the value does")),
    }
    Ok(())
}

/// The text, and how far it is read.
struct Text<'a> {
    text: &'a str,
    at: usize,
    line: u64,
    /// Where the line begins, in octets.
    line_start: usize,
    /// How far columns are counted, and the column there: a document may be one long line.
    counted: usize,
    column: u64,
    /// After damage, the element that follows has no comma before it.
    skips_comma: bool,
    /// The first and the last line that begin with a bracket where the line before was expected to go on: if what is being read turns
    /// out to be damaged, it is likely that it broke off before, and that this is the next value.
    suspect: Option<(Spot, Spot)>,
}

/// A place to go back to.
#[derive(Clone, Copy)]
struct Spot {
    at: usize,
    line: u64,
}

impl<'a> Text<'a> {
    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.rest().first().copied()
    }

    /// Goes on within a line.
    fn advance(&mut self, octets: usize) {
        self.at = self.at.saturating_add(octets);
    }

    fn skip_blanks(&mut self) {
        while let Some(byte @ (b' ' | b'\t' | b'\r' | b'\n')) = self.peek() {
            self.advance(1);
            if byte == b'\n' {
                self.new_line();
            }
        }
    }

    fn new_line(&mut self) {
        self.line = self.line.saturating_add(1);
        self.line_start = self.at;
        (self.counted, self.column) = (self.at, 1);
    }

    fn place(&mut self) -> Place {
        let since = self.text.get(self.counted..self.at).unwrap_or_default();
        self.column = self.column.saturating_add(to_u64(since.chars().count()));
        self.counted = self.at;
        Place::at(self.line, self.column)
    }

    /// The blanks before this place, where nothing else is before it on its line.
    fn indent(&self) -> Option<usize> {
        let before = self.text.get(self.line_start..self.at)?;
        before.bytes().all(|byte| matches!(byte, b' ' | b'\t')).then_some(before.len())
    }

    fn fault(&mut self, problem: &str) -> Fault {
        Fault::new(self.place(), problem)
    }

    fn expect(&mut self, byte: u8, problem: &str) -> Result<(), Fault> {
        if self.peek() != Some(byte) {
            return Err(self.fault(problem));
        }
        self.advance(1);
        Ok(())
    }

    /// A text in quotation marks, which lies on one line.
    fn string(&mut self) -> Result<String, Fault> {
        let mut escaped = false;
        let inner = self.rest().iter().skip(1);
        let length = inner.clone().position(|&byte| match byte {
            _ if escaped => {
                escaped = false;
                byte == b'\n'
            }
            b'\\' => {
                escaped = true;
                false
            }
            b'"' | b'\n' => true,
            _ => false,
        });
        let end = length.and_then(|length| self.at.checked_add(length)?.checked_add(2));
        let token = end.and_then(|end| self.text.get(self.at..end)).filter(|token| token.ends_with('"'));
        let (Some(token), Some(end)) = (token, end) else {
            return Err(self.fault("a quotation mark that is not closed on its line"));
        };
        let read = match serde_json::from_str(token) {
            Ok(read) => read,
            Err(error) => return Err(self.fault(&bare(&error))),
        };
        self.at = end;
        Ok(read)
    }

    /// A number, or `true`, `false` or `null`.
    fn word(&mut self) -> Result<Value, Fault> {
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
        let length = self.rest().iter().take_while(|byte| is_part(byte)).count();
        let token = self.text.get(self.at..self.at.saturating_add(length)).unwrap_or_default();
        let value = match serde_json::from_str(token) {
            Ok(serde_json::Value::Null) => Value::Null,
            Ok(serde_json::Value::Bool(is)) => Value::Bool(is),
            Ok(serde_json::Value::Number(_)) => Value::Number(token.to_owned()),
            Ok(_) => return Err(self.fault("a value belongs here")),
            Err(error) => return Err(self.fault(&bare(&error))),
        };
        self.advance(length);
        Ok(value)
    }

    fn suspect_here(&mut self, goes_on: bool) {
        let begins = self.at == self.line_start && self.line > 1 && matches!(self.peek(), Some(b'{' | b'['));
        if goes_on && begins {
            let spot = Spot { at: self.at, line: self.line };
            self.suspect = Some((self.suspect.map_or(spot, |(first, _)| first), spot));
        }
    }

    fn go_back(&mut self, Spot { at, line }: Spot) {
        (self.at, self.line, self.line_start) = (at, line, at);
        (self.counted, self.column) = (at, 1);
    }

    /// Goes to the next line, this one included when nothing of it is read, on which a value begins: one as far indented as the
    /// elements of a list that is open, or where no list has its elements on lines of their own, one without a blank before it. The
    /// answer is how far it is indented; `None` at the end.
    fn skip_to_value(&mut self, builder: &Builder) -> Option<usize> {
        let has_rows = builder.has_rows();
        loop {
            let blanks = self.rest().iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
            let indent = self.indent().map(|before| before.saturating_add(blanks));
            let begins = matches!(self.rest().get(blanks), Some(b'{' | b'['));
            let is_next = |indent| if has_rows { builder.has_elements_at(indent) } else { indent == 0 };
            if let Some(indent) = indent.filter(|&indent| begins && is_next(indent)) {
                self.advance(blanks);
                return Some(indent);
            }
            let Some(length) = self.rest().iter().position(|&byte| byte == b'\n') else {
                self.at = self.text.len();
                return None;
            };
            self.advance(length.saturating_add(1));
            self.new_line();
        }
    }
}

/// An error of serde_json without its place, which is one in the token.
fn bare(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(node: &Node) -> serde_json::Value {
        match &node.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(is) => (*is).into(),
            Value::Number(digits) => serde_json::from_str(digits).unwrap(),
            Value::Text(text) => text.as_str().into(),
            Value::List(items) => items.iter().map(plain).collect(),
            Value::Map(entries) => entries.iter().map(|(key, node)| (key.clone(), plain(node))).collect(),
        }
    }

    #[test]
    fn damage_costs_what_it_is_in() {
        // Text; what can be read; where the damage is.
        type Places = &'static [(u64, u64)];
        let cases: &[(&str, &str, Places)] = &[
            ("{\"a\":1}\n{\"b\":\n{\"c\":3}", "[{\"a\":1},{\"c\":3}]", &[(2, 1)]),
            ("{\"b\":[1,\n{\"c\":3}\n{\"d\":4}", "[{\"c\":3},{\"d\":4}]", &[(1, 1)]),
            ("{\"b\":\n{\"c\":3}}", "[{\"b\":{\"c\":3}}]", &[]),
            ("{\"a\":1\n{\"b\":2}", "[{\"a\":1},{\"b\":2}]", &[(2, 1)]),
            ("{\"a\":\"x\n{\"b\":2}", "[{},{\"b\":2}]", &[(1, 6)]),
            ("[{\"a\":1},\n{\"b\":tru},\n{\"c\":3}]", "[[{\"a\":1},{},{\"c\":3}]]", &[(2, 6)]),
            (
                "{\"o\":[\n  {\"a\":[1\n  },\n  {\"b\":2}\n],\"p\":3}",
                "[{\"o\":[{\"a\":[1]},{\"b\":2}],\"p\":3}]",
                &[(3, 3)],
            ),
            ("{\"a\":[1,2,", "[{\"a\":[1,2]}]", &[(1, 11)]),
            ("{\"a\":\"\\q\"}\n{\"b\":2}", "[{},{\"b\":2}]", &[(1, 6)]),
            ("{\"a\" 1}", "[{}]", &[(1, 6)]),
            ("{\"a\":01}", "[{}]", &[(1, 6)]),
            ("{\"a\":,}", "[{}]", &[(1, 6)]),
            ("{1:2}", "[{}]", &[(1, 2)]),
            ("[1,]", "[[1]]", &[(1, 4)]),
        ];
        for (text, expected, faults) in cases {
            let (mut nodes, mut places) = (Vec::new(), Vec::new());
            for item in Values::new(text) {
                nodes.extend(item.node.as_ref().map(plain));
                places.extend(item.faults.iter().map(|fault| (fault.place.line, fault.place.column.unwrap())));
            }
            assert_eq!(serde_json::Value::from(nodes).to_string(), *expected, "{text}");
            assert_eq!(places, *faults, "{text}");
        }
    }

    #[test]
    fn nesting_has_an_end() {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let levels = 100_000;
            let text = format!("{}1{}", open.repeat(levels), close.repeat(levels));
            let item = Values::new(&text).next().unwrap();
            assert_eq!(item.faults[0].problem, "nested deeper than 128 levels");
        }
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<String>().prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
                proptest::collection::btree_map(any::<String>(), inner, 0..6)
                    .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn reads_what_serde_reads(values in proptest::collection::vec(json(), 0..4), pretty: bool) {
            let texts = values.iter().map(|value| if pretty { format!("{value:#}") } else { value.to_string() });
            let text: Vec<String> = texts.collect();
            let items: Vec<Item> = Values::new(&text.join("\n")).collect();
            prop_assert!(items.iter().all(|item| item.faults.is_empty()));
            let read: Vec<serde_json::Value> = items.iter().map(|item| plain(item.node.as_ref().unwrap())).collect();
            prop_assert_eq!(&read, &values);
            for item in &items {
                let again = item.node.as_ref().unwrap().to_json();
                prop_assert_eq!(plain(Values::new(&again).next().unwrap().node.as_ref().unwrap()), plain(item.node.as_ref().unwrap()));
            }
        }

        #[test]
        fn ends_and_has_places(text in "[\\[\\]{}:,\"\\\\\n a1é-]{0,60}") {
            for item in Values::new(&text) {
                prop_assert!(item.faults.iter().all(|fault| fault.place.line > 0 && fault.place.column != Some(0)));
            }
        }
    }
}
