//! [`Document`]: a JSON object that is filled by paths, as the schemas of others name their fields.

use serde_json::{Map, Value};

/// An object under construction. What is empty is left out: in these schemas the absent is unknown.
#[derive(Debug, Default)]
pub(crate) struct Document(Map<String, Value>);

impl Document {
    /// Sets the value at a path of keys with dots between them, unless it is `null`, an empty text, list or object.
    pub(crate) fn set(&mut self, path: &str, value: impl Into<Value>) {
        let value = value.into();
        let is_empty = match &value {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Object(members) => members.is_empty(),
            Value::Bool(_) | Value::Number(_) => false,
        };
        if is_empty {
            return;
        }
        let (parents, key) = path.rsplit_once('.').unwrap_or(("", path));
        let mut at = &mut self.0;
        for step in parents.split('.').filter(|step| !step.is_empty()) {
            // A path through a value that is no object names nothing, and no mapping has one.
            let Value::Object(inner) = at.entry(step).or_insert_with(|| Value::Object(Map::new())) else { return };
            at = inner;
        }
        at.insert(key.to_owned(), value);
    }

    pub(crate) fn into_value(self) -> Value {
        Value::Object(self.0)
    }
}

impl From<Document> for Value {
    fn from(document: Document) -> Self {
        document.into_value()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_nested_and_the_empty_is_left_out() {
        let mut document = Document::default();
        document.set("a.b.c", 1);
        document.set("a.b.d", "x");
        document.set("a.e", false);
        document.set("f", None::<String>);
        document.set("g", "");
        document.set("h.i", Vec::<String>::new());
        document.set("a.e.j", 1);
        assert_eq!(document.into_value(), serde_json::json!({"a": {"b": {"c": 1, "d": "x"}, "e": false}}));
    }
}
