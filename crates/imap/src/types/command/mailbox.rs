//! Commands about mailboxes as a whole: CREATE, RENAME, LIST, STATUS.

use crate::types::{Atom, ListOptions, MailboxName, StatusItem};

/// `CREATE` (RFC 9051 §6.3.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Create {
    /// The mailbox to make.
    pub mailbox: MailboxName,
    /// `USE`: what it is for, names without their backslash (RFC 6154 §3).
    pub special_use: Vec<Atom>,
}

/// `RENAME` (RFC 9051 §6.3.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rename {
    /// The mailbox as it is called.
    pub from: MailboxName,
    /// What it is to be called.
    pub to: MailboxName,
}

/// `LIST` (RFC 9051 §6.3.9).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// What the patterns are relative to.
    pub reference: MailboxName,
    /// The patterns, `%` and `*` their wildcards. One, but for an extended LIST.
    pub patterns: Vec<MailboxName>,
    /// Extended options.
    pub options: ListOptions,
}

/// `STATUS` (RFC 9051 §6.3.11).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The mailbox asked about.
    pub mailbox: MailboxName,
    /// What is asked.
    pub items: Vec<StatusItem>,
}
