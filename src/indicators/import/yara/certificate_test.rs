//! One comparison of one field of a certificate.

use super::lexer::SyntaxError;
use super::literal::{decode, name_text, shown_length};
use super::place::{List, Target};
use super::syntax::{Expr, ExprKind, Operator};
use crate::asn1::oid::{Oid, OidBuf};
use crate::asn1::time::Time;
use crate::indicators::cause::Cause;
use crate::indicators::hash_value::{HashOf, HashValue};
use crate::indicators::indicator::{Condition, NameField, NameTest, Note, TextMode, TimeOrder, TimeTest};
use crate::x509::serial::SerialBuf;

/// What a comparison comes to.
#[derive(Debug)]
pub(super) enum Outcome {
    Test(Condition, Vec<Note>),
    /// It asks that an identity is not this one.
    Denied,
    /// It is no test that an indicator can hold.
    Context,
    /// It holds for everything.
    Always,
    Malformed(SyntaxError),
}

/// What `target operator value` asks.
pub(super) fn read(target: Target<'_>, operator: Operator, value: &Expr<'_>) -> Outcome {
    let (list, field) = match target {
        Target::Field(list, _, field) => (list, field),
        Target::SignerField(_, "program_name") => {
            return name(operator, value, TextOf::ProgramName);
        }
        _ => return Outcome::Context,
    };
    if list == List::Countersignatures {
        return Outcome::Context;
    }
    match (field, &value.kind) {
        ("subject", _) => name(operator, value, TextOf::Subject),
        ("issuer", _) => name(operator, value, TextOf::Issuer),
        ("serial" | "thumbprint", _) if operator == Operator::NotEqual => Outcome::Denied,
        ("serial", ExprKind::Text(octets)) if is_equality(operator) => serial(octets, value),
        ("thumbprint", ExprKind::Text(octets)) if is_equality(operator) => thumbprint(octets, operator, value),
        ("algorithm" | "algorithm_oid", ExprKind::Text(octets)) if is_equality(operator) => algorithm(&decode(octets)),
        ("not_before", ExprKind::Integer(seconds)) => time(Condition::NotBefore, operator, *seconds),
        ("not_after", ExprKind::Integer(seconds)) => time(Condition::NotAfter, operator, *seconds),
        _ => Outcome::Context,
    }
}

const fn is_equality(operator: Operator) -> bool {
    matches!(operator, Operator::Equal | Operator::EqualIgnoringCase)
}

fn malformed(value: &Expr<'_>, problem: String) -> Outcome {
    Outcome::Malformed(SyntaxError::new(value.span.start, problem))
}

fn serial(octets: &[u8], value: &Expr<'_>) -> Outcome {
    match SerialBuf::parse_hex(&decode(octets)) {
        Ok(serial) => Outcome::Test(Condition::Serial(serial), Vec::new()),
        Err(error) => malformed(value, format!("serial: {error}")),
    }
}

fn thumbprint(octets: &[u8], operator: Operator, value: &Expr<'_>) -> Outcome {
    let text = decode(octets);
    let hash = match HashValue::parse_hex(&text) {
        Ok(hash) => hash,
        Err(error) => return malformed(value, format!("thumbprint: {error}")),
    };
    let mut notes = Vec::new();
    let shown = hash.to_string();
    let same = if operator == Operator::Equal { *text == shown } else { text.eq_ignore_ascii_case(&shown) };
    if hash.algorithm() != "sha1" {
        notes.push(Note::new(Cause::MisplacedHash, text.into_owned()));
    } else if !same {
        notes.push(Note::new(Cause::ThumbprintSpelling, text.into_owned()));
    }
    Outcome::Test(Condition::Hash(HashOf::Certificate, hash), notes)
}

fn algorithm(text: &str) -> Outcome {
    let ours = OPENSSL_ALGORITHMS.into_iter().find(|(theirs, _)| *theirs == text).map_or(text, |(_, ours)| ours);
    let known = Oid::from_name(ours).map(|oid| OidBuf::from_content(oid.as_bytes()));
    match known.or_else(|| OidBuf::parse(text).ok()) {
        Some(oid) => Outcome::Test(Condition::SignatureAlgorithm(oid), Vec::new()),
        None => Outcome::Context,
    }
}

