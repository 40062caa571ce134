//! An event that is no JSON: whatever has fields can be asked.

use super::*;
use certsift::Fields;
use std::borrow::Cow;
use std::ops::ControlFlow;

/// A record of a sensor, as a program has it.
struct Started<'a> {
    name: &'a str,
    arguments: &'a [&'a str],
    pid: u32,
    parent: Option<&'a str>,
}

impl Fields for Started<'_> {
    fn values(&self, path: &str, visit: &mut dyn FnMut(Cow<'_, str>) -> ControlFlow<()>) -> ControlFlow<()> {
        match path {
            "event.category" => visit("process".into()),
            "process.name" => visit(self.name.into()),
            "process.pid" => visit(self.pid.to_string().into()),
            "process.args" => self.arguments.iter().try_for_each(|one| visit((*one).into())),
            "process.parent.name" => self.parent.map_or(ControlFlow::Continue(()), |name| visit(name.into())),
            _ => ControlFlow::Continue(()),
        }
    }
}

#[test]
fn an_event_need_not_be_json() {
    let query = query(
        r#"process where process.name like "update-ca-*" and process.pid > 1 and not (process.parent.name == "dpkg" or process.args == "-e")"#,
    );
    let plain = Started { name: "update-ca-trust", arguments: &["x", "extract"], pid: 7, parent: None };
    assert_eq!(query.verdict(&plain), Verdict::Alert);
    assert!(query.matches(&plain));
    assert_eq!(query.verdict(&Started { pid: 1, ..plain }), Verdict::NoMatch);
    let left_out = clauses(query.verdict(&Started { arguments: &["x", "-e"], parent: Some("dpkg"), ..plain }));
    let told: Vec<_> =
        left_out.iter().map(|one| (one.id.as_str(), one.field.as_deref(), one.value.as_deref())).collect();
    let expected = [("E1", Some("process.parent.name"), Some("dpkg")), ("E2", Some("process.args"), Some("-e"))];
    assert_eq!(told, expected);
}
