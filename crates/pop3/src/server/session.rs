//! [`Server`]: one POP3 session from the server's side, its states and its commands.

use std::{sync::Arc, time::Duration};

use mailwright_wire::{
    Desk, Farewell, Input, LineDecoder, LineError, Output, Session, Slot, Step, Ticket, TlsInfo, Wait,
};

use super::{
    Config, Error, Event, Misuse, Peer, Question, Refusal, Stls,
    login::{Asked, Login},
    maildrop::Maildrop,
};
use crate::{
    parse,
    types::{Command, ResponseCode},
};

/// One session, from the greeting to the end.
///
/// See [`Session`] for how it is driven, and [`Event`] for what it asks.
#[derive(Debug)]
pub struct Server {
    pub(super) config: Arc<Config>,
    pub(super) peer: Peer,
    pub(super) state: State,
    pub(super) input: Input,
    pub(super) lines: LineDecoder,
    pub(super) out: Output,
    pub(super) desk: Desk,
    pub(super) event: Option<Event>,
    pub(super) pause: Option<Duration>,
    pub(super) utf8: bool,
    /// The greeting's timestamp, RFC 1939 §7 (APOP).
    pub(super) timestamp: Option<Box<str>>,
    pub(super) counts: Counts,
    commands: u64,
    eof: bool,
}

/// What is counted over the whole connection, inside and outside TLS.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) errors: u32,
    pub(super) logins: u32,
}

#[derive(Debug)]
pub(super) enum State {
    /// RFC 1939 §4.
    Authorization(Login),
    /// The maildrop is being opened.
    Opening,
    /// RFC 1939 §5.
    Transaction(Maildrop),
    /// RFC 1939 §6: the deletions are being carried out.
    Update,
    /// `STLS` was accepted.
    Stls,
    Closing,
    /// A message broke off.
    Broken,
}

/// A session between its plaintext and its TLS life. It has nowhere to keep an octet.
#[derive(Debug)]
pub struct Upgrading {
    config: Arc<Config>,
    counts: Counts,
}

impl mailwright_wire::Upgrading for Upgrading {
    type Session = Server;

    fn secured(self, tls: TlsInfo) -> Server {
        Server { counts: self.counts, ..Server::fresh(self.config, Some(tls)) }
    }
}

impl Server {
    /// Begins with the greeting, without TLS.
    pub fn new(config: Arc<Config>) -> Self {
        Self::fresh(config, None).greet()
    }

    /// Begins with the greeting, inside TLS from the first octet (RFC 8314 §3.2).
    pub fn secure(config: Arc<Config>, tls: TlsInfo) -> Self {
        Self::fresh(config, Some(tls)).greet()
    }

    fn greet(mut self) -> Self {
        let host = self.config.host_name.clone();
        if self.config.apop {
            self.timestamp = Some(format!("<{}@{host}>", self.config.auth.nonce()).into());
        }
        let timestamp = self.timestamp.as_deref().map(|stamp| format!(" {stamp}")).unwrap_or_default();
        self.ok(&format!("{host} POP3 ready{timestamp}"));
        self
    }

    fn fresh(config: Arc<Config>, tls: Option<TlsInfo>) -> Self {
        let limits = &config.limits;
        Self {
            input: Input::new(limits.input),
            lines: LineDecoder::new(limits.auth_line),
            peer: Peer { tls, identity: None },
            config,
            state: State::Authorization(Login::default()),
            out: Output::new(),
            desk: Desk::new(),
            event: None,
            pause: None,
            utf8: false,
            timestamp: None,
            counts: Counts::default(),
            commands: 0,
            eof: false,
        }
    }

    /// What is known about the peer.
    pub fn peer(&self) -> &Peer {
        &self.peer
    }

    /// Whether an answer of several lines is under way.
    pub fn is_sending(&self) -> bool {
        matches!(&self.state, State::Transaction(maildrop) if maildrop.is_sending())
    }

