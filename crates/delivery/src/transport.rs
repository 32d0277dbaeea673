//! How a mail gets to a host: over SMTP, or as a test would have it.
pub mod smtp;

use std::future::Future;
use std::net::SocketAddr;

use mailwright_mx::Status;
use mailwright_smtp::types::{Mail, Rcpt, Reply};
use mailwright_store::Content;

use crate::facts::Step;

/// Makes connections.
pub trait Transport: Send + Sync + 'static {
    /// A connection.
    type Link: Link;
    /// Connects, greets, and starts TLS as far as the peer and the settings allow.
    fn connect(&self, peer: &Peer) -> impl Future<Output = Result<Self::Link, Fault>> + Send;
}

/// A connection to one host, ready for a mail; one after another goes over it.
pub trait Link: Send + 'static {
    /// What protects it, in words; `None`: nothing.
    fn tls(&self) -> Option<String>;
    /// Sends one mail. Every recipient gets its fate, in order.
    fn send<C: Content>(
        &mut self,
        mail: Mail,
        rcpts: Vec<Rcpt>,
        content: &mut C,
    ) -> impl Future<Output = Sent> + Send;
    /// Takes leave.
    fn close(self) -> impl Future<Output = ()> + Send;
}

/// Whom to connect to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Peer {
    /// The host's name, from its MX record.
    pub host: String,
    /// One of its addresses, with the port.
    pub address: SocketAddr,
}

/// Why nothing could be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// How far it got.
    pub step: Step,
    /// What the server said, if it did.
    pub reply: Option<Reply>,
    /// What happened.
    pub text: String,
    /// The host could not be reached at all: leave it alone for a while.
    pub down: bool,
}

/// What became of a mail on one connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// One for each recipient, in order.
    pub fates: Vec<Fate>,
    /// Whether another mail may follow on this connection.
    pub usable: bool,
    /// Whether the server was told what the sender wants to know (RFC 3461 §4), and so will say it itself.
    pub dsn: bool,
}

/// What became of one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The server decided, by this reply.
    Reply(Step, Reply),
    /// The connection broke. After [`Step::Message`] the mail may have been taken all the same (RFC 1047).
    Lost(Step, String),
    /// The message cannot go to this server as it is.
    Unfit(Status, String),
    /// The message could not be read here.
    Unread(String),
}
