//! Why a command did not succeed.

use crate::{client, error::Misuse, types::response::Status};
use mailwright_sasl as sasl;
use mailwright_wire::tokio as wire;

/// Why a command did not succeed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The server said `NO` or `BAD`. The connection goes on.
    #[error("{command}: {status}")]
    Refused {
        /// The command.
        command: &'static str,
        /// What the server said.
        status: Box<Status>,
    },
    /// The connection ended.
    #[error(transparent)]
    Connection(#[from] wire::Error<client::Error>),
    /// The connection has ended before.
    #[error("the connection is closed")]
    Closed,
    /// The call does not fit what the session is doing.
    #[error(transparent)]
    Misuse(#[from] Misuse),
    /// The login could not be done with what the server offers, or was broken off.
    #[error("authentication: {0}")]
    Authentication(#[from] sasl::client::Error),
    /// The message to append could not be read, or was not as long as was said.
    #[error("reading the message: {0}")]
    Reading(#[source] std::io::Error),
    /// Text that cannot be sent.
    #[error(transparent)]
    Value(#[from] crate::error::InvalidValue),
    /// News was left unread for too long: take it with `news`.
    #[error("too much unread news")]
    NewsUnread,
}

impl Error {
    pub(super) fn refused(command: &'static str, status: Status) -> Self {
        Self::Refused { command, status: Box::new(status) }
    }
}
