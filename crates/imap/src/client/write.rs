//! Writing commands: one after the other, each waiting where the server has to agree.

use super::{Client, Event, Phase, running::Kind};
use crate::{
    encode::core::{Encoder, Literals},
    error::Misuse,
    types::{
        Charset, Tag,
        command::{Command, CommandBody, Search},
        response::{Capability, Text},
    },
};
use bytes::Bytes;
use mailwright_sasl::frame;
use std::collections::VecDeque;

/// What the command that is being written waits for. It is the last one running.
#[derive(Debug)]
pub(super) enum Waiting {
    /// Nothing: it is written.
    Nothing,
    /// `+`, before its next piece.
    Pieces(VecDeque<Bytes>),
    /// `+`, before so many octets of a message.
    Append(u64),
    /// Octets of a message from the application: announced, and given so far.
    Octets { announced: u64, given: u64 },
    /// `+`, in an exchange that the command's kind knows.
    Exchange,
}

impl Client {
    /// Writes what may be written now.
    pub(super) fn write_commands(&mut self) {
        while self.phase == Phase::Open && matches!(self.waiting, Waiting::Nothing) {
            let held = self.running.iter().any(|running| running.kind.holds_others());
            let Some(next) = self.queued.front() else { return };
            if held || (next.kind.holds_others() && !self.running.is_empty()) {
                return;
            }
            let Some(mut command) = self.queued.pop_front() else { return };
            let kind = std::mem::replace(&mut command.kind, Kind::Written);
            command.kind = self.write(&command.tag, kind);
            self.running.push_back(command);
        }
    }

    fn write(&mut self, tag: &str, kind: Kind) -> Kind {
        match kind {
            Kind::Plain(mut body) => {
                if let CommandBody::Search(search) = &mut *body {
                    search.charset = self.charset(search);
                }
                // A tag of a letter and digits is one.
                let Ok(tag) = Tag::try_from(tag) else { return Kind::Written };
                let mut out = self.encoder();
                let command = Command { tag, body: *body };
                out.value(&command);
                self.write_pieces(out.take_pieces());
                Kind::of(command.body).written()
            }
            Kind::StartTls => {
                self.output.put(format!("{tag} STARTTLS\r\n").as_bytes());
                Kind::StartTls
            }
            #[cfg(feature = "compress")]
            Kind::Compress => {
                self.output.put(format!("{tag} COMPRESS DEFLATE\r\n").as_bytes());
                Kind::Compress
            }
            Kind::Idle { done } => {
                self.output.put(format!("{tag} IDLE\r\n").as_bytes());
                self.waiting = Waiting::Exchange;
                Kind::Idle { done }
            }
            Kind::Authenticate { mut mechanism, failed, .. } => {
                let mut line = format!("{tag} AUTHENTICATE {}", mechanism.name());
                let mut initial = mechanism.initial();
                if self.can(&Capability::SaslIr)
                    && let Some(initial) = initial.take()
                {
                    line.push(' ');
                    line.push_str(&frame::encode_initial(&initial));
                }
                line.push_str("\r\n");
                self.output.put(line.as_bytes());
                self.waiting = Waiting::Exchange;
                Kind::Authenticate { mechanism, initial, failed }
            }
            Kind::Append { mailbox, flags, date, size } => {
                // Octets that may be many are not sent unasked: the server may refuse them by their number.
                let mut out = Encoder::client(Literals::Synchronizing, self.utf8);
                out.put(tag).put(" APPEND ").mailbox(&mailbox).byte(b' ');
                if !flags.is_empty() {
                    out.flags(&flags).byte(b' ');
                }
                if let Some(date) = date {
                    out.date_time(date).byte(b' ');
                }
                out.announce(size, false);
                let mut pieces = VecDeque::from(out.take_pieces());
                pieces.pop_back(); // what follows the announcement: nothing
                if let Some(first) = pieces.pop_front() {
                    self.output.push(first);
                }
                self.waiting =
                    if pieces.is_empty() { Waiting::Append(size) } else { Waiting::Pieces(pieces) };
                Kind::Append { mailbox, flags, date, size }
            }
            other => other,
        }
    }

