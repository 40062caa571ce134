//! A real PE image taken apart at its certificate table, so that what no signature covers can be changed.

use super::der;
use super::pe::raw_entry;
use super::tree::Tree;

/// The parts of an image.
#[derive(Debug, Clone)]
pub(crate) struct RealPe {
    /// Everything before the table.
    head: Vec<u8>,
    /// Where in the head the table's size stands.
    size_position: usize,
    pub(crate) entries: Vec<Entry>,
    /// Bytes after the last entry, inside the table.
    pub(crate) after_entries: Vec<u8>,
    /// Bytes behind the table.
    pub(crate) behind: Vec<u8>,
}

/// A WIN_CERTIFICATE with a message.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    revision: u16,
    kind: u16,
    pub(crate) message: Tree,
    /// What follows the message in the entry.
    pub(crate) trailer: Vec<u8>,
}

impl RealPe {
    /// `None` for what is no image with a table of messages in DER.
    pub(crate) fn read(file: &[u8]) -> Option<Self> {
        let position = usize::try_from(u32_at(file, 0x3c)?).ok()?;
        if !file.starts_with(b"MZ") || file.get(position..)?.get(..4)? != b"PE\0\0" {
            return None;
        }
        let optional = position.checked_add(24)?;
        let magic = u16::from_le_bytes(file.get(optional..)?.get(..2)?.try_into().ok()?);
        let directory = optional.checked_add(if magic == 0x020b { 144 } else { 128 })?;
        let offset = usize::try_from(u32_at(file, directory)?).ok()?;
        let size = usize::try_from(u32_at(file, directory.checked_add(4)?)?).ok()?;
        let table = file.get(offset..)?.get(..size)?;
        let mut entries = Vec::new();
        let mut rest = table;
        while rest.len() >= 8 {
            let length = usize::try_from(u32_at(rest, 0)?).ok()?;
            let body = rest.get(8..length)?;
            let message = Tree::read(body)?;
            let trailer = body.get(message.write().len()..)?.to_vec();
            let field = |at: usize| Some(u16::from_le_bytes(rest.get(at..)?.get(..2)?.try_into().ok()?));
            entries.push(Entry { revision: field(4)?, kind: field(6)?, message, trailer });
            rest = rest.get(length.next_multiple_of(8)..).unwrap_or_default();
        }
        let behind = file.get(offset.checked_add(size)?..)?.to_vec();
        let head = file.get(..offset)?.to_vec();
        let size_position = directory.checked_add(4)?;
        (!entries.is_empty()).then_some(Self { head, size_position, entries, after_entries: Vec::new(), behind })
    }

    pub(crate) fn write(&self) -> Vec<u8> {
        let mut table: Vec<u8> = self.entries.iter().flat_map(Entry::write).collect();
        table.extend(&self.after_entries);
        let size = u32::try_from(table.len()).unwrap().to_le_bytes();
        let mut file = self.head.clone();
        file.splice(self.size_position..self.size_position.saturating_add(4), size);
        file.extend(table);
        file.extend(&self.behind);
        file
    }
}

impl Entry {
    pub(crate) fn write(&self) -> Vec<u8> {
        let body = der::joined([self.message.write(), self.trailer.clone()]);
        let length = u32::try_from(body.len()).unwrap().checked_add(8).unwrap();
        let mut entry = raw_entry(length, self.revision, self.kind, body);
        entry.resize(entry.len().next_multiple_of(8), 0);
        entry
    }

    /// The members of the SignedData.
    fn signed_data(&mut self) -> &mut Vec<Tree> {
        let explicit = self.message.members().get_mut(1).unwrap();
        explicit.members().first_mut().unwrap().members()
    }

    /// The certificates, in stored order.
    pub(crate) fn certificates(&mut self) -> Option<&mut Vec<Tree>> {
        self.signed_data().iter_mut().find(|part| part.tag() == Some(0xa0)).map(Tree::members)
    }

    /// Puts revocation lists in front of the SignerInfos, in place of those that may be there.
    pub(crate) fn set_crls(&mut self, crls: Tree) {
        let parts = self.signed_data();
        parts.retain(|part| part.tag() != Some(0xa1));
        let last = parts.len().saturating_sub(1);
        parts.insert(last, Tree::Constructed(0xa1, vec![crls]));
    }

    /// The unauthenticated attributes of the first SignerInfo, which gets an empty list where it has none.
    pub(crate) fn unsigned_attributes(&mut self) -> Option<&mut Vec<Tree>> {
        let info = self.signed_data().last_mut()?.members().first_mut()?.members();
        if info.last().and_then(Tree::tag) != Some(0xa1) {
            info.push(Tree::Constructed(0xa1, Vec::new()));
        }
        info.last_mut().map(Tree::members)
    }
}

fn u32_at(bytes: &[u8], position: usize) -> Option<u32> {
    bytes.get(position..)?.get(..4)?.try_into().ok().map(u32::from_le_bytes)
}
