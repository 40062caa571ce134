//! The distinct certificates of a file, each listed once.

use super::certificate_cache::{CertificateCache, WorkedOut};
use super::certificate_record::CertificateRecord;
use super::room::Room;
use crate::error::Error;
use crate::few::FewMap;
use crate::file::{CertificateUse, MOST_CERTIFICATE_FAULTS};
use crate::x509::certificate::Certificate;

/// The distinct certificates of one file, by their bytes.
pub(super) struct CertificateList<'c, 'a> {
    pub(super) records: Vec<CertificateRecord>,
    /// The certificates that the records are of.
    pub(super) sources: Vec<Certificate<'a>>,
    /// What is wrong inside them and is not told yet, with the offsets of the file; one more than a record holds.
    pub(super) faults: Vec<Error>,
    /// What else is wrong with the file.
    told: &'c [Error],
    /// How much else the record holds.
    pub(super) room: &'c Room,
    /// The same place has the same bytes, so most questions need no look at them.
    by_offset: FewMap<u64, usize>,
    pub(super) cache: &'c mut CertificateCache,
}

impl<'c, 'a> CertificateList<'c, 'a> {
    pub(super) fn new(cache: &'c mut CertificateCache, told: &'c [Error], room: &'c Room) -> Self {
        cache.begin();
        Self {
            records: Vec::new(),
            sources: Vec::new(),
            faults: Vec::new(),
            told,
            room,
            by_offset: FewMap::default(),
            cache,
        }
    }

    /// The certificate's place in the list, where it is put when it is new and there is room.
    pub(super) fn index_if_room(&mut self, certificate: Certificate<'a>) -> Option<usize> {
        if let Some(index) = self.find(certificate) {
            return Some(index);
        }
        let known = self.cache.find(certificate.der());
        let is_listed = known.is_some_and(|number| self.cache.place(number).is_some());
        (is_listed || self.room.certificates.take()).then(|| self.place(certificate, known))
    }

    /// The certificate's place in the list, where it is put when it is new.
    pub(super) fn index_of(&mut self, certificate: Certificate<'a>) -> usize {
        if let Some(index) = self.find(certificate) {
            return index;
        }
        let known = self.cache.find(certificate.der());
        self.place(certificate, known)
    }

    fn place(&mut self, certificate: Certificate<'a>, known: Option<usize>) -> usize {
        let offset = certificate.offset();
        let number = known.unwrap_or_else(|| self.cache.learn(certificate.der()));
        let index = self.cache.place(number).unwrap_or_else(|| self.add(certificate, number));
        self.by_offset.insert(offset, index);
        index
    }

    /// Adds a certificate that is not in the list.
    fn add(&mut self, certificate: Certificate<'a>, number: usize) -> usize {
        let (index, offset) = (self.records.len(), certificate.offset());
        let WorkedOut { facts, faults, texts, .. } = self.cache.list(number, index, certificate);
        self.sources.push(certificate);
        self.records.push(CertificateRecord { index, roles: Vec::new(), offset, facts });
        self.room.texts.join(&texts);
        let faults = faults.iter().map(|fault| fault.moved(0, offset)).filter(|fault| !fault.is_told(self.told));
        let most = MOST_CERTIFICATE_FAULTS.saturating_add(1).saturating_sub(self.faults.len());
        self.faults.extend(faults.take(most));
        index
    }

    /// The place of a certificate that was put into the list.
    pub(super) fn find(&self, certificate: Certificate<'_>) -> Option<usize> {
        self.by_offset.get(&certificate.offset()).copied()
    }

    /// The place of a certificate with the same bytes, wherever this one lies.
    #[cfg(feature = "verify")]
    pub(super) fn find_same(&self, certificate: Certificate<'_>) -> Option<usize> {
        self.cache.place(self.cache.find(certificate.der())?)
    }

    /// The issuer's text of a certificate that was put into the list.
    pub(super) fn issuer_text(&self, certificate: Certificate<'_>) -> Option<&str> {
        let record = self.find(certificate).and_then(|index| self.records.get(index));
        record.map(|record| record.issuer.dn.as_str())
    }

    pub(super) fn note_roles(&mut self, uses: &[CertificateUse<'_>]) {
        for used in uses {
            let role = used.role().as_str();
            let record = used.certificate().and_then(|certificate| self.find(certificate));
            let Some(record) = record.and_then(|index| self.records.get_mut(index)) else { continue };
            if !record.roles.iter().any(|known| known == role) {
                record.roles.push(role.to_owned());
            }
        }
    }
}
