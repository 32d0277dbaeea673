//! The greeting, `EHLO` and its elders, and `STARTTLS`.

use std::sync::Arc;

use mailwright_wire::TlsInfo;

use crate::{
    client::{Client, Config, Error, Event, Phase},
    error::Misuse,
    parse,
    server::Protocol,
    types::{Capabilities, Command, Reply, ReplyCode},
};

/// A session while TLS is negotiated. What the server said in plaintext is not here: RFC 3207 §4.2.
#[derive(Debug)]
pub struct Upgrading {
    config: Arc<Config>,
}

impl mailwright_wire::Upgrading for Upgrading {
    type Session = Client;

    fn secured(self, tls: TlsInfo) -> Client {
        let mut client = Client::begin(self.config, Some(tls));
        client.hello();
        client
    }
}

impl Client {
    /// Starts TLS: the next event is [`Event::Ready`] from inside, or [`Event::TlsRefused`].
    ///
    /// Call it whether the server offers it or not, where TLS is required: what is offered in plaintext may have been
    /// taken out on the way.
    ///
    /// # Errors
    /// When the session is not ready, or is inside TLS.
    pub fn start_tls(&mut self) -> Result<(), Misuse> {
        self.ready()?;
        if self.tls.is_some() {
            return Err(Misuse::NotReady);
        }
        self.out.put(b"STARTTLS\r\n");
        self.phase = Phase::StartTls;
        Ok(())
    }

    pub(super) fn greeting(&mut self, reply: Reply) {
        if reply.code() == ReplyCode::READY {
            self.hello();
        } else {
            self.unwelcome(reply);
        }
    }

    pub(super) fn hello(&mut self) {
        let name = self.config.hello.clone();
        let command = match self.config.protocol {
            Protocol::Smtp => Command::Ehlo(name),
            Protocol::Lmtp => Command::Lhlo(name),
        };
        self.phase = Phase::Hello { helo: false };
        self.put(&command);
    }

    pub(super) fn hello_reply(&mut self, reply: Reply, helo: bool) -> Result<(), Error> {
        if reply.code() == ReplyCode::OK {
            self.capabilities =
                if helo { Capabilities::default() } else { parse::capabilities(reply.lines()) };
            self.events.push_back(Event::Ready(self.capabilities.clone()));
            self.phase = Phase::Ready;
        } else if reply.is_permanent() && !helo && self.config.protocol == Protocol::Smtp {
            // A server from before 1995, RFC 5321 §3.2.
            self.phase = Phase::Hello { helo: true };
            self.put(&Command::Helo(self.config.hello.clone()));
        } else if reply.is_permanent() || reply.is_transient() {
            self.unwelcome(reply);
        } else {
            return Err(Error::Unexpected(reply.code()));
        }
        Ok(())
    }

    fn unwelcome(&mut self, reply: Reply) {
        self.events.push_back(Event::Unwelcome(reply));
        self.out.put(b"QUIT\r\n");
        self.phase = Phase::Closing;
    }

    pub(super) fn start_tls_reply(&mut self, reply: Reply) -> Result<(), Error> {
        if reply.code() == ReplyCode::READY {
            self.phase = Phase::Upgrade;
        } else if reply.is_permanent() || reply.is_transient() {
            self.phase = Phase::Ready;
            self.events.push_back(Event::TlsRefused(reply));
        } else {
            return Err(Error::Unexpected(reply.code()));
        }
        Ok(())
    }

    pub(super) fn into_upgrading(self) -> Result<Upgrading, Error> {
        match self.phase {
            Phase::Upgrade if self.input.is_empty() => Ok(Upgrading { config: self.config }),
            Phase::Upgrade => Err(Error::PlaintextAfterStartTls),
            _ => Err(Error::NoUpgrade),
        }
    }
}
