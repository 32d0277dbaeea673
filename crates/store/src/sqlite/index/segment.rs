//! A segment of the index: some messages of an account, for each bucket those that have it, and what their common
//! header fields say.
//!
//! It is written once and read in parts. Every part ends with its checksum.

use super::grams::{BUCKETS, Gathered, Space};
use crate::varint::{put, take};

/// Messages of a segment at most: their places fit into 16 bits.
pub(super) const MOST: usize = 4096;
/// Postings of a segment after which it takes no more messages, so that building one takes some ten megabytes.
pub(super) const FULL: u64 = 6 << 20;
/// Header fields whose values are kept.
pub(super) const COLUMNS: [&str; 5] = ["subject", "from", "to", "cc", "bcc"];
/// Octets of a page, about.
const PAGE: u64 = 12 << 10;
/// Ends a field's value, and the values of a message. Neither is an octet of UTF-8.
const FIELD: u8 = 0xfe;
const MESSAGE: u8 = 0xff;

/// A set of places in a segment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Places(Vec<u64>);

impl Places {
    pub(super) fn none(messages: usize) -> Self {
        Self(vec![0; messages.div_ceil(64)])
    }

    pub(super) fn insert(&mut self, place: usize) {
        if let Some(word) = self.0.get_mut(place / 64) {
            *word |= 1 << (place % 64);
        }
    }

    pub(super) fn contains(&self, place: usize) -> bool {
        self.0.get(place / 64).is_some_and(|word| word & 1 << (place % 64) != 0)
    }

    pub(super) fn union(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word |= other);
    }

    pub(super) fn intersect(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word &= other);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    fn from_bytes(bytes: &[u8]) -> Self {
        let words = bytes.chunks(8).map(|chunk| {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            u64::from_le_bytes(word)
        });
        Self(words.collect())
    }
}

/// What a segment is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    /// Its messages, ascending.
    pub(super) messages: Vec<u64>,
    pub(super) postings: u64,
    /// The page of a bucket is the bucket without this many of its low bits.
    pub(super) shift: u32,
    /// The messages that have too many buckets to be counted, in each space.
    pub(super) broad: [Places; 2],
}

impl Head {
    pub(super) fn page_of(&self, bucket: u32) -> u32 {
        bucket >> self.shift
    }

    pub(super) fn pages(&self) -> u32 {
        BUCKETS >> self.shift
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64 + self.messages.len() * 2);
        put(&mut out, self.messages.len() as u64);
        let mut last = 0;
        for message in &self.messages {
            put(&mut out, message.wrapping_sub(last));
            last = *message;
        }
        put(&mut out, self.postings);
        put(&mut out, u64::from(self.shift));
        self.broad.iter().for_each(|places| out.extend_from_slice(&places.to_bytes()));
        seal(out)
    }

    /// Reads it; `None` if it is damaged.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut bytes = opened(bytes)?;
        let count = usize::try_from(take(&mut bytes)?).ok().filter(|count| *count <= MOST)?;
        let mut last = 0_u64;
        let mut messages = Vec::with_capacity(count);
        for _ in 0..count {
            last = last.checked_add(take(&mut bytes)?)?;
            messages.push(last);
        }
        let postings = take(&mut bytes)?;
        let shift = u32::try_from(take(&mut bytes)?).ok().filter(|shift| *shift <= 17)?;
        let (header, body) = bytes.split_at_checked(count.div_ceil(64) * 8)?;
        let broad = [Places::from_bytes(header), Places::from_bytes(body)];
        (body.len() == header.len()).then_some(Self { messages, postings, shift, broad })
    }
}

/// Adds the checksum.
fn seal(mut bytes: Vec<u8>) -> Vec<u8> {
    let crc = crc32fast::hash(&bytes);
    bytes.extend_from_slice(&crc.to_le_bytes());
    bytes
}

/// What was sealed, if it is as it was.
pub(super) fn opened(bytes: &[u8]) -> Option<&[u8]> {
    let (bytes, crc) = bytes.split_last_chunk::<4>()?;
    (crc32fast::hash(bytes) == u32::from_le_bytes(*crc)).then_some(bytes)
}

/// A segment as it is written.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) head: Head,
    /// Sealed, by number.
    pub(super) pages: Vec<Vec<u8>>,
    /// Sealed, as [`COLUMNS`].
    pub(super) columns: [Vec<u8>; COLUMNS.len()],
}

/// Messages on their way into a segment.
#[derive(Default)]
pub(super) struct Builder {
    messages: Vec<u64>,
    /// Where the buckets of each message end.
    ends: Vec<usize>,
    buckets: Vec<u32>,
    broad: [Vec<usize>; 2],
    columns: [Vec<u8>; COLUMNS.len()],
}

