//! Commands that are one line and one answer.

use super::{Client, Error, Messages};
use crate::types::{
    AString, Atom, MailboxName, SearchKey, StatusItem, StoreItem, UidSet,
    command::{self, CommandBody},
    response::{Capabilities, Code, EsearchItem, IdFields, List, MailboxStatus, Namespaces, Untagged},
};
use mailwright_wire::Farewell;
use tokio::io::{AsyncRead, AsyncWrite};

impl<I: AsyncRead + AsyncWrite + Unpin> Client<I> {
    /// `NOOP`: a chance for the server to tell news.
    ///
    /// # Errors
    ///
    /// When the connection ends. As for every command here, also when the server refuses.
    pub async fn noop(&mut self) -> Result<(), Error> {
        self.done("NOOP", CommandBody::Noop).await
    }

    /// `LOGOUT`, and the end of the connection.
    ///
    /// # Errors
    ///
    /// When the connection ends before the server has said goodbye.
    pub async fn logout(mut self) -> Result<(), Error> {
        self.done("LOGOUT", CommandBody::Logout).await?;
        Ok(self.connection.farewell(Farewell::Stopping).await?)
    }

    /// `ID` (RFC 2971): says who we are, hears who the server is.
    ///
    /// # Errors
    ///
    /// See [`noop`](Self::noop).
    pub async fn id(&mut self, fields: &[(&str, &str)]) -> Result<Option<IdFields>, Error> {
        let mut ours = Vec::with_capacity(fields.len());
        for (name, value) in fields {
            ours.push((AString::try_from(*name)?, Some(AString::try_from(*value)?.into_bytes())));
        }
        let mut theirs = None;
        let command = CommandBody::Id(Some(ours).filter(|ours| !ours.is_empty()));
        self.run("ID", command, |data| {
            if let Untagged::Id(fields) = data {
                theirs = fields;
            }
        })
        .await?;
        Ok(theirs)
    }

    /// `ENABLE` (RFC 5161); what is enabled now.
    ///
    /// # Errors
    ///
    /// See [`noop`](Self::noop).
    pub async fn enable(&mut self, extensions: &[&str]) -> Result<Capabilities, Error> {
        let names = extensions.iter().map(|name| Atom::try_from(*name)).collect::<Result<_, _>>()?;
        let mut enabled = Capabilities::default();
        self.run("ENABLE", CommandBody::Enable(names), |data| {
            if let Untagged::Enabled(all) = data {
                enabled = all;
            }
        })
        .await?;
        Ok(enabled)
    }

    /// `COMPRESS=DEFLATE` (RFC 4978): from now on both directions are compressed. Where the server has it,
    /// [`Capability::CompressDeflate`](crate::types::response::Capability::CompressDeflate), it saves two thirds of what
    /// envelopes and text take.
    ///
    /// # Errors
    ///
    /// See [`noop`](Self::noop).
    #[cfg(feature = "compress")]
    pub async fn compress(&mut self) -> Result<(), Error> {
        self.done("COMPRESS", CommandBody::Compress(Atom::try_from("DEFLATE")?)).await
    }

    /// `NAMESPACE` (RFC 9051 §6.3.10).
    ///
    /// # Errors
    ///
    /// See [`noop`](Self::noop).
    pub async fn namespace(&mut self) -> Result<Namespaces, Error> {
        let mut found = Namespaces::default();
        self.run("NAMESPACE", CommandBody::Namespace, |data| {
            if let Untagged::Namespace(namespaces) = data {
                found = namespaces;
            }
        })
        .await?;
        Ok(found)
    }

    /// `LIST` (RFC 9051 §6.3.9): the mailboxes whose names match, `*` for anything and `%` for anything on one level.
    ///
    /// # Errors
    ///
    /// See [`noop`](Self::noop).
    pub async fn list(&mut self, reference: &str, pattern: &str) -> Result<Vec<List>, Error> {
        let command = command::List {
            reference: MailboxName::new(reference),
            patterns: vec![MailboxName::new(pattern)],
            options: crate::types::ListOptions::default(),
        };
        let mut all = Vec::new();
        self.run("LIST", CommandBody::List(command), |data| {
            if let Untagged::List(list) = data {
                all.push(list);
            }
        })
        .await?;
        Ok(all)
    }

    /// `STATUS` (RFC 9051 §6.3.11): numbers about a mailbox that is not selected.
    ///
    /// # Errors
    ///
    /// See [`noop`](Self::noop).
    pub async fn status(
        &mut self,
        mailbox: impl Into<MailboxName>,
        items: Vec<StatusItem>,
    ) -> Result<Option<MailboxStatus>, Error> {
        let mut found = None;
        let command = command::Status { mailbox: mailbox.into(), items };
        self.run("STATUS", CommandBody::Status(command), |data| {
            if let Untagged::MailboxStatus(status) = data {
                found = Some(status);
            }
        })
        .await?;
        Ok(found)
    }

    /// `CREATE` (RFC 9051 §6.3.4).
    ///
    /// # Errors
    ///
    /// See [`noop`](Self::noop).
    pub async fn create(&mut self, mailbox: impl Into<MailboxName>) -> Result<(), Error> {
        let command = command::Create { mailbox: mailbox.into(), special_use: Vec::new() };
        self.done("CREATE", CommandBody::Create(command)).await
    }

    /// `DELETE` (RFC 9051 §6.3.5).
    ///
    /// # Errors
    ///
    /// See [`noop`](Self::noop).
    pub async fn delete(&mut self, mailbox: impl Into<MailboxName>) -> Result<(), Error> {
        self.done("DELETE", CommandBody::Delete(mailbox.into())).await
    }

