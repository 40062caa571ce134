//! An indicator as the values of our own columns: what our CSV and JSON lines are written from.

use std::fmt;

use super::losses::Losses;
use crate::asn1::oid::OidBuf;
use crate::asn1::time::Time;
use crate::indicators::column::Column;
use crate::indicators::hash_value::HashOf;
use crate::indicators::indicator::{Condition, Indicator, Metadata, NameField, NameTest, Note, Text};
use crate::indicators::role::{Role, Roles};
use crate::x509::serial::SerialBuf;

/// A value of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cell<'a> {
    Text(Text),
    /// Technique ids: an array in JSON, words in CSV.
    Ids(&'a [Text]),
    /// A value that is JSON in CSV too, as its text.
    Json(String),
}

/// The values that an indicator has, in the order of the columns.
pub(super) fn cells<'a>(indicator: &'a Indicator, losses: &mut Losses) -> Vec<(Column, Cell<'a>)> {
    note_losses(indicator, losses);
    let mut cells = Vec::new();
    let mut text = |column, value: Option<Text>| {
        cells.extend(value.filter(|text| !text.is_empty()).map(|text| (column, Cell::Text(text))));
    };
    let metadata = &indicator.metadata;
    text(Column::Id, Some(metadata.id.clone()));
    text(Column::Name, metadata.name.clone());
    text(Column::Role, roles(indicator.scope).map(Text::from));
    text(Column::Source, metadata.source.clone());
    text(Column::Reference, metadata.reference.clone());
    text(Column::Severity, metadata.severity.map(|severity| severity.as_str().into()));
    text(Column::Category, metadata.category.clone());
    text(Column::Family, metadata.family.clone());
    text(Column::Date, metadata.date.clone());
    text(Column::Author, metadata.author.clone());
    text(Column::License, metadata.license.clone());
    text(Column::Description, metadata.description.clone());
    let time = |time: Option<Time>| time.map(|time| time_text(time).into());
    text(Column::AbusedFrom, time(metadata.abused_from));
    text(Column::RevokedAt, time(metadata.revoked_at));
    text(Column::ValidFrom, time(metadata.valid_from));
    text(Column::ValidTo, time(metadata.valid_to));
    text(Column::NotAfterAtLeast, time(metadata.not_after_at_least.map(Time::from_unix)));
    cells.extend(conditions(&indicator.alternatives));
    if !metadata.attack.is_empty() {
        cells.push((Column::Attack, Cell::Ids(&metadata.attack)));
    }
    if !metadata.notes.is_empty() {
        cells.push((Column::Notes, Cell::Json(json_array(&metadata.notes, note_json))));
    }
    cells.sort_by_key(|(column, _)| *column);
    cells
}

/// What our own columns do not tell apart from something else.
fn note_losses(indicator: &Indicator, losses: &mut Losses) {
    if indicator.metadata.id.is_empty() {
        losses.weaken(indicator, "it has no id and gets the place in the file for one");
    }
    let Metadata { name, source, reference, category, family, date, author, license, description, .. } =
        &indicator.metadata;
    let texts = [name, source, reference, category, family, date, author, license, description];
    if texts.into_iter().flatten().any(|text| text.is_empty()) {
        losses.weaken(indicator, "an empty text is the same as none");
    }
    let has_empty_serial = |condition: &Condition| matches!(condition, Condition::Serial(serial) if serial.as_serial().as_bytes().is_empty());
    if indicator.alternatives.iter().flatten().any(has_empty_serial) {
        losses.weaken(indicator, "a serial without octets is written as zero");
    }
}

/// Columns of their own when they say the alternatives exactly, else the column for everything.
fn conditions<'a>(alternatives: &[Vec<Condition>]) -> Vec<(Column, Cell<'a>)> {
    if let [conditions] = alternatives {
        let columns: Option<Vec<Column>> = conditions.iter().map(column_of).collect();
        // A reader puts them in the order of the columns, and has each once.
        if let Some(columns) = columns.filter(|columns| columns.is_sorted_by(|a, b| a < b)) {
            let cell = |(column, condition)| (column, Cell::Text(Text::from(value_text(condition))));
            return columns.into_iter().zip(conditions).map(cell).collect();
        }
    }
    let json = json_array(alternatives, |conditions| json_array(conditions, condition_json));
    vec![(Column::Conditions, Cell::Json(json))]
}

