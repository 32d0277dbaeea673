//! [`Client`]: one POP3 session from the client's side.

use std::{collections::VecDeque, sync::Arc};

use mailwright_sasl::{Secret, client::Mechanism};
use mailwright_wire::{
    Body, DotDecoder, Farewell, Input, LineDecoder, LineError, Output, Session, Slot, Step, TlsInfo, Wait,
};
use thiserror::Error;

use super::{Config, Event, Item, auth::Exchange, lines::Kind};
use crate::{
    encode::{self, EncodeError},
    parse,
    types::{Capabilities, Command, Reply},
};

/// Octets of a message after which the server has shown that it goes on.
const BLOCK: u64 = 64 * 1024;

/// Why a client session ends other than by its protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    /// The server sent something after its answer to STLS and before the handshake: an injected answer, RFC 2595 §2.4.
    #[error("server sent plaintext after its answer to STLS")]
    PlaintextAfterStls,
    /// The connection was closed while an answer was awaited.
    #[error("connection closed while an answer was awaited")]
    Eof,
    /// A line that is no answer, or one that nobody asked for.
    #[error("server sent a line that is no answer")]
    Unexpected,
    /// A line that is longer than [`Limits::line`](super::Limits::line).
    #[error("server sent a line that is too long")]
    Line,
    /// An answer of more lines than [`Limits::lines`](super::Limits::lines).
    #[error("server sent an answer of too many lines")]
    Lines,
}

/// The caller's own mistake. The session is as before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Misuse {
    /// The command cannot be written.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// As many commands wait already as [`Limits::commands`](super::Limits::commands) allows.
    #[error("too many commands wait for their answers")]
    TooMany,
    /// The session is over, or is about to be.
    #[error("the session is over")]
    Over,
    /// `AUTH` with a mechanism, and `STLS`, have methods of their own.
    #[error("this command has a method of its own")]
    OwnMethod,
    /// TLS is active already.
    #[error("TLS is active already")]
    Secured,
}

/// One session, from the greeting to the end.
///
/// Commands are sent in their order, many at once where the server announced PIPELINING, and the answers arrive as
/// [`Event`]s in the same order.
#[derive(Debug)]
pub struct Client {
    config: Arc<Config>,
    tls: Option<TlsInfo>,
    input: Input,
    lines: LineDecoder,
    pub(super) out: Output,
    events: VecDeque<Event>,
    /// Not sent yet.
    waiting: VecDeque<Queued>,
    /// Sent and not answered yet.
    expected: VecDeque<Expect>,
    reading: Reading,
    capabilities: Capabilities,
    state: State,
    progress: u64,
    eof: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    /// The server has agreed to begin TLS.
    Stls,
    /// `QUIT` was said, or the session is over for another reason.
    Closing,
}

#[derive(Debug)]
enum Queued {
    Command(Command),
    Exchange(Exchange, Command, Option<Secret>),
}

/// What the next answer answers.
#[derive(Debug)]
pub(super) enum Expect {
    Greeting,
    Command(Command),
    /// With the initial response that did not fit on the command's line.
    Exchange(Exchange, Option<Secret>),
}

/// Where in an answer the session is.
#[derive(Debug)]
enum Reading {
    First,
    Lines { kind: Kind, count: u64 },
    Message { dots: DotDecoder, octets: u64 },
}

/// A session between its plaintext and its TLS life. It has nowhere to keep an octet.
#[derive(Debug)]
pub struct Upgrading {
    config: Arc<Config>,
}

impl mailwright_wire::Upgrading for Upgrading {
    type Session = Client;

    fn secured(self, tls: TlsInfo) -> Client {
        let mut client = Client::fresh(self.config, Some(tls));
        client.tell(Event::Secured);
        client
    }
}

impl Client {
    /// Waits for the greeting, without TLS.
    pub fn new(config: Arc<Config>) -> Self {
        let mut client = Self::fresh(config, None);
        client.expected.push_back(Expect::Greeting);
        client
    }

    /// Waits for the greeting, inside TLS from the first octet (RFC 8314 §3.2).
    pub fn secure(config: Arc<Config>, tls: TlsInfo) -> Self {
        let mut client = Self::fresh(config, Some(tls));
        client.expected.push_back(Expect::Greeting);
        client
    }

    fn fresh(config: Arc<Config>, tls: Option<TlsInfo>) -> Self {
        Self {
            input: Input::new(config.limits.input),
            lines: LineDecoder::new(config.limits.line),
            config,
            tls,
            out: Output::new(),
            events: VecDeque::new(),
            waiting: VecDeque::new(),
            expected: VecDeque::new(),
            reading: Reading::First,
            capabilities: Capabilities::default(),
            state: State::Open,
            progress: 0,
            eof: false,
        }
    }

