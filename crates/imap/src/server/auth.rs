//! LOGIN and AUTHENTICATE: both are SASL exchanges.

use super::{
    Event, No, Server,
    session::{Asked, MailboxState, Phase},
};
use crate::{
    Misuse,
    types::{
        AString, Atom, Tag,
        response::{Code, Status},
    },
};
use bytes::Bytes;
use mailwright_sasl::{
    frame,
    server::{Answer, BeginError, Exchange, Failure, Step},
};
use std::time::Duration;

impl Server {
    /// Whether `LOGIN` may be used: it gives the password away as `PLAIN` does.
    pub(super) fn allows_login(&self) -> bool {
        self.config.policy.begin("PLAIN", self.tls.as_ref()).is_ok()
    }

    /// `LOGIN` (RFC 9051 §6.2.3) is `PLAIN` in other words.
    pub(super) fn login_command(&mut self, tag: Tag, user: &AString, password: &AString) {
        let initial = [b"\0", user.as_bytes(), b"\0", password.as_bytes()].concat();
        match self.config.policy.begin("PLAIN", self.tls.as_ref()) {
            Ok(mut exchange) => {
                let step = exchange.start(Some(&initial));
                self.sasl_step(tag, exchange, step);
            }
            Err(error) => self.cannot_begin(tag, error),
        }
    }

    /// `AUTHENTICATE` (RFC 9051 §6.2.2), with an initial response or without.
    pub(super) fn authenticate(&mut self, tag: Tag, mechanism: &Atom, initial: Option<Bytes>) {
        let mut exchange = match self.config.policy.begin(mechanism.as_str(), self.tls.as_ref()) {
            Ok(exchange) => exchange,
            Err(error) => return self.cannot_begin(tag, error),
        };
        let initial = match initial.map(|line| frame::initial(&line)).transpose() {
            Ok(initial) => initial,
            Err(error) => return self.bad(Some(tag), error.to_string()),
        };
        let step = exchange.start(initial.as_ref().map(|octets| octets.as_slice()));
        self.sasl_step(tag, exchange, step);
    }

    fn cannot_begin(&mut self, tag: Tag, error: BeginError) {
        let status = Status::no(error.to_string());
        self.tagged(
            tag,
            match error {
                BeginError::NeedsTls => status.with(Code::PrivacyRequired),
                BeginError::Unsupported => status.with(Code::Cannot),
            },
        );
    }

    pub(super) fn sasl_response(&mut self, tag: Tag, mut exchange: Exchange, line: &Bytes) {
        match frame::response(line) {
            Ok(frame::Response::Data(response)) => {
                let step = exchange.respond(&response);
                self.sasl_step(tag, exchange, step);
            }
            Ok(frame::Response::Cancel) => self.bad(Some(tag), "AUTHENTICATE cancelled"),
            Err(error) => self.bad(Some(tag), error.to_string()),
        }
    }

    fn sasl_step(&mut self, tag: Tag, exchange: Exchange, step: Step) {
        match step {
            Step::Challenge(challenge) => {
                self.continuation(&frame::encode(&challenge));
                self.phase = Phase::Sasl { tag, exchange };
            }
            Step::Ask(question) => {
                self.ask(tag, Asked::Credentials(exchange), |ticket| Event::Credentials { question, ticket });
            }
            Step::Done(identity) => {
                self.ask(tag, Asked::Login, |ticket| Event::Login { identity, ticket });
            }
            Step::Failed(failure) => self.login_failed(tag, failure),
        }
    }

    pub(super) fn credentials_answered(&mut self, answer: Answer) -> Result<(), Misuse> {
        let (tag, Asked::Credentials(mut exchange)) = self.asked()? else {
            return Err(Misuse::NotNow("no credentials were asked for"));
        };
        let step = exchange.answer(answer);
        self.sasl_step(tag, exchange, step);
        Ok(())
    }

    fn login_failed(&mut self, tag: Tag, failure: Failure) {
        let code = match failure {
            Failure::Malformed => return self.bad(Some(tag), failure.to_string()),
            Failure::Authorization => Code::AuthorizationFailed,
            Failure::Expired => Code::Expired,
            Failure::Throttled => Code::Limit,
            Failure::Unavailable => Code::Unavailable,
            _ => Code::AuthenticationFailed,
        };
        self.tagged(tag, Status::no(failure.to_string()).with(code));
        // A guess costs time, each one more than the one before.
        self.pause = Some(Duration::from_secs(1 << self.failed_logins.min(4)));
        self.failed_logins += 1;
        if self.failed_logins >= self.config.limits.logins {
            self.bye(Status::bye("too many failed logins"));
        }
    }

    pub(super) fn login_answered(&mut self, answer: Result<(), No>) -> Result<(), Misuse> {
        let (tag, _) = self.asked()?;
        match answer {
            Ok(()) => {
                self.login = Some(MailboxState::default());
                self.errors = 0;
                self.frames.set_line(self.config.limits.line);
                let code = Code::Capability(self.capabilities());
                self.tagged(tag, Status::ok("logged in").with(code));
            }
            Err(no) => self.tagged(tag, no.into()),
        }
        Ok(())
    }
}
