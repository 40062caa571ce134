//! A deny policy for Windows' application control (SiPolicy), which names certificates by the hash of their TBSCertificate.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::alternative::{Alternative, NAMES_ALONE, TWOFOLD};
use super::losses::{Losses, Outcome};
use super::quoting::{xml, xml_label};
use super::uuid::Uuid;
use crate::asn1::oid::{Oid, OidBuf};
use crate::indicators::hash_value::{HashOf, HashValue};
use crate::indicators::indicator::{Indicator, NameField, NameTest, TextMode, UsageTest};

pub(super) fn write(indicators: &[&Indicator], losses: &mut Losses) -> String {
    let mut policy = Policy::default();
    for indicator in indicators {
        let Some(mut outcome) = Outcome::of_blocked(indicator, losses) else { continue };
        for conditions in &indicator.alternatives {
            match signer(&Alternative::of(conditions)) {
                Ok(signer) => {
                    outcome.write();
                    policy.add(indicator, &signer);
                    outcome.weaken_all(signer.weakened);
                    outcome.weaken_all(indicator.metadata.abused_from.map(|_| EARLIER));
                }
                Err(reason) => outcome.skip(reason),
            }
        }
        losses.settle(indicator, outcome);
    }
    policy.into_text()
}

/// A policy's SignTimeAfter could say so, where a stamp is verified.
const EARLIER: &str = "what was signed before the abuse began is denied too";

/// What a Signer element asks for; texts quoted.
struct Signer<'a> {
    /// Each makes a Signer of its own.
    roots: Vec<&'a HashValue>,
    usages: Vec<&'a OidBuf>,
    issuer: Option<String>,
    publisher: Option<String>,
    oem: Option<String>,
    /// What is said otherwise.
    weakened: Vec<String>,
}

fn signer<'a>(alternative: &Alternative<'a>) -> Result<Signer<'a>, &'static str> {
    if alternative.is_names_alone() {
        return Err(NAMES_ALONE);
    }
    if alternative.is_twofold() {
        return Err(TWOFOLD);
    }
    let hashes = |of| alternative.hashes.iter().filter(move |(this, _)| *this == of).map(|(_, value)| *value);
    let leaf: Vec<&HashValue> = hashes(HashOf::Tbs).collect();
    let oem = sole(&alternative.programs, |test| test.mode == TextMode::Exact)?;
    if !leaf.is_empty() {
        // The hash of the certificate itself leaves nothing to its serial, names and usages.
        let known = alternative.algorithms.first().and_then(|oid| signature_hash(oid.as_oid()));
        let roots: Vec<&HashValue> =
            leaf.into_iter().filter(|hash| known.is_none_or(|of| hash.algorithm() == of)).collect();
        let weakened = if known.is_none() { only_hash(&roots) } else { Vec::new() };
        let usages = usages(alternative).unwrap_or_default();
        let signer = Signer { roots, usages, issuer: None, publisher: None, oem, weakened };
        return if signer.roots.is_empty() { Err(OTHER_HASH) } else { Ok(signer) };
    }
    let roots: Vec<&HashValue> = hashes(HashOf::ChainTbs).collect();
    if roots.is_empty() {
        return Err("it has no hash of a TBSCertificate, and a policy knows no serials and no names without one");
    }
    // Nothing that narrows what an authority issued may be left out.
    let is_common_name = |test: &NameTest| test.field == NameField::CommonName && test.mode == TextMode::Exact;
    let publisher = sole(&alternative.subjects, is_common_name)?;
    let issuer = sole(&alternative.issuers, is_common_name)?;
    let usages = usages(alternative).ok_or(TOO_MUCH)?;
    let has_more = !alternative.serials.is_empty()
        || !alternative.moduli.is_empty()
        || !alternative.algorithms.is_empty()
        || alternative.has_times()
        || alternative.hashes.len() > roots.len();
    if has_more {
        return Err(TOO_MUCH);
    }
    let mut weakened = only_hash(&roots);
    if alternative.subjects.iter().chain(&alternative.issuers).any(|test| !test.ignore_case) {
        weakened.push("letter case of publisher and issuer is set aside".to_owned());
    }
    Ok(Signer { roots, usages, issuer, publisher, oem, weakened })
}

