//! News of the selected mailbox: told before a command completes and in IDLE, expunges only where they may be
//! (RFC 9051 §7.5.1).

use super::{
    Event, FetchRequest, No, Server, Update,
    fetch::FetchPlan,
    session::{Asked, Phase},
    store::StorePlan,
};
use crate::{
    Misuse,
    encode::response::{fetch_attribute, fetch_end},
    types::{
        FetchItem, Flag, ModSeq, Tag, Uid, UidSet,
        response::{Code, Condition, FetchAttribute, Status, Untagged},
    },
};
use std::num::NonZeroU32;

/// Asking for news, again and again until there are none.
#[derive(Debug)]
pub(super) struct SyncPlan {
    /// The client may be told of expunges.
    expunges: bool,
    /// Messages the command was about: if they are gone, and that must not be told yet, the client is told that much
    /// (RFC 5530 §3).
    about: UidSet,
    /// The mailbox changed by the command itself: that is told whatever the client wants to hear of.
    own: bool,
    /// What came is told of before what is gone: a message and the one it replaces (RFC 8508 §3.1).
    arrivals_first: bool,
    /// Messages that came, but for those that the client itself put there.
    pub(super) arrived: UidSet,
    /// What is to be fetched of messages before the command ends.
    pub(super) fetches: Vec<(UidSet, Vec<FetchItem>)>,
    then: AfterSync,
}

/// What comes when there are no more news.
#[derive(Debug)]
pub(super) enum AfterSync {
    /// The command is complete.
    Tagged(Status),
    /// A STORE goes on.
    Store(StorePlan),
    /// IDLE goes on.
    Idle,
    /// The next command is waited for.
    Command,
}

impl SyncPlan {
    pub(super) fn new(expunges: bool, then: AfterSync) -> Self {
        let (about, arrived) = (UidSet::new(), UidSet::new());
        Self { expunges, about, own: false, arrivals_first: false, arrived, fetches: Vec::new(), then }
    }

    pub(super) fn own(self) -> Self {
        Self { own: true, ..self }
    }

    pub(super) fn arrivals_first(self) -> Self {
        Self { arrivals_first: true, ..self }
    }

    pub(super) fn is_between_commands(&self) -> bool {
        matches!(self.then, AfterSync::Command)
    }

    pub(super) fn about(self, about: UidSet) -> Self {
        Self { about, ..self }
    }
}

impl Server {
    /// Tells the session that the selected mailbox, or something else that is watched, may have changed, while it
    /// [awaits changes](Self::awaits_changes). It asks for the news with [`Event::Sync`] and [`Event::Notices`].
    pub fn changed(&mut self) {
        if !self.awaits_changes() {
            return;
        }
        if let Phase::Idle { tag } = std::mem::replace(&mut self.phase, Phase::Command) {
            self.sync(tag, SyncPlan::new(true, AfterSync::Idle));
        } else if let Some(wanted) = &self.notify {
            self.sync(wanted.tag.clone(), SyncPlan::new(false, AfterSync::Command));
        }
    }

    /// Asks for news, of the selected mailbox first.
    pub(super) fn sync(&mut self, tag: Tag, mut plan: SyncPlan) {
        plan.expunges |= self.expunges_at_once();
        if self.selected().is_some() && (plan.own || self.hears_of_mailbox()) {
            let expunges = plan.expunges;
            self.ask(tag, Asked::Sync(plan), |ticket| Event::Sync { expunges, ticket });
        } else {
            self.sync_elsewhere(tag, plan);
        }
    }

    fn sync_elsewhere(&mut self, tag: Tag, plan: SyncPlan) {
        if self.watches_others() {
            self.ask_notices(tag, plan);
        } else {
            self.synced(tag, plan);
        }
    }

