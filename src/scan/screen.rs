//! [`Screen`]: whether anybody is known who signed a file, asked of one file after the other.

use crate::bytes::{Span, to_u64, to_usize};
use crate::container::{self, Container, Stored};
use crate::file::candidate::Questions;
use crate::file::{SignatureData, SignedFile, nobody_is_known};
use crate::indicators::table::IndicatorTable;
use crate::limits::{Budget, Limits};
use crate::report::certificate_cache::CertificateCache;

/// Tells the files in which an indicator matches from all others, which is what most files of a collection are: these cost a glance at
/// their signatures. What is found out about a certificate is remembered for the files that follow.
///
/// ```
/// use certsift::{IndicatorTable, Screen};
///
/// let table = IndicatorTable::builtin();
/// let mut screen = Screen::new(&table);
/// assert!(screen.has_match(include_bytes!("../../tests/fixtures/seed_pe32.exe")));
/// assert!(!screen.has_match(include_bytes!("../../tests/fixtures/clean_signed.exe")));
/// ```
#[derive(Debug)]
pub struct Screen<'t> {
    pub(super) table: &'t IndicatorTable,
    limits: Limits,
    pub(super) cache: CertificateCache,
    /// Whether its signers alone tell that nothing in a file matches.
    pub(super) asks_signers_only: bool,
}

impl<'t> Screen<'t> {
    /// Nothing is remembered yet.
    #[must_use]
    pub fn new(table: &'t IndicatorTable) -> Self {
        Self::with_limits(table, Limits::default())
    }

    /// Like [`new`](Self::new), with the caller's limits on each file.
    #[must_use]
    pub fn with_limits(table: &'t IndicatorTable, limits: Limits) -> Self {
        let asks_signers_only = CertificateCache::knows_by_signers(table);
        Self { table, limits, cache: CertificateCache::default(), asks_signers_only }
    }

    /// Whether an indicator matches in a file that is wholly in memory, as written or by a similar name: whether its
    /// [`Report`](crate::Report) has a match.
    pub fn has_match(&mut self, bytes: &[u8]) -> bool {
        if self.asks_signers_only {
            let stored = container::locate(bytes, to_u64(bytes.len()), &mut Budget::new(self.limits));
            // What no container is recognised in, or lies about its headers, has no signatures.
            let Ok(stored) = stored else { return false };
            let Stored::InPlace(located) = stored else { return self.has_match_apart(bytes) };
            let table = Span::new(bytes, 0).get(to_usize(located.offset), to_usize(located.length));
            if located.container == Container::Pe && table.is_some_and(|table| self.knows_nobody_of(table.as_bytes())) {
                return false;
            }
        }
        self.has_match_apart(bytes)
    }

    /// [`has_match`](Self::has_match) of a file that is to be read.
    fn has_match_apart(&mut self, bytes: &[u8]) -> bool {
        let mut data = SignatureData::new();
        data.parse(bytes, self.limits).is_ok_and(|file| self.has_match_in(&file))
    }

    fn knows_nobody_of(&mut self, table: &[u8]) -> bool {
        self.cache.trim();
        nobody_is_known(table, |der| self.may_be_known(der))
    }

    /// Whether some indicator may be about a signer with this certificate.
    pub(super) fn may_be_known(&mut self, der: &[u8]) -> bool {
        self.cache.may_be_known(der, self.table)
    }

    /// [`has_match`](Self::has_match) of a file that was read.
    pub(super) fn has_match_in(&mut self, file: &SignedFile<'_>) -> bool {
        if !self.cache.may_match(file, self.table) {
            return false;
        }
        let mut hits = Vec::new();
        let mut questions = Questions::new(file, self.table.needs());
        file.certificate_uses().iter().any(|used| {
            let candidate = self.cache.question(used, &mut questions, self.table);
            candidate.is_some_and(|candidate| self.table.has_match(&candidate, &mut hits))
        })
    }
}
