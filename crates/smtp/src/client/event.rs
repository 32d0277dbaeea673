//! What a client session tells the application.

use mailwright_wire::Ticket;

use crate::types::{Capabilities, Reply};

/// Something happened.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The server greeted, and said what it can do. Comes again, inside TLS, after
    /// [`start_tls`](crate::client::Client::start_tls). A server without extensions has the default capabilities.
    Ready(Capabilities),
    /// The server wants no session, with its greeting or its answer to `EHLO`. The session closes.
    Unwelcome(Reply),
    /// `STARTTLS` was refused. The session goes on, in plaintext.
    TlsRefused(Reply),
    /// Authenticated.
    Authenticated(Reply),
    /// Not authenticated.
    AuthenticationFailed(AuthError),
    /// The next octets of the message are wanted; all given before are on their way.
    SendBody(Ticket<SendBody>),
    /// The transaction is over, one way or another.
    Sent(Delivery),
    /// The reply to [`command`](crate::client::Client::command).
    Reply(Reply),
    /// The server ends the session on its own account, with 421.
    Closing(Reply),
}

/// What are the next octets of the message?
#[derive(Debug, PartialEq, Eq)]
pub enum SendBody {}

/// Why an authentication failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// The server refused.
    #[error("the server refused: {0}")]
    Refused(Reply),
    /// The server did not keep to the mechanism.
    #[error(transparent)]
    Mechanism(#[from] mailwright_sasl::client::Error),
    /// A challenge was not base64.
    #[error("the server's challenge is not base64")]
    Encoding,
}

/// What became of a message, recipient by recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// One for each recipient, in the order of the envelope.
    pub fates: Vec<Fate>,
}

/// What became of the message for one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fate {
    /// Which command decided.
    pub stage: Stage,
    /// The reply that decided.
    pub reply: Reply,
}

/// The steps of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// `MAIL`
    Mail,
    /// `RCPT`
    Rcpt,
    /// `DATA`
    Data,
    /// The message itself.
    Message,
}

impl Fate {
    /// The server has taken responsibility for the message to this recipient.
    pub fn is_delivered(&self) -> bool {
        self.stage == Stage::Message && self.reply.is_positive()
    }

    /// The same may go well later.
    pub fn is_transient(&self) -> bool {
        self.reply.is_transient()
    }

    /// The same will not go well.
    pub fn is_permanent(&self) -> bool {
        self.reply.is_permanent()
    }
}

impl Delivery {
    /// Delivered to every recipient.
    pub fn is_complete(&self) -> bool {
        self.fates.iter().all(Fate::is_delivered)
    }
}
