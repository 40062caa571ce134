//! [`SignerIndex`]: many claims about signers or many certificates, to look one of the others up.

use std::collections::HashSet;

use foldhash::fast::RandomState;

use super::signer_info::SignerId;
use crate::x509::certificate::Certificate;
use crate::x509::name::Name;
use crate::x509::serial::Serial;

/// Identities of certificates, octet for octet but for the serial's leading ones. One look costs the same however many there are.
#[derive(Debug, Default)]
pub(super) struct SignerIndex<'a> {
    /// Issuer, and serial in each of the forms that are compared.
    identities: HashSet<(&'a [u8], &'a [u8]), RandomState>,
    key_ids: HashSet<Vec<u8>, RandomState>,
}

impl<'a> SignerIndex<'a> {
    /// Adds what a SignerInfo names; whether it was not there yet.
    pub(super) fn insert(&mut self, id: SignerId<'a>) -> bool {
        match id {
            SignerId::IssuerAndSerial { issuer, serial } => self.insert_identity(issuer, serial),
            SignerId::SubjectKeyId(key_id) => self.key_ids.insert(key_id.octets().into_owned()),
        }
    }

    /// Adds what a certificate can be named by.
    pub(super) fn insert_certificate(&mut self, certificate: Certificate<'a>) {
        self.insert_identity(certificate.issuer(), certificate.serial());
        self.key_ids.extend(certificate.subject_key_id().map(std::borrow::Cow::into_owned));
    }

    fn insert_identity(&mut self, issuer: Name<'a>, serial: Serial<'a>) -> bool {
        let issuer = issuer.as_bytes();
        let is_new = self.identities.insert((issuer, serial.canonical()));
        self.identities.insert((issuer, serial.minimal()));
        is_new
    }

    pub(super) fn has_key_ids(&self) -> bool {
        !self.key_ids.is_empty()
    }

    pub(super) fn has_identity(&self, issuer: Name<'a>, serial: Serial<'a>) -> bool {
        let issuer = issuer.as_bytes();
        [serial.canonical(), serial.minimal()].iter().any(|serial| self.identities.contains(&(issuer, *serial)))
    }

    pub(super) fn has(&self, id: SignerId<'a>) -> bool {
        match id {
            SignerId::IssuerAndSerial { issuer, serial } => self.has_identity(issuer, serial),
            SignerId::SubjectKeyId(key_id) => self.key_ids.contains(key_id.octets().as_ref()),
        }
    }

    pub(super) fn has_certificate(&self, certificate: Certificate<'a>) -> bool {
        self.has_identity(certificate.issuer(), certificate.serial())
            || (self.has_key_ids()
                && certificate.subject_key_id().is_some_and(|key_id| self.key_ids.contains(key_id.as_ref())))
    }
}

impl<'a> FromIterator<SignerId<'a>> for SignerIndex<'a> {
    fn from_iter<T: IntoIterator<Item = SignerId<'a>>>(ids: T) -> Self {
        let mut index = Self::default();
        for id in ids {
            index.insert(id);
        }
        index
    }
}

impl<'a> FromIterator<Certificate<'a>> for SignerIndex<'a> {
    fn from_iter<T: IntoIterator<Item = Certificate<'a>>>(certificates: T) -> Self {
        let mut index = Self::default();
        certificates.into_iter().for_each(|certificate| index.insert_certificate(certificate));
        index
    }
}
