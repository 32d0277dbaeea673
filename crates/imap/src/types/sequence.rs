//! Sequence sets as a client writes them: numbers, ranges, `*`, `$`.

use super::UidSet;
use std::num::NonZeroU32;

/// `seq-number = nz-number / "*"` (RFC 9051 §9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SequenceNumber {
    /// A message number or UID.
    Number(NonZeroU32),
    /// `*`: the highest one in the mailbox.
    Last,
}

impl SequenceNumber {
    fn resolve(self, last: u32) -> u32 {
        match self {
            Self::Number(number) => number.get(),
            Self::Last => last,
        }
    }
}

/// One number or range, its ends in either order (RFC 9051 §9, `seq-range`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SequenceRange {
    /// One end.
    pub first: SequenceNumber,
    /// The other end; the same as `first` for a single number.
    pub last: SequenceNumber,
}

/// `sequence-set` (RFC 9051 §9): which messages a command is about, by number or by UID. Ranges stay ranges, so a
/// set costs what was written and not what it stands for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SequenceSet {
    /// Numbers and ranges, in the order written. Never empty when parsed.
    Ranges(Vec<SequenceRange>),
    /// `$`: the result of the last `SEARCH RETURN (SAVE)` (RFC 5182).
    Saved,
}

impl SequenceSet {
    /// `1:*`
    pub fn all() -> Self {
        let first = SequenceNumber::Number(NonZeroU32::MIN);
        Self::Ranges(vec![SequenceRange { first, last: SequenceNumber::Last }])
    }

    /// The numbers meant when the highest one present is `last` (0 for an empty mailbox). `$` gives nothing.
    ///
    /// ```
    /// use mailwright_imap::types::SequenceSet;
    /// let set: SequenceSet = "5,9:*,2:3".parse()?;
    /// assert_eq!(set.resolve(7).to_string(), "2:3,5,7:9");
    /// # Ok::<(), mailwright_imap::error::InvalidValue>(())
    /// ```
    pub fn resolve(&self, last: u32) -> UidSet {
        let Self::Ranges(ranges) = self else { return UidSet::new() };
        let mut set = UidSet::new();
        for range in ranges {
            let (a, b) = (range.first.resolve(last), range.last.resolve(last));
            set.push(a.min(b).max(1), a.max(b));
        }
        set.normalize();
        set
    }
}

impl From<&UidSet> for SequenceSet {
    fn from(set: &UidSet) -> Self {
        let number = |n: u32| SequenceNumber::Number(NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN));
        let ranges =
            set.ranges().iter().map(|r| SequenceRange { first: number(*r.start()), last: number(*r.end()) });
        Self::Ranges(ranges.collect())
    }
}

impl std::str::FromStr for SequenceSet {
    type Err = crate::error::InvalidValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let frame = bytes::Bytes::copy_from_slice(text.as_bytes());
        let mut cursor = crate::parse::core::Cursor::new(&frame);
        let set = cursor.sequence_set().ok().filter(|_| cursor.is_at_end());
        set.ok_or(crate::error::InvalidValue { expected: "a sequence set" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn star_is_the_highest_and_ends_may_be_swapped() {
        let resolved = |text: &str, last| text.parse::<SequenceSet>().unwrap().resolve(last).to_string();
        assert_eq!(resolved("*", 10), "10");
        assert_eq!(resolved("20:*", 10), "10:20");
        assert_eq!(resolved("4:2,3:8", 10), "2:8");
        assert_eq!(resolved("*:*", 4_294_967_295), "4294967295");
        assert_eq!(resolved("1:*", 0), "1");
    }

    #[test]
    fn a_set_of_many_wide_ranges_stays_small() {
        let text = vec!["1:*"; 5_000].join(",");
        let set = text.parse::<SequenceSet>().unwrap().resolve(u32::MAX);
        assert_eq!(set.ranges().len(), 1);
    }

    #[test]
    fn zero_and_more_than_32_bits_are_no_numbers() {
        for text in ["0", "4294967296", "1:0", "", "1,", ":1", "1:", "a", "-1", "1::2"] {
            assert!(text.parse::<SequenceSet>().is_err(), "{text}");
        }
        assert!("4294967295".parse::<SequenceSet>().is_ok());
    }
}