const TOO_MUCH: &str = "a condition beside the hash cannot be said, and without it more would be blocked";
const OTHER_HASH: &str =
    "Windows compares the hash by the algorithm of the certificate's own signature, and that one is not known";

/// What is lost where one hash is known, which Windows may not be the one to compare.
fn only_hash(roots: &[&HashValue]) -> Vec<String> {
    let [only] = roots else { return Vec::new() };
    vec![format!(
        "Windows compares the hash by the algorithm of the certificate's own signature, and only that by {} is known",
        only.algorithm()
    )]
}

/// The usages, if a policy can say all of them.
fn usages<'a>(alternative: &Alternative<'a>) -> Option<Vec<&'a OidBuf>> {
    let is_said = |test: &UsageTest| !test.and_below && eku_value(&test.usage).is_some();
    alternative.usages.iter().map(|test| is_said(test).then_some(&test.usage)).collect()
}

/// The hash algorithm of a signature algorithm.
fn signature_hash(algorithm: Oid<'_>) -> Option<&'static str> {
    let name = algorithm.name()?.to_ascii_lowercase();
    ["md5", "sha1", "sha256", "sha384", "sha512"].into_iter().find(|hash| name.contains(hash))
}

/// The text of the only test, if there is one, quoted.
fn sole(tests: &[&NameTest], is_said: impl Fn(&NameTest) -> bool) -> Result<Option<String>, &'static str> {
    match tests {
        [] => Ok(None),
        [test] if is_said(test) => xml(&test.value).map(Some).ok_or("a name has a character that XML has not"),
        _ => Err(TOO_MUCH),
    }
}

/// The octets of an identifier as policies have it: its DER with 01 in the place of the tag.
fn eku_value(oid: &OidBuf) -> Option<String> {
    let content = oid.as_oid();
    let content = content.as_bytes();
    let length = u8::try_from(content.len()).ok().filter(|length| (1..0x80).contains(length))?;
    Some(format!("01{length:02X}{}", hex::encode_upper(content)))
}

/// Code integrity's two kinds of code; each has signers of its own.
const SCENARIOS: [(&str, &str, &str, &str); 2] =
    [("131", "DRIVERS", "Drivers", "K"), ("12", "WINDOWS", "Programs", "U")];

/// The parts of a policy so far.
#[derive(Default)]
struct Policy {
    /// Ids of usages by their value.
    usages: BTreeMap<String, String>,
    /// Signer elements, with a place for the letter of the scenario in their ids.
    signers: Vec<(String, String)>,
}

impl Policy {
    fn add(&mut self, indicator: &Indicator, signer: &Signer<'_>) {
        let metadata = &indicator.metadata;
        let label = xml_label(metadata.name.as_ref().unwrap_or(&metadata.id));
        for root in &signer.roots {
            let mut body = format!(
                "Name=\"{label}\">\n      <CertRoot Type=\"TBS\" Value=\"{}\" />\n",
                hex::encode_upper(root.as_bytes())
            );
            for usage in &signer.usages {
                let next = format!("ID_EKU_E_{:X}", self.usages.len().saturating_add(1));
                let id = self.usages.entry(eku_value(usage).unwrap_or_default()).or_insert(next);
                // A String takes everything.
                let _ = writeln!(body, "      <CertEKU ID=\"{id}\" />");
            }
            for (element, value) in
                [("CertIssuer", &signer.issuer), ("CertPublisher", &signer.publisher), ("CertOemID", &signer.oem)]
            {
                if let Some(value) = value {
                    let _ = writeln!(body, "      <{element} Value=\"{value}\" />");
                }
            }
            let number = format!("{:X}", self.signers.len().saturating_add(1));
            self.signers.push((number, body));
        }
    }

