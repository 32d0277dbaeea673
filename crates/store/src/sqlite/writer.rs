//! The one thread that changes the database: it commits the work of many callers at once.
//!
//! Requests wait in a channel while a commit is being synced; the next transaction takes all that came meanwhile. An
//! operation checks everything before it changes anything, so that a refused one leaves the transaction as it was; if
//! one fails half way (the disk is full) the whole group is rolled back and each caller is told.

use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    fs::File,
    sync::{Arc, PoisonError},
};

use rusqlite::{Connection, OptionalExtension, Params};
use tokio::sync::{
    mpsc::{self, error::TryRecvError},
    oneshot,
};

use super::{Shared, cell::Cell, pack::Packs, upkeep::Upkeep};
use crate::{AccountId, Activity, Error, MailboxId, MessageId, RangeSet, Result, Timestamp};

/// An operation: run in the transaction, it gives back what is to be called when the outcome of the commit is known.
pub(super) type Job = Box<dyn FnOnce(&mut Writer) -> Reply + Send>;
type Reply = Box<dyn FnOnce(Result<()>) + Send>;

/// Requests that wait at most; more callers wait before they can ask.
const WAITING: usize = 1024;
/// Operations of one transaction at most.
const GROUP: usize = 512;
/// Mailboxes kept open without anybody watching them.
const IDLE_CELLS: usize = 1024;

/// Asks the writer.
#[derive(Debug, Clone)]
pub(super) struct Asks(mpsc::Sender<Job>);

impl Asks {
    pub(super) fn channel() -> (Self, mpsc::Receiver<Job>) {
        let (send, receive) = mpsc::channel(WAITING);
        (Self(send), receive)
    }

    /// A way to wake the writer that does not keep it running.
    pub(super) fn waker(&self) -> Waker {
        Waker(self.0.downgrade())
    }

    /// Runs an operation on the writer's thread and waits until it is on disk.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        op: impl FnOnce(&mut Writer) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |writer| {
            let result = op(writer);
            if let Err(error) = &result {
                writer.refused(error);
            }
            Box::new(move |committed| {
                // Nobody may be waiting any more: the operation stands all the same.
                let _ = answer.send(result.and_then(|value| committed.map(|()| value)));
            })
        });
        self.0.send(job).await.map_err(|_| Error::Closed)?;
        answered.await.map_err(|_| Error::Closed)?
    }
}

/// Wakes the writer now and then, so that upkeep is done when nobody asks for anything.
#[derive(Debug)]
pub(super) struct Waker(mpsc::WeakSender<Job>);

impl Waker {
    pub(super) fn wake(&self) {
        if let Some(sender) = self.0.upgrade() {
            // If it is full the writer is awake.
            let _ = sender.try_send(Box::new(|_| Box::new(|_| ())));
        }
    }
}

/// The state of the writer's thread.
pub(super) struct Writer {
    pub(super) db: Connection,
    pub(super) shared: Arc<Shared>,
    pub(super) packs: Packs,
    /// Mailboxes in use, as the running transaction has them.
    pub(super) cells: HashMap<MailboxId, Cell>,
    /// Those of them that the running transaction has to do with.
    pub(super) used_cells: HashSet<MailboxId>,
    /// How many there may be before some are let go.
    most_cells: usize,
    accounts: HashMap<AccountId, AccountCell>,
    /// Accounts whose set of copies is to be written.
    copied_dirty: HashSet<AccountId>,
    counters: BTreeMap<&'static str, Counter>,
    /// Accounts whose watchers are to be told.
    touched: HashMap<AccountId, Activity>,
    /// Accounts of which the list of mailboxes has changed.
    renamed: HashSet<AccountId>,
    /// Whether accounts that were there before have changed.
    accounts_changed: bool,
    /// Whether access control lists have changed.
    acls_changed: bool,
    queue_touched: bool,
    /// Whether messages have arrived.
    arrived: bool,
    /// Whether the running operation has changed anything.
    dirty: bool,
    /// Why the running transaction cannot be committed.
    spoiled: Option<Error>,
    tick: u64,
    /// Whether to end after the running group.
    stopping: bool,
    pub(super) upkeep: Upkeep,
    /// Keeps other processes out as long as this thread runs.
    _lock: Arc<File>,
}

