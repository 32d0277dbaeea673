//! The client as a [`Session`]: one poll is one step.

use super::{Client, Config, Error, Event, Phase};
use mailwright_wire::{Farewell, Session, Slot, Step, TlsInfo, Wait};
use std::sync::Arc;

/// A client between its agreement with the server to begin TLS and the end of the handshake.
#[derive(Debug)]
pub struct Upgrading {
    config: Arc<Config>,
    serial: u32,
}

impl mailwright_wire::Upgrading for Upgrading {
    type Session = Client;

    fn secured(self, tls: TlsInfo) -> Client {
        let mut client = Client::begin(self.config, Some(tls), Phase::Open);
        // So that a command given inside TLS has another name than any given before.
        client.serial = self.serial;
        client.events.push_back(Event::Secured);
        client
    }
}

impl Session for Client {
    type Event = Event;
    type Error = Error;
    type Upgrading = Upgrading;

    fn poll(&mut self) -> Result<Step<Event>, Error> {
        loop {
            self.write_commands();
            if let Some(bytes) = self.output.pop() {
                return Ok(Step::Write(bytes));
            }
            if let Some(event) = self.events.pop_front() {
                return Ok(Step::Event(event));
            }
            if let Some(error) = self.error.take() {
                self.phase = Phase::Closed;
                return Err(error);
            }
            match self.phase {
                Phase::Upgrading => return Ok(Step::Upgrade),
                Phase::Closed => return Ok(Step::Close),
                Phase::Greeting | Phase::Open => {}
            }
            if let Some(piece) = self.framer.next(self.input.bytes()) {
                self.receive(piece);
                continue;
            }
            #[cfg(feature = "compress")]
            match self.input.refill() {
                Ok(false) => {}
                Ok(true) => continue,
                Err(corrupt) => {
                    self.error = Some(corrupt.into());
                    continue;
                }
            }
            if self.ended {
                if self.phase == Phase::Open && !self.is_busy() {
                    self.phase = Phase::Closed;
                } else {
                    self.error = Some(Error::Disconnected(self.bye.take()));
                }
                continue;
            }
            let waits = self.phase == Phase::Greeting || (self.is_busy() && !self.is_idling());
            let within = if waits { self.config.command } else { self.config.idle };
            return Ok(Step::Read(Wait { within, progress: self.progress }));
        }
    }

    fn slot(&mut self) -> Option<Slot<'_>> {
        match self.phase {
            Phase::Greeting | Phase::Open if self.error.is_none() && !self.ended => self.input.slot(),
            _ => None,
        }
    }

    fn eof(&mut self) {
        self.ended = true;
    }

    fn upgrade(self) -> Result<Upgrading, Error> {
        if !self.input.is_empty() {
            return Err(Error::DataBeforeTls);
        }
        Ok(Upgrading { config: self.config, serial: self.serial })
    }

    fn farewell(&mut self, why: Farewell) {
        self.events.clear();
        if why == Farewell::TimedOut {
            self.error = Some(Error::TimedOut);
            return;
        }
        self.output.clear();
        if self.phase == Phase::Open && self.can_say_goodbye() {
            self.serial += 1;
            self.output.put(format!("a{} LOGOUT\r\n", self.serial).as_bytes());
        }
        self.phase = Phase::Closed;
    }
}