impl Builder {
    pub(super) fn is_full(&self) -> bool {
        self.messages.len() >= MOST || self.buckets.len() as u64 >= FULL
    }

    /// Adds a value of a field of the message that is about to be added.
    pub(super) fn value(&mut self, column: usize, folded: &str) {
        self.columns[column].extend_from_slice(folded.as_bytes());
        self.columns[column].push(FIELD);
    }

    /// Adds a message; its number is above those before.
    pub(super) fn add(&mut self, message: u64, gathered: &[Gathered; 2]) {
        for (space, gathered) in gathered.iter().enumerate() {
            match gathered.buckets() {
                Some(buckets) => self.buckets.extend_from_slice(buckets),
                None => self.broad[space].push(self.messages.len()),
            }
        }
        self.ends.push(self.buckets.len());
        self.messages.push(message);
        self.columns.iter_mut().for_each(|column| column.push(MESSAGE));
    }

    /// The segment, if there is any message.
    pub(super) fn finish(self) -> Option<Segment> {
        if self.messages.is_empty() {
            return None;
        }
        let mut starts = vec![0_usize; BUCKETS as usize + 1];
        for bucket in &self.buckets {
            starts[*bucket as usize + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut places = vec![0_u16; self.buckets.len()];
        let mut next = starts.clone();
        let mut from = 0;
        for (place, end) in (0_u16..).zip(&self.ends) {
            for bucket in &self.buckets[from..*end] {
                let at = &mut next[*bucket as usize];
                places[*at] = place;
                *at += 1;
            }
            from = *end;
        }
        let mut pages = Pages::new(self.messages.len(), self.buckets.len() as u64);
        for bucket in 0..BUCKETS {
            pages.put(bucket, &places[starts[bucket as usize]..starts[bucket as usize + 1]]);
        }
        let broad = self.broad.map(|of| {
            let mut places = Places::none(self.messages.len());
            for place in of {
                places.insert(place);
            }
            places
        });
        let shift = pages.shift;
        let head = Head { messages: self.messages, postings: self.buckets.len() as u64, shift, broad };
        Some(Segment { head, pages: pages.finish(), columns: self.columns.map(seal) })
    }
}

/// Pages being written: for each bucket that occurs its distance from the one before, octets, and places.
struct Pages {
    shift: u32,
    messages: usize,
    done: Vec<Vec<u8>>,
    page: Vec<u8>,
    last: u32,
}

impl Pages {
    fn new(messages: usize, postings: u64) -> Self {
        let wanted = u32::try_from(postings / PAGE).unwrap_or(u32::MAX).clamp(1, 1024).next_power_of_two();
        Self { shift: (BUCKETS / wanted).ilog2(), messages, done: Vec::new(), page: Vec::new(), last: 0 }
    }

    /// Adds the places of a bucket. Buckets come in order.
    fn put(&mut self, bucket: u32, places: &[u16]) {
        if places.is_empty() {
            return;
        }
        self.turn_to(bucket >> self.shift);
        put(&mut self.page, u64::from(bucket - self.last));
        self.last = bucket;
        let mut list = Vec::with_capacity(places.len());
        let mut last = 0;
        for place in places {
            put(&mut list, u64::from(place - last));
            last = *place;
        }
        let bits = self.messages.div_ceil(8);
        // An odd length says that the list is a row of bits.
        if list.len() < bits {
            put(&mut self.page, (list.len() as u64) << 1);
        } else {
            list.clear();
            list.resize(bits, 0);
            for place in places {
                list[usize::from(*place) / 8] |= 1 << (place % 8);
            }
            put(&mut self.page, (bits as u64) << 1 | 1);
        }
        self.page.extend_from_slice(&list);
    }

    fn turn_to(&mut self, page: u32) {
        while self.done.len() < page as usize {
            self.done.push(seal(std::mem::take(&mut self.page)));
            self.last = u32::try_from(self.done.len()).unwrap_or(u32::MAX) << self.shift;
        }
    }

    fn finish(mut self) -> Vec<Vec<u8>> {
        self.turn_to(BUCKETS >> self.shift);
        self.done
    }
}

/// Every bucket of an opened page with its list, in order, until one is wanted no more; `None` if the page is damaged.
pub(super) fn each_list<'p>(
    page: &'p [u8],
    first: u32,
    mut list: impl FnMut(u32, List<'p>) -> bool,
) -> Option<()> {
    let (mut bytes, mut bucket) = (page, first);
    while !bytes.is_empty() {
        bucket = bucket.checked_add(u32::try_from(take(&mut bytes)?).ok()?)?;
        let tag = take(&mut bytes)?;
        let (octets, rest) = bytes.split_at_checked(usize::try_from(tag >> 1).ok()?)?;
        bytes = rest;
        if !list(bucket, List { octets, bits: tag & 1 == 1 }) {
            break;
        }
    }
    Some(())
}

/// The places of one bucket.
#[derive(Debug, Clone, Copy)]
pub(super) struct List<'p> {
    octets: &'p [u8],
    bits: bool,
}

impl List<'_> {
    /// Shows each place in order; `None` if the list is damaged.
    pub(super) fn each(self, mut place: impl FnMut(usize)) -> Option<()> {
        if self.bits {
            for (at, octet) in self.octets.iter().enumerate() {
                (0..8).filter(|bit| octet & 1 << bit != 0).for_each(|bit| place(at * 8 + bit));
            }
            return Some(());
        }
        let (mut octets, mut last) = (self.octets, 0_u64);
        while !octets.is_empty() {
            last = last.checked_add(take(&mut octets)?)?;
            place(usize::try_from(last).ok()?);
        }
        Some(())
    }

