//! What a report says after the whole file was read: its SHA-256, and the digests that its signatures claim.

use crate::container::source::ReadAt;
use crate::file::{ReadError, SignedFile};
use crate::report::Report;

/// Reads all of `source` for its SHA-256 and the image digests that the signatures of `file` claim.
#[cfg(feature = "digest")]
pub(super) fn add_hashes(
    report: &mut Report,
    source: &(impl ReadAt + ?Sized),
    file: Option<&SignedFile<'_>>,
) -> Result<(), ReadError> {
    let algorithms = file.map(SignedFile::claimed_hash_algorithms).unwrap_or_default();
    let digests = crate::file::image_digest::hash_file(source, &algorithms)?;
    report.input.sha256 = Some(hex::encode(digests.sha256));
    report.input.size = Some(digests.size);
    if let (Some(file), Some(image)) = (file, &digests.image) {
        report.set_image_digests(file, image);
    }
    Ok(())
}

/// This build has no hashes; what it cannot compute stays `null`.
#[cfg(not(feature = "digest"))]
pub(super) fn add_hashes(
    _: &mut Report,
    _: &(impl ReadAt + ?Sized),
    _: Option<&SignedFile<'_>>,
) -> Result<(), ReadError> {
    Ok(())
}
