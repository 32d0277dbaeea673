//! How a mail gets to a host: over SMTP, or as a test would have it.
pub mod smtp;

use std::future::Future;
use std::net::SocketAddr;

use mailwright_mx::dane::Tlsa;
use mailwright_mx::{Name, Status};
use mailwright_smtp::types::{Mail, Rcpt, Reply};
use mailwright_store::Content;

use crate::facts::Step;
use crate::tlsrpt::Verdict;

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
    /// How the connection must be protected.
    pub protection: Protection,
}

/// How a connection must be protected.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Protection {
    /// Encrypted if the server can, in plaintext if not (RFC 7435).
    #[default]
    Opportunistic,
    /// Encrypted, whoever is there (RFC 7672 §2.2: secure records, none of them usable).
    Encrypted,
    /// Encrypted, with a certificate that matches one of these records.
    Dane {
        /// Usable TLSA records.
        records: Vec<Tlsa>,
        /// Names of which a certificate under DANE-TA must bear one; the first goes into SNI.
        references: Vec<Name>,
    },
    /// Encrypted, with a certificate for the host's name by a known authority (RFC 8461 §4.2).
    Verified,
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
    /// What was wrong with TLS, where it came to a handshake.
    pub verdict: Option<Verdict>,
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
    /// Whether the server was told by when the mail is wanted, if the mail says so (RFC 2852 §4.1.4).
    pub deliver_by: bool,
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
