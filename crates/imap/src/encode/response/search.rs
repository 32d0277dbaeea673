//! `SEARCH`, `SORT`, `ESEARCH` and `THREAD`.

use crate::{
    encode::{Encode, core::Encoder},
    types::{
        UidSet,
        response::{Esearch, EsearchItem, Search, Threads},
    },
};

/// `*(SP nz-number) [SP search-sort-mod-seq]`
impl Encode for Search {
    fn encode(&self, out: &mut Encoder) {
        out.spaced_numbers(&self.numbers);
        if let Some(mod_seq) = self.mod_seq {
            out.put(" (MODSEQ ").number(mod_seq.value()).byte(b')');
        }
    }
}

/// `esearch-response = "ESEARCH" [search-correlator] [SP "UID"] *(SP search-return-data)`
impl Encode for Esearch {
    fn encode(&self, out: &mut Encoder) {
        let correlator = &self.correlator;
        if let Some(tag) = &correlator.tag {
            out.put(" (TAG ").string(tag);
            if let Some(mailbox) = &correlator.mailbox {
                out.put(" MAILBOX ").mailbox(mailbox);
            }
            if let Some(validity) = correlator.uid_validity {
                out.put(" UIDVALIDITY ").number(u64::from(validity.value()));
            }
            out.byte(b')');
        }
        if self.uid {
            out.put(" UID");
        }
        for item in &self.items {
            match item {
                EsearchItem::Min(number) => out.put(" MIN ").number(u64::from(*number)),
                EsearchItem::Max(number) => out.put(" MAX ").number(u64::from(*number)),
                EsearchItem::Count(count) => out.put(" COUNT ").number(u64::from(*count)),
                EsearchItem::All(set) => out.put(" ALL ").uid_set(set),
                EsearchItem::ModSeq(mod_seq) => out.put(" MODSEQ ").number(mod_seq.value()),
                EsearchItem::Partial { range, numbers } => {
                    out.put(" PARTIAL (").display(range.first).byte(b':').display(range.last).byte(b' ');
                    match numbers {
                        Some(numbers) => out.uid_set(numbers),
                        None => out.put("NIL"),
                    };
                    out.byte(b')')
                }
                EsearchItem::Relevancy(scores) => out.put(" RELEVANCY ").list(scores, |out, score| {
                    out.number(u64::from(*score));
                }),
                EsearchItem::AddTo(changes) => positions(out.put(" ADDTO "), changes),
                EsearchItem::RemoveFrom(changes) => positions(out.put(" REMOVEFROM "), changes),
                EsearchItem::Other(name, value) => out.byte(b' ').put(name).byte(b' ').value(value),
            };
        }
    }
}

/// `"(" context-position SP sequence-set *(SP context-position SP sequence-set) ")"`
fn positions<'e>(out: &'e mut Encoder, changes: &[(u32, UidSet)]) -> &'e mut Encoder {
    out.list(changes, |out, (position, set)| {
        out.number(u64::from(*position)).byte(b' ').uid_set(set);
    })
}

/// `thread-data = "THREAD" [SP 1*thread-list]`
///
/// Iterative: a thread may be as deep as the mailbox is large.
impl Encode for Threads {
    fn encode(&self, out: &mut Encoder) {
        enum Task {
            /// A place, in parentheses of its own.
            Branch(usize),
            /// A place that goes on the line of its parent; the first in the parentheses or not.
            Chain(usize, bool),
            Close,
        }
        let nodes = self.nodes();
        let mut children: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
        let mut tasks = Vec::new();
        for (index, node) in nodes.iter().enumerate() {
            match node.parent {
                Some(parent) => children[parent].push(index),
                None => tasks.push(Task::Branch(index)),
            }
        }
        if !tasks.is_empty() {
            out.byte(b' ');
        }
        tasks.reverse();
        while let Some(task) = tasks.pop() {
            match task {
                Task::Close => {
                    out.byte(b')');
                }
                Task::Branch(index) => {
                    out.byte(b'(');
                    tasks.push(Task::Close);
                    tasks.push(Task::Chain(index, true));
                }
                Task::Chain(index, first) => {
                    if let Some(number) = nodes[index].number {
                        out.put(if first { "" } else { " " }).number(u64::from(number.get()));
                    }
                    match children[index][..] {
                        [] => {}
                        [only] if nodes[index].number.is_some() && nodes[only].number.is_some() => {
                            tasks.push(Task::Chain(only, false));
                        }
                        ref several => {
                            if nodes[index].number.is_some() {
                                out.byte(b' ');
                            }
                            tasks.extend(several.iter().rev().map(|&child| Task::Branch(child)));
                        }
                    }
                }
            }
        }
    }
}
