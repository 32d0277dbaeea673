//! `QUOTA` and `QUOTAROOT`.

use crate::types::{Atom, MailboxName};
use bytes::Bytes;

/// How much of a quota root is used (RFC 9208 §4.2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quota {
    /// The quota root.
    pub root: Bytes,
    /// Its resources.
    pub resources: Vec<QuotaResource>,
}

/// One resource of a quota root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotaResource {
    /// `STORAGE`, `MESSAGE`, `MAILBOX`, `ANNOTATION-STORAGE` or another (RFC 9208 §5).
    pub name: Atom,
    /// How much is used; `STORAGE` in units of 1024 octets.
    pub usage: u64,
    /// How much may be used, in the same units.
    pub limit: u64,
}

/// The quota roots of a mailbox (RFC 9208 §4.2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotaRoots {
    /// The mailbox.
    pub mailbox: MailboxName,
    /// Its quota roots; none: no quota.
    pub roots: Vec<Bytes>,
}
