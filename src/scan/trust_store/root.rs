//! A folder that is looked at as if it were the root of a file system: no path, and no link in it, leads out of it.

use std::collections::{BTreeSet, VecDeque};
use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Component, Path, PathBuf};

/// Links followed in one path, as many as Linux follows (`MAXSYMLINKS`).
const MOST_LINKS: usize = 40;

/// Folders inside one another below an anchor folder. Real ones have two levels.
const MOST_LEVELS: usize = 16;

/// Entries of one anchor folder with everything below it. The largest real one, `/etc/ssl/certs`, has some three hundred.
const MOST_ENTRIES: usize = 100_000;

/// A folder as a root.
#[derive(Debug, Clone)]
pub(super) struct Root(PathBuf);

/// A file inside, or why it could not be looked at.
#[derive(Debug)]
pub(super) struct Entry {
    /// Its path inside, without links: `/etc/ssl/certs/a.crt`.
    pub(super) path: PathBuf,
    pub(super) file: io::Result<Metadata>,
}

impl Root {
    pub(super) fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Where a path inside lies outside.
    pub(super) fn outside(&self, inside: &Path) -> PathBuf {
        let mut path = self.0.clone();
        path.extend(inside.components().filter(|part| matches!(part, Component::Normal(_))));
        path
    }

    /// A path without links and dots: absolute links begin at this root, and no `..` leads above it.
    pub(super) fn resolve(&self, path: &Path) -> io::Result<PathBuf> {
        let mut left = steps(path);
        let mut resolved = PathBuf::from("/");
        let mut links = 0_usize;
        while let Some(step) = left.pop_front() {
            match step {
                Step::Root => resolved = PathBuf::from("/"),
                // Of the root it is the root.
                Step::Up => _ = resolved.pop(),
                Step::Down(name) => {
                    resolved.push(name);
                    let outside = self.outside(&resolved);
                    if fs::symlink_metadata(&outside)?.is_symlink() {
                        links = links.saturating_add(1);
                        if links > MOST_LINKS {
                            return Err(io::Error::other("too many symbolic links"));
                        }
                        resolved.pop();
                        let mut target = steps(&fs::read_link(&outside)?);
                        target.append(&mut left);
                        left = target;
                    }
                }
            }
        }
        Ok(resolved)
    }

    /// The regular files at a path: itself, or all below it but for the folders that `leaves_out` names, by name. What is not there, and
    /// links that lead nowhere, are no files.
    pub(super) fn files(&self, path: &Path, leaves_out: impl Fn(&Path) -> bool) -> Vec<Entry> {
        let mut found = Vec::new();
        let mut seen = BTreeSet::new();
        let mut open = vec![(path.to_owned(), 0_usize)];
        let mut entries = 0_usize;
        while let Some((path, level)) = open.pop() {
            let resolved = match self.resolve(&path) {
                Ok(resolved) => resolved,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => {
                    found.push(Entry { path, file: Err(error) });
                    continue;
                }
            };
            // The same file by another link is the same file.
            if leaves_out(&path) || leaves_out(&resolved) || !seen.insert(resolved.clone()) {
                continue;
            }
            let outside = self.outside(&resolved);
            match fs::symlink_metadata(&outside) {
                Ok(metadata) if metadata.is_file() => found.push(Entry { path: resolved, file: Ok(metadata) }),
                Ok(metadata) if metadata.is_dir() && level < MOST_LEVELS => match names(&outside) {
                    Ok(names) => {
                        entries = entries.saturating_add(names.len());
                        if entries > MOST_ENTRIES {
                            let file = Err(io::Error::other(format!("more than {MOST_ENTRIES} entries")));
                            found.push(Entry { path: resolved, file });
                            break;
                        }
                        let below = names.into_iter().rev().map(|name| (path.join(name), level.saturating_add(1)));
                        open.extend(below);
                    }
                    Err(error) => found.push(Entry { path: resolved, file: Err(error) }),
                },
                Ok(metadata) if metadata.is_dir() => {
                    let file = Err(io::Error::other(format!("more than {MOST_LEVELS} folders inside one another")));
                    found.push(Entry { path: resolved, file });
                }
                // Pipes and devices are no certificates, and opening them may wait for ever.
                Ok(_) => {}
                Err(error) => found.push(Entry { path: resolved, file: Err(error) }),
            }
        }
        found
    }
}

/// What to do next on a path.
enum Step {
    Root,
    Up,
    Down(OsString),
}

fn steps(path: &Path) -> VecDeque<Step> {
    let step = |part: Component<'_>| match part {
        Component::RootDir | Component::Prefix(_) => Some(Step::Root),
        Component::ParentDir => Some(Step::Up),
        Component::CurDir => None,
        Component::Normal(name) => Some(Step::Down(name.to_owned())),
    };
    path.components().filter_map(step).collect()
}

/// The names in a folder, sorted.
fn names(folder: &Path) -> io::Result<Vec<OsString>> {
    let mut names = fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name())).collect::<io::Result<Vec<_>>>()?;
    names.sort();
    Ok(names)
}
