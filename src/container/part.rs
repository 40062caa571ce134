//! [`Parts`]: messages and certificates that a file stores in another form than their own: as text, compressed, in scattered pieces.

use std::ops::Range;

use crate::bytes::{Span, to_u64};

/// What a part of a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PartKind {
    /// A CMS message.
    Message,
    /// A certificate, and perhaps what a tool keeps beside it: nothing signs it here.
    Certificate,
    /// A certificate that a signature in XML has to tell whose key it is by, or one of that one's issuers.
    KeyInfo {
        /// Whether it is the first of its signature, where signers put their own.
        is_first: bool,
    },
}

/// The parts of one file, in the order of the file. The value can be used for one file after the other.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    octets: Vec<u8>,
    list: Vec<Part>,
    /// Octets that the file says it has, and has not.
    missing: u64,
}

#[derive(Debug)]
struct Part {
    kind: PartKind,
    range: Range<usize>,
    offset: u64,
}

impl Parts {
    pub(crate) const fn new() -> Self {
        Self { octets: Vec::new(), list: Vec::new(), missing: 0 }
    }

    pub(crate) fn clear(&mut self) {
        self.octets.clear();
        self.list.clear();
        self.missing = 0;
    }

    pub(crate) const fn len(&self) -> usize {
        self.list.len()
    }

    /// Adds a part whose stored form begins at a file offset. Offsets inside count from there; where the parts before are longer than their
    /// stored forms, from behind them: no two octets have the same offset.
    pub(crate) fn push(&mut self, kind: PartKind, offset: u64, octets: &[u8]) {
        let end = self.list.last().map_or(0, |last| last.offset.saturating_add(to_u64(last.range.len())));
        let start = self.octets.len();
        self.octets.extend_from_slice(octets);
        self.list.push(Part { kind, range: start..self.octets.len(), offset: offset.max(end) });
    }

    /// The octets of the last part.
    pub(crate) fn last(&self) -> Option<&[u8]> {
        self.list.last().and_then(|part| self.octets.get(part.range.clone()))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (PartKind, Span<'_>)> {
        self.list.iter().map(|part| {
            let octets = self.octets.get(part.range.clone()).unwrap_or_default();
            (part.kind, Span::new(octets, part.offset))
        })
    }

    /// Notes that so many octets of a part are missing.
    pub(crate) const fn miss(&mut self, octets: u64) {
        self.missing = self.missing.saturating_add(octets);
    }

    /// Octets of all parts together, those that are missing counted.
    pub(crate) fn length(&self) -> u64 {
        to_u64(self.octets.len()).saturating_add(self.missing)
    }
}
