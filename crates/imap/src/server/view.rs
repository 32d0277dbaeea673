//! The messages of the selected mailbox as the client knows them: which message number is which UID.

use crate::types::{SequenceSet, UidSet};

/// A run of consecutive UIDs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    uid: u32,
    number: u32,
    len: u32,
}

/// Message numbers and UIDs, both ascending. Twelve octets for each run of consecutive UIDs, so a mailbox without
/// gaps costs next to nothing whatever its size.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct View {
    runs: Vec<Run>,
}

impl View {
    pub(crate) fn new(uids: &UidSet) -> Self {
        let mut view = Self::default();
        view.append(uids);
        view
    }

    /// How many messages there are.
    pub(crate) fn len(&self) -> u32 {
        self.runs.last().map_or(0, |run| run.number + (run.len - 1))
    }

    fn last_uid(&self) -> u32 {
        self.runs.last().map_or(0, |run| run.uid + (run.len - 1))
    }

    /// Adds messages at the end. UIDs that do not ascend are left out: they could only be repetitions.
    pub(crate) fn append(&mut self, uids: &UidSet) {
        for range in uids.ranges() {
            let start = (*range.start()).max(self.last_uid().saturating_add(1));
            if start > *range.end() {
                continue;
            }
            // A mailbox has fewer than 2^32 messages, as every one has its own UID.
            let len = (range.end() - start).saturating_add(1).min(u32::MAX - self.len());
            match self.runs.last_mut() {
                Some(last) if last.uid + (last.len - 1) == start - 1 => last.len += len,
                _ if len > 0 => self.runs.push(Run { uid: start, number: self.len() + 1, len }),
                _ => {}
            }
        }
    }

    /// The number of the message with that UID.
    pub(crate) fn number(&self, uid: u32) -> Option<u32> {
        let after = self.runs.partition_point(|run| run.uid <= uid);
        let run = self.runs.get(after.checked_sub(1)?)?;
        (uid - run.uid < run.len).then(|| run.number + (uid - run.uid))
    }

    /// All UIDs.
    pub(crate) fn uids(&self) -> UidSet {
        let mut set = UidSet::new();
        self.runs.iter().for_each(|run| set.push(run.uid, run.uid + (run.len - 1)));
        set
    }

    /// Of these UIDs, those in the view.
    pub(crate) fn known(&self, uids: &UidSet) -> UidSet {
        let mut out = UidSet::new();
        for range in uids.ranges() {
            let first = self.runs.partition_point(|run| run.uid + (run.len - 1) < *range.start());
            for run in self.runs[first..].iter().take_while(|run| run.uid <= *range.end()) {
                out.push(run.uid.max(*range.start()), (run.uid + (run.len - 1)).min(*range.end()));
            }
        }
        out
    }

    /// The UIDs of the messages with these numbers.
    fn at(&self, numbers: &UidSet) -> UidSet {
        let mut out = UidSet::new();
        for range in numbers.ranges() {
            let first = self.runs.partition_point(|run| run.number + (run.len - 1) < *range.start());
            for run in self.runs[first..].iter().take_while(|run| run.number <= *range.end()) {
                let from = run.number.max(*range.start()) - run.number;
                let to = (run.number + (run.len - 1)).min(*range.end()) - run.number;
                out.push(run.uid + from, run.uid + to);
            }
        }
        out
    }

    /// The numbers of the messages with these UIDs, as far as they are in the view.
    pub(crate) fn numbers(&self, uids: &UidSet) -> UidSet {
        let mut out = UidSet::new();
        for range in self.known(uids).ranges() {
            if let (Some(first), Some(last)) = (self.number(*range.start()), self.number(*range.end())) {
                out.push(first, last);
            }
        }
        out
    }

