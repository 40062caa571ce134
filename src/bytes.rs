//! [`Span`]: a slice that remembers where in the file it lies, and the only slicing in the crate; octets as text.

use std::fmt;

/// A slice of the file together with the file offset of its first byte.
///
/// Every method that takes a position answers `None` (or an empty span) when the position is not there, so nothing built on a
/// `Span` can panic on a length that a file lies about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span<'a> {
    bytes: &'a [u8],
    offset: u64,
}

impl<'a> Span<'a> {
    pub(crate) const fn new(bytes: &'a [u8], offset: u64) -> Self {
        Self { bytes, offset }
    }

    pub(crate) const fn as_bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// File offset of the first byte.
    pub(crate) const fn offset(self) -> u64 {
        self.offset
    }

    /// File offset of the byte behind the last.
    pub(crate) fn end(self) -> u64 {
        self.offset.saturating_add(to_u64(self.bytes.len()))
    }

    /// This span and `next` in one, where they touch inside `whole`.
    pub(crate) fn joined(self, next: Self, whole: Self) -> Option<Self> {
        if self.end() != next.offset {
            return None;
        }
        let start = to_usize(self.offset.checked_sub(whole.offset)?);
        whole.get(start, self.len().checked_add(next.len())?)
    }

    pub(crate) const fn len(self) -> usize {
        self.bytes.len()
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.bytes.is_empty()
    }

    /// The first `length` bytes and the rest; `None` when there are fewer.
    pub(crate) fn split_at(self, length: usize) -> Option<(Self, Self)> {
        let (head, tail) = self.bytes.split_at_checked(length)?;
        let tail_offset = self.offset.saturating_add(to_u64(length));
        Some((Self::new(head, self.offset), Self::new(tail, tail_offset)))
    }

    /// Everything after the first `length` bytes; empty when there are not that many.
    pub(crate) fn skip(self, length: usize) -> Self {
        let length = length.min(self.bytes.len());
        self.split_at(length).map_or(self, |(_, tail)| tail)
    }

    /// At most the first `length` bytes.
    pub(crate) fn truncate(self, length: usize) -> Self {
        self.split_at(length).map_or(self, |(head, _)| head)
    }

    /// `length` bytes from `start` on; `None` when they are not all there.
    pub(crate) fn get(self, start: usize, length: usize) -> Option<Self> {
        let (_, tail) = self.split_at(start)?;
        tail.split_at(length).map(|(wanted, _)| wanted)
    }

    /// What lies before `tail`, which must be an end of this span.
    pub(crate) fn before(self, tail: Self) -> Self {
        self.truncate(self.len().saturating_sub(tail.len()))
    }

    pub(crate) fn first(self) -> Option<u8> {
        self.bytes.first().copied()
    }

    pub(crate) fn u16_le(self, start: usize) -> Option<u16> {
        let bytes = self.get(start, 2)?.bytes;
        bytes.try_into().ok().map(u16::from_le_bytes)
    }

    pub(crate) fn u32_le(self, start: usize) -> Option<u32> {
        let bytes = self.get(start, 4)?.bytes;
        bytes.try_into().ok().map(u32::from_le_bytes)
    }

    #[cfg(feature = "msix")]
    pub(crate) fn u64_le(self, start: usize) -> Option<u64> {
        let bytes = self.get(start, 8)?.bytes;
        bytes.try_into().ok().map(u64::from_le_bytes)
    }
}

impl fmt::Debug for Span<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Span({:#x}+{:#x})", self.offset, self.bytes.len())
    }
}

/// A length in memory as a length in a file: never loses anything, because no platform has wider addresses than 64 bits.
pub(crate) fn to_u64(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// A length in a file as a length in memory; the longest possible one where the platform cannot hold it, which no slice has.
pub(crate) fn to_usize(length: u64) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}

/// Octets in hex, lower case, written in one piece.
pub(crate) fn hex_text(octets: &[u8]) -> String {
    let mut text = vec![0; octets.len().saturating_mul(2)];
    // There is room for two digits an octet, which are ASCII.
    let _ = hex::encode_to_slice(octets, &mut text);
    String::from_utf8(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_that_are_not_there_are_none() {
        let span = Span::new(&[1, 2, 3], 100);
        assert_eq!(span.get(1, 2).map(|s| (s.as_bytes(), s.offset())), Some((&[2u8, 3][..], 101)));
        assert_eq!(span.get(2, 2), None);
        assert_eq!(span.get(usize::MAX, usize::MAX), None);
        assert_eq!(span.u32_le(0), None);
        assert_eq!(span.u16_le(1), Some(0x0302));
        assert_eq!(span.skip(9).len(), 0);
        assert_eq!(span.skip(9).offset(), 103);
    }
}
