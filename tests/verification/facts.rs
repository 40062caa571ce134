//! Every fact about a file in a flat list of names and values, and what differs between two of them.

use std::collections::BTreeMap;

use certsift::{
    Certificate, CertificatePath, ImageChecks, Revocation, SignedFile, SignerVerification, TimestampVerification,
    Verification, Verifier, Weakness, check_image,
};

use crate::issued;

/// The facts about a file, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Facts(BTreeMap<String, String>);

impl Facts {
    /// The facts about the signatures of a file, its image digests computed. A file that cannot be read has one fact.
    pub(crate) fn of(file: &[u8], verifier: &Verifier) -> Self {
        Self::with_image(file, verifier, |signed| check_image(file, signed).ok())
    }

    /// The facts about the signatures of a file that was not hashed.
    pub(crate) fn without_image(file: &[u8], verifier: &Verifier) -> Self {
        Self::with_image(file, verifier, |_| None)
    }

    fn with_image(
        file: &[u8],
        verifier: &Verifier,
        image: impl FnOnce(&SignedFile<'_>) -> Option<ImageChecks>,
    ) -> Self {
        let mut facts = Self(BTreeMap::new());
        match SignedFile::parse(file) {
            Ok(signed) => {
                let verifications = verifier.verify(&signed, image(&signed).as_ref());
                assert_eq!(verifications.len(), signed.signatures().len(), "one element for each signature");
                for (index, verification) in verifications.iter().enumerate() {
                    facts.tell_verification(&prefix("signature", index), verification);
                }
            }
            Err(error) => facts.tell("", "error", error),
        }
        facts
    }

    /// The value of one fact; a dash where there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("-", String::as_str)
    }

    /// The facts that are told, `name = value` each.
    pub(crate) fn list(&self) -> Vec<String> {
        self.0.iter().map(|(name, value)| format!("{name} = {value}")).collect()
    }

    /// What is different in `after`, as `name: before -> after`; a dash where there is no such fact.
    pub(crate) fn changes(&self, after: &Self) -> Vec<String> {
        let mut names: Vec<&String> = self.0.keys().chain(after.0.keys()).collect();
        names.sort();
        names.dedup();
        let changed = names.into_iter().filter(|name| self.get(name) != after.get(name));
        changed.map(|name| format!("{name}: {} -> {}", self.get(name), after.get(name))).collect()
    }

    fn tell(&mut self, prefix: &str, name: &str, value: impl ToString) {
        let before = self.0.insert(format!("{prefix}{name}"), value.to_string());
        assert_eq!(before, None, "{prefix}{name} is told twice");
    }

    fn tell_verification(&mut self, prefix: &str, verification: &Verification<'_>) {
        self.tell(prefix, "digest_matches", yes_no(verification.digest_matches));
        self.tell(prefix, "table_over_image", verification.digest_covers_image == Some(false));
        self.tell(prefix, "digest_rule", option(verification.digest_rule.map(|rule| format!("{rule:?}"))));
        let pages = verification.page_hashes.iter().map(|table| yes_no(table.matches)).collect::<Vec<_>>();
        self.tell(prefix, "page_hashes", pages.join(" "));
        self.tell(prefix, "padding_off", yes_no(verification.padding_check.map(|check| check.off)));
        self.tell(prefix, "padding_on", yes_no(verification.padding_check.map(|check| check.on)));
        self.tell(prefix, "signers", verification.signers.len());
        for (index, signer) in verification.signers.iter().enumerate() {
            let within = self::prefix("signer", index);
            self.tell_signer(&format!("{prefix}{within}"), signer);
        }
    }

