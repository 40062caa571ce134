//! Which files there are: walks the targets of a scan.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use walkdir::WalkDir;

use super::ScanOptions;
use crate::bytes::to_u64;

/// A file that the walk found, or why it could not go on.
pub(super) enum Found {
    File(PathBuf),
    /// Given as a target and no regular file: a pipe, a device.
    Stream(PathBuf),
    Unreadable(PathBuf, io::Error),
}

impl Found {
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::File(path) | Self::Stream(path) | Self::Unreadable(path, _) => path,
        }
    }
}

/// The files of one target. A folder is read as it is walked, never as a whole unless it must be sorted.
pub(super) fn walk(target: PathBuf, options: &ScanOptions) -> Box<dyn Iterator<Item = Found> + Send> {
    match std::fs::metadata(&target) {
        Ok(metadata) if metadata.is_dir() => Box::new(walk_folder(target, options)),
        Ok(metadata) if metadata.is_file() => Box::new(std::iter::once(Found::File(target))),
        Ok(_) => Box::new(std::iter::once(Found::Stream(target))),
        Err(error) => Box::new(std::iter::once(Found::Unreadable(target, error))),
    }
}

fn walk_folder(folder: PathBuf, options: &ScanOptions) -> impl Iterator<Item = Found> + Send + use<> {
    let mut walk = WalkDir::new(&folder).follow_links(options.follow_links);
    if options.ordered {
        walk = walk.sort_by_file_name();
    }
    walk.into_iter().filter_map(move |entry| match entry {
        Ok(entry) if entry.file_type().is_file() => Some(Found::File(entry.into_path())),
        Ok(_) => None,
        Err(error) => {
            let path = error.path().unwrap_or(&folder).to_owned();
            let cause =
                error.into_io_error().unwrap_or_else(|| io::Error::other("a symbolic link to a folder above it"));
            Some(Found::Unreadable(path, cause))
        }
    })
}

/// Tells which files are left out. Asked once for each file of this part of the scan, in the order in which the walk finds them.
#[derive(Clone)]
pub struct Skip(Arc<dyn Fn(&Path) -> bool + Send + Sync>);

impl Skip {
    /// Leaves out the files for which `skips` answers `true`.
    pub fn new(skips: impl Fn(&Path) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(skips))
    }
}

impl fmt::Debug for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Skip").finish_non_exhaustive()
    }
}

/// Whether a file is to be scanned: in this part, and not to be skipped.
pub(super) fn is_asked_for(found: &Found, options: &ScanOptions) -> bool {
    in_shard(found, options) && !options.skip.as_ref().is_some_and(|skip| (skip.0)(found.path()))
}

/// FNV-1a of the path's octets, so that a file's part is the same on every machine and in every run.
fn in_shard(found: &Found, options: &ScanOptions) -> bool {
    let Some((part, parts)) = options.shard else { return true };
    let octets = found.path().as_os_str().as_encoded_bytes();
    let hash = octets
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, &octet| (hash ^ u64::from(octet)).wrapping_mul(0x0100_0000_01b3));
    // The low bits of FNV depend on the low bits of the octets only.
    let mixed = hash ^ (hash >> 32);
    mixed.checked_rem(to_u64(parts.get())) == Some(u64::from(part))
}
