//! What a server session tells the application, and what it knows about its peer.

use bytes::Bytes;
use mailwright_sasl::server::{Failure, Identity, Question};
use mailwright_wire::{Ticket, TlsInfo};

use crate::{
    server::{Accept, Authenticate, Connect, Data, Greet, Query, Recipient, Sender},
    types::{HelloName, Mail, Rcpt, Reply, XClient},
};

/// Something happened. Those with a ticket wait for [`Server::answer`](crate::server::Server::answer).
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A peer is here. Shall it be greeted?
    Connected {
        /// `Ok` greets; a refusal of 421 or 521 closes, and after 554 only `QUIT` is answered (RFC 5321 §3.1).
        ticket: Ticket<Connect>,
    },
    /// `EHLO`, `HELO` or `LHLO`. A transaction that was open is gone, with a [`Reset`](Self::Reset) before this.
    Hello {
        /// What it said.
        hello: Hello,
        /// `Ok` goes on.
        ticket: Ticket<Greet>,
    },
    /// The SASL exchange asks for something that only the application knows.
    Authenticate {
        /// The question.
        question: Question,
        /// Takes a [`mailwright_sasl::server::Answer`].
        ticket: Ticket<Authenticate>,
    },
    /// The peer is authenticated, see [`Peer::identity`].
    Authenticated(Identity),
    /// An `AUTH` failed. For logs and rate limits: the peer is told already.
    AuthenticationFailed(Failure),
    /// `MAIL`: a transaction is to begin.
    Mail {
        /// The sender and what is said of the message.
        mail: Mail,
        /// `Ok` begins it.
        ticket: Ticket<Sender>,
    },
    /// `RCPT`: one recipient.
    Rcpt {
        /// The recipient.
        rcpt: Rcpt,
        /// `Ok` takes the recipient.
        ticket: Ticket<Recipient>,
    },
    /// `DATA`, or the first `BDAT`: the message is to come, for at least one recipient.
    Data {
        /// `Ok` lets it come.
        ticket: Ticket<Data>,
    },
    /// The next octets of the message, dot-stuffing undone. Bounded by [`Limits::input`](crate::Limits::input).
    Body(Bytes),
    /// That was the whole message.
    BodyEnd {
        /// Takes a [`Verdict`](crate::server::Verdict): for LMTP one reply for each accepted recipient.
        ticket: Ticket<Accept>,
    },
    /// The transaction is gone without a message: forget its sender, recipients and content.
    Reset,
    /// `VRFY`, `EXPN` or `ETRN`, where [`Queries::Ask`](crate::server::Queries::Ask) or the extension is on.
    Query {
        /// What is asked.
        query: Asked,
        /// Takes the reply.
        ticket: Ticket<Query>,
    },
    /// A trusted proxy told about its client; see [`Peer::xclient`]. The session begins anew. Where it names a `LOGIN`,
    /// [`Authenticated`](Self::Authenticated) follows.
    XClient(XClient),
    /// A command was refused, by the session or by an answer. For logs: the reply is on its way.
    Refused(Reply),
}

/// The questions of [`Event::Query`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// `VRFY`: is this a user?
    Vrfy {
        /// As sent.
        string: Box<str>,
        /// The reply may have UTF-8.
        smtputf8: bool,
    },
    /// `EXPN`: who is on this list?
    Expn {
        /// As sent.
        string: Box<str>,
        /// The reply may have UTF-8.
        smtputf8: bool,
    },
    /// `ETRN`: run the queue of this node.
    Etrn(Box<str>),
}

/// What the client called itself, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hello {
    /// The name.
    pub name: HelloName,
    /// The command.
    pub verb: HelloVerb,
}

/// The three ways to say hello.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HelloVerb {
    /// `HELO`: a client without extensions.
    Helo,
    /// `EHLO`
    Ehlo,
    /// `LHLO`: LMTP.
    Lhlo,
}

/// What is known about the peer.
#[derive(Clone, Debug, Default)]
pub struct Peer {
    pub(crate) hello: Option<Hello>,
    pub(crate) tls: Option<TlsInfo>,
    pub(crate) identity: Option<Identity>,
    pub(crate) xclient: Option<XClient>,
}

impl Peer {
    /// What it called itself.
    pub fn hello(&self) -> Option<&Hello> {
        self.hello.as_ref()
    }

    /// The facts of its TLS handshake, if there was one.
    pub fn tls(&self) -> Option<&TlsInfo> {
        self.tls.as_ref()
    }

    /// Who it is, once authenticated.
    pub fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }

    /// What a proxy said with `XCLIENT`.
    pub fn xclient(&self) -> Option<&XClient> {
        self.xclient.as_ref()
    }

    /// The protocol keyword for the `with` clause of a `Received` field: RFC 3848 §2, and RFC 6531 §4.3 where the
    /// transaction has `SMTPUTF8`.
    pub fn with_keyword(&self, smtputf8: bool) -> &'static str {
        let (tls, auth) = (self.tls.is_some(), self.identity.is_some());
        let names: [&'static str; 4] = match (self.hello.as_ref().map(|h| h.verb), smtputf8) {
            (Some(HelloVerb::Lhlo), false) => ["LMTP", "LMTPA", "LMTPS", "LMTPSA"],
            (Some(HelloVerb::Lhlo), true) => ["UTF8LMTP", "UTF8LMTPA", "UTF8LMTPS", "UTF8LMTPSA"],
            (_, true) => ["UTF8SMTP", "UTF8SMTPA", "UTF8SMTPS", "UTF8SMTPSA"],
            // HELO inside TLS or after AUTH has no keyword of its own; the extensions show that it is ESMTP.
            (Some(HelloVerb::Helo) | None, false) => ["SMTP", "ESMTPA", "ESMTPS", "ESMTPSA"],
            (Some(HelloVerb::Ehlo), false) => ["ESMTP", "ESMTPA", "ESMTPS", "ESMTPSA"],
        };
        names[usize::from(tls) * 2 + usize::from(auth)]
    }
}
