//! What the signature of an app package is over: not one digest but a list, each behind four letters that say of what it is.
//!
//! Nobody has written the list down; these are the rules by which osslsigncode (appx.c) signs what Windows takes, and by which Windows
//! signed the packages of the test collection.

use std::io;
use std::ops::Range;

use super::inflate::Ending;
use super::package::APP_SIGNATURE;
use super::source::{ReadAt, read_full, read_pieces};
use super::zip::{Directory, Entries, Entry, Member, ZIP64_LOCATOR_BYTES};
use crate::bytes::to_usize;
use crate::digest::{HashAlgorithm, Hashes};
use crate::limits::Limits;

/// What the list begins with.
const MAGIC: &[u8] = b"APPX";
/// The members as they are stored, without the signature.
const PACKAGE: &[u8] = b"AXPC";
/// The central directory and what follows it, as they would be without the signature.
const DIRECTORY: &[u8] = b"AXCD";
/// Members whose contents are hashed apart. The last is in packages with programs only.
const MEMBERS: [(&[u8], &[u8]); 3] =
    [(b"AXCT", b"[Content_Types].xml"), (b"AXBM", b"AppxBlockMap.xml"), (b"AXCI", b"AppxMetadata/CodeIntegrity.cat")];

/// Bytes that are hashed at once.
const PIECE: usize = 128 << 10;

/// Bytes behind the records of a directory, which are held in memory: more than they ever are.
const MOST_BEHIND: u64 = 1 << 20;

/// The list of digests in one algorithm.
type List = (HashAlgorithm, Vec<u8>);

/// The lists of digests of a package, one an algorithm; `None` for one that is not signed, or too damaged to have them.
pub(crate) fn digests(
    source: &(impl ReadAt + ?Sized),
    size: u64,
    algorithms: &[HashAlgorithm],
) -> io::Result<Option<Vec<List>>> {
    let Some(directory) = Directory::find(source, size)? else { return Ok(None) };
    let Some(package) = Package::read(source, size, directory)? else { return Ok(None) };
    let mut lists: Vec<List> = Vec::new();
    let mut add = |tag: &[u8], hashes: Hashes| {
        for (place, (algorithm, digest)) in hashes.finish().enumerate() {
            if lists.get(place).is_none() {
                lists.push((algorithm, MAGIC.to_vec()));
            }
            if let Some((_, list)) = lists.get_mut(place) {
                list.extend_from_slice(tag);
                list.extend_from_slice(&digest);
            }
        }
    };
    let mut buffer = vec![0; PIECE];
    let mut hashes = Hashes::new(algorithms);
    read_pieces(source, &package.contents(), &mut buffer, |_, piece| hashes.update(piece))?;
    add(PACKAGE, hashes);
    let mut hashes = Hashes::new(algorithms);
    read_pieces(source, &package.records(), &mut buffer, |_, piece| hashes.update(piece))?;
    hashes.update(&package.behind);
    add(DIRECTORY, hashes);
    for ((tag, _), entry) in MEMBERS.iter().zip(&package.members) {
        let Some(entry) = entry else { continue };
        let Some(contents) = contents(source, size, entry)? else { return Ok(None) };
        let mut hashes = Hashes::new(algorithms);
        hashes.update(&contents);
        add(tag, hashes);
    }
    Ok(Some(lists))
}

/// A member in full.
fn contents(source: &(impl ReadAt + ?Sized), size: u64, entry: &Entry) -> io::Result<Option<Vec<u8>>> {
    let Some(member) = Member::find(source, size, entry)? else { return Ok(None) };
    let contents = member.read(source, Limits::default().max_table_bytes)?;
    Ok((contents.ending == Ending::Whole).then_some(contents.octets))
}

