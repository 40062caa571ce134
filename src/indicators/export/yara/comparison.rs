//! One condition as a comparison of YARA.

use super::literal::{LONGEST, quoted};
use crate::indicators::hash_value::HashOf;
use crate::indicators::indicator::{Condition, NameField, NameTest, TextMode, TimeTest};
use crate::indicators::yara_text::as_openssl_prints;
use crate::x509::serial::Serial;

/// A comparison, and what it says less or more than the condition.
#[derive(Debug)]
pub(super) struct Comparison {
    pub(super) text: String,
    pub(super) loss: Option<&'static str>,
}

/// Why there is none.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unsaid(pub(super) String);

impl Comparison {
    const fn exact(text: String) -> Self {
        Self { text, loss: None }
    }
}

/// The comparison of a condition on the certificate `of`, which is the signer's when `is_signer`.
pub(super) fn comparison(condition: &Condition, of: &str, is_signer: bool) -> Result<Comparison, Unsaid> {
    let unsaid = |what: &str| Err(Unsaid(format!("YARA does not show {what}")));
    match condition {
        Condition::Serial(value) => Ok(serial(value.as_serial(), of)),
        Condition::Subject(test) => name(test, &format!("{of}.subject")),
        Condition::Issuer(test) => name(test, &format!("{of}.issuer")),
        Condition::Hash(HashOf::Certificate, value) if value.algorithm() == "sha1" => {
            Ok(Comparison::exact(format!("{of}.thumbprint == \"{value}\"")))
        }
        Condition::Hash(kind, value) => unsaid(&format!("{} of a certificate", kind.field(value))),
        Condition::SignatureAlgorithm(oid) => Ok(Comparison::exact(format!("{of}.algorithm_oid == \"{oid}\""))),
        Condition::NotBefore(test) => Ok(Comparison::exact(time(*test, &format!("{of}.not_before")))),
        Condition::NotAfter(test) => Ok(Comparison::exact(time(*test, &format!("{of}.not_after")))),
        Condition::ProgramName(test) if is_signer => {
            // Not part of a name: the text is compared as it is.
            let comparison = Spelled { of: &format!("{of}.signer_info.program_name"), test };
            fits(&test.value)?;
            Ok(Comparison { text: comparison.one(test.mode, &test.value), loss: fold_loss(test) })
        }
        Condition::ProgramName(_) => unsaid("the program's name beside a certificate that is not the signer's"),
        Condition::ExtendedKeyUsage(_) => unsaid("the extended key usage"),
        Condition::RsaModulus(_) => unsaid("the public key"),
    }
}

/// As YARA prints it: the sign octet is there when the certificate's serial is positive, as it should be, and its high bit is set.
fn serial(serial: Serial<'_>, of: &str) -> Comparison {
    /// YARA 4.5 shows no longer one.
    const LONGEST_SHOWN: usize = 20;
    let canonical = serial.canonical();
    let plain = canonical.iter().map(|octet| hex::encode([*octet])).collect::<Vec<_>>().join(":");
    let has_high_bit = canonical.first().is_some_and(|first| first & 0x80 != 0);
    let text = if has_high_bit {
        format!("({of}.serial == \"00:{plain}\" or {of}.serial == \"{plain}\")")
    } else {
        format!("{of}.serial == \"{plain}\"")
    };
    let loss = (canonical.len() > LONGEST_SHOWN).then_some("YARA 4.5 shows no serial of more than 20 octets");
    Comparison { text, loss }
}

fn time(test: TimeTest, field: &str) -> String {
    format!("{field} {} {}", test.order.as_str(), test.time.unix())
}

