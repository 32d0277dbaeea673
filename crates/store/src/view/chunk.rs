//! Up to 256 messages of a mailbox in a few bytes each: the unit in memory, on disk, and of sharing.
//!
//! Columns follow each other (UIDs, messages, modification sequences, flags, received, saved, sizes); in each a run
//! of equal steps is one token, so that a mailbox filled in order and flagged as a whole costs next to nothing.

use crate::{
    Flags, MessageId, ModSeq, Timestamp, Uid, UidSet,
    varint::{put, take, unzigzag, zigzag},
    view::Entry,
};

/// A run of messages in UID order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chunk {
    /// Names the chunk in its mailbox: at most its first UID, above all UIDs of the chunk before.
    pub(crate) base: Uid,
    pub(crate) first: Uid,
    pub(crate) last: Uid,
    pub(crate) newest: ModSeq,
    pub(crate) len: u16,
    pub(crate) unseen: u16,
    pub(crate) deleted: u16,
    columns: Box<[u8]>,
}

impl Chunk {
    /// Messages in a full chunk.
    pub(crate) const MAX: usize = 256;

    /// Packs `entries`, which are in UID order, not empty and at most [`Chunk::MAX`].
    pub(crate) fn pack(base: Uid, entries: &[Entry]) -> Option<Self> {
        let mut out = Vec::with_capacity(64 + entries.len() * 4);
        put(&mut out, entries.len() as u64);
        put_steps(&mut out, entries.iter().map(|e| i64::from(e.uid.value())));
        put_steps(&mut out, entries.iter().map(|e| e.message.value().cast_signed()));
        put_steps(&mut out, entries.iter().map(|e| e.modseq.value().cast_signed()));
        let mut palette: Vec<Flags> = Vec::new();
        let mut indexes = Vec::with_capacity(entries.len());
        for entry in entries {
            let at = palette.iter().position(|flags| *flags == entry.flags).unwrap_or_else(|| {
                palette.push(entry.flags);
                palette.len() - 1
            });
            indexes.push(at as u64);
        }
        put(&mut out, palette.len() as u64);
        for flags in &palette {
            let (high, low) = (flags.bits() >> 64, flags.bits() & u128::from(u64::MAX));
            put(&mut out, u64::try_from(low).ok()?);
            put(&mut out, u64::try_from(high).ok()?);
        }
        put_runs(&mut out, indexes.into_iter());
        put_steps(&mut out, entries.iter().map(|e| e.received.secs()));
        put_runs(&mut out, entries.iter().map(|e| zigzag(e.saved.secs().wrapping_sub(e.received.secs()))));
        put_runs(&mut out, entries.iter().map(|e| e.size));
        Self::of(base, entries, out.into())
    }

    /// Sums up entries that are packed in `columns`.
    fn of(base: Uid, entries: &[Entry], columns: Box<[u8]>) -> Option<Self> {
        let count = |of: &dyn Fn(&Entry) -> bool| entries.iter().filter(|e| of(e)).count();
        Some(Self {
            base,
            first: entries.first()?.uid,
            last: entries.last()?.uid,
            newest: entries.iter().map(|e| e.modseq).max()?,
            len: u16::try_from(entries.len()).ok()?,
            unseen: u16::try_from(count(&|e| !e.flags.contains(Flags::SEEN))).ok()?,
            deleted: u16::try_from(count(&|e| e.flags.contains(Flags::DELETED))).ok()?,
            columns,
        })
    }