/// A signed package, and what it is without its signature.
#[derive(Debug)]
struct Package {
    directory: Directory,
    /// Where the signature lies, and its record in the directory.
    signature: Range<u64>,
    record: Range<u64>,
    /// Where the records of the directory end.
    records_end: u64,
    /// What would follow them without the signature.
    behind: Vec<u8>,
    /// The members that are hashed apart.
    members: [Option<Entry>; MEMBERS.len()],
}

impl Package {
    fn read(source: &(impl ReadAt + ?Sized), size: u64, directory: Directory) -> io::Result<Option<Self>> {
        let mut entries = Entries::new(source, directory);
        let mut members = [const { None }; MEMBERS.len()];
        let mut signature = None;
        while let Some(entry) = entries.next()? {
            if entry.name.eq_ignore_ascii_case(APP_SIGNATURE) {
                signature.get_or_insert(entry);
                continue;
            }
            let place = MEMBERS.iter().position(|(_, name)| entry.name.eq_ignore_ascii_case(name));
            if let Some(member) = place.and_then(|place| members.get_mut(place)) {
                *member = Some(entry);
            }
        }
        let records_end = entries.position();
        let Some(signature) = signature else { return Ok(None) };
        let Some(found) = Member::find(source, size, &signature)? else { return Ok(None) };
        let behind_length = size.saturating_sub(records_end);
        if behind_length > MOST_BEHIND {
            return Ok(None);
        }
        let mut behind = vec![0; to_usize(behind_length)];
        let count = read_full(source, records_end, &mut behind)?.len();
        behind.truncate(count);
        let mut package = Self {
            directory,
            signature: signature.offset..found.record_end(directory.start),
            record: signature.record,
            records_end,
            behind,
            members,
        };
        Ok(package.leave_out_signature().map(|()| package))
    }

    /// The members without the signature. What lies between them is hashed too: nothing there is in a package that Windows made.
    fn contents(&self) -> [Range<u64>; 2] {
        [0..self.signature.start, self.signature.end..self.directory.start]
    }

    fn records(&self) -> [Range<u64>; 2] {
        [self.directory.start..self.record.start, self.record.end..self.records_end]
    }

    /// Takes the signature's part away from the numbers in the records behind those of members; `None` where they lie elsewhere.
    fn leave_out_signature(&mut self) -> Option<()> {
        let (record, member) = (length(&self.record), length(&self.signature));
        let behind = self.records_end;
        let place = |offset: u64| offset.checked_sub(behind).map(to_usize);
        let end_record = place(self.directory.end_record)?;
        // Members on this disk, members, bytes, and where they begin.
        if let Some(zip64) = self.directory.zip64_record {
            let at = place(zip64)?;
            for (field, less) in [(24, 1), (32, 1), (40, record), (48, member)] {
                subtract(&mut self.behind, at.checked_add(field)?, 8, less)?;
            }
            let locator = end_record.checked_sub(ZIP64_LOCATOR_BYTES)?;
            subtract(&mut self.behind, locator.checked_add(8)?, 8, member.checked_add(record)?)?;
        }
        for (field, width, less) in [(8, 2, 1), (10, 2, 1), (12, 4, record), (16, 4, member)] {
            subtract(&mut self.behind, end_record.checked_add(field)?, width, less)?;
        }
        Some(())
    }
}

fn length(range: &Range<u64>) -> u64 {
    range.end.saturating_sub(range.start)
}

/// Makes the number of `width` octets at a place smaller; not one of all ones, which says that another record has the number.
fn subtract(octets: &mut [u8], at: usize, width: usize, less: u64) -> Option<()> {
    let number = octets.get_mut(at..)?.get_mut(..width)?;
    if number.iter().all(|octet| *octet == 0xff) {
        return Some(());
    }
    let mut wide = [0; 8];
    wide.get_mut(..width)?.copy_from_slice(number);
    let left = u64::from_le_bytes(wide).checked_sub(less)?.to_le_bytes();
    number.copy_from_slice(left.get(..width)?);
    Some(())
}
