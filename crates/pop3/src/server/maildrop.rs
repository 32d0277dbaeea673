//! [`Maildrop`]: the messages as they were at login, and the commands on them.

use super::{Chunk, Event, Refusal, Server, listing::Listing, session::State, transfer::Transfer};
use crate::types::{Command, Entry, MessageNumber};

/// The messages as they were at login, and which of them are to be deleted.
#[derive(Debug)]
pub(super) struct Maildrop {
    pub(super) entries: Vec<Entry>,
    deleted: Vec<bool>,
    pub(super) transfer: Option<Transfer>,
    pub(super) listing: Option<Listing>,
}

impl Maildrop {
    pub(super) fn new(entries: Vec<Entry>) -> Self {
        Self { deleted: vec![false; entries.len()], entries, transfer: None, listing: None }
    }

    /// A message that exists and is not deleted.
    fn entry(&self, message: MessageNumber) -> Option<&Entry> {
        self.entries.get(message.index()).filter(|_| !self.is_deleted(message.index()))
    }

    pub(super) fn is_deleted(&self, index: usize) -> bool {
        self.deleted.get(index).copied().unwrap_or_default()
    }

    /// How many there are that are not deleted, and their octets.
    pub(super) fn totals(&self) -> (usize, u64) {
        let kept = self.entries.iter().zip(&self.deleted).filter(|(_, deleted)| !**deleted);
        kept.fold((0, 0), |(count, octets), (entry, _)| (count + 1, octets.saturating_add(entry.size)))
    }

    /// Whether an answer of several lines is not complete yet.
    pub(super) fn is_sending(&self) -> bool {
        self.transfer.is_some() || self.listing.is_some()
    }
}

impl Server {
    /// RFC 1939 §5
    pub(super) fn transaction(&mut self, command: Command) {
        match command {
            Command::Capa => return self.capa(),
            Command::Lang(range) => return self.lang(range.as_deref()),
            Command::Noop => return self.ok(""),
            _ => {}
        }
        let State::Transaction(maildrop) = &mut self.state else { return };
        let none = "no such message";
        match command {
            Command::Stat => {
                let (count, octets) = maildrop.totals();
                self.ok(&format!("{count} {octets}"));
            }
            Command::List(None) => {
                let (count, octets) = maildrop.totals();
                maildrop.listing = Some(Listing::sizes());
                self.ok(&format!("{count} messages ({octets} octets)"));
            }
            Command::Uidl(None) => {
                maildrop.listing = Some(Listing::unique_ids());
                self.ok("unique-id listing follows");
            }
            Command::List(Some(message)) => match maildrop.entry(message).map(|entry| entry.size) {
                Some(size) => self.ok(&format!("{message} {size}")),
                None => self.err(none),
            },
            Command::Uidl(Some(message)) => {
                match maildrop.entry(message).map(|entry| entry.unique_id.clone()) {
                    Some(id) => self.ok(&format!("{message} {id}")),
                    None => self.err(none),
                }
            }
            Command::Retr(message) => self.retrieve(message, None),
            Command::Top(message, lines) => self.retrieve(message, Some(lines)),
            Command::Dele(message) => {
                let Some(_) = maildrop.entry(message) else { return self.err(none) };
                maildrop.deleted[message.index()] = true;
                self.ok(&format!("message {message} deleted"));
            }
            Command::Rset => {
                maildrop.deleted.fill(false);
                let (count, octets) = maildrop.totals();
                self.ok(&format!("maildrop has {count} messages ({octets} octets)"));
            }
            Command::Quit => {
                let indexes = (0..maildrop.entries.len()).filter(|&index| maildrop.is_deleted(index));
                let deleted = indexes.filter_map(MessageNumber::from_index).collect();
                self.state = State::Update;
                let ticket = self.desk.issue();
                self.event = Some(Event::Commit { deleted, ticket });
            }
            _ => self.bad("logged in already"),
        }
    }

    fn retrieve(&mut self, message: MessageNumber, lines: Option<u64>) {
        let State::Transaction(maildrop) = &mut self.state else { return };
        let Some(size) = maildrop.entry(message).map(|entry| entry.size) else {
            return self.err("no such message");
        };
        maildrop.transfer = Some(Transfer::new(message, size, lines));
        let ticket = self.desk.issue();
        self.event = Some(Event::Retrieve { message, utf8: self.utf8, ticket });
    }

    /// The message can be read, or not.
    pub(super) fn retrieving(&mut self, answer: Result<(), Refusal>) {
        let State::Transaction(maildrop) = &mut self.state else { return };
        match (answer, &maildrop.transfer) {
            (Ok(()), Some(transfer)) => {
                let text = transfer.announcement();
                self.ok(&text);
            }
            (Ok(()), None) => {}
            (Err(refusal), _) => {
                maildrop.transfer = None;
                self.refuse(refusal);
            }
        }
    }

    /// Asks for more of the message that is being sent.
    pub(super) fn transfer_wants_more(&mut self) -> bool {
        let State::Transaction(Maildrop { transfer: Some(_), .. }) = &self.state else { return false };
        let ticket = self.desk.issue();
        self.event = Some(Event::More { ticket });
        true
    }

    /// The next piece of a message.
    pub(super) fn more(&mut self, chunk: Chunk) {
        let State::Transaction(maildrop) = &mut self.state else { return };
        let Some(transfer) = &mut maildrop.transfer else { return };
        let (message, is_done) = (transfer.message, transfer.send(chunk, &mut self.out));
        match is_done {
            Ok(false) => {}
            Ok(true) => {
                let whole = transfer.is_whole();
                maildrop.transfer = None;
                self.event = Some(Event::Retrieved { message, whole });
            }
            Err(()) => self.state = State::Broken,
        }
    }

    /// The deletions are carried out, or not.
    pub(super) fn committed(&mut self, answer: Result<(), Refusal>) {
        match answer {
            Ok(()) => self.ok("bye"),
            Err(refusal) => self.refuse(refusal),
        }
        self.close();
    }
}
