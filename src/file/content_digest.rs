//! The digest of files that are no PE images: over the content that each format says is signed.

use super::ReadError;
use super::image_digest::ImageDigests;
use crate::cms::spc::ImageDigest;
#[cfg(feature = "msix")]
use crate::container::msix;
use crate::container::source::ReadAt;
use crate::container::{Container, LocateError, cab, msi, navx, script_text};
use crate::digest::{HashAlgorithm, Hashes};

impl Container {
    /// Whether a signature in such a file is over a digest of the rest of it that can be computed.
    pub(crate) const fn has_digest(self) -> bool {
        matches!(self, Self::Pe | Self::Cab | Self::Msi | Self::Msix | Self::Navx | Self::Script)
    }
}

/// The digests of the signed content of a file; `None` where there is none. Where the format leaves open how the content is to be read, it
/// is read so that it has one of the `claimed` digests, if there is such a way.
pub(super) fn content_digests(
    source: &(impl ReadAt + ?Sized),
    container: Container,
    algorithms: &[HashAlgorithm],
    claimed: &[ImageDigest<'_>],
) -> Result<Option<ImageDigests>, ReadError> {
    let readings = match container {
        Container::Cab => return in_pieces(algorithms, |take| cab::hashed(source, source.size()?, take)),
        Container::Navx => return in_pieces(algorithms, |take| navx::hashed(source, source.size()?, take)),
        Container::Msi => return in_pieces(algorithms, |take| msi::hashed(source, source.size()?, take)),
        Container::Script => script_text::signed_texts(source, source.size()?)?,
        #[cfg(feature = "msix")]
        Container::Msix => {
            let lists = msix::digests(source, source.size()?, algorithms)?;
            return Ok(lists.map(ImageDigests::of_values));
        }
        _ => return Ok(None),
    };
    let mut digests: Vec<ImageDigests> = readings
        .iter()
        .map(|octets| {
            let mut hashes = Hashes::new(algorithms);
            hashes.update(octets);
            ImageDigests::of_content(hashes)
        })
        .collect();
    let has = |one: &ImageDigests, claimed: &ImageDigest<'_>| {
        one.for_claim(*claimed).is_some_and(|computed| computed.flat == claimed.digest)
    };
    let is_claimed = |one: &ImageDigests| claimed.iter().any(|claimed| has(one, claimed));
    let best = digests.iter().position(is_claimed).unwrap_or_default();
    Ok((best < digests.len()).then(|| digests.swap_remove(best)))
}

/// The digests of content that is fed piece by piece.
fn in_pieces(
    algorithms: &[HashAlgorithm],
    feed: impl FnOnce(&mut dyn FnMut(&[u8])) -> Result<(), LocateError>,
) -> Result<Option<ImageDigests>, ReadError> {
    let mut hashes = Hashes::new(algorithms);
    feed(&mut |piece| hashes.update(piece))?;
    Ok(Some(ImageDigests::of_content(hashes)))
}
