//! Indicators as short texts, so that tables can hold what is expected.

use std::borrow::Borrow;

use certsift::{Condition, Import, Indicator, NameTest, Roles, import_indicators};
use yara_x_parser::ast::AST;

pub(crate) fn import(text: &str) -> Import {
    import_indicators("f.yar", text.as_bytes())
}

/// The one indicator of a text, its alternatives with ` | ` between them.
pub(crate) fn only(text: &str) -> Indicator {
    // What is tested here is YARA, not what our own parser takes for it.
    let ast = AST::from(text);
    assert!(ast.errors().is_empty(), "{text}: {:?}", ast.errors());
    let mut import = import(text);
    assert!(import.errors.is_empty(), "{text}: {:?}", import.errors);
    assert_eq!(import.indicators.len(), 1, "{text}: {:?}", import.refused);
    import.indicators.remove(0)
}

pub(crate) fn alternatives(indicator: &Indicator) -> String {
    let told = indicator.alternatives.iter().map(|one| one.iter().map(condition).collect::<Vec<_>>().join(" & "));
    told.collect::<Vec<_>>().join(" | ")
}

/// The causes of the notes, and what they are about.
pub(crate) fn notes(indicator: &Indicator) -> Vec<String> {
    indicator.metadata.notes.iter().map(|note| format!("{}: {}", note.cause, note.detail)).collect()
}

pub(crate) fn scope(indicator: &Indicator) -> String {
    match indicator.scope {
        Roles::SIGNERS => "signers".to_owned(),
        Roles::ANY => "any".to_owned(),
        other => {
            let roles = certsift::Role::ALL.into_iter().filter(|role| other.contains(*role));
            roles.map(|role| role.to_string()).collect::<Vec<_>>().join(" ")
        }
    }
}

pub(crate) fn condition(condition: &Condition) -> String {
    match condition {
        Condition::Serial(serial) => {
            let octets: &[u8] = serial.borrow();
            format!("serial {}", hex::encode(octets))
        }
        Condition::Subject(test) => format!("subject {}", name(test)),
        Condition::Issuer(test) => format!("issuer {}", name(test)),
        Condition::ProgramName(test) => format!("program {}", name(test)),
        Condition::Hash(of, value) => format!("{} {value}", of.field(value)),
        Condition::SignatureAlgorithm(oid) => format!("algorithm {oid}"),
        Condition::NotBefore(test) => format!("not_before {} {}", test.order.as_str(), test.time),
        Condition::NotAfter(test) => format!("not_after {} {}", test.order.as_str(), test.time),
        other => format!("{other:?}"),
    }
}

fn name(test: &NameTest) -> String {
    let fold = if test.ignore_case { "i" } else { "" };
    format!("{} {fold}{} {:?}", test.field.name(), test.mode.as_str(), test.value)
}