    /// What [`Chunk::unpack`] reads.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.columns
    }

    /// Reads packed bytes; `None` if they are damaged.
    pub(crate) fn unpack(base: Uid, bytes: &[u8]) -> Option<Self> {
        let entries = decode(bytes, 0)?;
        let ascending = entries.windows(2).all(|pair| pair[0].uid < pair[1].uid);
        let above = entries.first().is_some_and(|first| base <= first.uid);
        if ascending && above { Self::of(base, &entries, bytes.into()) } else { None }
    }

    /// The messages, the first one having the sequence number `before + 1`.
    pub(crate) fn entries(&self, before: u32) -> Vec<Entry> {
        decode(&self.columns, before).unwrap_or_default()
    }

    /// The UIDs in order.
    pub(crate) fn uids(&self) -> impl Iterator<Item = Uid> + '_ {
        let mut bytes = &*self.columns;
        let len = take(&mut bytes).unwrap_or(0);
        Steps::new(bytes, len).map(|uid| Uid::new(u32::try_from(uid).unwrap_or(u32::MAX)))
    }

    /// Adds the UIDs to a set.
    pub(crate) fn collect_uids(&self, set: &mut UidSet) {
        if u32::from(self.len) == self.last.value() - self.first.value() + 1 {
            set.insert_range(self.first, self.last);
        } else {
            set.extend(self.uids());
        }
    }

    /// Adds the UIDs of messages changed after `since` to a set. Costs by the runs of two columns where little changed.
    pub(crate) fn collect_changed(&self, since: ModSeq, set: &mut UidSet) {
        let mut bytes = &*self.columns;
        let len = take(&mut bytes).unwrap_or(0);
        let mut uids = Steps::new(bytes, len);
        for _ in ["UIDs", "messages"] {
            let mut column = Runs::new(bytes, len);
            while let Some(run) = column.ahead() {
                column.pass(run);
            }
            bytes = column.bytes;
        }
        let mut modseqs = Steps::new(bytes, len);
        while let Some((a, b)) = uids.runs.ahead().zip(modseqs.runs.ahead()) {
            let (uid, modseq) = (uids.slope(a.min(b)), modseqs.slope(a.min(b)));
            let is_newer = |value: i64| value.cast_unsigned() > since.value();
            if is_newer(modseq.first) || is_newer(modseq.last) {
                let newer = uid.values().zip(modseq.values()).filter(|(_, modseq)| is_newer(*modseq));
                set.extend(newer.filter_map(|(uid, _)| u32::try_from(uid).ok().map(Uid::new)));
            }
        }
    }

    /// Octets of memory.
    pub(crate) fn memory(&self) -> usize {
        size_of::<Self>() + self.columns.len()
    }
}

/// Writes a column as steps from one value to the next.
fn put_steps(out: &mut Vec<u8>, values: impl Iterator<Item = i64>) {
    let mut last = 0_i64;
    put_runs(
        out,
        values.map(|value| {
            let step = value.wrapping_sub(last);
            last = value;
            zigzag(step)
        }),
    );
}

/// Writes values: `2v` for one that stands alone, `2n + 1, v` for `n` equal ones.
fn put_runs(out: &mut Vec<u8>, mut values: impl Iterator<Item = u64>) {
    let Some(mut value) = values.next() else { return };
    let mut run = 1_u64;
    loop {
        let next = values.next();
        if next == Some(value) {
            run += 1;
            continue;
        }
        if run == 1 && value >> 63 == 0 {
            put(out, value << 1);
        } else {
            put(out, (run << 1) | 1);
            put(out, value);
        }
        match next {
            Some(other) => (value, run) = (other, 1),
            None => return,
        }
    }
}

/// Reads `left` values of [`put_runs`].
struct Runs<'a> {
    bytes: &'a [u8],
    left: u64,
    run: u64,
    value: u64,
}

impl<'a> Runs<'a> {
    fn new(bytes: &'a [u8], left: u64) -> Self {
        Self { bytes, left, run: 0, value: 0 }
    }

    /// How many equal values come next, which are then in `value`.
    fn ahead(&mut self) -> Option<u64> {
        if self.left == 0 {
            return None;
        }
        if self.run == 0 {
            let token = take(&mut self.bytes)?;
            (self.run, self.value) = match token & 1 {
                0 => (1, token >> 1),
                _ => (token >> 1, take(&mut self.bytes)?),
            };
            if self.run == 0 || self.run > self.left {
                self.left = 0;
                return None;
            }
        }
        Some(self.run)
    }

    /// Passes over so many of the values that are ahead.
    fn pass(&mut self, count: u64) {
        self.run -= count;
        self.left -= count;
    }
}

