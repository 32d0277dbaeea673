//! The server's side of a session.
//!
//! A [`Server`] is driven as every [`Session`]: poll it, do what the [`Step`] says. What it cannot decide itself is an
//! [`Event`] with a ticket, which [`Server::answer`] takes. It keeps the order of commands, the limits, the syntax, the
//! line ends; the application says who may send what to whom.
//!
//! ```
//! use std::sync::Arc;
//! use bytes::BufMut;
//! use mailwright_smtp::{server::{Config, Event, Server}, types::Reply};
//! use mailwright_wire::{Session, Step};
//!
//! let mut server = Server::new(Arc::new(Config::new("mx.example.org")));
//! let mut input = [&b"HELO client\r\n"[..], b"MAIL FROM:<joe@example.org>\r\nQUIT\r\n"].into_iter();
//! let mut said = Vec::new();
//! loop {
//!     match server.poll()? {
//!         Step::Write(bytes) => said.extend_from_slice(&bytes),
//!         Step::Event(Event::Connected { ticket }) => server.answer(ticket, Ok(()))?,
//!         Step::Event(Event::Hello { ticket, .. }) => server.answer(ticket, Ok(()))?,
//!         Step::Event(Event::Mail { mail, ticket }) => {
//!             assert_eq!(mail.from.to_string(), "<joe@example.org>");
//!             server.answer(ticket, Ok(()))?;
//!         }
//!         Step::Read(_) => server.slot().unwrap().put_slice(input.next().unwrap()),
//!         Step::Close => break,
//!         other => unreachable!("{other:?}"),
//!     }
//! }
//! assert!(said.starts_with(b"220 mx.example.org ESMTP\r\n"));
//! assert!(said.ends_with(b"221 2.0.0 Bye\r\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod auth;
mod command;
mod config;
mod content;
mod event;
mod hello;
mod mail;
mod queries;
mod question;
mod rcpt;
mod starttls;
mod transaction;

pub use config::{BareNewline, Config, Extensions, Protocol, Queries, StartTls};
pub use event::{Asked, Event, Hello, HelloVerb, Peer};
pub use question::{Accept, Authenticate, Connect, Data, Greet, Query, Question, Recipient, Sender, Verdict};
pub use starttls::Upgrading;

use std::{collections::VecDeque, sync::Arc, time::Duration};

use mailwright_sasl::server::Exchange;
use mailwright_wire::{
    CountDecoder, Desk, DotDecoder, Farewell, Input, LineDecoder, Output, Session, Slot, Step, Ticket,
    TlsInfo, Wait,
};

use crate::{
    encode,
    error::Misuse,
    types::{EnhancedStatus, Reply, ReplyCode},
};
use transaction::{Content, Transaction};

/// One SMTP or LMTP connection, seen from the server.
#[derive(Debug)]
pub struct Server {
    config: Arc<Config>,
    peer: Peer,
    phase: Phase,
    transaction: Option<Transaction>,
    counts: Counts,
    desk: Desk,
    input: Input,
    lines: LineDecoder,
    out: Output,
    events: VecDeque<Event>,
    pause: Option<Duration>,
    /// Commands so far.
    progress: u64,
    /// Octets of content so far.
    octets: u64,
    eof: bool,
}

/// What goes on.
#[derive(Debug)]
enum Phase {
    /// The peer has to be silent for a while.
    Delay,
    /// The application is to be asked whether the peer is welcome.
    Arrival,
    Command,
    /// The client has to answer a challenge, or the application a question.
    Auth(Exchange),
    Data(DotDecoder),
    /// Octets of a chunk.
    Chunk {
        chunk: CountDecoder,
        last: bool,
    },
    /// Octets of a chunk that was refused; the reply comes after it.
    Skip {
        chunk: CountDecoder,
        reply: Reply,
        replies: usize,
    },
    /// The greeting was 554: only `QUIT` is done, RFC 5321 §3.1.
    Unwelcome,
    StartTls,
    Closing,
}

/// What has happened so far. Survives STARTTLS.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    errors: u32,
    junk: u32,
    messages: u32,
}

/// Why a session ends other than by its protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Octets after STARTTLS and before the handshake, RFC 3207 §4.2: an attempt to inject commands.
    #[error("the peer sent plaintext after STARTTLS")]
    PlaintextAfterStartTls,
    /// There was no STARTTLS. A fault of the driver.
    #[error("no upgrade to TLS was asked for")]
    NoUpgrade,
    /// The connection ended in the middle of a command or a message.
    #[error("the connection ended in the middle of a command or message")]
    Truncated,
}

