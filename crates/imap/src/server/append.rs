//! APPEND and REPLACE: messages stream through, after the application has said that they may.

use super::{
    Appended, Event, NewMessage, No, Server,
    frames::Piece,
    session::{Asked, Phase},
    updates::{AfterSync, SyncPlan},
};
use crate::{
    Misuse,
    parse::{
        command::{AppendArguments, AppendPart, AppendPlace, append_arguments},
        core::Literal,
    },
    types::{
        AString, MailboxName, MessageUrl, SequenceNumber, SequenceRange, SequenceSet, Tag, Uid,
        response::{Code, Status, Untagged},
    },
};
use bytes::Bytes;
use mailwright_wire::{Body, CountDecoder};
use std::collections::VecDeque;

/// An APPEND or REPLACE under way.
#[derive(Debug, Default)]
pub(super) struct AppendPlan {
    /// What its last frame said and the application has not been asked yet.
    parts: VecDeque<AppendPart>,
    /// The literal that its last frame announced.
    literal: Option<(Literal, AppendPlace)>,
    /// The message that this one takes the place of.
    replaces: Option<Uid>,
    /// The messages go into the selected mailbox.
    here: bool,
    /// The application knows of a message.
    begun: bool,
    /// Messages announced so far.
    messages: u64,
    /// Octets of the message that came or were put in its place so far.
    octets: u64,
    /// What its header has shown so far.
    header: Header,
}

/// The header of a message on its way in: whether it needs UTF8=ACCEPT, as one with 8-bit characters does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Header {
    /// It is plain so far. `blank`: and so is the line, which nothing stands in yet.
    Plain { blank: bool },
    /// It has ended, or it is another message's, which a URL names.
    #[default]
    Over,
    /// It has 8-bit characters.
    EightBit,
}

impl Header {
    const BEGIN: Self = Self::Plain { blank: true };

    /// Goes on with the next octets of the message.
    fn take(&mut self, octets: &[u8]) {
        let Self::Plain { blank } = self else { return };
        for octet in octets {
            match octet {
                b'\n' if *blank => return *self = Self::Over,
                b'\n' => *blank = true,
                b'\r' => {}
                0x80.. => return *self = Self::EightBit,
                _ => *blank = false,
            }
        }
    }
}

/// Octets of a message coming in, or the line after them.
#[derive(Debug)]
pub(super) struct Incoming {
    tag: Tag,
    plan: AppendPlan,
    octets: CountDecoder,
    len: u64,
    then: AppendPlace,
    complete: bool,
}

impl Server {
    /// A frame of an APPEND or REPLACE, which ends the command or announces a literal.
    pub(super) fn append_frame(
        &mut self,
        tag: Tag,
        frame: &Bytes,
        place: AppendPlace,
        literal: Option<Literal>,
        mut plan: AppendPlan,
    ) {
        let arguments = append_arguments(frame, place, literal.is_some(), self.context());
        match (arguments, literal) {
            (Ok(AppendArguments::Parts { parts, then }), _) => {
                plan.parts = parts.into();
                plan.literal = literal.zip(then);
                self.append_on(tag, plan);
            }
            (Ok(AppendArguments::Argument), Some(literal)) => {
                if let Err(status) = self.gather(frame, literal) {
                    plan.literal = Some((literal, place));
                    return self.append_refused(tag, plan, status);
                }
                if place != AppendPlace::Command {
                    let octets = CountDecoder::new(0);
                    let incoming = Incoming { tag, plan, octets, len: 0, then: place, complete: true };
                    self.phase = Phase::Incoming(incoming);
                }
            }
            (Ok(AppendArguments::Argument), None) => {
                self.append_refused(tag, plan, Status::bad("expected a literal"));
            }
            (Err(error), literal) => {
                plan.literal = literal.map(|literal| (literal, place));
                self.append_refused(tag, plan, Status::bad(error.to_string()));
            }
        }
    }