    /// What is said of the charset: nothing where `UTF8=ACCEPT` forbids it (RFC 9755 §3), and otherwise `UTF-8` where there
    /// are strings that US-ASCII has not.
    fn charset(&self, search: &Search) -> Option<Charset> {
        if self.utf8 {
            return search.charset.clone().filter(|charset| *charset != Charset::Utf8);
        }
        let is_ascii = search.key.all_texts(|text| text.as_bytes().is_ascii());
        search.charset.clone().or((!is_ascii).then_some(Charset::Utf8))
    }

    fn encoder(&self) -> Encoder {
        let literals = if self.can(&Capability::LiteralPlus) {
            Literals::Plus
        } else if self.can(&Capability::LiteralMinus) {
            Literals::Minus
        } else {
            Literals::Synchronizing
        };
        Encoder::client(literals, self.utf8)
    }

    fn write_pieces(&mut self, pieces: Vec<Bytes>) {
        let mut pieces = VecDeque::from(pieces);
        if let Some(first) = pieces.pop_front() {
            self.output.push(first);
        }
        self.waiting = if pieces.is_empty() { Waiting::Nothing } else { Waiting::Pieces(pieces) };
    }

    /// The server wants more of a command. Gives the text back if nothing waits for it.
    pub(super) fn go_ahead(&mut self, text: Text) -> Option<Text> {
        let running = self.running.back_mut();
        match (&mut self.waiting, running) {
            (Waiting::Pieces(pieces), Some(running)) => {
                if let Some(next) = pieces.pop_front() {
                    self.output.push(next);
                }
                if pieces.is_empty() {
                    // The last piece of an APPEND ends with the announcement of its message.
                    self.waiting = match running.kind {
                        Kind::Append { size, .. } => Waiting::Append(size),
                        _ => Waiting::Nothing,
                    };
                }
                None
            }
            (Waiting::Append(size), Some(running)) => {
                let announced = *size;
                self.events.push_back(Event::Ready(running.id));
                self.waiting = Waiting::Octets { announced, given: 0 };
                if announced == 0 {
                    self.end_append();
                }
                None
            }
            (Waiting::Exchange, Some(running)) => {
                let id = running.id;
                match &mut running.kind {
                    Kind::Idle { done } => {
                        self.waiting = Waiting::Nothing;
                        if *done {
                            self.output.put(b"DONE\r\n");
                        }
                        self.events.push_back(Event::Idling(id));
                    }
                    Kind::Authenticate { mechanism, initial, failed } => {
                        let challenge = frame::challenge(text.as_bytes().trim_ascii());
                        let response = match (initial.take(), challenge) {
                            (Some(initial), Ok(challenge)) if challenge.is_empty() => Ok(initial),
                            (_, Ok(challenge)) => mechanism.respond(&challenge),
                            (_, Err(_)) => Err(mailwright_sasl::client::Error::Malformed),
                        };
                        match response {
                            Ok(response) => {
                                self.output.put(frame::encode(&response).as_bytes());
                                self.output.put(b"\r\n");
                            }
                            Err(error) => {
                                self.output.put(b"*\r\n");
                                *failed = Some(error.clone());
                                self.events.push_back(Event::Cancelled { command: id, error });
                            }
                        }
                    }
                    _ => return Some(text),
                }
                None
            }
            _ => Some(text),
        }
    }

    pub(super) fn put_append_data(&mut self, octets: Bytes) -> Result<(), Misuse> {
        let Waiting::Octets { announced, given } = &mut self.waiting else {
            return Err(Misuse::NotNow("the server has not asked for octets"));
        };
        let got = given.saturating_add(octets.len() as u64);
        if got > *announced {
            return Err(Misuse::LiteralLength { announced: *announced, got });
        }
        *given = got;
        let ended = got == *announced;
        self.output.push(octets);
        if ended {
            self.end_append();
        }
        Ok(())
    }

    fn end_append(&mut self) {
        self.output.put(b"\r\n");
        self.waiting = Waiting::Nothing;
        if let Some(running) = self.running.back_mut() {
            let kind = std::mem::replace(&mut running.kind, Kind::Written);
            running.kind = kind.written();
        }
    }

    pub(super) fn end_idle(&mut self) {
        let begun = matches!(self.waiting, Waiting::Nothing);
        for running in self.queued.iter_mut().chain(&mut self.running) {
            if let Kind::Idle { done } = &mut running.kind
                && !*done
            {
                *done = true;
                if begun && self.running.back().is_some_and(|last| matches!(last.kind, Kind::Idle { .. })) {
                    self.output.put(b"DONE\r\n");
                }
                return;
            }
        }
    }
}
