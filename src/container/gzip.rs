//! gzip (RFC 1952): one file, compressed, in one member or several behind each other.

#[cfg(feature = "archives")]
use super::archive::Member;
#[cfg(feature = "archives")]
use super::inflate::{Ending, Inflated, inflate};
#[cfg(feature = "archives")]
use crate::bytes::{Span, to_u64};
#[cfg(feature = "archives")]
use crate::error::Structure;

/// What every member begins with: the magic, and the one method there is.
const MAGIC: &[u8] = &[0x1f, 0x8b, 8];
/// Bytes of a header without what may follow (2.3.1).
const HEADER_BYTES: usize = 10;
/// Bytes behind the compressed data: CRC-32 and length.
#[cfg(feature = "archives")]
const TRAILER_BYTES: usize = 8;
/// The flags (2.3.1).
#[cfg(feature = "archives")]
const HEADER_CRC: u8 = 1 << 1;
#[cfg(feature = "archives")]
const EXTRA: u8 = 1 << 2;
#[cfg(feature = "archives")]
const NAME: u8 = 1 << 3;
#[cfg(feature = "archives")]
const COMMENT: u8 = 1 << 4;
const RESERVED: u8 = 0xe0;

pub(super) fn is_gzip(head: &[u8]) -> bool {
    head.len() > HEADER_BYTES && head.starts_with(MAGIC) && head.get(3).is_some_and(|flags| flags & RESERVED == 0)
}

#[cfg(feature = "archives")]
/// The file that is in the members, up to `most` bytes. What is no member behind the last one is padding.
pub(super) fn read(bytes: &[u8], most: usize) -> Member {
    let mut member = Member {
        name: Vec::new(),
        octets: Vec::new(),
        offset: 0,
        ending: Ending::Whole,
        is_sealed: false,
        structure: Structure::File,
        cost: to_u64(bytes.len()),
    };
    let mut rest = Span::new(bytes, 0);
    while is_gzip(rest.as_bytes()) {
        let Some((name, data)) = read_header(rest) else {
            member.ending = Ending::Damage;
            break;
        };
        if member.name.is_empty() {
            member.name = name.to_vec();
        }
        let left = most.saturating_sub(member.octets.len());
        let Inflated { octets, consumed, ending } = inflate(data.as_bytes(), left);
        member.octets.extend(octets);
        member.ending = ending;
        if ending != Ending::Whole {
            break;
        }
        rest = data.skip(consumed).skip(TRAILER_BYTES);
    }
    member.cost = member.cost.max(to_u64(member.octets.len()));
    member
}

#[cfg(feature = "archives")]
/// The name in a member's header, and what follows the header.
fn read_header(member: Span<'_>) -> Option<(&[u8], Span<'_>)> {
    let flags = *member.as_bytes().get(3)?;
    let mut rest = member.skip(HEADER_BYTES);
    if flags & EXTRA != 0 {
        rest = rest.skip(2).skip(rest.u16_le(0)?.into());
    }
    let mut name: &[u8] = &[];
    for (flag, is_name) in [(NAME, true), (COMMENT, false)] {
        if flags & flag != 0 {
            let length = memchr::memchr(0, rest.as_bytes())?;
            if is_name {
                name = rest.truncate(length).as_bytes();
            }
            rest = rest.skip(length).skip(1);
        }
    }
    if flags & HEADER_CRC != 0 {
        rest = rest.skip(2);
    }
    Some((name, rest))
}
