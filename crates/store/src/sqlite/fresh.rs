//! Messages that were queued lately, held in memory: most of them are sent at once, and need not be read again for it.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;

use crate::QueueId;

/// The messages by their entries; numbers grow, so the first has waited longest.
#[derive(Debug)]
pub(super) struct Fresh {
    most: usize,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    octets: usize,
    messages: BTreeMap<QueueId, Message>,
}

/// What stands before the body, and the body.
type Message = (Bytes, Bytes);

fn len(message: &Message) -> usize {
    message.0.len() + message.1.len()
}

impl Fresh {
    /// Holds so many octets at most.
    pub(super) fn new(most: usize) -> Self {
        Self { most, held: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Holds a message, and lets those go that have waited longest until there is room.
    pub(super) fn hold(&self, entry: QueueId, prefix: Bytes, body: Bytes) {
        let message = (prefix, body);
        let mut held = self.lock();
        held.forget(entry);
        held.octets += len(&message);
        held.messages.insert(entry, message);
        while held.octets > self.most
            && let Some((_, oldest)) = held.messages.pop_first()
        {
            held.octets -= len(&oldest);
        }
    }

    pub(super) fn get(&self, entry: QueueId) -> Option<Message> {
        self.lock().messages.get(&entry).cloned()
    }

    pub(super) fn forget(&self, entry: QueueId) {
        self.lock().forget(entry);
    }
}

impl Held {
    fn forget(&mut self, entry: QueueId) {
        if let Some(message) = self.messages.remove(&entry) {
            self.octets -= len(&message);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_make_room_and_what_is_gone_counts_no_more() {
        let fresh = Fresh::new(10);
        let octets = |n| Bytes::from(vec![0; n]);
        let held = |id| fresh.get(QueueId::new(id)).is_some();
        for id in 1..=3 {
            fresh.hold(QueueId::new(id), octets(1), octets(3));
        }
        assert_eq!([held(1), held(2), held(3)], [false, true, true]);
        fresh.forget(QueueId::new(2));
        fresh.hold(QueueId::new(4), octets(0), octets(6));
        assert_eq!([held(2), held(3), held(4)], [false, true, true]);
        fresh.hold(QueueId::new(4), octets(0), octets(11));
        assert_eq!([held(3), held(4)], [false, false], "what is too long is not held at all");
        assert_eq!(fresh.lock().octets, 0);
    }
}
