//! The certificates of a file: those of its messages, and those that lie in none.

use std::collections::HashSet;

use super::SignedFile;
use super::certificate_use::{CertificateUse, Uses};
use crate::container::Container;
use crate::error::{Error, ErrorKind, Limit};
use crate::indicators::role::Role;
#[cfg(feature = "report")]
use crate::signature::{Signature, Signer, Timestamp};
#[cfg(feature = "report")]
use crate::x509::certificate::Certificate;

/// Faults inside certificates that are told of one file, beside those of reading it: as many as [`Limits::max_faults`] keeps of those by
/// default.
pub(crate) const MOST_CERTIFICATE_FAULTS: usize = 256;

impl<'a> SignedFile<'a> {
    /// Every certificate in every part it plays. See [`candidates`](Self::candidates) for the questions to the matcher.
    #[must_use]
    pub fn certificate_uses(&self) -> Vec<CertificateUse<'a>> {
        let mut uses = Vec::new();
        let left_over = if self.is_certificates_alone() { Role::Store } else { Role::Unused };
        for (index, signature) in self.signatures.iter().enumerate() {
            Uses {
                signature: index,
                left_over,
                list: &mut uses,
                told: HashSet::default(),
                told_sets: HashSet::default(),
            }
            .collect(signature);
        }
        let issuers = self.key_info_issuers();
        uses.extend(self.entry_certificates.iter().map(|one| {
            let role = match one.key_info {
                None => left_over,
                Some(false) if issuers.contains(one.certificate.subject().content_bytes()) => Role::Chain,
                Some(_) => Role::Signer,
            };
            CertificateUse::of_entry(one.entry, one.certificate, role)
        }));
        uses
    }

    /// Who issued the certificates that signatures in XML have, those aside that issued themselves. Nothing says which of them is the
    /// signer's: the first ought to be, and any that issued no other may be.
    fn key_info_issuers(&self) -> HashSet<&'a [u8]> {
        let certificates = self.entry_certificates.iter().filter(|one| one.key_info.is_some());
        let names = certificates.map(|one| (one.certificate.issuer(), one.certificate.subject()));
        let names = names.map(|(issuer, subject)| (issuer.content_bytes(), subject.content_bytes()));
        names.filter(|(issuer, subject)| issuer != subject).map(|(issuer, _)| issuer).collect()
    }

    /// Whether a certificate that lies in no message may be a signer's.
    #[cfg(feature = "report")]
    pub(crate) fn has_key_infos(&self) -> bool {
        self.entry_certificates.iter().any(|one| one.key_info.is_some())
    }

    /// Every certificate of the file, as often as it is there, those of timestamps among them.
    #[cfg(feature = "report")]
    pub(crate) fn certificates(&self) -> impl Iterator<Item = Certificate<'a>> {
        let signers = self.signatures.iter().flat_map(Signature::signers);
        let timestamps = signers.flat_map(Signer::timestamps).flat_map(Timestamp::certificates);
        let sets = self.signatures.iter().flat_map(Signature::certificates).chain(timestamps);
        sets.copied().chain(self.entry_certificates.iter().map(|one| one.certificate))
    }

    /// Whether the file is a bag of certificates that signs nothing, as `.p7b` and `.pem` files are.
    #[must_use]
    pub fn is_certificates_alone(&self) -> bool {
        matches!(self.container, Container::Pkcs7 | Container::Der | Container::Pem | Container::Pkcs12)
            && self.signatures.iter().all(|signature| signature.is_complete() && signature.signers().is_empty())
    }

    /// Whether every entry of the certificate table was read and none holds a signature: certificates that sign nothing.
    #[cfg(feature = "report")]
    pub(crate) fn has_only_entry_certificates(&self) -> bool {
        !self.entries.is_empty() && self.entry_certificates.len() == self.entries.len()
    }

    /// Whether there is a certificate that lies in no message.
    #[cfg(feature = "report")]
    pub(crate) const fn has_entry_certificates(&self) -> bool {
        !self.entry_certificates.is_empty()
    }

    /// What is wrong inside the certificates and is not among [`faults`](Self::faults), because reading does not look there: text
    /// of names, extensions. Certificate by certificate; where there is more than is told, the last one says so.
    #[must_use]
    pub fn certificate_faults(&self) -> Vec<Error> {
        let mut faults: Vec<Error> = Vec::new();
        let mut walked = HashSet::new();
        for certificate in self.certificate_uses().iter().filter_map(CertificateUse::certificate) {
            if !walked.insert(certificate.offset()) {
                continue;
            }
            let inside = certificate.faults().into_iter().filter(|fault| !fault.is_told(&self.faults));
            faults.extend(inside.take(MOST_CERTIFICATE_FAULTS.saturating_add(1).saturating_sub(faults.len())));
            if let Some(beyond) = faults.get(MOST_CERTIFICATE_FAULTS) {
                let kind = ErrorKind::LimitReached { limit: Limit::Faults };
                let more = Error::new(kind, beyond.structure(), beyond.offset());
                faults.truncate(MOST_CERTIFICATE_FAULTS);
                faults.push(more);
                break;
            }
        }
        faults
    }
}
