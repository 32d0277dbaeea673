//! A server session with an application that takes everything and remembers it.
#![allow(dead_code)] // each test file uses a part

use std::sync::Arc;

use bytes::BufMut;
use mailwright_smtp::{
    server::{Config, Error, Event, Server},
    types::{Mail, Rcpt, Reply},
};
use mailwright_wire::{Session, Step};

/// The session and what happened.
pub(crate) struct Desk {
    pub(crate) server: Option<Server>,
    pub(crate) said: Vec<u8>,
    pub(crate) mails: usize,
    pub(crate) sender: Option<Mail>,
    pub(crate) rcpts: Vec<Rcpt>,
    pub(crate) messages: Vec<Vec<u8>>,
    pub(crate) open: Vec<u8>,
    pub(crate) pauses: u32,
    pub(crate) closed: bool,
    pub(crate) failed: Option<Error>,
}

impl Desk {
    pub(crate) fn new(config: Config) -> Self {
        let mut desk = Self {
            server: Some(Server::new(Arc::new(config))),
            said: vec![],
            mails: 0,
            sender: None,
            rcpts: vec![],
            messages: vec![],
            open: vec![],
            pauses: 0,
            closed: false,
            failed: None,
        };
        desk.pump();
        desk
    }

    /// Past the hello.
    pub(crate) fn greeted(config: Config) -> Self {
        let mut desk = Self::new(config);
        desk.feed(b"EHLO client\r\n", 99);
        desk
    }

    /// Behind 354.
    pub(crate) fn in_data(config: Config) -> Self {
        let mut desk = Self::greeted(config);
        desk.feed(b"MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n", 999);
        assert!(desk.said().contains("\r\n354 "), "{}", desk.said());
        desk
    }

    pub(crate) fn said(&self) -> String {
        String::from_utf8_lossy(&self.said).into_owned()
    }

    /// The replies to one input, given at once.
    pub(crate) fn replies(&mut self, input: &[u8]) -> String {
        self.said.clear();
        self.feed(input, input.len().max(1));
        self.said()
    }

    /// Gives input in pieces of `cut`; returns how much was not wanted.
    pub(crate) fn feed(&mut self, input: &[u8], cut: usize) -> usize {
        let mut rest = input;
        while !rest.is_empty() {
            let Some(mut slot) = self.server.as_mut().and_then(Session::slot) else { break };
            let n = rest.len().min(cut).min(slot.remaining_mut());
            slot.put_slice(&rest[..n]);
            rest = &rest[n..];
            self.pump();
        }
        rest.len()
    }

    pub(crate) fn pump(&mut self) {
        while let Some(server) = &mut self.server {
            match server.poll() {
                Ok(Step::Write(bytes)) => self.said.extend_from_slice(&bytes),
                Ok(Step::Pause(_)) => self.pauses += 1,
                Ok(Step::Event(event)) => self.event(event),
                Ok(Step::Close) => {
                    self.closed = true;
                    self.server = None;
                }
                Ok(Step::Read(_) | Step::Answer | Step::Upgrade) => return,
                Err(e) => {
                    self.failed = Some(e);
                    self.server = None;
                }
            }
        }
    }

    fn event(&mut self, event: Event) {
        let server = self.server.as_mut().unwrap();
        match event {
            Event::Connected { ticket } => server.answer(ticket, Ok(())).unwrap(),
            Event::Hello { ticket, .. } => server.answer(ticket, Ok(())).unwrap(),
            Event::Mail { mail, ticket } => {
                self.mails += 1;
                self.sender = Some(mail);
                self.rcpts.clear();
                server.answer(ticket, Ok(())).unwrap();
            }
            Event::Rcpt { rcpt, ticket } => {
                self.rcpts.push(rcpt);
                server.answer(ticket, Ok(())).unwrap();
            }
            Event::Data { ticket } => server.answer(ticket, Ok(())).unwrap(),
            Event::Body(piece) => self.open.extend_from_slice(&piece),
            Event::BodyEnd { ticket } => {
                self.messages.push(std::mem::take(&mut self.open));
                server.answer(ticket, Reply::ok("taken").into()).unwrap();
            }
            Event::Reset => self.open.clear(),
            _ => {}
        }
    }
}
