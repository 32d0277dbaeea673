//! [`Locks`]: one POP3 session for each maildrop, RFC 1939 §4.

use mailwright_store::MailboxId;
use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

/// The maildrops that are open.
#[derive(Clone, Debug, Default)]
pub(crate) struct Locks(Arc<Mutex<HashSet<MailboxId>>>);

/// A maildrop that nobody else opens as long as this exists.
#[derive(Debug)]
pub(super) struct Lock {
    locks: Locks,
    mailbox: MailboxId,
}

impl Locks {
    /// `None` if another session has it.
    pub(super) fn lock(&self, mailbox: MailboxId) -> Option<Lock> {
        let is_free = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(mailbox);
        is_free.then(|| Lock { locks: self.clone(), mailbox })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        self.locks.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.mailbox);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_session_for_each_maildrop() {
        let locks = Locks::default();
        let (one, two) = (MailboxId::new(1), MailboxId::new(2));
        let held = locks.lock(one).unwrap();
        assert!(locks.lock(one).is_none());
        assert!(locks.lock(two).is_some());
        drop(held);
        assert!(locks.lock(one).is_some());
    }
}