/// What the writer remembers of an account.
#[derive(Debug, Clone)]
pub(super) struct AccountCell {
    pub(super) inbox: MailboxId,
    pub(super) quota: Option<u64>,
    /// How many mailboxes it has.
    pub(super) mailboxes: u32,
    /// Octets in its mailboxes.
    pub(super) used: u64,
    /// Messages that may be in two places; read when first needed.
    copied: Option<RangeSet<MessageId>>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Counter {
    last: u64,
    dirty: bool,
}

impl Writer {
    pub(super) fn new(db: Connection, shared: Arc<Shared>, packs: Packs, lock: Arc<File>) -> Self {
        Self {
            db,
            shared,
            packs,
            cells: HashMap::new(),
            used_cells: HashSet::new(),
            most_cells: IDLE_CELLS,
            accounts: HashMap::new(),
            copied_dirty: HashSet::new(),
            counters: BTreeMap::new(),
            touched: HashMap::new(),
            renamed: HashSet::new(),
            accounts_changed: false,
            acls_changed: false,
            queue_touched: false,
            arrived: false,
            dirty: false,
            spoiled: None,
            tick: 0,
            stopping: false,
            upkeep: Upkeep::default(),
            _lock: lock,
        }
    }

    /// Ends the thread after the running group of operations.
    pub(super) fn stop(&mut self) {
        self.stopping = true;
    }

    /// Serves requests until nobody can ask any more.
    pub(super) fn serve(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut waiting = VecDeque::new();
        loop {
            if waiting.is_empty() {
                // With upkeep to do, nobody is waited for.
                let next = if self.upkeep.has_more() {
                    jobs.try_recv()
                } else {
                    jobs.blocking_recv().ok_or(TryRecvError::Disconnected)
                };
                match next {
                    Ok(job) => waiting.push_back(job),
                    Err(TryRecvError::Empty) => {}
                    Err(TryRecvError::Disconnected) => break,
                }
            }
            while waiting.len() < GROUP
                && let Ok(job) = jobs.try_recv()
            {
                waiting.push_back(job);
            }
            if !waiting.is_empty() {
                self.group(&mut waiting);
            }
            if self.stopping {
                break;
            }
            self.evict();
            self.upkeep();
        }
        // Readers that are still open would leave the log as it is. What fails here is done when the store is opened next.
        let _ = self.db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
        self.shared.index.stop();
    }

    /// One transaction. What was not begun when it had to be given up stays in `jobs`.
    pub(super) fn group(&mut self, jobs: &mut VecDeque<Job>) {
        let mut replies = Vec::with_capacity(jobs.len());
        self.spoiled = self.db.execute_batch("BEGIN IMMEDIATE").err().map(Error::from);
        while let Some(job) = jobs.pop_front() {
            self.dirty = false;
            replies.push(job(self));
            if self.spoiled.is_some() {
                break;
            }
        }
        let outcome = self.commit();
        match &outcome {
            Ok(()) => self.publish(),
            Err(_) => self.roll_back(),
        }
        for reply in replies {
            reply(outcome.clone());
        }
    }

    fn commit(&mut self) -> Result<()> {
        if let Some(error) = self.spoiled.take() {
            return Err(Error::unavailable(GroupFailed(error)));
        }
        self.flush_cells()?;
        self.flush_accounts()?;
        self.flush_counters()?;
        self.packs.flush(&self.db)?;
        self.db.execute_batch("COMMIT")?;
        self.packs.committed(self.shared.backups.run());
        Ok(())
    }

    /// Forgets all that the failed transaction did: what is needed again is read again.
    fn roll_back(&mut self) {
        if !self.db.is_autocommit() {
            // If even this fails the connection is of no use, and the next BEGIN says so.
            let _ = self.db.execute_batch("ROLLBACK");
        }
        for id in self.used_cells.drain() {
            if let Some(cell) = self.cells.get_mut(&id) {
                cell.stale = true;
            }
        }
        self.accounts.clear();
        self.copied_dirty.clear();
        self.counters.clear();
        self.touched.clear();
        self.renamed.clear();
        self.accounts_changed = false;
        self.acls_changed = false;
        self.queue_touched = false;
        self.arrived = false;
        self.shared.queued.clear();
        self.shared.arrived.clear();
        self.packs.roll_back();
    }

    /// Shows what was committed.
    fn publish(&mut self) {
        let mut gone = Vec::new();
        for id in self.used_cells.drain() {
            let Some(cell) = self.cells.get_mut(&id) else { continue };
            cell.publish();
            if cell.view().is_gone() {
                gone.push(id);
            }
        }
        if !gone.is_empty() {
            let mut open = self.shared.mailboxes.lock().unwrap_or_else(PoisonError::into_inner);
            for id in gone {
                self.cells.remove(&id);
                open.remove(&id);
            }
        }
        let directory = &self.shared.directory;
        let accounts_changed = std::mem::take(&mut self.accounts_changed);
        let acls_changed = std::mem::take(&mut self.acls_changed);
        if accounts_changed || acls_changed || !self.renamed.is_empty() {
            directory.shared.clear();
        }
        for account in self.renamed.drain() {
            directory.mailboxes.forget(&account);
            directory.subscriptions.forget(&account);
        }
        if accounts_changed {
            directory.accounts.clear();
        }
        if acls_changed {
            directory.acls.clear();
        }
        let watched = self.shared.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        if acls_changed {
            // Any account may see other mailboxes now.
            for watch in watched.values() {
                watch.send_modify(|activity| activity.mailboxes += 1);
            }
        }
        for (account, done) in self.touched.drain() {
            if let Some(watch) = watched.get(&account) {
                watch.send_modify(|activity| {
                    activity.mailboxes += done.mailboxes;
                    activity.messages += done.messages;
                    activity.annotations += done.annotations;
                    activity.renamed_inbox = done.renamed_inbox.or(activity.renamed_inbox);
                });
            }
        }
        drop(watched);
        self.shared.index.committed(std::mem::take(&mut self.arrived));
        if std::mem::take(&mut self.queue_touched) {
            self.shared.queue.send_modify(|count| *count += 1);
        }
    }

