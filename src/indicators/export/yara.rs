//! YARA rules that fire in YARA 4 and in YARA-X: serials with and without their sign octet, names as either of them prints them.

mod comparison;
mod literal;

use std::collections::HashMap;
use std::fmt::Write as _;

use self::comparison::{Unsaid, comparison};
use self::literal::quoted;
use super::alternative::WEAK_FIRES;
use super::losses::{Losses, Outcome};
use crate::indicators::filing::is_weak;
use crate::indicators::indicator::{Condition, Indicator, Metadata};
use crate::indicators::role::{Role, Roles};

/// Writes one rule for each indicator.
pub(super) fn write(indicators: &[&Indicator], losses: &mut Losses) -> String {
    let mut text = "import \"pe\"\n".to_owned();
    let mut names = Names::default();
    for indicator in indicators {
        let mut outcome = Outcome::default();
        let Some(over) = Loop::of(indicator.scope) else {
            losses.skip(indicator, "YARA looks at programs and what signed them, not at the roles it is about");
            continue;
        };
        let mut alternatives = Vec::new();
        for conditions in &indicator.alternatives {
            let said = Said::of(conditions, over);
            match said.text {
                Some(text) => {
                    alternatives.push(text);
                    outcome.write();
                    outcome.weaken_all(said.losses);
                    if is_weak(conditions) {
                        outcome.weaken(WEAK_FIRES);
                    }
                }
                None => said.losses.into_iter().for_each(|loss| outcome.skip(loss)),
            }
        }
        if !alternatives.is_empty() {
            outcome.weaken_all(over.loss(indicator.scope));
            rule(&mut text, &names.make(&indicator.metadata.id), &indicator.metadata, over, &alternatives);
        }
        losses.settle(indicator, outcome);
    }
    text
}

/// The certificates that a rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Loop {
    Signatures,
    Certificates,
    Countersignatures,
}

impl Loop {
    fn of(scope: Roles) -> Option<Self> {
        let has = |role| scope.contains(role);
        let in_message = has(Role::Chain) || has(Role::Unused);
        let of_timestamp = has(Role::TimestampSigner) || has(Role::TimestampChain);
        match (has(Role::Signer), in_message, of_timestamp) {
            (true, false, false) => Some(Self::Signatures),
            (false, false, true) => Some(Self::Countersignatures),
            (_, true, _) | (true, false, true) => Some(Self::Certificates),
            (false, false, false) => None,
        }
    }

    /// What this loop does not say of a scope.
    fn loss(self, scope: Roles) -> Option<&'static str> {
        match self {
            Self::Signatures | Self::Countersignatures => None,
            Self::Certificates if scope == Roles::ANY => {
                Some("certificates of RFC 3161 time stamps, which are not in the message itself, are not looked at")
            }
            Self::Certificates => Some("YARA does not tell the roles of the certificates in a message apart"),
        }
    }

    /// The variable that stands for the certificate.
    const fn variable(self) -> &'static str {
        match self {
            Self::Signatures => "s",
            Self::Certificates | Self::Countersignatures => "c",
        }
    }

    const fn headers(self) -> &'static [&'static str] {
        match self {
            Self::Signatures => &["for any s in pe.signatures"],
            Self::Certificates => &["for any s in pe.signatures", "for any c in s.certificates"],
            Self::Countersignatures => {
                &["for any s in pe.signatures", "for any t in s.countersignatures", "for any c in t.chain"]
            }
        }
    }
}

/// An alternative in YARA's words.
struct Said {
    /// `None` when what can be said would not be the same thing at all.
    text: Option<String>,
    losses: Vec<String>,
}

impl Said {
    fn of(conditions: &[Condition], over: Loop) -> Self {
        let mut said = Vec::new();
        let mut losses = Vec::new();
        let mut is_key = false;
        let mut left_out = false;
        for condition in conditions {
            match comparison(condition, over.variable(), over == Loop::Signatures) {
                Ok(text) => {
                    is_key |= match condition {
                        Condition::Serial(serial) => !serial.as_serial().is_weak(),
                        Condition::Hash(..) => true,
                        _ => false,
                    };
                    losses.extend(text.loss.map(str::to_owned));
                    said.push(text.text);
                }
                Err(Unsaid(reason)) => {
                    left_out = true;
                    losses.push(reason);
                }
            }
        }
        // Without one of its conditions only a serial or a hash still names the same certificate.
        let is_same = !said.is_empty() && (!left_out || is_key);
        Self { text: is_same.then(|| said.join(" and ")), losses }
    }
}