    /// All places.
    pub(super) fn places(self, messages: usize) -> Option<Places> {
        let mut places = Places::none(messages);
        self.each(|place| places.insert(place))?;
        Some(places)
    }
}

/// The places whose values in an opened column contain the folded text; with an empty one those that have a value.
pub(super) fn in_column(column: &[u8], messages: usize, text: &str) -> Places {
    let mut found = Places::none(messages);
    let (mut place, mut from) = (0, 0);
    if text.is_empty() {
        for (place, values) in column.split(|octet| *octet == MESSAGE).enumerate() {
            if !values.is_empty() {
                found.insert(place);
            }
        }
        return found;
    }
    let finder = memchr::memmem::Finder::new(text);
    while let Some(at) = column.get(from..).and_then(|rest| finder.find(rest)) {
        place += memchr::memchr_iter(MESSAGE, &column[from..from + at]).count();
        found.insert(place);
        // The rest of this message's values says no more.
        let Some(end) = memchr::memchr(MESSAGE, &column[from + at..]) else { break };
        from += at + end + 1;
        place += 1;
    }
    found
}

/// Two segments as one, without the messages that are not to be kept. The messages of the second are above those of the
/// first. `None` if one of them is damaged, or nothing is left.
pub(super) fn joined(segments: &[&Segment], keep: impl Fn(u64) -> bool) -> Option<Segment> {
    let mut moved: Vec<Vec<Option<u16>>> = Vec::new();
    let mut messages = Vec::new();
    for segment in segments {
        let places = segment.head.messages.iter().map(|message| {
            keep(*message).then(|| {
                messages.push(*message);
                u16::try_from(messages.len() - 1).ok()
            })?
        });
        moved.push(places.collect());
    }
    if messages.is_empty() || messages.len() > MOST {
        return None;
    }
    let postings = segments.iter().map(|segment| segment.head.postings).sum();
    let mut pages = Pages::new(messages.len(), postings);
    // The coarsest common run of buckets, one at a time.
    let step = segments.iter().map(|segment| segment.head.shift).chain([pages.shift]).max()?;
    let mut kept = 0;
    for run in 0..BUCKETS >> step {
        let mut lists: Vec<Vec<u16>> = vec![Vec::new(); 1 << step];
        for (segment, moved) in segments.iter().zip(&moved) {
            let shift = segment.head.shift;
            let numbers = (run << step >> shift)..((run + 1) << step >> shift);
            for number in numbers {
                let mut sound = true;
                let page = opened(segment.pages.get(number as usize)?)?;
                each_list(page, number << shift, |bucket, list| {
                    let to = &mut lists[(bucket & ((1 << step) - 1)) as usize];
                    sound &= list.each(|place| to.extend(moved.get(place).copied().flatten())).is_some();
                    true
                })?;
                if !sound {
                    return None;
                }
            }
        }
        for (bucket, places) in (run << step..).zip(&lists) {
            kept += places.len() as u64;
            pages.put(bucket, places);
        }
    }
    let mut broad = [Places::none(messages.len()), Places::none(messages.len())];
    let mut columns: [Vec<u8>; COLUMNS.len()] = Default::default();
    for (segment, moved) in segments.iter().zip(&moved) {
        for (from, to) in segment.head.broad.iter().zip(&mut broad) {
            let all = moved.iter().enumerate().filter(|(place, _)| from.contains(*place));
            all.filter_map(|(_, moved)| *moved).for_each(|place| to.insert(usize::from(place)));
        }
        for (from, to) in segment.columns.iter().zip(&mut columns) {
            let values = opened(from)?.split_inclusive(|octet| *octet == MESSAGE);
            values
                .zip(moved)
                .filter(|(_, moved)| moved.is_some())
                .for_each(|(value, _)| to.extend_from_slice(value));
        }
    }
    let shift = pages.shift;
    let head = Head { messages, postings: kept, shift, broad };
    Some(Segment { head, pages: pages.finish(), columns: columns.map(seal) })
}