    /// The facts of the TLS handshake, if there was one.
    pub fn tls(&self) -> Option<&TlsInfo> {
        self.tls.as_ref()
    }

    /// What the server said last that it can do. Nothing until it was asked.
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// How many commands wait for their answers.
    pub fn pending(&self) -> usize {
        self.waiting.len() + self.expected.len()
    }

    /// Whether no answer is awaited or under way.
    fn is_idle(&self) -> bool {
        self.pending() == 0 && self.input.is_empty() && matches!(self.reading, Reading::First)
    }

    /// Sends a command, when its turn comes.
    ///
    /// # Errors
    /// When it cannot be written, when too many wait, or when the session is over.
    pub fn send(&mut self, command: Command) -> Result<(), Misuse> {
        match &command {
            Command::Auth { mechanism: Some(_), .. } | Command::Stls => return Err(Misuse::OwnMethod),
            _ => {}
        }
        self.queue(Queued::Command(command))
    }

    /// Logs in by a SASL mechanism, RFC 5034. Ends with [`Event::Authenticated`] or [`Event::AuthenticationFailed`].
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn authenticate(&mut self, mechanism: Box<dyn Mechanism>) -> Result<(), Misuse> {
        let (exchange, command, held_back) = Exchange::begin(mechanism);
        self.queue(Queued::Exchange(exchange, command, held_back))
    }

    /// Begins TLS, RFC 2595 §4: ends with [`Event::Secured`], or with a [`Event::Reply`] that refuses.
    ///
    /// # Errors
    /// As [`send`](Self::send), and when TLS is active already.
    pub fn start_tls(&mut self) -> Result<(), Misuse> {
        if self.tls.is_some() {
            return Err(Misuse::Secured);
        }
        self.queue(Queued::Command(Command::Stls))
    }

    fn queue(&mut self, queued: Queued) -> Result<(), Misuse> {
        let (Queued::Command(command) | Queued::Exchange(_, command, _)) = &queued;
        encode::command(command, &mut Output::new())?;
        if self.state != State::Open {
            return Err(Misuse::Over);
        }
        if self.pending() >= self.config.limits.commands {
            return Err(Misuse::TooMany);
        }
        self.waiting.push_back(queued);
        Ok(())
    }

    pub(super) fn tell(&mut self, event: Event) {
        self.events.push_back(event);
    }

    /// The next line answers this.
    pub(super) fn expect(&mut self, expect: Expect) {
        self.expected.push_front(expect);
    }

    /// Sends what may be sent now.
    fn send_waiting(&mut self) {
        while let Some(next) = self.waiting.front() {
            let last = self.expected.back();
            // What changes the meaning of all that follows is waited for; so is everything without PIPELINING.
            let stands_alone = match last {
                None => false,
                Some(Expect::Command(command)) => {
                    !self.capabilities.pipelining
                        || !may_be_followed(command)
                        || matches!(next, Queued::Exchange(..))
                }
                Some(Expect::Greeting | Expect::Exchange(..)) => true,
            };
            if stands_alone {
                return;
            }
            let Some(next) = self.waiting.pop_front() else { return };
            let (command, expect) = match next {
                Queued::Command(command) => (command.clone(), Expect::Command(command)),
                Queued::Exchange(exchange, command, held_back) => {
                    (command, Expect::Exchange(exchange, held_back))
                }
            };
            // It was written once already, to see whether it can be.
            if encode::command(&command, &mut self.out).is_ok() {
                self.expected.push_back(expect);
            }
        }
    }

    /// The first line of an answer.
    fn first_line(&mut self, line: &[u8]) -> Result<(), Error> {
        let reply = || parse::reply(line).ok_or(Error::Unexpected);
        match self.expected.pop_front() {
            None => Err(Error::Unexpected),
            Some(Expect::Greeting) => {
                let reply = reply()?;
                if reply.is_ok {
                    let timestamp = parse::timestamp(&reply.text).map(Into::into);
                    self.tell(Event::Greeting { reply, timestamp });
                } else {
                    self.state = State::Closing;
                    self.tell(Event::Unwelcome(reply));
                }
                Ok(())
            }
            Some(Expect::Exchange(exchange, held_back)) => {
                let status = parse::status(line).ok_or(Error::Unexpected)?;
                self.exchange(exchange, held_back, status);
                Ok(())
            }
            Some(Expect::Command(command)) => {
                self.answered(&command, reply()?);
                Ok(())
            }
        }
    }

