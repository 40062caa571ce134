//! A writer of compound files ([MS-CFB]), right ones and others.

/// Marks in a table of sectors.
pub(crate) const FREE: u32 = 0xffff_ffff;
pub(crate) const END: u32 = 0xffff_fffe;
/// Streams that are shorter lie in the mini stream.
const CUTOFF: usize = 4096;
/// The class of installer packages.
pub(crate) const INSTALLER: [u8; 16] = [0x84, 0x10, 0x0c, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46];

/// What a storage has.
#[derive(Debug, Clone)]
pub(crate) enum Node {
    Stream(String, Vec<u8>),
    Storage(String, [u8; 16], Vec<Self>),
}

pub(crate) fn stream(name: &str, content: impl AsRef<[u8]>) -> Node {
    Node::Stream(name.to_owned(), content.as_ref().to_vec())
}

pub(crate) fn storage(name: &str, members: impl Into<Vec<Node>>) -> Node {
    Node::Storage(name.to_owned(), [7; 16], members.into())
}

impl Node {
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Stream(name, _) | Self::Storage(name, ..) => name,
        }
    }
}

/// A compound file, and where its parts are.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    pub(crate) bytes: Vec<u8>,
    /// File offset of the table of sectors, and of the directory.
    pub(crate) fat: usize,
    pub(crate) directory: usize,
    /// The number of the directory's first sector.
    pub(crate) directory_sector: u32,
    sector: usize,
    /// The names of the entries, in the order of the directory.
    names: Vec<String>,
}

impl Written {
    /// File offset of the entry of this name.
    pub(crate) fn entry(&self, name: &str) -> usize {
        self.directory + self.names.iter().position(|own| own == name).unwrap() * 128
    }

    /// File offset of a sector.
    pub(crate) fn position(&self, sector: u32) -> usize {
        (usize::try_from(sector).unwrap() + 1) * self.sector
    }

    /// The first sector of the stream of an entry.
    pub(crate) fn start(&self, name: &str) -> u32 {
        let at = self.entry(name) + 116;
        u32::from_le_bytes(self.bytes[at..at + 4].try_into().unwrap())
    }

    /// The same file with a number of 32 bits at this place.
    pub(crate) fn with(mut self, at: usize, number: u32) -> Self {
        self.bytes[at..at + 4].copy_from_slice(&number.to_le_bytes());
        self
    }

    /// The same file in which a sector has another one behind it.
    pub(crate) fn chained(self, sector: u32, next: u32) -> Self {
        let at = self.fat + usize::try_from(sector).unwrap() * 4;
        self.with(at, next)
    }
}

struct Writer {
    sector: usize,
    sectors: Vec<Vec<u8>>,
    fat: Vec<u32>,
    mini: Vec<u8>,
    mini_fat: Vec<u32>,
    entries: Vec<Vec<u8>>,
    names: Vec<String>,
    /// Whether the sectors of each chain are stored backwards.
    is_backwards: bool,
}

/// A file whose root has these members.
pub(crate) fn compound(members: &[Node]) -> Written {
    write(members, INSTALLER, 512, false)
}

/// The same of another class, with sectors of another size, or with its chains backwards.
pub(crate) fn write(members: &[Node], class: [u8; 16], sector: usize, is_backwards: bool) -> Written {
    let mut writer = Writer {
        sector,
        sectors: Vec::new(),
        fat: Vec::new(),
        mini: Vec::new(),
        mini_fat: Vec::new(),
        entries: vec![Vec::new()],
        names: vec!["Root Entry".to_owned()],
        is_backwards,
    };
    let child = writer.members(members);
    let mini = std::mem::take(&mut writer.mini);
    let start = writer.chain(&mini);
    writer.entries[0] = entry("Root Entry", 5, child, start, mini.len(), class, FREE);
    writer.finish()
}

impl Writer {
    fn chain(&mut self, data: &[u8]) -> u32 {
        if data.is_empty() {
            return END;
        }
        let count = u32::try_from(data.len().div_ceil(self.sector)).unwrap();
        let first = u32::try_from(self.sectors.len()).unwrap();
        let mut pieces: Vec<Vec<u8>> = data.chunks(self.sector).map(<[u8]>::to_vec).collect();
        pieces.iter_mut().for_each(|piece| piece.resize(self.sector, 0));
        let last = first + count - 1;
        if self.is_backwards {
            pieces.reverse();
            self.fat.extend([END].into_iter().chain(first..last));
        } else {
            self.fat.extend((first + 1..=last).chain([END]));
        }
        self.sectors.extend(pieces);
        if self.is_backwards { last } else { first }
    }