    /// `RENAME` (RFC 9051 §6.3.6).
    ///
    /// # Errors
    ///
    /// See [`noop`](Self::noop).
    pub async fn rename(
        &mut self,
        from: impl Into<MailboxName>,
        to: impl Into<MailboxName>,
    ) -> Result<(), Error> {
        let command = command::Rename { from: from.into(), to: to.into() };
        self.done("RENAME", CommandBody::Rename(command)).await
    }

    /// `SUBSCRIBE` (RFC 9051 §6.3.7).
    ///
    /// # Errors
    ///
    /// See [`noop`](Self::noop).
    pub async fn subscribe(&mut self, mailbox: impl Into<MailboxName>) -> Result<(), Error> {
        self.done("SUBSCRIBE", CommandBody::Subscribe(mailbox.into())).await
    }

    /// `UNSUBSCRIBE` (RFC 9051 §6.3.8).
    ///
    /// # Errors
    ///
    /// See [`noop`](Self::noop).
    pub async fn unsubscribe(&mut self, mailbox: impl Into<MailboxName>) -> Result<(), Error> {
        self.done("UNSUBSCRIBE", CommandBody::Unsubscribe(mailbox.into())).await
    }

    /// `CLOSE` (RFC 9051 §6.4.1): messages marked `\Deleted` go, and the mailbox is selected no more.
    ///
    /// # Errors
    ///
    /// See [`noop`](Self::noop).
    pub async fn close(&mut self) -> Result<(), Error> {
        self.done("CLOSE", CommandBody::Close).await
    }

    /// `UNSELECT` (RFC 9051 §6.4.2): the mailbox is selected no more.
    ///
    /// # Errors
    ///
    /// See [`noop`](Self::noop).
    pub async fn unselect(&mut self) -> Result<(), Error> {
        self.done("UNSELECT", CommandBody::Unselect).await
    }

    /// `EXPUNGE` (RFC 9051 §6.4.3): messages marked `\Deleted` go. Which ones is news.
    ///
    /// # Errors
    ///
    /// See [`noop`](Self::noop).
    pub async fn expunge(&mut self) -> Result<(), Error> {
        self.done("EXPUNGE", CommandBody::Expunge).await
    }

    /// `UID EXPUNGE` (RFC 4315 §2.1): of these, the ones marked `\Deleted` go.
    ///
    /// # Errors
    ///
    /// See [`noop`](Self::noop).
    pub async fn uid_expunge(&mut self, uids: &UidSet) -> Result<(), Error> {
        let command = command::UidExpunge { uids: uids.into() };
        self.done("UID EXPUNGE", CommandBody::UidExpunge(command)).await
    }

    /// `UID SEARCH` (RFC 9051 §6.4.4): the UIDs of the messages that match.
    ///
    /// # Errors
    ///
    /// See [`noop`](Self::noop).
    pub async fn search(&mut self, key: SearchKey) -> Result<UidSet, Error> {
        let command = command::Search { uid: true, source: None, returns: None, charset: None, key };
        let mut found = UidSet::new();
        self.run("SEARCH", CommandBody::Search(Box::new(command)), |data| match data {
            Untagged::Search(search) => found = search.numbers.into_iter().collect(),
            Untagged::Esearch(search) => {
                for item in search.items {
                    if let EsearchItem::All(set) = item {
                        found = set;
                    }
                }
            }
            _ => {}
        })
        .await?;
        found.normalize();
        Ok(found)
    }

    /// `STORE` (RFC 9051 §6.4.6): changes flags. Gives back those that another client changed first, where the server tells
    /// (RFC 7162 §3.1.3).
    ///
    /// # Errors
    ///
    /// See [`noop`](Self::noop).
    pub async fn store(&mut self, messages: impl Into<Messages>, item: StoreItem) -> Result<UidSet, Error> {
        let Messages { set: messages, uid } = messages.into();
        let command = command::Store { messages, uid, unchanged_since: None, item };
        let status = self.run("STORE", CommandBody::Store(command), |_| {}).await?;
        Ok(match status.code {
            Some(Code::Modified(set)) => set,
            _ => UidSet::new(),
        })
    }

    /// `COPY` (RFC 9051 §6.4.7). With `UIDPLUS`: which UIDs became which.
    ///
    /// # Errors
    ///
    /// See [`noop`](Self::noop).
    pub async fn copy(
        &mut self,
        messages: impl Into<Messages>,
        mailbox: impl Into<MailboxName>,
    ) -> Result<Option<Code>, Error> {
        let Messages { set: messages, uid } = messages.into();
        let command = command::Copy { messages, uid, mailbox: mailbox.into() };
        self.copied("COPY", CommandBody::Copy(command)).await
    }

    /// `MOVE` (RFC 9051 §6.4.8). With `UIDPLUS`: which UIDs became which. That they are gone here is news.
    ///
    /// # Errors
    ///
    /// See [`noop`](Self::noop).
    pub async fn move_to(
        &mut self,
        messages: impl Into<Messages>,
        mailbox: impl Into<MailboxName>,
    ) -> Result<Option<Code>, Error> {
        let Messages { set: messages, uid } = messages.into();
        let command = command::Copy { messages, uid, mailbox: mailbox.into() };
        self.copied("MOVE", CommandBody::Move(command)).await
    }

    async fn copied(&mut self, name: &'static str, command: CommandBody) -> Result<Option<Code>, Error> {
        let mut code = None;
        let status = self
            .run(name, command, |data| {
                if let Untagged::Status(status) = data {
                    code = status.code;
                }
            })
            .await?;
        Ok(code.or(status.code).filter(|code| matches!(code, Code::CopyUid { .. })))
    }

    async fn done(&mut self, name: &'static str, command: CommandBody) -> Result<(), Error> {
        self.run(name, command, |_| {}).await.map(|_| ())
    }
}
