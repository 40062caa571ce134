//! Lists of paths for `--files-from`, read as they are needed.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// What ended a list before its end, told when the list has been used up.
#[derive(Debug, Clone, Default)]
pub(crate) struct ListError(Arc<Mutex<Option<io::Error>>>);

impl ListError {
    fn set(&self, error: io::Error) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }

    pub(crate) fn take(&self) -> Option<io::Error> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The paths of a list, one a line, or separated by NUL; `-` is standard input.
pub(crate) fn read_list(
    list: &Path,
    null: bool,
    failed: &ListError,
) -> io::Result<impl Iterator<Item = PathBuf> + Send + use<>> {
    let reader: Box<dyn io::Read + Send> =
        if list.as_os_str() == "-" { Box::new(io::stdin()) } else { Box::new(File::open(list)?) };
    let failed = failed.clone();
    let items = BufReader::new(reader).split(if null { 0 } else { b'\n' });
    let items = items.map_while(move |item| item.map_err(|error| failed.set(error)).ok());
    let paths = items.map(move |item| path_of(if null { item } else { strip_return(item) }));
    Ok(paths.filter(|path| !path.as_os_str().is_empty()))
}

/// Lists made on Windows end their lines in CR LF.
fn strip_return(mut line: Vec<u8>) -> Vec<u8> {
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    line
}

#[cfg(unix)]
fn path_of(octets: Vec<u8>) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    std::ffi::OsString::from_vec(octets).into()
}

#[cfg(not(unix))]
fn path_of(octets: Vec<u8>) -> PathBuf {
    String::from_utf8_lossy(&octets).into_owned().into()
}
