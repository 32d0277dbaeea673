//! What a client asks for.

mod append;
mod fetch;
mod mailbox;
mod message;
mod metadata;
mod notify;
mod search;
mod select;

pub use append::{Append, AppendData, AppendMessage, CatenatePart, Replace};
pub use fetch::Fetch;
pub use mailbox::{Create, List, Rename, Status};
pub use message::{Copy, Store, UidExpunge};
pub use metadata::{GetMetadata, MetadataDepth, SetMetadata};
pub use notify::{EventGroup, MailboxFilter, MessageEvent, Notify, NotifySet};
pub use search::{Search, SearchSource, Sort, SourceMailboxes, Thread};
pub use select::{QResync, Select};

use super::{AString, Atom, MailboxName, NString, Tag};
use bytes::Bytes;

/// One command with its tag (RFC 9051 §2.2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The client's name for it, which comes back in the tagged response.
    pub tag: Tag,
    /// What is asked.
    pub body: CommandBody,
}

/// The commands (RFC 9051 §6 and extensions), those of one state together.
///
/// Where a command has a `UID` form, `uid` says that it is meant: the numbers in the command, and in the responses to
/// `SEARCH`, `SORT` and `THREAD`, are UIDs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CommandBody {
    /// `CAPABILITY`
    Capability,
    /// `NOOP`
    Noop,
    /// `LOGOUT`
    Logout,
    /// `ID` (RFC 2971): `None` for `NIL`.
    Id(Option<Vec<(AString, NString)>>),

    /// `STARTTLS`
    StartTls,
    /// `LOGIN`
    Login {
        /// User name.
        user: AString,
        /// Password.
        password: AString,
    },
    /// `AUTHENTICATE`
    Authenticate {
        /// SASL mechanism.
        mechanism: Atom,
        /// Initial response as sent, in base64 (RFC 4959); `=` for an empty one.
        initial: Option<Bytes>,
    },

    /// `ENABLE`
    Enable(Vec<Atom>),
    /// `SELECT`
    Select(Select),
    /// `EXAMINE`
    Examine(Select),
    /// `CREATE`
    Create(Create),
    /// `DELETE`
    Delete(MailboxName),
    /// `RENAME`
    Rename(Rename),
    /// `SUBSCRIBE`
    Subscribe(MailboxName),
    /// `UNSUBSCRIBE`
    Unsubscribe(MailboxName),
    /// `LIST`
    List(List),
    /// `LSUB` (RFC 3501)
    Lsub {
        /// What the pattern is relative to.
        reference: MailboxName,
        /// The pattern, `%` and `*` its wildcards.
        pattern: MailboxName,
    },
    /// `NAMESPACE`
    Namespace,
    /// `STATUS`
    Status(Status),
    /// `APPEND`
    Append(Append),
    /// `IDLE`
    Idle,

    /// `CHECK` (RFC 3501)
    Check,
    /// `CLOSE`
    Close,
    /// `UNSELECT`
    Unselect,
    /// `EXPUNGE`
    Expunge,
    /// `UID EXPUNGE` (RFC 4315)
    UidExpunge(UidExpunge),
    /// `SEARCH` and `ESEARCH` (RFC 7377)
    Search(Box<Search>),
    /// `SORT` (RFC 5256)
    Sort(Box<Sort>),
    /// `THREAD` (RFC 5256)
    Thread(Box<Thread>),
    /// `FETCH`
    Fetch(Fetch),
    /// `STORE`
    Store(Store),
    /// `COPY`
    Copy(Copy),
    /// `MOVE`
    Move(Copy),
    /// `REPLACE` (RFC 8508)
    Replace(Replace),

    /// `GETQUOTA` (RFC 9208)
    GetQuota(AString),
    /// `GETQUOTAROOT` (RFC 9208)
    GetQuotaRoot(MailboxName),
    /// `SETQUOTA` (RFC 9208): resource names and limits.
    SetQuota(AString, Vec<(Atom, u64)>),
    /// `GETMETADATA` (RFC 5464)
    GetMetadata(GetMetadata),
    /// `SETMETADATA` (RFC 5464)
    SetMetadata(SetMetadata),
    /// `GETACL` (RFC 4314)
    GetAcl(MailboxName),
    /// `SETACL` (RFC 4314): identifier, and rights with their `+` or `-`.
    SetAcl(MailboxName, AString, AString),
    /// `DELETEACL` (RFC 4314)
    DeleteAcl(MailboxName, AString),
    /// `LISTRIGHTS` (RFC 4314)
    ListRights(MailboxName, AString),
    /// `MYRIGHTS` (RFC 4314)
    MyRights(MailboxName),
    /// `NOTIFY` (RFC 5465)
    Notify(Notify),
    /// `COMPRESS` (RFC 4978)
    Compress(Atom),
    /// `UNAUTHENTICATE` (RFC 8437)
    Unauthenticate,
    /// `LANGUAGE` (RFC 5255)
    Language(Vec<AString>),
    /// `COMPARATOR` (RFC 5255)
    Comparator(Vec<AString>),
    /// `CANCELUPDATE` (RFC 5267): tags of searches.
    CancelUpdate(Vec<AString>),
    /// `GETJMAPACCESS` (RFC 9698)
    GetJmapAccess,
    /// `GENURLAUTH` (RFC 4467): URLs and mechanisms.
    GenUrlAuth(Vec<(AString, Atom)>),
    /// `RESETKEY` (RFC 4467)
    ResetKey(Option<MailboxName>, Vec<Atom>),
    /// `URLFETCH` (RFC 4467)
    UrlFetch(Vec<AString>),
}