    /// Asks what is next to be asked; lets the literal come, or ends the command, when all is.
    fn append_on(&mut self, tag: Tag, mut plan: AppendPlan) {
        let most = self.config.limits.append;
        match (plan.parts.pop_front(), &plan.literal) {
            (Some(AppendPart::Message { replaced, mailbox, flags, date, catenate }), literal) => {
                let size = literal.as_ref().filter(|_| !catenate).map(|(literal, _)| literal.len);
                match self.new_message_refused(mailbox.as_ref(), replaced, catenate, size) {
                    Ok(replaces) => plan.replaces = replaces.or(plan.replaces),
                    Err(status) => return self.append_refused(tag, plan, status),
                }
                plan.messages += 1;
                if let Some(code) = self.over_limit(plan.messages) {
                    let status = Status::no("too many messages at once").with(code);
                    return self.append_refused(tag, plan, status);
                }
                if let Some(mailbox) = &mailbox {
                    plan.here = self.is_selected(mailbox);
                }
                (plan.begun, plan.octets) = (true, 0);
                let any = self.enabled.utf8 || self.config.eight_bit_headers;
                plan.header = if any { Header::Over } else { Header::BEGIN };
                let message = NewMessage { flags, date, size };
                self.ask(tag, Asked::Announced(plan), |ticket| Event::NewMessage {
                    mailbox,
                    message,
                    ticket,
                });
            }
            (Some(AppendPart::Url(text)), _) => match MessageUrl::parse(text.as_bytes()) {
                Some(url) if url.mailbox.is_some() || self.selected().is_some() => {
                    self.ask(tag, Asked::Url(plan, text), |ticket| Event::Url { url, ticket });
                }
                _ => self.append_refused(tag, plan, bad_url(&text, Status::no("no such URL here"))),
            },
            (None, Some((literal, _))) if literal.len.saturating_add(plan.octets) > most => {
                self.append_refused(tag, plan, too_big());
            }
            (None, Some((literal, then))) => {
                let (octets, len, then) = (CountDecoder::new(literal.len), literal.len, *then);
                if !literal.non_sync {
                    self.continuation("OK");
                }
                plan.octets += len;
                plan.literal = None;
                self.phase = Phase::Incoming(Incoming { tag, plan, octets, len, then, complete: false });
            }
            (None, None) => {
                let replaces = plan.replaces;
                let what = Asked::Append { replaces: replaces.is_some(), here: plan.here };
                self.ask(tag, what, |ticket| Event::Append { replaces, ticket });
            }
        }
    }

    /// Why a message cannot be taken, as far as the session knows; else the message that it is to replace.
    fn new_message_refused(
        &self,
        mailbox: Option<&MailboxName>,
        replaced: Option<(SequenceNumber, bool)>,
        catenate: bool,
        size: Option<u64>,
    ) -> Result<Option<Uid>, Status> {
        let features = &self.config.features;
        if (catenate && !features.catenate) || (replaced.is_some() && !features.replace) {
            return Err(Status::bad("this server does not do that"));
        }
        let mut replaces = None;
        if let Some((number, uid)) = replaced {
            if self.enabled.uid_only && !uid {
                return Err(super::uid_only::required());
            }
            let Some(selection) = self.selected() else { return Err(Status::bad("select a mailbox first")) };
            if selection.read_only {
                return Err(Status::no("the mailbox is read-only").with(Code::ReadOnly));
            }
            let set = SequenceSet::Ranges(vec![SequenceRange { first: number, last: number }]);
            let found = selection.resolve(&set, uid).ok_or_else(|| Status::bad("no such message"))?;
            let gone = || Status::no("no such message").with(Code::NonExistent);
            replaces = Some(found.first().and_then(Uid::new).ok_or_else(gone)?);
        }
        if let Some(name) = mailbox {
            self.check(name).map_err(Status::from)?;
        }
        if size.is_some_and(|size| size > self.config.limits.append) {
            return Err(too_big());
        }
        Ok(replaces)
    }

    /// Ends a command that cannot be carried out, whatever of it is still to come.
    fn append_refused(&mut self, tag: Tag, plan: AppendPlan, status: Status) {
        if plan.begun {
            self.events.push_back(Event::AppendAborted);
        }
        match plan.literal {
            Some((literal, _)) => self.refuse(Some(tag), literal, status),
            None if status.condition == crate::types::response::Condition::Bad => {
                self.bad_with(Some(tag), status);
            }
            None => self.complete(tag, status),
        }
    }

