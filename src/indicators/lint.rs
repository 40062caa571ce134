//! [`lint`]: what is wrong with indicators, why, and what would mend it.

mod names;
mod pairs;
mod serials;

use std::collections::HashSet;

use crate::indicators::cause::Cause;
use crate::indicators::hash_value::{HashOf, HashValue};
use crate::indicators::import::yara::from_openssl;
use crate::indicators::indicator::{Condition, Indicator, Note};
use crate::indicators::role::{Role, Roles};
use crate::indicators::yara_text::as_openssl_prints;
use crate::x509::serial::SerialBuf;

/// Something wrong with an indicator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Position of the indicator.
    pub indicator: usize,
    /// What is wrong.
    pub cause: Cause,
    /// The value it is about.
    pub detail: String,
    /// What would mend it: the value as it should be, or what to do.
    pub repair: Option<String>,
}

/// Everything that is wrong with `indicators`, in their order: what the importer noted, and what their conditions show, each alone and
/// beside the others. Takes time in proportion to their number.
///
/// ```
/// use certsift::{Cause, import_indicators, lint};
///
/// let text = "id,serial,organization\nexample,C0:FF:EE:01:02:03:04:05,Example Trading LLC\n";
/// let indicators = import_indicators("list.csv", text.as_bytes()).indicators;
/// let findings = lint(&indicators);
/// assert_eq!(findings[0].cause, Cause::MissingSignOctet);
/// assert_eq!(findings[0].repair.as_deref(), Some("00c0ffee0102030405"));
/// ```
#[must_use]
pub fn lint(indicators: &[Indicator]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (position, indicator) in indicators.iter().enumerate() {
        let mut found = Found::new(position, &mut findings);
        for note in &indicator.metadata.notes {
            found.add(note.cause, &*note.detail, repair_of_note(note));
        }
        // An importer saw the value as it was written, and has said what there is to say.
        found.skipped = indicator.metadata.notes.iter().map(|note| note.cause).collect();
        serials::check(indicator, &mut found);
        names::check(indicator, &mut found);
        check_whole(indicator, &mut found);
    }
    pairs::check(indicators, &mut findings);
    findings.sort_by_key(|finding| finding.indicator);
    findings
}

/// The findings about one indicator, each once.
struct Found<'a> {
    position: usize,
    findings: &'a mut Vec<Finding>,
    seen: HashSet<(Cause, String)>,
    skipped: HashSet<Cause>,
}

impl<'a> Found<'a> {
    fn new(position: usize, findings: &'a mut Vec<Finding>) -> Self {
        Self { position, findings, seen: HashSet::new(), skipped: HashSet::new() }
    }

    fn add(&mut self, cause: Cause, detail: impl Into<String>, repair: Option<String>) {
        let detail = detail.into();
        if !self.skipped.contains(&cause) && self.seen.insert((cause, detail.clone())) {
            self.findings.push(Finding { indicator: self.position, cause, detail, repair });
        }
    }
}

/// What would mend what an importer noted: made of the value in the source's spelling, else what to do.
fn repair_of_note(note: &Note) -> Option<String> {
    let value = || match note.cause {
        Cause::MissingSignOctet => SerialBuf::parse_hex(&note.detail).ok().map(|serial| serials::padded(&serial)),
        Cause::OddHex => SerialBuf::parse_hex(&note.detail).ok().map(|serial| serial.to_string()),
        Cause::EscapedText => from_openssl(note.detail.as_bytes()),
        Cause::RawUtf8Text => as_openssl_prints(&note.detail),
        Cause::ThumbprintSpelling => HashValue::parse_hex(&note.detail).ok().map(|hash| hash.to_string()),
        Cause::MisplacedHash => {
            HashValue::parse_hex(&note.detail).ok().map(|hash| format!("{} {hash}", hash.algorithm()))
        }
        _ => None,
    };
    value().or_else(|| advice(note.cause).map(str::to_owned))
}

