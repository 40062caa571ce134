//! Archives whose members are files of their own: zip, and gzip, which has one.

mod cipher;

use std::io;

use super::gzip;
pub(crate) use super::inflate::Ending;
use super::source::{ReadAt, read_first, read_full};
use super::zip::{self, Contents, Directory, Entries, Entry, local_entries};
use crate::bytes::{to_u64, to_usize};
use crate::error::Structure;

/// The password under which samples of malware are passed on.
const PASSWORD: &[u8] = b"infected";

/// What looking into an archive may cost, all archives inside it counted.
///
/// A member beyond a limit is still reported, with what was read of it; an archive of which members were left out has a fault
/// that names the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ArchiveLimits {
    /// Members. Default 65,536: the most that an archive without zip64 has.
    pub max_members: usize,
    /// Bytes of one member, as it is stored and unpacked, which lies in memory. Default 256 MiB: more than nearly every installer.
    pub max_member_bytes: u64,
    /// Bytes of all members, unpacked. Default 1 GiB.
    pub max_total_bytes: u64,
    /// Bytes of all members, unpacked, for each byte of the archive. Default 1,032, which is what deflate reaches with zeros: there is more
    /// only where members share bytes, or archives lie in archives.
    pub max_ratio: u64,
    /// Archives inside one another; with 1, members that are archives are not looked into. Default 4.
    pub max_depth: usize,
}

impl Default for ArchiveLimits {
    fn default() -> Self {
        Self {
            max_members: 1 << 16,
            max_member_bytes: 256 << 20,
            max_total_bytes: 1 << 30,
            max_ratio: 1_032,
            max_depth: 4,
        }
    }
}

/// A member, unpacked.
#[derive(Debug)]
pub(crate) struct Member {
    /// Its path in the archive, as stored.
    pub(crate) name: Vec<u8>,
    /// Empty where nothing could be unpacked.
    pub(crate) octets: Vec<u8>,
    /// Where it lies in the archive.
    pub(crate) offset: u64,
    pub(crate) ending: Ending,
    /// Whether it is encrypted and the password is not the known one.
    pub(crate) is_sealed: bool,
    pub(crate) structure: Structure,
    /// What reading it cost, in octets unpacked.
    pub(crate) cost: u64,
}

/// The members of one archive, which are unpacked one at a time.
#[derive(Debug)]
pub(crate) enum Archive {
    Gzip { is_read: bool },
    Zip { size: u64, entries: std::vec::IntoIter<Entry> },
}

/// An archive, and whether it has more members than were asked for.
pub(crate) struct Opened {
    pub(crate) archive: Archive,
    pub(crate) has_more: bool,
}

/// Bytes at the start of a file that tell gzip.
const HEAD_BYTES: usize = 16;

impl Archive {
    /// The archive in the first `size` bytes of `source`, with up to `most` members: by its first bytes, or by a directory at its end,
    /// as programs have that unpack themselves. `None` for what is none.
    pub(crate) fn open(source: &(impl ReadAt + ?Sized), size: u64, most: usize) -> io::Result<Option<Opened>> {
        let mut buffer = [0; HEAD_BYTES];
        if gzip::is_gzip(read_full(source, 0, &mut buffer)?) {
            return Ok(Some(Opened { archive: Self::Gzip { is_read: most == 0 }, has_more: most == 0 }));
        }
        let is_zip = zip::starts_like_zip(&buffer);
        let mut entries = Vec::new();
        let mut has_more = false;
        let mut take = |entry: Entry| {
            has_more = entries.len() >= most;
            if !has_more && !is_folder(&entry) {
                entries.push(entry);
            }
            !has_more
        };
        match Directory::find(source, size)? {
            Some(directory) => {
                let mut records = Entries::new(source, directory);
                while let Some(entry) = records.next()? {
                    if !take(entry) {
                        break;
                    }
                }
            }
            None if is_zip => local_entries(source, size, SALVAGED_BYTES / 2, |entry| _ = take(entry))?,
            None => return Ok(None),
        }
        Ok(Some(Opened { archive: Self::Zip { size, entries: entries.into_iter() }, has_more }))
    }

    /// The next member, up to `most` bytes of it.
    pub(crate) fn next(&mut self, source: &(impl ReadAt + ?Sized), most: u64) -> io::Result<Option<Member>> {
        match self {
            Self::Gzip { is_read } => {
                if std::mem::replace(is_read, true) {
                    return Ok(None);
                }
                let bytes = read_first(source, most)?;
                let is_cut = source.size()? > to_u64(bytes.len());
                let mut member = gzip::read(&bytes, to_usize(most));
                if is_cut {
                    member.ending = Ending::Limit;
                }
                Ok(Some(member))
            }
            Self::Zip { size, entries } => match entries.next() {
                None => Ok(None),
                Some(entry) => read_member(source, *size, entry, most).map(Some),
            },
        }
    }
}

/// What it costs to derive a key, which takes as long as to unpack so many octets.
const KEY_COST: u64 = 256 << 10;

/// Bytes looked through for members of an archive that has lost its directory.
const SALVAGED_BYTES: u64 = 64 << 20;

/// Bytes that nothing takes when it is deflated.
const EMPTY_BYTES: u64 = 2;

fn is_folder(entry: &Entry) -> bool {
    entry.name.ends_with(b"/") && entry.compressed <= EMPTY_BYTES
}

fn read_member(source: &(impl ReadAt + ?Sized), size: u64, entry: Entry, most: u64) -> io::Result<Member> {
    let mut member = Member {
        name: Vec::new(),
        octets: Vec::new(),
        offset: entry.offset,
        ending: Ending::Damage,
        is_sealed: false,
        structure: Structure::ZipMember,
        cost: 0,
    };
    if let Some(found) = zip::Member::find(source, size, &entry)? {
        let is_cut = found.end.saturating_sub(found.data) > most;
        let stored = found.read_stored(source, most)?;
        member.cost = to_u64(stored.len());
        let open = if entry.has(Entry::ENCRYPTED) {
            member.cost = member.cost.saturating_add(KEY_COST);
            cipher::decrypt(stored, &entry, PASSWORD)
        } else {
            Some((stored, entry.method))
        };
        member.is_sealed = open.is_none();
        if let Some((stored, method)) = open {
            let Contents { octets, ending } = zip::unpack(stored, method, is_cut, most);
            member.cost = member.cost.max(to_u64(octets.len()));
            // Without a look at the CRC: what is changed may be signed all the same, and a signature tells of itself what it covers.
            member.ending = if ending == Ending::Whole && !found.is_sound { Ending::Damage } else { ending };
            member.octets = octets;
        }
    }
    member.name = entry.name;
    Ok(member)
}
