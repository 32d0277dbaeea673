//! Commands that change messages: STORE, COPY, MOVE, UID EXPUNGE.

use crate::types::{MailboxName, ModSeq, SequenceSet, StoreItem};

/// `STORE` and `UID STORE` (RFC 9051 §6.4.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    /// Which messages.
    pub messages: SequenceSet,
    /// They are named by UID.
    pub uid: bool,
    /// `UNCHANGEDSINCE`: only those not changed after it (RFC 7162 §3.1.3).
    pub unchanged_since: Option<ModSeq>,
    /// What is done.
    pub item: StoreItem,
}

/// `COPY`, `MOVE` and their `UID` forms (RFC 9051 §6.4.7, §6.4.8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copy {
    /// Which messages.
    pub messages: SequenceSet,
    /// They are named by UID.
    pub uid: bool,
    /// Where they go.
    pub mailbox: MailboxName,
}

/// `UID EXPUNGE` (RFC 4315 §2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UidExpunge {
    /// The UIDs to remove, where they are marked `\Deleted`.
    pub uids: SequenceSet,
}
