//! How a client logs in: `USER` and `PASS`, `APOP`, `AUTH`.

use std::time::Duration;

use mailwright_sasl::{
    Name, apop,
    frame::{self, Response},
    prepare,
    server::{Answer, BeginError, Exchange, Failure, Identity, Question, Step},
};

use super::{Event, Refusal, Server, Stls, maildrop::Maildrop, session::State};
use crate::types::{Command, Entry, ResponseCode};

/// How far the login is.
#[derive(Debug, Default)]
pub(super) enum Login {
    #[default]
    Start,
    /// `USER` was said, and `PASS` has to follow.
    User(String),
    /// The client owes a response to a challenge.
    Exchange(Exchange),
    /// The application owes an answer.
    Asked(Asked),
}

/// What the application was asked for.
#[derive(Debug)]
pub(super) enum Asked {
    Password { user: String },
    Apop { user: String, digest: Box<str> },
    Exchange(Exchange),
}

impl Server {
    /// Whether logging in makes sense here at all.
    fn needs_tls(&self) -> bool {
        self.config.stls == Stls::Required && self.peer.tls.is_none()
    }

    pub(super) fn user_offered(&self) -> bool {
        self.config.user && !self.needs_tls() && self.config.auth.allows_plaintext(self.peer.tls.as_ref())
    }

