//! What happened between two views of one mailbox.

use std::{cmp::Ordering, sync::Arc};

use crate::{
    UidSet,
    view::{Chunk, View},
};

/// The difference between two views: what a session tells its client.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delta {
    /// Messages that are gone: sequence numbers are those of the old view.
    pub vanished: UidSet,
    /// Messages that are in both, and whose flags or modification sequence changed.
    pub changed: UidSet,
    /// Messages that are new.
    pub arrived: UidSet,
}

impl Delta {
    /// Whether nothing happened.
    pub fn is_empty(&self) -> bool {
        self.vanished.is_empty() && self.changed.is_empty() && self.arrived.is_empty()
    }
}

/// Compares the parts that the two views do not share.
pub(super) fn between(old: &View, new: &View) -> Delta {
    let (left, right) = unshared(old, new);
    let mut before = UidSet::new();
    for chunk in left {
        chunk.collect_uids(&mut before);
    }
    let mut after = UidSet::new();
    let mut touched = UidSet::new();
    for chunk in right {
        chunk.collect_uids(&mut after);
        if chunk.newest > old.highest_modseq {
            chunk.collect_changed(old.highest_modseq, &mut touched);
        }
    }
    let arrived = after.difference(&before);
    Delta { vanished: before.difference(&after), changed: touched.difference(&arrived), arrived }
}

/// The chunks of each view that the other does not have.
fn unshared<'a>(old: &'a View, new: &'a View) -> (Vec<&'a Arc<Chunk>>, Vec<&'a Arc<Chunk>>) {
    let same = old.nodes.iter().zip(&new.nodes).take_while(|(a, b)| Arc::ptr_eq(a, b)).count();
    let mut left = old.nodes[same..].iter().flat_map(|node| &node.chunks).peekable();
    let mut right = new.nodes[same..].iter().flat_map(|node| &node.chunks).peekable();
    let (mut only_old, mut only_new) = (Vec::new(), Vec::new());
    loop {
        let order = match (left.peek(), right.peek()) {
            (Some(a), Some(b)) => a.base.cmp(&b.base),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return (only_old, only_new),
        };
        let a = if order == Ordering::Greater { None } else { left.next() };
        let b = if order == Ordering::Less { None } else { right.next() };
        if let (Some(a), Some(b)) = (a, b)
            && Arc::ptr_eq(a, b)
        {
            continue;
        }
        only_old.extend(a);
        only_new.extend(b);
    }
}
