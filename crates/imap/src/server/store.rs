//! STORE.

use super::{
    Event, FetchRequest, No, Server, StoreRequest, Stored,
    fetch::FetchPlan,
    session::Asked,
    updates::{AfterSync, SyncPlan},
};
use crate::{
    Misuse,
    types::{
        FetchItem, Tag, Uid, UidSet, command,
        response::{Code, Status},
    },
};

/// A STORE under way.
#[derive(Debug)]
pub(super) struct StorePlan {
    /// By UID.
    pub(super) uid: bool,
    uids: UidSet,
    silent: bool,
    /// Messages whose flags the client has been told since.
    reported: UidSet,
    status: Status,
}

impl StorePlan {
    /// Notes that a message has changed. Returns whether the client does not want to hear of its own changes to it.
    pub(super) fn report(&mut self, uid: Uid) -> bool {
        if !self.uids.contains(uid.value()) {
            return false;
        }
        self.reported.push(uid.value(), uid.value());
        self.silent
    }
}

impl Server {
    pub(super) fn store(&mut self, tag: Tag, store: command::Store) {
        if store.unchanged_since.is_some() {
            if !self.config.features.mod_seq {
                return self.bad(Some(tag), "no mod-sequences here");
            }
            self.mod_seq_enabled();
        }
        let Some(selection) = self.selected() else { return };
        let Some(uids) = selection.resolve(&store.messages, store.uid) else {
            return self.bad(Some(tag), "no such message");
        };
        if selection.read_only {
            let status = Status::no("the mailbox is read-only").with(Code::ReadOnly);
            return self.complete_with(tag, status, store.uid);
        }
        let (uids, limit) = self.within_limit(uids);
        let status = self.limited(Status::ok("STORE completed"), limit);
        let plan = StorePlan {
            uid: store.uid,
            uids: uids.clone(),
            silent: store.item.silent,
            reported: UidSet::new(),
            status,
        };
        let request = StoreRequest {
            uids,
            mode: store.item.mode,
            flags: store.item.flags,
            unchanged_since: store.unchanged_since,
        };
        self.ask(tag, Asked::Store(plan), |ticket| Event::Store { request, ticket });
    }

    pub(super) fn store_answered(&mut self, answer: Result<Stored, No>) -> Result<(), Misuse> {
        let (tag, Asked::Store(mut plan)) = self.asked()? else {
            return Err(Misuse::NotNow("nothing was to be stored"));
        };
        match answer {
            Ok(stored) => {
                let by_uid = plan.uid;
                if !stored.modified.is_empty() {
                    plan.uids = plan.uids.difference(&stored.modified);
                    let modified = match self.selected() {
                        Some(selection) if !by_uid => selection.view.numbers(&stored.modified),
                        _ => stored.modified,
                    };
                    let status = Status::ok("STORE completed, but for some").with(Code::Modified(modified));
                    plan.status = self.limited(status, plan.status.code);
                }
                self.sync(tag, SyncPlan::new(by_uid, AfterSync::Store(plan)).own());
            }
            Err(no) => self.complete_with(tag, no.into(), plan.uid),
        }
        Ok(())
    }

    /// The news are told. What did not change was not among them, and is reported if the client wants that.
    pub(super) fn store_reported(&mut self, tag: Tag, mut plan: StorePlan) {
        plan.reported.normalize();
        let gone = self.held_back(&plan.uids);
        let status = if gone.is_empty() { plan.status } else { self.expunge_issued(plan.status) };
        let rest = match self.selected() {
            Some(selection) if !plan.silent => {
                selection.view.known(&plan.uids).difference(&plan.reported).difference(&gone)
            }
            _ => UidSet::new(),
        };
        if rest.is_empty() {
            return self.tagged(tag, status);
        }
        let mut items = vec![FetchItem::Flags];
        if self.enabled.condstore {
            items.push(FetchItem::ModSeq);
        }
        let request =
            FetchRequest { uids: rest, items, mark_seen: false, changed_since: None, vanished: None };
        let with_uid = (plan.uid || self.enabled.rev2 || self.enabled.qresync) && !self.enabled.uid_only;
        let plan = FetchPlan::store(status, with_uid, !plan.uid);
        self.ask(tag, Asked::Fetch(plan), |ticket| Event::Fetch { request, ticket });
    }
}