/// The column that says exactly this condition, if there is one.
fn column_of(condition: &Condition) -> Option<Column> {
    match condition {
        Condition::Serial(_) => Some(Column::Serial),
        Condition::Hash(of @ (HashOf::Certificate | HashOf::Tbs), value) => Some(match (of, value.algorithm()) {
            (HashOf::Tbs, "md5") => Column::TbsMd5,
            (HashOf::Tbs, "sha1") => Column::TbsSha1,
            (HashOf::Tbs, "sha256") => Column::TbsSha256,
            (HashOf::Tbs, "sha384") => Column::TbsSha384,
            (HashOf::Tbs, _) => Column::TbsSha512,
            (_, "md5") => Column::Md5,
            (_, "sha1") => Column::Sha1,
            (_, "sha256") => Column::Sha256,
            (_, "sha384") => Column::Sha384,
            _ => Column::Sha512,
        }),
        Condition::Subject(test) => {
            [Column::Organization, Column::CommonName, Column::Subject, Column::SubjectContains]
                .into_iter()
                .find(|column| says(*column, test))
        }
        Condition::Issuer(test) => {
            [Column::Issuer, Column::IssuerContains].into_iter().find(|column| says(*column, test))
        }
        Condition::ProgramName(test) => says(Column::ProgramName, test).then_some(Column::ProgramName),
        Condition::ExtendedKeyUsage(_) => Some(Column::ExtendedKeyUsage),
        Condition::Hash(..)
        | Condition::SignatureAlgorithm(_)
        | Condition::NotBefore(_)
        | Condition::NotAfter(_)
        | Condition::RsaModulus(_) => None,
    }
}

fn says(column: Column, test: &NameTest) -> bool {
    // A name of blanks alone is an empty cell.
    let is_plain = !test.ignore_case && !test.value.trim().is_empty();
    is_plain && column.name_test() == Some((test.field, test.mode))
}

/// The value of a condition as its column has it.
fn value_text(condition: &Condition) -> String {
    match condition {
        Condition::Serial(serial) => serial_text(serial),
        Condition::Subject(test) | Condition::Issuer(test) | Condition::ProgramName(test) => test.value.to_string(),
        Condition::Hash(_, value) => value.to_string(),
        Condition::ExtendedKeyUsage(test) if test.and_below => format!("{}.*", oid_text(&test.usage)),
        Condition::ExtendedKeyUsage(test) => oid_text(&test.usage),
        Condition::SignatureAlgorithm(oid) => oid_text(oid),
        Condition::NotBefore(test) | Condition::NotAfter(test) => time_text(test.time),
        Condition::RsaModulus(modulus) => hex::encode(modulus),
    }
}

/// A condition as an object of the column `conditions`.
fn condition_json(condition: &Condition) -> String {
    let mut members: Vec<(&str, &str)> = Vec::with_capacity(4);
    let mut ignore_case = false;
    let value = value_text(condition);
    let mut name = |field, test: &NameTest, default: Option<NameField>| {
        members.push(("field", field));
        if Some(test.field) != default {
            members.push(("attribute", test.field.name()));
        }
        members.push(("compare", test.mode.as_str()));
        ignore_case = test.ignore_case;
    };
    match condition {
        Condition::Subject(test) => name("subject", test, None),
        Condition::Issuer(test) => name("issuer", test, None),
        Condition::ProgramName(test) => name("program_name", test, Some(NameField::Any)),
        Condition::Serial(_) => members.push(("field", "serial")),
        Condition::Hash(of, value) => members.push(("field", of.field(value))),
        Condition::ExtendedKeyUsage(_) => members.push(("field", "extended_key_usage")),
        Condition::SignatureAlgorithm(_) => members.push(("field", "signature_algorithm")),
        Condition::NotBefore(test) => members.extend([("field", "not_before"), ("compare", test.order.as_str())]),
        Condition::NotAfter(test) => members.extend([("field", "not_after"), ("compare", test.order.as_str())]),
        Condition::RsaModulus(_) => members.push(("field", "rsa_modulus")),
    }
    members.push(("value", &value));
    let members: Vec<String> =
        members.iter().map(|(key, value)| format!("{}:{}", json_text(key), json_text(value))).collect();
    let flag = if ignore_case { ",\"ignore_case\":true" } else { "" };
    format!("{{{}{flag}}}", members.join(","))
}

