//! The compact list of a mailbox's messages that all sessions share.
//!
//! A [`View`] is a value that never changes: a session keeps the one its client knows, and on a change gets a new
//! one that shares all untouched parts with the old. What to tell the client is the difference of the two
//! ([`View::since`]).

mod chunk;
mod delta;
#[cfg(feature = "sqlite")]
mod edit;

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

pub(crate) use chunk::Chunk;
pub use delta::Delta;
#[cfg(feature = "sqlite")]
pub(crate) use edit::Edit;

use crate::{Flags, Keywords, MailboxId, MessageId, ModSeq, Status, Timestamp, Uid, UidSet, UidValidity};

/// One message of a [`View`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the view, from 1: the message sequence number.
    pub seq: u32,
    /// Its UID.
    pub uid: Uid,
    /// What it is.
    pub message: MessageId,
    /// Its flags.
    pub flags: Flags,
    /// When it was last changed.
    pub modseq: ModSeq,
    /// When it was received (the internal date), in whole seconds; a copy keeps it.
    pub received: Timestamp,
    /// When it came into this mailbox, in whole seconds.
    pub saved: Timestamp,
    /// Octets of the message.
    pub size: u64,
}

/// The messages of a mailbox as of one modification sequence.
#[derive(Debug, Clone)]
pub struct View {
    pub(crate) mailbox: MailboxId,
    pub(crate) uid_validity: UidValidity,
    pub(crate) uid_next: Uid,
    pub(crate) highest_modseq: ModSeq,
    pub(crate) keywords: Keywords,
    /// The least UID that no session was told of as recent; shared by all views of the mailbox.
    pub(crate) first_recent: Arc<AtomicU32>,
    pub(crate) size: u64,
    pub(crate) deleted: bool,
    pub(crate) nodes: Vec<Arc<Node>>,
}

/// A run of chunks, and their sums: the middle level that keeps a change to a large mailbox, and a look at it, small.
#[derive(Debug, Clone, Default)]
pub(crate) struct Node {
    pub(crate) chunks: Vec<Arc<Chunk>>,
    pub(crate) len: u32,
    unseen: u32,
    deleted: u32,
    newest: ModSeq,
}

impl Node {
    /// Sums up, after the chunks were changed.
    pub(crate) fn sum_up(&mut self) {
        let sum = |of: &dyn Fn(&Chunk) -> u16| self.chunks.iter().map(|chunk| u32::from(of(chunk))).sum();
        (self.len, self.unseen, self.deleted) =
            (sum(&|chunk| chunk.len), sum(&|chunk| chunk.unseen), sum(&|chunk| chunk.deleted));
        self.newest = self.chunks.iter().map(|chunk| chunk.newest).max().unwrap_or_default();
    }

    /// Its first and last UID.
    fn span(&self) -> Option<(Uid, Uid)> {
        Some((self.chunks.first()?.first, self.chunks.last()?.last))
    }
}

impl View {
    /// Which mailbox.
    pub fn mailbox(&self) -> MailboxId {
        self.mailbox
    }

    /// The validity of its UIDs.
    pub fn uid_validity(&self) -> UidValidity {
        self.uid_validity
    }

    /// A UID that is greater than all in the view.
    pub fn uid_next(&self) -> Uid {
        self.uid_next
    }

    /// The modification sequence of the last change.
    pub fn highest_modseq(&self) -> ModSeq {
        self.highest_modseq
    }

    /// What the keyword bits in [`Entry::flags`] are called.
    pub fn keywords(&self) -> &Keywords {
        &self.keywords
    }

    /// Octets of all messages.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Whether the mailbox has been deleted; its view is then empty and will not change again.
    pub fn is_gone(&self) -> bool {
        self.deleted
    }

    /// How many messages there are.
    pub fn len(&self) -> u32 {
        self.nodes.iter().map(|node| node.len).sum()
    }

