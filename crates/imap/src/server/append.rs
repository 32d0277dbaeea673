//! APPEND: messages stream through, after the application has said that they may.

use super::{
    Appended, Event, NewMessage, No, Server,
    frames::Piece,
    session::{Asked, Phase},
};
use crate::{
    Misuse,
    parse::{
        command::{AppendArguments, append_arguments},
        core::Literal,
    },
    types::{
        DateTime, Flag, MailboxName, Tag,
        response::{Code, Status},
    },
};
use bytes::Bytes;
use mailwright_wire::{Body, CountDecoder};

/// A message coming in, or the line after it.
#[derive(Debug)]
pub(super) struct Incoming {
    tag: Tag,
    octets: CountDecoder,
    len: u64,
    non_sync: bool,
    /// `UTF8 (`: a closing parenthesis follows the message.
    utf8: bool,
    /// The message is read on only to be thrown away, and this is why.
    refused: Option<Status>,
    complete: bool,
}

impl Server {
    /// A message was announced, the first of its command where `mailbox` is there.
    pub(super) fn new_message(
        &mut self,
        tag: Tag,
        mailbox: Option<MailboxName>,
        flags: Vec<Flag>,
        date: Option<DateTime>,
        utf8: bool,
        literal: Literal,
    ) {
        let first = mailbox.is_some();
        let refused = match &mailbox {
            Some(name) => self.check(name).err().map(|no| no.with(Code::TryCreate).into()),
            None => None,
        };
        let refused = refused.or_else(|| {
            let too_big = literal.len > self.config.limits.append;
            too_big.then(|| Status::no("message too large").with(Code::TooBig))
        });
        if let Some(status) = refused {
            if !first {
                self.events.push_back(Event::AppendAborted);
            }
            return self.refuse(Some(tag), literal, status);
        }
        let incoming = Incoming {
            tag: tag.clone(),
            octets: CountDecoder::new(literal.len),
            len: literal.len,
            non_sync: literal.non_sync,
            utf8,
            refused: None,
            complete: false,
        };
        let message = NewMessage { flags, date, size: literal.len };
        self.ask(tag, Asked::Announced(incoming), |ticket| Event::NewMessage { mailbox, message, ticket });
    }

    pub(super) fn announced_answered(&mut self, answer: Result<(), No>) -> Result<(), Misuse> {
        let (tag, Asked::Announced(mut incoming)) = self.asked()? else {
            return Err(Misuse::NotNow("no message was announced"));
        };
        match answer {
            Ok(()) if !incoming.non_sync => self.continuation("OK"),
            Ok(()) => {}
            Err(no) if incoming.non_sync => incoming.refused = Some(no.into()),
            Err(no) => {
                self.complete(tag, no.into());
                return Ok(());
            }
        }
        self.phase = Phase::Incoming(incoming);
        Ok(())
    }

    /// Goes on with the octets of a message. `false`: more input is needed.
    pub(super) fn incoming(&mut self) -> bool {
        let Phase::Incoming(incoming) = &mut self.phase else { return false };
        if !incoming.complete {
            match incoming.octets.decode(self.input.bytes()) {
                Some(Body::Data(octets)) => {
                    let done = incoming.len - incoming.octets.left();
                    self.progress += u64::from(done >> 16 != (done - octets.len() as u64) >> 16);
                    if incoming.refused.is_none() {
                        self.events.push_back(Event::Body(octets));
                    }
                }
                Some(Body::End) => incoming.complete = true,
                None => return false,
            }
            return true;
        }
        let Some(piece) = self.frames.next(self.input.bytes()) else { return false };
        if let Phase::Incoming(incoming) = std::mem::replace(&mut self.phase, Phase::Command) {
            self.after_message(incoming, piece);
        }
        true
    }

    fn after_message(&mut self, incoming: Incoming, piece: Piece) {
        let tag = incoming.tag;
        let after = |line: &Bytes| match (incoming.utf8, line.strip_prefix(b")")) {
            (true, Some(_)) => Some(line.slice(1..)),
            (true, None) => None,
            (false, _) => Some(line.clone()),
        };
        match (piece, incoming.refused) {
            (Piece::Frame(line), refused) if after(&line).is_some_and(|rest| rest.is_empty()) => {
                match refused {
                    Some(status) => self.complete(tag, status),
                    None => self.ask(tag, Asked::Append, |ticket| Event::Append { ticket }),
                }
            }
            (Piece::Announced(line, literal), None) => {
                let arguments = after(&line).map(|rest| append_arguments(&rest, false, self.context()));
                if let Some(Ok(AppendArguments::Message { flags, date, utf8, .. })) = arguments {
                    return self.new_message(tag, None, flags, date, utf8, literal);
                }
                self.events.push_back(Event::AppendAborted);
                self.refuse(
                    Some(tag),
                    literal,
                    Status::bad("expected another message or the end of the line"),
                );
            }
            (Piece::Unasked, refused) => {
                if refused.is_none() {
                    self.events.push_back(Event::AppendAborted);
                }
                self.too_large_unasked();
            }
            (Piece::Announced(_, literal), Some(status)) => self.refuse(Some(tag), literal, status),
            (_, refused) => {
                if refused.is_none() {
                    self.events.push_back(Event::AppendAborted);
                }
                self.bad(Some(tag), "expected the end of the line after the message");
            }
        }
    }

    pub(super) fn append_answered(&mut self, answer: Result<Appended, No>) -> Result<(), Misuse> {
        let (tag, _) = self.asked()?;
        let status = match answer {
            Ok(Appended { uid_validity, uids }) => {
                Status::ok("APPEND completed").with(Code::AppendUid { validity: uid_validity, uids })
            }
            Err(no) => no.into(),
        };
        self.complete(tag, status);
        Ok(())
    }
}
