//! Sets of numbers kept as ranges, so that `1:*` costs the same however many messages there are.

use std::{fmt, ops::RangeInclusive};

use crate::{MessageId, Uid};

/// A number that a [`RangeSet`] can hold.
pub trait Point: Copy + Ord + fmt::Debug {
    /// As a plain number.
    fn to_u64(self) -> u64;
    /// From a plain number that came from [`Point::to_u64`] of a value of this type, or lies between two.
    fn from_u64(number: u64) -> Self;
}

impl Point for Uid {
    fn to_u64(self) -> u64 {
        self.value().into()
    }
    fn from_u64(number: u64) -> Self {
        Self::new(u32::try_from(number).unwrap_or(u32::MAX))
    }
}

impl Point for MessageId {
    fn to_u64(self) -> u64 {
        self.value()
    }
    fn from_u64(number: u64) -> Self {
        Self::new(number)
    }
}

/// A set of UIDs.
///
/// ```
/// use mailwright_store::{Uid, UidSet};
///
/// let mut set = UidSet::from(Uid::new(1)..=Uid::new(4));
/// set.insert(Uid::new(5));
/// set.insert(Uid::new(9));
/// assert_eq!(set.to_string(), "1:5,9");
/// assert_eq!(set.len(), 6);
/// ```
pub type UidSet = RangeSet<Uid>;

/// A set of numbers as sorted, disjoint, non-adjacent inclusive ranges.
///
/// Set operations take time linear in the number of ranges, not of members.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RangeSet<T> {
    ranges: Vec<(T, T)>,
}

impl<T> Default for RangeSet<T> {
    fn default() -> Self {
        Self { ranges: Vec::new() }
    }
}

impl<T: Point> RangeSet<T> {
    /// The empty set.
    pub const fn new() -> Self {
        Self { ranges: Vec::new() }
    }

    /// Whether nothing is in the set.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// How many numbers are in the set.
    pub fn len(&self) -> u64 {
        self.ranges.iter().map(|(a, b)| (b.to_u64() - a.to_u64()).saturating_add(1)).sum()
    }

