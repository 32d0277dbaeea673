//! `AUTH`, RFC 4954.

use mailwright_sasl::{client::Mechanism, frame};

use crate::{
    client::{AuthError, Client, Error, Event, Phase},
    error::Misuse,
    types::{Reply, ReplyCode},
};

/// The longest command line that every server takes, RFC 5321 §4.5.3.1.4.
const LINE_MAX: usize = 512;

/// An exchange under way.
#[derive(Debug)]
pub(super) struct Exchange {
    mechanism: Box<dyn Mechanism>,
    /// The initial response, where it did not fit on the line of the command.
    initial: Option<Vec<u8>>,
    /// The exchange was cancelled: the server's refusal is still to come.
    cancelled: Option<AuthError>,
}

impl Client {
    /// Authenticates: the next event is [`Event::Authenticated`] or [`Event::AuthenticationFailed`].
    ///
    /// # Errors
    /// When the session is not ready, when the server does not offer the mechanism, or when it would show a password
    /// to who listens and [`Config::plaintext_auth`](crate::client::Config::plaintext_auth) is off.
    pub fn authenticate(&mut self, mut mechanism: Box<dyn Mechanism>) -> Result<(), Misuse> {
        self.ready()?;
        let name = mechanism.name();
        if !self.capabilities.offers_auth(name.as_str()) {
            return Err(Misuse::NotOffered);
        }
        if name.is_plaintext() && self.tls.is_none() && !self.config.plaintext_auth {
            return Err(Misuse::NeedsTls);
        }
        let mut initial = mechanism.initial();
        let mut line = format!("AUTH {}", name.as_str());
        if let Some(data) = &initial {
            let encoded = frame::encode_initial(data);
            if line.len() + 1 + encoded.len() + 2 <= LINE_MAX {
                line.push(' ');
                line.push_str(&encoded);
                initial = None;
            }
        }
        line.push_str("\r\n");
        self.out.put(line.as_bytes());
        self.phase = Phase::Auth(Exchange { mechanism, initial, cancelled: None });
        Ok(())
    }

    pub(super) fn auth_reply(&mut self, reply: Reply, mut exchange: Exchange) -> Result<(), Error> {
        if reply.code() == ReplyCode::CHALLENGE && exchange.cancelled.is_none() {
            match exchange.answer(&reply) {
                Ok(response) => self.out.put(format!("{}\r\n", frame::encode(&response)).as_bytes()),
                Err(e) => {
                    self.out.put(b"*\r\n");
                    exchange.cancelled = Some(e);
                }
            }
            self.phase = Phase::Auth(exchange);
            return Ok(());
        }
        let event = if reply.code() == ReplyCode::AUTHENTICATED {
            match exchange.cancelled.map_or_else(|| exchange.mechanism.finish().map_err(Into::into), Err) {
                Ok(()) => Event::Authenticated(reply),
                Err(e) => {
                    // It says yes without proof: it is not who it should be.
                    self.events.push_back(Event::AuthenticationFailed(e));
                    self.phase = Phase::Closing;
                    return Ok(());
                }
            }
        } else if reply.is_permanent() || reply.is_transient() {
            Event::AuthenticationFailed(exchange.cancelled.unwrap_or(AuthError::Refused(reply)))
        } else {
            return Err(Error::Unexpected(reply.code()));
        };
        self.events.push_back(event);
        self.phase = Phase::Ready;
        Ok(())
    }
}

impl Exchange {
    fn answer(&mut self, reply: &Reply) -> Result<Vec<u8>, AuthError> {
        let line = reply.lines().next().unwrap_or_default();
        let challenge = frame::challenge(line.as_bytes()).map_err(|_| AuthError::Encoding)?;
        match self.initial.take() {
            Some(initial) if challenge.is_empty() => Ok(initial),
            _ => Ok(self.mechanism.respond(&challenge)?),
        }
    }
}
