//! Grams: the three-octet pieces of folded text, hashed into a fixed number of buckets.

/// Where a text stands: a gram of the header is not the same gram of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sqlite) enum Space {
    Header = 0,
    Body = 1,
}

/// Buckets of one space, as a power of two.
const BITS: u32 = 16;
/// Buckets of both spaces.
pub(super) const BUCKETS: u32 = 2 << BITS;
/// Buckets of one space that a message may use; one that uses more is looked into by every search.
const MOST: usize = 16 << 10;

/// The bucket of three octets.
fn bucket(space: Space, gram: [u8; 3]) -> u32 {
    let gram = u32::from(gram[0]) << 16 | u32::from(gram[1]) << 8 | u32::from(gram[2]);
    (space as u32) << BITS | gram.wrapping_mul(0x9E37_79B1) >> (32 - BITS)
}

/// The buckets of what is looked for, each once; none if it is shorter than a gram.
pub(super) fn of_needle(space: Space, needle: &str) -> Vec<u32> {
    let mut buckets: Vec<u32> =
        needle.as_bytes().windows(3).map(|gram| bucket(space, [gram[0], gram[1], gram[2]])).collect();
    buckets.sort_unstable();
    buckets.dedup();
    buckets
}

/// The buckets of one message in one space.
pub(super) struct Gathered {
    space: Space,
    seen: Box<[u64]>,
    buckets: Vec<u32>,
    broad: bool,
}

impl Gathered {
    pub(super) fn new(space: Space) -> Self {
        Self { space, seen: vec![0; 1 << (BITS - 6)].into(), buckets: Vec::new(), broad: false }
    }

    /// Adds a folded text.
    pub(super) fn add(&mut self, text: &str) {
        for gram in text.as_bytes().windows(3) {
            let bucket = bucket(self.space, [gram[0], gram[1], gram[2]]);
            let (word, bit) = ((bucket >> 6) as usize & (self.seen.len() - 1), 1_u64 << (bucket & 63));
            if self.seen[word] & bit == 0 {
                self.seen[word] |= bit;
                self.buckets.push(bucket);
            }
        }
        self.broad |= self.buckets.len() > MOST;
    }

    /// Marks the message as one that every search looks into.
    pub(super) fn give_up(&mut self) {
        self.broad = true;
    }

    /// The buckets, or `None` if there are too many.
    pub(super) fn buckets(&self) -> Option<&[u32]> {
        (!self.broad).then_some(&*self.buckets)
    }

    /// Begins anew.
    pub(super) fn clear(&mut self) {
        self.seen.fill(0);
        self.buckets.clear();
        self.broad = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_has_no_bucket_that_the_whole_has_not() {
        let mut whole = Gathered::new(Space::Body);
        whole.add("the quick brown fox jumps over the lazy dog");
        let whole = whole.buckets().unwrap().to_vec();
        for part in ["quick", "fox jumps", "dog", "the quick brown fox jumps over the lazy dog"] {
            assert!(of_needle(Space::Body, part).iter().all(|bucket| whole.contains(bucket)), "{part}");
            assert!(!of_needle(Space::Header, part).iter().any(|bucket| whole.contains(bucket)), "{part}");
        }
        assert!(of_needle(Space::Body, "ox").is_empty());
    }

    #[test]
    fn a_message_of_everything_is_broad() {
        let mut all = Gathered::new(Space::Header);
        let text: String =
            (0_u32..60_000).map(|n| char::from_u32(0x4e00 + n * 7919 % 20_000).unwrap()).collect();
        all.add(&text);
        assert!(all.buckets().is_none());
        all.clear();
        all.add("abcd");
        assert_eq!(all.buckets().unwrap().len(), 2);
    }
}
