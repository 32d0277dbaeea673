//! The order of hosts and addresses: by preference, at random among equals, families in turn.
use std::net::IpAddr;

use super::Families;

/// SplitMix64: small, even enough for spreading load, and the same for the same seed everywhere.
#[derive(Clone, Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Fisher-Yates. The bias of the remainder is below 2^-50 for any list a plan holds.
    fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let bound = u64::try_from(last + 1).unwrap_or(u64::MAX);
            let pick = usize::try_from(self.next() % bound).unwrap_or(last);
            items.swap(last, pick);
        }
    }
}

/// Sorts by preference; equals come in random order (RFC 5321 §5.1: "MUST randomize them").
pub(super) fn by_preference<T>(items: &mut [T], preference: impl Fn(&T) -> u16, dice: &mut Dice) {
    dice.shuffle(items);
    items.sort_by_key(preference);
}

/// The two families in turn, each in the order the resolver gave ("MUST try them in the order presented").
pub(super) fn interleave(v4: Vec<IpAddr>, v6: Vec<IpAddr>, families: Families) -> Vec<IpAddr> {
    let (first, second) = match families {
        Families::V6First => (v6, v4),
        Families::V4First => (v4, v6),
        Families::V6Only => (v6, Vec::new()),
        Families::V4Only => (v4, Vec::new()),
    };
    let mut all = Vec::with_capacity(first.len() + second.len());
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    loop {
        let pair = [first.next(), second.next()];
        if pair == [None, None] {
            return all;
        }
        for address in pair.into_iter().flatten() {
            if !all.contains(&address) {
                all.push(address);
            }
        }
    }
}

/// How many of each host's addresses fit into `total`, dealt out one at a time so that every host keeps its first.
pub(super) fn deal(counts: &[usize], total: usize) -> Vec<usize> {
    let mut shares = vec![0; counts.len()];
    let mut left = total;
    loop {
        let before = left;
        for (share, count) in shares.iter_mut().zip(counts) {
            if *share < *count && left > 0 {
                *share += 1;
                left -= 1;
            }
        }
        if left == before {
            return shares;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn order_is_by_preference_and_keeps_every_host(prefs in proptest::collection::vec(0u16..4, 0..40), seed: u64) {
            let mut items: Vec<(u16, usize)> = prefs.iter().copied().zip(0..).collect();
            by_preference(&mut items, |i| i.0, &mut Dice::new(seed));
            prop_assert!(items.is_sorted_by_key(|i| i.0));
            let mut ids: Vec<usize> = items.iter().map(|i| i.1).collect();
            ids.sort_unstable();
            prop_assert_eq!(ids, (0..prefs.len()).collect::<Vec<_>>());
        }

        #[test]
        fn every_host_keeps_an_address_before_any_has_two(counts in proptest::collection::vec(0usize..6, 0..8), total in 0usize..20) {
            let shares = deal(&counts, total);
            prop_assert_eq!(shares.iter().sum::<usize>(), total.min(counts.iter().sum()));
            for (a, count) in shares.iter().zip(&counts) {
                prop_assert!(a <= count);
                for b in &shares {
                    prop_assert!(*a == *count || *b <= a + 1);
                }
            }
        }
    }

    #[test]
    fn equals_are_spread_evenly() {
        let mut first = [0u32; 4];
        for seed in 0..4_000 {
            let mut items = [0usize, 1, 2, 3];
            by_preference(&mut items, |_| 10, &mut Dice::new(seed));
            first[items[0]] += 1;
        }
        assert!(first.iter().all(|n| (850..1150).contains(n)), "{first:?}");
    }

    #[test]
    fn families_take_turns_and_duplicates_fall_out() {
        let ip = |t: &str| t.parse::<IpAddr>().unwrap();
        let v4 = vec![ip("192.0.2.1"), ip("192.0.2.1"), ip("192.0.2.2")];
        let v6 = vec![ip("2001:db8::1")];
        let expected = [ip("2001:db8::1"), ip("192.0.2.1"), ip("192.0.2.2")];
        assert_eq!(interleave(v4.clone(), v6.clone(), Families::V6First), expected);
        assert_eq!(interleave(v4.clone(), v6.clone(), Families::V4First)[..2], [expected[1], expected[0]]);
        assert_eq!(interleave(v4.clone(), v6.clone(), Families::V4Only), expected[1..]);
        assert_eq!(interleave(v4, v6, Families::V6Only), expected[..1]);
    }
}