impl Iterator for Runs<'_> {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        self.ahead()?;
        self.pass(1);
        Some(self.value)
    }
}

/// Values at equal steps.
struct Slope {
    first: i64,
    step: i64,
    last: i64,
    count: i64,
}

impl Slope {
    fn values(&self) -> impl Iterator<Item = i64> {
        (0..self.count).map(|at| self.first.wrapping_add(self.step.wrapping_mul(at)))
    }
}

/// Reads values of [`put_steps`].
struct Steps<'a> {
    runs: Runs<'a>,
    last: i64,
}

impl<'a> Steps<'a> {
    fn new(bytes: &'a [u8], left: u64) -> Self {
        Self { runs: Runs::new(bytes, left), last: 0 }
    }

    /// So many of the values of the run that is ahead.
    fn slope(&mut self, count: u64) -> Slope {
        let (step, before) = (unzigzag(self.runs.value), self.last);
        self.runs.pass(count);
        let count = count.cast_signed();
        self.last = before.wrapping_add(step.wrapping_mul(count));
        Slope { first: before.wrapping_add(step), step, last: self.last, count }
    }
}

impl Iterator for Steps<'_> {
    type Item = i64;

    fn next(&mut self) -> Option<i64> {
        self.last = self.last.wrapping_add(unzigzag(self.runs.next()?));
        Some(self.last)
    }
}

fn decode(mut bytes: &[u8], before: u32) -> Option<Vec<Entry>> {
    let len = take(&mut bytes)?;
    if len == 0 || len > Chunk::MAX as u64 {
        return None;
    }
    let last = before.checked_add(u32::try_from(len).ok()?)?;
    let blank = |seq| Entry {
        seq,
        uid: Uid::new(0),
        message: MessageId::new(0),
        flags: Flags::NONE,
        modseq: ModSeq::new(0),
        received: Timestamp::new(0),
        saved: Timestamp::new(0),
        size: 0,
    };
    let mut entries: Vec<Entry> = (before + 1..=last).map(blank).collect();
    steps(&mut bytes, &mut entries, |entry, value| {
        entry.uid = Uid::new(u32::try_from(value).ok()?);
        Some(())
    })?;
    steps(&mut bytes, &mut entries, |entry, value| {
        entry.message = MessageId::new(value.cast_unsigned());
        Some(())
    })?;
    steps(&mut bytes, &mut entries, |entry, value| {
        entry.modseq = ModSeq::new(value.cast_unsigned());
        Some(())
    })?;
    let colours = take(&mut bytes)?;
    if colours > len {
        return None;
    }
    let mut palette = Vec::new();
    for _ in 0..colours {
        let low = u128::from(take(&mut bytes)?);
        palette.push(Flags::from_bits(low | u128::from(take(&mut bytes)?) << 64));
    }
    runs(&mut bytes, &mut entries, |entry, value| {
        entry.flags = *palette.get(usize::try_from(value).ok()?)?;
        Some(())
    })?;
    steps(&mut bytes, &mut entries, |entry, value| {
        entry.received = Timestamp::from_secs(value);
        Some(())
    })?;
    runs(&mut bytes, &mut entries, |entry, value| {
        let saved = entry.received.secs().wrapping_add(unzigzag(value));
        entry.saved = Timestamp::from_secs(saved);
        Some(())
    })?;
    runs(&mut bytes, &mut entries, |entry, value| {
        entry.size = value;
        Some(())
    })?;
    bytes.is_empty().then_some(entries)
}

/// Gives each entry its value of a column of [`put_runs`].
fn runs(
    bytes: &mut &[u8],
    mut entries: &mut [Entry],
    mut set: impl FnMut(&mut Entry, u64) -> Option<()>,
) -> Option<()> {
    let mut column = Runs::new(bytes, entries.len() as u64);
    while !entries.is_empty() {
        let run = column.ahead()?;
        let (these, rest) = entries.split_at_mut(usize::try_from(run).ok()?);
        for entry in these {
            set(entry, column.value)?;
        }
        column.pass(run);
        entries = rest;
    }
    *bytes = column.bytes;
    Some(())
}