impl Server {
    /// A session that begins in plaintext.
    pub fn new(config: Arc<Config>) -> Self {
        Self::arriving(config, None)
    }

    /// A session that begins inside TLS, RFC 8314 §3.3.
    pub fn secure(config: Arc<Config>, tls: TlsInfo) -> Self {
        Self::arriving(config, Some(tls))
    }

    fn arriving(config: Arc<Config>, tls: Option<TlsInfo>) -> Self {
        let phase = if config.greeting_delay.is_some() { Phase::Delay } else { Phase::Arrival };
        Self::begin(config, Peer { tls, ..Peer::default() }, phase, Counts::default())
    }

    fn begin(config: Arc<Config>, peer: Peer, phase: Phase, counts: Counts) -> Self {
        let limits = &config.limits;
        let line = limits.command_line.max(limits.auth_line);
        Self {
            input: Input::new(limits.input.max(line)),
            lines: LineDecoder::with_give_up(line, line.max(16 * 1024)),
            config,
            peer,
            phase,
            transaction: None,
            counts,
            desk: Desk::new(),
            out: Output::new(),
            events: VecDeque::new(),
            pause: None,
            progress: 0,
            octets: 0,
            eof: false,
        }
    }

    /// What is known about the peer.
    pub fn peer(&self) -> &Peer {
        &self.peer
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Whether a transaction is open: between an accepted `MAIL` and the reply to its message.
    pub fn in_transaction(&self) -> bool {
        self.transaction.is_some()
    }

    /// Answers an event.
    ///
    /// # Errors
    /// An answer that cannot be one, or a ticket of another session or of a question that has gone: the question, if
    /// it is open, stays so, but the ticket is spent.
    pub fn answer<Q: Question>(&mut self, ticket: Ticket<Q>, answer: Q::Answer) -> Result<(), Misuse> {
        Q::check(self, &answer)?;
        self.desk.redeem(ticket)?;
        Q::apply(self, answer);
        Ok(())
    }

    fn check(&self, answer: &impl question::Check) -> Result<(), Misuse> {
        answer.check(self)
    }

    /// The replies that the end of a message is answered with.
    fn replies_owed(&self) -> usize {
        match self.config.protocol {
            Protocol::Smtp => 1,
            Protocol::Lmtp => self.transaction.as_ref().map_or(0, |t| t.recipients as usize),
        }
    }

    fn say(&mut self, code: ReplyCode, status: EnhancedStatus, text: &str) {
        self.reply(&Reply::new(code, status, text));
    }

    fn reply(&mut self, reply: &Reply) {
        encode::reply(reply, &mut self.out);
        if reply.code() == ReplyCode::NOT_AVAILABLE {
            self.phase = Phase::Closing; // 421 always is the last word, RFC 5321 §3.8
        }
    }

    /// Refuses a command, and does not hold it against the peer.
    fn decline(&mut self, reply: Reply) {
        self.reply(&reply);
        self.events.push_back(Event::Refused(reply));
    }

    /// Refuses a command: tells the application, slows the peer down, and in the end gives up on it.
    fn refuse(&mut self, reply: Reply) {
        let limits = &self.config.limits;
        self.counts.errors += 1;
        if self.counts.errors > limits.errors_soft {
            self.pause = Some(self.pause.unwrap_or_default() + limits.error_delay);
        }
        let enough = self.counts.errors >= limits.errors_hard;
        self.decline(reply);
        if enough {
            self.give_up("Too many errors");
        }
    }

    fn deny(&mut self, code: ReplyCode, status: EnhancedStatus, text: &str) {
        self.refuse(Reply::new(code, status, text));
    }

    /// 421 and close.
    fn give_up(&mut self, why: &str) {
        if !matches!(self.phase, Phase::Closing) {
            self.say(ReplyCode::NOT_AVAILABLE, EnhancedStatus::transient(7, 0), why);
        }
    }

    /// Counts one more command that leads nowhere, and gives up if it was one too many.
    fn is_enough_junk(&mut self) -> bool {
        self.counts.junk += 1;
        let enough = self.counts.junk > self.config.limits.junk;
        if enough {
            self.give_up("Too many commands without a message");
        }
        enough
    }

    fn connected(&mut self, answer: Result<(), Reply>) {
        match answer {
            Ok(()) => self.greet(),
            Err(reply) => {
                self.phase =
                    if reply.code() == ReplyCode::FAILED { Phase::Unwelcome } else { Phase::Closing };
                self.decline(reply);
            }
        }
    }

    fn greet(&mut self) {
        let name = if self.config.protocol == Protocol::Lmtp { "LMTP" } else { "ESMTP" };
        self.reply(&Reply::plain(ReplyCode::READY, format!("{} {name}", self.config.host_name)));
        self.phase = Phase::Command;
    }

    /// Does one frame's worth of work. `false`: needs more input.
    fn advance(&mut self) -> bool {
        match &mut self.phase {
            Phase::Delay => {
                if self.input.is_empty() {
                    return false;
                }
                // Spam senders talk at once: they do not listen. RFC 5321 §3.1 has the server speak first.
                self.deny(
                    ReplyCode::FAILED,
                    EnhancedStatus::permanent(5, 1),
                    "You spoke before the greeting",
                );
                self.phase = Phase::Closing;
                true
            }
            Phase::Arrival => {
                let ticket = self.desk.issue();
                self.events.push_back(Event::Connected { ticket });
                true
            }
            Phase::Command | Phase::Unwelcome | Phase::Auth(_) => self.line(),
            Phase::Data(_) | Phase::Chunk { .. } | Phase::Skip { .. } => self.content(),
            Phase::StartTls | Phase::Closing => false,
        }
    }

    fn wait(&self) -> Wait {
        let limits = &self.config.limits;
        let within = match self.phase {
            Phase::Delay => self.config.greeting_delay.unwrap_or_default(),
            Phase::Data(_) | Phase::Chunk { .. } | Phase::Skip { .. } => limits.content_time,
            _ => limits.command_time,
        };
        let blocks = self.octets / limits.content_block.max(1);
        Wait { within, progress: self.progress.wrapping_add(blocks) }
    }
}

impl Session for Server {
    type Event = Event;
    type Error = Error;
    type Upgrading = Upgrading;

