//! The session as a value: what it is doing, and what the driver is to do next.

use super::{
    Config, Event, Question,
    append::{AppendPlan, Incoming},
    fetch::{FetchPlan, UidsPlan},
    frames::{Frames, Piece},
    list::ListPlan,
    search::SearchPlan,
    updates::{AfterSync, SyncPlan},
    view::View,
};
use crate::{
    Misuse,
    encode::core::Encoder,
    parse::{command::verb_of, core::Literal},
    types::{
        AString, MailboxName, ModSeq, Tag, UidSet, UidValidity,
        command::QResync,
        response::{Code, Condition, InProgress, Status, Tagged, Text, Untagged},
    },
};
use mailwright_sasl::server::Exchange;
use mailwright_wire::{Desk, Farewell, Input, LineError, Output, Session, Slot, Step, Ticket, TlsInfo, Wait};
use std::{collections::VecDeque, sync::Arc, time::Duration};

/// Output is written once there is this much of it, in octets; before that it waits for the input to be used up.
const WRITE_AT: usize = 64 << 10;

/// An IMAP server session. See the [module](super) for how to drive it.
#[derive(Debug)]
pub struct Server {
    pub(super) config: Arc<Config>,
    pub(super) tls: Option<TlsInfo>,
    pub(super) input: Input,
    pub(super) frames: Frames,
    pub(super) out: Output,
    pub(super) text: Encoder,
    pub(super) desk: Desk,
    pub(super) events: VecDeque<Event>,
    pub(super) phase: Phase,
    pub(super) login: Option<MailboxState>,
    pub(super) enabled: Enabled,
    pub(super) errors: u32,
    pub(super) failed_logins: u32,
    pub(super) pause: Option<Duration>,
    pub(super) compressed: bool,
    pub(super) progress: u64,
    pub(super) commands: u64,
    /// What the client wants to hear of; `None`: it never said.
    pub(super) notify: Option<super::notify::Wanted>,
    eof: bool,
}

/// Where a client that is logged in stands.
#[derive(Debug, Default)]
pub(super) struct MailboxState {
    pub(super) selected: Option<Selection>,
}

/// The selected mailbox.
#[derive(Debug)]
pub(super) struct Selection {
    pub(super) view: View,
    pub(super) read_only: bool,
    /// Gone, and the client was not told yet.
    pub(super) expunged: UidSet,
    /// The result of `SEARCH RETURN (SAVE)`, by UID.
    pub(super) saved: UidSet,
    /// No change up to this mod-sequence is still to be told.
    pub(super) mod_seq: Option<ModSeq>,
    /// The highest mod-sequence of what was told, which may be above that of an expunge that is still to be told.
    pub(super) newest: Option<ModSeq>,
    /// The client knows that expunges are held back (RFC 7162 §3.2).
    pub(super) holds_back: bool,
    pub(super) contexts: Vec<super::context::Context>,
    /// Messages that are new or changed since the contexts were brought up to date.
    pub(super) touched: UidSet,
    /// Messages that this session itself put here, and will be told of as new.
    pub(super) own: UidSet,
    /// Messages whose flags changed while the client did not want to hear of it.
    pub(super) unsaid: UidSet,
    pub(super) name: MailboxName,
    pub(super) uid_validity: UidValidity,
}

/// What the client enabled.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Enabled {
    pub(super) condstore: bool,
    pub(super) qresync: bool,
    pub(super) rev2: bool,
    pub(super) utf8: bool,
    /// Message numbers are neither read nor written (RFC 9586).
    pub(super) uid_only: bool,
}

/// What the session is doing.
#[derive(Debug)]
pub(super) enum Phase {
    Greeting,
    Command,
    Sasl { tag: Tag, exchange: Exchange },
    Asked { tag: Tag, what: Asked },
    Incoming(Incoming),
    Idle { tag: Tag },
    Uids(UidsPlan),
    Upgrade,
    Closing,
}

