//! Threading (RFC 5256 §3): which message answers which, by references or by subject.
//!
//! Pure functions for an application that answers `THREAD`, or for a client whose server does not. Depth costs memory
//! and never the call stack, and time grows with the number of messages and references (and with the logarithm of the
//! former, for sorting).
//!
//! ```
//! use mailwright_imap::thread::{Message, references};
//! use std::num::NonZeroU32;
//!
//! let message = |number, id: &str, refers: &[&str], sent| Message {
//!     number: NonZeroU32::new(number).unwrap(),
//!     id: Some(id.to_owned()),
//!     references: refers.iter().map(|id| (*id).to_owned()).collect(),
//!     sent,
//!     subject: String::new(),
//!     is_reply: false,
//! };
//! let threads = references(&[message(1, "a", &[], 10), message(2, "c", &["a", "b"], 30), message(3, "b", &["a"], 20)]);
//! let parents: Vec<_> = threads.nodes().iter().map(|node| (node.number.unwrap().get(), node.parent)).collect();
//! assert_eq!(parents, [(1, None), (3, Some(0)), (2, Some(1))]);
//! ```

use crate::types::response::Threads;
use std::{
    collections::{BTreeMap, HashMap},
    num::NonZeroU32,
};

/// What threading needs to know of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its message number or UID.
    pub number: NonZeroU32,
    /// Its Message-ID, without brackets.
    pub id: Option<String>,
    /// What it refers to, the oldest first: References, or the first of In-Reply-To.
    pub references: Vec<String>,
    /// When it was sent, in seconds; when it arrived, where it does not say.
    pub sent: i64,
    /// Its base subject (RFC 5256 §2.1), in one case.
    pub subject: String,
    /// Its subject said that it answers or forwards another.
    pub is_reply: bool,
}

/// Threads by base subject (`ORDEREDSUBJECT`): the oldest of each subject, and all others below it.
pub fn ordered_subject(messages: &[Message]) -> Threads {
    let mut subjects: BTreeMap<&str, Vec<&Message>> = BTreeMap::new();
    for message in messages {
        subjects.entry(&message.subject).or_default().push(message);
    }
    let mut threads: Vec<Vec<&Message>> = subjects.into_values().collect();
    for thread in &mut threads {
        thread.sort_by_key(|message| (message.sent, message.number));
    }
    threads.sort_by_key(|thread| thread.first().map(|first| (first.sent, first.number)));
    let mut out = Threads::default();
    for thread in threads {
        let mut top = None;
        for message in thread {
            let place = out.push(top, Some(message.number));
            top = top.or(Some(place));
        }
    }
    out
}

/// Threads by references (`REFERENCES`).
pub fn references(messages: &[Message]) -> Threads {
    let mut forest = Forest::new(messages);
    forest.link();
    forest.adopt();
    forest.prune();
    forest.sort();
    forest.join_subjects();
    forest.sort();
    forest.written()
}

/// A message, or a place for one that is referred to and not there.
#[derive(Debug, Default, Clone)]
struct Node {
    message: Option<usize>,
    parent: Option<usize>,
    children: Vec<usize>,
}

struct Forest<'m> {
    messages: &'m [Message],
    nodes: Vec<Node>,
    by_id: HashMap<&'m str, usize>,
    /// Each message's node.
    places: Vec<usize>,
    /// For finding the top of a tree: a node nearer to it, itself at the top.
    nearer: Vec<usize>,
    roots: Vec<usize>,
}

impl<'m> Forest<'m> {
    fn new(messages: &'m [Message]) -> Self {
        let mut forest = Self {
            messages,
            nodes: Vec::with_capacity(messages.len()),
            by_id: HashMap::with_capacity(messages.len()),
            places: Vec::with_capacity(messages.len()),
            nearer: Vec::with_capacity(messages.len()),
            roots: Vec::new(),
        };
        for (index, message) in messages.iter().enumerate() {
            let known = message.id.as_deref().map(|id| forest.node(id));
            // An identifier that is there already is as good as none.
            let place = match known {
                Some(place) if forest.nodes[place].message.is_none() => place,
                _ => forest.make(),
            };
            forest.nodes[place].message = Some(index);
            forest.places.push(place);
        }
        forest
    }

    fn make(&mut self) -> usize {
        self.nodes.push(Node::default());
        self.nearer.push(self.nearer.len());
        self.nodes.len() - 1
    }

    fn node(&mut self, id: &'m str) -> usize {
        if let Some(place) = self.by_id.get(id) {
            return *place;
        }
        let place = self.make();
        self.by_id.insert(id, place);
        place
    }

    /// The top of the tree that a node is in.
    fn top(&mut self, mut place: usize) -> usize {
        while self.nearer[place] != place {
            self.nearer[place] = self.nearer[self.nearer[place]];
            place = self.nearer[place];
        }
        place
    }

    /// Puts `child` below `parent`, unless it has a parent or that would make a circle.
    fn put_below(&mut self, child: usize, parent: usize) {
        if self.nodes[child].parent.is_some() || self.top(parent) == child {
            return;
        }
        self.nodes[child].parent = Some(parent);
        self.nearer[child] = parent;
    }

    /// Steps 1 and 2, message by message: where what they say makes a circle, the first ones are right.
    fn link(&mut self) {
        for (index, message) in self.messages.iter().enumerate() {
            for pair in message.references.windows(2) {
                let (parent, child) = (self.node(&pair[0]), self.node(&pair[1]));
                if !self.speaks_later(child, index) {
                    self.put_below(child, parent);
                }
            }
            if let Some(last) = message.references.last() {
                let parent = self.node(last);
                self.put_below(self.places[index], parent);
            }
        }
    }

