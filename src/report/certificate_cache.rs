//! [`CertificateCache`]: what was worked out about certificates seen before. In a collection of files the same authorities and signers
//! come again and again.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::certificate_record::{Hashes, SharedFacts, work_out};
use super::room::Texts;
use crate::error::Error;
use crate::file::candidate::{Questions, identity, named};
use crate::file::{CertificateUse, SignedFile};
use crate::indicators::candidate::Candidate;
#[cfg(feature = "scan")]
use crate::indicators::candidate::Part;
use crate::indicators::hash_value::{HashOf, HashValue};
use crate::indicators::role::Roles;
use crate::indicators::table::IndicatorTable;
use crate::signature::{Signature, Signer};
use crate::x509::certificate::Certificate;

/// What is known of certificates met before, by their bytes. Whether some indicator may be about them is asked of one table only.
#[derive(Debug, Default)]
pub(crate) struct CertificateCache {
    by_der: HashMap<Box<[u8]>, usize, RandomState>,
    known: Vec<Known>,
    /// Whether an indicator may be about what signers call their programs.
    programs: HashMap<Box<str>, bool, RandomState>,
    bytes: usize,
    /// The file that is told of, counted.
    file: u64,
}

/// What was worked out about one certificate, as far as it was asked for.
#[derive(Debug, Default)]
struct Known {
    /// The file in whose list it was put last, and its place there.
    listed: Option<(u64, usize)>,
    worked_out: Option<WorkedOut>,
    is_filed: Option<bool>,
    #[cfg(feature = "scan")]
    signs_for_others: Option<bool>,
}

/// What the record of a certificate is made of.
#[derive(Debug, Clone)]
pub(super) struct WorkedOut {
    pub(super) facts: SharedFacts,
    pub(super) hashes: Hashes,
    /// Offsets count from the certificate's first byte.
    pub(super) faults: Arc<[Error]>,
    /// Whether the facts do not hold all there is.
    pub(super) texts: Texts,
}

impl CertificateCache {
    /// Bytes of certificates, and of names of programs, that are kept from one file to the next: some two thousand certificates.
    const MAX_BYTES: usize = 4 << 20;

    /// Begins the list of another file. What is kept is thrown away here when it is too much: certificates have numbers as long as a file
    /// is told of.
    pub(super) fn begin(&mut self) {
        self.file = self.file.saturating_add(1);
        self.trim();
    }

    pub(crate) fn trim(&mut self) {
        if self.bytes > Self::MAX_BYTES {
            self.by_der = HashMap::default();
            self.known = Vec::new();
            self.programs = HashMap::default();
            self.bytes = 0;
        }
    }

    /// The number of a certificate that is known.
    pub(super) fn find(&self, der: &[u8]) -> Option<usize> {
        self.by_der.get(der).copied()
    }

    /// What is known of a certificate; there is something for every one.
    fn known(&mut self, der: &[u8]) -> Option<&mut Known> {
        let number = self.find(der).unwrap_or_else(|| self.learn(der));
        self.known.get_mut(number)
    }

    /// The number of a certificate, which is known from now on.
    pub(super) fn learn(&mut self, der: &[u8]) -> usize {
        let number = self.known.len();
        self.bytes = self.bytes.saturating_add(der.len());
        self.by_der.insert(der.into(), number);
        self.known.push(Known::default());
        number
    }

    /// The place of a known certificate in the list of this file.
    pub(super) fn place(&self, number: usize) -> Option<usize> {
        let (file, place) = self.known.get(number)?.listed?;
        (file == self.file).then_some(place)
    }

    /// Gives a known certificate its place in the list of this file, and tells what is known of it.
    pub(super) fn list(&mut self, number: usize, place: usize, certificate: Certificate<'_>) -> WorkedOut {
        let listed = Some((self.file, place));
        let Some(known) = self.known.get_mut(number) else { return WorkedOut::of(certificate) };
        known.listed = listed;
        known.worked_out.get_or_insert_with(|| WorkedOut::of(certificate)).clone()
    }

    /// Whether some indicator of the table may match in a file. False is certain. What was asked about a certificate once is not asked
    /// again.
    pub(crate) fn may_match(&mut self, file: &SignedFile<'_>, table: &IndicatorTable) -> bool {
        self.trim();
        let needs = table.needs();
        // The scope of nearly every indicator: of a signature only the signer is looked at.
        let signers_only = Roles::SIGNERS.union(needs.roles()) == Roles::SIGNERS
            && !file.is_certificates_alone()
            && !file.has_key_infos();
        let mut signers = file.signatures().iter().flat_map(Signature::signers);
        if signers_only && !needs.any_hash_of(HashOf::ChainTbs) {
            return signers.any(|signer| self.may_match_signer(signer, table));
        }
        file.certificates().any(|certificate| self.is_filed(certificate, table))
            || signers.any(|signer| self.may_match_signer(signer, table) || may_match_stamp(signer, table))
    }

