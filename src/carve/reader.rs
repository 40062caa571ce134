//! [`CarveReader`]: certificates in what does not fit into memory, through a window that moves over it.

use std::collections::VecDeque;
use std::io::{self, Read};

use super::start::BOUNDARY_HEAD;
use super::{CarveLimits, CarvedCertificate, Carver};
use crate::bytes::to_u64;

/// Finds the certificates in all that `reader` gives, as [`carve`](super::carve) does in a slice, in bounded memory: some four times what the
/// limits allow to one thing, 4 MiB by default. Offsets count from where the reader is at first.
///
/// After an error there is nothing more.
///
/// ```
/// use certsift::{CarveLimits, carve_reader};
///
/// let dump = std::fs::File::open("tests/fixtures/seed_root_first.exe")?;
/// let carved = carve_reader(dump, CarveLimits::default()).collect::<std::io::Result<Vec<_>>>()?;
/// assert_eq!(carved.len(), 2);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn carve_reader<R: Read>(reader: R, limits: CarveLimits) -> CarveReader<R> {
    let ahead = limits.max_certificate_bytes.max(limits.max_block_bytes);
    CarveReader {
        reader,
        carver: Carver::new(limits),
        ahead,
        window: Vec::new(),
        base: 0,
        at: 0,
        is_at_end: false,
        waiting: VecDeque::new(),
    }
}

/// The certificates in what a reader gives: what [`carve_reader`] answers.
#[derive(Debug)]
pub struct CarveReader<R> {
    reader: R,
    carver: Carver,
    /// Bytes that must lie behind a beginning, so that whatever begins there is in the window whole.
    ahead: usize,
    window: Vec<u8>,
    /// Where the window begins.
    base: u64,
    /// Where the search goes on, in the window.
    at: usize,
    /// Whether nothing lies behind the window, or nothing more is wanted.
    is_at_end: bool,
    waiting: VecDeque<CarvedCertificate<'static>>,
}

impl<R: Read> Iterator for CarveReader<R> {
    type Item = io::Result<CarvedCertificate<'static>>;

    fn next(&mut self) -> Option<io::Result<CarvedCertificate<'static>>> {
        loop {
            if let Some(waiting) = self.waiting.pop_front() {
                return Some(Ok(waiting));
            }
            let until = if self.is_at_end { self.window.len() } else { self.window.len().saturating_sub(self.ahead) };
            if let Some(found) = self.carver.next(&self.window, &mut self.at, until) {
                if let Some(certificate) = found.unpack(self.base, &mut self.waiting) {
                    return Some(Ok(certificate.into_owned()));
                }
            } else if self.is_at_end {
                return None;
            } else if let Err(error) = self.advance() {
                self.is_at_end = true;
                self.window.clear();
                return Some(Err(error));
            }
        }
    }
}

impl<R: Read> CarveReader<R> {
    /// The window, in parts of what must lie behind a beginning: one part in this many is searched by the next window, too.
    const PARTS: usize = 4;

    /// Moves the window to where the search goes on, and fills it.
    fn advance(&mut self) -> io::Result<()> {
        let passed = self.at.saturating_sub(BOUNDARY_HEAD).min(self.window.len());
        self.window.drain(..passed);
        self.base = self.base.saturating_add(to_u64(passed));
        self.at = self.at.saturating_sub(passed);
        // Larger than what must lie behind, whatever the limits are.
        let most = self.ahead.saturating_mul(Self::PARTS).max(1 << 16);
        let wanted = to_u64(most.saturating_sub(self.window.len()));
        let read = self.reader.by_ref().take(wanted).read_to_end(&mut self.window)?;
        self.is_at_end = to_u64(read) < wanted;
        Ok(())
    }
}