    /// The ranges, ascending, with gaps between them.
    pub fn ranges(&self) -> impl DoubleEndedIterator<Item = RangeInclusive<T>> + ExactSizeIterator + '_ {
        self.ranges.iter().map(|&(a, b)| a..=b)
    }

    /// The numbers, ascending.
    pub fn iter(&self) -> impl Iterator<Item = T> + '_ {
        self.ranges.iter().flat_map(|(a, b)| (a.to_u64()..=b.to_u64()).map(T::from_u64))
    }

    /// The least number.
    pub fn first(&self) -> Option<T> {
        self.ranges.first().map(|r| r.0)
    }

    /// The greatest number.
    pub fn last(&self) -> Option<T> {
        self.ranges.last().map(|r| r.1)
    }

    /// Whether `point` is in the set: logarithmic in the number of ranges.
    pub fn contains(&self, point: T) -> bool {
        let at = self.ranges.partition_point(|r| r.1 < point);
        self.ranges.get(at).is_some_and(|r| r.0 <= point)
    }

    /// Whether any number of `low..=high` is in the set.
    pub fn touches(&self, low: T, high: T) -> bool {
        let at = self.ranges.partition_point(|r| r.1 < low);
        self.ranges.get(at).is_some_and(|r| r.0 <= high)
    }

    /// Whether every number of `low..=high` is in the set.
    pub fn covers(&self, low: T, high: T) -> bool {
        let at = self.ranges.partition_point(|r| r.1 < low);
        self.ranges.get(at).is_some_and(|r| r.0 <= low && high <= r.1)
    }

    /// Adds one number. Cheap when it is at the end.
    pub fn insert(&mut self, point: T) {
        self.insert_range(point, point);
    }

    /// Adds `low..=high`; nothing if `low > high`.
    pub fn insert_range(&mut self, low: T, high: T) {
        if low > high {
            return;
        }
        let joins = |end: T, start: T| end.to_u64().saturating_add(1) >= start.to_u64();
        let from = self.ranges.partition_point(|r| !joins(r.1, low));
        let to = from + self.ranges[from..].partition_point(|r| joins(high, r.0));
        let (mut low, mut high) = (low, high);
        if from < to {
            low = low.min(self.ranges[from].0);
            high = high.max(self.ranges[to - 1].1);
        }
        self.ranges.splice(from..to, [(low, high)]);
    }

    /// The numbers in either set.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let (mut a, mut b) = (self.ranges.iter().peekable(), other.ranges.iter().peekable());
        let mut out = Self::new();
        loop {
            let next = match (a.peek(), b.peek()) {
                (Some(x), Some(y)) if x.0 <= y.0 => a.next(),
                (_, Some(_)) => b.next(),
                (Some(_), None) => a.next(),
                (None, None) => return out,
            };
            if let Some(&(low, high)) = next {
                out.insert_range(low, high);
            }
        }
    }

    /// The numbers in both sets.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let (mut i, mut j) = (0, 0);
        let mut out = Self::new();
        while let (Some(a), Some(b)) = (self.ranges.get(i), other.ranges.get(j)) {
            let (low, high) = (a.0.max(b.0), a.1.min(b.1));
            if low <= high {
                out.ranges.push((low, high));
            }
            if a.1 < b.1 {
                i += 1;
            } else {
                j += 1;
            }
        }
        out
    }

    /// The numbers in this set and not in `other`.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        let mut out = Self::new();
        let mut j = 0;
        for &(low, high) in &self.ranges {
            let mut low = low.to_u64();
            let high = high.to_u64();
            while other.ranges.get(j).is_some_and(|r| r.1.to_u64() < low) {
                j += 1;
            }
            let mut k = j;
            let mut open = true;
            while let Some(&(cut_low, cut_high)) = other.ranges.get(k) {
                let (cut_low, cut_high) = (cut_low.to_u64(), cut_high.to_u64());
                if cut_low > high {
                    break;
                }
                if cut_low > low {
                    out.ranges.push((T::from_u64(low), T::from_u64(cut_low - 1)));
                }
                if cut_high >= high {
                    open = false;
                    break;
                }
                low = cut_high + 1;
                k += 1;
            }
            if open {
                out.ranges.push((T::from_u64(low), T::from_u64(high)));
            }
        }
        out
    }

    /// A compact encoding: pairs of variable-length numbers, each the distance from the one before.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.ranges.len() * 3);
        let mut last = 0;
        for (low, high) in &self.ranges {
            crate::varint::put(&mut out, low.to_u64() - last);
            crate::varint::put(&mut out, high.to_u64() - low.to_u64());
            last = high.to_u64();
        }
        out
    }

    /// Reads what [`RangeSet::to_bytes`] wrote; `None` if it is something else.
    pub fn from_bytes(mut bytes: &[u8]) -> Option<Self> {
        let mut out = Self::new();
        let mut last = 0_u64;
        while !bytes.is_empty() {
            let low = last.checked_add(crate::varint::take(&mut bytes)?)?;
            let high = low.checked_add(crate::varint::take(&mut bytes)?)?;
            if T::from_u64(high).to_u64() != high {
                return None;
            }
            out.insert_range(T::from_u64(low), T::from_u64(high));
            last = high;
        }
        Some(out)
    }
}

impl<T: Point> From<RangeInclusive<T>> for RangeSet<T> {
    fn from(range: RangeInclusive<T>) -> Self {
        let mut set = Self::new();
        set.insert_range(*range.start(), *range.end());
        set
    }
}

impl<T: Point> From<T> for RangeSet<T> {
    fn from(point: T) -> Self {
        Self::from(point..=point)
    }
}

impl<T: Point> FromIterator<T> for RangeSet<T> {
    fn from_iter<I: IntoIterator<Item = T>>(points: I) -> Self {
        let mut set = Self::new();
        set.extend(points);
        set
    }
}

impl<T: Point> FromIterator<RangeInclusive<T>> for RangeSet<T> {
    fn from_iter<I: IntoIterator<Item = RangeInclusive<T>>>(ranges: I) -> Self {
        let mut ranges: Vec<_> = ranges.into_iter().map(|r| (*r.start(), *r.end())).collect();
        ranges.sort_unstable();
        let mut set = Self::new();
        for (low, high) in ranges {
            set.insert_range(low, high);
        }
        set
    }
}

impl<T: Point> Extend<T> for RangeSet<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, points: I) {
        for point in points {
            self.insert(point);
        }
    }
}

/// As `1:5,9`.
impl<T: Point> fmt::Display for RangeSet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (low, high)) in self.ranges.iter().enumerate() {
            if i > 0 {
                f.write_str(",")?;
            }
            write!(f, "{}", low.to_u64())?;
            if low != high {
                write!(f, ":{}", high.to_u64())?;
            }
        }
        Ok(())
    }
}

impl<T: Point> fmt::Debug for RangeSet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{self}}}")
    }
}
