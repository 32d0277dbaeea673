//! Messages on their way in by APPEND.

use super::{refusal::no, sets};
use bytes::Bytes;
use mailwright_imap::{
    server::{Appended, NewMessage, No},
    tokio::server::Append,
    types::{DateTime, UidValidity, response::Code},
};
use mailwright_store::{self as store, AccountId, FlagList, Incoming, MailboxId, Store, Timestamp};

/// How far in the future an internal date may lie, in seconds. A later one is a broken clock's, and now is taken.
const FUTURE: i64 = 2 * 60 * 60;

/// The messages of one APPEND: all are kept in one step, or none.
#[derive(Debug)]
pub(crate) struct Appending<S: Store> {
    store: S,
    mailbox: MailboxId,
    /// Octets that the account may still take.
    room: Option<u64>,
    complete: Vec<store::Append<S::Staged>>,
    coming: Option<Coming<S::Incoming>>,
}

#[derive(Debug)]
struct Coming<I> {
    body: I,
    flags: FlagList,
    received: Option<Timestamp>,
}

impl<S: Store> Appending<S> {
    pub(super) async fn begin(store: S, account: AccountId, mailbox: MailboxId) -> Result<Self, No> {
        let usage = store.usage(account).await.map_err(no)?;
        let room = usage.quota.map(|quota| quota.saturating_sub(usage.octets));
        Ok(Self { store, mailbox, room, complete: Vec::new(), coming: None })
    }

    async fn complete(&mut self) -> Result<(), No> {
        if let Some(Coming { body, flags, received }) = self.coming.take() {
            let body = body.finish().await.map_err(no)?;
            self.complete.push(store::Append { body, flags, received });
        }
        Ok(())
    }
}

impl<S: Store> Append for Appending<S> {
    async fn message(&mut self, message: NewMessage) -> Result<(), No> {
        self.complete().await?;
        if message.size == 0 {
            return Err(No::new("a message has at least one octet").with(Code::Cannot));
        }
        if let Some(room) = &mut self.room {
            // Known before a single octet came: the client is spared sending them.
            *room =
                room.checked_sub(message.size).ok_or_else(|| No::new("over quota").with(Code::OverQuota))?;
        }
        let body = self.store.incoming(Some(message.size)).await.map_err(no)?;
        let flags = message.flags.iter().map(ToString::to_string).collect();
        let latest = Timestamp::now().secs() + FUTURE;
        let date = message.date.map(DateTime::unix).filter(|date| *date <= latest);
        let received = date.map(Timestamp::from_secs);
        self.coming = Some(Coming { body, flags, received });
        Ok(())
    }

    async fn write(&mut self, chunk: Bytes) -> Result<(), No> {
        match &mut self.coming {
            Some(coming) => coming.body.write(chunk).await.map_err(no),
            None => Err(No::new("no message has begun")),
        }
    }

    async fn finish(mut self) -> Result<Appended, No> {
        self.complete().await?;
        let appended = self.store.append(self.mailbox, self.complete).await.map_err(no)?;
        let uid_validity = UidValidity::new(appended.uid_validity.value());
        let uid_validity = uid_validity.ok_or_else(|| No::new("the mailbox has no UIDVALIDITY"))?;
        Ok(Appended { uid_validity, uids: sets::to_imap(&appended.uids) })
    }
}
