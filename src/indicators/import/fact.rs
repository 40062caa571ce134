//! What feeds state, to conditions and notes, by the rules that hold for every format.

use crate::indicators::cause::Cause;
use crate::indicators::hash_value::{HashOf, HashValue};
use crate::indicators::indicator::{Condition, Metadata, NameField, NameTest, Note, Text, TextMode};
use crate::x509::serial::SerialBuf;

/// MITRE ATT&CK, Subvert Trust Controls: Code Signing.
pub(super) const CODE_SIGNING: Text = Text::Borrowed("T1553.002");
/// What a certificate that signed malware is listed as.
pub(super) const ABUSED: Text = Text::Borrowed("abused_certificate");

/// Reads a serial in any hex spelling.
pub(super) fn read_serial(text: &str) -> Result<SerialBuf, String> {
    SerialBuf::parse_hex(text).map_err(|error| error.to_string())
}

/// Reads a hash of whatever algorithm its length tells.
pub(super) fn read_hash(text: &str) -> Result<HashValue, String> {
    HashValue::parse_hex(text.trim()).map_err(|error| error.to_string())
}

/// Reads an RSA modulus in hex, with or without colons and blanks, without its leading zeros.
pub(super) fn read_modulus(text: &str) -> Result<Box<[u8]>, String> {
    let digits: String = text.chars().filter(|c| !matches!(c, ':' | ' ')).collect();
    let octets = hex::decode(digits).map_err(|error| error.to_string())?;
    if octets.is_empty() {
        return Err("an empty modulus".to_owned());
    }
    let significant: Box<[u8]> = octets.into_iter().skip_while(|octet| *octet == 0).collect();
    if significant.is_empty() { Err("a modulus of zero".to_owned()) } else { Ok(significant) }
}

/// The alternative that is a serial: alone where it says enough, else with `beside`. Too weak and alone, it is kept and never matches.
pub(super) fn serial_alternative(serial: SerialBuf, beside: Option<Condition>) -> Vec<Condition> {
    let beside = beside.filter(|_| serial.as_serial().is_weak());
    std::iter::once(Condition::Serial(serial)).chain(beside).collect()
}

pub(super) fn hash(of: HashOf, value: HashValue) -> Condition {
    Condition::Hash(of, value)
}

pub(super) fn exact(field: NameField, value: impl Into<Text>) -> NameTest {
    NameTest::new(field, TextMode::Exact, value)
}

/// An owned text, or none for an empty one.
pub(super) fn owned(text: &str) -> Option<Text> {
    let text = text.trim();
    (!text.is_empty()).then(|| Text::Owned(text.to_owned()))
}

pub(super) fn note(metadata: &mut Metadata, cause: Cause, detail: impl Into<Text>) {
    /// As many as a person reads; a certificate that is on thousands of rows can be odd in thousands of ways.
    const MAX_NOTES: usize = 32;
    let note = Note::new(cause, detail);
    if metadata.notes.len() < MAX_NOTES && !metadata.notes.contains(&note) {
        metadata.notes.push(note);
    }
}

/// Whether a name looks as if a feed cut it: at a quotation mark, at the comma before its legal form, or at a bracket.
pub(super) fn looks_cut(name: &str) -> bool {
    /// Forms that stand before a Slavic or Baltic company's name, which is then in quotation marks.
    const FORMS_IN_FRONT: [&str; 9] = ["LLC", "OOO", "ООО", "SIA", "UAB", "ZAO", "OAO", "IP", "TOV"];
    let is_form_alone = FORMS_IN_FRONT.iter().any(|form| name.trim().eq_ignore_ascii_case(form));
    let has_odd_marks = name.bytes().filter(|&byte| byte == b'"').count() & 1 == 1;
    is_form_alone || has_odd_marks || name.ends_with([' ', ',', '"'])
}
