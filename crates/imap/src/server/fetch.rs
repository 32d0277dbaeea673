//! FETCH: the request, and the responses as they are written piece by piece.

use super::{
    Event, Fetch, FetchRequest, No, Server,
    session::{Asked, Phase},
    updates::{AfterSync, SyncPlan},
};
use crate::{
    Misuse,
    encode::response::{fetch_attribute, fetch_begin, fetch_end},
    types::{
        FetchItem, Flag, Tag, Uid, UidSet, command,
        octets::without_nul,
        response::{Data, FetchAttribute, Status, Untagged},
    },
};
use bytes::Bytes;
use mailwright_wire::Ticket;
use std::{borrow::Cow, collections::HashSet, num::NonZeroU32};

/// A FETCH under way.
#[derive(Debug)]
pub(super) struct FetchPlan {
    with_uid: bool,
    /// By message number: these must not change until it is complete.
    by_number: bool,
    done: Done,
    message: Option<Message>,
}

#[derive(Debug)]
enum Done {
    Fetch {
        wanted: UidSet,
        /// `\Seen` was set.
        marks: bool,
        status: Status,
    },
    Tagged(Status),
    /// The messages a STORE has still to report.
    Store(Status),
    /// What came, while news are told.
    News(Box<SyncPlan>),
}

/// A response half written.
#[derive(Debug)]
struct Message {
    empty: bool,
    announced: u64,
    written: u64,
    /// The octets announced are of a `literal8`.
    binary: bool,
}

impl FetchPlan {
    /// The changes a client missed, told while it selects a mailbox.
    pub(super) fn resync(status: Status, with_uid: bool) -> Self {
        Self { with_uid, by_number: false, done: Done::Tagged(status), message: None }
    }

    /// The flags of messages that a STORE named and did not change.
    pub(super) fn store(status: Status, with_uid: bool, by_number: bool) -> Self {
        Self { with_uid, by_number, done: Done::Store(status), message: None }
    }

    /// Messages that came, told while news are.
    pub(super) fn news(plan: SyncPlan, with_uid: bool) -> Self {
        Self { with_uid, by_number: false, done: Done::News(Box::new(plan)), message: None }
    }

    pub(super) fn is_within_message(&self) -> bool {
        self.message.is_some()
    }
}

/// A FETCH of nothing but UIDs, which the session knows by itself.
#[derive(Debug)]
pub(super) struct UidsPlan {
    tag: Tag,
    wanted: UidSet,
    /// The range of these to go on in.
    range: usize,
    /// The UID to go on from.
    next: u32,
    by_number: bool,
    status: Status,
}

/// How many messages are told of before what was said is looked at: it may be time to write.
const AT_ONCE: usize = 1000;

impl Server {
    /// Goes on with a FETCH of UIDs.
    pub(super) fn tell_uids(&mut self) {
        let Phase::Uids(mut plan) = std::mem::replace(&mut self.phase, Phase::Command) else { return };
        for _ in 0..AT_ONCE {
            let Some(range) = plan.wanted.ranges().get(plan.range) else {
                return self.fetched(plan.tag, plan.wanted, plan.by_number, false, plan.status);
            };
            let (uid, last) = (plan.next.max(*range.start()), *range.end());
            if uid < last {
                plan.next = uid + 1;
            } else {
                plan.range += 1;
            }
            let number = self.selected().and_then(|selection| selection.view.number(uid));
            if let (Some(number), Some(uid)) = (number.and_then(NonZeroU32::new), Uid::new(uid)) {
                self.begin_fetch(number, uid);
                fetch_attribute(&mut self.text, &FetchAttribute::Uid(uid));
                fetch_end(&mut self.text);
            }
        }
        self.phase = Phase::Uids(plan);
    }

    /// All that was wanted is told, unless it is gone.
    fn fetched(&mut self, tag: Tag, wanted: UidSet, by_number: bool, marks: bool, status: Status) {
        let sync = SyncPlan::new(!by_number, AfterSync::Tagged(status)).about(wanted);
        self.sync(tag, if marks { sync.own() } else { sync });
    }

