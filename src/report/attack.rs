//! The techniques of MITRE ATT&CK that indicators and findings name, in words. Source: ATT&CK for Enterprise, version 18.

use std::collections::BTreeSet;

/// The version of ATT&CK whose names these are.
pub(super) const VERSION: &str = "18";

/// Ids and names, sorted by id: what is told of files and certificates.
const NAMES: &[(&str, &str)] = &[
    ("T1014", "Rootkit"),
    ("T1036", "Masquerading"),
    ("T1036.001", "Invalid Code Signature"),
    ("T1068", "Exploitation for Privilege Escalation"),
    ("T1543", "Create or Modify System Process"),
    ("T1543.003", "Windows Service"),
    ("T1553", "Subvert Trust Controls"),
    ("T1553.002", "Code Signing"),
    ("T1553.004", "Install Root Certificate"),
    ("T1562", "Impair Defenses"),
    ("T1562.001", "Disable or Modify Tools"),
    ("T1587", "Develop Capabilities"),
    ("T1587.002", "Code Signing Certificates"),
    ("T1588", "Obtain Capabilities"),
    ("T1588.003", "Code Signing Certificates"),
];

/// A technique or sub-technique.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Technique<'t> {
    pub(super) id: &'t str,
}

impl<'t> Technique<'t> {
    /// Its name; an id that is not in the list has none here.
    pub(super) fn name(self) -> Option<&'static str> {
        let at = NAMES.binary_search_by(|(id, _)| (*id).cmp(self.id)).ok()?;
        NAMES.get(at).map(|(_, name)| *name)
    }

    /// Its page.
    pub(super) fn reference(self) -> String {
        format!("https://attack.mitre.org/techniques/{}/", self.id.replace('.', "/"))
    }
}

/// The techniques and the sub-techniques that ids name, each once; a sub-technique names its technique too.
#[derive(Debug, Default)]
pub(super) struct Techniques<'t> {
    pub(super) techniques: BTreeSet<Technique<'t>>,
    pub(super) subtechniques: BTreeSet<Technique<'t>>,
}

impl<'t> Techniques<'t> {
    pub(super) fn of(ids: impl Iterator<Item = &'t str>) -> Self {
        let mut all = Self::default();
        // Free text of an indicator is no id.
        for id in ids.filter(|id| is_id(id)) {
            let technique = id.split('.').next().unwrap_or(id);
            all.techniques.insert(Technique { id: technique });
            if technique != id {
                all.subtechniques.insert(Technique { id });
            }
        }
        all
    }
}

/// Whether a text is `T` with four digits, and three more behind a point.
fn is_id(text: &str) -> bool {
    let is_number =
        |text: &str, digits: usize| text.len() == digits && text.bytes().all(|octet| octet.is_ascii_digit());
    text.strip_prefix('T').is_some_and(|number| match number.split_once('.') {
        Some((technique, sub)) => is_number(technique, 4) && is_number(sub, 3),
        None => is_number(number, 4),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn techniques_are_named() {
        assert!(NAMES.is_sorted_by(|(a, _), (b, _)| a < b));
        let ids = ["T1553.002", "T1068", "T1553.002", "G0001", "T15", "T1553.2", "x"];
        let all = Techniques::of(ids.into_iter());
        let told = |techniques: &BTreeSet<Technique<'_>>| {
            techniques.iter().map(|one| (one.id.to_owned(), one.name().unwrap_or_default())).collect::<Vec<_>>()
        };
        assert_eq!(
            told(&all.techniques),
            [
                ("T1068".to_owned(), "Exploitation for Privilege Escalation"),
                ("T1553".to_owned(), "Subvert Trust Controls")
            ]
        );
        assert_eq!(told(&all.subtechniques), [("T1553.002".to_owned(), "Code Signing")]);
        let sub = all.subtechniques.first().unwrap();
        assert_eq!(sub.reference(), "https://attack.mitre.org/techniques/T1553/002/");
        assert_eq!(Technique { id: "T9999" }.name(), None);
    }
}