    /// Answers an event.
    ///
    /// # Errors
    /// When the ticket is another session's or void, or the answer cannot be one. The session is as before then.
    pub fn answer<Q: Question>(&mut self, ticket: Ticket<Q>, answer: Q::Answer) -> Result<(), Misuse> {
        if self.desk.knows(&ticket) {
            Q::check(&answer)?;
        }
        self.desk.redeem(ticket)?;
        Q::apply(self, answer);
        Ok(())
    }

    /// `+OK`
    pub(super) fn ok(&mut self, text: &str) {
        self.line("+OK", text);
    }

    /// `-ERR`, which the application is told of too.
    pub(super) fn refuse(&mut self, refusal: Refusal) {
        let text: String = refusal.text.chars().filter(|c| !c.is_control()).collect();
        match &refusal.code {
            Some(code) => self.line("-ERR", &format!("[{code}] {text}")),
            None => self.line("-ERR", &text),
        }
        self.event.get_or_insert(Event::Refused(refusal));
    }

    /// `-ERR` without a code.
    pub(super) fn err(&mut self, text: &str) {
        self.refuse(Refusal::new(None, text));
    }

    /// `-ERR` for a line that is no command here. Too many of them end the session.
    pub(super) fn bad(&mut self, text: &str) {
        self.counts.errors += 1;
        let limits = &self.config.limits;
        let limit = match self.state {
            State::Transaction(_) => limits.errors_after_login,
            _ => limits.errors_before_login,
        };
        if self.counts.errors >= limit {
            self.refuse(Refusal::new(Some(ResponseCode::SysPerm), "too many errors"));
            self.close();
        } else {
            self.err(text);
        }
    }

    pub(super) fn line(&mut self, status: &str, text: &str) {
        self.out.put(status.as_bytes());
        if !text.is_empty() {
            self.out.put(b" ");
            self.out.put(text.as_bytes());
        }
        self.out.put(b"\r\n");
    }

    pub(super) fn close(&mut self) {
        self.state = State::Closing;
        self.desk.void();
    }

    /// Acts on one whole line.
    fn take(&mut self, line: &[u8]) {
        self.commands += 1;
        if let State::Authorization(Login::Exchange(_)) = self.state {
            return self.response(line);
        }
        let is_auth = line.get(..4).is_some_and(|verb| verb.eq_ignore_ascii_case(b"AUTH"));
        if line.len() + 2 > self.config.limits.line && !is_auth {
            return self.bad("line too long");
        }
        match (parse::command(line), &self.state) {
            (Ok(command), State::Authorization(_)) => self.authorization(command),
            (Ok(command), State::Transaction(_)) => self.transaction(command),
            (Err(error @ parse::SyntaxError::NoSuchMessage), State::Transaction(_)) => {
                self.err(&error.to_string());
            }
            // Whoever speaks HTTP here was sent by a page in a browser: none of its lines is to be obeyed.
            (Err(_), State::Authorization(_)) if is_http(line) => {
                self.err("this is not HTTP");
                self.close();
            }
            (Err(error), _) => self.bad(&error.to_string()),
            // Lines are read in these two states only.
            (Ok(_), _) => {}
        }
    }

    /// RFC 1939 §4
    fn authorization(&mut self, command: Command) {
        match command {
            Command::Capa => self.capa(),
            Command::Quit => {
                self.ok("bye");
                self.close();
            }
            Command::Noop => self.ok(""),
            Command::Lang(range) => self.lang(range.as_deref()),
            Command::Utf8 if self.config.utf8 => {
                self.utf8 = true;
                self.ok("UTF8 enabled");
            }
            Command::Stls => self.stls(),
            Command::User(_) | Command::Pass(_) | Command::Apop(_) | Command::Auth { .. } => {
                self.login(command);
            }
            Command::Utf8 => self.bad("unknown command"),
            _ => self.bad("log in first"),
        }
    }

    /// RFC 2595 §4
    fn stls(&mut self) {
        if self.peer.tls.is_some() {
            self.bad("TLS is active already");
        } else if self.config.stls == Stls::Off {
            self.bad("TLS is not offered");
        } else if self.utf8 {
            // RFC 6856 §2.1: the mode would be gone inside TLS.
            self.bad("STLS comes before UTF8");
        } else {
            self.ok("begin TLS");
            self.state = State::Stls;
        }
    }