/// Gives each entry its value of a column of [`put_steps`].
fn steps(
    bytes: &mut &[u8],
    entries: &mut [Entry],
    mut set: impl FnMut(&mut Entry, i64) -> Option<()>,
) -> Option<()> {
    let mut last = 0_i64;
    runs(bytes, entries, |entry, step| {
        last = last.wrapping_add(unzigzag(step));
        set(entry, last)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entry(
        (uid, message, flags, modseq, received, saved, size): (u32, u64, u128, u64, i64, i64, u64),
    ) -> Entry {
        Entry {
            seq: 0,
            uid: Uid::new(uid),
            message: MessageId::new(message),
            flags: Flags::from_bits(flags),
            modseq: ModSeq::new(modseq),
            received: Timestamp::from_secs(received),
            saved: Timestamp::from_secs(saved),
            size,
        }
    }

    fn plain(count: u32) -> Vec<Entry> {
        let row = |i: u32| (i, u64::from(i) + 70, 1, u64::from(i) + 5, 1_700_000_000, 1_700_000_000, 4096);
        (1..=count).map(|i| Entry { seq: i, ..entry(row(i)) }).collect()
    }

    #[test]
    fn a_mailbox_filled_in_order_takes_next_to_nothing() {
        let chunk = Chunk::pack(Uid::new(1), &plain(256)).unwrap();
        assert!(chunk.bytes().len() < 64, "{} bytes", chunk.bytes().len());
    }

    #[test]
    fn what_changed_is_found_in_runs() {
        let mut rows = plain(256);
        for (at, modseq) in [(0, 300), (7, 301), (8, 301), (100, 302), (255, 303)] {
            rows[at].modseq = ModSeq::new(modseq);
        }
        let chunk = Chunk::pack(Uid::new(1), &rows).unwrap();
        let since = |modseq| {
            let mut changed = UidSet::new();
            chunk.collect_changed(ModSeq::new(modseq), &mut changed);
            changed.to_string()
        };
        assert_eq!(since(300), "8:9,101,256");
        assert_eq!(since(259), "1,8:9,101,255:256");
        assert_eq!((since(0), since(303)), ("1:256".into(), String::new()));
    }

    #[test]
    fn damaged_bytes_are_refused_not_believed() {
        let bytes = Chunk::pack(Uid::new(1), &plain(100)).unwrap().bytes().to_vec();
        for end in 0..bytes.len() {
            assert_eq!(Chunk::unpack(Uid::new(1), &bytes[..end]), None);
        }
        assert_eq!(Chunk::unpack(Uid::new(2), &bytes), None, "base above the first UID");
    }

    proptest! {
        #[test]
        fn what_is_packed_is_unpacked(rows in prop::collection::vec(
            (0_u32.., 0_u64.., any::<u128>(), 0_u64..1 << 63, -1_i64 << 40..1 << 40, -1_i64 << 40..1 << 40, 0_u64..),
            1..=Chunk::MAX,
        )) {
            let mut rows: Vec<Entry> = rows.into_iter().map(entry).collect();
            rows.sort_by_key(|e| e.uid);
            rows.dedup_by_key(|e| e.uid);
            for (row, seq) in rows.iter_mut().zip(11..) {
                row.seq = seq;
            }
            let chunk = Chunk::pack(Uid::new(0), &rows).unwrap();
            for since in rows.iter().map(|e| e.modseq).chain([ModSeq::new(0)]) {
                let mut changed = UidSet::new();
                chunk.collect_changed(since, &mut changed);
                let newer = rows.iter().filter(|e| e.modseq > since);
                prop_assert_eq!(changed, newer.map(|e| e.uid).collect::<UidSet>());
            }
            prop_assert_eq!(chunk.entries(10), rows);
            prop_assert_eq!(Chunk::unpack(Uid::new(0), chunk.bytes()), Some(chunk));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            Chunk::unpack(Uid::new(0), &bytes);
        }
    }
}