/// What to do about a cause, where no value says it.
const fn advice(cause: Cause) -> Option<&'static str> {
    Some(match cause {
        Cause::WeakSerial => "add the issuer, a name or a hash of the certificate",
        Cause::OverlongSerial => "add a hash or the names for tools that do not show the serial",
        Cause::OverlongText => "compare a part of it",
        Cause::ShortText => "add the serial, or compare a longer part",
        Cause::NameOnly => "add the serial or a hash of the certificate",
        Cause::DamagedName => "keep it as a hint, and add the serial or a hash of the certificate",
        Cause::CertificateAuthority => "name a certificate that it issued",
        Cause::TimestampAuthority => "remove it",
        Cause::SharedPublisher => "add a condition on the file, such as the program's name",
        Cause::LegitimateVendor => "add a condition on the file, or hunt only",
        Cause::ShortLived => "match the durable identity, a usage below 1.3.6.1.4.1.311.97, with the organization",
        Cause::Contradiction => "make alternatives of them",
        Cause::Duplicate | Cause::NotAuthenticode => "remove it",
        Cause::Incomplete => "look the certificate up and add its serial or hash",
        _ => return None,
    })
}

/// What the indicator as a whole shows: its roles, its validity, and conditions that exclude each other.
fn check_whole(indicator: &Indicator, found: &mut Found<'_>) {
    let add = |found: &mut Found<'_>, cause, detail: &str| found.add(cause, detail, advice(cause).map(str::to_owned));
    let scope = indicator.scope;
    let is_for_signers = scope.contains(Role::Signer);
    if scope == Roles::NONE {
        add(found, Cause::Contradiction, "no role");
    } else if !is_for_signers && scope.contains(Role::Chain) {
        add(found, Cause::CertificateAuthority, "role chain");
    } else if !is_for_signers && (scope.contains(Role::TimestampSigner) || scope.contains(Role::TimestampChain)) {
        add(found, Cause::TimestampAuthority, "role timestamp");
    }
    if let (Some(from), Some(to)) = (indicator.metadata.valid_from, indicator.metadata.valid_to) {
        /// Longer than the three days of Microsoft's signing service, shorter than any certificate that is bought.
        const FEW_DAYS: i64 = 8 * 86_400;
        if (0..FEW_DAYS).contains(&to.unix().saturating_sub(from.unix())) && !is_durable(&indicator.alternatives) {
            add(found, Cause::ShortLived, &format!("{from} to {to}"));
        }
    }
    for conditions in &indicator.alternatives {
        if let Some(detail) = contradiction(conditions) {
            add(found, Cause::Contradiction, &detail);
        }
    }
}

/// Whether some alternative asks for an identity that outlives its certificates.
fn is_durable(alternatives: &[Vec<Condition>]) -> bool {
    /// 1.3.6.1.4.1.311.97 (Microsoft, Trusted Signing, "durable identity").
    const IDENTITY: [u8; 8] = [0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x61];
    alternatives.iter().any(|conditions| {
        conditions.iter().any(|condition| {
            matches!(condition, Condition::ExtendedKeyUsage(test) if test.usage.as_oid().as_bytes().starts_with(&IDENTITY))
        })
    })
}

/// Two values of what a certificate has one of.
fn contradiction(conditions: &[Condition]) -> Option<String> {
    let mut serial: Option<&SerialBuf> = None;
    let mut hashes: Vec<(HashOf, &HashValue)> = Vec::new();
    for condition in conditions {
        match condition {
            Condition::Serial(other) => match serial {
                Some(first) if !first.as_serial().is_same(other.as_serial()) => {
                    return Some(format!("serials {first} and {other}"));
                }
                _ => serial = Some(other),
            },
            // A chain has several certificates.
            Condition::Hash(of, other) if *of != HashOf::ChainTbs => {
                let is_same_kind =
                    |(kind, value): &&(HashOf, &HashValue)| kind == of && value.algorithm() == other.algorithm();
                match hashes.iter().find(is_same_kind) {
                    Some((_, first)) if *first != other => {
                        return Some(format!("{} {first} and {other}", of.field(other)));
                    }
                    Some(_) => {}
                    // One of each kind: the list stays short.
                    None => hashes.push((*of, other)),
                }
            }
            _ => {}
        }
    }
    None
}
