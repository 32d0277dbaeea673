//! What SELECT and EXAMINE tell of a mailbox, and how it is left again.

use super::{
    Event, Found, No, Selected, Server,
    fetch::FetchPlan,
    session::{Asked, MailboxState, SelectPlan, Selection},
    updates::{AfterSync, SyncPlan},
    view::View,
};
use crate::{
    Misuse,
    types::{
        FetchItem, ModSeq, SequenceSet, Tag, UidSet,
        response::{Code, List, Status, Untagged},
    },
};

impl Server {
    pub(super) fn select_answered(&mut self, answer: Result<Selected, No>) -> Result<(), Misuse> {
        let (tag, Asked::Select(plan)) = self.asked()? else {
            return Err(Misuse::NotNow("no mailbox was to be selected"));
        };
        let was_selected = self.login.as_mut().and_then(|login| login.selected.take()).is_some();
        // RFC 7162 §3.2.11: whatever the client enabled.
        if was_selected {
            self.ok(Code::Closed, "previous mailbox closed");
        }
        match answer {
            Ok(selected) => self.opened(tag, plan, selected),
            Err(no) => {
                self.login = Some(MailboxState::default());
                self.tagged(tag, no.into());
            }
        }
        Ok(())
    }

    /// RFC 9051 §6.3.2: what must be said of a mailbox, in an order that old clients know.
    fn opened(&mut self, tag: Tag, plan: SelectPlan, selected: Selected) {
        let view = View::new(&selected.uids);
        let read_only = plan.read_only || selected.read_only;
        self.untagged(&Untagged::Flags(selected.flags));
        let permanent = if read_only { Vec::new() } else { selected.permanent_flags };
        self.ok(Code::PermanentFlags(permanent), "flags that stay");
        self.untagged(&Untagged::Exists(view.len()));
        if !self.enabled.rev2 {
            self.untagged(&Untagged::Recent(selected.recent));
            let unseen = selected.first_unseen.filter(|_| !self.enabled.uid_only);
            let unseen = unseen.and_then(|uid| view.number(uid.value()));
            if let Some(number) = unseen.and_then(std::num::NonZeroU32::new) {
                self.ok(Code::Unseen(number), "first unseen");
            }
        }
        self.ok(Code::UidValidity(selected.uid_validity), "UIDs valid");
        self.ok(Code::UidNext(selected.uid_next.value()), "predicted next UID");
        if self.config.features.mod_seq {
            match selected.highest_mod_seq {
                Some(mod_seq) => self.ok(Code::HighestModSeq(mod_seq), "highest mod-sequence"),
                None => self.ok(Code::NoModSeq, "no mod-sequences here"),
            }
        }
        if let Some(id) = selected.mailbox_id.filter(|_| self.config.features.object_id) {
            self.ok(Code::MailboxId(id), "mailbox identifier");
        }
        if self.enabled.rev2 {
            let list = List::new(Vec::new(), Some(self.config.delimiter), plan.mailbox.clone());
            self.untagged(&Untagged::List(list));
        }
        let (all, mod_seq) = (selected.uids, selected.highest_mod_seq);
        let selection = Selection {
            view,
            read_only,
            expunged: UidSet::new(),
            saved: UidSet::new(),
            mod_seq,
            newest: mod_seq,
            holds_back: false,
            contexts: Vec::new(),
            touched: UidSet::new(),
            own: UidSet::new(),
            unsaid: UidSet::new(),
            name: plan.mailbox,
            uid_validity: selected.uid_validity,
        };
        self.login = Some(MailboxState { selected: Some(selection) });
        let code = if read_only { Code::ReadOnly } else { Code::ReadWrite };
        let status = Status::ok("selected").with(code);
        match plan.qresync {
            Some(known) if known.uid_validity == selected.uid_validity => {
                let items = vec![FetchItem::Flags, FetchItem::ModSeq];
                let uids = match &known.known_uids {
                    Some(set) => set.resolve(u32::MAX),
                    None => SequenceSet::all().resolve(u32::MAX),
                };
                let request = super::FetchRequest {
                    uids: all.intersection(&uids),
                    items,
                    mark_seen: false,
                    changed_since: Some(known.mod_seq),
                    vanished: Some(uids),
                };
                let plan = FetchPlan::resync(status, !self.enabled.uid_only);
                self.ask(tag, Asked::Fetch(plan), |ticket| Event::Fetch { request, ticket });
            }
            _ => self.tagged(tag, status),
        }
    }

