//! Why a client session cannot go on.

use crate::{error::ParseError, types::response::Status};
use mailwright_sasl::client;

/// Why a session ended other than by `LOGOUT`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// What the server said first is no greeting.
    #[error("no IMAP greeting: {0}")]
    Greeting(ParseError),
    /// The server said more after its agreement to begin TLS: somebody may have put it there.
    #[error("data in clear after the answer to STARTTLS")]
    DataBeforeTls,
    /// TLS is required, and the server did not agree to it.
    #[error("TLS is required, and the server answered: {0}")]
    TlsRefused(Status),
    /// TLS is required, and the server's greeting left no way to it (RFC 9051 §11.3).
    #[error("TLS is required, and the server's greeting was PREAUTH")]
    PreAuth,
    /// The server accepted the login without proof that it is the right one.
    #[error("authentication: {0}")]
    Authentication(client::Error),
    /// The connection ended with commands not yet done, or before the greeting.
    #[error("the server closed the connection{}", .0.as_ref().map(|bye| format!(": {bye}")).unwrap_or_default())]
    Disconnected(Option<Status>),
    /// What the server sends is not compressed as it should be.
    #[cfg(feature = "compress")]
    #[error(transparent)]
    Corrupt(#[from] mailwright_wire::Corrupt),
    /// The server was silent for too long.
    #[error("the server was silent for too long")]
    TimedOut,
}
