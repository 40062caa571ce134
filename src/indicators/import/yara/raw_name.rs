//! Text of a rule's string that can be a name in a certificate.

use super::literal::{decode, name_text, shown_length};
use super::raw_text::{unwrapped, wide_text, without_next_tag};
use crate::indicators::cause::Cause;
use crate::indicators::indicator::{Condition, NameField, NameTest, Note, TextMode};

/// A text that can be part of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) condition: Condition,
    pub(super) notes: Vec<Note>,
    /// Whether it looks like nothing but a name: a company, an authority, an address, or text with DER around it.
    pub(super) is_telling: bool,
    /// Whether it could be a name: words with capitals, or the string is called what names are called.
    pub(super) is_likely: bool,
}

/// The name that octets spell; `None` when they spell none. `string_name` is the string's, in lower case.
pub(super) fn read(octets: &[u8], string_name: &str, ignore_case: bool, is_text: bool) -> Option<Name> {
    let wide = if is_text { None } else { wide_text(octets) };
    if let Some(text) = wide {
        return of_text(text, Vec::new(), string_name, ignore_case, (TextMode::Contains, false));
    }
    let wrapped = unwrapped(octets).filter(|(text, _)| text_of(text).is_some());
    let (text, mode, is_framed) = match (wrapped, without_next_tag(octets)) {
        (Some((text, _)), _) => (text, TextMode::Exact, true),
        // Perhaps the figure belongs to the name after all: what is left of it is still there then.
        (None, Some(text)) => (text, TextMode::Contains, true),
        (None, None) => (octets, TextMode::Contains, false),
    };
    text_of(text)?;
    let (meant, cause) = name_text(text);
    let mut notes = Vec::new();
    // What is looked for in the file itself is UTF-8 as it should be.
    if cause == Some(Cause::EscapedText) {
        notes.push(Note::new(Cause::EscapedText, String::from_utf8_lossy(text).into_owned()));
        if shown_length(text) > 255 {
            notes.push(Note::new(Cause::OverlongText, String::from_utf8_lossy(text).into_owned()));
        }
    }
    of_text(meant, notes, string_name, ignore_case, (mode, is_framed))
}

fn of_text(
    text: String,
    notes: Vec<Note>,
    string_name: &str,
    ignore_case: bool,
    (mode, is_framed): (TextMode, bool),
) -> Option<Name> {
    let lower = text.to_lowercase();
    if !looks_like_name(&text, &lower) {
        return None;
    }
    let is_authority = AUTHORITIES.iter().any(|authority| lower.contains(authority)) || lower.ends_with(" ca");
    let field = if is_address(&text) {
        NameField::EmailAddress
    } else if is_registration(&text) {
        NameField::SerialNumber
    } else {
        NameField::Any
    };
    let is_telling = is_framed || is_authority || field != NameField::Any || is_company(&lower) || !text.is_ascii();
    let of_issuer = string_name.contains("issuer") || (is_authority && !string_name.contains("subject"));
    let mut words = text.split_whitespace();
    let is_proper = !text.contains('_') && words.all(|word| !word.starts_with(|c: char| c.is_lowercase()));
    let test = NameTest { field, mode, ignore_case, value: text.into() };
    let condition = if of_issuer { Condition::Issuer(test) } else { Condition::Subject(test) };
    let is_likely = is_telling || is_named(string_name) || is_proper;
    Some(Name { condition, notes, is_telling, is_likely })
}

/// Whether a string is called what names in certificates are called; `name` is in lower case, `$` included.
fn is_named(name: &str) -> bool {
    const NAMES: [&str; 3] = ["$o", "$cn", "$ou"];
    const STEMS: [&str; 9] =
        ["$cert", "$company", "$issuer", "$name", "$org", "$publisher", "$signer", "$subject", "$vendor"];
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
    NAMES.contains(&stem) || STEMS.iter().any(|known| name.starts_with(known))
}