    fn tell_signer(&mut self, prefix: &str, signer: &SignerVerification<'_>) {
        self.tell(prefix, "certificate", option(signer.certificate.map(name_of)));
        self.tell(prefix, "content_matches", yes_no(signer.content_matches));
        self.tell(prefix, "content_type_matches", yes_no(signer.content_type_matches));
        self.tell(prefix, "signature_valid", yes_no(signer.signature_valid));
        self.tell(prefix, "signed_form", option(signer.signed_form.map(|form| form.as_str().to_owned())));
        self.tell(prefix, "code_signing", yes_no(signer.code_signing));
        self.tell_path(prefix, &signer.path);
        self.tell(prefix, "time", signer.time.at.unix());
        self.tell(prefix, "time.timestamp", option(signer.time.timestamp.map(|index| index.to_string())));
        self.tell(prefix, "time.lifetime_signing", signer.time.lifetime_signing);
        self.tell(prefix, "time.validity", option(signer.time.validity.map(|at| at.as_str().to_owned())));
        self.tell(prefix, "time.path_validity", option(signer.time.path_validity.map(|at| at.as_str().to_owned())));
        self.tell_revocation(prefix, &signer.revocation);
        self.tell(prefix, "weaknesses", weaknesses(&signer.weaknesses));
        self.tell(prefix, "stamps", signer.timestamps.len());
        for (index, stamp) in signer.timestamps.iter().enumerate() {
            self.tell_stamp(&format!("{prefix}stamp{index}."), stamp);
        }
    }

    fn tell_stamp(&mut self, prefix: &str, stamp: &TimestampVerification<'_>) {
        self.tell(prefix, "kind", stamp.kind.as_str());
        self.tell(prefix, "time", option(stamp.time.map(|time| time.unix().to_string())));
        self.tell(prefix, "certificate", option(stamp.certificate.map(name_of)));
        self.tell(prefix, "imprint_matches", yes_no(stamp.imprint_matches));
        self.tell(prefix, "content_matches", yes_no(stamp.content_matches));
        self.tell(prefix, "signature_valid", yes_no(stamp.signature_valid));
        self.tell(prefix, "time_stamping", yes_no(stamp.time_stamping));
        self.tell_path(prefix, &stamp.path);
        self.tell(prefix, "validity", option(stamp.validity.map(|at| at.as_str().to_owned())));
        self.tell_revocation(prefix, &stamp.revocation);
        self.tell(prefix, "weaknesses", weaknesses(&stamp.weaknesses));
        self.tell(prefix, "verified", stamp.is_verified());
    }

    fn tell_path(&mut self, prefix: &str, path: &CertificatePath<'_>) {
        let names = path.links.iter().map(|link| format!("{} ({})", name_of(link.certificate), link.origin.as_str()));
        self.tell(prefix, "path", names.collect::<Vec<_>>().join(" < "));
        self.tell(prefix, "anchor", option(path.anchor.map(name_of)));
        let broken = path.broken.map(|broken| format!("{} at {}", broken.reason.as_str(), broken.at));
        self.tell(prefix, "broken", option(broken));
        for (index, link) in path.links.iter().enumerate() {
            let prefix = format!("{prefix}path{index}.");
            self.tell(&prefix, "name_matches", yes_no(link.name_matches));
            self.tell(&prefix, "signature_valid", yes_no(link.signature_valid));
            self.tell(&prefix, "key_id_matches", yes_no(link.key_id_matches));
            self.tell(&prefix, "is_ca", yes_no(link.is_ca));
            self.tell(&prefix, "validity", link.validity.as_str());
        }
    }

    fn tell_revocation(&mut self, prefix: &str, revocation: &Revocation<'_>) {
        self.tell(prefix, "revoked", revocation.status.as_str());
    }
}

/// Nothing for the first, which nearly every file has alone.
fn prefix(what: &str, index: usize) -> String {
    if index == 0 { String::new() } else { format!("{what}{index}.") }
}

fn yes_no(fact: Option<bool>) -> &'static str {
    match fact {
        Some(true) => "yes",
        Some(false) => "no",
        None => "unknown",
    }
}

fn option(value: Option<String>) -> String {
    value.unwrap_or_else(|| "none".to_owned())
}

/// Its common name; starred where its key is not the one made from that name.
fn name_of(certificate: Certificate<'_>) -> String {
    let name = certificate.subject().common_names().next().unwrap_or_default().to_string();
    let star = if certificate.spki() == issued::spki(&name) { "" } else { "*" };
    format!("{name}{star}")
}

fn weaknesses(weaknesses: &[Weakness<'_>]) -> String {
    let one = |weakness: &Weakness<'_>| match weakness.certificate {
        Some(certificate) => format!("{} ({})", weakness.kind.as_str(), name_of(certificate)),
        None => weakness.kind.as_str().to_owned(),
    };
    weaknesses.iter().map(one).collect::<Vec<_>>().join(" ")
}
