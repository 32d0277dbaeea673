//! Why a session ends other than by its protocol, and what a caller can get wrong.

use mailwright_wire::ForeignTicket;
use thiserror::Error;

/// Why a server session ends other than by its protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    /// The peer sent something after STLS and before the handshake: command injection, RFC 2595 §2.4.
    #[error("peer sent plaintext after STLS")]
    PlaintextAfterStls,
    /// The connection was closed in the middle of a command.
    #[error("connection closed in the middle of a command")]
    Eof,
    /// A message could not be read to its end: closing is the only way to say so.
    #[error("message could not be read to its end")]
    Content,
}

/// The caller's own mistake. The session is as before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Misuse {
    /// The ticket is another session's, or its question is no longer open.
    #[error(transparent)]
    Ticket(#[from] ForeignTicket),
    /// A maildrop of more than 2³² − 2 messages.
    #[error("maildrop has more messages than can be numbered")]
    TooManyMessages,
}