    fn answered(&mut self, command: &Command, reply: Reply) {
        let text = reply.text.clone();
        if reply.is_ok {
            self.reading = match command {
                Command::List(None) => lines(Kind::Sizes),
                Command::Uidl(None) => lines(Kind::UniqueIds),
                Command::Lang(None) => lines(Kind::Languages),
                Command::Auth { mechanism: None, .. } => lines(Kind::Mechanisms),
                Command::Capa => lines(Kind::Capabilities(Capabilities::default())),
                Command::Retr(_) | Command::Top(..) => {
                    Reading::Message { dots: DotDecoder::default(), octets: 0 }
                }
                _ => Reading::First,
            };
        }
        let is_ok = reply.is_ok;
        self.tell(Event::Reply { verb: command.verb(), reply });
        match command {
            Command::Quit => self.state = State::Closing,
            Command::Stls if is_ok => self.state = State::Stls,
            Command::Capa if !is_ok => self.capabilities = Capabilities::default(),
            Command::Stat if is_ok => {
                let totals =
                    parse::drop_listing(&text).map(|(messages, octets)| Item::Totals { messages, octets });
                self.item(totals, &text);
            }
            Command::List(Some(_)) if is_ok => {
                let size = parse::scan_listing(&text).map(|(message, octets)| Item::Size { message, octets });
                self.item(size, &text);
            }
            Command::Uidl(Some(_)) if is_ok => {
                let id = parse::unique_id_listing(&text).map(|(message, id)| Item::UniqueId { message, id });
                self.item(id, &text);
            }
            _ => {}
        }
    }

    fn item(&mut self, item: Option<Item>, text: &str) {
        self.tell(item.map_or_else(|| Event::Unreadable(text.into()), Event::Item));
    }

    /// Understands one more part of what has arrived. Whether there was one.
    fn advance(&mut self) -> Result<bool, Error> {
        if let Reading::Message { dots, octets } = &mut self.reading {
            match dots.decode(self.input.bytes()) {
                Some(Body::Data(data)) => {
                    let before = *octets / BLOCK;
                    *octets += data.len() as u64;
                    self.progress += u64::from(*octets / BLOCK != before);
                    self.tell(Event::Body(data));
                }
                Some(Body::End) => {
                    self.reading = Reading::First;
                    self.progress += 1;
                    self.tell(Event::End);
                }
                None => return Ok(false),
            }
            return Ok(true);
        }
        let line = match self.lines.decode(self.input.bytes()) {
            Ok(Some(line)) => line,
            Ok(None) => return Ok(false),
            Err(LineError::TooLong | LineError::Endless) => return Err(Error::Line),
            Err(LineError::BareNewline) => return Err(Error::Unexpected),
        };
        self.progress += 1;
        match std::mem::replace(&mut self.reading, Reading::First) {
            Reading::Lines { count, .. } if count >= self.config.limits.lines => return Err(Error::Lines),
            Reading::Lines { mut kind, count } => {
                if self.answer_line(&mut kind, &line) {
                    if let Some(Event::Capabilities(capabilities)) = self.events.back() {
                        self.capabilities = capabilities.clone();
                    }
                } else {
                    self.reading = Reading::Lines { kind, count: count + 1 };
                }
            }
            Reading::First | Reading::Message { .. } => self.first_line(&line)?,
        }
        Ok(true)
    }
}

fn lines(kind: Kind) -> Reading {
    Reading::Lines { kind, count: 0 }
}

/// Whether more commands may be sent before this one is answered.
fn may_be_followed(command: &Command) -> bool {
    !matches!(command, Command::Stls | Command::Quit | Command::Pass(_) | Command::Apop(_) | Command::Capa)
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
            // In these two states what the server still says is not read.
            if self.state == State::Open {
                if self.advance()? {
                    continue;
                }
                self.send_waiting();
            }
            if let Some(bytes) = self.out.pop() {
                return Ok(Step::Write(bytes));
            }
            return match self.state {
                State::Stls => Ok(Step::Upgrade),
                State::Closing => Ok(Step::Close),
                State::Open if !self.eof => {
                    Ok(Step::Read(Wait { within: self.config.limits.answer, progress: self.progress }))
                }
                State::Open if self.is_idle() => Ok(Step::Close),
                State::Open => Err(Error::Eof),
            };
        }
    }

    fn slot(&mut self) -> Option<Slot<'_>> {
        if self.state == State::Open { self.input.slot() } else { None }
    }

    fn eof(&mut self) {
        self.eof = true;
    }

    fn upgrade(self) -> Result<Upgrading, Error> {
        if self.input.is_empty() {
            Ok(Upgrading { config: self.config })
        } else {
            Err(Error::PlaintextAfterStls)
        }
    }

    /// Closes without `QUIT`, which would carry out the deletions.
    fn farewell(&mut self, _why: Farewell) {
        self.events.clear();
        self.waiting.clear();
        self.out.clear();
        self.state = State::Closing;
    }
}
