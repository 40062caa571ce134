//! [`KeyMap`]: a hash map from byte strings to lists of rows that costs little more than the bytes of its keys.

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use std::hash::BuildHasher;

use crate::bytes::to_usize;

/// Index of a row; the table keeps at most `u32::MAX` of them.
pub(crate) type RowId = u32;

/// Keys lie one after the other in one arena; a slot is 12 bytes. Rows of one key are linked through `next`.
#[derive(Debug, Default)]
pub(crate) struct KeyMap {
    slots: HashTable<Slot>,
    arena: Vec<u8>,
    links: Vec<Link>,
    hasher: FixedState,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    start: u32,
    length: u32,
    first: u32,
}

/// One row of a key, and the link to the next of the same key.
#[derive(Debug, Clone, Copy)]
struct Link {
    row: RowId,
    next: Option<std::num::NonZeroU32>,
}

/// The arena or the number of rows left the 32 bits of its indices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full;

impl KeyMap {
    pub(crate) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Makes room for this many keys, which take this many bytes together.
    pub(crate) fn reserve(&mut self, keys: usize, bytes: usize) {
        let Self { slots, arena, links, hasher } = self;
        slots.reserve(keys, |slot| hasher.hash_one(key_of(arena, *slot)));
        links.reserve(keys);
        arena.reserve(bytes);
    }

    /// Adds a row under a key.
    pub(crate) fn insert(&mut self, key: &[u8], row: RowId) -> Result<(), Full> {
        let hash = self.hasher.hash_one(key);
        let link = u32::try_from(self.links.len()).map_err(|_| Full)?;
        let Self { slots, arena, links, hasher } = self;
        if let Some(slot) = slots.find_mut(hash, |slot| key_of(arena, *slot) == key) {
            // Link 0 is never anybody's successor, so its index can stand for "none".
            let head = slot.first;
            let after_head = links.get(index(head)).and_then(|link| link.next);
            links.push(Link { row, next: after_head });
            if let Some(head) = links.get_mut(index(head)) {
                head.next = std::num::NonZeroU32::new(link);
            }
            return Ok(());
        }
        let start = u32::try_from(arena.len()).map_err(|_| Full)?;
        let length = u32::try_from(key.len()).map_err(|_| Full)?;
        links.push(Link { row, next: None });
        arena.extend_from_slice(key);
        let slot = Slot { start, length, first: link };
        slots.insert_unique(hash, slot, |slot| hasher.hash_one(key_of(arena, *slot)));
        Ok(())
    }

    /// Every row under a key.
    pub(crate) fn rows(&self, key: &[u8]) -> impl Iterator<Item = RowId> {
        let first = if self.slots.is_empty() {
            None
        } else {
            let hash = self.hasher.hash_one(key);
            self.slots.find(hash, |slot| key_of(&self.arena, *slot) == key).map(|slot| slot.first)
        };
        let mut at = first.and_then(|first| self.links.get(index(first)));
        std::iter::from_fn(move || {
            let link = at?;
            at = link.next.and_then(|next| self.links.get(index(next.get())));
            Some(link.row)
        })
    }
}

fn key_of(arena: &[u8], slot: Slot) -> &[u8] {
    arena.get(index(slot.start)..).and_then(|rest| rest.get(..index(slot.length))).unwrap_or_default()
}

fn index(position: u32) -> usize {
    to_usize(u64::from(position))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn equals_a_map_of_lists(keys in proptest::collection::vec(proptest::collection::vec(0..4_u8, 0..4), 0..60)) {
            let mut map = KeyMap::default();
            let mut naive: BTreeMap<Vec<u8>, Vec<u32>> = BTreeMap::new();
            for (row, key) in keys.iter().enumerate() {
                let row = u32::try_from(row).unwrap();
                map.insert(key, row).unwrap();
                naive.entry(key.clone()).or_default().push(row);
            }
            for (key, expected) in &naive {
                let mut rows: Vec<u32> = map.rows(key).collect();
                rows.sort_unstable();
                prop_assert_eq!(&rows, expected);
            }
            prop_assert_eq!(map.rows(b"absent").count(), 0);
            prop_assert_eq!(map.slots.len(), naive.len());
        }
    }
}
