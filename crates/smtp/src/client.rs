//! The client's side of a session.
//!
//! A [`Client`] greets by itself; when it is [`Event::Ready`] it can be told to [start TLS](Client::start_tls), to
//! [authenticate](Client::authenticate), to [send](Client::send) messages one after another, and to
//! [quit](Client::quit). It pipelines what may be pipelined and knows which reply belongs to which command.
//!
//! ```
//! use std::sync::Arc;
//! use bytes::BufMut;
//! use mailwright_smtp::{client::{Client, Config, Envelope, Event}, types::{Mail, Mailbox, Rcpt}};
//! use mailwright_wire::{Session, Step};
//!
//! let mut client = Client::new(Arc::new(Config::new("client.example.org".parse()?)));
//! let mut replies = [
//!     "220 ready\r\n", "250-mx.example.net\r\n250 PIPELINING\r\n",
//!     "250 sender\r\n250 recipient\r\n354 go on\r\n", "250 queued as 42\r\n", "221 bye\r\n",
//! ].into_iter();
//! let mut said = Vec::new();
//! loop {
//!     match client.poll()? {
//!         Step::Write(bytes) => said.extend_from_slice(&bytes),
//!         Step::Read(_) => client.slot().unwrap().put_slice(replies.next().unwrap().as_bytes()),
//!         Step::Event(Event::Ready(_)) => {
//!             let mail = Mail::new(Mailbox::new("joe", "example.org")?);
//!             let rcpts = vec![Rcpt::new(Mailbox::new("sue", "example.net")?)];
//!             client.send(Envelope { mail, rcpts })?;
//!         }
//!         // For more than one piece: `body` for each, in answer to one event each.
//!         Step::Event(Event::SendBody(ticket)) if said.ends_with(b"DATA\r\n") => {
//!             client.body(ticket, "Subject: hi\r\n\r\n.\r\n".into())?;
//!         }
//!         Step::Event(Event::SendBody(ticket)) => client.body_end(ticket)?,
//!         Step::Event(Event::Sent(delivery)) => {
//!             assert!(delivery.is_complete());
//!             client.quit()?;
//!         }
//!         Step::Close => break,
//!         other => unreachable!("{other:?}"),
//!     }
//! }
//! assert!(said.ends_with(b"DATA\r\nSubject: hi\r\n\r\n..\r\n.\r\nQUIT\r\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod auth;
mod body;
mod config;
mod event;
mod fit;
mod hello;
mod reply;
mod transaction;

pub use config::Config;
pub use event::{AuthError, Delivery, Event, Fate, SendBody, Stage};
pub use fit::{Envelope, Unsupported};
pub use hello::Upgrading;

use std::{collections::VecDeque, sync::Arc, time::Duration};

use mailwright_wire::{Desk, Farewell, Input, Irregular, Output, Session, Slot, Step, TlsInfo, Wait};

use crate::{
    encode,
    error::{Misuse, ReplyError},
    types::{Capabilities, Command, Reply, ReplyCode},
};
use auth::Exchange;
use reply::Replies;
use transaction::{Expect, Transaction};

/// One SMTP or LMTP connection, seen from the client.
#[derive(Debug)]
pub struct Client {
    config: Arc<Config>,
    tls: Option<TlsInfo>,
    capabilities: Capabilities,
    phase: Phase,
    /// A transaction may be open at the server: `RSET` comes before the next.
    dirty: bool,
    /// Transactions so far.
    sent: u32,
    desk: Desk,
    input: Input,
    replies: Replies,
    out: Output,
    events: VecDeque<Event>,
    progress: u64,
    eof: bool,
    timed_out: bool,
}

/// What goes on.
#[derive(Debug)]
enum Phase {
    Greeting,
    Hello {
        helo: bool,
    },
    Ready,
    StartTls,
    Upgrade,
    Auth(Exchange),
    Transaction(Box<Transaction>),
    /// One command, for its own sake.
    Single,
    Quit,
    Closing,
}

