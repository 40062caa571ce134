//! [`SignatureData`]: the signatures of a file of which only headers and signature data are read.

use std::io;

use super::SignedFile;
#[cfg(feature = "scan")]
use super::glance::nobody_is_known;
use crate::bytes::{Span, to_usize};
#[cfg(feature = "scan")]
use crate::container::Container;
use crate::container::source::{ReadAt, read_full};
use crate::container::{self, LocateError, Located, SignatureBytes};
use crate::error::Error;
use crate::limits::{Budget, Limits};

/// The signature data of one file, read without the rest: the headers and the certificate table, whatever the file's size.
///
/// The value owns its buffer and can be used for one file after the other.
///
/// ```
/// use certsift::{Limits, SignatureData};
///
/// let mut data = SignatureData::new();
/// let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/seed_pe64.exe");
/// let file = data.read(&std::fs::File::open(path)?, Limits::default())?;
/// assert_eq!(file.signatures().len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct SignatureData {
    buffer: Vec<u8>,
}

/// Why [`SignatureData::read`] has no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The source could not be read.
    #[error("the file cannot be read")]
    Io(#[from] io::Error),
    /// Nothing can be said about the file.
    #[error(transparent)]
    File(#[from] Error),
}

impl SignatureData {
    /// An empty buffer.
    #[must_use]
    pub const fn new() -> Self {
        Self { buffer: Vec::new() }
    }

    /// Reads the headers and the signature data of `source`, and the signatures from them. The result equals what
    /// [`SignedFile::parse_with_limits`] makes of the whole file.
    ///
    /// # Errors
    /// [`ReadError::Io`] when the source cannot be read, [`ReadError::File`] where [`SignedFile::parse`] has an error.
    pub fn read(&mut self, source: &(impl ReadAt + ?Sized), limits: Limits) -> Result<SignedFile<'_>, ReadError> {
        let Fetched { located, size, budget, bytes } = self.fetch(source, limits)?;
        Ok(SignedFile::from_bytes(located, size, bytes, budget))
    }

    /// [`read`](Self::read), for a caller who wants to know of certain signers only: of those that `is_known` knows by their certificates,
    /// tag and length included.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    #[cfg(feature = "scan")]
    pub(crate) fn read_known(
        &mut self,
        source: &(impl ReadAt + ?Sized),
        limits: Limits,
        is_known: impl FnMut(&[u8]) -> bool,
    ) -> Result<Known<'_>, ReadError> {
        let Fetched { located, size, budget, bytes } = self.fetch(source, limits)?;
        let is_table = located.container == Container::Pe;
        if is_table && nobody_is_known(bytes.data.as_bytes(), is_known) {
            return Ok(Known::Nobody { container: located.container, size });
        }
        Ok(Known::Perhaps(SignedFile::from_bytes(located, size, bytes, budget)))
    }

    /// Reads what is to be looked at, and nothing of what it says.
    fn fetch(&mut self, source: &(impl ReadAt + ?Sized), limits: Limits) -> Result<Fetched<'_>, ReadError> {
        let mut budget = Budget::new(limits);
        let size = source.size()?;
        let located = container::locate(source, size, &mut budget)?;
        let length = to_usize(located.length);
        let behind_read = located.behind_read();
        let needed = length.saturating_add(behind_read);
        if self.buffer.len() < needed {
            self.buffer.resize(needed, 0);
        }
        let (data, behind) = self.buffer.split_at_mut_checked(length).unwrap_or_default();
        let data = read_full(source, located.offset, data)?;
        let behind = read_full(source, located.end, behind.get_mut(..behind_read).unwrap_or_default())?;
        let bytes = SignatureBytes { data: Span::new(data, located.offset), behind: Span::new(behind, located.end) };
        Ok(Fetched { located, size, budget, bytes })
    }
}

/// What is said of a file by a reader who wants to know of certain signers only.
#[cfg(feature = "scan")]
#[derive(Debug)]
pub(crate) enum Known<'a> {
    /// The file has signatures, and none of somebody who is known.
    Nobody { container: Container, size: u64 },
    /// Everything about it.
    Perhaps(SignedFile<'a>),
}

/// The bytes of a file that are looked at, and what was met in finding them.
struct Fetched<'a> {
    located: Located,
    size: u64,
    budget: Budget,
    bytes: SignatureBytes<'a>,
}

impl From<LocateError> for ReadError {
    fn from(error: LocateError) -> Self {
        match error {
            LocateError::Io(error) => Self::Io(error),
            LocateError::File(error) => Self::File(error),
        }
    }
}
