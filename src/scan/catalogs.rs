//! [`Catalogs`]: which catalog signs a file that has no signature of its own.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use foldhash::fast::RandomState;

use super::whole_file::WholeFile;
use super::{ScanOptions, Screen, verified_report};
use crate::cms::trust_list::CatalogMember;
use crate::container::source::{ReadAt, read_whole};
use crate::digest::{HashAlgorithm, Hashes};
use crate::file::image_digest::{DigestRule, image_digests};
use crate::file::{ReadError, SignatureData, SignedFile};
use crate::indicators::table::IndicatorTable;
use crate::limits::Limits;
use crate::report::judged::Judged;
use crate::report::{CatalogRecord, Input, Making, Report, Status, status_of};
use crate::signature::Signature;

/// Catalogs (.cat), by the hashes of the files that they sign.
///
/// Windows signs most of its own files so: what is said about a file stands in another one.
///
/// ```
/// use certsift::Catalogs;
///
/// let mut catalogs = Catalogs::default();
/// let bytes = include_bytes!("../../tests/fixtures/seed.cat");
/// assert_eq!(catalogs.add("seed.cat".as_ref(), bytes.to_vec())?, 2);
/// # Ok::<(), certsift::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Catalogs {
    files: Vec<Catalog>,
    /// Of a file that several catalogs sign, the first.
    by_hash: HashMap<Box<[u8]>, Place, RandomState>,
}

#[derive(Debug)]
struct Catalog {
    path: PathBuf,
    bytes: Vec<u8>,
}

/// The catalog that signs a file, and the file's place in it.
#[derive(Debug, Clone, Copy)]
struct Place {
    catalog: usize,
    member: usize,
}

/// The algorithms of catalogs: of the first and of the second version.
const ALGORITHMS: [HashAlgorithm; 2] = [HashAlgorithm::Sha256, HashAlgorithm::Sha1];

impl Catalogs {
    /// Adds a catalog. Answers how many files it signs; 0 where the message is no catalog, or nobody signed it.
    ///
    /// # Errors
    /// When the octets are no message.
    pub fn add(&mut self, path: &Path, bytes: Vec<u8>) -> Result<usize, crate::Error> {
        let mut data = SignatureData::new();
        let file = data.parse(&bytes, Limits::default())?;
        let catalog = self.files.len();
        let mut count = 0_usize;
        for (member, one) in members(&file).enumerate() {
            count = count.saturating_add(1);
            let hash = one.hash();
            if !hash.is_empty() {
                self.by_hash.entry(hash.as_ref().into()).or_insert(Place { catalog, member });
            }
        }
        if count > 0 {
            self.files.push(Catalog { path: path.to_owned(), bytes });
        }
        Ok(count)
    }

    /// How many catalogs there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The catalog that signs the file of this source, which is read whole: the octets of the catalog, and what a record says of it.
    pub(super) fn find(&self, source: &(impl ReadAt + ?Sized)) -> Result<Option<(&[u8], CatalogRecord)>, ReadError> {
        let Some(place) = self.place(source)? else { return Ok(None) };
        let Some(Catalog { path, bytes }) = self.files.get(place.catalog) else { return Ok(None) };
        let mut data = SignatureData::new();
        let file = data.parse(bytes, Limits::default()).ok();
        let member = file.as_ref().and_then(|file| members(file).nth(place.member)?.file_name());
        let path = path.to_string_lossy().into_owned();
        Ok(Some((bytes, CatalogRecord { path, file_name: member })))
    }

    /// By the digests of the image; of what is none, by the hash of the whole file.
    fn place(&self, source: &(impl ReadAt + ?Sized)) -> Result<Option<Place>, ReadError> {
        let known = |hash: &[u8]| self.by_hash.get(hash).copied();
        match image_digests(source, &ALGORITHMS) {
            Ok(digests) => {
                let rules = [DigestRule::Flat, DigestRule::Padded, DigestRule::Sections];
                let hashes = digests.digests().iter().flat_map(|digest| rules.map(|rule| digest.by(rule)));
                Ok(hashes.flatten().find_map(known))
            }
            Err(ReadError::Io(error)) => Err(error.into()),
            Err(ReadError::File(_)) => {
                let mut hashes = Hashes::new(&ALGORITHMS);
                read_whole(source, |piece| hashes.update(piece))?;
                Ok(hashes.finish().find_map(|(_, hash)| known(&hash)))
            }
        }
    }
}

/// The report of a file that has no signature of its own and is signed by one of the catalogs.
pub(super) fn report(
    input: &Input,
    source: &(impl ReadAt + ?Sized),
    parsed: &Result<SignedFile<'_>, ReadError>,
    options: &ScanOptions,
    table: &IndicatorTable,
    screen: &mut Screen<'_>,
) -> Option<Report> {
    let catalogs = options.catalogs.as_ref()?;
    let outline = match parsed {
        Ok(file) if status_of(file) == Status::NoSignature => Report::outline(input.clone(), file).input,
        Err(ReadError::File(_)) => input.clone(),
        _ => return None,
    };
    let mut read = || -> Result<Option<Report>, ReadError> {
        let Some((bytes, record)) = catalogs.find(source)? else { return Ok(None) };
        let mut data = SignatureData::new();
        let file = data.parse(bytes, options.limits)?;
        let making = Making { table, detailed: options.detail, judged: Judged::default() };
        let whole = WholeFile::read(source, None, options)?;
        let mut report =
            verified_report(outline.clone(), &file, making, options, &WholeFile::default(), &mut screen.cache);
        (report.input, report.status, report.catalog) = (outline.clone(), Status::CatalogSigned, Some(record));
        whole.tell(&mut report, None);
        Ok(Some(report))
    };
    match read() {
        Ok(report) => report,
        Err(error) => Some(Report::from_error(outline.clone(), &error)),
    }
}

/// The files that the catalogs in a file sign. What nobody signed says nothing.
fn members<'f>(file: &'f SignedFile<'_>) -> impl Iterator<Item = CatalogMember<'f>> {
    let signed = file.signatures().iter().filter(|signature| !signature.signers().is_empty());
    signed.filter_map(Signature::trust_list).flat_map(|list| list.members())
}
