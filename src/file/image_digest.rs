//! [`image_digests`]: the digests that a PE image has, to be compared with those that its signatures claim.

use super::content_digest::content_digests;
use super::{ReadError, SignedFile};
use crate::cms::spc::ImageDigest;
use crate::container::pe_layout::{HashedRanges, SectionRanges, hashed_ranges};
use crate::container::source::{ReadAt, read_pieces};
use crate::container::{self, LocateError};
use crate::digest::{HashAlgorithm, Hashes};
use crate::error::ErrorKind;
use crate::signature::Signature;

/// Bytes read at once: little memory, few system calls.
pub(super) const PIECE: usize = 128 << 10;

/// The digests of one PE image (its *authentihashes*), in several algorithms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageDigests {
    digests: Vec<ComputedDigest>,
    section_rule: SectionRule,
    table_over_image: Option<u64>,
}

/// The digest of a PE image in one algorithm, by each rule under which it is another one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ComputedDigest {
    /// The algorithm.
    pub algorithm: HashAlgorithm,
    /// The digest of the file without CheckSum, the entry of the certificate table in the data directories, and the certificate
    /// table.
    pub flat: Vec<u8>,
    /// The digest of the headers, the sections in the order of the file, and what lies behind the sum of their lengths; `None` unless
    /// these are other bytes than those of `flat`: see [`ImageDigests::section_rule`].
    pub sections: Option<Vec<u8>>,
    /// The digest of `flat` with zeros up to a multiple of 8 behind it, as a signer would append them; `None` where the file has a
    /// certificate table, or a size that is a multiple of 8.
    pub padded: Option<Vec<u8>>,
}

/// The rules by which the digest of a PE image is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DigestRule {
    /// [`ComputedDigest::flat`]: what most tools compute.
    Flat,
    /// [`ComputedDigest::sections`]: Microsoft's paper to the letter, and UEFI firmware.
    Sections,
    /// [`ComputedDigest::padded`].
    Padded,
}

impl DigestRule {
    /// The stable name, as records carry it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Flat => "flat",
            Self::Sections => "sections",
            Self::Padded => "padded",
        }
    }
}

/// How the section-wise rule relates to the flat one for an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SectionRule {
    /// Both hash the same bytes.
    Same,
    /// They hash different bytes: there are gaps between the sections, or some overlap.
    Differs,
    /// There is no such digest: the image has no optional header, or its headers are longer than SizeOfHeaders says, or its sections
    /// overlap so much that more than twice the file would be hashed.
    Undefined,
}

/// Computes the digests of a PE image, or of the signed content of another file (see [`Container`](crate::Container)), reading it once (twice where the rules differ) in pieces of 128 KiB. Each algorithm is computed
/// once, however often it is named.
///
/// ```
/// use certsift::{DigestRule, SignedFile, image_digests};
///
/// let bytes = include_bytes!("../../tests/fixtures/seed_pe32.exe");
/// let file = SignedFile::parse(bytes)?;
/// let digests = image_digests(bytes.as_slice(), &file.claimed_hash_algorithms())?;
/// let claimed = file.signatures()[0].image_digest().unwrap();
/// let computed = digests.for_claim(claimed).unwrap();
/// assert_eq!(computed.rule_of(claimed.digest), Some(DigestRule::Flat));
/// # Ok::<(), certsift::ReadError>(())
/// ```
///
/// Source: "Windows Authenticode Portable Executable Signature Format" (Microsoft, 2008), "Calculating the PE Image Hash".
///
/// # Errors
/// [`ReadError::Io`] when the source cannot be read; [`ReadError::File`] of kind
/// [`UnrecognizedFormat`](crate::ErrorKind::UnrecognizedFormat) when it is no PE image, and of kind
/// [`BadHeader`](crate::ErrorKind::BadHeader) when its headers are cut.
pub fn image_digests(source: &(impl ReadAt + ?Sized), algorithms: &[HashAlgorithm]) -> Result<ImageDigests, ReadError> {
    let size = source.size()?;
    let ranges = match hashed_ranges(source, size) {
        Err(LocateError::File(error)) if error.kind() == ErrorKind::UnrecognizedFormat => {
            let container = container::format_with_digest(source, size)?;
            return Ok(content_digests(source, container, algorithms, &[])?.ok_or(error)?);
        }
        ranges => ranges?,
    };
    let mut buffer = vec![0; PIECE];
    let mut flat = Hashes::new(algorithms);
    read_pieces(source, &ranges.flat, &mut buffer, |_, piece| flat.update(piece))?;
    ImageDigests::finish(source, &ranges, algorithms, flat, &mut buffer)
}

