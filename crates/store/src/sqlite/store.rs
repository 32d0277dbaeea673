//! Each operation goes to the writer or to a reader, or is answered from what they share.

use std::sync::{Arc, PoisonError};

use bytes::Bytes;
use rusqlite::Connection;
use tokio::sync::watch;

use super::{
    SqliteContent, SqliteIncoming, SqliteStaged, SqliteStore, account, acl, annotation, change, find,
    fresh::Queued, mailbox, queue, read,
};
use crate::{
    Account, AccountChange, AccountId, AclChange, AclEntry, Activity, Append, Appended, Changes, Claim,
    Copied, Criterion, Delivered, Delivery, Error, Expunge, Expunged, Fetched, FlagChange, Flags,
    FlagsChanged, Grantee, Hurry, Leased, Mailbox, MailboxId, MailboxName, MessageId, ModSeq, NewAccount,
    QueueEntry, QueueId, Result, Settlement, SharedMailbox, SpecialUse, Status, Store, Timestamp, Uid,
    UidSet, Usage, View, Wants,
};

/// How many mailboxes an account may have for the list of them to be read when one is looked for.
const SHORT: usize = 100;

impl Store for SqliteStore {
    type Incoming = SqliteIncoming;
    type Staged = SqliteStaged;
    type Content = SqliteContent;

    async fn create_account(&self, account: NewAccount) -> Result<Account> {
        self.asks.run(move |writer| writer.create_account(&account)).await
    }

    async fn change_account(&self, account: AccountId, change: AccountChange) -> Result<Account> {
        self.asks.run(move |writer| writer.change_account(account, &change)).await
    }

    async fn remove_account(&self, account: AccountId) -> Result<()> {
        self.asks.run(move |writer| writer.remove_account(account)).await
    }

    async fn account(&self, address: &str) -> Result<Option<Account>> {
        let known = &self.shared.directory.accounts;
        let missed = match known.get(address) {
            Ok(account) => return Ok(Some(account)),
            Err(missed) => missed,
        };
        let address = address.to_owned();
        self.read(move |db, shared| {
            let found = account::by_address(db, &address)?;
            if let Some(account) = &found {
                shared.directory.accounts.keep(address, account.clone(), missed);
            }
            Ok(found)
        })
        .await
    }

    async fn account_by_id(&self, account: AccountId) -> Result<Option<Account>> {
        self.read(move |db, _| match account::by_id(db, account) {
            Err(Error::NoSuchAccount) => Ok(None),
            found => found.map(Some),
        })
        .await
    }

    async fn accounts(&self) -> Result<Vec<Account>> {
        self.read(|db, _| account::all(db)).await
    }

    async fn usage(&self, account: AccountId) -> Result<Usage> {
        self.read(move |db, _| account::usage(db, account)).await
    }

    async fn create_mailbox(
        &self,
        account: AccountId,
        name: &MailboxName,
        special_use: Option<SpecialUse>,
    ) -> Result<Mailbox> {
        let name = name.clone();
        self.asks.run(move |writer| writer.create_mailbox(account, &name, special_use)).await
    }

    async fn delete_mailbox(&self, account: AccountId, name: &MailboxName) -> Result<()> {
        let name = name.clone();
        self.asks.run(move |writer| writer.delete_mailbox(account, &name)).await
    }

    async fn rename_mailbox(&self, account: AccountId, from: &MailboxName, to: &MailboxName) -> Result<()> {
        let (from, to) = (from.clone(), to.clone());
        self.asks.run(move |writer| writer.rename_mailbox(account, &from, &to)).await
    }

    async fn set_special_use(&self, mailbox: MailboxId, special_use: Option<SpecialUse>) -> Result<()> {
        self.asks.run(move |writer| writer.set_special_use(mailbox, special_use)).await
    }

    async fn subscribe(&self, account: AccountId, name: &MailboxName, subscribed: bool) -> Result<()> {
        let name = name.clone();
        self.asks.run(move |writer| writer.subscribe(account, &name, subscribed)).await
    }

    async fn subscriptions(&self, account: AccountId) -> Result<Vec<MailboxName>> {
        let read = |db: &Connection, account| mailbox::subscriptions(db, account).map(Arc::from);
        Ok(self.known(|directory| &directory.subscriptions, account, read).await?.to_vec())
    }

    async fn mailboxes(&self, account: AccountId) -> Result<Vec<Mailbox>> {
        let read = |db: &Connection, account| mailbox::all(db, account).map(Arc::from);
        Ok(self.known(|directory| &directory.mailboxes, account, read).await?.to_vec())
    }