    /// Whether there is no message.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// How many messages lack [`Flags::SEEN`].
    pub fn unseen(&self) -> u32 {
        self.nodes.iter().map(|node| node.unseen).sum()
    }

    /// The first message that lacks [`Flags::SEEN`]. Costs by the parts of the mailbox, not by its messages.
    pub fn first_unseen(&self) -> Option<Uid> {
        let chunk = self.chunks().find(|chunk| chunk.unseen > 0)?;
        let entry = chunk.entries(0).into_iter().find(|entry| !entry.flags.contains(Flags::SEEN))?;
        Some(entry.uid)
    }

    /// How many messages have [`Flags::DELETED`].
    pub fn marked_deleted(&self) -> u32 {
        self.nodes.iter().map(|node| node.deleted).sum()
    }

    /// The counters as `STATUS` shows them.
    pub(crate) fn status(&self) -> Status {
        Status {
            mailbox: self.mailbox,
            messages: self.len(),
            recent: self.count(&self.recent()),
            unseen: self.unseen(),
            deleted: self.marked_deleted(),
            size: self.size,
            uid_validity: self.uid_validity,
            uid_next: self.uid_next,
            highest_modseq: self.highest_modseq,
        }
    }

    /// All UIDs.
    pub fn uids(&self) -> UidSet {
        let mut set = UidSet::new();
        for chunk in self.chunks() {
            chunk.collect_uids(&mut set);
        }
        set
    }

    /// The messages that no session was told of, as of now: IMAP4rev1's `\Recent`.
    pub fn recent(&self) -> UidSet {
        self.since_uid(self.first_recent.load(Ordering::Relaxed))
    }

    /// Takes the messages that no session was told of: nobody else is given them. Written to disk whenever the
    /// mailbox is next changed; losing it in a crash does no harm.
    pub fn take_recent(&self) -> UidSet {
        self.since_uid(self.first_recent.fetch_max(self.uid_next.value(), Ordering::Relaxed))
    }

    fn since_uid(&self, first: u32) -> UidSet {
        let mut uids = UidSet::new();
        if first < self.uid_next.value() {
            uids.insert_range(Uid::new(first.max(1)), Uid::new(self.uid_next.value() - 1));
        }
        uids
    }

    /// How many messages have one of these UIDs.
    pub fn count(&self, uids: &UidSet) -> u32 {
        let before = |uid: u32| self.seq_before(Uid::new(uid));
        let counts = uids
            .ranges()
            .map(|range| before(range.end().value().saturating_add(1)) - before(range.start().value()));
        counts.sum()
    }

    /// The UIDs with the sequence numbers `low..=high`, as far as there are any.
    pub fn uids_at(&self, low: u32, high: u32) -> UidSet {
        let mut set = UidSet::new();
        let overlaps = move |before: u32, len: u32| before + len >= low && before < high;
        for (chunk, before) in self.counted(move |node, before| overlaps(before, node.len)) {
            let len = u32::from(chunk.len);
            if !overlaps(before, len) {
                continue;
            }
            if before + 1 >= low && before + len <= high {
                chunk.collect_uids(&mut set);
            } else {
                let uids = chunk.uids().zip(before + 1..);
                set.extend(uids.filter(|(_, seq)| (low..=high).contains(seq)).map(|(uid, _)| uid));
            }
        }
        set
    }

    /// The UID with a sequence number.
    pub fn uid_at(&self, seq: u32) -> Option<Uid> {
        self.uids_at(seq, seq).first()
    }

    /// The sequence number of a UID.
    pub fn seq_of(&self, uid: Uid) -> Option<u32> {
        let (chunk, before) = self.chunk_for(uid)?;
        let at = chunk.uids().position(|found| found == uid)?;
        Some(before + u32::try_from(at).ok()? + 1)
    }

    /// How many messages have a lesser UID.
    pub fn seq_before(&self, uid: Uid) -> u32 {
        match self.chunk_for(uid) {
            None => self.len(),
            Some((chunk, before)) => {
                before + u32::try_from(chunk.uids().take_while(|found| *found < uid).count()).unwrap_or(0)
            }
        }
    }

