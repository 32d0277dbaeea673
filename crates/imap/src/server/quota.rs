//! GETQUOTA and GETQUOTAROOT (RFC 9208).

use super::{Event, No, Server, session::Asked};
use crate::{
    Misuse,
    types::{
        AString, MailboxName, Tag,
        response::{Code, Quota, QuotaRoots, Status, Untagged},
    },
};
use bytes::Bytes;

/// Which quotas the client wants to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QuotaQuestion {
    /// `GETQUOTAROOT`: the roots of a mailbox, and their quotas.
    Mailbox(MailboxName),
    /// `GETQUOTA`: the quotas of one root. Answer with others too, or with none, where that is simpler.
    Root(Bytes),
}

impl Server {
    pub(super) fn quota_root(&mut self, tag: Tag, mailbox: MailboxName) {
        self.ask_quota(tag, QuotaQuestion::Mailbox(mailbox));
    }

    pub(super) fn quota(&mut self, tag: Tag, root: AString) {
        self.ask_quota(tag, QuotaQuestion::Root(root.into_bytes()));
    }

    fn ask_quota(&mut self, tag: Tag, of: QuotaQuestion) {
        self.ask(tag, Asked::Quota(of.clone()), |ticket| Event::Quota { of, ticket });
    }

    pub(super) fn quota_answered(&mut self, answer: Result<Vec<Quota>, No>) -> Result<(), Misuse> {
        let (tag, Asked::Quota(of)) = self.asked()? else {
            return Err(Misuse::NotNow("no quota was asked for"));
        };
        let status = match (answer, of) {
            (Ok(quotas), QuotaQuestion::Mailbox(mailbox)) => {
                let roots = quotas.iter().map(|quota| quota.root.clone()).collect();
                self.untagged(&Untagged::QuotaRoots(QuotaRoots { mailbox, roots }));
                for quota in quotas {
                    self.untagged(&Untagged::Quota(quota));
                }
                Status::ok("GETQUOTAROOT completed")
            }
            (Ok(quotas), QuotaQuestion::Root(root)) => {
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
