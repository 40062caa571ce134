//! [`PageWalk`]: the pages of an image one after the other, each hashed once, against every table that claims their digests.

use std::io;
use std::slice;

use crate::asn1::oid;
use crate::cms::spc::PageHashes;
use crate::container::pe_pages::{Page, PageLayout, Pages};
use crate::container::source::{ReadAt, read_pieces};
use crate::digest::{HashAlgorithm, Hashes};

/// One layout of an image on its way past the tables.
#[derive(Debug)]
pub(super) struct PageWalk<'l, 't> {
    layout: &'l PageLayout,
    pages: Pages<'l>,
    /// The page that is being hashed.
    page: Option<Page>,
    /// How many are hashed.
    index: usize,
    /// Those in whose algorithm some table still holds.
    open: Vec<OpenTables<'t>>,
    outcomes: Vec<Outcome>,
}

/// The tables in one algorithm that were right so far.
#[derive(Debug)]
struct OpenTables<'t> {
    hashes: Hashes,
    /// Each with its place in the list of all.
    tables: Vec<(usize, PageHashes<'t>)>,
}

/// How a table compares with one layout.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outcome {
    /// The table's place in the list of all.
    pub(super) table: usize,
    /// Bytes of a page by the layout.
    pub(super) page_size: u64,
    /// How many entries are right before the first that is not.
    pub(super) right: usize,
    /// File offset of the first page that is another one, missing, or too many.
    pub(super) first_wrong: Option<u64>,
}

/// The algorithm of a table's digests; `None` for a kind that is unknown.
fn algorithm_of(table: &PageHashes<'_>) -> Option<HashAlgorithm> {
    match table.kind() {
        oid::PAGE_HASHES_V1 => Some(HashAlgorithm::Sha1),
        oid::PAGE_HASHES_V2 => Some(HashAlgorithm::Sha256),
        _ => None,
    }
}

impl<'l, 't> PageWalk<'l, 't> {
    pub(super) fn new(layout: &'l PageLayout, tables: &[PageHashes<'t>]) -> Self {
        let mut open = Vec::new();
        for algorithm in [HashAlgorithm::Sha1, HashAlgorithm::Sha256] {
            let tables = tables.iter().copied().enumerate();
            let tables: Vec<_> = tables.filter(|(_, table)| algorithm_of(table) == Some(algorithm)).collect();
            if !tables.is_empty() {
                open.push(OpenTables { hashes: Hashes::new(&[algorithm]), tables });
            }
        }
        let mut pages = layout.pages();
        let page = pages.next();
        Self { layout, pages, page, index: 0, open, outcomes: Vec::new() }
    }

    /// Takes a piece of the file. Right where the layout [ascends](PageLayout::is_ascending), and the pieces come in the order of the
    /// file.
    pub(super) fn take(&mut self, offset: u64, piece: &[u8]) {
        let end = offset.saturating_add(crate::bytes::to_u64(piece.len()));
        while let Some(page) = &self.page
            && !self.open.is_empty()
        {
            let ranges = if self.index == 0 { self.layout.headers() } else { slice::from_ref(&page.bytes) };
            for open in &mut self.open {
                open.hashes.update_within(offset, piece, ranges);
            }
            if page.bytes.end > end {
                return;
            }
            self.end_page();
        }
    }

    /// Reads every page for itself.
    pub(super) fn read(&mut self, source: &(impl ReadAt + ?Sized), buffer: &mut [u8]) -> io::Result<()> {
        while let Some(page) = &self.page
            && !self.open.is_empty()
        {
            let ranges = if self.index == 0 { self.layout.headers() } else { slice::from_ref(&page.bytes) };
            let open = &mut self.open;
            read_pieces(source, ranges, buffer, |_, piece| {
                open.iter_mut().for_each(|open| open.hashes.update(piece));
            })?;
            self.end_page();
        }
        Ok(())
    }

    /// Compares the page that was hashed, and goes on to the next.
    fn end_page(&mut self) {
        let Some(page) = self.page.take() else { return };
        let (index, outcomes, page_size) = (self.index, &mut self.outcomes, self.layout.page_size());
        self.open.retain_mut(|open| {
            open.hashes.update_zeros(page.zeros);
            let tables = &mut open.tables;
            open.hashes.take_digests(|digest| {
                tables.retain(|&(table, hashes)| {
                    let claimed = hashes.page(index);
                    let is_right = claimed.is_some_and(|claimed| {
                        u64::from(claimed.offset) == page.bytes.start && claimed.digest == digest
                    });
                    if !is_right {
                        let first_wrong = Some(page.bytes.start);
                        outcomes.push(Outcome { table, page_size, right: index, first_wrong });
                    }
                    is_right
                });
            });
            !open.tables.is_empty()
        });
        self.index = self.index.saturating_add(1);
        self.page = self.pages.next();
    }

    /// How every table compares, in no order. Those of unknown kinds are left out.
    pub(super) fn finish(mut self) -> Vec<Outcome> {
        // A file that was cut while it was read has not the bytes of these.
        while self.page.is_some() && !self.open.is_empty() {
            self.end_page();
        }
        let page_size = self.layout.page_size();
        for (table, hashes) in self.open.into_iter().flat_map(|open| open.tables) {
            let first_wrong = wrong_end(&hashes, self.index, self.layout.end());
            self.outcomes.push(Outcome { table, page_size, right: self.index, first_wrong });
        }
        self.outcomes
    }
}

/// Where a table goes wrong whose first `count` entries are right, and whose last one should say `end` and be all.
fn wrong_end(table: &PageHashes<'_>, count: usize, end: u64) -> Option<u64> {
    let is_end = table.page(count).is_some_and(|last| u64::from(last.offset) == end && PageHashes::is_end(last));
    if !is_end {
        return Some(end);
    }
    match table.page(count.saturating_add(1)) {
        Some(beyond) => Some(beyond.offset.into()),
        None if table.count().1 => Some(end),
        None => None,
    }
}
