//! From a signed file to indicators of the certificates that signed it.

use super::{CertificateUse, SignedFile};
use crate::asn1::oid::OidBuf;
#[cfg(feature = "digest")]
use crate::indicators::candidate::Needs;
use crate::indicators::indicator::{Condition, Indicator, Metadata, NameField, NameTest, TextMode, UsageTest};
use crate::indicators::role::{Role, Roles};
use crate::x509::certificate::Certificate;
use crate::x509::name::Name;
use crate::x509::serial::SerialBuf;

impl<'a> SignedFile<'a> {
    /// A complete indicator of each certificate that signed the file, each once: serial, issuer, names, hashes, key. All of it must hold
    /// on one certificate, so that it is this certificate and no other; a form that cannot say some of it says the rest.
    ///
    /// ```
    /// use certsift::{IndicatorTable, SignedFile};
    ///
    /// let file = SignedFile::parse(include_bytes!("../../tests/fixtures/clean_signed.exe"))?;
    /// let learned = file.learn();
    /// assert_eq!(learned[0].metadata.name.as_deref(), Some("Harmless Software Ltd"));
    /// let table = IndicatorTable::new(learned)?;
    /// let matching = file.candidates(table.needs()).filter(|(_, candidate)| !table.matches(candidate).is_empty());
    /// assert_eq!(matching.count(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn learn(&self) -> Vec<Indicator> {
        let mut seen: Vec<&[u8]> = Vec::new();
        let mut learned = Vec::new();
        for used in self.certificate_uses().iter().filter(|used| used.role() == Role::Signer) {
            let Some(certificate) = used.certificate() else { continue };
            if !seen.contains(&certificate.der()) {
                seen.push(certificate.der());
                learned.push(self.learn_one(used, certificate));
            }
        }
        learned
    }

    fn learn_one(&self, used: &CertificateUse<'a>, certificate: Certificate<'a>) -> Indicator {
        let serial = SerialBuf::from_bytes(certificate.serial().as_bytes());
        let validity = certificate.validity();
        let subject = certificate.subject();
        let name = subject.organizations().chain(subject.common_names()).next().map(|name| name.into_owned().into());
        let metadata = Metadata {
            id: format!("learned:{serial}").into(),
            name,
            valid_from: validity.not_before,
            valid_to: validity.not_after,
            attack: vec!["T1553.002".into()].into(),
            ..Metadata::default()
        };
        let mut conditions = vec![Condition::Serial(serial)];
        conditions.extend(names(subject, NameField::Organization).map(Condition::Subject));
        conditions.extend(names(subject, NameField::CommonName).map(Condition::Subject));
        conditions.extend(names(certificate.issuer(), NameField::CommonName).map(Condition::Issuer));
        conditions.extend(durable_identity(certificate).map(Condition::ExtendedKeyUsage));
        conditions.extend(self.learn_hashes(used));
        conditions.extend(certificate.rsa_modulus().map(|modulus| Condition::RsaModulus(modulus.into())));
        Indicator { metadata, scope: Roles::SIGNERS, alternatives: vec![conditions] }
    }

    #[cfg(feature = "digest")]
    fn learn_hashes(&self, used: &CertificateUse<'a>) -> impl Iterator<Item = Condition> {
        use super::candidate::Questions;
        use crate::indicators::hash_value::HashOf;

        /// Those that lists of certificates are published with.
        const PUBLISHED: [(HashOf, &[&str]); 4] = [
            (HashOf::Certificate, &["sha1", "sha256"]),
            (HashOf::Tbs, &["md5", "sha1", "sha256", "sha384"]),
            (HashOf::Subject, &["sha1"]),
            (HashOf::Serial, &["sha1"]),
        ];
        let hashes = Questions::new(self, Needs::ALL).candidate(used, &[]).hashes;
        let is_published =
            |of, algorithm| PUBLISHED.iter().any(|(known, names)| *known == of && names.contains(&algorithm));
        hashes
            .into_iter()
            .filter(move |(of, value)| is_published(*of, value.algorithm()))
            .map(|(of, value)| Condition::Hash(of, value))
    }

    #[cfg(not(feature = "digest"))]
    #[expect(clippy::unused_self, reason = "as with the feature")]
    fn learn_hashes(&self, _: &CertificateUse<'a>) -> impl Iterator<Item = Condition> {
        std::iter::empty()
    }
}

/// Each value of an attribute, exactly.
fn names(name: Name<'_>, field: NameField) -> impl Iterator<Item = NameTest> {
    let values: Vec<String> = match field {
        NameField::Organization => name.organizations().map(Into::into).collect(),
        _ => name.common_names().map(Into::into).collect(),
    };
    let values = values.into_iter().filter(|value| !value.is_empty());
    values.map(move |value| NameTest::new(field, TextMode::Exact, value))
}

/// The usage by which Microsoft tells one subscriber from another, whatever their certificates of three days.
fn durable_identity(certificate: Certificate<'_>) -> Option<UsageTest> {
    use crate::asn1::oid::DURABLE_IDENTITY;

    let usages = certificate.extended_key_usage();
    let identity = usages.iter().find(|usage| {
        usage.as_bytes().starts_with(DURABLE_IDENTITY.as_bytes()) && usage.as_bytes() != DURABLE_IDENTITY.as_bytes()
    })?;
    Some(UsageTest { usage: OidBuf::from_content(identity.as_bytes()), and_below: false })
}