    /// The UIDs meant by a set of UIDs (`uid`) or of message numbers. `None`: a message number that is not there.
    pub(crate) fn resolve(&self, set: &SequenceSet, uid: bool) -> Option<UidSet> {
        if uid {
            return Some(self.known(&set.resolve(self.last_uid())));
        }
        let numbers = set.resolve(self.len());
        // RFC 9051 §9: BAD for a number greater than that of the messages, "*" included where there are none.
        if self.len() == 0 || numbers.last().is_some_and(|last| last > self.len()) {
            return None;
        }
        Some(self.at(&numbers))
    }

    /// The UIDs meant by a set of message numbers, as far as they are there.
    pub(crate) fn resolve_known(&self, set: &SequenceSet) -> UidSet {
        if self.len() == 0 { UidSet::new() } else { self.at(&set.resolve(self.len())) }
    }

    /// Removes messages and tells their numbers in the order in which `EXPUNGE` responses name them: each as it is
    /// when those before it are gone.
    pub(crate) fn remove(&mut self, uids: &UidSet, mut expunged: impl FnMut(u32)) {
        let gone = self.known(uids);
        for (removed, number) in (0..).zip(self.numbers(&gone).iter()) {
            expunged(number - removed);
        }
        if !gone.is_empty() {
            *self = Self::new(&self.uids().difference(&gone));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn set(text: &str) -> UidSet {
        text.parse::<SequenceSet>().unwrap().resolve(u32::MAX)
    }

    #[test]
    fn numbers_follow_uids() {
        let view = View::new(&set("3:5,9,20:30"));
        assert_eq!(view.len(), 15);
        assert_eq!((view.number(3), view.number(9), view.number(30)), (Some(1), Some(4), Some(15)));
        assert_eq!((view.number(1), view.number(6), view.number(31)), (None, None, None));
        assert_eq!(view.resolve(&"2:5".parse().unwrap(), false).unwrap().to_string(), "4:5,9,20");
        assert_eq!(view.resolve(&"1:*".parse().unwrap(), true).unwrap().to_string(), "3:5,9,20:30");
        assert_eq!(view.resolve(&"100:*".parse().unwrap(), true).unwrap().to_string(), "30");
        assert_eq!(view.resolve(&"16".parse().unwrap(), false), None);
        assert_eq!(view.resolve(&"1:16".parse().unwrap(), false), None);
    }

    #[test]
    fn an_empty_mailbox_has_no_numbers() {
        let view = View::default();
        assert_eq!(view.resolve(&SequenceSet::all(), true), Some(UidSet::new()));
        assert_eq!(view.resolve(&SequenceSet::all(), false), None);
        assert_eq!(view.resolve(&"*".parse().unwrap(), false), None);
    }

    #[test]
    fn a_million_messages_without_gaps_are_one_run() {
        let mut view = View::new(&set("1:1000000"));
        assert_eq!(view.runs.len(), 1);
        view.append(&set("1000001:1000003"));
        assert_eq!((view.runs.len(), view.len()), (1, 1_000_003));
        assert_eq!(View::new(&set("1:4294967295")).len(), u32::MAX);
    }

    proptest! {
        #[test]
        fn expunges_agree_with_a_plain_list(
            uids in proptest::collection::btree_set(1_u32..80, 0..50),
            gone in proptest::collection::btree_set(1_u32..80, 0..50),
        ) {
            let mut view = View::new(&uids.iter().copied().collect());
            let mut plain: Vec<u32> = uids.iter().copied().collect();
            let mut told = Vec::new();
            view.remove(&gone.iter().copied().collect(), |number| told.push(number));
            for number in told {
                let uid = plain.remove(number as usize - 1);
                prop_assert!(gone.contains(&uid));
            }
            prop_assert_eq!(view.uids().iter().collect::<Vec<_>>(), plain.clone());
            for (index, uid) in plain.iter().enumerate() {
                prop_assert_eq!(view.number(*uid), Some(u32::try_from(index).unwrap() + 1));
            }
        }
    }
}