    /// Whether [`may_be_known`](Self::may_be_known), asked about its signers, is enough to tell that nothing in a file matches.
    #[cfg(feature = "scan")]
    pub(crate) fn knows_by_signers(table: &IndicatorTable) -> bool {
        let needs = table.needs();
        Roles::SIGNERS.union(needs.roles()) == Roles::SIGNERS
            && !needs.any_hash_of(HashOf::ChainTbs)
            && !needs.part(Part::ProgramName)
    }

    /// Whether some indicator of the table may be about a signer with this certificate, or about what such a signer calls its program:
    /// Microsoft signs other people's drivers, too.
    #[cfg(feature = "scan")]
    pub(crate) fn may_be_known(&mut self, der: &[u8], table: &IndicatorTable) -> bool {
        let known = self.known(der);
        let answer = known.and_then(|known| Some((known.is_filed?, known.signs_for_others?)));
        let (is_filed, signs_for_others) = answer.unwrap_or_else(|| {
            let Ok(certificate) = Certificate::from_der(der) else { return (true, true) };
            let signs_for_others = IndicatorTable::signs_for_others(certificate.subject());
            let Some(known) = self.known(der) else { return (true, true) };
            known.signs_for_others = Some(signs_for_others);
            (known.is_filed(certificate, table), signs_for_others)
        });
        is_filed || signs_for_others
    }

    /// What the matcher is asked about a use of a certificate; `None` where it is certain that no indicator matches.
    pub(crate) fn question<'a>(
        &mut self,
        used: &CertificateUse<'a>,
        questions: &mut Questions<'_, 'a>,
        table: &IndicatorTable,
    ) -> Option<Candidate<'a>> {
        let needs = table.needs();
        if !needs.roles().contains(used.role()) {
            return None;
        }
        let Some(certificate) = used.certificate() else { return Some(questions.candidate(used, &[])) };
        let may_match = needs.any_hash_of(HashOf::ChainTbs)
            || self.is_filed(certificate, table)
            || questions.program_name(used).is_some_and(|name| self.is_program_filed(&name, table));
        let known = self.find(certificate.der()).and_then(|number| self.known.get(number));
        may_match.then(|| questions.candidate(used, known.map(Known::hashes).unwrap_or_default()))
    }

    fn may_match_signer(&mut self, signer: &Signer<'_>, table: &IndicatorTable) -> bool {
        let candidates = signer.candidates();
        (candidates.is_empty() && table.is_filed(&named(signer.id())))
            || candidates.iter().any(|certificate| self.is_filed(*certificate, table))
            || signer.program_name().is_some_and(|name| self.is_program_filed(&name, table))
    }

    fn is_filed(&mut self, certificate: Certificate<'_>, table: &IndicatorTable) -> bool {
        self.known(certificate.der()).is_none_or(|known| known.is_filed(certificate, table))
    }

    fn is_program_filed(&mut self, name: &str, table: &IndicatorTable) -> bool {
        if let Some(is_filed) = self.programs.get(name) {
            return *is_filed;
        }
        let is_filed = table.is_program_filed(name);
        self.bytes = self.bytes.saturating_add(name.len());
        self.programs.insert(name.into(), is_filed);
        is_filed
    }
}

/// Whether some indicator may be about a stamp's signer whose certificate is not in the file.
fn may_match_stamp(signer: &Signer<'_>, table: &IndicatorTable) -> bool {
    let identities = signer.timestamps().iter().flat_map(|timestamp| timestamp.signers());
    identities.filter(|identity| identity.certificates.is_empty()).any(|identity| table.is_filed(&named(identity.id)))
}

impl Known {
    fn is_filed(&mut self, certificate: Certificate<'_>, table: &IndicatorTable) -> bool {
        if let Some(is_filed) = self.is_filed {
            return is_filed;
        }
        let is_filed = table.is_filed(&identity(certificate, table.needs(), self.hashes()));
        self.is_filed = Some(is_filed);
        is_filed
    }

    /// The hashes that were worked out for its record.
    fn hashes(&self) -> &[(HashOf, HashValue)] {
        self.worked_out.as_ref().map(|worked_out| &*worked_out.hashes).unwrap_or_default()
    }
}

impl WorkedOut {
    fn of(certificate: Certificate<'_>) -> Self {
        let texts = Texts::new();
        let (facts, hashes) = work_out(certificate, &texts);
        let faults = certificate.faults().into_iter().map(|fault| fault.moved(certificate.offset(), 0)).collect();
        Self { facts: SharedFacts::new(facts), hashes, faults, texts }
    }
}
