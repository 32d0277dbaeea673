//! Sets of numbers without `*`: UIDs in responses, and what a sequence set comes to.

use super::Uid;
use std::{fmt, ops::RangeInclusive};

/// `uid-set` (RFC 9051 §9): ranges of UIDs or message numbers. Memory follows the ranges, never what they span.
///
/// Ranges keep the order in which they were pushed (in `COPYUID` that order has a meaning) until
/// [`normalize`](Self::normalize) sorts and joins them. Asking with [`contains`](Self::contains) and the operations on
/// two sets want a normal one; building in ascending order gives one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct UidSet {
    ranges: Vec<RangeInclusive<u32>>,
}

impl UidSet {
    /// The empty set.
    pub const fn new() -> Self {
        Self { ranges: Vec::new() }
    }

    /// Adds `first..=last` at the end; joins it to the range before it where they touch in ascending order. Zero is
    /// no UID and is left out; so is a range whose ends are swapped.
    pub fn push(&mut self, first: u32, last: u32) {
        let first = first.max(1);
        if last < first {
            return;
        }
        if let Some(before) = self.ranges.last_mut()
            && before.end().checked_add(1) == Some(first)
        {
            *before = *before.start()..=last;
            return;
        }
        self.ranges.push(first..=last);
    }

    /// Sorts the ranges and joins those that touch or overlap.
    pub fn normalize(&mut self) {
        if self.ranges.is_sorted_by(|a, b| a.end() < b.start()) {
            return;
        }
        self.ranges.sort_unstable_by_key(|range| *range.start());
        let mut joined: Vec<RangeInclusive<u32>> = Vec::with_capacity(self.ranges.len());
        for range in self.ranges.drain(..) {
            match joined.last_mut() {
                Some(before) if *range.start() <= before.end().saturating_add(1) => {
                    *before = *before.start()..=*before.end().max(range.end());
                }
                _ => joined.push(range),
            }
        }
        self.ranges = joined;
    }

    /// The ranges, none empty.
    pub fn ranges(&self) -> &[RangeInclusive<u32>] {
        &self.ranges
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// How many numbers are in it.
    pub fn len(&self) -> u64 {
        self.ranges.iter().map(|range| u64::from(range.end() - range.start()) + 1).sum()
    }

    /// The numbers in order. A range of four thousand million costs as much as you take from it.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.ranges.iter().cloned().flatten()
    }

    /// The lowest number of a normal set.
    pub fn first(&self) -> Option<u32> {
        self.ranges.first().map(|range| *range.start())
    }

    /// The highest number of a normal set.
    pub fn last(&self) -> Option<u32> {
        self.ranges.last().map(|range| *range.end())
    }

    /// Whether a normal set holds the number.
    pub fn contains(&self, number: u32) -> bool {
        let after = self.ranges.partition_point(|range| *range.start() <= number);
        after > 0 && *self.ranges[after - 1].end() >= number
    }

    /// What is in both of two normal sets.
    pub fn intersection(&self, other: &Self) -> Self {
        let (mut a, mut b) = (self.ranges.iter().peekable(), other.ranges.iter().peekable());
        let mut out = Self::new();
        while let (Some(x), Some(y)) = (a.peek(), b.peek()) {
            out.push(*x.start().max(y.start()), *x.end().min(y.end()));
            if x.end() <= y.end() {
                a.next();
            } else {
                b.next();
            }
        }
        out
    }

    /// What is in this one of two normal sets and not in the other.
    pub fn difference(&self, other: &Self) -> Self {
        let mut out = Self::new();
        let mut others = other.ranges.iter().peekable();
        for range in &self.ranges {
            let mut from = Some(*range.start());
            while let Some(cut) = others.peek() {
                let Some(start) = from else { break };
                if *cut.end() < start {
                    others.next();
                    continue;
                }
                if cut.start() > range.end() {
                    break;
                }
                out.push(start, cut.start().saturating_sub(1));
                from = cut.end().checked_add(1).filter(|next| next <= range.end());
                if cut.end() <= range.end() {
                    others.next();
                }
            }
            if let Some(start) = from {
                out.push(start, *range.end());
            }
        }
        out
    }
}

impl FromIterator<u32> for UidSet {
    /// Normal, whatever the order of the numbers.
    fn from_iter<I: IntoIterator<Item = u32>>(numbers: I) -> Self {
        let mut set = Self::new();
        numbers.into_iter().for_each(|number| set.push(number, number));
        set.normalize();
        set
    }
}

impl FromIterator<Uid> for UidSet {
    fn from_iter<I: IntoIterator<Item = Uid>>(numbers: I) -> Self {
        numbers.into_iter().map(Uid::value).collect()
    }
}

impl From<Uid> for UidSet {
    fn from(uid: Uid) -> Self {
        let mut set = Self::new();
        set.push(uid.value(), uid.value());
        set
    }
}

impl fmt::Display for UidSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, range) in self.ranges.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            match (range.start(), range.end()) {
                (first, last) if first == last => write!(f, "{comma}{first}")?,
                (first, last) => write!(f, "{comma}{first}:{last}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_ends_of_the_range_of_numbers_do_not_overflow() {
        let mut set = UidSet::new();
        set.push(1, u32::MAX);
        set.push(u32::MAX, u32::MAX);
        set.push(0, 0);
        set.normalize();
        assert_eq!(set.to_string(), "1:4294967295");
        assert_eq!(set.len(), 4_294_967_295);
        assert!(set.contains(u32::MAX));
        assert_eq!(set.difference(&set), UidSet::new());
    }

    proptest! {
        #[test]
        fn set_operations_agree_with_plain_sets(
            a in proptest::collection::btree_set(1_u32..60, 0..40),
            b in proptest::collection::btree_set(1_u32..60, 0..40),
        ) {
            let (x, y): (UidSet, UidSet) = (a.iter().copied().collect(), b.iter().copied().collect());
            prop_assert_eq!(x.intersection(&y).iter().collect::<Vec<_>>(), a.intersection(&b).copied().collect::<Vec<_>>());
            prop_assert_eq!(x.difference(&y).iter().collect::<Vec<_>>(), a.difference(&b).copied().collect::<Vec<_>>());
            for number in 1..60 {
                prop_assert_eq!(x.contains(number), a.contains(&number));
            }
        }
    }
}
