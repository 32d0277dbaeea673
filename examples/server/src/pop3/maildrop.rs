//! [`Maildrop`]: the inbox as it was at login.

use super::{lock::Lock, unavailable, unique_id::unique_ids};
use crate::server::Backend;
use bytes::Bytes;
use mailwright_pop3::{server::Refusal, tokio::server, types};
use mailwright_store::{
    Content as _, Entry, Expunge, FlagChange, Flags, MailboxId, Store, Uid, UidSet, View,
};
use std::io;

/// Octets of a message that are read at once.
const CHUNK: usize = 64 * 1024;

/// The inbox as it was at login. Holds its lock.
#[derive(Debug)]
pub(super) struct Maildrop {
    store: Backend,
    mailbox: MailboxId,
    messages: Vec<Entry>,
    /// What was read: `\Seen` when the client quits, so that IMAP shows it as read too.
    read: Vec<Uid>,
    _lock: Lock,
}

/// A message that is being read.
#[derive(Debug)]
pub(super) struct Content {
    content: <Backend as Store>::Content,
    at: u64,
}

impl Maildrop {
    pub(super) fn new(store: Backend, view: &View, lock: Lock) -> Self {
        let messages = view.entries().collect();
        Self { store, mailbox: view.mailbox(), messages, read: Vec::new(), _lock: lock }
    }

    fn message(&self, index: usize) -> Option<&Entry> {
        self.messages.get(index)
    }
}

impl server::Maildrop for Maildrop {
    type Content = Content;

    fn entries(&mut self) -> Vec<types::Entry> {
        let entries = self.messages.iter().zip(unique_ids(&self.messages));
        entries.map(|(entry, unique_id)| types::Entry { size: entry.size, unique_id }).collect()
    }

    async fn read(&mut self, index: usize, _utf8: bool) -> Result<Content, Refusal> {
        let gone = || Refusal::new(None, "the message was removed by another program");
        let entry = *self.message(index).ok_or_else(gone)?;
        let content = self.store.content(entry.message).await.map_err(unavailable)?.ok_or_else(gone)?;
        if !entry.flags.contains(Flags::SEEN) {
            self.read.push(entry.uid);
        }
        Ok(Content { content, at: 0 })
    }

    async fn commit(self, deleted: Vec<usize>) -> Result<(), Refusal> {
        let gone: UidSet =
            deleted.iter().filter_map(|index| self.message(*index)).map(|entry| entry.uid).collect();
        let mut seen = UidSet::new();
        seen.extend(self.read.iter().copied().filter(|uid| !gone.contains(*uid)));
        if !gone.is_empty() {
            self.store.expunge(self.mailbox, Expunge::Uids(gone)).await.map_err(unavailable)?;
        }
        if !seen.is_empty() {
            // Whether it shows as read is not worth an error to a client that asked for nothing of the kind.
            if let Err(error) =
                self.store.change_flags(self.mailbox, seen, FlagChange::add(Flags::SEEN)).await
            {
                tracing::warn!(%error, "messages that were read stay marked as new");
            }
        }
        Ok(())
    }
}

impl server::Content for Content {
    async fn chunk(&mut self) -> io::Result<Option<Bytes>> {
        if self.at >= self.content.len() {
            return Ok(None);
        }
        let chunk = self.content.read(self.at, CHUNK).await.map_err(io::Error::other)?;
        if chunk.is_empty() {
            return Err(io::Error::other("a message is shorter than recorded"));
        }
        self.at += chunk.len() as u64;
        Ok(Some(chunk))
    }
}