    async fn mailbox(&self, account: AccountId, name: &MailboxName) -> Result<Option<Mailbox>> {
        let find = |all: &[Mailbox], name: &MailboxName| {
            all.binary_search_by(|mailbox| mailbox.name.cmp(name)).ok().map(|at| all[at].clone())
        };
        let missed = match self.shared.directory.mailboxes.get(&account) {
            Ok(all) => return Ok(find(&all, name)),
            Err(missed) => missed,
        };
        let name = name.clone();
        self.read(move |db, shared| {
            // A long list, which each new mailbox makes out of date, is read only when it is asked for.
            if mailbox::are_more_than(db, account, SHORT)? {
                return mailbox::by_name(db, account, &name);
            }
            let all = mailbox::all(db, account)?;
            let found = find(&all, &name);
            shared.directory.mailboxes.keep(account, all.into(), missed);
            Ok(found)
        })
        .await
    }

    async fn annotations(
        &self,
        account: AccountId,
        mailbox: Option<MailboxId>,
    ) -> Result<Vec<(String, Bytes)>> {
        self.read(move |db, _| annotation::all(db, account, mailbox)).await
    }

    async fn annotate(
        &self,
        account: AccountId,
        mailbox: Option<MailboxId>,
        changes: Vec<(String, Option<Bytes>)>,
    ) -> Result<()> {
        self.asks.run(move |writer| writer.annotate(account, mailbox, &changes)).await
    }

    async fn acl(&self, mailbox: MailboxId) -> Result<Arc<[AclEntry]>> {
        self.known(|directory| &directory.acls, mailbox, acl::of).await
    }

    async fn change_acl(
        &self,
        mailbox: MailboxId,
        grantee: Grantee,
        negative: bool,
        change: AclChange,
    ) -> Result<()> {
        self.asks.run(move |writer| writer.change_acl(mailbox, grantee, negative, change)).await
    }

    async fn shared_mailboxes(&self, account: AccountId) -> Result<Vec<SharedMailbox>> {
        let read = |db: &Connection, account| acl::shared(db, account).map(Arc::from);
        Ok(self.known(|directory| &directory.shared, account, read).await?.to_vec())
    }

    async fn statuses(&self, account: AccountId) -> Result<Vec<Status>> {
        self.read(move |db, _| mailbox::statuses(db, account)).await
    }

    async fn statuses_of(&self, mailboxes: Vec<MailboxId>, recent: bool) -> Result<Vec<Option<Status>>> {
        let seen = |view: watch::Receiver<Arc<View>>| {
            let view = view.borrow();
            (!view.is_gone()).then(|| view.status())
        };
        let open: Vec<_> = mailboxes.iter().map(|id| self.shared.view_of(*id).map(seen)).collect();
        if let [Some(status)] = open[..] {
            return Ok(vec![status]);
        }
        let of_rows = mailboxes.clone();
        let all = self.read(move |db, _| {
            let rows = of_rows.into_iter().zip(open);
            rows.map(|(id, open)| match open {
                Some(status) => Ok((status, false)),
                None => mailbox::status(db, id).map(|row| match row {
                    Some((status, first_recent)) => (Some(status), first_recent < status.uid_next),
                    None => (None, false),
                }),
            })
            .collect::<Result<Vec<_>>>()
        });
        let mut statuses = Vec::with_capacity(mailboxes.len());
        for (id, (mut status, has_recent)) in mailboxes.into_iter().zip(all.await?) {
            if let Some(status) = status.as_mut().filter(|_| recent && has_recent) {
                status.recent = self.open(id).await?.borrow().status().recent;
            }
            statuses.push(status);
        }
        Ok(statuses)
    }

    async fn open(&self, mailbox: MailboxId) -> Result<watch::Receiver<Arc<View>>> {
        match self.shared.view_of(mailbox) {
            Some(view) => Ok(view),
            None => self.asks.run(move |writer| Ok(writer.cell(mailbox)?.subscribe())).await,
        }
    }

    async fn watch_account(&self, account: AccountId) -> Result<watch::Receiver<Activity>> {
        let mut accounts = self.shared.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        accounts.retain(|_, watch| watch.receiver_count() > 0);
        Ok(accounts.entry(account).or_default().subscribe())
    }

    async fn incoming(&self, expected: Option<u64>) -> Result<SqliteIncoming> {
        let max = self.shared.limits.message;
        if expected.is_some_and(|expected| expected > max) {
            return Err(Error::Limit { what: "octets in a message", max });
        }
        Ok(SqliteIncoming::new(self.shared.clone()))
    }

    async fn deliver(&self, delivery: Delivery<SqliteStaged>) -> Result<Delivered> {
        self.asks.run(move |writer| writer.deliver(delivery)).await
    }