fn rule(text: &mut String, name: &str, metadata: &Metadata, over: Loop, alternatives: &[String]) {
    let mut lines = vec![String::new(), format!("rule {name}"), "{".to_owned()];
    let meta = meta(metadata);
    if !meta.is_empty() {
        lines.push("    meta:".to_owned());
        lines.extend(meta.into_iter().map(|line| format!("        {line}")));
    }
    lines.push("    condition:".to_owned());
    let mut indent = 8_usize;
    for header in over.headers() {
        lines.push(format!("{:indent$}{header} : (", ""));
        indent = indent.saturating_add(4);
    }
    let last = alternatives.len().saturating_sub(1);
    for (index, alternative) in alternatives.iter().enumerate() {
        let (open, close) = if alternatives.len() == 1 { ("", "") } else { ("(", ")") };
        let or = if index == last { "" } else { " or" };
        lines.push(format!("{:indent$}{open}{alternative}{close}{or}", ""));
    }
    for _ in over.headers() {
        indent = indent.saturating_sub(4);
        lines.push(format!("{:indent$})", ""));
    }
    lines.push("}".to_owned());
    for line in lines {
        text.push_str(&line);
        text.push('\n');
    }
}

/// The section `meta`, a line each.
fn meta(metadata: &Metadata) -> Vec<String> {
    let mut lines = Vec::new();
    let attack = metadata.attack.join(" ");
    let severity = metadata.severity.map(|severity| severity.as_str());
    let texts = [
        ("indicator", Some(metadata.id.as_ref())),
        ("description", metadata.description.as_deref()),
        ("author", metadata.author.as_deref()),
        ("source", metadata.source.as_deref()),
        ("license", metadata.license.as_deref()),
        ("reference", metadata.reference.as_deref()),
        ("date", metadata.date.as_deref()),
        ("severity", severity),
        ("category", metadata.category.as_deref()),
        ("malware_family", metadata.family.as_deref()),
        ("attack", Some(attack.as_str())),
    ];
    for (key, value) in texts {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            lines.push(format!("{key} = {}", quoted(shortened(value))));
        }
    }
    let times = [
        ("abused_from", metadata.abused_from),
        ("revoked_at", metadata.revoked_at),
        ("valid_from", metadata.valid_from),
        ("valid_to", metadata.valid_to),
    ];
    lines.extend(times.into_iter().filter_map(|(key, time)| Some(format!("{key} = \"{}\"", time?))));
    lines.extend(metadata.not_after_at_least.map(|seconds| format!("not_after_at_least = {seconds}")));
    lines
}

/// What fits YARA 4's buffer for a text, whatever has to be escaped.
fn shortened(text: &str) -> &str {
    let end = text.char_indices().map(|(at, _)| at).take_while(|&at| at <= literal::LONGEST / 4).last().unwrap_or(0);
    if text.len() <= literal::LONGEST / 4 { text } else { text.get(..end).unwrap_or_default() }
}

/// Makes identifiers that YARA takes, each once.
#[derive(Debug, Default)]
struct Names {
    /// How often each was asked for.
    taken: HashMap<String, usize>,
}

impl Names {
    /// YARA's own limit, less room for a number.
    const LONGEST: usize = 110;

    fn make(&mut self, id: &str) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
        let mut name: String = id.chars().take(Self::LONGEST).map(plain).collect();
        if !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') || literal::is_keyword(&name) {
            name.insert_str(0, "cert_");
        }
        loop {
            let count = self.taken.entry(name.clone()).or_default();
            *count = count.saturating_add(1);
            if *count == 1 {
                return name;
            }
            // The numbered name may be somebody's own.
            let _ = write!(name, "_{count}");
        }
    }
}
