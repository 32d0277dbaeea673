//! `ESEARCH`: the messages found, in the extended form.

use super::Value;
use crate::types::{MailboxName, ModSeq, UidSet, UidValidity};
use bytes::Bytes;

/// What a search found (RFC 9051 §7.3.4).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Esearch {
    /// Which command and mailbox it is about.
    pub correlator: Correlator,
    /// All numbers are UIDs rather than message numbers.
    pub uid: bool,
    /// What was found; nothing where no message matched and `COUNT` was not asked.
    pub items: Vec<EsearchItem>,
}

/// What ties an `ESEARCH` to its command (RFC 9051 §7.3.4, RFC 7377 §2.1).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Correlator {
    /// The tag of the command.
    pub tag: Option<Bytes>,
    /// The mailbox searched, in answer to a search of several.
    pub mailbox: Option<MailboxName>,
    /// Its UIDVALIDITY.
    pub uid_validity: Option<UidValidity>,
}

/// One result.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EsearchItem {
    /// `MIN`.
    Min(u32),
    /// `MAX`.
    Max(u32),
    /// `COUNT`.
    Count(u32),
    /// `ALL`. After `SORT` the order has a meaning (RFC 5267 §3.2).
    All(UidSet),
    /// `MODSEQ` (RFC 7162 §3.1.10).
    ModSeq(ModSeq),
    /// `PARTIAL` (RFC 9394 §3.1): one page of the result.
    Partial {
        /// The page that was asked for.
        range: PartialRange,
        /// What is on it; `None`: nothing.
        numbers: Option<UidSet>,
    },
    /// `RELEVANCY` (RFC 6203 §4): a score from 1 to 100 for each message found.
    Relevancy(Vec<u32>),
    /// `ADDTO` (RFC 5267 §4.3.1): at each position, messages that now match.
    AddTo(Vec<(u32, UidSet)>),
    /// `REMOVEFROM` (RFC 5267 §4.3.2): at each position, messages that no longer match.
    RemoveFrom(Vec<(u32, UidSet)>),
    /// Any other.
    Other(Bytes, Value),
}

/// A page of a search's result, counted from 1, or from the end by negative numbers (RFC 9394 §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PartialRange {
    /// One end.
    pub first: i64,
    /// The other end.
    pub last: i64,
}
