//! What a client session tells the application.

use bytes::Bytes;

use super::AuthError;
use crate::types::{Capabilities, MessageNumber, Reply, UniqueId};

/// Something happened. Answers come in the order of their commands.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The server's greeting: the session may begin.
    Greeting {
        /// The text.
        reply: Reply,
        /// With it APOP is offered.
        timestamp: Option<Box<str>>,
    },
    /// The server's greeting was `-ERR`: the session is over.
    Unwelcome(Reply),
    /// TLS is active, and the session begins anew: ask for the capabilities again.
    Secured,
    /// The answer to a command, or its first line; what it announces follows, and then [`End`](Self::End).
    Reply {
        /// The command's keyword.
        verb: &'static str,
        /// The line.
        reply: Reply,
    },
    /// One item of an answer, from its first line or from those that follow.
    Item(Item),
    /// A line of an answer cannot be read. The answer goes on.
    Unreadable(Box<str>),
    /// The answer to `CAPA`.
    Capabilities(Capabilities),
    /// The next octets of a message, dot-stuffing undone.
    Body(Bytes),
    /// That was the whole answer of several lines.
    End,
    /// The login by `AUTH` succeeded, and the server has proved what the mechanism has it prove.
    Authenticated(Reply),
    /// The login by `AUTH` failed.
    AuthenticationFailed(AuthError),
}

/// One item of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Item {
    /// `STAT`
    Totals {
        /// How many messages there are that are not deleted.
        messages: u64,
        /// Their octets.
        octets: u64,
    },
    /// `LIST`
    Size {
        /// Which message.
        message: MessageNumber,
        /// Its octets, as the server counts them.
        octets: u64,
    },
    /// `UIDL`
    UniqueId {
        /// Which message.
        message: MessageNumber,
        /// What stays the same about it.
        id: UniqueId,
    },
    /// `LANG`
    Language {
        /// Its tag.
        tag: Box<str>,
        /// Its name in itself.
        description: Box<str>,
    },
    /// `AUTH` without a mechanism.
    Mechanism(Box<str>),
}
