//! Compound files ([MS-CFB]): a file system in a file, of sectors that a table chains together.
//!
//! Nothing that a file says of itself is relied on: every chain is followed for as long as the file has room for, so that loops end.

use std::io;

use super::directory::Entry;
use super::source::{ReadAt, read_full};
use crate::bytes::{Span, to_u64, to_usize};
use crate::error::{Error, ErrorKind, Limit, Structure};
use crate::limits::Budget;

/// What every compound file begins with.
const MAGIC: [u8; 8] = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
/// Bytes of the header.
const HEADER_BYTES: usize = 512;
/// Sectors are of 512 bytes (version 3) or of 4,096 (version 4).
const SECTOR_SHIFTS: [u16; 2] = [9, 12];
/// Bytes of the shorter ones.
const SHORT_SECTOR: u64 = 512;
/// Sectors of the mini stream are of 64 bytes.
const MINI_SHIFT: u32 = 6;
/// Streams that are shorter lie in the mini stream.
const MINI_CUTOFF: u64 = 4096;
/// The highest number of a sector (MAXREGSECT); those above are marks.
const MAX_SECTOR: u32 = 0xffff_fffa;
/// The mark that ends a chain.
const END_OF_CHAIN: u32 = 0xffff_fffe;
/// Bytes read at once.
const PIECE: u64 = 64 << 10;

/// Whether a file that starts with `head` is a compound file.
pub(super) fn is_compound(head: &[u8]) -> bool {
    head.starts_with(&MAGIC)
}

/// A compound file of which the parts that are asked for are read.
pub(super) struct Compound<'s, S: ?Sized> {
    source: &'s S,
    size: u64,
    sector_shift: u32,
    /// The sectors of the table of chains (FAT), in their order.
    fat: Vec<u32>,
    /// The one of them that was read last, and its place among them.
    fat_page: Option<(u32, Vec<u8>)>,
    /// The directory's octets.
    directory: Vec<u8>,
    /// The sectors of the mini stream, and its own table of chains, once a stream in it was asked for.
    mini: Option<Mini>,
    first_mini_fat: u32,
    /// Whether a chain was met that ends too early, loops or leaves the file.
    is_damaged: bool,
}

struct Mini {
    sectors: Vec<u32>,
    fat: Vec<u8>,
}

/// Takes octets, and where in the file they lie.
type Taker<'t> = &'t mut dyn FnMut(u64, &[u8]);

impl<'s, S: ReadAt + ?Sized> Compound<'s, S> {
    /// Reads the header, and the directory up to the limit on tables; `None`, with a fault, where the header is cut or cannot be right.
    pub(super) fn open(source: &'s S, size: u64, budget: &mut Budget) -> io::Result<Option<Self>> {
        let mut buffer = [0; HEADER_BYTES];
        let header = Span::new(read_full(source, 0, &mut buffer)?, 0);
        let Some(header) = Header::read(header) else {
            budget.fault(Error::new(ErrorKind::BadHeader, Structure::CompoundFile, 0));
            return Ok(None);
        };
        let mut file = Self {
            source,
            size,
            sector_shift: header.sector_shift,
            fat: Vec::new(),
            fat_page: None,
            directory: Vec::new(),
            mini: None,
            first_mini_fat: header.first_mini_fat,
            is_damaged: false,
        };
        file.read_fat_places(&header)?;
        let max = budget.limits().max_table_bytes;
        let mut directory = Vec::new();
        let most = size.min(max);
        file.read_chain(header.first_directory, most, &mut |_, octets| directory.extend_from_slice(octets))?;
        if to_u64(directory.len()) >= max {
            budget.fault_limit(Limit::TableBytes, Structure::CompoundFile, file.position(header.first_directory));
        }
        // A file has its header too, and room for no such directory: its chain is a loop.
        file.is_damaged |= to_u64(directory.len()) >= size;
        file.directory = directory;
        Ok(Some(file))
    }

    /// File offset of a sector.
    fn position(&self, sector: u32) -> u64 {
        u64::from(sector).saturating_add(1) << self.sector_shift
    }

    const fn sector_bytes(&self) -> u64 {
        1 << self.sector_shift
    }

    /// Sectors that the file has room for.
    const fn most_sectors(&self) -> u64 {
        self.size >> self.sector_shift
    }

