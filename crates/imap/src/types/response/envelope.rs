//! `ENVELOPE`: the addressing fields of a message, as the server parsed them.

use crate::types::Octets;
use bytes::Bytes;

/// The envelope of a message (RFC 9051 §7.5.2). Texts are as in the header, encoded words still encoded.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Envelope {
    /// `Date`, as written.
    pub date: Option<Bytes>,
    /// `Subject`.
    pub subject: Option<Bytes>,
    /// `From`.
    pub from: Vec<Address>,
    /// `Sender`; a server fills it with `From` where it is absent.
    pub sender: Vec<Address>,
    /// `Reply-To`; a server fills it with `From` where it is absent.
    pub reply_to: Vec<Address>,
    /// `To`.
    pub to: Vec<Address>,
    /// `Cc`.
    pub cc: Vec<Address>,
    /// `Bcc`.
    pub bcc: Vec<Address>,
    /// `In-Reply-To`, as written.
    pub in_reply_to: Option<Bytes>,
    /// `Message-ID`, with its angle brackets.
    pub message_id: Option<Bytes>,
}

/// One address (RFC 9051 §7.5.2). A group begins with one that has a mailbox and no host, and ends with one that has neither.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Address {
    /// The display name.
    pub name: Option<Octets>,
    /// The source route of RFC 822; always `None` in our time.
    pub route: Option<Octets>,
    /// The part before the `@`, or the name of the group that begins here.
    pub mailbox: Option<Octets>,
    /// The part after the `@`.
    pub host: Option<Octets>,
}