    pub(super) fn sync_answered(&mut self, answer: Result<Vec<Update>, No>) -> Result<(), Misuse> {
        let (tag, Asked::Sync(mut plan)) = self.asked()? else {
            return Err(Misuse::NotNow("no news were asked for"));
        };
        // Without news the command is complete all the same: they come with the next.
        let updates = answer.unwrap_or_default();
        let more = !updates.is_empty();
        for update in updates {
            if matches!(update, Update::Gone) {
                self.bye(Status::bye("the mailbox is gone"));
                return Ok(());
            }
            self.update(update, &mut plan);
        }
        if plan.expunges {
            self.tell_expunged();
        }
        if more {
            self.sync(tag, plan);
            return Ok(());
        }
        let new = self.fetch_of_new().to_vec();
        plan.wants(&plan.arrived.clone(), &new);
        if let Some(plan) = self.refresh(&tag, plan) {
            self.fetch_arrived(tag, plan);
        }
        Ok(())
    }

    /// Tells of messages that came what the client wants to know of such.
    pub(super) fn fetch_arrived(&mut self, tag: Tag, mut plan: SyncPlan) {
        let Some((uids, mut items)) = plan.fetches.pop() else { return self.sync_elsewhere(tag, plan) };
        let with_uid = !self.enabled.uid_only && items.contains(&FetchItem::Uid);
        items.retain(|item| *item != FetchItem::Uid);
        // Nobody has looked at them: they stay unread.
        let request = FetchRequest { uids, items, mark_seen: false, changed_since: None, vanished: None };
        let plan = FetchPlan::news(plan, with_uid);
        self.ask(tag, Asked::Fetch(plan), |ticket| Event::Fetch { request, ticket });
    }

    /// Nothing is left to be told.
    pub(super) fn synced(&mut self, tag: Tag, plan: SyncPlan) {
        match plan.then {
            AfterSync::Tagged(status) if !self.held_back(&plan.about).is_empty() => {
                let status = self.expunge_issued(status);
                self.tagged(tag, status);
            }
            AfterSync::Tagged(status) => self.tagged(tag, status),
            AfterSync::Store(store) => self.store_reported(tag, store),
            AfterSync::Idle => self.phase = Phase::Idle { tag },
            AfterSync::Command => self.phase = Phase::Command,
        }
    }

    fn update(&mut self, update: Update, plan: &mut SyncPlan) {
        match update {
            Update::Expunged(uids) => {
                if let Some(selection) = self.selected_mut() {
                    uids.ranges()
                        .iter()
                        .for_each(|range| selection.expunged.push(*range.start(), *range.end()));
                    selection.expunged.normalize();
                }
            }
            Update::Arrived { uids, recent } => {
                // Numbers are given in the order of arrival, so those that are gone must be told of first or stay.
                if plan.expunges && !plan.arrivals_first {
                    self.tell_expunged();
                }
                let Some(selection) = self.selected_mut() else { return };
                selection.view.append(&uids);
                selection.touch(uids.ranges());
                let others = uids.difference(&selection.own);
                selection.own = selection.own.difference(&uids);
                others.ranges().iter().for_each(|range| plan.arrived.push(*range.start(), *range.end()));
                let exists = selection.view.len();
                self.untagged(&Untagged::Exists(exists));
                if recent > 0 && !self.enabled.rev2 {
                    self.untagged(&Untagged::Recent(recent));
                }
            }
            Update::Flags { uid, flags, mod_seq, own } => {
                if let Some(selection) = self.selected_mut() {
                    selection.newest = selection.newest.max(mod_seq);
                    selection.touch(&[uid.value()..=uid.value()]);
                }
                if !(plan.own || plan.about.contains(uid.value()) || self.hears_of_flags()) {
                    if let Some(selection) = self.selected_mut() {
                        selection.unsaid.push(uid.value(), uid.value());
                    }
                    return;
                }
                let (silent, by_uid) = match &mut plan.then {
                    AfterSync::Store(store) => (store.report(uid) && own, store.uid),
                    _ => (false, false),
                };
                // With CONDSTORE the new mod-sequence is told even of a silent STORE (RFC 7162 §3.1.3).
                let flags = if silent { None } else { Some(self.shown_flags(flags)) };
                self.tell_flags(uid, flags, mod_seq, by_uid);
            }
            Update::MailboxFlags { flags, permanent_flags } => {
                self.untagged(&Untagged::Flags(flags));
                self.ok(Code::PermanentFlags(permanent_flags), "flags that stay");
            }
            Update::Gone => {}
        }
    }

