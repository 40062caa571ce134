//! [`ImageChecks`]: a PE image's digests and the pages that its signatures claim, computed from the file for a verifier.

use std::io;

use super::content_digest::content_digests;
use super::image_digest::{ImageDigests, PIECE};
use super::page_walk::{Outcome, PageWalk};
use super::{ReadError, SignedFile};
use crate::asn1::oid::OidBuf;
use crate::bytes::to_u64;
use crate::cms::spc::{IndirectData, PageHashes};
use crate::container::Container;
use crate::container::pe_layout::{HashedRanges, hashed_ranges};
use crate::container::pe_pages::PageLayout;
use crate::container::source::{ReadAt, read_pieces};
use crate::digest::{HashAlgorithm, Hashes};
use crate::signature::Signature;

/// What was computed from a file for its signatures.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImageChecks {
    /// The digests in every algorithm that a signature claims one in; `None` for a file that is no PE image, or claims none.
    pub digests: Option<ImageDigests>,
    /// For each signature of the file, in their order, the tables of page hashes that it claims: of more than sixteen the first sixteen;
    /// real ones have one. Empty for a file that is no PE image, or claims nothing.
    pub page_hashes: Vec<Vec<PageHashCheck>>,
}

/// Whether the pages of an image have the digests that a signature claims.
///
/// The first page is the headers without CheckSum and the entry of the certificate table in the data directories; behind it come the
/// bytes of each section, in the order of the section table. Zeros fill each page that is short. What lies behind the last section is
/// in no page.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PageHashCheck {
    /// 1.3.6.1.4.1.311.2.3.1 (SHA-1) or 1.3.6.1.4.1.311.2.3.2 (SHA-256).
    pub kind: OidBuf,
    /// Whether every page has its digest, and the table has every page and no other; `None` for an unknown kind, and where there is no
    /// rule to follow: headers longer than a page or than SizeOfHeaders says, a certificate table that lies over the headers or the sections, sections that
    /// reach behind the hashed part of the file, or that overlap so much that more than twice the file and 8 MiB would be hashed.
    pub matches: Option<bool>,
    /// File offset of the first page, in the order of the table, that is another one, missing, or too many. Where the entry that ends
    /// the table is wrong or missing, the offset is the one that it should have.
    pub first_wrong: Option<u64>,
    /// Pages in the table, the entry that ends it not counted; 0 for an unknown kind.
    pub pages: u64,
    /// Bytes of the page size that was compared with: 4,096, or 8,192 on Itanium and Alpha, as Windows has it. Where the table fits the
    /// file better with pages of SectionAlignment, as osslsigncode makes them, it is that; `None` where `matches` is.
    pub page_size: Option<u64>,
}

/// Tables of page hashes that are looked at in one signature: sixteen times what real ones have.
const MOST_TABLES: usize = 16;

/// Reads a PE image once for everything that its signatures claim about its bytes: the digests of all of it, as [`image_digests`] has
/// them, and the tables of page hashes. Twice, where the rules for the digest differ or the pages are not in the order of the file.
///
/// However many signatures there are, each algorithm hashes a page once; once more where SectionAlignment may be its size.
///
/// ```
/// use certsift::{SignedFile, check_image};
///
/// let bytes = include_bytes!("../../tests/fixtures/seed_pe32.exe");
/// let checks = check_image(bytes.as_slice(), &SignedFile::parse(bytes)?)?;
/// assert_eq!(checks.digests.unwrap().digests().len(), 1);
/// assert_eq!(checks.page_hashes, [[]]);
/// # Ok::<(), certsift::ReadError>(())
/// ```
///
/// # Errors
/// As [`image_digests`].
///
/// [`image_digests`]: crate::image_digests
pub fn check_image(source: &(impl ReadAt + ?Sized), file: &SignedFile<'_>) -> Result<ImageChecks, ReadError> {
    let algorithms = file.claimed_hash_algorithms();
    if file.container() != Container::Pe {
        return check_content(source, file, &algorithms);
    }
    check(source, &Claims { algorithms, pages: PageClaims::of(file) }, None)
}

/// The same for a file that is no PE image.
fn check_content(
    source: &(impl ReadAt + ?Sized),
    file: &SignedFile<'_>,
    algorithms: &[HashAlgorithm],
) -> Result<ImageChecks, ReadError> {
    let claimed: Vec<_> = file.claimed_digests().collect();
    let digests = match algorithms {
        [] => None,
        algorithms => content_digests(source, file.container(), algorithms, &claimed)?,
    };
    Ok(ImageChecks { digests, page_hashes: Vec::new() })
}

