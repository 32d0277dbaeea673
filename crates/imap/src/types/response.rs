//! What a server says: continuation requests, untagged data, and the tagged end of a command.

mod acl;
mod body_structure;
mod capability;
mod code;
mod envelope;
mod esearch;
mod fetch;
mod language;
mod list;
mod mailbox_status;
mod metadata;
mod namespace;
mod object_id;
mod quota;
mod search;
mod status;
mod text;
mod thread;
mod value;

pub use acl::{Acl, ListRights, MyRights};
pub use body_structure::{BodyExtension, BodyStructure, Disposition, MultiPart, PartKind, SinglePart};
pub use capability::{Capabilities, Capability};
pub use code::{Code, InProgress, MetadataProblem};
pub use envelope::{Address, Envelope};
pub use esearch::{Correlator, Esearch, EsearchItem, PartialRange};
pub use fetch::{Data, Fault, Fetch, FetchAttribute};
pub use language::{Comparator, UrlFetch};
pub use list::{List, ListAttribute, ListExtendedItem};
pub use mailbox_status::{MailboxStatus, StatusValue};
pub use metadata::{Metadata, MetadataEntries};
pub use namespace::{Namespace, Namespaces};
pub use object_id::ObjectId;
pub use quota::{Quota, QuotaResource, QuotaRoots};
pub use search::Search;
pub use status::{Condition, Status};
pub use text::Text;
pub use thread::{ThreadNode, Threads};
pub use value::Value;

use crate::types::{Flag, Tag, UidSet};
use bytes::Bytes;
use std::num::NonZeroU32;

/// One response, as RFC 9051 §7 divides them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Response {
    /// `+`: the server waits for the rest of a command (RFC 9051 §7.6).
    Continue(Continue),
    /// `*`: data, which may belong to a command or to none.
    Untagged(Untagged),
    /// The end of the command with this tag.
    Tagged(Tagged),
}

/// A continuation request (RFC 9051 §7.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Continue {
    /// What followed `+ `: text for people, or the base64 of a SASL challenge.
    pub text: Text,
}

/// The end of a command: its tag, and how it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tagged {
    /// The tag that the client gave to the command.
    pub tag: Tag,
    /// `OK`, `NO` or `BAD`; never another condition.
    pub status: Status,
}

/// Names and values about a program (RFC 2971 §3.3).
pub type IdFields = Vec<(Bytes, Option<Bytes>)>;

/// Untagged data of every kind (RFC 9051 §7.1 to §7.5, and the extensions).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Untagged {
    /// `OK`, `NO`, `BAD`, `PREAUTH` or `BYE` (RFC 9051 §7.1).
    Status(Status),
    /// `CAPABILITY` (RFC 9051 §7.2.2).
    Capability(Capabilities),
    /// `ENABLED` (RFC 9051 §7.2.1).
    Enabled(Capabilities),
    /// `LIST` (RFC 9051 §7.3.1). Gmail's old `XLIST` is read as this too.
    List(List),
    /// `LSUB` (RFC 3501 §7.2.3).
    Lsub(List),
    /// `NAMESPACE` (RFC 9051 §7.3.2).
    Namespace(Namespaces),
    /// `STATUS` (RFC 9051 §7.3.3).
    MailboxStatus(MailboxStatus),
    /// `SEARCH` (RFC 3501 §7.2.5).
    Search(Search),
    /// `SORT` (RFC 5256 §4).
    Sort(Search),
    /// `ESEARCH` (RFC 9051 §7.3.4).
    Esearch(Esearch),
    /// `THREAD` (RFC 5256 §4).
    Thread(Threads),
    /// `FLAGS`: the flags defined in the mailbox (RFC 9051 §7.3.5).
    Flags(Vec<Flag>),
    /// `EXISTS`: how many messages the mailbox has (RFC 9051 §7.4.1).
    Exists(u32),
    /// `RECENT` (RFC 3501 §7.3.2).
    Recent(u32),
    /// `EXPUNGE`: the message with this number is gone; those after it move down by one (RFC 9051 §7.5.1).
    Expunge(NonZeroU32),
    /// `VANISHED` (RFC 7162 §3.2.10): the UIDs that are gone.
    Vanished {
        /// Answers a question about the past, rather than tells of something that happened now:
        /// message numbers do not move.
        earlier: bool,
        /// The UIDs; some may never have existed.
        uids: UidSet,
    },
    /// `FETCH` (RFC 9051 §7.5.2), and `UIDFETCH` (RFC 9586 §3.3).
    Fetch(Fetch),
    /// `ID` (RFC 2971 §3.2). `None`: `NIL`.
    Id(Option<IdFields>),
    /// `QUOTA` (RFC 9208 §4.2.1).
    Quota(Quota),
    /// `QUOTAROOT` (RFC 9208 §4.2.2).
    QuotaRoots(QuotaRoots),
    /// `ACL` (RFC 4314 §3.6).
    Acl(Acl),
    /// `LISTRIGHTS` (RFC 4314 §3.7).
    ListRights(ListRights),
    /// `MYRIGHTS` (RFC 4314 §3.8).
    MyRights(MyRights),
    /// `METADATA` (RFC 5464 §4.4).
    Metadata(Metadata),
    /// `LANGUAGE` (RFC 5255 §3.3): the language in use, or those on offer.
    Language(Vec<Bytes>),
    /// `COMPARATOR` (RFC 5255 §4.8).
    Comparator(Comparator),
    /// `GENURLAUTH` (RFC 4467 §8): URLs with their authorisation, in the order asked.
    GenUrlAuth(Vec<Bytes>),
    /// `URLFETCH` (RFC 4467 §8).
    UrlFetch(Vec<UrlFetch>),
    /// `JMAPACCESS` (RFC 9698 §3): where the same mail is to be had by JMAP.
    JmapAccess(Bytes),
    /// Any other word a server may use, with the rest of the line as it stood.
    Other {
        /// The word, as the server wrote it.
        name: Bytes,
        /// The number before the word, if there was one.
        number: Option<u32>,
        /// What followed the word and one space: may contain literals, with their announcements.
        rest: Bytes,
    },
}