/// What a change makes of the selected mailbox.
#[derive(Debug)]
pub(super) enum Fate {
    Stays,
    Renamed(MailboxName),
    Deleted,
}

/// What the application has been asked, and what is to be done with its answer.
#[derive(Debug)]
pub(super) enum Asked {
    Credentials(Exchange),
    Login,
    Mailboxes(ListPlan),
    Status(MailboxName),
    Statuses(ListPlan),
    Change(Fate),
    Quota(super::QuotaQuestion),
    Acl(super::acl::AclPlan),
    Annotations(super::metadata::MetadataPlan),
    Annotate,
    Select(SelectPlan),
    Announced(AppendPlan),
    Url(AppendPlan, AString),
    Append {
        replaces: bool,
        here: bool,
    },
    Sync(SyncPlan),
    Watch(super::notify::NotifyPlan),
    Notices(SyncPlan),
    Fetch(FetchPlan),
    Store(super::store::StorePlan),
    Search(SearchPlan),
    SearchMany(super::multi_search::ManyPlan),
    Refresh(super::context::Refresh),
    Sort(super::search::SortPlan),
    Thread {
        uid: bool,
    },
    Copy {
        moves: bool,
        here: bool,
        limit: Option<Code>,
    },
    /// Which messages a UID EXPUNGE of too many would remove.
    Deleted,
    Expunge {
        close: bool,
        limit: Option<Code>,
    },
}

/// A SELECT or EXAMINE under way.
#[derive(Debug)]
pub(super) struct SelectPlan {
    pub(super) mailbox: MailboxName,
    pub(super) read_only: bool,
    pub(super) qresync: Option<QResync>,
}

/// The session cannot go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The client sent something after `STARTTLS` before the handshake: it could be anybody's (RFC 9051 §11.3).
    #[error("the client sent plaintext after STARTTLS")]
    PlaintextAfterStartTls,
    /// What the client sends is not compressed as it should be.
    #[cfg(feature = "compress")]
    #[error(transparent)]
    Corrupt(#[from] mailwright_wire::Corrupt),
}

/// A session between `STARTTLS` and the end of the handshake. Holds no byte of the client's.
#[derive(Debug)]
pub struct Upgrading(Arc<Config>);

impl mailwright_wire::Upgrading for Upgrading {
    type Session = Server;

    fn secured(self, tls: TlsInfo) -> Server {
        Server { phase: Phase::Command, ..Server::with_tls(self.0, tls) }
    }
}

impl Server {
    /// A session on a connection without TLS.
    pub fn new(config: Arc<Config>) -> Self {
        Self {
            tls: None,
            // A command's line must fit, and be seen to be too long.
            input: Input::new(config.limits.read_ahead.max(config.limits.line + 2)),
            frames: Frames::new(config.limits.line_before_login),
            out: Output::new(),
            text: Encoder::server(false),
            desk: Desk::new(),
            events: VecDeque::new(),
            phase: Phase::Greeting,
            login: None,
            enabled: Enabled::default(),
            errors: 0,
            failed_logins: 0,
            pause: None,
            compressed: false,
            progress: 0,
            commands: 0,
            notify: None,
            eof: false,
            config,
        }
    }

    /// A session within TLS from its start.
    pub fn with_tls(config: Arc<Config>, tls: TlsInfo) -> Self {
        Self { tls: Some(tls), ..Self::new(config) }
    }

    /// Whether the session waits for news: tell it with [`changed`](Self::changed).
    pub fn awaits_changes(&self) -> bool {
        let now = match self.phase {
            Phase::Idle { .. } => true,
            // RFC 5465 §3.1: with NOTIFY the client listens all the time.
            Phase::Command => self.notify.is_some() && !self.frames.is_within(),
            _ => false,
        };
        now && self.listens()
    }

    /// Answers a question.
    ///
    /// # Errors
    ///
    /// When the ticket is not one of this session, or not of the question now open.
    pub fn answer<Q: Question>(&mut self, ticket: Ticket<Q>, answer: Q::Answer) -> Result<(), Misuse> {
        self.desk.redeem(ticket).map_err(|_| Misuse::ForeignTicket)?;
        Q::conclude(self, answer)
    }

