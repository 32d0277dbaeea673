//! Threading (RFC 5256 §3): which message answers which, by references or by subject.
//!
//! Pure functions for an application that answers `THREAD`, or for a client whose server does not. Depth costs memory
//! and never the call stack, and time grows with the number of messages and references (and with the logarithm of the
//! former, for sorting). Texts are not looked at: a [`Key`] of each, made once, is compared instead.
//!
//! ```
//! use mailwright_imap::thread::{Keys, Message, references};
//! use std::num::NonZeroU32;
//!
//! let keys = Keys::new();
//! let [a, b, c] = ["a@example.test", "b@example.test", "c@example.test"].map(|id| keys.of(id));
//! let message = |number, id, refers, sent| Message {
//!     number: NonZeroU32::new(number).unwrap(),
//!     id: Some(id),
//!     references: refers,
//!     sent,
//!     subject: None,
//!     is_reply: false,
//! };
//! let threads = references(&[message(1, a, &[], 10), message(2, c, &[a, b], 30), message(3, b, &[a], 20)]);
//! let parents: Vec<_> = threads.nodes().iter().map(|node| (node.number.unwrap().get(), node.parent)).collect();
//! assert_eq!(parents, [(1, None), (3, Some(0)), (2, Some(1))]);
//! ```

use crate::types::response::Threads;
use std::{
    collections::HashMap,
    hash::{BuildHasher, BuildHasherDefault, Hash, Hasher, RandomState},
    num::NonZeroU32,
};

/// Makes keys that can be compared with each other, and with no others.
#[derive(Debug, Clone, Default)]
pub struct Keys(RandomState);

/// What stands for a text: the same for the same text, and another for another.
///
/// It is a keyed hash of 128 bits: nobody who does not know the key finds two texts that share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key([u64; 2]);

impl Keys {
    /// Draws a random key of the hash.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The key of a text: an identifier without brackets, or a subject in the form in which it is compared.
    #[must_use]
    pub fn of(&self, text: &str) -> Key {
        Key([0_u8, 1].map(|half| self.0.hash_one((half, text))))
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0[0]);
    }
}

/// Keys are hashes already.
#[derive(Debug, Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn write(&mut self, octets: &[u8]) {
        for octet in octets {
            self.write_u64(u64::from(*octet));
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = self.0.rotate_left(8) ^ hash;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

type ByKey<T> = HashMap<Key, T, BuildHasherDefault<AsItIs>>;

/// What threading needs to know of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message<'m> {
    /// Its message number or UID.
    pub number: NonZeroU32,
    /// Its Message-ID.
    pub id: Option<Key>,
    /// What it refers to, the oldest first: References, or the first of In-Reply-To.
    pub references: &'m [Key],
    /// When it was sent, in seconds; when it arrived, where it does not say.
    pub sent: i64,
    /// Its base subject (RFC 5256 §2.1) by `i;unicode-casemap` (RFC 5051); `None` where it is empty.
    pub subject: Option<Key>,
    /// Its subject said that it answers or forwards another.
    pub is_reply: bool,
}