/// An empty pair of gatherers.
pub(super) fn gatherers() -> [Gathered; 2] {
    [Gathered::new(Space::Header), Gathered::new(Space::Body)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::index::grams::of_needle;

    fn segment(messages: &[(u64, &str, &str)]) -> Segment {
        let (mut builder, mut gathered) = (Builder::default(), gatherers());
        for (message, subject, body) in messages {
            gathered.iter_mut().for_each(Gathered::clear);
            gathered[0].add(subject);
            gathered[1].add(body);
            builder.value(0, subject);
            builder.add(*message, &gathered);
        }
        builder.finish().unwrap()
    }

    fn found(segment: &Segment, space: Space, needle: &str) -> Vec<u64> {
        let count = segment.head.messages.len();
        let mut hits: Option<Places> = None;
        for bucket in of_needle(space, needle) {
            let number = segment.head.page_of(bucket);
            let page = opened(&segment.pages[number as usize]).unwrap();
            let mut places = Places::none(count);
            each_list(page, number << segment.head.shift, |at, list| {
                if at == bucket {
                    places = list.places(count).unwrap();
                }
                at < bucket
            })
            .unwrap();
            match &mut hits {
                Some(hits) => hits.intersect(&places),
                None => hits = Some(places),
            }
        }
        let hits = hits.unwrap();
        let all = segment.head.messages.iter().enumerate();
        all.filter(|(place, _)| hits.contains(*place)).map(|(_, message)| *message).collect()
    }

    #[test]
    fn what_was_put_in_is_found() {
        let one = segment(&[(3, "lunch on friday", "see you"), (7, "re: lunch", "no"), (8, "", "you see?")]);
        assert_eq!(found(&one, Space::Header, "lunch"), [3, 7]);
        assert_eq!(found(&one, Space::Body, "see"), [3, 8]);
        assert_eq!(found(&one, Space::Body, "lunch"), [0_u64; 0]);
        let column = opened(&one.columns[0]).unwrap();
        let subjects = in_column(column, 3, "lunch");
        assert_eq!([0, 1, 2].map(|place| subjects.contains(place)), [true, true, false]);
        let any = in_column(column, 3, "");
        assert_eq!([0, 1, 2].map(|place| any.contains(place)), [true; 3], "an empty value is one");
        assert!(in_column(opened(&one.columns[1]).unwrap(), 3, "").is_empty());
        assert_eq!(Head::from_bytes(&one.head.to_bytes()), Some(one.head.clone()));
    }

    #[test]
    fn joining_equals_building_at_once() {
        let rows: Vec<(u64, String, String)> = (1..=300_u64)
            .map(|n| {
                (
                    n * 3,
                    format!("subject {n}"),
                    format!(
                        "body {} {}",
                        n * n,
                        "word ".repeat([0, 1, 5, 2][usize::from(n.to_le_bytes()[0]) % 4])
                    ),
                )
            })
            .collect();
        let rows: Vec<(u64, &str, &str)> = rows.iter().map(|(n, s, b)| (*n, &**s, &**b)).collect();
        let (first, second) = (segment(&rows[..100]), segment(&rows[100..]));
        assert_eq!(joined(&[&first, &second], |_| true).unwrap(), segment(&rows));
        let odd: Vec<_> = rows.iter().copied().filter(|row| row.0 % 2 == 1).collect();
        let left = joined(&[&first, &second], |message| message % 2 == 1).unwrap();
        assert_eq!(left.head, segment(&odd).head);
        assert_eq!(left.columns, segment(&odd).columns);
        assert!(joined(&[&first], |_| false).is_none());
    }

    #[test]
    fn damage_is_seen() {
        let one = segment(&[(1, "abc", "def")]);
        let head = one.head.to_bytes();
        for at in 0..head.len() {
            let mut bad = head.clone();
            bad[at] ^= 4;
            assert_eq!(Head::from_bytes(&bad), None);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_octets_make_it_panic(octets: Vec<u8>, first in 0..BUCKETS) {
            let sealed = seal(octets.clone());
            if let Some(head) = Head::from_bytes(&sealed) {
                head.page_of(first);
            }
            each_list(&octets, first, |_, list| list.places(100).is_some());
            in_column(&octets, 100, "ab");
            let broken = Segment {
                head: segment(&[(1, "abc", "def")]).head,
                pages: vec![sealed.clone()],
                columns: std::array::from_fn(|_| sealed.clone()),
            };
            joined(&[&broken], |_| true);
        }
    }
}
