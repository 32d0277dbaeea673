//! What comes in: deliveries to local mailboxes and to the queue together, and appends.

use bytes::Bytes;

use crate::{
    AccountId, Error, FlagList, MailboxId, MessageId, NewEntry, QueueId, Timestamp, Uid, UidSet, UidValidity,
};

/// A message with all who are to get it. It is committed as a whole or not at all.
#[derive(Debug, Clone)]
pub struct Delivery<S> {
    /// The message, stored once.
    pub body: S,
    /// When it was received, kept in whole seconds.
    pub received: Timestamp,
    /// Recipients with a mailbox here.
    pub local: Vec<Local>,
    /// Entries for the outbound queue; usually one, with all remote recipients.
    pub queue: Vec<NewEntry>,
    /// Whether a local recipient that cannot be served (no such account, over quota) is left out and reported
    /// alone; otherwise it stops the delivery.
    pub each: bool,
}

impl<S> Delivery<S> {
    /// A delivery to nobody yet.
    pub fn new(body: S, received: Timestamp) -> Self {
        Self { body, received, local: Vec::new(), queue: Vec::new(), each: false }
    }

    /// With one more local recipient.
    #[must_use]
    pub fn to(mut self, local: Local) -> Self {
        self.local.push(local);
        self
    }

    /// With a queue entry.
    #[must_use]
    pub fn queue(mut self, entry: NewEntry) -> Self {
        self.queue.push(entry);
        self
    }
}

/// One local recipient.
#[derive(Debug, Clone)]
pub struct Local {
    /// Whose mailbox.
    pub account: AccountId,
    /// Which mailbox; the inbox if it is `None` or does not exist any more.
    pub mailbox: Option<MailboxId>,
    /// The flags it begins with.
    pub flags: FlagList,
    /// Header fields before the message that only this recipient's copy has (`Return-Path`, `Delivered-To`), with
    /// their line ends.
    pub prefix: Bytes,
}

impl Local {
    /// The inbox of an account, without flags or prefix.
    pub fn inbox(account: AccountId) -> Self {
        Self { account, mailbox: None, flags: FlagList::new(), prefix: Bytes::new() }
    }

    /// With these octets before the body.
    #[must_use]
    pub fn prefixed(mut self, prefix: impl Into<Bytes>) -> Self {
        self.prefix = prefix.into();
        self
    }
}

/// Where a delivery went. It is on disk.
#[derive(Debug)]
pub struct Delivered {
    /// One for each of [`Delivery::local`], in order.
    pub local: Vec<Result<Placed, Error>>,
    /// One for each of [`Delivery::queue`], in order.
    pub queue: Vec<QueueId>,
}

/// A message's place in a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// The mailbox.
    pub mailbox: MailboxId,
    /// The validity of the UID.
    pub uid_validity: UidValidity,
    /// The UID.
    pub uid: Uid,
    /// The message.
    pub message: MessageId,
}

/// One message of an append.
#[derive(Debug, Clone)]
pub struct Append<S> {
    /// The message.
    pub body: S,
    /// Its flags.
    pub flags: FlagList,
    /// Its internal date, kept in whole seconds; `None`: now.
    pub received: Option<Timestamp>,
}

/// Where appended messages are. They are on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// The validity of the UIDs.
    pub uid_validity: UidValidity,
    /// Their UIDs, in the order of the messages.
    pub uids: UidSet,
}
