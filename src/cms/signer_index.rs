//! [`SignerIndex`]: many claims about signers or many certificates, to look one of the others up.

use std::collections::HashSet;
use std::hash::{BuildHasher, Hash};

use foldhash::fast::RandomState;

use super::signer_info::SignerId;
use crate::x509::certificate::Certificate;
use crate::x509::name::Name;
use crate::x509::serial::Serial;

/// Identities of certificates, by value. One look costs the same however many there are.
///
/// Only hashes are kept, so that a look can be wrong once in 2^64 times: what is found is looked at in full.
#[derive(Debug, Default)]
pub(super) struct SignerIndex {
    hashes: HashSet<u64, RandomState>,
    has_key_ids: bool,
    state: RandomState,
}

impl SignerIndex {
    /// Adds what a SignerInfo names.
    pub(super) fn insert(&mut self, id: SignerId<'_>) {
        match id {
            SignerId::IssuerAndSerial { issuer, serial } => self.insert_identity(issuer, serial),
            SignerId::SubjectKeyId(key_id) => self.insert_key_id(&key_id.octets()),
        }
    }

    /// Adds what a certificate can be named by.
    pub(super) fn insert_certificate(&mut self, certificate: Certificate<'_>) {
        self.insert_identity(certificate.issuer(), certificate.serial());
        for key_id in certificate.key_ids() {
            self.insert_key_id(&key_id);
        }
    }

    pub(super) fn insert_identity(&mut self, issuer: Name<'_>, serial: Serial<'_>) {
        for hash in self.of_identity(issuer, serial) {
            self.hashes.insert(hash);
        }
    }

    fn insert_key_id(&mut self, key_id: &[u8]) {
        self.has_key_ids = true;
        self.hashes.insert(self.state.hash_one(key_id));
    }

    /// The issuer by value, and the serial in each of the forms that are compared.
    fn of_identity(&self, issuer: Name<'_>, serial: Serial<'_>) -> [u64; 2] {
        let issuer = issuer.match_key();
        let hash = |serial: &[u8]| self.state.hash_one(Identity { issuer: &issuer, serial });
        [hash(serial.canonical()), hash(serial.minimal())]
    }

    pub(super) const fn has_key_ids(&self) -> bool {
        self.has_key_ids
    }

    pub(super) fn has_identity(&self, issuer: Name<'_>, serial: Serial<'_>) -> bool {
        self.of_identity(issuer, serial).iter().any(|hash| self.hashes.contains(hash))
    }

    pub(super) fn has(&self, id: SignerId<'_>) -> bool {
        match id {
            SignerId::IssuerAndSerial { issuer, serial } => self.has_identity(issuer, serial),
            SignerId::SubjectKeyId(key_id) => self.has_key_id(&key_id.octets()),
        }
    }

    pub(super) fn has_certificate(&self, certificate: Certificate<'_>) -> bool {
        self.has_identity(certificate.issuer(), certificate.serial())
            || (self.has_key_ids && certificate.key_ids().any(|key_id| self.has_key_id(&key_id)))
    }

    fn has_key_id(&self, key_id: &[u8]) -> bool {
        self.hashes.contains(&self.state.hash_one(key_id))
    }
}

#[derive(Hash)]
struct Identity<'k> {
    issuer: &'k [u8],
    serial: &'k [u8],
}
