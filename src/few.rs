//! [`FewMap`]: a map that is looked through while it is small, as nearly all of a file's are, and hashed when it is not.

use std::collections::HashMap;
use std::hash::Hash;

use foldhash::fast::RandomState;

/// A map of keys that are cheap to compare and of which there are, as a rule, few.
#[derive(Debug)]
pub(crate) struct FewMap<K, V> {
    few: Vec<(K, V)>,
    /// Everything, as soon as there are too many.
    many: HashMap<K, V, RandomState>,
}

/// Keys that are looked through faster than one of them is hashed.
const FEW: usize = 16;

impl<K, V> Default for FewMap<K, V> {
    fn default() -> Self {
        Self { few: Vec::new(), many: HashMap::default() }
    }
}

impl<K: Hash + Eq, V> FewMap<K, V> {
    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        if self.many.is_empty() {
            return self.few.iter().find(|(known, _)| known == key).map(|(_, value)| value);
        }
        self.many.get(key)
    }

    /// Whether the key is new. A known one keeps its value.
    pub(crate) fn insert(&mut self, key: K, value: V) -> bool {
        if self.get(&key).is_some() {
            return false;
        }
        if self.many.is_empty() && self.few.len() < FEW {
            self.few.push((key, value));
            return true;
        }
        self.many.extend(self.few.drain(..));
        self.many.insert(key, value);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_and_large_maps_answer_alike() {
        let mut map = FewMap::default();
        for key in 0..100_u64 {
            assert!(map.insert(key, key * 2));
            assert!(!map.insert(key, 0) && !map.insert(0, 7));
            assert!((0..=key).all(|known| map.get(&known) == Some(&(known * 2))));
            assert_eq!(map.get(&(key + 1)), None);
        }
    }
}