    pub(super) fn announced_answered(&mut self, answer: Result<(), No>) -> Result<(), Misuse> {
        let (tag, Asked::Announced(plan)) = self.asked()? else {
            return Err(Misuse::NotNow("no message was announced"));
        };
        match answer {
            Ok(()) => self.append_on(tag, plan),
            Err(no) => self.append_refused(tag, plan, no.into()),
        }
        Ok(())
    }

    pub(super) fn url_answered(&mut self, answer: Result<u64, No>) -> Result<(), Misuse> {
        let (tag, Asked::Url(mut plan, text)) = self.asked()? else {
            return Err(Misuse::NotNow("no URL was to be read"));
        };
        match answer {
            Ok(octets) => {
                (plan.octets, plan.header) = (plan.octets.saturating_add(octets), Header::Over);
                if plan.octets > self.config.limits.append {
                    self.append_refused(tag, plan, too_big());
                } else {
                    self.append_on(tag, plan);
                }
            }
            Err(no) if no.code.is_none() => self.append_refused(tag, plan, bad_url(&text, no.into())),
            Err(no) => self.append_refused(tag, plan, no.into()),
        }
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
                    incoming.plan.header.take(&octets);
                    self.events.push_back(Event::Body(octets));
                }
                Some(Body::End) => incoming.complete = true,
                None => return false,
            }
            return true;
        }
        let Some(piece) = self.frames.next(self.input.bytes()) else { return false };
        if let Phase::Incoming(incoming) = std::mem::replace(&mut self.phase, Phase::Command) {
            let Incoming { tag, mut plan, then, .. } = incoming;
            match piece {
                // RFC 9755 §4: from who has not enabled UTF8=ACCEPT no such message may be taken.
                Piece::Frame(_) | Piece::Announced(..) if plan.header == Header::EightBit => {
                    if let Piece::Announced(_, literal) = piece {
                        plan.literal = Some((literal, then));
                    }
                    let status = Status::no("8-bit characters in a header need ENABLE UTF8=ACCEPT");
                    self.append_refused(tag, plan, status.with(Code::Cannot));
                }
                Piece::Frame(frame) => self.append_frame(tag, &frame, then, None, plan),
                Piece::Announced(frame, literal) => self.append_frame(tag, &frame, then, Some(literal), plan),
                Piece::Unasked(_, literal) => {
                    if plan.begun {
                        self.events.push_back(Event::AppendAborted);
                    }
                    self.too_large_unasked(Some(tag), literal);
                }
                _ => self.append_refused(
                    tag,
                    plan,
                    Status::bad("expected the end of the line after the message"),
                ),
            }
        }
        true
    }

    pub(super) fn append_answered(&mut self, answer: Result<Appended, No>) -> Result<(), Misuse> {
        let (tag, Asked::Append { replaces, here }) = self.asked()? else {
            return Err(Misuse::NotNow("nothing was to be appended"));
        };
        let status = match answer {
            Ok(Appended { uid_validity, uids }) => {
                self.put_here(&uids, here);
                let code = Code::AppendUid { validity: uid_validity, uids };
                // RFC 8508 §4.3: before the EXPUNGE response, so that the client can tell what became of the message.
                if replaces {
                    self.untagged(&Untagged::Status(Status::ok("replacement ready").with(code)));
                    Status::ok("REPLACE completed")
                } else {
                    Status::ok("APPEND completed").with(code)
                }
            }
            Err(no) => no.into(),
        };
        let plan = SyncPlan::new(true, AfterSync::Tagged(status));
        self.sync(tag, if replaces { plan.own().arrivals_first() } else { plan });
        Ok(())
    }
}

fn too_big() -> Status {
    Status::no("message too large").with(Code::TooBig)
}

/// RFC 4469 §4.1: the first URL that failed is named.
fn bad_url(url: &AString, status: Status) -> Status {
    status.with(Code::BadUrl(url.clone().into_bytes()))
}
