//! What comes from the server, and what it means for the session.

use super::{
    Client, CommandId, Error, Event, Phase, Security, framing::Piece, running::Kind, write::Waiting,
};
use crate::{
    error::ParseError,
    parse::response,
    types::response::{Capability, Code, Condition, Fault, Fetch, Response, Status, Tagged, Untagged},
};
use bytes::Bytes;

impl Client {
    pub(super) fn receive(&mut self, piece: Piece) {
        self.progress += 1;
        match piece {
            Piece::Response(frame) => self.response(&frame),
            _ if self.phase == Phase::Greeting => {
                let expected = "a greeting";
                self.error = Some(Error::Greeting(ParseError { at: 0, expected, found: None }));
            }
            // Nothing that was said in clear is shown where TLS is required.
            _ if self.is_deaf() => {}
            Piece::LiteralBegin(fetch) => {
                let data = Untagged::Fetch(fetch);
                self.literal_of = self.command_for(&data);
                if let Untagged::Fetch(fetch) = data {
                    self.events.push_back(Event::LiteralBegin { command: self.literal_of, fetch });
                }
            }
            Piece::Literal(octets) => self.events.push_back(Event::Literal(octets)),
            Piece::LiteralEnd => self.events.push_back(Event::LiteralEnd),
            Piece::Fetched(fetch) => self.fetched(fetch),
            Piece::Fault(fault) => self.events.push_back(Event::Fault(fault)),
        }
    }

    fn response(&mut self, frame: &Bytes) {
        match response(frame, self.utf8, self.config.limits.list_depth) {
            Ok(Response::Untagged(Untagged::Status(status))) if self.phase == Phase::Greeting => {
                self.greeting(status);
            }
            Ok(_) if self.phase == Phase::Greeting => {
                let found = frame.first().copied();
                self.error = Some(Error::Greeting(ParseError { at: 0, expected: "a greeting", found }));
            }
            Err(error) if self.phase == Phase::Greeting => self.error = Some(Error::Greeting(error)),
            Ok(Response::Untagged(data)) => self.data(data),
            Ok(Response::Tagged(tagged)) => self.done_with(tagged, frame),
            Ok(Response::Continue(more)) => {
                if let Some(text) = self.go_ahead(more.text).filter(|_| !self.is_deaf()) {
                    self.events.push_back(Event::Continue(crate::types::response::Continue { text }));
                }
            }
            Err(_) if self.is_deaf() => {}
            Err(error) => self.events.push_back(Event::Fault(Fault { raw: frame.clone(), error })),
        }
    }

    /// TLS is required and is not there yet: the server is not known to be the server.
    fn is_deaf(&self) -> bool {
        self.config.security == Security::Required && self.tls.is_none()
    }

    fn greeting(&mut self, status: Status) {
        match status.condition {
            Condition::PreAuth if self.is_deaf() => self.error = Some(Error::PreAuth),
            Condition::Ok | Condition::PreAuth | Condition::Bye => {
                self.phase = Phase::Open;
                self.learn(&status);
                self.events.push_back(Event::Greeting(status));
            }
            Condition::No | Condition::Bad => {
                let expected = "OK, PREAUTH or BYE";
                self.error = Some(Error::Greeting(ParseError { at: 2, expected, found: None }));
            }
        }
    }

    fn learn(&mut self, status: &Status) {
        if let Some(Code::Capability(all)) = &status.code {
            self.capabilities = Some(all.clone());
        }
        if status.condition == Condition::Bye {
            self.bye = Some(status.clone());
        }
    }

    fn data(&mut self, data: Untagged) {
        match &data {
            Untagged::Status(status) => self.learn(status),
            Untagged::Capability(all) => self.capabilities = Some(all.clone()),
            Untagged::Enabled(all) => {
                // IMAP4rev2 as a capability implies no UTF-8; having been enabled does (RFC 9051 §6.3.1).
                self.utf8 |=
                    all.iter().any(|it| matches!(it, Capability::Imap4Rev2 | Capability::Utf8Accept));
            }
            _ => {}
        }
        if let Untagged::Fetch(fetch) = data {
            if !self.is_deaf() {
                self.fetched(fetch);
            }
            return;
        }
        let command = self.command_for(&data);
        if self.is_deaf() && !matches!((&data, command), (Untagged::Capability(_), Some(_))) {
            return;
        }
        self.events.push_back(match command {
            Some(command) => Event::Result { command, data },
            None => Event::Unsolicited(data),
        });
    }

    fn fetched(&mut self, fetch: Fetch) {
        let mut data = Untagged::Fetch(fetch);
        let command = self.literal_of.take().or_else(|| self.command_for(&data));
        if let Untagged::Fetch(fetch) = &mut data {
            self.events.extend(fetch.faults.drain(..).map(Event::Fault));
        }
        self.events.push_back(match command {
            Some(command) => Event::Result { command, data },
            None => Event::Unsolicited(data),
        });
    }

    /// The command that the data answers: the first that asked for it.
    fn command_for(&self, data: &Untagged) -> Option<CommandId> {
        let asked = self.running.iter().find(|running| running.answers.include(data, &running.tag));
        asked.map(|running| running.id)
    }

    fn done_with(&mut self, tagged: Tagged, frame: &Bytes) {
        let Tagged { tag, status } = tagged;
        let Some(index) = self.running.iter().position(|running| running.tag == tag.as_str()) else {
            let error = ParseError { at: 0, expected: "the tag of a command", found: frame.first().copied() };
            if !self.is_deaf() {
                self.events.push_back(Event::Fault(Fault { raw: frame.clone(), error }));
            }
            return;
        };
        // Octets that were announced must follow even if the server refuses early; all else need not.
        let was_last = index + 1 == self.running.len();
        if was_last && !matches!(self.waiting, Waiting::Octets { .. }) {
            self.waiting = Waiting::Nothing;
        }
        let Some(running) = self.running.remove(index) else { return };
        let ok = status.is_ok();
        match running.kind {
            Kind::StartTls if ok => {
                self.phase = Phase::Upgrading;
                return;
            }
            Kind::StartTls if self.is_deaf() => {
                self.error = Some(Error::TlsRefused(status));
                return;
            }
            #[cfg(feature = "compress")]
            Kind::Compress if ok => {
                self.input.inflate();
                self.output.deflate();
            }
            Kind::Login if ok => self.capabilities = None,
            Kind::Unauthenticate if ok => {
                self.capabilities = None;
                // RFC 8437 §4: compression ends with the login.
                #[cfg(feature = "compress")]
                {
                    self.input.end_inflate();
                    self.output.end_deflate();
                }
            }
            Kind::Authenticate { mut mechanism, failed, .. } if ok => {
                self.capabilities = None;
                if let Err(error) = failed.map_or_else(|| mechanism.finish(), Err) {
                    self.error = Some(Error::Authentication(error));
                    return;
                }
            }
            Kind::Logout if ok => self.phase = Phase::Closed,
            _ => {}
        }
        self.learn(&status);
        self.events.push_back(Event::Done { command: running.id, status });
    }
}