    pub(super) fn fetch(&mut self, tag: Tag, fetch: command::Fetch) {
        if let Some(status) = self.fetch_refused(&fetch) {
            return self.bad(Some(tag), status);
        }
        let wants_mod_seq = fetch.changed_since.is_some() || fetch.items.contains(&FetchItem::ModSeq);
        if wants_mod_seq {
            self.mod_seq_enabled();
        }
        let Some(selection) = self.selected() else { return };
        let Some(mut uids) = selection.resolve(&fetch.messages, fetch.uid) else {
            return self.bad(Some(tag), "no such message");
        };
        if let Some((first, last)) = fetch.partial {
            uids = super::search::page(&uids, first, last);
            // RFC 9738 §3.1: what the client limits itself is not limited further.
            if let Some(code) = self.over_limit(uids.len()) {
                let status = Status::no("so many messages are not fetched at once").with(code);
                return self.complete_with(tag, status, fetch.uid);
            }
        }
        let (uids, limit) = self.within_limit(uids);
        let status = self.limited(Status::ok("FETCH completed"), limit);
        let Some(selection) = self.selected() else { return };
        let mark_seen = !selection.read_only && fetch.items.iter().any(FetchItem::sets_seen);
        let implied_uid = fetch.uid && !self.enabled.uid_only;
        let with_uid = implied_uid || fetch.items.contains(&FetchItem::Uid);
        let mut items = fetch.items;
        // What is named twice is sent once.
        let mut named = HashSet::new();
        items.retain(|item| *item != FetchItem::Uid && named.insert(item.clone()));
        if fetch.changed_since.is_some() && !items.contains(&FetchItem::ModSeq) {
            items.push(FetchItem::ModSeq);
        }
        if items.is_empty() {
            let by_number = !fetch.uid;
            return self.phase =
                Phase::Uids(UidsPlan { tag, wanted: uids, range: 0, next: 0, by_number, status });
        }
        let vanished = fetch.vanished.then(|| fetch.messages.resolve(u32::MAX));
        let plan = FetchPlan {
            with_uid,
            by_number: !fetch.uid,
            done: Done::Fetch { wanted: uids.clone(), marks: mark_seen, status },
            message: None,
        };
        let request = FetchRequest { uids, items, mark_seen, changed_since: fetch.changed_since, vanished };
        self.ask(tag, Asked::Fetch(plan), |ticket| Event::Fetch { request, ticket });
    }

