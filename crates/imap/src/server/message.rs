//! What a session asks its application about messages, and what that answers.

use crate::types::{
    DateTime, FetchItem, Flag, MailboxName, ModSeq, SearchKey, SortCriterion, StoreMode, ThreadAlgorithm,
    Uid, UidSet, UidValidity, command::SearchSource,
};

/// `FETCH`: what of which messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchRequest {
    /// The messages, ascending. A message that is gone is passed over.
    pub uids: UidSet,
    /// What is wanted, in the client's order. [`FetchItem::Uid`] is never among it: the session writes UIDs itself.
    pub items: Vec<FetchItem>,
    /// `\Seen` is to be set on each message before its attributes are read.
    pub mark_seen: bool,
    /// Only messages with a mod-sequence above this (RFC 7162).
    pub changed_since: Option<ModSeq>,
    /// Report which of these UIDs were expunged after `changed_since`, before the messages (RFC 7162 §3.2.6).
    pub vanished: Option<UidSet>,
}

/// `STORE`: what to do with the flags of which messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreRequest {
    /// The messages, ascending. A message that is gone is passed over.
    pub uids: UidSet,
    /// What is done with the flags.
    pub mode: StoreMode,
    /// The flags.
    pub flags: Vec<Flag>,
    /// Leave out messages with a mod-sequence above this, and report them (RFC 7162 §3.1.3).
    pub unchanged_since: Option<ModSeq>,
}

/// What a `STORE` did. The changes themselves come with the next [`Update`](super::Update)s.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stored {
    /// Messages left out because they had changed since.
    pub modified: UidSet,
}

/// `SEARCH`: which messages of the selected mailbox. Every sequence set in the key is a set of UIDs with plain numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchRequest {
    /// What is looked for. Strings are UTF-8.
    pub key: SearchKey,
    /// Of which messages found the highest mod-sequence is to be told; `None`: it is not wanted.
    pub mod_seq_of: Option<ModSeqOf>,
    /// How well the messages fit is to be told (`RELEVANCY`, RFC 6203).
    pub scores: bool,
}

/// Of which messages found (RFC 4731 §3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ModSeqOf {
    /// Of all.
    #[default]
    All,
    /// Of the first.
    First,
    /// Of the last.
    Last,
    /// Of the first and the last.
    Ends,
}

impl ModSeqOf {
    /// Of the messages found, those that count.
    pub fn among(self, found: &UidSet) -> UidSet {
        let (first, last) = match self {
            Self::All => return found.clone(),
            Self::First => (found.first(), None),
            Self::Last => (None, found.last()),
            Self::Ends => (found.first(), found.last()),
        };
        [first, last].into_iter().flatten().collect()
    }
}

/// What a `SEARCH` found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// The messages, ascending.
    pub uids: UidSet,
    /// The highest mod-sequence of those that [`SearchRequest::mod_seq_of`] says, where it was wanted.
    pub mod_seq: Option<ModSeq>,
    /// How well each message fits, from 1 to 100, in the order of `uids`, where that was wanted.
    pub scores: Vec<u8>,
}

/// `ESEARCH`: which messages of several mailboxes (RFC 7377).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchManyRequest {
    /// The mailboxes. Those that the user does not have are passed over.
    pub sources: Vec<SearchSource>,
    /// What is looked for. Strings are UTF-8. Sequence sets are as the client wrote them, and are meant in each mailbox
    /// for itself; [`SequenceSet::Saved`](crate::types::SequenceSet::Saved) is never among them.
    pub key: SearchKey,
    /// Of which messages found the highest mod-sequence is to be told; `None`: it is not wanted.
    pub mod_seq_of: Option<ModSeqOf>,
    /// How well the messages fit is to be told.
    pub scores: bool,
}

/// What was found in one of several mailboxes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundIn {
    /// The mailbox.
    pub mailbox: MailboxName,
    /// Its UIDVALIDITY.
    pub uid_validity: UidValidity,
    /// What was found.
    pub found: Found,
}

/// `SORT`: which messages, in which order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortRequest {
    /// What is looked for, as in [`SearchRequest`].
    pub key: SearchKey,
    /// What is compared, most important first; at last the UID. By `RELEVANCY` the best come first.
    pub criteria: Vec<SortCriterion>,
    /// How well the messages fit is to be told.
    pub scores: bool,
}

/// What a `SORT` found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sorted {
    /// The messages, in order.
    pub uids: Vec<Uid>,
    /// How well each fits, from 1 to 100, in the same order, where that was wanted (RFC 6203).
    pub scores: Vec<u8>,
}

/// `THREAD`: which messages, put together how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThreadRequest {
    /// What is looked for, as in [`SearchRequest`].
    pub key: SearchKey,
    /// How messages are put together. Never [`ThreadAlgorithm::Other`].
    pub algorithm: ThreadAlgorithm,
}

/// `COPY` and `MOVE`: which messages go where. All or none (RFC 9051 §6.4.7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyRequest {
    /// The messages, ascending. A message that is gone is passed over.
    pub uids: UidSet,
    /// The mailbox to copy to, which may be the selected one.
    pub to: MailboxName,
    /// Remove them here in the same step.
    pub moves: bool,
}

/// Where copied messages are now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// UIDVALIDITY of the mailbox copied to.
    pub uid_validity: UidValidity,
    /// The messages copied.
    pub from: UidSet,
    /// Their UIDs there, in the order of `from`.
    pub to: UidSet,
    /// The mod-sequence of the selected mailbox after a move, where they are kept (RFC 6851 §4.4).
    pub mod_seq: Option<ModSeq>,
}

/// A message on its way in: what is known before its octets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// Its flags.
    pub flags: Vec<Flag>,
    /// Its internal date; `None`: now.
    pub date: Option<DateTime>,
    /// How many octets will come; `None`: it is put together from parts, each of which may come or be named by URL
    /// (`CATENATE`, RFC 4469).
    pub size: Option<u64>,
}

/// Where appended messages are now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// UIDVALIDITY of the mailbox.
    pub uid_validity: UidValidity,
    /// Their UIDs, in the order in which they came.
    pub uids: UidSet,
}
