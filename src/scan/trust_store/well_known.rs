//! Names of well-known authorities, which an unknown one has no business to have.

use crate::report::CertificateFacts;

/// Names under which well-known authorities are known, as they stand in the subjects of their roots. Source: the owners of root certificates that
/// Mozilla and Microsoft include (CCADB, "CA owner"), as facts.
#[cfg(feature = "fold")]
const NAMES: &[&str] = &[
    "ACCV",
    "Actalis",
    "AffirmTrust",
    "Amazon",
    "Apple",
    "Asseco Data Systems",
    "Atos",
    "Baltimore",
    "Buypass",
    "Certigna",
    "certSIGN",
    "Certum",
    "China Financial Certification Authority",
    "Chunghwa Telecom",
    "COMODO",
    "Cybertrust Japan",
    "D-Trust",
    "Deutsche Telekom Security",
    "DigiCert",
    "Disig",
    "eMudhra Technologies",
    "Entrust",
    "Firmaprofesional",
    "FNMT-RCM",
    "GeoTrust",
    "GlobalSign",
    "GoDaddy.com",
    "Google Trust Services",
    "Hellenic Academic and Research Institutions",
    "IdenTrust",
    "Internet Security Research Group",
    "Izenpe",
    "Krajowa Izba Rozliczeniowa",
    "Let's Encrypt",
    "Microsec",
    "Microsoft",
    "NetLock",
    "Network Solutions",
    "OISTE Foundation",
    "QuoVadis",
    "SECOM Trust Systems",
    "Sectigo",
    "SSL Corporation",
    "Starfield Technologies",
    "SwissSign",
    "Symantec",
    "Taiwan-CA",
    "Telekom Security",
    "thawte",
    "The USERTRUST Network",
    "TrustAsia Technologies",
    "Trustwave",
    "Unizeto Technologies",
    "VeriSign",
    "WISeKey",
];

/// How a name is like another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(feature = "fold"), expect(dead_code, reason = "nobody compares names then"))]
pub(super) enum Likeness {
    /// The same, letter case, legal forms and blanks set aside.
    Same,
    /// Another one that a reader takes for it.
    Similar,
}

/// The well-known authority that an organization, or the beginning of a common name, is like.
#[cfg(feature = "fold")]
pub(super) fn likeness(facts: &CertificateFacts) -> Option<(Likeness, &'static str)> {
    let subject = &facts.subject;
    let names = subject.organization.iter().chain(&subject.common_name);
    let mut found = None;
    for name in names {
        match likeness_of(name) {
            Some((Likeness::Similar, known)) => return Some((Likeness::Similar, known)),
            other => found = found.or(other),
        }
    }
    found
}

/// Without the feature `fold` names are not compared.
#[cfg(not(feature = "fold"))]
pub(super) const fn likeness(_: &CertificateFacts) -> Option<(Likeness, &'static str)> {
    None
}

#[cfg(feature = "fold")]
fn likeness_of(name: &str) -> Option<(Likeness, &'static str)> {
    use std::sync::LazyLock;

    use crate::indicators::fold::{fold_organization, skeleton};

    /// The names, as they are compared.
    static FORMS: LazyLock<Vec<(&str, String, String)>> = LazyLock::new(|| {
        let forms = NAMES.iter().map(|name| {
            let folded = fold_organization(name);
            let bare = skeleton(&folded);
            (*name, folded, bare)
        });
        forms.collect()
    });
    /// Octets of a name; longer ones are cut in records, and no authority is called like that.
    const MOST: usize = 256;
    if name.len() > MOST {
        return None;
    }
    let folded = fold_organization(name);
    let mut similar = None;
    for (known, form, bare) in FORMS.iter() {
        if has_words(&folded, form) {
            return Some((Likeness::Same, known));
        }
        let words = form.split(' ').count();
        let beginning: Vec<&str> = folded.split(' ').take(words).collect();
        let beginning = beginning.join(" ");
        if similar.is_none() && (skeleton(&beginning) == *bare || is_near(&beginning, form)) {
            similar = Some((Likeness::Similar, *known));
        }
    }
    similar
}

/// Whether a name begins with the words of another.
#[cfg(feature = "fold")]
fn has_words(name: &str, words: &str) -> bool {
    name.strip_prefix(words).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

/// Whether one letter too many, too few or other, or two that changed places, are all that names differ in. Short names differ in so little
/// by chance.
#[cfg(feature = "fold")]
fn is_near(a: &str, b: &str) -> bool {
    const SHORT: usize = 6;
    let [a, b]: [Vec<char>; 2] = [a.chars().collect(), b.chars().collect()];
    if b.len() < SHORT || a == b {
        return false;
    }
    let same = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let [a, b] = [&a, &b].map(|name| name.get(same..).unwrap_or_default());
    let swapped = match (a, b) {
        ([a0, a1, a @ ..], [b0, b1, b @ ..]) => a0 == b1 && a1 == b0 && a == b,
        _ => false,
    };
    let [short_a, short_b] = [a, b].map(|name| name.get(1..).unwrap_or_default());
    swapped || short_a == short_b || short_a == b || a == short_b
}

#[cfg(all(test, feature = "fold"))]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_apart() {
        use Likeness::{Same, Similar};
        let rows = [
            ("DigiCert Inc", Some(Same)),
            ("DIGICERT, INC.", Some(Same)),
            ("DigiCert Global Root G9", Some(Same)),
            ("DigiCerts Inc", Some(Similar)),
            ("Digicret Inc", Some(Similar)),
            ("DiglCert Inc", Some(Similar)),
            ("DigiCeгt Inc", Some(Similar)),
            ("Let's Encrypt", Some(Same)),
            ("Lets Encrypt R3", Some(Same)),
            ("Let's Encript", Some(Similar)),
            ("G00gle Trust Services", Some(Similar)),
            ("Digital Certificates", None),
            ("Atoss", None),
            ("ACME Corporation", None),
            ("Corporate Root CA", None),
            ("", None),
        ];
        for (name, expected) in rows {
            assert_eq!(likeness_of(name).map(|(how, _)| how), expected, "{name}");
        }
        assert_eq!(likeness_of(&"x".repeat(100_000)), None);
    }
}
