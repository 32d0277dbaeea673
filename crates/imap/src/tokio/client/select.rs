//! Selecting a mailbox.

use super::{Client, Error};
use crate::types::{
    Flag, MailboxName, ModSeq, UidSet, UidValidity,
    command::{CommandBody, QResync, Select},
    response::{Code, Fetch, ObjectId, Status, Untagged},
};
use tokio::io::{AsyncRead, AsyncWrite};

/// What the server says of a mailbox when it is selected (RFC 9051 §6.3.2).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mailbox {
    /// How many messages it has.
    pub exists: u32,
    /// The flags that messages have.
    pub flags: Vec<Flag>,
    /// The flags that can be changed for good; [`Flag::Any`] where keywords can be made.
    pub permanent_flags: Vec<Flag>,
    /// UIDs known from before are good only if this is as it was.
    pub uid_validity: Option<UidValidity>,
    /// No message to come has a lower UID.
    pub uid_next: Option<u32>,
    /// The highest modification sequence; `None` where the server does not keep them.
    pub highest_mod_seq: Option<ModSeq>,
    /// Its lasting name.
    pub id: Option<ObjectId>,
    /// Nothing can be changed.
    pub read_only: bool,
    /// Since the last time, these are gone (with QRESYNC).
    pub vanished: UidSet,
    /// Since the last time, these have changed (with QRESYNC).
    pub changed: Vec<Fetch>,
}

impl Mailbox {
    pub(super) fn learn(&mut self, data: Untagged) {
        match data {
            Untagged::Exists(count) => self.exists = count,
            Untagged::Flags(flags) => self.flags = flags,
            Untagged::Status(status) => self.learn_code(status),
            Untagged::Vanished { uids, .. } => {
                for range in uids.ranges() {
                    self.vanished.push(*range.start(), *range.end());
                }
            }
            Untagged::Fetch(fetch) => self.changed.push(fetch),
            _ => {}
        }
    }

    fn learn_code(&mut self, status: Status) {
        match status.code {
            Some(Code::PermanentFlags(flags)) => self.permanent_flags = flags,
            Some(Code::UidValidity(validity)) => self.uid_validity = Some(validity),
            Some(Code::UidNext(next)) => self.uid_next = Some(next),
            Some(Code::HighestModSeq(mod_seq)) => self.highest_mod_seq = Some(mod_seq),
            Some(Code::NoModSeq) => self.highest_mod_seq = None,
            Some(Code::MailboxId(id)) => self.id = Some(id),
            Some(Code::ReadOnly) => self.read_only = true,
            _ => {}
        }
    }
}

impl<I: AsyncRead + AsyncWrite + Unpin> Client<I> {
    /// Selects a mailbox (RFC 9051 §6.3.2).
    ///
    /// # Errors
    ///
    /// When the server refuses, or the connection ends.
    pub async fn select(&mut self, mailbox: impl Into<MailboxName>) -> Result<Mailbox, Error> {
        self.open("SELECT", CommandBody::Select(plain(mailbox.into()))).await
    }

    /// Selects a mailbox for reading only (RFC 9051 §6.3.3).
    ///
    /// # Errors
    ///
    /// When the server refuses, or the connection ends.
    pub async fn examine(&mut self, mailbox: impl Into<MailboxName>) -> Result<Mailbox, Error> {
        self.open("EXAMINE", CommandBody::Examine(plain(mailbox.into()))).await
    }

    /// Selects a mailbox and hears what happened since the last time (RFC 7162 §3.2.5). `QRESYNC` must be enabled.
    ///
    /// # Errors
    ///
    /// When the server refuses, or the connection ends.
    pub async fn select_resync(
        &mut self,
        mailbox: impl Into<MailboxName>,
        known: QResync,
    ) -> Result<Mailbox, Error> {
        let select = Select { qresync: Some(known), ..plain(mailbox.into()) };
        self.open("SELECT", CommandBody::Select(select)).await
    }

    pub(super) async fn open(&mut self, name: &'static str, command: CommandBody) -> Result<Mailbox, Error> {
        let mut mailbox = Mailbox::default();
        let status = self.run(name, command, |data| mailbox.learn(data)).await?;
        mailbox.learn_code(status);
        mailbox.vanished.normalize();
        Ok(mailbox)
    }
}

pub(super) fn plain(mailbox: MailboxName) -> Select {
    Select { mailbox, condstore: false, qresync: None }
}