    async fn append(&self, mailbox: MailboxId, messages: Vec<Append<SqliteStaged>>) -> Result<Appended> {
        self.asks.run(move |writer| writer.append(mailbox, messages)).await
    }

    async fn replace(
        &self,
        from: MailboxId,
        uid: Uid,
        to: MailboxId,
        message: Append<SqliteStaged>,
    ) -> Result<Appended> {
        self.asks.run(move |writer| writer.replace(from, uid, to, message)).await
    }

    async fn fetch(&self, messages: Vec<MessageId>, wants: Wants) -> Result<Vec<Fetched>> {
        match read::fresh(&self.shared.arrived, &messages, wants) {
            Ok(fetched) => Ok(fetched),
            Err(held) => {
                self.read(move |db, shared| read::fetch(db, &shared.packs, &messages, &held, wants)).await
            }
        }
    }

    async fn content(&self, message: MessageId) -> Result<Option<SqliteContent>> {
        if let Some(arrived) = self.shared.arrived.get(message) {
            return Ok(Some(arrived.content()));
        }
        self.read(move |db, shared| SqliteContent::of_message(db, &shared.packs, message)).await
    }

    async fn search(&self, view: Arc<View>, among: UidSet, criterion: Criterion) -> Result<UidSet> {
        self.read(move |db, shared| find::search(db, shared, &view, &among, &criterion)).await
    }

    async fn change_flags(
        &self,
        mailbox: MailboxId,
        uids: UidSet,
        change: FlagChange,
    ) -> Result<FlagsChanged> {
        if let Some(view) = self.shared.last_view(mailbox)
            && let Some(unchanged) = change::leaves(&view, &uids, &change)
        {
            return Ok(unchanged);
        }
        self.asks.run(move |writer| writer.change_flags(mailbox, &uids, &change)).await
    }

    async fn copy(&self, from: MailboxId, uids: UidSet, to: MailboxId, keep: Flags) -> Result<Copied> {
        self.asks.run(move |writer| writer.copy(from, &uids, to, keep)).await
    }

    async fn move_to(&self, from: MailboxId, uids: UidSet, to: MailboxId, keep: Flags) -> Result<Copied> {
        self.asks.run(move |writer| writer.move_to(from, &uids, to, keep)).await
    }

    async fn expunge(&self, mailbox: MailboxId, which: Expunge) -> Result<Expunged> {
        if let Some(view) = self.shared.last_view(mailbox)
            && view.marked_deleted() == 0
            && !matches!(which, Expunge::Uids(_))
        {
            return Ok(Expunged { uids: UidSet::new(), modseq: view.highest_modseq() });
        }
        self.asks.run(move |writer| writer.expunge(mailbox, which)).await
    }

    async fn changes(&self, mailbox: MailboxId, since: ModSeq, known: Option<UidSet>) -> Result<Changes> {
        let view = self.open(mailbox).await?.borrow().clone();
        self.read(move |db, _| change::changes(db, &view, since, known.as_ref())).await
    }

    async fn queue_claim(&self, claim: Claim) -> Result<Vec<Leased>> {
        self.read(move |db, shared| queue::claim(db, &shared.leases, &claim)).await
    }

    async fn queue_settle(&self, settlement: Settlement<SqliteStaged>) -> Result<Vec<Delivered>> {
        self.asks.run(move |writer| writer.queue_settle(settlement)).await
    }

    async fn queue_list(&self, after: Option<QueueId>, limit: usize) -> Result<Vec<QueueEntry>> {
        self.read(move |db, _| queue::list(db, after, limit)).await
    }

    async fn queue_entry(&self, entry: QueueId) -> Result<Option<QueueEntry>> {
        self.read(move |db, _| queue::entry(db, entry)).await
    }

    async fn queue_content(&self, entry: QueueId) -> Result<Option<SqliteContent>> {
        if let Some(Queued { prefix, body }) = self.shared.queued.get(entry) {
            return Ok(Some(SqliteContent::in_memory(prefix, body)));
        }
        self.read(move |db, shared| SqliteContent::of_entry(db, &shared.packs, entry)).await
    }

    async fn queue_cancel(&self, entry: QueueId) -> Result<bool> {
        self.asks.run(move |writer| writer.queue_cancel(entry)).await
    }

    async fn queue_retry(&self, which: Hurry, now: Timestamp) -> Result<u64> {
        self.asks.run(move |writer| writer.queue_retry(which, now)).await
    }

    async fn queue_due(&self, after: Timestamp) -> Result<Option<Timestamp>> {
        self.read(move |db, _| queue::due(db, after)).await
    }

    fn queue_watch(&self) -> watch::Receiver<u64> {
        self.shared.queue.subscribe()
    }
}
