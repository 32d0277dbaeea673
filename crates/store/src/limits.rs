//! What a store allows.

use std::time::Duration;

/// The limits of a store; each default suits a server with many users.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Limits {
    /// Mailboxes of one account. Default 10,000.
    pub mailboxes: u32,
    /// Octets of one message. Default 50 MiB.
    pub message: u64,
    /// Octets of a staged body that are held in memory; what is longer goes to a file. Default 256 KiB.
    pub in_memory: usize,
    /// Octets of a body that is kept as a row; a longer one goes to a pack file. Default 64 KiB.
    pub row: usize,
    /// Octets of one keyword. Default 64.
    pub keyword: usize,
    /// Octets of the per-recipient prefix. Default 16 KiB.
    pub prefix: usize,
    /// How long the octets of an expunged message stay for sessions that still show it. Default ten minutes.
    pub afterlife: Duration,
    /// Octets of one annotation. Default 32 KiB.
    pub annotation: usize,
    /// Annotations of one mailbox, and of one account for itself. Default 100.
    pub annotations: usize,
    /// Entries of the access control list of one mailbox. Default 1,000.
    pub acl: usize,
    /// Octets of queued messages that are held in memory for their first attempt; a body that is not kept as a row is not
    /// held. Default 16 MiB.
    pub queued: usize,
    /// Octets of messages that are held in memory for those who fetch them as they arrive, under the same condition.
    /// Default 16 MiB.
    pub arrived: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            mailboxes: 10_000,
            message: 50 << 20,
            in_memory: 256 << 10,
            row: 64 << 10,
            keyword: 64,
            prefix: 16 << 10,
            afterlife: Duration::from_secs(600),
            annotation: 32 << 10,
            annotations: 100,
            acl: 1000,
            queued: 16 << 20,
            arrived: 16 << 20,
        }
    }
}
