//! What a query asks an event for: the values under a path.

use std::borrow::Cow;
use std::ops::ControlFlow;

use serde_json::Value;

/// An event that can be asked for its values.
///
/// ```
/// use certsift::{Fields, Query};
/// use std::borrow::Cow;
/// use std::ops::ControlFlow;
///
/// struct Started<'a> {
///     name: &'a str,
/// }
///
/// impl Fields for Started<'_> {
///     fn values(&self, path: &str, visit: &mut dyn FnMut(Cow<'_, str>) -> ControlFlow<()>) -> ControlFlow<()> {
///         if path == "process.name" { visit(self.name.into()) } else { ControlFlow::Continue(()) }
///     }
/// }
///
/// let query = Query::parse(r#"any where process.name like "update-ca-*""#)?;
/// assert!(query.matches(&Started { name: "update-ca-trust" }));
/// # Ok::<(), certsift::EqlError>(())
/// ```
pub trait Fields {
    /// Tells `visit` every value under `path`, which is names with dots between them, until it breaks. What is null or not there is no
    /// value; numbers and booleans are told as text.
    fn values(&self, path: &str, visit: &mut dyn FnMut(Cow<'_, str>) -> ControlFlow<()>) -> ControlFlow<()>;
}

/// Every leaf under the path: objects inside one another, names with dots in them, both mixed, and all members of arrays.
impl Fields for Value {
    fn values(&self, path: &str, visit: &mut dyn FnMut(Cow<'_, str>) -> ControlFlow<()>) -> ControlFlow<()> {
        values_under(self, path, visit)
    }
}

fn values_under(value: &Value, path: &str, visit: &mut dyn FnMut(Cow<'_, str>) -> ControlFlow<()>) -> ControlFlow<()> {
    match value {
        _ if path.is_empty() => leaves(value, visit),
        Value::Array(members) => members.iter().try_for_each(|member| values_under(member, path, visit)),
        // A name may hold any number of the path's parts, and go on below it.
        Value::Object(members) => members.iter().try_for_each(|(name, value)| {
            if let Some(rest) = path.strip_prefix(name.as_str()) {
                let below = if rest.is_empty() { Some(rest) } else { rest.strip_prefix('.') };
                return below.map_or(ControlFlow::Continue(()), |rest| values_under(value, rest, visit));
            }
            let is_below = name.strip_prefix(path).is_some_and(|rest| rest.starts_with('.'));
            if is_below { leaves(value, visit) } else { ControlFlow::Continue(()) }
        }),
        _ => ControlFlow::Continue(()),
    }
}

/// The leaves of a value.
fn leaves(value: &Value, visit: &mut dyn FnMut(Cow<'_, str>) -> ControlFlow<()>) -> ControlFlow<()> {
    match value {
        Value::Null => ControlFlow::Continue(()),
        Value::Bool(is_true) => visit(if *is_true { "true".into() } else { "false".into() }),
        Value::Number(number) => visit(number.to_string().into()),
        Value::String(text) => visit(text.as_str().into()),
        Value::Array(members) => members.iter().try_for_each(|member| leaves(member, visit)),
        Value::Object(members) => members.values().try_for_each(|member| leaves(member, visit)),
    }
}
