//! [`SignatureData`]: the signatures of a file of which only headers and signature data are read.

use std::io;

use super::SignedFile;
#[cfg(feature = "scan")]
use super::glance::nobody_is_known;
use crate::bytes::{Span, to_u64, to_usize};
use crate::container::part::Parts;
use crate::container::source::{ReadAt, read_full};
use crate::container::{self, Container, LocateError, Located, SignatureBytes, Stored};
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
    /// What was unpacked of a file that stores its signatures in another form, or of a package behind it.
    parts: Parts,
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
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the headers and the signature data of `source`, and the signatures from them. The result equals what
    /// [`parse`](Self::parse) makes of the whole file.
    ///
    /// # Errors
    /// [`ReadError::Io`] when the source cannot be read, [`ReadError::File`] where [`parse`](Self::parse) has an error.
    pub fn read(&mut self, source: &(impl ReadAt + ?Sized), limits: Limits) -> Result<SignedFile<'_>, ReadError> {
        Ok(self.fetch(source, limits)?.read())
    }

    /// Reads the signatures of a file that is wholly in memory, in whatever form it stores them. What lies in it as it is
    /// ([`SignedFile::parse`]) is not copied.
    ///
    /// # Errors
    /// When nothing can be said about signatures: the format is not recognised, or its headers are cut. Everything less is a
    /// [fault](SignedFile::faults).
    ///
    /// ```
    /// use certsift::{Limits, SignatureData};
    ///
    /// let bytes = include_bytes!("../../tests/fixtures/seed_script.ps1");
    /// let mut data = SignatureData::new();
    /// let file = data.parse(bytes, Limits::default())?;
    /// assert_eq!(file.container().to_string(), "script");
    /// assert_eq!(file.signatures().len(), 1);
    /// # Ok::<(), certsift::Error>(())
    /// ```
    pub fn parse<'s>(&'s mut self, bytes: &'s [u8], limits: Limits) -> Result<SignedFile<'s>, Error> {
        let mut budget = Budget::new(limits);
        let size = to_u64(bytes.len());
        match container::locate(bytes, size, &mut budget).map_err(LocateError::in_memory)? {
            Stored::InPlace(located) => {
                let start = to_usize(located.offset).saturating_sub(located.lead());
                let end = to_usize(located.offset.saturating_add(located.length));
                let looked_at = bytes.get(start..end).unwrap_or_default();
                let behind = container::unpack_behind(&located, bytes, size, looked_at, &mut self.parts, &mut budget);
                behind.map_err(LocateError::in_memory)?;
                Ok(SignedFile::in_place(bytes, located, &self.parts, budget))
            }
            Stored::Apart(format) => {
                let unpacked = container::unpack(format, bytes, size, &mut self.parts, &mut budget);
                let container = unpacked.map_err(LocateError::in_memory)?;
                Ok(SignedFile::from_parts(container, size, &self.parts, budget))
            }
        }
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
        let fetched = self.fetch(source, limits)?;
        if let Fetched::InPlace {
            located: Located { container: container @ Container::Pe, .. },
            size,
            bytes,
            parts,
            ..
        } = fetched
            && parts.len() == 0
            && nobody_is_known(bytes.data.as_bytes(), is_known)
        {
            return Ok(Known::Nobody { container, size });
        }
        Ok(Known::Perhaps(fetched.read()))
    }

    /// Reads what is to be looked at, and nothing of what it says.
    fn fetch(&mut self, source: &(impl ReadAt + ?Sized), limits: Limits) -> Result<Fetched<'_>, ReadError> {
        let mut budget = Budget::new(limits);
        let size = source.size()?;
        let located = match container::locate(source, size, &mut budget)? {
            Stored::InPlace(located) => located,
            Stored::Apart(format) => {
                let container = container::unpack(format, source, size, &mut self.parts, &mut budget)?;
                return Ok(Fetched::Apart { container, size, budget, parts: &self.parts });
            }
        };
        let lead = located.lead();
        let length = to_usize(located.length).saturating_add(lead);
        let behind_read = located.behind_read();
        let needed = length.saturating_add(behind_read);
        if self.buffer.len() < needed {
            self.buffer.resize(needed, 0);
        }
        let (data, behind) = self.buffer.split_at_mut_checked(length).unwrap_or_default();
        let looked_at = read_full(source, located.offset.saturating_sub(to_u64(lead)), data)?;
        container::unpack_behind(&located, source, size, looked_at, &mut self.parts, &mut budget)?;
        let data = looked_at.get(lead..).unwrap_or_default();
        let behind = read_full(source, located.end, behind.get_mut(..behind_read).unwrap_or_default())?;
        let bytes = SignatureBytes { data: Span::new(data, located.offset), behind: Span::new(behind, located.end) };
        Ok(Fetched::InPlace { located, size, budget, bytes, parts: &self.parts })
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
enum Fetched<'a> {
    InPlace { located: Located, size: u64, budget: Budget, bytes: SignatureBytes<'a>, parts: &'a Parts },
    Apart { container: Container, size: u64, budget: Budget, parts: &'a Parts },
}

impl<'a> Fetched<'a> {
    fn read(self) -> SignedFile<'a> {
        match self {
            Self::InPlace { located, size, budget, bytes, parts } => {
                SignedFile::from_bytes(located, size, bytes, parts, budget)
            }
            Self::Apart { container, size, budget, parts } => SignedFile::from_parts(container, size, parts, budget),
        }
    }
}

impl From<LocateError> for ReadError {
    fn from(error: LocateError) -> Self {
        match error {
            LocateError::Io(error) => Self::Io(error),
            LocateError::File(error) => Self::File(error),
        }
    }
}
