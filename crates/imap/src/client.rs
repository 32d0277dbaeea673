//! The client's session: commands in, events out, without I/O.
//!
//! A [`Client`] is a [`Session`](mailwright_wire::Session): give it commands, poll it, and it says what to write, when to
//! read, and what happened. Most programs want [`tokio::client`](crate::tokio::client) over it, where each command is one
//! `await`.
//!
//! ```
//! use bytes::BufMut;
//! use mailwright_imap::{client::{Client, Config, Event}, types::command::CommandBody};
//! use mailwright_wire::{Session, Step};
//!
//! let mut client = Client::new(Config::default());
//! let mut server = &b"* OK ready\r\n"[..];
//! loop {
//!     match client.poll()? {
//!         Step::Write(bytes) => {
//!             assert_eq!(bytes, "a1 NOOP\r\n");
//!             server = b"* 3 EXISTS\r\na1 OK done\r\n";
//!         }
//!         Step::Read(_) => {
//!             client.slot().expect("it wants to read").put_slice(server);
//!             server = b"";
//!         }
//!         Step::Event(Event::Greeting(_)) => {
//!             client.send(CommandBody::Noop)?;
//!         }
//!         Step::Event(Event::Unsolicited(data)) => println!("{data:?}"), // Exists(3)
//!         Step::Event(Event::Done { status, .. }) => break assert!(status.is_ok()),
//!         _ => {}
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What belongs to a command
//!
//! A server may send data at any time. What answers a command comes as [`Event::Result`] with its [`CommandId`]; everything
//! else (new messages, flags that another client changed, messages that are gone) comes as [`Event::Unsolicited`] and is
//! never part of a result. What cannot be read is an [`Event::Fault`] with its bytes; the session goes on.
//!
//! # Pipelining
//!
//! Commands are written as soon as they may be, several at a time. Where one changes what the next means (`STARTTLS`,
//! `LOGIN`, `AUTHENTICATE`, `SELECT`, `IDLE`, ...), the next one waits. Message numbers may move after any command other
//! than `FETCH`, `STORE` and `SEARCH` (RFC 9051 §5.5): with several commands at once, name messages by their UID.

mod answers;
mod config;
mod error;
mod event;
mod framing;
mod receive;
mod running;
mod session;
mod write;

pub use config::{Config, Security};
pub use error::Error;
pub use event::{CommandId, Event};
pub use session::Upgrading;

use crate::{
    error::Misuse,
    types::{
        DateTime, Flag, MailboxName,
        command::{AppendData, CommandBody},
        response::{Capabilities, Capability, Status},
    },
};
use bytes::Bytes;
use framing::Framer;
use mailwright_sasl::client::Mechanism;
use mailwright_wire::{Input, Output, TlsInfo};
use running::{Kind, Running};
use std::{collections::VecDeque, sync::Arc};
use write::Waiting;

/// One connection to a server, from its greeting to its end.
#[derive(Debug)]
pub struct Client {
    config: Arc<Config>,
    input: Input,
    output: Output,
    framer: Framer,
    events: VecDeque<Event>,
    phase: Phase,
    tls: Option<TlsInfo>,
    capabilities: Option<Capabilities>,
    utf8: bool,
    /// Commands not yet written, in order.
    queued: VecDeque<Running>,
    /// Commands written, or being written, in order.
    running: VecDeque<Running>,
    /// What the command being written waits for.
    waiting: Waiting,
    /// The command that a literal which is coming in belongs to.
    literal_of: Option<CommandId>,
    serial: u32,
    progress: u64,
    bye: Option<Status>,
    error: Option<Error>,
    /// The server closed its side.
    ended: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Greeting,
    Open,
    Upgrading,
    Closed,
}

impl Client {
    /// A session that begins in clear, with the server's greeting.
    pub fn new(config: impl Into<Arc<Config>>) -> Self {
        Self::begin(config.into(), None, Phase::Greeting)
    }

    /// A session that begins inside TLS, with the server's greeting (RFC 8314 §3.2).
    pub fn in_tls(config: impl Into<Arc<Config>>, tls: TlsInfo) -> Self {
        Self::begin(config.into(), Some(tls), Phase::Greeting)
    }

    fn begin(config: Arc<Config>, tls: Option<TlsInfo>, phase: Phase) -> Self {
        let limits = &config.limits;
        let room = usize::try_from(limits.response).unwrap_or(usize::MAX).saturating_add(limits.read_ahead);
        Self {
            input: Input::new(room),
            output: Output::new(),
            framer: Framer::new(limits),
            events: VecDeque::new(),
            phase,
            tls,
            capabilities: None,
            utf8: false,
            queued: VecDeque::new(),
            running: VecDeque::new(),
            waiting: Waiting::Nothing,
            literal_of: None,
            serial: 0,
            progress: 0,
            bye: None,
            error: None,
            ended: false,
            config,
        }
    }

    /// Facts about TLS; `None` in clear.
    pub fn tls(&self) -> Option<&TlsInfo> {
        self.tls.as_ref()
    }

    /// What the server said it can do, if it said so since the last login or TLS handshake. What it said before was another
    /// server's word as far as a client can know, and is forgotten (RFC 9051 §11.3).
    pub fn capabilities(&self) -> Option<&Capabilities> {
        self.capabilities.as_ref()
    }

    /// Whether the server said that it can do this.
    pub fn can(&self, capability: &Capability) -> bool {
        self.capabilities.as_ref().is_some_and(|all| all.has(capability))
    }

    /// Whether commands are not yet done.
    pub fn is_busy(&self) -> bool {
        !self.running.is_empty() || !self.queued.is_empty()
    }

