//! What a file may cost: [`Limits`] that the caller sets, and the [`Budget`] that the walk pays from.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::error::{Error, ErrorKind, Limit, Structure};

/// Upper bounds on the work one file can cause.
///
/// A file beyond a limit is still reported: with everything that was read before, and a fault of kind
/// [`ErrorKind::LimitReached`] that names the limit. The defaults are far above what real files hold; each field says where its
/// default comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes read from a certificate table, or from a file that is one bare CMS message. Default 64 MiB: four times the largest
    /// table seen (16 MB, data hidden in it).
    pub max_table_bytes: u64,
    /// Bytes of a text that are looked through for certificates and signatures: of a longer one half as many at its start and at its end.
    /// Default 16 MiB: a hundred times the largest bundle of authorities in use, and more than any script seen.
    pub max_text_bytes: u64,
    /// WIN_CERTIFICATE records in a table that hold a signature of somebody; of all others as many are kept beside them, and they do not
    /// end the reading. Also certificates and messages in a file that stores them as text. Default 1,024: real tables hold one or two
    /// records, bundles of authorities 150 certificates.
    pub max_entries: usize,
    /// SignedData in a file that name a signer, nested ones included; of those that name nobody, as many are kept beside them, and
    /// they do not end the reading. Default 512: real files hold up to four.
    pub max_signatures: usize,
    /// Levels of signatures nested in signatures. Default 256: real files hold one, test collections up to 200.
    pub max_nesting: usize,
    /// Certificates in one SignedData. Default 1,024: real files hold up to twelve.
    pub max_certificates: usize,
    /// SignerInfos in one SignedData. Default 64: Authenticode allows one.
    pub max_signer_infos: usize,
    /// Attributes in one attribute set of a SignerInfo. Default 256: real files hold up to eight.
    pub max_attributes: usize,
    /// Values taken from one attribute (countersignatures, nested signatures). Default 512: real files hold up to three.
    pub max_attribute_values: usize,
    /// Levels of issuers above one signer; in all chains of a message there are at most 128 times as many certificates. Default 32:
    /// real chains have up to five levels.
    pub max_chain: usize,
    /// Segments of an octet string inside one another (BER). Default 64: encoders nest one.
    pub max_depth: usize,
    /// Tags read in one WIN_CERTIFICATE with everything nested in it, or in a file that is one message. Default 4,000,000: ten times
    /// what a 16 MB table of real certificates holds.
    pub max_elements: u64,
    /// Work with public keys when a file is verified, counted in verifications under an RSA key of 2,048 bits; longer and other keys
    /// count more. Each signature of a file may use an equal part of it
    /// at first, and those that need more share what is left over. Default 8,192: a real signature takes about ten, and the largest file of the
    /// test collections, with 201 signatures, about 800.
    pub max_key_work: u64,
    /// Faults kept for a file. Default 256.
    pub max_faults: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_table_bytes: 64 << 20,
            max_text_bytes: 16 << 20,
            max_entries: 1_024,
            max_signatures: 512,
            max_nesting: 256,
            max_certificates: 1_024,
            max_signer_infos: 64,
            max_attributes: 256,
            max_attribute_values: 512,
            max_chain: 32,
            max_depth: 64,
            max_elements: 4_000_000,
            max_key_work: 8_192,
            max_faults: 256,
        }
    }
}

/// What is left of the limits while one file is walked, and the faults survived so far.
#[derive(Debug)]
pub(crate) struct Budget {
    limits: Limits,
    elements_left: u64,
    scans_left: u64,
    octets_compared_left: u64,
    ends: Ends,
    /// Whether this part of the file has told its first length of indefinite form, and of too many octets.
    told_indefinite: bool,
    told_non_minimal: bool,
    faults: Vec<Error>,
}

/// Tags passed over while looking for the end of an indefinite length, for each tag of [`Limits::max_elements`]: passing over costs
/// a tenth of reading, and a table of the largest size holds no more than this.
const SCANS_AN_ELEMENT: u64 = 16;

/// Octets of names compared by value, for each tag of [`Limits::max_elements`].
const COMPARED_AN_ELEMENT: u64 = 64;

/// Where the contents of values of indefinite length end, so that values inside one another are passed over once.
///
/// Values close from the inside out: the last ones remembered enclose the others, and are those that are asked for. So where there
/// are too many, the older half is forgotten.
#[derive(Debug, Default)]
struct Ends {
    /// Made when the first is remembered: DER, which nearly every signature is, has none.
    newer: Option<HashMap<u64, usize, RandomState>>,
    older: Option<HashMap<u64, usize, RandomState>>,
}

impl Ends {
    /// Ends in each half. BER encoders write about twenty in a signature.
    const MOST: usize = 1 << 15;

    fn get(&self, content_offset: u64) -> Option<usize> {
        let halves = [self.newer.as_ref(), self.older.as_ref()];
        halves.into_iter().flatten().find_map(|half| half.get(&content_offset).copied())
    }

    fn insert(&mut self, content_offset: u64, length: usize) {
        let newer = self.newer.get_or_insert_default();
        if newer.len() >= Self::MOST {
            self.older = Some(std::mem::take(newer));
        }
        newer.insert(content_offset, length);
    }
}

impl Budget {
    pub(crate) const fn new(limits: Limits) -> Self {
        Self {
            limits,
            elements_left: limits.max_elements,
            scans_left: limits.max_elements.saturating_mul(SCANS_AN_ELEMENT),
            octets_compared_left: limits.max_elements.saturating_mul(COMPARED_AN_ELEMENT),
            ends: Ends { newer: None, older: None },
            told_indefinite: false,
            told_non_minimal: false,
            faults: Vec::new(),
        }
    }

