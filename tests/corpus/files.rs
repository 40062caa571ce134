//! The corpus's files: raw ones from disk, skeletons rebuilt in memory.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use certsift::Container;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// The files of a corpus, as its manifest lists them.
pub(crate) struct Corpus {
    folder: PathBuf,
    pub(crate) entries: Vec<Entry>,
    skeletons: HashMap<String, Skeleton>,
}

/// One line of the manifest.
#[derive(Deserialize)]
pub(crate) struct Entry {
    pub(crate) path: String,
    pub(crate) kind: String,
    form: String,
    #[serde(rename = "signed")]
    pub(crate) is_signed: bool,
    /// What is known about the file, one word each.
    pub(crate) flags: Vec<String>,
}

/// A file of which the headers and the certificate table were kept; the bytes between them are zero.
#[derive(Deserialize)]
struct Skeleton {
    path_original: String,
    size: usize,
    head: String,
    tail_off: usize,
    tail: String,
}

impl Corpus {
    pub(crate) fn open(folder: PathBuf) -> Self {
        let entries = json_lines(&folder.join("manifest.jsonl"));
        let skeletons: Vec<Skeleton> = json_lines(&folder.join("skeletons.jsonl"));
        let skeletons = skeletons.into_iter().map(|one| (one.path_original.clone(), one)).collect();
        Self { folder, entries, skeletons }
    }

    pub(crate) fn bytes(&self, entry: &Entry) -> Vec<u8> {
        match entry.form.as_str() {
            "raw" => fs::read(self.folder.join(&entry.path)).unwrap_or_else(|error| panic!("{}: {error}", entry.path)),
            "skeleton" => self.skeletons[&entry.path].rebuild(),
            other => panic!("{}: a form that is not known here: {other}", entry.path),
        }
    }
}

impl Entry {
    pub(crate) fn is_pe(&self) -> bool {
        matches!(self.kind.as_str(), "pe32" | "pe64" | "efi")
    }

    /// Whether the file is whole, not a skeleton.
    pub(crate) fn is_raw(&self) -> bool {
        self.form == "raw"
    }

    /// The container that it is to be read as, where that is one of those that are read.
    pub(crate) fn container(&self) -> Option<Container> {
        Some(match self.kind.as_str() {
            _ if self.is_pe() => Container::Pe,
            "cab" => Container::Cab,
            "msi" => Container::Msi,
            "ole" => Container::Ole,
            "p7" | "cat" => Container::Pkcs7,
            "appx" => Container::Msix,
            "ps1" | "ps1xml" | "mof" | "vbs" | "js" => Container::Script,
            _ => return None,
        })
    }
}

impl Skeleton {
    fn rebuild(&self) -> Vec<u8> {
        let mut bytes = vec![0; self.size];
        for (offset, text) in [(0, &self.head), (self.tail_off, &self.tail)] {
            let part = base64(text);
            bytes[offset..offset + part.len()].copy_from_slice(&part);
        }
        bytes
    }
}

/// The rows of a file that holds one JSON value a line; at least one.
pub(crate) fn json_lines<T: DeserializeOwned>(path: &Path) -> Vec<T> {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let rows: Vec<T> = text
        .lines()
        .enumerate()
        .map(|(index, line)| {
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{}:{}: {error}", path.display(), index + 1))
        })
        .collect();
    assert!(!rows.is_empty(), "{} is empty", path.display());
    rows
}

/// RFC 4648, 4.
fn base64(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut values = [None; 256];
    for (value, &digit) in (0_u32..).zip(ALPHABET) {
        values[usize::from(digit)] = Some(value);
    }
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0);
    for digit in text.trim_end_matches('=').bytes() {
        bits = bits << 6 | values[usize::from(digit)].expect("a digit of base64");
        count += 6;
        if count >= 8 {
            count -= 8;
            let [.., byte] = (bits >> count).to_be_bytes();
            bytes.push(byte);
        }
    }
    bytes
}

#[test]
fn base64_of_rfc_4648() {
    let cases =
        [("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYg==", "foob"), ("Zm9vYmFy", "foobar")];
    for (text, bytes) in cases {
        assert_eq!(base64(text), bytes.as_bytes(), "{text}");
    }
    assert_eq!(base64("+/+/"), [0xfb, 0xff, 0xbf]);
}