    /// Gives a command to the server, after those given before. A command given while `IDLE` runs ends it.
    ///
    /// # Errors
    ///
    /// Where the command has a method of its own, or would say in clear what [`Security::Required`] forbids.
    pub fn send(&mut self, command: CommandBody) -> Result<CommandId, Misuse> {
        match &command {
            CommandBody::StartTls => return self.start_tls(),
            CommandBody::Idle => return self.idle(),
            CommandBody::Authenticate { .. } => {
                return Err(Misuse::NotNow("AUTHENTICATE has its own method"));
            }
            #[cfg(feature = "compress")]
            CommandBody::Compress(algorithm) if algorithm.as_str().eq_ignore_ascii_case("DEFLATE") => {
                return self.compress();
            }
            CommandBody::Compress(_) => return Err(Misuse::NotNow("this session does not compress so")),
            CommandBody::Append(append) if append.messages.iter().any(is_announced) => {
                return Err(Misuse::NotNow("an APPEND of octets to come has its own method"));
            }
            CommandBody::Replace(replace) if replace.append.messages.iter().any(is_announced) => {
                return Err(Misuse::NotNow("a REPLACE of octets to come is not supported"));
            }
            _ => {}
        }
        let harmless = matches!(command, CommandBody::Capability | CommandBody::Noop | CommandBody::Logout);
        if !harmless {
            self.secure("this command would go in clear")?;
        }
        self.enqueue(Kind::of(command))
    }

    /// Begins TLS (RFC 9051 §6.2.1). After success the session is replaced by a fresh one, whose first event is
    /// [`Event::Secured`].
    ///
    /// # Errors
    ///
    /// Inside TLS.
    pub fn start_tls(&mut self) -> Result<CommandId, Misuse> {
        if self.tls.is_some() {
            return Err(Misuse::NotNow("TLS is there already"));
        }
        self.enqueue(Kind::StartTls)
    }

    /// Compresses both directions (RFC 4978), where the server has `COMPRESS=DEFLATE`. Commands given meanwhile wait.
    ///
    /// # Errors
    ///
    /// Where it would go in clear against [`Security::Required`], or when the connection ends.
    #[cfg(feature = "compress")]
    pub fn compress(&mut self) -> Result<CommandId, Misuse> {
        self.secure("this command would go in clear")?;
        self.enqueue(Kind::Compress)
    }

    /// Logs in by SASL (RFC 9051 §6.2.2), with the initial response where the server has `SASL-IR`.
    ///
    /// # Errors
    ///
    /// Where it would go in clear against [`Security::Required`].
    pub fn authenticate(&mut self, mechanism: Box<dyn Mechanism>) -> Result<CommandId, Misuse> {
        self.secure("authentication would go in clear")?;
        self.enqueue(Kind::Authenticate { mechanism, initial: None, failed: None })
    }

    /// Appends a message of so many octets. After [`Event::Ready`] give them to [`append_data`](Self::append_data).
    ///
    /// # Errors
    ///
    /// Where it would go in clear against [`Security::Required`].
    pub fn append(
        &mut self,
        mailbox: MailboxName,
        flags: Vec<Flag>,
        date: Option<DateTime>,
        size: u64,
    ) -> Result<CommandId, Misuse> {
        self.secure("this command would go in clear")?;
        self.enqueue(Kind::Append { mailbox, flags, date, size })
    }

    /// Octets of the message being appended; the last one ends the command.
    ///
    /// # Errors
    ///
    /// When the server has not said that it is ready, or for more than was announced.
    pub fn append_data(&mut self, octets: Bytes) -> Result<(), Misuse> {
        self.put_append_data(octets)
    }

    /// Waits for news (RFC 9051 §6.3.13): they come as [`Event::Unsolicited`] until [`done`](Self::done).
    ///
    /// # Errors
    ///
    /// Where it would go in clear against [`Security::Required`].
    pub fn idle(&mut self) -> Result<CommandId, Misuse> {
        self.secure("this command would go in clear")?;
        self.enqueue(Kind::Idle { done: false })
    }

    /// Ends `IDLE`. Without one there is nothing to do.
    pub fn done(&mut self) {
        self.end_idle();
    }

    /// Whether the last command is an `IDLE` that waits for news.
    fn is_idling(&self) -> bool {
        self.running.back().is_some_and(|running| matches!(running.kind, Kind::Idle { done: false }))
    }

    /// Whether a new line would be read as a command.
    fn can_say_goodbye(&self) -> bool {
        matches!(self.waiting, Waiting::Nothing) && !self.is_idling()
    }

    fn secure(&self, why: &'static str) -> Result<(), Misuse> {
        if self.config.security == Security::Required && self.tls.is_none() {
            return Err(Misuse::NotNow(why));
        }
        Ok(())
    }

    fn enqueue(&mut self, kind: Kind) -> Result<CommandId, Misuse> {
        if matches!(self.phase, Phase::Upgrading | Phase::Closed) {
            return Err(Misuse::NotNow("the connection ends"));
        }
        let mut all = self.queued.iter().chain(&self.running);
        if all.any(|running| matches!(running.kind, Kind::StartTls | Kind::Logout)) {
            return Err(Misuse::NotNow("nothing can follow STARTTLS or LOGOUT"));
        }
        self.serial += 1;
        let id = CommandId(self.serial);
        self.end_idle();
        self.queued.push_back(Running::new(id, kind));
        Ok(id)
    }
}

fn is_announced(message: &crate::types::command::AppendMessage) -> bool {
    matches!(message.data, AppendData::Announced(_))
}
