//! [`WholeFile`]: what is known of a file after all of it was read: its SHA-256, and what a verifier compares with the signatures.

use super::ScanOptions;
use crate::container::source::ReadAt;
#[cfg(feature = "digest")]
use crate::file::image_check::{ImageChecks, check_file, check_image};
use crate::file::{ReadError, SignedFile};
use crate::report::Report;

/// What was computed of a file, as far as it was asked for.
#[cfg(feature = "digest")]
#[derive(Debug, Default)]
pub(super) struct WholeFile {
    sha256: Option<String>,
    size: Option<u64>,
    pub(super) image: ImageChecks,
}

#[cfg(feature = "digest")]
impl WholeFile {
    /// Reads `source` as often as `options` need: not at all, or once for everything that is a digest of the flat file. `file` are its
    /// signatures, where a full report of them is wanted.
    pub(super) fn read(
        source: &(impl ReadAt + ?Sized),
        file: Option<&SignedFile<'_>>,
        options: &ScanOptions,
    ) -> Result<Self, ReadError> {
        if options.hash {
            let checks = check_file(source, file, options.verifies())?;
            return Ok(Self { sha256: Some(hex::encode(checks.sha256)), size: Some(checks.size), image: checks.image });
        }
        let Some(file) = file.filter(|_| options.verifies()) else { return Ok(Self::default()) };
        let image = match check_image(source, file) {
            Ok(image) => image,
            Err(ReadError::Io(error)) => return Err(ReadError::Io(error)),
            // Its headers are damaged, so that it has no digest: the signature is verified without.
            Err(_) => ImageChecks::default(),
        };
        Ok(Self { image, ..Self::default() })
    }

    pub(super) fn tell(self, report: &mut Report, file: Option<&SignedFile<'_>>) {
        if self.sha256.is_some() {
            report.input.sha256 = self.sha256;
            report.input.size = self.size;
        }
        if let (Some(file), Some(digests)) = (file, &self.image.digests) {
            report.set_image_digests(file, digests);
        }
    }
}

/// This build has no hashes; what it cannot compute stays `null`.
#[cfg(not(feature = "digest"))]
#[derive(Debug)]
pub(super) struct WholeFile;

#[cfg(not(feature = "digest"))]
impl WholeFile {
    pub(super) fn read(
        _: &(impl ReadAt + ?Sized),
        _: Option<&SignedFile<'_>>,
        _: &ScanOptions,
    ) -> Result<Self, ReadError> {
        Ok(Self)
    }

    pub(super) fn tell(self, _: &mut Report, _: Option<&SignedFile<'_>>) {}
}
