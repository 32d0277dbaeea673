//! What was used lately, within a bound of octets.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
};

/// A bounded memory of what was used lately. When it has grown by half its bound, what was not used since the time
/// before is let go: no order is kept, so that a look costs a look into a map or two.
#[derive(Debug)]
pub(super) struct Recent<K, V> {
    bound: usize,
    kept: Mutex<Kept<K, V>>,
}

#[derive(Debug)]
struct Kept<K, V> {
    young: HashMap<K, (V, usize)>,
    old: HashMap<K, (V, usize)>,
    /// Octets of the young ones.
    octets: usize,
}

impl<K: Copy + Eq + Hash, V: Clone> Recent<K, V> {
    /// Keeps about `bound` octets at most.
    pub(super) fn new(bound: usize) -> Self {
        Self { bound, kept: Mutex::new(Kept { young: HashMap::new(), old: HashMap::new(), octets: 0 }) }
    }

    /// The values that are kept of these keys, each in its place.
    pub(super) fn get(&self, keys: impl IntoIterator<Item = K>) -> Vec<Option<V>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        keys.into_iter().map(|key| kept.get(key, self.bound)).collect()
    }

    /// Keeps values, each of so many octets.
    pub(super) fn keep(&self, values: impl IntoIterator<Item = (K, V, usize)>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, value, octets) in values {
            kept.insert(key, value, octets, self.bound);
        }
    }
}

impl<K: Copy + Eq + Hash, V: Clone> Kept<K, V> {
    fn get(&mut self, key: K, bound: usize) -> Option<V> {
        if let Some((value, _)) = self.young.get(&key) {
            return Some(value.clone());
        }
        let (value, octets) = self.old.remove(&key)?;
        self.insert(key, value.clone(), octets, bound);
        Some(value)
    }

    fn insert(&mut self, key: K, value: V, octets: usize, bound: usize) {
        if self.octets + octets > bound / 2 {
            self.old = std::mem::take(&mut self.young);
            self.octets = 0;
        }
        self.octets += octets;
        if let Some((_, before)) = self.young.insert(key, (value, octets)) {
            self.octets -= before;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_stays_and_the_rest_goes() {
        let recent = Recent::new(100);
        for key in 0..1000 {
            recent.keep([(key, key, 10)]);
            assert_eq!(recent.get([0]), [Some(0)], "used each time");
            let kept = recent.kept.lock().unwrap();
            assert!((kept.young.len() + kept.old.len()) * 10 <= 110);
        }
        assert_eq!(recent.get([998, 1]), [Some(998), None]);
    }
}