    pub(super) fn selected(&self) -> Option<&Selection> {
        self.login.as_ref()?.selected.as_ref()
    }

    pub(super) fn selected_mut(&mut self) -> Option<&mut Selection> {
        self.login.as_mut()?.selected.as_mut()
    }

    // What is said

    pub(super) fn untagged(&mut self, data: &Untagged) {
        self.text.value(data);
    }

    pub(super) fn ok(&mut self, code: Code, text: &str) {
        self.untagged(&Untagged::Status(Status::ok(text).with(code)));
    }

    /// Ends a command.
    pub(super) fn tagged(&mut self, tag: Tag, status: Status) {
        let status = self.with_settled(status);
        if self.login.is_some() && status.condition != Condition::Bad {
            self.errors = 0;
        }
        self.text.value(&Tagged { tag, status });
        self.phase = Phase::Command;
        self.progress += 1;
    }

    pub(super) fn continuation(&mut self, text: &str) {
        self.text.put("+ ").put(text).put("\r\n");
    }

    /// Asks the application.
    pub(super) fn ask<Q>(&mut self, tag: Tag, what: Asked, event: impl FnOnce(Ticket<Q>) -> Event) {
        self.phase = Phase::Asked { tag, what };
        let ticket = self.desk.issue();
        self.events.push_back(event(ticket));
    }

    /// Takes what was asked, for going on with its answer.
    pub(super) fn asked(&mut self) -> Result<(Tag, Asked), Misuse> {
        match std::mem::replace(&mut self.phase, Phase::Command) {
            Phase::Asked { tag, what } => Ok((tag, what)),
            other => {
                self.phase = other;
                Err(Misuse::NotNow("nothing was asked"))
            }
        }
    }

    /// Something the client did wrong: counted, and too much of it ends the session.
    pub(super) fn bad(&mut self, tag: Option<Tag>, text: impl Into<Text>) {
        self.bad_with(tag, Status::bad(text));
    }

    /// As [`bad`](Self::bad), with a code.
    pub(super) fn bad_with(&mut self, tag: Option<Tag>, status: Status) {
        if let Some(tag) = tag {
            self.tagged(tag, status);
        } else {
            self.untagged(&Untagged::Status(status));
            self.phase = Phase::Command;
        }
        self.errors += 1;
        let limits = &self.config.limits;
        let most = if self.login.is_some() { limits.errors } else { limits.errors_before_login };
        if self.errors >= most {
            self.bye(Status::bye("too many errors"));
        }
    }

    pub(super) fn bye(&mut self, status: Status) {
        self.untagged(&Untagged::Status(status));
        self.phase = Phase::Closing;
    }

    /// The client has shown that it knows mod-sequences: from now on it is told them (RFC 7162 §3.1).
    pub(super) fn mod_seq_enabled(&mut self) {
        let first = self.config.features.mod_seq && !self.enabled.condstore;
        if !first {
            return;
        }
        self.enabled.condstore = true;
        if let Some(mod_seq) = self.selected().and_then(|selection| selection.mod_seq) {
            self.ok(Code::HighestModSeq(mod_seq), "highest mod-sequence");
        }
    }

    /// Forgets the login, as `UNAUTHENTICATE` wants it.
    pub(super) fn forget_login(&mut self) {
        self.login = None;
        self.enabled = Enabled::default();
        self.notify = None;
        self.flush_text();
        self.text = Encoder::server(false);
        self.frames.set_line(self.config.limits.line_before_login);
    }

    pub(super) fn flush_text(&mut self) {
        if !self.text.is_empty() {
            let text = self.text.take();
            self.out.push(text);
        }
    }