    /// Lets go of mailboxes that nobody watches and that were not used lately.
    fn evict(&mut self) {
        if self.cells.len() <= self.most_cells {
            return;
        }
        let mut ages: Vec<u64> = self.cells.values().map(|cell| cell.used).collect();
        ages.sort_unstable();
        let line = ages[ages.len() / 2];
        let mut open = self.shared.mailboxes.lock().unwrap_or_else(PoisonError::into_inner);
        self.cells.retain(|id, cell| {
            let keep = cell.used > line || cell.watchers() > 0;
            if !keep {
                open.remove(id);
            }
            keep
        });
        // Those that are watched stay: it is not looked at them again for every one more.
        self.most_cells = self.cells.len() + IDLE_CELLS;
    }

    /// Notes that an operation failed: if it had begun to change things, the transaction is lost.
    pub(super) fn refused(&mut self, error: &Error) {
        if self.dirty && self.spoiled.is_none() {
            self.spoiled = Some(error.clone());
        }
    }

    /// Must be called before an operation changes anything.
    pub(super) fn begin_change(&mut self) {
        self.dirty = true;
    }

    /// Runs a statement that changes rows; how many.
    pub(super) fn write(&mut self, sql: &str, params: impl Params) -> Result<usize> {
        self.dirty = true;
        Ok(self.db.prepare_cached(sql)?.execute(params)?)
    }

    /// Reads one value.
    pub(super) fn value<T: rusqlite::types::FromSql>(
        &self,
        sql: &str,
        params: impl Params,
    ) -> Result<Option<T>> {
        Ok(self.db.prepare_cached(sql)?.query_row(params, |row| row.get(0)).optional()?)
    }

    /// Tells the watchers of an account of messages that changed, after the commit.
    pub(super) fn touch(&mut self, account: AccountId) {
        self.touched.entry(account).or_default().messages += 1;
    }

    /// Tells the watchers of an account of annotations that changed, after the commit.
    pub(super) fn touch_annotations(&mut self, account: AccountId) {
        self.touched.entry(account).or_default().annotations += 1;
    }

    /// Tells the search index that there is a new message, after the commit.
    pub(super) fn message_arrived(&mut self) {
        self.arrived = true;
    }

    /// The list of an account's mailboxes changes: what is known of it is forgotten after the commit.
    pub(super) fn rename(&mut self, account: AccountId) {
        self.renamed.insert(account);
        self.touched.entry(account).or_default().mailboxes += 1;
    }

    /// A rename of the inbox has made a mailbox: the watchers of the account are told, after the commit.
    pub(super) fn rename_inbox(&mut self, account: AccountId, made: MailboxId) {
        self.touched.entry(account).or_default().renamed_inbox = Some(made);
    }

    /// An account changes: what is known of accounts is forgotten after the commit.
    pub(super) fn change_accounts(&mut self) {
        self.accounts_changed = true;
    }

    /// Access control lists change: what is known of them is forgotten after the commit.
    pub(super) fn change_acls(&mut self) {
        self.acls_changed = true;
    }

    /// Tells the watchers of the queue, after the commit.
    pub(super) fn touch_queue(&mut self) {
        self.queue_touched = true;
    }

    /// The time now.
    pub(super) fn now(&self) -> Timestamp {
        (self.shared.clock)()
    }

    /// Grows with every call: tells which mailboxes were used lately.
    pub(super) fn tick(&mut self) -> u64 {
        self.tick += 1;
        self.tick
    }

    /// The next number of a kind, never given out before.
    pub(super) fn next(&mut self, kind: &'static str) -> Result<u64> {
        self.next_above(kind, 0)
    }

    /// The next number of a kind, above `least`.
    pub(super) fn next_above(&mut self, kind: &'static str, least: u64) -> Result<u64> {
        let last = match self.counters.get(kind) {
            Some(counter) => counter.last,
            None => self.value("SELECT value FROM counter WHERE name = ?1", [kind])?.unwrap_or(0),
        };
        self.dirty = true;
        let last = last.max(least) + 1;
        self.counters.insert(kind, Counter { last, dirty: true });
        Ok(last)
    }

