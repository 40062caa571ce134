//! Finds folders of test data that lie beside the repository, not in it.

use std::env;
use std::path::{Path, PathBuf};

/// Set where the shared data is known to be there, so that no missing folder passes.
const REQUIRE: &str = "CERTSIFT_REQUIRE_CORPUS";

/// The folder that the environment variable `variable` names, else `../shared/NAME` beside the repository; `None`, with a note on
/// stderr, when it is not there.
pub(crate) fn folder(variable: &str, name: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(name);
    let folder = env::var_os(variable).map_or(beside, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(env::var_os(REQUIRE).is_none(), "{REQUIRE} is set, and there is no folder {}", folder.display());
    eprintln!("skipped: there is no folder {} (set {variable} to name one)", folder.display());
    None
}
