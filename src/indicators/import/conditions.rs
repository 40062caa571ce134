//! The JSON of the column `conditions`: alternatives, each an array of conditions, each an object.

use super::condition_text::{hash_of, oid, usage};
use super::fact::read_modulus;
use super::json_value::Json;
use super::time_text::read_time;
use crate::indicators::hash_value::HashOf;
use crate::indicators::indicator::{Condition, NameField, NameTest, TextMode, TimeOrder, TimeTest, UsageTest};
use crate::x509::serial::SerialBuf;

/// The alternatives of an array of arrays of objects.
///
/// # Errors
/// What is wrong, in a sentence that begins with the place: `2.1` is the first condition of the second alternative.
pub(super) fn alternatives(json: &Json) -> Result<Vec<Vec<Condition>>, String> {
    let Json::List(alternatives) = json else { return Err(format!("{json} is no array of alternatives")) };
    if alternatives.is_empty() {
        return Err("no alternative: there would be nothing to match".to_owned());
    }
    (1_u64..).zip(alternatives).map(|(number, alternative)| conditions(number, alternative)).collect()
}

fn conditions(alternative: u64, json: &Json) -> Result<Vec<Condition>, String> {
    let Json::List(conditions) = json else { return Err(format!("{alternative}: {json} is no array of conditions")) };
    if conditions.is_empty() {
        return Err(format!("{alternative}: an alternative without a condition would match everything"));
    }
    let place = |number: u64| move |problem: String| format!("{alternative}.{number}: {problem}");
    (1..).zip(conditions).map(|(number, json)| condition(json).map_err(place(number))).collect()
}

/// The members of a condition's object.
#[derive(Default)]
struct Members<'a> {
    field: Option<&'a str>,
    compare: Option<&'a str>,
    value: Option<&'a str>,
    attribute: Option<&'a str>,
    ignore_case: bool,
}

fn condition(json: &Json) -> Result<Condition, String> {
    const KEYS: &str = "the keys are field attribute compare value ignore_case";
    let Json::Object(object) = json else { return Err(format!("{json} is no object of field and value")) };
    let mut members = Members::default();
    for (key, value) in object {
        let slot = match key.as_str() {
            "field" => &mut members.field,
            "compare" => &mut members.compare,
            "value" => &mut members.value,
            "attribute" => &mut members.attribute,
            "ignore_case" => {
                let Json::Bool(flag) = value else {
                    return Err(format!("ignore_case: {value} is neither true nor false"));
                };
                members.ignore_case = *flag;
                continue;
            }
            _ => return Err(format!("there is no key {key:?} in a condition; {KEYS}")),
        };
        let Json::Text(text) = value else { return Err(format!("{key}: {value} is no text")) };
        *slot = Some(text);
    }
    members.condition()
}

impl Members<'_> {
    fn condition(&self) -> Result<Condition, String> {
        let field = self.field.ok_or("a condition without a field")?;
        let value = self
            .value
            .filter(|value| !value.is_empty())
            .ok_or_else(|| format!("{field}: a condition without a value"))?;
        let within = |problem: String| format!("{field}: {problem}");
        match field {
            "subject" => return self.name_test(value, None).map(Condition::Subject).map_err(within),
            "issuer" => return self.name_test(value, None).map(Condition::Issuer).map_err(within),
            "program_name" => {
                let default = Some(NameField::Any);
                return self.name_test(value, default).map(Condition::ProgramName).map_err(within);
            }
            "not_before" => return self.time_test(value).map(Condition::NotBefore).map_err(within),
            "not_after" => return self.time_test(value).map(Condition::NotAfter).map_err(within),
            _ => {}
        }
        if self.attribute.is_some() || self.ignore_case {
            return Err(within("only names have an attribute and letter case".to_owned()));
        }
        match (field, self.compare) {
            ("extended_key_usage", Some("below")) => {
                let usage = oid(value).map_err(within)?;
                return Ok(Condition::ExtendedKeyUsage(UsageTest { usage, and_below: true }));
            }
            (_, None | Some("exact" | "canonical")) => {}
            (_, Some(other)) => return Err(within(format!("it cannot be compared by {other:?}"))),
        }
        let condition = match field {
            "serial" => SerialBuf::parse_hex(value).map(Condition::Serial).map_err(|error| error.to_string()),
            "extended_key_usage" => usage(value).map(Condition::ExtendedKeyUsage),
            "signature_algorithm" => oid(value).map(Condition::SignatureAlgorithm),
            "rsa_modulus" => read_modulus(value).map(Condition::RsaModulus),
            _ => match hash_field(field) {
                Some((of, algorithm)) => hash_of(algorithm, value).map(|hash| Condition::Hash(of, hash)),
                None => return Err(format!("there is no field {field:?}")),
            },
        };
        condition.map_err(within)
    }

    fn name_test(&self, value: &str, default: Option<NameField>) -> Result<NameTest, String> {
        let field = match (self.attribute, default) {
            (Some(name), _) => name_of(&NameField::ALL, name, |known| known.name(), "attribute")?,
            (None, Some(field)) => field,
            (None, None) => NameField::Whole,
        };
        let mode = match self.compare {
            Some(name) => name_of(&TextMode::ALL, name, |known| known.as_str(), "comparison")?,
            None => TextMode::Exact,
        };
        Ok(NameTest { field, mode, ignore_case: self.ignore_case, value: value.to_owned().into() })
    }

    fn time_test(&self, value: &str) -> Result<TimeTest, String> {
        if self.attribute.is_some() || self.ignore_case {
            return Err("only names have an attribute and letter case".to_owned());
        }
        let order = self.compare.ok_or("a time without a comparison")?;
        let order = name_of(&TimeOrder::ALL, order, |known| known.as_str(), "comparison")?;
        let time = read_time(value)?.ok_or("an empty time")?;
        Ok(TimeTest { order, time })
    }
}

/// The one of `known` that has this name.
///
/// # Errors
/// That there is none, with the names that there are.
pub(super) fn name_of<T: Copy>(
    known: &[T],
    name: &str,
    name_of: impl Fn(T) -> &'static str,
    what: &str,
) -> Result<T, String> {
    known.iter().copied().find(|known| name_of(*known) == name).ok_or_else(|| {
        let names: Vec<&str> = known.iter().map(|known| name_of(*known)).collect();
        format!("there is no {what} {name:?}, but {}", names.join(" "))
    })
}

/// What a hash under this name is the hash of, and by which algorithm.
fn hash_field(field: &str) -> Option<(HashOf, &'static str)> {
    const ALGORITHMS: [&str; 5] = ["md5", "sha1", "sha256", "sha384", "sha512"];
    let fields = HashOf::ALL.into_iter().flat_map(|of| ALGORITHMS.map(|algorithm| (of, algorithm)));
    let mut fields = fields.filter(|(of, algorithm)| field.strip_prefix(of.prefix()) == Some(algorithm));
    fields.next()
}
