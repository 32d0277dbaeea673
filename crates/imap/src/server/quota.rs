//! GETQUOTA and GETQUOTAROOT (RFC 9208). Every quota root is one of the inbox's.

use super::{Event, No, Server, session::Asked};
use crate::{
    Misuse,
    types::{
        AString, MailboxName, Tag,
        response::{Code, Quota, QuotaRoots, Status, Untagged},
    },
};
use bytes::Bytes;

/// What the client wants to know.
#[derive(Debug)]
pub(super) enum QuotaPlan {
    /// `GETQUOTAROOT`: the roots of a mailbox, and their quotas.
    Mailbox(MailboxName),
    /// `GETQUOTA`: the quotas of one root.
    Root(Bytes),
}

impl Server {
    pub(super) fn quota_root(&mut self, tag: Tag, mailbox: MailboxName) {
        let plan = QuotaPlan::Mailbox(mailbox.clone());
        self.ask(tag, Asked::Quota(plan), |ticket| Event::Quota { mailbox, ticket });
    }

    pub(super) fn quota(&mut self, tag: Tag, root: AString) {
        let plan = QuotaPlan::Root(root.into_bytes());
        let mailbox = MailboxName::inbox();
        self.ask(tag, Asked::Quota(plan), |ticket| Event::Quota { mailbox, ticket });
    }

    pub(super) fn quota_answered(&mut self, answer: Result<Vec<Quota>, No>) -> Result<(), Misuse> {
        let (tag, Asked::Quota(plan)) = self.asked()? else {
            return Err(Misuse::NotNow("no quota was asked for"));
        };
        let status = match (answer, plan) {
            (Ok(quotas), QuotaPlan::Mailbox(mailbox)) => {
                let roots = quotas.iter().map(|quota| quota.root.clone()).collect();
                self.untagged(&Untagged::QuotaRoots(QuotaRoots { mailbox, roots }));
                for quota in quotas {
                    self.untagged(&Untagged::Quota(quota));
                }
                Status::ok("GETQUOTAROOT completed")
            }
            (Ok(quotas), QuotaPlan::Root(root)) => {
                match quotas.into_iter().find(|quota| quota.root == root) {
                    Some(quota) => {
                        self.untagged(&Untagged::Quota(quota));
                        Status::ok("GETQUOTA completed")
                    }
                    None => Status::no("no such quota root").with(Code::NonExistent),
                }
            }
            (Err(no), _) => no.into(),
        };
        self.complete(tag, status);
        Ok(())
    }
}