    /// What this server cannot fetch.
    fn fetch_refused(&self, fetch: &command::Fetch) -> Option<&'static str> {
        if fetch.vanished && !self.enabled.qresync {
            return Some("ENABLE QRESYNC first");
        }
        if fetch.changed_since.is_some() && !self.config.features.mod_seq {
            return Some("no mod-sequences here");
        }
        let known = fetch.items.iter().all(|item| self.can_fetch(item));
        (!known).then_some("this server cannot fetch that")
    }

    pub(super) fn can_fetch(&self, item: &FetchItem) -> bool {
        let features = &self.config.features;
        match item {
            FetchItem::Binary { .. } | FetchItem::BinarySize(_) => features.binary,
            FetchItem::ModSeq => features.mod_seq,
            FetchItem::EmailId | FetchItem::ThreadId => features.object_id,
            FetchItem::SaveDate => features.save_date,
            FetchItem::Preview { .. } => features.preview,
            _ => true,
        }
    }

    pub(super) fn fetch_answered(&mut self, answer: Result<(), No>) -> Result<(), Misuse> {
        let (tag, Asked::Fetch(plan)) = self.asked()? else {
            return Err(Misuse::NotNow("nothing was to be fetched"));
        };
        if let Some(message) = plan.message {
            // The client reads what comes next as part of a message: nothing can be said any more.
            self.phase = Phase::Closing;
            return Err(Misuse::LiteralLength { announced: message.announced, got: message.written });
        }
        let status = match (answer, plan.done) {
            // What could not be told of them the client can still fetch.
            (_, Done::News(plan)) => {
                self.fetch_arrived(tag, *plan);
                return Ok(());
            }
            (Err(no), _) => no.into(),
            (Ok(()), Done::Tagged(status)) => {
                self.tagged(tag, status);
                return Ok(());
            }
            (Ok(()), Done::Store(status)) => status,
            (Ok(()), Done::Fetch { wanted, marks, status }) => {
                self.fetched(tag, wanted, plan.by_number, marks, status);
                return Ok(());
            }
        };
        self.complete_with(tag, status, !plan.by_number);
        Ok(())
    }

    /// Begins the response for a message of the fetch that `ticket` is for. `false`: the client does not know the
    /// message; nothing is to be written for it.
    ///
    /// # Errors
    ///
    /// When the ticket is not of this session, or the message before is not ended.
    pub fn message(&mut self, ticket: &Ticket<Fetch>, uid: Uid) -> Result<bool, Misuse> {
        let (plan, number) = self.fetching(ticket, Some(uid))?;
        if plan.message.is_some() {
            return Err(Misuse::NotNow("a message is not ended"));
        }
        let Some(number) = number else { return Ok(false) };
        plan.message = Some(Message { empty: !plan.with_uid, announced: 0, written: 0, binary: false });
        let with_uid = plan.with_uid;
        self.begin_fetch(number, uid);
        if with_uid {
            fetch_attribute(&mut self.text, &FetchAttribute::Uid(uid));
        }
        Ok(true)
    }

    /// `FETCH` of the message with that number, or `UIDFETCH` of the one with that UID (RFC 9586).
    pub(super) fn begin_fetch(&mut self, number: NonZeroU32, uid: Uid) {
        match NonZeroU32::new(uid.value()).filter(|_| self.enabled.uid_only) {
            Some(uid) => fetch_begin(&mut self.text, uid, true),
            None => fetch_begin(&mut self.text, number, false),
        }
    }

    /// Writes an attribute of the message begun.
    ///
    /// # Errors
    ///
    /// When no message was begun, or octets of the attribute before are missing.
    pub fn attribute(&mut self, ticket: &Ticket<Fetch>, attribute: &FetchAttribute) -> Result<(), Misuse> {
        let announced = match attribute {
            FetchAttribute::Section { data, .. }
            | FetchAttribute::Binary { data, .. }
            | FetchAttribute::Rfc822(data)
            | FetchAttribute::Rfc822Header(data)
            | FetchAttribute::Rfc822Text(data) => match data {
                Data::Streamed(len) => *len,
                _ => 0,
            },
            _ => 0,
        };
        self.next_attribute(ticket, announced, matches!(attribute, FetchAttribute::Binary { .. }))?;
        match attribute {
            FetchAttribute::Flags(flags) if self.enabled.rev2 && flags.contains(&Flag::Recent) => {
                let flags = self.shown_flags(flags.clone());
                fetch_attribute(&mut self.text, &FetchAttribute::Flags(flags));
            }
            _ => fetch_attribute(&mut self.text, attribute),
        }
        Ok(())
    }

    /// The flags of a message without `\Recent` where there is no such flag (RFC 9051 §2.3.2).
    pub(super) fn shown_flags(&self, mut flags: Vec<Flag>) -> Vec<Flag> {
        flags.retain(|flag| !(self.enabled.rev2 && *flag == Flag::Recent));
        flags
    }

    /// Writes an attribute that is encoded already, its name and value.
    ///
    /// # Errors
    ///
    /// As [`attribute`](Self::attribute).
    pub fn encoded_attribute(&mut self, ticket: &Ticket<Fetch>, attribute: &[u8]) -> Result<(), Misuse> {
        self.next_attribute(ticket, 0, false)?;
        self.text.put(attribute);
        Ok(())
    }

    fn next_attribute(&mut self, ticket: &Ticket<Fetch>, announced: u64, binary: bool) -> Result<(), Misuse> {
        let (plan, _) = self.fetching(ticket, None)?;
        let Some(message) = &mut plan.message else { return Err(Misuse::NotNow("no message is begun")) };
        message.check()?;
        let first = std::mem::replace(&mut message.empty, false);
        (message.announced, message.written, message.binary) = (announced, 0, binary);
        if !first {
            self.text.byte(b' ');
        }
        Ok(())
    }

    /// Writes octets of an attribute announced with [`Data::Streamed`]. A NUL goes out as it is in `BINARY`, and elsewhere,
    /// where none may be (RFC 9051 §4.3.1), as 0x80.
    ///
    /// # Errors
    ///
    /// When these are more than were announced; nothing is written then.
    pub fn chunk(&mut self, ticket: &Ticket<Fetch>, octets: Bytes) -> Result<(), Misuse> {
        let (plan, _) = self.fetching(ticket, None)?;
        let Some(message) = &mut plan.message else { return Err(Misuse::NotNow("no message is begun")) };
        let got = message.written + octets.len() as u64;
        if got > message.announced {
            return Err(Misuse::LiteralLength { announced: message.announced, got });
        }
        message.written = got;
        let changed =
            if message.binary { Cow::Borrowed(&*octets) } else { without_nul(Cow::Borrowed(&octets)) };
        let octets = match changed {
            Cow::Owned(changed) => changed.into(),
            Cow::Borrowed(_) => octets,
        };
        self.flush_text();
        self.out.push(octets);
        Ok(())
    }

    /// Ends the response for a message.
    ///
    /// # Errors
    ///
    /// When octets of an attribute are missing.
    pub fn message_end(&mut self, ticket: &Ticket<Fetch>) -> Result<(), Misuse> {
        let (plan, _) = self.fetching(ticket, None)?;
        let Some(message) = &plan.message else { return Err(Misuse::NotNow("no message is begun")) };
        message.check()?;
        plan.message = None;
        fetch_end(&mut self.text);
        Ok(())
    }

    /// Tells of messages expunged in the past, where [`FetchRequest::vanished`] asked for it.
    ///
    /// # Errors
    ///
    /// When the ticket is not of this session, or a message is not ended.
    pub fn vanished(&mut self, ticket: &Ticket<Fetch>, uids: &UidSet) -> Result<(), Misuse> {
        let (plan, _) = self.fetching(ticket, None)?;
        if plan.message.is_some() {
            return Err(Misuse::NotNow("a message is not ended"));
        }
        if !uids.is_empty() {
            self.untagged(&Untagged::Vanished { earlier: true, uids: uids.clone() });
        }
        Ok(())
    }

    fn fetching(
        &mut self,
        ticket: &Ticket<Fetch>,
        uid: Option<Uid>,
    ) -> Result<(&mut FetchPlan, Option<NonZeroU32>), Misuse> {
        if !self.desk.knows(ticket) {
            return Err(Misuse::ForeignTicket);
        }
        let number = uid.and_then(|uid| self.selected()?.view.number(uid.value())).and_then(NonZeroU32::new);
        match &mut self.phase {
            Phase::Asked { what: Asked::Fetch(plan), .. } => Ok((plan, number)),
            _ => Err(Misuse::NotNow("nothing is being fetched")),
        }
    }
}

impl Message {
    fn check(&self) -> Result<(), Misuse> {
        if self.written == self.announced {
            return Ok(());
        }
        Err(Misuse::LiteralLength { announced: self.announced, got: self.written })
    }
}
