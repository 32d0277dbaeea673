//! COPY and MOVE.

use super::{
    Copied, CopyRequest, Event, No, Server,
    session::Asked,
    updates::{AfterSync, SyncPlan},
};
use crate::{
    Misuse,
    types::{
        Tag, UidSet, command,
        response::{Code, Status},
    },
};

impl Server {
    pub(super) fn copy(&mut self, tag: Tag, copy: command::Copy, moves: bool) {
        let Some(selection) = self.selected() else { return };
        if moves && selection.read_only {
            return self.complete(tag, Status::no("the mailbox is read-only").with(Code::ReadOnly));
        }
        let Some(uids) = selection.resolve(&copy.messages, copy.uid) else {
            return self.bad(Some(tag), "no such message");
        };
        let (uids, limit) = self.within_limit(uids);
        if let Some(code) = limit.as_ref().filter(|_| !moves) {
            // All are copied, or none.
            return self.complete(tag, Status::no("too many messages to copy").with(code.clone()));
        }
        let here = self.is_selected(&copy.mailbox);
        let request = CopyRequest { uids, to: copy.mailbox, moves };
        self.ask(tag, Asked::Copy { moves, here, limit }, |ticket| Event::Copy { request, ticket });
    }

    pub(super) fn copy_answered(&mut self, answer: Result<Option<Copied>, No>) -> Result<(), Misuse> {
        let (tag, Asked::Copy { moves, here, limit }) = self.asked()? else {
            return Err(Misuse::NotNow("nothing was to be copied"));
        };
        let status = match answer {
            Ok(Some(copied)) => {
                self.put_here(&copied.to, here);
                let code = Code::CopyUid { validity: copied.uid_validity, from: copied.from, to: copied.to };
                // RFC 6851 §4.3: before the EXPUNGE responses, so that the client can tell what became of each.
                if moves {
                    self.ok(code, "moved");
                    let status = self.with_mod_seq(Status::ok("MOVE completed"), copied.mod_seq);
                    self.limited(status, limit)
                } else {
                    Status::ok("COPY completed").with(code)
                }
            }
            Ok(None) => Status::ok("no messages to copy"),
            Err(no) => no.into(),
        };
        let plan = SyncPlan::new(true, AfterSync::Tagged(status));
        self.sync(tag, if moves { plan.own() } else { plan });
        Ok(())
    }

    /// Notes that the client itself put messages into a mailbox, if that is the selected one (`here`).
    pub(super) fn put_here(&mut self, uids: &UidSet, here: bool) {
        if let Some(selection) = self.selected_mut().filter(|_| here) {
            uids.ranges().iter().for_each(|range| selection.own.push(*range.start(), *range.end()));
            selection.own.normalize();
        }
    }
}
