//! DER as a tree that can be changed and written again.

use super::der::{split, tlv};

/// The bit of the tag that says "constructed".
const CONSTRUCTED: u8 = 0x20;

/// One value: its octets, or its members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Tree {
    Primitive(u8, Vec<u8>),
    Constructed(u8, Vec<Self>),
    /// Octets that are written as they are, and need not be a value.
    Raw(Vec<u8>),
}

impl Tree {
    /// Reads the one definite value at the start of `der`; `None` where its parts do not fill it.
    pub(crate) fn read(der: &[u8]) -> Option<Self> {
        /// Levels that are taken apart: down to the attributes of a SignerInfo and the certificates of a set.
        const LEVELS: usize = 7;
        Self::read_levels(der, LEVELS)
    }

    fn read_levels(der: &[u8], levels: usize) -> Option<Self> {
        if !is_definite(der) {
            return None;
        }
        let (tag, content, _) = split(der);
        let Some(below) = levels.checked_sub(1).filter(|_| tag & CONSTRUCTED != 0) else {
            return Some(Self::Primitive(tag, content.to_vec()));
        };
        let mut members = Vec::new();
        let mut rest = content;
        while !rest.is_empty() {
            members.push(Self::read_levels(rest, below)?);
            (_, _, rest) = split(rest);
        }
        Some(Self::Constructed(tag, members))
    }

    pub(crate) fn write(&self) -> Vec<u8> {
        match self {
            Self::Primitive(tag, content) => tlv(*tag, content),
            Self::Constructed(tag, members) => tlv(*tag, members.iter().flat_map(Self::write).collect::<Vec<u8>>()),
            Self::Raw(octets) => octets.clone(),
        }
    }

    pub(crate) fn members(&mut self) -> &mut Vec<Self> {
        let members = match self {
            Self::Constructed(_, members) => Some(members),
            _ => None,
        };
        members.unwrap()
    }

    pub(crate) const fn tag(&self) -> Option<u8> {
        match self {
            Self::Primitive(tag, _) | Self::Constructed(tag, _) => Some(*tag),
            Self::Raw(_) => None,
        }
    }
}

/// Whether a value of definite length is all there.
fn is_definite(der: &[u8]) -> bool {
    let (Some(tag), Some(first)) = (der.first(), der.get(1)) else { return false };
    if tag & 0x1f == 0x1f || *first == 0x80 || *first > 0x84 {
        return false;
    }
    let octets = if *first < 0x80 { 0 } else { usize::from(first & 0x7f) };
    let Some(length) = der.get(2..).and_then(|rest| rest.get(..octets)) else { return false };
    let length = if octets == 0 {
        usize::from(*first)
    } else {
        length.iter().fold(0_usize, |length, &octet| (length << 8) | usize::from(octet))
    };
    der.len().checked_sub(2).and_then(|rest| rest.checked_sub(octets)).is_some_and(|rest| rest >= length)
}
