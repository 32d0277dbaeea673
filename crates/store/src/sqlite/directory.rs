//! Accounts, lists of mailboxes and of who may use them, read lately, kept until one of their kind changes: they are
//! asked for with nearly every command and every recipient, and seldom change.

use std::{
    borrow::Borrow,
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{Account, AccountId, AclEntry, Mailbox, MailboxId, MailboxName, SharedMailbox};

/// Entries kept of each kind; where there are more, all are let go.
const KEPT: usize = 10_000;

/// What is kept for all readers.
#[derive(Debug, Default)]
pub(super) struct Directory {
    /// By address or alias.
    pub(super) accounts: Kept<String, Account>,
    /// By account, in the order of their names.
    pub(super) mailboxes: Kept<AccountId, Arc<[Mailbox]>>,
    /// By account.
    pub(super) subscriptions: Kept<AccountId, Arc<[MailboxName]>>,
    /// What others share with an account.
    pub(super) shared: Kept<AccountId, Arc<[SharedMailbox]>>,
    /// Access control lists, by mailbox.
    pub(super) acls: Kept<MailboxId, Arc<[AclEntry]>>,
}

/// Values of one kind as of the last commit.
#[derive(Debug)]
pub(super) struct Kept<K, V>(Mutex<Values<K, V>>);

#[derive(Debug)]
struct Values<K, V> {
    known: HashMap<K, V>,
    /// Grows when something changes.
    changes: u64,
}

/// The time at which a value was not known; what is read later may be kept if nothing changed since.
#[derive(Debug, Clone, Copy)]
pub(super) struct Missed(u64);

impl<K, V> Default for Kept<K, V> {
    fn default() -> Self {
        Self(Mutex::new(Values { known: HashMap::new(), changes: 0 }))
    }
}

impl<K: Eq + Hash, V: Clone> Kept<K, V> {
    /// A value that is known.
    pub(super) fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Result<V, Missed>
    where
        K: Borrow<Q>,
    {
        let values = self.lock();
        values.known.get(key).cloned().ok_or(Missed(values.changes))
    }

    /// Keeps a value that was read after it was missed.
    pub(super) fn keep(&self, key: K, value: V, missed: Missed) {
        let mut values = self.lock();
        if values.changes != missed.0 {
            return; // it may have been read before the change
        }
        if values.known.len() >= KEPT {
            values.known.clear();
        }
        values.known.insert(key, value);
    }

    /// Forgets one value, which has changed.
    pub(super) fn forget(&self, key: &K) {
        let mut values = self.lock();
        values.known.remove(key);
        values.changes += 1;
    }

    /// Forgets all.
    pub(super) fn clear(&self) {
        let mut values = self.lock();
        values.known.clear();
        values.changes += 1;
    }

    fn lock(&self) -> MutexGuard<'_, Values<K, V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_before_a_change_is_not_kept() {
        let kept = Kept::<String, u32>::default();
        let missed = kept.get("a").unwrap_err();
        kept.keep("a".into(), 1, missed);
        assert_eq!(kept.get("a").unwrap(), 1);
        let slow = kept.get("b").unwrap_err();
        kept.forget(&"a".to_owned());
        kept.keep("b".into(), 2, slow);
        assert!(kept.get("a").is_err() && kept.get("b").is_err());
    }

    #[test]
    fn no_more_than_the_limit_is_kept() {
        let kept = Kept::<usize, ()>::default();
        for key in 0..=KEPT {
            let missed = kept.get(&key).unwrap_err();
            kept.keep(key, (), missed);
        }
        assert!(kept.get(&0).is_err() && kept.get(&KEPT).is_ok());
    }
}
