//! SELECT and EXAMINE.

use crate::types::{MailboxName, ModSeq, SequenceSet, UidValidity};

/// `SELECT` or `EXAMINE` (RFC 9051 §6.3.2, §6.3.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Select {
    /// The mailbox.
    pub mailbox: MailboxName,
    /// `CONDSTORE` (RFC 7162 §3.1.8).
    pub condstore: bool,
    /// `QRESYNC` (RFC 7162 §3.2.5).
    pub qresync: Option<QResync>,
}

/// What a client still knows of a mailbox (RFC 7162 §3.2.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QResync {
    /// The UIDVALIDITY it knows.
    pub uid_validity: UidValidity,
    /// The last mod-sequence it knows.
    pub mod_seq: ModSeq,
    /// The UIDs it knows; `None` for all.
    pub known_uids: Option<SequenceSet>,
    /// Message numbers and the UIDs they had, for a server that forgot what was expunged.
    pub match_data: Option<(SequenceSet, SequenceSet)>,
}