/// Why a session ends other than by its protocol. Whatever was under way has not happened, as far as is known; a message
/// whose end was sent may have been accepted all the same (RFC 1047), and is sent again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Octets after the reply to STARTTLS and before the handshake: an attempt to inject replies.
    #[error("the server sent plaintext after its reply to STARTTLS")]
    PlaintextAfterStartTls,
    /// There was no STARTTLS. A fault of the driver.
    #[error("no upgrade to TLS was asked for")]
    NoUpgrade,
    /// The server closed the connection while something was under way.
    #[error("the server closed the connection in the middle of something")]
    Truncated,
    /// The server took too long.
    #[error("the server took too long")]
    TimedOut,
    /// A line that is no reply.
    #[error(transparent)]
    Reply(#[from] ReplyError),
    /// A reply line that ended in LF alone.
    #[error("a reply line ended in LF without CR")]
    BareNewline,
    /// A reply over the limits.
    #[error("a reply is too long")]
    ReplyTooLong,
    /// A reply that the command cannot have.
    #[error("the server replied {0}, which makes no sense here")]
    Unexpected(ReplyCode),
    /// A reply to nothing.
    #[error("the server replied {0} to nothing")]
    Unsolicited(ReplyCode),
    /// More replies than commands.
    #[error("the server sent more replies than it was sent commands")]
    OutOfStep,
}

