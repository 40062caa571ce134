//! Deflated data (RFC 1951) of which somebody else says how long it is.

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags};

/// How reading what is stored in another form ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It is whole.
    Whole,
    /// It is longer than was asked for.
    Limit,
    /// It is damaged, encrypted or compressed by another method; what came before is there.
    Damage,
}

/// What deflated data holds.
#[derive(Debug)]
pub(crate) struct Inflated {
    pub(crate) octets: Vec<u8>,
    /// Octets of the deflated form that were read.
    #[cfg(feature = "archives")]
    pub(crate) consumed: usize,
    pub(crate) ending: Ending,
}

/// Octets made room for at first, and at least so many whenever there are more.
const FIRST: usize = 4 << 10;

/// Inflates up to `most` octets. Memory grows with what there is, whatever it is said to be.
pub(crate) fn inflate(deflated: &[u8], most: usize) -> Inflated {
    let mut state = Box::<DecompressorOxide>::default();
    let mut octets = vec![0; FIRST.max(deflated.len().saturating_mul(2)).min(most)];
    let (mut consumed, mut filled) = (0_usize, 0_usize);
    let ending = loop {
        let rest = deflated.get(consumed..).unwrap_or_default();
        let flags = inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
        let (status, read, written) = decompress(&mut state, rest, &mut octets, filled, flags);
        consumed = consumed.saturating_add(read);
        filled = filled.saturating_add(written);
        match status {
            TINFLStatus::Done => break Ending::Whole,
            TINFLStatus::HasMoreOutput if octets.len() < most => {
                let length = octets.len().saturating_mul(2).max(FIRST).min(most);
                octets.resize(length, 0);
            }
            TINFLStatus::HasMoreOutput => break Ending::Limit,
            _ => break Ending::Damage,
        }
    };
    octets.truncate(filled);
    Inflated {
        octets,
        #[cfg(feature = "archives")]
        consumed,
        ending,
    }
}