    pub(super) fn mechanisms(&self) -> Vec<&'static str> {
        if self.needs_tls() { Vec::new() } else { self.config.auth.offered(self.peer.tls.as_ref()) }
    }

    pub(super) fn login(&mut self, command: Command) {
        let login = match &mut self.state {
            State::Authorization(login) => std::mem::take(login),
            _ => Login::Start,
        };
        match command {
            Command::Auth { mechanism: None, .. } => self.list_mechanisms(),
            // What is not offered is refused, and is no fault of a client that tries one way after the other.
            _ if self.needs_tls() => self.err("begin TLS first, by STLS"),
            Command::User(_) | Command::Pass(_) if !self.user_offered() => {
                self.err(if self.config.user {
                    "passwords in clear need TLS"
                } else {
                    "USER is not offered"
                });
            }
            Command::User(user) => match prepare::name(&user) {
                Ok(user) => {
                    self.state = State::Authorization(Login::User(user));
                    self.ok("send PASS");
                }
                Err(_) => self.bad("not a user name"),
            },
            Command::Pass(password) => match (login, prepare::password(password.expose())) {
                (Login::User(user), Ok(password)) => {
                    self.ask(Asked::Password { user: user.clone() }, Question::Password { user, password });
                }
                // It cannot have been set as a password.
                (Login::User(_), Err(_)) => self.failed(Failure::Credentials),
                _ => self.bad("send USER first"),
            },
            Command::Apop(apop) => match (&self.timestamp, prepare::name(&apop.name)) {
                (Some(_), Ok(user)) => self.ask(
                    Asked::Apop { user: user.clone(), digest: apop.digest },
                    Question::SharedSecret { user },
                ),
                (Some(_), Err(_)) => self.bad("not a user name"),
                (None, _) => self.err("APOP is not offered"),
            },
            Command::Auth { mechanism: Some(mechanism), initial } => self.auth(&mechanism, initial.as_ref()),
            _ => {}
        }
    }

    /// RFC 5034 §4
    fn auth(&mut self, mechanism: &str, initial: Option<&mailwright_sasl::Secret>) {
        let mut exchange = match self.config.auth.begin(mechanism, self.peer.tls.as_ref()) {
            Ok(exchange) => exchange,
            Err(error @ (BeginError::NeedsTls | BeginError::Unsupported)) => {
                return self.err(&error.to_string());
            }
        };
        let initial = match initial.map(|initial| frame::initial(initial.expose().as_bytes())).transpose() {
            Ok(initial) => initial,
            Err(error) => return self.bad(&error.to_string()),
        };
        let step = exchange.start(initial.as_ref().map(|octets| octets.as_slice()));
        self.step(exchange, step);
    }

    /// A line that answers a challenge.
    pub(super) fn response(&mut self, line: &[u8]) {
        let State::Authorization(login) = &mut self.state else { return };
        let Login::Exchange(mut exchange) = std::mem::take(login) else { return };
        match frame::response(line) {
            Ok(Response::Data(octets)) => {
                let step = exchange.respond(&octets);
                self.step(exchange, step);
            }
            Ok(Response::Cancel) => self.err("authentication cancelled"),
            Err(error) => self.bad(&error.to_string()),
        }
    }

    fn step(&mut self, exchange: Exchange, step: Step) {
        match step {
            Step::Challenge(data) => {
                self.challenge(&data);
                self.state = State::Authorization(Login::Exchange(exchange));
            }
            Step::Ask(question) => self.ask(Asked::Exchange(exchange), question),
            Step::Done(identity) => self.welcome(identity),
            Step::Failed(failure) => self.failed(failure),
        }
    }

    /// The application's answer to a question about credentials.
    pub(super) fn authenticated(&mut self, answer: Answer) {
        let State::Authorization(login) = &mut self.state else { return };
        let Login::Asked(asked) = std::mem::take(login) else { return };
        match (asked, answer) {
            (Asked::Exchange(mut exchange), answer) => {
                let step = exchange.answer(answer);
                self.step(exchange, step);
            }
            (_, Answer::Refuse(failure)) => self.failed(failure),
            (Asked::Password { user }, Answer::Accept { account }) => {
                self.welcome(Identity { account, authenticated: user, mechanism: Name::Plain });
            }
            (Asked::Apop { user, digest }, Answer::Password { account, password }) => {
                let timestamp = self.timestamp.clone().unwrap_or_default();
                if apop::verify(&timestamp, &password, &digest) {
                    self.welcome(Identity { account, authenticated: user, mechanism: Name::CramMd5 });
                } else {
                    self.failed(Failure::Credentials);
                }
            }
            _ => self.failed(Failure::Misuse),
        }
    }

    fn welcome(&mut self, identity: Identity) {
        self.peer.identity = Some(identity.clone());
        self.state = State::Opening;
        let ticket = self.desk.issue();
        self.event = Some(Event::Authenticated { identity, ticket });
    }

    /// The maildrop is open, or it is not.
    pub(super) fn opened(&mut self, entries: Result<Vec<Entry>, Refusal>) {
        match entries {
            Ok(entries) => {
                let maildrop = Maildrop::new(entries);
                let (count, octets) = maildrop.totals();
                self.state = State::Transaction(maildrop);
                self.counts.errors = 0;
                self.lines.set_max(self.config.limits.line);
                self.ok(&format!("maildrop has {count} messages ({octets} octets)"));
            }
            Err(refusal) => {
                // The client may log in again, as another user or after a while.
                self.peer.identity = None;
                self.state = State::Authorization(Login::Start);
                self.refuse(refusal);
            }
        }
    }

    /// Says no, after a while that grows, and in the end for good.
    fn failed(&mut self, failure: Failure) {
        self.state = State::Authorization(Login::Start);
        let code = match failure {
            Failure::Malformed => return self.bad(&failure.to_string()),
            Failure::Throttled | Failure::Unavailable | Failure::Misuse => ResponseCode::SysTemp,
            _ => ResponseCode::Auth,
        };
        // The peer is not told which of the reasons it was that concern its credentials.
        let text = match failure {
            Failure::Throttled | Failure::Unavailable | Failure::Expired => failure.to_string(),
            Failure::Misuse => Failure::Unavailable.to_string(),
            _ => Failure::Credentials.to_string(),
        };
        let limits = &self.config.limits;
        let doubled = limits.login_delay.saturating_mul(1 << self.counts.logins.min(16));
        self.pause = Some(doubled.min(limits.longest_login_delay)).filter(|time| *time > Duration::ZERO);
        self.counts.logins += 1;
        let last = self.counts.logins >= limits.logins;
        self.event = Some(Event::AuthenticationFailed(failure));
        self.refuse(Refusal::new(Some(code), text));
        if last {
            self.close();
        }
    }
}
