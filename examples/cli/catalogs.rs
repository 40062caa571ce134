//! The catalogs of `--catalogs`.

use std::fs;
use std::path::{Path, PathBuf};

use certsift::Catalogs;
use walkdir::WalkDir;

use super::complain;
use super::verify::Told;

/// The catalogs of files and folders, `None` where none were asked for. What cannot be read is told on stderr: a file that was named must be
/// a catalog, and of a folder those files count that are.
pub(crate) fn load(paths: &[PathBuf], quiet: bool) -> Result<Option<Catalogs>, Told> {
    if paths.is_empty() {
        return Ok(None);
    }
    let mut catalogs = Catalogs::default();
    for path in paths {
        if !path.is_dir() {
            let told = |error: &str| {
                complain(&format!("{}: {error}", path.display()));
                Told
            };
            if add(&mut catalogs, path).map_err(|error| told(&error))? == 0 {
                return Err(told("no catalog"));
            }
            continue;
        }
        for entry in WalkDir::new(path).sort_by_file_name() {
            match entry {
                // What is no message is no catalog either.
                Ok(entry) if entry.file_type().is_file() => drop(add(&mut catalogs, entry.path())),
                Ok(_) => {}
                Err(error) => complain(&format!("warning: {error}")),
            }
        }
    }
    if catalogs.is_empty() && !quiet {
        complain("warning: there are no catalogs");
    }
    Ok(Some(catalogs))
}

fn add(catalogs: &mut Catalogs, path: &Path) -> Result<usize, String> {
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    catalogs.add(path, bytes).map_err(|error| error.to_string())
}
