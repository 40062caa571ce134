//! Zip archives, as sound or as odd as a test needs them.

use miniz_oxide::deflate::compress_to_vec;

/// A member as its headers tell it.
#[derive(Clone)]
pub(crate) struct Member {
    pub(crate) name: Vec<u8>,
    /// The name in its local header.
    pub(crate) local_name: Vec<u8>,
    pub(crate) flags: u16,
    pub(crate) method: u16,
    /// Its stored form, and the lengths that are told of it.
    pub(crate) data: Vec<u8>,
    pub(crate) compressed: u32,
    pub(crate) size: u32,
    /// Its extra fields in the directory.
    pub(crate) extra: Vec<u8>,
}

pub(crate) fn stored(name: &str, content: impl AsRef<[u8]>) -> Member {
    let data = content.as_ref().to_vec();
    let size = length(&data);
    let name = name.as_bytes().to_vec();
    Member { local_name: name.clone(), name, flags: 0, method: 0, data, compressed: size, size, extra: Vec::new() }
}

pub(crate) fn deflated(name: &str, content: impl AsRef<[u8]>) -> Member {
    let data = compress_to_vec(content.as_ref(), 9);
    let (compressed, size) = (length(&data), length(content.as_ref()));
    Member { method: 8, data, compressed, size, ..stored(name, b"") }
}

impl Member {
    fn local(&self) -> Vec<u8> {
        let mut header = b"PK\x03\x04".to_vec();
        header.extend(words(&[20, self.flags, self.method, 0, 0, 0, 0]));
        header.extend(numbers(&[self.compressed, self.size]));
        header.extend(words(&[short(&self.local_name), 0]));
        [header, self.local_name.clone(), self.data.clone()].concat()
    }

    fn record(&self, offset: u32) -> Vec<u8> {
        let mut record = b"PK\x01\x02".to_vec();
        record.extend(words(&[20, 20, self.flags, self.method, 0, 0, 0, 0]));
        record.extend(numbers(&[self.compressed, self.size]));
        record.extend(words(&[short(&self.name), short(&self.extra), 0, 0, 0, 0, 0]));
        record.extend(offset.to_le_bytes());
        [record, self.name.clone(), self.extra.clone()].concat()
    }
}

/// An archive of members, each at its own offset.
pub(crate) fn archive(members: &[Member]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut records = Vec::new();
    for member in members {
        records.push(member.record(length(&bytes)));
        bytes.extend(member.local());
    }
    with_directory(bytes, &records)
}

/// An archive in which every record of the directory is about its first member, under the names of all.
pub(crate) fn overlapping(members: &[Member]) -> Vec<u8> {
    let bytes = members.first().map(Member::local).unwrap_or_default();
    let records: Vec<Vec<u8>> = members.iter().map(|member| member.record(0)).collect();
    with_directory(bytes, &records)
}

/// Local members, and behind them a directory with these records.
fn with_directory(mut bytes: Vec<u8>, records: &[Vec<u8>]) -> Vec<u8> {
    let start = length(&bytes);
    let directory = records.concat();
    bytes.extend(&directory);
    bytes.extend(b"PK\x05\x06");
    let count = u16::try_from(records.len() % (1 << 16)).unwrap();
    bytes.extend(words(&[0, 0, count, count]));
    bytes.extend(numbers(&[length(&directory), start]));
    bytes.extend(words(&[0]));
    bytes
}

fn words(words: &[u16]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn numbers(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap()
}

fn short(bytes: &[u8]) -> u16 {
    u16::try_from(bytes.len()).unwrap()
}
