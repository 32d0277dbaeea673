//! The outbound queue: what waits to be sent, and how it went so far.
//!
//! The store keeps the facts and the order; how mail is sent, and when it is tried again, is the caller's business.

use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;

use crate::{Delivery, QueueId, Timestamp};

/// An entry to be queued: one envelope of a message.
#[derive(Debug, Clone, Default)]
pub struct NewEntry {
    /// Where a bounce goes; empty: nowhere.
    pub reverse_path: String,
    /// Parameters of the envelope, as the caller encodes them.
    pub params: Bytes,
    /// Octets before the body that only this entry has.
    pub prefix: Bytes,
    /// Who is to get it.
    pub recipients: Vec<NewRecipient>,
}

/// A recipient of an entry to be queued.
#[derive(Debug, Clone, Default)]
pub struct NewRecipient {
    /// The address.
    pub forward_path: String,
    /// What attempts are grouped by, usually the domain: [`Claim::skip`] compares it octet by octet.
    pub route: String,
    /// Parameters and history, as the caller encodes them.
    pub facts: Bytes,
    /// When to try first.
    pub due: Timestamp,
}

/// An entry of the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueEntry {
    /// Its number.
    pub id: QueueId,
    /// When it was queued.
    pub created: Timestamp,
    /// Where a bounce goes; empty: nowhere.
    pub reverse_path: String,
    /// Parameters of the envelope, as the caller encoded them.
    pub params: Bytes,
    /// Octets of the message, the entry's prefix included.
    pub size: u64,
    /// All recipients, in the order they were given; of a claimed entry only those that were claimed.
    pub recipients: Vec<QueueRecipient>,
}

/// A recipient of a queued entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueRecipient {
    /// Its place in the entry, from 0.
    pub number: u32,
    /// The address.
    pub forward_path: String,
    /// What attempts are grouped by.
    pub route: String,
    /// Parameters and history, as the caller encoded them.
    pub facts: Bytes,
    /// What is to happen with it.
    pub state: RecipientState,
}

/// What is to happen with a recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecipientState {
    /// An attempt is due at this time.
    Waiting(Timestamp),
    /// Nothing more: it was sent, refused for good, given up or cancelled.
    Done,
}

/// Which entries to hand out.
#[derive(Debug, Clone, Default)]
pub struct Claim {
    /// Those due at or before this time.
    pub now: Timestamp,
    /// At most this many entries.
    pub limit: usize,
    /// Routes to leave out, because they are busy: a dead destination never hides a live one.
    pub skip: HashSet<String>,
}

/// Which recipients are to be tried sooner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hurry {
    /// Those of one entry.
    Entry(QueueId),
    /// Those due after this time: with the time now, all of them.
    DueAfter(Timestamp),
}

/// An entry handed out: nobody else gets these recipients until this value is dropped.
///
/// The lease lives in memory: after a crash the recipients are due again.
#[derive(Debug)]
pub struct Leased {
    /// The entry with the recipients to try.
    pub entry: QueueEntry,
    pub(crate) lease: Lease,
}

impl Leased {
    /// Puts recipients with different keys under leases of their own, so that each group can be given to another
    /// attempt. The groups come in the order of their first recipients.
    #[must_use]
    pub fn split_by<K: Eq + Hash>(mut self, mut key: impl FnMut(&QueueRecipient) -> K) -> Vec<Self> {
        let mut places: HashMap<K, usize> = HashMap::new();
        let mut groups: Vec<Vec<QueueRecipient>> = Vec::new();
        for recipient in std::mem::take(&mut self.entry.recipients) {
            let next = groups.len();
            let place = *places.entry(key(&recipient)).or_insert(next);
            if place == next {
                groups.push(Vec::new());
            }
            groups[place].push(recipient);
        }
        if groups.len() <= 1 {
            self.entry.recipients = groups.pop().unwrap_or_default();
            return vec![self];
        }
        // From here on the groups give them back.
        self.lease.numbers.clear();
        let group = |recipients: Vec<QueueRecipient>| {
            let numbers = recipients.iter().map(|recipient| recipient.number).collect();
            let lease = Lease { all: self.lease.all.clone(), entry: self.lease.entry, numbers };
            Self { entry: QueueEntry { recipients, ..self.entry.clone() }, lease }
        };
        groups.into_iter().map(group).collect()
    }
}

/// Which recipients are handed out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Leases {
    held: Arc<Mutex<HashSet<(QueueId, u32)>>>,
}

impl Leases {
    pub(crate) fn is_held(&self, entry: QueueId, number: u32) -> bool {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).contains(&(entry, number))
    }

    /// Takes those that are free.
    pub(crate) fn take(&self, entry: QueueId, numbers: impl Iterator<Item = u32>) -> Lease {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = numbers.filter(|number| held.insert((entry, *number))).collect();
        Lease { all: self.clone(), entry, numbers: taken }
    }
}

/// Some recipients of an entry, given back when dropped.
#[derive(Debug)]
pub(crate) struct Lease {
    all: Leases,
    entry: QueueId,
    pub(crate) numbers: Vec<u32>,
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut held = self.all.held.lock().unwrap_or_else(PoisonError::into_inner);
        for number in &self.numbers {
            held.remove(&(self.entry, *number));
        }
    }
}

/// How attempts went: all of it is committed at once, so that a recipient is never done without its bounce.
#[derive(Debug)]
pub struct Settlement<S> {
    /// Which entry. If it has been cancelled meanwhile, the outcomes are dropped and the notices delivered.
    pub entry: QueueId,
    /// What became of recipients. An entry whose recipients are all done is removed.
    pub outcomes: Vec<Outcome>,
    /// Bounces and other reports that follow from it.
    pub notices: Vec<Delivery<S>>,
}

/// What became of one recipient.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Its place in the entry.
    pub number: u32,
    /// What is to happen next.
    pub state: RecipientState,
    /// The new route; `None` keeps it.
    pub route: Option<String>,
    /// The new facts.
    pub facts: Bytes,
}