    /// Goes on as far as possible without the peer. Whether there was anything to do.
    fn advance(&mut self) -> bool {
        if self.transfer_wants_more() || self.list_more() {
            return true;
        }
        if !matches!(self.state, State::Authorization(_) | State::Transaction(_)) {
            return false;
        }
        // The first octet of a TLS record, RFC 8446 §5.1: better told at once than when the time for a line is up.
        if self.commands == 0 && self.input.bytes().first() == Some(&0x16) {
            self.err("TLS begins with STLS here");
            self.close();
            return true;
        }
        match self.lines.decode(self.input.bytes()) {
            Ok(Some(line)) => self.take(&line),
            Ok(None) => return false,
            Err(LineError::TooLong) => self.bad("line too long"),
            Err(LineError::BareNewline) => self.bad("line does not end in CRLF"),
            Err(LineError::Endless) => {
                self.err("line too long");
                self.close();
            }
        }
        true
    }

    /// How long to wait for the next line.
    fn wait(&self) -> Wait {
        let limits = &self.config.limits;
        match self.state {
            State::Transaction(_) => Wait { within: limits.idle, progress: self.commands },
            _ if self.commands == 0 => Wait { within: limits.first_command, progress: 0 },
            // One time for all the attempts, whatever is sent meanwhile.
            _ => Wait { within: limits.login, progress: 0 },
        }
    }

    /// Asks the application about credentials.
    pub(super) fn ask(&mut self, asked: Asked, question: mailwright_sasl::server::Question) {
        self.state = State::Authorization(Login::Asked(asked));
        let ticket = self.desk.issue();
        self.event = Some(Event::Authenticate { question, ticket });
    }
}

/// `request-line = method SP request-target SP HTTP-version`, RFC 9112 §3
fn is_http(line: &[u8]) -> bool {
    line.windows(6).any(|window| window == b" HTTP/")
}

impl Session for Server {
    type Event = Event;
    type Error = Error;
    type Upgrading = Upgrading;

    fn poll(&mut self) -> Result<Step<Event>, Error> {
        loop {
            if let Some(time) = self.pause.take() {
                return Ok(Step::Pause(time));
            }
            if self.out.len() >= self.config.limits.output
                && let Some(bytes) = self.out.pop()
            {
                return Ok(Step::Write(bytes));
            }
            if let Some(event) = self.event.take() {
                return Ok(Step::Event(event));
            }
            if !self.desk.is_open() && !matches!(self.state, State::Broken) && self.advance() {
                continue;
            }
            // Nothing more can be said now: say it, in one piece.
            if let Some(bytes) = self.out.pop() {
                return Ok(Step::Write(bytes));
            }
            if self.desk.is_open() {
                return Ok(Step::Answer);
            }
            return match self.state {
                State::Stls => Ok(Step::Upgrade),
                State::Closing => Ok(Step::Close),
                State::Broken => Err(Error::Content),
                _ if !self.eof => Ok(Step::Read(self.wait())),
                _ if self.input.is_empty() => Ok(Step::Close),
                _ => Err(Error::Eof),
            };
        }
    }

    fn slot(&mut self) -> Option<Slot<'_>> {
        match self.state {
            State::Authorization(_) | State::Transaction(_) if !self.desk.is_open() => self.input.slot(),
            _ => None,
        }
    }

    fn eof(&mut self) {
        self.eof = true;
    }

    fn upgrade(self) -> Result<Upgrading, Error> {
        if self.input.is_empty() {
            Ok(Upgrading { config: self.config, counts: self.counts })
        } else {
            Err(Error::PlaintextAfterStls)
        }
    }

    /// RFC 1939 §3: who is silent for too long is not told, and nothing is deleted.
    fn farewell(&mut self, why: Farewell) {
        self.event = None;
        self.pause = None;
        if self.is_sending() {
            self.out.clear();
        } else {
            match why {
                Farewell::TimedOut => {}
                Farewell::Stopping => self.line("-ERR", "[SYS/TEMP] server is going down"),
                Farewell::Fault => self.line("-ERR", "[SYS/TEMP] server fault"),
            }
        }
        self.close();
    }
}
