//! What a session and its application tell each other about mailboxes.

use crate::types::{
    Flag, MailboxName, ModSeq, Rights, Uid, UidSet, UidValidity,
    command::SearchSource,
    response::{ListAttribute, MailboxStatus, ObjectId},
};
use bytes::Bytes;

/// One mailbox of the user, as `LIST`, `LSUB` and their relatives need it.
///
/// The session does the rest: patterns, subscriptions, children, and what the client asked to be returned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// Its name, with the delimiter of the [`Config`](super::Config) between levels.
    pub name: MailboxName,
    /// Whether the user is subscribed to it.
    pub subscribed: bool,
    /// Whether it is there; else it is only a name that is subscribed.
    pub exists: bool,
    /// What else is to be said of it: special uses, `\Noinferiors`, `\Marked`.
    pub attributes: Vec<ListAttribute>,
    /// What the user may do with it, where that is known: told to clients that ask for `MYRIGHTS` (RFC 8440).
    pub rights: Option<Rights>,
}

/// A mailbox just selected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selected {
    /// The UIDs of its messages, ascending. The session keeps them as ranges.
    pub uids: UidSet,
    /// Its UIDVALIDITY.
    pub uid_validity: UidValidity,
    /// The UID that the next message will have, at least.
    pub uid_next: Uid,
    /// The flags in use.
    pub flags: Vec<Flag>,
    /// The flags that the client can change for good; [`Flag::Any`] if it may make new keywords.
    pub permanent_flags: Vec<Flag>,
    /// The highest mod-sequence; `None`: mod-sequences are not kept.
    pub highest_mod_seq: Option<ModSeq>,
    /// The first message without `\Seen` (`UNSEEN`, IMAP4rev1).
    pub first_unseen: Option<Uid>,
    /// Messages that no session has been told of before (`RECENT`, IMAP4rev1).
    pub recent: u32,
    /// It can only be read, whatever was asked.
    pub read_only: bool,
    /// Its object identifier (RFC 8474).
    pub mailbox_id: Option<ObjectId>,
}

/// A change to the mailboxes of the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailboxChange {
    /// `CREATE`. Levels above that are missing are made too (RFC 9051 §6.3.4).
    Create {
        /// The mailbox to make.
        mailbox: MailboxName,
        /// What it is for (RFC 6154).
        special_use: Vec<ListAttribute>,
    },
    /// `DELETE`
    Delete(MailboxName),
    /// `RENAME`, with all children. Renaming `INBOX` moves its messages and leaves it empty (RFC 9051 §6.3.6).
    Rename {
        /// The mailbox as it is called.
        from: MailboxName,
        /// What it is to be called.
        to: MailboxName,
    },
    /// `SUBSCRIBE`. The mailbox need not be there.
    Subscribe(MailboxName),
    /// `UNSUBSCRIBE`
    Unsubscribe(MailboxName),
}

/// Something that changed in the selected mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Update {
    /// Messages are gone. The session holds this back until the client may be told (RFC 9051 §7.5.1).
    Expunged(UidSet),
    /// Messages came; their UIDs are above all before.
    Arrived {
        /// Their UIDs.
        uids: UidSet,
        /// How many messages no session has been told of before (`RECENT`).
        recent: u32,
    },
    /// The flags of a message are now these.
    Flags {
        /// The message.
        uid: Uid,
        /// All of its flags.
        flags: Vec<Flag>,
        /// Its mod-sequence, where they are kept.
        mod_seq: Option<ModSeq>,
        /// It is just what this session's own `STORE` made of the flags the client knew. With `.SILENT` the client is
        /// then not told.
        own: bool,
    },
    /// The flags in use in the mailbox are now these: a keyword is new.
    MailboxFlags {
        /// The flags in use.
        flags: Vec<Flag>,
        /// The flags that the client can change for good.
        permanent_flags: Vec<Flag>,
    },
    /// The mailbox was deleted or is out of reach: the session ends with `BYE`.
    Gone,
}

/// `NOTIFY` (RFC 5465): what is to be told beside the news of the selected mailbox. Takes the place of what was asked
/// before; nothing in it: nothing is to be told any more.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WatchRequest {
    /// Which mailboxes. More than one may mean the same mailbox: the events of all are told.
    pub watched: Vec<Watched>,
    /// Annotations of the server are watched.
    pub server_annotations: bool,
    /// How each mailbox is whose messages are watched is to be answered.
    pub status: bool,
}

/// Mailboxes, and what is to be told of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// The mailboxes, never [`SearchSource::Selected`]. Those that come later are meant too.
    pub mailboxes: SearchSource,
    /// What is to be told.
    pub events: WatchedEvents,
}

/// What is to be told of mailboxes (RFC 5465 §5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WatchedEvents {
    /// Messages that come and go. Of the selected mailbox this is told as [`Update`]s, whatever is asked here.
    pub messages: bool,
    /// Flags of messages that change. As above.
    pub flags: bool,
    /// Mailboxes that are made, deleted and renamed.
    pub names: bool,
    /// Subscriptions.
    pub subscriptions: bool,
    /// Annotations.
    pub annotations: bool,
}

/// Something that happened outside the selected mailbox, and not by this session's own doing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// Messages came, went or changed in a mailbox, which is now so: `MESSAGES`, `UIDNEXT` and `UIDVALIDITY` where they
    /// came or went, `UIDVALIDITY` and `UNSEEN` where flags changed, and always `HIGHESTMODSEQ` where it is kept; clients
    /// that do not know it are not told.
    Status(MailboxStatus),
    /// A mailbox is new, gone, renamed, subscribed or no longer so. Beside its attributes `\HasChildren` or
    /// `\HasNoChildren` may be told.
    Mailbox {
        /// The mailbox as it is now.
        mailbox: Mailbox,
        /// What it was called before.
        old_name: Option<MailboxName>,
    },
    /// Annotations were set or removed.
    Annotations {
        /// The mailbox; `None` for the server.
        mailbox: Option<MailboxName>,
        /// Their names.
        names: Vec<Bytes>,
    },
    /// More is watched than can be told: nothing more will be.
    Overflow,
}
