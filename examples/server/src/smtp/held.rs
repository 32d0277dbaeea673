//! How many mails of an account wait for their release (FUTURERELEASE, RFC 4865 §6).

use super::recipient::{find, unavailable};
use crate::server::Shared;
use mailwright_smtp::types::{EnhancedStatus, Reply, ReplyCode};
use mailwright_store::{AccountId, Error, Store, Timestamp};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};
use tokio::sync::OnceCell;

/// Entries of the queue that are read at a time.
const PAGE: usize = 1000;

/// When the held mails of each account are released. What is in the queue already is read when this is first needed; a
/// mail that is cancelled counts until its time.
#[derive(Debug, Default)]
pub(crate) struct Held {
    queue: OnceCell<()>,
    released: Mutex<HashMap<AccountId, Vec<Timestamp>>>,
}

impl Held {
    /// Whether there is room for one more.
    ///
    /// # Errors
    ///
    /// `552 5.7.16`, if as many wait as may, or that the store cannot tell.
    pub(super) async fn check(
        &self,
        shared: &Shared,
        account: AccountId,
        now: Timestamp,
    ) -> Result<(), Reply> {
        self.queue.get_or_try_init(|| self.read(shared, now)).await.map_err(unavailable)?;
        let most = shared.config.limits.held_per_account;
        if self.count(account, now) < most {
            return Ok(());
        }
        let text = format!("{most} of your messages wait for their release, which is all there may be");
        Err(Reply::new(ReplyCode::TOO_BIG, EnhancedStatus::permanent(7, 16), text))
    }

    /// Counts a mail until then.
    pub(super) fn add(&self, account: AccountId, until: Timestamp) {
        let mut released = self.released.lock().unwrap_or_else(PoisonError::into_inner);
        released.entry(account).or_default().push(until);
    }

    fn count(&self, account: AccountId, now: Timestamp) -> usize {
        let mut released = self.released.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(times) = released.get_mut(&account) else { return 0 };
        times.retain(|until| now < *until);
        let count = times.len();
        if count == 0 {
            released.remove(&account);
        }
        count
    }

    async fn read(&self, shared: &Shared, now: Timestamp) -> Result<(), Error> {
        let mut after = None;
        loop {
            let page = shared.store.queue_list(after, PAGE).await?;
            for entry in &page {
                if let Some(until) = mailwright_delivery::held(entry, now)
                    && let Ok(sender) = entry.reverse_path.parse()
                    && let Some(account) = find(shared, &sender).await?
                {
                    self.add(account.id, until);
                }
            }
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_counts_until_it_is_released() {
        let (held, one) = (Held::default(), AccountId::new(1));
        for until in [10, 20, 20] {
            held.add(one, Timestamp::new(until));
        }
        let counts = [0, 9, 10, 19, 20].map(|now| held.count(one, Timestamp::new(now)));
        assert_eq!(counts, [3, 3, 2, 2, 0]);
        assert!(held.released.lock().unwrap().is_empty());
        assert_eq!(held.count(AccountId::new(2), Timestamp::new(0)), 0);
    }
}
