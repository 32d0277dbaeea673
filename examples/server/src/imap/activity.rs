//! Changes to the accounts whose mailboxes are watched: one's own, and those that share theirs.

use super::refusal::no;
use mailwright_imap::server::No;
use mailwright_store::{AccountId, Activity, MailboxId, Store};
use std::{
    collections::{BTreeMap, BTreeSet},
    future::poll_fn,
    task::Poll,
};
use tokio::sync::watch;

/// Accounts that are listened to.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    /// With what was counted of each so far.
    all: BTreeMap<AccountId, (watch::Receiver<Activity>, Activity)>,
    /// Over all accounts, since each is listened to.
    total: Activity,
}

impl Accounts {
    /// Listens to these and to no others. Returns whether one is new: what was read of it before may be out of date.
    pub(super) async fn follow<S: Store>(
        &mut self,
        store: &S,
        accounts: &BTreeSet<AccountId>,
    ) -> Result<bool, No> {
        self.all.retain(|account, _| accounts.contains(account));
        let mut is_new = false;
        for account in accounts {
            if !self.all.contains_key(account) {
                let mut activity = store.watch_account(*account).await.map_err(no)?;
                let seen = *activity.borrow_and_update();
                self.all.insert(*account, (activity, seen));
                is_new = true;
            }
        }
        Ok(is_new)
    }

    /// What has changed until now.
    pub(super) fn now(&mut self) -> Activity {
        for (activity, seen) in self.all.values_mut() {
            let now = *activity.borrow_and_update();
            self.total.mailboxes += now.mailboxes - seen.mailboxes;
            self.total.messages += now.messages - seen.messages;
            self.total.annotations += now.annotations - seen.annotations;
            *seen = now;
        }
        self.total
    }

    /// The mailbox that the last rename of this account's inbox made.
    pub(super) fn renamed_inbox(&self, account: AccountId) -> Option<MailboxId> {
        self.all.get(&account)?.0.borrow().renamed_inbox
    }

    /// Waits for a change.
    pub(super) async fn changed(&mut self) {
        let mut waits: Vec<_> =
            self.all.values_mut().map(|(activity, _)| Box::pin(activity.changed())).collect();
        poll_fn(|context| {
            let mut changed = false;
            waits.retain_mut(|wait| match wait.as_mut().poll(context) {
                // An error: the store is closing.
                Poll::Ready(result) => {
                    changed |= result.is_ok();
                    false
                }
                Poll::Pending => true,
            });
            if changed { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}
