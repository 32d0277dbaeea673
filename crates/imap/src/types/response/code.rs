//! Response codes: why, in words a program understands.

use super::{Capabilities, ObjectId};
use crate::types::{Flag, ModSeq, Octets, Tag, Uid, UidSet, UidValidity};
use bytes::Bytes;
use std::num::NonZeroU32;

/// The code in square brackets of a status response (RFC 9051 §7.1, RFC 5530 and the extensions).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Code {
    /// `ALERT`: the text must be shown to the user.
    Alert,
    /// `ALREADYEXISTS`: the mailbox to make is there already.
    AlreadyExists,
    /// `APPENDUID`: where appended messages are now (RFC 4315 §3).
    AppendUid {
        /// The UIDVALIDITY of the mailbox.
        validity: UidValidity,
        /// Their UIDs, in the order in which they were appended.
        uids: UidSet,
    },
    /// `AUTHENTICATIONFAILED`.
    AuthenticationFailed,
    /// `AUTHORIZATIONFAILED`: known, but may not act for that other user.
    AuthorizationFailed,
    /// `BADCHARSET`: the charsets that a search may use.
    BadCharset(Vec<Bytes>),
    /// `BADCOMPARATOR` (RFC 5255 §4.9).
    BadComparator,
    /// `BADEVENT`: the events that `NOTIFY` may name (RFC 5465 §8).
    BadEvent(Vec<Bytes>),
    /// `BADURL`: the URL in `CATENATE` that is none (RFC 4469 §5).
    BadUrl(Bytes),
    /// `CANNOT`: can never work, here.
    Cannot,
    /// `CAPABILITY`.
    Capability(Capabilities),
    /// `CLIENTBUG`.
    ClientBug,
    /// `CLOSED`: the mailbox selected before is closed; what follows is about the new one (RFC 9051 §7.1).
    Closed,
    /// `COMPRESSIONACTIVE` (RFC 4978 §3).
    CompressionActive,
    /// `CONTACTADMIN`.
    ContactAdmin,
    /// `COPYUID`: which messages became which (RFC 4315 §3).
    CopyUid {
        /// The UIDVALIDITY of the mailbox copied to.
        validity: UidValidity,
        /// UIDs in the mailbox copied from.
        from: UidSet,
        /// UIDs in the mailbox copied to, in the same order and number.
        to: UidSet,
    },
    /// `CORRUPTION`.
    Corruption,
    /// `EXPIRED`: the password, say.
    Expired,
    /// `EXPUNGEISSUED`: messages are gone that the client does not know of yet.
    ExpungeIssued,
    /// `HASCHILDREN`.
    HasChildren,
    /// `HIGHESTMODSEQ` (RFC 7162 §3.1.2.1).
    HighestModSeq(ModSeq),
    /// `INPROGRESS` (RFC 9585 §4): a command is still at work.
    InProgress(Option<InProgress>),
    /// `INUSE`: somebody else has a lock.
    InUse,
    /// `LIMIT`: more than the server can or will do.
    Limit,
    /// `MAILBOXID` (RFC 8474 §4.1).
    MailboxId(ObjectId),
    /// `MESSAGELIMIT` (RFC 9738 §3): only so many messages were handled.
    MessageLimit {
        /// How many one command may handle.
        limit: u32,
        /// The lowest UID that was handled.
        lowest: Option<Uid>,
    },
    /// `METADATA` (RFC 5464 §4.2.1, §4.3).
    Metadata(MetadataProblem),
    /// `MODIFIED`: messages changed since the client looked, which `STORE` left alone (RFC 7162 §3.1.3).
    Modified(UidSet),
    /// `NOMODSEQ` (RFC 7162 §3.1.2.2).
    NoModSeq,
    /// `NONEXISTENT`: no such mailbox.
    NonExistent,
    /// `NOPERM`: not permitted.
    NoPerm,
    /// `NOTIFICATIONOVERFLOW` (RFC 5465 §5.8).
    NotificationOverflow,
    /// `NOTSAVED`: `$` is empty (RFC 5182 §2.1).
    NotSaved,
    /// `NOUPDATE` (RFC 5267 §4.3.3): this search gets no updates.
    NoUpdate(Bytes),
    /// `OVERQUOTA`.
    OverQuota,
    /// `PARSE`: a message could not be read.
    Parse,
    /// `PERMANENTFLAGS`.
    PermanentFlags(Vec<Flag>),
    /// `PRIVACYREQUIRED`: only with TLS.
    PrivacyRequired,
    /// `READ-ONLY`.
    ReadOnly,
    /// `READ-WRITE`.
    ReadWrite,
    /// `REFERRAL` (RFC 2193 §3). Never follow it with credentials.
    Referral(Bytes),
    /// `SERVERBUG`.
    ServerBug,
    /// `TEMPFAIL` (RFC 4467 §6).
    TempFail,
    /// `TOOBIG` (RFC 4469 §4.2, RFC 7889 §2).
    TooBig,
    /// `TRYCREATE`: the mailbox is not there and could be made.
    TryCreate,
    /// `UIDNEXT`. Zero from some old servers.
    UidNext(u32),
    /// `UIDNOTSTICKY` (RFC 4315 §3).
    UidNotSticky,
    /// `UIDREQUIRED` (RFC 9586 §3).
    UidRequired,
    /// `UIDVALIDITY`.
    UidValidity(UidValidity),
    /// `UNAVAILABLE`: try again later.
    Unavailable,
    /// `UNDEFINED-FILTER`: the filter that is not known (RFC 5466 §3.1).
    UndefinedFilter(Bytes),
    /// `UNKNOWN-CTE`: the transfer encoding of the part is not known (RFC 9051 §7.1).
    UnknownCte,
    /// `UNSEEN`: the first message without `\Seen` (RFC 3501 §7.1).
    Unseen(NonZeroU32),
    /// `USEATTR`: the special use cannot be given (RFC 6154 §3).
    UseAttr,
    /// Any other, or one of the above with a value that it does not have.
    Other {
        /// The name, in the case in which it came.
        name: Octets,
        /// What followed the name and a space.
        value: Option<Octets>,
    },
}