fn time(condition: fn(TimeTest) -> Condition, operator: Operator, seconds: i64) -> Outcome {
    let order = match operator {
        Operator::Equal => TimeOrder::Equal,
        Operator::Less => TimeOrder::Before,
        Operator::LessOrEqual => TimeOrder::AtMost,
        Operator::Greater => TimeOrder::After,
        Operator::GreaterOrEqual => TimeOrder::AtLeast,
        _ => return Outcome::Context,
    };
    Outcome::Test(condition(TimeTest { order, time: Time::from_unix(seconds) }), Vec::new())
}

/// Whose text is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TextOf {
    Subject,
    Issuer,
    ProgramName,
}

fn name(operator: Operator, value: &Expr<'_>, of: TextOf) -> Outcome {
    let (mode, ignore_case) = match operator {
        Operator::NotEqual => return Outcome::Denied,
        Operator::Equal => (TextMode::Exact, false),
        Operator::EqualIgnoringCase => (TextMode::Exact, true),
        Operator::Contains { ignore_case } => (TextMode::Contains, ignore_case),
        Operator::StartsWith { ignore_case } => (TextMode::Prefix, ignore_case),
        Operator::EndsWith { ignore_case } => (TextMode::Suffix, ignore_case),
        Operator::Matches => return pattern(value, of),
        _ => return Outcome::Context,
    };
    let ExprKind::Text(octets) = &value.kind else { return Outcome::Context };
    text(octets, mode, ignore_case, of)
}

/// A regular expression that is nothing but letters, and perhaps an anchor at either end.
fn pattern(value: &Expr<'_>, of: TextOf) -> Outcome {
    let ExprKind::Regex { body, ignore_case } = value.kind else { return Outcome::Context };
    let (anchored, body) = body.strip_prefix(b"^").map_or((false, body), |body| (true, body));
    let ends = body.strip_suffix(b"$").filter(|before| !before.ends_with(b"\\"));
    let (ends, body) = ends.map_or((false, body), |body| (true, body));
    let mut octets = Vec::with_capacity(body.len());
    let mut escaped = false;
    for &octet in body {
        match (escaped, octet) {
            (false, b'\\') => escaped = true,
            (true, octet) if octet.is_ascii_alphanumeric() => return Outcome::Context,
            (false, octet) if b".*+?()[]{}|^$".contains(&octet) => return Outcome::Context,
            (_, octet) => {
                escaped = false;
                octets.push(octet);
            }
        }
    }
    let mode = match (anchored, ends) {
        (true, true) => TextMode::Exact,
        (true, false) => TextMode::Prefix,
        (false, true) => TextMode::Suffix,
        (false, false) => TextMode::Contains,
    };
    text(&octets, mode, ignore_case, of)
}

fn text(octets: &[u8], mode: TextMode, ignore_case: bool, of: TextOf) -> Outcome {
    let (value, cause) = name_text(octets);
    if value.is_empty() {
        return if mode == TextMode::Exact { Outcome::Context } else { Outcome::Always };
    }
    let mut notes = Vec::new();
    if of != TextOf::ProgramName {
        let written = || decode(octets).into_owned();
        notes.extend(cause.map(|cause| Note::new(cause, written())));
        if shown_length(octets) > SHOWN_CHARACTERS {
            notes.push(Note::new(Cause::OverlongText, written()));
        }
    }
    // YARA shows the whole name on one line: only a part without its signs can be a part of one value.
    let is_whole = mode != TextMode::Contains || value.contains('=') || value.starts_with('/') || value.ends_with('/');
    let field = if of == TextOf::ProgramName || !is_whole { NameField::Any } else { NameField::OneLine };
    let test = NameTest { field, mode, ignore_case, value: value.into() };
    let condition = match of {
        TextOf::Subject => Condition::Subject(test),
        TextOf::Issuer => Condition::Issuer(test),
        TextOf::ProgramName => Condition::ProgramName(test),
    };
    Outcome::Test(condition, notes)
}

/// YARA prints the names that OpenSSL has for algorithms; those that differ from ours.
const OPENSSL_ALGORITHMS: [(&str, &str); 8] = [
    ("RSA-SHA256", "sha256WithRSAEncryption"),
    ("sha1WithRSA", "sha1WithRSASignature"),
    ("dsaWithSHA1", "dsaWithSha1"),
    ("dsa_with_SHA256", "dsaWithSha256"),
    ("ecdsa-with-SHA1", "ecdsaWithSha1"),
    ("ecdsa-with-SHA256", "ecdsaWithSha256"),
    ("ecdsa-with-SHA384", "ecdsaWithSha384"),
    ("ecdsa-with-SHA512", "ecdsaWithSha512"),
];

/// The longest text of a name that YARA 4 shows.
const SHOWN_CHARACTERS: usize = 255;
