//! GETMETADATA and SETMETADATA.

use crate::types::{AString, MailboxName, NString};

/// `GETMETADATA` (RFC 5464 §4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetMetadata {
    /// The mailbox; `None` for the server.
    pub mailbox: Option<MailboxName>,
    /// `MAXSIZE`: values longer than this are left out.
    pub max_size: Option<u64>,
    /// `DEPTH`
    pub depth: MetadataDepth,
    /// Entry names.
    pub entries: Vec<AString>,
}

/// How far below the named entries to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MetadataDepth {
    /// `0`: not at all.
    #[default]
    Zero,
    /// `1`: one level.
    One,
    /// `infinity`
    Infinity,
}

/// `SETMETADATA` (RFC 5464 §4.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetMetadata {
    /// The mailbox; `None` for the server.
    pub mailbox: Option<MailboxName>,
    /// Entry names and values; `None` removes the entry.
    pub entries: Vec<(AString, NString)>,
}