impl SignedFile<'_> {
    /// The hash algorithms of the digests that the signatures of a file claim for it, each once: what [`image_digests`] needs to
    /// compute. Empty for files that have no digest of their own, such as bare messages.
    #[must_use]
    pub fn claimed_hash_algorithms(&self) -> Vec<HashAlgorithm> {
        let mut algorithms = Vec::new();
        if !self.container().has_digest() {
            return algorithms;
        }
        for algorithm in self.claimed_digests().filter_map(|claimed| HashAlgorithm::from_oid(claimed.algorithm)) {
            if !algorithms.contains(&algorithm) {
                algorithms.push(algorithm);
            }
        }
        algorithms
    }

    /// The digests that its signatures claim for the file.
    pub(super) fn claimed_digests(&self) -> impl Iterator<Item = ImageDigest<'_>> {
        self.signatures().iter().filter_map(Signature::image_digest)
    }
}

impl ImageDigests {
    /// The digests of content for which there is one rule.
    pub(super) fn of_content(hashes: Hashes) -> Self {
        Self::of_values(hashes.finish())
    }

    /// The same of what is no plain hash.
    pub(super) fn of_values(values: impl IntoIterator<Item = (HashAlgorithm, Vec<u8>)>) -> Self {
        let digests = values.into_iter();
        let digests = digests.map(|(algorithm, flat)| ComputedDigest { algorithm, flat, sections: None, padded: None });
        Self { digests: digests.collect(), section_rule: SectionRule::Same, table_over_image: None }
    }

    /// What is left to do when the flat ranges are hashed.
    pub(super) fn finish(
        source: &(impl ReadAt + ?Sized),
        ranges: &HashedRanges,
        algorithms: &[HashAlgorithm],
        flat: Hashes,
        buffer: &mut [u8],
    ) -> Result<Self, ReadError> {
        let mut padded = None;
        if ranges.padding > 0 {
            let zeros = vec![0; ranges.padding];
            let mut hashes = flat.clone();
            hashes.update(&zeros);
            padded = Some(hashes.finish());
        }
        let mut sections = None;
        let section_rule = match &ranges.sections {
            SectionRanges::Same => SectionRule::Same,
            SectionRanges::Undefined => SectionRule::Undefined,
            SectionRanges::Differ(ranges) => {
                let mut hashes = Hashes::new(algorithms);
                read_pieces(source, ranges, buffer, |_, piece| hashes.update(piece))?;
                sections = Some(hashes.finish());
                SectionRule::Differs
            }
        };
        // Each list has the algorithms in the same order.
        let digests = flat.finish().map(|(algorithm, flat)| ComputedDigest {
            algorithm,
            flat,
            sections: sections.as_mut().and_then(Iterator::next).map(|(_, digest)| digest),
            padded: padded.as_mut().and_then(Iterator::next).map(|(_, digest)| digest),
        });
        Ok(Self { digests: digests.collect(), section_rule, table_over_image: ranges.table_over_image })
    }

    /// The digests, in the order in which their algorithms were asked for.
    #[must_use]
    pub fn digests(&self) -> &[ComputedDigest] {
        &self.digests
    }

    /// The digest in one algorithm; `None` when it was not asked for.
    #[must_use]
    pub fn get(&self, algorithm: HashAlgorithm) -> Option<&ComputedDigest> {
        self.digests.iter().find(|digest| digest.algorithm == algorithm)
    }

    /// The digest in the algorithm of a claimed one; `None` when that is unknown, or was not asked for.
    #[must_use]
    pub fn for_claim(&self, claimed: ImageDigest<'_>) -> Option<&ComputedDigest> {
        self.get(HashAlgorithm::from_oid(claimed.algorithm)?)
    }

    /// Whether the section-wise rule gives digests of its own.
    #[must_use]
    pub const fn section_rule(&self) -> SectionRule {
        self.section_rule
    }

    /// Whether the digests cover all that is loaded. They do not where the certificate table lies over the headers or the sections, or
    /// in front of some of them: it is left out of every digest, and nothing that is signed says where it lies. Anybody can put another
    /// program there, with the digests of a file that somebody signed, so that equal digests say nothing.
    #[must_use]
    pub const fn covers_image(&self) -> bool {
        self.table_over_image.is_none()
    }

    /// File offset of the certificate table, where it lies over the image.
    #[cfg(feature = "report")]
    pub(crate) const fn table_over_image(&self) -> Option<u64> {
        self.table_over_image
    }
}

impl ComputedDigest {
    /// The rule by which the image has this digest; `None` when it has it by no rule. The digest must be whole: its length comes from the
    /// algorithm. Whether it covers all that is loaded is another question: [`ImageDigests::covers_image`].
    #[must_use]
    pub fn rule_of(&self, digest: &[u8]) -> Option<DigestRule> {
        let by_rule = [
            (DigestRule::Flat, Some(&self.flat)),
            (DigestRule::Sections, self.sections.as_ref()),
            (DigestRule::Padded, self.padded.as_ref()),
        ];
        by_rule.into_iter().find(|(_, own)| own.is_some_and(|own| own == digest)).map(|(rule, _)| rule)
    }

    /// The digest by one rule; `None` where that is no digest of its own.
    #[must_use]
    pub fn by(&self, rule: DigestRule) -> Option<&[u8]> {
        match rule {
            DigestRule::Flat => Some(&self.flat),
            DigestRule::Sections => self.sections.as_deref(),
            DigestRule::Padded => self.padded.as_deref(),
        }
    }
}
