//! Imports and observations as text for a reader.

use std::fmt::Write;

use certsift::{Condition, Import, ImportError, Indicator, NameTest, Observations, Role, Roles};

pub(crate) fn import(import: &Import) -> String {
    let mut text = format!("{:?}\n", import.format.unwrap());
    for (indicator, line) in import.indicators.iter().zip(&import.lines) {
        write_indicator(&mut text, indicator, *line);
    }
    write_errors(&mut text, "errors", &import.errors);
    write_errors(&mut text, "refused", &import.refused);
    text
}

fn write_indicator(text: &mut String, indicator: &Indicator, line: u64) {
    let metadata = &indicator.metadata;
    let _ = writeln!(text, "\nline {line}: {}", metadata.id);
    let severity = metadata.severity.map(|severity| severity.to_string());
    let attack = metadata.attack.join(" ");
    let times = [
        ("valid from", metadata.valid_from),
        ("valid to", metadata.valid_to),
        ("abused from", metadata.abused_from),
        ("revoked at", metadata.revoked_at),
    ]
    .map(|(name, time)| (name, time.map(|time| time.to_string())));
    let told = [
        ("name", metadata.name.as_deref()),
        ("source", metadata.source.as_deref()),
        ("author", metadata.author.as_deref()),
        ("reference", metadata.reference.as_deref()),
        ("severity", severity.as_deref()),
        ("category", metadata.category.as_deref()),
        ("family", metadata.family.as_deref()),
        ("date", metadata.date.as_deref()),
        ("attack", Some(attack.as_str())),
        ("description", metadata.description.as_deref()),
    ];
    for (name, value) in told.into_iter().chain(times.iter().map(|(name, time)| (*name, time.as_deref()))) {
        if let Some(value) = value {
            let _ = writeln!(text, "  {name}: {}", value.escape_debug());
        }
    }
    let _ = writeln!(text, "  scope: {}", scope(indicator.scope));
    for conditions in &indicator.alternatives {
        let conditions: Vec<String> = conditions.iter().map(condition).collect();
        let _ = writeln!(text, "  or {}", conditions.join(" and "));
    }
    for note in &metadata.notes {
        let _ = writeln!(text, "  note {}: {}", note.cause, note.detail.escape_debug());
    }
}

fn scope(scope: Roles) -> String {
    match scope {
        Roles::ANY => "any".to_owned(),
        Roles::SIGNERS => "signers".to_owned(),
        _ => {
            let names: Vec<&str> =
                Role::ALL.into_iter().filter(|role| scope.contains(*role)).map(Role::as_str).collect();
            names.join(" ")
        }
    }
}

pub(crate) fn condition(condition: &Condition) -> String {
    match condition {
        Condition::Serial(serial) => format!("serial {}", hex::encode(serial.as_serial().as_bytes())),
        Condition::Subject(test) => format!("subject {}", name(test)),
        Condition::Issuer(test) => format!("issuer {}", name(test)),
        Condition::ProgramName(test) => format!("program {}", name(test)),
        Condition::Hash(of, value) => format!("{} {value}", of.field(value)),
        Condition::ExtendedKeyUsage(test) => format!("usage {}{}", test.usage, if test.and_below { ".*" } else { "" }),
        Condition::RsaModulus(modulus) => format!("modulus {}", hex::encode(modulus)),
        other => format!("{other:?}"),
    }
}

fn name(test: &NameTest) -> String {
    let folded = if test.ignore_case { " in any case" } else { "" };
    format!("{} {} {:?}{folded}", test.field.name(), test.mode.as_str(), test.value)
}

fn write_errors(text: &mut String, what: &str, errors: &[ImportError]) {
    for (index, error) in errors.iter().enumerate() {
        let _ = writeln!(text, "{}{error}", if index == 0 { format!("\n{what}\n") } else { String::new() });
    }
}

pub(crate) fn observations(read: &Observations) -> String {
    let mut text = String::new();
    for observation in &read.list {
        let subject = observation.subject.as_deref().unwrap_or("(no name)");
        let _ = writeln!(text, "line {}: {:?} {subject}", observation.line, observation.format);
        for certificate in &observation.certificates {
            let _ = writeln!(text, "  {}", certificate.role());
            for (name, value) in certificate.facts() {
                let _ = writeln!(text, "    {name}: {}", value.escape_debug());
            }
        }
    }
    write_errors(&mut text, "errors", &read.errors);
    text
}
