//! APPEND and REPLACE.

use crate::types::{AString, DateTime, Flag, MailboxName, SequenceNumber};
use bytes::Bytes;

/// `APPEND` (RFC 9051 §6.3.12), of one message or several (RFC 3502).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Append {
    /// The mailbox to append to.
    pub mailbox: MailboxName,
    /// The messages, in order.
    pub messages: Vec<AppendMessage>,
}

/// One message of an APPEND.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppendMessage {
    /// Its flags.
    pub flags: Vec<Flag>,
    /// Its internal date; `None` for now.
    pub date: Option<DateTime>,
    /// Its octets.
    pub data: AppendData,
}

/// Where the octets of an appended message come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AppendData {
    /// They are here.
    Whole(Bytes),
    /// They follow: so many.
    Announced(u64),
    /// They are put together from parts (RFC 4469).
    Catenate(Vec<CatenatePart>),
}

/// One part of a message that is put together (RFC 4469).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CatenatePart {
    /// The octets an IMAP URL stands for.
    Url(AString),
    /// These octets.
    Text(Bytes),
}

/// `REPLACE` (RFC 8508): an APPEND that removes the message it takes the place of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replace {
    /// The message replaced.
    pub message: SequenceNumber,
    /// It is named by its UID.
    pub uid: bool,
    /// What takes its place: one message.
    pub append: Append,
}
