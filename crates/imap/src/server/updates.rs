//! News of the selected mailbox: told before a command completes and in IDLE, expunges only where they may be
//! (RFC 9051 §7.5.1).

use super::{
    Event, No, Server, Update,
    session::{Asked, Phase},
    store::StorePlan,
};
use crate::{
    Misuse,
    encode::response::{fetch_attribute, fetch_end},
    types::{
        Flag, ModSeq, Tag, Uid, UidSet,
        response::{Code, FetchAttribute, Status, Untagged},
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
}

impl SyncPlan {
    pub(super) fn new(expunges: bool, then: AfterSync) -> Self {
        Self { expunges, about: UidSet::new(), then }
    }

    pub(super) fn about(self, about: UidSet) -> Self {
        Self { about, ..self }
    }
}

impl Server {
    /// Tells the session that the selected mailbox may have changed, while it
    /// [awaits changes](Self::awaits_changes). It asks for the news with [`Event::Sync`].
    pub fn changed(&mut self) {
        if !self.awaits_changes() {
            return;
        }
        if let Phase::Idle { tag } = std::mem::replace(&mut self.phase, Phase::Command) {
            self.sync(tag, SyncPlan::new(true, AfterSync::Idle));
        }
    }

    pub(super) fn sync(&mut self, tag: Tag, plan: SyncPlan) {
        self.ask(tag, Asked::Sync(plan), |ticket| Event::Sync { ticket });
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
        if let Some(plan) = self.refresh(&tag, plan) {
            self.synced(tag, plan);
        }
        Ok(())
    }

    /// Nothing is left to be told.
    pub(super) fn synced(&mut self, tag: Tag, plan: SyncPlan) {
        match plan.then {
            AfterSync::Tagged(status) if status.code.is_none() && !self.held_back(&plan.about).is_empty() => {
                self.tagged(tag, status.with(Code::ExpungeIssued));
            }
            AfterSync::Tagged(status) => self.tagged(tag, status),
            AfterSync::Store(store) => self.store_reported(tag, store),
            AfterSync::Idle => self.phase = Phase::Idle { tag },
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
                if plan.expunges {
                    self.tell_expunged();
                }
                let Some(selection) = self.selected_mut() else { return };
                selection.view.append(&uids);
                selection.touch(&uids);
                let exists = selection.view.len();
                self.untagged(&Untagged::Exists(exists));
                if recent > 0 && !self.enabled.rev2 {
                    self.untagged(&Untagged::Recent(recent));
                }
            }
            Update::Flags { uid, flags, mod_seq, own } => {
                if let Some(selection) = self.selected_mut() {
                    selection.mod_seq = selection.mod_seq.max(mod_seq);
                    selection.touch(&[uid.value()].into_iter().collect());
                }
                let (silent, by_uid) = match &mut plan.then {
                    AfterSync::Store(store) => (store.report(uid) && own, store.uid),
                    _ => (false, false),
                };
                // With CONDSTORE the new mod-sequence is told even of a silent STORE (RFC 7162 §3.1.3).
                let flags = if silent { None } else { Some(flags) };
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
        let with_uid = (by_uid || self.enabled.rev2 || self.enabled.qresync) && !self.enabled.uid_only;
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

    /// Of these messages, those of whose end the client has not been told.
    pub(super) fn held_back(&self, uids: &UidSet) -> UidSet {
        self.selected().map_or_else(UidSet::new, |selection| selection.expunged.intersection(uids))
    }
}
