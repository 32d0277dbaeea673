//! One SASL exchange, from the server's side.

use super::{Answer, Failure, Identity, Mechanism, Question, Turn};
use crate::Name;

/// What to do next.
#[derive(Debug)]
#[must_use = "the peer or the application has to be told"]
pub enum Step {
    /// Send this (see [`frame::encode`](crate::frame::encode)), and give the response to [`Exchange::respond`].
    ///
    /// No mail protocol can send data along with success, so a mechanism's last message comes as a challenge too,
    /// to which the client responds with nothing (RFC 4954 §4, RFC 5034 §4, RFC 3501 §6.2.2).
    Challenge(Vec<u8>),
    /// Ask the application, and give what it says to [`Exchange::answer`].
    Ask(Question),
    /// The client is who it says.
    Done(Identity),
    /// It is not, or cannot be told.
    Failed(Failure),
}

/// One exchange, made by [`Policy::begin`](super::Policy::begin).
///
/// Call [`start`](Self::start), then [`respond`](Self::respond) after each challenge and [`answer`](Self::answer)
/// after each question, until it is done or failed. A call out of order fails it.
#[derive(Debug)]
pub struct Exchange {
    name: Name,
    mechanism: Box<dyn Mechanism>,
    turn: Whose,
}

/// What is awaited.
#[derive(Debug)]
enum Whose {
    Start,
    Client,
    Application,
    /// The answer to [`Question::ActAs`].
    Authorization {
        authenticated: String,
    },
    Nobody,
}

impl Exchange {
    pub(super) fn new(name: Name, mechanism: Box<dyn Mechanism>) -> Self {
        Self { name, mechanism, turn: Whose::Start }
    }

    /// The mechanism in use.
    pub fn mechanism(&self) -> Name {
        self.name
    }

    /// Begins, with the client's initial response if it sent one.
    pub fn start(&mut self, initial: Option<&[u8]>) -> Step {
        match self.take() {
            Whose::Start => {
                let turn = self.mechanism.start(initial);
                self.step(turn)
            }
            _ => Step::Failed(Failure::Misuse),
        }
    }

    /// Goes on with the client's response to a challenge.
    pub fn respond(&mut self, response: &[u8]) -> Step {
        match self.take() {
            Whose::Client => {
                let turn = self.mechanism.respond(response);
                self.step(turn)
            }
            _ => Step::Failed(Failure::Misuse),
        }
    }

    /// Goes on with the application's answer to a question.
    pub fn answer(&mut self, answer: Answer) -> Step {
        match (self.take(), answer) {
            (Whose::Application, answer) => {
                let turn = self.mechanism.answer(answer);
                self.step(turn)
            }
            (Whose::Authorization { authenticated }, Answer::Accept { account }) => {
                self.done(account, authenticated)
            }
            (Whose::Authorization { .. }, Answer::Refuse(failure)) => Step::Failed(match failure {
                Failure::Credentials => Failure::Authorization,
                other => other,
            }),
            _ => Step::Failed(Failure::Misuse),
        }
    }

    fn take(&mut self) -> Whose {
        std::mem::replace(&mut self.turn, Whose::Nobody)
    }

    fn done(&self, account: String, authenticated: String) -> Step {
        Step::Done(Identity { account, authenticated, mechanism: self.name })
    }

    fn step(&mut self, turn: Turn) -> Step {
        match turn {
            Turn::Challenge(data) => {
                self.turn = Whose::Client;
                Step::Challenge(data)
            }
            Turn::Ask(question) => {
                self.turn = Whose::Application;
                Step::Ask(question)
            }
            Turn::Failed(failure) => Step::Failed(failure),
            Turn::Proved { account, authenticated, authorization } => match authorization {
                // To name oneself is to name nobody else, RFC 4422 §3.4.1.
                Some(other) if other != authenticated && other != account => {
                    self.turn = Whose::Authorization { authenticated };
                    Step::Ask(Question::ActAs { account, authorization: other })
                }
                _ => self.done(account, authenticated),
            },
        }
    }
}