    /// Tells the client that the question now open is still being worked on (RFC 9585). Call it every 10 to 15 seconds.
    pub fn in_progress(&mut self) {
        let Phase::Asked { tag, what } = &self.phase else { return };
        let unfit = match what {
            Asked::Fetch(plan) => plan.is_within_message(),
            Asked::Refresh(refresh) => refresh.then.is_between_commands(),
            _ => false,
        };
        if unfit || !self.config.features.in_progress {
            return;
        }
        // RFC 9585 §4: a tag that would end the code too early is left out.
        let tag = Some(tag.clone()).filter(|tag| !tag.as_str().contains(']'));
        let details = tag.map(|tag| InProgress { tag: Some(tag), progress: None, goal: None });
        self.ok(Code::InProgress(details), "still at it");
    }

    /// Octets that wait to be written.
    pub fn pending(&self) -> usize {
        self.text.len() + self.out.len()
    }

    /// Goes on with the input. `false`: more of it is needed.
    fn advance(&mut self) -> bool {
        match &self.phase {
            Phase::Greeting => {
                self.greet();
                true
            }
            Phase::Command | Phase::Sasl { .. } | Phase::Idle { .. } => {
                let Some(piece) = self.frames.next(self.input.bytes()) else { return false };
                self.piece(piece);
                true
            }
            Phase::Incoming(_) => self.incoming(),
            Phase::Uids(_) => {
                self.tell_uids();
                true
            }
            Phase::Asked { .. } | Phase::Upgrade | Phase::Closing => false,
        }
    }

    /// Whether more input would be looked at now.
    #[cfg(feature = "compress")]
    fn reads(&self) -> bool {
        !matches!(self.phase, Phase::Asked { .. } | Phase::Upgrade | Phase::Closing)
    }

    fn piece(&mut self, piece: Piece) {
        match (std::mem::replace(&mut self.phase, Phase::Command), piece) {
            (Phase::Sasl { tag, .. } | Phase::Idle { tag }, Piece::Unasked(_, literal)) => {
                self.too_large_unasked(Some(tag), literal);
            }
            (_, Piece::Unasked(frame, literal)) => {
                let tag = verb_of(&frame).map(|(tag, _)| tag);
                self.too_large_unasked(tag, literal);
            }
            (Phase::Sasl { tag, .. } | Phase::Idle { tag }, Piece::Line(error, _)) => {
                self.line_error(Some(tag), error);
            }
            (_, Piece::Line(error, tag)) => self.line_error(tag, error),
            (Phase::Sasl { tag, exchange }, Piece::Frame(line) | Piece::Announced(line, _)) => {
                self.sasl_response(tag, exchange, &line);
            }
            (Phase::Idle { tag }, Piece::Frame(line)) if line.eq_ignore_ascii_case(b"DONE") => {
                self.complete(tag, Status::ok("IDLE completed"));
            }
            (Phase::Sasl { tag, .. }, _) => self.bad(Some(tag), "expected a line of base64"),
            (Phase::Idle { tag }, _) => self.bad(Some(tag), "expected DONE"),
            (_, Piece::Frame(frame)) => self.frame(&frame),
            (_, Piece::Announced(frame, literal)) => self.announced(&frame, literal),
            (_, Piece::Unannounced(frame, error)) => {
                let tag = verb_of(&frame).map(|(tag, _)| tag);
                self.bad(tag, error.to_string());
                if frame.ends_with(b"+}") {
                    self.bye_too_large();
                }
            }
            (_, Piece::Skipped) => {}
        }
    }

    /// A literal that must not come unasked. Its octets are on their way, whatever is answered (RFC 7888 §4): as many as a
    /// message may have are passed over, and more are not waited for.
    pub(super) fn too_large_unasked(&mut self, tag: Option<Tag>, literal: Literal) {
        let limits = &self.config.limits;
        let most = if self.login.is_some() { limits.append } else { limits.literals_before_login };
        if literal.len > most {
            return self.bye_too_large();
        }
        let is_answered = self.frames.is_within();
        self.frames.skip(literal);
        if is_answered {
            return;
        }
        self.bad_with(tag, Status::bad("more than 4096 octets unasked").with(Code::TooBig));
    }

