//! Messages on their way in by APPEND.

use super::{
    content::{Octets, Source},
    notify::Doings,
    place::{self, Place},
    refusal::no,
    selected::REMOVING,
    sets,
};
use crate::lines::Lines;
use bytes::Bytes;
use mailwright_imap::{
    server::{Appended, NewMessage, No},
    tokio::server::Append,
    types::{DateTime, MessageUrl, Rights, Uid, UidValidity, response::Code},
};
use mailwright_store::{self as store, Account, FlagList, Flags, Incoming, MailboxId, Store, Timestamp};

/// How far in the future an internal date may lie, in seconds. A later one is a broken clock's, and now is taken: RFC 9051
/// §6.3.12 asks for the date given, but such a message would be the newest for years.
const FUTURE: i64 = 2 * 60 * 60;

/// The messages of one APPEND: all are kept in one step, or none.
#[derive(Debug)]
pub(crate) struct Appending<S: Store> {
    store: S,
    account: Account,
    /// Where they go.
    mailbox: MailboxId,
    rights: Rights,
    /// The selected mailbox, to which URLs may be relative and in which a message may be replaced.
    selected: Option<(MailboxId, Rights)>,
    /// Octets that the owner of the mailbox may still take.
    room: Option<u64>,
    complete: Vec<store::Append<S::Staged>>,
    coming: Option<Coming<S::Incoming>>,
    doings: Doings,
}

#[derive(Debug)]
struct Coming<I> {
    body: I,
    flags: FlagList,
    received: Option<Timestamp>,
    lines: Lines,
}

impl<I: Incoming> Coming<I> {
    async fn write(&mut self, chunk: Bytes) -> Result<(), No> {
        self.lines.take(&chunk);
        self.body.write(chunk).await.map_err(no)
    }
}

impl<S: Store> Appending<S> {
    pub(super) async fn begin(
        store: S,
        account: &Account,
        place: &Place,
        selected: Option<(MailboxId, Rights)>,
        doings: Doings,
    ) -> Result<Self, No> {
        let Place { mailbox, rights } = place;
        // What is known of one's own account costs nothing to look up; most have no quota.
        let own = store.account(&account.address).await.map_err(no)?;
        let unlimited = mailbox.account == account.id && own.is_some_and(|own| own.quota.is_none());
        let room = if unlimited {
            None
        } else {
            let usage = store.usage(mailbox.account).await.map_err(no)?;
            usage.quota.map(|quota| quota.saturating_sub(usage.octets))
        };
        Ok(Self {
            store,
            account: account.clone(),
            mailbox: mailbox.id,
            rights: *rights,
            selected,
            room,
            complete: Vec::new(),
            coming: None,
            doings,
        })
    }

    async fn complete(&mut self) -> Result<(), No> {
        if let Some(Coming { body, flags, received, lines }) = self.coming.take() {
            if body.is_empty() {
                return Err(empty());
            }
            let body = body.finish().await.map_err(no)?;
            let irregular = if lines.lacking() > 0 { Flags::IRREGULAR } else { Flags::NONE };
            let flags = flags.with(irregular);
            self.complete.push(store::Append { body, flags, received });
        }
        Ok(())
    }
}

/// The message that a URL names.
async fn source<'s, S: Store>(
    store: &'s S,
    account: &Account,
    selected: Option<(MailboxId, Rights)>,
    url: &MessageUrl,
) -> Result<Option<Source<'s, S>>, No> {
    let found = match &url.mailbox {
        None => selected,
        Some(name) => {
            let found = place::find(store, account, name).await?;
            found.map(|place| (place.mailbox.id, place.rights))
        }
    };
    let Some((mailbox, _)) = found.filter(|(_, rights)| rights.contains(Rights::READ)) else {
        return Ok(None);
    };
    let view = store.open(mailbox).await.map_err(no)?.borrow().clone();
    if url.uid_validity.is_some_and(|validity| validity.value() != view.uid_validity().value()) {
        return Ok(None);
    }
    Ok(view.entry(store::Uid::new(url.uid.value())).map(|entry| Source::new(store, entry, None, None)))
}

fn empty() -> No {
    No::new("a message has at least one octet").with(Code::Cannot)
}

impl<S: Store> Append for Appending<S> {
    async fn message(&mut self, message: NewMessage) -> Result<(), No> {
        self.complete().await?;
        if message.size == Some(0) {
            return Err(empty());
        }
        if let (Some(room), Some(size)) = (&mut self.room, message.size) {
            // Known before a single octet came: the client is spared sending them.
            *room = room.checked_sub(size).ok_or_else(|| No::new("over quota").with(Code::OverQuota))?;
        }
        let body = self.store.incoming(message.size).await.map_err(no)?;
        // RFC 4314 §4: flags that may not be set are not, and the message comes all the same.
        let flags = message.flags.iter().filter(|flag| place::may_change(self.rights, flag));
        let flags = flags.map(ToString::to_string).collect();
        let latest = Timestamp::now().secs() + FUTURE;
        let date = message.date.map(DateTime::unix).filter(|date| *date <= latest);
        let received = date.map(Timestamp::from_secs);
        self.coming = Some(Coming { body, flags, received, lines: Lines::default() });
        Ok(())
    }

    async fn write(&mut self, chunk: Bytes) -> Result<(), No> {
        match &mut self.coming {
            Some(coming) => coming.write(chunk).await,
            None => Err(No::new("no message has begun")),
        }
    }

    async fn url(&mut self, url: &MessageUrl) -> Result<u64, No> {
        let store = self.store.clone();
        let unknown = || No::new("there is no such message or part");
        let source = source(&store, &self.account, self.selected, url).await?;
        let mut source = source.ok_or_else(unknown)?;
        let octets = source.section(&url.section).await?.cut(url.partial);
        let Some(coming) = &mut self.coming else { return Err(No::new("no message has begun")) };
        let len = octets.len();
        match octets {
            Octets::Made(octets) => coming.write(octets).await?,
            Octets::Range(mut range) => {
                while range.start < range.end {
                    coming.write(source.next(&mut range).await.map_err(|_| unknown())?).await?;
                }
            }
            // A URL has no way to ask for what is decoded.
            Octets::None | Octets::Decoded { .. } => return Err(unknown()),
        }
        Ok(len)
    }

    async fn finish(mut self, replaces: Option<Uid>) -> Result<Appended, No> {
        self.complete().await?;
        let appended = match (replaces, self.selected) {
            (Some(_), Some((_, rights))) if !rights.contains(REMOVING) => {
                return Err(No::not_permitted());
            }
            (Some(uid), Some((from, _))) => {
                let message = self.complete.pop().ok_or_else(|| No::new("no message came"))?;
                self.store.replace(from, store::Uid::new(uid.value()), self.mailbox, message).await
            }
            _ => self.store.append(self.mailbox, self.complete).await,
        };
        let appended = appended.map_err(no)?;
        self.doings.put(self.mailbox, appended.uids.len());
        let uid_validity = UidValidity::new(appended.uid_validity.value());
        let uid_validity = uid_validity.ok_or_else(|| No::new("the mailbox has no UIDVALIDITY"))?;
        Ok(Appended { uid_validity, uids: sets::to_imap(&appended.uids) })
    }
}