    fn poll(&mut self) -> Result<Step<Event>, Error> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Ok(Step::Event(event));
            }
            // Replies are gathered while commands are at hand, so that a pipelined group gets one write.
            let flush = self.desk.is_open() || self.out.len() >= 16 * 1024 || self.pause.is_some();
            if !flush && self.advance() {
                continue;
            }
            if let Some(pause) = self.pause.take() {
                return Ok(Step::Pause(pause));
            }
            if let Some(bytes) = self.out.pop() {
                return Ok(Step::Write(bytes));
            }
            if self.desk.is_open() {
                return Ok(Step::Answer);
            }
            return match self.phase {
                Phase::StartTls => Ok(Step::Upgrade),
                Phase::Closing => Ok(Step::Close),
                _ if flush => continue,
                _ if !self.eof => Ok(Step::Read(self.wait())),
                Phase::Delay | Phase::Command | Phase::Unwelcome
                    if self.input.is_empty() && !self.lines.is_skipping() =>
                {
                    Ok(Step::Close)
                }
                _ => Err(Error::Truncated),
            };
        }
    }

    fn slot(&mut self) -> Option<Slot<'_>> {
        match self.phase {
            Phase::StartTls | Phase::Closing | Phase::Arrival => None,
            _ if self.desk.is_open() => None,
            _ => self.input.slot(),
        }
    }

    fn eof(&mut self) {
        self.eof = true;
    }

    fn upgrade(self) -> Result<Upgrading, Error> {
        self.into_upgrading()
    }

    fn farewell(&mut self, why: Farewell) {
        if matches!((why, &self.phase), (Farewell::TimedOut, Phase::Delay)) {
            self.phase = Phase::Arrival; // it kept silent, as it should
            return;
        }
        if matches!(self.phase, Phase::StartTls | Phase::Closing) {
            self.phase = Phase::Closing;
            return;
        }
        self.desk.void();
        self.events.clear();
        let (status, text) = match why {
            Farewell::Stopping => (EnhancedStatus::transient(3, 2), "Shutting down, try again later"),
            Farewell::TimedOut => (EnhancedStatus::transient(4, 2), "You took too long"),
            Farewell::Fault => (EnhancedStatus::transient(3, 0), "Local error, try again later"),
        };
        self.say(ReplyCode::NOT_AVAILABLE, status, text);
    }
}
