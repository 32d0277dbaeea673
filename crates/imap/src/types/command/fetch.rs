//! FETCH.

use crate::types::{FetchItem, ModSeq, SequenceSet};

/// `FETCH` and `UID FETCH` (RFC 9051 §6.4.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetch {
    /// Which messages.
    pub messages: SequenceSet,
    /// They are named by UID.
    pub uid: bool,
    /// What of them.
    pub items: Vec<FetchItem>,
    /// `CHANGEDSINCE`: only those changed after it (RFC 7162 §3.1.4.1).
    pub changed_since: Option<ModSeq>,
    /// `VANISHED`: with it, tell of UIDs that are gone (RFC 7162 §3.2.6).
    pub vanished: bool,
    /// `PARTIAL`: only these of the messages found, from 1; negative counts from the end (RFC 9394 §3.3).
    pub partial: Option<(i64, i64)>,
}