/// What [`check_file`] computes.
#[cfg(feature = "scan")]
#[derive(Debug)]
pub(crate) struct FileChecks {
    /// SHA-256 of the whole file.
    pub(crate) sha256: Vec<u8>,
    /// Bytes that were read to its end.
    pub(crate) size: u64,
    /// What the signatures claim about it.
    pub(crate) image: ImageChecks,
}

/// The SHA-256 of a whole file, and in the same pass the digests that the signatures of `file` claim, or where they claim none, the image's
/// digest in SHA-256, by which catalogs and lists name it; the tables of page hashes only
/// where `with_pages` asks for them.
#[cfg(feature = "scan")]
pub(crate) fn check_file(
    source: &(impl ReadAt + ?Sized),
    file: Option<&SignedFile<'_>>,
    with_pages: bool,
) -> Result<FileChecks, ReadError> {
    let mut algorithms = file.map(SignedFile::claimed_hash_algorithms).unwrap_or_default();
    if algorithms.is_empty() && file.is_some_and(|file| file.container() == Container::Pe) {
        algorithms.push(HashAlgorithm::Sha256);
    }
    let pages = file.filter(|_| with_pages).map(PageClaims::of).unwrap_or_default();
    let mut hashes = Hashes::new(&[HashAlgorithm::Sha256]);
    let mut size = 0_u64;
    let mut whole = |offset: u64, piece: &[u8]| {
        hashes.update(piece);
        size = offset.saturating_add(to_u64(piece.len()));
    };
    let content = file.filter(|file| file.container() != Container::Pe);
    let content = content.map(|file| check_content(source, file, &algorithms)).transpose()?;
    if content.is_some() {
        algorithms.clear();
    }
    let image = check(source, &Claims { algorithms, pages }, Some(&mut whole))?;
    let image = content.unwrap_or(image);
    let sha256 = hashes.finish().next().map(|(_, digest)| digest).unwrap_or_default();
    Ok(FileChecks { sha256, size, image })
}

/// What signatures claim about the bytes of their file.
#[derive(Debug)]
struct Claims<'t> {
    algorithms: Vec<HashAlgorithm>,
    pages: PageClaims<'t>,
}

/// Is told every piece of a file, and where it lies.
type PieceTaker<'t> = &'t mut dyn FnMut(u64, &[u8]);

/// Reads what the digest covers or, where `whole` wants every piece of the file, all of it.
fn check(
    source: &(impl ReadAt + ?Sized),
    claims: &Claims<'_>,
    mut whole: Option<PieceTaker<'_>>,
) -> Result<ImageChecks, ReadError> {
    let is_asked = !claims.algorithms.is_empty() || !claims.pages.tables.is_empty();
    let ranges = if is_asked { hashed_ranges(source, source.size()?)? } else { HashedRanges::default() };
    let mut buffer = vec![0; PIECE];
    let mut flat = Hashes::new(&claims.algorithms);
    let mut pages = PageWalks::new(&ranges.pages, &claims.pages);
    // To the end, wherever it is: some files do not tell their size.
    let everything = [0..u64::MAX; 1];
    let read = if whole.is_some() { everything.as_slice() } else { &ranges.flat };
    read_pieces(source, read, &mut buffer, |offset, piece| {
        if let Some(whole) = &mut whole {
            whole(offset, piece);
        }
        flat.update_within(offset, piece, &ranges.flat);
        pages.take(offset, piece);
    })?;
    let page_hashes = claims.pages.checks(&pages.finish(source, &mut buffer)?);
    let digests = match claims.algorithms.as_slice() {
        [] => None,
        algorithms => Some(ImageDigests::finish(source, &ranges, algorithms, flat, &mut buffer)?),
    };
    Ok(ImageChecks { digests, page_hashes })
}

/// The tables of page hashes that the signatures of an image claim.
#[derive(Debug, Default)]
struct PageClaims<'t> {
    /// Those of every signature behind those of the one before.
    tables: Vec<PageHashes<'t>>,
    /// How many each signature has.
    counts: Vec<usize>,
}

impl<'t> PageClaims<'t> {
    fn of(file: &'t SignedFile<'_>) -> Self {
        let (mut tables, mut counts) = (Vec::new(), Vec::new());
        if file.container() == Container::Pe {
            for signature in file.signatures() {
                let claimed = tables_of(signature);
                counts.push(claimed.len());
                tables.extend(claimed);
            }
        }
        Self { tables, counts }
    }

