//! Changing a view: only the chunks that are touched are made anew.

use std::{collections::BTreeSet, sync::Arc};

use crate::{
    Uid, UidSet,
    view::{Chunk, Entry, Node, View},
};

/// A view being changed, and which of its chunks must be written.
#[derive(Debug)]
pub(crate) struct Edit {
    pub(crate) view: View,
    /// Bases of chunks that were made, changed or removed.
    pub(crate) dirty: BTreeSet<Uid>,
}

/// Chunks in a full node.
const NODE: usize = 64;

impl Edit {
    pub(crate) fn new(view: View) -> Self {
        Self { view, dirty: BTreeSet::new() }
    }

    /// The chunk with this base, if it (still) exists.
    pub(crate) fn chunk(&self, base: Uid) -> Option<&Arc<Chunk>> {
        let at = self.view.nodes.partition_point(|n| n.chunks.last().is_some_and(|c| c.base < base));
        let chunks = &self.view.nodes.get(at)?.chunks;
        chunks.binary_search_by_key(&base, |chunk| chunk.base).ok().map(|i| &chunks[i])
    }

    /// Puts chunks read from disk at the end.
    pub(crate) fn load(&mut self, chunk: Chunk) {
        if self.view.nodes.last().is_none_or(|node| node.chunks.len() >= NODE) {
            self.view.nodes.push(Arc::default());
        }
        if let Some(node) = self.view.nodes.last_mut().map(Arc::make_mut) {
            node.chunks.push(Arc::new(chunk));
            node.sum_up();
        }
    }

    /// Adds messages, ascending, whose UIDs are above all others.
    pub(crate) fn append(&mut self, new: &[Entry]) {
        let mut new = new;
        if let Some(node) = self.view.nodes.last_mut()
            && let Some(tail) = node.chunks.last()
            && usize::from(tail.len) < Chunk::MAX
        {
            let (base, room) = (tail.base, Chunk::MAX - usize::from(tail.len));
            let (now, rest) = new.split_at(room.min(new.len()));
            let mut entries = tail.entries(0);
            entries.extend_from_slice(now);
            if let Some(chunk) = Chunk::pack(base, &entries) {
                let node = Arc::make_mut(node);
                node.chunks.pop();
                node.chunks.push(Arc::new(chunk));
                node.sum_up();
                self.dirty.insert(base);
            }
            new = rest;
        }
        for group in new.chunks(Chunk::MAX) {
            if let Some(chunk) = Chunk::pack(group[0].uid, group) {
                self.dirty.insert(chunk.base);
                self.load(chunk);
            }
        }
    }

    /// Rewrites the entries of the chunks that `uids` touches: `change` gets the messages of a chunk that are in
    /// `uids` first to last and says whether it changed any.
    pub(crate) fn update(&mut self, uids: &UidSet, mut change: impl FnMut(&mut Entry) -> bool) {
        self.rewrite(uids, |entries, all| {
            let mut changed = false;
            for entry in entries.iter_mut() {
                if all || uids.contains(entry.uid) {
                    changed |= change(entry);
                }
            }
            changed
        });
    }

    /// Removes messages and gives them back in order.
    pub(crate) fn remove(&mut self, uids: &UidSet) -> Vec<Entry> {
        let mut removed = Vec::new();
        self.rewrite(uids, |entries, _| {
            let before = entries.len();
            entries.retain(|entry| {
                let gone = uids.contains(entry.uid);
                if gone {
                    removed.push(*entry);
                }
                !gone
            });
            entries.len() != before
        });
        removed
    }

    fn rewrite(&mut self, uids: &UidSet, mut change: impl FnMut(&mut Vec<Entry>, bool) -> bool) {
        let mut emptied = false;
        for node in &mut self.view.nodes {
            let span = node.chunks.first().zip(node.chunks.last());
            if !span.is_some_and(|(a, b)| uids.touches(a.first, b.last)) {
                continue;
            }
            // What becomes of the chunks that change: nothing, if no message is left in one.
            let mut changed: Vec<(usize, Option<Chunk>)> = Vec::new();
            for (at, old) in node.chunks.iter().enumerate() {
                if !uids.touches(old.first, old.last) {
                    continue;
                }
                let mut entries = old.entries(0);
                if change(&mut entries, uids.covers(old.first, old.last)) {
                    self.dirty.insert(old.base);
                    changed.push((at, Chunk::pack(old.base, &entries)));
                }
            }
            if changed.is_empty() {
                continue;
            }
            let before = node.len;
            let node = Arc::make_mut(node);
            for (at, chunk) in changed.into_iter().rev() {
                match chunk {
                    Some(chunk) => node.chunks[at] = Arc::new(chunk),
                    None => drop(node.chunks.remove(at)),
                }
            }
            node.sum_up();
            if node.len < before {
                merge(node, &mut self.dirty);
            }
            emptied |= node.chunks.is_empty();
        }
        if emptied {
            self.view.nodes.retain(|node| !node.chunks.is_empty());
        }
    }
}

/// Joins neighbours that together fill less than half a chunk, so that a thinned-out mailbox stays compact.
fn merge(node: &mut Node, dirty: &mut BTreeSet<Uid>) {
    let small = |a: &Chunk, b: &Chunk| usize::from(a.len) + usize::from(b.len) <= Chunk::MAX / 2;
    if !node.chunks.windows(2).any(|pair| small(&pair[0], &pair[1])) {
        return;
    }
    let mut kept: Vec<Arc<Chunk>> = Vec::with_capacity(node.chunks.len());
    for chunk in std::mem::take(&mut node.chunks) {
        if let Some(last) = kept.last_mut()
            && small(last, &chunk)
        {
            let mut entries = last.entries(0);
            entries.extend(chunk.entries(0));
            if let Some(joined) = Chunk::pack(last.base, &entries) {
                dirty.extend([last.base, chunk.base]);
                *last = Arc::new(joined);
                continue;
            }
        }
        kept.push(chunk);
    }
    node.chunks = kept;
}
