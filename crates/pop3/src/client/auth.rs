//! Logging in by `AUTH`, RFC 5034.

use mailwright_sasl::{Secret, client::Mechanism, frame};
use thiserror::Error;

use super::{Client, Event, session::Expect};
use crate::{
    parse::Status,
    types::{Command, Reply},
};

/// Longest `AUTH` command in octets with its CRLF, RFC 2449 §4. What does not fit is sent when asked for.
const COMMAND: usize = 255;

/// Why a login by `AUTH` failed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AuthError {
    /// The server said no.
    #[error("{0}")]
    Refused(Reply),
    /// The server's part of the exchange was wrong. It was cancelled, or is not to be trusted although it succeeded.
    #[error(transparent)]
    Mechanism(#[from] mailwright_sasl::client::Error),
}

/// An exchange under way.
#[derive(Debug)]
pub(super) struct Exchange {
    mechanism: Box<dyn Mechanism>,
    /// Why it was cancelled.
    cancelled: Option<mailwright_sasl::client::Error>,
}

impl Exchange {
    /// The exchange, and the command that begins it.
    pub(super) fn begin(mut mechanism: Box<dyn Mechanism>) -> (Self, Command, Option<Secret>) {
        let name = mechanism.name().as_str();
        let initial = mechanism.initial().map(|octets| Secret::new(frame::encode_initial(&octets)));
        let fits = |initial: &Secret| "AUTH  \r\n".len() + name.len() + initial.expose().len() <= COMMAND;
        let (now, later) = match initial {
            Some(initial) if fits(&initial) => (Some(initial), None),
            initial => (None, initial),
        };
        let command = Command::Auth { mechanism: Some(name.into()), initial: now };
        (Self { mechanism, cancelled: None }, command, later)
    }
}

impl Client {
    /// A line from the server while an exchange is under way.
    pub(super) fn exchange(&mut self, mut exchange: Exchange, held_back: Option<Secret>, status: Status<'_>) {
        match status {
            Status::Challenge(challenge) => {
                let response = match held_back {
                    // `=` stands for nothing on the command's line only.
                    Some(initial) if challenge.is_empty() => {
                        Ok(initial.expose().trim_start_matches('=').to_owned())
                    }
                    Some(_) => Err(mailwright_sasl::client::Error::Malformed),
                    None => frame::challenge(challenge)
                        .map_err(|_| mailwright_sasl::client::Error::Malformed)
                        .and_then(|challenge| exchange.mechanism.respond(&challenge))
                        .map(|response| frame::encode(&response)),
                };
                match response {
                    Ok(response) if exchange.cancelled.is_none() => self.out.put(response.as_bytes()),
                    outcome => {
                        self.out.put(b"*");
                        exchange.cancelled = exchange.cancelled.or(outcome.err());
                    }
                }
                self.out.put(b"\r\n");
                self.expect(Expect::Exchange(exchange, None));
            }
            Status::Reply(reply) => {
                let outcome = match exchange.cancelled {
                    Some(error) => Err(error.into()),
                    None if !reply.is_ok => Err(AuthError::Refused(reply)),
                    None => exchange.mechanism.finish().map(|()| reply).map_err(AuthError::Mechanism),
                };
                self.tell(match outcome {
                    Ok(reply) => Event::Authenticated(reply),
                    Err(error) => Event::AuthenticationFailed(error),
                });
            }
        }
    }
}
