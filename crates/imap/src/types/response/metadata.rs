//! `METADATA`: annotations of a mailbox or the server.

use crate::types::MailboxName;
use bytes::Bytes;

/// Annotations, or the names of those that changed (RFC 5464 §4.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// The mailbox; the empty name stands for the server.
    pub mailbox: MailboxName,
    /// What is told of them.
    pub entries: MetadataEntries,
}

/// The two forms of the response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MetadataEntries {
    /// Names, such as `/private/comment`, and their values (RFC 5464 §4.4.1). `None`: there is no such entry.
    Values(Vec<(Bytes, Option<Bytes>)>),
    /// Names of entries that changed (RFC 5464 §4.4.2).
    Changed(Vec<Bytes>),
}