    /// The message with a UID.
    pub fn entry(&self, uid: Uid) -> Option<Entry> {
        let (chunk, before) = self.chunk_for(uid)?;
        chunk.entries(before).into_iter().find(|entry| entry.uid == uid)
    }

    /// All messages in order.
    pub fn entries(&self) -> impl Iterator<Item = Entry> + '_ {
        self.counted(|_, _| true).flat_map(|(chunk, before)| chunk.entries(before))
    }

    /// The messages with these UIDs, in order. Costs by the parts of the mailbox that the set touches.
    pub fn among<'a>(&'a self, uids: &'a UidSet) -> impl Iterator<Item = Entry> + 'a {
        self.changed_among(uids, ModSeq::new(0))
    }

    /// Those of the messages with these UIDs that changed after `modseq`, in order. Costs by the parts of the mailbox that
    /// were changed.
    pub fn changed_among<'a>(&'a self, uids: &'a UidSet, modseq: ModSeq) -> impl Iterator<Item = Entry> + 'a {
        let touched = self
            .counted(move |node, _| {
                node.newest > modseq && node.span().is_some_and(|(first, last)| uids.touches(first, last))
            })
            .filter(move |(chunk, _)| chunk.newest > modseq && uids.touches(chunk.first, chunk.last));
        touched.flat_map(move |(chunk, before)| {
            let all = uids.covers(chunk.first, chunk.last);
            let wanted = move |entry: &Entry| entry.modseq > modseq && (all || uids.contains(entry.uid));
            chunk.entries(before).into_iter().filter(wanted)
        })
    }

    /// The UIDs of the messages changed after `modseq`. Costs by the parts of the mailbox that were changed.
    pub fn changed_since(&self, modseq: ModSeq) -> UidSet {
        let mut set = UidSet::new();
        for (chunk, _) in self.counted(|node, _| node.newest > modseq) {
            if chunk.newest > modseq {
                chunk.collect_changed(modseq, &mut set);
            }
        }
        set
    }

    /// What happened between `old`, an earlier view of the same mailbox, and this one.
    pub fn since(&self, old: &Self) -> Delta {
        delta::between(old, self)
    }

    /// Octets of memory that the view takes, what it shares with other views included.
    pub fn memory(&self) -> usize {
        let chunks = self.chunks().map(|chunk| chunk.memory() + size_of::<Arc<Chunk>>());
        chunks.sum::<usize>() + self.nodes.len() * size_of::<Node>() + size_of::<Self>()
    }

    pub(crate) fn chunks(&self) -> impl Iterator<Item = &Arc<Chunk>> {
        self.nodes.iter().flat_map(|node| &node.chunks)
    }

    /// The chunks of nodes that are wanted, each with the number of messages before it.
    fn counted<'a>(
        &'a self,
        wanted: impl Fn(&Node, u32) -> bool + 'a,
    ) -> impl Iterator<Item = (&'a Arc<Chunk>, u32)> + 'a {
        let mut before = 0;
        self.nodes.iter().flat_map(move |node| {
            let mut at = before;
            let chunks = if wanted(node, before) { &node.chunks[..] } else { &[] };
            before += node.len;
            chunks.iter().map(move |chunk| {
                let start = at;
                at += u32::from(chunk.len);
                (chunk, start)
            })
        })
    }

    /// The first chunk that ends at or after `uid`, and the number of messages before it.
    fn chunk_for(&self, uid: Uid) -> Option<(&Arc<Chunk>, u32)> {
        let mut before = 0;
        for node in &self.nodes {
            if node.chunks.last().is_none_or(|chunk| chunk.last < uid) {
                before += node.len;
                continue;
            }
            for chunk in &node.chunks {
                if chunk.last >= uid {
                    return Some((chunk, before));
                }
                before += u32::from(chunk.len);
            }
        }
        None
    }
}