    /// Finds the sectors of the table of chains: 109 in the header, the others in a chain of sectors of their own. No more are looked for
    /// than a file of this size needs.
    fn read_fat_places(&mut self, header: &Header) -> io::Result<()> {
        let numbers_a_sector = self.sector_bytes() / 4;
        let most = to_usize(self.most_sectors().checked_div(numbers_a_sector).unwrap_or_default().saturating_add(1));
        self.fat.extend(header.first_fat.iter().take(most));
        let mut next = header.first_difat;
        let mut page = vec![0; to_usize(self.sector_bytes())];
        while self.fat.len() >= header.first_fat.len() && self.fat.len() < most && next <= MAX_SECTOR {
            let octets = read_full(self.source, self.position(next), &mut page)?;
            if to_u64(octets.len()) < self.sector_bytes() {
                break;
            }
            let (numbers, _) = octets.as_chunks::<4>();
            // The last one is the next sector of the chain.
            let Some((last, numbers)) = numbers.split_last() else { break };
            let room = most.saturating_sub(self.fat.len());
            self.fat.extend(numbers.iter().map(|number| u32::from_le_bytes(*number)).take(room));
            next = u32::from_le_bytes(*last);
        }
        Ok(())
    }

    /// The sector behind another one in its chain, or the mark that ends it; `None` where the table does not reach.
    fn next(&mut self, sector: u32) -> io::Result<Option<u32>> {
        let shift = self.sector_shift.saturating_sub(2);
        let page = sector >> shift;
        if self.fat_page.as_ref().is_none_or(|(held, _)| *held != page) {
            let Some(&at) = self.fat.get(to_usize(page.into())).filter(|at| **at <= MAX_SECTOR) else {
                return Ok(None);
            };
            let (_, mut octets) = self.fat_page.take().unwrap_or_default();
            octets.resize(to_usize(self.sector_bytes()), 0);
            let count = read_full(self.source, self.position(at), &mut octets)?.len();
            // The end of the file.
            self.is_damaged |= count < octets.len();
            octets.truncate(count);
            self.fat_page = Some((page, octets));
        }
        let within = u64::from(sector & !(u32::MAX << shift)).saturating_mul(4);
        Ok(self.fat_page.as_ref().and_then(|(_, octets)| Span::new(octets, 0).u32_le(to_usize(within))))
    }

    /// Reads at most `length` octets of the chain that begins with a sector, and answers how many. That it ends before is no damage here.
    fn read_chain(&mut self, first: u32, length: u64, take: Taker<'_>) -> io::Result<u64> {
        let sector_bytes = self.sector_bytes();
        let mut buffer = vec![0; to_usize(PIECE.min(length).max(sector_bytes))];
        let mut sector = first;
        // The file is not longer, so a chain that loops ends.
        let mut left = length.min(self.size);
        while left > 0 && sector <= MAX_SECTOR {
            let start = self.position(sector);
            // Sectors that follow each other are read at once.
            let mut run = sector_bytes;
            let mut next = self.next(sector)?;
            while run < left && run.saturating_add(sector_bytes) <= PIECE && next == sector.checked_add(1) {
                sector = sector.saturating_add(1);
                run = run.saturating_add(sector_bytes);
                next = self.next(sector)?;
            }
            let wanted = to_usize(run.min(left));
            let octets = read_full(self.source, start, buffer.get_mut(..wanted).unwrap_or_default())?;
            take(start, octets);
            left = left.saturating_sub(to_u64(octets.len()));
            if octets.len() < wanted {
                // The end of the file.
                self.is_damaged = true;
                break;
            }
            sector = next.unwrap_or_else(|| {
                self.is_damaged |= left > 0;
                END_OF_CHAIN
            });
        }
        // A mark that ends no chain.
        self.is_damaged |= left > 0 && sector > MAX_SECTOR && sector != END_OF_CHAIN;
        Ok(length.saturating_sub(left))
    }