    /// A number of a kind that was given out.
    pub(super) fn raise(&mut self, kind: &'static str, given: u64) -> Result<()> {
        self.dirty = true;
        self.next_above(kind, given.saturating_sub(1)).map(drop)
    }

    /// Writes the numbers given out so far.
    pub(super) fn flush_numbers(&mut self) -> Result<()> {
        self.flush_counters()
    }

    fn flush_counters(&mut self) -> Result<()> {
        for (name, counter) in &mut self.counters {
            if std::mem::take(&mut counter.dirty) {
                self.db
                    .prepare_cached(
                        "INSERT INTO counter(name, value) VALUES(?1, ?2)
                         ON CONFLICT(name) DO UPDATE SET value = excluded.value",
                    )?
                    .execute((name, counter.last))?;
            }
        }
        Ok(())
    }

    /// What is remembered of an account, read if need be.
    pub(super) fn account(&mut self, id: AccountId) -> Result<&mut AccountCell> {
        if !self.accounts.contains_key(&id) {
            let quota = self
                .value::<Option<u64>>("SELECT quota FROM account WHERE id = ?1", [id.value()])?
                .ok_or(Error::NoSuchAccount)?;
            let inbox = self
                .value("SELECT id FROM mailbox WHERE account = ?1 AND name = 'INBOX'", [id.value()])?
                .map(MailboxId::new)
                .ok_or(Error::NoSuchMailbox)?;
            // The rows of mailboxes that this transaction changed are older than what is known of them.
            self.flush_cells()?;
            let mailboxes = self
                .value("SELECT count(*) FROM mailbox WHERE account = ?1", [id.value()])?
                .unwrap_or_default();
            let used = self
                .value("SELECT total(size) FROM mailbox WHERE account = ?1", [id.value()])?
                .unwrap_or(0.0_f64);
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // below 2^53 octets
            let used = used as u64;
            let cell = AccountCell { inbox, quota, mailboxes, used, copied: None };
            self.accounts.insert(id, cell);
        }
        self.accounts.get_mut(&id).ok_or(Error::NoSuchAccount)
    }

    /// Forgets what is remembered of an account whose rows were changed.
    pub(super) fn forget_account(&mut self, id: AccountId) {
        self.accounts.remove(&id);
    }

    /// An account has one mailbox more, or less.
    pub(super) fn count_mailbox(&mut self, account: AccountId, is_more: bool) {
        if let Some(cell) = self.accounts.get_mut(&account) {
            cell.mailboxes = if is_more { cell.mailboxes + 1 } else { cell.mailboxes.saturating_sub(1) };
        }
    }

    /// Octets in an account's mailboxes grow and shrink.
    pub(super) fn count_octets(&mut self, account: AccountId, more: u64, less: u64) {
        if let Some(cell) = self.accounts.get_mut(&account) {
            cell.used = (cell.used + more).saturating_sub(less);
        }
    }

    /// The messages of an account that may be in two places.
    pub(super) fn copied(&mut self, account: AccountId) -> Result<&mut RangeSet<MessageId>> {
        if self.account(account)?.copied.is_none() {
            let bytes: Option<Vec<u8>> =
                self.value("SELECT messages FROM copied WHERE account = ?1", [account.value()])?;
            let set = RangeSet::from_bytes(&bytes.unwrap_or_default())
                .ok_or_else(|| Error::Damaged(format!("list of copies of account {account}")))?;
            self.account(account)?.copied = Some(set);
        }
        let cell = self.account(account)?;
        Ok(cell.copied.get_or_insert_default())
    }

    /// As [`Writer::copied`], to be changed.
    pub(super) fn copied_mut(&mut self, account: AccountId) -> Result<&mut RangeSet<MessageId>> {
        self.copied(account)?;
        self.dirty = true;
        self.copied_dirty.insert(account);
        let cell = self.account(account)?;
        Ok(cell.copied.get_or_insert_default())
    }

    fn flush_accounts(&mut self) -> Result<()> {
        for id in self.copied_dirty.drain() {
            let Some(copied) = self.accounts.get(&id).and_then(|cell| cell.copied.as_ref()) else { continue };
            self.db
                .prepare_cached(
                    "INSERT INTO copied(account, messages) VALUES(?1, ?2)
                     ON CONFLICT(account) DO UPDATE SET messages = excluded.messages",
                )?
                .execute((id.value(), copied.to_bytes()))?;
        }
        Ok(())
    }
}

/// The transaction of many was given up.
#[derive(Debug, thiserror::Error)]
#[error("the commit failed: {0}")]
struct GroupFailed(Error);
