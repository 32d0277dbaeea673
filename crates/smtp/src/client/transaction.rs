//! A transaction: `MAIL`, `RCPT`s, `DATA` or `BDAT`s, and which reply belongs to which.

use std::collections::VecDeque;

use crate::{
    client::{
        Client, Delivery, Envelope, Error, Event, Fate, Phase, SendError, Stage, body::Encoder, fit::fit,
    },
    error::{EncodeError, Misuse},
    server::Protocol,
    types::{BodyType, Command, Reply, ReplyCode},
};

/// One message on its way out.
#[derive(Debug)]
pub(super) struct Transaction {
    /// Command lines not sent yet, in reverse.
    unsent: Vec<(Expect, String)>,
    /// What the replies to come are for.
    pub(super) expect: VecDeque<Expect>,
    sender: Option<Reply>,
    recipients: Vec<Recipient>,
    /// How the content goes; absent when it has gone, or will not.
    pub(super) encoder: Option<Encoder>,
    /// Content is under way.
    pub(super) body: bool,
    /// A chunk was refused.
    refused: bool,
}

/// How it stands with one recipient.
#[derive(Clone, Debug)]
enum Recipient {
    Unknown,
    Accepted,
    Decided(Fate),
}

/// What a reply is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expect {
    Reset,
    Mail,
    Rcpt(usize),
    Data,
    Chunk,
    /// The end of a message; with LMTP for this recipient.
    Message(Option<usize>),
    /// The end of a message without content, for a `DATA` that should not have been accepted.
    Nothing,
}

impl Client {
    /// Begins a transaction: events are [`Event::SendBody`], as often as the content needs it, and [`Event::Sent`].
    ///
    /// What goes in one group where the server has PIPELINING: `MAIL`, all `RCPT`s, and `DATA`. Parameters of
    /// extensions that the server lacks are left out where that only loses comfort (DSN, for one).
    ///
    /// # Errors
    /// When the session is not ready, or when this server cannot take this message: see
    /// [`Unsupported`](crate::client::Unsupported).
    pub fn send(&mut self, envelope: Envelope) -> Result<(), SendError> {
        self.ready()?;
        if envelope.rcpts.is_empty() {
            return Err(Misuse::NoRecipient.into());
        }
        let Envelope { mail, rcpts } = fit(envelope, &self.capabilities, self.tls.is_some())?;
        let binary = mail.parameters.body == Some(BodyType::BinaryMime);
        let chunking = self.capabilities.chunking && (self.config.chunking || binary);
        let mut unsent = Vec::with_capacity(rcpts.len() + 3);
        let mut line = |expect, command: &Command| -> Result<(), EncodeError> {
            let mut text = String::new();
            crate::encode::command(command, &mut text)?;
            unsent.push((expect, text));
            Ok(())
        };
        if self.dirty {
            line(Expect::Reset, &Command::Rset).map_err(Misuse::from)?;
        }
        line(Expect::Mail, &Command::Mail(mail)).map_err(Misuse::from)?;
        let count = rcpts.len();
        for (n, rcpt) in rcpts.into_iter().enumerate() {
            line(Expect::Rcpt(n), &Command::Rcpt(rcpt)).map_err(Misuse::from)?;
        }
        if !chunking {
            line(Expect::Data, &Command::Data).map_err(Misuse::from)?;
        }
        unsent.reverse();
        let encoder = if chunking {
            Encoder::chunks(binary, self.config.repair_line_ends)
        } else {
            Encoder::dots(self.config.repair_line_ends)
        };
        let mut transaction = Transaction {
            unsent,
            expect: VecDeque::new(),
            sender: None,
            recipients: vec![Recipient::Unknown; count],
            encoder: Some(encoder),
            body: false,
            refused: false,
        };
        self.sent += 1;
        self.fill(&mut transaction);
        self.phase = Phase::Transaction(Box::new(transaction));
        Ok(())
    }

    /// Sends what may be sent now.
    fn fill(&mut self, t: &mut Transaction) {
        while let Some((expect, _)) = t.unsent.last() {
            let room = if self.capabilities.pipelining {
                t.expect.len() < self.config.limits.window
            } else {
                t.expect.is_empty()
            };
            // The sender is refused, or every recipient: what is left to say is for nothing.
            let hopeless = t.sender.as_ref().is_some_and(|r| !r.is_positive())
                || (*expect == Expect::Data && t.expect.is_empty() && !t.has_recipient());
            if hopeless {
                t.unsent.clear();
            }
            if !room || hopeless {
                return;
            }
            if let Some((expect, line)) = t.unsent.pop() {
                self.out.put(line.as_bytes());
                t.expect.push_back(expect);
            }
        }
    }