    /// What the walks found, signature by signature.
    fn checks(&self, outcomes: &[Outcome]) -> Vec<Vec<PageHashCheck>> {
        let mut best: Vec<Option<Outcome>> = vec![None; self.tables.len()];
        for outcome in outcomes {
            // The system's layout comes first, and stays unless another one fits better.
            let fit = |outcome: &Outcome| (outcome.first_wrong.is_none(), outcome.right);
            if let Some(known) = best.get_mut(outcome.table)
                && known.as_ref().is_none_or(|known| fit(outcome) > fit(known))
            {
                *known = Some(*outcome);
            }
        }
        let mut checks = self.tables.iter().zip(best).map(|(table, outcome)| PageHashCheck::new(table, outcome));
        self.counts.iter().map(|&count| checks.by_ref().take(count).collect()).collect()
    }
}

fn tables_of<'t>(signature: &'t Signature<'_>) -> Vec<PageHashes<'t>> {
    let mut tables = signature.indirect_data().as_ref().map(IndirectData::page_hashes).unwrap_or_default();
    tables.truncate(MOST_TABLES);
    tables
}

impl PageHashCheck {
    fn new(table: &PageHashes<'_>, outcome: Option<Outcome>) -> Self {
        let (count, _) = table.count();
        let last = count.checked_sub(1).and_then(|last| table.page(last));
        let pages = count.saturating_sub(usize::from(last.is_some_and(PageHashes::is_end)));
        Self {
            kind: OidBuf::from_content(table.kind().as_bytes()),
            matches: outcome.map(|outcome| outcome.first_wrong.is_none()),
            first_wrong: outcome.and_then(|outcome| outcome.first_wrong),
            pages: to_u64(pages),
            page_size: outcome.map(|outcome| outcome.page_size),
        }
    }
}

/// Every layout of an image on its way past the tables.
#[derive(Debug)]
struct PageWalks<'l, 't> {
    /// Those that are hashed while the file is read in its order.
    ascending: Vec<PageWalk<'l, 't>>,
    /// Those for which it is read again.
    others: Vec<PageWalk<'l, 't>>,
}

impl<'l, 't> PageWalks<'l, 't> {
    fn new(layouts: &'l [PageLayout], claims: &PageClaims<'t>) -> Self {
        let layouts = if claims.tables.is_empty() { &[] } else { layouts };
        let (ascending, others) = layouts.iter().partition::<Vec<_>, _>(|layout| layout.is_ascending());
        let walks = |layouts: Vec<&'l PageLayout>| {
            layouts.into_iter().map(|layout| PageWalk::new(layout, &claims.tables)).collect()
        };
        Self { ascending: walks(ascending), others: walks(others) }
    }

    /// Takes the next piece of the file.
    fn take(&mut self, offset: u64, piece: &[u8]) {
        for walk in &mut self.ascending {
            walk.take(offset, piece);
        }
    }

    /// Reads what is left to read. The outcomes of the system's layout come first.
    fn finish(mut self, source: &(impl ReadAt + ?Sized), buffer: &mut [u8]) -> io::Result<Vec<Outcome>> {
        for walk in &mut self.others {
            walk.read(source, buffer)?;
        }
        Ok(self.ascending.into_iter().chain(self.others).flat_map(PageWalk::finish).collect())
    }
}

#[cfg(all(test, feature = "scan"))]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// Counts the bytes that are read of it.
    struct Counting<'f> {
        file: &'f [u8],
        read: Cell<u64>,
    }

    impl ReadAt for Counting<'_> {
        fn size(&self) -> io::Result<u64> {
            self.file.size()
        }

        fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.file.read_at(offset, buffer)?;
            self.read.set(self.read.get().saturating_add(to_u64(count)));
            Ok(count)
        }
    }

    #[test]
    fn a_file_is_read_once_for_its_own_hash_and_for_all_claims() {
        /// Bytes of headers that are read before: MS-DOS header, PE headers, one section header.
        const HEADERS: u64 = 64 + 264 + 40;
        let bytes = include_bytes!("../../tests/fixtures/seed_pe32.exe").as_slice();
        let file = SignedFile::parse(bytes).unwrap();
        let counting = Counting { file: bytes, read: Cell::new(0) };
        let checks = check_file(&counting, Some(&file), true).unwrap();
        assert_eq!(checks.sha256, crate::digest::sha256(bytes));
        assert_eq!((checks.size, counting.read.get()), (bytes.size().unwrap(), bytes.size().unwrap() + HEADERS));
        assert_eq!(checks.image, check_image(bytes, &file).unwrap());
        assert_eq!(check_file(bytes, None, true).unwrap().image, ImageChecks::default());
    }
}
