//! The store as its users see it.

use std::{future::Future, sync::Arc};

use bytes::Bytes;
use tokio::sync::watch;

use crate::{
    Account, AccountChange, AccountId, AclChange, AclEntry, Activity, Append, Appended, Changes, Claim,
    Content, Copied, Criterion, Delivered, Delivery, Expunge, Expunged, Fetched, FlagChange, Flags,
    FlagsChanged, Grantee, Hurry, Incoming, Leased, Mailbox, MailboxId, MailboxName, MessageId, ModSeq,
    NewAccount, QueueEntry, QueueId, Result, Settlement, SharedMailbox, SpecialUse, Staged, Status,
    Timestamp, Uid, UidSet, Usage, View, Wants,
};

/// Accounts, mailboxes, messages and the outbound queue, durably.
///
/// An operation that changes something returns when the change is on disk, and is then seen by every later call; one
/// that fails has changed nothing. A handle is cheap to clone, and all operations may run at once. Dropping a future
/// does not undo its operation.
pub trait Store: Clone + Send + Sync + 'static {
    /// A body on its way in.
    type Incoming: Incoming<Staged = Self::Staged>;
    /// A body that is complete and not committed.
    type Staged: Staged;
    /// Reads a message.
    type Content: Content;

    // ---- accounts ----

    /// Makes an account with an inbox and the mailboxes asked for.
    fn create_account(&self, account: NewAccount) -> impl Future<Output = Result<Account>> + Send;

    /// Changes an account.
    fn change_account(
        &self,
        account: AccountId,
        change: AccountChange,
    ) -> impl Future<Output = Result<Account>> + Send;

    /// Removes an account with all its mail.
    fn remove_account(&self, account: AccountId) -> impl Future<Output = Result<()>> + Send;

    /// The account with this address or alias.
    fn account(&self, address: &str) -> impl Future<Output = Result<Option<Account>>> + Send;

    /// The account with this number.
    fn account_by_id(&self, account: AccountId) -> impl Future<Output = Result<Option<Account>>> + Send;

    /// All accounts, by address.
    fn accounts(&self) -> impl Future<Output = Result<Vec<Account>>> + Send;

    /// What an account keeps.
    fn usage(&self, account: AccountId) -> impl Future<Output = Result<Usage>> + Send;

    // ---- mailboxes ----

    /// Makes a mailbox, and those above it that do not exist.
    fn create_mailbox(
        &self,
        account: AccountId,
        name: &MailboxName,
        special_use: Option<SpecialUse>,
    ) -> impl Future<Output = Result<Mailbox>> + Send;

    /// Deletes a mailbox with its messages; those below it stay. The inbox cannot be deleted.
    fn delete_mailbox(
        &self,
        account: AccountId,
        name: &MailboxName,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Renames a mailbox with those below it, making those above the new name. Renaming the inbox moves its messages
    /// into a new mailbox and leaves those below it (RFC 9051 §6.3.6).
    fn rename_mailbox(
        &self,
        account: AccountId,
        from: &MailboxName,
        to: &MailboxName,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Says what a mailbox is for. That is a change of it, as an annotation is.
    fn set_special_use(
        &self,
        mailbox: MailboxId,
        special_use: Option<SpecialUse>,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Subscribes a name or undoes it; the mailbox need not exist.
    fn subscribe(
        &self,
        account: AccountId,
        name: &MailboxName,
        subscribed: bool,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Subscribed names, in order.
    fn subscriptions(&self, account: AccountId) -> impl Future<Output = Result<Vec<MailboxName>>> + Send;

    /// All mailboxes of an account, by name.
    fn mailboxes(&self, account: AccountId) -> impl Future<Output = Result<Vec<Mailbox>>> + Send;

    /// One mailbox by its name.
    fn mailbox(
        &self,
        account: AccountId,
        name: &MailboxName,
    ) -> impl Future<Output = Result<Option<Mailbox>>> + Send;

    /// Annotations of a mailbox, or of the account itself where no mailbox is named, by name. A mailbox keeps them
    /// through a rename.
    fn annotations(
        &self,
        account: AccountId,
        mailbox: Option<MailboxId>,
    ) -> impl Future<Output = Result<Vec<(String, Bytes)>>> + Send;

    /// Sets annotations of a mailbox or of the account, all or none; no value removes one. Names are compared octet by
    /// octet: give them in one form. Where one of a mailbox changes, the mailbox's highest modification sequence grows.
    ///
    /// # Errors
    /// [`Error::Limit`](crate::Error::Limit) when a value is longer than
    /// [`Limits::annotation`](crate::Limits::annotation) or there would be more than
    /// [`Limits::annotations`](crate::Limits::annotations).
    fn annotate(
        &self,
        account: AccountId,
        mailbox: Option<MailboxId>,
        changes: Vec<(String, Option<Bytes>)>,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Who besides its owner may do what with a mailbox. It keeps that through a rename; one made below it begins with
    /// the same.
    fn acl(&self, mailbox: MailboxId) -> impl Future<Output = Result<Arc<[AclEntry]>>> + Send;

    /// Changes the entry about a grantee, or with `negative` the one that takes rights away from it.
    ///
    /// # Errors
    /// [`Error::NoSuchAccount`](crate::Error::NoSuchAccount), and [`Error::Limit`](crate::Error::Limit) when there would
    /// be more than [`Limits::acl`](crate::Limits::acl) entries.
    fn change_acl(
        &self,
        mailbox: MailboxId,
        grantee: Grantee,
        negative: bool,
        change: AclChange,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Mailboxes of other accounts that this one has any right to, by owner and name.
    fn shared_mailboxes(&self, account: AccountId)
    -> impl Future<Output = Result<Vec<SharedMailbox>>> + Send;

    /// The counters of a mailbox.
    fn status(&self, mailbox: MailboxId) -> impl Future<Output = Result<Status>> + Send {
        async move {
            let found = self.statuses_of(vec![mailbox], true).await?.pop().flatten();
            found.ok_or(crate::Error::NoSuchMailbox)
        }
    }

    /// The counters of all mailboxes of an account at one moment, in no order; recent messages are not counted.
    fn statuses(&self, account: AccountId) -> impl Future<Output = Result<Vec<Status>>> + Send;

    /// The counters of many mailboxes, in the order asked for; `None` for one that does not exist.
    /// [`Status::recent`](crate::Status::recent) is counted only where that is wanted, because it may take long.
    fn statuses_of(
        &self,
        mailboxes: Vec<MailboxId>,
        recent: bool,
    ) -> impl Future<Output = Result<Vec<Option<Status>>>> + Send;

    /// The messages of a mailbox, now and after each change: `borrow` gives the present view, `changed` waits for the
    /// next. All who open a mailbox share its view.
    fn open(&self, mailbox: MailboxId) -> impl Future<Output = Result<watch::Receiver<Arc<View>>>> + Send;

    /// Counts changes to an account: to its list of mailboxes, to messages in any of them, and to annotations.
    fn watch_account(
        &self,
        account: AccountId,
    ) -> impl Future<Output = Result<watch::Receiver<Activity>>> + Send;

    // ---- messages in ----

    /// Begins a body. `expected`, if known, is its size in octets; a wrong one does no harm.
    ///
    /// # Errors
    /// [`Error::Limit`](crate::Error::Limit) when `expected` is more than
    /// [`Limits::message`](crate::Limits::message).
    fn incoming(&self, expected: Option<u64>) -> impl Future<Output = Result<Self::Incoming>> + Send;

    /// Puts a message into mailboxes and into the queue, in one commit.
    fn deliver(&self, delivery: Delivery<Self::Staged>) -> impl Future<Output = Result<Delivered>> + Send;

    /// Adds messages to a mailbox: all or none.
    fn append(
        &self,
        mailbox: MailboxId,
        messages: Vec<Append<Self::Staged>>,
    ) -> impl Future<Output = Result<Appended>> + Send;

    /// Adds a message to a mailbox in the place of another one, which is removed in the same commit. The octets of the
    /// one are taken off before the other is held against the quota, where both are of one account.
    ///
    /// # Errors
    /// [`Error::NoSuchMessage`](crate::Error::NoSuchMessage) when the one to replace is gone.
    fn replace(
        &self,
        from: MailboxId,
        uid: Uid,
        to: MailboxId,
        message: Append<Self::Staged>,
    ) -> impl Future<Output = Result<Appended>> + Send;

    // ---- messages out ----

    /// What is known of messages, in the order asked for. One that does not exist any more is left out. Ask for some
    /// hundred at a time.
    fn fetch(
        &self,
        messages: Vec<MessageId>,
        wants: Wants,
    ) -> impl Future<Output = Result<Vec<Fetched>>> + Send;

    /// Opens a message for reading; `None` if it does not exist any more.
    fn content(&self, message: MessageId) -> impl Future<Output = Result<Option<Self::Content>>> + Send;

    /// Those of `among` in `view` that meet a criterion.
    fn search(
        &self,
        view: Arc<View>,
        among: UidSet,
        criterion: Criterion,
    ) -> impl Future<Output = Result<UidSet>> + Send;

    // ---- changes ----

    /// Changes flags. UIDs that do not exist are passed over.
    fn change_flags(
        &self,
        mailbox: MailboxId,
        uids: UidSet,
        change: FlagChange,
    ) -> impl Future<Output = Result<FlagsChanged>> + Send;

    /// Copies messages with internal dates and those of their flags that are in `keep`, also into their own mailbox or
    /// one of another account: all or none.
    fn copy(
        &self,
        from: MailboxId,
        uids: UidSet,
        to: MailboxId,
        keep: Flags,
    ) -> impl Future<Output = Result<Copied>> + Send;

    /// As [`Store::copy`], and removes them from the source in the same commit.
    fn move_to(
        &self,
        from: MailboxId,
        uids: UidSet,
        to: MailboxId,
        keep: Flags,
    ) -> impl Future<Output = Result<Copied>> + Send;

    /// Removes messages. Their octets stay readable for a while for sessions that still show them.
    fn expunge(&self, mailbox: MailboxId, which: Expunge) -> impl Future<Output = Result<Expunged>> + Send;

    /// What happened in a mailbox after `since`, among `known` UIDs if given (RFC 7162 §3.2.5).
    fn changes(
        &self,
        mailbox: MailboxId,
        since: ModSeq,
        known: Option<UidSet>,
    ) -> impl Future<Output = Result<Changes>> + Send;

    // ---- queue ----

    /// Hands out due entries, the longest due first. A message is in several of them if only some of its recipients
    /// are due or free.
    fn queue_claim(&self, claim: Claim) -> impl Future<Output = Result<Vec<Leased>>> + Send;

    /// Records how attempts went and delivers what follows from it, in one commit.
    fn queue_settle(
        &self,
        settlement: Settlement<Self::Staged>,
    ) -> impl Future<Output = Result<Vec<Delivered>>> + Send;

    /// Up to `limit` entries with ids above `after`, in order of age.
    fn queue_list(
        &self,
        after: Option<QueueId>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<QueueEntry>>> + Send;

    /// One entry.
    fn queue_entry(&self, entry: QueueId) -> impl Future<Output = Result<Option<QueueEntry>>> + Send;

    /// Opens a queued message for reading; `None` if the entry does not exist any more.
    fn queue_content(&self, entry: QueueId) -> impl Future<Output = Result<Option<Self::Content>>> + Send;

    /// Removes an entry, whether it is handed out or not; whether there was one.
    fn queue_cancel(&self, entry: QueueId) -> impl Future<Output = Result<bool>> + Send;

    /// Makes recipients that are due later due at `now`; how many there were to hurry.
    fn queue_retry(&self, which: Hurry, now: Timestamp) -> impl Future<Output = Result<u64>> + Send;

    /// When the first recipient that is due after `after` is due, handed out or not.
    fn queue_due(&self, after: Timestamp) -> impl Future<Output = Result<Option<Timestamp>>> + Send;

    /// Counts events after which there may be more to claim: new entries, settled ones, hurried ones.
    fn queue_watch(&self) -> watch::Receiver<u64>;
}
