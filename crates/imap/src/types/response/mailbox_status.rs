//! `STATUS`: numbers about a mailbox that need not be selected.

use super::{ObjectId, Value};
use crate::types::{MailboxName, ModSeq, UidValidity};
use bytes::Bytes;

/// What is known about a mailbox (RFC 9051 §7.3.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailboxStatus {
    /// The mailbox.
    pub mailbox: MailboxName,
    /// Its numbers, in the order in which they came.
    pub values: Vec<StatusValue>,
}

/// One thing known about a mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StatusValue {
    /// `MESSAGES`: how many there are.
    Messages(u32),
    /// `RECENT` (RFC 3501 §7.2.4).
    Recent(u32),
    /// `UNSEEN`: how many lack `\Seen`.
    Unseen(u32),
    /// `DELETED`: how many have `\Deleted`.
    Deleted(u32),
    /// `UIDNEXT`: no message to come has a lower UID. Zero from some old servers.
    UidNext(u32),
    /// `UIDVALIDITY`.
    UidValidity(UidValidity),
    /// `SIZE`: octets of all messages.
    Size(u64),
    /// `HIGHESTMODSEQ` (RFC 7162 §3.1.7). Zero: not kept.
    HighestModSeq(ModSeq),
    /// `APPENDLIMIT` (RFC 7889 §4): octets of the largest message to append. `None`: no limit.
    AppendLimit(Option<u64>),
    /// `DELETED-STORAGE` (RFC 9208 §4.1.4): units of 1024 octets that expunging would free.
    DeletedStorage(u64),
    /// `MAILBOXID` (RFC 8474 §4.3).
    MailboxId(ObjectId),
    /// Any other.
    Other(Bytes, Value),
}
