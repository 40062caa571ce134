//! A writer of PE images: headers of [`TABLE`] bytes, zeros as far as the certificate table, the table.

/// Where the certificate table starts in every image that does not say otherwise.
pub(crate) const TABLE: u64 = 0x200;
/// Where the optional header starts.
pub(crate) const OPTIONAL: usize = 0x40 + 24;

/// The parts of an image.
#[derive(Debug, Clone)]
pub(crate) struct Pe {
    /// PE32+ rather than PE32.
    pub(crate) wide: bool,
    /// What stands at [`table_offset`](Self::table_offset), and behind it.
    pub(crate) table: Vec<u8>,
    /// File offset at which `table` is written.
    pub(crate) table_offset: u64,
    /// What the security directory says, where that is not the truth.
    pub(crate) directory: Option<(u32, u32)>,
    /// NumberOfRvaAndSizes.
    pub(crate) directory_count: u32,
    /// The optional header's magic, where it is not the right one.
    pub(crate) magic: Option<u16>,
    /// SizeOfOptionalHeader, where it is not the right one.
    pub(crate) size_of_optional_header: Option<u16>,
    /// Behind the table.
    pub(crate) behind: Vec<u8>,
    /// PointerToRawData and SizeOfRawData of each section.
    pub(crate) sections: Vec<(u32, u32)>,
    pub(crate) size_of_headers: u32,
}

/// A PE32+ image with this certificate table.
pub(crate) fn image(table: impl Into<Vec<u8>>) -> Pe {
    Pe {
        wide: true,
        table: table.into(),
        table_offset: TABLE,
        directory: None,
        directory_count: 16,
        magic: None,
        size_of_optional_header: None,
        behind: Vec::new(),
        sections: Vec::new(),
        size_of_headers: 0x200,
    }
}

/// A PE32+ image with one WIN_CERTIFICATE around `message`.
pub(crate) fn signed(message: impl AsRef<[u8]>) -> Vec<u8> {
    image(entry(message)).bytes()
}

/// A WIN_CERTIFICATE of revision 2 and type 2, zeros up to a multiple of 8 counted in its dwLength, as signers write it.
pub(crate) fn entry(body: impl AsRef<[u8]>) -> Vec<u8> {
    let mut body = body.as_ref().to_vec();
    body.resize(body.len().next_multiple_of(8), 0);
    let length = u32::try_from(body.len()).unwrap().checked_add(8).unwrap();
    raw_entry(length, 0x0200, 2, body)
}

/// A WIN_CERTIFICATE whose fields need not be true.
pub(crate) fn raw_entry(length: u32, revision: u16, kind: u16, body: impl AsRef<[u8]>) -> Vec<u8> {
    let mut out = length.to_le_bytes().to_vec();
    out.extend(revision.to_le_bytes());
    out.extend(kind.to_le_bytes());
    out.extend_from_slice(body.as_ref());
    out
}

impl Pe {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        // Magic, SizeOfOptionalHeader, and where NumberOfRvaAndSizes and the security directory, the fifth, lie.
        let (magic, size, count, security) = if self.wide {
            (0x020b, 240, OPTIONAL + 108, OPTIONAL + 144)
        } else {
            (0x010b, 224, OPTIONAL + 92, OPTIONAL + 128)
        };
        let table_length = u32::try_from(self.table.len()).unwrap();
        let truth = (u32::try_from(self.table_offset).unwrap(), table_length);
        let (offset, length) = self.directory.unwrap_or(truth);
        let mut out = vec![0; usize::try_from(self.table_offset).unwrap()];
        let machine: u16 = if self.wide { 0x8664 } else { 0x014c };
        let fields: [(usize, Vec<u8>); 9] = [
            (0, b"MZ".to_vec()),
            (0x3c, 0x40_u32.to_le_bytes().to_vec()),
            (0x40, [b"PE\0\0", machine.to_le_bytes().as_slice()].concat()),
            (0x40 + 20, self.size_of_optional_header.unwrap_or(size).to_le_bytes().to_vec()),
            (OPTIONAL, self.magic.unwrap_or(magic).to_le_bytes().to_vec()),
            (0x40 + 6, u16::try_from(self.sections.len()).unwrap().to_le_bytes().to_vec()),
            (OPTIONAL + 60, self.size_of_headers.to_le_bytes().to_vec()),
            (count, self.directory_count.to_le_bytes().to_vec()),
            (security, [offset.to_le_bytes(), length.to_le_bytes()].concat()),
        ];
        let mut headers = Vec::new();
        for (start, length) in &self.sections {
            headers.extend([0; 16]);
            headers.extend([length.to_le_bytes(), start.to_le_bytes()].concat());
            headers.extend([0; 16]);
        }
        let section_table = (OPTIONAL.saturating_add(size.into()), headers);
        for (position, field) in fields.into_iter().chain([section_table]) {
            let end = position.saturating_add(field.len());
            out.resize(out.len().max(end), 0);
            out.splice(position..end, field);
        }
        out.extend_from_slice(&self.table);
        out.extend_from_slice(&self.behind);
        out
    }
}
