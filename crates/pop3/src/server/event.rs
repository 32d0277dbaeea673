//! What a server session tells the application, and what it knows about its peer.

use mailwright_sasl::server::{Failure, Identity, Question};
use mailwright_wire::{Ticket, TlsInfo};

use super::{Authenticate, Commit, More, Open, Refusal, Retrieve};
use crate::types::MessageNumber;

/// Something happened. Those with a ticket wait for [`Server::answer`](super::Server::answer).
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// Somebody logs in, and this is what only the application knows.
    ///
    /// `USER` and `PASS` ask as PLAIN does, `APOP` as CRAM-MD5 does.
    Authenticate {
        /// The question.
        question: Question,
        /// Takes a [`mailwright_sasl::server::Answer`].
        ticket: Ticket<Authenticate>,
    },
    /// The client is who it says: open its maildrop, and lock it.
    Authenticated {
        /// Who it is.
        identity: Identity,
        /// Takes the messages in the order of their numbers.
        ticket: Ticket<Open>,
    },
    /// A login failed. For logs and rate limits: the peer is told already.
    AuthenticationFailed(Failure),
    /// `RETR` or `TOP`: begin to read a message.
    Retrieve {
        /// Which one.
        message: MessageNumber,
        /// The client takes raw UTF-8 in header fields, RFC 6856 §2.1.
        utf8: bool,
        /// `Ok` when it can be read.
        ticket: Ticket<Retrieve>,
    },
    /// What was sent is on its way: give the next octets of the message.
    More {
        /// Takes a [`Chunk`](super::Chunk).
        ticket: Ticket<More>,
    },
    /// All that is wanted of the message was sent: close it. With `TOP` that is before its end.
    Retrieved {
        /// Which one.
        message: MessageNumber,
        /// The whole message was sent.
        whole: bool,
    },
    /// `QUIT` after login: remove these messages, all or none, and durably.
    Commit {
        /// Which ones, in ascending order. May be empty.
        deleted: Vec<MessageNumber>,
        /// `Ok` when they are gone.
        ticket: Ticket<Commit>,
    },
    /// A command was refused. For logs: the peer is told already.
    Refused(Refusal),
}

/// What is known about the peer.
#[derive(Clone, Debug, Default)]
pub struct Peer {
    pub(super) tls: Option<TlsInfo>,
    pub(super) identity: Option<Identity>,
}

impl Peer {
    /// The facts of its TLS handshake, if there was one.
    pub fn tls(&self) -> Option<&TlsInfo> {
        self.tls.as_ref()
    }

    /// Who it is, once logged in.
    pub fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }
}
