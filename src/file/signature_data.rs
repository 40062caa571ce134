//! [`SignatureData`]: the signatures of a file of which only headers and signature data are read.

use std::io;

use super::SignedFile;
use crate::bytes::{Span, to_usize};
use crate::container::source::{ReadAt, read_full};
use crate::container::{self, LocateError, SignatureBytes};
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
        Ok(SignedFile::from_bytes(located, size, bytes, budget))
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