    fn stream(&mut self, data: &[u8]) -> u32 {
        if data.len() >= CUTOFF || data.is_empty() {
            return self.chain(data);
        }
        let first = u32::try_from(self.mini.len() / 64).unwrap();
        self.mini.extend(data);
        self.mini.resize(self.mini.len().next_multiple_of(64), 0);
        let end = u32::try_from(self.mini.len() / 64).unwrap();
        self.mini_fat.extend((first + 1..end).chain([END]));
        first
    }

    /// Stores the members of a storage, whose tree has right siblings only; the number of its top.
    fn members(&mut self, members: &[Node]) -> u32 {
        let first = u32::try_from(self.entries.len()).unwrap();
        let end = first + u32::try_from(members.len()).unwrap();
        self.entries.extend(members.iter().map(|_| Vec::new()));
        self.names.extend(members.iter().map(|node| node.name().to_owned()));
        for (number, node) in (first..).zip(members) {
            let next = if number + 1 < end { number + 1 } else { FREE };
            let written = match node {
                Node::Stream(name, content) => {
                    let start = self.stream(content);
                    entry(name, 2, FREE, start, content.len(), [0; 16], next)
                }
                Node::Storage(name, class, inner) => {
                    let child = self.members(inner);
                    entry(name, 1, child, 0, 0, *class, next)
                }
            };
            self.entries[usize::try_from(number).unwrap()] = written;
        }
        if members.is_empty() { FREE } else { first }
    }

    fn finish(mut self) -> Written {
        let octets = |numbers: &[u32]| numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>();
        let mini_fat = octets(&self.mini_fat);
        let first_mini_fat = self.chain(&mini_fat);
        let directory = self.entries.concat();
        let first_directory = self.chain(&directory);
        // The table has room for itself.
        let numbers = self.sector / 4;
        let mut tables = 1;
        while self.fat.len() + tables > tables * numbers {
            tables += 1;
        }
        let first_fat = u32::try_from(self.sectors.len()).unwrap();
        let mut fat = self.fat.clone();
        fat.resize(fat.len() + tables, 0xffff_fffd);
        fat.resize(tables * numbers, FREE);
        assert!(tables <= 109, "no more fit into the header");
        let places: Vec<u32> = (first_fat..).take(tables).chain(std::iter::repeat(FREE)).take(109).collect();

        let shift = if self.sector == 512 { 9_u16 } else { 12 };
        let mut bytes = vec![0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
        bytes.resize(24, 0);
        for number in [0x3e, if shift == 9 { 3 } else { 4 }, 0xfffe, shift, 6, 0, 0, 0_u16] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(octets(&[0, 1, first_directory, 0, 4096, first_mini_fat, 1, END, 0]));
        bytes.extend(octets(&places));
        bytes.resize(self.sector, 0);
        bytes.extend(self.sectors.concat());
        bytes.extend(octets(&fat));
        let position = |sector: u32| (usize::try_from(sector).unwrap() + 1) * self.sector;
        Written {
            bytes,
            fat: position(first_fat),
            directory: position(first_directory),
            directory_sector: first_directory,
            sector: self.sector,
            names: self.names,
        }
    }
}

fn entry(name: &str, kind: u8, child: u32, start: u32, size: usize, class: [u8; 16], next: u32) -> Vec<u8> {
    let mut octets: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let length = u16::try_from(octets.len() + 2).unwrap();
    octets.resize(64, 0);
    octets.extend(length.to_le_bytes());
    octets.extend([kind, 1]);
    for number in [FREE, next, child] {
        octets.extend(number.to_le_bytes());
    }
    octets.extend(class);
    // State bits; when it was created and changed.
    octets.extend([9, 0, 0, 0]);
    octets.extend([1; 8]);
    octets.extend([2; 8]);
    octets.extend(start.to_le_bytes());
    octets.extend(u64::try_from(size).unwrap().to_le_bytes());
    octets
}