/// Why something is not sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The caller broke the contract.
    #[error(transparent)]
    Misuse(#[from] Misuse),
    /// This server cannot take this message.
    #[error(transparent)]
    Unsupported(#[from] Unsupported),
    /// The content has a bare CR or LF.
    #[error(transparent)]
    Irregular(#[from] Irregular),
}

impl Client {
    /// A session that begins in plaintext.
    pub fn new(config: Arc<Config>) -> Self {
        Self::begin(config, None)
    }

    /// A session that begins inside TLS, RFC 8314 §3.3.
    pub fn secure(config: Arc<Config>, tls: TlsInfo) -> Self {
        Self::begin(config, Some(tls))
    }

    fn begin(config: Arc<Config>, tls: Option<TlsInfo>) -> Self {
        Self {
            input: Input::new(config.limits.reply_line.max(config.limits.reply)),
            replies: Replies::new(&config.limits),
            config,
            tls,
            capabilities: Capabilities::default(),
            phase: Phase::Greeting,
            dirty: false,
            sent: 0,
            desk: Desk::new(),
            out: Output::new(),
            events: VecDeque::new(),
            progress: 0,
            eof: false,
            timed_out: false,
        }
    }

    /// What the server said it can do. Empty until [`Event::Ready`].
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// The facts of the TLS handshake, if there was one.
    pub fn tls(&self) -> Option<&TlsInfo> {
        self.tls.as_ref()
    }

    /// Whether the session waits to be told what to do, and the server would take another message: some name how many
    /// they take in one session, RFC 9422 §3.1.
    pub fn is_ready(&self) -> bool {
        let spent = self.capabilities.limits.and_then(|l| l.mail_max).is_some_and(|max| self.sent >= max);
        matches!(self.phase, Phase::Ready) && self.events.is_empty() && !self.eof && !spent
    }

    /// Sends one command for its own sake: `NOOP`, `RSET`, `VRFY`, `EXPN`, `HELP` or `ETRN`. [`Event::Reply`] follows.
    ///
    /// # Errors
    /// When the session is not ready, with any other command, and with one that cannot be written.
    pub fn command(&mut self, command: &Command) -> Result<(), Misuse> {
        self.ready()?;
        if !matches!(
            command,
            Command::Noop
                | Command::Rset
                | Command::Vrfy { .. }
                | Command::Expn { .. }
                | Command::Help(_)
                | Command::Etrn(_)
        ) {
            return Err(Misuse::NotReady);
        }
        let mut line = String::new();
        encode::command(command, &mut line)?;
        self.out.put(line.as_bytes());
        self.phase = Phase::Single;
        Ok(())
    }

    /// Says goodbye. The session closes when the server has answered.
    ///
    /// # Errors
    /// When the session is not ready.
    pub fn quit(&mut self) -> Result<(), Misuse> {
        self.ready()?;
        self.out.put(b"QUIT\r\n");
        self.phase = Phase::Quit;
        Ok(())
    }

    fn ready(&self) -> Result<(), Misuse> {
        if matches!(self.phase, Phase::Ready) && !self.eof { Ok(()) } else { Err(Misuse::NotReady) }
    }

    /// A command made of checked values only.
    fn put(&mut self, command: &Command) {
        let mut line = String::new();
        if encode::command(command, &mut line).is_ok() {
            self.out.put(line.as_bytes());
        }
    }

    /// One reply has come.
    fn reply(&mut self, reply: Reply) -> Result<(), Error> {
        self.progress += 1;
        match std::mem::replace(&mut self.phase, Phase::Closing) {
            Phase::Greeting => self.greeting(reply),
            Phase::Transaction(t) => return self.transaction_reply(reply, t),
            Phase::Quit => {}
            Phase::Ready if reply.code() != ReplyCode::NOT_AVAILABLE => {
                return Err(Error::Unsolicited(reply.code()));
            }
            Phase::Ready => self.events.push_back(Event::Closing(reply)),
            Phase::Hello { helo } => return self.hello_reply(reply, helo),
            Phase::StartTls => return self.start_tls_reply(reply),
            Phase::Auth(exchange) => return self.auth_reply(reply, exchange),
            Phase::Single if reply.is_intermediate() => return Err(Error::Unexpected(reply.code())),
            Phase::Single => {
                if reply.code() != ReplyCode::NOT_AVAILABLE {
                    self.phase = Phase::Ready;
                }
                self.events.push_back(Event::Reply(reply));
            }
            Phase::Upgrade | Phase::Closing => {}
        }
        Ok(())
    }

    fn wait(&self) -> Wait {
        let limits = &self.config.limits;
        let within = match &self.phase {
            Phase::Greeting => limits.greeting_time,
            Phase::Quit => limits.quit_time,
            Phase::Transaction(t) => match t.expect.front() {
                Some(Expect::Data) => limits.data_time,
                Some(Expect::Message(_) | Expect::Chunk | Expect::Nothing) => limits.message_time,
                _ => limits.command_time,
            },
            _ => limits.command_time,
        };
        Wait { within: within.max(Duration::from_millis(1)), progress: self.progress }
    }
}

impl Session for Client {
    type Event = Event;
    type Error = Error;
    type Upgrading = Upgrading;

    fn poll(&mut self) -> Result<Step<Event>, Error> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Ok(Step::Event(event));
            }
            if let Some(bytes) = self.out.pop() {
                return Ok(Step::Write(bytes));
            }
            match self.phase {
                _ if self.timed_out => return Err(Error::TimedOut),
                Phase::Upgrade => return Ok(Step::Upgrade),
                Phase::Closing => return Ok(Step::Close),
                _ => {}
            }
            if self.desk.is_open() {
                return Ok(Step::Answer);
            }
            if let Some(reply) = self.replies.next(self.input.bytes())? {
                self.reply(reply)?;
                continue;
            }
            if self.wants_body() && !self.eof {
                let ticket = self.desk.issue();
                return Ok(Step::Event(Event::SendBody(ticket)));
            }
            if !self.eof {
                return Ok(Step::Read(self.wait()));
            }
            let idle = matches!(self.phase, Phase::Ready | Phase::Quit);
            let whole = self.input.is_empty() && !self.replies.is_partial();
            return if idle && whole { Ok(Step::Close) } else { Err(Error::Truncated) };
        }
    }

    fn slot(&mut self) -> Option<Slot<'_>> {
        match self.phase {
            Phase::Upgrade | Phase::Closing => None,
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
        self.desk.void();
        self.events.clear();
        self.timed_out = why == Farewell::TimedOut && !matches!(self.phase, Phase::Quit);
        if matches!(self.phase, Phase::Ready) {
            self.out.put(b"QUIT\r\n");
        } else {
            self.out.clear();
        }
        self.phase = Phase::Closing;
    }
}