    /// The directory's entry of this number.
    pub(super) fn entry(&self, number: u32) -> Option<Entry<'_>> {
        let start = u64::from(number).saturating_mul(to_u64(Entry::BYTES));
        Span::new(&self.directory, 0).get(to_usize(start), Entry::BYTES).map(Entry::new)
    }

    /// How many entries the directory has, those that are free counted.
    pub(super) fn entry_count(&self) -> u32 {
        u32::try_from(self.directory.len() / Entry::BYTES).unwrap_or(u32::MAX)
    }

    /// Octets of the stream of an entry, as the entry says. Versions with sectors of 512 bytes have 32 bits for it; some programs leave
    /// anything in the others.
    pub(super) fn stream_length(&self, entry: Entry<'_>) -> u64 {
        if self.sector_bytes() == SHORT_SECTOR { entry.size() & u64::from(u32::MAX) } else { entry.size() }
    }

    /// Reads the stream that begins at a sector, as far as it is there, and answers how many octets it was.
    pub(super) fn read_stream(&mut self, start: u32, length: u64, take: Taker<'_>) -> io::Result<u64> {
        let count = if length < MINI_CUTOFF {
            self.read_mini(start, length, take)?
        } else {
            self.read_chain(start, length, take)?
        };
        self.is_damaged |= count < length;
        Ok(count)
    }

    /// Octets of the file as they lie there.
    pub(super) fn piece(&self, offset: u64, length: u64) -> io::Result<Vec<u8>> {
        let mut octets = vec![0; to_usize(length.min(self.size.saturating_sub(offset)))];
        let count = read_full(self.source, offset, &mut octets)?.len();
        octets.truncate(count);
        Ok(octets)
    }

    fn read_mini(&mut self, start: u32, length: u64, take: Taker<'_>) -> io::Result<u64> {
        const BYTES: u64 = 1 << MINI_SHIFT;
        let mini = match self.mini.take() {
            Some(mini) => mini,
            None => self.load_mini()?,
        };
        let mut buffer = [0; 1 << MINI_SHIFT];
        let (mut sector, mut left) = (start, length);
        while left > 0 && sector <= MAX_SECTOR {
            let within = u64::from(sector) << MINI_SHIFT;
            let Some(&holder) = mini.sectors.get(to_usize(within >> self.sector_shift)) else { break };
            let at = self.position(holder).saturating_add(within & self.sector_bytes().saturating_sub(1));
            let wanted = to_usize(BYTES.min(left));
            let octets = read_full(self.source, at, buffer.get_mut(..wanted).unwrap_or_default())?;
            take(at, octets);
            left = left.saturating_sub(to_u64(octets.len()));
            let next = Span::new(&mini.fat, 0).u32_le(to_usize(u64::from(sector).saturating_mul(4)));
            match next {
                Some(next) if octets.len() == wanted => sector = next,
                _ => break,
            }
        }
        self.mini = Some(mini);
        Ok(length.saturating_sub(left))
    }

    /// The mini stream is that of the root; its table of chains has a chain of its own.
    fn load_mini(&mut self) -> io::Result<Mini> {
        let root = self.entry(Entry::ROOT).map(|root| (root.start(), self.stream_length(root)));
        let (first, length) = root.unwrap_or((END_OF_CHAIN, 0));
        let most = to_usize(length.min(self.size).div_ceil(self.sector_bytes()));
        let mut sectors = Vec::new();
        let mut sector = first;
        while sectors.len() < most && sector <= MAX_SECTOR {
            sectors.push(sector);
            sector = self.next(sector)?.unwrap_or(END_OF_CHAIN);
        }
        // Four octets for each 64 of the stream.
        let mut fat = Vec::new();
        let fat_bytes = (to_u64(sectors.len()) << self.sector_shift) >> MINI_SHIFT.saturating_sub(2);
        self.read_chain(self.first_mini_fat, fat_bytes, &mut |_, octets| fat.extend_from_slice(octets))?;
        Ok(Mini { sectors, fat })
    }

    /// Notes that the directory's trees are none.
    pub(super) const fn note_damage(&mut self) {
        self.is_damaged = true;
    }

    /// Whether a chain was met that ends too early, loops or leaves the file, or damage was noted.
    pub(super) const fn is_damaged(&self) -> bool {
        self.is_damaged
    }
}

/// The header's fields that are used.
struct Header {
    sector_shift: u32,
    first_directory: u32,
    first_mini_fat: u32,
    first_difat: u32,
    first_fat: Vec<u32>,
}

impl Header {
    fn read(header: Span<'_>) -> Option<Self> {
        let fat = header.get(76, HEADER_BYTES.saturating_sub(76))?;
        let (numbers, _) = fat.as_bytes().as_chunks::<4>();
        let sector_shift = header.u16_le(30).filter(|shift| SECTOR_SHIFTS.contains(shift))?;
        Some(Self {
            sector_shift: u32::from(sector_shift),
            first_directory: header.u32_le(48)?,
            first_mini_fat: header.u32_le(60)?,
            first_difat: header.u32_le(68)?,
            first_fat: numbers.iter().map(|number| u32::from_le_bytes(*number)).collect(),
        })
    }
}
