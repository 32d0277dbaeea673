//! `THREAD`: messages arranged by who answers whom.

use std::num::NonZeroU32;

/// Threads (RFC 5256 §4), as one flat list in which each message names its parent, so that a thread may be of any depth.
///
/// ```
/// use mailwright_imap::types::response::Threads;
/// # use std::num::NonZeroU32;
/// let mut threads = Threads::default();
/// let root = threads.push(None, NonZeroU32::new(3));
/// threads.push(Some(root), NonZeroU32::new(6));
/// assert_eq!(threads.nodes()[1].parent, Some(0));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Threads(Vec<ThreadNode>);

/// One place in a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ThreadNode {
    /// The index of the message that this one answers; always lower than its own. `None`: it begins a thread.
    pub parent: Option<usize>,
    /// The message number or UID. `None`: the message is not in the result, its children are.
    pub number: Option<NonZeroU32>,
}

impl Threads {
    /// The messages; parents come before their children, and siblings are in order.
    pub fn nodes(&self) -> &[ThreadNode] {
        &self.0
    }

    /// Adds a place at the end and returns its index. A parent that does not exist counts as none.
    pub fn push(&mut self, parent: Option<usize>, number: Option<NonZeroU32>) -> usize {
        let index = self.0.len();
        self.0.push(ThreadNode { parent: parent.filter(|&parent| parent < index), number });
        index
    }
}
