//! What a client session tells.

use crate::types::response::{Continue, Fault, Fetch, Status, Untagged};
use bytes::Bytes;
use mailwright_sasl::client;
use std::fmt;

/// Names one command of one session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommandId(pub(super) u32);

/// The tag that the command is sent with.
impl fmt::Display for CommandId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a{}", self.0)
    }
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The server greets: `OK`, or `PREAUTH` where no login is needed, or `BYE`.
    Greeting(Status),
    /// TLS is there, and the session is a fresh one.
    Secured,
    /// Data that answers a command.
    Result {
        /// The command.
        command: CommandId,
        /// Its data.
        data: Untagged,
    },
    /// Data that answers no command: news of the mailbox, or a warning.
    Unsolicited(Untagged),
    /// Octets of a message follow, too many to be held. They are the value of the last attribute, which is
    /// [`Data::Streamed`](crate::types::response::Data::Streamed). The whole `FETCH` comes after them, as a result or
    /// unsolicited, with the same attribute in its place.
    LiteralBegin {
        /// The command that the data answers, if it does.
        command: Option<CommandId>,
        /// Attributes up to and with this one.
        fetch: Fetch,
    },
    /// The next of these octets.
    Literal(Bytes),
    /// There were all of them.
    LiteralEnd,
    /// The server wants the octets of the message to append.
    Ready(CommandId),
    /// `IDLE` has begun.
    Idling(CommandId),
    /// The exchange of this authentication was broken off by the client; the server's refusal follows.
    Cancelled {
        /// The command.
        command: CommandId,
        /// Why.
        error: client::Error,
    },
    /// A command is done.
    Done {
        /// The command.
        command: CommandId,
        /// How it went: `OK`, `NO` or `BAD`.
        status: Status,
    },
    /// Something that could not be read: a response, or one attribute of a `FETCH`.
    Fault(Fault),
    /// A continuation request that nothing waits for.
    Continue(Continue),
}
