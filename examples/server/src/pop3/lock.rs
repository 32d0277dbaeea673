//! [`Locks`]: one POP3 session for each maildrop, RFC 1939 §4.

use mailwright_store::MailboxId;
use std::{
    collections::HashSet,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{sync::Notify, time::sleep};

/// How long a client waits for a maildrop that another session has: enough for the server to see that a client which
/// comes again has hung up before.
const PATIENCE: Duration = Duration::from_secs(1);

/// The maildrops that are open.
#[derive(Clone, Debug, Default)]
pub(crate) struct Locks(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    open: Mutex<HashSet<MailboxId>>,
    closed: Notify,
}

/// A maildrop that nobody else opens as long as this exists.
#[derive(Debug)]
pub(super) struct Lock {
    locks: Locks,
    mailbox: MailboxId,
}

impl Locks {
    /// `None` if another session has it, and keeps it for a second.
    pub(super) async fn lock(&self, mailbox: MailboxId) -> Option<Lock> {
        self.lock_within(PATIENCE, mailbox).await
    }

    async fn lock_within(&self, patience: Duration, mailbox: MailboxId) -> Option<Lock> {
        let mut patience = pin!(sleep(patience));
        loop {
            let mut closed = pin!(self.0.closed.notified());
            closed.as_mut().enable(); // what is closed from here on is not missed
            if let Some(lock) = self.try_lock(mailbox) {
                return Some(lock);
            }
            tokio::select! {
                () = closed => {}
                () = &mut patience => return None,
            }
        }
    }

    fn try_lock(&self, mailbox: MailboxId) -> Option<Lock> {
        let is_free = self.0.open.lock().unwrap_or_else(PoisonError::into_inner).insert(mailbox);
        is_free.then(|| Lock { locks: self.clone(), mailbox })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let Inner { open, closed } = &*self.locks.0;
        open.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.mailbox);
        closed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_millis(10);

    #[tokio::test]
    async fn one_session_for_each_maildrop() {
        let locks = Locks::default();
        let (one, two) = (MailboxId::new(1), MailboxId::new(2));
        let held = locks.lock(one).await.unwrap();
        assert!(locks.lock_within(SOON, one).await.is_none());
        assert!(locks.lock(two).await.is_some());
        drop(held);
        assert!(locks.lock(one).await.is_some());
    }

    #[tokio::test]
    async fn who_comes_again_at_once_is_let_in_when_the_old_session_has_ended() {
        let locks = Locks::default();
        let held = locks.lock(MailboxId::new(1)).await.unwrap();
        let (again, ()) = tokio::join!(locks.lock_within(1000 * SOON, MailboxId::new(1)), async {
            sleep(SOON).await;
            drop(held);
        });
        assert!(again.is_some());
    }
}