    /// Whether the message at a node will say itself what it refers to: that counts before what others say of it.
    fn speaks_later(&self, place: usize, now: usize) -> bool {
        let message = self.nodes[place].message.filter(|index| *index > now);
        message.is_some_and(|index| !self.messages[index].references.is_empty())
    }

    /// Makes lists of children from the parents.
    fn adopt(&mut self) {
        for place in 0..self.nodes.len() {
            match self.nodes[place].parent {
                Some(parent) => self.nodes[parent].children.push(place),
                None => self.roots.push(place),
            }
        }
    }

    /// Children before their parents.
    fn upwards(&self) -> Vec<usize> {
        let mut order = self.roots.clone();
        let mut next = 0;
        while next < order.len() {
            order.extend_from_slice(&self.nodes[order[next]].children);
            next += 1;
        }
        order.reverse();
        order
    }

    /// Step 3: empty places give way to their children, but for one at the top that holds several together.
    fn prune(&mut self) {
        for place in self.upwards() {
            let children = std::mem::take(&mut self.nodes[place].children);
            self.nodes[place].children = self.without_empty(children, false);
        }
        let roots = std::mem::take(&mut self.roots);
        self.roots = self.without_empty(roots, true);
    }

    fn without_empty(&mut self, list: Vec<usize>, at_top: bool) -> Vec<usize> {
        let mut kept = Vec::with_capacity(list.len());
        for place in list {
            let node = &mut self.nodes[place];
            if node.message.is_some() || (at_top && node.children.len() > 1) {
                kept.push(place);
            } else {
                kept.append(&mut node.children);
            }
        }
        kept
    }

    /// The message that a tree goes by: its top, or the first below an empty top.
    fn first(&self, place: usize) -> Option<&'m Message> {
        let node = &self.nodes[place];
        let message = node.message.or_else(|| self.nodes[*node.children.first()?].message)?;
        self.messages.get(message)
    }

    /// Steps 4 and 6: by date, and by number where that is the same.
    fn sort(&mut self) {
        let key = |forest: &Self, place: &usize| forest.first(*place).map(|first| (first.sent, first.number));
        for place in self.upwards() {
            let mut children = std::mem::take(&mut self.nodes[place].children);
            children.sort_by_key(|child| key(self, child));
            self.nodes[place].children = children;
        }
        let mut roots = std::mem::take(&mut self.roots);
        roots.sort_by_key(|root| key(self, root));
        self.roots = roots;
    }

    fn is_reply(&self, place: usize) -> bool {
        self.nodes[place].message.is_some_and(|index| self.messages[index].is_reply)
    }

    fn is_empty(&self, place: usize) -> bool {
        self.nodes[place].message.is_none()
    }

    /// Step 5: trees of one subject become one.
    fn join_subjects(&mut self) {
        let mut by_subject: HashMap<&'m str, usize> = HashMap::new();
        let roots = std::mem::take(&mut self.roots);
        let subject = |forest: &Self, root: usize| {
            forest.first(root).map(|first| first.subject.as_str()).filter(|text| !text.is_empty())
        };
        for &root in &roots {
            let Some(text) = subject(self, root) else { continue };
            let known = by_subject.entry(text).or_insert(root);
            let better = (self.is_empty(root) && !self.is_empty(*known))
                || (self.is_reply(*known) && !self.is_reply(root) && !self.is_empty(*known));
            if better {
                *known = root;
            }
        }
        let mut gone = vec![false; self.nodes.len()];
        for &root in &roots {
            let Some(text) = subject(self, root) else { continue };
            let Some(&other) = by_subject.get(text).filter(|other| **other != root) else { continue };
            gone[root] = true;
            if self.is_empty(other) {
                if self.is_empty(root) {
                    let mut children = std::mem::take(&mut self.nodes[root].children);
                    self.nodes[other].children.append(&mut children);
                } else {
                    self.nodes[other].children.push(root);
                }
            } else if self.is_reply(root) && !self.is_reply(other) {
                self.nodes[other].children.push(root);
            } else {
                // Neither answers the other: both go below an empty place, which takes the place of the other.
                let place = self.make();
                gone.push(false);
                self.nodes[place].children = vec![other, root];
                gone[other] = true;
                by_subject.insert(text, place);
                self.roots.push(place);
            }
        }
        self.roots.extend(roots);
        self.roots.retain(|root| !gone[*root]);
    }

    fn written(&self) -> Threads {
        let mut out = Threads::default();
        let mut stack: Vec<(usize, Option<usize>)> =
            self.roots.iter().rev().map(|root| (*root, None)).collect();
        while let Some((place, parent)) = stack.pop() {
            let node = &self.nodes[place];
            let number = node.message.map(|index| self.messages[index].number);
            let written = out.push(parent, number);
            stack.extend(node.children.iter().rev().map(|child| (*child, Some(written))));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::core::Encoder;

    fn message(number: u32, id: &str, refers: &str, subject: &str) -> Message {
        let base = subject.strip_prefix("Re: ").unwrap_or(subject);
        Message {
            number: NonZeroU32::new(number).unwrap(),
            id: Some(id.to_owned()),
            references: refers.split_whitespace().map(str::to_owned).collect(),
            sent: i64::from(number),
            subject: base.to_lowercase(),
            is_reply: base != subject,
        }
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
        let messages: Vec<Message> =
            (1..=count).map(|n| message(n, &n.to_string(), &(n - 1).to_string(), "")).collect();
        let threads = references(&messages);
        assert_eq!(threads.nodes().len(), count as usize);
        let backwards: Vec<Message> = messages.into_iter().rev().collect();
        assert_eq!(references(&backwards).nodes().len(), count as usize);
    }
}