/// The text that octets are; `None` when there are control characters, or too little.
pub(super) fn text_of(octets: &[u8]) -> Option<String> {
    let text = match wide_text(octets) {
        Some(text) => text,
        None => std::str::from_utf8(octets).ok()?.to_owned(),
    };
    let shortest = if text.is_ascii() { SHORTEST_ASCII } else { SHORTEST };
    let is_text = text.chars().count() >= shortest && !text.chars().any(char::is_control);
    is_text.then_some(text)
}

/// The text of an attribute that is known to be one; `None` when there are control characters, or nothing.
pub(super) fn attribute_text(octets: &[u8]) -> Option<String> {
    let text = wide_text(octets).unwrap_or_else(|| decode(octets).into_owned());
    (!text.is_empty() && !text.chars().any(char::is_control)).then_some(text)
}

fn looks_like_name(text: &str, lower: &str) -> bool {
    const FILES: [&str; 8] = [".exe", ".dll", ".sys", ".pdb", ".bat", ".ps1", ".tmp", ".dat"];
    const SIGNS: &[char] = &['\\', '%', '<', '>', '{', '}', '|', ';', '^', '~', '`'];
    let is_only_figures = text.chars().all(|c| c.is_ascii_digit());
    let has_letters = text.chars().filter(|c| c.is_alphabetic()).count() >= 2;
    let is_other = text.contains(SIGNS)
        || text.contains("://")
        || (lower.starts_with('/') && lower.ends_with('/'))
        || FILES.iter().any(|file| lower.ends_with(file))
        || lower.contains("cannot be run in dos mode")
        || lower.contains("copyright")
        || lower.contains("all rights reserved");
    (has_letters || is_registration(text)) && !is_only_figures && !is_other
}

fn is_address(text: &str) -> bool {
    let Some((user, host)) = text.split_once('@') else { return false };
    !user.is_empty() && host.contains('.') && !host.contains('@') && !text.contains(char::is_whitespace)
}

/// A registration number, which companies have in the attribute serialNumber.
fn is_registration(text: &str) -> bool {
    const LENGTHS: std::ops::RangeInclusive<usize> = 8..=20;
    let figures = text.bytes().filter(u8::is_ascii_digit).count();
    LENGTHS.contains(&text.len())
        && figures >= 6
        && figures < text.len()
        && text.bytes().all(|octet| octet.is_ascii_digit() || octet.is_ascii_uppercase() || octet == b'-')
}

/// Whether one of the last words is a legal form.
fn is_company(lower: &str) -> bool {
    const WORDS: usize = 3;
    let words = lower.split([' ', ',']).filter(|word| !word.is_empty());
    let plain = |word: &str| word.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    words.rev().take(WORDS).any(|word| LEGAL_FORMS.contains(&plain(word).as_str()))
}

/// Characters of the shortest text that says anything; Chinese names have two.
const SHORTEST: usize = 2;

const SHORTEST_ASCII: usize = 3;

/// What names of authorities have in them.
const AUTHORITIES: [&str; 17] = [
    "verisign",
    "digicert",
    "symantec",
    "thawte",
    "comodo",
    "sectigo",
    "globalsign",
    "entrust",
    "certum",
    "wosign",
    "startcom",
    "go daddy",
    "godaddy",
    "starfield",
    "usertrust",
    "code signing ca",
    "certification authority",
];

/// Legal forms: the last word of a company's name, more or less.
const LEGAL_FORMS: [&str; 30] = [
    "inc",
    "llc",
    "ltd",
    "limited",
    "corp",
    "corporation",
    "company",
    "co",
    "gmbh",
    "ag",
    "kg",
    "ug",
    "oy",
    "ab",
    "as",
    "aps",
    "srl",
    "spa",
    "sas",
    "sarl",
    "bv",
    "nv",
    "ooo",
    "zao",
    "oao",
    "jsc",
    "pty",
    "plc",
    "sro",
    "doo",
];