    fn tell_flags(&mut self, uid: Uid, flags: Option<Vec<Flag>>, mod_seq: Option<ModSeq>, by_uid: bool) {
        let mod_seq = mod_seq.filter(|_| self.enabled.condstore);
        if flags.is_none() && mod_seq.is_none() {
            return;
        }
        let number = self.selected().and_then(|selection| selection.view.number(uid.value()));
        let Some(number) = number.and_then(NonZeroU32::new) else { return };
        // RFC 5465 §5.1: with NOTIFY always.
        let with_uid = by_uid || self.enabled.rev2 || self.enabled.qresync || self.notify.is_some();
        let with_uid = with_uid && !self.enabled.uid_only;
        let attributes = [
            with_uid.then_some(FetchAttribute::Uid(uid)),
            flags.map(FetchAttribute::Flags),
            mod_seq.map(FetchAttribute::ModSeq),
        ];
        self.begin_fetch(number, uid);
        for (index, attribute) in attributes.iter().flatten().enumerate() {
            if index > 0 {
                self.text.byte(b' ');
            }
            fetch_attribute(&mut self.text, attribute);
        }
        fetch_end(&mut self.text);
    }

    fn tell_expunged(&mut self) {
        let by_uid = self.enabled.qresync || self.enabled.uid_only;
        let Some(selection) = self.selected_mut() else { return };
        if selection.expunged.is_empty() {
            return;
        }
        let gone = std::mem::take(&mut selection.expunged);
        self.leave_contexts(&gone);
        let Some(selection) = self.login.as_mut().and_then(|login| login.selected.as_mut()) else { return };
        let known = selection.view.known(&gone);
        selection.saved = selection.saved.difference(&gone);
        let text = &mut self.text;
        selection.view.remove(&gone, |number| {
            if !by_uid {
                text.put("* ").number(u64::from(number)).put(" EXPUNGE\r\n");
            }
        });
        if by_uid && !known.is_empty() {
            self.untagged(&Untagged::Vanished { earlier: false, uids: known });
        }
    }

    /// RFC 7162 §3.2: a client with QRESYNC must not take a mod-sequence that it is told for the highest while an expunge
    /// below it is held back. It is told up to where it knows all, and again when it knows what was held back.
    pub(super) fn with_settled(&mut self, status: Status) -> Status {
        let qresync = self.enabled.qresync;
        let Some(selection) = self.selected_mut().filter(|_| status.condition != Condition::Bad) else {
            return status;
        };
        let holds_back = !selection.expunged.is_empty();
        if !holds_back && selection.unsaid.is_empty() {
            selection.mod_seq = selection.mod_seq.max(selection.newest);
        }
        let held_back = std::mem::replace(&mut selection.holds_back, holds_back);
        let Some(settled) = selection.mod_seq.filter(|_| qresync && (holds_back || held_back)) else {
            return status;
        };
        let code = Code::HighestModSeq(settled);
        match status.code {
            None if status.condition == Condition::Ok => status.with(code),
            Some(Code::HighestModSeq(_)) => status,
            _ => {
                self.ok(code, "up to here all is told");
                status
            }
        }
    }

    /// Of these messages, those of whose end the client has not been told.
    pub(super) fn held_back(&self, uids: &UidSet) -> UidSet {
        self.selected().map_or_else(UidSet::new, |selection| selection.expunged.intersection(uids))
    }
}