/// YARA shows a name as `/C=US/O=Example/CN=Example`.
fn name(test: &NameTest, of: &str) -> Result<Comparison, Unsaid> {
    fits(&test.value)?;
    let spelled = Spelled { of, test };
    let value = test.value.as_ref();
    let key = key(test.field);
    let mut loss = fold_loss(test);
    if test.field == NameField::Whole {
        loss = Some("YARA does not show a name as RFC 4514 writes it");
    }
    let text = match (test.field, test.mode) {
        (NameField::OneLine, mode) => spelled.either(&[(mode, value.to_owned())]),
        (NameField::Whole, TextMode::Exact) => spelled.either(&[
            (TextMode::Contains, format!("={value}/")),
            (TextMode::Suffix, format!("={value}")),
            (TextMode::Exact, value.to_owned()),
        ]),
        (NameField::Whole, TextMode::Prefix) => {
            spelled.either(&[(TextMode::Contains, format!("={value}")), (TextMode::Prefix, value.to_owned())])
        }
        (_, TextMode::Exact) => spelled
            .either(&[(TextMode::Contains, format!("{key}{value}/")), (TextMode::Suffix, format!("{key}{value}"))]),
        // The second says what the first does, and that it is meant as the beginning of a value.
        (_, TextMode::Prefix) => spelled
            .either(&[(TextMode::Contains, format!("{key}{value}")), (TextMode::Prefix, format!("{key}{value}"))]),
        (field, TextMode::Suffix) => {
            if !matches!(field, NameField::Any | NameField::Whole) {
                loss = Some(ANY_ATTRIBUTE);
            } else if value.starts_with(['=', '/']) {
                loss = Some(SIGNS);
            }
            spelled.either(&[(TextMode::Contains, format!("{value}/")), (TextMode::Suffix, value.to_owned())])
        }
        (field, TextMode::Contains) => {
            if !matches!(field, NameField::Any | NameField::Whole) {
                loss = Some(ANY_ATTRIBUTE);
            } else if field == NameField::Any && has_signs(value) {
                loss = Some(SIGNS);
            }
            spelled.either(&[(TextMode::Contains, value.to_owned())])
        }
    };
    /// YARA 4 shows no more of a name.
    const SHOWN_CHARACTERS: usize = 255;
    if as_openssl_prints(value).map_or(value.len(), |printed| printed.len()) > SHOWN_CHARACTERS {
        loss = Some("YARA 4 shows 255 characters of a name");
    }
    Ok(Comparison { text, loss })
}

/// Whether a text is compared with the whole name, not with values, when it is read again.
fn has_signs(value: &str) -> bool {
    value.contains('=') || value.starts_with('/') || value.ends_with('/')
}

fn fold_loss(test: &NameTest) -> Option<&'static str> {
    (test.ignore_case && !test.value.is_ascii()).then_some("YARA sets aside the case of ASCII letters only")
}

/// What precedes a value in the one-line text.
const fn key(field: NameField) -> &'static str {
    match field {
        NameField::CommonName => "/CN=",
        NameField::Organization => "/O=",
        NameField::OrganizationalUnit => "/OU=",
        NameField::EmailAddress => "/emailAddress=",
        NameField::SerialNumber => "/serialNumber=",
        NameField::Any | NameField::Whole | NameField::OneLine => "=",
    }
}

fn fits(value: &str) -> Result<(), Unsaid> {
    let longest = as_openssl_prints(value).map_or(value.len(), |printed| printed.len());
    // Every backslash is written twice, and something may be added.
    if longest.saturating_mul(2) > LONGEST {
        Err(Unsaid("YARA takes no text as long as this name".to_owned()))
    } else {
        Ok(())
    }
}

/// Comparisons of one field with texts.
struct Spelled<'a> {
    of: &'a str,
    test: &'a NameTest,
}

impl Spelled<'_> {
    /// One of these, each as YARA-X and as YARA 4 shows the text.
    fn either(&self, wanted: &[(TextMode, String)]) -> String {
        let mut list = Vec::new();
        for (mode, text) in wanted {
            list.push(self.one(*mode, text));
            list.extend(as_openssl_prints(text).map(|printed| self.one(*mode, &printed)));
        }
        match list.as_slice() {
            [only] => only.clone(),
            many => format!("({})", many.join(" or ")),
        }
    }

    fn one(&self, mode: TextMode, text: &str) -> String {
        let operator = match (mode, self.test.ignore_case) {
            (TextMode::Exact, false) => "==",
            (TextMode::Exact, true) => "iequals",
            (TextMode::Contains, false) => "contains",
            (TextMode::Contains, true) => "icontains",
            (TextMode::Prefix, false) => "startswith",
            (TextMode::Prefix, true) => "istartswith",
            (TextMode::Suffix, false) => "endswith",
            (TextMode::Suffix, true) => "iendswith",
        };
        format!("{} {operator} {}", self.of, quoted(text))
    }
}

const SIGNS: &str = "YARA compares with the whole name, whose signs `/` and `=` this text has";

const ANY_ATTRIBUTE: &str = "YARA shows the name on one line: any attribute's value may be the one that is compared";