/// Threads by base subject (`ORDEREDSUBJECT`): the oldest of each subject, and all others below it.
#[must_use]
pub fn ordered_subject(messages: &[Message<'_>]) -> Threads {
    let mut threads: Vec<Vec<NonZeroU32>> = Vec::new();
    let mut by_subject: ByKey<usize> = HashMap::default();
    for index in by_date(messages) {
        // No subject is one as well; no text has this key.
        let subject = messages[index].subject.unwrap_or(Key([0; 2]));
        let thread = *by_subject.entry(subject).or_insert_with(|| {
            threads.push(Vec::new());
            threads.len() - 1
        });
        threads[thread].push(messages[index].number);
    }
    let mut out = Threads::default();
    for thread in threads {
        let mut top = None;
        for number in thread {
            let place = out.push(top, Some(number));
            top = top.or(Some(place));
        }
    }
    out
}

/// Threads by references (`REFERENCES`).
#[must_use]
pub fn references(messages: &[Message<'_>]) -> Threads {
    let mut forest = Forest::new(messages);
    forest.link();
    forest.prune();
    forest.join_subjects();
    forest.written()
}

/// The messages, by when they were sent, and by number where that is the same.
fn by_date(messages: &[Message<'_>]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..messages.len()).collect();
    order.sort_by_key(|index| (messages[*index].sent, messages[*index].number));
    order
}

/// No node.
const NONE: usize = usize::MAX;

/// A message, or an empty place for one that is referred to and not there.
#[derive(Debug, Clone, Copy)]
struct Node {
    parent: usize,
    /// For finding the top of a tree: a node nearer to it, itself at the top.
    nearer: usize,
}

struct Forest<'m> {
    messages: &'m [Message<'m>],
    /// Those of the messages, in their order, and then the empty places.
    nodes: Vec<Node>,
    /// The messages by date: so children and threads are sorted in the end (steps 4 and 6).
    order: Vec<usize>,
}

impl<'m> Forest<'m> {
    fn new(messages: &'m [Message<'m>]) -> Self {
        let nodes = (0..messages.len()).map(|nearer| Node { parent: NONE, nearer }).collect();
        Self { messages, nodes, order: by_date(messages) }
    }

    fn make(&mut self) -> usize {
        let place = self.nodes.len();
        self.nodes.push(Node { parent: NONE, nearer: place });
        place
    }

    /// The top of the tree that a node is in.
    fn top(&mut self, mut place: usize) -> usize {
        while self.nodes[place].nearer != place {
            self.nodes[place].nearer = self.nodes[self.nodes[place].nearer].nearer;
            place = self.nodes[place].nearer;
        }
        place
    }

    /// Puts `child` below `parent`, unless it has a parent or that would make a circle.
    fn put_below(&mut self, child: usize, parent: usize) {
        if self.nodes[child].parent == NONE && self.top(parent) != child {
            self.nodes[child] = Node { parent, nearer: parent };
        }
    }

    /// Steps 1 and 2, message by message: where what they say makes a circle, the first ones are right.
    fn link(&mut self) {
        let mut by_id: ByKey<usize> = HashMap::default();
        by_id.reserve(2 * self.messages.len());
        for (index, id) in self.messages.iter().enumerate().filter_map(|(index, m)| Some((index, m.id?))) {
            // An identifier that is there already is as good as none.
            by_id.entry(id).or_insert(index);
        }
        for (index, message) in self.messages.iter().enumerate() {
            let mut parent = None;
            for id in message.references {
                let child = *by_id.entry(*id).or_insert_with(|| self.make());
                if let Some(parent) = parent.filter(|_| !self.speaks_later(child, index)) {
                    self.put_below(child, parent);
                }
                parent = Some(child);
            }
            if let Some(parent) = parent {
                self.put_below(index, parent);
            }
        }
    }

    /// Whether the message at a node will say itself what it refers to: that counts before what others say of it.
    fn speaks_later(&self, place: usize, now: usize) -> bool {
        place > now && self.messages.get(place).is_some_and(|message| !message.references.is_empty())
    }

    fn is_empty(&self, place: usize) -> bool {
        place >= self.messages.len()
    }

    /// Step 3: empty places give way to their children, but for one at the top that holds several together.
    fn prune(&mut self) {
        let mut held = vec![0_usize; self.nodes.len() - self.messages.len()];
        for index in 0..self.messages.len() {
            let parent = self.without_empty(self.nodes[index].parent);
            self.nodes[index].parent = parent;
            if let Some(held) = parent.checked_sub(self.messages.len()).and_then(|at| held.get_mut(at)) {
                *held += 1;
            }
        }
        for index in 0..self.messages.len() {
            let parent = self.nodes[index].parent.checked_sub(self.messages.len());
            if parent.and_then(|at| held.get(at)) == Some(&1) {
                self.nodes[index].parent = NONE;
            }
        }
    }

    /// The nearest of a place and those above it that is a message or at the top.
    fn without_empty(&mut self, place: usize) -> usize {
        let is_passed = |forest: &Self, place: usize| {
            place != NONE && forest.is_empty(place) && forest.nodes[place].parent != NONE
        };
        let mut found = place;
        while is_passed(self, found) {
            found = self.nodes[found].parent;
        }
        // The next one from here has a short way.
        let mut passed = place;
        while passed != found {
            passed = std::mem::replace(&mut self.nodes[passed].parent, found);
        }
        found
    }

    /// The tops of the trees by date, each with the first message in it that is not below another.
    fn roots(&self) -> Vec<(usize, usize)> {
        let mut is_listed = vec![false; self.nodes.len()];
        let mut roots = Vec::new();
        for &index in &self.order {
            let parent = self.nodes[index].parent;
            let root = if parent == NONE { index } else { parent };
            if (parent == NONE || self.is_empty(parent)) && !is_listed[root] {
                is_listed[root] = true;
                roots.push((root, index));
            }
        }
        roots
    }

    fn is_reply(&self, place: usize) -> bool {
        self.messages.get(place).is_some_and(|message| message.is_reply)
    }

    /// Step 5: trees of one subject become one.
    fn join_subjects(&mut self) {
        let roots = self.roots();
        let mut by_subject: ByKey<usize> = HashMap::default();
        by_subject.reserve(roots.len());
        for &(root, first) in &roots {
            let Some(subject) = self.messages[first].subject else { continue };
            let known = by_subject.entry(subject).or_insert(root);
            let better = (self.is_empty(root) && !self.is_empty(*known))
                || (self.is_reply(*known) && !self.is_reply(root) && !self.is_empty(*known));
            if better {
                *known = root;
            }
        }
        for (root, first) in roots {
            let subject = self.messages[first].subject.and_then(|subject| by_subject.get_mut(&subject));
            let Some(other) = subject.filter(|other| **other != root) else { continue };
            if !self.is_empty(*other) && (!self.is_reply(root) || self.is_reply(*other)) {
                // Neither answers the other: both go below an empty place, which takes the place of the other.
                let place = self.make();
                self.nodes[*other].parent = place;
                *other = place;
            }
            // What an empty place holds goes there with it.
            self.nodes[root].parent = *other;
        }
        for index in 0..self.messages.len() {
            let parent = self.nodes[index].parent;
            self.nodes[index].parent = self.without_empty(parent);
        }
    }

    fn written(&self) -> Threads {
        let mut first = vec![NONE; self.nodes.len()];
        let mut next = vec![NONE; self.messages.len()];
        for &index in self.order.iter().rev() {
            let parent = self.nodes[index].parent;
            if parent != NONE {
                next[index] = std::mem::replace(&mut first[parent], index);
            }
        }
        let mut out = Threads::default();
        let mut stack = Vec::new();
        for (root, _) in self.roots() {
            let number = self.messages.get(root).map(|message| message.number);
            stack.push((first[root], out.push(None, number)));
            while let Some((place, parent)) = stack.pop() {
                if place != NONE {
                    let written = out.push(Some(parent), Some(self.messages[place].number));
                    stack.extend([(next[place], parent), (first[place], written)]);
                }
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{encode::core::Encoder, types::response::ThreadNode};
    use proptest::{collection::vec, option, prelude::*};

    struct Told<'t> {
        number: u32,
        id: &'t str,
        refers: &'t str,
        subject: &'t str,
    }

    const fn message<'t>(number: u32, id: &'t str, refers: &'t str, subject: &'t str) -> Told<'t> {
        Told { number, id, refers, subject }
    }

    fn references(told: &[Told<'_>]) -> Threads {
        threaded(told, super::references)
    }

    fn ordered_subject(told: &[Told<'_>]) -> Threads {
        threaded(told, super::ordered_subject)
    }

    fn threaded(told: &[Told<'_>], by: fn(&[Message<'_>]) -> Threads) -> Threads {
        let keys = Keys::new();
        let refers: Vec<Vec<Key>> =
            told.iter().map(|told| told.refers.split_whitespace().map(|id| keys.of(id)).collect()).collect();
        let messages = told.iter().zip(&refers).map(|(told, references)| {
            let base = told.subject.strip_prefix("Re: ").unwrap_or(told.subject);
            Message {
                number: NonZeroU32::new(told.number).unwrap(),
                id: Some(keys.of(told.id)),
                references,
                sent: i64::from(told.number),
                subject: Some(keys.of(base)).filter(|_| !base.is_empty()),
                is_reply: base != told.subject,
            }
        });
        by(&messages.collect::<Vec<_>>())
    }

    fn written(threads: &Threads) -> String {
        let mut out = Encoder::server(false);
        out.value(threads);
        String::from_utf8(out.take().to_vec()).unwrap().trim().to_owned()
    }

    #[test]
    fn a_chain_a_fork_and_a_stranger() {
        let messages = [
            message(1, "a", "", "x"),
            message(2, "b", "a", "Re: x"),
            message(3, "c", "a b", "Re: x"),
            message(4, "d", "a", "Re: x"),
            message(5, "e", "", "y"),
        ];
        assert_eq!(written(&references(&messages)), "(1 (2 3)(4))(5)");
    }

    #[test]
    fn a_missing_parent_holds_its_children_together() {
        let messages = [message(1, "b", "a", "x"), message(2, "c", "a", "z")];
        assert_eq!(written(&references(&messages)), "((1)(2))");
        assert_eq!(written(&references(&messages[..1])), "(1)");
    }

    #[test]
    fn missing_ones_give_way_however_many_they_are() {
        let messages =
            [message(1, "d", "a b c", ""), message(2, "f", "a b e", ""), message(3, "g", "d h", "")];
        assert_eq!(written(&references(&messages)), "((1 3)(2))");
        assert_eq!(written(&references(&messages[1..])), "(2)(3)");
    }

    #[test]
    fn circles_are_not_closed() {
        let messages = [message(1, "a", "b", ""), message(2, "b", "a", ""), message(3, "c", "c", "")];
        assert_eq!(references(&messages).nodes().len(), 3);
        // The last says that it answers the second, which is below it already.
        let messages = [message(1, "a", "", ""), message(2, "b", "c a", ""), message(3, "c", "b", "")];
        assert_eq!(written(&references(&messages)), "(3 1 2)");
        assert_eq!(written(&references(&messages[1..])), "(3 2)");
    }

    #[test]
    fn one_subject_makes_one_thread() {
        let joined = |one: &str, other: &str| {
            written(&references(&[message(1, "a", "", one), message(2, "b", "", other)]))
        };
        assert_eq!(joined("x", "Re: x"), "(1 2)");
        assert_eq!(joined("Re: x", "x"), "(2 1)");
        assert_eq!(joined("x", "x"), "((1)(2))");
        assert_eq!(joined("", ""), "(1)(2)");
        assert_eq!(joined("x", "y"), "(1)(2)");
        let held = [
            message(1, "a", "n", "x"),
            message(2, "b", "n", "y"),
            message(3, "c", "m", "Re: x"),
            message(4, "d", "m", "z"),
            message(5, "e", "", "x"),
        ];
        assert_eq!(written(&references(&held)), "((1)(2)(3)(4)(5))");
        assert_eq!(written(&references(&held[2..])), "((3)(4)(5))");
    }

    #[test]
    fn ordered_subject_is_flat() {
        let messages = [
            message(1, "a", "", "x"),
            message(2, "b", "", "y"),
            message(3, "c", "", "Re: x"),
            message(4, "d", "", "x"),
        ];
        assert_eq!(written(&ordered_subject(&messages)), "(1 (3)(4))(2)");
    }

    #[test]
    fn a_chain_of_a_hundred_thousand_costs_no_stack() {
        let count = 100_000;
        let ids: Vec<String> = (0..=count).map(|n| n.to_string()).collect();
        let mut messages: Vec<Told<'_>> =
            (1..=count).zip(ids.windows(2)).map(|(n, ids)| message(n, &ids[1], &ids[0], "")).collect();
        assert_eq!(references(&messages).nodes().len(), count as usize);
        messages.reverse();
        assert_eq!(references(&messages).nodes().len(), count as usize);
    }

    /// A message's identifier, what it refers to, when it was sent, its subject, and whether it answers.
    type Drawn = (Option<u8>, Vec<u8>, i64, u8, bool);

    fn drawn() -> impl Strategy<Value = Vec<Drawn>> {
        let refers = vec(0..12_u8, 0..5);
        vec((option::weighted(0.9, 0..12_u8), refers, 0..4_i64, 0..4_u8, any::<bool>()), 0..20)
    }

    proptest::proptest! {
        #[test]
        fn every_message_has_one_place_and_siblings_are_in_order(drawn in drawn()) {
            let keys = Keys::new();
            let key = |text: u8| keys.of(&text.to_string());
            let refers: Vec<Vec<Key>> = drawn.iter().map(|m| m.1.iter().map(|id| key(*id)).collect()).collect();
            let messages: Vec<Message<'_>> = (1..).zip(&drawn).zip(&refers).map(|((number, m), references)| Message {
                number: NonZeroU32::new(number).unwrap(),
                id: m.0.map(key),
                references,
                sent: m.2,
                subject: Some(m.3).filter(|subject| *subject > 0).map(key),
                is_reply: m.4,
            }).collect();
            for by in [super::references, super::ordered_subject] {
                let threads = by(&messages);
                let nodes = threads.nodes();
                let mut numbers: Vec<u32> = nodes.iter().filter_map(|node| Some(node.number?.get())).collect();
                numbers.sort_unstable();
                prop_assert!(numbers.iter().copied().eq(1..=u32::try_from(drawn.len()).unwrap()));
                let children = |place| nodes.iter().filter(move |node| node.parent == Some(place));
                let date = |node: &ThreadNode| node.number.map(|n| (messages[n.get() as usize - 1].sent, n));
                for (place, node) in nodes.iter().enumerate() {
                    prop_assert!(node.number.is_some() || node.parent.is_none() && children(place).count() > 1);
                    prop_assert!(children(place).map(date).is_sorted());
                }
                let first = |place: usize| date(&nodes[place]).or_else(|| children(place).find_map(date));
                let roots = (0..nodes.len()).filter(|place| nodes[*place].parent.is_none());
                prop_assert!(roots.map(first).is_sorted());
            }
        }
    }
}