    fn into_text(self) -> String {
        let all = |line: &dyn Fn(&str, &(String, String)) -> String, letter: &str| -> String {
            self.signers.iter().map(|signer| line(letter, signer)).collect()
        };
        let signer = |letter: &str, (number, body): &(String, String)| {
            format!("    <Signer ID=\"ID_SIGNER_{letter}_{number}\" {body}    </Signer>\n")
        };
        let denied = |letter: &str, (number, _): &(String, String)| {
            format!("          <DeniedSigner SignerId=\"ID_SIGNER_{letter}_{number}\" />\n")
        };
        let ci = |letter: &str, (number, _): &(String, String)| {
            format!("    <CiSigner SignerId=\"ID_SIGNER_{letter}_{number}\" />\n")
        };
        let signers: String = SCENARIOS.iter().map(|(.., letter)| all(&signer, letter)).collect();
        let usages: String =
            self.usages.iter().map(|(value, id)| format!("    <EKU ID=\"{id}\" Value=\"{value}\" />\n")).collect();
        let scenarios: String =
            SCENARIOS.iter().map(|scenario| scenario_text(*scenario, &all(&denied, scenario.3))).collect();
        let ci = all(&ci, "U");
        let id = Uuid::of("policy", &signers).to_string().to_uppercase();
        let section = |name: &str, content: &str| {
            if content.is_empty() { format!("  <{name} />\n") } else { format!("  <{name}>\n{content}  </{name}>\n") }
        };
        format!(
            "{HEAD}{}{FILE_RULES}{}  <SigningScenarios>\n{scenarios}  </SigningScenarios>\n  <UpdatePolicySigners />\n{}  \
             <HvciOptions>0</HvciOptions>\n  <BasePolicyID>{{{id}}}</BasePolicyID>\n  <PolicyID>{{{id}}}</PolicyID>\n</SiPolicy>\n",
            section("EKUs", &usages),
            section("Signers", &signers),
            section("CiSigners", &ci),
        )
    }
}

/// Audit mode: a policy that has blocked nothing yet is tried first.
const HEAD: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<SiPolicy xmlns="urn:schemas-microsoft-com:sipolicy" PolicyType="Base Policy">
  <VersionEx>1.0.0.0</VersionEx>
  <PlatformID>{2E07F7E4-194C-4D20-B7C9-6F44A6C5A234}</PlatformID>
  <Rules>
    <Rule>
      <Option>Enabled:Unsigned System Integrity Policy</Option>
    </Rule>
    <Rule>
      <Option>Enabled:UMCI</Option>
    </Rule>
    <Rule>
      <Option>Enabled:Audit Mode</Option>
    </Rule>
    <Rule>
      <Option>Enabled:Update Policy No Reboot</Option>
    </Rule>
  </Rules>
"#;

/// A policy allows nothing by itself: without these everything would be blocked.
const FILE_RULES: &str = r#"  <FileRules>
    <Allow ID="ID_ALLOW_A_1" FriendlyName="Allow all drivers" FileName="*" />
    <Allow ID="ID_ALLOW_A_2" FriendlyName="Allow all programs" FileName="*" />
  </FileRules>
"#;

fn scenario_text((value, id, name, letter): (&str, &str, &str, &str), denied: &str) -> String {
    let denied = if denied.is_empty() {
        String::new()
    } else {
        format!("        <DeniedSigners>\n{denied}        </DeniedSigners>\n")
    };
    let rule = if letter == "K" { "1" } else { "2" };
    format!(
        "    <SigningScenario Value=\"{value}\" ID=\"ID_SIGNINGSCENARIO_{id}\" FriendlyName=\"{name}\">\n      <ProductSigners>\n{denied}        \
         <FileRulesRef>\n          <FileRuleRef RuleID=\"ID_ALLOW_A_{rule}\" />\n        </FileRulesRef>\n      </ProductSigners>\n    \
         </SigningScenario>\n"
    )
}
