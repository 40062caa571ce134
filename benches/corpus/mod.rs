//! What benches run over: the folders given (as arguments, or in `$CERTSIFT_BENCH_FOLDERS` as paths are in `$PATH`), else the corpus
//! beside the repository (`$CERTSIFT_CORPUS` names another), else the fixtures.

#![allow(dead_code, reason = "every bench compiles this module for itself and uses its own part of it")]

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use certsift::{Container, Limits, SignatureData};

/// The folders among the arguments of this program, or what is there. Cargo adds flags of its own, which are passed over.
pub(crate) fn folders() -> Vec<PathBuf> {
    let given: Vec<PathBuf> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).map(PathBuf::from).collect();
    if given.is_empty() { own_folders() } else { given }
}

/// The folders that the environment names, the corpus, or the fixtures.
pub(crate) fn own_folders() -> Vec<PathBuf> {
    if let Some(named) = std::env::var_os("CERTSIFT_BENCH_FOLDERS") {
        return std::env::split_paths(&named).collect();
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpus = std::env::var_os("CERTSIFT_CORPUS").map_or_else(|| root.join("../shared/corpus"), PathBuf::from);
    let Ok(folders) = fs::read_dir(corpus.join("files")) else {
        eprintln!("there is no corpus {}: the fixtures are taken", corpus.display());
        return vec![root.join("tests/fixtures")];
    };
    // Those that were made to be hostile would outweigh the real ones.
    let real = folders.filter_map(|entry| entry.ok()).map(|entry| entry.path()).filter(|path| !path.ends_with("synth"));
    let mut real: Vec<PathBuf> = real.collect();
    real.sort();
    real.extend(skeletons(&corpus));
    real
}

/// Writes out the files of which the corpus keeps headers and table alone; `None` where it cannot.
fn skeletons(corpus: &Path) -> Option<PathBuf> {
    let folder = scratch("skeletons");
    if !folder.is_dir() {
        let script = corpus.join("rebuild.py");
        let status = Command::new("python3").arg(script).arg(&folder).stdout(Stdio::null()).status();
        if !status.is_ok_and(|status| status.success()) {
            eprintln!("rebuild.py of the corpus fails: its skeletons are left out");
            let _ = fs::remove_dir_all(&folder);
            return None;
        }
    }
    Some(folder)
}

/// A place of that name for files of benches.
pub(crate) fn scratch(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench").join(name)
}

/// The signed PE files of the folders, in order of their paths.
pub(crate) fn signed_images(folders: &[PathBuf]) -> Vec<PathBuf> {
    let walk = |folder: &PathBuf| walkdir::WalkDir::new(folder).sort_by_file_name().into_iter();
    let files = folders.iter().flat_map(walk).map(|entry| entry.expect("the folders can be read"));
    let mut data = SignatureData::new();
    let images: Vec<PathBuf> = files
        .filter(|entry| entry.file_type().is_file())
        .map(walkdir::DirEntry::into_path)
        .filter(|path| is_signed_image(path, &mut data))
        .collect();
    assert!(!images.is_empty(), "there is no signed PE file in {folders:?}");
    images
}

fn is_signed_image(path: &Path, data: &mut SignatureData) -> bool {
    let Ok(file) = File::open(path) else { return false };
    let file = data.read(&file, Limits::default());
    file.is_ok_and(|file| file.container() == Container::Pe && !file.signatures().is_empty())
}

/// The example beside this bench: `<target>/release/examples/<name>`.
pub(crate) fn program(example: &str) -> PathBuf {
    let bench = std::env::current_exe().expect("this program has a path");
    let release = bench.parent().and_then(Path::parent).expect("benches lie in <target>/release/deps");
    release.join("examples").join(example).with_extension(std::env::consts::EXE_EXTENSION)
}

/// Links the files, or copies them, into one new folder, each name with a number in front, so that programs can be handed exactly
/// these. Answers where each lies now.
pub(crate) fn gather(files: &[PathBuf], folder: &Path) -> Vec<PathBuf> {
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).expect("the folder for temporary files can be written to");
    let put = |(index, file): (usize, &PathBuf)| {
        let name = file.file_name().and_then(OsStr::to_str).unwrap_or("image");
        let copy = folder.join(format!("{index:05}-{name}"));
        // A link costs nothing, where the file system is the same and allows it.
        if fs::hard_link(file, &copy).is_err() {
            fs::copy(file, &copy).expect("the file can be copied");
        }
        copy
    };
    files.iter().enumerate().map(put).collect()
}