    /// So many values read, and so many passed over, in bytes of which nothing is known; faults are not kept.
    #[cfg(feature = "carve")]
    pub(crate) fn with_purses(elements: u64, scans: u64) -> Self {
        let limits = Limits { max_elements: elements, max_faults: 0, ..Limits::default() };
        Self { scans_left: scans, ..Self::new(limits) }
    }

    /// Whether a purse is empty.
    #[cfg(feature = "carve")]
    pub(crate) const fn is_spent(&self) -> bool {
        self.elements_left == 0 || self.scans_left == 0
    }

    /// What is left of both purses.
    #[cfg(feature = "carve")]
    pub(crate) fn left(&self) -> u64 {
        self.elements_left.min(self.scans_left)
    }

    pub(crate) const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Pays for one tag; false when nothing is left.
    pub(crate) const fn spend_element(&mut self) -> bool {
        spend(&mut self.elements_left, 1)
    }

    /// Pays for passing over one tag; false when nothing is left.
    pub(crate) const fn spend_scan(&mut self) -> bool {
        spend(&mut self.scans_left, 1)
    }

    /// Pays for comparing so many octets by value; false when not so much is left.
    pub(crate) const fn spend_comparison(&mut self, octets: u64) -> bool {
        spend(&mut self.octets_compared_left, octets)
    }

    /// The content length of the value of indefinite length whose content starts at this file offset, if it was found before.
    pub(crate) fn known_end(&self, content_offset: u64) -> Option<usize> {
        self.ends.get(content_offset)
    }

    /// Remembers a content length that was found.
    pub(crate) fn remember_end(&mut self, content_offset: u64, length: usize) {
        self.ends.insert(content_offset, length);
    }

    /// Reads octets that are no part of the file, but put together from several: their offsets are not those of other values, so what
    /// is remembered of the file's is set aside.
    pub(crate) fn apart<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        let ends = std::mem::take(&mut self.ends);
        let answer = read(self);
        self.ends = ends;
        answer
    }

    /// Pays for a search through what is beyond a limit: from purses of its own, so that the search uses up nothing that reading the
    /// rest of the file takes. Its faults are not told.
    pub(crate) const fn for_search(&self) -> Self {
        let mut budget = Self::new(self.limits);
        budget.elements_left = budget.scans_left;
        budget
    }

    /// Records a survived error. The last fault kept says that there were more. An error met again at the same place, as when two
    /// readers walk the same bytes, is recorded once.
    pub(crate) fn fault(&mut self, fault: Error) {
        let max = self.limits.max_faults;
        if let ErrorKind::LimitReached { .. } = fault.kind() {
            // At most one for each limit, and never crowded out: it says that the result is not whole.
            if self.faults.iter().all(|known| known.kind() != fault.kind()) {
                self.faults.push(fault);
            }
            return;
        }
        if self.faults.len() >= max || self.faults.last() == Some(&fault) {
            return;
        }
        if self.faults.len().saturating_add(1) == max {
            self.fault_limit(Limit::Faults, fault.structure(), fault.offset());
        } else {
            self.faults.push(fault);
        }
    }

    /// Records a length that DER would write otherwise: the first of its form in each part of the file, or a message in BER would
    /// have as many faults as values.
    pub(crate) fn fault_length_form(&mut self, kind: ErrorKind, structure: Structure, offset: u64) {
        let told = match kind {
            ErrorKind::IndefiniteLength => &mut self.told_indefinite,
            _ => &mut self.told_non_minimal,
        };
        if !std::mem::replace(told, true) {
            self.fault(Error::new(kind, structure, offset));
        }
    }

    /// Fills the purses for the next part of the file, so that no part can use up what another one takes.
    pub(crate) const fn refill(&mut self) {
        self.told_indefinite = false;
        self.told_non_minimal = false;
        let max = self.limits.max_elements;
        self.elements_left = max;
        self.scans_left = max.saturating_mul(SCANS_AN_ELEMENT);
        self.octets_compared_left = max.saturating_mul(COMPARED_AN_ELEMENT);
    }

    /// `Some` of a value, or the error kept as a fault.
    pub(crate) fn survive<T>(&mut self, result: Result<T, Error>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.fault(error);
                None
            }
        }
    }

    /// Records that `limit` ended a list in `structure` at `offset`.
    pub(crate) fn fault_limit(&mut self, limit: Limit, structure: Structure, offset: u64) {
        self.fault(Error::new(ErrorKind::LimitReached { limit }, structure, offset));
    }

    pub(crate) fn faults(&self) -> &[Error] {
        &self.faults
    }

    pub(crate) fn into_faults(self) -> Vec<Error> {
        self.faults
    }
}

impl Default for Budget {
    /// The default limits: for reading a bounded part again, or in full, whose first walk was paid for.
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

/// Takes from a purse; false when not so much is left.
const fn spend(purse: &mut u64, amount: u64) -> bool {
    match purse.checked_sub(amount) {
        Some(left) => {
            *purse = left;
            true
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values that enclose others close last, and are asked for first.
    #[test]
    fn of_too_many_ends_the_last_are_remembered() {
        let mut budget = Budget::default();
        let most = u64::try_from(Ends::MOST).unwrap();
        let count = most * 3;
        for offset in 0..count {
            budget.remember_end(offset, to_usize(offset));
        }
        assert!((count - most..count).all(|offset| budget.known_end(offset) == Some(to_usize(offset))));
        assert_eq!(budget.known_end(0), None);
        assert_eq!(budget.apart(|budget| budget.known_end(count - 1)), None, "other octets have other ends");
        assert!(budget.known_end(count - 1).is_some());
    }

    fn to_usize(number: u64) -> usize {
        usize::try_from(number).unwrap()
    }
}