    fn bye_too_large(&mut self) {
        self.bye(Status::bye("literal too large").with(Code::TooBig));
    }

    fn line_error(&mut self, tag: Option<Tag>, error: LineError) {
        match error {
            LineError::TooLong => self.bad(tag, "line too long"),
            LineError::BareNewline => self.bad(tag, "lines end in CRLF"),
            LineError::Endless => self.bye(Status::bye("line without end").with(Code::TooBig)),
        }
    }

    fn wait(&self) -> Wait {
        let limits = &self.config.limits;
        let within = match (&self.phase, &self.login) {
            (Phase::Incoming(_), _) => limits.command_time,
            (_, Some(_)) if self.frames.is_within() => limits.command_time,
            (_, Some(_)) => limits.idle,
            (_, None) if self.commands == 0 => return Wait { within: limits.first_command, progress: 0 },
            // Until login the time does not begin anew with each command.
            (_, None) => return Wait { within: limits.login, progress: 0 },
        };
        Wait { within, progress: self.progress }
    }
}

impl Session for Server {
    type Event = Event;
    type Error = Error;
    type Upgrading = Upgrading;

    fn poll(&mut self) -> Result<Step<Event>, Error> {
        loop {
            if self.pending() >= WRITE_AT {
                self.flush_text();
                if let Some(bytes) = self.out.pop() {
                    return Ok(Step::Write(bytes));
                }
            }
            if let Some(event) = self.events.pop_front() {
                return Ok(Step::Event(event));
            }
            if let Some(pause) = self.pause.take() {
                return Ok(Step::Pause(pause));
            }
            if self.advance() {
                continue;
            }
            #[cfg(feature = "compress")]
            if self.reads() && self.input.refill()? {
                continue;
            }
            self.flush_text();
            if let Some(bytes) = self.out.pop() {
                return Ok(Step::Write(bytes));
            }
            return match self.phase {
                Phase::Asked { .. } => Ok(Step::Answer),
                Phase::Upgrade if self.input.is_empty() => Ok(Step::Upgrade),
                Phase::Upgrade => Err(Error::PlaintextAfterStartTls),
                Phase::Closing => Ok(Step::Close),
                _ if self.eof => Ok(Step::Close),
                _ => Ok(Step::Read(self.wait())),
            };
        }
    }

    fn slot(&mut self) -> Option<Slot<'_>> {
        match self.phase {
            Phase::Upgrade | Phase::Closing => None,
            _ => self.input.slot(),
        }
    }

    fn eof(&mut self) {
        self.eof = true;
    }

    fn upgrade(self) -> Result<Upgrading, Error> {
        if self.input.is_empty() { Ok(Upgrading(self.config)) } else { Err(Error::PlaintextAfterStartTls) }
    }

    fn farewell(&mut self, why: Farewell) {
        self.desk.void();
        self.events.clear();
        // Within a literal that is being written, nothing else can be said.
        let within_literal = matches!(
            &self.phase,
            Phase::Asked { what: Asked::Fetch(plan), .. } if plan.is_within_message()
        );
        let status = match why {
            Farewell::Stopping => Status::bye("server is stopping").with(Code::Unavailable),
            Farewell::TimedOut => Status::bye("timed out"),
            Farewell::Fault => Status::bye("internal error").with(Code::ServerBug),
        };
        if within_literal {
            self.phase = Phase::Closing;
        } else {
            self.bye(status);
        }
    }
}

impl Server {
    /// Ends a command, after telling what changed where that is allowed.
    pub(super) fn complete(&mut self, tag: Tag, status: Status) {
        self.complete_with(tag, status, true);
    }

    /// With `expunges` false the command was by message number, so that these must not change now.
    pub(super) fn complete_with(&mut self, tag: Tag, status: Status, expunges: bool) {
        self.sync(tag, SyncPlan::new(expunges, AfterSync::Tagged(status)));
    }
}
