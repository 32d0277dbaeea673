//! A transaction: from `MAIL` to the reply to its message.

use mailwright_wire::Ticket;

use crate::{
    line_ends::{LineEnds, LineLength},
    server::{Data, Event, Server},
    types::{BodyType, MailParameters, Reply},
};

/// What is kept of the transaction; the rest is with the application.
#[derive(Debug)]
pub(super) struct Transaction {
    pub(super) smtputf8: bool,
    pub(super) body: BodyType,
    /// Recipients accepted so far.
    pub(super) recipients: u32,
    /// Recipients past the limit so far.
    pub(super) surplus: u32,
    /// The message, once it is on its way.
    pub(super) content: Option<Content>,
}

/// A message on its way in.
#[derive(Debug, Default)]
pub(super) struct Content {
    /// Octets so far, as handed on.
    pub(super) size: u64,
    pub(super) chunks: u32,
    pub(super) ends: LineEnds,
    pub(super) line: LineLength,
    /// The message is refused already; what still comes is dropped.
    pub(super) fate: Option<Fate>,
}

/// A refusal that waits for the message to end.
#[derive(Debug)]
pub(super) struct Fate {
    pub(super) reply: Reply,
    /// The peer is not to be trusted with another command.
    pub(super) close: bool,
    /// Octets dropped since.
    pub(super) dropped: u64,
}

impl Transaction {
    pub(super) fn new(parameters: &MailParameters) -> Self {
        Self {
            smtputf8: parameters.smtputf8,
            body: parameters.body.unwrap_or_default(),
            recipients: 0,
            surplus: 0,
            content: None,
        }
    }
}

impl Server {
    /// Ends the transaction without a message.
    pub(super) fn reset(&mut self) {
        if self.transaction.take().is_some() {
            self.events.push_back(Event::Reset);
        }
    }

    /// Asks whether the message may come.
    pub(super) fn ask_data(&mut self) {
        let ticket: Ticket<Data> = self.desk.issue();
        self.events.push_back(Event::Data { ticket });
    }
}
