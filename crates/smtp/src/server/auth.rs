//! `AUTH`, RFC 4954.

use mailwright_sasl::{
    frame::{self, Response},
    server::{Answer, BeginError, Exchange, Failure, Step},
};

use crate::{
    server::{Event, Phase, Server},
    types::{EnhancedStatus, InitialResponse, Reply, ReplyCode},
};

impl Server {
    pub(super) fn auth(&mut self, mechanism: &str, initial: Option<&InitialResponse>) {
        let Some(policy) = &self.config.auth else { return self.not_implemented() };
        if self.peer.hello.is_none() {
            return self.out_of_order("Say hello first");
        }
        if self.peer.identity.is_some() {
            return self.out_of_order("You are authenticated already");
        }
        if self.transaction.is_some() {
            return self.out_of_order("AUTH is not possible in a transaction");
        }
        let mut exchange = match policy.begin(mechanism, self.peer.tls.as_ref()) {
            Ok(exchange) => exchange,
            Err(e) => {
                let (code, status) = match e {
                    BeginError::NeedsTls => {
                        (ReplyCode::ENCRYPTION_REQUIRED, EnhancedStatus::permanent(7, 11))
                    }
                    BeginError::Unsupported => {
                        (ReplyCode::PARAMETER_NOT_IMPLEMENTED, EnhancedStatus::permanent(5, 4))
                    }
                };
                return self.deny(code, status, &e.to_string());
            }
        };
        let step = match initial.map(|i| frame::initial(i.as_str().as_bytes())) {
            None => exchange.start(None),
            Some(Ok(initial)) => exchange.start(Some(&initial)),
            Some(Err(e)) => {
                return self.deny(ReplyCode::SYNTAX, EnhancedStatus::permanent(5, 2), &e.to_string());
            }
        };
        self.exchange(exchange, step);
    }

    /// A line in answer to a challenge.
    pub(super) fn response(&mut self, line: &[u8]) {
        let Phase::Auth(mut exchange) = std::mem::replace(&mut self.phase, Phase::Command) else { return };
        match frame::response(line) {
            Ok(Response::Data(response)) => {
                let step = exchange.respond(&response);
                self.exchange(exchange, step);
            }
            Ok(Response::Cancel) => {
                self.deny(ReplyCode::SYNTAX, EnhancedStatus::permanent(7, 0), "Authentication cancelled");
            }
            Err(e) => self.deny(ReplyCode::SYNTAX, EnhancedStatus::permanent(5, 2), &e.to_string()),
        }
    }

    /// The application's answer.
    pub(super) fn authenticated(&mut self, answer: Answer) {
        let Phase::Auth(mut exchange) = std::mem::replace(&mut self.phase, Phase::Command) else { return };
        let step = exchange.answer(answer);
        self.exchange(exchange, step);
    }

    fn exchange(&mut self, exchange: Exchange, step: Step) {
        match step {
            Step::Challenge(data) => {
                // With nothing in it, the space after the code still is there, RFC 4954 §4.
                self.out.put(format!("334 {}\r\n", frame::encode(&data)).as_bytes());
                self.phase = Phase::Auth(exchange);
            }
            Step::Ask(question) => {
                let ticket = self.ask();
                self.events.push_back(Event::Authenticate { question, ticket });
                self.phase = Phase::Auth(exchange);
            }
            Step::Done(identity) => {
                self.peer.identity = Some(identity.clone());
                self.events.push_back(Event::Authenticated(identity));
                self.say(ReplyCode::AUTHENTICATED, EnhancedStatus::success(7, 0), "Authentication succeeded");
            }
            Step::Failed(failure) => {
                self.events.push_back(Event::AuthenticationFailed(failure));
                self.refuse(refusal(failure));
            }
        }
    }
}

/// What the peer is told: not whether the user exists, RFC 4954 §6.
fn refusal(failure: Failure) -> Reply {
    let (code, status, text) = match failure {
        Failure::Malformed => (ReplyCode::SYNTAX, EnhancedStatus::permanent(5, 2), "Malformed response"),
        Failure::Expired => {
            (ReplyCode::MECHANISM_TOO_WEAK, EnhancedStatus::permanent(7, 9), "Password has to be changed")
        }
        Failure::Throttled | Failure::Unavailable | Failure::Misuse => (
            ReplyCode::TEMPORARY_FAILURE,
            EnhancedStatus::transient(7, 0),
            "Temporary authentication failure, try again later",
        ),
        _ => (ReplyCode::BAD_CREDENTIALS, EnhancedStatus::permanent(7, 8), "Authentication failed"),
    };
    Reply::new(code, status, text)
}