    /// `CLOSE` (RFC 9051 §6.4.1): expunges without a word, where that is allowed.
    pub(super) fn close(&mut self, tag: Tag) {
        if self.selected().is_some_and(|selection| selection.read_only) {
            self.unselect();
            return self.tagged(tag, Status::ok("CLOSE completed"));
        }
        self.ask(tag, Asked::Expunge { close: true, limit: None }, |ticket| Event::Expunge {
            uids: None,
            ticket,
        });
    }

    pub(super) fn expunge(&mut self, tag: Tag, uids: Option<&SequenceSet>) {
        let Some(selection) = self.selected() else { return };
        if selection.read_only {
            return self.complete(tag, Status::no("the mailbox is read-only").with(Code::ReadOnly));
        }
        let uids = uids.map(|set| selection.resolve(set, true).unwrap_or_default());
        if let Some(uids) = uids.as_ref().filter(|uids| self.over_limit(uids.len()).is_some()) {
            return self.look_for_deleted(tag, uids);
        }
        self.ask_expunge(tag, uids, None);
    }

    fn ask_expunge(&mut self, tag: Tag, uids: Option<UidSet>, limit: Option<Code>) {
        self.ask(tag, Asked::Expunge { close: false, limit }, |ticket| Event::Expunge { uids, ticket });
    }

    /// It is known what a UID EXPUNGE would remove.
    pub(super) fn deleted_found(&mut self, tag: Tag, answer: Result<Found, No>) {
        match answer {
            Ok(found) => {
                let (uids, limit) = self.within_limit(found.uids);
                self.ask_expunge(tag, Some(uids), limit);
            }
            Err(no) => self.complete(tag, no.into()),
        }
    }

    pub(super) fn expunge_answered(&mut self, answer: Result<Option<ModSeq>, No>) -> Result<(), Misuse> {
        let (tag, Asked::Expunge { close, limit }) = self.asked()? else {
            return Err(Misuse::NotNow("nothing was to be expunged"));
        };
        if let (Ok(mod_seq), Some(selection)) = (&answer, self.selected_mut()) {
            selection.newest = selection.newest.max(*mod_seq);
        }
        match answer {
            // RFC 7162 §3.2.8: CLOSE tells no mod-sequence.
            Ok(_) if close => {
                self.unselect();
                self.tagged(tag, Status::ok("CLOSE completed"));
            }
            Ok(mod_seq) => {
                let status = self.with_mod_seq(Status::ok("EXPUNGE completed"), mod_seq);
                let status = self.limited(status, limit);
                self.sync(tag, SyncPlan::new(true, AfterSync::Tagged(status)).own());
            }
            // RFC 4314 §4: who may not expunge closes all the same.
            Err(no) if close && no.code == Some(Code::NoPerm) => {
                self.unselect();
                self.tagged(tag, Status::ok("CLOSE completed"));
            }
            Err(no) => self.complete(tag, no.into()),
        }
        Ok(())
    }

    /// RFC 7162 §3.2.7: with QRESYNC, what removed messages says how far the client has come.
    pub(super) fn with_mod_seq(&self, status: Status, mod_seq: Option<ModSeq>) -> Status {
        match mod_seq.filter(|_| self.enabled.qresync && self.config.features.mod_seq) {
            Some(mod_seq) => status.with(Code::HighestModSeq(mod_seq)),
            None => status,
        }
    }
}

impl Selection {
    /// The UIDs meant by a set of message numbers, as far as they are there.
    pub(super) fn resolve_known(&self, set: &SequenceSet) -> UidSet {
        match set {
            SequenceSet::Saved => self.view.known(&self.saved),
            SequenceSet::Ranges(_) => self.view.resolve_known(set),
        }
    }

    /// The UIDs meant by a set. `None`: a message number that is not there.
    pub(super) fn resolve(&self, set: &SequenceSet, uid: bool) -> Option<UidSet> {
        match set {
            SequenceSet::Saved => Some(self.view.known(&self.saved)),
            SequenceSet::Ranges(_) => self.view.resolve(set, uid),
        }
    }
}