/// How far a command has come (RFC 9585 §4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InProgress {
    /// The command, where it is told.
    pub tag: Option<Tag>,
    /// How many things are done.
    pub progress: Option<u32>,
    /// How many there are to do.
    pub goal: Option<u32>,
}

/// What was wrong with annotations (RFC 5464 §4.2.1, §4.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MetadataProblem {
    /// `LONGENTRIES`: some were longer than asked; the longest has this many octets.
    LongEntries(u64),
    /// `MAXSIZE`: none may be longer than this, in octets.
    MaxSize(u64),
    /// `TOOMANY`.
    TooMany,
    /// `NOPRIVATE`: only shared ones here.
    NoPrivate,
}

/// Codes that are a name and nothing else, and the names of two that may be it.
macro_rules! plain {
    ($($code:ident = $name:literal,)*) => {
        impl Code {
            /// The name of a code that is a name and nothing else.
            pub(crate) fn plain_name(&self) -> Option<&'static [u8]> {
                match self {
                    $(Self::$code => Some($name),)*
                    Self::InProgress(None) => Some(b"INPROGRESS"),
                    Self::BadCharset(charsets) if charsets.is_empty() => Some(b"BADCHARSET"),
                    _ => None,
                }
            }

            /// The code that is this name, in upper case, and nothing else.
            pub(crate) fn plain(name: &[u8]) -> Option<Self> {
                match name {
                    $($name => Some(Self::$code),)*
                    b"INPROGRESS" => Some(Self::InProgress(None)),
                    b"BADCHARSET" => Some(Self::BadCharset(Vec::new())),
                    _ => None,
                }
            }
        }
    };
}

plain! {
    Alert = b"ALERT",
    AlreadyExists = b"ALREADYEXISTS",
    AuthenticationFailed = b"AUTHENTICATIONFAILED",
    AuthorizationFailed = b"AUTHORIZATIONFAILED",
    BadComparator = b"BADCOMPARATOR",
    Cannot = b"CANNOT",
    ClientBug = b"CLIENTBUG",
    Closed = b"CLOSED",
    CompressionActive = b"COMPRESSIONACTIVE",
    ContactAdmin = b"CONTACTADMIN",
    Corruption = b"CORRUPTION",
    Expired = b"EXPIRED",
    ExpungeIssued = b"EXPUNGEISSUED",
    HasChildren = b"HASCHILDREN",
    InUse = b"INUSE",
    Limit = b"LIMIT",
    NoModSeq = b"NOMODSEQ",
    NonExistent = b"NONEXISTENT",
    NoPerm = b"NOPERM",
    NotificationOverflow = b"NOTIFICATIONOVERFLOW",
    NotSaved = b"NOTSAVED",
    OverQuota = b"OVERQUOTA",
    Parse = b"PARSE",
    PrivacyRequired = b"PRIVACYREQUIRED",
    ReadOnly = b"READ-ONLY",
    ReadWrite = b"READ-WRITE",
    ServerBug = b"SERVERBUG",
    TempFail = b"TEMPFAIL",
    TooBig = b"TOOBIG",
    TryCreate = b"TRYCREATE",
    UidNotSticky = b"UIDNOTSTICKY",
    UidRequired = b"UIDREQUIRED",
    Unavailable = b"UNAVAILABLE",
    UnknownCte = b"UNKNOWN-CTE",
    UseAttr = b"USEATTR",
}