fn note_json(note: &Note) -> String {
    let cause = json_text(note.cause.as_str());
    if note.detail.is_empty() {
        return format!("{{\"cause\":{cause}}}");
    }
    format!("{{\"cause\":{cause},\"detail\":{}}}", json_text(&note.detail))
}

/// The octets as written; of a serial that had an odd number of digits, those digits.
pub(super) fn serial_text(serial: &SerialBuf) -> String {
    let octets = serial.as_serial().as_bytes();
    let digits = hex::encode(octets);
    if !serial.is_odd_hex() {
        return if digits.is_empty() { "00".to_owned() } else { digits };
    }
    if let Some(odd) = digits.strip_prefix('0') {
        return odd.to_owned();
    }
    // A negative number whose magnitude has an odd number of digits.
    let mut carry = true;
    let mut magnitude: Vec<u8> = Vec::with_capacity(octets.len());
    for octet in octets.iter().rev() {
        let (negated, overflow) = (!*octet).overflowing_add(u8::from(carry));
        magnitude.push(negated);
        carry = overflow;
    }
    magnitude.reverse();
    let magnitude = hex::encode(magnitude);
    let magnitude = magnitude.trim_start_matches('0');
    let lost_zero = if magnitude.len() & 1 == 0 { "0" } else { "" };
    format!("-{lost_zero}{magnitude}")
}

/// Dotted text; the octets in hex after a `#` where dotted text would be read as other octets.
pub(super) fn oid_text(oid: &OidBuf) -> String {
    let text = oid.to_string();
    match OidBuf::parse(&text) {
        Ok(same) if same == *oid => text,
        _ => format!("#{}", hex::encode(oid.as_oid().as_bytes())),
    }
}

/// RFC 3339, or seconds since 1970 after an `@` for years that it has not.
pub(super) fn time_text(time: Time) -> String {
    let text = time.to_string();
    if text.len() == "YYYY-MM-DDThh:mm:ssZ".len() && !text.starts_with('-') {
        text
    } else {
        format!("@{}", time.unix())
    }
}

/// The names of roles, `None` for those of an indicator that says nothing.
fn roles(scope: Roles) -> Option<String> {
    if scope == Roles::SIGNERS {
        return None;
    }
    let roles: Vec<&str> = Role::ALL.iter().filter(|role| scope.contains(**role)).map(|role| role.as_str()).collect();
    Some(match roles.len() {
        0 => "none".to_owned(),
        all if all == Role::ALL.len() => "any".to_owned(),
        _ => roles.join(" "),
    })
}

/// A JSON string.
pub(super) fn json_text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A JSON array of elements that are JSON already.
pub(super) fn json_array<T>(elements: &[T], json: impl Fn(&T) -> String) -> String {
    format!("[{}]", elements.iter().map(json).collect::<Vec<_>>().join(","))
}

/// An indicator as a JSON object, as a line of our own JSON lines.
pub(super) fn json_object(indicator: &Indicator, losses: &mut Losses) -> String {
    let cells = cells(indicator, losses);
    let members: Vec<String> = cells.iter().map(|(column, cell)| format!("\"{}\":{cell}", column.name())).collect();
    format!("{{{}}}", members.join(","))
}

impl fmt::Display for Cell<'_> {
    /// The value as JSON.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(&json_text(text)),
            Self::Ids(ids) => f.write_str(&json_array(ids, |id| json_text(id))),
            Self::Json(json) => f.write_str(json),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serials_as_written() {
        for text in ["00b5f3", "b5f3", "f69", "0", "000", "-4a0", "-1", "-fff", "-100", "-0a0a00aa0", "01"] {
            let serial = SerialBuf::parse_hex(text).unwrap();
            let written = serial_text(&serial);
            assert_eq!(SerialBuf::parse_hex(&written), Ok(serial), "{text} is written {written}");
        }
    }

    #[test]
    fn times_beyond_four_digits() {
        for unix in [0, -1, 253_402_300_799, 253_402_300_800, -62_167_219_200, -62_167_219_201, i64::MIN] {
            let text = time_text(Time::from_unix(unix));
            assert_eq!(text.starts_with('@'), !(-62_167_219_200..=253_402_300_799).contains(&unix), "{text}");
        }
    }
}
