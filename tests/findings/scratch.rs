//! Roots of systems for a test to change.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::fixtures;

/// The root that is kept.
pub(crate) fn kept_root() -> PathBuf {
    fixtures().join("trust_root")
}

/// A folder of its own, gone when the test ends.
pub(crate) struct Scratch(pub(crate) PathBuf);

impl Scratch {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("certsift-store-{}-{count}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// A copy of the root that is kept.
    pub(crate) fn root() -> Self {
        let scratch = Self::new();
        let mut open = vec![PathBuf::new()];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(kept_root().join(&folder)).unwrap() {
                let entry = entry.unwrap();
                let inside = folder.join(entry.file_name());
                if entry.file_type().unwrap().is_dir() {
                    open.push(inside);
                } else {
                    scratch.write(&inside, fs::read(entry.path()).unwrap());
                }
            }
        }
        scratch
    }

    pub(crate) fn write(&self, path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