    pub(super) fn transaction_reply(&mut self, reply: Reply, mut t: Box<Transaction>) -> Result<(), Error> {
        let Some(expect) = t.expect.pop_front() else { return Err(Error::Unsolicited(reply.code())) };
        if reply.code() == ReplyCode::NOT_AVAILABLE {
            let stage = expect.stage();
            self.events.push_back(Event::Sent(t.deliver(stage, &reply)));
            self.phase = Phase::Closing;
            return Ok(());
        }
        if reply.is_intermediate() && (expect != Expect::Data || reply.code() != ReplyCode::START_MAIL_INPUT)
        {
            return Err(Error::Unexpected(reply.code()));
        }
        match expect {
            Expect::Reset if reply.is_positive() => self.dirty = false,
            Expect::Reset => return Err(Error::Unexpected(reply.code())),
            Expect::Mail => {
                self.dirty = true;
                t.sender = Some(reply);
            }
            Expect::Rcpt(n) => {
                t.recipients[n] = if reply.is_positive() {
                    Recipient::Accepted
                } else {
                    Recipient::Decided(Fate { stage: Stage::Rcpt, reply })
                };
            }
            Expect::Data if reply.is_positive() => return Err(Error::Unexpected(reply.code())),
            Expect::Data if !reply.is_intermediate() => t.decide(Stage::Data, &reply),
            Expect::Data if t.has_recipient() => {
                self.in_step()?;
                t.body = true;
            }
            Expect::Data => {
                self.out.put(b".\r\n");
                t.expect.push_back(Expect::Nothing);
            }
            Expect::Chunk if reply.is_positive() => {}
            Expect::Chunk => {
                t.decide(Stage::Message, &reply);
                t.refused = true;
            }
            Expect::Message(None) => {
                self.dirty = !reply.is_positive();
                t.decide(Stage::Message, &reply);
            }
            Expect::Message(Some(n)) => {
                self.dirty = false;
                if let accepted @ Recipient::Accepted = &mut t.recipients[n] {
                    *accepted = Recipient::Decided(Fate { stage: Stage::Message, reply });
                }
            }
            Expect::Nothing => {}
        }
        self.next_step(t)
    }

    /// After a reply: send more, begin the content, or be done.
    fn next_step(&mut self, mut t: Box<Transaction>) -> Result<(), Error> {
        self.fill(&mut t);
        if t.refused {
            t.body = false;
            t.encoder = None;
        }
        if t.expect.is_empty() && t.unsent.is_empty() && !t.body {
            self.in_step()?;
            if !(t.encoder.as_ref().is_some_and(Encoder::is_chunked) && t.has_recipient()) {
                // Nobody is undecided but those whose RCPT never went, and it did not because MAIL was refused.
                let reply = t.sender.clone().unwrap_or_else(Reply::local_error);
                self.events.push_back(Event::Sent(t.deliver(Stage::Mail, &reply)));
                self.phase = Phase::Ready;
                return Ok(());
            }
            t.body = true; // BDAT needs no leave to begin
        }
        self.phase = Phase::Transaction(t);
        Ok(())
    }

    /// Every command has its reply: there must be no more, or replies and commands have come apart. A 421 may follow
    /// at any time.
    fn in_step(&mut self) -> Result<(), Error> {
        let rest = self.input.bytes();
        match rest.first_chunk::<3>() {
            _ if rest.is_empty() => Ok(()),
            None | Some(b"421") => Ok(()),
            Some(_) => Err(Error::OutOfStep),
        }
    }

    /// The replies that the end of the content brings.
    pub(super) fn expect_message(&self, t: &mut Transaction) {
        match self.config.protocol {
            Protocol::Smtp => t.expect.push_back(Expect::Message(None)),
            Protocol::Lmtp => {
                let accepted =
                    t.recipients.iter().enumerate().filter(|(_, r)| matches!(r, Recipient::Accepted));
                t.expect.extend(accepted.map(|(n, _)| Expect::Message(Some(n))));
            }
        }
        t.body = false;
        t.encoder = None;
    }
}

impl Transaction {
    fn has_recipient(&self) -> bool {
        let sender = self.sender.as_ref().is_some_and(Reply::is_positive);
        sender && self.recipients.iter().any(|r| matches!(r, Recipient::Accepted))
    }

    /// Decides for every accepted recipient that is not decided yet.
    fn decide(&mut self, stage: Stage, reply: &Reply) {
        for recipient in self.recipients.iter_mut().filter(|r| matches!(r, Recipient::Accepted)) {
            *recipient = Recipient::Decided(Fate { stage, reply: reply.clone() });
        }
    }

    /// What became of each; whoever is not decided shares `reply`.
    fn deliver(&self, stage: Stage, reply: &Reply) -> Delivery {
        let refused = self.sender.as_ref().filter(|r| !r.is_positive());
        let fate = |recipient: &Recipient| match (refused, recipient) {
            // After a refused MAIL, replies to pipelined RCPTs tell nothing.
            (Some(refused), _) => Fate { stage: Stage::Mail, reply: refused.clone() },
            (None, Recipient::Decided(fate)) => fate.clone(),
            (None, _) => Fate { stage, reply: reply.clone() },
        };
        Delivery { fates: self.recipients.iter().map(fate).collect() }
    }
}

impl Expect {
    fn stage(self) -> Stage {
        match self {
            Self::Reset | Self::Mail => Stage::Mail,
            Self::Rcpt(_) => Stage::Rcpt,
            Self::Data => Stage::Data,
            Self::Chunk | Self::Message(_) | Self::Nothing => Stage::Message,
        }
    }
}
