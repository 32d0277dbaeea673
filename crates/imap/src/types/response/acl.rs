//! `ACL`, `LISTRIGHTS` and `MYRIGHTS`.

use crate::types::MailboxName;
use bytes::Bytes;

/// Who may do what with a mailbox (RFC 4314 §3.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acl {
    /// The mailbox.
    pub mailbox: MailboxName,
    /// Identifiers and their rights, one letter each. An identifier that begins with `-` takes rights away.
    pub entries: Vec<(Bytes, Bytes)>,
}

/// Which rights may be given to an identifier (RFC 4314 §3.7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListRights {
    /// The mailbox.
    pub mailbox: MailboxName,
    /// The identifier.
    pub identifier: Bytes,
    /// Rights that it always has.
    pub required: Bytes,
    /// Rights that may be given to it; the letters of one entry go together.
    pub optional: Vec<Bytes>,
}

/// What the user may do with a mailbox (RFC 4314 §3.8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MyRights {
    /// The mailbox.
    pub mailbox: MailboxName,
    /// The rights, one letter each.
    pub rights: Bytes,
}
